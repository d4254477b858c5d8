"""Watching a run, the second half: what households and firms spend, read off phase by phase."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csr_matrix

from cwbsim.analysis.flows import (
    BEYOND,
    CORPORATION,
    GOODS_OUTSIDE,
    IN_OUTSIDE,
    IN_WIDER,
    INVESTMENT,
    OUTLAYS,
    PRODUCTION,
    PRODUCTS,
    PROFIT_OUTSIDE,
    PROFIT_WIDER,
    Flows,
    group_of,
    held_to_books,
    matrix,
    sum_by,
)  # fmt: skip
from cwbsim.economy.ownership import WORKERS
from cwbsim.world import OUTSIDE, Q24, WIDER, World

__all__ = ["read_consumption", "read_inputs", "read_investment", "read_profit", "read_sales", "read_taxes"]

type _Run = Callable[[], None]


def read_consumption(world: World, flows: Flows, run: _Run) -> None:
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


def read_inputs(world: World, flows: Flows, run: _Run) -> None:
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


def read_sales(world: World, flows: Flows, run: _Run) -> None:
    """Own output sold in the month, whoever bought it."""
    f = world.firms
    run()
    sold = f.sales_anchors + f.sales_households + f.sales_firms + f.sales_beyond
    flows.add("receipts", sold.astype(float))


def read_taxes(world: World, flows: Flows, run: _Run) -> None:
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


def read_profit(world: World, flows: Flows, run: _Run) -> None:
    """Profit by owner: households, owners elsewhere, and the staff of worker co-operatives by heads."""
    f, n = world.firms, world.firms.key.shape[0]
    before = f.cash.copy()
    run()
    paid = before - f.cash
    rows = np.flatnonzero((f.owner >= 0) & (f.ownership != WORKERS))
    flows.add("profit", matrix(rows, group_of(world, f.owner[rows]), paid[rows], (n, flows.n_groups)))
    out = np.zeros((n, len(OUTLAYS)))
    away = (f.owner < 0) & (f.ownership != WORKERS)
    to_wider, to_staff = f.owner_place == WIDER, _read_staff_shares(world, flows, paid)
    out[:, PROFIT_WIDER] = np.where(away & to_wider, paid, 0)
    out[:, PROFIT_OUTSIDE] = np.where(away & ~to_wider, paid, 0)
    rest = np.where(f.ownership == WORKERS, paid - to_staff, 0)
    e = world.employers
    to_wider = e.n_from_wider[:n] >= np.maximum(e.n_from_outside[:n], 1)
    out[:, PROFIT_WIDER] += np.where(to_wider, rest, 0)
    out[:, PROFIT_OUTSIDE] += np.where(to_wider, 0, rest)
    flows.add("outlays", out)
    held_to_books(world, "profit", "firms", "households", np.maximum(paid[rows], 0).sum() + np.maximum(to_staff, 0).sum())
    held_to_books(world, "profit", "firms", "wider_area", np.maximum(out[:, PROFIT_WIDER], 0.0))
    held_to_books(world, "profit", "firms", "outside", np.maximum(out[:, PROFIT_OUTSIDE], 0.0))


def _read_staff_shares(world: World, flows: Flows, paid: np.ndarray) -> np.ndarray:
    """What residents on the staff of each worker co-operative get, by heads, (F,) pence."""
    f, e, r, n = world.firms, world.employers, world.residents, paid.shape[0]
    staff = e.n_residents[:n].astype(np.int64) + e.n_from_wider[:n] + e.n_from_outside[:n]
    head = np.trunc(paid / np.maximum(staff, 1)).astype(np.int64)
    head[(f.ownership != WORKERS) | (staff == 0)] = 0
    members = np.flatnonzero((r.employer >= 0) & (r.employer < n))
    members = members[head[r.employer[members]] != 0]
    at = r.employer[members].astype(np.int64)
    flows.add("profit", matrix(at, group_of(world, r.household[members]), head[at], (n, flows.n_groups)))
    return sum_by(at, head[at], n).astype(np.int64)


def read_investment(world: World, flows: Flows, run: _Run) -> None:
    f = world.firms
    before = f.cash.copy()
    run()
    out = np.zeros((f.key.shape[0], len(OUTLAYS)))
    out[:, INVESTMENT] = before - f.cash
    flows.add("outlays", out)
    held_to_books(world, "investment", "firms", "outside", out[:, INVESTMENT])
