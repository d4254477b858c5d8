"""What does not change in a run, summed once: housing costs by decile, and how many real needs each stands for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cwbsim.outcomes.passes import FINE, N_SECTIONS, sum_by
from cwbsim.world import World

__all__ = ["FixedSums"]


@dataclass(frozen=True, slots=True)
class FixedSums:
    """Sums of columns that do not change in a run.

    Attributes
    ----------
    housing_cost : ndarray of int64, shape (10,)
        Pence a month by income decile.
    need_weight : ndarray of int64, shape (N,)
        How many real needs each simulated one stands for, in units of 1 / FINE.
    """

    housing_cost: np.ndarray
    need_weight: np.ndarray

    @classmethod
    def of(cls, world: World) -> FixedSums:
        """Return those of a world."""
        h = world.households
        return cls(sum_by(h.income_decile, h.housing_cost, 10), need_weight(world))


def need_weight(world: World) -> np.ndarray:
    """Return how many real needs each simulated one stands for, (N,) int64 in units of 1 / FINE.

    A small scale keeps at least one need for each budget of an anchor in a section, so the number of needs
    does not shrink with it, and a count of tenders over the scale would be too high. How many needs an anchor
    has at full scale is told by its sections that kept several: those shrink as they should (by all of its
    sections if none did). They divide over sections by value, as where needs are drawn.
    """
    needs, n = world.needs, world.anchors.key.shape[0]
    if world.scale == 1.0:
        return np.full(needs.key.shape[0], FINE, np.int64)
    cell = needs.anchor.astype(np.int64) * N_SECTIONS + needs.section
    count = np.bincount(cell, minlength=n * N_SECTIONS).reshape(n, N_SECTIONS)
    value = sum_by(cell, needs.budget, n * N_SECTIONS).reshape(n, N_SECTIONS)
    share = value / np.maximum(value.sum(axis=1, keepdims=True), 1)
    several = (count > 1) | (count.max(axis=1, keepdims=True) < 2)
    seen = np.where(several, share, 0.0).sum(axis=1) * world.scale
    real = np.where(several, count, 0).sum(axis=1) / np.where(seen > 0, seen, 1.0)
    weight = np.maximum(real[:, None] * share, count) / np.maximum(count, 1)
    return np.asarray(np.rint(weight * FINE).astype(np.int64).ravel()[cell])
