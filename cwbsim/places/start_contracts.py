"""The book of contracts of the starting world, let by the tender rule itself.

Each anchor's reach, a cost premium on suppliers of the borough and one on those of the wider area, is solved
so that the rule's own stationary shares of value are the measured ones: it is *fitted*, on location; other
definitions of local (head office, branch, invoice) follow from it and are not fitted. Contracts in force are
the law the rule stays in: lengths as of contracts in force, several rounds of letting so that incumbents and
full order books are as they would be, and readiness and expected competition that agree with what comes of
them. All rounds use the same keyed luck at every step of the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.chance import bits, normal, stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.bidding import Heard, Judged, empty_judged, hear, judge_one, tender_key
from cwbsim.economy.contracts import contract_output, draw_terms
from cwbsim.economy.procurement import (
    commit_to_hiring,
    outside_suppliers,
    write_holders,
    write_prices,
    write_promises,
)
from cwbsim.economy.readiness import initial_readiness
from cwbsim.economy.tenders import (
    Bidders,
    Numbers,
    Rules,
    Tenders,
    bidders_of,
    numbers_of,
    rules_of,
    tenders_of,
)
from cwbsim.world import BOROUGH, OUTSIDE, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["place_contracts"]

ROUNDS = 80  # lettings of the whole book before the start
KEPT = 6  # the last of them, from which the starting book is put together
REVIEWS = (0, 3, 6, 10, 15, 22, 30, 45, 60)  # rounds before which firms review their readiness
SETTLED = 40  # from this round on, reach and competition are averaged
STEP, FADING = 0.04, 15.0  # reach moves by STEP / (1 + round / FADING) for a unit of miss
FARTHEST = 0.6  # bounds of the reach, share of cost


class Book(NamedTuple):
    """Who holds what after each round of letting, (KEPT, N) each."""

    bidder: np.ndarray  # int64 row of Bidders, -1 nobody
    price: np.ndarray  # float
    promise: np.ndarray  # float
    n_bids: np.ndarray  # int64
    n_local: np.ndarray  # int64


@kernel
def _let_book(
    tenders: Tenders, bidders: Bidders, rules: Rules, num: Numbers, heard: Heard, count: np.ndarray,
    mean_bidders: np.ndarray, order: np.ndarray, streams: np.ndarray, holder: np.ndarray, price: np.ndarray,
    promise: np.ndarray, out: Judged,
) -> None:  # fmt: skip
    """Let every need once, in the order of keys, keeping order books up to date; holders are replaced."""
    for t in order:
        first, last = heard.start[t], heard.start[t] + count[t]
        held = holder[t]
        present = False
        for i in range(first, last):
            heard.is_incumbent[i] = heard.bidder[i] == held
            present = present or heard.is_incumbent[i]
        if held >= 0 and not present:
            pair = bits(bits(streams[0], tender_key(tenders.key[t], tenders.renewal[t])), bidders.key[held])
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


class _Search:
    """The book while it is let over and over, the reach being moved towards the measured shares.

    One chain of lettings, each from the one before, and a small step of the reach after each (Robbins and
    Monro 1951), averaged over the second half (Polyak and Juditsky 1992): shares are those of the law in
    which the chain stays, incumbents and all.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.numbers = numbers_of(world.parameters)
        self.everything = np.arange(world.needs.key.shape[0])
        self.order = np.argsort(world.needs.key)
        names = ("awareness", "bid_cost_draw", "quality_draw", "tie_break")
        self.streams = np.array([stream(world.seed, name) for name in names], np.uint64)
        n = self.everything.shape[0]
        self.holder, self.price, self.promise = np.full(n, -1, np.int64), np.ones(n), np.zeros(n)
        self.lasts = np.ones(n)  # mean time between tenders over the length of the contract
        self.out = empty_judged(n)
        anchors = world.anchors
        self.target = np.stack([anchors.local_target, anchors.wider_target], axis=1)
        self.total = np.zeros(anchors.key.shape[0], np.int64)
        np.add.at(self.total, world.needs.anchor, world.needs.budget)
        self.kept: list[tuple[np.ndarray, ...]] = []
        self.bidders, self.rules = bidders_of(world), rules_of(world, world.terms)

    def review(self) -> None:
        """Let firms decide whom to be ready for, and carry the holders over to the new table of bidders."""
        world, old = self.world, self.bidders
        held = self.holder >= 0
        code = np.where(held, old.code[np.maximum(self.holder, 0)], np.iinfo(np.int32).min)
        world.firms.registered[:] = initial_readiness(world)
        self.bidders = bidders_of(world)
        by_code = np.argsort(self.bidders.code)
        found = np.searchsorted(self.bidders.code[by_code], code)
        found = by_code[np.minimum(found, by_code.shape[0] - 1)]
        self.holder = np.where(held & (self.bidders.code[found] == code), found, -1)
        some = self.holder >= 0
        np.subtract.at(self.bidders.room, self.holder[some], world.needs.budget[some])

    def let(self, k: int) -> None:
        """Let the whole book once."""
        world, needs = self.world, self.world.needs
        renewal = np.full(self.everything.shape[0], k - ROUNDS + 1, np.int64)
        term = draw_terms(world.parameters, world.seed, needs.key, renewal, needs.budget, in_force=True)
        nobody = np.full(self.everything.shape[0], np.iinfo(np.int64).max)
        tenders = tenders_of(world, self.everything)
        tenders = tenders._replace(renewal=renewal, term=term.astype(np.int64), incumbent=nobody)
        heard, count = _with_spare_rows(hear(tenders, self.bidders, self.rules, self.numbers, world.seed))
        with np.errstate(over="ignore"):
            _let_book(
                tenders, self.bidders, self.rules, self.numbers, heard, count, world.market.mean_bidders,
                self.order, self.streams, self.holder, self.price, self.promise, self.out,
            )  # fmt: skip
        self.learn(k, tenders.term)
        if k >= ROUNDS - KEPT:
            self.kept.append(tuple(
                x.copy() for x in (self.holder, self.price, self.promise, self.out.n_bids, self.out.n_local)
            ))  # fmt: skip

    def learn(self, k: int, term: np.ndarray) -> None:
        """Let expected competition follow the bids a tender.

        Contracts in force, weighted by how often such contracts are let, are contracts being let. A tender
        that failed comes back after the extension, so needs that often fail are let more often.
        """
        section, market = self.world.needs.section, self.world.market
        gain = 1.0 / min(k + 2, 20)
        months = np.where(
            self.out.n_bids > 0, term, self.world.parameters.procurement.failed_extension_months
        )
        self.lasts += (months / term - self.lasts) * gain
        often = np.floor((1 << 20) / (term * self.lasts)).astype(np.int64)
        total, weight = np.zeros(20, np.int64), np.zeros(20, np.int64)
        np.add.at(total, section, often * self.out.n_bids)
        np.add.at(weight, section, often)
        came = np.where(weight > 0, total / np.maximum(weight, 1), market.mean_bidders)
        market.mean_bidders = market.mean_bidders + (came - market.mean_bidders) * gain

    def values(self) -> np.ndarray:
        """Value held in the borough, the wider area and outside by anchor, (A, 3) pence."""
        place = np.where(self.holder >= 0, self.bidders.place[np.maximum(self.holder, 0)], OUTSIDE)
        value = np.zeros((self.total.shape[0], 3), np.int64)
        np.add.at(value, (self.world.needs.anchor, place), self.world.needs.budget)
        return value

    def step(self, k: int) -> None:
        """Move the reach against the miss; unbiased in the shares themselves, so that their mean is met."""
        miss = self.values()[:, :2] / np.maximum(self.total, 1)[:, None] - self.target
        miss = miss / np.sqrt(np.maximum(self.target * (1.0 - self.target), 0.01)) * 2.0
        reach = self.rules.reach.copy()
        reach[:, :2] = np.clip(reach[:, :2] + STEP / (1.0 + k / FADING) * miss, -FARTHEST, FARTHEST)
        self.rules = self.rules._replace(reach=reach)


