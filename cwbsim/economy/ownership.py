"""Profit goes to where the owners live."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.compiled import kernel
from cwbsim.world import BOROUGH, WIDER, World

__all__ = ["cash_target", "convert_firms", "share_profits"]


def cash_target(world: World, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Return the cash each firm, or those of some rows, likes to hold, pence: some months of its output."""
    months, f = round(world.parameters.firms.cash_target_months * 256), world.firms
    if isinstance(rows, slice):
        rows = np.arange(f.key.shape[0])[rows]
    return _cash_target(rows, f.is_open, f.output_smooth, months)


@kernel
def _cash_target(rows: np.ndarray, is_open: np.ndarray, smooth: np.ndarray, months: int) -> np.ndarray:
    out = np.empty(rows.shape[0], np.int64)
    for i in range(rows.shape[0]):
        out[i] = (smooth[rows[i]] * months) >> 8 if is_open[rows[i]] else 0
    return out


def share_profits(world: World) -> None:
    """Firms pay out part of what cash exceeds its target; owners make good part of a shortfall.

    In a worker co-operative the staff are the owners: residents share by heads, and what falls to colleagues
    from elsewhere leaves with them.

    Reads   firms.cash, firms.output_smooth, firms.is_open, firms.owner, firms.owner_place, firms.ownership,
            residents.employer, residents.household, employers.n_residents, employers.n_from_wider,
            employers.n_from_outside
    Writes  ledger
    """
    f, p = world.firms, world.parameters.firms
    of_staff = np.empty_like(f.cash)  # written whole by the loop
    totals = _share(
        f.cash, f.output_smooth, f.is_open, f.owner, f.owner_place, f.ownership, round(p.cash_target_months * 256),
        round(p.payout_rate * 256), world.households.income, of_staff,
    )  # fmt: skip
    if (f.ownership == WORKERS).any():
        totals += _share_among_staff(world, of_staff)
    out, back = totals.tolist()
    kinds = {
        "profit": {("firms", place): x for place, x in zip(_PLACES, out, strict=True)},
        "profit_paid_in": {(place, "firms"): x for place, x in zip(_PLACES, back, strict=True)},
    }
    world.ledger.post_kinds(kinds, {}, settled={"firms": sum(back) - sum(out), "households": out[0] - back[0]})


WORKERS = 2  # firms.ownership of worker co-operatives
_PLACES = ("households", "wider_area", "outside")


