"""How much of the spread of a policy's effect is luck, and which parameters it comes from.

A Latin hypercube over every uncertain parameter, and over the figures of the start that are in doubt and decide much; for
each draw, baseline and policy with the same parameters and the same luck, for several seeds. The spread of their difference
is then divided: what differs between seeds of one draw is luck, what differs between draws beyond that is parameters.
Which ones is read off rank correlations.

References
----------
Searle, Casella and McCulloch (1992), *Variance Components*, for the one-way layout. Saltelli and others (2008), *Global
Sensitivity Analysis*, for rank correlation where runs are few and parameters many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri
from scipy.stats import rankdata

from cwbsim.analysis.batch import Job
from cwbsim.analysis.compare import check_pair
from cwbsim.analysis.distributions import (
    Pert,
    assumed_of_levers,
    latin_hypercube,
    uncertain_figures,
    uncertain_parameters,
    with_drawn,
)
from cwbsim.analysis.kept import Measure
from cwbsim.analysis.paired import Floats
from cwbsim.analysis.run_summary import YEAR, RunSummary
from cwbsim.analysis.sharing import Simulate
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.summaries import FailedRun, summaries
from cwbsim.errors import UserError
from cwbsim.scenario import Scenario
from cwbsim.seed import checked_seeds

__all__ = ["Uncertainty", "uncertainty", "variance_components"]

RESAMPLES = 2000
#: Draws below which neither a correlation nor a share of the variance says anything: no interval, no star, no share.
FEWEST = 16

type Which = tuple[int, int, int]  # draw, seed by its place, 0 the baseline and 1 the policy


@dataclass(frozen=True, slots=True, eq=False)
class Uncertainty:
    """Differences of policy less baseline, draw by draw and seed by seed.

    Attributes
    ----------
    distributions : tuple of Pert
    draws : ndarray, shape (draws, parameters)
    differences : mapping of str to ndarray, shape (draws, seeds)
        By outcome: total (flows) or mean of the last twelve months.
    measures : mapping of str to Measure
    """

    baseline: Scenario
    policy: Scenario
    distributions: tuple[Pert, ...]
    draws: Floats
    seeds: tuple[int, ...]
    differences: Mapping[str, Floats]
    measures: Mapping[str, Measure]
    failures: tuple[FailedRun, ...]

    def spread(self) -> pd.DataFrame:
        """Return a row an outcome: mean, low and high (of 95 % of single runs), and the part of the variance that is luck.

        `luck` is the share of variance between seeds, `parameters` that between draws; `luck_low` and `luck_high` are
        a 95 % interval by resampling draws; not numbers below ``FEWEST`` draws.
        `sign_share` is the share of draws whose mean has the sign of the mean.
        """
        rows = []
        for name, x in self.differences.items():
            share = float("nan") if self.too_few else float(_luck_share(x))
            low, high = self._luck_interval(x)
            centre = x.mean()
            rows.append({
                "outcome": name, "unit": self._unit(name), "mean": centre,
                "low": float(np.quantile(x, 0.025)), "high": float(np.quantile(x, 0.975)),
                "luck": share, "luck_low": low, "luck_high": high, "parameters": 1.0 - share,
                "sign_share": float((np.sign(x.mean(axis=1)) == np.sign(centre)).mean()),
                "draws": x.shape[0], "seeds": x.shape[1],
            })  # fmt: skip
        return pd.DataFrame(rows)

    def _luck_interval(self, x: Floats) -> tuple[float, float]:
        """95 % interval of the share that is luck, by resampling draws."""
        if self.too_few:
            return float("nan"), float("nan")
        chance = np.random.default_rng(self.seeds[0])
        shares = _luck_share(x[chance.integers(0, x.shape[0], (RESAMPLES, x.shape[0]))])
        known = shares[np.isfinite(shares)]
        if not known.size:
            return float("nan"), float("nan")
        return float(np.quantile(known, 0.025)), float(np.quantile(known, 0.975))

    @property
    def too_few(self) -> bool:
        """Whether there are fewer draws than tell luck from parameters, and one parameter from another."""
        return len(self.draws) < FEWEST

    def drivers(self, outcome: str) -> pd.DataFrame:
        """Return a row a parameter: rank correlation with the effect, its interval, its part of the spread, and `decides`.

        The interval is Fisher's, wide enough for all parameters together (Bonferroni); a parameter decides where it
        leaves out nil. Below ``FEWEST`` draws there is no interval and nothing decides. Sorted by the size of the correlation.
        """
        effect = rankdata(self.differences[outcome].mean(axis=1))
        n, k = self.draws.shape
        z = float("nan") if self.too_few else float(ndtri(1.0 - 0.025 / k)) / np.sqrt(n - 3)
        rows = []
        for i, one in enumerate(self.distributions):
            ranks = rankdata(self.draws[:, i])
            r = 0.0 if np.ptp(effect) == 0.0 else float(np.corrcoef(ranks, effect)[0, 1])
            middle = np.arctanh(np.clip(r, -0.999999, 0.999999))
            low, high = float(np.tanh(middle - z)), float(np.tanh(middle + z))
            rows.append({
                "parameter": one.name, "rank_correlation": r, "low": low, "high": high, "part": r * r,
                "decides": bool(low > 0.0 or high < 0.0), "from": one.low, "mode": one.mode, "to": one.high,
            })  # fmt: skip
        return pd.DataFrame(rows).sort_values("part", ascending=False, kind="stable", ignore_index=True)

    def _unit(self, name: str) -> str:
        one = self.measures[name]
        return f"{one.unit} a year" if one.kind == "flow" else one.unit

    def to_json_dict(self, outcomes: Sequence[str] = ()) -> dict[str, Any]:
        """Everything as plain lists and numbers; drivers of the outcomes named, or of all headline ones."""
        wanted = outcomes or [name for name in self.differences if self.measures[name].headline]
        return {
            "baseline": self.baseline.title, "policy": self.policy.title, "draws": int(self.draws.shape[0]),
            "fewest_draws": FEWEST, "seeds": list(self.seeds),
            "distribution": "PERT (beta on low to high, mode at the value, weight 4), independent",
            "design": "Latin hypercube", "interval": "over seeds and parameters",
            "not_drawn": {name: value for name, value, _ in assumed_of_levers(self.policy)},
            "spread": _known(self.spread()), "drivers": {name: _known(self.drivers(name)) for name in wanted},
            "failures": [{"scenario": one.scenario, "seed": one.seed, "message": one.failure.message}
                         for one in self.failures],
        }  # fmt: skip


def _known(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table; what is not a number is None, which JSON can say."""
    return [
        {str(name): None if isinstance(value, float) and np.isnan(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def variance_components(x: Floats) -> tuple[Floats, Floats]:
    """Return the variance between seeds of a draw, and that between draws, of (..., draws, seeds).

    One-way layout: mean square within; mean square between draws less that, over the number of seeds, not below nil.
    With one seed luck cannot be told apart: it is not a number.
    """
    n_seeds = x.shape[-1]
    if n_seeds < 2:
        nothing = np.full(x.shape[:-2], np.nan)
        return nothing, nothing
    within = x.var(axis=-1, ddof=1).mean(axis=-1)
    between = x.mean(axis=-1).var(axis=-1, ddof=1) - within / n_seeds
    return np.asarray(within), np.asarray(np.maximum(between, 0.0))


def _luck_share(x: Floats) -> Floats:
    luck, between = variance_components(x)
    whole = luck + between
    return np.asarray(np.divide(luck, whole, out=np.full(np.shape(whole), np.nan), where=whole > 0.0))


def uncertainty(
    baseline: Scenario,
    policy: Scenario,
    draws: int = 32,
    seeds: int | Sequence[int] = 2,
    *,
    only: Sequence[str] = (),
    workers: int | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    simulate: Simulate | None = None,
    store: RunStore | None = None,
    retry_failed: bool = False,
) -> Uncertainty:
    """Run baseline and policy over draws of every uncertain parameter, and several seeds of each.

    Parameters
    ----------
    baseline, policy
        Scenarios of the same place, length and scale.
    draws
        Of the Latin hypercube, 4 or more; 16 or more tell luck from parameters and which of these decide. Runs are 2 x draws
        x seeds.
    seeds
        How many, counted from the baseline's own, or the seeds; two or more tell luck from parameters.
    only
        Parameters, figures of the start or groups that are drawn; all uncertain ones if empty.
    workers, progress, executor, simulate, store, retry_failed
        As for :func:`cwbsim.analysis.compare.compare`.

    Raises
    ------
    UserError
        Scenarios that cannot be paired, too few draws, an unknown parameter, or too few pairs that finished.
    """
    check_pair(baseline, (policy,))
    drawn = checked_seeds(seeds, baseline.seed)
    if draws < 4:
        raise UserError(f"draws is {draws}", allowed="4 or more")
    fixed = {*baseline.parameters, *policy.parameters}
    both = {one.name for one in uncertain_figures(policy)}  # what either scenario sets is not drawn
    figures = [one for one in uncertain_figures(baseline) if one.name in both]
    distributions = tuple(
        one for one in uncertain_parameters(only, figures=figures) if one.name not in fixed
    )
    if not distributions:
        raise UserError("no parameter is left to draw", mend="name fewer in the scenarios, or more in --parameters")
    values = latin_hypercube(distributions, draws, baseline.seed)
    done = summaries(
        _jobs(baseline, policy, distributions, values, drawn, simulate), 2, decisive=[(0, 0, 0), (0, 0, 1)], store=store,
        simulate=simulate, workers=workers, executor=executor, progress=progress, retry_failed=retry_failed,
    )  # fmt: skip
    lost = {draw for draw, _, _ in done.failed}
    whole = [draw for draw in range(draws) if draw not in lost]
    if len(whole) < 4:
        raise UserError(f"only {len(whole)} of {draws} draws finished: {done.failures[0].failure.message}")
    measures = done.finished[whole[0], 0, 0].measures
    differences = _differences(done.finished, whole, len(drawn))
    return Uncertainty(
        baseline, policy, distributions, values[whole], drawn, differences, measures, done.failures
    )


def _jobs(
    baseline: Scenario, policy: Scenario, distributions: Sequence[Pert], values: Floats, seeds: Sequence[int],
    simulate: Simulate | None,
) -> dict[Which, Job]:  # fmt: skip
    """Each draw, seed and side; the two sides of a seed follow on each other, for they may begin alike."""
    sides = [[_with(one, distributions, row) for one in (baseline, policy)] for row in values]
    return {
        (draw, place, side): Job.of(one, seed, simulate)
        for draw, both in enumerate(sides)
        for place, seed in enumerate(seeds)
        for side, one in enumerate(both)
    }


def _differences(found: Mapping[Which, RunSummary], whole: Sequence[int], n_seeds: int) -> dict[str, Floats]:
    """(draws, seeds) of each outcome that is known everywhere."""
    differences = {
        str(name): np.array(
            [
                [_last(found[draw, j, 1], str(name)) - _last(found[draw, j, 0], str(name)) for j in range(n_seeds)]
                for draw in whole
            ]
        )
        for name in found[whole[0], 0, 0].paths
    }
    return {name: x for name, x in differences.items() if np.isfinite(x).all()}


def _with(scenario: Scenario, distributions: Sequence[Pert], row: Floats) -> Scenario:
    return with_drawn(
        scenario, {one.name: float(np.clip(x, one.low, one.high)) for one, x in zip(distributions, row, strict=True)}
    )


def _last(summary: RunSummary, name: str) -> float:
    path = summary.paths[name].to_numpy()[-YEAR:]
    return float(path.sum() if summary.measures[name].kind == "flow" else np.nanmean(path))
