"""Households spend out of permanent income, at suppliers they have chosen, and choose again now and then."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import GROUP_OF, bits, bits2, screened_groups, stream, uniform, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy import shops
from cwbsim.world import BOROUGH, OUTSIDE, Q24, WIDER, Households, World

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
    closed = np.flatnonzero(world.firms.is_closing)
    cells[closed] = _CLOSED
    found_closed = np.empty(h.key.shape[0], np.int32)
    change, n_found = _spend(
        h.income, h.savings, h.outgoings, h.rent_received, h.permanent_income, h.consumption, h.income_decile,
        h.supplier, world.fixed.spend_cumulative, 1.0 / p.permanent_income_months, p.wealth_adjustment,
        p.savings_target_months, n_sites, cells, found_closed,
    )  # fmt: skip
    cells[closed] -= _CLOSED
    _go_elsewhere(
        found_closed[:n_found], h.consumption, h.income_decile, h.supplier, world.fixed.spend_cumulative, n_sites,
        cells, np.append(world.firms.is_closing, (False, False)),
        stream(world.seed, "leave_closed_shop", world.month), h.key, h.ward, world.market.local_chance,
        world.firms.is_open, *_tables(world),
    )  # fmt: skip
    takings, away = cells[:n_sites], cells[n_sites:].reshape(n_categories, 2).T[::-1]
    tax, rents, social, abroad = (int(x) for x in world.fixed.housing_totals)
    world.ledger.post_kinds(
        {
            "council_tax": {("households", "anchors"): tax},
            "housing": {
                ("households", "households"): rents,
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
            "firms": takings,
            "anchors": by_share(tax, a.council_tax_share) + by_share(social, a.social_rent_share),
        },
        settled={"households": int(change)},
    )
    shops.split_takings(world, takings)
    shops.split_spending_elsewhere(world, away)


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


_CLOSED = -(1 << 60)  # far below anything a month's takings can reach


@kernel
def _spend(
    income: np.ndarray, savings: np.ndarray, outgoings: np.ndarray, rent_received: np.ndarray,
    permanent: np.ndarray, consumption: np.ndarray, decile: np.ndarray, supplier: np.ndarray,
    cumulative: np.ndarray, smoothing: float, adjustment: float, target_months: float, n_sites: int,
    cells: np.ndarray, found_closed: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Pay for homes, spend, put the rest by; return the change of households' money.

    Cells beyond the sites are (category, outside or wider area). Households that find a shop closed, whose
    cell therefore starts far below nil, are listed, and counted in the second number returned.
    """
    n, n_categories = supplier.shape
    change, n_found = 0, 0
    for i in range(n):
        left = income[i] - outgoings[i]
        permanent[i] += (left - permanent[i]) * smoothing
        spent = int(
            consumption_plan(np.float64(permanent[i]), np.float64(savings[i] + left), adjustment, target_months)
        )
        consumption[i] = spent
        savings[i] += left - spent
        income[i] = rent_received[i]  # spent out of next month
        change += rent_received[i] - outgoings[i] - spent
        before, row, closed = 0, decile[i], False
        for k in range(n_categories):
            upto = (spent * cumulative[row, k + 1]) >> 24
            at = int(supplier[i, k])
            # Without a branch, which half-local spending would make unpredictable: -1 and -2 turn into the two
            # cells of the category after those of the sites.
            cell = np.uint64(at + ((at >> 63) & (n_sites + 2 * k + 2)))
            taken = cells[cell] + upto - before
            cells[cell] = taken
            closed |= taken < 0
            before = upto
        found_closed[n_found] = i
        n_found += closed
    return change, n_found


