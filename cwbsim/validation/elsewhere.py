"""P6: is the gain of the place a loss elsewhere, and what is left of it if everybody adopts?"""

from __future__ import annotations

from collections.abc import Mapping

from cwbsim.levers import LEVERS
from cwbsim.validation.pairs import allowance, baseline, differences, lever, ratio

PREFERENCE = 0.2  # a what-if, strong enough for its jobs to stand out from luck
JOBS = ("jobs", "wider_area_jobs", "outside_jobs", "local_spend_share")


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return the loss elsewhere for each job gained here; what is left of gains when everybody adopts."""
    base = baseline(scale, months)
    levers, allowed = (lever("bid_preference", preference=PREFERENCE),), allowance()
    alone = base.model_copy(update={"levers": levers, "title": "alone", **allowed})
    _, (here, wider, outside, share) = differences(alone, base, seed, JOBS)
    found = {"loss_elsewhere": ratio(-(wider + outside), here), "gain_here": here}
    if "everybody_adopts" in LEVERS:
        both = (*levers, lever("everybody_adopts", adoption=1.0))
        everybody = base.model_copy(update={"levers": both, "title": "everybody", **allowed})
        _, (jobs_all, _, _, share_all) = differences(everybody, base, seed, JOBS)
        found |= {"share_left": ratio(share_all, share), "jobs_left": ratio(jobs_all, here)}
    return found

