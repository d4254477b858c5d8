"""Who may bid this month, and for what: the tables of bidders and of tenders, gathered from the world's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.asked import asked
from cwbsim.economy.contracts import WHOLESALE
from cwbsim.economy.living_wage import cost_of_living_wage
from cwbsim.economy.routes import market_of, thickness, threshold_of
from cwbsim.economy.tenders import UNBOUNDED, Bidders, Tenders
from cwbsim.world import BOROUGH

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = [
    "Book", "Sources", "bidders_of", "book_of", "complete", "gather_bidders", "gather_tenders", "is_reserved",
    "list_bidders", "sources_of", "tenders_of",
]  # fmt: skip

LARGEST_SME = 6  # the largest size class under 250 staff


class Sources(NamedTuple):
    """Columns of Firms and, from ``pool_section`` on, of Pool, that bidders are gathered from; and numbers."""

    is_open: np.ndarray  # (F,)
    ready: np.ndarray  # (F,) bits of the anchors it is registered with
    section: np.ndarray  # (F,)
    key: np.ndarray  # (F,)
    output: np.ndarray  # (F,)
    load: np.ndarray  # (F,)
    owner_place: np.ndarray  # (F,)
    cost: np.ndarray  # (F,)
    price: np.ndarray  # (F,)
    quality: np.ndarray  # (F,)
    practice: np.ndarray  # (F,)
    skill: np.ndarray  # (F,)
    size: np.ndarray  # (F,)
    ownership: np.ndarray  # (F,)
    pool_section: np.ndarray  # (P,)
    pool_key: np.ndarray  # (P,)
    pool_place: np.ndarray  # (P,)
    pool_cost: np.ndarray  # (P,)
    pool_quality: np.ndarray  # (P,)
    pool_practice: np.ndarray  # (P,)
    pool_skill: np.ndarray  # (P,)
    pool_turnover: np.ndarray  # (P,)
    pool_room: np.ndarray  # (P,)
    pool_branch: np.ndarray  # (P,)
    low_pay: np.ndarray  # (F,) what the Real Living Wage adds to a firm's cost, over it; (0,) if nobody asks for it
    pool_low_pay: np.ndarray  # (S,) the same of suppliers from elsewhere, by section
    goods: float  # share of a wholesaler's payments that is passed on
    growth: float  # contracts a firm takes on, over its usual payments
    sme_turnover: float  # pence a year of the largest small or medium-sized supplier


@kernel
def _ready(is_open: np.ndarray, ready: np.ndarray) -> np.ndarray:
    """List the firms that may bid, without a branch: they come in no order."""
    rows, n = np.empty(is_open.shape[0] + 1, np.int64), 0
    for f in range(is_open.shape[0]):
        rows[n] = f
        n += is_open[f] & (ready[f] != 0)
    return rows[:n]


@kernel
def _room_for_bidders(start: np.ndarray) -> Bidders:
    n = start[-1]
    return Bidders(
        np.empty(n, np.int64), np.empty(n, np.uint64), np.empty(n, np.int8), np.empty(n), np.empty(n), np.empty(n),
        np.empty(n), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.zeros(n),
        np.empty(n, np.int8), start,
    )  # fmt: skip


@kernel
def _own(s: int, src: Sources) -> float:
    """Share of a payment to firms of a section that is their own output."""
    return 1.0 - src.goods if s == WHOLESALE else 1.0


@kernel
def _list_firms(rows: np.ndarray, src: Sources, next_row: np.ndarray, out: Bidders) -> None:
    """Write which firms may bid; `next_row` says where each section's first goes, and then where its next would."""
    for f in rows:
        s = src.section[f]
        b = next_row[s]
        next_row[s] += 1
        out.code[b] = f
        out.key[b] = src.key[f]
        out.place[b] = BOROUGH
        out.registered[b] = src.ready[f]
        # A branch is as large as the chain that owns it when it comes to the turnover rule.
        own_seat = src.owner_place[f] == BOROUGH
        out.turnover[b] = 12 * int(src.output[f] / _own(s, src)) if own_seat else UNBOUNDED
        out.kind[b] = (own_seat and src.size[f] <= LARGEST_SME) + 2 * (src.ownership[f] > 0) + 4 * (not own_seat)


