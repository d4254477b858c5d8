"""Who bids for a tender, what they bid, and how the panel scores it.

A potential bidder hears of the tender, qualifies, has room for it, and bids if it expects to gain by it. Its
price is its own cost for this tender and a mark-up that falls with the rivals it expects: with costs uniform
up to c1 and n bidders, the first-price rule is b(c) = c + (c1 - c) / n (Krishna, *Auction Theory*, 2nd ed.
2010, section 2.3, turned round for a purchase). Winning prices then fall with the number of bidders at a
falling rate, the shape Onur and Tas (2019) find in half a million tenders. n is the number expected, never
the number who come: what tenders of the section and market drew lately, in a trade as crowded as this one, and in
part who else has heard, for suppliers meet at the same site visits and market days, and who is on a framework is
published. Free entry bounds it: no more can break even than the prize pays for. A supplier that is given a contract
without competition knows that it is alone, and asks for what the buyer would pay elsewhere at short notice.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.chance import bits2
from cwbsim.compiled import kernel
from cwbsim.economy.asked import asked
from cwbsim.economy.gathering import (
    Book,
    Sources,
    book_of,
    complete,
    gather_tenders,
    list_bidders,
    sources_of,
)
from cwbsim.economy.hearing import Heard, hear_all, room_for, streams_of
from cwbsim.economy.routes import CALL_OFF, DIRECT, OPEN, QUOTES
from cwbsim.economy.tenders import Bidders, Numbers, Rules, Tenders, numbers_of, rules_of, write_local_share
from cwbsim.world import COMPETED

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["Judged", "empty_judged", "enter_and_bid", "judge_one"]

POINTS = 10_000.0  # a score is an integer of these


class Judged(NamedTuple):
    """The best bid of every tender."""

    score: np.ndarray  # (T,) int64 points, -1 without bids
    bidder: np.ndarray  # (T,) int64 row of Bidders, -1
    price: np.ndarray  # (T,) float
    promise: np.ndarray  # (T,) float
    n_bids: np.ndarray  # (T,) int64
    n_local: np.ndarray  # (T,) int64
    cost: np.ndarray  # (T,) int64 pence, what all bidders spent on bidding
    n_heard: np.ndarray  # (T,) int64 who could have bid


@kernel
def _sees(prescriptive: float, skill: float) -> float:
    """Share of the social-value mark that follows practice: named priorities, or a panel that can tell."""
    return 1.0 - (1.0 - prescriptive) * (1.0 - skill)


@kernel
def _promise(practice: float, skill: float, prescriptive: float, weight: float, num: Numbers) -> float:
    """What a bidder promises: its practice, and what it can write on top where it chooses what to write."""
    if weight <= 0.0:
        return practice
    effort = num.embellishment * weight / (weight + num.embellishment_half_weight)
    return practice + (1.0 - prescriptive) * effort * skill * (1.0 - practice)


@kernel
def _marks(
    price: float, quality: float, sv: float, w_quality: float, w_sv: float, price_range: float
) -> float:
    """Score, 0-1: price is linear against the should-cost, whatever the others bid."""
    on_price = min(1.0, max(0.0, 0.5 + 0.5 * (1.0 - price) / price_range))
    return max(0.0, 1.0 - w_quality - w_sv) * on_price + w_quality * quality + w_sv * sv


@kernel
def _perceived(practice: float, skill: float, promise: float, sees: float, writing: float) -> float:
    """The panel's social-value mark."""
    return sees * practice + (1.0 - sees) * ((1.0 - writing) * promise + writing * skill)


@kernel
def _expected(value: float, bid_cost: float, mean_bidders: float, span: float, num: Numbers) -> float:
    """Bidders a bidder expects, itself included: as in its section lately, or as many as the prize feeds."""
    prize = (num.contribution + span / max(1.0, mean_bidders)) * value
    return max(1.0, min(mean_bidders, prize / max(bid_cost, 1.0)))


@kernel
def _rivals(
    t: int, tenders: Tenders, n_heard: int, mean_bidders: np.ndarray, mean_heard: np.ndarray, num: Numbers
) -> float:
    """Bidders to be expected by what is known: tenders like this one lately, how crowded the trade is, who has heard."""
    s, m, route = tenders.section[t], tenders.market[t], tenders.route[t]
    usual = mean_bidders[s, m]
    if route == DIRECT:
        return 1.0
    if route == CALL_OFF:
        return float(usual)  # prices are those of the competition for the framework
    known = num.rivals_known if route <= QUOTES else 1.0
    crowd = tenders.thickness[t] if route == OPEN else 1.0
    return float(usual * ((1.0 - known) * crowd + known * n_heard / max(mean_heard[s, m], 1.0)))


