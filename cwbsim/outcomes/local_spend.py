"""What stays in the borough of the money anchors spend on contracts, by more than one definition of local."""

from __future__ import annotations

import numpy as np

from cwbsim.outcomes.breakdowns import SIZES
from cwbsim.outcomes.passes import ratio, ratios, sum_by, weighted
from cwbsim.outcomes.reading import SME_CLASS, Reading
from cwbsim.outcomes.registry import outcome
from cwbsim.world import BOROUGH, WIDER


@outcome("£", "flow", headline=True)
def local_spend(now: Reading) -> float:
    """Contract payments by anchors to suppliers whose premises are in the borough."""
    return now.pounds(now.paid_by_place[BOROUGH])


@outcome("share", "share", headline=True)
def local_spend_share(now: Reading) -> float:
    """Share of anchors' contract payments that goes to suppliers whose premises are in the borough."""
    return ratio(int(now.paid_by_place[BOROUGH]), now.paid_total)


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
    return now.pounds_each(now.local_by_section)


@outcome("share", "share", by="section")
def local_spend_share_by_section(now: Reading) -> np.ndarray:
    """Share of contract payments that goes to suppliers with premises in the borough, by industry."""
    return ratios(now.local_by_section, now.paid_by_section)


@outcome("£", "flow", by="size")
def local_spend_by_size(now: Reading) -> np.ndarray:
    """Contract payments to suppliers whose premises are in the borough, by the staff of those premises."""
    return now.pounds_each(sum_by(now.world.firms.size_class, now.paid_by_site, len(SIZES)))


@outcome("£", "flow")
def contract_spend(now: Reading) -> float:
    """All that anchors pay for contracts, wherever the supplier is."""
    return now.pounds(now.paid_total)


@outcome("£", "flow", by="place")
def contract_spend_by_place(now: Reading) -> np.ndarray:
    """Contract payments by where the supplier's premises are: the borough, the wider area, or elsewhere."""
    return now.pounds_each(now.paid_by_place)


@outcome("£", "flow", by="anchor")
def contract_spend_by_anchor(now: Reading) -> np.ndarray:
    """All that each anchor pays for contracts, wherever the supplier is."""
    return now.pounds_each(now.paid_by_anchor)


@outcome("share", "share")
def wider_area_spend_share(now: Reading) -> float:
    """Share of contract payments that goes to the rest of the wider area, the borough left out."""
    return ratio(int(now.paid_by_place[WIDER]), now.paid_total)


@outcome("share", "share")
def local_spend_share_head_office(now: Reading) -> float:
    """Share of contract payments that goes to suppliers in the borough whose head office is there too."""
    is_ours = now.at_site(now.world.firms.owner_place == BOROUGH)
    return ratio(int(now.paid[is_ours].sum()), now.paid_total)


@outcome("share", "share")
def local_spend_share_based_or_branched(now: Reading) -> float:
    """Share of contract payments that goes to suppliers based in the borough or with any branch there."""
    has_branch = (now.world.needs.place == BOROUGH) | now.in_pool(now.world.pool.has_branch)
    return ratio(int(now.paid[has_branch].sum()), now.paid_total)


@outcome("share", "share")
def influenceable_spend_share(now: Reading) -> float:
    """Share of contract payments on which the anchor's own choice of supplier could bear."""
    return ratio(int(now.paid[now.world.needs.is_influenceable].sum()), now.paid_total)


@outcome("share", "share", headline=True)
def sme_share_of_contracts(now: Reading) -> float:
    """Share of contract payments to suppliers with fewer than 250 staff.

    Premises are counted in the borough; elsewhere staff is inferred from turnover and output per job.
    """
    world = now.world
    here = (now.site >= 0) & now.at_site(world.firms.size_class <= SME_CLASS)
    a_year_per_job = world.fixed.output_per_job[world.pool.section] * 12
    elsewhere = now.in_pool(world.pool.turnover < 250 * a_year_per_job)
    return ratio(int(now.paid[here | elsewhere].sum()), now.paid_total)


@outcome("share", "share")
def social_economy_share(now: Reading) -> float:
    """Share of contract payments to social enterprises and worker co-operatives of the borough."""
    is_social = (now.site >= 0) & now.at_site(now.world.firms.ownership > 0)
    return ratio(int(now.paid[is_social].sum()), now.paid_total)


def _second_round(now: Reading) -> np.ndarray:
    """(N,) share of each payment that its supplier spends on residents' pay and suppliers of the borough."""
    fixed, section = now.world.fixed, now.world.needs.section
    of_output = fixed.input_local.sum(axis=0)[section]
    of_output = of_output + fixed.pay_share[section] * now.resident_share(np.maximum(now.site, 0))
    return np.asarray(np.where(now.site >= 0, of_output * now.own_share, 0.0))


@outcome("share", "share")
def second_round_local(now: Reading) -> float:
    """Share of contract payments to borough suppliers that they spend on residents' pay and suppliers there.

    An average of each industry's accounts, not a trace of these very pounds.
    """
    return ratio(weighted(now.paid_locally, _second_round(now)), int(now.paid_by_place[BOROUGH]))


@outcome("£ per £", "stock", by="anchor")
def lm3(now: Reading) -> np.ndarray:
    """Local Multiplier 3 of each anchor's contract spend: 1 + a + a x b.

    a is the share paid to suppliers in the borough, b the share those suppliers re-spend there on residents'
    pay and suppliers. It counts turnover, stops at three rounds and takes nothing off for what is displaced.
    """
    anchor, n = now.world.needs.anchor, now.world.anchors.key.shape[0]
    fine = 1 << 20
    respent_share = np.rint(_second_round(now) * fine).astype(np.int64)
    respent = sum_by(anchor, now.paid_locally * respent_share, n) / fine
    a, a_times_b = (ratios(kept, now.paid_by_anchor) for kept in (now.local_by_anchor, respent))
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
    value_added = now.world.fixed.value_added_share[now.world.needs.section] * now.own_share
    return now.pounds(weighted(now.paid_locally, value_added))


@outcome("£", "flow")
def local_subcontracts(now: Reading) -> float:
    """Sub-contracts that holders of contracts, here and elsewhere, let to firms of the borough."""
    return now.pounds(now.world.ledger.kind_total("local_subcontracts", payee="firms"))
