"""P9: pay and commuting after some years, against the tables they were drawn from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cwbsim.outcomes.reading import Reading, pay_quantile
from cwbsim.simulation import build_world, run_month
from cwbsim.validation.pairs import baseline
from cwbsim.world import EMPLOYED, OUTSIDE, WIDER, World

PERCENTILES = (20, 50, 80)


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return pay of employees by percentile, mean taxable pay, and where residents work, at the end."""
    world = build_world(baseline(scale, months), seed)
    for _ in range(months):
        run_month(world)
    now = Reading(world)
    r, n_sites = world.residents, world.firms.key.shape[0]
    employer = np.where(r.status == EMPLOYED, r.employer, -1)
    own_account = (employer >= 0) & (employer < n_sites)
    own_account &= world.firms.size_class[np.where(own_account, employer, 0)] == 0
    staff = (employer >= 0) & ~own_account
    pay = r.pay[staff] * 12 / 100 * _index(world, employer[staff])
    found = {f"pay_{p}": float(np.percentile(pay, p)) for p in PERCENTILES}
    found["mean_pay"] = float(pay.mean())
    found["median_of_all"] = pay_quantile(now, 0.5)
    for place, name in ((WIDER, "work_in_wider_area"), (OUTSIDE, "work_outside")):
        found[name] = 100 * float((employer == world.commuting_row(place)).sum() / (employer >= 0).sum())
    return found


def _index(world: World, employer: np.ndarray) -> np.ndarray:
    """Firms pay the borough's wage index, others national scales."""
    return np.where(employer < world.firms.key.shape[0], world.market.wage_index, 1.0)


