"""An experiment as dots and intervals: what each policy changes at each point, or how outcomes differ between points."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cwbsim.analysis.experiment import Experiment
from cwbsim.report.picture import COLOURS, GRID, INK, STYLE
from cwbsim.report.wording import in_reading_order, is_share, label, tick, unit_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS, MOST_PANELS = 24, 6


def draw_experiment(experiment: Experiment, summary: pd.DataFrame) -> Figure | None:
    """A panel for each outcome, a row for each point and policy; None where there are too many rows to read.

    Parameters
    ----------
    experiment
        What was run.
    summary
        Its `cwbsim.analysis.sweep.summary_frame`.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = summary[summary["is_difference"]] if experiment.policies else summary
    rows = shown[["point", "scenario"]].drop_duplicates()
    if shown.empty or len(rows) > MOST_ROWS:
        return None
    outcomes = in_reading_order(shown["outcome"])[:MOST_PANELS]
    columns = min(3, len(outcomes))
    deep = math.ceil(len(outcomes) / columns)
    with mpl.rc_context(STYLE):
        height = deep * (1.1 + 0.27 * len(rows)) + 1.2
        figure = Figure(figsize=(3.2 * columns + 2.2, height), layout="constrained")
        figure.suptitle(textwrap.fill(experiment.question, 34 * columns + 20), x=0.01, ha="left", fontsize=12)
        axes = figure.subplots(deep, columns, squeeze=False, sharey=True).flatten()
        names = [
            _row_name(experiment, int(point), str(title)) for point, title in rows.itertuples(index=False)
        ]
        for axis, outcome in zip(axes, outcomes, strict=False):
            _draw(
                axis,
                rows.merge(shown[shown["outcome"] == outcome], how="left"),
                names,
                bool(experiment.policies),
            )
        for axis in axes[len(outcomes) :]:
            axis.set_visible(False)
        n = len(experiment.seeds)
        what = "paired difference from the base" if experiment.policies else "mean over seeds"
        over = f"{n} seed{'s' if n > 1 else ''}"
        said = (
            f"Dot: {what}, last twelve months. Line: 95 % t interval over {over}; it shows luck, not doubt."
        )
        figure.supxlabel(textwrap.fill(said, 38 * columns + 20), x=0.01, ha="left", fontsize=8)
    return figure


def save_experiment(experiment: Experiment, summary: pd.DataFrame, folder: Path) -> None:
    """Write ``experiment.png`` and ``experiment.svg``, if there are few enough rows to read."""
    import matplotlib as mpl

    figure = draw_experiment(experiment, summary)
    if figure is None:
        return
    with mpl.rc_context(STYLE):
        figure.savefig(folder / "experiment.png", dpi=140)
        figure.savefig(folder / "experiment.svg", metadata={"Date": None})


def _row_name(experiment: Experiment, point: int, title: str) -> str:
    """What is different in this row."""
    scenarios = experiment.scenarios(point - 1, experiment.points()[point - 1])
    place = [one.title for one in (experiment.base, *experiment.policies)].index(title)
    words = scenarios[place].title.removeprefix(f"{title}: ")
    if len(experiment.points()) == 1:
        return textwrap.shorten(title, 48, placeholder="…")
    several = len(experiment.policies) > 1
    return textwrap.shorten(f"{title}: {words}" if several else words, 60, placeholder="…")


def _draw(axis: Axes, part: pd.DataFrame, names: list[str], is_difference: bool) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    places = list(range(len(part)))
    unit, outcome = str(part["unit"].dropna().iloc[0]), str(part["outcome"].dropna().iloc[0])
    axis.hlines(places, part["low"], part["high"], color=COLOURS[0], linewidth=1.6, zorder=2)
    axis.plot(part["value"], places, "o", color=COLOURS[0], markersize=5, zorder=3)
    if is_difference:
        axis.axvline(0.0, color=INK, linewidth=1.0, zorder=1)
    axis.set_yticks(places, names)
    axis.set_ylim(len(part) - 0.5, -0.5)
    axis.grid(axis="x", color=GRID, linewidth=0.6, zorder=0)
    axis.set_title(textwrap.fill(label(outcome), 28), loc="left", size=10, fontweight="bold")
    axis.set_xlabel("percentage points" if is_share(unit) and is_difference else unit_in_words(unit))
    axis.xaxis.set_major_locator(MaxNLocator(4))
    largest = max(abs(bound) for bound in axis.get_xlim())
    axis.xaxis.set_major_formatter(
        FuncFormatter(
            lambda value, _: (
                tick(value, unit, largest) if is_difference else tick(value, unit, largest).lstrip("+")
            )
        )
    )
