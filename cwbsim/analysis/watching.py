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
from scipy.sparse import csr_matrix

from cwbsim import schedule
from cwbsim.analysis.flows import (
    BEYOND,
    CORPORATION,
    GOODS_OUTSIDE,
    IN_OUTSIDE,
    IN_WIDER,
    INVESTMENT,
    OUTLAYS,
    PENSIONS,
    PRODUCTION,
    PRODUCTS,
    PROFIT_OUTSIDE,
    PROFIT_WIDER,
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
    return watch(world, over, on_month)


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


def _read_consumption(world: World, flows: Flows, run: _Run) -> None:
    """Homes, spending by group and shop, and what the till splits it into."""
    h, fixed, f = world.households, world.fixed, world.firms
    groups, n_sites, n_categories = flows.n_groups, f.key.shape[0], h.supplier.shape[1]
    group = group_of(world)
    flows.add("income", sum_by(group, h.income, groups))
    run()
    _read_homes(world, flows, group)
    upto = (h.consumption.astype(np.int64)[:, None] * fixed.spend_cumulative[h.income_decile]) >> 24
    spent = np.diff(upto, axis=1)  # (H, K)
    shop = h.supplier.astype(np.int64)
    here = shop >= 0
    cell = (group[:, None] * n_sites + shop)[here]
    by_group = csr_matrix(sum_by(cell, spent[here], groups * n_sites).reshape(groups, n_sites))
    flows.add("spending", by_group)
    place = np.where(here, 0, -shop)
    away = np.zeros((groups, 3))
    by_category = np.zeros((2, n_categories))
    for where in (WIDER, OUTSIDE):
        for k in range(n_categories):
            chosen = place[:, k] == where
            found = sum_by(group[chosen], spent[chosen, k], groups)
            tax = np.floor(found * fixed.till_tax[k] / Q24)
            away[:, 0] += tax
            away[:, where] += found - tax
            by_category[where - 1, k] = found.sum()
    flows.add("away", away)
    held_to_books(world, "consumption", "households", "firms", by_group.data)
    held_to_books(world, "consumption", "households", "wider_area", by_category[0])
    held_to_books(world, "consumption", "households", "outside", by_category[1])
    _read_till(world, flows, np.asarray(by_group.sum(axis=0)).ravel().astype(np.int64))


def _read_homes(world: World, flows: Flows, group: np.ndarray) -> None:
    h, groups = world.households, flows.n_groups
    social = np.where(h.landlord == -2, h.housing_cost, 0)
    private = np.where(h.landlord >= 0, h.housing_cost, 0)
    away = h.outgoings.astype(np.int64) - h.council_tax - social - private
    homes = np.stack([sum_by(group, x, groups) for x in (h.council_tax, social, away)], axis=1)
    flows.add("homes", homes)
    rented = h.landlord >= 0
    to = group[h.landlord[rented]]
    rents = matrix(group[rented], to, h.housing_cost[rented].astype(np.int64), (groups, groups))
    flows.add("rents", rents)
    held_to_books(world, "council_tax", "households", "anchors", homes[:, 0])
    held_to_books(world, "housing", "households", "anchors", homes[:, 1])


def _read_till(world: World, flows: Flows, taken: np.ndarray) -> None:
    """Split what every shop took, as the till does."""
    f, fixed = world.firms, world.fixed
    n_sites, trade = f.key.shape[0], np.maximum(f.trade, 0)
    tax, goods = ((taken * share[trade]) >> 24 for share in (fixed.till_tax, fixed.till_goods))
    own = taken - tax - goods
    room = np.where(f.is_open, np.maximum(f.capacity - f.sales_anchors, 0), 0)
    short = own > room
    part = room / np.maximum(own, 1)
    tax, goods = (np.where(short, (x * part).astype(np.int64), x) for x in (tax, goods))
    own = np.where(short, room, own)
    link = fixed.goods_link
    maker = np.where(link >= 0, world.links.supplier[np.maximum(link, 0)], -1)
    made_here = (maker >= 0) & f.is_open[np.maximum(maker, 0)] & (taken > 0)
    local = np.where(made_here, (goods * fixed.goods_local) >> 24, 0)
    wider = ((goods - local) * fixed.wider_supply_share).astype(np.int64)
    till = np.stack((tax, wider, goods - local - wider, taken - tax - goods - own, own), axis=1).astype(float)
    rows = np.flatnonzero(local)
    flows.add("till", till)
    flows.add("goods", matrix(rows, maker[rows], local[rows], (n_sites, n_sites)))
    held_to_books(world, "at_the_till", "firms", "treasury", tax)
    held_to_books(world, "at_the_till", "firms", "firms", local)
    held_to_books(world, "at_the_till", "firms", "wider_area", wider)
    held_to_books(world, "at_the_till", "firms", "outside", till[:, [GOODS_OUTSIDE, BEYOND]])


def _read_inputs(world: World, flows: Flows, run: _Run) -> None:
    """Inputs through the links, and elsewhere."""
    f, fixed, links = world.firms, world.fixed, world.links
    n_sites, used, sold_before = f.key.shape[0], f.output_last.copy(), f.sales_firms.copy()
    room = np.where(f.is_open, f.capacity - f.sales_anchors - f.sales_households - sold_before, 0)
    run()
    price, sigma = world.market.section_price, world.parameters.firms.input_substitution
    buyer = np.repeat(np.arange(n_sites), np.diff(links.start))
    bought = (links.supplier >= 0) & (used[buyer] != 0)
    rows, s, at = buyer[bought], links.section[bought], links.supplier[bought]
    base = used[rows].astype(np.float64) * links.coefficient[bought]
    cost = (base * (price ** (1.0 - sigma))[s]).astype(np.int64)
    quantity = (base * (price**-sigma)[s]).astype(np.int64)
    flows.add("links", matrix(rows, at, cost, (n_sites, n_sites)))
    received = sum_by(at, cost, n_sites).astype(np.int64)
    over = np.maximum(received - np.maximum(room, 0), 0)
    flows.add("turned_away", np.stack((over, received - over), axis=1).astype(float))
    section, displaced = f.section, sum_by(rows, quantity, n_sites).astype(np.int64)
    total = fixed.input_total.sum(axis=0)
    elsewhere = np.maximum((used * total[section]).astype(np.int64) - displaced, 0)
    elsewhere[(received == 0) & (used == 0)] = 0
    wider = (elsewhere * fixed.wider_supply_share).astype(np.int64)
    imported = (used * fixed.imports_share[section]).astype(np.int64)
    out = np.zeros((n_sites, len(OUTLAYS)))
    out[:, IN_WIDER], out[:, IN_OUTSIDE] = wider, elsewhere - wider + imported
    out[:, PRODUCTS] = (used * fixed.product_tax_share[section]).astype(np.int64)
    flows.add("outlays", out)
    held_to_books(world, "inputs", "firms", "firms", cost)
    held_to_books(world, "inputs", "firms", "wider_area", wider)
    held_to_books(world, "inputs", "firms", "outside", out[:, IN_OUTSIDE].sum() + over.sum())
    held_to_books(world, "inputs", "firms", "treasury", out[:, PRODUCTS])


def _read_sales(world: World, flows: Flows, run: _Run) -> None:
    """Own output sold in the month, whoever bought it."""
    f = world.firms
    run()
    sold = f.sales_anchors + f.sales_households + f.sales_firms + f.sales_beyond
    flows.add("receipts", sold.astype(float))


def _read_taxes(world: World, flows: Flows, run: _Run) -> None:
    f = world.firms
    profit = f.profit.copy()
    run()
    share = np.rint(world.fixed.production_tax_share * Q24).astype(np.int64)
    production = (f.output_last * share[f.section]) >> 24
    out = np.zeros((f.key.shape[0], len(OUTLAYS)))
    out[:, PRODUCTION], out[:, CORPORATION] = production, profit - production - f.profit
    flows.add("outlays", out)
    held_to_books(world, "corporation_tax", "firms", "treasury", out[:, CORPORATION])
    held_to_books(world, "production_taxes", "firms", "treasury", np.maximum(production, 0))


def _read_profit(world: World, flows: Flows, run: _Run) -> None:
    f = world.firms
    before = f.cash.copy()
    run()
    paid = (before - f.cash).astype(float)
    rows = np.flatnonzero(f.owner >= 0)
    group = group_of(world, f.owner[rows])
    flows.add("profit", matrix(rows, group, paid[rows], (f.key.shape[0], flows.n_groups)))
    out = np.zeros((f.key.shape[0], len(OUTLAYS)))
    away = f.owner < 0
    out[:, PROFIT_WIDER] = np.where(away & (f.owner_place == WIDER), paid, 0.0)
    out[:, PROFIT_OUTSIDE] = np.where(away & (f.owner_place != WIDER), paid, 0.0)
    flows.add("outlays", out)
    held_to_books(world, "profit", "firms", "households", np.maximum(paid[rows], 0.0))
    held_to_books(world, "profit", "firms", "wider_area", np.maximum(out[:, PROFIT_WIDER], 0.0))
    held_to_books(world, "profit", "firms", "outside", np.maximum(out[:, PROFIT_OUTSIDE], 0.0))


def _read_investment(world: World, flows: Flows, run: _Run) -> None:
    f = world.firms
    before = f.cash.copy()
    run()
    out = np.zeros((f.key.shape[0], len(OUTLAYS)))
    out[:, INVESTMENT] = before - f.cash
    flows.add("outlays", out)
    held_to_books(world, "investment", "firms", "outside", out[:, INVESTMENT])


_READERS: dict[str, Callable[[World, Flows, _Run], None]] = {
    "procurement.pay_suppliers": _read_contracts,
    "labour.pay_wages": _read_pay,
    "households.consume": _read_consumption,
    "supply_chain.buy_inputs": _read_inputs,
    "firms.set_prices_and_sell_beyond": _read_sales,
    "treasury.collect_other_taxes": _read_taxes,
    "ownership.share_profits": _read_profit,
    "firms.invest_in_capacity_and_readiness": _read_investment,
}
