"""P10: does cheaper bidding bring in small firms, and do anchors differ by an order of magnitude?"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cwbsim.outcomes import OUTCOMES, Reading
from cwbsim.simulation import build_world, run_month
from cwbsim.validation.pairs import baseline, differences, lever, ratio
from cwbsim.world import ANCHOR_KINDS


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return how much more firms here bid when bidding costs them half, and council over hospital local share."""
    base = baseline(scale, months)
    cheaper = lever("encourage_local_firms", budget_a_year=2_000_000.0, awareness=1.0, paperwork_cut=0.5)
    policy = base.model_copy(update={"levers": (cheaper,), "title": "cheaper"})
    (bids, share), (more, _) = differences(policy, base, seed, ("local_bids", "sme_share_of_contracts"))
    del share
    world = build_world(base, seed)
    for _ in range(12):
        run_month(world)
    shares = np.asarray(OUTCOMES["local_spend_share_by_anchor"].function(Reading(world)))
    kinds = [ANCHOR_KINDS[kind] for kind in world.anchors.kind]
    council, hospital = shares[kinds.index("council")], shares[kinds.index("hospital_trust")]
    return {"local_bids": 100 * ratio(more, bids), "council_over_hospital": ratio(council, hospital)}
