"""What happens at the till, and how strongly the shops of the borough pull."""

from __future__ import annotations

import math

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
    f, fixed, market = world.firms, world.fixed, world.market
    change = np.empty_like(takings)
    totals = _split(
        takings, f.trade, f.is_open, f.capacity, f.sales_anchors, fixed.till_tax, fixed.till_goods,
        fixed.goods_local, fixed.goods_link, world.links.supplier, float(fixed.wider_supply_share),
        f.sales_households, f.sales_firms, f.turnover, f.unmet, f.profit, change,
    )  # fmt: skip
    tax, local, to_wider, to_outside, passed_on = (int(x) for x in totals)
    world.ledger.post(
        "at_the_till",
        {
            ("firms", "treasury"): tax,
            ("firms", "wider_area"): to_wider,
            ("firms", "outside"): to_outside + passed_on,
            ("firms", "firms"): local,
        },
        {"firms": change},
    )
    producers = 2  # section C makes nearly all goods that shops resell
    market.wider_demand[producers] += to_wider
    market.outside_demand[producers] += to_outside
    market.counts["unmet_pence"] = market.counts.get("unmet_pence", 0) + passed_on


@kernel
def _split(
    takings: np.ndarray, trade: np.ndarray, is_open: np.ndarray, capacity: np.ndarray, used: np.ndarray,
    till_tax: np.ndarray, till_goods: np.ndarray, goods_local: int, goods_link: np.ndarray,
    link_supplier: np.ndarray, wider_share: float, sales: np.ndarray, to_firms: np.ndarray, turnover: np.ndarray,
    unmet: np.ndarray, profit: np.ndarray, change: np.ndarray,
) -> tuple[int, int, int, int, int]:  # fmt: skip
    """Split takings; write what each firm's money changes by besides; return the totals of each flow.

    They are tax, goods bought here, in the wider area and outside, and what is passed on to outside.
    """
    received = np.zeros(takings.shape[0], np.int64)
    taxes, here, wider, outside, over = 0, 0, 0, 0, 0
    for i in range(takings.shape[0]):
        taken = takings[i]
        change[i] = 0
        if taken == 0:
            continue
        k = trade[i]
        tax = (taken * till_tax[k]) >> 24
        goods = (taken * till_goods[k]) >> 24
        output = taken - tax - goods
        room = max(0, capacity[i] - used[i]) if is_open[i] else 0
        passed_on = 0
        if output > room:
            part = np.float64(room) / np.float64(output)
            tax = int(tax * part)
            goods = int(goods * part)
            unmet[i] += output - room
            output = room
            passed_on = taken - tax - goods - output
        sales[i] += output
        turnover[i] += taken - passed_on
        change[i] = -(tax + goods + passed_on)
        local = 0
        link = goods_link[i]
        if link >= 0 and link_supplier[link] >= 0 and is_open[link_supplier[link]]:
            local = (goods * goods_local) >> 24
            received[link_supplier[link]] += local
        to_wider = int((goods - local) * wider_share)
        taxes += tax
        here += local
        wider += to_wider
        outside += goods - local - to_wider
        over += passed_on
    for i in range(takings.shape[0]):
        change[i] += received[i]
        turnover[i] += received[i]
        to_firms[i] += received[i]
        profit[i] += sales[i] + received[i]
    return taxes, here, wider, outside, over


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
    mass = np.zeros(fixed.cell_output.shape)
    _add_mass(rows, f.trade, f.ward, f.site_output, f.growth, mass)
    return np.asarray(mass / np.maximum(fixed.cell_output, 1))


@kernel
def _add_mass(
    rows: np.ndarray, trade: np.ndarray, ward: np.ndarray, site_output: np.ndarray, growth: np.ndarray,
    mass: np.ndarray,
) -> None:  # fmt: skip
    for f in range(rows.shape[0]):
        if rows[f] and trade[f] >= 0:
            # Whole pence below 2**53 add up exactly in any order.
            mass[trade[f], ward[f]] += math.floor(site_output[f] * growth[f])


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
