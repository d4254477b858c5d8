"""P2: what does a preference of 5 % for bidders here cost, with entry free and with entry fixed?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cwbsim import schedule
from cwbsim.schedule import phase_name
from cwbsim.simulation import build_world, run_month
from cwbsim.validation.pairs import allowance, baseline, lever
from cwbsim.world import World

PREFERENCE = 0.05


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return what it does to the mean winning price, weighted by budget, in per cent."""
    usual, free, fixed = (
        mean_price(scale, seed, months, levers)
        for levers in (
            (),
            (lever("bid_preference", preference=PREFERENCE),),
            (lever("bid_preference", preference=PREFERENCE, entry_responds=False),),
        )
    )
    cost, cost_fixed = 100 * (free / usual - 1.0), 100 * (fixed / usual - 1.0)
    return {"cost": cost, "cost_entry_fixed": cost_fixed, "by_entry": cost - cost_fixed}


def mean_price(scale: float, seed: int, months: int, levers: tuple[Any, ...]) -> float:
    """Return the mean price over should-cost of the contracts let, weighted by their budgets."""
    scenario = baseline(scale, months, levers=levers, **(allowance() if levers else {}))
    world = build_world(scenario, seed)
    sums = np.zeros(2)

    def award(world: World) -> None:
        n = world.needs
        let = n.is_open & (n.best_score >= 0)
        sums[:] += (n.budget[let] * n.best_price[let]).sum(), n.budget[let].sum()
        awarded(world)

    awarded = next(p for p in schedule.MONTH if phase_name(p) == "procurement.award_contracts")
    phases = tuple(award if phase is awarded else phase for phase in schedule.MONTH)
    for _ in range(months):
        run_month(world, phases)
    return float(sums[0] / sums[1])

