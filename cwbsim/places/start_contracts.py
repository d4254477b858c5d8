"""The book of contracts of the starting world, let by the tender rule itself.

Each anchor's reach, a cost premium on suppliers of the borough and one on those of the wider area, is solved
so that the rule's own stationary shares of value are the measured ones: it is *fitted*, on location; other
definitions of local (head office, branch, invoice) follow from it and are not fitted. Contracts in force are
the law the rule stays in: lengths as of contracts in force, several rounds of letting so that incumbents and
full order books are as they would be, and readiness and expected competition that agree with what comes of
them. All rounds use the same keyed luck at every step of the search.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import bits, draw_many, normal, stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.bidding import Judged, empty_judged, judge_one
from cwbsim.economy.contracts import draw_terms, keys_of
from cwbsim.economy.gathering import bidders_of, tenders_of
from cwbsim.economy.hearing import Heard, hear, may_bid_again, tender_key
from cwbsim.economy.procurement import outside_suppliers
from cwbsim.economy.readiness import initial_readiness
from cwbsim.economy.routes import MARKETS, draw_routes, markets_of
from cwbsim.economy.tenders import Bidders, Numbers, Rules, Tenders, numbers_of, rules_of
from cwbsim.places.start_book import Book, write_book
from cwbsim.world import BOROUGH, COMPETED, OUTSIDE, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["place_contracts"]

ROUNDS = 80  # lettings of the whole book before the start
KEPT = 12  # the last of them, from which the starting book is put together
REVIEWS = (0, 3, 6, 10, 15, 22, 30, 45, 60)  # rounds before which firms review their readiness
SETTLED = 40  # from this round on, reach and competition are averaged
STEP, FADING = 0.04, 15.0  # reach moves by STEP / (1 + round / FADING) for a unit of miss
FARTHEST = 0.6  # bounds of the reach, share of cost


@kernel
def _let_book(
    tenders: Tenders, bidders: Bidders, rules: Rules, num: Numbers, heard: Heard, count: np.ndarray,
    mean_bidders: np.ndarray, mean_heard: np.ndarray, order: np.ndarray, streams: np.ndarray,
    holder: np.ndarray, price: np.ndarray,
    promise: np.ndarray, stopgap: np.ndarray, premium: float, out: Judged,
) -> None:  # fmt: skip
    """Let every need once, in the order of keys, keeping order books up to date; holders are replaced."""
    for t in order:
        first, last = heard.start[t], heard.start[t] + count[t]
        held = holder[t]
        present = False
        for i in range(first, last):
            heard.is_incumbent[i] = heard.bidder[i] == held
            present = present or heard.is_incumbent[i]
        if held >= 0 and not present and may_bid_again(t, held, tenders, bidders, rules):
            pair = bits(bits(streams[0], tender_key(tenders.key[t], tenders.renewal[t])), bidders.key[held])
            heard.bidder[last] = held
            heard.pair[last] = pair
            heard.deviate[last] = normal(
                uniform2(streams[1], pair, np.uint64(0)), uniform2(streams[1], pair, np.uint64(1))
            )
            heard.panel[last] = (2.0 * uniform2(streams[2], pair, np.uint64(0)) - 1.0) * 1.7320508075688772
            heard.is_incumbent[last] = True
            heard.is_local[last] = bidders.place[held] == BOROUGH
            last += 1
        judge_one(t, tenders, bidders, rules, num, heard, first, last, mean_bidders, mean_heard, streams[3], out)
        won = out.bidder[t]
        if won < 0:
            if held < 0:
                holder[t], price[t], promise[t] = stopgap[t], 1.0 + premium, 0.0
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
        self.lasts = np.ones(n)  # mean time a contract lasts over its length
        self.weight = np.ones(n)  # the same for the contracts just let
        self.out = empty_judged(n)
        anchors = world.anchors
        self.target = np.stack([anchors.local_target, anchors.wider_target], axis=1)
        self.total = np.zeros(anchors.key.shape[0], np.int64)
        np.add.at(self.total, world.needs.anchor, world.needs.budget)
        self.kept: list[Book] = []
        self.rules = rules_of(world, world.terms)
        year = np.minimum(world.firms.age_months // 12, world.fixed.exit_hazard.shape[1] - 1)
        self.closes = world.fixed.exit_hazard[world.firms.size_class, year]  # (F,) chance a month
        self.bidders = bidders_of(world)
        self.outside = outside_suppliers(world, self.everything)  # who steps in where nobody bids
        self.stopgap = np.full(n, -1, np.int64)
        self.hazard = np.zeros(self.bidders.code.shape[0])  # (B,) chance a month that it closes

    def review(self) -> None:
        """Let firms decide whom to be ready for, and carry the holders over to the new table of bidders."""
        world, old = self.world, self.bidders
        held = self.holder >= 0
        code = np.where(held, old.code[np.maximum(self.holder, 0)], np.iinfo(np.int32).min)
        world.firms.registered[:] = initial_readiness(world)
        self.bidders = bidders_of(world)
        is_firm = self.bidders.code >= 0
        self.hazard = np.where(is_firm, self.closes[np.where(is_firm, self.bidders.code, 0)], 0.0)
        self.holder = np.where(held, self.rows_of(code), -1)
        self.stopgap = self.rows_of(self.outside)
        some = self.holder >= 0
        np.subtract.at(self.bidders.room, self.holder[some], world.needs.budget[some])

    def rows_of(self, code: np.ndarray) -> np.ndarray:
        """Rows in the table of bidders of suppliers by their code, -1 for those who are not in it."""
        by_code = np.argsort(self.bidders.code)
        found = np.searchsorted(self.bidders.code[by_code], code)
        found = by_code[np.minimum(found, by_code.shape[0] - 1)]
        return np.where(self.bidders.code[found] == code, found, -1)

    def let(self, k: int) -> None:
        """Let the whole book once, move the reach, and let some holders close."""
        world, needs = self.world, self.world.needs
        renewal = np.full(self.everything.shape[0], k - ROUNDS + 1, np.int64)
        draws = (world.parameters, world.seed, needs.key, renewal, needs.budget)
        term = draw_terms(*draws, in_force=True).astype(np.int64)
        nobody = np.full(self.everything.shape[0], np.iinfo(np.int64).max)
        needs.route[:] = draw_routes(*draws)
        market = markets_of(world.parameters, needs.route, needs.budget, term)
        tenders = tenders_of(world, self.everything)._replace(
            renewal=renewal, term=term, market=market, incumbent=nobody
        )
        heard, count = _with_spare_rows(hear(tenders, self.bidders, self.rules, world.seed))
        with np.errstate(over="ignore"):
            _let_book(
                tenders, self.bidders, self.rules, self.numbers, heard, count, world.market.mean_bidders,
                world.market.mean_heard, self.order, self.streams, self.holder, self.price, self.promise, self.stopgap,
                float(world.parameters.procurement.emergency_premium), self.out,
            )  # fmt: skip
        self.learn(k, term, market)
        self.step(k)
        if k >= ROUNDS - KEPT:
            self.keep(renewal, term)
        self.close(renewal, draw_terms(*draws, in_force=False))

    def learn(self, k: int, term: np.ndarray, of: np.ndarray) -> None:
        """Let expected competition follow the bids a tender.

        Contracts in force, weighted by how often such contracts are let, are contracts being let. One lasts less
        than its term when its tender failed, or when its holder closes; then the need is let more often.
        """
        section, market = self.world.needs.section, self.world.market
        gain = 1.0 / min(k + 2, 20)
        self.weight = self.lasting(term)
        self.lasts += (self.weight - self.lasts) * gain
        often = np.floor((1 << 20) / (term * self.lasts)).astype(np.int64)
        often[self.world.needs.route > COMPETED] = 0
        weight = np.zeros((20, MARKETS), np.int64)
        np.add.at(weight, (section, of), often)
        for name, number in (("mean_bidders", self.out.n_bids), ("mean_heard", self.out.n_heard)):
            total, expected = np.zeros_like(weight), getattr(market, name)
            np.add.at(total, (section, of), often * number)
            came = np.where(weight > 0, total / np.maximum(weight, 1), expected)
            setattr(market, name, expected + (came - expected) * gain)

    def closing(self) -> np.ndarray:
        """Chance a month that the holder of each contract closes, (N,)."""
        return np.where(self.holder >= 0, self.hazard[np.maximum(self.holder, 0)], 0.0)

    def lasting(self, term: np.ndarray) -> np.ndarray:
        """Mean time a contract of these terms lasts, over its term, (N,): 1 unless it fails or its holder closes."""
        hazard = np.maximum(self.closing(), 1e-9)
        whole = (1.0 - (1.0 - hazard) ** term) / (hazard * term)
        extension = self.world.parameters.procurement.failed_extension_months
        return np.where(self.out.n_bids > 0, whole, np.minimum(extension / term, 1.0))

    def close(self, renewal: np.ndarray, term: np.ndarray) -> None:
        """Let holders close before the contract ends: the need comes back without an incumbent."""
        world = self.world
        extension = world.parameters.procurement.failed_extension_months
        months = np.where(self.out.n_bids > 0, term, extension)
        luck = draw_many(stream(world.seed, "initial_tender"), keys_of(world.needs.key, renewal))
        gone = luck >= (1.0 - self.closing()) ** months
        np.add.at(self.bidders.room, self.holder[gone], world.needs.budget[gone])
        self.holder[gone] = -1

    def keep(self, renewal: np.ndarray, term: np.ndarray) -> None:
        """Remember a round for the starting book, and which of its contracts would be found in force."""
        luck = draw_many(stream(self.world.seed, "initial_tender"), keys_of(self.world.needs.key, renewal), 1)
        failed = self.out.n_bids == 0
        extension = round(self.world.parameters.procurement.failed_extension_months)
        self.kept.append(
            Book(
                self.holder.copy(), self.price.copy(), self.promise.copy(), self.out.n_bids.copy(),
                self.out.n_local.copy(), np.where(failed, extension, term), self.closing(), luck < self.weight,
                self.world.needs.route.copy(), self.out.n_heard.copy(),
            )
        )  # fmt: skip

    def shares(self) -> np.ndarray:
        """Share of value in the borough and in the wider area by anchor, (A, 2), over the time contracts last."""
        needs = self.world.needs
        place = np.where(self.holder >= 0, self.bidders.place[np.maximum(self.holder, 0)], OUTSIDE)
        value = np.zeros((self.total.shape[0], 3), np.int64)
        np.add.at(value, (needs.anchor, place), (needs.budget * self.weight / self.lasts).astype(np.int64))
        return np.asarray(value[:, :2] / np.maximum(self.total, 1)[:, None])

    def step(self, k: int) -> None:
        """Move the reach against the miss; unbiased in the shares themselves, so that their mean is met."""
        miss = self.shares() - self.target
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
    market, reach = world.market, np.zeros_like(search.rules.reach)
    competition = {name: np.zeros((20, MARKETS)) for name in ("mean_bidders", "mean_heard")}
    for k in range(ROUNDS):
        if k in REVIEWS:
            search.review()
        search.let(k)
        if k >= SETTLED:
            reach += search.rules.reach / (ROUNDS - SETTLED)
            for name, mean in competition.items():
                mean += getattr(market, name) / (ROUNDS - SETTLED)
    anchors.reach_local[:], anchors.reach_wider[:] = reach[:, BOROUGH], reach[:, WIDER]
    market.mean_bidders, market.mean_heard = competition["mean_bidders"], competition["mean_heard"]
    world.firms.registered[:] = initial_readiness(world)
    book = Book(*(np.stack(column) for column in zip(*search.kept, strict=True)))
    held = search.holder >= 0
    np.add.at(search.bidders.room, search.holder[held], world.needs.budget[held])
    write_book(world, book, search.bidders)
