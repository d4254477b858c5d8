"""What stays in the borough of the money anchors spend on contracts, by more than one definition of local."""

from __future__ import annotations

import numpy as np

from cwbsim.outcomes.passes import FINE, ratio, ratios
from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import outcome
from cwbsim.world import BOROUGH, WIDER


@outcome("£", "flow", headline=True)
def local_spend(now: Reading) -> float:
    """Contract payments by anchors to suppliers whose premises are in the borough."""
    return now.pounds(now.paid_by_place[BOROUGH])


@outcome("share", "share", headline=True)
def local_spend_share(now: Reading) -> float:
    """Share of anchors' contract payments that goes to suppliers whose premises are in the borough."""
    return ratio(now.paid_by_place[BOROUGH], now.paid_total)


@outcome("£", "flow", by="anchor")
def local_spend_by_anchor(now: Reading) -> np.ndarray:
    """Contract payments by each anchor to suppliers whose premises are in the borough."""
    return now.pounds_each(now.local_by_anchor)


@outcome("share", "share", by="anchor")
def local_spend_share_by_anchor(now: Reading) -> np.ndarray:
    """Share of each anchor's contract payments that goes to suppliers whose premises are in the borough."""
    return ratios(now.local_by_anchor, now.paid_by_anchor)


@outcome("£", "flow", by="section")
def local_spend_by_section(now: Reading) -> np.ndarray:
    """Contract payments to suppliers whose premises are in the borough, by the industry of what is bought."""
    return now.pounds_each(now.paid_by_place_and_section[BOROUGH])


@outcome("share", "share", by="section")
def local_spend_share_by_section(now: Reading) -> np.ndarray:
    """Share of contract payments that goes to suppliers with premises in the borough, by industry."""
    paid = now.paid_by_place_and_section
    return ratios(paid[BOROUGH], paid.sum(axis=0))


@outcome("£", "flow", by="size")
def local_spend_by_size(now: Reading) -> np.ndarray:
    """Contract payments to suppliers whose premises are in the borough, by the staff of those premises."""
    return now.pounds_each(now.local_by_size)


@outcome("£", "flow")
def contract_spend(now: Reading) -> float:
    """All that anchors pay for contracts, wherever the supplier is."""
    return now.pounds(now.paid_total)


@outcome("£", "flow", by="place")
def contract_spend_by_place(now: Reading) -> np.ndarray:
    """Contract payments by where the supplier's premises are: the borough, the wider area, or elsewhere."""
    return now.pounds_each(np.array(now.paid_by_place))


@outcome("£", "flow", by="anchor")
def contract_spend_by_anchor(now: Reading) -> np.ndarray:
    """All that each anchor pays for contracts, wherever the supplier is."""
    return now.pounds_each(now.paid_by_anchor)


@outcome("share", "share")
def wider_area_spend_share(now: Reading) -> float:
    """Share of contract payments that goes to the rest of the wider area, the borough left out."""
    return ratio(now.paid_by_place[WIDER], now.paid_total)


@outcome("share", "share")
def local_spend_share_head_office(now: Reading) -> float:
    """Share of contract payments that goes to suppliers in the borough whose head office is there too."""
    return ratio(now.paid_to["head_office"], now.paid_total)


@outcome("share", "share")
def local_spend_share_based_or_branched(now: Reading) -> float:
    """Share of contract payments that goes to suppliers based in the borough or with any branch there."""
    return ratio(now.paid_to["branched"], now.paid_total)


@outcome("share", "share")
def influenceable_spend_share(now: Reading) -> float:
    """Share of contract payments on which the anchor's own choice of supplier could bear."""
    return ratio(now.paid_to["influenceable"], now.paid_total)


@outcome("share", "share", headline=True)
def sme_share_of_contracts(now: Reading) -> float:
    """Share of contract payments to small and medium-sized enterprises: fewer than 250 staff in all.

    Firms of the borough count by the staff of their premises; a branch of an owner elsewhere does not count, however
    few work there, for it is as large as the whole. Of suppliers elsewhere staff is inferred from turnover and output per job.
    """
    return ratio(now.paid_to["sme"], now.paid_total)


@outcome("share", "share")
def social_economy_share(now: Reading) -> float:
    """Share of contract payments to social enterprises and worker co-operatives of the borough."""
    return ratio(now.paid_to["social"], now.paid_total)


@outcome("share", "share")
def second_round_local(now: Reading) -> float:
    """Share of contract payments to borough suppliers that they spend on residents' pay and suppliers there.

    An average of each industry's accounts, not a trace of these very pounds.
    """
    return ratio(float(now.respent_by_anchor.sum()), now.paid_by_place[BOROUGH])


@outcome("£ per £", "stock", by="anchor")
def lm3(now: Reading) -> np.ndarray:
    """Local Multiplier 3 of each anchor's contract spend: 1 + a + a x b.

    a is the share paid to suppliers in the borough, b the share those suppliers re-spend there on residents'
    pay and suppliers. It counts turnover, stops at three rounds and takes nothing off for what is displaced.
    """
    a, a_times_b = (ratios(kept, now.paid_by_anchor) for kept in (now.local_by_anchor, now.respent_by_anchor))
    return np.asarray(1.0 + a + a_times_b)


@outcome("£", "flow")
def retained_turnover(now: Reading) -> float:
    """Contract turnover of suppliers in the borough, goods they only resell included.

    The usual claim of what is kept; set it against the value added retained.
    """
    return now.pounds(now.paid_by_place[BOROUGH])


@outcome("£", "flow")
def retained_value_added(now: Reading) -> float:
    """Value added (pay, profit, taxes on production) that suppliers in the borough make from contracts.

    What they buy in and goods they only resell are taken off.
    """
    return now.pounds(now.paid_to["value_added"] / FINE)


@outcome("£", "flow")
def local_subcontracts(now: Reading) -> float:
    """Sub-contracts that holders of contracts, here and elsewhere, let to firms of the borough."""
    return now.pounds(now.world.ledger.kind_total("local_subcontracts", payee="firms"))
