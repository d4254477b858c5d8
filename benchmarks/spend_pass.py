"""The yardstick: one frozen, exact, compiled spend pass over the households of a borough.

Frozen means it must never change. A month of cwbsim is counted in these passes, so that a figure from one
machine or year can be set beside another; a test holds the source to its digest.
"""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

HOUSEHOLDS = 143_105
CATEGORIES = 12
DECILES = 10
FIRMS = 6_000
# Negative rows count from the end, so beyond the borough costs no branch: an unpredictable one would more
# than triple the time of the pass and so flatter whatever is counted in passes.
WIDER_AREA, OUTSIDE = -1, -2


@njit(nogil=True)
def spend_pass(money, budget, decile, cumulative_share, supplier, income):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Let each household split its budget over its suppliers by the cumulative floor of the running share."""
    households, categories = supplier.shape
    for household in range(households):
        to_spend = budget[household]
        row = decile[household]
        spent = np.int64(0)
        for category in range(categories):
            so_far = (to_spend * cumulative_share[row, category]) >> 24
            amount = so_far - spent
            spent = so_far
            income[supplier[household, category]] += amount
        money[household] -= spent


@dataclass
class SpendInput:
    """What one pass reads and writes; money in int64 pence, shares as fixed point of 2^24."""

    money: NDArray[np.int64]  # (households,)
    budget: NDArray[np.int64]  # (households,)
    decile: NDArray[np.int8]  # (households,)
    cumulative_share: NDArray[np.int64]  # (deciles, categories), the last column is 2^24
    supplier: NDArray[np.int32]  # (households, categories), negative: beyond the borough
    income: NDArray[np.int64]  # (firms + 2,): firms, then outside, then the wider area

    def run(self) -> None:
        """Do one pass."""
        spend_pass(
            self.money,
            self.budget,
            self.decile,
            self.cumulative_share,
            self.supplier,
            self.income,
        )


def _uniform(count: int, stream: int) -> NDArray[np.float64]:
    """`count` draws in [0, 1) by splitmix64: NumPy's generators may change, this input may not."""
    with np.errstate(over="ignore"):
        z = np.arange(1, count + 1, dtype=np.uint64) + np.uint64(stream << 40)
        z = z * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) / 2.0**53


def make_input(households: int = HOUSEHOLDS, firms: int = FIRMS) -> SpendInput:
    """Draw a borough: households in order of place, 7 in 10 suppliers local and mostly near, the rest beyond.

    Each category has its own twelfth of the firms, in order of place too. A local supplier lies within a
    twentieth of the borough's length of its household nine times in ten and anywhere in it otherwise.
    """
    ties = households * CATEGORIES
    per_category = firms // CATEGORIES
    place = (np.repeat(np.arange(households), CATEGORIES) + 0.5) / households
    near = place + (_uniform(ties, 1) - 0.5) * 0.1
    anywhere = _uniform(ties, 2)
    where = np.where(_uniform(ties, 3) < 0.9, near, anywhere)
    within = np.clip((where * per_category).astype(np.int64), 0, per_category - 1)
    supplier = within + np.tile(np.arange(CATEGORIES), households) * per_category
    kind = _uniform(ties, 4)
    supplier = np.where(kind < 0.7, supplier, np.where(kind < 0.9, WIDER_AREA, OUTSIDE))

    weight = np.arange(CATEGORIES, 0, -1) + np.outer(np.arange(DECILES), np.linspace(0.0, 0.5, CATEGORIES))
    cumulative = np.floor(np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True) * 2**24).astype(
        np.int64
    )
    cumulative[:, -1] = 2**24
    budget = (80_000 + 240_000 * _uniform(households, 5)).astype(np.int64)
    return SpendInput(
        money=budget.copy(),
        budget=budget,
        decile=(DECILES * _uniform(households, 6)).astype(np.int8),
        cumulative_share=cumulative,
        supplier=supplier.reshape(households, CATEGORIES).astype(np.int32),
        income=np.zeros(firms + 2, dtype=np.int64),
    )


def digest() -> str:
    """SHA-256 of the source of the pass and of the input it is given."""
    uncompiled = getattr(spend_pass, "py_func", spend_pass)
    sources = [inspect.getsource(part) for part in (uncompiled, _uniform, make_input)]
    return hashlib.sha256("\n".join(sources).encode()).hexdigest()
