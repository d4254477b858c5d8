"""What the anchors need, and the suppliers of elsewhere that bid for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import bits2, draw_many, stream
from cwbsim.compiled import kernel
from cwbsim.economy.contracts import draw_terms
from cwbsim.economy.routes import draw_routes
from cwbsim.economy.tenders import TRADES, UNBOUNDED
from cwbsim.world import OUTSIDE, WIDER, Needs, Pool

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.places.profile import Profile
    from cwbsim.world import Anchors

__all__ = ["draw_needs", "draw_pool"]

_SLOTS = 1 << 20  # needs of one anchor and section, at most


@kernel
def _lineages(luck: np.uint64, first: np.ndarray, second: np.ndarray, out: np.ndarray) -> None:
    for i in range(out.shape[0]):
        out[i] = bits2(luck, first[i], second[i])


def _keys(seed: int, process: str, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    out = np.empty(first.shape[0], np.uint64)
    with np.errstate(over="ignore"):
        _lineages(stream(seed, process), first.astype(np.uint64), second.astype(np.uint64), out)
    return out


def _deviate(u: np.ndarray) -> np.ndarray:
    """Return deviates of mean 0 and variance 1: logistic, as firms of the borough draw theirs."""
    v = np.clip(u, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(v / (1 - v)) * (np.sqrt(3) / np.pi))


def _between(u: np.ndarray, mean: np.ndarray | float, spread: float) -> np.ndarray:
    """Return draws in 0-1 round a mean, spread in log odds."""
    odds = np.log(np.asarray(mean) / (1.0 - np.asarray(mean)))
    slope = spread / (np.asarray(mean) * (1.0 - np.asarray(mean)))
    return np.asarray(1.0 / (1.0 + np.exp(-(odds + slope * _deviate(u)))))


def _split(total: int, weight: np.ndarray) -> np.ndarray:
    """Split pence in proportion to weights, to the penny: differences of the floored running share."""
    running = np.floor(np.cumsum(weight) / weight.sum() * total).astype(np.int64)
    running[-1] = total
    return np.diff(running, prepend=0)


def draw_needs(profile: Profile, anchors: Anchors, parameters: Parameters, seed: int, scale: float) -> Needs:
    """Draw what each anchor needs, section by section, adding up to its budget exactly.

    Values are log-normal with the median and spread of the anchor's register, so a few needs hold most of
    the money. A smaller scale has fewer needs of full size, not smaller ones, but one at least a budget.

    Parameters
    ----------
    profile : Profile
        For the number of contracts and the law of their values.
    anchors : Anchors
        ``contract_budget`` is already at this scale.
    parameters : Parameters
    seed : int
    scale : float
        Simulated per real agent.

    Returns
    -------
    Needs
        With contracts in force and months left drawn, and without suppliers (see ``place_contracts``).
    """
    anchor_of, section_of, slot_of, budgets = [], [], [], []
    for a, about in enumerate(profile.anchors):
        row = anchors.contract_budget[a]
        for s in np.flatnonzero(row > 0):
            n = max(1, round(about.n_contracts * row[s] / max(int(row.sum()), 1) * scale))
            key = _keys(seed, "need_key", np.full(n, anchors.key[a]), np.arange(n) + int(s) * _SLOTS)
            value = np.exp(about.lognormal_sigma * _normal(seed, key))
            anchor_of.append(np.full(n, a, np.int8))
            section_of.append(np.full(n, s, np.int8))
            slot_of.append(key)
            budgets.append(_split(int(row[s]), value))
    anchor, section, key = np.concatenate(anchor_of), np.concatenate(section_of), np.concatenate(slot_of)
    budget = np.concatenate(budgets)
    needs = _empty_needs(key.shape[0])
    needs.key[:], needs.anchor[:], needs.section[:], needs.budget[:] = key, anchor, section, budget
    needs.lot_key[:] = key
    needs.is_influenceable[:] = _influenceable(needs, anchors.influenceable_share, seed)
    needs.term_months[:] = draw_terms(parameters, seed, key, needs.renewal, budget, in_force=True)
    needs.route[:] = draw_routes(parameters, seed, key, needs.renewal, budget)
    # Seen at any moment, a contract in force is equally likely to be at any month of its life.
    left = draw_many(stream(seed, "need_traits"), key, 2)
    needs.months_left[:] = 1 + np.floor(left * needs.term_months).astype(np.int16)
    return needs


def _normal(seed: int, key: np.ndarray) -> np.ndarray:
    u = [draw_many(stream(seed, "need_traits"), key, k) for k in (0, 1)]
    return np.asarray(np.sqrt(-2.0 * np.log(1.0 - u[0])) * np.cos(2.0 * np.pi * u[1]))


def _influenceable(needs: Needs, share: np.ndarray, seed: int) -> np.ndarray:
    """Mark needs in a drawn order until the anchor's influenceable share of value is reached."""
    luck = draw_many(stream(seed, "need_traits"), needs.key, 3)
    marked = np.zeros(needs.key.shape[0], bool)
    for a in range(share.shape[0]):
        rows = np.flatnonzero(needs.anchor == a)
        rows = rows[np.argsort(luck[rows], kind="stable")]
        running = np.cumsum(needs.budget[rows]) - needs.budget[rows] // 2
        marked[rows] = running <= share[a] * needs.budget[rows].sum()
    return marked


