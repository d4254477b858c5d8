"""What a comparison asks of a run: monthly paths of the totals, and last year's value of every breakdown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cwbsim.analysis.kept import NOT_BREAKDOWNS, KeptRun, Layout, Measure
from cwbsim.analysis.paired import Floats, known_mean

__all__ = ["YEAR", "Measure", "RunSummary", "last_year", "summary_of", "totals_of"]

YEAR = 12


@dataclass(frozen=True, slots=True, eq=False)
class RunSummary:
    """One run, as a comparison reads it."""

    measures: dict[str, Measure]
    paths: pd.DataFrame  # (months, outcomes) totals, index month from 1
    divided: pd.Series  # last year's value by (outcome, breakdown columns)
    state_hash: str
    seconds: float


def summary_of(kept: KeptRun) -> RunSummary:
    """The summary of a run that was kept."""
    layout = kept.layout
    columns = [name for name in layout.by_name if name in layout.totals]
    paths = pd.DataFrame(
        kept.values[:, [layout.totals[name] for name in columns]],
        index=pd.Index(layout.months, name="month"),
        columns=pd.Index(columns, name="outcome"),
    )
    return RunSummary(dict(layout.by_name), paths, _divided(kept), kept.state_hash, kept.seconds)


def _divided(kept: KeptRun) -> pd.Series:
    """Last year's value of every breakdown, by outcome and labels, in their order."""
    layout = kept.layout
    chosen = sorted((one, column) for column, one in enumerate(layout.series) if any(one[1:]))
    names = ["outcome", *layout.breakdowns]
    index = pd.MultiIndex.from_tuples([one for one, _ in chosen], names=names)
    values = last_year(kept.values, layout)[[column for _, column in chosen]]
    return pd.Series(values, index=index, name="value", dtype=float)


def last_year(values: Floats, layout: Layout) -> Floats:
    """(series,) total (flows) or mean (stocks, shares) of the last twelve months; what is unknown is left out."""
    part = values[np.asarray(layout.months) > max(layout.months) - YEAR]
    is_flow = np.array([layout.by_name[one[0]].kind == "flow" for one in layout.series], dtype=bool)
    return np.where(is_flow, np.nansum(part, axis=0), known_mean(part, axis=0))


def totals_of(frame: pd.DataFrame) -> pd.DataFrame:
    """(months, outcomes) of what is not broken down, from a run's long form."""
    by = [column for column in frame.columns if column not in NOT_BREAKDOWNS]
    is_total = (frame[by] == "").all(axis="columns")
    paths = frame[is_total].pivot(index="month", columns="outcome", values="value").astype(float)
    paths.columns = pd.Index([str(name) for name in paths.columns], name="outcome")
    return paths
