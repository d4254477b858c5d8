"""Pairs of runs with the same luck, and what they differ by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cwbsim.levers import LEVERS
from cwbsim.outcomes import OUTCOMES, Reading
from cwbsim.scenario import Scenario, load_scenario
from cwbsim.simulation import build_world, run_month
from cwbsim.world import World

__all__ = ["allowance", "baseline", "differences", "last_year", "levels", "lever", "ratio"]

YEAR = 12


def baseline(scale: float, months: int, place: str = "wigan/baseline", **changes: Any) -> Scenario:
    """Return the shipped baseline at another scale and length."""
    return load_scenario(place).model_copy(update={"scale": scale, "months": months, **changes})


def lever(key: str, /, **fields: Any) -> Any:
    """Return a lever by its key."""
    return LEVERS[key](**fields)


def last_year(
    scenario: Scenario, seed: int, outcomes: Sequence[str], change: Callable[[World], None] | None = None
) -> np.ndarray:
    """Run a scenario; return the mean month of the last twelve, (outcomes,); of a breakdown, its sum.

    Parameters
    ----------
    scenario : Scenario
    seed : int
    outcomes : sequence of str
    change : function, optional
        Changes the starting world.
    """
    world = build_world(scenario, seed)
    if change is not None:
        change(world)
    rows = []
    while world.month < scenario.months:
        run_month(world)
        if world.month > scenario.months - YEAR:
            rows.append(levels(world, outcomes))
    return np.asarray(np.nanmean(rows, axis=0))


def levels(world: World, outcomes: Sequence[str]) -> list[float]:
    """Return outcomes of the month that has just ended."""
    now = Reading(world)
    return [float(np.sum(OUTCOMES[name].function(now))) for name in outcomes]


def differences(
    policy: Scenario, base: Scenario, seed: int, outcomes: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return (baseline, policy less baseline) of the last year's mean month, (outcomes,) each."""
    before = last_year(base, seed, outcomes)
    return before, last_year(policy, seed, outcomes) - before


def ratio(part: float, whole: float) -> float:
    """A ratio, not a number where it would be one of nil."""
    return float(part / whole) if whole else float("nan")


def allowance() -> dict[str, str]:
    """What a scenario has to say where it asks for more than the law of its date allows."""
    return {"unlawful": "allow"} if "unlawful" in Scenario.model_fields else {}
