"""How tendering goes: competition, price against should-cost, what is delivered."""

from __future__ import annotations

import numpy as np

from cwbsim.outcomes.contract_passes import SHARE, concentration
from cwbsim.outcomes.passes import FINE, ratio, sum_by
from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import outcome
from cwbsim.outcomes.running_it import in_house


@outcome("index", "stock")
def supplier_concentration(now: Reading) -> float:
    """Herfindahl index of contract payments over suppliers: 1 if one holds all, 1/n if n hold equal parts."""
    if now.paid_total == 0:
        return float("nan")
    n_sites, n_pool = now.world.firms.key.shape[0], now.world.pool.key.shape[0]
    found = concentration(now.world.needs.supplier, now.paid, now.paid_total, n_sites, n_pool)
    return found / float(SHARE) ** 2


@outcome("tenders", "flow", scaled="needs")
def tenders(now: Reading) -> float:
    """Contracts that anchors put out to tender in the month."""
    return now.tendering[0]


@outcome("bids per tender", "stock", headline=True, scaled="needs")
def bidders_per_tender(now: Reading) -> float:
    """Bids received per competition of the month, each counted as the real ones it stands for; direct awards left out."""
    return ratio(now.tendering[4], now.tendering[3])


@outcome("bids", "flow", scaled="needs")
def local_bids(now: Reading) -> float:
    """Bids that firms of the borough made for the month's tenders."""
    return now.tendering[2]


@outcome("share", "share")
def single_bid_share(now: Reading) -> float:
    """Share of the month's competitions that drew only one bid."""
    return ratio(now.contracts["single"], now.contracts["competed"])


@outcome("share", "share")
def uncompeted_share(now: Reading) -> float:
    """Share of the month's contracts let without a competition: called off a framework, or awarded directly."""
    return 1.0 - ratio(now.contracts["competed"], now.contracts["tenders"])


@outcome("share", "share")
def failed_tender_share(now: Reading) -> float:
    """Share of the month's tenders that drew no acceptable bid."""
    return ratio(now.contracts["failed"], now.contracts["tenders"])


@outcome("ratio", "stock", headline=True)
def price_over_should_cost(now: Reading) -> float:
    """Average price of contracts in force over what the service should cost; 1.02 is two per cent dear."""
    return now.average("priced")


@outcome("£", "flow", headline=True)
def service_volume(now: Reading) -> float:
    """Service delivered under contracts, or by anchors themselves, valued at what it should cost."""
    return now.pounds(now.contracts["delivered"] / FINE + in_house(now)[1])


@outcome("£", "flow")
def service_volume_lost(now: Reading) -> float:
    """Service needed but not delivered because budgets are fixed and prices are above should-cost.

    Valued at should-cost; below nil where prices are lower and more is delivered.
    """
    spent, delivered = in_house(now)
    return now.pounds(now.contracts["budget"] - now.contracts["delivered"] / FINE + (spent - delivered))


@outcome("£", "flow", by="anchor")
def service_volume_lost_by_anchor(now: Reading) -> np.ndarray:
    """Service each anchor needed and did not get because prices are above should-cost, at should-cost."""
    n, cost = now.world.needs, now.world.parameters.procurement.in_house_cost
    own = sum_by(n.anchor, n.in_house, now.lost_by_anchor.shape[0])
    return now.pounds_each(now.lost_by_anchor + own * (1.0 - 1.0 / cost))


@outcome("share", "share")
def social_value_promised(now: Reading) -> float:
    """Social value promised in the contracts in force, as a share of the most that could be promised."""
    return now.average("promised")


@outcome("share", "share", headline=True)
def social_value_delivered(now: Reading) -> float:
    """Social value really delivered by the contracts in force, as a share of the most that could be."""
    return now.average("kept")


@outcome("£", "flow", scaled="needs")
def bid_costs(now: Reading) -> float:
    """What all bidders together, here and elsewhere, spend on bidding for the month's tenders."""
    a_bid = ratio(now.world.market.counts.get("bid_cost_pence", 0), now.contracts["bids"])
    return a_bid * now.tendering[1] / 100 if now.contracts["bids"] else 0.0
