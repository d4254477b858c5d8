"""``Comparison.plot`` and ``Run.plot``: the figures of the report, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from cwbsim.analysis.compare import Comparison
from cwbsim.errors import unknown
from cwbsim.law import what_if
from cwbsim.report import changes, figures
from cwbsim.report.picture import COLOURS, DASHES, GRID, draw_comparison
from cwbsim.report.sankey import draw_flows, public_pound
from cwbsim.report.style import in_style, new_figure
from cwbsim.report.wording import in_reading_order, is_share, label, tick, unit_in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL = 2.3  # inches high


@dataclass(frozen=True, slots=True, repr=False)
class ComparisonPlots:
    """Figures of a comparison; `policy` counts from 1."""

    comparison: Comparison

    def __repr__(self) -> str:
        """Which figures there are."""
        return "over_time(), by(outcome, breakdown), by_anchor(), by_section(), by_income(), by_place(), flows(), together()"

    def over_time(self) -> Figure:
        """Paired differences month by month with their bands."""
        return draw_comparison(self.comparison)

    def by(self, outcome: str, breakdown: str, policy: int = 1) -> Figure:
        """The difference in one outcome by one breakdown.

        Raises
        ------
        UserError
            No such outcome, or it has no such breakdown.
        """
        if outcome not in self.comparison.measures:
            raise unknown("outcome", outcome, self.comparison.measures)
        frame = changes.breakdown(self.comparison, policy, outcome, breakdown)
        if not len(frame):
            divided = self.comparison.divided()
            mine = divided[divided["outcome"] == outcome]
            raise unknown("breakdown", breakdown, changes.breakdowns_of(mine), where=outcome)
        return figures.draw_bars(figures.ordered(frame, breakdown))

    def by_anchor(self, policy: int = 1) -> Figure:
        """Spending that stays in the borough, by anchor."""
        return self.by("local_spend_by_anchor", "anchor", policy)

    def by_section(self, policy: int = 1) -> Figure:
        """Spending that stays in the borough, by what is bought."""
        return self.by("local_spend_by_section", "section", policy)

    def by_income(self, policy: int = 1) -> Figure:
        """Household income, from the poorest to the richest tenth."""
        return self.by("disposable_income_by_decile", "decile", policy)

    def by_place(self, policy: int = 1) -> Figure:
        """Contract payments by where the supplier is: who gains, who loses."""
        return self.by("contract_spend_by_place", "place", policy)

    def flows(self, policy: int = 1) -> Figure:
        """The public pound from anchors to where it goes."""
        return draw_flows(public_pound(self.comparison, policy), what_if(self.comparison.policies[policy - 1]))

    def together(self, outcome: str = "local_spend") -> Figure | None:
        """Policies alone and together; None where no policy holds the levers of others."""
        stats = figures.alone_and_together(self.comparison, outcome)
        return None if stats is None else figures.draw_bars(stats)


@dataclass(frozen=True, slots=True, repr=False)
class RunPlots:
    """Figures of one run."""

    run: Any

    def __repr__(self) -> str:
        """Which figures there are."""
        return "over_time(*outcomes), by(outcome, breakdown)"

    def over_time(self, *outcomes: str) -> Figure:
        """Outcomes month by month, a panel each; the headline ones if none is named."""
        frame = self.run.to_frame()
        known = self.run.outcomes
        for name in outcomes:
            if name not in known:
                raise unknown("outcome", name, known)
        names = list(outcomes) or in_reading_order(name for name, one in known.items() if one.headline)[:6]
        by = changes.breakdowns_of(frame)
        totals = frame[(frame[by] == "").all(axis="columns")]
        with in_style():
            figure = new_figure(PANEL * len(names))
            for panel, name in zip(
                figure.subplots(len(names), 1, squeeze=False).flatten(), names, strict=True
            ):
                mine = totals[totals["outcome"] == name]
                _line(panel, mine["month"], mine["value"], name, str(known[name].unit))
        return figure

    def by(self, outcome: str, breakdown: str) -> Figure:
        """One outcome in the last twelve months by one breakdown, as bars."""
        frame = self.run.to_frame()
        if outcome not in self.run.outcomes:
            raise unknown("outcome", outcome, self.run.outcomes)
        mine = frame[(frame["outcome"] == outcome) & (frame["month"] > frame["month"].max() - 12)]
        named = changes.breakdowns_of(mine)
        if breakdown not in named:
            raise unknown("breakdown", breakdown, named, where=outcome)
        mine = mine[mine[breakdown].astype(str) != ""]
        groups = mine.groupby(mine[breakdown].astype(str), sort=False)["value"]
        values = groups.sum() if self.run.outcomes[outcome].kind == "flow" else groups.mean()
        return _value_bars(values, breakdown, str(self.run.outcomes[outcome].unit), label(outcome))


def _line(panel: Any, months: Any, values: Any, name: str, unit: str) -> None:
    from matplotlib.ticker import FuncFormatter

    panel.plot(months / 12, values, color=COLOURS[0], linestyle=DASHES[0], linewidth=1.6)
    panel.set_title(label(name), loc="left", size=10, fontweight="bold")
    panel.set_xlabel("year")
    panel.set_ylabel("%" if is_share(unit) else unit_in_words(unit))
    panel.grid(axis="y", color=GRID, linewidth=0.6)
    largest = max(abs(edge) for edge in panel.get_ylim())
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, unit, largest).lstrip("+")))


def _value_bars(values: pd.Series[float], by: str, unit: str, title: str) -> Figure:
    from matplotlib.ticker import FuncFormatter

    names: Sequence[str] = [changes.shown_name(by, str(name)) for name in values.index]
    with in_style():
        figure = new_figure(0.9 + 0.3 * len(values))
        panel = figure.subplots()
        panel.barh(range(len(values)), values.to_numpy(), height=0.62, color=COLOURS[0])
        panel.set_yticks(range(len(values)), names)
        panel.invert_yaxis()
        panel.set_title(title, loc="left", size=10, fontweight="bold")
        largest = max(abs(edge) for edge in panel.get_xlim())
        panel.xaxis.set_major_formatter(
            FuncFormatter(lambda value, _: tick(value, unit, largest).lstrip("+"))
        )
    return figure
