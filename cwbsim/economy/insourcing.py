"""Services an anchor does itself: staff come over with the contract, and materials are bought instead of a service.

A need brought in-house keeps its place in the book with a budget of nil; what is spent on it is in
``needs.in_house``. The anchor pays the staff through its payroll and spends the rest on inputs and overheads.
It makes no profit: what a holder would have kept buys more service, unless doing it oneself costs more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.economy.contracts import contract_output, margin, move_staff
from cwbsim.economy.payments import settle_accounts, share_out_by_kind
from cwbsim.world import OUTSIDE, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["Inputs", "bring_in_house", "buy_inputs", "staff_in_house"]


def staff_in_house(world: World, budget: np.ndarray, section: np.ndarray) -> np.ndarray:
    """Return the posts a service of these budgets needs, (n,) int64: labour cost over that of a job."""
    fixed = world.fixed
    own = budget * np.where(section == 6, margin(world) / (1 << 24), 1.0)
    jobs = own * fixed.pay_share[section] / np.maximum(fixed.labour_cost_per_job[section], 1)
    return np.asarray(np.rint(jobs).astype(np.int64))


def bring_in_house(world: World) -> None:
    """Take services in-house whose contracts end, and put out to tender those an anchor no longer wants to do.

    Changes budgets, who is out to tender, posts of anchors, and moves staff with their work.
    """
    needs, terms = world.needs, world.terms
    due = np.flatnonzero(needs.is_open)
    luck = draw_many(stream(world.seed, "insource"), needs.lot_key[due])
    wanted = (luck < terms.insourced[needs.anchor[due], needs.section[due]]) & needs.is_influenceable[due]
    done = needs.in_house[due] > 0
    _start(world, due[wanted & ~done])
    _stop(world, due[done & ~wanted])
    stays = due[wanted]
    needs.is_open[stays] = False
    needs.months_left[stays] = needs.term_months[stays]


def _employer_of(world: World, rows: np.ndarray) -> np.ndarray:
    """Return the row of Employers whose staff do the work of a contract, -1 if its holder has closed."""
    n, f = world.needs, world.firms
    code = n.supplier[rows]
    there = (code >= 0) & f.is_open[np.maximum(code, 0)] & (f.key[np.maximum(code, 0)] == n.supplier_key[rows])
    elsewhere = world.on_site_row(WIDER) + (np.maximum(n.place[rows], 1).astype(np.int64) - 1) * 20 + n.section[rows]
    return np.asarray(np.where(code >= 0, np.where(there, code, -1), elsewhere))


def _start(world: World, rows: np.ndarray) -> None:
    if rows.size == 0:
        return
    needs, firms = world.needs, world.firms
    settle_accounts(world, rows)
    old = _employer_of(world, rows)
    to = world.anchor_row(0) + needs.anchor[rows].astype(np.int64)
    held = (old >= 0) & (needs.supplier[rows] >= 0)
    output = contract_output(world, rows[held])
    for column in (firms.contract_load, firms.output_last, firms.output_smooth):
        np.subtract.at(column, old[held], output)
    firms.output_last[old[held]] = np.maximum(firms.output_last[old[held]], 0)
    firms.output_smooth[old[held]] = np.maximum(firms.output_smooth[old[held]], 0)
    np.add.at(world.employers.wanted, to, staff_in_house(world, needs.budget[rows], needs.section[rows]))
    moves = old >= 0
    move_staff(world, rows[moves], old[moves], to[moves])
    needs.in_house[rows] = needs.budget[rows]
    for column in (needs.budget, needs.sv_promised, needs.sv_delivered, needs.sub_share, needs.hires):
        column[rows] = 0
    needs.living_wage[rows] = 0.0
    needs.subcontractor[rows] = -1
    needs.supplier[rows], needs.supplier_key[rows], needs.place[rows] = -1, world.pool.key[0], OUTSIDE
    needs.price[rows] = needs.volume[rows] = 1.0


def _stop(world: World, rows: np.ndarray) -> None:
    """Put a service out to tender again: a stopgap holds it, with the anchor's staff, until the award."""
    if rows.size == 0:
        return
    needs = world.needs
    needs.budget[rows], needs.in_house[rows] = needs.in_house[rows], 0
    old = world.anchor_row(0) + needs.anchor[rows].astype(np.int64)
    to = _employer_of(world, rows)
    np.subtract.at(world.employers.wanted, old, staff_in_house(world, needs.budget[rows], needs.section[rows]))
    move_staff(world, rows, old, to)


class Inputs(NamedTuple):
    """What services in-house cost beside staff, pence."""

    to_firms: int
    to_wider: int
    to_outside: int


def buy_inputs(world: World, by_anchor: np.ndarray) -> Inputs:
    """Buy what services in-house need beside staff: local inputs by the recipe, the rest and overheads elsewhere.

    Firms of the borough receive here, and what each anchor pays is added to ``by_anchor``, (A,) int64 pence; the
    caller books it with the ledger.
    """
    needs, firms, fixed, market = world.needs, world.firms, world.fixed, world.market
    rows = np.flatnonzero(needs.in_house > 0)
    section = needs.section[rows]
    labour = staff_in_house(world, needs.in_house[rows], section) * fixed.labour_cost_per_job[section]
    rest = np.maximum(needs.in_house[rows] - labour, 0)
    np.add.at(by_anchor, needs.anchor[rows], rest)
    whole = np.bincount(section, weights=needs.in_house[rows], minlength=20)
    total = int(rest.sum())
    local = np.floor(np.minimum(fixed.input_local @ whole, total / 20.0)).astype(np.int64)
    to_firms = int((local - share_out_by_kind(world, local, firms.section)).sum())
    to_wider = int((total - to_firms) * fixed.wider_supply_share)
    made = fixed.input_total @ whole
    made = made / max(made.sum(), 1e-9)
    market.wider_demand += np.floor(to_wider * made).astype(np.int64)
    market.outside_demand += np.floor((total - to_firms - to_wider) * made).astype(np.int64)
    return Inputs(to_firms, to_wider, total - to_firms - to_wider)
