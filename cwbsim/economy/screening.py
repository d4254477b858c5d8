"""Screening of many by few: nearly nobody does a rare thing, so loops look first at who may.

Draws are made in a block that the processor can take several at a time and leave a flag each; only the flagged
are looked at one by one.
"""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel

__all__ = ["BLOCK", "draw_limit", "list_flagged"]

BLOCK = 1024  # rows screened at a time: a whole number of eights, and small enough for the first cache


def draw_limit(chance: np.ndarray) -> np.ndarray:
    """Return the 53-bit number a draw must stay below to happen with each chance; exactly ``u < chance``."""
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
