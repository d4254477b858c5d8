"""Watching a run: reads off, phase by phase, which firm paid which, and whose staff live where.

The books hold what each sector paid each other. To follow a pound one has to know the rows; they are read off the
columns by the same arithmetic as the phases', and every total is held to the books of the month, to the penny.
Watching changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cwbsim import schedule
from cwbsim.analysis import watching_trade as trade
from cwbsim.analysis.flows import (
    OUTLAYS,
    PENSIONS,
    STAFF_OUTSIDE,
    STAFF_WIDER,
    WITHHELD,
    Flows,
    S,
    group_of,
    held_to_books,
    matrix,
    sum_by,
)  # fmt: skip
from cwbsim.economy import payroll
from cwbsim.economy.contracts import WHOLESALE
from cwbsim.law import what_if
from cwbsim.outcomes.contract_passes import payments
from cwbsim.simulation import build_world, run_month
from cwbsim.world import BOROUGH, OUTSIDE, Q24, WIDER, World

if TYPE_CHECKING:
    from cwbsim.scenario import Scenario

__all__ = ["watch", "watched"]


def watch(world: World, months: int, on_month: Callable[[int], None] | None = None) -> Flows:
    """Run some months of a world and read off who paid whom.

    Parameters
    ----------
    world : World
        Changed in place, as by ``simulation.run_month``.
    months : int
    on_month : callable, optional
        Told the number of each month that is done.

    Raises
    ------
    BooksError
        If what was read off does not add up to the books of a month, to the penny.
    """
    flows = Flows.none_yet(world)
    phases = tuple(_watching(phase, flows) for phase in schedule.MONTH)
    for _ in range(months):
        run_month(world, phases)
        flows.months.append(world.month)
        if on_month is not None:
            on_month(world.month)
    return flows


def _watching(phase: schedule.Phase, flows: Flows) -> schedule.Phase:
    """Return a phase that is also read off, if it is one that moves money between rows."""
    read = _READERS.get(schedule.phase_name(phase))
    if read is None:
        return phase
    return lambda world: read(world, flows, partial(phase, world))


def watched(scenario: Scenario, over: int, on_month: Callable[[int], None] | None = None) -> Flows:
    """Simulate a scenario and watch its last months.

    Parameters
    ----------
    scenario : Scenario
    over : int
        How many of its months are watched, counted from the end.
    on_month : callable, optional
        Told the number of each month that is done.
    """
    world = build_world(scenario, scenario.seed)
    while world.month < scenario.months - over:
        run_month(world)
        if on_month is not None:
            on_month(world.month)
    flows = watch(world, over, on_month)
    flows.what_if = what_if(scenario)
    return flows


type _Run = Callable[[], None]


def _read_contracts(world: World, flows: Flows, run: _Run) -> None:
    """Contracts, goods resold and sub-contracts, need by need: as they fall due; the books hold what is paid."""
    before = world.needs.owed.copy()
    run()
    n, f, p = world.needs, world.firms, world.parameters.procurement
    n_anchors, n_sites = world.anchors.key.shape[0], f.key.shape[0]
    paid = payments(n.budget, n.price, world.closure == "overrun")
    goods = round(p.wholesale_goods_share * Q24)
    resold = np.where(n.section == WHOLESALE, (paid * goods) >> 24, 0)
    sub = n.subcontractor
    passes = (sub >= 0) & f.is_open[np.maximum(sub, 0)] & (sub != n.supplier)
    part = (n.sub_share * float(Q24)).astype(np.int64)
    lots = np.where(passes, ((paid - resold) * part) >> 24, 0)
    here, cell = n.supplier >= 0, n.anchor.astype(np.int64) * n_sites + n.supplier
    for name, amount in (("contract_own", paid - resold - lots), ("contract_resold", resold)):
        flows.add(name, sum_by(cell[here], amount[here], n_anchors * n_sites).reshape(n_anchors, n_sites))
    at = (n.anchor.astype(np.int64) * 2 + n.place - 1) * S + n.section
    elsewhere = sum_by(at[~here], paid[~here], n_anchors * 2 * S).reshape(n_anchors, 2 * S)
    flows.add("contract_elsewhere", elsewhere)
    code = np.where(here, n.supplier, -1 - ((n.place.astype(np.int64) - 1) * S + n.section))
    flows.subcontracts.append((n.anchor[passes], code[passes], sub[passes], lots[passes]))
    cash, place = paid + before - n.owed, np.where(here, BOROUGH, n.place)
    for payee, at in (("firms", BOROUGH), ("wider_area", WIDER), ("outside", OUTSIDE)):
        held_to_books(world, "contracts", "anchors", payee, cash[place == at])
    held_to_books(world, "goods_resold", "firms", "outside", resold[here])
    held_to_books(world, "local_subcontracts", "firms", "firms", lots[here])


def _read_pay(world: World, flows: Flows, run: _Run) -> None:
    """Net pay by employer and group, what is withheld, and in-commuters' pay."""
    n_sites, groups = world.firms.key.shape[0], flows.n_groups
    n_here = world.on_site_row(WIDER)
    net, tax, pension = payroll.pay_each(world, world.market.wage_index)
    run()
    employer = world.residents.employer.astype(np.int64)
    group = group_of(world, world.residents.household)
    at_site = (employer >= 0) & (employer < n_sites)
    flows.add("pay", matrix(employer[at_site], group[at_site], net[at_site], (n_sites, groups)))
    on_site = (employer >= n_here) & (employer < n_here + 2 * S)
    row = employer[on_site] - n_here
    ones = np.ones(row.shape[0], np.int64)
    flows.add(
        "on_site",
        matrix(
            np.concatenate((row, row, row)),
            np.concatenate((group[on_site], ones * groups, ones * (groups + 1))),
            np.concatenate((net[on_site], tax[on_site], pension[on_site])),
            (2 * S, groups + 2),
        ),
    )
    out = np.zeros((n_sites, len(OUTLAYS)))
    out[:, WITHHELD] = sum_by(employer[at_site], tax[at_site], n_sites)
    out[:, PENSIONS] = sum_by(employer[at_site], pension[at_site], n_sites)
    for column, count in ((STAFF_WIDER, world.employers.n_from_wider), (STAFF_OUTSIDE, world.employers.n_from_outside)):
        pay, withheld = _commuters(world, count[:n_sites])
        out[:, column] = pay
        out[:, WITHHELD] += withheld
    flows.add("outlays", out)
    held_to_books(world, "wages", "firms", "households", net[at_site])
    held_to_books(world, "wages", "firms", "treasury", out[:, WITHHELD])
    held_to_books(world, "wages", "firms", "wider_area", out[:, STAFF_WIDER])
    held_to_books(world, "wages", "firms", "outside", out[:, STAFF_OUTSIDE] + out[:, PENSIONS])


def _commuters(world: World, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pay that leaves with the in-commuters of each site, and the tax on it."""
    section = world.employers.section[: count.shape[0]]
    each = (world.fixed.labour_cost_per_job[section] * round(world.market.wage_index * Q24)) >> 24
    share = round(world.parameters.treasury.incommuter_tax_share * Q24)
    all_of_it = each * count.astype(np.int64)
    tax = (all_of_it * share + (1 << 23)) >> 24
    return all_of_it - tax, tax


_READERS: dict[str, Callable[[World, Flows, _Run], None]] = {
    "procurement.pay_suppliers": _read_contracts,
    "labour.pay_wages": _read_pay,
    "households.consume": trade.read_consumption,
    "supply_chain.buy_inputs": trade.read_inputs,
    "firms.set_prices_and_sell_beyond": trade.read_sales,
    "treasury.collect_other_taxes": trade.read_taxes,
    "ownership.share_profits": trade.read_profit,
    "firms.invest_in_capacity_and_readiness": trade.read_investment,
}
