"""Whether a firm gets ready to bid: a yearly cost, worth it if enough tenders it could win accept it.

Each firm has its own cost for each anchor's paperwork, drawn once for its life, and weighs it against what it
expects to gain in a year from that anchor's tenders of its section and within its size. Where anchors that
share a commitment recognise each other's registrations, one registration opens the others' tenders too, so
the gains add up while the cost is paid once. With the same terms and the same competition a firm decides the
same every time: the start is decided by the same function, and nothing drifts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.chance import bits, normal, stream, uniform2
from cwbsim.compiled import kernel, wrapping
from cwbsim.economy.contracts import WHOLESALE
from cwbsim.economy.routes import expected_rivals, threshold_of
from cwbsim.economy.screening import BLOCK, draw_limit, list_flagged
from cwbsim.economy.tenders import TRADES, numbers_of
from cwbsim.world import BOROUGH

if TYPE_CHECKING:
    from cwbsim.world import Terms, World

__all__ = ["initial_readiness", "update_readiness"]

LOWEST = 4.0  # no firm's cost is further below the usual, in standard deviations of its logarithm


class Prospects(NamedTuple):
    """What firms weigh when they decide whom to be ready for; shares are of value."""

    start: np.ndarray  # (S*A+1,) int64 rows of the needs of a section and anchor
    budget: np.ndarray  # (N,) int64 pence a month, ascending within them
    running: np.ndarray  # (N,) int64 their sum so far
    hears: np.ndarray  # (A, S) chance of hearing of a tender
    prize: np.ndarray  # (S,) what a contract brings, times the chance of winning it
    bid_cost: np.ndarray  # (A,)
    cost: np.ndarray  # (A,) pence a year, median
    binds: np.ndarray  # (A,) bool: recognises what other signatories registered
    adherence: np.ndarray  # (A,)
    spread: float  # of the logarithm of cost
    goods: float  # share of a wholesaler's payments that is passed on
    growth: float  # contracts a firm takes on, over its usual payments
    requirement: np.ndarray  # (A,) yearly output asked for over yearly contract value


class Costs(NamedTuple):
    """What getting ready costs firms, over the median; drawn when one first decides."""

    key: np.ndarray  # (F,) uint64, of the firm it was drawn for
    over_median: np.ndarray  # (F, A)


class Sites(NamedTuple):
    """Columns of Firms that decide."""

    key: np.ndarray
    section: np.ndarray
    site_output: np.ndarray
    owner_place: np.ndarray


@kernel
def _sort_needs(
    section: np.ndarray, anchor: np.ndarray, budget: np.ndarray, n_anchors: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort needs by section, anchor and budget; return where each begins, the budgets, and their running sums."""
    n = budget.shape[0]
    start = np.zeros(20 * n_anchors + 1, np.int64)
    for i in range(n):
        start[section[i] * n_anchors + anchor[i] + 1] += 1
    start = np.cumsum(start)
    next_row = start.copy()
    ordered, running = np.empty(n, np.int64), np.empty(n, np.int64)
    for i in range(n):
        cell = section[i] * n_anchors + anchor[i]
        ordered[next_row[cell]] = budget[i]
        next_row[cell] += 1
    for cell in range(20 * n_anchors):
        first, last = start[cell], start[cell + 1]
        ordered[first:last].sort()
        total = 0
        for i in range(first, last):
            total += ordered[i]
            running[i] = total
    return start, ordered, running


@kernel
def _largest(rows: np.ndarray, sites: Sites, p: Prospects, out: np.ndarray) -> None:
    """Write the largest contract of each anchor that a firm may take on, (n, A) pence a month."""
    for i in range(rows.shape[0]):
        f = rows[i]
        usual = sites.site_output[f] / (1.0 - (p.goods if sites.section[f] == WHOLESALE else 0.0))
        out[i, :] = int(usual * p.growth)
        if sites.owner_place[f] == BOROUGH:
            for a in range(out.shape[1]):
                if p.requirement[a] > 0.0:
                    out[i, a] = min(out[i, a], int(usual / p.requirement[a]))


