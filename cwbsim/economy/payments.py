"""What a month of contracts, placements, grants and levies comes to, payer by payer and payee by payee."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.contracts import WHOLESALE
from cwbsim.world import Q24, SECTIONS, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = [
    "Besides", "Payments", "book_besides", "book_contracts", "hold_hiring", "paid_sooner", "settle_accounts",
    "settle_with_closing", "share_out_by_kind", "usual_days", "usual_owed",
]  # fmt: skip

MADE, CARE = SECTIONS.index("C"), SECTIONS.index("Q")
SOCIAL = 1  # firms.ownership of social enterprises
DAYS = 30.4375  # in a month


class Payments(NamedTuple):
    """A month of contracts, pence."""

    to_firms: int  # paid to firms in all
    goods: int  # of it, goods resold
    lots: int  # of it, passed on to sub-contractors
    to_wider: int
    to_outside: int
    subs_of_wider: int  # passed on to sub-contractors of the borough
    subs_of_outside: int
    in_house: bool  # whether any service is done in-house


@kernel
def _contracts(
    anchor: np.ndarray, section: np.ndarray, supplier: np.ndarray, place: np.ndarray, budget: np.ndarray,
    price: np.ndarray, sub_share: np.ndarray, sub: np.ndarray, in_house: np.ndarray, is_open: np.ndarray,
    overruns: bool, goods_q24: int, days_q24: np.ndarray, owed: np.ndarray, sales_anchors: np.ndarray,
    sales_firms: np.ndarray, turnover: np.ndarray, profit: np.ndarray, cash: np.ndarray, wider_demand: np.ndarray,
    outside_demand: np.ndarray, by_anchor: np.ndarray, excess: np.ndarray,
) -> Payments:  # fmt: skip
    """Book every contract's month with firms, by anchor and place; sales when due, purses when paid.

    Invoices come evenly over time, so what is not yet paid is as much of a month's as days make of a month.
    """
    to_firms, goods, lots, to_wider, to_outside, subs_of_wider, subs_of_outside = 0, 0, 0, 0, 0, 0, 0
    any_in_house = False
    for i in range(anchor.shape[0]):
        amount = budget[i]
        if overruns:
            amount = (budget[i] * np.int64(price[i] * 16777216.0)) >> 24
        a, s, f, g = anchor[i], section[i], supplier[i], sub[i]
        waiting = (amount * days_q24[a]) >> 24
        paid = owed[i] + amount - waiting
        owed[i] = waiting
        by_anchor[a] += paid
        excess[a] += amount - budget[i]
        any_in_house = any_in_house or in_house[i] > 0
        resold = (amount * goods_q24) >> 24 if s == WHOLESALE else 0
        outside_demand[MADE] += resold
        lot = 0
        if g >= 0 and is_open[g] and g != f:
            lot = ((amount - resold) * np.int64(sub_share[i] * 16777216.0)) >> 24
            sales_firms[g] += lot
            turnover[g] += lot
            profit[g] += lot
            cash[g] += lot
        left = amount - resold - lot
        if f >= 0:
            to_firms += paid
            goods += resold
            lots += lot
            sales_anchors[f] += left
            turnover[f] += amount
            profit[f] += left
            cash[f] += paid - resold - lot
        elif place[i] == WIDER:
            to_wider += paid
            subs_of_wider += lot
            wider_demand[s] += left
        else:
            to_outside += paid
            subs_of_outside += lot
            outside_demand[s] += left
    return Payments(to_firms, goods, lots, to_wider, to_outside, subs_of_wider, subs_of_outside, any_in_house)


def book_contracts(world: World, by_anchor: np.ndarray, excess: np.ndarray) -> Payments:
    """Book a month of every contract with the firms, and return what it comes to.

    Parameters
    ----------
    world : World
        Its firms, what is owed under its contracts, and demand elsewhere change.
    by_anchor, excess : ndarray of int64, shape (A,)
        What each anchor pays, and what of it is over its budgets, is added to these.
    """
    n, f, market = world.needs, world.firms, world.market
    goods = round(world.parameters.procurement.wholesale_goods_share * Q24)
    return _contracts(
        n.anchor, n.section, n.supplier, n.place, n.budget, n.price, n.sub_share, n.subcontractor, n.in_house,
        f.is_open, world.closure == "overrun", goods, days_q24(world), n.owed, f.sales_anchors, f.sales_firms,
        f.turnover, f.profit, world.ledger.cash["firms"], market.wider_demand, market.outside_demand, by_anchor, excess,
    )  # fmt: skip


class Besides(NamedTuple):
    """What anchors pay beside contracts, and firms deliver to anchors of other boroughs, in a month; pence."""

    placements: int
    not_placed: int  # of them, for want of such firms here
    grants: int
    not_granted: int
    to_wider: int
    to_others: int
    beyond: int  # sold to other boroughs simulated in full


@kernel
def _shared(
    rows: np.ndarray, total: int, output: np.ndarray, sales_anchors: np.ndarray, turnover: np.ndarray,
    profit: np.ndarray, cash: np.ndarray,
) -> int:  # fmt: skip
    """Share pence over some firms in proportion to usual output, rounding down; return what is left over."""
    whole, rest = 0, total
    for f in rows:
        whole += output[f]
    for f in rows:
        received = (total * ((output[f] << 24) // max(whole, 1))) >> 24
        rest -= received
        sales_anchors[f] += received
        turnover[f] += received
        profit[f] += received
        cash[f] += received
    return rest


@kernel
def _besides(
    to_placements: np.ndarray, to_voluntary: np.ndarray, to_wider: np.ndarray, to_outside: np.ndarray, spent: np.ndarray,
    section: np.ndarray, ownership: np.ndarray, is_open: np.ndarray, output: np.ndarray, beyond: np.ndarray,
    sales_anchors: np.ndarray, turnover: np.ndarray, profit: np.ndarray, cash: np.ndarray, by_anchor: np.ndarray,
) -> Besides:  # fmt: skip
    placements, grants, wider, others = 0, 0, 0, 0
    for a in range(by_anchor.shape[0]):
        other = to_outside[a] - spent[a]
        by_anchor[a] += to_placements[a] + to_voluntary[a] + to_wider[a] + other
        placements += to_placements[a]
        grants += to_voluntary[a]
        wider += to_wider[a]
        others += other
    care, social = np.empty(section.shape[0] + 1, np.int32), np.empty(section.shape[0] + 1, np.int32)
    n_care, n_social, sold = 0, 0, 0
    for f in range(section.shape[0]):
        care[n_care], social[n_social] = f, f
        n_care += is_open[f] & (section[f] == CARE)
        n_social += is_open[f] & (ownership[f] == SOCIAL)
        sold += beyond[f]
    not_placed = _shared(care[:n_care], placements, output, sales_anchors, turnover, profit, cash)
    not_granted = _shared(social[:n_social], grants, output, sales_anchors, turnover, profit, cash)
    if sold != 0:
        for f in range(section.shape[0]):
            sales_anchors[f] += beyond[f]
            turnover[f] += beyond[f]
            profit[f] += beyond[f]
            cash[f] += beyond[f]
    return Besides(placements, not_placed, grants, not_granted, wider, others, sold)


def book_besides(world: World, by_anchor: np.ndarray) -> Besides:
    """Book care placements, grants, levies and sales to other boroughs; add what each anchor pays to ``by_anchor``.

    What a programme has spent this month came out of what goes to other public bodies elsewhere.
    """
    a, f, counts = world.anchors, world.firms, world.market.counts
    spent = np.array([counts.get(f"programme_pence_{row}", 0) for row in range(by_anchor.shape[0])], np.int64)
    return _besides(
        a.to_placements, a.to_voluntary, a.to_wider, a.to_outside, spent, f.section, f.ownership, f.is_open,
        f.site_output, f.contracts_beyond, f.sales_anchors, f.turnover, f.profit, world.ledger.cash["firms"], by_anchor,
    )  # fmt: skip


def days_q24(world: World) -> np.ndarray:
    """Return how much of a month's invoices waits for payment at its end, (A,) int64 Q24."""
    terms = world.terms
    return world.kept("days_q24", (terms,), lambda: np.rint(terms.payment_days / DAYS * Q24).astype(np.int64))


