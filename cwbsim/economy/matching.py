"""Loops of finding work: decisions are keyed draws, and the order of rows decides nothing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cwbsim.chance import bits, bits2, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.screening import BLOCK, list_flagged, with_first_byte
from cwbsim.world import EMPLOYED, INACTIVE, UNEMPLOYED

__all__ = ["job_pay"]

_S11, _S45, _ONE = np.uint64(11), np.uint64(45), np.uint64(1)


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
        # Nodes are even or nearly: begin where even ones would have it.
        low = int((level - nodes_log[0]) / (nodes_log[last] - nodes_log[0]) * last)
        while nodes_log[low] > level:
            low -= 1
        while nodes_log[low + 1] <= level:
            low += 1
        part = (level - nodes_log[low]) / (nodes_log[low + 1] - nodes_log[low])
        pay = nodes[low] + part * (nodes[low + 1] - nodes[low])
    return max(int(np.floor(pay + 0.5)), least)


@kernel
def drift_of_the_jobless(drift: np.uint64, key: np.ndarray, status: np.ndarray, limit: np.ndarray) -> np.ndarray:
    """Let the unemployed give up the search and the inactive take it up; count by status.

    The chances by status are limits of a draw, see :func:`cwbsim.economy.screening.draw_limit`.
    """
    jobless = 0
    inactive = 0
    rows = np.empty(BLOCK + 1, np.int64)
    for first in range(0, key.shape[0], BLOCK):
        keys, now = key[first : first + BLOCK], status[first : first + BLOCK]
        n = 0
        for i in range(keys.shape[0]):
            rows[n] = i
            n += now[i] != EMPLOYED
        jobless += n
        for j in range(n):
            i = rows[j]
            was = np.int64(now[i])
            drifts = np.int64((bits(drift, keys[i]) >> _S11) < limit[was])
            becomes = was + drifts * (UNEMPLOYED + INACTIVE - 2 * was)
            now[i] = becomes
            inactive += becomes == INACTIVE
    return np.array([key.shape[0] - jobless, jobless - inactive, inactive])


@kernel
def hire_incommuters(
    stream: np.uint64,
    key: np.ndarray,
    vacancies: np.ndarray,
    chance_wider: float,
    chance_outside: float,
    local_hiring: np.ndarray,
    n_here: int,
    n_wider: np.ndarray,
    n_outside: np.ndarray,
    place_employer: np.ndarray,
    place_slot: np.ndarray,
) -> int:
    """Offer each vacancy here to in-commuters first; list the places that stay open, return how many."""
    left = 0
    for e in range(vacancies.shape[0]):
        for slot in range(vacancies[e]):
            if e < n_here:
                open_to_all = 1.0 - local_hiring[e] if e < local_hiring.shape[0] else 1.0
                u = uniform2(stream, key[e], np.uint64(slot))
                if u < chance_wider * open_to_all:
                    n_wider[e] += 1
                    continue
                if u < chance_wider * open_to_all + chance_outside * open_to_all:
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
    log_pay: np.ndarray,
    place_employer: np.ndarray,
    place_slot: np.ndarray,
    place_skill: np.ndarray,
    place_level: np.ndarray,
    place_rank: np.ndarray,
) -> None:
    """Draw the skill band and the priority of each open place, keyed by employer and slot; look up its pay."""
    last = cumulative_mix.shape[0] - 1
    for j in range(place_employer.shape[0]):
        e = place_employer[j]
        slot = np.uint64(place_slot[j])
        mix = section[e] if section[e] >= 0 else last
        u = uniform2(stream, key[e], slot << np.uint64(1))
        skill = np.int8(u >= cumulative_mix[mix, 0]) + np.int8(u >= cumulative_mix[mix, 1])
        place_skill[j] = skill
        place_level[j] = log_pay[e, skill]
        place_rank[j] = bits2(stream, key[e], (slot << np.uint64(1)) + np.uint64(1))


@kernel
def find_work(
    search: np.uint64,
    key: np.ndarray,
    status: np.ndarray,
    first_byte: np.ndarray,
    limit: np.ndarray,
    finder: np.ndarray,
) -> int:
    """List the residents who find a place this month, in row order; return how many.

    The chances by status are limits of a draw, see :func:`cwbsim.economy.screening.draw_limit`. The first byte
    of the draw, see :func:`cwbsim.economy.screening.first_bytes`, says of nearly everyone that they do not.
    """
    n = 0
    flags = np.zeros(BLOCK, np.uint8)
    words = flags.view(np.uint64)
    byte_limit = limit >> _S45
    employed, unemployed, inactive = byte_limit[EMPLOYED], byte_limit[UNEMPLOYED], byte_limit[INACTIVE]
    for first in range(0, key.shape[0], BLOCK):
        byte, now = first_byte[first : first + BLOCK], status[first : first + BLOCK]
        for i in range(byte.shape[0]):
            up_to = employed if now[i] == EMPLOYED else (unemployed if now[i] == UNEMPLOYED else inactive)
            flags[i] = byte[i] <= up_to
        flags[byte.shape[0] :] = 0
        n = list_flagged(flags, words, first, finder, n)
    found = 0
    for i in range(n):
        r = finder[i]
        finder[found] = r
        found += with_first_byte(first_byte[r], search, key[r]) < limit[status[r]]
    return found


@kernel
def cumulative_skills(skill_mix: np.ndarray, residents: np.ndarray) -> np.ndarray:
    """Return the running share of skills in the jobs of each section, and of residents in the last row, (S+1, 3)."""
    n = skill_mix.shape[0]
    out = np.empty((n + 1, 3))
    everyone = residents[0] + residents[1] + residents[2]
    for s in range(n + 1):
        upto = 0.0
        for k in range(3):
            upto += skill_mix[s, k] if s < n else residents[k] / everyone
            out[s, k] = upto
    return out


@kernel
def rank_finders(order: np.uint64, key: np.ndarray, finder: np.ndarray, rank: np.ndarray) -> None:
    """Draw the priority of those who find a place."""
    for i in range(finder.shape[0]):
        rank[i] = bits(order, key[finder[i]])


def in_order(skill: np.ndarray, rank: np.ndarray, ties: Callable[[], tuple[np.ndarray, ...]]) -> np.ndarray:
    """Return the rows sorted by skill, then rank, then the columns that break ties; shape (n,).

    Two ranks alike are not to be expected in a lifetime of runs; if there are, the other columns decide.
    """
    order, is_tied = _sorted(skill, rank)
    return np.lexsort((*reversed(ties()), rank, skill)) if is_tied else order


@kernel
def _sorted(skill: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, bool]:
    """Return rows by skill, then rank, and whether two are alike: dealt out by rank, then put in order nearby.

    Ranks are uniform, so a row is dealt out about where it belongs.
    """
    n = skill.shape[0]
    n_bits = 0
    while n_bits < 24 and (n >> n_bits) > 1:
        n_bits += 1
    n_cells, shift = 1 << n_bits, np.uint64(63 - n_bits)
    begin = np.zeros(3 * n_cells + 2, np.int64)
    cell = np.empty(n, np.int64)
    for i in range(n):
        cell[i] = np.int64(skill[i]) * n_cells + np.int64((rank[i] >> _ONE) >> shift)
        begin[cell[i] + 1] += 1
    for c in range(3 * n_cells):
        begin[c + 1] += begin[c]
    order, is_tied = np.empty(n, np.int64), False
    end = begin[: 3 * n_cells].copy()
    for i in range(n):
        c = cell[i]
        at = end[c]
        end[c] += 1
        while at > begin[c] and rank[order[at - 1]] >= rank[i]:
            is_tied |= rank[order[at - 1]] == rank[i]
            order[at] = order[at - 1]
            at -= 1
        order[at] = i
    return order, is_tied


@kernel
def join(
    finders: np.ndarray, skill: np.ndarray, places: np.ndarray, place_skill: np.ndarray, place_of: np.ndarray
) -> int:
    """Give the sorted finders the sorted places of the same skill, in order; return how many get one.

    ``finders`` and ``places`` sort by skill, then priority; ``place_of`` is the place of each finder, -1 none.
    """
    place_of[:] = -1
    hires = 0
    i = 0
    j = 0
    while i < finders.shape[0] and j < places.shape[0]:
        a, b = finders[i], places[j]
        match = skill[a] == place_skill[b]
        place_of[a] = b if match else -1
        hires += match
        j += skill[a] >= place_skill[b]
        i += skill[a] <= place_skill[b]
    return hires


@kernel
def start_work(
    finder: np.ndarray,
    place_of: np.ndarray,
    place_employer: np.ndarray,
    place_level: np.ndarray,
    status: np.ndarray,
    employer: np.ndarray,
    pay: np.ndarray,
    pay_effect: np.ndarray,
    hours: np.ndarray,
    n_residents: np.ndarray,
    nodes_log: np.ndarray,
    nodes: np.ndarray,
    floor: int,
) -> int:
    """Let those who got a place start there; return how many move. Who moves leaves a place vacant."""
    n = finder.shape[0]
    left, effect = np.empty(n, np.int64), np.empty(n)
    least, gross = np.empty(n, np.int64), np.empty(n, np.int64)
    # Far-apart rows are read and written in loops of nothing else, so that the waits for memory overlap.
    for i in range(n):
        left[i], effect[i], least[i] = employer[finder[i]], pay_effect[finder[i]], floor * np.int64(hours[finder[i]])
    moves = 0
    for i in range(n):
        if place_of[i] >= 0:
            if left[i] >= 0:
                n_residents[left[i]] -= 1
                moves += 1
            n_residents[place_employer[place_of[i]]] += 1
            gross[i] = job_pay(place_level[place_of[i]] + effect[i], nodes_log, nodes, least[i])
    for i in range(n):
        if place_of[i] >= 0:
            employer[finder[i]] = place_employer[place_of[i]]
            status[finder[i]] = EMPLOYED
            pay[finder[i]] = gross[i]
    return moves


@kernel
def take_over(
    people: np.ndarray, employer: np.ndarray, household: np.ndarray, size_class: np.ndarray, owner: np.ndarray
) -> None:
    """Make people who work on own account the owners of their firms."""
    for i in range(people.shape[0]):
        job = employer[people[i]]
        if 0 <= job < size_class.shape[0] and size_class[job] == 0:
            owner[job] = household[people[i]]
