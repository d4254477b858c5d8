"""Households spend out of permanent income, at suppliers they have chosen, and choose again now and then."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import bits, stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy import shops
from cwbsim.world import BOROUGH, OUTSIDE, Q24, WIDER, World

__all__ = ["by_share", "choose_suppliers", "consume", "consumption_plan", "pick_supplier"]


def consume(world: World) -> None:
    """Households pay housing and council tax, then spend; at the till the pound splits.

    Consumption is permanent income plus a share of what savings exceed their target. VAT and duty go to the
    treasury, goods at basic price to producers; only the margin is the shop's output. Rents reach landlords
    now and are spent out of next month.

    Reads   households.income, households.supplier, households.income_decile, households.housing_cost, households.landlord, households.council_tax, anchors.council_tax_share, anchors.social_rent_share, firms.trade, firms.capacity, firms.is_open, firms.sales_anchors, links.supplier
    Writes  households.income, households.permanent_income, households.consumption, firms.sales_households, firms.sales_firms, firms.turnover, firms.unmet, firms.profit, market.wider_demand, market.outside_demand, market.counts, ledger
    """  # noqa: E501
    h, p, a = world.households, world.parameters.households, world.anchors
    n_sites, n_categories = world.firms.key.shape[0], h.supplier.shape[1]
    cells = np.zeros(n_sites + 2 * n_categories, np.int64)
    change, rents = np.empty_like(h.cash), np.zeros_like(h.cash)
    tax, social, abroad = _spend(
        h.income, h.cash, h.council_tax, h.housing_cost, h.landlord, h.permanent_income, h.consumption,
        h.income_decile, h.supplier, world.fixed.spend_cumulative, 1.0 / p.permanent_income_months,
        p.wealth_adjustment, p.savings_target_months, n_sites, cells, change, rents,
    )  # fmt: skip
    takings, away = cells[:n_sites], cells[n_sites:].reshape(n_categories, 2).T[::-1]
    h.income[:] = rents
    change += rents
    world.ledger.post_kinds(
        {
            "council_tax": {("households", "anchors"): tax},
            "housing": {
                ("households", "households"): int(rents.sum()),
                ("households", "anchors"): social,
                ("households", "outside"): abroad,
            },
            "consumption": {
                ("households", "firms"): int(takings.sum()),
                ("households", "wider_area"): int(away[0].sum()),
                ("households", "outside"): int(away[1].sum()),
            },
        },
        {
            "households": change,
            "firms": takings,
            "anchors": by_share(tax, a.council_tax_share) + by_share(social, a.social_rent_share),
        },
    )
    shops.split_takings(world, takings)
    shops.split_spending_elsewhere(world, away)


def by_share(total: int, shares: np.ndarray) -> np.ndarray:
    """Split a total by shares that add up to one: differences of the floored running share."""
    running = np.floor(np.cumsum(shares) / max(shares.sum(), 1e-300) * Q24 + 0.5).astype(np.int64)
    cumulative = (total * running) >> 24
    cumulative[-1] = total
    return np.diff(cumulative, prepend=0)


@kernel
def consumption_plan(permanent: float, cash: float, adjustment: float, target_months: float) -> float:
    """Return consumption of a month out of permanent income, given money in hand (income included).

    Never more than what is in hand nor less than a quarter of permanent income, which may need credit.
    """
    least = 0.25 * max(permanent, 0.0)
    plan = permanent + adjustment * (cash - permanent - target_months * permanent)
    return max(min(plan, cash), least)


@kernel
def _spend(
    income: np.ndarray, cash: np.ndarray, council_tax: np.ndarray, housing: np.ndarray, landlord: np.ndarray,
    permanent: np.ndarray, consumption: np.ndarray, decile: np.ndarray, supplier: np.ndarray,
    cumulative: np.ndarray, smoothing: float, adjustment: float, target_months: float, n_sites: int,
    cells: np.ndarray, change: np.ndarray, rents: np.ndarray,
) -> tuple[int, int, int]:  # fmt: skip
    """Pay for homes and spend; cells beyond the sites are (category, outside or wider area)."""
    n, n_categories = supplier.shape
    tax, social, abroad = np.int64(0), np.int64(0), np.int64(0)
    for i in range(n):
        cost, to = housing[i], landlord[i]
        tax += council_tax[i]
        if to >= 0:
            rents[to] += cost
        elif to == -2:
            social += cost
        else:
            abroad += cost
        fixed_costs = council_tax[i] + cost
        permanent[i] += (income[i] - fixed_costs - permanent[i]) * smoothing
        spent = np.int64(consumption_plan(permanent[i], np.float64(cash[i] - fixed_costs), adjustment, target_months))
        consumption[i] = spent
        change[i] = -spent - fixed_costs
        before = np.int64(0)
        row = decile[i]
        for k in range(n_categories):
            upto = (spent * cumulative[row, k + 1]) >> 24
            at = np.int64(supplier[i, k])
            # Without a branch, which half-local spending would make unpredictable: -1 and -2 turn into the two
            # cells of the category after those of the sites.
            cells[np.uint64(at + ((at >> 63) & (n_sites + 2 * k + 2)))] += upto - before
            before = upto
    return tax, social, abroad


def choose_suppliers(world: World) -> None:
    """A few households a month choose a supplier again; those whose shop closed must; new shops draw theirs.

    The chance of a shop is its distance and premises, never its sales, or shops would concentrate without end.
    A shop without room takes nobody on. Choices are proposed from tables that do not differ between
    scenarios and accepted on the state.

    Reads   firms.is_open, firms.is_closing, firms.is_new, firms.capacity, firms.unmet, firms.growth, firms.trade, firms.ward, firms.price, households.ward, households.supplier
    Writes  households.supplier
    """  # noqa: E501
    fixed, firms, h = world.fixed, world.firms, world.households
    chance_local, chance_new = shops.local_pull(world)
    new_rows = np.flatnonzero(firms.is_new & (firms.trade >= 0)).astype(np.int32)
    new_rows = new_rows[np.argsort(firms.key[new_rows], kind="stable")]
    new_weight = firms.site_output[new_rows] / np.maximum(
        fixed.cell_output[firms.trade[new_rows], firms.ward[new_rows]], 1
    )
    has_room = firms.is_open & (firms.unmet == 0)
    _choose(
        stream(world.seed, "rechoose", world.month), stream(world.seed, "pick_category", world.month),
        stream(world.seed, "pick_supplier", world.month), h.key, h.ward, h.supplier, firms.is_closing, has_room,
        chance_local, chance_new, world.parameters.households.rechoice_rate, fixed.wider_given_away,
        fixed.ward_alias, fixed.ward_cut, fixed.shop_alias, fixed.shop_cut, fixed.shop_site, fixed.shop_start,
        fixed.ward_chance, new_rows,
        firms.trade[new_rows], firms.ward[new_rows], new_weight,
    )  # fmt: skip


_NIBBLE = np.uint64(15)
_FOUR = np.uint64(4)


@kernel
def _choose(
    s_household, s_category, s_supplier, key, ward, supplier, is_closing, has_room, chance_local, chance_new, rate,
    wider_share, ward_alias, ward_cut, alias, cut, site, start, ward_chance, new_rows, new_trade, new_ward,
    new_weight,
):  # fmt: skip
    n, n_categories = supplier.shape
    for i in range(n):
        # One hash a household screens its categories, a sixteenth of them each; the second draw makes the
        # chance exact. Sixteenth times sixteen is the rate wanted.
        word = bits(s_household, key[i])
        for k in range(n_categories):
            screened = (word & _NIBBLE) == np.uint64(0)
            word = word >> _FOUR
            at = supplier[i, k]
            forced = at >= 0 and is_closing[at]
            if not (screened or forced):
                continue
            w = ward[i]
            u = uniform2(s_category, key[i], np.uint64(k)) / 16.0 if screened else 1.0
            if forced or u < rate:
                supplier[i, k] = pick_supplier(
                    s_supplier, key[i], k, w, chance_local[k, w], wider_share[k], has_room, ward_alias, ward_cut,
                    alias, cut, site, start,
                )  # fmt: skip
            elif u < rate + chance_new[k, w]:
                supplier[i, k] = _pick_new(
                    uniform2(s_supplier, key[i], np.uint64(k * 256 + 255)), k, ward_chance[k, w], new_rows,
                    new_trade, new_ward, new_weight, at,
                )  # fmt: skip


@kernel
def _pick_new(u, category, chance, rows, trade, ward, weight, otherwise):
    total = 0.0
    for j in range(rows.shape[0]):
        if trade[j] == category:
            total += chance[ward[j]] * weight[j]
    aim = u * total
    for j in range(rows.shape[0]):
        if trade[j] == category:
            aim -= chance[ward[j]] * weight[j]
            if aim < 0.0:
                return rows[j]
    return otherwise


@kernel
def pick_supplier(
    s: np.uint64, key: np.uint64, category: int, ward: int, chance_local: float, wider_share: float,
    has_room: np.ndarray, ward_alias: np.ndarray, ward_cut: np.ndarray, alias: np.ndarray, cut: np.ndarray,
    site: np.ndarray, start: np.ndarray,
) -> int:  # fmt: skip
    """Choose one household's supplier of a category afresh: a site, -1 the wider area, -2 outside.

    Two look-ups in alias tables a try, first of the ward and then of the premises; one draw gives both the
    cell and the coin of a look-up.
    """
    base = np.uint64(category * 256)
    n_wards = ward_cut.shape[2]
    if uniform2(s, key, base) < chance_local:
        for attempt in range(40):
            x = uniform2(s, key, base + np.uint64(1 + 2 * attempt)) * n_wards
            there = np.int64(x)
            if x - there >= ward_cut[category, ward, there]:
                there = np.int64(ward_alias[category, ward, there])
            first = start[category * n_wards + there]
            size = start[category * n_wards + there + 1] - first
            if size == 0:
                continue
            x = uniform2(s, key, base + np.uint64(2 + 2 * attempt)) * size
            j = np.int64(x)
            if x - j >= cut[first + j]:
                j = np.int64(alias[first + j])
            at = site[first + j]
            if has_room[at]:
                return at
    if uniform2(s, key, base + np.uint64(250)) < wider_share:
        return np.int32(-WIDER)
    return np.int32(-OUTSIDE)


assert (BOROUGH, WIDER, OUTSIDE) == (0, 1, 2)  # suppliers elsewhere are coded as minus their place
