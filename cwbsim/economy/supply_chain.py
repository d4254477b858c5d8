"""Firms buy inputs by the recipe of their section: a local share from linked suppliers, the rest elsewhere."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import GROUP_OF, bits, screened_groups, stream, uniform, uniform2
from cwbsim.compiled import kernel
from cwbsim.world import World

__all__ = ["buy_inputs", "pick_link", "renew_links"]


def buy_inputs(world: World) -> None:
    """Each firm buys what last month's output used up: local inputs through its links, the rest elsewhere.

    A dearer local supplier sells less: buyers substitute other sources (constant elasticity), so value falls
    with price where the elasticity exceeds one. A buyer that finds its supplier closed chooses another.

    Reads   firms.output_last, firms.section, firms.is_open, firms.capacity, firms.sales_anchors,
            firms.sales_households, links.start, links.section, links.supplier, links.coefficient,
            links.key, market.section_price, firms.sales_firms
    Writes  links.supplier, firms.sales_firms, firms.turnover, firms.unmet, firms.profit,
            market.wider_demand, market.outside_demand, market.counts, ledger
    """
    f, fixed, links = world.firms, world.fixed, world.links
    price, sigma = world.market.section_price, world.parameters.firms.input_substitution
    n, n_sections = f.key.shape[0], price.shape[0]
    paid, displaced, received, change = (np.zeros(n, np.int64) for _ in range(4))
    _buy_local(
        f.output_last, f.is_open, links.start, links.section, links.supplier, links.coefficient, links.key,
        price ** (1.0 - sigma), price**-sigma, paid, displaced, received,
        stream(world.seed, "leave_closed_supplier", world.month), *_tables(world),
    )  # fmt: skip
    bought_elsewhere = np.zeros((2, n_sections), np.int64)
    totals = _settle(
        f.output_last, f.section, f.is_open, f.capacity, f.sales_anchors, f.sales_households, f.sales_firms,
        f.turnover, f.unmet, f.profit, paid, displaced, received, fixed.input_total.sum(axis=0),
        fixed.imports_share, fixed.product_tax_share, fixed.wider_supply_share, change, bought_elsewhere,
    )  # fmt: skip
    local, to_wider, to_outside, tax, passed_on = (int(x) for x in totals)
    world.ledger.post(
        "inputs",
        {
            ("firms", "firms"): local,
            ("firms", "wider_area"): to_wider,
            ("firms", "outside"): to_outside,
            ("firms", "treasury"): tax,
        },
        {"firms": change},
    )
    counts = world.market.counts
    counts["unmet_pence"] = counts.get("unmet_pence", 0) + passed_on
    _book_demand_elsewhere(world, bought_elsewhere)


def _tables(world: World) -> tuple[np.ndarray, ...]:
    """Return the tables from which suppliers of a section are proposed."""
    x = world.fixed
    return (x.link_alias, x.link_cut, x.link_site, x.link_start)


def _book_demand_elsewhere(world: World, bought: np.ndarray) -> None:
    """Book purchases elsewhere, (2, S) by buying section, as demand by section of the recipe."""
    fixed = world.fixed
    mix = fixed.input_total / np.maximum(fixed.input_total.sum(axis=0), 1e-12)
    for amount, demand in zip(bought, (world.market.wider_demand, world.market.outside_demand), strict=True):
        demand += np.rint((mix * amount).sum(axis=1)).astype(np.int64)


@kernel
def _buy_local(
    output: np.ndarray, is_open: np.ndarray, link_start: np.ndarray, section: np.ndarray, supplier: np.ndarray,
    coefficient: np.ndarray, key: np.ndarray, value: np.ndarray, quantity: np.ndarray, paid: np.ndarray,
    displaced: np.ndarray, received: np.ndarray, s_pick: np.uint64, alias: np.ndarray, cut: np.ndarray,
    site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    for b in range(output.shape[0]):
        used = np.float64(output[b])
        if used == 0.0:
            continue
        cost_b, base_b = 0, 0
        for i in range(link_start[b], link_start[b + 1]):
            at = supplier[i]
            if at < 0:
                continue
            if not is_open[at]:
                at = pick_link(s_pick, key[i], section[i], b, is_open, alias, cut, site, start)
                supplier[i] = at
                if at < 0:
                    continue
            base = used * coefficient[i]
            cost = int(base * value[section[i]])
            received[at] += cost
            cost_b += cost
            base_b += int(base * quantity[section[i]])
        paid[b] = cost_b
        displaced[b] = base_b


@kernel
def _settle(
    output: np.ndarray, section: np.ndarray, is_open: np.ndarray, capacity: np.ndarray, to_anchors: np.ndarray,
    to_households: np.ndarray, to_firms: np.ndarray, turnover: np.ndarray, unmet: np.ndarray, profit: np.ndarray,
    paid: np.ndarray, displaced: np.ndarray, received: np.ndarray, total_share: np.ndarray, imports: np.ndarray,
    tax_share: np.ndarray, wider_share: float, change: np.ndarray, elsewhere_by: np.ndarray,
) -> tuple[int, int, int, int, int]:  # fmt: skip
    """Work out what each firm sold to firms, passes on and pays; return the totals of each flow."""
    local, wider, outside, taxes, over = 0, 0, 0, 0, 0
    for f in range(output.shape[0]):
        if received[f] == 0 and output[f] == 0:
            continue
        room = capacity[f] - to_anchors[f] - to_households[f] - to_firms[f] if is_open[f] else 0
        passed_on = max(received[f] - max(room, 0), 0)
        s = section[f]
        elsewhere = max(int(output[f] * total_share[s]) - displaced[f], 0)
        to_wider = int(elsewhere * wider_share)
        imported, tax = int(output[f] * imports[s]), int(output[f] * tax_share[s])
        sold = received[f] - passed_on
        change[f] = sold - paid[f] - elsewhere - imported - tax
        to_firms[f] += sold
        turnover[f] += sold
        profit[f] += change[f]
        unmet[f] += passed_on
        local += received[f]
        wider += to_wider
        outside += elsewhere - to_wider + imported + passed_on
        taxes += tax
        over += passed_on
        elsewhere_by[0, s] += to_wider
        elsewhere_by[1, s] += elsewhere - to_wider
    return local, wider, outside, taxes, over


def renew_links(world: World) -> None:
    """A few input links a month are chosen again, and new firms draw theirs.

    Reads   firms.is_open, firms.is_new, firms.section, firms.key, firms.site_output, firms.unmet, links.key, links.section, links.start
    Writes  links.supplier
    """  # noqa: E501
    f, links = world.firms, world.links
    weight = f.site_output.astype(np.float64)  # whole pence below 2**53 add up exactly in any order
    n_sections = world.fixed.section_output.shape[0]
    of_open = np.bincount(f.section[f.is_open], weights=weight[f.is_open], minlength=n_sections)
    of_new = np.bincount(f.section[f.is_new], weights=weight[f.is_new], minlength=n_sections)
    chance_new = of_new / np.maximum(of_open, 1.0)
    rows = np.flatnonzero(f.is_new)
    rows = rows[np.lexsort((f.key[rows], f.section[rows]))].astype(np.int32)
    begin = np.searchsorted(f.section[rows], np.arange(n_sections + 1)).astype(np.int64)
    rate = world.parameters.firms.relink_rate
    _renew(
        stream(world.seed, "renew_link", world.month), stream(world.seed, "relink", world.month), links.key,
        links.section, links.start, links.supplier, f.is_open & (f.unmet == 0), rate, rate + chance_new >= 1 / 32,
        chance_new, rows, begin, of_new, f.site_output, *_tables(world),
    )  # fmt: skip


@kernel
def _renew(
    s_renew: np.uint64, s_pick: np.uint64, key: np.ndarray, section: np.ndarray, link_start: np.ndarray,
    supplier: np.ndarray, has_room: np.ndarray, rate: float, often: np.ndarray, chance_new: np.ndarray,
    new_rows: np.ndarray, new_begin: np.ndarray, new_total: np.ndarray, weight: np.ndarray, alias: np.ndarray,
    cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    some_often = often.any()
    for b in range(link_start.shape[0] - 1):
        for first in range(link_start[b], link_start[b + 1], 12):
            # One hash screens twelve links, five bits each; a second draw makes the chance exact.
            word = screened_groups(bits(s_renew, key[first]))
            last = min(first + 12, link_start[b + 1])
            while word != 0:
                i = first + GROUP_OF[(word & (~word + np.uint64(1))) % np.uint64(13)]
                word = word & (word - np.uint64(1))
                if i < last and not often[section[i]]:
                    u = uniform2(s_renew, key[i], np.uint64(1)) / 32.0
                    if u < rate + chance_new[section[i]]:
                        supplier[i] = _renewed(
                            u < rate, s_renew, s_pick, key[i], section[i], b, supplier[i], has_room, new_rows,
                            new_begin, new_total, weight, alias, cut, site, start,
                        )  # fmt: skip
        if some_often:
            for i in range(link_start[b], link_start[b + 1]):
                if often[section[i]]:
                    u = uniform2(s_renew, key[i], np.uint64(1))
                    if u < rate + chance_new[section[i]]:
                        supplier[i] = _renewed(
                            u < rate, s_renew, s_pick, key[i], section[i], b, supplier[i], has_room, new_rows,
                            new_begin, new_total, weight, alias, cut, site, start,
                        )  # fmt: skip


@kernel
def _renewed(
    afresh: bool, s_renew: np.uint64, s_pick: np.uint64, key: np.uint64, section: int, buyer: int, now: int,
    has_room: np.ndarray, new_rows: np.ndarray, new_begin: np.ndarray, new_total: np.ndarray, weight: np.ndarray,
    alias: np.ndarray, cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> int:  # fmt: skip
    """Return the supplier of a link chosen again: afresh, or among the firms that opened this month."""
    if afresh:
        return pick_link(s_pick, key, section, buyer, has_room, alias, cut, site, start)
    aim = uniform2(s_renew, key, np.uint64(2)) * new_total[section]
    for j in range(new_begin[section], new_begin[section + 1]):
        aim -= weight[new_rows[j]]
        if aim < 0.0:
            return now if new_rows[j] == buyer else int(new_rows[j])
    return now


@kernel
def pick_link(
    s: np.uint64, key: np.uint64, section: int, buyer: int, has_room: np.ndarray, alias: np.ndarray, cut: np.ndarray,
    site: np.ndarray, start: np.ndarray,
) -> int:  # fmt: skip
    """Choose a supplier of a section in proportion to premises; -1 if none is found with room."""
    first = start[section]
    size = start[section + 1] - first
    if size == 0:
        return -1
    own = bits(s, key)
    for attempt in range(40):
        x = uniform(own, np.uint64(attempt)) * size
        j = int(x)
        if x - j >= cut[first + j]:
            j = int(alias[first + j])
        at = site[first + j]
        if has_room[at] and at != buyer:
            return int(at)
    return -1
