"""The book of contracts of the starting world, let by the tender rule itself.

Each anchor's reach, a cost premium on suppliers of the borough and one on those of the wider area, is solved
so that the rule's own stationary shares of value are the measured ones: it is *fitted*, on location; the other
definitions of local (head office, branch, invoice) follow from it and are not fitted. Contracts in force are
the law the rule stays in: lengths as of contracts in force, several rounds of letting so that incumbents and
full order books are as they would be, and readiness and expected competition that agree with what comes of
them. All rounds use the same keyed luck at every step of the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.chance import bits2, normal, stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.bidding import (
    Bidders,
    Heard,
    Judged,
    Numbers,
    Rules,
    Tenders,
    bidders_of,
    empty_judged,
    hear,
    judge_one,
    numbers_of,
    rules_of,
    tender_key,
    tenders_of,
)
from cwbsim.economy.contracts import contract_output, draw_terms
from cwbsim.economy.procurement import commit_to_hiring, outside_suppliers, write_holders, write_prices, write_promises
from cwbsim.economy.readiness import initial_readiness
from cwbsim.world import BOROUGH, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["place_contracts"]

ROUNDS = 5  # the first fills an empty book and is not counted; the last is the starting book
PASSES = 7  # times that readiness and expected competition are brought nearer each other
STEPS = (0.06, 0.05, 0.04)  # change of reach for a unit of log odds, in every pass
LAST_STEPS = (0.05, 0.04, 0.03, 0.03, 0.02, 0.02, 0.015, 0.01)  # and in the last
FARTHEST = 0.6  # bounds of the reach, share of cost


class Book(NamedTuple):
    """Who holds what after each round of letting, (ROUNDS, N) each."""

    bidder: np.ndarray  # int64 row of Bidders, -1 nobody
    price: np.ndarray  # float
    promise: np.ndarray  # float
    n_bids: np.ndarray  # int64
    n_local: np.ndarray  # int64


class Round(NamedTuple):
    """One letting of the whole book: the tenders and who hears of them, with a spare row for the incumbent."""

    tenders: Tenders
    heard: Heard
    count: np.ndarray  # (N,) int64


@kernel
def _let_book(
    tenders: Tenders, bidders: Bidders, rules: Rules, num: Numbers, heard: Heard, count: np.ndarray,
    mean_bidders: np.ndarray, order: np.ndarray, streams: np.ndarray, holder: np.ndarray, price: np.ndarray,
    promise: np.ndarray, out: Judged,
) -> None:  # fmt: skip
    """Let every need once, in the order of their keys, keeping order books up to date; holders are replaced."""
    for t in order:
        first, last = heard.start[t], heard.start[t] + count[t]
        held = holder[t]
        present = False
        for i in range(first, last):
            heard.is_incumbent[i] = heard.bidder[i] == held
            present = present or heard.is_incumbent[i]
        if held >= 0 and not present:
            pair = bits2(streams[0], tender_key(tenders.key[t], tenders.renewal[t]), bidders.key[held])
            heard.bidder[last] = held
            heard.pair[last] = pair
            heard.deviate[last] = normal(
                uniform2(streams[1], pair, np.uint64(0)), uniform2(streams[1], pair, np.uint64(1))
            )
            heard.panel[last] = (2.0 * uniform2(streams[2], pair, np.uint64(0)) - 1.0) * 1.7320508075688772
            heard.is_incumbent[last] = True
            last += 1
        judge_one(t, tenders, bidders, rules, num, heard, first, last, mean_bidders, streams[3], out)
        won = out.bidder[t]
        if won < 0:
            continue
        if held >= 0:
            bidders.room[held] += tenders.budget[t]
        bidders.room[won] -= tenders.budget[t]
        holder[t] = won
        price[t] = out.price[t]
        promise[t] = out.promise[t]


def _with_spare_rows(heard: Heard) -> tuple[Heard, np.ndarray]:
    """Give every tender one more row; return the rows and how many each tender uses."""
    count = np.diff(heard.start)
    start = heard.start + np.arange(heard.start.shape[0])
    n = int(heard.start[-1])
    to = np.arange(n) + np.repeat(np.arange(count.shape[0]), count)
    columns = []
    for column in heard[1:]:
        wide = np.zeros(n + count.shape[0], column.dtype)
        wide[to] = column[:n]
        columns.append(wide)
    return Heard(start, *columns), count


def _rounds(world: World, bidders: Bidders, rules: Rules, numbers: Numbers) -> list[Round]:
    """Prepare the rounds of letting: renewal numbers up to 0, lengths as of contracts in force."""
    needs = world.needs
    everything = np.arange(needs.key.shape[0])
    out = []
    for back in range(ROUNDS - 1, -1, -1):
        renewal = np.full(everything.shape[0], -back, np.int64)
        term = draw_terms(world.parameters, world.seed, needs.key, renewal, needs.budget, in_force=True)
        nobody = np.full(everything.shape[0], np.iinfo(np.int64).max)
        tenders = tenders_of(world, everything)._replace(
            renewal=renewal, term=term.astype(np.int64), incumbent=nobody
        )
        out.append(Round(tenders, *_with_spare_rows(hear(tenders, bidders, rules, numbers, world.seed))))
    return out


def _let(world: World, rounds: list[Round], bidders: Bidders, rules: Rules, numbers: Numbers) -> Book:
    """Let the book in all rounds with the reach of `rules`."""
    n = world.needs.key.shape[0]
    names = ("awareness", "bid_cost_draw", "quality_draw", "tie_break")
    streams = np.array([stream(world.seed, name) for name in names], np.uint64)
    order = np.argsort(world.needs.key)
    room = bidders._replace(room=bidders.room.copy())
    holder, price, promise = np.full(n, -1, np.int64), np.ones(n), np.zeros(n)
    out = empty_judged(n)
    kept: list[list[np.ndarray]] = [[] for _ in Book._fields]
    for one in rounds:
        with np.errstate(over="ignore"):
            _let_book(
                one.tenders, room, rules, numbers, one.heard, one.count, world.market.mean_bidders, order, streams,
                holder, price, promise, out,
            )  # fmt: skip
        for column, now in zip(kept, (holder, price, promise, out.n_bids, out.n_local), strict=True):
            column.append(now.copy())
    return Book(*(np.stack(column) for column in kept))


def _shares(world: World, book: Book, bidders: Bidders) -> np.ndarray:
    """Share of each anchor's value held in the borough and in the wider area, (A, 2), over the counted rounds."""
    needs = world.needs
    held = np.where(book.bidder[1:] >= 0, bidders.place[np.maximum(book.bidder[1:], 0)], 2)
    value = np.zeros((world.anchors.key.shape[0], 3), np.int64)
    for places in held:
        np.add.at(value, (needs.anchor, places), needs.budget)
    return np.asarray(value[:, :2] / np.maximum(value.sum(axis=1), 1)[:, None])


