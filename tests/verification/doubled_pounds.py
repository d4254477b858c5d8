"""The same world with every pound doubled: every purse, price list, threshold, cost, band and floor."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from cwbsim.parameters import Parameters
from cwbsim.world import World

#: Columns in pence by part; all others are numbers of something else, shares, keys or rows.
MONEY: dict[str, tuple[str, ...]] = {
    "anchors": (
        "cash", "reserve", "revenue_treasury", "revenue_outside", "contract_budget", "to_placements",
        "to_voluntary", "to_wider", "to_outside",
    ),
    "firms": (
        "site_output", "productivity", "capacity", "contract_load", "contracts_beyond", "loan", "cash",
        "sales_anchors", "sales_households", "sales_firms", "sales_beyond", "turnover", "unmet",
        "output_last", "output_smooth", "profit",
    ),
    "pool": ("turnover", "room"),
    "needs": ("budget", "owed", "in_house"),
    "households": (
        "savings", "income", "earnings", "permanent_income", "council_tax", "housing_cost", "rent_received",
        "outgoings", "pension", "other_income", "benefit_most", "work_allowance", "consumption",
    ),
    "residents": ("pay",),
    "market": ("wider_output", "outside_output", "wider_demand", "outside_demand"),
}  # fmt: skip
FIXED_MONEY = (
    "output_per_job", "labour_cost_per_job", "cell_output", "section_output", "pay_nodes", "housing_totals",
)
FIXED_PER_MONEY = ("jobs_per_output",)

#: Whole numbers of 64 bits that are no amount of money.
COUNTS = frozenset({"links.start"})
FIXED_COUNTS = frozenset({"spend_cumulative", "till_tax", "till_goods", "shop_start", "link_start"})


def doubled_parameters(parameters: Parameters) -> Parameters:
    """Parameters with every amount of pounds doubled: those whose unit begins with £.

    ``£ of award lost for each £`` is a share, whatever it begins with.
    """
    figures = {name: parameters.figure(name) for name in parameters.names()}
    for name, figure in figures.items():
        if figure.unit.startswith("£") and "for each £" not in figure.unit:
            figures[name] = replace(figure, value=2 * figure.value, low=2 * figure.low, high=2 * figure.high)
    return Parameters(figures)


def doubled(world: World) -> World:
    """A copy in which every pound is two."""
    out = world.snapshot()
    for part, names in MONEY.items():
        block = getattr(out, part)
        for name in names:
            column = getattr(block, name)
            column *= 2
    changed: dict[str, Any] = {name: getattr(world.fixed, name) * 2 for name in FIXED_MONEY}
    changed |= {name: getattr(world.fixed, name) / 2 for name in FIXED_PER_MONEY}
    out.fixed = replace(world.fixed, **changed)
    out.parameters = doubled_parameters(world.parameters)
    for name in ("balances", "flows", "opening"):
        array = getattr(out.ledger, name)
        array *= 2
    return out


def unplaced(world: World) -> list[str]:
    """Whole-number columns and tables of which this file does not say whether they are money."""
    found = []
    for part in (
        "anchors",
        "firms",
        "pool",
        "needs",
        "households",
        "residents",
        "employers",
        "links",
        "market",
    ):
        block = getattr(world, part)
        names = [item.name for item in fields(block) if _is_whole(getattr(block, item.name))]
        found += [f"{part}.{name}" for name in names if name not in MONEY.get(part, ())]
    tables = [name for name in world.fixed.__slots__ if _is_whole(getattr(world.fixed, name))]
    known = {*FIXED_MONEY, *FIXED_COUNTS}
    return [name for name in found if name not in COUNTS] + [f"fixed.{n}" for n in tables if n not in known]


def _is_whole(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.dtype == np.int64


def not_money(world: World) -> dict[str, np.ndarray]:
    """Columns that are no amount of money, by name."""
    found: dict[str, np.ndarray] = {}
    for part in ("anchors", "firms", "pool", "needs", "households", "residents", "employers", "links"):
        block = getattr(world, part)
        for item in fields(block):
            if item.name not in MONEY.get(part, ()):
                found[f"{part}.{item.name}"] = getattr(block, item.name)
    return found
