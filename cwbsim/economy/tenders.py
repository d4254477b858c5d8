"""The tables a tender is held with: who may bid, what is out to tender, the rules in force, the parameters.

Gathered afresh each month from the world's columns: the loops of `bidding` see arrays and numbers only.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.contracts import WHOLESALE
from cwbsim.economy.living_wage import cost_of_living_wage
from cwbsim.economy.routes import markets_of, thickness
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
    "bidders_of",
    "is_reserved",
    "numbers_of",
    "rules_of",
    "tenders_of",
]

#: Groups (three-digit) of each section A-T in SIC 2007: the trades among which firms and tenders divide.
TRADES = np.array([13, 10, 95, 3, 6, 9, 21, 15, 7, 13, 10, 3, 15, 19, 3, 6, 9, 5, 6, 3], np.float64)
LARGEST_SME = 6  # the largest size class under 250 staff
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


def _local_share(world: World, terms: Terms, bidders: Bidders | None, hears: np.ndarray) -> np.ndarray:
    """Share of the borough among likely bidders, (A+1, S): ready firms and the pool by their chance of hearing."""
    out = np.zeros((terms.awareness.shape[0] + 1, TRADES.shape[0]))
    if bidders is None or not (terms.preference.any() or terms.reserve_below.any()):
        return out
    here = np.add.reduceat(np.append(bidders.place == BOROUGH, False).astype(np.float64), bidders.start[:-1])
    number = np.diff(bidders.start).astype(np.float64)
    here = np.where(number > 0, here, 0.0)  # an empty section takes the next one's first row
    near = here * np.minimum(hears[:, 0] * np.append(terms.awareness, 1.0)[:, None], 1.0)
    far = (number - here) * np.minimum(hears[:, 1], 1.0)
    return np.asarray(near / np.maximum(near + far, 1e-12))


def rules_of(world: World, terms: Terms, bidders: Bidders | None = None) -> Rules:
    """Set the terms beside the defaults that hold for needs no policy can reach.

    Bidders, where given, say how many rivals come from the borough: it matters to who expects a preference.
    """
    rules = world.kept("rules", (terms, world.parameters), lambda: _by_terms(world, terms))
    reach = np.zeros((world.anchors.key.shape[0], 3))
    reach[:, 0] = world.anchors.reach_local
    reach[:, 1] = world.anchors.reach_wider
    return rules._replace(local_share=_local_share(world, terms, bidders, rules.hears), reach=reach)


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


@kernel
def _gather(
    is_open: np.ndarray, ready: np.ndarray, section: np.ndarray, key: np.ndarray, output: np.ndarray,
    load: np.ndarray, owner_place: np.ndarray, cost: np.ndarray, price: np.ndarray, quality: np.ndarray,
    practice: np.ndarray, skill: np.ndarray, size: np.ndarray, ownership: np.ndarray, goods: float,
    growth: float, next_row: np.ndarray, out: Bidders,
) -> None:  # fmt: skip
    """Fill the rows of firms; `next_row` says where each section's first goes, and then where its next would."""
    for f in range(key.shape[0]):
        if not is_open[f] or ready[f] == 0:
            continue
        s = section[f]
        own = 1.0 - goods if s == WHOLESALE else 1.0
        usual = int(output[f] / own)  # payments this output stands for
        b = next_row[s]
        next_row[s] += 1
        out.code[b] = f
        out.key[b] = key[f]
        out.place[b] = BOROUGH
        out.cost[b] = cost[f] * price[f]
        out.quality[b] = quality[f]
        out.practice[b] = practice[f]
        out.skill[b] = skill[f]
        out.registered[b] = ready[f]
        out.room[b] = int(usual * growth) - int(load[f] / own)
        # A branch is as large as the chain that owns it when it comes to the turnover rule.
        own_seat = owner_place[f] == BOROUGH
        out.turnover[b] = 12 * usual if own_seat else UNBOUNDED
        out.kind[b] = (own_seat and size[f] <= LARGEST_SME) + 2 * (ownership[f] > 0) + 4 * (not own_seat)


