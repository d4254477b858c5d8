"""An economy of a few milliseconds, for what is asked of stores and workers and not of models."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.scenario import Scenario


@dataclass(frozen=True)
class StubOutcome:
    """What the stub measures."""

    name: str
    unit: str = "£"
    definition: str = "a number made of the seed and the month"
    kind: str = "flow"
    headline: bool = True


OUTCOMES = {name: StubOutcome(name) for name in ("north", "south")}


@dataclass(frozen=True)
class StubRun:
    """A run of it."""

    scenario: Scenario
    seed: int
    outcomes: dict[str, Any]

    def canonical_hash(self) -> str:
        """Of scenario and seed."""
        return f"stub-{self.scenario.flq_delta}-{self.seed}"

    def to_frame(self) -> pd.DataFrame:
        """Long form: digits that no compression makes small."""
        months = np.arange(1, self.scenario.months + 1)
        parts = []
        for place, name in enumerate(OUTCOMES):
            value = np.modf(np.sin((months + 97.0 * self.seed + place) * 12.9898) * 43758.5453)[0]
            parts.append(
                pd.DataFrame({"month": months, "outcome": name, "value": value, "unit": "£", "section": ""})
            )
        return pd.concat(parts, ignore_index=True)


def simulate(scenario: Scenario, seed: int) -> StubRun:
    """At once."""
    return StubRun(scenario, seed, OUTCOMES)


def simulate_slowly(scenario: Scenario, seed: int) -> StubRun:
    """In five milliseconds: time enough to be killed in."""
    time.sleep(0.005)
    return StubRun(scenario, seed, OUTCOMES)
