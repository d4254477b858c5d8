"""The starting book put together from the last rounds of letting.

A contract is found in force in proportion to the time it lasts. So a need's contract is the latest round's that
passes a draw with that chance, and its age is drawn from the law of ages of such contracts. One draw of the book
scatters round its law, for a few contracts hold much of the value; needs then exchange rounds until each anchor
has its measured shares. Every holder is still one the tender rule chose.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.compiled import kernel
from cwbsim.economy.contracts import contract_output
from cwbsim.economy.handing_over import write_holders, write_promises
from cwbsim.economy.payments import usual_owed
from cwbsim.economy.procurement import commit_to_hiring

if TYPE_CHECKING:
    from cwbsim.economy.tenders import Bidders
    from cwbsim.world import World

__all__ = ["Book", "write_book"]


class Book(NamedTuple):
    """Contracts of one round, (N,) each, or of several, (KEPT, N) each."""

    bidder: np.ndarray  # int64 row of Bidders
    price: np.ndarray  # float
    promise: np.ndarray  # float
    n_bids: np.ndarray  # int64
    n_local: np.ndarray  # int64
    term: np.ndarray  # int64 months
    closing: np.ndarray  # float, chance a month that the holder closes
    in_force: np.ndarray  # bool: would be found in force
    route: np.ndarray  # int8 row of routes.ROUTES
    n_heard: np.ndarray  # int64


@kernel
def _exchange(
    order: np.ndarray, anchor: np.ndarray, budget: np.ndarray, bidder: np.ndarray, in_force: np.ndarray,
    place: np.ndarray, room: np.ndarray, value: np.ndarray, target: np.ndarray, pick: np.ndarray,
) -> None:  # fmt: skip
    """Take a need's holder from another round where that brings its anchor's shares nearer the target."""
    for n in order:
        a = anchor[n]
        for r in range(bidder.shape[0]):
            now, other = bidder[pick[n], n], bidder[r, n]
            if place[now] == place[other]:
                continue
            if not in_force[r, n] or room[other] < budget[n]:
                continue
            before, after = 0, 0
            for k in range(2):
                moved = value[a, k] + budget[n] * (int(place[other] == k) - int(place[now] == k))
                before += abs(value[a, k] - target[a, k])
                after += abs(moved - target[a, k])
            if after < before:
                for k in range(2):
                    value[a, k] += budget[n] * (int(place[other] == k) - int(place[now] == k))
                room[now] += budget[n]
                room[other] -= budget[n]
                pick[n] = r


def _settle(world: World, book: Book, bidders: Bidders) -> np.ndarray:
    """Choose the round each need's contract is from, (N,)."""
    needs, anchors = world.needs, world.anchors
    everything, rounds = np.arange(needs.key.shape[0]), book.bidder.shape[0]
    latest = rounds - 1 - np.argmax(book.in_force[::-1], axis=0)
    pick = np.asarray(np.where(book.in_force.any(axis=0), latest, rounds - 1))
    held = book.bidder[pick, everything]
    room, value = bidders.room.copy(), np.zeros((anchors.key.shape[0], 3), np.int64)
    np.subtract.at(room, held, needs.budget)
    np.add.at(value, (needs.anchor, bidders.place[held]), needs.budget)
    total = np.zeros(anchors.key.shape[0], np.int64)
    np.add.at(total, needs.anchor, needs.budget)
    shares = np.stack([anchors.local_target, anchors.wider_target], axis=1)
    target = np.rint(shares * total[:, None]).astype(np.int64)
    order = np.argsort(needs.key)
    for _ in range(2):
        _exchange(
            order,
            needs.anchor,
            needs.budget,
            book.bidder,
            book.in_force,
            bidders.place,
            room,
            value,
            target,
            pick,
        )
    return pick


def _months_left(world: World, term: np.ndarray, closing: np.ndarray) -> np.ndarray:
    """Draw what is left of contracts in force: evenly, but for those whose holders might have closed before."""
    u = draw_many(stream(world.seed, "need_traits"), world.needs.key, 2)
    growth = -np.log1p(-np.maximum(closing, 1e-9))
    left = np.log1p(u * np.expm1(growth * term)) / growth
    return np.asarray(1 + np.minimum(np.floor(left), term - 1).astype(np.int16))


def write_book(world: World, rounds: Book, bidders: Bidders) -> None:
    """Write the contracts in force: holders, prices, promises, what is left of them, and the firms' loads.

    Parameters
    ----------
    world : World
    rounds : Book
        The last rounds of letting, (KEPT, N) each.
    bidders : Bidders
        With the room they have when they hold nothing.
    """
    needs, firms = world.needs, world.firms
    everything = np.arange(needs.key.shape[0])
    pick = _settle(world, rounds, bidders)
    now = Book(*(column[pick, everything] for column in rounds))
    write_holders(world, everything, bidders.code[now.bidder])
    write_promises(world, everything, now.price, now.promise)
    needs.n_bids[:], needs.n_local_bids[:] = now.n_bids, now.n_local
    needs.route[:], needs.n_heard[:] = now.route, now.n_heard
    needs.term_months[:] = now.term
    needs.months_left[:] = _months_left(world, now.term, now.closing)
    needs.owed[:] = usual_owed(world)
    mine = needs.supplier >= 0
    np.add.at(firms.contract_load, needs.supplier[mine], contract_output(world, everything[mine]))
    commit_to_hiring(world)
