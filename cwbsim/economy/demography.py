"""Firms that close, firms that open, and what becomes of staff, money, contracts and premises."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import GOLDEN, draw_many, mix64, stream
from cwbsim.compiled import kernel
from cwbsim.economy.ownership import cash_target, distribute
from cwbsim.world import BOROUGH, OUTSIDE, UNEMPLOYED, WIDER, World

__all__ = ["close_firms", "draw_traits", "exit_hazard", "lineage", "open_firms"]


def exit_hazard(world: World) -> np.ndarray:
    """Return each site's chance that its firm closes this month, (F,), by size class and year of life."""
    f = world.firms
    year = np.minimum(f.age_months // 12, world.fixed.exit_hazard.shape[1] - 1)
    return np.asarray(world.fixed.exit_hazard[f.size_class, year])


def close_firms(world: World) -> None:
    """Close firms by hazard or for want of cash; wind up their money, staff and contracts."""
    f = world.firms
    lots = draw_many(stream(world.seed, "exit", world.month), f.key)
    credit = np.floor(f.output_smooth * world.parameters.firms.credit_line_months).astype(np.int64)
    broke = f.is_open & (f.cash < -credit)
    closing = f.is_open & ((lots < exit_hazard(world)) | broke)
    f.is_closing[:] = closing
    _wind_up_money(world, closing)
    _let_staff_go(world, closing)
    _end_contracts(world, closing)
    f.is_open[closing] = False
    for column in (f.output_last, f.output_smooth, f.key, f.registered, f.profit):
        column[closing] = 0
    f.owner[closing] = -1
    f.local_hiring[closing] = 0.0
    world.market.counts["deaths"] = int(closing.sum())
    world.market.counts["cash_failures"] = int(broke.sum())


def _wind_up_money(world: World, closing: np.ndarray) -> None:
    """Owners take what cash is left; lenders, who are elsewhere, bear what is owed."""
    cash = world.firms.cash * closing
    written_off = np.maximum(-cash, 0)
    world.ledger.pay("debt_written_off", "outside", int(written_off.sum()), ("firms", written_off))
    distribute(world, "capital", np.maximum(cash, 0))


def _let_staff_go(world: World, closing: np.ndarray) -> None:
    staff, e = world.residents, world.employers
    _dismiss(staff.status, staff.employer, closing)
    n = closing.shape[0]
    for column in (e.n_residents, e.n_from_wider, e.n_from_outside, e.wanted, e.vacancies):
        column[:n][closing] = 0


@kernel
def _dismiss(status: np.ndarray, employer: np.ndarray, closing: np.ndarray) -> None:
    for i in range(status.shape[0]):
        e = employer[i]
        if 0 <= e < closing.shape[0] and closing[e]:
            status[i] = UNEMPLOYED
            employer[i] = -1


def _end_contracts(world: World, closing: np.ndarray) -> None:
    """Contracts of a firm that closed end: the need goes to tender next month."""
    needs = world.needs
    held = needs.supplier >= 0
    lost = np.zeros(held.shape[0], bool)
    lost[held] = closing[needs.supplier[held]]
    needs.months_left[lost] = 1
    passed = needs.subcontractor >= 0
    gone = np.zeros(passed.shape[0], bool)
    gone[passed] = closing[needs.subcontractor[passed]]
    needs.subcontractor[gone] = -1


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
    capital = np.zeros(f.key.shape[0], np.int64)
    capital[rows] = cash_target(world)[rows]
    distribute(world, "capital", -capital)
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
    u = [draw_many(luck, f.key[rows], k) for k in range(7)]
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
