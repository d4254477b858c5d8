"""Gaussian processes that stand in for runs: what a target would be at a point nobody has run, and how sure that is."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from cwbsim.analysis.paired import Floats

type Emulator = tuple[Any, float, float]  # the process, its scale and its centre


def emulator(at: Floats, values: Floats, luck: Floats) -> Emulator:
    """A Gaussian process of one target over the shares of the ranges; with its scale and centre."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    centre, scale = float(values.mean()), float(values.std()) or 1.0
    k = at.shape[1]
    noise = float(np.nanmean(luck)) / scale**2 if np.isfinite(luck).any() else 0.01
    smooth = ConstantKernel(1.0, (1e-2, 1e3)) * Matern([1.0] * k, [(0.1, 30.0)] * k, nu=2.5)
    kernel = smooth + WhiteKernel(max(noise, 1e-6), (1e-8, 1.0))
    process = GaussianProcessRegressor(kernel, alpha=1e-8, n_restarts_optimizer=2, random_state=1)
    with warnings.catch_warnings():  # a length at the end of its range: that dimension does not matter
        warnings.simplefilter("ignore", ConvergenceWarning)
        process.fit(at, (values - centre) / scale)
    return process, scale, centre


def emulated(emulators: Sequence[Emulator], at: Floats) -> tuple[Floats, Floats]:
    """(points, targets) expected values, and the variance of the doubt about them (the luck of seeds left in)."""
    means, variances = [], []
    for process, scale, centre in emulators:
        mean, sd = process.predict(at, return_std=True)
        means.append(centre + scale * mean)
        variances.append((scale * sd) ** 2)
    return np.stack(means, axis=1), np.stack(variances, axis=1)


def spread_over(left: Floats, n: int, seed: int) -> Floats:
    """Points of what is left, spread over it: each next one as far from those before as can be."""
    luck = np.random.default_rng(seed)
    some = left if len(left) <= 2000 else left[luck.choice(len(left), 2000, replace=False)]
    chosen = [int(luck.integers(len(some)))]
    distance = np.full(len(some), np.inf)
    for _ in range(min(n, len(some)) - 1):
        distance = np.minimum(distance, ((some - some[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(np.argmax(distance)))
    return some[chosen]