def _empty_needs(n: int) -> Needs:
    kinds: dict[str, type] = {
        "key": np.uint64, "anchor": np.int8, "section": np.int8, "budget": np.int64,
        "is_influenceable": np.bool_, "term_months": np.int16, "months_left": np.int16,
        "renewal": np.int32, "supplier": np.int32,
        "supplier_key": np.uint64, "place": np.int8, "n_bids": np.int16, "n_local_bids": np.int16,
        "is_open": np.bool_, "best_score": np.int32, "best_supplier": np.int32, "subcontractor": np.int32,
        "owed": np.int64, "lot_key": np.uint64, "n_lots": np.int16, "in_house": np.int64,
        "route": np.int8, "n_heard": np.int16,
    }  # fmt: skip
    columns: dict[str, np.ndarray] = {
        name: np.zeros(n, kinds.get(name, np.float64)) for name in Needs.__slots__
    }
    columns["supplier"][:] = columns["best_supplier"][:] = columns["subcontractor"][:] = -1
    columns["best_score"][:] = -1
    columns["place"][:] = OUTSIDE
    columns["n_lots"][:] = 1
    columns["price"][:] = columns["volume"][:] = 1.0
    return Needs(**columns)


def draw_pool(profile: Profile, parameters: Parameters, seed: int) -> Pool:
    """Draw the suppliers of the wider area and of outside, as many for every trade.

    Parameters
    ----------
    profile : Profile
        Kept for places whose surroundings differ; not used yet.
    parameters : Parameters
    seed : int

    Returns
    -------
    Pool
    """
    del profile
    p, firms = parameters.procurement, parameters.firms
    number = np.rint(p.pool_per_trade * TRADES).astype(np.int64)
    section = np.repeat(np.arange(20), number)
    slot = np.concatenate([np.arange(n) for n in number])
    key = _keys(seed, "pool_key", section, slot)
    u = [draw_many(stream(seed, "pool_traits"), key, k) for k in range(7)]
    # Places and sizes are dealt evenly, not drawn one by one: a trade with few suppliers has some of each.
    place = np.where((slot * p.pool_wider_share) % 1.0 < p.pool_wider_share, WIDER, OUTSIDE).astype(np.int8)
    turnover = p.pool_turnover_median * np.exp(p.pool_turnover_spread * _deviate(u[5]))
    practice = np.where(place == WIDER, p.wider_practice, p.outside_practice)
    return Pool(
        key=key,
        place=place,
        section=section.astype(np.int8),
        unit_cost=np.exp(firms.unit_cost_spread * _deviate(u[1])),
        quality=_between(u[2], firms.quality_mean, firms.quality_spread),
        sv_practice=_between(u[3], practice, firms.sv_practice_spread),
        bid_skill=_between(u[4], firms.bid_skill_large, firms.sv_practice_spread),
        turnover=np.rint(np.minimum(turnover, 1e10) * 100.0).astype(np.int64),
        has_branch=u[6] < p.pool_branch_share,
        room=np.full(key.shape[0], UNBOUNDED, np.int64),
    )
