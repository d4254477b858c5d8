"""What happens at the till, and how strongly the shops of the borough pull."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import World

__all__ = ["category_mass", "local_pull", "split_spending_elsewhere", "split_takings"]


def split_takings(world: World, takings: np.ndarray) -> None:
    """Split what shops of the borough took into tax, goods and their own output; pass on what exceeds capacity.

    Parameters
    ----------
    world : World
    takings : ndarray of int64, shape (F,)
        What households paid at each site this month, pence, already received by the firm.
    """
    f, fixed = world.firms, world.fixed
    n = takings.shape[0]
    tax, goods, passed_on, local_goods, received = (np.zeros(n, np.int64) for _ in range(5))
    _split(
        takings, f.trade, f.is_open, f.capacity, f.sales_anchors, fixed.till_tax, fixed.till_goods,
        fixed.goods_local, fixed.goods_link, world.links.supplier, f.sales_households, f.unmet, tax, goods,
        passed_on, local_goods, received,
    )  # fmt: skip
    elsewhere = goods - local_goods
    to_wider = np.floor(elsewhere * world.fixed.wider_supply_share).astype(np.int64)
    world.ledger.post(
        "at_the_till",
        {
            ("firms", "treasury"): int(tax.sum()),
            ("firms", "wider_area"): int(to_wider.sum()),
            ("firms", "outside"): int((elsewhere - to_wider + passed_on).sum()),
            ("firms", "firms"): int(local_goods.sum()),
        },
        {"firms": received - tax - goods - passed_on},
    )
    f.turnover += takings - passed_on + received
    f.sales_firms += received
    f.profit += f.sales_households + received
    producers = 2  # section C makes nearly all goods that shops resell
    world.market.wider_demand[producers] += int(to_wider.sum())
    world.market.outside_demand[producers] += int((elsewhere - to_wider).sum())
    world.market.counts["unmet_pence"] = world.market.counts.get("unmet_pence", 0) + int(passed_on.sum())


@kernel
def _split(
    takings: np.ndarray, trade: np.ndarray, is_open: np.ndarray, capacity: np.ndarray, used: np.ndarray,
    till_tax: np.ndarray, till_goods: np.ndarray, goods_local: int, goods_link: np.ndarray,
    link_supplier: np.ndarray, sales: np.ndarray, unmet: np.ndarray, tax: np.ndarray, goods: np.ndarray,
    passed_on: np.ndarray, local_goods: np.ndarray, received: np.ndarray,
) -> None:  # fmt: skip
    for i in range(takings.shape[0]):
        taken = takings[i]
        if taken == 0:
            continue
        k = trade[i]
        tax_i = (taken * till_tax[k]) >> 24
        goods_i = (taken * till_goods[k]) >> 24
        output = taken - tax_i - goods_i
        room = max(0, capacity[i] - used[i]) if is_open[i] else 0
        if output > room:
            part = np.float64(room) / np.float64(output)
            tax_i = int(tax_i * part)
            goods_i = int(goods_i * part)
            unmet[i] += output - room
            output = room
            passed_on[i] = taken - tax_i - goods_i - output
        sales[i] += output
        tax[i] = tax_i
        goods[i] = goods_i
        link = goods_link[i]
        if link >= 0 and link_supplier[link] >= 0 and is_open[link_supplier[link]]:
            local = (goods_i * goods_local) >> 24
            local_goods[i] = local
            received[link_supplier[link]] += local


def split_spending_elsewhere(world: World, away: np.ndarray) -> None:
    """Book the tax on what households spend elsewhere, and the demand it is there, by section.

    Parameters
    ----------
    world : World
    away : ndarray of int64, shape (2, K)
        Spent in the wider area and outside by category, pence.
    """
    fixed, market = world.fixed, world.market
    tax = (away * fixed.till_tax) >> 24
    goods = (away * fixed.till_goods) >> 24
    for row, (place, demand) in enumerate((("wider_area", market.wider_demand), ("outside", market.outside_demand))):
        world.ledger.pay("at_the_till", place, int(tax[row].sum()), ("treasury", int(tax[row].sum())))
        np.add.at(demand, fixed.category_section, away[row] - tax[row] - goods[row])
        demand[2] += int(goods[row].sum())


def category_mass(world: World, rows: np.ndarray) -> np.ndarray:
    """Return the part of the premises of each (category, ward) that the given sites make up, (K, W).

    Growth of capacity counts; the sums are of integers, so the order of rows does not matter.
    """
    f, fixed = world.firms, world.fixed
    chosen = np.flatnonzero(rows & (f.trade >= 0))
    n_categories, n_wards = fixed.cell_output.shape
    cell = f.trade[chosen].astype(np.int64) * n_wards + f.ward[chosen]
    # Whole pence below 2**53 add up exactly in any order.
    weight = np.floor(f.site_output[chosen] * f.growth[chosen])
    mass = np.bincount(cell, weights=weight, minlength=n_categories * n_wards).reshape(n_categories, n_wards)
    return np.asarray(mass / np.maximum(fixed.cell_output, 1))


def local_pull(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return the chance that a fresh choice falls on the borough, and on a shop opened this month.

    The odds of the borough rise with the mass of open shops within reach (an elasticity below one: part of
    what a new shop takes, it takes from others here) and fall with their price.

    Returns
    -------
    tuple of ndarray of float, each of shape (K, W)
        By category and home ward.
    """
    fixed, p = world.fixed, world.parameters.households
    mass = np.einsum("kwv,kv->kw", fixed.ward_chance, category_mass(world, world.firms.is_open))
    new = np.einsum("kwv,kv->kw", fixed.ward_chance, category_mass(world, world.firms.is_new))
    relative = np.where(fixed.base_mass > 0, mass / np.where(fixed.base_mass > 0, fixed.base_mass, 1.0), 0.0)
    price = world.market.section_price[fixed.category_section][:, None]
    odds = fixed.local_odds * relative**p.mass_elasticity * price ** (1.0 - p.place_substitution)
    chance = odds / (1.0 + odds)
    return chance, chance * np.where(mass > 0, new / np.where(mass > 0, mass, 1.0), 0.0)