def _mean_bidders(world: World, book: Book, rounds: list[Round]) -> np.ndarray:
    """Bids a tender by section, (S,): contracts in force weighted by how often they are let."""
    total, weight = np.zeros(20, np.int64), np.zeros(20, np.int64)
    for bids, one in zip(book.n_bids[1:], rounds[1:], strict=True):
        often = (1 << 20) // one.tenders.term
        np.add.at(total, world.needs.section, often * bids)
        np.add.at(weight, world.needs.section, often)
    return np.where(weight > 0, total / np.maximum(weight, 1), world.market.mean_bidders)


def _log_odds(share: np.ndarray) -> np.ndarray:
    inside = np.clip(share, 0.004, 0.996)
    return np.asarray(np.log(inside / (1.0 - inside)))


def _solve_reach(
    world: World, rounds: list[Round], bidders: Bidders, rules: Rules, numbers: Numbers, steps: tuple[float, ...]
) -> Rules:
    """Step each anchor's reach until the shares of value are the measured ones; keep the nearest met."""
    anchors = world.anchors
    target = np.stack([anchors.local_target, anchors.wider_target], axis=1)
    reach, best, best_miss = rules.reach.copy(), rules.reach.copy(), np.full(target.shape[0], np.inf)
    for step in steps:
        shares = _shares(world, _let(world, rounds, bidders, rules._replace(reach=reach), numbers), bidders)
        miss = np.abs(shares - target).sum(axis=1)
        nearer = miss < best_miss
        best[nearer], best_miss[nearer] = reach[nearer], miss[nearer]
        # Against the share outside, so that the two premiums pull on separate things.
        gap = _log_odds(shares) - _log_odds(target)
        reach = reach.copy()
        reach[:, :2] = np.clip(reach[:, :2] + step * gap, -FARTHEST, FARTHEST)
    anchors.reach_local[:], anchors.reach_wider[:] = best[:, BOROUGH], best[:, WIDER]
    return rules._replace(reach=best)


