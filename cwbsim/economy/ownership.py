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
    paid = np.zeros_like(f.cash)
    totals = _share(
        f.cash, f.output_smooth, f.is_open, f.owner, f.owner_place, round(p.cash_target_months * 256),
        round(p.payout_rate * 256), paid, world.households.income,
    )  # fmt: skip
    out, back = totals[0], totals[1]
    kinds = {
        "profit": {("firms", place): int(x) for place, x in zip(_PLACES, out, strict=True)},
        "profit_paid_in": {(place, "firms"): int(x) for place, x in zip(_PLACES, back, strict=True)},
    }
    world.ledger.post_kinds(kinds, {"firms": -paid}, settled={"households": int(out[0] - back[0])})


_PLACES = ("households", "wider_area", "outside")


@kernel
def _share(
    cash: np.ndarray, smooth: np.ndarray, is_open: np.ndarray, owner: np.ndarray, owner_place: np.ndarray,
    target_months: int, payout: int, paid: np.ndarray, income: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Work out what each firm pays its owner, put it in the purses of households, return totals by place."""
    totals = np.zeros((2, 3), np.int64)
    for f in range(cash.shape[0]):
        if not is_open[f]:
            continue
        amount = ((cash[f] - ((smooth[f] * target_months) >> 8)) * payout) >> 8
        paid[f] = amount
        if owner[f] >= 0:
            income[owner[f]] += amount
            to = 0
        else:
            to = 1 if owner_place[f] == WIDER else 2
        totals[0 if amount > 0 else 1, to] += abs(amount)
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
    owner = f.owner[rows]
    local = owner >= 0
    out, back = _by_place(paid, owner, f.owner_place[rows]).tolist()
    kinds = {
        kind: {("firms", place): x for place, x in zip(_PLACES, out, strict=True)},
        f"{kind}_paid_in": {(place, "firms"): x for place, x in zip(_PLACES, back, strict=True)},
    }
    world.ledger.post_kinds(kinds, {"firms": (rows, -paid), "households": (owner[local], paid[local])})


@kernel
def _by_place(paid: np.ndarray, owner: np.ndarray, owner_place: np.ndarray) -> np.ndarray:
    """Return what is paid to owners and what they pay in, by where they live, (2, 3)."""
    totals = np.zeros((2, 3), np.int64)
    for i in range(paid.shape[0]):
        to = 0 if owner[i] >= 0 else (1 if owner_place[i] == WIDER else 2)
        totals[0 if paid[i] > 0 else 1, to] += abs(paid[i])
    return totals
