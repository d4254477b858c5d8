"""Contracts end, go to tender, are awarded and paid; what anchors pay beside contracts.

A need is a volume. Under fixed budgets an anchor pays each need its budget whatever the price, and a dearer
contract buys less; under the other closure it pays budget times price and the Treasury funds the excess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.asked import asked
from cwbsim.economy.contracts import Lengths, draw_term, keys_of, lengths_of, margin, move_staff
from cwbsim.economy.gathering import is_reserved
from cwbsim.economy.handing_over import hand_over, holds_on, write_prices, write_promises
from cwbsim.economy.insourcing import Inputs, bring_in_house, buy_inputs
from cwbsim.economy.living_wage import cover_staff
from cwbsim.economy.lots import let_in_lots
from cwbsim.economy.payments import Besides, Payments, book_besides, book_contracts, settle_accounts
from cwbsim.economy.routes import OPEN, QUOTES, draw_route, market_of, route_shares, threshold_of
from cwbsim.world import COMPETED, OUTSIDE, SECTIONS

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["award_contracts", "open_tenders", "pay_suppliers"]

ADMINISTRATION, CARE, OTHER = (SECTIONS.index(letter) for letter in "OQS")


@kernel
def _end_contracts(
    supplier: np.ndarray, supplier_key: np.ndarray, key: np.ndarray, is_open: np.ndarray, lot_key: np.ndarray,
    budget: np.ndarray, in_house: np.ndarray, n_lots: np.ndarray, lengths: Lengths, shares: np.ndarray,
    months_left: np.ndarray, tendered: np.ndarray, renewal: np.ndarray, term: np.ndarray, route: np.ndarray,
) -> tuple[bool, bool]:  # fmt: skip
    """Count contracts down, and draw length and route of those to be let.

    Return whether any service is done in-house, and whether any need is let in lots.
    """
    any_in_house, any_lots = False, False
    for i in range(supplier.shape[0]):
        any_in_house = any_in_house or in_house[i] != 0
        any_lots = any_lots or n_lots[i] > 1
        months_left[i] -= 1
        tendered[i] = months_left[i] <= 0 or not holds_on(supplier[i], supplier_key[i], key, is_open)
        if tendered[i]:
            months_left[i] = 0
            renewal[i] += 1
            term[i] = draw_term(lot_key[i], renewal[i], budget[i], lengths)
            route[i] = draw_route(lot_key[i], renewal[i], budget[i], shares, lengths.s_term)
    return any_in_house, any_lots


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
    n, f, p, wanted = world.needs, world.firms, world.parameters, asked(world)
    lengths = world.kept("lengths", (p, world.seed), lambda: lengths_of(p, world.seed, in_force=False))
    in_house, in_lots = _end_contracts(
        n.supplier, n.supplier_key, f.key, f.is_open, n.lot_key, n.budget, n.in_house, n.n_lots, lengths,
        route_shares(p), n.months_left, n.is_open, n.renewal, n.term_months, n.route,
    )  # fmt: skip
    if wanted.insourcing or in_house:
        bring_in_house(world)
    if wanted.lots or in_lots:
        let_in_lots(world, _pass_on)
    if wanted.reservation:  # a contract that is kept for some is competed for among them
        rows = np.flatnonzero(world.needs.is_open)
        route = world.needs.route[rows]
        world.needs.route[rows] = np.where(is_reserved(world, rows) & (route > QUOTES), OPEN, route)


def _pass_on(world: World, rows: np.ndarray, code: np.ndarray) -> None:
    """Give contracts to suppliers: accounts are settled; loads, usual output and staff move with them."""
    settle_accounts(world, rows, code)
    moved, before, after = hand_over(world, rows, code, margin(world))
    move_staff(world, moved, before, after)


def _stopgap(world: World, orphans: np.ndarray) -> None:
    """Meet needs for which nobody bid and whose holder is gone: call in an outside supplier at a premium."""
    if orphans.shape[0] == 0:
        return
    needs = world.needs
    _pass_on(world, orphans, outside_suppliers(world, orphans))
    premium = world.parameters.procurement.emergency_premium
    write_prices(world, orphans, np.full(orphans.shape[0], 1.0 + premium))
    needs.sv_promised[orphans] = needs.sv_delivered[orphans] = 0.0
    needs.subcontractor[orphans] = -1
    needs.sub_share[orphans] = needs.hires[orphans] = needs.living_wage[orphans] = 0.0


@kernel
def _outside(
    luck: np.uint64, key: np.ndarray, section: np.ndarray, pool_key: np.ndarray, pool_place: np.ndarray,
    pool_section: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Draw one of the outside suppliers of each section, in the order of their keys; of any if it has none."""
    code, able = np.empty(section.shape[0], np.int64), np.empty(pool_key.shape[0], np.int64)
    for i in range(section.shape[0]):
        for same in (True, False):
            n = 0
            for p in range(pool_key.shape[0]):
                able[n] = p
                n += (pool_place[p] == OUTSIDE) & ((pool_section[p] == section[i]) | (not same))
            if n > 0:
                break
        if n == 0:
            raise ValueError("no supplier outside can step in: the pool has none")
        of_key = np.argsort(pool_key[able[:n]])
        code[i] = -1 - able[of_key[int(uniform2(luck, key[i], np.uint64(3)) * n)]]
    return code