@kernel
def _markup(cost: float, span: float, n: float, keep: float, taken_off: float, num: Numbers) -> float:
    """Mark-up of a bidder of whose price a part `keep` is scored, against rivals with `taken_off` less.

    The first-price rule in terms of the scored price: a bidder with a preference asks for more, one without
    for less (Marion 2007 finds both). Without a preference it is (c1 - c) / n.
    """
    top = (1.0 + span) * (1.0 - taken_off)
    return max(num.least_markup, (top - cost * keep) / (n * keep))


@kernel
def judge_one(
    t: int, tenders: Tenders, bidders: Bidders, rules: Rules, num: Numbers, heard: Heard, first: int,
    last: int, mean_bidders: np.ndarray, mean_heard: np.ndarray, s_tie: np.uint64, out: Judged,
) -> None:  # fmt: skip
    """Let those who heard of tender t, rows [first, last), decide, bid and be scored; keep the best."""
    a, s = tenders.anchor[t], tenders.section[t]
    row = a if tenders.influenceable[t] else rules.awareness.shape[0] - 1
    tier = row if tenders.budget[t] * 12 >= rules.sv_threshold[row] else rules.awareness.shape[0] - 1
    w_sv, w_quality = rules.sv_weight[tier, s], rules.quality_weight[row, s]
    prescriptive = rules.prescriptive[row]
    sees = _sees(prescriptive, rules.officer_skill[row])
    value = float(tenders.budget[t] * tenders.term[t])
    route = tenders.route[t]
    least = num.bid_cost_fixed * 100.0 + min(num.bid_cost_share * value, num.bid_cost_cap * 100.0)
    if route == QUOTES or route > COMPETED:
        least = min(least, num.quote_cost * 100.0)
    bid_cost = least * rules.bid_cost[row]
    span = 1.7320508075688772 * num.rival_spread
    borough = rules.local_share[row, s]  # nil unless the place of a rival matters
    rivals = _rivals(t, tenders, last - first, mean_bidders, mean_heard, num)
    if tenders.is_reserved[t]:
        rivals = max(1.0, rivals * borough)
    n = _expected(value, bid_cost, rivals, span, num)
    pref = rules.preference[row]
    taken_off = pref * (1.0 if tenders.is_reserved[t] else borough)  # of a typical rival's price
    typical_promise = _promise(num.typical_practice, num.typical_bid_skill, prescriptive, w_sv, num)
    typical_sv = _perceived(num.typical_practice, num.typical_bid_skill, typical_promise, sees, num.writing_weight)
    counts = pref * rules.entry_responds[row]
    typical = _marks(
        (1.0 + span / n) * (1.0 - (taken_off if counts > 0.0 else 0.0)), num.typical_quality, typical_sv,
        w_quality, w_sv, num.price_range,
    )  # fmt: skip
    best, best_b, best_price, best_promise, best_tie = -1, -1, 0.0, 0.0, np.uint64(0)
    n_bids, n_local = 0, 0
    stays = False  # without competition, whoever holds the contract is given it again
    if route == DIRECT:
        for i in range(first, last):
            stays = stays or heard.is_incumbent[i]
    for i in range(first, last):
        b = heard.bidder[i]
        holds = heard.is_incumbent[i]
        if stays and not holds:
            continue
        if bidders.room[b] + (tenders.budget[t] if holds else 0) < tenders.budget[t]:
            continue
        cost = bidders.cost[b] * (1.0 + rules.reach[a, bidders.place[b]])
        cost *= math.exp(num.cost_spread * heard.deviate[i] - 0.5 * num.cost_spread * num.cost_spread)
        cost *= rules.burden[row] + rules.living_wage[row] * bidders.low_pay[b]
        if tenders.is_lot[t]:
            cost *= 1.0 + num.lot_overhead
        keep = 1.0 - (pref if heard.is_local[i] else 0.0)  # of its price, when it is scored
        markup = _markup(cost, span, n, keep, taken_off, num)
        if route == DIRECT:
            markup = max(num.least_markup, min(markup, 1.0 + num.emergency_premium - cost))
        price = cost + markup
        promise = _promise(bidders.practice[b], bidders.skill[b], prescriptive, w_sv, num)
        sv = _perceived(bidders.practice[b], bidders.skill[b], promise, sees, num.writing_weight)
        quality = bidders.quality[b] + (num.incumbent_advantage if holds else 0.0)
        hoped = price * keep
        if pref > 0.0 and counts <= 0.0:
            hoped = cost + _markup(cost, span, n, 1.0, 0.0, num)
        lead = _marks(hoped, quality, sv, w_quality, w_sv, num.price_range) - typical
        wins = 1.0 / (1.0 + (n - 1.0) * math.exp(-lead / num.score_spread))
        if wins * (num.contribution + markup / price) * value <= bid_cost:
            continue
        n_bids += 1
        n_local += 1 if bidders.place[b] == 0 else 0
        read = min(1.0, max(0.0, quality + rules.noise[row] * heard.panel[i]))
        marks = _marks(price * keep, read, sv, w_quality, w_sv, num.price_range)
        points = math.floor(POINTS * marks + 0.5)
        tie = bits2(s_tie, heard.pair[i], np.uint64(0))
        better = points > best
        if points == best and best_b >= 0:
            better = bool(tie > best_tie or (tie == best_tie and bidders.key[b] > bidders.key[best_b]))
        if better:
            best, best_b, best_price, best_promise, best_tie = points, b, price, promise, tie
    if route > COMPETED and best_b >= 0:  # only one was asked
        n_bids, n_local = 1, 1 if bidders.place[best_b] == 0 else 0
    out.n_heard[t] = last - first
    out.score[t] = best
    out.bidder[t] = best_b
    out.price[t] = best_price
    out.promise[t] = best_promise
    out.n_bids[t] = n_bids
    out.n_local[t] = n_local
    out.cost[t] = int(bid_cost) * n_bids


