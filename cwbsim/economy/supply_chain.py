"""Firms buy inputs by the recipe of their section: a local share from a linked supplier, the rest elsewhere."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.world import Q24, World

__all__ = ["buy_inputs", "local_purchases", "pick_link", "renew_links"]


def buy_inputs(world: World) -> None:
    """Each firm buys what last month's output used up: local inputs through its links, the rest elsewhere.

    A dearer local supplier sells less: buyers substitute other sources (constant elasticity), so value falls
    with price where the elasticity exceeds one.

    Reads   firms.output_last, firms.section, firms.price, firms.is_open, firms.capacity, firms.sales_anchors, firms.sales_households, links.buyer, links.supplier, links.coefficient
    Writes  firms.sales_firms, firms.turnover, firms.unmet, firms.profit, market.wider_demand, market.outside_demand, market.counts, ledger
    """  # noqa: E501
    f, fixed, links = world.firms, world.fixed, world.links
    sigma = world.parameters.firms.input_substitution
    value = np.rint(f.price ** (1.0 - sigma) * Q24).astype(np.int64)
    quantity = np.rint(f.price**-sigma * Q24).astype(np.int64)
    n = f.key.shape[0]
    paid, displaced, received = (np.zeros(n, np.int64) for _ in range(3))
    _buy_local(
        f.output_last, f.is_open, links.buyer, links.supplier, links.coefficient, value, quantity, paid, displaced,
        received,
    )  # fmt: skip
    passed_on = _pass_on_excess(world, received)
    section = f.section
    total = _share_of(f.output_last, fixed.input_total.sum(axis=0)[section])
    imports = _share_of(f.output_last, fixed.imports_share[section])
    tax = _share_of(f.output_last, fixed.product_tax_share[section])
    elsewhere = np.maximum(total - displaced, 0)
    to_wider = _share_of(elsewhere, np.full(n, fixed.wider_supply_share))
    cost = paid + elsewhere + imports + tax
    world.ledger.post(
        "inputs",
        {
            ("firms", "firms"): int(paid.sum()),
            ("firms", "wider_area"): int(to_wider.sum()),
            ("firms", "outside"): int((elsewhere - to_wider + imports + passed_on).sum()),
            ("firms", "treasury"): int(tax.sum()),
        },
        {"firms": received - passed_on - cost},
    )
    f.sales_firms += received - passed_on
    f.turnover += received - passed_on
    f.profit += received - passed_on - cost
    _book_demand_elsewhere(world, to_wider, elsewhere - to_wider)


def _share_of(amount: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return amount times share, floored to the penny row by row."""
    return np.asarray((amount * np.rint(share * Q24).astype(np.int64)) >> 24)


def _pass_on_excess(world: World, received: np.ndarray) -> np.ndarray:
    """Return what sites pass on to outside because it exceeds their capacity, and record it."""
    f = world.firms
    room = np.maximum(f.capacity - f.sales_anchors - f.sales_households - f.sales_firms, 0)
    room[~f.is_open] = 0
    passed_on = np.maximum(received - room, 0)
    f.unmet += passed_on
    counts = world.market.counts
    counts["unmet_pence"] = counts.get("unmet_pence", 0) + int(passed_on.sum())
    return passed_on


def _book_demand_elsewhere(world: World, to_wider: np.ndarray, to_outside: np.ndarray) -> None:
    """Book purchases elsewhere as demand by section, in the proportions of the buyers' recipes."""
    fixed, section = world.fixed, world.firms.section
    n_sections = fixed.input_total.shape[0]
    mix = fixed.input_total / np.maximum(fixed.input_total.sum(axis=0), 1e-12)
    for bought, demand in ((to_wider, world.market.wider_demand), (to_outside, world.market.outside_demand)):
        by_buyer = np.bincount(section, weights=bought, minlength=n_sections)
        demand += np.rint((mix * by_buyer).sum(axis=1)).astype(np.int64)


