"""The comparison as small pictures: how each difference comes about over the months, and how sure it is."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cwbsim.analysis.compare import Comparison
from cwbsim.report.table import conclusion
from cwbsim.report.wording import in_reading_order, is_share, label, tick, unit_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = 6
# Okabe and Ito's colours that stand out 3:1 from white and keep apart for colour-blind readers; dashes tell
# the lines apart in print.
COLOURS = ("#0072B2", "#B84A00", "#00785A", "#7A4B8C")
DASHES: tuple[Any, ...] = ("solid", (0, (5, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
INK, GRID = "#222222", "#D8D8D8"
STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.edgecolor": "#767676",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "axes.labelcolor": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "svg.hashsalt": "cwbsim",
    "svg.fonttype": "path",
}


def draw_comparison(comparison: Comparison) -> Figure:
    """Small multiples of the paired difference and its band, one for each of the first headline outcomes.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    running = 12 if comparison.baseline.months >= 36 else 1
    paths = comparison.paths(running)
    paths = paths[paths["month"] >= running] if len(paths) else paths
    outcomes = in_reading_order(paths["outcome"])[:PANELS] if len(paths) else []
    columns = min(3, max(1, len(outcomes)))
    rows = max(1, math.ceil(len(outcomes) / columns))
    several = len(comparison.policies) > 1
    with mpl.rc_context(STYLE):
        room = 0.3 + 0.2 * len(comparison.policies) if several else 0.0
        height = 2.75 * rows + 1.2 + room
        frame = ConstrainedLayoutEngine(
            w_pad=0.12, h_pad=0.12, rect=(0, 0.35 / height, 1, 1 - (0.9 + room) / height)
        )
        figure = Figure(figsize=(3.9 * columns, height), layout=frame)
        panels = figure.subplots(rows, columns, squeeze=False).flatten()
        last = comparison.to_frame()
        for panel, outcome in zip(panels, outcomes, strict=False):
            mine = last[last["outcome"] == outcome]
            _draw_panel(panel, comparison, paths[paths["outcome"] == outcome], mine)
        for panel in panels[len(outcomes) :]:
            panel.set_visible(False)
        _write_heading(figure, comparison, height)
        figure.text(0.012, 0.1 / height, _footnote(comparison, running), ha="left", va="bottom", size=8)
    return figure


def save_picture(comparison: Comparison, folder: Path) -> list[Path]:
    """Write `differences.png` and `differences.svg`; the SVG is the same bytes for the same comparison."""
    import matplotlib as mpl

    figure = draw_comparison(comparison)
    files = [folder / "differences.png", folder / "differences.svg"]
    with mpl.rc_context(STYLE):
        figure.savefig(files[0], dpi=160)
        figure.savefig(files[1], metadata={"Date": None})
    return files


def _write_heading(figure: Figure, comparison: Comparison, height: float) -> None:
    """What is compared with what; for several policies, which letter and line is which."""
    from matplotlib.lines import Line2D

    one = comparison.policies[0].title if len(comparison.policies) == 1 else "Policies compared"
    title = f"{one}: difference from “{comparison.baseline.title}”"
    figure.text(0.012, 1 - 0.12 / height, title, ha="left", va="top", size=12)
    if len(comparison.policies) == 1:
        return
    for number, policy in enumerate(comparison.policies):
        y = 1 - (0.55 + 0.2 * number) / height
        style: Any = {"color": _colour(number), "linestyle": _dash(number), "linewidth": 1.8}
        figure.add_artist(Line2D([0.012, 0.045], [y, y], transform=figure.transFigure, **style))
        figure.text(0.05, y, f"{LETTERS[number]}  {policy.title}", color=_colour(number), va="center", size=9)


def _draw_panel(panel: Axes, comparison: Comparison, paths: pd.DataFrame, last: pd.DataFrame) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    unit = str(paths["unit"].iloc[0])
    panel.axhline(0.0, color=INK, linewidth=1.0, zorder=1.5)
    panel.grid(axis="y", color=GRID, linewidth=0.6)
    panel.set_axisbelow(True)
    ends: list[tuple[float, int]] = []
    for number, policy in enumerate(comparison.policies):
        mine = paths[paths["scenario"] == policy.title]
        if mine.empty:
            continue
        year = mine["month"] / 12
        colour = _colour(number)
        panel.fill_between(year, mine["low"], mine["high"], color=colour, alpha=0.18, linewidth=0)
        panel.plot(year, mine["difference"], color=colour, linewidth=1.8, linestyle=_dash(number))
        ends.append((float(mine["difference"].iloc[-1]), number))
    if not paths[["difference", "low", "high"]].fillna(0.0).to_numpy().any():
        panel.set_ylim(-1.0, 1.0)
        panel.set_yticks([0.0])
    panel.margins(y=0.15)
    row = last.iloc[0]
    said = conclusion(row["outcome"], row["unit"], row["difference"], row["low"], row["high"])
    head = label(row["outcome"]) if len(comparison.policies) > 1 else said
    panel.set_title(textwrap.fill(head, 42), loc="left", size=10, fontweight="bold")
    panel.set_ylabel("percentage points" if is_share(unit) else unit_in_words(unit))
    panel.set_xlabel("year")
    panel.set_xlim(0, comparison.baseline.months / 12)
    panel.xaxis.set_major_locator(MaxNLocator(6, integer=comparison.baseline.months > 24))
    largest = max(abs(bound) for bound in panel.get_ylim())
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, unit, largest)))
    if len(comparison.policies) > 1:
        _label_ends(panel, ends)


def _label_ends(panel: Axes, ends: list[tuple[float, int]]) -> None:
    """A letter at the end of each line, moved apart where lines end together."""
    low, high = panel.get_ylim()
    apart = (high - low) * 0.09
    lowest = -math.inf
    for end, number in sorted(ends):
        lowest = max(end, lowest + apart)
        panel.annotate(
            LETTERS[number],
            (1.02, lowest),
            xycoords=("axes fraction", "data"),
            color=_colour(number),
            fontweight="bold",
            va="center",
            annotation_clip=False,
        )


def _colour(number: int) -> str:
    return COLOURS[number % len(COLOURS)]


def _dash(number: int) -> Any:
    return DASHES[number % len(DASHES)]


def _footnote(comparison: Comparison, running: int) -> str:
    seeds = len(comparison.seeds)
    line = f"Line: mean paired difference over {seeds} seed{'s' if seeds > 1 else ''}"
    line += f", each point the mean of {running} months. " if running > 1 else ". "
    band = "Band: 95 % paired t interval over seeds; it shows luck, not doubt about the model. "
    return line + (band if seeds > 1 else "") + "Titles: the last 12 months."