def outside_suppliers(world: World, rows: np.ndarray) -> np.ndarray:
    """Draw an outside supplier for each need, of its section if there is one; coded as ``needs.supplier``."""
    n, pool = world.needs, world.pool
    luck, key = stream(world.seed, "tie_break"), keys_of(n.key[rows], n.renewal[rows])
    return _outside(luck, key, n.section[rows], pool.key, pool.place, pool.section)


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
    won, orphans = _sort_out(world)
    _stopgap(world, orphans)
    if won.shape[0]:
        _pass_on(world, won, needs.best_supplier[won].astype(np.int64))
        write_promises(world, won, needs.best_price[won], needs.best_promise[won])
    cover_staff(world, commit_to_hiring(world))


@kernel
def _commit(
    supplier: np.ndarray, budget: np.ndarray, delivered: np.ndarray, living_wage: np.ndarray, output: np.ndarray,
    load: np.ndarray, local_hiring: np.ndarray,
) -> bool:  # fmt: skip
    """Add up what each firm delivers, in pence, which a float holds exactly; then divide by all its work.

    Return whether any contract asks for the Real Living Wage.
    """
    local_hiring[:] = 0.0
    asks, n, firms = False, 0, np.empty(supplier.shape[0], np.int64)
    for i in range(supplier.shape[0]):
        asks = asks or living_wage[i] != 0.0
        delivers = (budget[i] * np.int64(delivered[i] * 16777216.0)) >> 24
        f = supplier[i]
        if f >= 0 and delivers != 0:
            if local_hiring[f] == 0.0:
                firms[n] = f
                n += 1
            local_hiring[f] += delivers
    for f in firms[:n]:
        local_hiring[f] /= max(output[f] + load[f], 1)
    return asks


def commit_to_hiring(world: World) -> bool:
    """Spread each firm's delivered social value over all its work; return whether contracts ask for a living wage."""
    n, f = world.needs, world.firms
    return bool(
        _commit(n.supplier, n.budget, n.hires, n.living_wage, f.site_output, f.contract_load, f.local_hiring)
    )


@kernel
def _sort(
    is_open: np.ndarray, best_score: np.ndarray, section: np.ndarray, route: np.ndarray, budget: np.ndarray,
    n_bids: np.ndarray, n_heard: np.ndarray, supplier: np.ndarray, supplier_key: np.ndarray, key: np.ndarray,
    is_trading: np.ndarray, threshold: tuple[float, float], weight: np.ndarray, extension: int, term: np.ndarray,
    months_left: np.ndarray, mean_bidders: np.ndarray, mean_heard: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, int, int, int, int]:  # fmt: skip
    """Sort tenders into those that are won and those that failed, and let expected competition follow them.

    Return the needs won, those that failed and whose holder is gone, and how many competitions there were,
    without a bid, with one, and bids. A failed tender extends the contract in force.
    """
    won, orphans = np.empty(is_open.shape[0], np.int64), np.empty(is_open.shape[0], np.int64)
    n_won, n_orphans, none, lone = 0, 0, 0, 0
    tenders = np.zeros(mean_bidders.shape, np.int64)
    bids, heard = np.zeros_like(tenders), np.zeros_like(tenders)
    for i in range(is_open.shape[0]):
        if not is_open[i]:
            continue
        if route[i] <= COMPETED:
            s, m = section[i], market_of(route[i], budget[i], term[i], threshold)
            tenders[s, m] += 1
            bids[s, m] += n_bids[i]
            heard[s, m] += n_heard[i]
            none += n_bids[i] == 0
            lone += n_bids[i] == 1
        if best_score[i] >= 0:
            won[n_won] = i
            n_won += 1
        else:
            term[i] = extension
            if not holds_on(supplier[i], supplier_key[i], key, is_trading):
                orphans[n_orphans] = i
                n_orphans += 1
        months_left[i] = term[i]
    for s in range(tenders.shape[0]):
        for m in range(tenders.shape[1]):
            number = max(tenders[s, m], 1)
            w = weight[tenders[s, m]]
            mean_bidders[s, m] += w * (bids[s, m] / number - mean_bidders[s, m])
            mean_heard[s, m] += w * (heard[s, m] / number - mean_heard[s, m])
    return won[:n_won], orphans[:n_orphans], int(tenders.sum()), none, lone, int(bids.sum())