@kernel
def _list_pool(src: Sources, next_row: np.ndarray, out: Bidders) -> None:
    """Write the suppliers from elsewhere, after the firms of their section."""
    for i in range(src.pool_key.shape[0]):
        b = next_row[src.pool_section[i]]
        next_row[src.pool_section[i]] += 1
        out.code[b] = -1 - i
        out.key[b] = src.pool_key[i]
        out.place[b] = src.pool_place[i]
        out.registered[b] = 255
        out.turnover[b] = src.pool_turnover[i]
        out.kind[b] = (src.pool_turnover[i] <= src.sme_turnover) + 4 * src.pool_branch[i]


@kernel
def list_bidders(src: Sources) -> Bidders:
    """List everyone who may bid, section by section, with what decides who hears and qualifies; no more of them."""
    rows, start = _ready(src.is_open, src.ready), np.zeros(21, np.int64)
    for f in rows:
        start[src.section[f] + 1] += 1
    for i in range(src.pool_section.shape[0]):
        start[src.pool_section[i] + 1] += 1
    start = np.cumsum(start)
    out, next_row = _room_for_bidders(start), start.copy()
    _list_firms(rows, src, next_row, out)
    _list_pool(src, next_row, out)
    return out


@kernel
def complete(b: int, src: Sources, out: Bidders) -> None:
    """Write what one bidder can do, and for what cost."""
    f = out.code[b]
    if f >= 0:
        own = _own(src.section[f], src)
        usual = int(src.output[f] / own)  # payments this output stands for
        out.cost[b] = src.cost[f] * src.price[f]
        out.quality[b] = src.quality[f]
        out.practice[b] = src.practice[f]
        out.skill[b] = src.skill[f]
        out.room[b] = int(usual * src.growth) - int(src.load[f] / own)
        if src.low_pay.shape[0]:
            out.low_pay[b] = src.low_pay[f]
    else:
        i = -1 - f
        out.cost[b] = src.pool_cost[i]
        out.quality[b] = src.pool_quality[i]
        out.practice[b] = src.pool_practice[i]
        out.skill[b] = src.pool_skill[i]
        out.room[b] = src.pool_room[i]
        if src.low_pay.shape[0]:
            out.low_pay[b] = src.pool_low_pay[src.pool_section[i]]


@kernel
def gather_bidders(src: Sources) -> Bidders:
    """Gather everyone who may bid, section by section: firms that are ready, then the pool."""
    out = list_bidders(src)
    for b in range(out.code.shape[0]):
        complete(b, src, out)
    return out


def sources_of(world: World) -> Sources:
    """Return what bidders are gathered from."""
    f, o, p = world.firms, world.pool, world.parameters.procurement
    low_pay, pool_low_pay = cost_of_living_wage(world) if asked(world).living_wage else (np.empty(0), np.empty(0))
    return Sources(
        f.is_open, f.registered, f.section, f.key, f.site_output, f.contract_load, f.owner_place, f.unit_cost, f.price,
        f.quality, f.sv_practice, f.bid_skill, f.size_class, f.ownership, o.section, o.key, o.place, o.unit_cost,
        o.quality, o.sv_practice, o.bid_skill, o.turnover, o.room, o.has_branch, low_pay, pool_low_pay,
        float(p.wholesale_goods_share), float(p.contract_growth), p.sme_turnover * 100.0,
    )  # fmt: skip


def bidders_of(world: World) -> Bidders:
    """Gather everyone who may bid this month."""
    return gather_bidders(sources_of(world))