@kernel
def paid_sooner(anchor: np.ndarray, budget: np.ndarray, owed: np.ndarray, usual: int, n_anchors: int) -> np.ndarray:
    """Return what each anchor owes its suppliers less than it usually would, (A,) int64 pence."""
    out = np.zeros(n_anchors, np.int64)
    for i in range(anchor.shape[0]):
        out[anchor[i]] += ((budget[i] * usual) >> 24) - owed[i]
    return out


def usual_days(world: World) -> int:
    """Return how much of a month's invoices usually waits for payment at its end, Q24."""
    return round(world.parameters.procurement.default_payment_days / DAYS * Q24)


def usual_owed(world: World) -> np.ndarray:
    """Return what is owed under each contract when it is paid as usual, (N,) int64 pence."""
    return np.asarray((world.needs.budget * usual_days(world)) >> 24)


@kernel
def _settle_accounts(
    rows: np.ndarray, code: np.ndarray, anchor: np.ndarray, place: np.ndarray, supplier: np.ndarray, owed: np.ndarray,
    cash: np.ndarray, by_anchor: np.ndarray,
) -> tuple[int, int, int]:  # fmt: skip
    """Pay what is owed where the holder changes; return what firms, the wider area and outside receive."""
    here, wider, outside = 0, 0, 0
    for j in range(rows.shape[0]):
        i = rows[j]
        if owed[i] <= 0 or (code.shape[0] and supplier[i] == code[j]):
            continue
        by_anchor[anchor[i]] -= owed[i]
        if supplier[i] >= 0:
            cash[supplier[i]] += owed[i]
            here += owed[i]
        elif place[i] == WIDER:
            wider += owed[i]
        else:
            outside += owed[i]
        owed[i] = 0
    return here, wider, outside


