"""Which of the varied things decide an outcome, or the effect of a policy: Sobol and Morris indices, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from cwbsim.analysis.experiment import Experiment
from cwbsim.analysis.experiment_file import load_experiment
from cwbsim.analysis.paired import Floats
from cwbsim.analysis.sharing import Simulate
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.sweep import points_of, sweep
from cwbsim.errors import MissingExtraError, UserError, unknown

Method = Literal["sobol", "morris"]
CITATION = {
    "sobol": "first-order and total indices by Saltelli's design (Saltelli et al. 2010; Jansen's total index)",
    "morris": "elementary effects (Morris 1991; Campolongo et al. 2007), in units of the outcome over a whole range",
}
MORRIS_LEVELS = 4


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """What decides, as found.

    Attributes
    ----------
    frame : pandas.DataFrame
        A row for each scenario, outcome and varied thing: scenario, is_difference, outcome, unit, name, and
        sobol: first, first_half, total, total_half (shares of the variance between points, each plus or minus
        the half-width of its 95 % bootstrap interval); morris: mu_star, mu_star_half, mu, sigma. luck_share is
        how much of the variance between points is the luck of the seeds, which no index can explain.
    """

    experiment: Experiment
    method: Method
    n: int
    n_runs: int
    frame: pd.DataFrame

    @property
    def measure(self) -> str:
        """The column that ranks."""
        return "total" if self.method == "sobol" else "mu_star"

    def in_words(self) -> str:
        """What decides each outcome, the first three, for a person."""
        lines = [
            f"{self.experiment.question}",
            f"{self.method}: {CITATION[self.method]}; {self.n_runs} runs.",
        ]
        for (scenario, outcome), part in self.frame.groupby(["scenario", "outcome"], sort=False):
            ranked = part.sort_values(self.measure, ascending=False)
            first = ranked.iloc[0]
            what = (
                f"effect of {scenario} on {outcome}" if first["is_difference"] else f"{outcome} ({scenario})"
            )
            if not first["spread"] > 0.0:
                lines.append(f"{what}: the same at every point")
                continue
            said = [
                f"{row['name']} {row[self.measure]:.3g} ± {row[self.measure + '_half']:.2g}"
                for row in ranked.head(3).to_dict("records")
            ]
            luck = (
                f"; luck {100 * first['luck_share']:.0f} % of the variance"
                if np.isfinite(first["luck_share"])
                else ""
            )
            lines.append(f"{what}: {', '.join(said)}{luck}")
        return "\n".join(lines)


def sensitivity(
    experiment: Experiment | str | Path,
    store: RunStore,
    *,
    method: Method = "sobol",
    n: int = 64,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool = True,
    simulate: Simulate | None = None,
    retry_failed: bool = False,
) -> Sensitivity:
    """Run what an index needs, and work it out.

    Parameters
    ----------
    experiment
        What varies (its ``[vary]``; ranges only), policies and seeds; its own design is left aside. All points
        have the same seeds, so that luck is common to them.
    store
        Where runs are kept; a stopped analysis goes on from it.
    method
        "sobol": n (k + 2) points for k varied things, n a power of two. "morris": n (k + 1) points.
    n
        How many base samples, or trajectories.
    workers, executor, progress, simulate, retry_failed
        As for `cwbsim.sweep`.

    Raises
    ------
    UserError
        Nothing varies, a list of values varies, or a point has no finished run.
    MissingExtraError
        SALib is not installed.
    """
    chosen = experiment if isinstance(experiment, Experiment) else load_experiment(experiment)
    shares, problem = _design(chosen, method, n)
    points = tuple(
        {one.name: one.at(float(share)) for one, share in zip(chosen.varied, row, strict=True)}
        for row in shares
    )
    listed = replace(chosen, design="list", listed=points)
    how: dict[str, Any] = {"workers": workers, "executor": executor, "progress": progress}
    done = sweep(listed, store, simulate=simulate, retry_failed=retry_failed, **how)
    values = points_of(listed, store, simulate)
    rows: list[dict[str, Any]] = []
    for (scenario, outcome, is_difference, unit), table in values.items():
        mean = table.mean(axis=1)
        if not np.isfinite(mean).all():
            bad = int((~np.isfinite(mean)).sum())
            raise UserError(
                f"{bad} of {len(mean)} points have no value of {outcome}: runs failed, or it is not known there",
                str(store.path),
                mend="see `cwbsim runs list --failed`, narrow the ranges, or name other outcomes",
            )
        luck = _luck(table)
        spread = float(mean.std())
        common = {"scenario": scenario, "is_difference": is_difference, "outcome": outcome, "unit": unit}
        luck_share = min(1.0, luck / mean.var(ddof=1)) if spread > 0 and np.isfinite(luck) else np.nan
        common |= {"spread": spread, "luck_share": luck_share}
        indices = _indices(problem, method, shares, mean)
        for place, one in enumerate(chosen.varied):
            rows.append({**common, "name": one.name, **{k: float(v[place]) for k, v in indices.items()}})
    return Sensitivity(chosen, method, n, done.status.planned, pd.DataFrame(rows))


def _luck(table: Floats) -> float:
    """Variance that luck gives the points' means, of (points, seeds).

    All points have the same seeds: what luck does to all of them alike moves no difference between points. What is
    left when the means of points and of seeds are taken out is luck that does.
    """
    points, seeds = table.shape
    if seeds < 2 or points < 2:
        return float("nan")
    left = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0, keepdims=True) + table.mean()
    return float((left**2).sum() / ((points - 1) * (seeds - 1)) / seeds)


def _design(experiment: Experiment, method: Method, n: int) -> tuple[Floats, dict[str, Any]]:
    """The points as shares of each range, and SALib's description of them."""
    if method not in get_args(Method):
        raise unknown("method", method, get_args(Method))
    if not experiment.varied:
        raise UserError("nothing varies", mend='[vary] and a line such as "labour.churn_rate" = {}')
    if lists := [one.name for one in experiment.varied if one.values]:
        raise UserError(
            f"{lists[0]} has a list of values", allowed="ranges, for indices share out a variance"
        )
    try:
        from SALib.sample import morris as morris_sample
        from SALib.sample import sobol as sobol_sample
    except ImportError:
        raise MissingExtraError(
            "sensitivity needs the package SALib, which is not installed",
            mend='pip install "cwbsim[analysis]"',
        ) from None
    names = [one.name for one in experiment.varied]
    problem = {"num_vars": len(names), "names": names, "bounds": [[0.0, 1.0]] * len(names)}
    seed = experiment.design_seed
    if method == "morris":
        shares = morris_sample.sample(problem, n, num_levels=MORRIS_LEVELS, seed=seed)
        return np.asarray(shares, float), problem
    if n < 2 or n & (n - 1):
        raise UserError(f"n is {n}", allowed="a power of two, for Sobol's sequence is even only then")
    shares = sobol_sample.sample(problem, n, calc_second_order=False, seed=seed)
    return np.clip(np.asarray(shares, float), 0.0, 1.0), problem


def _indices(problem: Mapping[str, Any], method: Method, shares: Floats, values: Floats) -> dict[str, Floats]:
    """Indices of one outcome; nil where it is the same everywhere."""
    k = problem["num_vars"]
    nil = np.zeros(k)
    if method == "morris":
        if values.std() == 0.0:
            return {"mu_star": nil, "mu_star_half": nil, "mu": nil, "sigma": nil}
        from SALib.analyze import morris

        found = morris.analyze(
            dict(problem), shares, values, num_levels=MORRIS_LEVELS, seed=1, print_to_console=False
        )
        names = {"mu_star": "mu_star", "mu_star_conf": "mu_star_half", "mu": "mu", "sigma": "sigma"}
    else:
        if values.std() == 0.0:
            return {"first": nil, "first_half": nil, "total": nil, "total_half": nil}
        from SALib.analyze import sobol

        found = sobol.analyze(dict(problem), values, calc_second_order=False, seed=1, print_to_console=False)
        names = {"S1": "first", "S1_conf": "first_half", "ST": "total", "ST_conf": "total_half"}
    return {ours: np.asarray(found[theirs], float) for theirs, ours in names.items()}
