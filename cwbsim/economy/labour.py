"""Work: staff wanted, leaving, vacancies, matching across the commuting borders, and pay day.

Each month some of those in work leave, employers with too many staff lay some off, the rest of what is
wanted is posted as vacancies, and a matching function says how many are filled: by in-commuters, by people
without work, and by people who move from another job and leave a vacancy behind them. Pay follows a wage
curve in deviations from the starting world, above a floor.

References
----------
Petrongolo and Pissarides (2001), "Looking into the black box: a survey of the matching function", Journal of
Economic Literature 39. Blanchflower and Oswald (1994), "The Wage Curve", MIT Press.
"""

from __future__ import annotations

import numpy as np

from cwbsim.chance import draw_many, stream, uniform
from cwbsim.compiled import kernel
from cwbsim.economy import matching, payroll
from cwbsim.economy.labour_balance import (
    StartingFlows,
    balanced_commuting,
    inactive_per_active,
    places_filled,
    search_intensity,
    starting_flows,
)
from cwbsim.world import EMPLOYED, OUTSIDE, Q24, SECTIONS, UNEMPLOYED, WIDER, World

__all__ = [
    "StartingFlows", "adjust_staff", "balanced_commuting", "employer_keys", "inactive_per_active",
    "match_vacancies", "pay_wages", "staff_wanted", "starting_flows", "wanted_staff",
]  # fmt: skip

#: Keys of the employers that are not institutions: on-site operations and jobs elsewhere, by row.
FIRST_KEY_ELSEWHERE = 0x6F6E2D73697465


@kernel
def _staff_wanted(
    stream: np.uint64,
    output: np.ndarray,
    productivity: np.ndarray,
    is_open: np.ndarray,
    size_class: np.ndarray,
    site_key: np.ndarray,
    out: np.ndarray,
) -> None:
    for f in range(output.shape[0]):
        if not is_open[f]:
            out[f] = 0
        elif size_class[f] == 0:
            out[f] = 1
        else:
            exact = output[f] / max(productivity[f], 1)
            out[f] = max(1, np.int64(np.floor(exact + uniform(stream, site_key[f]))))


def staff_wanted(
    output_smooth: np.ndarray,
    productivity: np.ndarray,
    is_open: np.ndarray,
    size_class: np.ndarray,
    site_key: np.ndarray,
    seed: int,
) -> np.ndarray:
    """Return the staff each site wants for its smoothed output.

    The part of a job is rounded up for a fixed share of sites, drawn once for each: sites together want what
    their output needs, and none flickers between two numbers for luck alone.

    Parameters
    ----------
    output_smooth, productivity : ndarray of int64, shape (F,)
        Pence a month; pence a job a month.
    is_open : ndarray of bool, shape (F,)
    size_class : ndarray of int8, shape (F,)
        0: own account, one person.
    site_key : ndarray of uint64, shape (F,)
    seed : int
        Seed of the run.

    Returns
    -------
    ndarray of int32, shape (F,)
        At least 1 where open, 0 where vacant.
    """
    out = np.zeros(output_smooth.shape[0], np.int32)
    with np.errstate(over="ignore"):
        _staff_wanted(
            stream(seed, "rounding"), output_smooth, productivity, is_open, size_class, site_key, out
        )
    return out


def employer_keys(world: World) -> np.ndarray:
    """Return the stable key of every row of Employers, uint64, shape (E,)."""
    elsewhere = np.arange(2 * len(SECTIONS) + 2, dtype=np.uint64) + np.uint64(FIRST_KEY_ELSEWHERE)
    return np.concatenate((world.firms.key, world.anchors.key, elsewhere))


def wanted_staff(world: World) -> np.ndarray:
    """Return the staff every employer wants: sites, anchors, on-site operations, jobs elsewhere.

    On-site operations of suppliers elsewhere want labour cost of the contracts they hold x the part done on
    site / labour cost of a job x the share of the borough's jobs that residents fill (only residents are
    counted in those rows). Jobs elsewhere take more residents as unemployment here rises.

    Returns
    -------
    ndarray of int32, shape (E,)
    """
    fixed, firms, needs = world.fixed, world.firms, world.needs
    n_sites = firms.key.shape[0]
    out = world.employers.wanted.copy()
    out[:n_sites] = staff_wanted(
        firms.output_smooth, firms.productivity, firms.is_open, firms.size_class, firms.site_key, world.seed
    )
    first, sections = world.on_site_row(WIDER), len(SECTIONS)
    held = np.zeros((2, sections), np.int64)
    away = needs.supplier < 0
    np.add.at(held, (needs.place[away].astype(np.int64) - 1, needs.section[away]), needs.budget[away])
    jobs = held * (fixed.pay_share * fixed.on_site_share / fixed.labour_cost_per_job) * _resident_share(world)
    elasticity = world.parameters.labour.commuting_elasticity
    commuting = fixed.commuting_wanted * slack(world) ** elasticity
    exact = np.concatenate((jobs.ravel(), commuting))
    fixed_draw = draw_many(stream(world.seed, "rounding"), employer_keys(world)[first:])
    out[first:] = np.floor(exact + fixed_draw)
    return out