@kernel
def _settle_closing(
    is_closing: np.ndarray, anchor: np.ndarray, supplier: np.ndarray, owed: np.ndarray, cash: np.ndarray,
    by_anchor: np.ndarray,
) -> int:  # fmt: skip
    """Pay what is owed to firms that close; return the sum."""
    total = 0
    for i in range(supplier.shape[0]):
        if supplier[i] >= 0 and is_closing[supplier[i]] and owed[i] > 0:
            by_anchor[anchor[i]] -= owed[i]
            cash[supplier[i]] += owed[i]
            total += owed[i]
            owed[i] = 0
    return total


def settle_with_closing(world: World) -> None:
    """Pay at once what is owed to firms that close this month."""
    n, by_anchor = world.needs, np.zeros(world.anchors.key.shape[0], np.int64)
    total = _settle_closing(
        world.firms.is_closing, n.anchor, n.supplier, n.owed, world.ledger.cash["firms"], by_anchor
    )
    if total:
        world.ledger.post_kinds(
            {"accounts_settled": {("anchors", "firms"): total}}, {"anchors": by_anchor}, {"firms": total}
        )


_NOBODY = np.zeros(0, np.int64)


def settle_accounts(world: World, rows: np.ndarray, code: np.ndarray = _NOBODY) -> None:
    """Pay at once what is owed under contracts that change hands or whose holder closes.

    Parameters
    ----------
    world : World
        Its firms' and anchors' purses and its ledger change.
    rows : ndarray of int, shape (n,)
        Needs. A holder that has closed was paid when it did.
    code : ndarray of int64, shape (n,), optional
        Who holds them next, as ``needs.supplier``: who holds them still is paid as usual.
    """
    if rows.shape[0] == 0:
        return
    n, by_anchor = world.needs, np.zeros(world.anchors.key.shape[0], np.int64)
    here, wider, outside = _settle_accounts(
        rows, code, n.anchor, n.place, n.supplier, n.owed, world.ledger.cash["firms"], by_anchor
    )
    if here or wider or outside:
        totals = {("anchors", "firms"): here, ("anchors", "wider_area"): wider, ("anchors", "outside"): outside}
        world.ledger.post_kinds({"accounts_settled": totals}, {"anchors": by_anchor}, {"firms": here})


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


def share_out_by_kind(world: World, totals: np.ndarray, kind: np.ndarray) -> np.ndarray:
    """Share pence for each kind of firm, (n,) int64, over the open ones of it; return what is left over, (n,)."""
    f = world.firms
    return _share_out(
        totals, kind, f.is_open, f.site_output, f.sales_anchors, f.turnover, f.profit, world.ledger.cash["firms"]
    )
