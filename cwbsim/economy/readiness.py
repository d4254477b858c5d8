"""Whether a firm gets ready to bid: a yearly cost, worth it if enough tenders it could win accept it.

Each firm has its own cost for each anchor's paperwork, drawn once for its life, and weighs it against what it
expects to gain in a year from that anchor's tenders of its section and within its size. Where anchors that
share a commitment recognise each other's registrations, one registration opens the others' tenders too, so
the gains add up while the cost is paid once. With the same terms and the same competition a firm decides the
same every time: the start is decided by the same function, and nothing drifts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import normal, stream, uniform, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.contracts import WHOLESALE
from cwbsim.economy.tenders import TRADES, numbers_of
from cwbsim.world import BOROUGH

if TYPE_CHECKING:
    from cwbsim.world import Terms, World

__all__ = ["decide", "initial_readiness", "update_readiness"]

LOWEST = 4.0  # no firm's cost is further below the usual, in standard deviations of its logarithm


@kernel
def _decide(
    key: np.ndarray, section: np.ndarray, largest: np.ndarray, start: np.ndarray, budget: np.ndarray,
    running: np.ndarray, hears: np.ndarray, prize: np.ndarray, bid_cost: np.ndarray, cost: np.ndarray,
    binds: np.ndarray, adherence: np.ndarray, spread: float, s_cost: np.uint64, out: np.ndarray,
) -> None:  # fmt: skip
    """Write the registrations of firms, a row each; `prize` and `bid_cost` are shares of value."""
    n_anchors = cost.shape[0]
    gain = np.zeros(n_anchors)
    own = np.zeros(n_anchors)
    least = math.exp(-LOWEST * spread)
    for f in range(key.shape[0]):
        s = section[f]
        for a in range(n_anchors):
            cell = s * n_anchors + a
            first, last = start[cell], start[cell + 1]
            n = np.searchsorted(budget[first:last], largest[f], side="right")
            # Over the years a need is let in proportion to its value, whatever the length of its contracts.
            yearly = 12.0 * running[first + n - 1] if n > 0 else 0.0
            gain[a] = min(1.0, hears[a, s]) * max(0.0, prize[s] - bid_cost[a]) * yearly
        best, best_net = -1, 0.0
        for a in range(n_anchors):
            own[a] = math.inf
            if gain[a] > least * cost[a] or binds[a]:
                u1 = uniform2(s_cost, key[f], np.uint64(2 * a))
                u2 = uniform2(s_cost, key[f], np.uint64(2 * a + 1))
                own[a] = cost[a] * max(least, math.exp(spread * normal(u1, u2)))
            if binds[a]:
                net = gain[a] - own[a]
                for b in range(n_anchors):
                    if b != a and binds[b]:
                        net += adherence[b] * gain[b]
                if net > best_net:
                    best, best_net = a, net
        bits = 0
        for a in range(n_anchors):
            left = gain[a]
            if best >= 0 and binds[a] and a != best:
                left *= 1.0 - adherence[a]  # the rest is open to it already
            if a == best or left > own[a]:
                bits |= 1 << a
        out[f] = bits


@kernel
def _review(rows: np.ndarray, key: np.ndarray, chance: float, s_review: np.uint64) -> np.ndarray:
    chosen = np.zeros(rows.shape[0], np.bool_)
    for i in range(rows.shape[0]):
        chosen[i] = uniform(s_review, key[rows[i]]) < chance
    return chosen


def decided(world: World, rows: np.ndarray, terms: Terms) -> np.ndarray:
    """Return the registrations the firms in `rows` choose, (F,) uint8; other rows as they are."""
    firms, needs, p = world.firms, world.needs, world.parameters.procurement
    n_anchors = world.anchors.key.shape[0]
    cell = needs.section.astype(np.int64) * n_anchors + needs.anchor
    order = np.lexsort((needs.budget, cell))
    cell, budget = cell[order], needs.budget[order]
    start = np.searchsorted(cell, np.arange(20 * n_anchors + 1)).astype(np.int64)
    total = np.cumsum(budget)
    running = total - np.concatenate([[0], total])[start[cell]]  # sum of the cell's needs up to this size
    section = firms.section[rows]
    goods = np.where(section == WHOLESALE, p.wholesale_goods_share, 0.0)
    usual = firms.site_output[rows] / (1.0 - goods)
    largest = (usual * p.contract_growth).astype(np.int64)
    if p.turnover_requirement > 0.0:
        rule = (usual / p.turnover_requirement).astype(np.int64)
        largest = np.where(firms.owner_place[rows] == BOROUGH, np.minimum(largest, rule), largest)
    rivals = 1.0 + world.market.mean_bidders
    span = math.sqrt(3.0) * numbers_of(world.parameters).rival_spread
    prize = (p.contribution + span / np.maximum(world.market.mean_bidders, 1.0)) / rivals
    chosen = np.zeros(rows.shape[0], np.uint8)
    with np.errstate(over="ignore"):
        _decide(
            firms.key[rows], section, largest, start, budget, running,
            terms.awareness[:, None] * p.local_awareness / TRADES / world.scale, prize,
            p.bid_cost_share * terms.bid_cost, p.readiness_cost * 100.0 * terms.readiness_cost,
            terms.is_signatory & (terms.adherence > 0.0), terms.adherence, float(p.readiness_spread),
            stream(world.seed, "readiness"), chosen,
        )  # fmt: skip
    out = firms.registered.copy()
    out[rows] = chosen
    return out


def update_readiness(world: World) -> None:
    """Let a part of the firms, and all that opened last month, decide anew whom to be ready for.

    Reads   firms.is_open, firms.is_new, firms.key, firms.section, firms.site_output, firms.owner_place,
            firms.registered, needs.section, needs.anchor, needs.budget, market.mean_bidders, terms
    Writes  firms.registered
    """
    firms = world.firms
    rows = np.flatnonzero(firms.is_open)
    with np.errstate(over="ignore"):
        chosen = _review(
            rows, firms.key, float(world.parameters.procurement.readiness_review),
            stream(world.seed, "readiness", world.month),
        )  # fmt: skip
    firms.registered[:] = decided(world, rows[chosen | firms.is_new[rows]], world.terms)


def decide(world: World, rows: np.ndarray) -> None:
    """Let the firms in `rows` decide whom to be ready for, as entrants do when they open."""
    world.firms.registered[:] = decided(world, rows, world.terms)


def initial_readiness(world: World) -> np.ndarray:
    """Return the registrations of the starting world, (F,) uint8, decided under the terms in force."""
    firms = world.firms
    firms.registered[:] = 0
    return decided(world, np.flatnonzero(firms.is_open), world.terms)
