"""The steady state of the starting world: incomes, spending and sales that repeat, and the purses they imply."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.closing import settle_rounds
from cwbsim.economy import firms as firm_phases
from cwbsim.economy import households, payroll, policy, procurement, supply_chain
from cwbsim.economy.ownership import cash_target
from cwbsim.places.start_anchors import fund_gap
from cwbsim.world import World

__all__ = [
    "deciles", "draws", "expected_consumption", "expected_income", "expected_profit", "fill_purses", "grow_to_custom",
    "net_pay",
    "rehearse",
]  # fmt: skip


def draws(world: World, process: str, keys: np.ndarray) -> np.ndarray:
    """Return one draw of the starting world a key, (n,) in [0, 1)."""
    return draw_many(stream(world.seed, process), keys)


def net_pay(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return what a month's pay day brings: net pay by household (H,) and labour cost by employer (E,), pence."""
    n = world.households.key.shape[0]
    earnings = np.zeros(n, np.int32)
    cost, _ = payroll.pay_day(world, 1.0, earnings, np.zeros(n, np.int64))  # pay in the starting world is at its own index
    return earnings, cost


def expected_profit(world: World, cost: np.ndarray) -> np.ndarray:
    """Return each firm's monthly profit after corporation tax when sales repeat, (F,) float pence."""
    f, fixed = world.firms, world.fixed
    s = f.section
    inputs = fixed.input_total.sum(axis=0)[s] + fixed.imports_share[s] + fixed.product_tax_share[s]
    before = f.output_last * (1.0 - inputs - fixed.production_tax_share[s]) - cost[: s.shape[0]]
    rate = world.parameters.treasury.corporation_tax_effective_rate
    return np.where(f.is_open, before - rate * np.maximum(before, 0.0), 0.0)


def expected_income(world: World, pay: tuple[np.ndarray, np.ndarray] | None = None) -> np.ndarray:
    """Return each household's disposable income a month when nothing changes, (H,) float pence.

    Net pay (of :func:`net_pay`, worked out if not given), benefits on it, pensions, profit of firms owned,
    rents received.
    """
    h = world.households
    earnings, cost = net_pay(world) if pay is None else pay
    h.earnings[:] = earnings
    taper = world.parameters.treasury.universal_credit_taper
    credit = np.where(
        h.benefit_most > 0, np.maximum(h.benefit_most - taper * np.maximum(earnings - h.work_allowance, 0), 0), 0
    )
    return np.asarray(earnings + credit + h.pension + h.other_income + late_income(world, cost))


def late_income(world: World, cost: np.ndarray) -> np.ndarray:
    """Return profits and rents a month by household, (H,): they come after spending and are spent a month later."""
    h, f = world.households, world.firms
    n = h.key.shape[0]
    owned = f.owner >= 0
    profit = np.bincount(f.owner[owned], weights=expected_profit(world, cost)[owned], minlength=n)
    return np.asarray(profit + h.rent_received)


def expected_consumption(world: World, income: np.ndarray) -> np.ndarray:
    """Return consumption a month at target savings, (H,) int64: income less council tax and housing."""
    h = world.households
    return np.asarray(np.floor(np.maximum(income - h.council_tax - h.housing_cost, 0.0)).astype(np.int64))


def deciles(amount: np.ndarray) -> np.ndarray:
    """Return the decile of each row, 0 lowest."""
    order = np.argsort(amount, kind="stable")
    out = np.empty(amount.shape[0], np.int8)
    out[order] = (np.arange(amount.shape[0]) * 10) // max(amount.shape[0], 1)
    return out


def rehearse(world: World, times: int) -> None:
    """Run the spending phases until sales repeat: the start is a fixed point of the very phases of the month.

    Money moved in a rehearsal is taken back; what stays is each firm's sales, and jobs that fit them.
    """
    h, f = world.households, world.firms
    pay = net_pay(world)
    for _ in range(times):
        income = expected_income(world, pay)
        _hold_steady(world, income)
        policy.set_terms(world)
        procurement.pay_suppliers(world)
        households.consume(world)
        supply_chain.buy_inputs(world)
        smooth = f.output_smooth.copy()
        firm_phases.set_prices_and_sell_beyond(world)
        f.output_smooth[:] = np.where(f.is_open, f.output_last, smooth)
        f.capacity[:] = firm_phases.usual_capacity(world)
    _note_usual_use(world)
    for purse in (world.anchors.cash, f.cash, h.savings, h.income):
        purse[:] = 0