@kernel
def _gains(rows: np.ndarray, largest: np.ndarray, sites: Sites, p: Prospects, gain: np.ndarray) -> None:
    """Write what firms expect to gain in a year at each anchor, (n, A)."""
    budget, running, begins, hears = p.budget, p.running, p.start, p.hears
    n_anchors = gain.shape[1]
    for i in range(rows.shape[0]):
        s = sites.section[rows[i]]
        for a in range(n_anchors):
            limit = largest[i, a]
            start = begins[s * n_anchors + a]
            first, n = start, begins[s * n_anchors + a + 1] - start
            while n > 0:  # how many needs are within its size, by halving; no branch to guess wrong
                half = (n + 1) >> 1
                first += half * (budget[first + half - 1] <= limit)
                n -= half
            # Over the years a need is let in proportion to its value, whatever the length of its contracts.
            yearly = 12.0 * running[first - 1] if first > start else 0.0
            gain[i, a] = min(1.0, hears[a, s]) * max(0.0, p.prize[s] - p.bid_cost[a]) * yearly


@kernel
def _draw_costs(f: int, key: np.uint64, spread: float, s_cost: np.uint64, drawn: Costs) -> None:
    """Draw what each anchor's paperwork costs a firm over the median, once for its life."""
    least = math.exp(-LOWEST * spread)
    for a in range(drawn.over_median.shape[1]):
        u1, u2 = uniform2(s_cost, key, np.uint64(2 * a)), uniform2(s_cost, key, np.uint64(2 * a + 1))
        drawn.over_median[f, a] = max(least, math.exp(spread * normal(u1, u2)))
    drawn.key[f] = key


