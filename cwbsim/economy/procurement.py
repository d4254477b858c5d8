"""Contracts end, go to tender, are awarded and paid; what anchors pay beside contracts.

A need is a volume. Under fixed budgets an anchor pays each need its budget whatever the price, and a dearer
contract buys less; under the other closure it pays budget times price and the Treasury funds the excess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.compiled import kernel
from cwbsim.economy.contracts import draw_terms, keys_of, margin, move_staff
from cwbsim.economy.handing_over import hand_over, holds_on, orphaned, write_promises
from cwbsim.economy.insourcing import asks_for_insourcing, bring_in_house, buy_inputs
from cwbsim.economy.living_wage import cover_staff
from cwbsim.economy.lots import asks_for_lots, let_in_lots
from cwbsim.economy.payments import book_contracts, settle_accounts, share_out
from cwbsim.economy.routes import MARKETS, OPEN, QUOTES, draw_routes, markets_of
from cwbsim.economy.tenders import is_reserved
from cwbsim.world import COMPETED, OUTSIDE, SECTIONS, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["award_contracts", "open_tenders", "pay_suppliers"]

ADMINISTRATION, CARE, OTHER = (SECTIONS.index(letter) for letter in "OQS")
SOCIAL = 1  # firms.ownership of social enterprises


@kernel
def _end_contracts(
    supplier: np.ndarray, supplier_key: np.ndarray, key: np.ndarray, is_open: np.ndarray,
    months_left: np.ndarray, tendered: np.ndarray, renewal: np.ndarray,
) -> None:  # fmt: skip
    """Count contracts down, and mark the needs to be tendered."""
    for i in range(supplier.shape[0]):
        months_left[i] -= 1
        tendered[i] = months_left[i] <= 0 or not holds_on(supplier[i], supplier_key[i], key, is_open)
        if tendered[i]:
            months_left[i] = 0
            renewal[i] += 1


def open_tenders(world: World) -> None:
    """Put to tender the needs whose contract ends, and those whose supplier has closed.

    Services that are brought in-house leave the book of contracts here; needs let in lots are divided.

    Reads   needs.key, needs.anchor, needs.section, needs.budget, needs.is_influenceable, needs.term_months,
            needs.months_left, needs.renewal, needs.supplier, needs.supplier_key, needs.place, needs.price,
            needs.volume, needs.sv_promised, needs.sv_delivered, needs.n_bids, needs.n_local_bids,
            needs.is_open, needs.best_score, needs.best_supplier, needs.best_price, needs.best_promise,
            needs.subcontractor, needs.sub_share, needs.hires, needs.living_wage, needs.owed, needs.lot_key,
            needs.n_lots, needs.route, needs.n_heard, needs.in_house, firms.key, firms.is_open,
            firms.contract_load, firms.output_last,
            firms.output_smooth, pool.key, pool.place, residents.key, residents.employer, employers.wanted,
            employers.n_residents, employers.n_from_wider, employers.n_from_outside, terms
    Writes  needs.key, needs.anchor, needs.section, needs.budget, needs.is_influenceable, needs.term_months,
            needs.months_left, needs.renewal, needs.supplier, needs.supplier_key, needs.place, needs.price,
            needs.volume, needs.sv_promised, needs.sv_delivered, needs.n_bids, needs.n_local_bids,
            needs.is_open, needs.best_score, needs.best_supplier, needs.best_price, needs.best_promise,
            needs.subcontractor, needs.sub_share, needs.hires, needs.living_wage, needs.owed, needs.lot_key,
            needs.n_lots, needs.route, needs.n_heard, needs.in_house, firms.contract_load, firms.output_last, firms.output_smooth,
            residents.employer, employers.wanted, employers.n_residents, employers.n_from_wider,
            employers.n_from_outside, ledger
    """
    needs, firms = world.needs, world.firms
    _end_contracts(
        needs.supplier, needs.supplier_key, firms.key, firms.is_open, needs.months_left, needs.is_open,
        needs.renewal,
    )  # fmt: skip
    rows = np.flatnonzero(needs.is_open)
    needs.term_months[rows] = draw_terms(
        world.parameters, world.seed, needs.lot_key[rows], needs.renewal[rows], needs.budget[rows], in_force=False
    )
    needs.route[rows] = draw_routes(
        world.parameters, world.seed, needs.lot_key[rows], needs.renewal[rows], needs.budget[rows]
    )
    if asks_for_insourcing(world):
        bring_in_house(world)
    if asks_for_lots(world):
        let_in_lots(world, _pass_on)
    if world.terms.reserve_below.any():  # a contract that is kept for some is competed for among them
        rows = np.flatnonzero(world.needs.is_open)
        route = world.needs.route[rows]
        world.needs.route[rows] = np.where(is_reserved(world, rows) & (route > QUOTES), OPEN, route)


def write_prices(world: World, rows: np.ndarray, price: np.ndarray) -> None:
    """Write the price of contracts and the volume it buys."""
    world.needs.price[rows] = price
    world.needs.volume[rows] = 1.0 / price if world.closure != "overrun" else 1.0


def _pass_on(world: World, rows: np.ndarray, code: np.ndarray) -> None:
    """Give contracts to suppliers: accounts are settled; loads, usual output and staff move with them."""
    settle_accounts(world, rows[world.needs.supplier[rows] != code])
    moved, before, after = hand_over(world, rows, code, margin(world))
    move_staff(world, moved, before, after)


def _stopgap(world: World, rows: np.ndarray) -> None:
    """Meet needs for which nobody bid: extend the incumbent, or call in an outside supplier at a premium."""
    if rows.size == 0:
        return
    needs, firms, p = world.needs, world.firms, world.parameters.procurement
    months = round(p.failed_extension_months)
    needs.months_left[rows] = months
    needs.term_months[rows] = months
    orphans = rows[orphaned(rows, needs.supplier, needs.supplier_key, firms.key, firms.is_open)]
    if orphans.size == 0:
        return
    _pass_on(world, orphans, outside_suppliers(world, orphans))
    write_prices(world, orphans, np.full(orphans.size, 1.0 + p.emergency_premium))
    needs.sv_promised[orphans] = needs.sv_delivered[orphans] = 0.0
    needs.subcontractor[orphans] = -1
    needs.sub_share[orphans] = needs.hires[orphans] = needs.living_wage[orphans] = 0.0


def outside_suppliers(world: World, rows: np.ndarray) -> np.ndarray:
    """Draw an outside supplier for each need, of its section if there is one; coded as ``needs.supplier``."""
    needs, pool = world.needs, world.pool
    u = draw_many(stream(world.seed, "tie_break"), keys_of(needs.key[rows], needs.renewal[rows]), 3)
    by_key = np.argsort(pool.key, kind="stable")
    outside = by_key[pool.place[by_key] == OUTSIDE]
    code = np.empty(rows.size, np.int64)
    for section in np.unique(needs.section[rows]):
        mine = needs.section[rows] == section
        same = outside[pool.section[outside] == section]
        able = same if same.size else outside
        code[mine] = -1 - able[(u[mine] * able.size).astype(np.int64)]
    return code


def award_contracts(world: World) -> None:
    """Award each tender to its best bid.

    Reads   needs.is_open, needs.best_score, needs.best_supplier, needs.best_price, needs.best_promise,
            needs.n_bids, needs.key, needs.anchor, needs.section, needs.budget, needs.is_influenceable,
            needs.renewal, needs.term_months, needs.supplier, needs.supplier_key, needs.place,
            needs.sv_delivered, firms.key, firms.is_open, firms.sv_practice, firms.site_output, pool.key,
            pool.place, pool.section, pool.sv_practice, residents.key, residents.employer, terms,
            employers.n_residents, employers.n_from_wider, employers.n_from_outside, market.counts,
            market.mean_bidders, market.mean_heard, needs.route, needs.n_heard, firms.contract_load,
            firms.output_last, firms.output_smooth, needs.owed,
            needs.living_wage, needs.hires
    Writes  ledger, needs.owed, needs.sub_share, needs.hires, needs.living_wage, employers.living_wage,
            needs.supplier, needs.supplier_key, needs.place, needs.price, needs.volume, needs.sv_promised,
            needs.sv_delivered, needs.term_months, needs.months_left, needs.subcontractor,
            firms.contract_load, firms.output_last, firms.output_smooth, firms.local_hiring,
            residents.employer, employers.n_residents, employers.n_from_wider, employers.n_from_outside,
            market.mean_bidders, market.mean_heard, market.counts
    """
    needs = world.needs
    rows = np.flatnonzero(needs.is_open)
    _count(world, rows)
    won = needs.best_score[rows] >= 0
    _stopgap(world, rows[~won])
    rows = rows[won]
    if rows.size:
        code = needs.best_supplier[rows].astype(np.int64)
        _pass_on(world, rows, code)
        write_prices(world, rows, needs.best_price[rows])
        needs.months_left[rows] = needs.term_months[rows]
        write_promises(world, rows, needs.best_promise[rows])
    commit_to_hiring(world)
    cover_staff(world)


@kernel
def _commit(
    supplier: np.ndarray, budget: np.ndarray, delivered: np.ndarray, output: np.ndarray, load: np.ndarray,
    local_hiring: np.ndarray,
) -> None:  # fmt: skip
    """Add up what each firm delivers, in pence, which a float holds exactly; then divide by all its work."""
    local_hiring[:] = 0.0
    for i in range(supplier.shape[0]):
        if supplier[i] >= 0:
            local_hiring[supplier[i]] += (budget[i] * np.int64(delivered[i] * 16777216.0)) >> 24
    for f in range(local_hiring.shape[0]):
        if local_hiring[f] != 0.0:
            local_hiring[f] /= max(output[f] + load[f], 1)


def commit_to_hiring(world: World) -> None:
    """Spread each firm's delivered social value over all its work."""
    n, f = world.needs, world.firms
    _commit(n.supplier, n.budget, n.hires, f.site_output, f.contract_load, f.local_hiring)


