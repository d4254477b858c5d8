"""What a month of contracts, placements, grants and levies comes to, payer by payer and payee by payee."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import Q24, SECTIONS

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["Payments", "contract_payments", "pay_beside_contracts", "shared_out"]

ADMINISTRATION, CARE, OTHER = (SECTIONS.index(letter) for letter in "OQS")


class Payments(NamedTuple):
    """A month of contracts, pence."""

    by_anchor: np.ndarray  # (A,) int64
    excess: np.ndarray  # (A,) int64 over the budgets
    to_firm: np.ndarray  # (F,) int64
    goods: np.ndarray  # (F,) int64 of it, goods resold
    sub_from: np.ndarray  # (F,) int64 passed on to sub-contractors
    sub_to: np.ndarray  # (F,) int64 received as sub-contractor
    elsewhere: np.ndarray  # (3,) int64 by place of the supplier
    sub_elsewhere: np.ndarray  # (3,) int64 passed on to sub-contractors of the borough
    made: np.ndarray  # (1,) int64 goods resold by anybody, made outside
    demand: np.ndarray  # (3, S) int64 output sold by place and section


@kernel
def _payments(
    anchor: np.ndarray, section: np.ndarray, supplier: np.ndarray, place: np.ndarray, budget: np.ndarray,
    price: np.ndarray, delivered: np.ndarray, sub: np.ndarray, is_open: np.ndarray, overruns: bool,
    goods_q24: int, sub_share: float, out: Payments,
) -> None:  # fmt: skip
    """Book every contract's payment of the month in columns by anchor, site and place."""
    for i in range(anchor.shape[0]):
        amount = budget[i]
        if overruns:
            amount = (budget[i] * np.int64(price[i] * 16777216.0)) >> 24
        a, s, f, p = anchor[i], section[i], supplier[i], place[i]
        out.by_anchor[a] += amount
        out.excess[a] += amount - budget[i]
        resold = (amount * goods_q24) >> 24 if s == 6 else 0
        lot = 0
        if sub[i] >= 0 and is_open[sub[i]] and sub[i] != f:
            lot = ((amount - resold) * np.int64(sub_share * delivered[i] * 16777216.0)) >> 24
            out.sub_to[sub[i]] += lot
        if f >= 0:
            out.to_firm[f] += amount
            out.goods[f] += resold
            out.sub_from[f] += lot
        else:
            out.elsewhere[p] += amount
            out.sub_elsewhere[p] += lot
            out.demand[p, s] += amount - resold - lot
        out.made[0] += resold


def contract_payments(world: World) -> Payments:
    """Return what a month of every contract comes to."""
    n, p = world.needs, world.parameters.procurement
    n_anchors, n_sites = world.anchors.key.shape[0], world.firms.key.shape[0]

    def nil(*shape: int) -> np.ndarray:
        return np.zeros(shape, np.int64)

    out = Payments(
        nil(n_anchors), nil(n_anchors), nil(n_sites), nil(n_sites), nil(n_sites), nil(n_sites),
        nil(3), nil(3), nil(1), nil(3, len(SECTIONS)),
    )  # fmt: skip
    _payments(
        n.anchor, n.section, n.supplier, n.place, n.budget, n.price, n.sv_delivered, n.subcontractor,
        world.firms.is_open, world.closure == "overrun", round(p.wholesale_goods_share * Q24),
        float(p.subcontract_share), out,
    )  # fmt: skip
    return out


def shared_out(total: int, weight: np.ndarray) -> np.ndarray:
    """Split pence over rows in proportion to integer weights, rounding down; what is left is nobody's."""
    whole = int(weight.sum())
    if total <= 0 or whole <= 0:
        return np.zeros(weight.shape[0], np.int64)
    return np.asarray((total * ((weight << 24) // whole)) >> 24)


def pay_beside_contracts(world: World) -> None:
    """Pay social-care placements, grants to the voluntary sector, levies, and other public bodies."""
    anchors, firms, market = world.anchors, world.firms, world.market
    lines = (
        ("care_placements", anchors.to_placements, firms.section == CARE, CARE),
        ("voluntary_grants", anchors.to_voluntary, firms.ownership == 1, OTHER),
    )
    for kind, amounts, receives, section in lines:
        rows = np.flatnonzero(receives & firms.is_open)
        total = int(amounts.sum())
        received = shared_out(total, firms.site_output[rows])
        rest = total - int(received.sum())
        totals = {("anchors", "firms"): total - rest, ("anchors", "outside"): rest}
        world.ledger.post(kind, totals, {"anchors": -amounts, "firms": (rows, received)})
        for column in (firms.sales_anchors, firms.turnover, firms.profit):
            column[rows] += received
        market.outside_demand[section] += rest
    # What a programme has spent this month came out of what goes to other public bodies elsewhere.
    counts = market.counts
    spent = np.array([counts.get(f"programme_pence_{a}", 0) for a in range(anchors.key.shape[0])], np.int64)
    rest_outside = anchors.to_outside - spent
    world.ledger.pay("levies", "anchors", anchors.to_wider, ("wider_area", int(anchors.to_wider.sum())))
    world.ledger.pay("other_public_bodies", "anchors", rest_outside, ("outside", int(rest_outside.sum())))
    market.wider_demand[ADMINISTRATION] += int(anchors.to_wider.sum())
    market.outside_demand[ADMINISTRATION] += int(rest_outside.sum())
