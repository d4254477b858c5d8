"""Contracts end, go to tender, are awarded and paid; what anchors pay beside contracts.

A need is a volume. Under fixed budgets an anchor pays each need its budget whatever the price, and a dearer
contract buys less; under the other closure it pays budget times price and the Treasury funds the excess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.compiled import kernel
from cwbsim.economy.contracts import (
    contract_output,
    delivery_rate,
    draw_terms,
    employer_rows,
    keys_of,
    move_staff,
)
from cwbsim.economy.payments import contract_payments, pay_beside_contracts
from cwbsim.world import BOROUGH, OUTSIDE, SECTIONS, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["award_contracts", "open_tenders", "pay_suppliers"]

MADE = SECTIONS.index("C")


def holds_on(world: World, rows: np.ndarray) -> np.ndarray:
    """Whether the supplier of each need is still there: the same firm, open, in the same site."""
    needs, firms = world.needs, world.firms
    site = np.maximum(needs.supplier[rows], 0)
    if firms.key.shape[0] == 0:
        return np.asarray(needs.supplier[rows] < 0)
    same = firms.is_open[site] & (firms.key[site] == needs.supplier_key[rows])
    return np.asarray((needs.supplier[rows] < 0) | same)


def open_tenders(world: World) -> None:
    """Put to tender the needs whose contract ends, and those whose supplier has closed.

    Reads   needs.key, needs.budget, needs.supplier, needs.supplier_key, firms.key, firms.is_open,
            needs.months_left, needs.renewal
    Writes  needs.months_left, needs.is_open, needs.renewal, needs.term_months
    """
    needs = world.needs
    needs.months_left -= 1
    gone = ~holds_on(world, np.arange(needs.key.shape[0]))
    needs.is_open[:] = (needs.months_left <= 0) | gone
    rows = np.flatnonzero(needs.is_open)
    needs.months_left[rows] = 0
    needs.renewal[rows] += 1
    needs.term_months[rows] = draw_terms(
        world.parameters, world.seed, needs.key[rows], needs.renewal[rows], needs.budget[rows], in_force=False
    )


def write_prices(world: World, rows: np.ndarray, price: np.ndarray) -> None:
    """Write the price of contracts and the volume it buys."""
    world.needs.price[rows] = price
    world.needs.volume[rows] = 1.0 / price if world.closure != "overrun" else 1.0


def _hand_over(world: World, rows: np.ndarray, code: np.ndarray) -> None:
    """Give contracts to suppliers: loads, usual output and staff move with them."""
    needs, firms = world.needs, world.firms
    old, stayed = needs.supplier[rows].astype(np.int64), holds_on(world, rows)
    old_place = needs.place[rows].copy()
    output = contract_output(world, rows)
    for chosen, site, sign in (((old >= 0) & stayed, old, -1), (code >= 0, code, 1)):
        for column in (firms.contract_load, firms.output_last, firms.output_smooth):
            np.add.at(column, site[chosen], sign * output[chosen])
    lost = old[(old >= 0) & stayed]
    for column in (firms.output_last, firms.output_smooth):
        column[lost] = np.maximum(column[lost], 0)
    write_holders(world, rows, code)
    section = needs.section[rows].astype(np.int64)
    before = employer_rows(world, old, old_place, section)
    after = employer_rows(world, code, needs.place[rows], section)
    changed = (before != after) & stayed
    move_staff(world, rows[changed], before[changed], after[changed])


def write_holders(world: World, rows: np.ndarray, code: np.ndarray) -> None:
    """Write who holds contracts from now on: rows of Firms, or -1 - rows of Pool."""
    needs, pool = world.needs, world.pool
    is_firm = code >= 0
    needs.supplier[rows] = code
    needs.place[rows[is_firm]] = BOROUGH
    needs.supplier_key[rows[is_firm]] = world.firms.key[code[is_firm]]
    elsewhere, pool_rows = rows[~is_firm], -1 - code[~is_firm]
    needs.place[elsewhere] = pool.place[pool_rows]
    needs.supplier_key[elsewhere] = pool.key[pool_rows]


def _stopgap(world: World, rows: np.ndarray) -> None:
    """Meet needs for which nobody bid: extend the incumbent, or call in an outside supplier at a premium."""
    needs, p = world.needs, world.parameters.procurement
    months = round(p.failed_extension_months)
    stays = holds_on(world, rows)
    needs.months_left[rows] = months
    needs.term_months[rows] = months
    orphans = rows[~stays]
    if orphans.size == 0:
        return
    _hand_over(world, orphans, outside_suppliers(world, orphans))
    write_prices(world, orphans, np.full(orphans.size, 1.0 + p.emergency_premium))
    needs.sv_promised[orphans] = needs.sv_delivered[orphans] = 0.0
    needs.subcontractor[orphans] = -1


def outside_suppliers(world: World, rows: np.ndarray) -> np.ndarray:
    """Draw an outside supplier for each need, of its section if there is one; coded as ``needs.supplier``."""
    needs, pool = world.needs, world.pool
    u = draw_many(stream(world.seed, "tie_break"), keys_of(needs.key[rows], needs.renewal[rows]), 3)
    by_key = np.argsort(pool.key, kind="stable")
    outside = by_key[pool.place[by_key] == OUTSIDE]
    code = np.empty(rows.size, np.int64)
    for i, row in enumerate(rows):
        same = outside[pool.section[outside] == needs.section[row]]
        able = same if same.size else outside
        code[i] = -1 - able[int(u[i] * able.size)]
    return code


def subcontractors(world: World, rows: np.ndarray) -> np.ndarray:
    """Draw the site that would get the local sub-contract of each contract, -1 if its section has none."""
    needs, fixed = world.needs, world.fixed
    out = np.full(rows.size, -1, np.int32)
    start = fixed.link_start[needs.section[rows]]
    size = fixed.link_start[needs.section[rows] + 1] - start
    some = size > 0
    keys = keys_of(needs.key[rows], needs.renewal[rows])
    draws = [draw_many(stream(world.seed, "delivery"), keys, k)[some] for k in (0, 1)]
    slot = start[some] + (draws[0] * size[some]).astype(np.int64)
    slot = np.where(draws[1] < fixed.link_cut[slot], slot, start[some] + fixed.link_alias[slot])
    out[some] = fixed.link_site[slot]
    own = out == needs.supplier[rows]
    out[own] = -1  # a firm does not sub-contract to itself
    return out


def award_contracts(world: World) -> None:
    """Award each tender to its best bid.

    Reads   needs.is_open, needs.best_score, needs.best_supplier, needs.best_price, needs.best_promise,
            needs.n_bids, needs.key, needs.anchor, needs.section, needs.budget, needs.is_influenceable,
            needs.renewal, needs.term_months, needs.supplier, needs.supplier_key, needs.place,
            needs.sv_delivered, firms.key, firms.is_open, firms.sv_practice, firms.site_output, pool.key,
            pool.place, pool.section, pool.sv_practice, residents.key, residents.employer, terms,
            employers.n_residents, employers.n_from_wider, employers.n_from_outside, market.counts,
            market.mean_bidders, firms.contract_load, firms.output_last, firms.output_smooth
    Writes  needs.supplier, needs.supplier_key, needs.place, needs.price, needs.volume, needs.sv_promised,
            needs.sv_delivered, needs.term_months, needs.months_left, needs.subcontractor,
            firms.contract_load, firms.output_last, firms.output_smooth, firms.local_hiring,
            residents.employer, employers.n_residents, employers.n_from_wider, employers.n_from_outside,
            market.mean_bidders, market.counts
    """
    needs = world.needs
    rows = np.flatnonzero(needs.is_open)
    _count(world, rows)
    won = needs.best_score[rows] >= 0
    _stopgap(world, rows[~won])
    rows = rows[won]
    if rows.size:
        code = needs.best_supplier[rows].astype(np.int64)
        _hand_over(world, rows, code)
        write_prices(world, rows, needs.best_price[rows])
        needs.months_left[rows] = needs.term_months[rows]
        write_promises(world, rows, needs.best_promise[rows])
    commit_to_hiring(world)


def write_promises(world: World, rows: np.ndarray, promise: np.ndarray) -> None:
    """Write what holders of contracts promised, what they deliver of it, and to whom they sub-contract."""
    needs, firms, pool = world.needs, world.firms, world.pool
    code = needs.supplier[rows].astype(np.int64)
    practice = np.zeros(rows.size)
    practice[code >= 0] = firms.sv_practice[code[code >= 0]]
    practice[code < 0] = pool.sv_practice[-1 - code[code < 0]]
    needs.sv_promised[rows] = promise
    needs.sv_delivered[rows] = np.minimum(promise, practice) * delivery_rate(world, rows)
    needs.subcontractor[rows] = subcontractors(world, rows)


@kernel
def _delivered(supplier: np.ndarray, budget: np.ndarray, delivered: np.ndarray, out: np.ndarray) -> None:
    for i in range(supplier.shape[0]):
        if supplier[i] >= 0:
            out[supplier[i]] += (budget[i] * np.int64(delivered[i] * 16777216.0)) >> 24


def commit_to_hiring(world: World) -> None:
    """Spread each firm's delivered social value over all its work."""
    needs, firms = world.needs, world.firms
    delivered = np.zeros(firms.key.shape[0], np.int64)
    _delivered(needs.supplier, needs.budget, needs.sv_delivered, delivered)
    rows = np.flatnonzero(delivered)
    firms.local_hiring[:] = 0.0
    firms.local_hiring[rows] = delivered[rows] / np.maximum(firms.site_output[rows] + firms.contract_load[rows], 1)


