"""Needs let in lots: a row of Needs for each, which end together and come together again when lots are no longer asked for.

Lots share the length of their contracts, drawn for the whole need. One that has to be let by itself, because
its tender failed or its holder closed, is let for as long as the others still run.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import GOLDEN, mix64
from cwbsim.compiled import kernel
from cwbsim.economy.contracts import contract_output

if TYPE_CHECKING:
    from collections.abc import Callable

    from cwbsim.world import World

__all__ = ["change_loads", "let_in_lots", "lots_wanted"]


def lots_wanted(world: World, rows: np.ndarray, budget: np.ndarray) -> np.ndarray:
    """Return into how many lots needs of these budgets are to be let, (n,) int64."""
    n, terms = world.needs, world.terms
    a, most = n.anchor[rows], terms.most_lots[n.anchor[rows]]
    largest = np.maximum(terms.largest_lot[a], 1)
    wanted = np.minimum(-(-12 * budget // largest), most)
    asked = (terms.largest_lot[a] > 0) & n.is_influenceable[rows]
    return np.asarray(np.where(asked, np.maximum(wanted, 1), 1))


@kernel
def _lot_keys(whole: np.uint64, n: int) -> np.ndarray:
    """Keys of the lots of a need; the first has the key of the need itself."""
    out = np.empty(n, np.uint64)
    for j in range(n):
        out[j] = whole if j == 0 else mix64(whole + np.uint64(j) * GOLDEN) | np.uint64(1)
    return out


@kernel
def _whole_needs(
    order: np.ndarray, lot_key: np.ndarray, is_open: np.ndarray, months_left: np.ndarray, budget: np.ndarray,
    term_months: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Find the needs all lots of which are out to tender: where each begins in the order, its lots, its budget.

    A lot that is out while others of its need still run is let for as long as they do.
    """
    n = order.shape[0]
    begin, size, total, found = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), 0
    first = 0
    while first < n:
        last, out, longest, whole = first, 0, 0, 0
        while last < n and lot_key[order[last]] == lot_key[order[first]]:
            i = order[last]
            out += is_open[i]
            longest = max(longest, int(months_left[i]))
            whole += budget[i]
            last += 1
        if out == last - first:
            begin[found], size[found], total[found] = first, out, whole
            found += 1
        elif out > 0:
            for i in order[first:last]:
                if is_open[i]:
                    term_months[i] = max(1, longest)
        first = last
    return begin[:found], size[:found], total[:found]


def let_in_lots(world: World, pass_on: Callable[[World, np.ndarray, np.ndarray], None]) -> None:
    """Divide or put together the needs that are out to tender, and let single lots end with the others.

    Parameters
    ----------
    world : World
        Its Needs may be replaced by others with more or fewer rows.
    pass_on : callable
        Gives contracts to other holders, with their accounts, loads and staff.
    """
    needs = world.needs
    order = np.argsort(needs.lot_key, kind="stable")
    begin, size, budget = _whole_needs(
        order, needs.lot_key, needs.is_open, needs.months_left, needs.budget, needs.term_months
    )
    wanted = lots_wanted(world, order[begin], budget)
    changes = np.flatnonzero(wanted != size)
    changes = changes[np.argsort(order[begin[changes]])]
    regroup = [(order[begin[j] : begin[j] + size[j]], int(wanted[j])) for j in changes]
    for mine, _ in regroup:
        if mine.shape[0] > 1:  # the holder of the largest lot takes the others until the whole is let
            code = np.full(mine.shape[0], needs.supplier[mine[np.argmax(needs.budget[mine])]], np.int64)
            pass_on(world, mine, code)
    if regroup:
        _rewrite(world, regroup)


def _rewrite(world: World, regroup: list[tuple[np.ndarray, int]]) -> None:
    """Replace rows of Needs by as many as wanted, keeping budgets, accounts and the loads of holders."""
    needs = world.needs
    gone = np.zeros(needs.key.shape[0], bool)
    source: list[np.ndarray] = []
    key: list[np.ndarray] = []
    budget: list[np.ndarray] = []
    owed: list[np.ndarray] = []
    n_lots: list[np.ndarray] = []
    for mine, wanted in regroup:
        gone[mine] = True
        source.append(np.full(wanted, mine[0]))
        key.append(_lot_keys(needs.lot_key[mine[0]], wanted))
        for column, parts in ((needs.budget, budget), (needs.owed, owed)):
            running = int(column[mine].sum()) * np.arange(1, wanted + 1) // wanted
            parts.append(np.diff(running, prepend=0))
        n_lots.append(np.full(wanted, wanted))
    removed = np.flatnonzero(gone)
    change_loads(world, removed, -1)
    rows = np.concatenate([np.flatnonzero(~gone), *source])
    world.needs = replace(needs, **{f.name: getattr(needs, f.name)[rows] for f in fields(needs)})
    new = np.arange(rows.shape[0] - sum(map(len, source)), rows.shape[0])
    for name, parts in (("key", key), ("budget", budget), ("owed", owed), ("n_lots", n_lots)):
        getattr(world.needs, name)[new] = np.concatenate(parts)
    change_loads(world, new, +1)


def change_loads(world: World, rows: np.ndarray, sign: int) -> None:
    """Add what contracts stand for to the loads of their holders, or take it off."""
    firms, needs = world.firms, world.needs
    code = needs.supplier[rows]
    here = (code >= 0) & (firms.key[np.maximum(code, 0)] == needs.supplier_key[rows])
    output = sign * contract_output(world, rows[here])
    for column in (firms.contract_load, firms.output_last, firms.output_smooth):
        np.add.at(column, code[here], output)
