"""What a pound of new demand comes to with households endogenous: in the model, and in a table with its leakages.

Bidding, entry, exit, investment and choice are off, firms have no limit of capacity, pay and commuting do not follow
unemployment, credit is not tapered, and whoever is wanted is found: then output, jobs, pay and spending go round
and nothing else moves. That is what a Type II multiplier assumes.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cwbsim import regional_io, schedule
from cwbsim.economy import payroll
from cwbsim.parameters import Parameters
from cwbsim.schedule import phase_name
from cwbsim.simulation import build_world, run_month
from cwbsim.world import SECTIONS, World
from tests.boroughs import scenario
from tests.verification.leontief import NO_LIMIT, spending_matrix

OFF = frozenset({
    "procurement.open_tenders", "bidding.enter_and_bid", "procurement.award_contracts",
    "firms.invest_in_capacity_and_readiness", "firms.open_and_close", "households.choose_suppliers",
    "supply_chain.renew_links",
})  # fmt: skip
RIGID = ("labour.commuting_elasticity", "labour.incommuter_elasticity", "labour.wage_curve_elasticity")
S = len(SECTIONS)


class Multipliers(NamedTuple):
    """Output over new demand."""

    model: float
    type_1: float
    of_owners_alone: float  # Type II in which profit goes round and pay does not
    type_2: float


def multipliers(seed: int, scale: float, sections: str, months: int, kept: int) -> Multipliers:
    """Raise demand of some sections by a tenth of their output for good; compare the mean of the last months."""
    world = _start(seed, scale)
    firms = world.firms
    of_sections = np.isin(firms.section, [SECTIONS.index(one) for one in sections]) & firms.is_open
    shock = np.where(of_sections, firms.site_output // 10, 0)
    usual, more = world.snapshot(), world.snapshot()
    before = _output(usual, np.zeros_like(shock), months, kept)
    after = _output(more, shock, months, kept)
    inputs, new = world.fixed.input_local, np.bincount(firms.section, weights=shock, minlength=S)
    pay, profit, spending = _round_of_households(usual)

    def by_table(income: np.ndarray) -> float:
        # Nobody buys of section T, whose pay is all of its output: a table has to leave something.
        income = np.minimum(income, 0.99 - inputs.sum(axis=0))
        return float((regional_io.type_2(inputs, income, spending)[:S, :S] @ new).sum() / shock.sum())

    return Multipliers(
        float((after - before).sum() / shock.sum()), float((regional_io.type_1(inputs) @ new).sum() / shock.sum()),
        by_table(np.maximum(profit, 0.0)), by_table(pay + profit),
    )  # fmt: skip


def _start(seed: int, scale: float) -> World:
    world = build_world(scenario(scale=scale), seed)
    world.firms.capacity[:] = NO_LIMIT
    figures = world.parameters._figures
    still = {k: replace(figures[k], value=0.0, low=min(figures[k].low, 0.0), high=max(figures[k].high, 0.0)) for k in RIGID}
    world.parameters = Parameters({**figures, **still})
    world.fixed = replace(world.fixed, matching_efficiency=20.0 * world.fixed.matching_efficiency)
    world.households.work_allowance[:] = 1 << 30
    return world


def _output(world: World, new_demand: np.ndarray, months: int, kept: int) -> np.ndarray:
    """Run with demand from outside added each month; return output by section, the mean of the months kept."""

    def buy(world: World) -> None:
        world.ledger.pay("injection", "outside", int(new_demand.sum()), ("firms", new_demand))
        for column in (world.firms.sales_anchors, world.firms.turnover, world.firms.profit):
            column += new_demand

    phases = []
    for phase in schedule.MONTH:
        if phase_name(phase) not in OFF:
            phases.append(phase)
        if phase_name(phase) == "procurement.pay_suppliers":
            phases.append(buy)
    out = np.zeros(S)
    for month in range(months):
        run_month(world, tuple(phases))
        if month >= months - kept:
            out += np.bincount(world.firms.section, weights=world.firms.output_last, minlength=S) / kept
    return out


def _round_of_households(world: World) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what households here get of a pound of output as net pay and as profit, and what they spend, each (S,)."""
    firms, fixed, n = world.firms, world.fixed, world.firms.key.size
    output = firms.output_last * firms.is_open
    total = np.maximum(np.bincount(firms.section, weights=output, minlength=S), 1.0)
    staffed = firms.is_open & (firms.size_class > 0)  # who works on own account has profit, not pay
    net, tax, pension = payroll.pay_each(world, 1.0)
    employer = world.residents.employer
    works = (employer >= 0) & (employer < n)
    works[works] = staffed[employer[works]]
    section = firms.section[employer[works]]
    pay = np.bincount(section, weights=net[works], minlength=S) / total
    employers = world.employers
    commuters = (employers.n_from_wider + employers.n_from_outside)[:n] * staffed
    labour = np.bincount(section, weights=(net + tax + pension)[works], minlength=S)
    labour += np.bincount(firms.section, weights=commuters * fixed.labour_cost_per_job[firms.section], minlength=S)
    per_pound = labour / np.maximum(np.bincount(firms.section, weights=output * staffed, minlength=S), 1.0)
    bought = fixed.input_total.sum(axis=0) + fixed.imports_share + fixed.product_tax_share + fixed.production_tax_share
    left = 1.0 - bought[firms.section] - np.where(staffed, np.minimum(per_pound, 1.0)[firms.section], 0.0)
    left = np.where(firms.profit > 0, left * (1.0 - world.parameters.treasury.corporation_tax_effective_rate), left)
    profit = np.bincount(firms.section, weights=output * left * ((firms.owner >= 0) & firms.is_open), minlength=S) / total
    consumption = world.households.consumption
    spent = np.bincount(firms.section, weights=spending_matrix(world) @ consumption, minlength=S) / consumption.sum()
    return pay, np.maximum(pay + profit, 0.0) - pay, spent
