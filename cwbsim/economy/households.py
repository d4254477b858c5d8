"""Households spend out of permanent income, at suppliers they have chosen, and choose again now and then."""

from __future__ import annotations

import numpy as np

from cwbsim import ledger
from cwbsim.chance import stream
from cwbsim.compiled import kernel
from cwbsim.economy import shops
from cwbsim.economy.choosing import Leaving, choose, go_elsewhere, list_closed, pick_supplier
from cwbsim.economy.links import has_room, sorted_new
from cwbsim.world import Q24, Households, World

__all__ = ["by_share", "choose_suppliers", "consume", "consumption_plan", "pick_supplier"]


def consume(world: World) -> None:
    """Households pay housing and council tax, then spend; at the till the pound splits.

    Consumption is permanent income plus a share of what savings exceed their target. VAT and duty go to the
    treasury, goods at basic price to producers; only the margin is the shop's output. Rents reach landlords
    now and are spent out of next month.

    Reads   households.income, households.savings, households.supplier, households.income_decile,
            households.outgoings, households.rent_received, households.housing_cost, households.landlord,
            households.council_tax, anchors.council_tax_share, anchors.social_rent_share, firms.trade,
            firms.capacity, firms.is_open, firms.sales_anchors, links.supplier, firms.is_closing,
            firms.sales_households, households.key, households.permanent_income, households.ward,
            market.local_chance
    Writes  households.income, households.savings, households.permanent_income, households.consumption,
            firms.sales_households, firms.sales_firms, firms.turnover, firms.unmet, firms.profit,
            market.wider_demand, market.outside_demand, market.counts, ledger, households.supplier
    """
    h, p, a = world.households, world.parameters.households, world.anchors
    n_sites, n_categories = world.firms.key.shape[0], h.supplier.shape[1]
    cells = np.zeros(n_sites + 2 * n_categories, np.int64)
    leaving = _room_for_leaving(world)
    _mark_closed(cells, world.firms.is_closing)
    change, n_leaving = _spend(
        h.income, h.savings, h.outgoings, h.rent_received, h.permanent_income, h.consumption, h.income_decile,
        h.supplier, world.fixed.spend_cumulative, 1.0 / p.permanent_income_months, p.wealth_adjustment,
        p.savings_target_months, n_sites, cells, leaving,
    )  # fmt: skip
    _unmark_closed(cells, world.firms.is_closing)
    go_elsewhere(
        leaving, n_leaving, h.supplier, n_sites, cells,
        stream(world.seed, "leave_closed_shop", world.month), h.key, h.ward, world.market.local_chance,
        world.firms.is_open, *_tables(world),
    )  # fmt: skip
    tax, rents, social, abroad = world.fixed.housing_totals.tolist()
    paid = shops.at_the_till(world, cells)
    kinds = {
        "council_tax": {("households", "anchors"): tax},
        "housing": {
            ("households", "households"): rents,
            ("households", "anchors"): social,
            ("households", "outside"): abroad,
        },
        **paid,
    }
    to_anchors = by_share(tax, a.council_tax_share) + by_share(social, a.social_rent_share)
    settled = {"households": change, "firms": ledger.net_of("firms", paid)}
    world.ledger.post_kinds(kinds, {"anchors": to_anchors}, settled)


def _room_for_leaving(world: World) -> Leaving:
    """Return room for the ties of all households at once, one for each; kept from month to month."""
    supplier = world.households.supplier

    def room() -> Leaving:
        n = supplier.size + supplier.shape[1]
        return Leaving(np.empty(n, np.int32), np.empty(n, np.int8), np.empty(n, np.int32), np.empty(n, np.int64))

    return world.kept("leaving", (supplier,), room)


def _tables(world: World) -> tuple[np.ndarray, ...]:
    """Return the tables from which suppliers are proposed."""
    x = world.fixed
    return (
        x.wider_given_away, x.ward_alias, x.ward_cut, x.shop_alias, x.shop_cut, x.shop_site, x.shop_start
    )  # fmt: skip


def housing_totals(h: Households) -> np.ndarray:
    """Return what households pay a month, (4,): council tax, rents here, social rents, and to outside.

    Homes and their costs stay what they are in a run, so the starting world works this out once.
    """
    tax, rents, paid = (int(x.sum()) for x in (h.council_tax, h.rent_received, h.outgoings))
    social = int(h.housing_cost[h.landlord == -2].sum())
    return np.array([tax, rents, social, paid - tax - rents - social], np.int64)