def place_contracts(world: World) -> None:
    """Solve each anchor's reach and let the starting book of contracts.

    Writes reach, holders, prices, promises, contract loads, registrations, expected competition and local
    hiring. Needs, firms, the pool, ``fixed.link_*`` and ``terms`` (the defaults) must be in place.
    """
    anchors = world.anchors
    world.firms.contract_load[:] = 0
    if world.needs.key.shape[0] == 0:
        return
    search = _Search(world)
    reach, competition = np.zeros_like(search.rules.reach), np.zeros(20)
    for k in range(ROUNDS):
        if k in REVIEWS:
            search.review()
        search.let(k)
        search.step(k)
        if k >= SETTLED:
            reach += search.rules.reach / (ROUNDS - SETTLED)
            competition += world.market.mean_bidders / (ROUNDS - SETTLED)
    anchors.reach_local[:], anchors.reach_wider[:] = reach[:, BOROUGH], reach[:, WIDER]
    world.market.mean_bidders = competition
    world.firms.registered[:] = initial_readiness(world)
    book = Book(*(np.stack(column) for column in zip(*search.kept, strict=True)))
    _write(world, book, search.bidders, _settle(world, book, search.bidders))


@kernel
def _exchange(
    order: np.ndarray, anchor: np.ndarray, budget: np.ndarray, bidder: np.ndarray, place: np.ndarray,
    room: np.ndarray, value: np.ndarray, target: np.ndarray, pick: np.ndarray,
) -> None:  # fmt: skip
    """Take a need's holder from another round where that brings its anchor's shares nearer the target."""
    for n in order:
        a = anchor[n]
        for r in range(bidder.shape[0]):
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
    pick = np.full(needs.key.shape[0], KEPT - 1, np.int64)
    room, value = bidders.room.copy(), np.zeros((anchors.key.shape[0], 3), np.int64)
    held = book.bidder[-1]
    some = held >= 0
    np.add.at(value, (needs.anchor[some], bidders.place[held[some]]), needs.budget[some])
    total = np.zeros(anchors.key.shape[0], np.int64)
    np.add.at(total, needs.anchor, needs.budget)
    target = np.rint(np.stack([anchors.local_target, anchors.wider_target], axis=1) * total[:, None]).astype(
        np.int64
    )
    for _ in range(2):
        _exchange(
            np.argsort(needs.key),
            needs.anchor,
            needs.budget,
            book.bidder,
            bidders.place,
            room,
            value,
            target,
            pick,
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
