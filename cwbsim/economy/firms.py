"""Firms set prices, sell beyond the borough, invest, open and close."""

from __future__ import annotations

import math

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy import demography, readiness
from cwbsim.economy.adoption import custom_of_wider_anchors
from cwbsim.economy.prices import asked_beyond, follow_cost, follow_use
from cwbsim.world import World

__all__ = ["invest_in_capacity_and_readiness", "open_and_close", "set_prices_and_sell_beyond", "usual_capacity"]


def set_prices_and_sell_beyond(world: World) -> None:
    """Firms pass changes of cost on into prices, little by little, and sell beyond the borough at them.

    Unit cost moves with pay and with the price of local inputs; imports and inputs from elsewhere keep their
    price. Buyers beyond the borough respond to price; other government, which buys a volume, does not.
    Without prices there would be no crowding out.
    Prices are by section: firms of a section have the same recipe and pay index, so the same cost change.

    Reads   firms.section, firms.is_open, firms.site_output, firms.capacity, firms.contract_load,
            firms.sales_anchors, firms.sales_households, firms.sales_firms, firms.output_smooth,
            market.wage_index, market.section_price, market.section_use, market.wider_demand, terms,
            anchors.contract_budget, anchors.wider_target, needs.budget, needs.place, market.beyond_pull
    Writes  market.wider_demand, firms.price, firms.sales_beyond, firms.turnover, firms.unmet, firms.profit, firms.output_last,
            firms.output_smooth, market.section_price, market.section_use, ledger
    """
    f, fixed, market, p = world.firms, world.fixed, world.market, world.parameters.firms
    price = market.section_price = follow_cost(
        market.section_price, fixed.input_local, fixed.pay_share, float(market.wage_index), float(p.price_adjustment)
    )
    elastic = price ** (1.0 + p.export_price_elasticity)
    asked = asked_beyond(price, elastic, custom_of_wider_anchors(world), market.beyond_pull, fixed.beyond_split)
    by_section = np.zeros((2, price.shape[0]), np.int64)
    totals = _sell_beyond(
        f.section, f.is_open, f.site_output, fixed.beyond_share, asked, price, f.capacity, f.contract_load,
        f.sales_anchors, f.sales_households, f.sales_firms, p.output_smoothing, f.price, f.sales_beyond,
        f.turnover, f.unmet, f.profit, f.cash, f.output_last, f.output_smooth, by_section,
    )  # fmt: skip
    by_treasury, by_wider, by_outside = totals
    sales = {
        ("treasury", "firms"): by_treasury, ("wider_area", "firms"): by_wider, ("outside", "firms"): by_outside
    }  # fmt: skip
    world.ledger.post_kinds({"sales_beyond": sales}, {}, settled={"firms": sum(totals)})
    market.section_use = follow_use(by_section, fixed.usual_use, market.section_use)


@kernel
def _sell_beyond(
    section: np.ndarray, is_open: np.ndarray, site_output: np.ndarray, beyond: np.ndarray, asked: np.ndarray,
    price: np.ndarray, capacity: np.ndarray, contracts: np.ndarray, to_anchors: np.ndarray,
    to_households: np.ndarray, to_firms: np.ndarray, smoothing: float, firm_price: np.ndarray, sold: np.ndarray,
    turnover: np.ndarray, unmet: np.ndarray, profit: np.ndarray, cash: np.ndarray, output: np.ndarray,
    smooth: np.ndarray, by_section: np.ndarray,
) -> tuple[int, int, int]:  # fmt: skip
    """Sell what capacity leaves room for; work out the month's volume; return sales by who pays."""
    treasury, wider, outside = 0, 0, 0
    for f in range(section.shape[0]):
        s = section[f]
        firm_price[f] = price[s]
        if not is_open[f]:
            sold[f] = 0
            continue
        here = to_anchors[f] + to_households[f] + to_firms[f]
        usual = site_output[f] * beyond[f]
        wanted = usual * (asked[s, 0] + asked[s, 1] + asked[s, 2])
        served = min(1.0, max(capacity[f] - here, 0) / max(wanted, 1.0))
        one = int(usual * asked[s, 0] * served)
        two = int(usual * asked[s, 1] * served)
        three = int(usual * asked[s, 2] * served)
        sold[f] = one + two + three
        treasury += one
        wider += two
        outside += three
        unmet[f] += max(int(wanted) - sold[f] - 3, 0)  # three floors may cost three pence
        turnover[f] += sold[f]
        profit[f] += sold[f]
        cash[f] += sold[f]
        output[f] = math.floor((here + sold[f]) / price[s] + 0.5)
        smooth[f] += math.floor((output[f] - smooth[f]) * smoothing + 0.5)
        by_section[0, s] += site_output[f]
        by_section[1, s] += output[f] - min(contracts[f], output[f])
    return treasury, wider, outside


