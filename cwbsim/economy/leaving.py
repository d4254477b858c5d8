"""Loops of leaving work: who leaves, who is laid off, what is then vacant. The order of rows decides nothing."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import bits, uniform, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.screening import BLOCK, list_flagged
from cwbsim.world import INACTIVE, UNEMPLOYED

__all__ = ["count_status", "incommuters_leave", "layoff_chances", "leave_work", "post_vacancies"]

_S57 = np.uint64(57)


@kernel
def count_status(status: np.ndarray) -> tuple[int, int, int]:
    """Count the employed, the unemployed and the inactive."""
    unemployed = 0
    inactive = 0
    for r in range(status.shape[0]):
        unemployed += status[r] == UNEMPLOYED
        inactive += status[r] == INACTIVE
    return status.shape[0] - unemployed - inactive, unemployed, inactive


@kernel
def layoff_chances(
    wanted: np.ndarray,
    n_residents: np.ndarray,
    n_wider: np.ndarray,
    n_outside: np.ndarray,
    is_open: np.ndarray,
    layoff_share: float,
    separation: float,
    layoff: np.ndarray,
    screen: np.ndarray,
) -> None:
    """Set the chance of being laid off: part of the excess over staff; all go where premises are vacant.

    Row e + 1 of ``screen`` is the number that the first seven bits of the draw of anyone who leaves stay below;
    row 0 is of those without work.
    """
    screen[0] = 0
    for e in range(wanted.shape[0]):
        staff = n_residents[e] + n_wider[e] + n_outside[e]
        layoff[e] = layoff_share * max(0, staff - wanted[e]) / max(1, staff)
        if e < is_open.shape[0] and not is_open[e]:
            layoff[e] = 1.0
        screen[e + 1] = int(np.ceil(128.0 * (separation + (1.0 - separation) * layoff[e])))


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
    screen: np.ndarray,
) -> tuple[int, int]:
    """Let residents leave work, for reasons of their own or laid off; return the number of each.

    One draw decides: the first part of the unit is leaving (its beginning for inactivity), the next layoff.
    """
    left = 0
    laid_off = 0
    flags = np.zeros(BLOCK, np.uint8)
    words = flags.view(np.uint64)
    rows = np.empty(BLOCK + 1, np.int64)
    for first in range(0, key.shape[0], BLOCK):
        keys, at = key[first : first + BLOCK], employer[first : first + BLOCK]
        for i in range(keys.shape[0]):
            flags[i] = bits(stream, keys[i]) >> _S57
        for i in range(keys.shape[0]):
            flags[i] = flags[i] < screen[np.uint64(at[i] + 1)]
        flags[keys.shape[0] :] = 0
        for j in range(list_flagged(flags, words, 0, rows, 0)):
            i = rows[j]
            e = at[i]
            u = uniform(stream, keys[i])
            if u < separation + (1.0 - separation) * layoff[e]:
                own_reasons = u < separation
                left += own_reasons
                laid_off += not own_reasons
                status[first + i] = INACTIVE if u < separation * to_inactivity else UNEMPLOYED
                n_residents[e] -= 1
                at[i] = -1
                pay[first + i] = 0
    return left, laid_off


@kernel
def incommuters_leave(
    stream: np.uint64, key: np.ndarray, count: np.ndarray, place: int, separation: float, layoff: np.ndarray
) -> int:
    """Let in-commuters of one place leave, by keyed stochastic rounding of their expected number."""
    gone = 0
    for e in range(layoff.shape[0]):  # no branches: where nobody commutes in, nobody leaves
        expected = count[e] * (separation + (1.0 - separation) * layoff[e])
        leaving = min(int(expected + uniform2(stream, key[e], np.uint64(place))), int(count[e]))
        count[e] -= leaving
        gone += leaving
    return gone


@kernel
def post_vacancies(
    wanted: np.ndarray, n_residents: np.ndarray, n_wider: np.ndarray, n_outside: np.ndarray, vacancies: np.ndarray
) -> int:
    """Post what is wanted beyond staff; return the sum."""
    posted = 0
    for e in range(wanted.shape[0]):
        open_posts = max(0, wanted[e] - n_residents[e] - n_wider[e] - n_outside[e])
        vacancies[e] = open_posts
        posted += open_posts
    return posted