def place_contracts(world: World) -> None:
    """Solve each anchor's reach and let the starting book of contracts.

    Writes reach, holders, prices, promises, contract loads, registrations, expected competition and local
    hiring. Needs, firms, the pool, ``fixed.link_*`` and ``terms`` (the defaults) must be in place.
    """
    if world.needs.key.shape[0] == 0:
        return
    firms, numbers = world.firms, numbers_of(world.parameters)
    firms.contract_load[:] = 0
    for k in range(PASSES):
        firms.registered[:] = initial_readiness(world)
        bidders, rules = bidders_of(world), rules_of(world, world.terms)
        rounds = _rounds(world, bidders, rules, numbers)
        steps = STEPS if k + 1 < PASSES else LAST_STEPS
        rules = _solve_reach(world, rounds, bidders, rules, numbers, steps)
        book = _let(world, rounds, bidders, rules, numbers)
        # More bidders make fewer firms ready: half-way in logarithms, or the two would chase each other.
        came = np.maximum(_mean_bidders(world, book, rounds), 0.2)
        world.market.mean_bidders = np.sqrt(world.market.mean_bidders * came)
    _write(world, book, bidders, _settle(world, book, bidders))


@kernel
def _exchange(
    order: np.ndarray, anchor: np.ndarray, budget: np.ndarray, bidder: np.ndarray, place: np.ndarray,
    room: np.ndarray, value: np.ndarray, target: np.ndarray, pick: np.ndarray,
) -> None:  # fmt: skip
    """Take a need's holder from another round where that brings its anchor's shares nearer the target."""
    for n in order:
        a = anchor[n]
        for r in range(1, bidder.shape[0]):
            now, other = bidder[pick[n], n], bidder[r, n]
            if now < 0 or other < 0 or room[other] < budget[n] or place[now] == place[other]:
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
    """Choose the round each need's holder is from, (N,), so that the start has the measured shares.

    One letting scatters round its law, for a few contracts hold much of the value. Every holder is still one
    the tender rule chose.
    """
    needs, anchors = world.needs, world.anchors
    pick = np.full(needs.key.shape[0], ROUNDS - 1, np.int64)
    room, value = bidders.room.copy(), np.zeros((anchors.key.shape[0], 3), np.int64)
    held = book.bidder[-1]
    some = held >= 0
    np.subtract.at(room, held[some], needs.budget[some])
    np.add.at(value, (needs.anchor[some], bidders.place[held[some]]), needs.budget[some])
    total = np.zeros(anchors.key.shape[0], np.int64)
    np.add.at(total, needs.anchor, needs.budget)
    target = np.rint(np.stack([anchors.local_target, anchors.wider_target], axis=1) * total[:, None]).astype(np.int64)
    for _ in range(2):
        _exchange(
            np.argsort(needs.key), needs.anchor, needs.budget, book.bidder, bidders.place, room, value, target, pick
        )
    return pick


def _write(world: World, book: Book, bidders: Bidders, pick: np.ndarray) -> None:
    """Write the rounds chosen as the contracts in force."""
    needs, firms = world.needs, world.firms
    everything = np.arange(needs.key.shape[0])
    held, price, promise, n_bids, n_local = (column[pick, everything] for column in book)
    code = bidders.code[np.maximum(held, 0)]
    vacant = everything[held < 0]
    if vacant.size:
        code[vacant] = outside_suppliers(world, vacant)
    write_holders(world, everything, code)
    price[vacant] = 1.0 + world.parameters.procurement.emergency_premium
    write_prices(world, everything, price)
    write_promises(world, everything, promise)
    needs.n_bids[:], needs.n_local_bids[:] = n_bids, n_local
    mine = needs.supplier >= 0
    np.add.at(firms.contract_load, needs.supplier[mine], contract_output(world, everything[mine]))
    commit_to_hiring(world)
