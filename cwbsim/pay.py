"""Pay as it is in force: what residents earn, lifted where they work on contracts that ask for the Real Living Wage.

Who of a firm's staff works on such a contract is drawn once for each resident, so that nobody's pay flickers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.compiled import kernel
from cwbsim.world import Q24

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["pay_in_force"]


@kernel
def _lift(
    employer: np.ndarray, lot: np.ndarray, hours: np.ndarray, covered: np.ndarray, n_sites: int, index: int,
    living_wage: int, pay: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write pay, lifted where the lot of a resident, drawn once, falls among the staff of such contracts."""
    share = np.zeros(covered.shape[0] + 1)  # of employer e in e + 1: nil of those without
    share[1:] = covered
    rows, n = np.empty(employer.shape[0] + 1, np.int32), 0
    for r in range(employer.shape[0]):  # without a branch: who is covered comes in no order
        out[r] = pay[r]
        rows[n] = r
        n += lot[r] < share[np.uint64(employer[r] + 1)]
    for r in rows[:n]:
        due = living_wage * np.int64(hours[r])
        if employer[r] < n_sites:  # pay is kept before the index of the borough: rounded up, so that it reaches the wage
            due = ((due << 24) + index - 1) // index
        out[r] = max(np.int64(pay[r]), due)


def pay_in_force(world: World) -> np.ndarray:
    """Return residents' pay before the wage index, (R,) int32, lifted where contracts ask for it.

    The column itself where none does.
    """
    if not world.employers.living_wage.any():
        return world.residents.pay
    r, out = world.residents, np.empty_like(world.residents.pay)
    lot = world.kept("staff_lots", (r.key, world.seed), lambda: draw_many(stream(world.seed, "living_wage"), r.key))
    _lift(
        r.employer, lot, r.hours, world.employers.living_wage, world.firms.key.shape[0],
        round(world.market.wage_index * Q24), round(world.parameters.labour.real_living_wage * 100), r.pay, out,
    )  # fmt: skip
    return out
