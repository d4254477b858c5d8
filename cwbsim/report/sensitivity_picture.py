"""What decides, as bars: the first picture of a sensitivity analysis."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.analysis.sensitivity import Sensitivity
from cwbsim.report.picture import COLOURS, GRID, INK, STYLE
from cwbsim.report.wording import is_share, label, tick, unit_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_BARS, MOST_PANELS = 10, 8


def draw_sensitivity(found: Sensitivity) -> Figure:
    """A panel for each outcome and policy difference, the largest bar on top, with its 95 % interval."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    panels = [part for _, part in found.frame.groupby(["scenario", "outcome"], sort=False)]
    panels.sort(key=lambda part: not part["is_difference"].iloc[0])  # what policies do comes first
    panels = panels[:MOST_PANELS]
    bars = min(MOST_BARS, len(found.experiment.varied))
    columns = min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    with mpl.rc_context(STYLE):
        height = rows * (0.9 + 0.28 * bars) + 1.2
        figure = Figure(figsize=(5.6 * columns, height), layout="constrained")
        figure.suptitle(
            textwrap.fill(found.experiment.question, 48 * columns), x=0.01, ha="left", fontsize=12
        )
        axes = figure.subplots(rows, columns, squeeze=False).flatten()
        for axis, part in zip(axes, panels, strict=False):
            _draw(axis, part.sort_values(found.measure, ascending=False).head(bars), found)
        for axis in axes[len(panels) :]:
            axis.set_visible(False)
        figure.supxlabel(_footnote(found), x=0.01, ha="left", fontsize=8)
    return figure


def save_sensitivity(found: Sensitivity, folder: Path) -> list[Path]:
    """Write ``sensitivity.png`` and ``sensitivity.svg``, the same bytes for the same findings."""
    import matplotlib as mpl

    figure = draw_sensitivity(found)
    files = [folder / "sensitivity.png", folder / "sensitivity.svg"]
    with mpl.rc_context(STYLE):
        figure.savefig(files[0], dpi=160)
        figure.savefig(files[1], metadata={"Date": None})
    return files


def _draw(axis: Axes, part: object, found: Sensitivity) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    rows = part.to_dict("records")  # type: ignore[attr-defined]
    first, is_sobol = rows[0], found.method == "sobol"
    values = np.array([row[found.measure] for row in rows])
    half = np.array([row[f"{found.measure}_half"] for row in rows])
    places = np.arange(len(rows))
    axis.barh(places, values, color=COLOURS[0], height=0.62, zorder=2)
    if is_sobol:
        alone = np.clip([row["first"] for row in rows], 0.0, None)
        axis.barh(places, alone, color=COLOURS[1], height=0.24, zorder=3)
    error = np.vstack([np.minimum(half, np.maximum(values, 0.0)), half])
    axis.errorbar(values, places, xerr=error, fmt="none", ecolor=INK, elinewidth=1.0, capsize=2.5, zorder=4)
    axis.set_yticks(
        places, [textwrap.shorten(row["name"].removeprefix("levers."), 44, placeholder="…") for row in rows]
    )
    axis.invert_yaxis()
    axis.set_xlim(left=0.0)
    if not values.any():
        axis.set_xlim(0.0, 1.0)
    axis.grid(axis="x", color=GRID, linewidth=0.6, zorder=0)
    what = (
        f"{label(first['outcome'])}, effect of “{first['scenario']}”"
        if first["is_difference"]
        else label(first["outcome"])
    )
    axis.set_title(textwrap.fill(what, 36), loc="left", size=10, fontweight="bold")
    unit = "share of the variance between points" if is_sobol else unit_in_words(first["unit"])
    if not is_sobol:
        unit = "percentage points" if is_share(first["unit"]) else unit
        largest, own = max(abs(bound) for bound in axis.get_xlim()), str(first["unit"])
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, own, largest).lstrip("+")))
    axis.xaxis.set_major_locator(MaxNLocator(4))
    luck = f"; luck {100 * first['luck_share']:.0f} %" if np.isfinite(first["luck_share"]) else ""
    axis.set_xlabel(unit + luck)


def _footnote(found: Sensitivity) -> str:
    seeds = len(found.experiment.seeds)
    if found.method == "sobol":
        said = (
            "Wide bar: total share, with all that it does together with others. Narrow bar: its share alone."
        )
    else:
        said = "Bar: mean size of the change as it moves through its range (Morris's mu*)."
    return textwrap.fill(
        f"{said} Line: 95 % bootstrap interval. {found.n_runs} runs, {seeds} seed{'s' if seeds > 1 else ''} a point. "
        "Luck: the part of the variance that the seeds make.", 110,
    )  # fmt: skip
