"""Profit goes to where the owners live."""

from __future__ import annotations

import numpy as np

from cwbsim.world import BOROUGH, OUTSIDE, WIDER, World

__all__ = ["cash_target", "share_profits"]


def cash_target(world: World) -> np.ndarray:
    """Return the cash each firm likes to hold, (F,) pence: some months of its output."""
    months = round(world.parameters.firms.cash_target_months * 256)
    target = (world.firms.output_smooth * months) >> 8
    return np.asarray(np.where(world.firms.is_open, target, 0))


def share_profits(world: World) -> None:
    """Firms pay out part of what cash exceeds its target; owners make good part of a shortfall.

    Reads   firms.cash, firms.output_smooth, firms.is_open, firms.owner, firms.owner_place
    Writes  households.income, ledger
    """
    f = world.firms
    share = round(world.parameters.firms.payout_rate * 256)
    paid = ((f.cash - cash_target(world)) * share) >> 8
    paid[~f.is_open] = 0
    distribute(world, "profit", paid)


def distribute(world: World, kind: str, paid: np.ndarray) -> None:
    """Move money between firms and their owners; negative amounts are paid in by the owners.

    Parameters
    ----------
    world : World
    kind : str
        Kind of movement in the books; what owners put in is booked as ``kind + "_paid_in"``.
    paid : ndarray of int64, shape (F,)
        Pence each firm pays its owner.
    """
    f = world.firms
    rows = np.flatnonzero(paid)
    for name, sign in ((kind, 1), (f"{kind}_paid_in", -1)):
        some = rows[paid[rows] * sign > 0]
        amount = np.abs(paid[some])
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
