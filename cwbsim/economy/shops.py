"""What happens at the till, and how strongly the shops of the borough pull."""

from __future__ import annotations

import math

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import World

__all__ = ["at_the_till", "local_pull"]


def at_the_till(world: World, cells: np.ndarray) -> dict[str, dict[tuple[str, str], int]]:
    """Split what households spent into tax, goods and output; fill the tills of shops; return what was paid.

    Shops pass on what exceeds their capacity. The tax on what is spent elsewhere, and the demand it is there by
    section, are booked too.

    Parameters
    ----------
    world : World
    cells : ndarray of int64, shape (F + 2 K,)
        Spent at each site this month, then by category outside and in the wider area, pence.

    Returns
    -------
    dict of str to dict of (str, str) to int
        Pence by kind, payer and payee, for the books. Firms have their money already: what ``consumption``
        brings them less what ``at_the_till`` takes.
    """
    f, fixed, market = world.firms, world.fixed, world.market
    totals = _split(
        cells, f.trade, f.is_open, f.capacity, f.sales_anchors, fixed.till_tax, fixed.till_goods,
        fixed.goods_local, fixed.goods_link, world.links.supplier, float(fixed.wider_supply_share),
        f.sales_households, f.sales_firms, f.turnover, f.unmet, f.profit, f.cash,
    )  # fmt: skip
    takings, tax, local, to_wider, to_outside, passed_on = totals
    wider, outside, tax_wider, tax_outside = _split_elsewhere(
        cells[f.key.shape[0] :], fixed.till_tax, fixed.till_goods, fixed.category_section, to_wider, to_outside,
        market.wider_demand, market.outside_demand,
    )  # fmt: skip
    market.counts["unmet_pence"] = market.counts.get("unmet_pence", 0) + passed_on
    return {
        "consumption": {
            ("households", "firms"): takings,
            ("households", "wider_area"): wider,
            ("households", "outside"): outside,
        },
        "at_the_till": {
            ("firms", "treasury"): tax,
            ("firms", "wider_area"): to_wider,
            ("firms", "outside"): to_outside + passed_on,
            ("firms", "firms"): local,
            ("wider_area", "treasury"): tax_wider,
            ("outside", "treasury"): tax_outside,
        },
    }


@kernel
def _split(
    cells: np.ndarray, trade: np.ndarray, is_open: np.ndarray, capacity: np.ndarray, used: np.ndarray,
    till_tax: np.ndarray, till_goods: np.ndarray, goods_local: int, goods_link: np.ndarray,
    link_supplier: np.ndarray, wider_share: float, sales: np.ndarray, to_firms: np.ndarray, turnover: np.ndarray,
    unmet: np.ndarray, profit: np.ndarray, cash: np.ndarray,
) -> tuple[int, int, int, int, int, int]:  # fmt: skip
    """Split takings and put them in the purses of shops; return the totals of each flow.

    They are takings, tax, goods bought here, in the wider area and outside, and what is passed on to outside.
    """
    n = trade.shape[0]
    received = np.zeros(n, np.int64)
    takings, taxes, here, wider, outside, over = 0, 0, 0, 0, 0, 0
    for i in range(n):
        taken = cells[i]
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
        cash[i] += taken - tax - goods - passed_on
        local = 0
        link = goods_link[i]
        if link >= 0 and link_supplier[link] >= 0 and is_open[link_supplier[link]]:
            local = (goods * goods_local) >> 24
            received[link_supplier[link]] += local
        to_wider = int((goods - local) * wider_share)
        takings += taken
        taxes += tax
        here += local
        wider += to_wider
        outside += goods - local - to_wider
        over += passed_on
    for i in range(n):
        cash[i] += received[i]
        turnover[i] += received[i]
        to_firms[i] += received[i]
        profit[i] += sales[i] + received[i]
    return takings, taxes, here, wider, outside, over


PRODUCERS = 2  # section C makes nearly all goods that shops resell


@kernel
def _split_elsewhere(
    away: np.ndarray, till_tax: np.ndarray, till_goods: np.ndarray, section: np.ndarray, goods_wider: int,
    goods_outside: int, wider_demand: np.ndarray, outside_demand: np.ndarray,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Book demand elsewhere, by category and for goods of shops here; return spending and tax by place."""
    spent, taxes = np.zeros(2, np.int64), np.zeros(2, np.int64)  # outside, wider area
    for k in range(section.shape[0]):
        for place, demand in enumerate((outside_demand, wider_demand)):
            amount = away[2 * k + place]
            tax, goods = (amount * till_tax[k]) >> 24, (amount * till_goods[k]) >> 24
            demand[section[k]] += amount - tax - goods
            demand[PRODUCERS] += goods
            spent[place] += amount
            taxes[place] += tax
    wider_demand[PRODUCERS] += goods_wider
    outside_demand[PRODUCERS] += goods_outside
    return spent[1], spent[0], taxes[1], taxes[0]


def local_pull(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return the chance that a fresh choice falls on the borough, and on a shop opened this month.

    The odds of the borough rise with the mass of open shops within reach (an elasticity below one: part of
    what a new shop takes, it takes from others here), and fall with their price and with the pull of shops
    in other boroughs that are simulated in full.

    Returns
    -------
    tuple of ndarray of float, each of shape (K, W)
        By category and home ward.
    """
    f, fixed, p = world.firms, world.fixed, world.parameters.households
    price = world.market.section_price[fixed.category_section] ** (1.0 - p.place_substitution)
    return _pull(
        f.is_open, f.is_new, f.trade, f.ward, f.site_output, f.growth, fixed.cell_output, fixed.ward_chance,
        fixed.base_mass, fixed.local_odds, p.mass_elasticity, price / world.market.rival_pull[:, 0],
    )  # fmt: skip


@kernel
def _pull(
    is_open: np.ndarray, is_new: np.ndarray, trade: np.ndarray, ward: np.ndarray, site_output: np.ndarray,
    growth: np.ndarray, cell_output: np.ndarray, ward_chance: np.ndarray, base_mass: np.ndarray,
    local_odds: np.ndarray, elasticity: float, appeal: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Work out both chances: the mass of a cell is the part of its premises that is open, growth counted."""
    mass, new = np.zeros(cell_output.shape), np.zeros(cell_output.shape)
    for f in range(trade.shape[0]):
        if trade[f] >= 0:
            k, w = trade[f], ward[f]
            # Whole pence below 2**53 add up exactly in any order.
            output = math.floor(site_output[f] * growth[f])
            mass[k, w] += output if is_open[f] else 0.0
            new[k, w] += output if is_new[f] else 0.0
    chance, chance_new = np.zeros(cell_output.shape), np.zeros(cell_output.shape)
    for k in range(mass.shape[0]):
        for home in range(mass.shape[1]):
            here, of_new = 0.0, 0.0
            for w in range(mass.shape[1]):
                at_hand = ward_chance[k, home, w] / max(cell_output[k, w], 1)
                here += at_hand * mass[k, w]
                of_new += at_hand * new[k, w]
            usual = base_mass[k, home]
            odds = 0.0 if usual <= 0.0 else local_odds[k, home] * (here / usual) ** elasticity * appeal[k]
            chance[k, home] = odds / (1.0 + odds)
            chance_new[k, home] = chance[k, home] * of_new / here if here > 0.0 else 0.0
    return chance, chance_new
