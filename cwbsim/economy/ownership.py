"""Profit goes to where the owners live."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import WIDER, World

__all__ = ["cash_target", "share_profits"]


def cash_target(world: World, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Return the cash each firm, or those of some rows, likes to hold, pence: some months of its output."""
    months, f = round(world.parameters.firms.cash_target_months * 256), world.firms
    return np.asarray(np.where(f.is_open[rows], (f.output_smooth[rows] * months) >> 8, 0))


def share_profits(world: World) -> None:
    """Firms pay out part of what cash exceeds its target; owners make good part of a shortfall.

    Reads   firms.cash, firms.output_smooth, firms.is_open, firms.owner, firms.owner_place
    Writes  ledger
    """
    f, p = world.firms, world.parameters.firms
    out, back = _share(
        f.cash, f.output_smooth, f.is_open, f.owner, f.owner_place, round(p.cash_target_months * 256),
        round(p.payout_rate * 256), world.households.income,
    ).tolist()  # fmt: skip
    kinds = {
        "profit": {("firms", place): x for place, x in zip(_PLACES, out, strict=True)},
        "profit_paid_in": {(place, "firms"): x for place, x in zip(_PLACES, back, strict=True)},
    }
    world.ledger.post_kinds(kinds, {}, settled={"firms": sum(back) - sum(out), "households": out[0] - back[0]})


_PLACES = ("households", "wider_area", "outside")


@kernel
def _share(
    cash: np.ndarray, smooth: np.ndarray, is_open: np.ndarray, owner: np.ndarray, owner_place: np.ndarray,
    target_months: int, payout: int, income: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Move what each firm pays its owner, or its owner pays in; return the sums of both by place, (2, 3)."""
    totals = np.zeros((2, 3), np.int64)
    rows, amounts = np.empty(cash.shape[0] + 1, np.int32), np.empty(cash.shape[0] + 1, np.int64)
    n = 0
    for f in range(cash.shape[0]):  # no branches: signs and owners come in no order
        amount = (((cash[f] - ((smooth[f] * target_months) >> 8)) * payout) >> 8) * np.int64(is_open[f])
        cash[f] -= amount
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
