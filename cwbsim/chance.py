"""Stateless keyed chance: every draw is a function of (seed, process, month, key, k) and of nothing else.

A policy cannot change anyone else's luck, whatever rows it adds, because no draw depends on how many were
made before. The generator is SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
generators", OOPSLA 2014) read at random places: draw n of seed z is mix64(z + n * GOLDEN), so any draw is
one addition, one multiplication and one mixing. Its known-answer test is in tests/test_chance.py.

A *stream* is the seed of one process in one month; a *key* is a lineage (a household, a site, a need and its
renewal), never a row.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from cwbsim.compiled import kernel, wrapping

__all__ = [
    "GROUP_OF", "PROCESS", "bits", "bits2", "draw_many", "gumbel", "mix64", "normal", "screened_groups", "stream",
    "uniform", "uniform2",
]  # fmt: skip

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1 = np.uint64(0xBF58476D1CE4E5B9)
_M2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53

#: One number a process; numbers are never reused or renumbered, or old results could not be replayed.
PROCESS: dict[str, int] = {
    name: number
    for number, name in enumerate(
        (
            "household_key", "household_traits", "resident_key", "resident_traits", "site_key", "site_size",
            "site_traits", "firm_age", "owner", "landlord", "pool_key", "pool_traits",
            "need_key", "need_traits", "need_term", "initial_supplier", "initial_link", "initial_staff",
            "awareness", "bid_cost_draw", "quality_draw", "tie_break", "initial_tender",
            "quit", "search", "vacancy_pick", "incommuter", "rounding", "transfer", "separation",
            "rechoose", "pick_category", "pick_supplier", "relink", "exit", "entry",
            "entrant_traits", "readiness", "inactivity", "delivery", "employment",
            "renew_link", "take_up", "leave_closed_shop", "leave_closed_supplier",
            "separation_bytes", "search_bytes", "renew_link_bytes",
            "living_wage", "insource", "conversion", "lending",
            "borough", "partner",
        ),
        start=1,
    )
}  # fmt: skip


@kernel
def mix64(z: np.uint64) -> np.uint64:
    """Mix 64 bits: the output function of SplitMix64."""
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@kernel
def bits(stream: np.uint64, key: np.uint64) -> np.uint64:
    """Return 64 random bits of a key in a stream."""
    return mix64(stream + (key + np.uint64(1)) * GOLDEN)


@kernel
def bits2(stream: np.uint64, key: np.uint64, k: np.uint64) -> np.uint64:
    """Return 64 random bits of draw k (or of a second key) of a key in a stream."""
    return mix64(mix64(stream + (key + np.uint64(1)) * GOLDEN) + (k + np.uint64(1)) * GOLDEN)


@kernel
def uniform(stream: np.uint64, key: np.uint64) -> float:
    """Return a draw in [0, 1) of a key."""
    return np.float64(bits(stream, key) >> _S11) * _TO_UNIT


@kernel
def uniform2(stream: np.uint64, key: np.uint64, k: np.uint64) -> float:
    """Return draw k, in [0, 1), of a key; k may be a second key (the pair of a need and a firm)."""
    return np.float64(bits2(stream, key, k) >> _S11) * _TO_UNIT


_GROUPS = np.uint64(0x84210842108421)  # the lowest bit of each of twelve groups of five bits
_ONE, _TWO, _FOUR = np.uint64(1), np.uint64(2), np.uint64(4)

#: Number of the group whose lowest bit alone is set, by that bit modulo 13.
GROUP_OF = np.zeros(13, np.int64)
GROUP_OF[[pow(2, 5 * k, 13) for k in range(12)]] = np.arange(12)


@kernel
def screened_groups(word: np.uint64) -> np.uint64:
    """Return which of the twelve groups of five bits of a draw are nought, by the lowest bit of each.

    One draw so screens twelve rare events, a thirty-second of them each; a second draw of those makes their
    chance exact.
    """
    some = word | (word >> _ONE)
    some = some | (some >> _TWO) | (word >> _FOUR)
    return ~some & _GROUPS


@kernel
def normal(u1: float, u2: float) -> float:
    """Return a standard normal deviate from two uniforms (Box and Muller 1958)."""
    return math.sqrt(-2.0 * math.log(1.0 - u1)) * math.cos(2.0 * math.pi * u2)


@kernel
def gumbel(u: float) -> float:
    """Return a standard Gumbel deviate of one uniform; the largest of v_i + gumbel_i is a logit choice."""
    return -math.log(-math.log((u + 1e-16) * (1.0 - 2e-16)))


_WORD = (1 << 64) - 1


@kernel
def _write_streams(seed: np.uint64, month: np.uint64, out: np.ndarray) -> None:
    for i in range(out.shape[0]):
        out[i] = bits(bits(bits(seed, np.uint64(i)), month), np.uint64(0))


@lru_cache(maxsize=64)
def _streams(seed: int, month: int) -> np.ndarray:
    """Return the streams of all processes in a month, by number: drawn together, for each is asked for once."""
    out = np.empty(len(PROCESS) + 1, np.uint64)
    with wrapping():
        _write_streams(np.uint64(int(seed) & _WORD), np.uint64(int(month) & _WORD), out)
    return out


def stream(seed: int, process: str, month: int = 0) -> np.uint64:
    """Return the stream of one process in one month.

    Parameters
    ----------
    seed : int
        Seed of the run, 0 to 2**63 - 1.
    process : str
        A name in ``PROCESS``.
    month : int
        Month of the run (0 is the starting world).

    Raises
    ------
    KeyError
        If the process has no number.
    """
    drawn: np.uint64 = _streams(seed, month)[PROCESS[process]]
    return drawn


@kernel
def _fill(stream: np.uint64, keys: np.ndarray, k: np.uint64, out: np.ndarray) -> None:
    for i in range(keys.shape[0]):
        out[i] = uniform2(stream, keys[i], k)


def draw_many(stream: np.uint64, keys: np.ndarray, k: int = 0) -> np.ndarray:
    """Return one uniform draw in [0, 1) for each key.

    Parameters
    ----------
    stream : np.uint64
        From :func:`stream`.
    keys : ndarray of uint64, shape (n,)
        Stable keys, not rows.
    k : int
        Which of a key's draws.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    out = np.empty(keys.shape[0], dtype=np.float64)
    with wrapping():
        _fill(stream, keys, np.uint64(k), out)
    return out
