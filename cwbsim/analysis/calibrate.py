"""Fitting chosen parameters to measured figures: a posterior, not a point.

History matching with Gaussian-process emulators (Craig et al. 1997; Vernon et al. 2010), then importance
sampling on the emulators: a first Latin hypercube of runs teaches an emulator for each target; points whose
implausibility exceeds three are ruled out; the next wave is run where nothing is ruled out; in the end points of
the prior are weighed by how well the emulators say they meet all targets at once. The emulator's doubt, the luck
of the seeds and the doubt about the figure itself all count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import qmc

from cwbsim.analysis.batch import Job
from cwbsim.analysis.emulator import emulated, emulator, spread_over
from cwbsim.analysis.experiment import Experiment
from cwbsim.analysis.paired import Floats
from cwbsim.analysis.sharing import Simulate, kept_runs
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.sweep import sweep
from cwbsim.analysis.targets import Target, held_out
from cwbsim.analysis.workers import Failure
from cwbsim.errors import MissingExtraError, UserError
from cwbsim.scenario import Scenario

RULED_OUT = 3.0  # implausibility; Pukelsheim's three-sigma rule
CANDIDATES = 16_384  # points of the prior that are weighed
DRAWS = 1000
MET = [
    "target",
    "outcome",
    "label",
    "policy",
    "measured",
    "sd",
    "mean",
    "low",
    "high",
    "implausibility",
    "source",
]


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
    checked : pandas.DataFrame
        The same of targets that were held out: nothing was fitted to them, and they may validate.
    left : float
        Share of the prior that is not ruled out.
    """

    experiment: Experiment
    targets: tuple[Target, ...]
    posterior: pd.DataFrame
    met: pd.DataFrame
    checked: pd.DataFrame
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
    retry_failed: bool = False,
) -> Calibration:
    """Fit what an experiment varies to targets.

    Parameters
    ----------
    experiment
        What varies, the prior: ranges and distributions of ``[vary]``; policies where a target is a difference.
    targets
        To be met, several at once; those that are `held_out` are not fitted to, and checked in the end.
    store
        Where runs are kept; a stopped calibration goes on from it.
    points
        Runs of each wave; 10 for each varied thing by default.
    waves
        How often what is left is run anew; the first is a Latin hypercube of the whole prior.
    workers, executor, progress, simulate, retry_failed
        As for `cwbsim.sweep`.

    Raises
    ------
    UserError
        Nothing varies, too few points finished, or no point of the prior meets the targets.
    MissingExtraError
        scikit-learn is not installed.
    """
    fitted = tuple(one for one in targets if not one.held_out)
    others = held_out((one for one in targets if one.held_out), fitted)
    _check(experiment, fitted)
    n, k = points or 10 * len(experiment.varied), len(experiment.varied)
    candidates = qmc.Sobol(k, rng=experiment.design_seed).random(CANDIDATES)
    shares = qmc.LatinHypercube(k, rng=experiment.design_seed).random(n)
    how: dict[str, Any] = {
        "workers": workers, "executor": executor, "progress": progress, "simulate": simulate,
        "retry_failed": retry_failed,
    }  # fmt: skip
    waves_done: list[_Wave] = []
    for wave in range(waves):
        waves_done.append(_run(experiment, (*fitted, *others), store, shares, how))
        mean, doubt = _learnt(waves_done, candidates, store)
        distance = _implausibility(fitted, mean, doubt)
        is_left = distance < RULED_OUT
        if not is_left.any():
            raise _nowhere(experiment, candidates, distance)
        shares = spread_over(candidates[is_left], n, experiment.design_seed + wave + 1)
    n_runs = sum(one.n_runs for one in waves_done)
    return _posterior(experiment, (fitted, others), candidates, mean, doubt, is_left, n_runs)


@dataclass(frozen=True, slots=True)
class _Wave:
    """Points that were run, as shares of the ranges, and what the targets were there."""

    shares: Floats  # (points, parameters)
    values: Floats  # (points, targets), means over seeds
    luck: Floats  # (points, targets), variance of those means
    n_runs: int


