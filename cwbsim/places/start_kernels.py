"""Where buyers look for suppliers: the law of choice over premises, as alias tables. Steps 6 and 7."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.compiled import kernel

if TYPE_CHECKING:
    from cwbsim.places.profile import Profile
    from cwbsim.world import Firms

__all__ = ["LinkTables", "ShopTables", "distances", "link_tables", "shop_tables"]


@dataclass(frozen=True, slots=True)
class ShopTables:
    """From which premises a household chooses, by category and home ward."""

    ward_chance: np.ndarray  # (K, W, W) float
    ward_alias: np.ndarray  # (K, W, W) int16
    ward_cut: np.ndarray  # (K, W, W) float
    alias: np.ndarray  # (C,) int32
    cut: np.ndarray  # (C,) float
    site: np.ndarray  # (C,) int32
    start: np.ndarray  # (K*W+1,) int64
    cell_output: np.ndarray  # (K, W) int64
    base_mass: np.ndarray  # (K, W) float


@dataclass(frozen=True, slots=True)
class LinkTables:
    """From which premises a firm chooses suppliers, by section."""

    alias: np.ndarray  # (F,) int32
    cut: np.ndarray  # (F,) float
    site: np.ndarray  # (F,) int32
    start: np.ndarray  # (S+1,) int64
    section_output: np.ndarray  # (S,) int64


@kernel
def _alias_table(weight: np.ndarray, alias: np.ndarray, cut: np.ndarray) -> None:
    """Fill one alias table (Walker 1977; Vose 1991): n weights, n cells, one look-up a draw."""
    n = weight.shape[0]
    total = weight.sum()
    small, large = np.empty(n, np.int64), np.empty(n, np.int64)
    n_small = n_large = 0
    for i in range(n):
        cut[i] = weight[i] * n / total if total > 0 else 1.0
        alias[i] = i
        if cut[i] < 1.0:
            small[n_small] = i
            n_small += 1
        else:
            large[n_large] = i
            n_large += 1
    while n_small and n_large:
        n_small -= 1
        low, high = small[n_small], large[n_large - 1]
        alias[low] = high
        cut[high] -= 1.0 - cut[low]
        if cut[high] < 1.0:
            n_large -= 1
            small[n_small] = high
            n_small += 1
    for i in range(n_small):
        cut[small[i]] = 1.0
    for i in range(n_large):
        cut[large[i]] = 1.0


def _alias_tables(
    cell: np.ndarray, n_cells: int, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return alias, cut, row and start of one table a cell."""
    rows = np.flatnonzero(cell >= 0)
    rows = rows[np.argsort(cell[rows], kind="stable")]
    start = np.searchsorted(cell[rows], np.arange(n_cells + 1)).astype(np.int64)
    alias, cut = np.zeros(rows.shape[0], np.int32), np.ones(rows.shape[0])
    for c in range(n_cells):
        part = slice(start[c], start[c + 1])
        if start[c + 1] > start[c]:
            _alias_table(weight[rows[part]].astype(np.float64), alias[part], cut[part])
    return alias, cut, rows.astype(np.int32), start


def shop_tables(firms: Firms, distance: np.ndarray, people: np.ndarray, decay_km: float, n_categories: int) -> ShopTables:
    """Return where households shop: a gravity law balanced so that every ward's premises are equally busy.

    Parameters
    ----------
    distance : ndarray of float, shape (W, W)
        Kilometres between wards.
    people : ndarray of float, shape (W,)
        Households by ward.
    decay_km : float
        Scale of the exponential fall of trips with distance.

    Notes
    -----
    Doubly constrained gravity (Wilson 1971): trips from a ward add up to its households, trips to a ward are
    in proportion to its premises.
    """
    n_wards = distance.shape[0]
    serving = firms.trade >= 0
    cells = np.where(serving, firms.trade.astype(np.int64) * n_wards + firms.ward, -1)
    cell_output = np.zeros((n_categories, n_wards), np.int64)
    np.add.at(cell_output, (firms.trade[serving], firms.ward[serving]), firms.site_output[serving])
    open_output = np.zeros_like(cell_output)
    rows = serving & firms.is_open
    np.add.at(open_output, (firms.trade[rows], firms.ward[rows]), firms.site_output[rows])
    decay = np.exp(-np.maximum(distance, 0.5) / decay_km)
    chance = np.zeros((n_categories, n_wards, n_wards))
    for k in range(n_categories):
        chance[k] = _balanced(decay, people, cell_output[k].astype(float))
    base = np.einsum("kwv,kv->kw", chance, open_output / np.maximum(cell_output, 1))
    ward_alias, ward_cut = np.zeros(chance.shape, np.int16), np.ones(chance.shape)
    for k, w in np.ndindex(chance.shape[:2]):
        _alias_table(chance[k, w], ward_alias[k, w], ward_cut[k, w])
    alias, cut, site, start = _alias_tables(cells, n_categories * n_wards, firms.site_output)
    return ShopTables(chance, ward_alias, ward_cut, alias, cut, site, start, cell_output, base)


def _balanced(decay: np.ndarray, origin: np.ndarray, attraction: np.ndarray) -> np.ndarray:
    if attraction.sum() == 0:
        return np.full_like(decay, 1.0 / decay.shape[0])
    pull = attraction / attraction.sum()
    for _ in range(30):
        trips = decay * pull
        trips *= (origin / np.maximum(trips.sum(axis=1), 1e-300))[:, None]
        arriving = trips.sum(axis=0)
        pull = pull * np.where(arriving > 0, attraction / attraction.sum() * origin.sum() / np.maximum(arriving, 1e-300), 0)
    trips = decay * pull
    return np.asarray(trips / trips.sum(axis=1, keepdims=True))


def link_tables(firms: Firms) -> LinkTables:
    """Return where firms look for suppliers: in proportion to premises of the section."""
    alias, cut, site, start = _alias_tables(firms.section.astype(np.int64), 20, firms.site_output)
    output = np.zeros(20, np.int64)
    np.add.at(output, firms.section, firms.site_output)
    return LinkTables(alias, cut, site, start, output)


def distances(profile: Profile) -> np.ndarray:
    """Return kilometres between ward centres, (W, W)."""
    at = np.array([[w.x_km, w.y_km] for w in profile.wards])
    return np.asarray(np.hypot(at[:, None, 0] - at[None, :, 0], at[:, None, 1] - at[None, :, 1]))
