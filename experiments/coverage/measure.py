"""Coverage of t intervals over seeds, from a pool of seeds that intervals are drawn from and others that say what is true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.analysis.paired import Floats, known_mean, paired_interval

BOOTSTRAPS = 24
BAND = (0.931, 0.969)  # of 2,000 intervals, where 95 in 100 do hold the truth: four standard errors


def coverage(values: Floats, truth: Floats, n: int, intervals: int, luck: np.random.Generator) -> Floats:
    """Share of intervals, each over `n` seeds of a pool, that hold the truth.

    Parameters
    ----------
    values
        (seeds, series) of the pool. The seeds of an interval differ; two intervals may have some in common, which
        leaves the expected share as it is and costs little precision while the pool is large.
    truth
        (series,)

    Returns
    -------
    ndarray of float64, shape (series,)
    """
    held = np.zeros(values.shape[1])
    for _ in range(intervals):
        chosen = luck.choice(len(values), n, replace=False)
        _, low, high = paired_interval(values[chosen])
        held += (low <= truth) & (truth <= high)
    return held / intervals


def with_error(
    pool: Floats, others: Floats, n: int, intervals: int, luck: np.random.Generator
) -> tuple[Floats, Floats]:
    """(series,) coverage, and its standard error: seeds of the pool and of the truth drawn anew, many times."""
    found = coverage(pool, known_mean(others, axis=0), n, intervals, luck)
    again = []
    for _ in range(BOOTSTRAPS):
        some = pool[luck.integers(len(pool), size=len(pool))]
        truth = known_mean(others[luck.integers(len(others), size=len(others))], axis=0)
        again.append(coverage(some, truth, n, intervals // 4, luck))
    binomial = (
        found * (1.0 - found) * 3.0 / intervals
    )  # a quarter of the intervals: more noise than `found` has
    error = np.sqrt(np.maximum(np.var(again, axis=0, ddof=1) - binomial, found * (1.0 - found) / intervals))
    return found, error


def coverage_frame(
    tables: Mapping[tuple[str, str, bool, str], Floats], n_truth: int, sizes: tuple[int, ...], intervals: int
) -> pd.DataFrame:
    """Coverage of each outcome's level and paired difference.

    Parameters
    ----------
    tables
        `cwbsim.analysis.sweep.points_of` an experiment of one point; its last `n_truth` seeds say what is true.
    sizes
        Seeds an interval is made of.

    Returns
    -------
    pandas.DataFrame
        outcome, is_difference, unit, seeds, intervals, coverage, standard_error, skewness, commonest (share of seeds
        that have the most frequent value). An outcome that is the same in every seed is left out.
    """
    varied = {key: table[0] for key, table in tables.items() if np.nanstd(table[0]) > 0.0}
    values = np.stack(list(varied.values()), axis=1)
    pool, others = values[:-n_truth], values[-n_truth:]
    rows: list[dict[str, Any]] = []
    for n in sizes:
        found, error = with_error(pool, others, n, intervals, np.random.default_rng(n))
        for place, (_, outcome, is_difference, unit) in enumerate(varied):
            rows.append(
                {"outcome": outcome, "is_difference": is_difference, "unit": unit, "seeds": n, "intervals": intervals,
                 "coverage": found[place], "standard_error": error[place], **_shape(values[:, place])}
            )  # fmt: skip
    return pd.DataFrame(rows).sort_values(["is_difference", "outcome", "seeds"], ignore_index=True)


def _shape(values: Floats) -> dict[str, float]:
    """How far from a bell curve: skewness, and how often the most frequent value comes up."""
    known = values[np.isfinite(values)]
    apart = (known - known.mean()) / known.std()
    return {
        "skewness": float((apart**3).mean()),
        "commonest": float(np.unique(known, return_counts=True)[1].max() / known.size),
    }