def _weight_of_news(world: World) -> np.ndarray:
    """Weight of a month's mean by how many tenders it is of: what firms expect is no younger than a year or so."""
    memory = world.parameters.procurement.mean_bidders_memory
    number = np.arange(world.needs.key.shape[0] + 1)
    return np.asarray(np.minimum(1.0 - (1.0 - memory) ** number, 1.0 / 12.0))


def _sort_out(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Sort the month's tenders; return the needs that are won, and those without bids whose holder is gone."""
    n, f, p, market = world.needs, world.firms, world.parameters, world.market
    weight = world.kept("weight_of_news", (p, n.key), lambda: _weight_of_news(world))
    won, orphans, *numbers = _sort(
        n.is_open, n.best_score, n.section, n.route, n.budget, n.n_bids, n.n_heard, n.supplier, n.supplier_key, f.key,
        f.is_open, threshold_of(p), weight, round(p.procurement.failed_extension_months), n.term_months,
        n.months_left, market.mean_bidders, market.mean_heard,
    )  # fmt: skip
    counts = market.counts
    for name, number in zip(("tenders", "failed_tenders", "single_bid", "bids"), numbers, strict=True):
        counts[name] = counts.get(name, 0) + int(number)
    return won, orphans


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
    market, n_anchors = world.market, world.anchors.key.shape[0]
    by_anchor, excess = np.zeros(n_anchors, np.int64), np.zeros(n_anchors, np.int64)
    paid = book_contracts(world, by_anchor, excess)
    if world.closure == "overrun" and excess.any():
        # A contract cheaper than the should-cost gives money back, so an anchor's sum can have either sign.
        short, over = np.maximum(excess, 0), np.maximum(-excess, 0)
        world.ledger.pay("overrun_grant", "treasury", int(short.sum()), ("anchors", short))
        world.ledger.pay("underspend_returned", "anchors", over, ("treasury", int(over.sum())))
    inputs = buy_inputs(world, by_anchor) if paid.in_house else Inputs(0, 0, 0)
    beside = book_besides(world, by_anchor)
    _post(world, paid, inputs, beside, by_anchor)
    for section, amount in (
        (CARE, beside.not_placed), (OTHER, beside.not_granted), (ADMINISTRATION, beside.to_others)
    ):  # fmt: skip
        market.outside_demand[section] += amount
    market.wider_demand[ADMINISTRATION] += beside.to_wider


def _post(world: World, paid: Payments, inputs: Inputs, beside: Besides, by_anchor: np.ndarray) -> None:
    """Book with the ledger what firms' purses hold already and anchors' give."""
    placed, granted = beside.placements - beside.not_placed, beside.grants - beside.not_granted
    kinds = {
        "contracts": {
            ("anchors", "firms"): paid.to_firms,
            ("anchors", "wider_area"): paid.to_wider,
            ("anchors", "outside"): paid.to_outside,
        },
        "goods_resold": {("firms", "outside"): paid.goods},
        "local_subcontracts": {
            ("firms", "firms"): paid.lots,
            ("wider_area", "firms"): paid.subs_of_wider,
            ("outside", "firms"): paid.subs_of_outside,
        },
        "care_placements": {("anchors", "firms"): placed, ("anchors", "outside"): beside.not_placed},
        "voluntary_grants": {("anchors", "firms"): granted, ("anchors", "outside"): beside.not_granted},
        "contracts_of_other_boroughs": {("wider_area", "firms"): beside.beyond},
        "levies": {("anchors", "wider_area"): beside.to_wider},
        "other_public_bodies": {("anchors", "outside"): beside.to_others},
    }
    if paid.in_house:
        kinds["in_house_inputs"] = {
            ("anchors", "firms"): inputs.to_firms,
            ("anchors", "wider_area"): inputs.to_wider,
            ("anchors", "outside"): inputs.to_outside,
        }
    settled = (
        paid.to_firms - paid.goods + paid.subs_of_wider + paid.subs_of_outside + inputs.to_firms + placed + granted
        + beside.beyond
    )  # fmt: skip
    world.ledger.post_kinds(kinds, {"anchors": -by_anchor}, {"firms": settled})