def _count(world: World, rows: np.ndarray) -> None:
    """Count the month's tenders and let every section's expected competition follow."""
    needs, market = world.needs, world.market
    bids = needs.n_bids[rows].astype(np.int64)
    for name, number in (
        ("tenders", rows.size),
        ("failed_tenders", int((bids == 0).sum())),
        ("single_bid", int((bids == 1).sum())),
        ("bids", int(bids.sum())),
    ):
        market.counts[name] = market.counts.get(name, 0) + number
    tenders = np.zeros(20, np.int64)
    total = np.zeros(20, np.int64)
    np.add.at(tenders, needs.section[rows], 1)
    np.add.at(total, needs.section[rows], bids)
    # However many tenders there are, what firms expect is no younger than a year or so.
    weight = np.minimum(1.0 - (1.0 - world.parameters.procurement.mean_bidders_memory) ** tenders, 1.0 / 12.0)
    mean = np.where(tenders > 0, total / np.maximum(tenders, 1), 0.0)
    market.mean_bidders += weight * (mean - market.mean_bidders)


def pay_suppliers(world: World) -> None:
    """Pay a month of every contract, and what anchors pay beside contracts.

    Reads   needs.anchor, needs.section, needs.supplier, needs.place, needs.budget, needs.price,
            needs.sv_delivered, needs.subcontractor, firms.is_open, firms.section, firms.ownership,
            firms.site_output, anchors.to_placements, anchors.to_voluntary, anchors.to_wider,
            anchors.to_outside, market.counts
    Writes  ledger, firms.sales_anchors, firms.sales_firms, firms.turnover, firms.profit,
            market.wider_demand, market.outside_demand
    """
    firms, market = world.firms, world.market
    paid = contract_payments(world)
    if paid.excess.any():
        # A contract cheaper than the should-cost gives money back, so an anchor's sum can have either sign.
        short, over = np.maximum(paid.excess, 0), np.maximum(-paid.excess, 0)
        world.ledger.pay("overrun_grant", "treasury", int(short.sum()), ("anchors", short))
        world.ledger.pay("underspend_returned", "anchors", over, ("treasury", int(over.sum())))
    own = paid.to_firm - paid.goods - paid.sub_from
    kinds = {
        "contracts": {
            ("anchors", "firms"): int(paid.to_firm.sum()),
            ("anchors", "wider_area"): int(paid.elsewhere[WIDER]),
            ("anchors", "outside"): int(paid.elsewhere[OUTSIDE]),
        },
        "goods_resold": {("firms", "outside"): int(paid.goods.sum())},
        "local_subcontracts": {
            ("firms", "firms"): int(paid.sub_from.sum()),
            ("wider_area", "firms"): int(paid.sub_elsewhere[WIDER]),
            ("outside", "firms"): int(paid.sub_elsewhere[OUTSIDE]),
        },
    }
    world.ledger.post_kinds(kinds, {"anchors": -paid.by_anchor, "firms": own + paid.sub_to})
    firms.sales_anchors += own
    firms.sales_firms += paid.sub_to
    firms.turnover += paid.to_firm + paid.sub_to
    firms.profit += own + paid.sub_to
    market.wider_demand += paid.demand[WIDER]
    market.outside_demand += paid.demand[OUTSIDE]
    market.outside_demand[MADE] += paid.made[0]
    pay_beside_contracts(world)
