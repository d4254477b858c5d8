"""Pay as it is in force: what residents earn, lifted where they work on contracts that ask for the Real Living Wage.

Who of a firm's staff works on such a contract is drawn once for each resident, so that nobody's pay flickers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.world import Q24

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["pay_in_force"]


@kernel
def _lift(
    employer: np.ndarray, key: np.ndarray, hours: np.ndarray, covered: np.ndarray, n_sites: int, index: int,
    living_wage: int, s_staff: np.uint64, pay: np.ndarray,
) -> None:  # fmt: skip
    for r in range(employer.shape[0]):
        e = employer[r]
        if e >= 0 and covered[e] > 0.0 and uniform2(s_staff, key[r], np.uint64(0)) < covered[e]:
            due = living_wage * np.int64(hours[r])
            if e < n_sites:  # pay is kept before the index of the borough: rounded up, so that it reaches the wage
                due = ((due << 24) + index - 1) // index
            pay[r] = max(np.int64(pay[r]), due)


def pay_in_force(world: World) -> np.ndarray:
    """Return residents' pay before the wage index, (R,) int32, lifted where contracts ask for it.

    The column itself where none does.
    """
    if not world.employers.living_wage.any():
        return world.residents.pay
    r, out = world.residents, world.residents.pay.copy()
    _lift(
        r.employer, r.key, r.hours, world.employers.living_wage, world.firms.key.shape[0],
        round(world.market.wage_index * Q24), round(world.parameters.labour.real_living_wage * 100),
        stream(world.seed, "living_wage"), out,
    )  # fmt: skip
    return out