def _resident_share(world: World) -> float:
    """Share of the filled jobs of sites and anchors that residents hold."""
    employers, n = world.employers, world.on_site_row(WIDER)
    residents = int(employers.n_residents[:n].sum())
    incommuters = int(employers.n_from_wider[:n].sum() + employers.n_from_outside[:n].sum())
    return residents / max(1, residents + incommuters)


def slack(world: World) -> float:
    """Return smoothed unemployment over unemployment at the start; exactly 1 where they are equal."""
    least = world.parameters.labour.unemployment_least
    return max(world.market.unemployment_smooth, least) / max(world.fixed.unemployment_start, least)


def adjust_staff(world: World) -> None:
    """Staff wanted, wage index, who leaves and who is laid off; what is still wanted is posted.

    Reads   firms.key, firms.site_key, firms.output_smooth, firms.productivity, firms.is_open,
            firms.size_class, anchors.key, needs.supplier, needs.place, needs.section, needs.budget,
            residents.key, residents.status, residents.employer, employers.wanted, employers.n_residents,
            employers.n_from_wider, employers.n_from_outside, market.unemployment_smooth
    Writes  market.unemployment_smooth, market.wage_index, market.counts, employers.wanted,
            employers.n_residents, employers.n_from_wider, employers.n_from_outside, employers.vacancies,
            residents.status, residents.employer, residents.pay
    """
    p, employers, residents = world.parameters.labour, world.employers, world.residents
    _follow_unemployment(world)
    employers.wanted[:] = wanted_staff(world)
    layoff = _layoff_chance(world)
    keys, separation = employer_keys(world), world.fixed.separation_rate
    with np.errstate(over="ignore"):
        left, laid_off = matching.leave_work(
            stream(world.seed, "separation", world.month), residents.key, residents.status,
            residents.employer, residents.pay, employers.n_residents, separation, p.separation_to_inactivity,
            layoff,
        )  # fmt: skip
        quit_stream = stream(world.seed, "quit", world.month)
        for place, count in ((WIDER, employers.n_from_wider), (OUTSIDE, employers.n_from_outside)):
            matching.incommuters_leave(quit_stream, keys, count, place, separation, layoff)
    employers.vacancies[:] = np.maximum(0, employers.wanted - _staff(world))
    posted = int(employers.vacancies.sum())
    world.market.counts.update(separations=int(left), layoffs=int(laid_off), vacancies=posted)


def _staff(world: World) -> np.ndarray:
    employers = world.employers
    return np.asarray(employers.n_residents + employers.n_from_wider + employers.n_from_outside)


def _follow_unemployment(world: World) -> None:
    """Smooth the unemployment rate and set the wage index by the wage curve."""
    p, market = world.parameters.labour, world.market
    unemployed = int(np.count_nonzero(world.residents.status == UNEMPLOYED))
    employed = int(np.count_nonzero(world.residents.status == EMPLOYED))
    rate = unemployed / max(1, unemployed + employed)
    market.unemployment_smooth += (rate - market.unemployment_smooth) / p.smoothing_months
    market.wage_index = slack(world) ** p.wage_curve_elasticity


def _layoff_chance(world: World) -> np.ndarray:
    """Chance of being laid off: part of the excess over staff; all go where premises are vacant."""
    employers = world.employers
    staff = _staff(world)
    excess = np.maximum(0, staff - employers.wanted)
    chance = np.asarray(world.parameters.labour.layoff_share * excess / np.maximum(1, staff))
    n_sites = world.firms.key.shape[0]
    chance[:n_sites][~world.firms.is_open] = 1.0
    return chance


def match_vacancies(world: World) -> None:
    """Fill vacancies: in-commuters first, then residents who search, by skill band, in keyed order.

    Places filled = efficiency x S^(1 - eta) x V^eta, with V the vacancies and S the searchers, each counted
    with the intensity of the search.

    Reads   firms.key, firms.local_hiring, anchors.key, residents.key, residents.status, residents.skill,
            residents.employer, residents.pay_effect, residents.hours, employers.section,
            employers.vacancies, employers.n_residents, employers.n_from_wider, employers.n_from_outside,
            employers.log_pay, market.unemployment_smooth, market.counts, terms
    Writes  residents.status, residents.employer, residents.pay, employers.n_residents,
            employers.n_from_wider, employers.n_from_outside, market.counts
    """
    p, residents, employers = world.parameters.labour, world.residents, world.employers
    with np.errstate(over="ignore"):
        by_status, by_skill = matching.drift_of_the_jobless(
            stream(world.seed, "inactivity", world.month), residents.key, residents.status, residents.skill,
            p.unemployed_to_inactive, p.inactive_to_unemployed,
        )  # fmt: skip
        intensity = search_intensity(world.parameters)
        searching = float(by_status @ intensity)
        vacancies = int(employers.vacancies.sum())
        filled = places_filled(world.fixed.matching_efficiency, searching, vacancies, p.matching_elasticity)
        place_employer, place_slot = _places_left(world, filled / max(1, vacancies))
        by_incommuters = vacancies - place_employer.shape[0]
        chance = np.minimum(1.0, intensity * max(0.0, filled - by_incommuters) / max(searching, 1.0))
        hires, moves = _match_residents(world, chance, place_employer, place_slot, by_skill)
    world.market.counts.update(hires=hires, moves=moves, incommuter_hires=by_incommuters)


