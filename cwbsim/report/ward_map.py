"""A map of a borough's wards, or of an area's boroughs, shaded by a value."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.errors import UserError
from cwbsim.places.boundaries import Outline, load_boundaries
from cwbsim.places.profile import Profile
from cwbsim.report.picture import INK, STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["deprivation_of", "draw_map", "save_map"]

# One hue from light to dark, in order for every reader and in grey; nothing is told by colour alone, names are printed.
SHADES = "cividis_r"
NO_VALUE = "#EDEDED"
MOST_NAMES = 40


def draw_map(
    values: Mapping[str, float], *, borough: str = "", area: str = "", title: str = "", unit: str = ""
) -> Figure:
    """Draw wards of a borough, or boroughs of an area, each shaded by its value.

    Parameters
    ----------
    values
        By code of ward (``borough=``) or borough (``area=``); one without a value is grey.
    borough
        Code of a borough, ``"E08000010"``: its wards are drawn, its outline alone where no ward has a boundary.
    area
        ``"greater_manchester"`` or ``"lancashire"``: the boroughs are drawn.
    title, unit
        Said above the map, and beside the scale.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    UserError
        Values of places that are not in the map.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    bounds = load_boundaries(area or borough)
    shapes = bounds.boroughs if area else bounds.wards_of(borough)
    outline = () if area else tuple(b for b in bounds.boroughs if b.code == borough)
    if strange := sorted(set(values) - {shape.code for shape in shapes}):
        raise UserError(
            f"no boundary for {', '.join(strange[:3])}",
            f"map of {area or borough}",
            allowed=f"{len(shapes)} codes" if shapes else "no wards: only the outline of this district is at hand",
        )
    with mpl.rc_context(STYLE):
        # room below for the attribution
        figure = Figure(figsize=(7.2, 6.4), layout=ConstrainedLayoutEngine(rect=(0, 0.05, 1, 0.95)))
        _draw(figure, shapes, outline, values, title, unit)
        figure.text(0.005, 0.005, _wrapped(bounds.attribution), fontsize=6, color=INK, va="bottom")
    return figure


def save_map(figure: Figure, path: Path) -> None:
    """Write a map as PNG, SVG or PDF, by the end of its name; the same map gives the same file."""
    kind = path.suffix.lower()
    about = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(kind, {"Software": None})
    figure.savefig(path, dpi=150, metadata=about)


def deprivation_of(profile: Profile) -> dict[str, float]:
    """Deprivation score of each ward of a profile, by code."""
    return {ward.code: float(score) for ward, score in zip(profile.wards, profile.ward_deprivation, strict=True)}


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 150))


def _draw(
    figure: Figure,
    shapes: tuple[Outline, ...],
    outline: tuple[Outline, ...],
    values: Mapping[str, float],
    title: str,
    unit: str,
) -> None:
    from matplotlib import colormaps
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    axes = figure.add_subplot()
    known = np.array([v for v in values.values() if np.isfinite(v)])
    scale = Normalize(*(known.min(), known.max()) if known.size else (0, 1))
    shade = colormaps[SHADES]
    for shape in shapes:
        value = values.get(shape.code, float("nan"))
        colour = shade(scale(value)) if np.isfinite(value) else NO_VALUE
        _fill(axes, shape, colour, "white", 0.8)
    for shape in outline:
        _fill(axes, shape, "none" if shapes else NO_VALUE, INK, 1.2)
    if len(shapes) <= MOST_NAMES:
        for shape in shapes:
            value = values.get(shape.code, float("nan"))
            _name(axes, shape, dark=bool(np.isfinite(value) and scale(value) > 0.5))
    axes.set_aspect(1 / np.cos(np.radians(53.6)))
    axes.autoscale_view()
    axes.axis("off")
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold")
    if known.size:
        figure.colorbar(ScalarMappable(scale, shade), ax=axes, shrink=0.6, label=textwrap.fill(unit, 46))


def _fill(axes: object, shape: Outline, colour: object, edge: str, width: float) -> None:
    """One shape with its holes; rings inside others are left empty."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Line

    line = Line.make_compound_path(*(Line(ring, closed=True) for ring in shape.rings))
    axes.add_patch(PathPatch(line, facecolor=colour, edgecolor=edge, linewidth=width))  # type: ignore[attr-defined]


def _name(axes: object, shape: Outline, *, dark: bool) -> None:
    """The name of a shape in its largest ring, broken at spaces."""
    from matplotlib.patheffects import withStroke

    ring = max(shape.rings, key=len)
    x, y = ring[:, 0], ring[:, 1]
    cross = x[:-1] * y[1:] - x[1:] * y[:-1]
    at = np.array([(x[:-1] + x[1:]) @ cross, (y[:-1] + y[1:]) @ cross]) / (3 * cross.sum())
    text = shape.name.replace(" with ", "\nwith ").replace(" & ", "\n& ").replace(" and ", "\nand ")
    colour, halo = ("white", "#333333") if dark else (INK, "#F4F4F4")
    around = [withStroke(linewidth=1.4, foreground=halo, alpha=0.6)]
    axes.text(  # type: ignore[attr-defined]
        *at, text, ha="center", va="center", fontsize=5.5, color=colour, path_effects=around
    )
