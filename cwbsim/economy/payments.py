"""What a month of contracts, placements, grants and levies comes to, payer by payer and payee by payee."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.contracts import WHOLESALE
from cwbsim.world import OUTSIDE, Q24, SECTIONS

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["Payments", "book_contracts", "share_out"]

MADE = SECTIONS.index("C")


class Payments(NamedTuple):
    """A month of contracts, pence."""

    by_anchor: np.ndarray  # (A,) int64
    excess: np.ndarray  # (A,) int64 over the budgets
    to_firms: np.ndarray  # (3,) int64 all, goods resold of it, and passed on to sub-contractors
    elsewhere: np.ndarray  # (3,) int64 by place of the supplier
    sub_elsewhere: np.ndarray  # (3,) int64 passed on to sub-contractors of the borough
    demand: np.ndarray  # (3, S) int64 output sold by place and section


@kernel
def _contracts(
    anchor: np.ndarray, section: np.ndarray, supplier: np.ndarray, place: np.ndarray, budget: np.ndarray,
    price: np.ndarray, delivered: np.ndarray, sub: np.ndarray, is_open: np.ndarray, overruns: bool,
    goods_q24: int, sub_share: float, sales_anchors: np.ndarray, sales_firms: np.ndarray, turnover: np.ndarray,
    profit: np.ndarray, cash: np.ndarray, out: Payments,
) -> None:  # fmt: skip
    """Book every contract's payment of the month with firms and in their purses, and by anchor and place."""
    for i in range(anchor.shape[0]):
        amount = budget[i]
        if overruns:
            amount = (budget[i] * np.int64(price[i] * 16777216.0)) >> 24
        a, s, f, p, g = anchor[i], section[i], supplier[i], place[i], sub[i]
        out.by_anchor[a] += amount
        out.excess[a] += amount - budget[i]
        resold = (amount * goods_q24) >> 24 if s == WHOLESALE else 0
        out.demand[OUTSIDE, MADE] += resold
        lot = 0
        if g >= 0 and is_open[g] and g != f:
            lot = ((amount - resold) * np.int64(sub_share * delivered[i] * 16777216.0)) >> 24
            sales_firms[g] += lot
            turnover[g] += lot
            profit[g] += lot
            cash[g] += lot
        left = amount - resold - lot
        if f >= 0:
            out.to_firms[0] += amount
            out.to_firms[1] += resold
            out.to_firms[2] += lot
            sales_anchors[f] += left
            turnover[f] += amount
            profit[f] += left
            cash[f] += left
        else:
            out.elsewhere[p] += amount
            out.sub_elsewhere[p] += lot
            out.demand[p, s] += left


def book_contracts(world: World) -> Payments:
    """Book a month of every contract with the firms, and return what it comes to."""
    n, f, p = world.needs, world.firms, world.parameters.procurement
    n_anchors = world.anchors.key.shape[0]

    def nil(*shape: int) -> np.ndarray:
        return np.zeros(shape, np.int64)

    out = Payments(nil(n_anchors), nil(n_anchors), nil(3), nil(3), nil(3), nil(3, len(SECTIONS)))
    _contracts(
        n.anchor, n.section, n.supplier, n.place, n.budget, n.price, n.sv_delivered, n.subcontractor, f.is_open,
        world.closure == "overrun", round(p.wholesale_goods_share * Q24), float(p.subcontract_share),
        f.sales_anchors, f.sales_firms, f.turnover, f.profit, world.ledger.cash["firms"], out,
    )  # fmt: skip
    return out


@kernel
def _share_out(
    total: int, kind: np.ndarray, wanted: int, is_open: np.ndarray, output: np.ndarray,
    sales_anchors: np.ndarray, turnover: np.ndarray, profit: np.ndarray, cash: np.ndarray,
) -> int:  # fmt: skip
    firm = np.empty(kind.shape[0], np.int64)
    n, whole, rest = 0, 0, total
    for f in range(kind.shape[0]):
        if kind[f] == wanted and is_open[f]:
            firm[n] = f
            n += 1
            whole += output[f]
    if total <= 0 or whole <= 0:
        return total
    for f in firm[:n]:
        received = (total * ((output[f] << 24) // whole)) >> 24
        rest -= received
        sales_anchors[f] += received
        turnover[f] += received
        profit[f] += received
        cash[f] += received
    return rest


def share_out(world: World, total: int, kind: np.ndarray, wanted: int) -> int:
    """Share pence over open firms of one kind in proportion to usual output, rounding down.

    Parameters
    ----------
    world : World
        Its firms receive; the caller settles that with the ledger.
    total : int
        Pence.
    kind : ndarray of int8, shape (F,)
        A column of Firms.
    wanted : int
        Its value for those who receive.

    Returns
    -------
    int
        Pence that are left over: all of them where there is no such firm.
    """
    f = world.firms
    return int(
        _share_out(
            total, kind, wanted, f.is_open, f.site_output, f.sales_anchors, f.turnover, f.profit,
            world.ledger.cash["firms"],
        )
    )  # fmt: skip
