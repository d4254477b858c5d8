"""Residents and their jobs: steps 1, 5 and 11 of the starting world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from cwbsim.chance import draw_many, stream
from cwbsim.economy.labour import inactive_per_active, staff_wanted, take_over_own_account
from cwbsim.places.start_firms import keys
from cwbsim.places.start_households import is_pensioner
from cwbsim.world import EMPLOYED, INACTIVE, OUTSIDE, UNEMPLOYED, WIDER, Employers, Residents, World

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.places.profile import Profile
    from cwbsim.places.start_recipes import PayLevels
    from cwbsim.world import Households

__all__ = ["deal_jobs", "draw_residents", "make_employers", "on_site_jobs"]


def draw_residents(
    profile: Profile, households: Households, parameters: Parameters, seed: int, scale: float
) -> Residents:
    """Draw residents in the labour force into households, with who is out of work; jobs are dealt later.

    Pensioner households have nobody in the labour force; others up to two adults, or three in large ones.
    """
    employed, unemployed = round(profile.residents_employed * scale), round(profile.residents_unemployed * scale)
    inactive = round(
        (employed + unemployed) * inactive_per_active(unemployed / (employed + unemployed), parameters)
    )
    n = employed + unemployed + inactive
    places = np.where(is_pensioner(households), 0, np.minimum(households.size, np.where(households.size > 3, 3, 2)))
    slot = np.repeat(np.arange(households.key.shape[0]), places)
    n = min(n, slot.shape[0])
    order = np.argsort(draw_many(stream(seed, "resident_traits"), keys(seed, "resident_key", slot.shape[0]), 1))
    household = np.sort(slot[order[:n]]).astype(np.int32)
    key = keys(seed, "resident_key", n, block=3)
    u = [draw_many(stream(seed, "resident_traits"), key, k) for k in range(4)]
    least = parameters.places.deprivation_unemployment_ratio
    weight = least ** (-(households.deprivation[household] - 4.5) / 9.0)
    jobless = np.argsort(-(np.maximum(u[2], 1e-12) ** (1.0 / weight)))
    status = np.full(n, EMPLOYED, np.int8)
    status[jobless[:unemployed]] = UNEMPLOYED
    status[jobless[unemployed : unemployed + inactive]] = INACTIVE
    rho = parameters.places.pay_deprivation_correlation
    z = (households.deprivation[household] - 4.5) / 2.87
    effect = rho * z + np.sqrt(1 - rho**2) * ndtri(np.clip(u[3], 1e-9, 1 - 1e-9))
    skill = np.searchsorted(np.cumsum(profile.skill_share)[:2], u[0], "right").astype(np.int8)
    return Residents(
        key=key, household=household, skill=skill, status=status, employer=np.full(n, -1, np.int32),
        pay_effect=parameters.places.pay_spread_within_job * effect, hours=np.zeros(n, np.int16),
        pay=np.zeros(n, np.int32),
    )  # fmt: skip


def make_employers(world_firms_section: np.ndarray, size_class: np.ndarray, profile: Profile, levels: PayLevels) -> Employers:
    """Return everyone who employs residents, with pay levels and nobody employed yet."""
    n_anchors = len(profile.anchors)
    main = np.array([int(np.argmax(b.staff_by_section)) for b in profile.anchors])
    section = np.concatenate([world_firms_section, main, np.tile(np.arange(20), 2), [-1, -1]]).astype(np.int8)
    n, n_sites = section.shape[0], world_firms_section.shape[0]
    log_pay = levels.log_pay[np.where(section >= 0, section, 20)]
    log_pay[:n_sites][size_class == 0] = levels.log_pay[22]
    for a, body in enumerate(profile.anchors):
        log_pay[n_sites + a] += _shift_to_mean(body.mean_pay_annual * 100 / 12, main[a], levels)
    log_pay[-1] = levels.log_pay[21]
    zero = {name: np.zeros(n, np.int32) for name in ("wanted", "n_residents", "n_from_wider", "n_from_outside")}
    del n_anchors
    return Employers(section=section, vacancies=np.zeros(n, np.int32), log_pay=log_pay, living_wage=np.zeros(n), **zero)


def _shift_to_mean(pay: float, section: int, levels: PayLevels) -> float:
    """Return the shift of log pay levels at which a section's mean pay is the one given."""
    return float(np.log(pay / levels.mean_pay[section]))


def on_site_jobs(world: World) -> np.ndarray:
    """Return jobs in the borough on contracts held elsewhere, (2, S), of whom residents are counted."""
    needs, fixed = world.needs, world.fixed
    held = np.zeros((2, 20), np.int64)
    away = needs.supplier < 0
    np.add.at(held, (needs.place[away].astype(np.int64) - 1, needs.section[away]), needs.budget[away])
    return np.asarray(held * fixed.pay_share * fixed.on_site_share / fixed.labour_cost_per_job)


