"""Fitting chosen parameters to measured figures: a posterior, not a point.

History matching with Gaussian-process emulators (Craig et al. 1997; Vernon et al. 2010), then importance
sampling on the emulators: a first Latin hypercube of runs teaches an emulator for each target; points whose
implausibility exceeds three are ruled out; the next wave is run where nothing is ruled out; in the end points of
the prior are weighed by how well the emulators say they meet all targets at once. The emulator's doubt, the luck
of the seeds and the doubt about the figure itself all count.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from cwbsim.analysis.batch import Job
from cwbsim.analysis.experiment import Experiment
from cwbsim.analysis.paired import Floats
from cwbsim.analysis.sharing import Simulate, kept_runs
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.sweep import sweep
from cwbsim.analysis.targets import Target
from cwbsim.analysis.workers import Failure
from cwbsim.errors import MissingExtraError, UserError
from cwbsim.scenario import Scenario

RULED_OUT = 3.0  # implausibility; Pukelsheim's three-sigma rule
CANDIDATES = 16_384  # points of the prior that are weighed
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted, to what, and how sure it is.

    Attributes
    ----------
    posterior : pandas.DataFrame
        (draws, parameters) equally likely values.
    targets : tuple of Target
        Fitted to: they are no validation any more (`cwbsim.analysis.targets.held_out` refuses them).
    met : pandas.DataFrame
        A row a target: measured, sd, what the posterior gives (mean, low, high of 95 %), and its implausibility
        at the posterior's mean.
    left : float
        Share of the prior that is not ruled out.
    """

    experiment: Experiment
    targets: tuple[Target, ...]
    posterior: pd.DataFrame
    met: pd.DataFrame
    left: float
    n_runs: int

    def summary(self) -> pd.DataFrame:
        """A row a parameter: prior range, posterior mean, standard deviation, 95 % range, and how much was learnt.

        `learnt` is 1 less the ratio of posterior to prior standard deviation: 0, the targets say nothing.
        """
        rows = []
        for one in self.experiment.varied:
            values = self.posterior[one.name].to_numpy()
            prior = np.std([one.at(float(share)) for share in (np.arange(200) + 0.5) / 200])
            low, high = np.quantile(values, [0.025, 0.975])
            rows.append(
                {"name": one.name, "prior_low": one.low, "prior_high": one.high, "mean": values.mean(),
                 "sd": values.std(), "low": low, "high": high, "learnt": 1.0 - values.std() / prior}
            )  # fmt: skip
        return pd.DataFrame(rows)

    def fitted(self) -> Scenario:
        """The base at the posterior's mean, with the targets among its assumptions."""
        from cwbsim.analysis.varied import with_values

        mean = {name: float(value) for name, value in self.posterior.mean().items()}
        values = {
            one.name: round(mean[one.name]) if one.is_whole else mean[one.name]
            for one in self.experiment.varied
        }
        said = "; ".join(f"{one.name} ({one.source})" for one in self.targets)
        base = with_values(self.experiment.base, values)
        note = f"Fitted to, and so not validated by: {said}. Values are the means of a posterior."
        return base.model_copy(update={"assumptions": (*base.assumptions, note)})


