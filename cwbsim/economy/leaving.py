"""Loops of leaving work: who leaves, who is laid off, what is then vacant. The order of rows decides nothing."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import bits
from cwbsim.compiled import kernel
from cwbsim.economy.screening import BLOCK, list_flagged, with_first_byte
from cwbsim.world import INACTIVE, UNEMPLOYED

__all__ = ["count_status", "incommuters_leave", "layoff_chances", "leave_work", "post_vacancies"]

_HALF, _LOW = np.uint64(32), np.uint64(0xFFFFFFFF)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53
_TO_32 = 1.0 / 4294967296.0  # 2**-32


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
    first_byte: np.ndarray,
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

    One draw decides: the first part of the unit is leaving (its beginning for inactivity), the next layoff. Its
    first byte says of nearly everyone that they stay.
    """
    left = 0
    laid_off = 0
    flags = np.zeros(BLOCK, np.uint8)
    words = flags.view(np.uint64)
    rows = np.empty(BLOCK + 1, np.int64)
    for first in range(0, key.shape[0], BLOCK):
        byte, at = first_byte[first : first + BLOCK], employer[first : first + BLOCK]
        for i in range(at.shape[0]):
            flags[i] = (byte[i] >> 1) < screen[np.uint64(at[i] + 1)]
        flags[at.shape[0] :] = 0
        for j in range(list_flagged(flags, words, 0, rows, 0)):
            i = rows[j]
            e = at[i]
            u = np.float64(with_first_byte(byte[i], stream, key[first + i])) * _TO_UNIT
            if u < separation + (1.0 - separation) * layoff[e]:
                own_reasons = int(u < separation)
                left += own_reasons
                laid_off += 1 - own_reasons
                status[first + i] = INACTIVE if u < separation * to_inactivity else UNEMPLOYED
                n_residents[e] -= 1
                at[i] = -1
                pay[first + i] = 0
    return left, laid_off


@kernel
def incommuters_leave(
    stream: np.uint64, key: np.ndarray, n_wider: np.ndarray, n_outside: np.ndarray, separation: float,
    layoff: np.ndarray,
) -> None:  # fmt: skip
    """Let in-commuters leave, by keyed stochastic rounding of their expected number: half a draw a place."""
    for e in range(layoff.shape[0]):  # no branches: where nobody commutes in, nobody leaves
        chance = separation + (1.0 - separation) * layoff[e]
        word = bits(stream, key[e])
        one = np.float64(np.int64(word >> _HALF)) * _TO_32
        other = np.float64(np.int64(word & _LOW)) * _TO_32
        n_wider[e] -= min(int(n_wider[e] * chance + one), int(n_wider[e]))
        n_outside[e] -= min(int(n_outside[e] * chance + other), int(n_outside[e]))


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