@kernel
def empty_judged(n: int) -> Judged:
    """Return room for the best bid of n tenders."""
    return Judged(
        np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n), np.zeros(n), np.zeros(n, np.int64),
        np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros(n, np.int64),
    )  # fmt: skip


@kernel
def _write_best(rows: np.ndarray, judged: Judged, bidders: Bidders, book: Book) -> None:
    """Write the best bids beside the needs."""
    for t in range(rows.shape[0]):
        i = rows[t]
        book.best_score[i] = judged.score[t]
        if judged.score[t] >= 0:
            book.best_supplier[i] = bidders.code[judged.bidder[t]]
        book.best_price[i] = judged.price[t]
        book.best_promise[i] = judged.promise[t]
        book.n_bids[i] = judged.n_bids[t]
        book.n_local_bids[i] = judged.n_local[t]
        book.n_heard[i] = judged.n_heard[t]


@kernel
def _hold_tenders(
    sources: Sources, book: Book, rules: Rules, place_matters: bool, num: Numbers, streams: np.ndarray,
    mean_bidders: np.ndarray, mean_heard: np.ndarray,
) -> tuple[int, int, int]:  # fmt: skip
    """Hold the month's tenders; return how many there were, how many reserved, and what bidding cost, pence."""
    book.best_score[:] = -1
    rows = np.flatnonzero(book.is_open)
    n = rows.shape[0]
    if n == 0:
        return 0, 0, 0
    bidders, tenders = list_bidders(sources), gather_tenders(rows, book)
    if place_matters:
        write_local_share(rules, bidders)
    heard = room_for(n, 16 * n)
    found = hear_all(tenders, bidders, rules, streams, heard)
    if found > heard.bidder.shape[0]:
        heard = room_for(n, found)
        found = hear_all(tenders, bidders, rules, streams, heard)  # fewer, where only so many are asked
    for b in heard.bidder[:found]:  # few of those who may: the rest of them is not looked up
        complete(b, sources, bidders)
    judged = empty_judged(n)
    for t in range(n):  # with the room bidders have at the start of the month
        first, last = heard.start[t], heard.start[t + 1]
        judge_one(t, tenders, bidders, rules, num, heard, first, last, mean_bidders, mean_heard, streams[3], judged)
    _write_best(rows, judged, bidders, book)
    return n, tenders.is_reserved.sum(), judged.cost.sum()


def enter_and_bid(world: World) -> None:
    """Hold the month's tenders up to the award.

    Reads   needs.key, needs.anchor, needs.section, needs.budget, needs.is_influenceable,
            needs.term_months, needs.renewal, needs.supplier, needs.supplier_key, needs.is_open,
            firms.is_open, firms.registered, firms.section, firms.site_output, firms.owner_place,
            firms.key, firms.unit_cost, firms.price, firms.quality, firms.sv_practice, firms.bid_skill,
            firms.contract_load, pool.key, pool.place, pool.section, pool.unit_cost, pool.quality,
            pool.sv_practice, pool.bid_skill, pool.turnover, pool.room, anchors.reach_local, anchors.reach_wider,
            market.mean_bidders, market.mean_heard, market.counts, terms, needs.n_bids, needs.n_lots,
            needs.route, needs.lot_key, firms.size_class,
            firms.ownership, firms.output_smooth, pool.has_branch, residents.employer, residents.pay,
            residents.hours, employers.n_residents, employers.n_from_wider, employers.n_from_outside, market.wage_index
    Writes  needs.best_score, needs.best_supplier, needs.best_price, needs.best_promise, needs.n_bids,
            needs.n_local_bids, needs.n_heard, market.counts
    """
    wanted, market = asked(world), world.market
    n, reserved, cost = _hold_tenders(
        sources_of(world), book_of(world), rules_of(world, world.terms), wanted.preference or wanted.reservation,
        numbers_of(world.parameters), world.kept("bid_streams", (world.seed,), lambda: streams_of(world.seed)),
        market.mean_bidders, market.mean_heard,
    )  # fmt: skip
    if n:
        counts = market.counts
        counts["reserved_tenders"] = int(reserved)
        counts["bid_cost_pence"] = counts.get("bid_cost_pence", 0) + int(cost)
