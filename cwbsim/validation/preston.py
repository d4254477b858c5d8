"""P1: how much of Preston's change between 2012/13 and 2016/17 can a plausible programme of indirect levers explain?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cwbsim.outcomes import Reading
from cwbsim.scenario import Scenario, load_scenario
from cwbsim.simulation import build_world, run_month
from cwbsim.validation.pairs import YEAR
from cwbsim.world import BOROUGH, OUTSIDE, WIDER

BEFORE, PROGRAMME, CUT = "preston/2012_13", "preston/programme_2013_2017", "budget_change"


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return the rise of the share spent in Preston, and in Lancashire with it, in percentage points.

    With the cut of the budgets, as published; what is left of it when budgets are held constant is given beside it.
    """
    size = {"scale": scale, "months": months}
    before, programme = (load_scenario(name).model_copy(update=size) for name in (BEFORE, PROGRAMME))
    uncut = programme.model_copy(update={"levers": tuple(one for one in programme.levers if one.key() != CUT)})
    was, then, held = (shares(one, seed) for one in (before, programme, uncut))
    rise, at_budget = 100 * (then - was), 100 * (held - was)
    return {
        "preston": float(rise[0]), "lancashire": float(rise[1]), "preston_before": 100 * float(was[0]),
        "preston_at_constant_budgets": float(at_budget[0]), "lancashire_at_constant_budgets": float(at_budget[1]),
    }  # fmt: skip


def shares(scenario: Scenario, seed: int) -> np.ndarray:
    """Share of the measured anchors' contract spend in Preston, and in Lancashire with it, (2,), last twelve months."""
    world = build_world(scenario, seed)
    group = np.isin(world.fixed.anchor_names, list(scenario.anchors))
    rows = []
    while world.month < scenario.months:
        run_month(world)
        if world.month > scenario.months - YEAR:
            mine, paid = group[world.needs.anchor], Reading(world).paid
            by_place = np.bincount(world.needs.place[mine], weights=paid[mine], minlength=3)
            rows.append(by_place / by_place.sum())
    local, wider, _ = np.mean(rows, axis=0)[[BOROUGH, WIDER, OUTSIDE]]
    return np.array([local, local + wider])