@kernel
def _share(
    cash: np.ndarray, smooth: np.ndarray, is_open: np.ndarray, owner: np.ndarray, owner_place: np.ndarray,
    ownership: np.ndarray, target_months: int, payout: int, income: np.ndarray, of_staff: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Move what each firm pays its owner, or its owner pays in; return the sums of both by place, (2, 3).

    What co-operatives pay leaves their cash too, and is kept by firm for their staff.
    """
    totals = np.zeros((2, 3), np.int64)
    rows, amounts = np.empty(cash.shape[0] + 1, np.int32), np.empty(cash.shape[0] + 1, np.int64)
    n = 0
    for f in range(cash.shape[0]):  # no branches: signs and owners come in no order
        amount = (((cash[f] - ((smooth[f] * target_months) >> 8)) * payout) >> 8) * np.int64(is_open[f])
        cash[f] -= amount
        is_coop = np.int64(ownership[f] == WORKERS)
        of_staff[f] = amount * is_coop
        amount -= of_staff[f]
        lives_here = owner[f] >= 0
        rows[n], amounts[n] = owner[f], amount
        n += lives_here
        to = np.uint64(0 if lives_here else (1 if owner_place[f] == WIDER else 2))
        paid_out = max(amount, np.int64(0))
        totals[0, to] += paid_out
        totals[1, to] += paid_out - amount
    for j in range(n):
        income[np.uint64(rows[j])] += amounts[j]
    return totals


def distribute(world: World, kind: str, rows: np.ndarray, paid: np.ndarray) -> None:
    """Move money between firms and their owners; negative amounts are paid in by the owners.

    Parameters
    ----------
    world : World
    kind : str
        Kind of movement in the books; what owners put in is booked as ``kind + "_paid_in"``.
    rows : ndarray of int, shape (n,)
        The firms.
    paid : ndarray of int64, shape (n,)
        Pence each of them pays its owner.
    """
    f = world.firms
    out, back = _move(rows, paid, f.owner, f.owner_place, f.cash, world.households.income).tolist()
    kinds = {
        kind: {("firms", place): x for place, x in zip(_PLACES, out, strict=True)},
        f"{kind}_paid_in": {(place, "firms"): x for place, x in zip(_PLACES, back, strict=True)},
    }
    world.ledger.post_kinds(kinds, {}, settled={"firms": sum(back) - sum(out), "households": out[0] - back[0]})


@kernel
def _move(
    rows: np.ndarray, paid: np.ndarray, owner: np.ndarray, owner_place: np.ndarray, cash: np.ndarray,
    income: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Move money; return what is paid to owners and what they pay in, by where they live, (2, 3)."""
    totals = np.zeros((2, 3), np.int64)
    for i in range(rows.shape[0]):
        f = rows[i]
        cash[f] -= paid[i]
        if owner[f] >= 0:
            income[owner[f]] += paid[i]
        to = 0 if owner[f] >= 0 else (1 if owner_place[f] == WIDER else 2)
        totals[0 if paid[i] > 0 else 1, to] += abs(paid[i])
    return totals


@kernel
def _pay_staff(
    employer: np.ndarray, household: np.ndarray, ownership: np.ndarray, paid: np.ndarray, staff: np.ndarray,
    n_employers: int, income: np.ndarray, given: np.ndarray,
) -> None:  # fmt: skip
    """Give every resident on the staff of a co-operative a head's part; add up what each firm gave."""
    shares = np.zeros(n_employers + 1, np.uint8)  # by row of Employers, after one for those without
    each, n_sites = np.zeros(ownership.shape[0], np.int64), ownership.shape[0]
    for f in range(n_sites):
        if ownership[f] == WORKERS and staff[f] > 0:
            shares[f + 1] = 1
            each[f] = int(paid[f] / staff[f])
    rows, n = np.empty(employer.shape[0] + 1, np.int32), 0
    for r in range(employer.shape[0]):  # without a branch: who works in a co-operative comes in no order
        rows[n] = r
        n += shares[np.uint64(employer[r] + 1)]
    for r in rows[:n]:
        income[household[r]] += each[employer[r]]
        given[employer[r]] += each[employer[r]]


def _share_among_staff(world: World, paid: np.ndarray) -> np.ndarray:
    """Share what co-operatives pay among their staff; return totals by place, (2, 3), as ``_share`` does.

    A loss is borne in the same way. What heads leave over, and what colleagues from elsewhere get, goes where
    most of those live; without staff, outside.
    """
    f, r, e = world.firms, world.residents, world.employers
    n = f.key.shape[0]
    staff = e.n_residents[:n].astype(np.int64) + e.n_from_wider[:n] + e.n_from_outside[:n]
    given = np.zeros_like(paid)
    _pay_staff(
        r.employer, r.household, f.ownership, paid, staff, e.section.shape[0], world.households.income, given
    )  # fmt: skip
    rows = np.flatnonzero((f.ownership == WORKERS) & f.is_open)
    totals = np.zeros((2, 3), np.int64)
    away = paid[rows] - given[rows]
    to = np.where(e.n_from_wider[rows] >= np.maximum(e.n_from_outside[rows], 1), 1, 2)
    for sign, row in ((1, 0), (-1, 1)):
        totals[row, 0] += int(np.maximum(sign * given[rows], 0).sum())
        np.add.at(totals[row], to, np.maximum(sign * away, 0))
    return totals


@kernel
def _convertible(
    is_open: np.ndarray, ownership: np.ndarray, owner_place: np.ndarray, owner: np.ndarray, size_class: np.ndarray
) -> np.ndarray:
    """List the firms that could be sold to their staff."""
    rows, n = np.empty(is_open.shape[0] + 1, np.int64), 0
    for f in range(is_open.shape[0]):
        rows[n] = f
        n += (
            is_open[f] & (ownership[f] == 0) & (owner_place[f] == BOROUGH) & (owner[f] >= 0) & (size_class[f] >= 2)
        )
    return rows[:n].copy()


def convert_firms(world: World) -> None:
    """Turn as many firms as the terms say over to their staff, drawn by lot among those that could be.

    Private, owned in the borough, five staff or more. The owner takes half of the cash it likes to hold, if
    there is as much.
    """
    f = world.firms
    able = _convertible(f.is_open, f.ownership, f.owner_place, f.owner, f.size_class)
    chance = world.terms.conversions * world.scale / max(able.shape[0], 1)
    rows = able[draw_many(stream(world.seed, "conversion", world.month), f.key[able]) < chance]
    price = np.clip(cash_target(world, rows) // 2, 0, np.maximum(f.cash[rows], 0))
    distribute(world, "capital", rows, price)
    f.ownership[rows] = WORKERS
    f.owner[rows] = -1
