"""One pass over the rows of a population each; sums are of integers, so the order of rows cannot show."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import EMPLOYED, Q24, SECTIONS

__all__ = [
    "FINE", "N_SECTIONS", "PAY_BINS", "PAY_SHIFT", "count_residents", "ratio", "ratios", "sum_by",
    "sum_firms", "sum_households", "sum_staff", "weighted",
]  # fmt: skip

N_SECTIONS, N_SIZES = len(SECTIONS), 8
PAY_SHIFT = 7  # bins of 128 pence a month: quantiles of pay are exact to £15.36 a year
PAY_BINS = 16_000  # up to £20,480 a month; higher pay counts in the last bin
FINE = 1 << 20  # of shares and prices when they weigh pence


@kernel
def sum_by(group: np.ndarray, values: np.ndarray, n: int) -> np.ndarray:
    """Return the int64 sum of ``values`` in each of n groups; rows of a negative group are left out."""
    out = np.zeros(n, np.int64)
    for i in range(group.shape[0]):
        if group[i] >= 0:
            out[group[i]] += values[i]
    return out


@kernel
def count_residents(
    status: np.ndarray,
    skill: np.ndarray,
    employer: np.ndarray,
    pay: np.ndarray,
    hours: np.ndarray,
    n_sites: int,
    index: int,
    least: int,
    living_wage: int,
) -> tuple[np.ndarray, np.ndarray, int]:
    """Residents by (status, skill), a histogram of pay, how many are paid the living wage an hour.

    Pay is worked out as on pay day: firms pay the wage index of the borough, nobody less than the floor.
    """
    counts = np.zeros(9, np.int64)
    histogram = np.zeros(PAY_BINS, np.int64)
    at_living_wage = 0
    for i in range(status.shape[0]):
        counts[np.uint64(3 * np.int64(status[i]) + skill[i])] += 1
        # Nothing below branches: whether someone works is as good as random to a processor.
        works = np.int64(status[i] == EMPLOYED)
        worked = np.int64(hours[i])
        gross = (pay[i] * (index if employer[i] < n_sites else Q24)) >> 24
        gross = max(gross, least * worked)
        histogram[np.uint64(min(gross >> PAY_SHIFT, PAY_BINS - 1))] += works
        # a penny of room: pay is kept before the index and rounded there
        at_living_wage += int(works) & int(gross + 1 >= living_wage * worked)
    return counts.reshape(3, 3), histogram, at_living_wage


@kernel
def sum_households(
    decile: np.ndarray, cash: np.ndarray, consumption: np.ndarray, housing: np.ndarray
) -> tuple[np.ndarray, int]:
    """Savings, consumption and housing costs by decile, and how many households are overdrawn."""
    out = np.zeros((3, 10), np.int64)
    overdrawn = 0
    for i in range(decile.shape[0]):
        d = decile[i]
        out[0, d] += cash[i]
        out[1, d] += consumption[i]
        out[2, d] += housing[i]
        if cash[i] < 0:
            overdrawn += 1
    return out, overdrawn


@kernel
def sum_firms(
    section: np.ndarray,
    size: np.ndarray,
    is_open: np.ndarray,
    usual: np.ndarray,
    price: np.ndarray,
    to_anchors: np.ndarray,
    to_households: np.ndarray,
    to_firms: np.ndarray,
    beyond: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Output by section, open firms by size, usual output of open firms, and the same times price."""
    output, number = np.zeros(N_SECTIONS, np.int64), np.zeros(N_SIZES, np.int64)
    weight, priced = 0, 0
    for i in range(section.shape[0]):
        output[section[i]] += to_anchors[i] + to_households[i] + to_firms[i] + beyond[i]
        if is_open[i]:
            number[size[i]] += 1
            weight += usual[i]
            priced += usual[i] * np.int64(price[i] * FINE + 0.5)
    return output, number, weight, priced


@kernel
def sum_staff(
    section: np.ndarray, residents: np.ndarray, wider: np.ndarray, outside: np.ndarray, n: int
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Staff by section of the first n, residents by section of the others; all staff, residents of the n."""
    first, others = np.zeros(N_SECTIONS, np.int64), np.zeros(N_SECTIONS, np.int64)
    staff, here = 0, 0
    for i in range(section.shape[0]):
        if i < n:
            number = np.int64(residents[i]) + wider[i] + outside[i]
            first[section[i]] += number
            staff += number
            here += residents[i]
        elif section[i] >= 0:
            others[section[i]] += residents[i]
    return first, others, staff, here


def ratio(part: float, whole: float) -> float:
    """Return part / whole, not a number where there is nothing to take a share of."""
    return part / whole if whole else float("nan")


def ratios(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return ``ratio`` of each pair."""
    return np.asarray(np.divide(part, whole, out=np.full(whole.shape, np.nan), where=whole != 0))


def weighted(pence: np.ndarray, values: np.ndarray) -> float:
    """Return the sum of pence x value, in pence; values are taken to the nearest millionth or so."""
    return int((pence * np.rint(values * FINE).astype(np.int64)).sum()) / FINE
