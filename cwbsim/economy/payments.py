"""What a month of contracts, placements, grants and levies comes to, payer by payer and payee by payee."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.contracts import WHOLESALE
from cwbsim.world import OUTSIDE, Q24, SECTIONS, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = [
    "Payments", "book_contracts", "hold_hiring", "paid_sooner", "settle_accounts", "share_out",
    "share_out_by_kind", "usual_owed",
]  # fmt: skip

MADE = SECTIONS.index("C")
DAYS = 30.4375  # in a month


class Payments(NamedTuple):
    """A month of contracts, pence."""

    by_anchor: np.ndarray  # (A,) int64 paid this month
    excess: np.ndarray  # (A,) int64 over the budgets
    to_firms: np.ndarray  # (3,) int64 all, goods resold of it, and passed on to sub-contractors
    elsewhere: np.ndarray  # (3,) int64 by place of the supplier
    sub_elsewhere: np.ndarray  # (3,) int64 passed on to sub-contractors of the borough
    demand: np.ndarray  # (3, S) int64 output sold by place and section


@kernel
def _contracts(
    anchor: np.ndarray, section: np.ndarray, supplier: np.ndarray, place: np.ndarray, budget: np.ndarray,
    price: np.ndarray, sub_share: np.ndarray, sub: np.ndarray, is_open: np.ndarray, overruns: bool,
    goods_q24: int, days_q24: np.ndarray, owed: np.ndarray, sales_anchors: np.ndarray, sales_firms: np.ndarray,
    turnover: np.ndarray, profit: np.ndarray, cash: np.ndarray, out: Payments,
) -> None:  # fmt: skip
    """Book every contract's month with firms, by anchor and place; sales when due, purses when paid.

    Invoices come evenly over time, so what is not yet paid is as much of a month's as days make of a month.
    """
    for i in range(anchor.shape[0]):
        amount = budget[i]
        if overruns:
            amount = (budget[i] * np.int64(price[i] * 16777216.0)) >> 24
        a, s, f, p, g = anchor[i], section[i], supplier[i], place[i], sub[i]
        waiting = (amount * days_q24[a]) >> 24
        paid = owed[i] + amount - waiting
        owed[i] = waiting
        out.by_anchor[a] += paid
        out.excess[a] += amount - budget[i]
        resold = (amount * goods_q24) >> 24 if s == WHOLESALE else 0
        out.demand[OUTSIDE, MADE] += resold
        lot = 0
        if g >= 0 and is_open[g] and g != f:
            lot = ((amount - resold) * np.int64(sub_share[i] * 16777216.0)) >> 24
            sales_firms[g] += lot
            turnover[g] += lot
            profit[g] += lot
            cash[g] += lot
        left = amount - resold - lot
        if f >= 0:
            out.to_firms[0] += paid
            out.to_firms[1] += resold
            out.to_firms[2] += lot
            sales_anchors[f] += left
            turnover[f] += amount
            profit[f] += left
            cash[f] += paid - resold - lot
        else:
            out.elsewhere[p] += paid
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
        n.anchor, n.section, n.supplier, n.place, n.budget, n.price, n.sub_share, n.subcontractor, f.is_open,
        world.closure == "overrun", round(p.wholesale_goods_share * Q24), days_q24(world), n.owed,
        f.sales_anchors, f.sales_firms, f.turnover, f.profit, world.ledger.cash["firms"], out,
    )  # fmt: skip
    return out


def days_q24(world: World) -> np.ndarray:
    """Return how much of a month's invoices waits for payment at its end, (A,) int64 Q24."""
    terms = world.terms
    return world.kept("days_q24", (terms,), lambda: np.rint(terms.payment_days / DAYS * Q24).astype(np.int64))


@kernel
def _paid_sooner(anchor: np.ndarray, budget: np.ndarray, owed: np.ndarray, usual: int, out: np.ndarray) -> None:
    for i in range(anchor.shape[0]):
        out[anchor[i]] += ((budget[i] * usual) >> 24) - owed[i]


def paid_sooner(world: World) -> np.ndarray:
    """Return what each anchor owes its suppliers less than it usually would, (A,) int64 pence."""
    n, out = world.needs, np.zeros(world.anchors.key.shape[0], np.int64)
    _paid_sooner(n.anchor, n.budget, n.owed, _usual_days(world), out)
    return out


