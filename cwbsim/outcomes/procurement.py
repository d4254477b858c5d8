"""How tendering goes: competition, price against should-cost, what is delivered."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.outcomes.passes import ratio, sum_by, weighted
from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import outcome

_FINE = 1 << 31


@kernel
def _sum_of_squares(paid: np.ndarray, total: int) -> int:
    """Sum of squared shares, in units of 2**-62 (whole numbers, so that no order of rows shows)."""
    out = 0
    for i in range(paid.shape[0]):
        share = int(paid[i] / total * _FINE)
        out += share * share
    return out


@outcome("index", "stock")
def supplier_concentration(now: Reading) -> float:
    """Herfindahl index of contract payments over suppliers: 1 if one holds all, 1/n if n hold equal parts."""
    if now.paid_total == 0:
        return float("nan")
    by_pool = sum_by(now.pool_row, now.paid, now.world.pool.key.shape[0])
    found = _sum_of_squares(now.paid_by_site, now.paid_total) + _sum_of_squares(by_pool, now.paid_total)
    return found / float(_FINE) ** 2


def _tendered(now: Reading) -> np.ndarray:
    """Number of bids for each tender of the month; without any, averages are not a number."""
    return np.asarray(now.world.needs.n_bids[now.world.needs.is_open])


@outcome("tenders", "flow")
def tenders(now: Reading) -> float:
    """Contracts that anchors put out to tender in the month (anchors are not scaled down)."""
    return float(_tendered(now).shape[0])


@outcome("bids per tender", "stock", headline=True)
def bidders_per_tender(now: Reading) -> float:
    """Bids received per tender of the month."""
    bids = _tendered(now)
    return ratio(int(bids.sum()), bids.shape[0])


@outcome("bids", "flow")
def local_bids(now: Reading) -> float:
    """Bids that firms of the borough made for the month's tenders."""
    needs = now.world.needs
    return float(needs.n_local_bids[needs.is_open].sum())


@outcome("share", "share")
def single_bid_share(now: Reading) -> float:
    """Share of the month's tenders that drew only one bid."""
    bids = _tendered(now)
    return ratio(int((bids == 1).sum()), bids.shape[0])


@outcome("share", "share")
def failed_tender_share(now: Reading) -> float:
    """Share of the month's tenders that drew no acceptable bid."""
    score = now.world.needs.best_score[now.world.needs.is_open]
    return ratio(int((score < 0).sum()), score.shape[0])


@outcome("ratio", "stock", headline=True)
def price_over_should_cost(now: Reading) -> float:
    """Average price of contracts in force over what the service should cost; 1.02 is two per cent dear."""
    return ratio(weighted(now.world.needs.budget, now.world.needs.price), now.budget_total)


@outcome("£", "flow", headline=True)
def service_volume(now: Reading) -> float:
    """Service delivered under contracts, valued at what it should cost."""
    return now.pounds(weighted(now.world.needs.budget, now.world.needs.volume))


@outcome("£", "flow")
def service_volume_lost(now: Reading) -> float:
    """Service needed but not delivered because budgets are fixed and prices are above should-cost.

    Valued at should-cost; below nil where prices are lower and more is delivered.
    """
    needs = now.world.needs
    return now.pounds(now.budget_total - weighted(needs.budget, needs.volume))


@outcome("£", "flow", by="anchor")
def service_volume_lost_by_anchor(now: Reading) -> np.ndarray:
    """Service each anchor needed and did not get because prices are above should-cost, at should-cost."""
    needs, fine = now.world.needs, 1 << 20
    lost = needs.budget * np.rint((1.0 - needs.volume) * fine).astype(np.int64)
    return now.pounds_each(sum_by(needs.anchor, lost, now.world.anchors.key.shape[0]) / fine)


@outcome("share", "share")
def social_value_promised(now: Reading) -> float:
    """Social value promised in the contracts in force, as a share of the most that could be promised."""
    return ratio(weighted(now.world.needs.budget, now.world.needs.sv_promised), now.budget_total)


@outcome("share", "share", headline=True)
def social_value_delivered(now: Reading) -> float:
    """Social value really delivered by the contracts in force, as a share of the most that could be."""
    return ratio(weighted(now.world.needs.budget, now.world.needs.sv_delivered), now.budget_total)


@outcome("£", "flow")
def bid_costs(now: Reading) -> float:
    """What all bidders together, here and elsewhere, spend on bidding for the month's tenders."""
    return now.pounds(now.world.market.counts.get("bid_cost_pence", 0))
