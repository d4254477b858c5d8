"""The rules of the month: terms recomputed from defaults by the levers in force, and what levers spend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.budgets import change_budgets
from cwbsim.economy.lending import lend_and_collect
from cwbsim.economy.ownership import convert_firms
from cwbsim.levers import LEVERS, Programme, Rule
from cwbsim.levers.base import AnchorNames, in_force
from cwbsim.world import MOST_KEPT, Terms

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["run_programmes", "set_terms"]


def in_order(levers: tuple[Rule | Programme, ...]) -> list[Rule | Programme]:
    """Return the levers in the order of their files, whatever the order they were written in."""
    place = {key: i for i, key in enumerate(LEVERS)}
    return sorted(
        levers, key=lambda one: (place.get(one.key(), len(place)), one.key(), one.model_dump_json())
    )


@kernel
def _empty(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray, e: np.ndarray, f: np.ndarray, g: np.ndarray
) -> None:
    """Empty seven columns: a compiled loop stores whole words of the processor, and is called once."""
    for column in (a, b, c, d, e, f, g):
        column[:] = 0


def set_terms(world: World) -> None:
    """Set the month's terms, made of the defaults and nothing else, and empty the columns that hold one month.

    Months in which all levers are as far in force as before have the very same terms. Budgets follow what they say.

    Reads   anchors.key, anchors.kind, anchors.revenue_treasury, anchors.revenue_outside, terms, needs.anchor, needs.budget,
            needs.section, needs.supplier, needs.supplier_key, firms.key, firms.contract_load, firms.output_last,
            firms.output_smooth
    Writes  needs.budget, anchors.revenue_treasury, anchors.revenue_outside, firms.contract_load, firms.output_last,
            firms.output_smooth, terms, firms.sales_anchors, firms.sales_households, firms.sales_firms, firms.sales_beyond,
            firms.turnover, firms.unmet, firms.profit, market.wider_demand, market.outside_demand,
            market.counts
    """
    firms, market = world.firms, world.market
    _empty(
        firms.sales_anchors, firms.sales_households, firms.sales_firms, firms.sales_beyond, firms.turnover,
        firms.unmet, firms.profit,
    )  # fmt: skip
    market.wider_demand[:] = market.outside_demand[:] = 0
    market.counts = {}
    levers = _levers(world)
    held: dict[Any, Terms] = world.kept("terms", (world.levers, world.parameters, world.anchors.key), dict)
    stages = tuple(lever.stage(world.month) for lever in levers)
    if stages not in held:
        if len(held) >= MOST_KEPT:
            held.clear()
        held[stages] = _terms(world, levers)
    before, world.terms = world.terms.budget, held[stages]
    if before is not world.terms.budget and not np.array_equal(before, world.terms.budget):
        change_budgets(world, before)


def _levers(world: World) -> list[Rule | Programme]:
    """Return the levers of a world in order."""
    return world.kept("levers", (world.levers,), lambda: in_order(world.levers))


def _terms(world: World, levers: list[Rule | Programme]) -> Terms:
    """Return the terms of the month: the defaults, as the levers in force change them."""
    terms = Terms.default(world.anchors.key.shape[0], world.parameters)
    names = AnchorNames.of(world)
    for lever in levers:
        terms = in_force(lever, terms, world.month, names)
    return terms


def run_programmes(world: World) -> None:
    """Let the programmes in force spend this month's budget, lend, and turn firms over to their staff.

    Loans are paid back whether or not the programme that made them is still in force.

    Reads   terms, firms.is_open, firms.section, firms.site_output, firms.owner_place, firms.owner,
            firms.ownership, firms.size_class, firms.key, firms.loan, firms.cash, firms.output_smooth,
            anchors.to_outside, anchors.contract_budget, market.counts
    Writes  ledger, firms.sales_anchors, firms.turnover, firms.profit, firms.loan, firms.ownership,
            firms.owner, market.counts, market.outside_demand
    """
    for lever in _levers(world):
        if isinstance(lever, Programme) and lever.strength(world.month) > 0.0:
            lever.spend(world, world.month)
    lend_and_collect(world)
    if world.terms.conversions > 0.0:
        convert_firms(world)
