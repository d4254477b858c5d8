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
from cwbsim.economy.contracts import contract_output
from cwbsim.economy.tenders import UNBOUNDED
from cwbsim.world import BOROUGH, SECTIONS, WIDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cwbsim.world import World

__all__ = ["Partners", "contracts_held", "draw_partners", "follow_partners"]

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
    world = worlds[here]
    pool, needs = world.pool, world.needs
    gone = _closed(worlds, partners)
    if gone.size:
        supplier = np.where(needs.supplier < 0, -1 - needs.supplier, pool.key.shape[0])
        left = np.append(np.isin(np.arange(pool.key.shape[0]), gone), False)[supplier]
        needs.months_left[left] = 1
        partners.key[gone] = 0
        _name_firms(worlds, here, partners, gone, world.month + 1)
        pool.room[gone] = UNBOUNDED
    for j, other in enumerate(worlds):
        rows = np.flatnonzero(partners.borough == j)
        f, site = other.firms, partners.site[rows]
        pool.unit_cost[rows] = f.unit_cost[site] * f.price[site]
        for name in ("quality", "sv_practice", "bid_skill"):
            getattr(pool, name)[rows] = getattr(f, name)[site]
        goods = np.where(f.section[site] == WHOLESALE, 1.0 - other.parameters.procurement.wholesale_goods_share, 1.0)
        usual = f.site_output[site] / goods
        pool.turnover[rows] = np.where(f.owner_place[site] == BOROUGH, 12 * usual, UNBOUNDED).astype(np.int64)
        room = usual * other.parameters.procurement.contract_growth - f.contract_load[site] / goods
        pool.room[rows] = np.maximum(room, 0.0).astype(np.int64)
        pool.key[rows] = partners.key[rows]


def _closed(worlds: Sequence[World], partners: Partners) -> np.ndarray:
    """Return the suppliers whose firm has closed since."""
    parts = [np.empty(0, np.int64)]
    for j, other in enumerate(worlds):
        rows = np.flatnonzero(partners.borough == j)
        site = partners.site[rows]
        parts.append(rows[~other.firms.is_open[site] | (other.firms.key[site] != partners.key[rows])])
    return np.sort(np.concatenate(parts))


def contracts_held(worlds: Sequence[World], partners: Sequence[Partners]) -> list[np.ndarray]:
    """Return what the firms of each borough hold of contracts of the others' anchors, (F,) output a month each."""
    held = [np.zeros(world.firms.key.shape[0], np.int64) for world in worlds]
    for world, firms_behind in zip(worlds, partners, strict=True):
        rows = np.flatnonzero((world.needs.supplier < 0) & (world.needs.place == WIDER))
        supplier = -1 - world.needs.supplier[rows]
        is_theirs = world.needs.supplier_key[rows] == firms_behind.key[supplier]
        rows, supplier = rows[is_theirs], supplier[is_theirs]
        output = contract_output(world, rows)
        for j in range(len(worlds)):
            mine = firms_behind.borough[supplier] == j
            np.add.at(held[j], firms_behind.site[supplier[mine]], output[mine])
    return held
