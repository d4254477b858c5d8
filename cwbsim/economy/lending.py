"""Loans of the anchors to firms of the borough that have run out of cash, and what comes back of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.compiled import kernel
from cwbsim.economy.asked import asked
from cwbsim.economy.ownership import cash_target
from cwbsim.levers.base import charge, takes_from_other_bodies
from cwbsim.world import BOROUGH

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["lend_and_collect"]


def lend_and_collect(world: World) -> None:
    """Collect what is due on loans, and lend the month's money to firms that are overdrawn.

    A firm borrows once, what takes it from its overdraft to half of the cash it likes to hold, as far as the
    money goes; who is first is drawn by lot. Money comes out of what anchors pay other bodies elsewhere and
    comes back with interest to the anchors.
    """
    firms, terms = world.firms, world.terms
    if _any_owes(firms.loan):
        _collect(world)
    if not asked(world).lending:
        return
    money = (terms.lending * world.scale).astype(np.int64)
    needy = _needy(firms.is_open, firms.owner_place, firms.cash, firms.loan)
    luck = draw_many(stream(world.seed, "lending", world.month), firms.key[needy])
    needy = needy[np.lexsort((firms.key[needy], luck))]
    wants = np.maximum(cash_target(world, needy) // 2 - firms.cash[needy], 0)
    running = np.minimum(np.cumsum(wants), int(money.sum()))
    lent = np.diff(running, prepend=0)
    total = int(lent.sum())
    paid = takes_from_other_bodies(world, money > 0, total, "levers.community_finance.budget_a_year")
    charge(world, paid)
    world.ledger.post("community_loans", {("anchors", "firms"): total}, {"anchors": -paid, "firms": (needy, lent)})
    firms.loan[needy] += lent


@kernel
def _any_owes(loan: np.ndarray) -> bool:
    owing = np.int64(0)
    for f in range(loan.shape[0]):  # without a branch: nearly always nobody does
        owing |= loan[f]
    return bool(owing != 0)


@kernel
def _needy(is_open: np.ndarray, owner_place: np.ndarray, cash: np.ndarray, loan: np.ndarray) -> np.ndarray:
    """List the firms that may borrow."""
    rows, n = np.empty(is_open.shape[0] + 1, np.int64), 0
    for f in range(is_open.shape[0]):
        rows[n] = f
        n += is_open[f] & (owner_place[f] == BOROUGH) & (cash[f] < 0) & (loan[f] == 0)
    return rows[:n].copy()


def _collect(world: World) -> None:
    """Take a month's interest and principal from borrowers; it goes to anchors in proportion to their budgets."""
    firms, p, a = world.firms, world.parameters.firms, world.anchors
    rows = np.flatnonzero(firms.loan > 0)
    principal = np.minimum(-(-firms.loan[rows] // round(p.loan_months)), firms.loan[rows])
    interest = np.floor(firms.loan[rows] * p.loan_interest / 12.0).astype(np.int64)
    firms.loan[rows] -= principal
    firms.profit[rows] -= interest
    total = int((principal + interest).sum())
    share = np.cumsum(a.contract_budget.sum(axis=1)) / max(int(a.contract_budget.sum()), 1)
    running = np.floor(share * total).astype(np.int64)
    running[-1] = total
    received = np.diff(running, prepend=0)
    world.ledger.post(
        "loan_repayments", {("firms", "anchors"): total}, {"anchors": received, "firms": (rows, -(principal + interest))}
    )

