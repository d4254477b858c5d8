"""Work and pay by where in the borough people live."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import outcome
from cwbsim.world import EMPLOYED


@kernel
def _count_by_ward(ward: np.ndarray, home: np.ndarray, status: np.ndarray, n_wards: int) -> np.ndarray:
    """Return the residents in work by the ward of their household, (W,) int64."""
    found = np.zeros(n_wards, np.int64)
    at, upto = ward[0] if ward.shape[0] else 0, np.int64(0)
    for i in range(status.shape[0]):  # neighbours follow each other: a ward is added up before it is put down
        w = ward[np.uint64(home[i])]
        if w != at:
            found[at] += upto
            at, upto = w, np.int64(0)
        upto += np.int64(status[i] == EMPLOYED)
    if status.shape[0]:
        found[at] += upto
    return found


@kernel
def _sum_by_ward(ward: np.ndarray, pence: np.ndarray, n_wards: int) -> np.ndarray:
    """Return the sum of an amount of each household by ward, (W,) int64 pence."""
    found = np.zeros(n_wards, np.int64)
    at, upto = ward[0] if ward.shape[0] else 0, np.int64(0)
    for i in range(ward.shape[0]):
        if ward[i] != at:
            found[at] += upto
            at, upto = ward[i], np.int64(0)
        upto += pence[i]
    if ward.shape[0]:
        found[at] += upto
    return found


@outcome("people", "stock", by="ward")
def residents_in_work_by_ward(now: Reading) -> np.ndarray:
    """Residents who have a job, in the borough or elsewhere, by the ward they live in."""
    world = now.world
    n = len(world.fixed.ward_names)
    counts = _count_by_ward(world.households.ward, world.residents.household, world.residents.status, n)
    return np.asarray(counts / world.scale, np.float64)


@outcome("£", "flow")
def take_home_pay(now: Reading) -> float:
    """Pay of residents after tax and National Insurance."""
    return now.pounds(now.world.households.earnings.sum())


@outcome("£", "flow", by="ward")
def take_home_pay_by_ward(now: Reading) -> np.ndarray:
    """Pay of residents after tax and National Insurance, by the ward they live in."""
    world = now.world
    households = world.households
    return now.pounds_each(_sum_by_ward(households.ward, households.earnings, len(world.fixed.ward_names)))
