"""Firms of one borough that bid in another: each stands behind a supplier of the wider area there.

A borough alone has a pool of suppliers of the wider area, of whom nothing but the bids is simulated. Beside
other boroughs, a part of that pool are real firms of theirs: they bid at their own cost and quality, have no
more room than they have, deliver from their own staff, and if they close the contract ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.compiled import kernel
from cwbsim.economy.contracts import margin
from cwbsim.economy.tenders import UNBOUNDED
from cwbsim.world import BOROUGH, SECTIONS, WIDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cwbsim.world import World

__all__ = ["Partners", "contracts_held", "draw_partners", "follow_partners", "keep_within_trade"]

WHOLESALE = SECTIONS.index("G")


@dataclass(slots=True)
class Partners:
    """The firms behind the suppliers of the wider area of one borough (P suppliers in its pool).

    Attributes
    ----------
    borough : ndarray of int16, shape (P,)
        Which borough the firm is in, -1: a supplier of which nothing else is simulated.
    site : ndarray of int32, shape (P,)
        Its row among the sites there.
    key : ndarray of uint64, shape (P,)
        Its lineage: another firm in the same premises is another firm.
    """

    borough: np.ndarray
    site: np.ndarray
    key: np.ndarray


def draw_partners(worlds: Sequence[World], here: int, buy_in: np.ndarray) -> Partners:
    """Draw which suppliers of the wider area of a borough are firms of the others, and which firms.

    Parameters
    ----------
    worlds : sequence of World
    here : int
        The borough whose pool it is.
    buy_in : ndarray of float, shape (B, S)
        Share of the wider area that each borough is to it, by section.
    """
    pool = worlds[here].pool
    n = pool.key.shape[0]
    out = Partners(np.full(n, -1, np.int16), np.zeros(n, np.int32), np.zeros(n, np.uint64))
    running = np.cumsum(buy_in, axis=0)
    u = draw_many(stream(worlds[here].seed, "partner"), pool.key, 0)
    chosen = (u[None, :] >= running[:, pool.section]).sum(axis=0)
    rows = np.flatnonzero((pool.place == WIDER) & (chosen < len(worlds)))
    out.borough[rows] = chosen[rows]
    _name_firms(worlds, here, out, rows, 0)
    return out


def keep_within_trade(worlds: Sequence[World], partners: Sequence[Partners], sold: Sequence[np.ndarray]) -> None:
    """Let firms of a section hold no more contracts across the border at the start than it sells to the wider area.

    The largest contracts that are too many are left with suppliers of which nothing else is simulated.

    Parameters
    ----------
    worlds : sequence of World
    partners : sequence of Partners
        Changed: who holds a contract that is too many is no firm of another borough.
    sold : sequence of ndarray of float, shape (S,)
        By borough: pence a month sold to the wider area in the starting world.
    """
    for j, room in enumerate(sold):
        held = []
        for i, (world, behind) in enumerate(zip(worlds, partners, strict=True)):
            needs = world.needs
            rows = np.flatnonzero((needs.supplier < 0) & (needs.place == WIDER))
            supplier = -1 - needs.supplier[rows]
            for row, pool in zip(rows.tolist(), supplier.tolist(), strict=True):
                if behind.borough[pool] == j and behind.key[pool] == needs.supplier_key[row]:
                    held.append((int(needs.budget[row]), i, pool, int(needs.section[row])))
        total = np.bincount([s for *_, s in held], weights=[b for b, *_ in held], minlength=len(SECTIONS))
        for budget, i, pool, s in sorted(held, reverse=True):
            if total[s] > room[s] and partners[i].borough[pool] == j:
                partners[i].borough[pool] = -1
                worlds[i].pool.room[pool] = UNBOUNDED
                total[s] -= budget


def _name_firms(worlds: Sequence[World], here: int, partners: Partners, rows: np.ndarray, month: int) -> None:
    """Draw a firm of its borough and section for each supplier given, in proportion to what it makes."""
    pool = worlds[here].pool
    u = draw_many(stream(worlds[here].seed, "partner", month), pool.key[rows], 1)
    for row, luck in zip(rows.tolist(), u.tolist(), strict=True):
        firms = worlds[int(partners.borough[row])].firms
        able = np.flatnonzero(firms.is_open & (firms.section == pool.section[row]) & (firms.size_class > 0))
        taken = partners.key[partners.borough == partners.borough[row]]
        able = able[~np.isin(firms.key[able], taken)]
        if able.size == 0:
            partners.borough[row] = -1
            continue
        weight = np.cumsum(firms.site_output[able])
        site = able[min(int(np.searchsorted(weight, luck * weight[-1], side="right")), able.size - 1)]
        partners.site[row], partners.key[row] = site, firms.key[site]
        for name in ("quality", "sv_practice", "bid_skill"):  # these stay a firm's as long as it lives
            getattr(pool, name)[row] = getattr(firms, name)[site]


@kernel
def _follow(
    rows: np.ndarray, site: np.ndarray, key: np.ndarray, firm_key: np.ndarray, is_open: np.ndarray,
    section: np.ndarray, owner_place: np.ndarray, site_output: np.ndarray, load: np.ndarray, cost: np.ndarray,
    price: np.ndarray, goods: float, growth: float, pool_cost: np.ndarray, pool_key: np.ndarray,
    turnover: np.ndarray, room: np.ndarray, gone: np.ndarray,
) -> int:  # fmt: skip
    """Write what moves from month to month; list the suppliers whose firm has closed, return how many."""
    n = 0
    for i in range(rows.shape[0]):
        row, f = rows[i], site[rows[i]]
        if not is_open[f] or firm_key[f] != key[row]:
            gone[n] = row
            n += 1
            continue
        own = 1.0 - goods if section[f] == WHOLESALE else 1.0
        usual = site_output[f] / own  # payments this output stands for
        pool_cost[row] = cost[f] * price[f]
        pool_key[row] = key[row]
        turnover[row] = int(12.0 * usual) if owner_place[f] == BOROUGH else UNBOUNDED
        room[row] = max(0, int(usual * growth - load[f] / own))
    return n


def follow_partners(worlds: Sequence[World], here: int, partners: Partners) -> None:
    """Let suppliers of the wider area be today what the firms behind them are; replace those that closed.

    A contract of a firm that has closed ends, and the need goes to tender next month.

    Parameters
    ----------
    worlds : sequence of World
    here : int
        The borough whose pool it is.
    partners : Partners
        Changed where a firm has closed.
    """
    gone = np.concatenate([_bring_up_to_date(worlds, here, j, partners) for j in range(len(worlds))])
    if not gone.size:
        return
    pool, needs = worlds[here].pool, worlds[here].needs
    supplier = np.where(needs.supplier < 0, -1 - needs.supplier, pool.key.shape[0])
    left = np.append(np.isin(np.arange(pool.key.shape[0]), gone), False)[supplier]
    needs.months_left[left] = 1
    partners.key[gone] = 0
    pool.room[gone] = UNBOUNDED
    _name_firms(worlds, here, partners, np.sort(gone), worlds[here].month + 1)
    for j in np.unique(partners.borough[gone]).tolist():
        if j >= 0:
            _bring_up_to_date(worlds, here, j, partners)


def _bring_up_to_date(worlds: Sequence[World], here: int, there: int, partners: Partners) -> np.ndarray:
    """Write what firms of one borough are today into the pool of another; return the suppliers whose firm has closed."""
    rows = np.flatnonzero(partners.borough == there)
    if not rows.size:
        return rows
    pool, f, p = worlds[here].pool, worlds[there].firms, worlds[there].parameters.procurement
    gone = np.empty(rows.size, np.int64)
    n = _follow(
        rows, partners.site, partners.key, f.key, f.is_open, f.section, f.owner_place, f.site_output,
        f.contract_load, f.unit_cost, f.price, float(p.wholesale_goods_share), float(p.contract_growth),
        pool.unit_cost, pool.key, pool.turnover, pool.room, gone,
    )  # fmt: skip
    return gone[:n]


@kernel
def _across(
    supplier: np.ndarray, supplier_key: np.ndarray, place: np.ndarray, budget: np.ndarray, section: np.ndarray,
    margin: int, borough: np.ndarray, site: np.ndarray, key: np.ndarray, to: np.ndarray, at: np.ndarray,
    output: np.ndarray, in_wider: np.ndarray,
) -> int:  # fmt: skip
    """List contracts held by firms across the border: borough, site, output; add up all that the wider area holds."""
    n = 0
    for i in range(supplier.shape[0]):
        if supplier[i] >= 0 or place[i] != WIDER:
            continue
        made = (budget[i] * margin) >> 24 if section[i] == WHOLESALE else budget[i]
        in_wider[section[i]] += made
        row = -1 - supplier[i]
        if borough[row] >= 0 and key[row] == supplier_key[i]:
            to[n], at[n], output[n] = borough[row], site[row], made
            n += 1
    return n


def contracts_held(
    worlds: Sequence[World], partners: Sequence[Partners]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return what firms hold of contracts of the other boroughs' anchors, and what the wider area holds in all.

    Returns
    -------
    list of ndarray of int64, shape (F,)
        By borough of the firms: output a month.
    list of ndarray of int64, shape (S,)
        By borough of the anchors: output a month of all contracts held in the wider area.
    """
    held = [np.zeros(world.firms.key.shape[0], np.int64) for world in worlds]
    in_wider = [np.zeros(len(SECTIONS), np.int64) for _ in worlds]
    for world, behind, sums in zip(worlds, partners, in_wider, strict=True):
        needs = world.needs
        to, at, output = (np.empty(needs.key.shape[0], np.int64) for _ in range(3))
        n = _across(
            needs.supplier, needs.supplier_key, needs.place, needs.budget, needs.section, margin(world),
            behind.borough, behind.site, behind.key, to, at, output, sums,
        )  # fmt: skip
        for j in range(len(worlds)):
            mine = to[:n] == j
            np.add.at(held[j], at[:n][mine], output[:n][mine])
    return held, in_wider
