"""Anchors of the starting world: money in, money out, by line. Steps 1 and 4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.places.start_firms import keys
from cwbsim.world import ANCHOR_KINDS, Anchors

if TYPE_CHECKING:
    from cwbsim.places.profile import Profile

__all__ = ["draw_anchors", "fund_gap"]


def draw_anchors(profile: Profile, seed: int, scale: float) -> Anchors:
    """Return the anchors: as many at any scale, their money scaled.

    Grants are set by :func:`fund_gap` once payrolls are known, so that each anchor's books balance.
    """
    bodies = profile.anchors
    n = len(bodies)
    monthly = 100 / 12 * scale

    def pence(values: list[float]) -> np.ndarray:
        return np.rint(np.array(values) * monthly).astype(np.int64)

    def line(name: str) -> np.ndarray:
        return pence([b.noncontract.get(name, 0.0) for b in bodies])

    def share(name: str) -> np.ndarray:
        values = np.array([b.revenue.get(name, 0.0) for b in bodies])
        return np.asarray(values / values.sum() if values.sum() else np.full(n, 1.0 / n))

    return Anchors(
        key=keys(seed, "pool_key", n, block=7),
        kind=np.array([ANCHOR_KINDS.index(b.kind) for b in bodies], np.int8),
        cash=np.zeros(n, np.int64),
        reserve=np.zeros(n, np.int64),
        revenue_treasury=np.zeros(n, np.int64),
        revenue_outside=pence([b.revenue.get("fees", 0.0) for b in bodies]),
        council_tax_share=share("council_tax"),
        social_rent_share=share("rents"),
        contract_budget=np.array([np.rint(b.contract_budget * monthly * b.contract_mix) for b in bodies]).astype(
            np.int64
        ),
        to_placements=line("social_care_placements"),
        to_voluntary=line("grants_to_voluntary"),
        to_wider=line("precepts_and_levies"),
        to_outside=line("other_public"),
        local_target=np.array([b.local_share.value for b in bodies]),
        wider_target=np.array([b.wider_share.value for b in bodies]),
        influenceable_share=np.array([b.influenceable_share.value for b in bodies]),
        reach_local=np.zeros(n),
        reach_wider=np.zeros(n),
    )


def fund_gap(
    anchors: Anchors, payroll: np.ndarray, contracts: np.ndarray, council_tax: int, social_rent: int
) -> None:
    """Set grants so that each anchor's receipts are its payments, and give it a month's spending in cash and as its reserve.

    Parameters
    ----------
    payroll, contracts : ndarray of int64, shape (A,)
        Pence a month.
    council_tax, social_rent : int
        Pence a month, of the whole borough.
    """
    own = anchors.revenue_outside + np.rint(
        council_tax * anchors.council_tax_share + social_rent * anchors.social_rent_share
    ).astype(np.int64)
    lines = anchors.to_placements + anchors.to_voluntary + anchors.to_wider + anchors.to_outside
    spending = payroll + contracts + lines
    anchors.revenue_treasury[:] = np.maximum(spending - own, 0)
    anchors.revenue_outside[:] += np.minimum(spending - own, 0)
    anchors.revenue_outside[:] = np.maximum(anchors.revenue_outside, 0)
    anchors.cash[:] = spending
    anchors.reserve[:] = spending
