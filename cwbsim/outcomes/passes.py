"""One pass over the rows of a population each; sums are of integers, so the order of rows cannot show.

A month is closed in about the time its columns take to read, so each is read once: the passes also make the
sums that the check of the books and of heads compare.
"""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import EMPLOYED, INACTIVE, Q24, SECTIONS, UNEMPLOYED

__all__ = [
    "FINE", "N_SECTIONS", "N_SIZES", "PAY_BINS", "PAY_SHIFT", "count_residents", "find_rank", "ratio", "ratios",
    "sum_by", "sum_employers", "sum_households", "sum_sites",
]  # fmt: skip

N_SECTIONS, N_SIZES = len(SECTIONS), 8
PAY_SHIFT = 7  # bins of 128 pence a month: quantiles of pay are exact to £15.36 a year
PAY_BINS = 16_000  # up to £20,480 a month; higher pay counts in the last bin
FINE = 1 << 20  # of shares and prices when they weigh pence
_BLOCK = 1 << 10  # residents at a time: few enough for a packed count, and to stay in the nearest cache
_FIELD = 20  # bits of a packed count, one field for each skill


@kernel
def sum_by(group: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Return the int64 sum of ``values`` in each of n groups; rows of a negative group are left out."""
    out = np.zeros(n, np.int64)
    for i in range(group.shape[0]):
        if group[i] >= 0:
            out[group[i]] += values[i]
    return out


@kernel
def _check_block(status: np.ndarray, employer: np.ndarray, n_employers: int) -> int:
    """Return the first resident of a block whose status and employer contradict each other, -1 if none."""
    wrong = np.int64(0)
    for i in range(status.shape[0]):
        s, e = status[i], employer[i]
        works = s == EMPLOYED
        known = (s >= 0) & (s <= INACTIVE) & (e >= -1) & (e < n_employers) & ((e >= 0) == works)
        wrong += 1 - np.int64(known)
    if wrong == 0:
        return -1
    for i in range(status.shape[0]):
        s, e = status[i], employer[i]
        if s < 0 or s > INACTIVE or e < -1 or e >= n_employers or (e >= 0) != (s == EMPLOYED):
            return i
    return -1


@kernel
def _count_block(status: np.ndarray, skill: np.ndarray, people: np.ndarray) -> None:
    """Add a block's residents to (3, 3) counts by status and skill: the three skills in one sum."""
    everyone, in_work, looking = np.int64(0), np.int64(0), np.int64(0)
    for i in range(status.shape[0]):
        one = np.int64(1) << (_FIELD * np.int64(skill[i]))
        everyone += one
        in_work += one if status[i] == EMPLOYED else 0
        looking += one if status[i] == UNEMPLOYED else 0
    for k in range(3):
        people[EMPLOYED, k] += (in_work >> (_FIELD * k)) & ((1 << _FIELD) - 1)
        people[UNEMPLOYED, k] += (looking >> (_FIELD * k)) & ((1 << _FIELD) - 1)
        people[INACTIVE, k] += ((everyone - in_work - looking) >> (_FIELD * k)) & ((1 << _FIELD) - 1)


@kernel
def _pay_block(
    status: np.ndarray, employer: np.ndarray, pay: np.ndarray, hours: np.ndarray, n_sites: int, index: int,
    least: int, living_wage: int, bins: np.ndarray,
) -> int:  # fmt: skip
    """Write each resident's bin of pay (the one past the last without work); count the living wage."""
    at_living_wage = np.int64(0)
    for i in range(status.shape[0]):
        works = status[i] == EMPLOYED
        worked = np.int64(hours[i])
        gross = (np.int64(pay[i]) * (index if employer[i] < n_sites else Q24)) >> 24
        gross = max(gross, least * worked)
        bins[i] = min(gross >> PAY_SHIFT, PAY_BINS - 1) if works else PAY_BINS
        # a penny of room: pay is kept before the index and rounded there
        at_living_wage += np.int64(works) & np.int64(gross + 1 >= living_wage * worked)
    return int(at_living_wage)


@kernel
def count_residents(
    status: np.ndarray,
    skill: np.ndarray,
    employer: np.ndarray,
    pay: np.ndarray,
    hours: np.ndarray,
    n_employers: int,
    n_sites: int,
    index: int,
    least: int,
    living_wage: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, int]:
    """Residents by (status, skill), a histogram of pay, residents by employer, how many have the living wage.

    Last comes the first resident whose status and employer contradict each other (nothing else counts then),
    -1 if there is none. Pay is worked out as on pay day: firms pay the wage index of the borough, nobody less
    than the floor. Loops over a block do what a processor does to many rows at once; only what is scattered
    by pay and employer goes row by row.
    """
    people = np.zeros((3, 3), np.int64)
    histogram = np.zeros(PAY_BINS + 1, np.int32)
    staff = np.zeros(n_employers + 1, np.int32)  # of employer e in e + 1: -1, none, comes first
    bins = np.empty(_BLOCK, np.int32)
    at_living_wage = 0
    for start in range(0, status.shape[0], _BLOCK):
        end = min(start + _BLOCK, status.shape[0])
        s, e = status[start:end], employer[start:end]
        ghost = _check_block(s, e, n_employers)
        if ghost >= 0:
            return people, histogram[:PAY_BINS], staff[1:], at_living_wage, start + ghost
        _count_block(s, skill[start:end], people)
        at_living_wage += _pay_block(
            s, e, pay[start:end], hours[start:end], n_sites, index, least, living_wage, bins
        )
        for i in range(end - start):
            staff[np.uint64(np.int64(e[i]) + 1)] += 1
            histogram[np.uint64(bins[i])] += 1
    return people, histogram[:PAY_BINS], staff[1:], at_living_wage, -1


@kernel
def find_rank(histogram: np.ndarray, rank: float) -> tuple[int, int]:
    """Return the bin of who stands at a rank, counted from nil, and how many stand in the bins before it."""
    before = np.int64(0)
    for b in range(histogram.shape[0]):
        if before + histogram[b] > rank:
            return b, int(before)
        before += histogram[b]
    return histogram.shape[0] - 1, int(before)


@kernel
def sum_households(
    decile: np.ndarray, savings: np.ndarray, income: np.ndarray, consumption: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int]:
    """Money of both purses by decile, consumption by decile, and how many households are overdrawn."""
    held, consumed = np.zeros(10, np.int64), np.zeros(10, np.int64)
    overdrawn = np.int64(0)
    for i in range(decile.shape[0]):
        d = np.uint64(decile[i])
        money = savings[i] + income[i]
        held[d] += money
        consumed[d] += consumption[i]
        overdrawn += np.int64(money < 0)
    return held, consumed, int(overdrawn)


@kernel
def sum_sites(
    section: np.ndarray, size: np.ndarray, is_open: np.ndarray, usual: np.ndarray, price: np.ndarray,
    to_anchors: np.ndarray, to_households: np.ndarray, to_firms: np.ndarray, beyond: np.ndarray,
    unmet: np.ndarray, cash: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Output by section; open firms by size; usual output of open firms, that times price, unmet, cash."""
    output, number = np.zeros(N_SECTIONS, np.int64), np.zeros(N_SIZES, np.int64)
    weight, priced, passed_on, money = 0, 0, 0, 0
    for i in range(section.shape[0]):
        # Nothing branches: which premises are vacant is as good as random to a processor.
        output[np.uint64(section[i])] += to_anchors[i] + to_households[i] + to_firms[i] + beyond[i]
        trades = np.int64(is_open[i])
        number[np.uint64(size[i])] += trades
        weight += usual[i] * trades
        priced += usual[i] * trades * np.int64(price[i] * FINE + 0.5)
        passed_on += unmet[i]
        money += cash[i]
    return output, number, np.array([weight, priced, passed_on, money], np.int64)


@kernel
def sum_employers(
    section: np.ndarray, residents: np.ndarray, wider: np.ndarray, outside: np.ndarray, vacancies: np.ndarray,
    counted: np.ndarray, n_sites: int, n_here: int,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Staff by section of sites and of anchors, and residents by section of the on-site rows, (3, S).

    Then all staff and residents of sites and anchors (the first ``n_here`` rows), vacancies in the borough,
    and how many employers do not have the residents that were counted as their staff.
    """
    by_section = np.zeros((3, N_SECTIONS), np.int64)
    staff, here, posted, wrong = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
    for i in range(n_here):
        number = np.int64(residents[i]) + wider[i] + outside[i]
        by_section[0 if i < n_sites else 1, np.uint64(section[i])] += number
        staff += number
        here += residents[i]
        posted += vacancies[i]
        wrong += np.int64(residents[i] != counted[i])
    for i in range(n_here, section.shape[0]):
        wrong += np.int64(residents[i] != counted[i])
        if section[i] >= 0:
            by_section[2, section[i]] += residents[i]
            posted += vacancies[i]
    return by_section, np.array([staff, here, posted, wrong], np.int64)


def ratio(part: float, whole: float) -> float:
    """Return part / whole, not a number where there is nothing to take a share of."""
    return part / whole if whole else float("nan")


def ratios(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return ``ratio`` of each pair."""
    out = np.full(whole.shape, np.nan)
    return np.asarray(np.divide(part, whole, out=out, where=whole != 0))
