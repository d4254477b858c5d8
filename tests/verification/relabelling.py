"""The same world with its rows in another order, its keys kept: nothing that happens may depend on it."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from cwbsim.world import World

#: Populations whose rows are shuffled. Anchors stay: a bit of ``firms.registered`` is the row of one.
SHUFFLED = ("firms", "pool", "needs", "households", "residents", "links")

#: Columns that name a row of another population (or -1 and less: nobody, or elsewhere).
REFERENCES: dict[str, str] = {
    "firms.owner": "households",
    "households.landlord": "households",
    "households.supplier": "firms",
    "residents.household": "households",
    "needs.subcontractor": "firms",
    "links.supplier": "firms",
}
#: Columns that name a row of Firms, or row p of Pool as -1 - p.
SUPPLIERS = ("needs.supplier", "needs.best_supplier")
#: Fixed tables that name rows, and those that have a row a site.
FIXED_REFERENCES = {
    "shop_site": "firms", "link_site": "firms", "owner_households": "households", "goods_link": "links",
}  # fmt: skip
FIXED_ROWS = {"goods_link": "firms", "beyond_share": "firms"}

type Orders = dict[str, np.ndarray]


def drawn_orders(world: World, seed: int) -> Orders:
    """A random order of the rows of each population; the links of a site move with it.

    The place of a link among those of its buyer is part of its identity (it is drawn by it), so that stays.
    """
    rng = np.random.default_rng(seed)
    orders = {part: rng.permutation(_size(world, part)) for part in SHUFFLED}
    buyer = np.repeat(np.arange(orders["firms"].size), np.diff(world.links.start))
    place = np.argsort(orders["firms"])
    orders["links"] = np.argsort(place[buyer], kind="stable")
    return orders


def turned_round(orders: Orders) -> Orders:
    """The orders that undo others."""
    return {part: np.argsort(order) for part, order in orders.items()}


def relabelled(world: World, orders: Orders) -> World:
    """A copy in which row j of each population is what was row ``orders[j]``."""
    out, place = world.snapshot(), turned_round(orders)
    n_sites = _size(world, "firms")
    orders = {
        **orders,
        "employers": np.concatenate((orders["firms"], np.arange(n_sites, _size(world, "employers")))),
    }
    place["employers"] = np.argsort(orders["employers"])
    for part, order in orders.items():
        block = getattr(out, part)
        for item in fields(block):
            if f"{part}.{item.name}" == "links.start":
                continue
            column = _renamed(getattr(block, item.name), f"{part}.{item.name}", place)
            setattr(block, item.name, np.ascontiguousarray(column[order]))
    n_links = np.diff(world.links.start)[orders["firms"]]
    out.links.start = np.concatenate(([0], np.cumsum(n_links))).astype(world.links.start.dtype)
    changed = {
        name: _moved(getattr(world.fixed, name), place[part]) for name, part in FIXED_REFERENCES.items()
    }
    changed["beyond_share"] = world.fixed.beyond_share
    changed |= {name: changed[name][orders[part]] for name, part in FIXED_ROWS.items()}
    out.fixed = replace(world.fixed, **changed)
    out.ledger.cash = {
        "anchors": out.anchors.cash,
        "firms": out.firms.cash,
        "households": out.households.income,
    }
    out.ledger.kept = {"households": out.households.savings}
    return out


def _size(world: World, part: str) -> int:
    block = getattr(world, part)
    return int(block.key.shape[0] if hasattr(block, "key") else block.section.shape[0])


def _renamed(column: np.ndarray, name: str, place: Orders) -> np.ndarray:
    if name in REFERENCES:
        return _moved(column, place[REFERENCES[name]])
    if name == "residents.employer":
        return _moved(column, place["employers"])
    if name in SUPPLIERS:
        elsewhere = -1 - _moved(-1 - column, place["pool"])
        return np.where(column >= 0, _moved(column, place["firms"]), elsewhere).astype(column.dtype)
    return column


def _moved(rows: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Row numbers after the move; negative ones, which are codes, stay."""
    if place.size == 0:
        return rows
    return np.where(rows >= 0, place[np.clip(rows, 0, place.size - 1)], rows).astype(rows.dtype)
