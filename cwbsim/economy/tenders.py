"""The tables a tender is held with: who may bid, what is out to tender, the rules in force, the parameters.

Gathered afresh each month from the world's columns: the loops of `bidding` see arrays and numbers only.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.economy.contracts import WHOLESALE
from cwbsim.world import BOROUGH, SECTIONS

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.world import Terms, World

__all__ = [
    "TRADES",
    "Bidders",
    "Numbers",
    "Rules",
    "Tenders",
    "bidders_of",
    "numbers_of",
    "rules_of",
    "tenders_of",
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


class Rules(NamedTuple):
    """Terms in force by anchor, with the defaults as one further row for needs no policy can reach."""

    sv_weight: np.ndarray  # (A+1, S)
    quality_weight: np.ndarray  # (A+1, S)
    prescriptive: np.ndarray  # (A+1,)
    officer_skill: np.ndarray  # (A+1,)
    awareness: np.ndarray  # (A+1,)
    bid_cost: np.ndarray  # (A+1,)
    adherence: np.ndarray  # (A+1,) chance that a tender recognises what other signatories registered
    signatories: int  # bits
    reach: np.ndarray  # (A, 3) cost premium by place of the supplier
    hears: np.ndarray  # (S, 2) chance of hearing, borough and elsewhere


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
    turnover_requirement: float
    embellishment: float
    embellishment_half_weight: float
    writing_weight: float
    rival_spread: float


def numbers_of(parameters: Parameters) -> Numbers:
    """Pick out the parameters of bidding."""
    p = parameters.procurement
    spread = math.hypot(p.cost_spread, parameters.firms.unit_cost_spread)
    return Numbers._make([*(float(getattr(p, name)) for name in Numbers._fields[:-1]), spread])


def rules_of(world: World, terms: Terms) -> Rules:
    """Set the terms beside the defaults that hold for needs no policy can reach."""
    p = world.parameters.procurement
    n_anchors = world.anchors.key.shape[0]

    def with_default(rows: np.ndarray, default: float) -> np.ndarray:
        return np.concatenate([rows, np.full((1, *rows.shape[1:]), default)]).astype(np.float64)

    reach = np.zeros((n_anchors, 3))
    reach[:, 0] = world.anchors.reach_local
    reach[:, 1] = world.anchors.reach_wider
    # A sample of the borough meets the same number of tenders' bidders: each hears with a higher chance.
    hears = np.stack([p.local_awareness / TRADES / world.scale, p.pool_awareness / TRADES], axis=1)
    bits = np.left_shift(1, np.arange(n_anchors))
    return Rules(
        sv_weight=with_default(terms.sv_weight, p.default_sv_weight),
        quality_weight=with_default(terms.quality_weight, p.quality_weight),
        prescriptive=with_default(terms.prescriptive, p.default_prescriptive),
        officer_skill=with_default(terms.officer_skill, p.default_officer_skill),
        awareness=with_default(terms.awareness, 1.0),
        bid_cost=with_default(terms.bid_cost, 1.0),
        adherence=with_default(np.where(terms.is_signatory, terms.adherence, 0.0), 0.0),
        signatories=int(bits[terms.is_signatory].sum()),
        reach=reach,
        hears=hears,
    )


def bidders_of(world: World, registered: np.ndarray | None = None) -> Bidders:
    """Gather everyone who may bid this month.

    Parameters
    ----------
    world : World
        Read only.
    registered : ndarray of uint8, shape (F,), optional
        Readiness to use instead of ``firms.registered``.
    """
    f, pool, p = world.firms, world.pool, world.parameters.procurement
    ready = f.registered if registered is None else registered
    rows = np.flatnonzero(f.is_open & (ready > 0))
    goods = np.where(f.section[rows] == WHOLESALE, p.wholesale_goods_share, 0.0)
    usual = (f.site_output[rows] / (1.0 - goods)).astype(np.int64)  # payments this output stands for
    load = (f.contract_load[rows] / (1.0 - goods)).astype(np.int64)
    far = np.full(pool.key.shape[0], UNBOUNDED, np.int64)
    section = np.concatenate([f.section[rows], pool.section])
    order = np.argsort(section, kind="stable")

    def both(firm: np.ndarray, supplier: np.ndarray) -> np.ndarray:
        return np.concatenate([firm, supplier])[order]

    # A branch is as large as the chain that owns it when it comes to the turnover rule.
    yearly = np.where(f.owner_place[rows] == BOROUGH, 12 * usual, UNBOUNDED)
    return Bidders(
        code=both(rows, -1 - np.arange(pool.key.shape[0])),
        key=both(f.key[rows], pool.key),
        place=both(np.full(rows.shape[0], BOROUGH, np.int8), pool.place),
        cost=both(f.unit_cost[rows] * f.price[rows], pool.unit_cost),
        quality=both(f.quality[rows], pool.quality),
        practice=both(f.sv_practice[rows], pool.sv_practice),
        skill=both(f.bid_skill[rows], pool.bid_skill),
        registered=both(ready[rows].astype(np.int64), np.full(pool.key.shape[0], 255, np.int64)),
        room=both((usual * p.contract_growth).astype(np.int64) - load, far),
        turnover=both(yearly, pool.turnover),
        start=np.searchsorted(section[order], np.arange(len(SECTIONS) + 1)).astype(np.int64),
    )


def tenders_of(world: World, rows: np.ndarray) -> Tenders:
    """Gather needs as tenders."""
    n = world.needs
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
    )
