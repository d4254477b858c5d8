"""Loops of leaving and finding work: decisions are keyed draws, and the order of rows decides nothing."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import bits, bits2, uniform, uniform2
from cwbsim.compiled import kernel
from cwbsim.world import EMPLOYED, INACTIVE, UNEMPLOYED

__all__ = ["job_pay"]


@kernel
def job_pay(level: float, nodes_log: np.ndarray, nodes: np.ndarray, least: int) -> int:
    """Return the monthly pay of a job, pence: linear between the nodes, flat beyond, not below the floor.

    Parameters
    ----------
    level : float
        Log pay level of the job plus the person's effect.
    nodes_log, nodes : ndarray of float, shape (n,)
        Rising levels, and the pay at each, pence a month.
    least : int
        Floor, pence a month.
    """
    last = nodes.shape[0] - 1
    if level <= nodes_log[0]:
        pay = nodes[0]
    elif level >= nodes_log[last]:
        pay = nodes[last]
    else:
        low, high = 0, last
        while high - low > 1:
            middle = (low + high) // 2
            if nodes_log[middle] <= level:
                low = middle
            else:
                high = middle
        part = (level - nodes_log[low]) / (nodes_log[high] - nodes_log[low])
        pay = nodes[low] + part * (nodes[high] - nodes[low])
    return max(int(np.floor(pay + 0.5)), least)


@kernel
def leave_work(
    stream: np.uint64,
    key: np.ndarray,
    status: np.ndarray,
    employer: np.ndarray,
    pay: np.ndarray,
    n_residents: np.ndarray,
    separation: float,
    to_inactivity: float,
    layoff: np.ndarray,
) -> tuple[int, int]:
    """Let residents leave work, for reasons of their own or laid off; return the number of each.

    One draw decides: the first part of the unit is leaving (its beginning for inactivity), the next layoff.
    """
    left = 0
    laid_off = 0
    for r in range(key.shape[0]):
        e = employer[r]
        if e < 0:
            continue
        u = uniform(stream, key[r])
        if u < separation:
            left += 1
            status[r] = INACTIVE if u < separation * to_inactivity else UNEMPLOYED
        elif u < separation + (1.0 - separation) * layoff[e]:
            laid_off += 1
            status[r] = UNEMPLOYED
        else:
            continue
        n_residents[e] -= 1
        employer[r] = -1
        pay[r] = 0
    return left, laid_off


@kernel
def incommuters_leave(
    stream: np.uint64, key: np.ndarray, count: np.ndarray, place: int, separation: float, layoff: np.ndarray
) -> int:
    """Let in-commuters of one place leave, by keyed stochastic rounding of their expected number."""
    gone = 0
    for e in range(layoff.shape[0]):
        if count[e] > 0:
            expected = count[e] * (separation + (1.0 - separation) * layoff[e])
            leaving = int(np.floor(expected + uniform2(stream, key[e], np.uint64(place))))
            leaving = min(leaving, count[e])
            count[e] -= leaving
            gone += leaving
    return gone


@kernel
def drift_of_the_jobless(
    stream: np.uint64,
    key: np.ndarray,
    status: np.ndarray,
    skill: np.ndarray,
    give_up: float,
    come_back: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Let the unemployed give up the search and the inactive take it up; count by status and skill."""
    by_status = np.zeros(3, np.int64)
    by_skill = np.zeros(3, np.int64)
    for r in range(key.shape[0]):
        now = status[r]
        if now == UNEMPLOYED:
            if uniform(stream, key[r]) < give_up:
                now = np.int8(INACTIVE)
                status[r] = now
        elif now == INACTIVE and uniform(stream, key[r]) < come_back:
            now = np.int8(UNEMPLOYED)
            status[r] = now
        by_status[now] += 1
        by_skill[skill[r]] += 1
    return by_status, by_skill


@kernel
def hire_incommuters(
    stream: np.uint64,
    key: np.ndarray,
    vacancies: np.ndarray,
    chance_wider: np.ndarray,
    chance_outside: np.ndarray,
    n_wider: np.ndarray,
    n_outside: np.ndarray,
    place_employer: np.ndarray,
    place_slot: np.ndarray,
) -> int:
    """Offer each vacancy to in-commuters first; list the places that stay open, return how many."""
    left = 0
    n_with_incommuters = chance_wider.shape[0]
    for e in range(vacancies.shape[0]):
        for slot in range(vacancies[e]):
            if e < n_with_incommuters:
                u = uniform2(stream, key[e], np.uint64(slot))
                if u < chance_wider[e]:
                    n_wider[e] += 1
                    continue
                if u < chance_wider[e] + chance_outside[e]:
                    n_outside[e] += 1
                    continue
            place_employer[left] = e
            place_slot[left] = slot
            left += 1
    return left


@kernel
def rank_places(
    stream: np.uint64,
    key: np.ndarray,
    section: np.ndarray,
    cumulative_mix: np.ndarray,
    place_employer: np.ndarray,
    place_slot: np.ndarray,
    place_skill: np.ndarray,
    place_rank: np.ndarray,
) -> None:
    """Draw the skill band and the priority of each open place, keyed by employer and slot."""
    last = cumulative_mix.shape[0] - 1
    for j in range(place_employer.shape[0]):
        e = place_employer[j]
        slot = np.uint64(place_slot[j])
        mix = section[e] if section[e] >= 0 else last
        u = uniform2(stream, key[e], slot << np.uint64(1))
        place_skill[j] = 0 if u < cumulative_mix[mix, 0] else (1 if u < cumulative_mix[mix, 1] else 2)
        place_rank[j] = bits2(stream, key[e], (slot << np.uint64(1)) + np.uint64(1))


@kernel
def find_work(
    search: np.uint64,
    order: np.uint64,
    key: np.ndarray,
    status: np.ndarray,
    chance: np.ndarray,
    finder: np.ndarray,
    rank: np.ndarray,
) -> int:
    """List the residents who find a place this month, with a keyed priority; return how many."""
    found = 0
    for r in range(key.shape[0]):
        if uniform(search, key[r]) < chance[status[r]]:
            finder[found] = r
            rank[found] = bits(order, key[r])
            found += 1
    return found


@kernel
def fill_places(
    finder: np.ndarray,
    place_employer: np.ndarray,
    place_skill: np.ndarray,
    skill: np.ndarray,
    status: np.ndarray,
    employer: np.ndarray,
    pay: np.ndarray,
    pay_effect: np.ndarray,
    hours: np.ndarray,
    n_residents: np.ndarray,
    log_pay: np.ndarray,
    nodes_log: np.ndarray,
    nodes: np.ndarray,
    floor: int,
) -> tuple[int, int]:
    """Join sorted finders and sorted places of the same skill in order; return hires, and moves among them.

    Both lists are sorted by skill, then priority. Who moves leaves a place that is vacant next month.
    """
    hires = 0
    moves = 0
    i = 0
    j = 0
    while i < finder.shape[0] and j < place_employer.shape[0]:
        r = finder[i]
        if skill[r] < place_skill[j]:
            i += 1
        elif skill[r] > place_skill[j]:
            j += 1
        else:
            e = place_employer[j]
            if employer[r] >= 0:
                n_residents[employer[r]] -= 1
                moves += 1
            employer[r] = e
            status[r] = EMPLOYED
            n_residents[e] += 1
            level = log_pay[e, skill[r]] + pay_effect[r]
            pay[r] = job_pay(level, nodes_log, nodes, floor * int(hours[r]))
            hires += 1
            i += 1
            j += 1
    return hires, moves