@kernel
def by_share(total: int, shares: np.ndarray) -> np.ndarray:
    """Split a total by shares that add up to one: differences of the floored running share."""
    out = np.empty(shares.shape[0], np.int64)
    whole, running, before = 0.0, 0.0, 0
    for i in range(shares.shape[0]):
        whole += shares[i]
    for i in range(shares.shape[0]):
        running += shares[i]
        upto = (total * int(np.floor(running / max(whole, 1e-300) * Q24 + 0.5))) >> 24
        if i == shares.shape[0] - 1:
            upto = total
        out[i] = upto - before
        before = upto
    return out


@kernel
def consumption_plan(permanent: float, cash: float, adjustment: float, target_months: float) -> float:
    """Return consumption of a month out of permanent income, given money in hand (income included).

    Never more than what is in hand nor less than a quarter of permanent income, which may need credit.
    """
    least = 0.25 * max(permanent, 0.0)
    plan = permanent + adjustment * (cash - permanent - target_months * permanent)
    return max(min(plan, cash), least)


BLOCK = 512  # households at a time: what they need stays in the nearest cache
_CLOSED = -(1 << 60)  # far below anything a month's takings can reach
_IN_FLOAT, _BIAS = np.int64(0x4338000000000000), 1.5 * 2.0**52  # the same 64 bits, as a whole number and as a float


@kernel
def _mark_closed(cells: np.ndarray, is_closing: np.ndarray) -> None:
    """Let the cells of shops that have closed start far below nil."""
    for f in range(is_closing.shape[0]):
        cells[f] = _CLOSED if is_closing[f] else 0


@kernel
def _unmark_closed(cells: np.ndarray, is_closing: np.ndarray) -> None:
    for f in range(is_closing.shape[0]):
        cells[f] -= _CLOSED if is_closing[f] else 0


@kernel
def _spend(
    income: np.ndarray, savings: np.ndarray, outgoings: np.ndarray, rent_received: np.ndarray,
    permanent: np.ndarray, consumption: np.ndarray, decile: np.ndarray, supplier: np.ndarray,
    cumulative: np.ndarray, smoothing: float, adjustment: float, target_months: float, n_sites: int,
    cells: np.ndarray, leaving: Leaving,
) -> tuple[int, int]:  # fmt: skip
    """Pay for homes, spend, put the rest by; return the change of households' money.

    Cells beyond the sites are (category, outside or wider area). Ties to shops that have closed, whose cells
    therefore start far below nil, are listed, and counted in the second number returned.
    """
    change, n_leaving = 0, 0
    found, left, held = np.empty(BLOCK + 1, np.int64), np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    for first in range(0, supplier.shape[0], BLOCK):
        last = first + BLOCK  # beyond the end, slices stop there
        change += _plan_block(
            income[first:last], savings[first:last], outgoings[first:last], rent_received[first:last],
            permanent[first:last], consumption[first:last], smoothing, adjustment, target_months, left, held,
        )  # fmt: skip
        n_found = _till_block(
            consumption[first:last], decile[first:last], supplier[first:last], cumulative, n_sites, cells, first,
            found,
        )  # fmt: skip
        n_leaving = list_closed(
            found[:n_found], first, consumption[first:last], decile[first:last], supplier[first:last], cumulative,
            cells, n_leaving, leaving,
        )  # fmt: skip
    return change, n_leaving


@kernel
def _plan_block(
    income: np.ndarray, savings: np.ndarray, outgoings: np.ndarray, rent_received: np.ndarray,
    permanent: np.ndarray, consumption: np.ndarray, smoothing: float, adjustment: float, target_months: float,
    left: np.ndarray, held: np.ndarray,
) -> int:  # fmt: skip
    """Pay for the homes of a block of households, set what each spends; return the change of their money.

    ``left`` and ``held`` are room for a block. What is left of income and what is in hand stand there in the last
    bits of floats, where whole numbers below 2**51 are turned into floats by a subtraction: the processor has no
    other way to do so with several at a time.
    """
    change, n = 0, income.shape[0]
    left_float, held_float = left.view(np.float64), held.view(np.float64)
    for i in range(n):
        left[i] = income[i] - outgoings[i] + _IN_FLOAT
        held[i] = savings[i] + left[i]
    for i in range(n):
        before = np.float64(permanent[i])
        permanent[i] = before + ((left_float[i] - _BIAS) - before) * smoothing
        plan = consumption_plan(np.float64(permanent[i]), held_float[i] - _BIAS, adjustment, target_months)
        consumption[i] = np.int32(plan)
    for i in range(n):
        spent = np.int64(consumption[i])
        savings[i] += (left[i] - _IN_FLOAT) - spent
        change += rent_received[i] - outgoings[i] - spent
    income[:] = rent_received  # spent out of next month
    return change


