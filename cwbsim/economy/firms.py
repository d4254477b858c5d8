"""Firms set prices, sell beyond the borough, invest, open and close."""

from __future__ import annotations

import numpy as np

from cwbsim.economy import demography, readiness
from cwbsim.world import World

__all__ = ["invest_in_capacity_and_readiness", "open_and_close", "set_prices_and_sell_beyond", "usual_capacity"]


def set_prices_and_sell_beyond(world: World) -> None:
    """Firms pass changes of cost on into prices, little by little, and sell beyond the borough at them.

    Unit cost moves with pay and with the price of local inputs; imports and inputs from elsewhere keep their
    price. Buyers beyond the borough respond to price; other government, which buys a volume, does not.
    Without prices there would be no crowding out.

    Reads   firms.section, firms.price, firms.is_open, firms.site_output, firms.capacity, firms.sales_anchors, firms.sales_households, firms.sales_firms, market.wage_index, market.section_price
    Writes  firms.price, firms.sales_beyond, firms.turnover, firms.profit, firms.output_last, firms.output_smooth, market.section_price, market.section_use, market.wider_demand, market.outside_demand, ledger
    """  # noqa: E501
    f, fixed, p = world.firms, world.fixed, world.parameters.firms
    cost = _unit_cost(world)
    f.price += (cost[f.section] - f.price) * p.price_adjustment
    _sell_beyond(world)
    sold = f.sales_anchors + f.sales_households + f.sales_firms + f.sales_beyond
    f.output_last = np.floor(sold / f.price + 0.5).astype(np.int64)
    gap = f.output_last - f.output_smooth
    f.output_smooth += np.floor(gap * p.output_smoothing + 0.5).astype(np.int64)
    _section_means(world)


def _unit_cost(world: World) -> np.ndarray:
    """Return unit cost by section relative to the starting world, (S,)."""
    fixed = world.fixed
    local = (fixed.input_local * (world.market.section_price - 1.0)[:, None]).sum(axis=0)
    return np.asarray(1.0 + fixed.pay_share * (world.market.wage_index - 1.0) + local)


def _sell_beyond(world: World) -> None:
    f, fixed = world.firms, world.fixed
    usual = f.site_output * fixed.beyond_share * f.is_open
    split = fixed.beyond_split[f.section]
    elastic = f.price ** (1.0 + world.parameters.firms.export_price_elasticity)
    government = np.floor(usual * split[:, 0] * f.price).astype(np.int64)
    wider = np.floor(usual * split[:, 1] * elastic).astype(np.int64)
    outside = np.floor(usual * split[:, 2] * elastic).astype(np.int64)
    room = np.maximum(f.capacity - f.sales_anchors - f.sales_households - f.sales_firms, 0)
    wanted = government + wider + outside
    served = np.minimum(1.0, room / np.maximum(wanted, 1))
    government, wider, outside = (np.floor(x * served).astype(np.int64) for x in (government, wider, outside))
    f.sales_beyond[:] = government + wider + outside
    f.unmet += wanted - np.minimum(wanted, room)
    for payer, amount in (("treasury", government), ("wider_area", wider), ("outside", outside)):
        world.ledger.pay("sales_beyond", payer, int(amount.sum()), ("firms", amount))
    f.turnover += f.sales_beyond
    f.profit += f.sales_beyond


def _section_means(world: World) -> None:
    """Update the mean price and the use of premises by section, from integer sums."""
    f, market, fixed = world.firms, world.market, world.fixed
    n = fixed.section_output.shape[0]
    weight, priced, used = (np.zeros(n, np.int64) for _ in range(3))
    rows = f.is_open
    pounds = f.site_output[rows] // 100
    np.add.at(weight, f.section[rows], pounds)
    np.add.at(priced, f.section[rows], pounds * np.rint(f.price[rows] * 4096).astype(np.int64))
    np.add.at(used, f.section[rows], f.output_last[rows] - np.minimum(f.contract_load[rows], f.output_last[rows]))
    some = weight > 0
    market.section_price = np.where(some, priced / np.maximum(weight, 1) / 4096, market.section_price)
    use = np.where(some, used / np.maximum(weight * 100, 1), 1.0)
    market.section_use = market.section_use + (use - market.section_use) / 12.0


def usual_capacity(world: World) -> np.ndarray:
    """Return what each firm can make in a month, (F,) pence: usual trade over its usual use, and its contracts."""
    f = world.firms
    use = world.parameters.firms.usual_use_of_capacity
    base = np.floor(f.site_output * f.growth / use).astype(np.int64)
    return np.asarray(np.where(f.is_open, base + np.floor(f.contract_load / use).astype(np.int64), 0))


def invest_in_capacity_and_readiness(world: World) -> None:
    """Firms adapt capacity to demand, slowly and less than in proportion; and get ready to bid, or lapse.

    Capacity follows demand with an elasticity below one round the premises, so sizes stay stationary.
    What is added is bought outside; what is given up is not refunded.

    Reads   firms.output_last, firms.unmet, firms.contract_load, firms.site_output, firms.growth, firms.is_open
    Writes  firms.growth, firms.capacity, firms.registered, firms.profit, ledger
    """
    f, p = world.firms, world.parameters.firms
    demand = f.output_last + f.unmet - np.minimum(f.contract_load, f.output_last)
    relative = np.maximum(demand, 1) / np.maximum(f.site_output, 1)
    wanted = np.clip(relative**p.capacity_elasticity, 0.5, 2.0)
    step = np.where(f.is_open & ~f.is_new, (wanted - f.growth) * p.capacity_adjustment, 0.0)
    cost = np.floor(np.maximum(step, 0.0) * f.site_output * p.capital_months).astype(np.int64)
    world.ledger.pay("investment", "firms", cost, ("outside", int(cost.sum())))
    f.profit -= cost
    f.growth += step
    f.capacity[:] = usual_capacity(world)
    readiness.update_readiness(world)


def open_and_close(world: World) -> None:
    """Firms close by a hazard of age and size or when cash runs out; entrants open where premises are vacant.

    Potential entrants are a fixed slate, one a vacant site a month, opening where their draw is below the rate.

    Reads   firms.key, firms.site_key, firms.size_class, firms.section, firms.age_months, firms.cash, market.section_use
    Writes  firms.is_open, firms.is_closing, firms.is_new, firms.key, firms.age_months, firms.owner, firms.owner_place, firms.ownership, firms.growth, firms.capacity, firms.output_last, firms.output_smooth, residents.status, residents.employer, employers.n_residents, employers.n_from_wider, employers.n_from_outside, needs.months_left, households.income, market.counts, ledger
    """  # noqa: E501
    f = world.firms
    f.age_months[f.is_open] += 1
    was_vacant = ~f.is_open
    demography.close_firms(world)
    demography.open_firms(world, was_vacant)
    f.capacity[:] = usual_capacity(world)