def _learnt(waves: Sequence[_Wave], at: Floats, store: RunStore) -> tuple[Floats, Floats]:
    """(points, targets) what the runs so far say of other points, and the variance of the doubt."""
    shares, values, luck = (
        np.vstack([getattr(one, name) for one in waves]) for name in ("shares", "values", "luck")
    )
    is_known = np.isfinite(values).all(axis=1)
    if is_known.sum() < shares.shape[1] + 3:
        raise UserError(f"only {is_known.sum()} points finished", str(store.path), mend="run more points")
    emulators = [
        emulator(shares[is_known], values[is_known, j], luck[is_known, j]) for j in range(values.shape[1])
    ]
    return emulated(emulators, at)


def _implausibility(fitted: Sequence[Target], mean: Floats, doubt: Floats) -> Floats:
    """(points,) distance from the target that is farthest off, in standard deviations of all doubt."""
    n = len(fitted)
    measured, own = (np.array([getattr(one, name) for one in fitted]) for name in ("value", "sd"))
    distance: Floats = np.abs(mean[:, :n] - measured) / np.sqrt(doubt[:, :n] + own**2)
    return distance.max(axis=1)


def _nowhere(experiment: Experiment, candidates: Floats, distance: Floats) -> UserError:
    closest = candidates[np.argmin(distance)]
    near = ", ".join(
        f"{v.name} = {v.at(float(s)):.4g}" for v, s in zip(experiment.varied, closest, strict=True)
    )
    return UserError(
        "no point of the ranges meets all targets",
        allowed=f"implausibility below {RULED_OUT:g}; at the nearest, {near}, it is {distance.min():.1f}",
        mend="widen the ranges or the targets' sd, or ask whether the model can do this at all",
    )


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
) -> _Wave:
    """Run points (those that are not in the store), and read the targets off."""
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
    return _Wave(shares, np.array(means), np.array(variances), status.planned)


def _row(kept: Sequence[Any], experiment: Experiment, targets: Sequence[Target]) -> list[float]:
    """What the runs of one point and seed (the base, then the policies) have for each target."""
    if any(isinstance(one, Failure) for one in kept):
        return [np.nan] * len(targets)
    by_title = dict(zip([experiment.base.title, *(p.title for p in experiment.policies)], kept, strict=True))
    base = by_title[experiment.base.title]
    return [one.of(by_title[one.policy]) - one.of(base) if one.policy else one.of(base) for one in targets]


def _posterior(
    experiment: Experiment, targets: tuple[tuple[Target, ...], tuple[Target, ...]], at: Floats, mean: Floats,
    doubt: Floats, is_left: np.ndarray, n_runs: int,
) -> Calibration:  # fmt: skip
    """Weigh the candidates by their likelihood and draw from them; say how all targets, also held out, are met there."""
    fitted, others = targets
    n = len(fitted)
    measured = np.array([one.value for one in fitted])
    variance = doubt[:, :n] + np.array([one.sd for one in fitted]) ** 2
    log = -0.5 * ((mean[:, :n] - measured) ** 2 / variance + np.log(variance)).sum(axis=1)
    weight = np.where(is_left, np.exp(log - log[is_left].max()), 0.0)
    luck = np.random.default_rng(experiment.design_seed)
    drawn = luck.choice(len(at), DRAWS, p=weight / weight.sum())
    values = [[one.at(float(s)) for one, s in zip(experiment.varied, at[i], strict=True)] for i in drawn]
    posterior = pd.DataFrame(values, columns=[one.name for one in experiment.varied])
    rows = [
        _met(one, mean[drawn, j] + np.sqrt(doubt[drawn, j]) * luck.standard_normal(DRAWS), doubt[drawn, j])
        for j, one in enumerate((*fitted, *others))
    ]
    met, checked = (pd.DataFrame(part, columns=MET) for part in (rows[:n], rows[n:]))
    return Calibration(experiment, fitted, posterior, met, checked, float(is_left.mean()), n_runs)


def _met(target: Target, given: Floats, doubt: Floats) -> list[Any]:
    """A row of `Calibration.met`: a target, and what the posterior gives for it."""
    low, high = np.quantile(given, [0.025, 0.975])
    apart = abs(given.mean() - target.value) / np.sqrt(doubt.mean() + target.sd**2)
    said = [target.name, target.outcome, target.label, target.policy, target.value, target.sd]
    return [*said, given.mean(), low, high, apart, target.source]
