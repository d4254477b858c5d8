"""A stand-in for the simulation: small frames whose every number can be worked by hand.

Anchors' local spend is 100 a month plus the seed; a lower `flq_delta` than 0.25 is "the policy" and adds 2 a
month plus the parity of the seed. Staff stand at 50 whatever happens; the share rises with the policy.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cwbsim.scenario import Scenario


@dataclass(frozen=True)
class FakeOutcome:
    name: str
    unit: str
    definition: str
    kind: str
    headline: bool = True


OUTCOMES = {
    one.name: one
    for one in (
        FakeOutcome("local_spend", "£ a month", "what anchors pay suppliers of the borough", "flow"),
        FakeOutcome("jobs", "jobs", "jobs in the borough", "stock"),
        FakeOutcome("local_share", "share of spend", "local spend over spend", "share"),
        FakeOutcome("tenders", "tenders a month", "tenders opened", "flow", headline=False),
    )
}


@dataclass(frozen=True)
class FakeRun:
    scenario: Scenario
    seed: int
    outcomes: dict
    has_gaps: bool = False

    def canonical_hash(self) -> str:
        return f"state-{self.scenario.flq_delta}-{self.seed}"

    def to_frame(self) -> pd.DataFrame:
        extra = 2 + self.seed % 2 if self.scenario.flq_delta < 0.25 else 0
        rows = []
        for month in range(1, self.scenario.months + 1):
            spend = 100.0 + self.seed + extra
            rows += [
                (month, "local_spend", spend, "£ a month", "", ""),
                (month, "local_spend", spend * 0.75, "£ a month", "F", ""),
                (month, "local_spend", spend * 0.25, "£ a month", "Q", ""),
                (month, "jobs", 50.0, "jobs", "", ""),
                (month, "jobs", 50.0, "jobs", "", "3"),
                (month, "local_share", 0.3 + extra / 100, "share of spend", "", ""),
                (month, "tenders", 4.0, "tenders a month", "", ""),
            ]
        frame = pd.DataFrame(rows, columns=["month", "outcome", "value", "unit", "section", "decile"])
        if self.has_gaps:
            frame.loc[(frame["outcome"] == "local_share") & (frame["month"] % 2 == 0), "value"] = float("nan")
        return frame


def simulate(scenario: Scenario, seed: int) -> FakeRun:
    """The fake economy itself."""
    return FakeRun(scenario, seed, OUTCOMES)


def fails_on_seed_two(scenario: Scenario, seed: int) -> FakeRun:
    """The same, but the policy's run with seed 2 breaks."""
    if seed == 2 and scenario.flq_delta < 0.25:
        raise FloatingPointError("a penny is missing")
    return simulate(scenario, seed)


def baseline_fails_on_seed_two(scenario: Scenario, seed: int) -> FakeRun:
    """The same, but the baseline's run with seed 2 breaks."""
    if seed == 2 and scenario.flq_delta == 0.25:
        raise FloatingPointError("a penny is missing")
    return simulate(scenario, seed)


def first_ends_last(scenario: Scenario, seed: int) -> FakeRun:
    """The same, but the first run is the slowest."""
    time.sleep(0.2 if seed == 1 else 0.0)
    return simulate(scenario, seed)


def unknown_share(scenario: Scenario, seed: int) -> FakeRun:
    """The same, but every second month has no share."""
    return FakeRun(scenario, seed, OUTCOMES, has_gaps=True)


def dies_once(scenario: Scenario, seed: int) -> FakeRun:
    """The same, but seed 2 kills its worker, unless the mark is there that it leaves before."""
    mark = Path(os.environ["CWBSIM_TEST_MARK"])
    if seed == 2 and not mark.exists():
        mark.touch()
        os._exit(9)
    return simulate(scenario, seed)
