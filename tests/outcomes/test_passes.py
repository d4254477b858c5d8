"""The pass over residents goes block by block: what it finds is what one at a time would find."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cwbsim.outcomes.passes import PAY_BINS, PAY_SHIFT, count_residents, find_rank
from cwbsim.world import EMPLOYED, INACTIVE, Q24, UNEMPLOYED

N_EMPLOYERS, N_SITES = 50, 40
FLOOR, LIVING_WAGE = 1_000, 1_345


def columns(n: int) -> dict[str, Any]:
    """Residents in a mix that repeats only after 3 x 7 x 11 x 13 rows: one in seven does not work."""
    i = np.arange(n)
    status = np.where(i % 7 == 3, np.where(i % 2 == 0, UNEMPLOYED, INACTIVE), EMPLOYED)
    return {
        "status": status.astype(np.int8),
        "skill": (i % 3).astype(np.int8),
        "employer": np.where(status == EMPLOYED, (i * i) % N_EMPLOYERS, -1).astype(np.int32),
        "pay": 60_000 + 7_919 * (i % 11) * (i % 13) + 2_000_000 * (i % 11 == 5),
        "hours": (60 + 10 * (i % 11)).astype(np.int16),
    }


def counted(index: float = 1.0, **people: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, int]:
    return count_residents(
        **people, n_employers=N_EMPLOYERS, n_sites=N_SITES, index=round(index * Q24), least=FLOOR,
        living_wage=LIVING_WAGE,
    )  # fmt: skip


@pytest.mark.parametrize("n", [0, 1, 1_023, 1_024, 1_025, 2_500])
@pytest.mark.parametrize("index", [0.75, 1.0, 1.5])
def test_blocks_of_residents_add_up_to_what_one_at_a_time_does(n: int, index: float) -> None:
    people = columns(n)
    status, skill, employer, pay, hours = (people[c] for c in ("status", "skill", "employer", "pay", "hours"))

    found, histogram, staff, at_living_wage, ghost = counted(index, **people)

    works = status == EMPLOYED
    # 0.75, 1 and 1.5 are whole numbers of quarters, so the floor of the product is a whole division
    gross = np.where(employer < N_SITES, pay * round(index * 4) // 4, pay)
    gross = np.maximum(gross, FLOOR * hours.astype(np.int64))
    bins = np.minimum(gross >> PAY_SHIFT, PAY_BINS - 1)[works]
    assert found.tolist() == [[int(((status == s) & (skill == k)).sum()) for k in range(3)] for s in range(3)]
    assert (histogram == np.bincount(bins, minlength=PAY_BINS)).all()
    assert (staff == np.bincount(employer[works], minlength=N_EMPLOYERS)).all()
    assert at_living_wage == int((works & (gross + 1 >= LIVING_WAGE * hours.astype(np.int64))).sum())
    assert ghost == -1
    if n > 100:
        assert histogram[PAY_BINS - 1] > 0  # pay above the last bin counts in it
        assert 0 < at_living_wage < works.sum()


@pytest.mark.parametrize("at", [0, 1_023, 1_024, 2_499])
@pytest.mark.parametrize(
    ("status", "employer"),
    [(EMPLOYED, -1), (EMPLOYED, N_EMPLOYERS), (UNEMPLOYED, 0), (INACTIVE, -2), (3, -1), (-1, -1)],
)
def test_the_first_resident_who_contradicts_himself_is_named(at: int, status: int, employer: int) -> None:
    people = columns(2_500)
    for row in (at, 2_499):
        people["status"][row], people["employer"][row] = status, employer

    assert counted(**people)[4] == at


def test_a_rank_is_found_in_the_bin_where_that_person_stands() -> None:
    histogram = np.array([0, 2, 0, 3], np.int32)

    # people 0 and 1 are in bin 1; 2, 3 and 4 in bin 3
    found = [find_rank(histogram, rank) for rank in (0.0, 1.9, 2.0, 4.0)]
    assert found == [(1, 0), (1, 0), (3, 2), (3, 2)]
