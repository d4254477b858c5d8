"""Firms that close, firms that open, and what becomes of staff, money, contracts and premises."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import GOLDEN, draw_many, mix64, stream, uniform, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.ownership import cash_target, distribute
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
    cash: np.ndarray, smooth: np.ndarray, owner: np.ndarray, savings: np.ndarray, hazard: np.ndarray,
    credit_months: float, closing: np.ndarray,
) -> int:  # fmt: skip
    """Age the firms that are open; mark those that close; return how many do for want of cash."""
    n_broke, last = 0, hazard.shape[1] - 1
    for f in range(key.shape[0]):
        closing[f] = False
        if not is_open[f]:
            continue
        age[f] += 1
        credit = smooth[f] * credit_months
        # An owner who makes good losses gives up when as deep in debt as the firm itself may be.
        broke = cash[f] < 0 and (cash[f] < -credit or (owner[f] >= 0 and savings[owner[f]] < -credit))
        closing[f] = broke or uniform(luck, key[f]) < hazard[size_class[f], min(age[f] // 12, last)]
        n_broke += broke
    return n_broke


def close_firms(world: World) -> None:
    """Close firms by hazard of size class and year of life or for want of cash; wind up what they leave."""
    f = world.firms
    n_broke = _closing(
        stream(world.seed, "exit", world.month), f.key, f.is_open, f.size_class, f.age_months, f.cash,
        f.output_smooth, f.owner, world.households.savings, world.fixed.exit_hazard,
        world.parameters.firms.credit_line_months, f.is_closing,
    )  # fmt: skip
    closing = np.flatnonzero(f.is_closing)
    _wind_up_money(world, closing)
    _let_staff_go(world, closing)
    _end_contracts(world)
    f.is_open[closing] = False
    for column in (f.output_last, f.output_smooth, f.key, f.registered, f.profit, f.age_months, f.contract_load):
        column[closing] = 0
    f.owner[closing] = -1
    f.local_hiring[closing] = 0.0
    world.market.counts["deaths"] = int(closing.shape[0])
    world.market.counts["cash_failures"] = int(n_broke)


def _wind_up_money(world: World, closing: np.ndarray) -> None:
    """Owners take what cash is left; lenders, who are elsewhere, bear what is owed."""
    cash = world.firms.cash[closing]
    owed = cash < 0
    total = -int(cash[owed].sum())
    world.ledger.post("debt_written_off", {("outside", "firms"): total}, {"firms": (closing[owed], -cash[owed])})
    distribute(world, "capital", closing[~owed], cash[~owed])


def _let_staff_go(world: World, closing: np.ndarray) -> None:
    e = world.employers
    gone = np.zeros(e.section.shape[0] + 1, bool)  # the last stands for nobody
    gone[: world.firms.key.shape[0]] = world.firms.is_closing
    _dismiss(world.residents.status, world.residents.employer, gone)
    for column in (e.n_residents, e.n_from_wider, e.n_from_outside, e.wanted, e.vacancies):
        column[closing] = 0


@kernel
def _dismiss(status: np.ndarray, employer: np.ndarray, gone: np.ndarray) -> None:
    for i in range(status.shape[0]):
        if gone[employer[i]]:
            status[i] = UNEMPLOYED
            employer[i] = -1


def _end_contracts(world: World) -> None:
    """Contracts of a firm that closed end: the need goes to tender next month; its sub-contracts lapse."""
    needs, closing = world.needs, np.append(world.firms.is_closing, False)
    needs.months_left[closing[np.maximum(needs.supplier, -1)]] = 1
    needs.subcontractor[closing[needs.subcontractor]] = -1


def lineage(site_key: np.ndarray, month: int) -> np.ndarray:
    """Return the birth key of firms that open on given sites in a given month, (n,) uint64."""
    with np.errstate(over="ignore"):
        return np.asarray(_mix(site_key ^ (np.uint64(month + 1) * GOLDEN)))


@kernel
def _mix(keys: np.ndarray) -> np.ndarray:
    out = np.empty_like(keys)
    for i in range(keys.shape[0]):
        out[i] = mix64(keys[i]) | np.uint64(1)
    return out


def open_firms(world: World, was_vacant: np.ndarray) -> None:
    """Open firms on vacant premises, more where usual trade of the section is brisk."""
    f, p = world.firms, world.parameters.firms
    f.is_new[:] = False
    rows = np.flatnonzero(was_vacant)
    brisk = world.market.section_use[f.section[rows]] ** p.entry_elasticity
    rate = world.fixed.entry_rate[f.size_class[rows], f.section[rows]] * brisk
    rows = rows[draw_many(stream(world.seed, "entry", world.month), f.site_key[rows]) < rate]
    f.key[rows] = lineage(f.site_key[rows], world.month)
    f.is_new[rows] = True
    f.is_open[rows] = True
    f.age_months[rows] = 0
    f.growth[rows] = 1.0
    f.price[rows] = world.market.section_price[f.section[rows]]
    f.contract_load[rows] = 0
    f.output_smooth[rows] = f.site_output[rows]
    draw_traits(world, rows)
    distribute(world, "capital", rows, -cash_target(world, rows))
    world.market.counts["births"] = int(rows.shape[0])


def draw_traits(world: World, rows: np.ndarray) -> None:
    """Draw what belongs to a firm rather than to its premises, by its lineage.

    Parameters
    ----------
    world : World
    rows : ndarray of int, shape (n,)
        Sites whose firms are drawn.
    """
    f, p = world.firms, world.parameters.firms
    luck = stream(world.seed, "entrant_traits")
    u = np.empty((7, rows.shape[0]))
    _draw(luck, f.key[rows], u)
    wider, outside = world.fixed.owned_elsewhere[f.size_class[rows]].T
    f.owner_place[rows] = np.where(u[0] < outside, OUTSIDE, np.where(u[0] < outside + wider, WIDER, BOROUGH))
    f.ownership[rows] = np.where(u[1] < social_enterprise_chance(world)[f.section[rows]], 1, 0)
    f.unit_cost[rows] = np.exp(p.unit_cost_spread * _deviate(u[2]))
    f.quality[rows] = _beta_like(u[3], p.quality_mean, p.quality_spread)
    f.sv_practice[rows] = _beta_like(u[4], p.local_sv_practice_mean, p.sv_practice_spread)
    size = np.minimum(f.size_class[rows], 6) / 6.0
    f.bid_skill[rows] = _beta_like(u[5], p.bid_skill_small + (p.bid_skill_large - p.bid_skill_small) * size, p.sv_practice_spread)
    local = f.owner_place[rows] == BOROUGH
    owners = world.fixed.owner_households
    pick = np.minimum((u[6] * owners.shape[0]).astype(np.int64), owners.shape[0] - 1)
    f.owner[rows] = np.where(local, owners[pick], -1)


@kernel
def _draw(luck: np.uint64, key: np.ndarray, out: np.ndarray) -> None:
    """Write the draws of each lineage, one row a draw."""
    for k in range(out.shape[0]):
        for i in range(key.shape[0]):
            out[k, i] = uniform2(luck, key[i], np.uint64(k))


def social_enterprise_chance(world: World) -> np.ndarray:
    """Return the chance that a firm of each section is a social enterprise, (S,)."""
    p = world.parameters.firms
    chance = np.full(20, p.social_enterprise_share)
    chance[[15, 16, 17, 18]] = p.social_enterprise_share_services  # education, health and care, arts, other
    return chance


def _deviate(u: np.ndarray) -> np.ndarray:
    """Return deviates of mean 0 and variance 1: logistic, whose tails are a little heavier than normal."""
    v = np.clip(u, 1e-12, 1 - 1e-12)
    return np.asarray(np.log(v / (1 - v)) * (np.sqrt(3) / np.pi))


def _beta_like(u: np.ndarray, mean: np.ndarray | float, spread: float) -> np.ndarray:
    """Return draws in 0-1 round a mean: a logistic spread in log odds, so no draw piles up at a bound."""
    m = np.clip(mean, 0.01, 0.99)
    return np.asarray(1.0 / (1.0 + np.exp(-(np.log(m / (1 - m)) + _deviate(u) * spread / (m * (1 - m))))))