def _places_left(world: World, fill_rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Let in-commuters take vacancies of sites and anchors; return employer and slot of the places left."""
    employers, firms = world.employers, world.firms
    n_sites, n_here = firms.key.shape[0], world.on_site_row(WIDER)
    pull = fill_rate * slack(world) ** -world.parameters.labour.incommuter_elasticity
    chance = np.empty((2, n_here))
    chance[:] = np.minimum(1.0, pull * world.fixed.incommuter_share)[:, None]
    chance[:, :n_sites] *= 1.0 - firms.local_hiring
    n = int(employers.vacancies.sum())
    place_employer, place_slot = np.empty(n, np.int32), np.empty(n, np.int32)
    left = matching.hire_incommuters(
        stream(world.seed, "incommuter", world.month), employer_keys(world), employers.vacancies, chance[0],
        chance[1], employers.n_from_wider, employers.n_from_outside, place_employer, place_slot,
    )  # fmt: skip
    return place_employer[:left], place_slot[:left]


def _match_residents(
    world: World, chance: np.ndarray, place_employer: np.ndarray, place_slot: np.ndarray, by_skill: np.ndarray
) -> tuple[int, int]:
    """Join residents who find work with places of their skill; return hires, and moves among them."""
    residents, employers, fixed = world.residents, world.employers, world.fixed
    n, keys = place_employer.shape[0], employer_keys(world)
    if n == 0:
        return 0, 0
    residents_mix = by_skill / by_skill.sum()
    cumulative_mix = np.cumsum(np.vstack((fixed.skill_mix, residents_mix)), axis=1)
    place_skill, place_rank = np.empty(n, np.int8), np.empty(n, np.uint64)
    pick = stream(world.seed, "vacancy_pick", world.month)
    matching.rank_places(
        pick, keys, employers.section, cumulative_mix, place_employer, place_slot, place_skill, place_rank
    )
    finder = np.empty(residents.key.shape[0], np.int32)
    rank = np.empty(residents.key.shape[0], np.uint64)
    search = stream(world.seed, "search", world.month)
    found = matching.find_work(search, pick, residents.key, residents.status, chance, finder, rank)
    finder = finder[:found]
    finder = finder[np.lexsort((residents.key[finder], rank[:found], residents.skill[finder]))]
    places = np.lexsort((place_slot, keys[place_employer], place_rank, place_skill))
    hires, moves = matching.fill_places(
        finder, place_employer[places], place_skill[places], residents.skill, residents.status,
        residents.employer, residents.pay, residents.pay_effect, residents.hours, employers.n_residents,
        employers.log_pay, fixed.pay_nodes_log, fixed.pay_nodes, world.terms.pay_floor,
    )  # fmt: skip
    return int(hires), int(moves)


def pay_wages(world: World) -> None:
    """Pay day: gross pay less tax to households, tax and National Insurance to the treasury, in whole pence.

    Firms pay the wage index of the borough; anchors and jobs elsewhere are on national scales. Nobody is
    paid below the floor. Own account pays neither employer's National Insurance nor pension. In-commuters
    cost the mean labour cost of the section, which leaves the borough but for its tax.

    Reads   residents.employer, residents.household, residents.pay, residents.hours, employers.section,
            employers.n_from_wider, employers.n_from_outside, firms.size_class, firms.profit,
            households.income, market.wage_index, terms
    Writes  households.earnings, households.income, firms.profit, ledger
    """
    residents, employers, households = world.residents, world.employers, world.households
    n_sites, n_here = world.firms.key.shape[0], world.on_site_row(WIDER)
    payer = payroll.payer_codes(world)
    cost = np.zeros(payer.shape[0], np.int64)
    earnings = np.zeros(households.key.shape[0], np.int64)
    totals = np.zeros((5, 5), np.int64)
    index = np.full(5, Q24, np.int64)  # by payer: only firms pay the wage index of the borough
    index[: payroll.OWN_ACCOUNT + 1] = round(world.market.wage_index * Q24)
    payroll.pay_residents(
        residents.employer, residents.household, residents.pay, residents.hours, payer, index,
        world.terms.pay_floor, payroll.tax_table(world.parameters), cost, earnings, totals,
    )  # fmt: skip
    tax_share = round(world.parameters.treasury.incommuter_tax_share * Q24)
    payroll.pay_incommuters(
        employers.n_from_wider, employers.n_from_outside, employers.section, payer, index,
        world.fixed.labour_cost_per_job, tax_share, cost[:n_here], totals,
    )  # fmt: skip
    households.earnings[:] = earnings
    world.firms.profit -= cost[:n_sites]
    rows = {"firms": -cost[:n_sites], "anchors": -cost[n_sites:n_here], "households": earnings}
    world.ledger.post("wages", payroll.by_sector(totals), rows)
