"""P6: is the gain of the place a loss elsewhere, and what is left of it if everybody adopts?"""

from __future__ import annotations

from collections.abc import Mapping

from cwbsim.levers import LEVERS
from cwbsim.validation.pairs import allowance, baseline, last_year, lever

PREFERENCE = 0.2  # a what-if, strong enough for its jobs to stand out from luck
JOBS = ("jobs", "wider_area_jobs", "outside_jobs", "local_spend_share")


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return what jobs and the local share gain here and lose elsewhere, and what is gained when everybody adopts.

    Changes, not ratios of them: in a single seed the change that a ratio is set over may be near nil.
    """
    base = baseline(scale, months)
    levers, allowed = (lever("bid_preference", preference=PREFERENCE),), allowance()
    alone = base.model_copy(update={"levers": levers, "title": "alone", **allowed})
    before = last_year(base, seed, JOBS)
    here, wider, outside, share = last_year(alone, seed, JOBS) - before
    found = {"loss_elsewhere": -(wider + outside), "gain_here": here, "share_gain": share}
    if "everybody_adopts" in LEVERS:
        both = (*levers, lever("everybody_adopts", adoption=1.0))
        everybody = base.model_copy(update={"levers": both, "title": "everybody", **allowed})
        jobs_all, _, _, share_all = last_year(everybody, seed, JOBS) - before
        found |= {"share_left": share_all, "jobs_left": jobs_all}
    return {name: float(value) for name, value in found.items()}
