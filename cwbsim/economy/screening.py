"""Screening of many by few: nearly nobody does a rare thing, so loops look first at who may.

Draws are made in a block that the processor can take several at a time and leave a flag each; only the flagged
are looked at one by one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.chance import bits, stream
from cwbsim.compiled import kernel, wrapping

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["BLOCK", "draw_limit", "first_bytes", "list_flagged", "with_first_byte"]

MONTHS = 8  # whose first bytes one draw gives
_SAMPLE = 256
_S8, _S19, _S45 = np.uint64(8), np.uint64(19), np.uint64(45)

BLOCK = 1024  # rows screened at a time: a whole number of eights, and small enough for the first cache


def draw_limit(chance: np.ndarray) -> np.ndarray:
    """Return the 53-bit number a draw must stay below to happen with each chance; exactly ``u < chance``."""
    if chance.ndim == 1:  # a few: one by one is sooner done than by arrays
        return np.array([math.ceil(min(one, 1.0) * 2.0**53) for one in chance.tolist()], np.uint64)
    if chance.ndim == 0:
        return np.array(math.ceil(min(float(chance), 1.0) * 2.0**53), np.uint64)
    return np.asarray(np.ceil(np.minimum(chance, 1.0) * 2.0**53), np.uint64)


@kernel
def list_flagged(flags: np.ndarray, words: np.ndarray, first: int, rows: np.ndarray, n: int) -> int:
    """Add the flagged rows of a block to a list of n rows; return its new length. Eight flags are one word."""
    for g in range(words.shape[0]):
        if words[g]:
            for i in range(8 * g, 8 * g + 8):
                rows[n] = first + i
                n += int(flags[i])
    return n


class _Bytes(NamedTuple):
    """First bytes of eight months, and what they were made of."""

    block: int
    keys: np.ndarray  # (n / _SAMPLE,) uint64, by which a change of rows is seen
    planes: np.ndarray  # (MONTHS, n) uint8


def first_bytes(world: World, process: str, key: np.ndarray) -> np.ndarray:
    """Return the first byte of each key's draw of this month, (n,) uint8: a screen that costs next to nothing.

    One draw a key gives the bytes of eight months. The rest of a month's draw is drawn only of the few that
    their byte lets through, see :func:`with_first_byte`: together they are one draw, as uniform as any.

    Parameters
    ----------
    world : World
        Its ``derived`` keeps the bytes for the months to come.
    process : str
        A name in ``chance.PROCESS``, of these bytes alone.
    key : ndarray of uint64, shape (n,)
        Keys of a population that nobody joins or leaves in a run.
    """
    block, turn = divmod(world.month, MONTHS)
    held: _Bytes | None = world.derived.get(process)
    sample = key[::_SAMPLE]
    if (
        held is None
        or held.block != block
        or held.planes.shape[1] != key.shape[0]
        or not (held.keys == sample).all()
    ):
        planes = np.empty((MONTHS, key.shape[0]), np.uint8) if held is None else held.planes
        if planes.shape[1] != key.shape[0]:
            planes = np.empty((MONTHS, key.shape[0]), np.uint8)
        with wrapping():
            _draw_bytes(stream(world.seed, process, block), key, planes)
        held = world.derived[process] = _Bytes(block, sample.copy(), planes)
    return np.asarray(held.planes[turn])


@kernel
def _draw_bytes(s: np.uint64, key: np.ndarray, planes: np.ndarray) -> None:
    for i in range(key.shape[0]):
        word = bits(s, key[i])
        for month in range(planes.shape[0]):
            planes[month, i] = word & np.uint64(255)
            word = word >> _S8


@kernel
def with_first_byte(byte: int, s: np.uint64, key: np.uint64) -> np.uint64:
    """Return a draw of 53 bits whose first byte is given: what is below comes from the stream of the month."""
    return (np.uint64(byte) << _S45) | (bits(s, key) >> _S19)