def _usual_days(world: World) -> int:
    """Return how much of a month's invoices usually waits for payment at its end, Q24."""
    return round(world.parameters.procurement.default_payment_days / DAYS * Q24)


def usual_owed(world: World) -> np.ndarray:
    """Return what is owed under each contract when it is paid as usual, (N,) int64 pence."""
    return np.asarray((world.needs.budget * _usual_days(world)) >> 24)


def settle_accounts(world: World, rows: np.ndarray) -> None:
    """Pay at once what is owed under contracts that change hands or whose holder closes.

    Parameters
    ----------
    world : World
        Its firms' and anchors' purses and its ledger change.
    rows : ndarray of int, shape (n,)
        Needs. A holder that has closed was paid when it did.
    """
    n = world.needs
    rows = rows[n.owed[rows] > 0]
    if rows.size == 0:
        return
    owed, here = n.owed[rows], n.supplier[rows] >= 0
    elsewhere = np.bincount(n.place[rows[~here]], weights=owed[~here], minlength=3).astype(np.int64)
    by_anchor = np.zeros(world.anchors.key.shape[0], np.int64)
    np.add.at(by_anchor, n.anchor[rows], owed)
    totals = {
        ("anchors", "firms"): int(owed[here].sum()),
        ("anchors", "wider_area"): int(elsewhere[WIDER]),
        ("anchors", "outside"): int(elsewhere[OUTSIDE]),
    }
    world.ledger.post(
        "accounts_settled", totals, {"anchors": -by_anchor, "firms": (n.supplier[rows[here]], owed[here])}
    )
    n.owed[rows] = 0


@kernel
def _hold(
    supplier: np.ndarray, cash: np.ndarray, smooth: np.ndarray, credit_months: float, residents: np.ndarray,
    wider: np.ndarray, outside: np.ndarray, wanted: np.ndarray,
) -> None:  # fmt: skip
    for i in range(supplier.shape[0]):
        f = supplier[i]
        if f >= 0 and cash[f] < 0 and cash[f] < -credit_months * smooth[f]:
            wanted[f] = min(np.int64(wanted[f]), np.int64(residents[f]) + wider[f] + outside[f])


def hold_hiring(world: World, wanted: np.ndarray) -> None:
    """Let firms with contracts that have drawn most of their credit want no more staff than they have.

    Parameters
    ----------
    world : World
    wanted : ndarray of int32, shape (E,)
        Staff wanted; changed in place.
    """
    f, e, p = world.firms, world.employers, world.parameters
    _hold(
        world.needs.supplier, f.cash, f.output_smooth,
        p.firms.credit_line_months * p.procurement.hiring_credit_share, e.n_residents, e.n_from_wider,
        e.n_from_outside, wanted,
    )  # fmt: skip


@kernel
def _share_out(
    total: np.ndarray, kind: np.ndarray, is_open: np.ndarray, output: np.ndarray, sales_anchors: np.ndarray,
    turnover: np.ndarray, profit: np.ndarray, cash: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Share out what each kind is to receive; return what is left over of it."""
    firm = np.empty(kind.shape[0] + 1, np.int32)
    n, whole, rest = 0, np.zeros(total.shape[0], np.int64), total.copy()
    for f in range(kind.shape[0]):
        firm[n] = f
        n += is_open[f] & (total[np.uint64(kind[f])] > 0)
    for f in firm[:n]:
        whole[kind[f]] += output[f]
    for f in firm[:n]:
        k = kind[f]
        received = (total[k] * ((output[f] << 24) // max(whole[k], 1))) >> 24
        rest[k] -= received
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
        A column of Firms, of codes from 0.
    wanted : int
        Its value for those who receive.

    Returns
    -------
    int
        Pence that are left over: all of them where there is no such firm.
    """
    totals = np.zeros(len(SECTIONS), np.int64)
    totals[wanted] = total
    return int(share_out_by_kind(world, totals, kind)[wanted])


def share_out_by_kind(world: World, totals: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Share pence for each kind of firm, (n,) int64, over the open ones of it; return what is left over, (n,)."""
    f = world.firms
    return _share_out(
        totals, kind, f.is_open, f.site_output, f.sales_anchors, f.turnover, f.profit, world.ledger.cash["firms"]
    )
