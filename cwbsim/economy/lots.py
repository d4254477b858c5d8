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

__all__ = ["asks_for_lots", "let_in_lots", "lots_wanted"]


def asks_for_lots(world: World) -> bool:
    """Whether any need is, or is to be, let in lots."""
    return bool(world.terms.largest_lot.any() or (world.needs.n_lots > 1).any())


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
    out = np.flatnonzero(needs.is_open)
    keys, first = np.unique(needs.lot_key[out], return_index=True)
    regroup: list[tuple[np.ndarray, int]] = []
    for whole in keys[np.argsort(first)]:
        mine = np.flatnonzero(needs.lot_key == whole)
        if not needs.is_open[mine].all():
            waiting = mine[needs.is_open[mine]]
            needs.term_months[waiting] = max(1, int(needs.months_left[mine].max()))
            continue
        wanted = int(lots_wanted(world, mine[:1], needs.budget[mine].sum()[None])[0])
        if wanted != mine.shape[0]:
            regroup.append((mine, wanted))
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
    _change_loads(world, removed, -1)
    rows = np.concatenate([np.flatnonzero(~gone), *source])
    world.needs = replace(needs, **{f.name: getattr(needs, f.name)[rows] for f in fields(needs)})
    new = np.arange(rows.shape[0] - sum(map(len, source)), rows.shape[0])
    for name, parts in (("key", key), ("budget", budget), ("owed", owed), ("n_lots", n_lots)):
        getattr(world.needs, name)[new] = np.concatenate(parts)
    _change_loads(world, new, +1)


def _change_loads(world: World, rows: np.ndarray, sign: int) -> None:
    """Add what contracts stand for to the loads of their holders, or take it off."""
    firms, needs = world.firms, world.needs
    code = needs.supplier[rows]
    here = (code >= 0) & (firms.key[np.maximum(code, 0)] == needs.supplier_key[rows])
    output = sign * contract_output(world, rows[here])
    for column in (firms.contract_load, firms.output_last, firms.output_smooth):
        np.add.at(column, code[here], output)
