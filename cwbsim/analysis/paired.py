"""Means and intervals over seeds, where a value may be unknown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

CONFIDENCE = 0.95
RESAMPLES = 10_000

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


def ratio_interval(parts: Floats, wholes: Floats) -> tuple[float, float, float]:
    """Ratio of two means over the same seeds, and its 95 % interval after Fieller.

    A mean of ratios, one a seed, would be led by the seeds in which the whole is near nil.

    Parameters
    ----------
    parts, wholes
        (seeds,) each.

    Returns
    -------
    ratio, low, high
        Bounds are nan for one seed, and infinite where the whole cannot be told from nil: the ratio could then be
        anything. The ratio is nan where the whole is nil.

    References
    ----------
    Fieller (1954), "Some problems in interval estimation", Journal of the Royal Statistical Society B 16.
    """
    n = parts.shape[0]
    part, whole = float(np.mean(parts)), float(np.mean(wholes))
    ratio = part / whole if whole else float("nan")
    if n < 2:
        return ratio, float("nan"), float("nan")
    (pp, pw), (_, ww) = np.cov(parts, wholes) * float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) ** 2 / n
    # All r for which the mean of part - r x whole lies within its own t interval of nil: a r^2 - 2 b r + c <= 0
    a, b, c = whole**2 - ww, part * whole - pw, part**2 - pp
    if a <= 0.0:
        return ratio, float("-inf"), float("inf")
    half = float(np.sqrt(max(b**2 - a * c, 0.0)))
    return ratio, float((b - half) / a), float((b + half) / a)


def sizes_interval(first: Floats, second: Floats) -> tuple[float, float, float]:
    """Size of one mean less size of another over the same seeds, and its 95 % bootstrap interval over seeds.

    Sizes are taken of means: a mean of the seeds' own sizes is above nil by luck alone.

    Parameters
    ----------
    first, second
        (seeds,) each.

    Returns
    -------
    difference, low, high
        Bounds are nan for one seed.

    References
    ----------
    Hesterberg (2015), "What teachers should know about the bootstrap", The American Statistician 69(4), for percentiles
    that are taken further out where there are few, so that of a plain mean they are the t interval's.
    """
    n = first.shape[0]
    found = abs(float(np.mean(first))) - abs(float(np.mean(second)))
    if n < 2:
        return found, float("nan"), float("nan")
    which = np.random.default_rng(n).integers(0, n, (RESAMPLES, n))
    drawn = np.abs(first[which].mean(axis=1)) - np.abs(second[which].mean(axis=1))
    tail = float(ndtr(-np.sqrt(n / (n - 1)) * stdtrit(n - 1, 0.5 + CONFIDENCE / 2)))
    low, high = np.quantile(drawn, (tail, 1.0 - tail))
    return found, float(low), float(high)


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