def _note_usual_use(world: World) -> None:
    """Keep how far each section's premises are used when sales repeat: entry responds to deviations from it."""
    f, use = world.firms, world.fixed.usual_use
    trade = (f.output_last - np.minimum(f.contract_load, f.output_last)) * f.is_open
    usual = np.bincount(f.section, weights=f.site_output * f.is_open, minlength=use.shape[0])
    use[:] = np.where(usual > 0, np.bincount(f.section, weights=trade, minlength=use.shape[0]) / np.maximum(usual, 1.0), 1.0)
    world.market.section_use = np.ones_like(use)


def grow_to_custom(world: World) -> None:
    """Give each firm the capacity it would have grown to for the custom it starts with.

    Custom comes and goes with re-choosing, closures and openings (about twice the closures) while capacity
    follows at its own rate, so a firm has grown by the ratio of the two rates of the way to what it wants.
    """
    f, p = world.firms, world.parameters.firms
    demand = f.output_last + f.unmet - np.minimum(f.contract_load, f.output_last)
    wanted = np.clip((np.maximum(demand, 1) / np.maximum(f.site_output, 1)) ** p.capacity_elasticity, 0.5, 2.0)
    closing = float(world.fixed.exit_hazard[f.size_class[f.is_open], 5].mean())
    coming_and_going = world.parameters.households.rechoice_rate + 2.0 * closing
    way = p.capacity_adjustment / (p.capacity_adjustment + coming_and_going)
    f.growth[:] = np.where(f.is_open, 1.0 + way * (wanted - 1.0), 1.0)
    f.capacity[:] = firm_phases.usual_capacity(world)


def _hold_steady(world: World, income: np.ndarray) -> None:
    """Give households the income, savings and habits of the steady state."""
    h = world.households
    world.fixed.housing_totals[:] = households.housing_totals(h)
    net = income - h.council_tax - h.housing_cost
    h.permanent_income[:] = net
    h.income[:] = np.rint(income)
    months = world.parameters.households.savings_target_months
    h.savings[:] = np.rint(np.maximum(net, 0.0) * months)


def fill_purses(world: World) -> None:
    """Give everyone the money they hold when nothing changes, and open the books with it.

    A household holds its target savings and what it will spend of late income; a firm its target and what is
    left of profit not yet paid out; an anchor a month's spending.
    """
    h, f, a = world.households, world.firms, world.anchors
    pay = net_pay(world)
    income, cost = expected_income(world, pay), pay[1]
    net = income - h.council_tax - h.housing_cost
    late = np.rint(late_income(world, cost)).astype(np.int64)
    h.permanent_income[:] = net
    months = world.parameters.households.savings_target_months
    h.savings[:] = np.rint(np.maximum(net, 0.0) * months)
    h.income[:] = late
    payout = world.parameters.firms.payout_rate
    profit = expected_profit(world, cost)
    f.cash[:] = np.where(f.is_open, np.rint(cash_target(world) + profit * (1.0 / payout - 1.0)), 0)
    n = f.key.shape[0]
    social = int(h.housing_cost[h.landlord == -2].sum())
    contracts = np.bincount(world.needs.anchor, weights=world.needs.budget, minlength=a.key.shape[0]).astype(np.int64)
    fund_gap(a, cost[n : n + a.key.shape[0]], contracts, int(h.council_tax.sum()), social)
    _balance_books(world)
    settle_rounds(world)


def _balance_books(world: World) -> None:
    ledger = world.ledger
    for i, sector in enumerate(("anchors", "firms", "households")):
        ledger.balances[i] = ledger.held(sector)
    ledger.balances[3:] = 0
    ledger.open_month()
