"""Who buys from whom at the start: households' shops and firms' suppliers. Steps 6, 7 and 9."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import bits2, draw_many, stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.choosing import pick_supplier, pick_suppliers
from cwbsim.economy.supply_chain import pick_link
from cwbsim.places.start_firms import keys
from cwbsim.world import Q24, Links

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.places.start_kernels import LinkTables
    from cwbsim.places.start_recipes import Recipes
    from cwbsim.world import Firms, World

__all__ = ["draw_links", "draw_ties", "pooled", "relieve"]


_POOL = 99  # which of a site's draws says which small inputs stand for all
_BLOCK = 512  # households at a time, few enough for the first cache


@kernel
def _draw_ties(
    s: np.uint64, key: np.ndarray, ward: np.ndarray, supplier: np.ndarray, has_room: np.ndarray,
    chance_local: np.ndarray, wider_share: np.ndarray, ward_alias: np.ndarray, ward_cut: np.ndarray,
    alias: np.ndarray, cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    n, n_categories = supplier.shape
    most = _BLOCK * n_categories
    who, category, chosen = np.empty(most, np.int32), np.empty(most, np.int8), np.empty(most, np.int32)
    for first in range(0, n, _BLOCK):
        last = min(first + _BLOCK, n)
        m = 0
        for i in range(first, last):
            for k in range(n_categories):
                who[m], category[m] = i, k
                m += 1
        pick_suppliers(
            s, key, ward, who[:m], category[:m], chance_local, wider_share, has_room, ward_alias, ward_cut, alias,
            cut, site, start, chosen,
        )  # fmt: skip
        supplier[first:last] = chosen[:m].reshape(last - first, n_categories)


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
    tables = _shop_tables(world)
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


def _shop_tables(world: World) -> tuple[np.ndarray, ...]:
    x = world.fixed
    chance = x.local_odds / (1.0 + x.local_odds)
    return (
        chance, x.wider_given_away, x.ward_alias, x.ward_cut, x.shop_alias, x.shop_cut, x.shop_site, x.shop_start
    )  # fmt: skip


def relieve(world: World) -> None:
    """Let customers of sites that cannot serve them all go where there is room, as they would in time.

    Once is what the re-choosing of the months comes to: about a five-hundredth of sales stays unmet.

    Parameters
    ----------
    world : World
        After a rehearsal: ``firms.unmet`` says what each site could not serve.
    """
    h, f, x, links = world.households, world.firms, world.fixed, world.links
    asked = f.sales_households + f.sales_firms + f.unmet
    excess = np.where(f.unmet > 0, f.unmet / np.maximum(asked, 1), 0.0)
    has_room = f.is_open & (f.unmet == 0)
    luck = stream(world.seed, "initial_supplier", 10)
    _shed(luck, h.key, h.ward, h.supplier, excess, has_room, *_shop_tables(world))
    _shed_links(
        stream(world.seed, "initial_link", 10), links.key, links.section, links.start, links.supplier,
        excess, has_room, x.link_alias, x.link_cut, x.link_site, x.link_start,
    )  # fmt: skip


@kernel
def _shed_links(
    s: np.uint64, key: np.ndarray, section: np.ndarray, link_start: np.ndarray, supplier: np.ndarray,
    excess: np.ndarray, has_room: np.ndarray, alias: np.ndarray, cut: np.ndarray, site: np.ndarray,
    start: np.ndarray,
) -> None:  # fmt: skip
    for b in range(link_start.shape[0] - 1):
        for i in range(link_start[b], link_start[b + 1]):
            at = supplier[i]
            if at >= 0 and excess[at] > 0.0 and uniform2(s, key[i], np.uint64(254)) < excess[at]:
                supplier[i] = pick_link(s, key[i], section[i], b, has_room, alias, cut, site, start)


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
                    bits2(s, key[i], np.uint64(k)), k, ward[i], chance_local[k, ward[i]], wider_share[k], has_room, ward_alias,
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


def draw_links(
    firms: Firms, recipe: Recipes, tables: LinkTables, resells: np.ndarray, parameters: Parameters, seed: int
) -> Links:
    """Link every site to suppliers of each local input of its section, chosen in proportion to premises.

    A purchase that would be a large part of a small supplier's output is shared out among several. Inputs too
    small for a link of their own are added to the others of the recipe in proportion. What a site buys in small
    sums it buys of fewer suppliers: a few of those inputs stand for all of them, and as much is bought.

    Parameters
    ----------
    resells : ndarray of bool, shape (F,)
        Shops that buy goods for resale through their link to section C, which they always have.
    """
    p = parameters.places
    used = recipe.input_local >= p.links_smallest_coefficient
    kept = (recipe.input_local * used).sum(axis=0)
    local = recipe.input_local * used * (recipe.input_local.sum(axis=0) / np.maximum(kept, 1e-12))
    pair_buyer = np.repeat(np.arange(firms.section.shape[0], dtype=np.int32), used.sum(axis=0)[firms.section])
    lists = [np.flatnonzero(used[:, s]) for s in range(used.shape[0])]
    pair_section = np.concatenate([lists[s] for s in firms.section]).astype(np.int8)
    share = local[pair_section, firms.section[pair_buyer]]
    amount = share * firms.site_output[pair_buyer]
    is_small = (amount < 100.0 * p.links_smallest_purchase) & ~(resells[pair_buyer] & (pair_section == 2))
    luck = draw_many(stream(seed, "initial_link"), firms.site_key, _POOL)
    share[is_small] = pooled(
        share[is_small], pair_buyer[is_small], firms.site_output, luck, 100.0 * p.links_smallest_purchase
    )
    pair_buyer, pair_section, share = (x[share > 0.0] for x in (pair_buyer, pair_section, share))
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


def pooled(
    share: np.ndarray, buyer: np.ndarray, output: np.ndarray, luck: np.ndarray, smallest: float
) -> np.ndarray:
    """Return small inputs with some of them standing for all: each buyer's sum and each input's mean stay.

    A buyer's inputs are laid end to end and every so many pence one is picked, beginning at its luck (systematic
    sampling): what is picked is bought for that many pence, what is not, not at all.

    Parameters
    ----------
    share : ndarray of float, shape (n,)
        Of a pound of the buyer's output.
    buyer : ndarray of int, shape (n,)
        Ascending.
    output : ndarray of int64, shape (F,)
        Usual output a month, pence.
    luck : ndarray of float, shape (F,)
        In [0, 1).
    smallest : float
        Pence a month.
    """
    if share.size == 0:
        return share
    sums = np.bincount(buyer, weights=share, minlength=output.shape[0])
    parts = np.maximum(np.ceil(sums * output / smallest), 1.0)
    upto = np.cumsum(share)
    is_last = np.append(buyer[1:] != buyer[:-1], True)
    before = np.concatenate(([0.0], upto[is_last][:-1]))[np.cumsum(is_last) - is_last]
    # Where each input ends on a line as long as the buyer has parts; the last one at its very end.
    end = np.where(is_last, parts[buyer], np.minimum((upto - before) / sums[buyer] * parts[buyer], parts[buyer]))
    passed = np.ceil(end - luck[buyer])
    first = np.append(True, is_last[:-1])
    picked = passed - np.where(first, 0.0, np.append(0.0, passed[:-1]))
    return np.asarray(picked * (sums / parts)[buyer])


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
