"""Firms that close, firms that open, and what becomes of staff, money, contracts and premises."""

from __future__ import annotations

import math

import numpy as np

from cwbsim.chance import GOLDEN, mix64, stream, uniform, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.ownership import WORKERS, cash_target, distribute
from cwbsim.economy.payments import settle_with_closing
from cwbsim.world import BOROUGH, OUTSIDE, UNEMPLOYED, WIDER, World

__all__ = ["close_firms", "draw_traits", "exit_hazard", "lineage", "open_firms"]


def exit_hazard(world: World) -> np.ndarray:
    """Return each site's chance that its firm closes in a month, (F,), by size class and year of life."""
    f = world.firms
    year = np.minimum(f.age_months // 12, world.fixed.exit_hazard.shape[1] - 1)
    return np.asarray(world.fixed.exit_hazard[f.size_class, year])


@kernel
def _closing(
    luck: np.uint64, key: np.ndarray, is_open: np.ndarray, size_class: np.ndarray, age: np.ndarray,
    cash: np.ndarray, smooth: np.ndarray, owner: np.ndarray, savings: np.ndarray, ownership: np.ndarray,
    coop: float, hazard: np.ndarray, credit_months: float, closing: np.ndarray,
) -> tuple[np.ndarray, int]:  # fmt: skip
    """Age the firms that are open; mark those that close; return their rows, and how many do for want of cash."""
    rows, n = np.empty(key.shape[0] + 1, np.int32), 0
    n_broke, last = 0, hazard.shape[1] - 1
    for f in range(key.shape[0]):
        closing[f] = False
        if not is_open[f]:
            continue
        age[f] += 1
        credit = smooth[f] * credit_months
        # An owner who makes good losses gives up when as deep in debt as the firm itself may be.
        broke = cash[f] < 0 and (cash[f] < -credit or (owner[f] >= 0 and savings[owner[f]] < -credit))
        often = hazard[size_class[f], min(age[f] // 12, last)]
        if ownership[f] == WORKERS:
            often *= coop
        closing[f] = broke or uniform(luck, key[f]) < often
        n_broke += broke
        rows[n] = f
        n += int(closing[f])
    return rows[:n].copy(), n_broke


def close_firms(world: World) -> None:
    """Close firms by hazard of size class and year of life or for want of cash; wind up what they leave."""
    f, e, needs = world.firms, world.employers, world.needs
    closing, n_broke = _closing(
        stream(world.seed, "exit", world.month), f.key, f.is_open, f.size_class, f.age_months, f.cash,
        f.output_smooth, f.owner, world.households.savings, f.ownership,
        float(world.parameters.firms.coop_exit_ratio), world.fixed.exit_hazard,
        world.parameters.firms.credit_line_months, f.is_closing,
    )  # fmt: skip
    settle_with_closing(world)
    _wind_up_money(world, closing)
    _dismiss(
        closing, f.is_closing, world.residents.status, world.residents.employer, e.n_residents, e.n_from_wider,
        e.n_from_outside, e.wanted, e.vacancies,
    )  # fmt: skip
    _end_contracts(f.is_closing, needs.supplier, needs.months_left, needs.subcontractor)
    _leave_premises(
        closing, f.is_open, f.output_last, f.output_smooth, f.key, f.registered, f.profit, f.age_months,
        f.contract_load, f.owner, f.local_hiring, f.loan, f.contracts_beyond,
    )  # fmt: skip
    world.market.counts["deaths"] = int(closing.shape[0])
    world.market.counts["cash_failures"] = int(n_broke)


def _wind_up_money(world: World, closing: np.ndarray) -> None:
    """Owners take what cash is left; lenders, who are elsewhere, bear what is owed."""
    owed = int(_write_off(closing, world.firms.cash))
    world.ledger.post_kinds({"debt_written_off": {("outside", "firms"): owed}}, {}, settled={"firms": owed})
    distribute(world, "capital", closing, world.firms.cash[closing])


@kernel
def _write_off(closing: np.ndarray, cash: np.ndarray) -> int:
    """Let lenders bear what firms owe; return the sum."""
    total = 0
    for f in closing:
        owed = max(-cash[f], 0)
        cash[f] += owed
        total += owed
    return total


@kernel
def _leave_premises(
    closing: np.ndarray, is_open: np.ndarray, output: np.ndarray, smooth: np.ndarray, key: np.ndarray,
    registered: np.ndarray, profit: np.ndarray, age: np.ndarray, load: np.ndarray, owner: np.ndarray,
    local_hiring: np.ndarray, loan: np.ndarray, beyond: np.ndarray,
) -> None:  # fmt: skip
    for f in closing:
        is_open[f] = False
        output[f], smooth[f], key[f], registered[f], profit[f], age[f], load[f] = 0, 0, 0, 0, 0, 0, 0
        owner[f], local_hiring[f], loan[f], beyond[f] = -1, 0.0, 0, 0


@kernel
def _dismiss(
    closing: np.ndarray, is_closing: np.ndarray, status: np.ndarray, employer: np.ndarray, n_residents: np.ndarray,
    n_wider: np.ndarray, n_outside: np.ndarray, wanted: np.ndarray, vacancies: np.ndarray,
) -> None:  # fmt: skip
    """Let the staff of firms that close go, and their in-commuters; nobody is wanted there any more."""
    gone = np.zeros(n_residents.shape[0] + 1, np.bool_)  # the first stands for nobody
    gone[1 : 1 + is_closing.shape[0]] = is_closing
    for i in range(status.shape[0]):
        if gone[np.uint64(employer[i] + 1)]:
            status[i] = UNEMPLOYED
            employer[i] = -1
    for f in closing:
        n_residents[f], n_wider[f], n_outside[f], wanted[f], vacancies[f] = 0, 0, 0, 0, 0


@kernel
def _end_contracts(
    is_closing: np.ndarray, supplier: np.ndarray, months_left: np.ndarray, subcontractor: np.ndarray
) -> None:
    """Contracts of a firm that closed end: the need goes to tender next month; its sub-contracts lapse."""
    for i in range(supplier.shape[0]):
        if supplier[i] >= 0 and is_closing[supplier[i]]:
            months_left[i] = 1
        if subcontractor[i] >= 0 and is_closing[subcontractor[i]]:
            subcontractor[i] = -1


@kernel
def _lineage(site_key: np.uint64, month: int) -> np.uint64:
    return mix64(site_key ^ (np.uint64(month + 1) * GOLDEN)) | np.uint64(1)


@kernel
def lineage(site_key: np.ndarray, month: int) -> np.ndarray:
    """Return the birth key of firms that open on given sites in a given month, (n,) uint64."""
    out = np.empty_like(site_key)
    for i in range(site_key.shape[0]):
        out[i] = _lineage(site_key[i], month)
    return out


def open_firms(world: World) -> None:
    """Open firms on premises vacant when the month began, more where usual trade of the section is brisk."""
    f = world.firms
    brisk = world.market.section_use**world.parameters.firms.entry_elasticity
    rows = _enter(
        stream(world.seed, "entry", world.month), world.month, world.fixed.entry_rate * brisk, f.site_key,
        f.section, f.size_class, f.site_output, world.market.section_price, f.is_closing, f.is_open, f.is_new,
        f.key, f.age_months, f.growth, f.price, f.contract_load, f.output_smooth,
    )  # fmt: skip
    draw_traits(world, rows)
    distribute(world, "capital", rows, -cash_target(world, rows))
    world.market.counts["births"] = int(rows.shape[0])


@kernel
def _enter(
    luck: np.uint64, month: int, rate: np.ndarray, site_key: np.ndarray, section: np.ndarray,
    size_class: np.ndarray, site_output: np.ndarray, section_price: np.ndarray, is_closing: np.ndarray,
    is_open: np.ndarray, is_new: np.ndarray, key: np.ndarray, age: np.ndarray, growth: np.ndarray,
    price: np.ndarray, load: np.ndarray, smooth: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Open a firm where the draw of vacant premises is below their rate; return the rows."""
    rows, n = np.empty(is_open.shape[0] + 1, np.int32), 0
    for f in range(is_open.shape[0]):
        is_new[f] = False
        rows[n] = f
        n += (not is_open[f]) & (not is_closing[f])
    vacant, n = n, 0
    for j in range(vacant):
        f = rows[j]
        rows[n] = f
        n += uniform2(luck, site_key[f], np.uint64(0)) < rate[size_class[f], section[f]]
    for f in rows[:n]:
        key[f] = _lineage(site_key[f], month)
        is_new[f], is_open[f] = True, True
        age[f], growth[f], load[f] = 0, 1.0, 0
        price[f], smooth[f] = section_price[section[f]], site_output[f]
    return rows[:n].copy()


def draw_traits(world: World, rows: np.ndarray) -> None:
    """Draw what belongs to a firm rather than to its premises, by its lineage.

    Parameters
    ----------
    world : World
    rows : ndarray of int, shape (n,)
        Sites whose firms are drawn.
    """
    f, p, x = world.firms, world.parameters.firms, world.fixed
    social = world.kept("social_enterprises", (world.parameters,), lambda: social_enterprise_chance(world))
    _draw_traits(
        stream(world.seed, "entrant_traits"), rows, f.key, f.section, f.size_class, x.owned_elsewhere,
        x.owner_households, social, p.unit_cost_spread, p.quality_mean, p.quality_spread,
        p.local_sv_practice_mean, p.sv_practice_spread, p.bid_skill_small, p.bid_skill_large, f.owner_place,
        f.ownership, f.unit_cost, f.quality, f.sv_practice, f.bid_skill, f.owner,
    )  # fmt: skip


@kernel
def _draw_traits(
    luck: np.uint64, rows: np.ndarray, key: np.ndarray, section: np.ndarray, size_class: np.ndarray,
    owned_elsewhere: np.ndarray, owners: np.ndarray, social: np.ndarray, cost_spread: float, quality_mean: float,
    quality_spread: float, practice_mean: float, practice_spread: float, skill_small: float, skill_large: float,
    owner_place: np.ndarray, ownership: np.ndarray, unit_cost: np.ndarray, quality: np.ndarray,
    practice: np.ndarray, skill: np.ndarray, owner: np.ndarray,
) -> None:  # fmt: skip
    for f in rows:
        u = np.empty(7)
        for k in range(7):
            u[k] = uniform2(luck, key[f], np.uint64(k))
        wider, outside = owned_elsewhere[size_class[f]]
        place = OUTSIDE if u[0] < outside else (WIDER if u[0] < outside + wider else BOROUGH)
        owner_place[f] = place
        ownership[f] = int(u[1] < social[section[f]])
        unit_cost[f] = math.exp(cost_spread * _deviate(u[2]))
        quality[f] = _beta_like(u[3], quality_mean, quality_spread)
        practice[f] = _beta_like(u[4], practice_mean, practice_spread)
        usual = skill_small + (skill_large - skill_small) * (min(size_class[f], 6) / 6.0)
        skill[f] = _beta_like(u[5], usual, practice_spread)
        pick = min(int(u[6] * owners.shape[0]), owners.shape[0] - 1)
        owner[f] = owners[pick] if place == BOROUGH else -1


def social_enterprise_chance(world: World) -> np.ndarray:
    """Return the chance that a firm of each section is a social enterprise, (S,)."""
    p = world.parameters.firms
    chance = np.full(20, p.social_enterprise_share)
    chance[[15, 16, 17, 18]] = p.social_enterprise_share_services  # education, health and care, arts, other
    return chance


@kernel
def _deviate(u: float) -> float:
    """Return a deviate of mean 0 and variance 1: logistic, whose tails are a little heavier than normal."""
    v = min(max(u, 1e-12), 1 - 1e-12)
    return math.log(v / (1 - v)) * (math.sqrt(3.0) / math.pi)


@kernel
def _beta_like(u: float, mean: float, spread: float) -> float:
    """Return a draw in 0-1 round a mean: a logistic spread in log odds, so no draw piles up at a bound."""
    m = min(max(mean, 0.01), 0.99)
    return 1.0 / (1.0 + math.exp(-(math.log(m / (1 - m)) + _deviate(u) * spread / (m * (1 - m)))))