def calibrate(
    experiment: Experiment,
    targets: Sequence[Target],
    store: RunStore,
    *,
    points: int = 0,
    waves: int = 2,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool = True,
    simulate: Simulate | None = None,
) -> Calibration:
    """Fit what an experiment varies to targets.

    Parameters
    ----------
    experiment
        What varies, the prior: ranges and distributions of ``[vary]``; policies where a target is a difference.
    targets
        To be met, several at once.
    store
        Where runs are kept; a stopped calibration goes on from it.
    points
        Runs of each wave; 10 for each varied thing by default.
    waves
        How often what is left is run anew; the first is a Latin hypercube of the whole prior.
    workers, executor, progress, simulate
        As for `cwbsim.sweep`.

    Raises
    ------
    UserError
        Nothing varies, too few points finished, or no point of the prior meets the targets.
    MissingExtraError
        scikit-learn is not installed.
    """
    _check(experiment, targets)
    n = points or 10 * len(experiment.varied)
    k = len(experiment.varied)
    candidates = qmc.Sobol(k, rng=experiment.design_seed).random(CANDIDATES)
    shares = qmc.LatinHypercube(k, rng=experiment.design_seed).random(n)
    learnt_at, learnt, luck = np.empty((0, k)), np.empty((0, len(targets))), np.empty((0, len(targets)))
    n_runs = 0
    how: dict[str, Any] = {
        "workers": workers,
        "executor": executor,
        "progress": progress,
        "simulate": simulate,
    }
    for wave in range(waves):
        values, variance, done = _run(experiment, targets, store, shares, how)
        n_runs += done
        is_known = np.isfinite(values).all(axis=1)
        learnt_at = np.vstack([learnt_at, shares[is_known]])
        learnt, luck = np.vstack([learnt, values[is_known]]), np.vstack([luck, variance[is_known]])
        if len(learnt_at) < k + 3:
            raise UserError(f"only {len(learnt_at)} points finished", str(store.path), mend="run more points")
        emulators = [_emulator(learnt_at, learnt[:, j], luck[:, j]) for j in range(len(targets))]
        mean, doubt = _emulated(emulators, candidates)
        distance = np.abs(mean - [one.value for one in targets]) / np.sqrt(
            doubt + [one.sd**2 for one in targets]
        )
        is_left = distance.max(axis=1) < RULED_OUT
        if not is_left.any():
            closest = candidates[np.argmin(distance.max(axis=1))]
            near = ", ".join(
                f"{v.name} = {v.at(float(s)):.4g}" for v, s in zip(experiment.varied, closest, strict=True)
            )
            raise UserError(
                "no point of the ranges meets all targets",
                allowed=f"implausibility below {RULED_OUT:g}; at the nearest, {near}, it is {distance.max(axis=1).min():.1f}",
                mend="widen the ranges or the targets' sd, or ask whether the model can do this at all",
            )
        shares = _spread(candidates[is_left], n, experiment.design_seed + wave + 1)
    return _posterior(experiment, tuple(targets), candidates, mean, doubt, is_left, n_runs)


def as_callable(
    experiment: Experiment, targets: Sequence[Target], simulate: Simulate | None = None
) -> Callable[[Sequence[float], int, int], Floats]:
    """``(theta, N, seed) -> array`` for other toolboxes (black-it, pyabc, sbi): N runs, one number a target.

    Parameters
    ----------
    experiment, targets
        theta are values of what it varies, in its order.
    """

    def run(theta: Sequence[float], n: int, seed: int) -> Floats:
        values = dict(zip(experiment.names, map(float, theta), strict=True))
        scenarios = replace(experiment, design="list", listed=(values,)).scenarios(0, values)
        rows = []
        for one in range(seed, seed + n):
            kept = kept_runs([Job.of(scenario, one, simulate) for scenario in scenarios], simulate=simulate)
            rows.append(_row(kept, experiment, targets))
        return np.array(rows)

    return run


def _check(experiment: Experiment, targets: Sequence[Target]) -> None:
    if not experiment.varied or any(one.values for one in experiment.varied):
        raise UserError(
            "a calibration varies ranges", mend='[vary] and a line such as "labour.churn_rate" = {}'
        )
    if not targets:
        raise UserError("there are no targets")
    try:
        import sklearn.gaussian_process  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "calibration needs the package scikit-learn, which is not installed",
            mend='pip install "cwbsim[calibrate]"',
        ) from None


