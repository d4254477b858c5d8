"""What a comparison keeps of a run: monthly paths of the totals, and last year's value of every breakdown."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import pandas as pd

from cwbsim.scenario import Scenario

YEAR = 12
NOT_BREAKDOWNS = ("month", "outcome", "value", "unit")


class RunLike(Protocol):
    """The part of a run that is needed here."""

    outcomes: Mapping[str, Any]

    def to_frame(self) -> pd.DataFrame: ...

    def canonical_hash(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Measure:
    """What an outcome is."""

    name: str
    unit: str
    definition: str
    kind: Literal["flow", "stock", "share"]
    headline: bool


@dataclass(frozen=True, slots=True, eq=False)
class RunSummary:
    """One run, small enough to send between processes."""

    measures: dict[str, Measure]
    paths: pd.DataFrame  # (months, outcomes) totals, index month from 1
    divided: pd.Series  # last year's value by (outcome, breakdown columns)
    state_hash: str
    seconds: float


def simulated(scenario: Scenario, seed: int) -> RunSummary:
    """Run a scenario once and keep its summary (called in worker processes)."""
    from cwbsim.simulation import simulate

    return summary_of(simulate, scenario, seed)


def summary_of(simulate: Any, scenario: Scenario, seed: int) -> RunSummary:
    """The same with any function from scenario and seed to a run."""
    started = time.perf_counter()
    run: RunLike = simulate(scenario, seed)
    measures = {
        name: Measure(name, one.unit, one.definition, one.kind, bool(one.headline))
        for name, one in run.outcomes.items()
    }
    frame = run.to_frame()
    by = [column for column in frame.columns if column not in NOT_BREAKDOWNS]
    in_last_year = frame["month"] > frame["month"].max() - YEAR
    divided = last_year(frame[in_last_year & ~_is_total(frame)], by, measures)
    paths = totals_of(frame)
    paths = paths[[name for name in measures if name in paths.columns]]
    return RunSummary(measures, paths, divided, run.canonical_hash(), time.perf_counter() - started)


def totals_of(frame: pd.DataFrame) -> pd.DataFrame:
    """(months, outcomes) of what is not broken down, from a run's long form."""
    paths = frame[_is_total(frame)].pivot(index="month", columns="outcome", values="value").astype(float)
    paths.columns = pd.Index([str(name) for name in paths.columns], name="outcome")
    return paths


def _is_total(frame: pd.DataFrame) -> pd.Series:
    by = [column for column in frame.columns if column not in NOT_BREAKDOWNS]
    return (frame[by] == "").all(axis="columns")


def last_year(rows: pd.DataFrame, by: list[str], measures: Mapping[str, Measure]) -> pd.Series:
    """Yearly total (flows) or mean (stocks, shares) of every outcome and breakdown in the given months."""
    keys = ["outcome", *by]
    texts = rows.assign(**{key: rows[key].astype(str) for key in keys})
    grouped = texts.groupby(keys, sort=True)["value"]
    total, mean = grouped.sum(), grouped.mean()
    is_flow = [measures[str(key[0])].kind == "flow" for key in total.index]
    return total.where(pd.Series(is_flow, index=total.index, dtype=bool), mean).astype(float)