@kernel
def _buy_local(output, is_open, buyer, supplier, coefficient, value, quantity, paid, displaced, received):
    for i in range(buyer.shape[0]):
        b, s = buyer[i], supplier[i]
        if s < 0 or output[b] == 0 or not is_open[s]:
            continue
        base = np.int64(output[b] * coefficient[i])
        cost = (base * value[s]) >> 24
        paid[b] += cost
        received[s] += cost
        displaced[b] += (base * quantity[s]) >> 24


@kernel
def local_purchases(output, is_open, buyer, supplier, coefficient, received):
    """Add to ``received`` what linked suppliers sell when the sites' output is as given, at base prices."""
    for i in range(buyer.shape[0]):
        s = supplier[i]
        if s >= 0 and is_open[s] and is_open[buyer[i]]:
            received[s] += np.int64(output[buyer[i]] * coefficient[i])


def renew_links(world: World) -> None:
    """A few input links a month are chosen again; links to firms that closed must be; new firms draw theirs.

    Reads   firms.is_open, firms.is_closing, firms.is_new, firms.section, firms.unmet, links.key, links.section
    Writes  links.supplier
    """
    f, fixed, links = world.firms, world.fixed, world.links
    weight_all = fixed.section_output
    opened = f.is_open
    weight_open = _by_section(f.site_output, f.section, opened)
    weight_new = _by_section(f.site_output, f.section, f.is_new)
    chance_new = weight_new / np.maximum(weight_open, 1)
    new_rows = np.flatnonzero(f.is_new)
    new_rows = new_rows[np.lexsort((f.key[new_rows], f.section[new_rows]))].astype(np.int32)
    new_start = np.searchsorted(f.section[new_rows], np.arange(weight_all.shape[0] + 1)).astype(np.int64)
    _renew(
        stream(world.seed, "renew_link", world.month), stream(world.seed, "relink", world.month), links.key,
        links.section, links.buyer, links.supplier, f.is_closing, opened & (f.unmet == 0),
        world.parameters.firms.relink_rate, chance_new, new_rows, new_start, f.site_output, fixed.link_alias,
        fixed.link_cut, fixed.link_site, fixed.link_start,
    )  # fmt: skip


def _by_section(amount: np.ndarray, section: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return integer sums by section of the rows chosen, (S,)."""
    out = np.zeros(20, np.int64)
    np.add.at(out, section[rows], amount[rows])
    return out


@kernel
def _renew(
    s_renew, s_pick, key, section, buyer, supplier, is_closing, has_room, rate, chance_new, new_rows, new_start,
    weight, alias, cut, site, start,
):  # fmt: skip
    for i in range(key.shape[0]):
        s = section[i]
        forced = supplier[i] >= 0 and is_closing[supplier[i]]
        u = uniform2(s_renew, key[i], np.uint64(0))
        if forced or u < rate:
            supplier[i] = pick_link(s_pick, key[i], s, buyer[i], has_room, alias, cut, site, start)
        elif u < rate + chance_new[s]:
            total = np.int64(0)
            for j in range(new_start[s], new_start[s + 1]):
                total += weight[new_rows[j]]
            aim = uniform2(s_renew, key[i], np.uint64(1)) * total
            for j in range(new_start[s], new_start[s + 1]):
                aim -= weight[new_rows[j]]
                if aim < 0.0:
                    if new_rows[j] != buyer[i]:
                        supplier[i] = new_rows[j]
                    break


@kernel
def pick_link(s, key, section, buyer, has_room, alias, cut, site, start):
    """Choose a supplier of a section in proportion to premises; -1 if none is found with room."""
    first = start[section]
    size = start[section + 1] - first
    if size == 0:
        return np.int32(-1)
    for attempt in range(40):
        x = uniform2(s, key, np.uint64(attempt)) * size
        j = np.int64(x)
        if x - j >= cut[first + j]:
            j = np.int64(alias[first + j])
        at = site[first + j]
        if has_room[at] and at != buyer:
            return at
    return np.int32(-1)