class Book(NamedTuple):
    """Columns of Needs that tenders are gathered from, what bears on them, and columns the best bids are written to."""

    key: np.ndarray  # (N,)
    renewal: np.ndarray  # (N,)
    anchor: np.ndarray  # (N,)
    section: np.ndarray  # (N,)
    budget: np.ndarray  # (N,)
    term: np.ndarray  # (N,)
    influenceable: np.ndarray  # (N,)
    supplier: np.ndarray  # (N,)
    supplier_key: np.ndarray  # (N,)
    n_lots: np.ndarray  # (N,)
    route: np.ndarray  # (N,)
    thickness: np.ndarray  # (N,)
    reserve_below: np.ndarray  # (A, S) pence of contract value with VAT; (0, 0) if nothing is reserved
    threshold: tuple[float, float]  # as of routes.threshold_of
    is_open: np.ndarray  # (N,)
    n_bids: np.ndarray  # (N,)
    n_local_bids: np.ndarray  # (N,)
    n_heard: np.ndarray  # (N,)
    best_score: np.ndarray  # (N,)
    best_supplier: np.ndarray  # (N,)
    best_price: np.ndarray  # (N,)
    best_promise: np.ndarray  # (N,)


_NOTHING = np.zeros((0, 0), np.int64)


def book_of(world: World) -> Book:
    """Return what tenders are gathered from."""
    n, p, seed = world.needs, world.parameters, world.seed
    thick = world.kept("thickness", (n.lot_key, p, seed), lambda: thickness(p, seed, n.lot_key))
    return Book(
        n.key, n.renewal, n.anchor, n.section, n.budget, n.term_months, n.is_influenceable, n.supplier, n.supplier_key,
        n.n_lots, n.route, thick, world.terms.reserve_below if asked(world).reservation else _NOTHING, threshold_of(p),
        n.is_open, n.n_bids, n.n_local_bids, n.n_heard, n.best_score, n.best_supplier, n.best_price, n.best_promise,
    )  # fmt: skip


@kernel
def _is_reserved(i: int, book: Book) -> bool:
    """Whether a tender is reserved: below the threshold, and not failed when last reserved.

    A contract's value is what it pays over its term, VAT included, as thresholds are.
    """
    if book.reserve_below.shape[0] == 0 or not book.influenceable[i] or book.n_bids[i] <= 0:
        return False
    value = book.budget[i] * np.int64(book.term[i]) * book.threshold[0]
    return bool(value < book.reserve_below[book.anchor[i], book.section[i]])


@kernel
def gather_tenders(rows: np.ndarray, book: Book) -> Tenders:
    """Gather needs as tenders."""
    n = rows.shape[0]
    out = Tenders(
        book.key[rows], np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), book.budget[rows],
        np.empty(n, np.int64), book.influenceable[rows], np.empty(n, np.int64), book.supplier_key[rows],
        np.empty(n, np.bool_), np.empty(n, np.bool_), np.empty(n, np.int64), np.empty(n, np.int64),
        book.thickness[rows],
    )  # fmt: skip
    for t in range(n):
        i = rows[t]
        out.renewal[t] = book.renewal[i]
        out.anchor[t] = book.anchor[i]
        out.section[t] = book.section[i]
        out.term[t] = book.term[i]
        out.incumbent[t] = book.supplier[i]
        out.is_reserved[t] = _is_reserved(i, book)
        out.is_lot[t] = book.n_lots[i] > 1
        out.route[t] = book.route[i]
        out.market[t] = market_of(book.route[i], book.budget[i], book.term[i], book.threshold)
    return out


@kernel
def _reserved(rows: np.ndarray, book: Book) -> np.ndarray:
    out = np.empty(rows.shape[0], np.bool_)
    for t in range(rows.shape[0]):
        out[t] = _is_reserved(rows[t], book)
    return out


def is_reserved(world: World, rows: np.ndarray) -> np.ndarray:
    """Return whether tenders are reserved, (n,) bool."""
    return _reserved(rows, book_of(world))


def tenders_of(world: World, rows: np.ndarray) -> Tenders:
    """Gather needs as tenders."""
    return gather_tenders(rows, book_of(world))
