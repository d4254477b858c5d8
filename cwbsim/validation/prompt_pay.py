"""P5: what does payment 15 days sooner do to jobs, at the firms paid and in all?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cwbsim.scenario import Scenario
from cwbsim.simulation import build_world, run_month
from cwbsim.validation.pairs import baseline, lever

DAYS = 15.0


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return changes of jobs in per cent, mean of the last year: firms that held contracts at the start, and all."""
    base = baseline(scale, months)
    sooner = base.model_copy(update={"levers": (lever("prompt_payment", days=DAYS),), "title": "sooner"})
    before, after = _jobs(base, seed), _jobs(sooner, seed)
    paid, everyone = 100 * (after / before - 1.0)
    return {"paid_firms": float(paid), "all_jobs": float(everyone)}


def _jobs(scenario: Scenario, seed: int) -> np.ndarray:
    world = build_world(scenario, seed)
    holders = np.unique(world.needs.supplier[world.needs.supplier >= 0])
    rows = []
    while world.month < scenario.months:
        run_month(world)
        if world.month > scenario.months - 12:
            e, n = world.employers, world.on_site_row(1)
            staff = (e.n_residents + e.n_from_wider + e.n_from_outside)[:n]
            rows.append((staff[holders].sum(), staff.sum()))
    return np.asarray(np.mean(rows, axis=0))
