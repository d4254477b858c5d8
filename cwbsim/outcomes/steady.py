"""What does not change in a run, worked out once: sums of fixed columns, weights of needs and of sections."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cwbsim.outcomes.passes import FINE, N_SECTIONS, sum_by
from cwbsim.world import SECTIONS, World

__all__ = ["FixedSums", "need_weight"]

WHOLESALE = SECTIONS.index("G")


@dataclass(frozen=True, slots=True)
class FixedSums:
    """Sums of columns that do not change in a run.

    Attributes
    ----------
    housing_cost : ndarray of int64, shape (10,)
        Pence a month by income decile.
    need_weight : ndarray of int64, shape (N,)
        How many real needs each simulated one stands for, in units of 1 / FINE.
    own_share : ndarray of float64, shape (S,)
        Part of a payment that is its supplier's own output: of goods resold, the margin.
    inputs : ndarray of float64, shape (S,)
        Local inputs in a pound of output.
    value_added : ndarray of int64, shape (S,)
        Value added in a pound of contract, in units of 1 / FINE.
    sme_turnover : ndarray of int64, shape (S,)
        Pence a year that 250 staff turn over.
    """

    housing_cost: np.ndarray
    need_weight: np.ndarray
    own_share: np.ndarray
    inputs: np.ndarray
    value_added: np.ndarray
    sme_turnover: np.ndarray

    @classmethod
    def of(cls, world: World) -> FixedSums:
        """Return those of a world."""
        h, fixed, own = world.households, world.fixed, np.ones(N_SECTIONS)
        own[WHOLESALE] = 1.0 - world.parameters.procurement.wholesale_goods_share
        return cls(
            housing_cost=sum_by(h.income_decile, h.housing_cost, 10),
            need_weight=need_weight(world),
            own_share=own,
            inputs=fixed.input_local.sum(axis=0),
            value_added=np.rint(fixed.value_added_share * own * FINE).astype(np.int64),
            sme_turnover=250 * 12 * fixed.output_per_job,
        )


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