@kernel
def _choose(
    key: np.ndarray, rows: np.ndarray, gain: np.ndarray, p: Prospects, s_cost: np.uint64, drawn: Costs,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Write the registrations of firms, as bits."""
    binds, adherence = p.binds, p.adherence
    n_anchors = p.cost.shape[0]
    own = np.zeros(n_anchors)
    for i in range(rows.shape[0]):
        f = rows[i]
        if drawn.key[f] != key[f]:
            _draw_costs(f, key[f], p.spread, s_cost, drawn)
        best, best_net = -1, 0.0
        for a in range(n_anchors):
            own[a] = p.cost[a] * drawn.over_median[f, a]
            if binds[a]:
                net = gain[i, a] - own[a]
                for b in range(n_anchors):
                    if b != a and binds[b]:
                        net += adherence[b] * gain[i, b]
                if net > best_net:
                    best, best_net = a, net
        chosen = 0
        for a in range(n_anchors):
            left = gain[i, a]
            if best >= 0 and binds[a] and a != best:
                left *= 1.0 - adherence[a]  # the rest is open to it already
            if a == best or left > own[a]:
                chosen |= 1 << a
        out[f] = chosen


@kernel
def _decide(
    is_open: np.ndarray, is_new: np.ndarray, limit: np.uint64, s_review: np.uint64, sites: Sites, p: Prospects,
    s_cost: np.uint64, drawn: Costs, out: np.ndarray,
) -> None:  # fmt: skip
    """Let open firms decide that are new or whose 53-bit draw of the month stays below the limit."""
    key = sites.key
    flags = np.zeros(BLOCK, np.uint8)
    words = flags.view(np.uint64)
    found, gain = np.empty(BLOCK + 8, np.int64), np.zeros((BLOCK + 8, p.cost.shape[0]))
    largest = np.empty((BLOCK + 8, p.cost.shape[0]), np.int64)
    for first in range(0, is_open.shape[0], BLOCK):
        size = min(BLOCK, is_open.shape[0] - first)
        for i in range(size):
            f = first + i
            flags[i] = is_open[f] & (is_new[f] | (bits(s_review, key[f]) >> np.uint64(11) < limit))
        flags[size:] = 0
        rows = found[: list_flagged(flags, words, first, found, 0)]
        _largest(rows, sites, p, largest)
        _gains(rows, largest, sites, p, gain)
        _choose(key, rows, gain, p, s_cost, drawn, out)


class _Fixed(NamedTuple):
    """What firms weigh that stays while the terms do; as in ``Prospects``."""

    hears: np.ndarray
    bid_cost: np.ndarray
    cost: np.ndarray
    binds: np.ndarray


def _by_terms(world: World, terms: Terms) -> _Fixed:
    p = world.parameters.procurement
    return _Fixed(
        hears=terms.awareness[:, None] * terms.pipeline[:, None] * p.local_awareness / TRADES / world.scale,
        bid_cost=p.bid_cost_share * terms.bid_cost, cost=p.readiness_cost * 100.0 * terms.readiness_cost,
        binds=terms.is_signatory & (terms.adherence > 0.0),
    )  # fmt: skip


def _competition(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Bidders a tender by section, and the share of value that is let in a competition or from a framework, (S,) each.

    Contracts in force, by value, say what is let over the years.
    """
    n, expected = world.needs, world.market.mean_bidders
    return expected_rivals(
        n.section, n.route, n.budget, n.term_months, threshold_of(world.parameters), expected
    )


@kernel
def _worth(
    bidders: np.ndarray, competed: np.ndarray, hears: np.ndarray, contribution: float, span: float
) -> tuple[np.ndarray, np.ndarray]:
    """Chance of hearing of what is competed for, (A, S), and what a contract brings x the chance of winning it, (S,)."""
    heard, prize = np.empty_like(hears), np.empty_like(bidders)
    for s in range(bidders.shape[0]):
        prize[s] = (contribution + span / max(bidders[s], 1.0)) / (1.0 + bidders[s])
        for a in range(hears.shape[0]):
            heard[a, s] = hears[a, s] * competed[s]
    return heard, prize


class _Sorted(NamedTuple):
    """Needs as sorted when budgets were last changed."""

    needs: np.ndarray  # (N,) their keys: other rows are another array
    as_budgeted: np.ndarray  # (N,)
    start: np.ndarray
    budget: np.ndarray
    running: np.ndarray


def _sorted_needs(world: World) -> _Sorted:
    """Return needs by section, anchor and budget, sorted again only when a budget has changed."""
    n, held = world.needs, world.derived.get("sorted_needs")
    if held is None or held.needs is not n.key or not np.array_equal(held.as_budgeted, n.budget):
        made = _sort_needs(n.section, n.anchor, n.budget, world.anchors.key.shape[0])
        held = world.derived["sorted_needs"] = _Sorted(n.key, n.budget.copy(), *made)
    return held


def _prospects(world: World, terms: Terms) -> Prospects:
    p = world.parameters.procurement
    needs = _sorted_needs(world)
    fixed = world.kept("prospects", (terms, world.parameters), lambda: _by_terms(world, terms))
    span = math.sqrt(3.0) * numbers_of(world.parameters).rival_spread
    hears, prize = _worth(*_competition(world), fixed.hears, float(p.contribution), span)
    return Prospects(
        start=needs.start, budget=needs.budget, running=needs.running, hears=hears, prize=prize,
        bid_cost=fixed.bid_cost, cost=fixed.cost, binds=fixed.binds, adherence=terms.adherence,
        spread=float(p.readiness_spread), goods=float(p.wholesale_goods_share), growth=float(p.contract_growth),
        requirement=terms.turnover_requirement,
    )  # fmt: skip


def _costs(world: World) -> Costs:
    """Return what firms have drawn, kept from month to month."""
    f, n_anchors = world.firms, world.anchors.key.shape[0]

    def undrawn() -> Costs:
        return Costs(~f.key, np.empty((f.key.shape[0], n_anchors)))

    return world.kept("readiness_costs", (world.parameters, world.seed, f.site_key, world.anchors.key), undrawn)


def _review(world: World, chance: float, out: np.ndarray) -> None:
    """Write the registrations of firms that review them this month, each with this chance."""
    f = world.firms
    with wrapping():
        _decide(
            f.is_open, f.is_new, np.uint64(draw_limit(np.asarray(chance))),
            stream(world.seed, "readiness", world.month),
            Sites(f.key, f.section, f.site_output, f.owner_place), _prospects(world, world.terms),
            stream(world.seed, "readiness"), _costs(world), out,
        )  # fmt: skip


def update_readiness(world: World) -> None:
    """Let a part of the firms, and all that opened last month, decide anew whom to be ready for.

    Reads   firms.is_open, firms.is_new, firms.key, firms.section, firms.site_output, firms.owner_place,
            firms.registered, needs.section, needs.anchor, needs.budget, needs.route, needs.term_months,
            market.mean_bidders, terms
    Writes  firms.registered
    """
    _review(world, float(world.parameters.procurement.readiness_review), world.firms.registered)


def initial_readiness(world: World) -> np.ndarray:
    """Return the registrations of the starting world, (F,) uint8, decided under the terms in force."""
    out = np.zeros(world.firms.key.shape[0], np.uint8)
    _review(world, 1.0, out)
    return out
