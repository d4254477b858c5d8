"""Who buys from whom at the start: reach, ties, input links, and what is sold beyond. Steps 4, 6, 7 and 8."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.households import pick_supplier
from cwbsim.economy.supply_chain import pick_link
from cwbsim.places.start_firms import keys
from cwbsim.world import Q24, Links

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.places.profile import Profile
    from cwbsim.places.start_recipes import Recipes
    from cwbsim.places.uk import UK
    from cwbsim.world import Firms, Households, World

__all__ = ["Channels", "LinkTables", "ShopTables", "draw_links", "draw_ties", "link_tables", "sales_channels", "shop_tables"]


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


@dataclass(frozen=True, slots=True)
class Channels:
    """Parts of usual output by who buys it, and the reach that was solved."""

    reach: np.ndarray  # (K,) float, share of spending in the borough
    beyond: np.ndarray  # (F,) float, share of a site's usual output sold beyond the borough
    by_section: np.ndarray  # (S, 4) float: households, firms, anchors' placements and grants, beyond


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


def sales_channels(
    firms: Firms, recipe: Recipes, uk: UK, spending: np.ndarray, contract_output: np.ndarray, given: np.ndarray,
    goods_local: float, least: float,
) -> Channels:  # fmt: skip
    """Split usual output by buyer and solve the reach of each category.

    A category's local share is min(1, SLQ) x reach; where that would leave its shops less than ``least`` of
    their output to sell beyond, reach is lowered until it does not: output is never rescaled.

    Parameters
    ----------
    spending : ndarray of float, shape (K,)
        What households of the borough spend a month, pence.
    contract_output : ndarray of float, shape (S,)
        Output of the borough's firms for anchors' contracts, which needs inputs too.
    given : ndarray of float, shape (S,)
        Placements and grants of anchors to firms of the borough, pence.
    goods_local : float
        Share of goods for resale made in the borough.
    """
    by_section, by_trade = np.zeros(20), np.zeros(spending.shape[0])
    rows = firms.is_open
    np.add.at(by_section, firms.section[rows], firms.site_output[rows].astype(float))
    np.add.at(by_trade, firms.trade[rows & (firms.trade >= 0)], firms.site_output[rows & (firms.trade >= 0)].astype(float))
    section = uk.consumption_section
    bought = (recipe.input_local * (by_section + contract_output)).sum(axis=1)
    reach = np.minimum(1.0, recipe.location[section]) * uk.consumption_reach
    bought[2] += goods_local * (spending * reach * uk.goods_share).sum()
    size = np.maximum(by_section, 1.0)
    other = (bought + given) / size
    room = np.maximum(1.0 - other[section] - least, 0.0) * by_trade
    asked = spending * reach * uk.margin_share
    reach = np.where(asked > room, reach * room / np.maximum(asked, 1e-9), reach)
    share = spending * reach * uk.margin_share / np.maximum(by_trade, 1.0)
    of_households = np.where(firms.trade >= 0, share[firms.trade], 0.0)
    beyond = np.maximum(1.0 - other[firms.section] - of_households, 0.0)
    to_households = np.bincount(firms.section[rows], weights=(of_households * firms.site_output)[rows], minlength=20)
    sold = np.bincount(firms.section[rows], weights=(beyond * firms.site_output)[rows], minlength=20)
    return Channels(reach, beyond, np.column_stack([to_households, bought, given, sold]))


@kernel
def _draw_ties(
    s: np.uint64, key: np.ndarray, ward: np.ndarray, supplier: np.ndarray, has_room: np.ndarray,
    chance_local: np.ndarray, wider_share: np.ndarray, ward_alias: np.ndarray, ward_cut: np.ndarray,
    alias: np.ndarray, cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    n, n_categories = supplier.shape
    for i in range(n):
        for k in range(n_categories):
            supplier[i, k] = pick_supplier(
                s, key[i], k, ward[i], chance_local[k, ward[i]], wider_share[k], has_room, ward_alias, ward_cut,
                alias, cut, site, start,
            )  # fmt: skip


def draw_ties(world: World, spending: np.ndarray, limit: np.ndarray) -> int:
    """Draw each household's supplier of each category from the law by which it will choose again.

    Sites that end up with more than they can serve have the excess redrawn elsewhere, three times over.

    Parameters
    ----------
    spending : ndarray of int64, shape (H,)
        Consumption a month.
    limit : ndarray of float, shape (F,)
        Output for households a site can serve.

    Returns
    -------
    int
        Sites that were overfull at first.
    """
    h, fixed, firms = world.households, world.fixed, world.firms
    chance = fixed.local_odds / (1.0 + fixed.local_odds)
    tables = (
        chance, fixed.wider_given_away, fixed.ward_alias, fixed.ward_cut, fixed.shop_alias, fixed.shop_cut, fixed.shop_site,
        fixed.shop_start,
    )  # fmt: skip
    _draw_ties(stream(world.seed, "initial_supplier"), h.key, h.ward, h.supplier, firms.is_open, *tables)
    margin = np.append(1.0 - (fixed.till_tax + fixed.till_goods) / Q24, 0.0)[firms.trade]
    first_full = 0
    for attempt in range(1, 4):
        output = margin * _takings(spending, h.income_decile, h.supplier, fixed.spend_cumulative, limit.shape[0])
        full = output > limit
        first_full = first_full or int(full.sum())
        excess = np.where(full, 1.0 - limit / np.maximum(output, 1.0), 0.0)
        luck = stream(world.seed, "initial_supplier", attempt)
        _shed(luck, h.key, h.ward, h.supplier, excess, firms.is_open & ~full, *tables)
    return first_full


@kernel
def _shed(
    s: np.uint64, key: np.ndarray, ward: np.ndarray, supplier: np.ndarray, excess: np.ndarray,
    has_room: np.ndarray, chance_local: np.ndarray, wider_share: np.ndarray, ward_alias: np.ndarray,
    ward_cut: np.ndarray, alias: np.ndarray, cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    n, n_categories = supplier.shape
    for i in range(n):
        for k in range(n_categories):
            at = supplier[i, k]
            if at >= 0 and excess[at] > 0.0 and uniform2(s, key[i], np.uint64(k * 256 + 254)) < excess[at]:
                supplier[i, k] = pick_supplier(
                    s, key[i], k, ward[i], chance_local[k, ward[i]], wider_share[k], has_room, ward_alias,
                    ward_cut, alias, cut, site, start,
                )  # fmt: skip


@kernel
def _takings(
    spending: np.ndarray, decile: np.ndarray, supplier: np.ndarray, cumulative: np.ndarray, n_sites: int
) -> np.ndarray:
    out = np.zeros(n_sites, np.int64)
    n, n_categories = supplier.shape
    for i in range(n):
        row = cumulative[decile[i]]
        for k in range(n_categories):
            if supplier[i, k] >= 0:
                out[supplier[i, k]] += (spending[i] * (row[k + 1] - row[k])) >> 24
    return out


def draw_links(firms: Firms, recipe: Recipes, tables: LinkTables, parameters: Parameters, seed: int) -> Links:
    """Link every site to suppliers of each local input of its section, chosen in proportion to premises.

    A purchase that would be a large part of a small supplier's output is shared out among several. Inputs too
    small for a link of their own are added to the others of the recipe in proportion.
    """
    p = parameters.places
    used = recipe.input_local >= p.links_smallest_coefficient
    kept = (recipe.input_local * used).sum(axis=0)
    local = recipe.input_local * used * (recipe.input_local.sum(axis=0) / np.maximum(kept, 1e-12))
    pair_buyer = np.repeat(np.arange(firms.section.shape[0], dtype=np.int32), used.sum(axis=0)[firms.section])
    lists = [np.flatnonzero(used[:, s]) for s in range(used.shape[0])]
    pair_section = np.concatenate([lists[s] for s in firms.section]).astype(np.int8)
    share = local[pair_section, firms.section[pair_buyer]]
    largest = p.largest_customer_share * _small_supplier(firms)
    parts = np.ceil(share * firms.site_output[pair_buyer] / largest[pair_section]).astype(np.int64)
    parts = np.clip(parts, 1, 4000)
    buyer, section = np.repeat(pair_buyer, parts), np.repeat(pair_section, parts)
    coefficient = np.repeat(share / parts, parts).astype(np.float32)
    key = keys(seed, "renew_link", buyer.shape[0], block=5)
    supplier = np.full(buyer.shape[0], -1, np.int32)
    start = np.searchsorted(buyer, np.arange(firms.section.shape[0] + 1)).astype(np.int64)
    _first_links(
        stream(seed, "initial_link"), key, section, buyer, supplier, firms.is_open, tables.alias, tables.cut,
        tables.site, tables.start,
    )  # fmt: skip
    return Links(start, section, coefficient, supplier, key)


def _small_supplier(firms: Firms) -> np.ndarray:
    """Return the output of a small site of each section, (S,): the lower fifth, at least a pound."""
    out = np.full(20, 1e12)
    for s in range(20):
        of_section = firms.site_output[firms.section == s]
        if of_section.size:
            out[s] = max(float(np.quantile(of_section, 0.2)), 100.0)
    return out


@kernel
def _first_links(
    s: np.uint64, key: np.ndarray, section: np.ndarray, buyer: np.ndarray, supplier: np.ndarray,
    is_open: np.ndarray, alias: np.ndarray, cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    for i in range(key.shape[0]):
        supplier[i] = pick_link(s, key[i], section[i], buyer[i], is_open, alias, cut, site, start)


def distances(profile: Profile) -> np.ndarray:
    """Return kilometres between ward centres, (W, W)."""
    at = np.array([[w.x_km, w.y_km] for w in profile.wards])
    return np.asarray(np.hypot(at[:, None, 0] - at[None, :, 0], at[:, None, 1] - at[None, :, 1]))


def beyond_split(uk: UK, parameters: Parameters) -> np.ndarray:
    """Return who buys what is sold beyond the borough, (S, 3): treasury, wider area, outside.

    Government's part is its part of national final demand outside households; visitors, investment and trade
    are split between the wider area and outside by a stated share.
    """
    government = uk.final_demand_share[:, 1]
    others = uk.final_demand_share[:, [2, 3, 4]].sum(axis=1)
    part = government / np.maximum(government + others, 1e-9)
    wider = parameters.places.wider_sales_share
    return np.column_stack([part, (1 - part) * wider, (1 - part) * (1 - wider)])


def household_total(households: Households) -> np.ndarray:
    """Return households by ward, (W,)."""
    return np.bincount(households.ward, minlength=int(households.ward.max()) + 1).astype(float)