@kernel
def _till_block(
    consumption: np.ndarray, decile: np.ndarray, supplier: np.ndarray, cumulative: np.ndarray, n_sites: int,
    cells: np.ndarray, first: int, found_closed: np.ndarray,
) -> int:  # fmt: skip
    """Add what a block of households spends to the cells; list those that find a shop closed, return how many."""
    n_found = 0
    for i in range(supplier.shape[0]):
        spent, share, ties = np.int64(consumption[i]), cumulative[np.uint64(decile[i])], supplier[i]
        before, lowest = 0, np.int64(0)
        for k in range(supplier.shape[1]):
            upto = (spent * share[k + 1]) >> 24
            at = np.int64(ties[k])
            # Without a branch, which half-local spending would make unpredictable: -1 and -2 turn into the two
            # cells of the category after those of the sites.
            cell = np.uint64(at + ((at >> 63) & (n_sites + 2 * k + 2)))
            taken = cells[cell] + (upto - before)
            cells[cell] = taken
            lowest |= taken  # below nil if any is
            before = upto
        found_closed[n_found] = first + i
        n_found += int(lowest < 0)
    return n_found


def choose_suppliers(world: World) -> None:
    """A few households a month choose a supplier again, and new shops draw theirs.

    The chance of a shop is its distance and premises, never its sales, or shops would concentrate without end.
    A shop without room takes nobody on. Choices are proposed from tables that do not differ between
    scenarios and accepted on the state. Those whose shop has closed choose when they next spend.

    Reads   firms.is_open, firms.is_new, firms.unmet, firms.growth, firms.trade, firms.ward, firms.key, firms.site_output, households.key, households.ward, households.supplier, market.section_price, market.rival_pull
    Writes  households.supplier, market.local_chance
    """  # noqa: E501
    fixed, firms, h = world.fixed, world.firms, world.households
    chance_local, chance_new = shops.local_pull(world)
    world.market.local_chance = chance_local
    rate = world.parameters.households.rechoice_rate
    often = rate + chance_new >= 1 / 32  # (K, W) where new shops pull too strongly to be screened
    rows, begin = sorted_new(firms.is_new, firms.trade, firms.key, chance_local.shape[0])
    ward, weight = _premises(rows, firms.trade, firms.ward, firms.site_output, fixed.cell_output)
    always = _bits_of(often) if often.any() else np.zeros(often.shape[1], np.uint64)
    choose(
        stream(world.seed, "rechoose", world.month), stream(world.seed, "pick_supplier", world.month), h.key, h.ward,
        h.supplier, always, often, chance_new, rate, fixed.ward_chance, rows, begin, ward, weight, chance_local,
        has_room(firms.is_open, firms.unmet), *_tables(world),
    )  # fmt: skip


def _bits_of(often: np.ndarray) -> np.ndarray:
    """Return of which categories a choice is not screened, (W,) uint64: one bit in five, as ``screened_groups`` has them."""
    bit = 1 << (5 * np.arange(often.shape[0], dtype=np.uint64))
    return np.asarray((often * bit[:, None]).sum(axis=0, dtype=np.uint64))


@kernel
def _premises(
    rows: np.ndarray, trade: np.ndarray, ward: np.ndarray, output: np.ndarray, cell_output: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ward of some shops, (n,), and the part of the premises of its trade there that each has, (n,)."""
    where, part = np.empty(rows.shape[0], ward.dtype), np.empty(rows.shape[0])
    for i in range(rows.shape[0]):
        f = rows[i]
        where[i] = ward[f]
        part[i] = output[f] / max(cell_output[trade[f], ward[f]], 1)
    return where, part
