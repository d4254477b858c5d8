"""Firms buy inputs by the recipe of their section: a local share from linked suppliers, the rest elsewhere."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import stream
from cwbsim.compiled import kernel
from cwbsim.economy.links import SCREENED, has_room, pick_link, pick_links, renew, sorted_new
from cwbsim.economy.screening import first_bytes
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
    inputs_in_all = world.kept("inputs_in_all", (fixed,), lambda: fixed.input_total.sum(axis=0))
    paid, displaced, received = (np.empty(n, np.int64) for _ in range(3))
    value, quantity = price ** (1.0 - sigma), price**-sigma
    lost, lost_by = np.empty(links.key.shape[0] + 1, np.int32), np.empty(links.key.shape[0] + 1, np.int32)
    n_lost = _buy_local(
        f.output_last, f.is_open, links.start, links.section, links.supplier, links.coefficient,
        value, quantity, paid, displaced, received, lost, lost_by,
    )  # fmt: skip
    _leave_closed(
        lost[:n_lost], lost_by[:n_lost], f.output_last, f.is_open, links.section, links.supplier,
        links.coefficient, links.key, value, quantity, paid, displaced, received,
        stream(world.seed, "leave_closed_supplier", world.month), *_tables(world),
    )  # fmt: skip
    bought_elsewhere = np.zeros((2, n_sections), np.int64)
    totals = _settle(
        f.output_last, f.section, f.is_open, f.capacity, f.sales_anchors, f.sales_households, f.sales_firms,
        f.turnover, f.unmet, f.profit, paid, displaced, received, inputs_in_all,
        fixed.imports_share, fixed.product_tax_share, fixed.wider_supply_share, f.cash, bought_elsewhere,
    )  # fmt: skip
    local, to_wider, to_outside, tax, passed_on = totals
    inputs = {
        ("firms", "firms"): local,
        ("firms", "wider_area"): to_wider,
        ("firms", "outside"): to_outside,
        ("firms", "treasury"): tax,
    }
    world.ledger.post_kinds({"inputs": inputs}, {}, settled={"firms": -to_wider - to_outside - tax})
    counts = world.market.counts
    counts["unmet_pence"] = counts.get("unmet_pence", 0) + passed_on
    market = world.market
    _book_demand_elsewhere(bought_elsewhere, fixed.input_total, market.wider_demand, market.outside_demand)


def _tables(world: World) -> tuple[np.ndarray, ...]:
    """Return the tables from which suppliers of a section are proposed."""
    x = world.fixed
    return (x.link_alias, x.link_cut, x.link_site, x.link_start)


@kernel
def _book_demand_elsewhere(bought: np.ndarray, recipe: np.ndarray, wider: np.ndarray, outside: np.ndarray) -> None:
    """Book purchases elsewhere, (2, S) by buying section, as demand by section of the recipe."""
    n = recipe.shape[0]
    mix = np.zeros(n)
    for s in range(n):
        for i in range(n):
            mix[s] += recipe[i, s]
    for i in range(n):
        for place, demand in enumerate((wider, outside)):
            amount = 0.0
            for s in range(n):
                amount += recipe[i, s] / max(mix[s], 1e-12) * bought[place, s]
            demand[i] += int(np.rint(amount))


@kernel
def _output_by_section(
    section: np.ndarray, site_output: np.ndarray, is_open: np.ndarray, is_new: np.ndarray, n_sections: int
) -> np.ndarray:  # fmt: skip
    """Return usual output by section of the firms that are open, and of those that opened this month, (2, S)."""
    out = np.zeros((2, n_sections))  # whole pence below 2**53 add up exactly in any order
    for f in range(section.shape[0]):
        s = np.uint64(section[f])
        out[0, s] += site_output[f] * np.int64(is_open[f])
        out[1, s] += site_output[f] * np.int64(is_new[f])
    return out


_CLOSED = -(1 << 60)  # far below anything a month's sales can reach


@kernel
def _buy_local(
    output: np.ndarray, is_open: np.ndarray, link_start: np.ndarray, section: np.ndarray, supplier: np.ndarray,
    coefficient: np.ndarray, value: np.ndarray, quantity: np.ndarray, paid: np.ndarray, displaced: np.ndarray,
    received: np.ndarray, lost: np.ndarray, lost_by: np.ndarray,
) -> int:  # fmt: skip
    """Buy through the links; list the links to suppliers that have closed, and their buyers, return how many.

    What a closed supplier has received starts far below nil. Its part is booked as paid here, and mended next.
    """
    n_lost = 0
    for b in range(output.shape[0]):
        received[b] = 0 if is_open[b] else _CLOSED
    for b in range(output.shape[0]):
        paid[b], displaced[b] = 0, 0
        used = np.float64(output[b])
        if used == 0.0:
            continue
        cost_b, base_b, lowest = 0, 0, np.int64(0)
        for i in range(link_start[b], link_start[b + 1]):
            row = np.uint64(i)
            at, s = supplier[row], np.uint64(section[row])
            if at < 0:
                continue
            base = used * coefficient[row]
            cost = int(base * value[s])
            taken = received[np.uint64(at)] + cost
            received[np.uint64(at)] = taken
            lowest |= taken  # below nil if any is
            cost_b += cost
            base_b += int(base * quantity[s])
        paid[b] = cost_b
        displaced[b] = base_b
        if lowest < 0:
            for i in range(link_start[b], link_start[b + 1]):
                lost[n_lost], lost_by[n_lost] = i, b
                n_lost += (supplier[i] >= 0) & (not is_open[np.uint64(max(supplier[i], 0))])
    for b in range(output.shape[0]):
        received[b] -= 0 if is_open[b] else _CLOSED
    return n_lost


@kernel
def _leave_closed(
    rows: np.ndarray, buyers: np.ndarray, output: np.ndarray, is_open: np.ndarray, section: np.ndarray,
    supplier: np.ndarray, coefficient: np.ndarray, key: np.ndarray, value: np.ndarray, quantity: np.ndarray,
    paid: np.ndarray, displaced: np.ndarray, received: np.ndarray, s_pick: np.uint64, alias: np.ndarray,
    cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    """Let buyers that found a supplier closed choose another, and take their money there, or elsewhere."""
    n = rows.shape[0]
    chosen = np.empty(n, np.int32)
    pick_links(s_pick, key, section, rows, buyers, is_open, alias, cut, site, start, chosen)
    for j in range(n):
        i, b, new = rows[j], buyers[j], chosen[j]
        base = np.float64(output[b]) * coefficient[i]
        cost = int(base * value[section[i]])
        received[supplier[i]] -= cost
        supplier[i] = new
        if new >= 0:
            received[new] += cost
        else:
            paid[b] -= cost
            displaced[b] -= int(base * quantity[section[i]])


@kernel
def _settle(
    output: np.ndarray, section: np.ndarray, is_open: np.ndarray, capacity: np.ndarray, to_anchors: np.ndarray,
    to_households: np.ndarray, to_firms: np.ndarray, turnover: np.ndarray, unmet: np.ndarray, profit: np.ndarray,
    paid: np.ndarray, displaced: np.ndarray, received: np.ndarray, total_share: np.ndarray, imports: np.ndarray,
    tax_share: np.ndarray, wider_share: float, cash: np.ndarray, elsewhere_by: np.ndarray,
) -> tuple[int, int, int, int, int]:  # fmt: skip
    """Settle what each firm sold to firms, passes on and pays; return the totals of each flow."""
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
        change = sold - paid[f] - elsewhere - imported - tax
        cash[f] += change
        to_firms[f] += sold
        turnover[f] += sold
        profit[f] += change
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
    n_sections = world.fixed.section_output.shape[0]
    of_open, of_new = _output_by_section(f.section, f.site_output, f.is_open, f.is_new, n_sections)
    chance_new = of_new / np.maximum(of_open, 1.0)
    rows, begin = sorted_new(f.is_new, f.section, f.key, n_sections)
    rate = world.parameters.firms.relink_rate
    renew(
        stream(world.seed, "renew_link", world.month), stream(world.seed, "relink", world.month),
        first_bytes(world, "renew_link_bytes", links.key), links.key, links.section, links.start, links.supplier,
        has_room(f.is_open, f.unmet), rate, rate + chance_new > SCREENED / 256, chance_new, rows, begin, of_new,
        f.site_output, *_tables(world),
    )  # fmt: skip
