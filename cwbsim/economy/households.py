"""Households spend out of permanent income, at suppliers they have chosen, and choose again now and then."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import stream, uniform, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy import shops
from cwbsim.world import BOROUGH, OUTSIDE, WIDER, World

__all__ = ["choose_suppliers", "consume", "consumption_plan", "pay_housing"]


def consume(world: World) -> None:
    """Households pay housing and council tax, then spend; at the till the pound splits.

    Consumption is permanent income plus a share of what savings exceed their target. VAT and duty go to the
    treasury, goods at basic price to producers; only the margin is the shop's output.

    Reads   households.income, households.cash, households.supplier, households.income_decile, households.housing_cost, households.landlord, households.council_tax, anchors.council_tax_share, anchors.social_rent_share, firms.trade, firms.capacity, firms.price, firms.is_open, firms.sales_anchors, links.supplier
    Writes  households.income, households.permanent_income, households.consumption, firms.sales_households, firms.sales_firms, firms.turnover, firms.unmet, firms.profit, market.wider_demand, market.outside_demand, ledger
    """  # noqa: E501
    h, p, fixed = world.households, world.parameters.households, world.fixed
    rents = pay_housing(world)
    takings = np.zeros(world.firms.key.shape[0], np.int64)
    away = np.zeros((2, fixed.category_section.shape[0]), np.int64)
    _spend(
        h.income, h.cash, h.council_tax, h.housing_cost, h.permanent_income, h.consumption, h.income_decile,
        h.supplier, fixed.spend_cumulative, 1.0 / p.permanent_income_months, p.wealth_adjustment,
        p.savings_target_months, takings, away,
    )  # fmt: skip
    h.income[:] = rents  # rents reach landlords now and are spent out of next month
    world.ledger.post(
        "consumption",
        {
            ("households", "firms"): int(takings.sum()),
            ("households", "wider_area"): int(away[0].sum()),
            ("households", "outside"): int(away[1].sum()),
        },
        {"households": -h.consumption, "firms": takings},
    )
    shops.split_takings(world, takings)
    shops.split_spending_elsewhere(world, away)


def pay_housing(world: World) -> np.ndarray:
    """Pay council tax, rents and mortgage interest; return what landlord households received, (H,) pence."""
    h, a = world.households, world.anchors
    received = np.zeros_like(h.cash)
    to_social, abroad = _rents(h.housing_cost, h.landlord, received)
    tax = int(h.council_tax.sum())
    to_anchors = _by_share(tax, a.council_tax_share) + _by_share(to_social, a.social_rent_share)
    world.ledger.post(
        "council_tax", {("households", "anchors"): tax},
        {"households": -h.council_tax, "anchors": _by_share(tax, a.council_tax_share)},
    )  # fmt: skip
    world.ledger.post(
        "housing",
        {
            ("households", "households"): int(received.sum()),
            ("households", "anchors"): to_social,
            ("households", "outside"): abroad,
        },
        {
            "households": received - h.housing_cost,
            "anchors": to_anchors - _by_share(tax, a.council_tax_share),
        },
    )
    return received


def _by_share(total: int, shares: np.ndarray) -> np.ndarray:
    """Split a total by shares that add up to one: cumulative floor of the running share."""
    running = np.floor(np.cumsum(shares) / max(shares.sum(), 1e-300) * (1 << 24) + 0.5).astype(np.int64)
    cumulative = (total * running) >> 24
    cumulative[-1] = total
    return np.diff(cumulative, prepend=0)


@kernel
def _rents(cost: np.ndarray, landlord: np.ndarray, received: np.ndarray) -> tuple[int, int]:
    social, elsewhere = 0, 0
    for i in range(cost.shape[0]):
        to = landlord[i]
        if to >= 0:
            received[to] += cost[i]
        elif to == -2:
            social += cost[i]
        else:
            elsewhere += cost[i]
    return social, elsewhere


@kernel
def consumption_plan(permanent: float, cash: float, adjustment: float, target_months: float) -> float:
    """Return consumption of a month out of permanent income, given money in hand (income included)."""
    plan = permanent + adjustment * (cash - permanent - target_months * permanent)
    return min(max(plan, 0.25 * max(permanent, 0.0)), max(cash, 0.25 * max(permanent, 0.0)))


@kernel
def _spend(
    income, cash, council_tax, housing, permanent, consumption, decile, supplier, cumulative, smoothing, adjustment,
    target_months, takings, away,
):  # fmt: skip
    n, n_categories = supplier.shape
    for i in range(n):
        net = income[i] - council_tax[i] - housing[i]
        permanent[i] += (net - permanent[i]) * smoothing
        spent = np.int64(consumption_plan(permanent[i], np.float64(cash[i]), adjustment, target_months))
        consumption[i] = spent
        before = np.int64(0)
        row = cumulative[decile[i]]
        for k in range(n_categories):
            upto = (spent * row[k + 1]) >> 24
            part = upto - before
            before = upto
            at = supplier[i, k]
            if at >= 0:
                takings[at] += part
            else:
                away[-1 - at, k] += part


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
        fixed.ward_chance, fixed.shop_alias, fixed.shop_cut, fixed.shop_site, fixed.shop_start, new_rows,
        firms.trade[new_rows], firms.ward[new_rows], new_weight,
    )  # fmt: skip


_NIBBLE = np.uint64(15)
_FOUR = np.uint64(4)


@kernel
def _choose(
    s_household, s_category, s_supplier, key, ward, supplier, is_closing, has_room, chance_local, chance_new, rate,
    wider_share, ward_chance, alias, cut, site, start, new_rows, new_trade, new_ward, new_weight,
):  # fmt: skip
    n, n_categories = supplier.shape
    for i in range(n):
        # One hash a household screens its categories, a sixteenth of them each; the second draw makes the
        # chance exact. Sixteenth times sixteen is the rate wanted.
        word = _word(s_household, key[i])
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
                    s_supplier, key[i], k, w, chance_local[k, w], wider_share[k], has_room, ward_chance, alias, cut,
                    site, start,
                )  # fmt: skip
            elif u < rate + chance_new[k, w]:
                supplier[i, k] = _pick_new(
                    uniform2(s_supplier, key[i], np.uint64(k * 256 + 255)), k, ward_chance[k, w], new_rows,
                    new_trade, new_ward, new_weight, at,
                )  # fmt: skip


@kernel
def _word(s, key):
    return np.uint64(uniform(s, key) * 9007199254740992.0)


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
    s, key, category, ward, chance_local, wider_share, has_room, ward_chance, alias, cut, site, start
):
    """Choose one household's supplier of a category afresh: a site, -1 the wider area, -2 outside."""
    base = np.uint64(category * 256)
    n_wards = ward_chance.shape[1]
    if uniform2(s, key, base) < chance_local:
        for attempt in range(40):
            u = uniform2(s, key, base + np.uint64(1 + 3 * attempt))
            there = 0
            while there < n_wards - 1:
                u -= ward_chance[category, ward, there]
                if u < 0.0:
                    break
                there += 1
            first = start[category * n_wards + there]
            size = start[category * n_wards + there + 1] - first
            if size == 0:
                continue
            j = first + min(np.int64(uniform2(s, key, base + np.uint64(2 + 3 * attempt)) * size), size - 1)
            if uniform2(s, key, base + np.uint64(3 + 3 * attempt)) >= cut[j]:
                j = first + alias[j]
            if has_room[site[j]]:
                return site[j]
    if uniform2(s, key, base + np.uint64(250)) < wider_share:
        return np.int32(-WIDER)
    return np.int32(-OUTSIDE)


assert (BOROUGH, WIDER, OUTSIDE) == (0, 1, 2)  # suppliers elsewhere are coded as minus their place
