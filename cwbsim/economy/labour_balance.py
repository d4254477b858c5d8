"""The balance of the labour market at the start: what flows out of work flows back, in expectation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.world import EMPLOYED, INACTIVE, OUTSIDE, UNEMPLOYED, WIDER

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.world import World

__all__ = [
    "StartingFlows", "balanced_commuting", "inactive_per_active", "places_filled", "search_intensity",
    "starting_flows",
]  # fmt: skip


class StartingFlows(NamedTuple):
    """What makes the flows of the labour market balance in the starting world."""

    matching_efficiency: float  # of the matching function
    separation_rate: float  # share of the employed who leave a month for reasons of their own
    incommuter_share: np.ndarray  # (2,) share of places filled at sites and anchors: wider area, outside
    inactive_change: float  # residents a month by which the inactive grow; nil if their number is balanced


def search_intensity(parameters: Parameters) -> np.ndarray:
    """Return the intensity of search by status, in the order of the status codes, float, shape (3,)."""
    out = np.empty(3)
    out[EMPLOYED] = parameters.labour.search_employed
    out[UNEMPLOYED] = 1.0
    out[INACTIVE] = parameters.labour.search_inactive
    return out


def places_filled(efficiency: float, searching: float, vacancies: float, elasticity: float) -> float:
    """Return the places filled in a month by the matching function, bounded by searchers and by vacancies."""
    if searching <= 0 or vacancies <= 0:
        return 0.0
    matched = efficiency * searching ** (1.0 - elasticity) * vacancies**elasticity
    return float(min(matched, searching, vacancies))


def _finding(leaving: float, unemployed: float, inactive: float, parameters: Parameters) -> float:
    """Chance h of a searcher at which hires of those without work equal those who leave work.

    Stocks are of the end of a month; at the time of search there were U/(1 - h) unemployed and N/(1 - i h)
    inactive, i the intensity of their search. Solved by halving: hires rise with h.
    """
    i = parameters.labour.search_inactive
    low, high = 0.0, 1.0
    for _ in range(80):
        h = (low + high) / 2
        hires = h * unemployed / (1 - h) + i * h * inactive / (1 - i * h)
        low, high = (h, high) if hires < leaving else (low, h)
    return low


def _inactive_change(
    employed: float, churned: float, unemployed: float, inactive: float, parameters: Parameters
) -> float:
    """Expected change of the inactive in a month: leavers and who gives up, less returns and hires."""
    p = parameters.labour
    leaving = p.separation_rate * employed + churned
    h = _finding(leaving, unemployed, inactive, parameters)
    joining = p.separation_to_inactivity * p.separation_rate * employed
    jobless = unemployed + leaving - joining
    at_search = (inactive + joining) * (1 - p.inactive_to_unemployed) + jobless * p.unemployed_to_inactive
    return float(at_search * (1 - p.search_inactive * h) - inactive)


def inactive_per_active(unemployment: float, parameters: Parameters, at_sites: float = 0.5) -> float:
    """Return how many inactive residents who would work there are for each active one, when flows balance.

    Parameters
    ----------
    unemployment : float
        Share of the active who are unemployed, above 0.
    parameters : Parameters
        Group ``labour``.
    at_sites : float
        Share of residents in work who work at sites of the borough (the rest: anchors, elsewhere).

    Returns
    -------
    float
        At this ratio the inactive neither grow nor shrink in expectation; a starting world should have it.
    """
    employed = 1 - unemployment
    churned = parameters.labour.churn_rate * at_sites * employed
    low, high = 0.0, 1.0
    for _ in range(60):
        ratio = (low + high) / 2
        change = _inactive_change(employed, churned, unemployment, ratio, parameters)
        low, high = (ratio, high) if change > 0 else (low, ratio)
    return low


@dataclass(frozen=True, slots=True)
class _Flows:
    """Monthly flows at which the starting stocks stay."""

    finding: float  # chance of a searcher
    searching: float  # residents at the time of search, by intensity
    inactive_change: float
    leaving: np.ndarray  # (E, 3) residents, in-commuters of the wider area and of outside who leave work
    resident_places: np.ndarray  # (E,) places that residents leave a month, movers included
    posted: np.ndarray  # (E,) vacancies at the time of search


def _flows(world: World) -> _Flows:
    p, employers = world.parameters.labour, world.employers
    stock = np.bincount(world.residents.status, minlength=3).astype(float)
    if stock[UNEMPLOYED] <= 0:
        raise ValueError("no resident is unemployed: flows into work cannot balance; draw some as unemployed")
    staff = np.stack((employers.n_residents, employers.n_from_wider, employers.n_from_outside), axis=1)
    rate = np.full(staff.shape[0], p.separation_rate)
    rate[: world.firms.key.shape[0]] += p.churn_rate
    leaving = staff * rate[:, None]
    left = float(leaving[:, 0].sum())
    churned = left - p.separation_rate * stock[EMPLOYED]
    h = _finding(left, stock[UNEMPLOYED], stock[INACTIVE], world.parameters)
    at_search = np.empty(3)
    at_search[EMPLOYED] = stock[EMPLOYED] - left
    at_search[UNEMPLOYED] = stock[UNEMPLOYED] / (1 - h)
    at_search[INACTIVE] = stock[INACTIVE] / (1 - p.search_inactive * h)
    moves = (staff[:, 0] - leaving[:, 0]) * p.search_employed * h
    return _Flows(
        finding=h,
        searching=float(at_search @ search_intensity(world.parameters)),
        inactive_change=_inactive_change(
            stock[EMPLOYED], churned, stock[UNEMPLOYED], stock[INACTIVE], world.parameters
        ),
        leaving=leaving,
        resident_places=leaving[:, 0] + moves,
        posted=np.maximum(0, employers.wanted - staff.sum(axis=1)) + leaving.sum(axis=1),
    )


def balanced_commuting(world: World) -> np.ndarray:
    """Return the residents wanted by employers elsewhere at which vacancies here and there stay as they are.

    Places here fill faster than places elsewhere, for in-commuters take some. With F what residents leave and
    refill a month and H what in-commuters refill, the part r of what in-commuters leave open that residents
    fill is F_here / (V'_here - H), and jobs elsewhere must post F_k / r.

    Parameters
    ----------
    world : World
        With the status of residents, staff wanted by sites and anchors, and all staff set.

    Returns
    -------
    ndarray of int64, shape (2,)
        For ``fixed.commuting_wanted``, wider area and outside.

    Raises
    ------
    ValueError
        If nobody is unemployed, or sites and anchors have too few vacancies for the flows.
    """
    flows, n_here = _flows(world), world.on_site_row(WIDER)
    refilled, posted = float(flows.resident_places[:n_here].sum()), float(flows.posted[:n_here].sum())
    left_open = posted - float(flows.leaving[:n_here, 1:].sum())
    if not 0 < refilled < left_open:
        raise ValueError(_too_few(left_open, refilled))
    rows = np.array([world.commuting_row(WIDER), world.commuting_row(OUTSIDE)])
    post = flows.resident_places[rows] * left_open / refilled
    staff = world.employers.n_residents[rows]
    return np.asarray(np.rint(staff + post - flows.leaving[rows, 0]), np.int64)


def starting_flows(world: World) -> StartingFlows:
    """Return the matching efficiency and in-commuter share at which the starting stocks stay, in expectation.

    With E employed, U unemployed, N inactive who would work, C_k in-commuters from place k, V vacancies
    left from the month before (staff wanted less staff), s the separation rate, L those who leave work (s of
    all and the churn, layoffs and closures, of staff at sites):

    - residents:    L(E) = h (U' + i N'), at search U' = U/(1-h), N' = N/(1-ih); solved for h
    - searching:    S = U' + i N' + j E', E' = E - L(E)
    - posted:       V' = V + L(E) + L(C), for jobs that churn away are opened by someone else
    - filled:       M = h S + L(C), movers (j E') among them, who fill a place and leave one
    - efficiency:   M / (S^(1-eta) V'^eta)
    - in-commuters: L(C_k) = share_k x M/V' x V'_here, V'_here = L(C) + F_here (V' - L(C)) / (h S)

    F_here is what residents leave and refill at sites and anchors. V'_here is what it tends to within a few
    months; it is what sites and anchors start with where jobs elsewhere are :func:`balanced_commuting`.

    Parameters
    ----------
    world : World
        With ``residents.status``, ``employers.wanted`` and the three counts of staff set; ``fixed`` of the
        labour market is not read.

    Raises
    ------
    ValueError
        If nobody is unemployed, or there are too few vacancies for the flows.
    """
    p, flows, n_here = world.parameters.labour, _flows(world), world.on_site_row(WIDER)
    commuters = flows.leaving[:n_here, 1:].sum(axis=0)
    by_commuters, vacancies = float(commuters.sum()), float(flows.posted.sum())
    by_residents = flows.finding * flows.searching
    filled = by_residents + by_commuters
    if filled >= vacancies:
        raise ValueError(_too_few(vacancies, filled))
    efficiency = filled / (flows.searching ** (1 - p.matching_elasticity) * vacancies**p.matching_elasticity)
    refilled_here = float(flows.resident_places[:n_here].sum())
    posted_here = by_commuters + refilled_here * (vacancies - by_commuters) / by_residents
    share = commuters / max(1e-9, posted_here * filled / vacancies)
    return StartingFlows(efficiency, p.separation_rate, share, flows.inactive_change)


def _too_few(vacancies: float, filled: float) -> str:
    return (
        f"{vacancies:.0f} vacancies cannot take the {filled:.0f} places filled a month that balance the"
        " flows: let employers start with more vacancies (staff wanted above staff)"
    )