def deal_jobs(world: World, profile: Profile, output: np.ndarray) -> None:
    """Deal all jobs: who is wanted, where posts are vacant, where in-commuters work, and which resident where.

    Parameters
    ----------
    world : World
        Residents with their status; everything about jobs is set here.
    profile : Profile
    output : ndarray of int64, shape (F,)
        Output a month that each site staffs for.
    """
    e, r, f, p = world.employers, world.residents, world.firms, world.parameters
    n_sites, here = f.key.shape[0], world.on_site_row(WIDER)
    e.wanted[:n_sites] = staff_wanted(output, f.productivity, f.is_open, f.size_class, f.site_key, world.seed)
    vacant = p.places.vacancy_rate
    staff = np.array([b.staff for b in profile.anchors]) * world.scale
    e.wanted[n_sites:here] = np.rint(staff / (1 - vacant))
    e.wanted[here:-2] = np.floor(on_site_jobs(world).ravel() * profile.jobs_filled_share[0] + 0.5)
    resident_share = np.full(here, profile.jobs_filled_share[0])
    for a, body in enumerate(profile.anchors):
        resident_share[n_sites + a] = body.staff_resident_share
    resident_share[:n_sites][f.size_class == 0] = 1.0
    employer, filled_by = _deal_posts(world, resident_share, profile.jobs_filled_share)
    for place, count in ((WIDER, e.n_from_wider), (OUTSIDE, e.n_from_outside)):
        count[:] = np.bincount(employer[filled_by == place], minlength=count.shape[0])
    local = employer[filled_by == 0]
    n_employed = int((r.status == EMPLOYED).sum())
    on_site = np.repeat(np.arange(here, here + 40), e.wanted[here:-2])
    out = max(n_employed - local.shape[0] - on_site.shape[0], 0)
    to_wider = round(out * profile.residents_work_share[1] / profile.residents_work_share[1:].sum())
    rows = np.concatenate([local, on_site, np.repeat([e.wanted.shape[0] - 2, e.wanted.shape[0] - 1], [to_wider, out - to_wider])])
    world.fixed.commuting_wanted[:] = np.array([to_wider, out - to_wider]) / (1 - vacant)
    e.wanted[-2:] = np.rint(world.fixed.commuting_wanted)
    _assign(world, rows[:n_employed])


def _deal_posts(world: World, resident_share: np.ndarray, filled_share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return employer and place of origin of each filled post of sites and anchors (0 residents, 1, 2)."""
    here = resident_share.shape[0]
    wanted = world.employers.wanted[:here]
    employer = np.repeat(np.arange(here), wanted)
    u = draw_many(stream(world.seed, "initial_staff"), np.arange(employer.shape[0], dtype=np.uint64), 0)
    v = draw_many(stream(world.seed, "initial_staff"), np.arange(employer.shape[0], dtype=np.uint64), 1)
    own = np.zeros(here, bool)
    own[: world.firms.key.shape[0]] = world.firms.size_class == 0
    filled = (u >= world.parameters.places.vacancy_rate) | own[employer]
    from_wider = filled_share[1] / filled_share[1:].sum()
    share = resident_share[employer]
    origin = np.where(v < share, 0, np.where(v < share + (1 - share) * from_wider, WIDER, OUTSIDE))
    return employer[filled], origin[filled]


def _assign(world: World, rows: np.ndarray) -> None:
    """Give each employed resident one of the jobs, with the skill the job asks for, and its pay."""
    e, r, fixed = world.employers, world.residents, world.fixed
    workers = np.flatnonzero(r.status == EMPLOYED)
    if rows.shape[0] < workers.shape[0]:  # fewer jobs than workers: the rest commute outside
        rows = np.concatenate([rows, np.full(workers.shape[0] - rows.shape[0], e.wanted.shape[0] - 1)])
    luck = stream(world.seed, "employment")
    workers = workers[np.argsort(draw_many(luck, r.key[workers], 0))]
    r.employer[workers] = rows
    mix = np.vstack([fixed.skill_mix, np.bincount(r.skill, minlength=3)[None, :] / r.skill.shape[0]])
    cut = np.cumsum(mix, axis=1)[e.section[rows], :2]
    u = draw_many(luck, r.key[workers], 1)
    r.skill[workers] = (u[:, None] >= cut).sum(axis=1)
    e.n_residents[:] = np.bincount(rows, minlength=e.wanted.shape[0])
    e.vacancies[:] = np.maximum(e.wanted - e.n_residents - e.n_from_wider - e.n_from_outside, 0)
    _set_pay(world, workers)
    take_over_own_account(world, workers)


def _set_pay(world: World, workers: np.ndarray) -> None:
    """Set hours by what a person would earn in a usual job of the skill, and pay in the job held."""
    e, r, fixed = world.employers, world.residents, world.fixed
    usual = np.average(e.log_pay, axis=0, weights=e.n_residents)[r.skill] + r.pay_effect
    floor, p = world.terms.pay_floor, world.parameters.places
    earned = np.interp(usual, fixed.pay_nodes_log, fixed.pay_nodes)
    r.hours[:] = np.clip(np.floor(earned / (p.least_pay_over_floor * floor)), 8, p.full_time_hours)
    level = e.log_pay[r.employer[workers], r.skill[workers]] + r.pay_effect[workers]
    pay = np.floor(np.interp(level, fixed.pay_nodes_log, fixed.pay_nodes) + 0.5).astype(np.int64)
    r.pay[workers] = np.maximum(pay, floor * r.hours[workers].astype(np.int64))
