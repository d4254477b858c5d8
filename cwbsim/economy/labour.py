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
from cwbsim.compiled import kernel, wrapping
from cwbsim.economy import leaving, matching, payroll
from cwbsim.economy.contracts import wanted_elsewhere
from cwbsim.economy.labour_balance import (
    StartingFlows,
    balanced_commuting,
    inactive_per_active,
    places_filled,
    search_intensity,
    starting_flows,
)
from cwbsim.economy.payments import hold_hiring
from cwbsim.economy.screening import draw_limit, first_bytes
from cwbsim.world import SECTIONS, WIDER, World

__all__ = [
    "StartingFlows", "adjust_staff", "balanced_commuting", "employer_keys", "inactive_per_active",
    "match_vacancies", "pay_wages", "staff_wanted", "starting_flows", "wanted_staff",
]  # fmt: skip

#: Keys of the employers that are not institutions: on-site operations and jobs elsewhere, by row.
KEYS_ELSEWHERE = np.arange(2 * len(SECTIONS) + 2, dtype=np.uint64) + np.uint64(0x6F6E2D73697465)


@kernel
def _staff_wanted(
    rounding: np.ndarray, output: np.ndarray, productivity: np.ndarray, is_open: np.ndarray,
    size_class: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    for f in range(output.shape[0]):
        exact = np.float64(output[f]) / np.float64(max(productivity[f], 1))
        jobs = max(np.int64(1), np.int64(exact + rounding[f]))
        out[f] = np.int64(is_open[f]) * (np.int64(1) if size_class[f] == 0 else jobs)


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
    out = np.empty(output_smooth.shape[0], np.int32)
    _staff_wanted(roundings(site_key, seed), output_smooth, productivity, is_open, size_class, out)
    return out


@kernel
def _draw_roundings(s: np.uint64, key: np.ndarray, out: np.ndarray) -> None:
    for f in range(key.shape[0]):
        out[f] = uniform(s, key[f])


def roundings(site_key: np.ndarray, seed: int) -> np.ndarray:
    """Return what part of a job each site rounds up, less than one, (F,): drawn once."""
    out = np.empty(site_key.shape[0])
    with wrapping():
        _draw_roundings(stream(seed, "rounding"), site_key, out)
    return out


def employer_keys(world: World) -> np.ndarray:
    """Return the stable key of every row of Employers, uint64, shape (E,)."""
    return np.concatenate((world.firms.key, world.anchors.key, KEYS_ELSEWHERE))


def wanted_staff(world: World) -> np.ndarray:
    """Return the staff every employer wants: sites, anchors, on-site operations, jobs elsewhere.

    On-site operations of suppliers elsewhere want labour cost of the contracts they hold x the part done on
    site / labour cost of a job x the share of the borough's jobs that residents fill (only residents are
    counted in those rows). Jobs elsewhere take more residents as unemployment here rises.

    Returns
    -------
    ndarray of int32, shape (E,)
    """
    out = world.employers.wanted.copy()
    _write_wanted(world, out)
    return out


def _write_wanted(world: World, out: np.ndarray) -> None:
    """Write the staff wanted, (E,) int32; what anchors want is in their rows already."""
    fixed, firms, needs, market = world.fixed, world.firms, world.needs, world.market
    rounding = world.kept("roundings", (firms.site_key, world.seed), lambda: roundings(firms.site_key, world.seed))
    _staff_wanted(
        rounding, firms.output_smooth, firms.productivity, firms.is_open, firms.size_class, out[: firms.key.shape[0]]
    )
    hold_hiring(world, out)
    labour, luck = world.kept("on_site_labour", (fixed, world.seed), lambda: _on_site_labour(world))
    more = slack(world) ** world.parameters.labour.commuting_elasticity
    # Of jobs in boroughs simulated in full, residents hold those that in-commuters hold there.
    in_wider = (1.0 - market.commuting_linked) * more + market.commuting_held
    wanted_elsewhere(
        needs.supplier, needs.place, needs.section, needs.budget, labour, _resident_share(world),
        fixed.commuting_wanted, float(in_wider), float(more), luck, out[world.on_site_row(WIDER) :],
    )  # fmt: skip


def _on_site_labour(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return jobs on site over what a contract pays, by section, (S,), and what part of a job rows elsewhere round up."""
    fixed = world.fixed
    labour = fixed.pay_share * fixed.on_site_share / fixed.labour_cost_per_job
    return labour, draw_many(stream(world.seed, "rounding"), KEYS_ELSEWHERE)


def _resident_share(world: World) -> float:
    """Share of the filled jobs of sites and anchors that residents hold."""
    employers, n = world.employers, world.on_site_row(WIDER)
    residents, incommuters = _sums(
        employers.n_residents[:n], employers.n_from_wider[:n], employers.n_from_outside[:n]
    )
    return residents / max(1, residents + incommuters)


@kernel
def _sums(residents: np.ndarray, from_wider: np.ndarray, from_outside: np.ndarray) -> tuple[int, int]:
    held, others = 0, 0
    for e in range(residents.shape[0]):
        held += residents[e]
        others += from_wider[e] + from_outside[e]
    return held, others


def slack(world: World) -> float:
    """Return smoothed unemployment over unemployment at the start; exactly 1 where they are equal."""
    least = world.parameters.labour.unemployment_least
    return max(world.market.unemployment_smooth, least) / max(world.fixed.unemployment_start, least)


def adjust_staff(world: World) -> None:
    """Staff wanted, wage index, who leaves and who is laid off; what is still wanted is posted.

    Reads   firms.key, firms.site_key, firms.output_smooth, firms.productivity, firms.is_open,
            firms.size_class, anchors.key, needs.supplier, needs.place, needs.section, needs.budget,
            residents.key, residents.status, residents.employer, employers.wanted, employers.n_residents,
            employers.n_from_wider, employers.n_from_outside, market.unemployment_smooth, firms.cash,
            market.commuting_linked, market.commuting_held
    Writes  market.unemployment_smooth, market.wage_index, market.counts, employers.wanted,
            employers.n_residents, employers.n_from_wider, employers.n_from_outside, employers.vacancies,
            residents.status, residents.employer, residents.pay
    """
    p, employers, residents = world.parameters.labour, world.employers, world.residents
    _follow_unemployment(world)
    _write_wanted(world, employers.wanted)
    keys, separation = employer_keys(world), world.fixed.separation_rate
    layoff, screen = np.empty(keys.shape[0]), np.empty(keys.shape[0] + 1, np.uint8)
    staff = (employers.n_residents, employers.n_from_wider, employers.n_from_outside)
    leaving.layoff_chances(
        employers.wanted, *staff, world.firms.is_open, p.layoff_share, separation, layoff, screen
    )
    staying = first_bytes(world, "separation_bytes", residents.key)
    with wrapping():
        left, laid_off = leaving.leave_work(
            stream(world.seed, "separation", world.month), staying, residents.key, residents.status,
            residents.employer, residents.pay, employers.n_residents, separation, p.separation_to_inactivity,
            layoff, screen,
        )  # fmt: skip
        leaving.incommuters_leave(
            stream(world.seed, "quit", world.month), keys, employers.n_from_wider, employers.n_from_outside,
            separation, layoff,
        )  # fmt: skip
    posted = leaving.post_vacancies(employers.wanted, *staff, employers.vacancies)
    world.market.counts.update(separations=int(left), layoffs=int(laid_off), vacancies=int(posted))


def _follow_unemployment(world: World) -> None:
    """Smooth the unemployment rate and set the wage index by the wage curve."""
    p, market = world.parameters.labour, world.market
    employed, unemployed, _ = leaving.count_status(world.residents.status)
    rate = unemployed / max(1, unemployed + employed)
    market.unemployment_smooth += (rate - market.unemployment_smooth) / p.smoothing_months
    market.wage_index = slack(world) ** p.wage_curve_elasticity


def match_vacancies(world: World) -> None:
    """Fill vacancies: in-commuters first, then residents who search, by skill band, in keyed order.

    Places filled = efficiency x S^(1 - eta) x V^eta, with V the vacancies and S the searchers, each counted
    with the intensity of the search.

    Reads   firms.key, firms.size_class, firms.local_hiring, anchors.key, residents.key, residents.household,
            residents.status, residents.skill,
            residents.employer, residents.pay_effect, residents.hours, employers.section,
            employers.vacancies, employers.n_residents, employers.n_from_wider, employers.n_from_outside,
            employers.log_pay, market.unemployment_smooth, market.incommuter_pull, market.counts, terms
    Writes  firms.owner, residents.status, residents.employer, residents.pay, employers.n_residents,
            employers.n_from_wider, employers.n_from_outside, market.counts
    """
    p, residents, employers = world.parameters.labour, world.residents, world.employers
    first_byte = first_bytes(world, "search_bytes", residents.key)
    search = stream(world.seed, "search", world.month)
    with wrapping():
        drift = world.kept("drift", (world.parameters,), lambda: _drift(world))
        by_status = matching.drift_of_the_jobless(
            stream(world.seed, "inactivity", world.month), residents.key, residents.status, drift
        )
        intensity = world.kept("search_intensity", (world.parameters,), lambda: search_intensity(world.parameters))
        searching = float(by_status @ intensity)
        vacancies = int(_count(employers.vacancies))
        filled = places_filled(world.fixed.matching_efficiency, searching, vacancies, p.matching_elasticity)
        keys = employer_keys(world)
        places = _places_left(world, keys, vacancies, filled / max(1, vacancies))
        by_incommuters = vacancies - places[0].shape[0]
        chance = intensity * max(0.0, filled - by_incommuters) / max(searching, 1.0)
        finder = np.empty(residents.key.shape[0] + 1, np.int32)
        limit = draw_limit(chance)
        found = matching.find_work(search, residents.key, residents.status, first_byte, limit, finder)
        hires, moves = _match_residents(world, keys, finder[:found], *places)
    world.market.counts.update(hires=hires, moves=moves, incommuter_hires=by_incommuters)


@kernel
def _count(posts: np.ndarray) -> int:
    n = 0
    for e in range(posts.shape[0]):
        n += posts[e]
    return n


def _drift(world: World) -> np.ndarray:
    """Return the limit of a draw below which a status changes: of those in work, unemployed and inactive, (3,)."""
    p = world.parameters.labour
    return draw_limit(np.array([0.0, p.unemployed_to_inactive, p.inactive_to_unemployed]))


def _places_left(
    world: World, keys: np.ndarray, vacancies: int, fill_rate: float
) -> tuple[np.ndarray, np.ndarray]:
    """Let in-commuters take vacancies of sites and anchors; return employer and slot of the places left."""
    employers = world.employers
    pull = fill_rate * slack(world) ** -world.parameters.labour.incommuter_elasticity
    come = world.fixed.incommuter_share * np.array([world.market.incommuter_pull, 1.0])
    wider, outside = np.minimum(1.0, pull * come).tolist()
    place_employer, place_slot = np.empty(vacancies, np.int32), np.empty(vacancies, np.int32)
    left = matching.hire_incommuters(
        stream(world.seed, "incommuter", world.month), keys, employers.vacancies, wider, outside,
        world.firms.local_hiring, world.on_site_row(WIDER), employers.n_from_wider, employers.n_from_outside,
        place_employer, place_slot,
    )  # fmt: skip
    return place_employer[:left], place_slot[:left]


def _match_residents(
    world: World, keys: np.ndarray, finder: np.ndarray, place_employer: np.ndarray, place_slot: np.ndarray
) -> tuple[int, int]:
    """Join residents who find work with places of their skill; return hires, and moves among them."""
    residents, employers, fixed = world.residents, world.employers, world.fixed
    n = place_employer.shape[0]
    cumulative_mix = world.kept("skills", (residents.skill, fixed), lambda: _skills(world))
    place_skill, place_level, place_rank = np.empty(n, np.int8), np.empty(n), np.empty(n, np.uint64)
    pick = stream(world.seed, "vacancy_pick", world.month)
    matching.rank_places(
        pick, keys, employers.section, cumulative_mix, employers.log_pay, place_employer, place_slot, place_skill,
        place_level, place_rank,
    )  # fmt: skip
    rank, skill = np.empty(finder.shape[0], np.uint64), residents.skill.take(finder)
    matching.rank_finders(pick, residents.key, finder, rank)
    finders = matching.in_order(skill, rank, lambda: (residents.key[finder],))
    places = matching.in_order(place_skill, place_rank, lambda: (keys[place_employer], place_slot))
    place_of = np.empty(finder.shape[0], np.int64)
    hires = matching.join(finders, skill, places, place_skill, place_of)
    moves = matching.start_work(
        finder, place_of, place_employer, place_level, residents.status, residents.employer, residents.pay,
        residents.pay_effect, residents.hours, employers.n_residents, fixed.pay_nodes_log, fixed.pay_nodes,
        world.terms.pay_floor,
    )  # fmt: skip
    take_over_own_account(world, finder)
    return int(hires), int(moves)


def _skills(world: World) -> np.ndarray:
    """Return the running share of skills in jobs of each section and of residents, which nobody changes."""
    by_skill = np.array(leaving.count_status(world.residents.skill))  # skill has three codes, as status has
    return matching.cumulative_skills(world.fixed.skill_mix, by_skill)


def take_over_own_account(world: World, people: np.ndarray) -> None:
    """Make who works on own account its owner: pay and profit, or loss, are one household's.

    Parameters
    ----------
    world : World
    people : ndarray of int, shape (n,)
        Rows of Residents who may have started work.
    """
    firms, residents = world.firms, world.residents
    matching.take_over(people, residents.employer, residents.household, firms.size_class, firms.owner)


def pay_wages(world: World) -> None:
    """Pay day: gross pay less tax to households, tax and National Insurance to the treasury, in whole pence.

    Firms pay the wage index of the borough; anchors and jobs elsewhere are on national scales. Nobody is
    paid below the floor. Own account pays neither employer's National Insurance nor pension. In-commuters
    cost the mean labour cost of the section, which leaves the borough but for its tax.

    Reads   residents.employer, residents.household, residents.pay, residents.hours, employers.section,
            employers.n_from_wider, employers.n_from_outside, firms.size_class, firms.profit,
            households.income, market.wage_index, terms, employers.living_wage, residents.key
    Writes  households.earnings, households.income, firms.profit, ledger
    """
    households, firms = world.households, world.firms
    n_sites, n_here = firms.key.shape[0], world.on_site_row(WIDER)
    cost, totals = payroll.pay_day(world, world.market.wage_index, households.earnings, households.income)
    charged = payroll.charge(cost[:n_sites], firms.profit, firms.cash)
    settled = {"households": sum(totals[:, payroll.NET].tolist()), "firms": -int(charged)}
    rows = {"anchors": -cost[n_sites:n_here]}
    world.ledger.post_kinds({"wages": payroll.by_sector(totals)}, rows, settled)
