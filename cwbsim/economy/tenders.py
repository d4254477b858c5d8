"""The tables a tender is held with: who may bid, what is out to tender, the rules in force, the parameters.

The first two are gathered afresh each month from the world's columns, see `gathering`; the loops of `bidding` see
arrays and numbers only.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import BOROUGH

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.world import Terms, World

__all__ = [
    "TRADES",
    "UNBOUNDED",
    "Bidders",
    "Numbers",
    "Rules",
    "Tenders",
    "numbers_of",
    "rules_of",
    "write_local_share",
]

#: Groups (three-digit) of each section A-T in SIC 2007: the trades among which firms and tenders divide.
TRADES = np.array([13, 10, 95, 3, 6, 9, 21, 15, 7, 13, 10, 3, 15, 19, 3, 6, 9, 5, 6, 3], np.float64)
UNBOUNDED = 1 << 60  # room of suppliers whose other business is not simulated


class Bidders(NamedTuple):
    """Everyone who may bid, firms of the borough and suppliers from elsewhere, sorted by section."""

    code: np.ndarray  # (B,) int64, as ``needs.supplier``
    key: np.ndarray  # (B,) uint64
    place: np.ndarray  # (B,) int8
    cost: np.ndarray  # (B,) float, over the should-cost
    quality: np.ndarray  # (B,) float 0-1
    practice: np.ndarray  # (B,) float 0-1
    skill: np.ndarray  # (B,) float 0-1
    registered: np.ndarray  # (B,) int64 bits
    room: np.ndarray  # (B,) int64 pence a month of contracts it can still take on
    turnover: np.ndarray  # (B,) int64 pence a year
    low_pay: np.ndarray  # (B,) float share of cost that the Real Living Wage for all its staff would add; nil if unasked
    kind: np.ndarray  # (B,) int8 bits: 1 small or medium-sized, 2 social economy, 4 a branch here, seat elsewhere
    start: np.ndarray  # (S+1,) int64 rows of a section


class Tenders(NamedTuple):
    """The needs that are out to tender, a row each."""

    key: np.ndarray  # (T,) uint64
    renewal: np.ndarray  # (T,) int64
    anchor: np.ndarray  # (T,) int64
    section: np.ndarray  # (T,) int64
    budget: np.ndarray  # (T,) int64 pence a month
    term: np.ndarray  # (T,) int64 months
    influenceable: np.ndarray  # (T,) bool
    incumbent: np.ndarray  # (T,) int64 coded as ``needs.supplier``
    incumbent_key: np.ndarray  # (T,) uint64, of the firm that holds it; another firm in its site is not it
    is_reserved: np.ndarray  # (T,) bool: kept for those whom the rules of its anchor name
    is_lot: np.ndarray  # (T,) bool: part of a need let in lots
    route: np.ndarray  # (T,) int64 row of routes.ROUTES
    market: np.ndarray  # (T,) int64 in which its competition is learned
    thickness: np.ndarray  # (T,) float, suppliers in its trade over the mean of the section


class Rules(NamedTuple):
    """Terms in force by anchor, with the defaults as one further row for needs no policy can reach."""

    sv_weight: np.ndarray  # (A+1, S)
    sv_threshold: np.ndarray  # (A+1,) pence a year; the default weight holds for smaller needs
    quality_weight: np.ndarray  # (A+1, S)
    prescriptive: np.ndarray  # (A+1,)
    officer_skill: np.ndarray  # (A+1,)
    noise: np.ndarray  # (A+1,) how much a panel misreads quality; a skilled one less
    preference: np.ndarray  # (A+1,) part taken off prices of the borough when they are scored
    entry_responds: np.ndarray  # (A+1,) 1 or 0: bidders count on it when they decide to bid
    turnover: np.ndarray  # (A+1,) yearly turnover asked for over yearly contract value
    reserve_place: np.ndarray  # (A+1,) farthest place that may bid for a reserved contract
    reserve_for: np.ndarray  # (A+1,) and which of its suppliers
    burden: np.ndarray  # (A+1,) factor on cost: clauses, and waiting for payment beyond the usual
    living_wage: np.ndarray  # (A+1,) share of a contract's staff to be paid it
    pipeline: np.ndarray  # (A+1,) factor on the chance of hearing
    local_share: np.ndarray  # (A+1, S) share of the borough among those who are likely to bid; nil if nobody asks
    awareness: np.ndarray  # (A+1,)
    bid_cost: np.ndarray  # (A+1,)
    adherence: np.ndarray  # (A+1,) chance that a tender recognises what other signatories registered
    signatories: int  # bits
    reach: np.ndarray  # (A, 3) cost premium by place of the supplier
    hears: np.ndarray  # (S, 2) chance of hearing, borough and elsewhere
    asked: np.ndarray  # (R,) int64 most suppliers asked beside the incumbent by route, 0: all who hear
    framework_turnover: float  # turnover asked for a framework, over that asked for one contract under it


class Numbers(NamedTuple):
    """Parameters the loops need; ``rival_spread`` is of cost between rivals, lasting and for one tender."""

    price_range: float
    incumbent_advantage: float
    quality_noise: float
    cost_spread: float
    least_markup: float
    contribution: float
    bid_cost_fixed: float
    bid_cost_share: float
    bid_cost_cap: float
    score_spread: float
    typical_quality: float
    typical_practice: float
    typical_bid_skill: float
    lot_overhead: float
    embellishment: float
    embellishment_half_weight: float
    writing_weight: float
    quote_cost: float
    rivals_known: float
    emergency_premium: float
    rival_spread: float


@lru_cache(maxsize=8)
def numbers_of(parameters: Parameters) -> Numbers:
    """Pick out the parameters of bidding."""
    p = parameters.procurement
    spread = math.hypot(p.cost_spread, parameters.firms.unit_cost_spread)
    return Numbers._make([*(float(getattr(p, name)) for name in Numbers._fields[:-1]), spread])


@kernel
def write_local_share(rules: Rules, bidders: Bidders) -> None:
    """Write the share of the borough among likely bidders: ready firms and the pool by their chance of hearing."""
    for s in range(rules.local_share.shape[1]):
        first, last = bidders.start[s], bidders.start[s + 1]
        here = float((bidders.place[first:last] == BOROUGH).sum())
        far = (float(last - first) - here) * min(rules.hears[s, 1], 1.0)
        for row in range(rules.local_share.shape[0]):
            near = here * min(rules.hears[s, 0] * rules.awareness[row], 1.0)
            rules.local_share[row, s] = near / max(near + far, 1e-12)


def rules_of(world: World, terms: Terms) -> Rules:
    """Set the terms beside the defaults that hold for needs no policy can reach.

    How many rivals come from the borough is nil here: :func:`write_local_share` writes it, where somebody asks.
    The rules are kept while the terms stay, and the reach is written into them.
    """
    rules = world.kept("rules", (terms, world.parameters), lambda: _by_terms(world, terms))
    rules.reach[:, 0] = world.anchors.reach_local
    rules.reach[:, 1] = world.anchors.reach_wider
    return rules


def _by_terms(world: World, terms: Terms) -> Rules:
    """Set the terms beside the defaults: all of the rules that stays while the terms do."""
    p = world.parameters.procurement
    n_anchors = world.anchors.key.shape[0]

    def with_default(rows: np.ndarray, default: float) -> np.ndarray:
        out = np.empty((n_anchors + 1, *rows.shape[1:]))
        out[:-1], out[-1] = rows, default
        return out

    # A sample of the borough meets the same number of tenders' bidders: each hears with a higher chance.
    hears = np.empty((TRADES.shape[0], 2))
    hears[:, 0], hears[:, 1] = p.local_awareness / TRADES / world.scale, p.pool_awareness / TRADES
    unskilled = 1.0 - p.default_officer_skill
    late = with_default(terms.payment_days, p.default_payment_days) - p.default_payment_days
    return Rules(
        sv_weight=with_default(terms.sv_weight, p.default_sv_weight),
        sv_threshold=with_default(terms.sv_threshold, 0.0),
        quality_weight=with_default(terms.quality_weight, p.quality_weight),
        prescriptive=with_default(terms.prescriptive, p.default_prescriptive),
        officer_skill=with_default(terms.officer_skill, p.default_officer_skill),
        noise=p.quality_noise * (with_default(1.0 - terms.officer_skill, unskilled) / max(unskilled, 1e-9)),
        preference=with_default(terms.preference, 0.0),
        entry_responds=with_default(terms.entry_responds, 1.0),
        turnover=with_default(terms.turnover_requirement, p.turnover_requirement),
        reserve_place=with_default(terms.reserve_place, 2.0),
        reserve_for=with_default(terms.reserve_for, 0.0),
        burden=1.0 + p.second_tier_cost * with_default(terms.second_tier, 0.0) + p.finance_cost / 365.0 * late,
        living_wage=with_default(terms.living_wage, 0.0),
        pipeline=with_default(terms.pipeline, 1.0),
        local_share=np.zeros((n_anchors + 1, TRADES.shape[0])),
        awareness=with_default(terms.awareness, 1.0),
        bid_cost=with_default(terms.bid_cost, 1.0),
        adherence=with_default(terms.adherence * terms.is_signatory, 0.0),
        signatories=sum(1 << a for a in range(n_anchors) if terms.is_signatory[a]),
        reach=np.zeros((n_anchors, 3)),
        hears=hears,
        asked=np.array([0, round(p.quotes_asked), *[round(p.framework_suppliers)] * 2, 1], np.int64),
        framework_turnover=float(p.framework_turnover),
    )
