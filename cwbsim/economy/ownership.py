"""Profit goes to where the owners live."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import BOROUGH, OUTSIDE, WIDER, World

__all__ = ["cash_target", "share_profits"]


def cash_target(world: World) -> np.ndarray:
    """Return the cash each firm likes to hold, (F,) pence: some months of its output."""
    months = round(world.parameters.firms.cash_target_months * 256)
    return np.asarray(np.where(world.firms.is_open, (world.firms.output_smooth * months) >> 8, 0))


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
    for name, sign in ((kind, 1), (f"{kind}_paid_in", -1)):
        some = rows[paid * sign > 0]
        amount = np.abs(paid[paid * sign > 0])
        owner, place = f.owner[some], f.owner_place[some]
        local = owner >= 0
        totals = {
            "households": int(amount[local].sum()),
            "wider_area": int(amount[~local & (place == WIDER)].sum()),
            "outside": int(amount[~local & (place != WIDER)].sum()),
        }
        posted = {(("firms", k) if sign > 0 else (k, "firms")): v for k, v in totals.items()}
        to_owners = (owner[local], sign * amount[local])
        world.ledger.post(name, posted, {"firms": (some, -sign * amount), "households": to_owners})


assert (BOROUGH, WIDER, OUTSIDE) == (0, 1, 2)
