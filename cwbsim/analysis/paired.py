"""Means and intervals over seeds, where a value may be unknown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

CONFIDENCE = 0.95

Floats = NDArray[np.float64]


def paired_interval(differences: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean and 95 % t interval of paired differences.

    Parameters
    ----------
    differences
        (seeds, ...)

    Returns
    -------
    mean, low, high
        (...) each. A pair that is nan (no tender that month, say) does not count; where none is left the mean
        is nan, where one is left `low` and `high` are.
    """
    counts = np.asarray(np.isfinite(differences).sum(axis=0))
    total = np.nansum(differences, axis=0)
    mean = np.divide(total, counts, out=np.full(np.shape(total), np.nan), where=counts > 0)
    squares = np.nansum((differences - mean) ** 2, axis=0)
    freedom = np.maximum(counts - 1, 1)
    half = stdtrit(freedom, 0.5 + CONFIDENCE / 2) * np.sqrt(squares / freedom / np.maximum(counts, 1))
    half = np.where(counts > 1, half, np.nan)
    return mean, mean - half, mean + half


def known_mean(values: Floats, axis: int) -> Floats:
    """The mean of what is known along an axis; nan where nothing is."""
    counts = np.isfinite(values).sum(axis=axis)
    total = np.nansum(values, axis=axis)
    mean: Floats = np.divide(total, counts, out=np.full(np.shape(total), np.nan), where=counts > 0)
    return mean


def running_mean(values: Floats, months: int) -> Floats:
    """(seeds, months), each with up to `months` - 1 before it; shorter at the start."""
    return np.stack(
        [known_mean(values[:, max(0, end - months) : end], axis=1) for end in range(1, values.shape[1] + 1)],
        axis=1,
    )