def _run(
    experiment: Experiment, targets: Sequence[Target], store: RunStore, shares: Floats, how: Mapping[str, Any]
) -> tuple[Floats, Floats, int]:
    """(points, targets) means over seeds and the variance of those means; how many runs."""
    listed = tuple(
        {one.name: one.at(float(share)) for one, share in zip(experiment.varied, row, strict=True)}
        for row in shares
    )
    wave = replace(experiment, design="list", listed=listed)
    status = sweep(wave, store, **how).status
    means, variances = [], []
    for number, values in enumerate(listed):
        scenarios = wave.scenarios(number, values)
        rows = []
        for seed in experiment.seeds:
            keys = [Job.of(one, seed, how["simulate"]).identity.key for one in scenarios]
            records = [store.record(key) for key in keys]
            if all(one is not None and one.status == "SUCCEEDED" for one in records):
                rows.append(_row([store.get(key) for key in keys], experiment, targets))
        table = np.array(rows) if rows else np.full((1, len(targets)), np.nan)
        means.append(table.mean(axis=0))
        several = len(rows) > 1
        variances.append(table.var(axis=0, ddof=1) / len(rows) if several else np.full(len(targets), np.nan))
    return np.array(means), np.array(variances), status.planned


def _row(kept: Sequence[Any], experiment: Experiment, targets: Sequence[Target]) -> list[float]:
    """What the runs of one point and seed (the base, then the policies) have for each target."""
    if any(isinstance(one, Failure) for one in kept):
        return [np.nan] * len(targets)
    by_title = dict(zip([experiment.base.title, *(p.title for p in experiment.policies)], kept, strict=True))
    base = by_title[experiment.base.title]
    return [one.of(by_title[one.policy]) - one.of(base) if one.policy else one.of(base) for one in targets]


def _emulator(at: Floats, values: Floats, luck: Floats) -> tuple[Any, float, float]:
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


def _emulated(emulators: Sequence[tuple[Any, float, float]], at: Floats) -> tuple[Floats, Floats]:
    """(points, targets) expected values, and the variance of the doubt about them (the luck of seeds left in)."""
    means, variances = [], []
    for process, scale, centre in emulators:
        mean, sd = process.predict(at, return_std=True)
        means.append(centre + scale * mean)
        variances.append((scale * sd) ** 2)
    return np.stack(means, axis=1), np.stack(variances, axis=1)


def _spread(left: Floats, n: int, seed: int) -> Floats:
    """Points of what is left, spread over it: each next one as far from those before as can be."""
    luck = np.random.default_rng(seed)
    some = left if len(left) <= 2000 else left[luck.choice(len(left), 2000, replace=False)]
    chosen = [int(luck.integers(len(some)))]
    distance = np.full(len(some), np.inf)
    for _ in range(min(n, len(some)) - 1):
        distance = np.minimum(distance, ((some - some[chosen[-1]]) ** 2).sum(axis=1))
        chosen.append(int(np.argmax(distance)))
    return some[chosen]


def _posterior(
    experiment: Experiment, targets: tuple[Target, ...], at: Floats, mean: Floats, doubt: Floats,
    is_left: np.ndarray, n_runs: int,
) -> Calibration:  # fmt: skip
    """Weigh the candidates by their likelihood and draw from them."""
    measured = np.array([one.value for one in targets])
    variance = doubt + np.array([one.sd for one in targets]) ** 2
    log = -0.5 * ((mean - measured) ** 2 / variance + np.log(variance)).sum(axis=1)
    weight = np.where(is_left, np.exp(log - log[is_left].max()), 0.0)
    luck = np.random.default_rng(experiment.design_seed)
    drawn = luck.choice(len(at), DRAWS, p=weight / weight.sum())
    values = [[one.at(float(s)) for one, s in zip(experiment.varied, at[i], strict=True)] for i in drawn]
    posterior = pd.DataFrame(values, columns=[one.name for one in experiment.varied])
    rows = []
    for j, one in enumerate(targets):
        given = mean[drawn, j] + np.sqrt(doubt[drawn, j]) * luck.standard_normal(DRAWS)
        low, high = np.quantile(given, [0.025, 0.975])
        rows.append(
            {"target": one.name, "outcome": one.outcome, "label": one.label, "policy": one.policy,
             "measured": one.value, "sd": one.sd, "mean": given.mean(), "low": low, "high": high,
             "implausibility": abs(given.mean() - one.value) / np.sqrt(variance[drawn, j].mean()), "source": one.source}
        )  # fmt: skip
    return Calibration(experiment, targets, posterior, pd.DataFrame(rows), float(is_left.mean()), n_runs)