@kernel
def _tally(
    rows: np.ndarray, section: np.ndarray, route: np.ndarray, market: np.ndarray, n_bids: np.ndarray,
    n_heard: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Competitions by section and market, (5, S, M): how many, bids, with one bid, without any, who could have bid."""
    out = np.zeros((5, 20, MARKETS), np.int64)
    for j in range(rows.shape[0]):
        i = rows[j]
        if route[i] > COMPETED:
            continue
        s, m = section[i], market[j]
        out[0, s, m] += 1
        out[1, s, m] += n_bids[i]
        out[2, s, m] += n_bids[i] == 1
        out[3, s, m] += n_bids[i] == 0
        out[4, s, m] += n_heard[i]
    return out


def _count(world: World, rows: np.ndarray) -> None:
    """Count the month's competitions and let the competition expected in every section and market follow."""
    needs, market = world.needs, world.market
    of = markets_of(world.parameters, needs.route[rows], needs.budget[rows], needs.term_months[rows])
    tenders, bids, single, failed, heard = _tally(rows, needs.section, needs.route, of, needs.n_bids, needs.n_heard)
    for name, number in (
        ("tenders", tenders),
        ("failed_tenders", failed),
        ("single_bid", single),
        ("bids", bids),
    ):
        market.counts[name] = market.counts.get(name, 0) + int(number.sum())
    # However many tenders there are, what firms expect is no younger than a year or so.
    weight = np.minimum(1.0 - (1.0 - world.parameters.procurement.mean_bidders_memory) ** tenders, 1.0 / 12.0)
    number = np.maximum(tenders, 1)
    market.mean_bidders += weight * (bids / number - market.mean_bidders)
    market.mean_heard += weight * (heard / number - market.mean_heard)


def pay_suppliers(world: World) -> None:
    """Pay a month of every contract, and what anchors pay beside contracts.

    Reads   needs.anchor, needs.section, needs.supplier, needs.place, needs.budget, needs.price,
            needs.sub_share, needs.subcontractor, needs.owed, needs.in_house, terms, firms.is_open,
            firms.section, firms.ownership,
            firms.site_output, anchors.to_placements, anchors.to_voluntary, anchors.to_wider,
            anchors.to_outside, market.counts, firms.contracts_beyond
    Writes  ledger, needs.owed, firms.sales_anchors, firms.sales_firms, firms.turnover, firms.profit,
            market.wider_demand, market.outside_demand
    """
    anchors, firms, market = world.anchors, world.firms, world.market
    paid, inputs = book_contracts(world), buy_inputs(world)
    beyond = _sell_to_other_boroughs(world)
    if paid.excess.any():
        # A contract cheaper than the should-cost gives money back, so an anchor's sum can have either sign.
        short, over = np.maximum(paid.excess, 0), np.maximum(-paid.excess, 0)
        world.ledger.pay("overrun_grant", "treasury", int(short.sum()), ("anchors", short))
        world.ledger.pay("underspend_returned", "anchors", over, ("treasury", int(over.sum())))
    placements, grants = int(anchors.to_placements.sum()), int(anchors.to_voluntary.sum())
    not_placed = share_out(world, placements, firms.section, CARE)
    not_granted = share_out(world, grants, firms.ownership, SOCIAL)
    # What a programme has spent this month came out of what goes to other public bodies elsewhere.
    counts = market.counts
    spent = [counts.get(f"programme_pence_{a}", 0) for a in range(anchors.key.shape[0])]
    others = anchors.to_outside - np.array(spent, np.int64)
    to_wider, to_others = int(anchors.to_wider.sum()), int(others.sum())
    to_firms, goods, lots = paid.to_firms.tolist()
    kinds = {
        "contracts": {
            ("anchors", "firms"): to_firms,
            ("anchors", "wider_area"): int(paid.elsewhere[WIDER]),
            ("anchors", "outside"): int(paid.elsewhere[OUTSIDE]),
        },
        "goods_resold": {("firms", "outside"): goods},
        "local_subcontracts": {
            ("firms", "firms"): lots,
            ("wider_area", "firms"): int(paid.sub_elsewhere[WIDER]),
            ("outside", "firms"): int(paid.sub_elsewhere[OUTSIDE]),
        },
        "care_placements": {
            ("anchors", "firms"): placements - not_placed, ("anchors", "outside"): not_placed,
        },
        "voluntary_grants": {
            ("anchors", "firms"): grants - not_granted, ("anchors", "outside"): not_granted,
        },
        "contracts_of_other_boroughs": {("wider_area", "firms"): beyond},
        "levies": {("anchors", "wider_area"): to_wider},
        "other_public_bodies": {("anchors", "outside"): to_others},
    }  # fmt: skip
    if inputs.by_anchor.any():
        kinds["in_house_inputs"] = {
            ("anchors", "firms"): inputs.to_firms,
            ("anchors", "wider_area"): inputs.to_wider,
            ("anchors", "outside"): inputs.to_outside,
        }
    by_anchor = paid.by_anchor + inputs.by_anchor + anchors.to_placements + anchors.to_voluntary + anchors.to_wider + others
    subs = lots + int(paid.sub_elsewhere.sum())
    settled = (
        beyond + to_firms - goods - lots + subs + inputs.to_firms + placements - not_placed + grants - not_granted
    )
    world.ledger.post_kinds(kinds, {"anchors": -by_anchor}, {"firms": settled})
    market.wider_demand += paid.demand[WIDER]
    market.outside_demand += paid.demand[OUTSIDE]
    for section, amount in ((CARE, not_placed), (OTHER, not_granted), (ADMINISTRATION, to_others)):
        market.outside_demand[section] += amount
    market.wider_demand[ADMINISTRATION] += to_wider


def _sell_to_other_boroughs(world: World) -> int:
    """Let firms deliver what they hold from anchors of other boroughs simulated in full; return its sum, pence."""
    f = world.firms
    sold = f.contracts_beyond
    if not sold.any():
        return 0
    for column in (f.sales_anchors, f.turnover, f.profit, world.ledger.cash["firms"]):
        column += sold
    return int(sold.sum())