@kernel
def _gather_pool(
    section: np.ndarray, key: np.ndarray, place: np.ndarray, cost: np.ndarray, quality: np.ndarray,
    practice: np.ndarray, skill: np.ndarray, turnover: np.ndarray, room: np.ndarray, branch: np.ndarray,
    sme: float, next_row: np.ndarray, out: Bidders,
) -> None:  # fmt: skip
    """Fill the rows of suppliers from elsewhere, after the firms of their section."""
    for i in range(key.shape[0]):
        b = next_row[section[i]]
        next_row[section[i]] += 1
        out.code[b] = -1 - i
        out.key[b] = key[i]
        out.place[b] = place[i]
        out.cost[b] = cost[i]
        out.quality[b] = quality[i]
        out.practice[b] = practice[i]
        out.skill[b] = skill[i]
        out.registered[b] = 255
        out.room[b] = room[i]
        out.turnover[b] = turnover[i]
        out.kind[b] = (turnover[i] <= sme) + 4 * branch[i]


@kernel
def _starts(
    is_open: np.ndarray, ready: np.ndarray, section: np.ndarray, pool_section: np.ndarray
) -> np.ndarray:
    """First row of each section, (S+1,)."""
    count = np.zeros(21, np.int64)
    for f in range(section.shape[0]):
        if is_open[f] and ready[f] != 0:
            count[section[f] + 1] += 1
    for i in range(pool_section.shape[0]):
        count[pool_section[i] + 1] += 1
    return np.cumsum(count)


def bidders_of(world: World) -> Bidders:
    """Gather everyone who may bid this month, section by section: firms that are ready, then the pool."""
    f, pool, p = world.firms, world.pool, world.parameters.procurement
    start = _starts(f.is_open, f.registered, f.section, pool.section)
    n = int(start[-1])

    def whole() -> np.ndarray:
        return np.empty(n, np.int64)

    out = Bidders(
        code=whole(), key=np.empty(n, np.uint64), place=np.empty(n, np.int8), cost=np.empty(n),
        quality=np.empty(n), practice=np.empty(n), skill=np.empty(n), registered=whole(), room=whole(),
        turnover=whole(), low_pay=np.zeros(n), kind=np.empty(n, np.int8), start=start,
    )  # fmt: skip
    next_row = start.copy()
    _gather(
        f.is_open, f.registered, f.section, f.key, f.site_output, f.contract_load, f.owner_place, f.unit_cost,
        f.price, f.quality, f.sv_practice, f.bid_skill, f.size_class, f.ownership, p.wholesale_goods_share,
        p.contract_growth, next_row, out,
    )  # fmt: skip
    _gather_pool(
        pool.section, pool.key, pool.place, pool.unit_cost, pool.quality, pool.sv_practice, pool.bid_skill,
        pool.turnover, pool.room, pool.has_branch, p.sme_turnover * 100.0, next_row, out,
    )  # fmt: skip
    if world.terms.living_wage.any():
        of_firms, of_sections = cost_of_living_wage(world)
        section = np.repeat(np.arange(TRADES.shape[0]), np.diff(start))
        out.low_pay[:] = np.where(out.code >= 0, of_firms[np.maximum(out.code, 0)], of_sections[section])
    return out


def is_reserved(world: World, rows: np.ndarray) -> np.ndarray:
    """Return whether tenders are reserved, (n,) bool: below the threshold, and not failed when last reserved.

    A contract's value is what it pays over its term, VAT included, as thresholds are.
    """
    n, terms = world.needs, world.terms
    if not terms.reserve_below.any():
        return np.zeros(rows.shape[0], bool)
    value = n.budget[rows] * n.term_months[rows] * (1.0 + world.parameters.procurement.vat_on_contracts)
    below = value < terms.reserve_below[n.anchor[rows], n.section[rows]]
    return np.asarray(below & n.is_influenceable[rows] & (n.n_bids[rows] > 0))


def tenders_of(world: World, rows: np.ndarray) -> Tenders:
    """Gather needs as tenders."""
    n = world.needs
    route = n.route[rows].astype(np.int64)
    return Tenders(
        key=n.key[rows],
        renewal=n.renewal[rows].astype(np.int64),
        anchor=n.anchor[rows].astype(np.int64),
        section=n.section[rows].astype(np.int64),
        budget=n.budget[rows],
        term=n.term_months[rows].astype(np.int64),
        influenceable=n.is_influenceable[rows],
        incumbent=n.supplier[rows].astype(np.int64),
        incumbent_key=n.supplier_key[rows],
        is_reserved=is_reserved(world, rows),
        is_lot=n.n_lots[rows] > 1,
        route=route,
        market=markets_of(world.parameters, route, n.budget[rows], n.term_months[rows]),
        thickness=thickness(world.parameters, world.seed, n.lot_key[rows]),
    )