@kernel
def _go_elsewhere(
    rows: np.ndarray, consumption: np.ndarray, decile: np.ndarray, supplier: np.ndarray, cumulative: np.ndarray,
    n_sites: int, cells: np.ndarray, is_closed: np.ndarray, s_pick: np.uint64, key: np.ndarray, ward: np.ndarray,
    chance_local: np.ndarray, has_room: np.ndarray, wider_share: np.ndarray, ward_alias: np.ndarray,
    ward_cut: np.ndarray, alias: np.ndarray, cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    """Let households that found a shop closed choose another, and take their money there."""
    for i in rows:
        spent, row, w = int(consumption[i]), decile[i], ward[i]
        for k in range(supplier.shape[1]):
            old = supplier[i, k]
            if not is_closed[old]:
                continue
            part = ((spent * cumulative[row, k + 1]) >> 24) - ((spent * cumulative[row, k]) >> 24)
            new = pick_supplier(
                s_pick, key[i], k, w, chance_local[k, w], wider_share[k], has_room, ward_alias, ward_cut, alias, cut,
                site, start,
            )  # fmt: skip
            supplier[i, k] = new
            cells[old] -= part
            cells[new if new >= 0 else n_sites + 2 * k + 2 + new] += part


def choose_suppliers(world: World) -> None:
    """A few households a month choose a supplier again, and new shops draw theirs.

    The chance of a shop is its distance and premises, never its sales, or shops would concentrate without end.
    A shop without room takes nobody on. Choices are proposed from tables that do not differ between
    scenarios and accepted on the state. Those whose shop has closed choose when they next spend.

    Reads   firms.is_open, firms.is_new, firms.unmet, firms.growth, firms.trade, firms.ward, firms.key, firms.site_output, households.key, households.ward, households.supplier, market.section_price
    Writes  households.supplier, market.local_chance
    """  # noqa: E501
    fixed, firms, h = world.fixed, world.firms, world.households
    chance_local, chance_new = shops.local_pull(world)
    world.market.local_chance = chance_local
    rate = world.parameters.households.rechoice_rate
    often = rate + chance_new >= 1 / 32  # (K, W) where new shops pull too strongly to be screened
    rows = np.flatnonzero(firms.is_new & (firms.trade >= 0)).astype(np.int32)
    rows = rows[np.lexsort((firms.key[rows], firms.trade[rows]))]
    trade, ward = firms.trade[rows], firms.ward[rows]
    weight = firms.site_output[rows] / np.maximum(fixed.cell_output[trade, ward], 1)
    begin = np.searchsorted(trade, np.arange(chance_local.shape[0] + 1)).astype(np.int64)
    always = (often * (1 << (5 * np.arange(often.shape[0], dtype=np.uint64)))[:, None]).sum(axis=0, dtype=np.uint64)
    chosen, words = np.empty(h.key.shape[0], np.int32), np.empty(h.key.shape[0], np.uint64)
    n_chosen = _screen(stream(world.seed, "rechoose", world.month), h.key, h.ward, always, chosen, words)
    _choose(
        chosen[:n_chosen], words, stream(world.seed, "pick_category", world.month),
        stream(world.seed, "pick_supplier", world.month), h.key, h.ward, h.supplier, often, chance_new, rate,
        fixed.ward_chance, rows, begin, ward, weight, chance_local, firms.is_open & (firms.unmet == 0),
        *_tables(world),
    )  # fmt: skip


_ONE = np.uint64(1)


@kernel
def _screen(
    s: np.uint64, key: np.ndarray, ward: np.ndarray, always: np.ndarray, rows: np.ndarray, words: np.ndarray
) -> int:  # fmt: skip
    """List the households that may choose a supplier again, and which categories, a bit of five each.

    One hash a household screens its categories; those listed go on to a second draw.
    """
    n = 0
    for i in range(key.shape[0]):
        none = screened_groups(bits(s, key[i])) | always[ward[i]]
        rows[n] = i
        words[n] = none
        n += none != 0
    return n


@kernel
def _choose(
    rows: np.ndarray, words: np.ndarray, s_category: np.uint64, s_supplier: np.uint64, key: np.ndarray,
    ward: np.ndarray, supplier: np.ndarray, often: np.ndarray, chance_new: np.ndarray, rate: float,
    ward_chance: np.ndarray, new_rows: np.ndarray, new_begin: np.ndarray, new_ward: np.ndarray,
    new_weight: np.ndarray, chance_local: np.ndarray, has_room: np.ndarray, wider_share: np.ndarray,
    ward_alias: np.ndarray, ward_cut: np.ndarray, alias: np.ndarray, cut: np.ndarray, site: np.ndarray,
    start: np.ndarray,
) -> None:  # fmt: skip
    for n in range(rows.shape[0]):
        i, word = rows[n], words[n]
        while word != 0:
            k = GROUP_OF[(word & (~word + _ONE)) % np.uint64(13)]  # of the lowest bit that is set
            word = word & (word - _ONE)
            w = ward[i]
            u = uniform2(s_category, key[i], np.uint64(k)) * (1.0 if often[k, w] else 1.0 / 32.0)
            if u < rate:
                supplier[i, k] = pick_supplier(
                    s_supplier, key[i], k, w, chance_local[k, w], wider_share[k], has_room, ward_alias, ward_cut,
                    alias, cut, site, start,
                )  # fmt: skip
            elif u < rate + chance_new[k, w]:
                pick = _pick_new(
                    uniform2(s_supplier, key[i], np.uint64(1000 + k)), new_begin[k], new_begin[k + 1],
                    ward_chance[k, w], new_ward, new_weight,
                )  # fmt: skip
                if pick >= 0:
                    supplier[i, k] = new_rows[pick]


@kernel
def _pick_new(
    u: float, first: int, last: int, chance: np.ndarray, ward: np.ndarray, weight: np.ndarray
) -> int:  # fmt: skip
    """Choose among the shops of a category that opened this month, by distance and premises."""
    total = 0.0
    for j in range(first, last):
        total += chance[ward[j]] * weight[j]
    aim = u * total
    for j in range(first, last):
        aim -= chance[ward[j]] * weight[j]
        if aim < 0.0:
            return j
    return -1


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
    own = bits2(s, key, np.uint64(category))
    n_wards = ward_cut.shape[2]
    if uniform(own, np.uint64(0)) < chance_local:
        for attempt in range(40):
            x = uniform(own, np.uint64(1 + 2 * attempt)) * n_wards
            there = int(x)
            if x - there >= ward_cut[category, ward, there]:
                there = int(ward_alias[category, ward, there])
            first = start[category * n_wards + there]
            size = start[category * n_wards + there + 1] - first
            if size == 0:
                continue
            x = uniform(own, np.uint64(2 + 2 * attempt)) * size
            j = int(x)
            if x - j >= cut[first + j]:
                j = int(alias[first + j])
            at = site[first + j]
            if has_room[at]:
                return int(at)
    if uniform(own, np.uint64(250)) < wider_share:
        return -WIDER
    return -OUTSIDE


assert (BOROUGH, WIDER, OUTSIDE) == (0, 1, 2)  # suppliers elsewhere are coded as minus their place