def usual_capacity(world: World) -> np.ndarray:
    """Return what each firm can make in a month, (F,) pence: usual trade over its usual use, and its contracts."""
    out = np.empty_like(world.firms.site_output)
    _set_capacity(world, out)
    return out


def _set_capacity(world: World, out: np.ndarray | None = None) -> None:
    """Write what each firm can make in a month, in place of what it could unless another column is given."""
    f, use = world.firms, world.parameters.firms.usual_use_of_capacity
    _capacity(f.is_open, f.site_output, f.growth, f.contract_load, use, f.capacity if out is None else out)


@kernel
def _capacity(
    is_open: np.ndarray, site_output: np.ndarray, growth: np.ndarray, contracts: np.ndarray, use: float, out: np.ndarray
) -> None:  # fmt: skip
    for f in range(out.shape[0]):
        out[f] = int((site_output[f] * growth[f] + contracts[f]) / use) if is_open[f] else 0


def invest_in_capacity_and_readiness(world: World) -> None:
    """Firms adapt capacity to demand, slowly and less than in proportion; and get ready to bid, or lapse.

    Capacity follows demand with an elasticity below one round the premises, so sizes stay stationary.
    What is added is bought outside; what is given up is not refunded. A firm decides once a quarter. It can make
    more from next month: capacity is worked out once firms have closed and opened.

    Reads   firms.site_key, firms.output_last, firms.unmet, firms.contract_load, firms.site_output, firms.growth,
            firms.is_open, firms.is_new, firms.key, firms.age_months, firms.section, firms.owner_place,
            firms.registered, needs.key, needs.section, needs.anchor, needs.budget, needs.supplier,
            needs.supplier_key, needs.route, needs.term_months, market.mean_bidders, terms
    Writes  firms.growth, firms.registered, firms.profit, ledger
    """
    f, p = world.firms, world.parameters.firms
    cost = _invest(
        f.site_key, world.month, f.is_open, f.is_new, f.output_last, f.unmet, f.contract_load, f.site_output,
        f.growth, f.profit, f.cash, p.capacity_elasticity, p.capacity_adjustment, p.capital_months,
    )  # fmt: skip
    world.ledger.post_kinds({"investment": {("firms", "outside"): cost}}, {}, settled={"firms": -cost})
    readiness.update_readiness(world)


@kernel
def _invest(
    site_key: np.ndarray, month: int, is_open: np.ndarray, is_new: np.ndarray, output: np.ndarray,
    unmet: np.ndarray, contracts: np.ndarray,
    site_output: np.ndarray, growth: np.ndarray, profit: np.ndarray, cash: np.ndarray, elasticity: float,
    adjustment: float, capital_months: float,
) -> int:  # fmt: skip
    """Let the firms whose turn it is move towards the capacity they want, and pay for it; return what they pay."""
    total = 0
    in_quarter = 1.0 - (1.0 - adjustment) ** 3
    rows, n = np.empty(output.shape[0] + 1, np.int32), 0
    for f in range(output.shape[0]):  # without a branch: whose turn it is cannot be foreseen
        rows[n] = f
        n += ((site_key[f] + np.uint64(month)) % np.uint64(3) == 0) & is_open[f] & (not is_new[f])
    for f in rows[:n]:
        demand = output[f] + unmet[f] - min(contracts[f], output[f])
        wanted = math.exp(elasticity * math.log(max(demand, 1) / max(site_output[f], 1)))
        step = (min(max(wanted, 0.5), 2.0) - growth[f]) * in_quarter
        growth[f] += step
        if step > 0.0:
            cost = int(step * site_output[f] * capital_months)
            profit[f] -= cost
            cash[f] -= cost
            total += cost
    return total


def open_and_close(world: World) -> None:
    """Firms close by a hazard of age and size or when cash runs out; entrants open where premises are vacant.

    Potential entrants are a fixed slate, one a vacant site a month, opening where their draw is below the rate.

    Reads   firms.key, firms.site_key, firms.size_class, firms.section, firms.age_months, firms.cash,
            market.section_use, firms.contract_load, firms.growth, firms.is_open, firms.output_smooth,
            firms.owner, firms.site_output, market.section_price, residents.employer, firms.owner_place,
            needs.supplier, households.savings, needs.owed, needs.anchor, needs.place, firms.ownership
    Writes  needs.owed, firms.loan, firms.is_open, firms.is_closing, firms.is_new, firms.key, firms.age_months, firms.owner,
            firms.owner_place, firms.ownership, firms.growth, firms.capacity, firms.output_last,
            firms.output_smooth, residents.status, residents.employer, employers.n_residents,
            employers.n_from_wider, employers.n_from_outside, needs.months_left, needs.subcontractor,
            households.income, firms.contract_load, firms.contracts_beyond,
            market.counts, ledger, employers.vacancies, employers.wanted, firms.bid_skill, firms.profit,
            firms.quality, firms.registered, firms.sv_practice, firms.unit_cost, firms.local_hiring
    """
    demography.close_firms(world)
    demography.open_firms(world)
    _set_capacity(world)

