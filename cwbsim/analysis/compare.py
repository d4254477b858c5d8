"""Policies against a baseline, with the same luck: paired differences and what luck does to them."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cwbsim.analysis.batch import Job
from cwbsim.analysis.kept import Measure
from cwbsim.analysis.paired import Floats, known_mean, paired_interval, running_mean
from cwbsim.analysis.run_summary import YEAR, RunSummary
from cwbsim.analysis.sharing import Simulate
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.summaries import FailedRun, summaries
from cwbsim.errors import UserError
from cwbsim.scenario import Scenario
from cwbsim.scenario_given import checked_scenario
from cwbsim.seed import checked_seeds

if TYPE_CHECKING:
    from cwbsim.report.plots import ComparisonPlots

DEFAULT_SEEDS = 8

Window = Literal["last_year", "all_months"]


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What the runs of a baseline and its policies said, pair by pair of the same seed.

    Examples
    --------
    Made by `compare`:

    >>> from cwbsim import load_scenario
    >>> hamlet = load_scenario("teaching/hamlet").model_copy(update={"months": 2})
    >>> found = compare(hamlet, hamlet.model_copy(update={"title": "The same"}), seeds=2, workers=1)
    >>> found.to_frame().set_index("outcome").loc["jobs", "difference"].item()
    0.0
    """

    baseline: Scenario
    policies: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    runs: Mapping[tuple[int, int], RunSummary]  # by (0 the baseline, 1.. the policies; seed)
    failures: tuple[FailedRun, ...]
    seconds: float
    keys: tuple[str, ...] = ()
    """Of all its runs, in a store."""
    note: str = ""
    """What a reader of its intervals has to know besides, such as how many seeds were decided upon."""

    @property
    def measures(self) -> dict[str, Measure]:
        """Every outcome's unit, definition and kind, in the order in which runs list them."""
        return dict(next(iter(self.runs.values())).measures) if self.runs else {}

    @property
    def plot(self) -> ComparisonPlots:
        """The figures of the report: ``comparison.plot.over_time()``, ``.by_income()``, ``.flows()`` ..."""
        from cwbsim.report.plots import ComparisonPlots

        return ComparisonPlots(self)

    def pairs(self, policy: int) -> list[int]:
        """Seeds for which both the baseline and policy number `policy` (from 1) finished."""
        return [seed for seed in self.seeds if (0, seed) in self.runs and (policy, seed) in self.runs]

    def to_frame(self, window: Window = "last_year", *, headline_only: bool = True) -> pd.DataFrame:
        """The table of paired differences.

        Parameters
        ----------
        window
            "last_year": total (flows) or mean (stocks, shares) of the last twelve months. "all_months": the
            same over the whole run.
        headline_only
            Leave out what the model also measures.

        Returns
        -------
        pandas.DataFrame
            A row for each scenario and outcome: scenario, outcome, unit, baseline, policy, difference, low,
            high, seeds. `low` and `high` are the 95 % paired t interval over seeds (not over parameters): nan
            for one seed. `unit` is that of the sum or mean, "£ a year" where flows are recorded in "£".

        Warns
        -----
        UserWarning
            No pair of runs finished, so that there is nothing to show: the first failure is named.
        """
        if self.failures and not any(self.pairs(n) for n in range(1, len(self.policies) + 1)):
            first = self.failures[0]
            warnings.warn(
                f"no pair of runs finished; the first that failed is seed {first.seed} of {first.scenario!r}:"
                f" {first.failure.exception}: {first.failure.message} (all of them: .failures)",
                stacklevel=2,
            )
        rows = []
        for number, name, before, after in self.pairs_of_paths(headline_only):
            measure = self.measures[name]
            one, other = _in_window(before, measure, window), _in_window(after, measure, window)
            is_pair = np.isfinite(other - one)
            one, other = one[is_pair], other[is_pair]
            if not is_pair.any():
                continue
            difference, low, high = paired_interval(other - one)
            rows.append(
                {
                    "scenario": self.policies[number - 1].title,
                    "outcome": name,
                    "unit": unit_in_window(measure, window, before.shape[1]),
                    "baseline": one.mean(),
                    "policy": other.mean(),
                    "difference": float(difference),
                    "low": float(low),
                    "high": float(high),
                    "seeds": one.size,
                }
            )
        columns = ["scenario", "outcome", "unit", "baseline", "policy", "difference", "low", "high", "seeds"]
        return pd.DataFrame(rows, columns=columns)

    def paths(self, running_months: int = 1, *, headline_only: bool = True) -> pd.DataFrame:
        """Month by month: means of baseline and policy, their paired difference, its interval over seeds.

        Parameters
        ----------
        running_months
            Each month's value is first averaged with those before it, up to this many in all.
        headline_only
            Leave out what the model also measures.

        Returns
        -------
        pandas.DataFrame
            scenario, outcome, unit, month, baseline, policy, difference, low, high.
        """
        parts = []
        for number, name, before, after in self.pairs_of_paths(headline_only):
            before, after = running_mean(before, running_months), running_mean(after, running_months)
            difference, low, high = paired_interval(after - before)
            parts.append(
                pd.DataFrame(
                    {
                        "scenario": self.policies[number - 1].title,
                        "outcome": name,
                        "unit": unit_of_month(self.measures[name]),
                        "month": np.arange(1, before.shape[1] + 1),
                        "baseline": known_mean(before, axis=0),
                        "policy": known_mean(after, axis=0),
                        "difference": difference,
                        "low": low,
                        "high": high,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def divided(self) -> pd.DataFrame:
        """Last year's paired differences of every breakdown (section, anchor, place, decile ...)."""
        parts = []
        for number in range(1, len(self.policies) + 1):
            seeds = self.pairs(number)
            if not seeds:
                continue
            before = pd.concat([self.runs[0, seed].divided for seed in seeds], axis="columns")
            after = pd.concat([self.runs[number, seed].divided for seed in seeds], axis="columns")
            before, after = before.align(after, join="outer", axis="index")
            difference, low, high = paired_interval((after.to_numpy() - before.to_numpy()).T)
            part = before.index.to_frame(index=False)
            units = [unit_in_window(self.measures[name], "last_year", YEAR) for name in part["outcome"]]
            part.insert(0, "scenario", self.policies[number - 1].title)
            part.insert(2, "unit", units)
            values = {
                "baseline": known_mean(before.to_numpy(), axis=1),
                "policy": known_mean(after.to_numpy(), axis=1),
            }
            parts.append(part.assign(**values, difference=difference, low=low, high=high, seeds=len(seeds)))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def pairs_of_paths(self, headline_only: bool) -> Iterator[tuple[int, str, Floats, Floats]]:
        """Give policy number, outcome, and (seeds, months) of the baseline and of the policy."""
        for number in range(1, len(self.policies) + 1):
            seeds = self.pairs(number)
            for name, measure in self.measures.items():
                if not seeds or (headline_only and not measure.headline):
                    continue
                if any(name not in self.runs[n, s].paths for n in (0, number) for s in seeds):
                    continue  # an outcome that has breakdowns only
                before = np.stack([self.runs[0, seed].paths[name].to_numpy() for seed in seeds])
                after = np.stack([self.runs[number, seed].paths[name].to_numpy() for seed in seeds])
                yield number, name, before, after


def compare(
    baseline: Scenario,
    policies: Scenario | Iterable[Scenario],
    seeds: int | Sequence[int] = DEFAULT_SEEDS,
    *,
    workers: int | None = None,
    progress: bool = True,
    executor: Executor | None = None,
    simulate: Simulate | None = None,
    store: RunStore | None = None,
    retry_failed: bool = False,
) -> Comparison:
    """Run a baseline and policies on the same seeds.

    From a script, call it below ``if __name__ == "__main__":``, for the workers import that script.

    Parameters
    ----------
    baseline, policies
        Scenarios of the same place, length and scale. Where they differ in their levers only, the months
        before the first of these starts are simulated once for all; the results do not depend on it.
    seeds
        How many, counted from the baseline's own seed; or the seeds themselves.
    workers
        Processes; the cores of this machine by default. The result does not depend on it.
    progress
        Say on stderr how far it is, once it has taken a second.
    executor
        Any `concurrent.futures.Executor` to use instead of processes on this machine.
    simulate
        Another function from scenario and seed to a run, importable by name.
    store
        Where each run is kept as soon as it is finished; those that are there already are not run again.
    retry_failed
        Do again what failed there. Left out, only runs are that failed by something outside them (input that
        could not be used, a file, memory, a package), which may have been mended since.

    Returns
    -------
    Comparison
        Runs that failed are in `failures`; the pairs that are whole still count.

    Raises
    ------
    UserError
        Scenarios that cannot be paired, seeds that are no whole numbers in range or are given twice, or input that
        the builder of the world refuses with the first seed. With a later one the run is in `failures`, for it may
        be that seed's alone.

    Examples
    --------
    >>> from cwbsim import load_scenario
    >>> from cwbsim.scenario_changes import changed
    >>> hamlet = load_scenario("teaching/hamlet").model_copy(update={"months": 2})
    >>> heavier = changed(hamlet, {"title": "Heavier", "levers.social_value_weight.weight": 0.3})
    >>> compare(hamlet, heavier, seeds=2, workers=1).pairs(1)
    [1, 2]
    """
    one_alone = isinstance(policies, Scenario | str) or not isinstance(policies, Iterable)
    chosen: tuple[Scenario, ...] = (policies,) if one_alone else tuple(policies)  # type: ignore[assignment]
    check_pair(baseline, chosen)
    drawn = checked_seeds(seeds, baseline.seed)
    started = time.monotonic()
    scenarios = (baseline, *chosen)
    jobs = {(n, seed): Job.of(one, seed, simulate) for seed in drawn for n, one in enumerate(scenarios)}
    found = summaries(
        jobs, len(scenarios), decisive=[name for name in jobs if name[1] == drawn[0]], store=store, simulate=simulate,
        workers=workers, executor=executor, progress=progress, retry_failed=retry_failed,
    )  # fmt: skip
    took = time.monotonic() - started
    return Comparison(baseline, chosen, drawn, found.finished, found.failures, took, found.keys)


def unit_of_month(measure: Measure) -> str:
    """The unit of one month's value."""
    has_period = measure.kind != "flow" or measure.unit.endswith(" a month")
    return measure.unit if has_period else f"{measure.unit} a month"


def unit_in_window(measure: Measure, window: Window, months: int) -> str:
    """The unit of a flow added up, or of a stock or share averaged."""
    if measure.kind != "flow":
        return measure.unit
    stem = measure.unit.removesuffix(" a month")
    if window == "last_year" and months >= YEAR:
        return f"{stem} a year"
    return f"{stem} in {min(months, YEAR) if window == 'last_year' else months} months"


def _in_window(values: Floats, measure: Measure, window: Window) -> Floats:
    """(seeds, months) to (seeds,): total of a flow, mean of a stock or share."""
    part = values[:, -YEAR:] if window == "last_year" else values
    return np.asarray(part.sum(axis=1) if measure.kind == "flow" else known_mean(part, axis=1))


def check_pair(baseline: Scenario, policies: tuple[Scenario, ...]) -> None:
    """Refuse scenarios whose differences would not be the policies'."""
    for number, one in enumerate((baseline, *policies)):
        checked_scenario(one, f"policy {number}" if number else "the baseline")
    if not policies:
        raise UserError("there is no policy to compare with the baseline", mend="name one scenario more")
    for policy in policies:
        for name in ("place", "neighbours", "months", "scale"):
            one, other = getattr(baseline, name), getattr(policy, name)
            if one != other:
                raise UserError(
                    f"{name} is {one!r} in {baseline.title!r} and {other!r} in {policy.title!r}",
                    allowed="a pair shares place, neighbours, months and scale, or the difference is not the policy's",
                )
    titles = [scenario.title for scenario in (baseline, *policies)]
    if len(set(titles)) < len(titles):
        raise UserError(f"two scenarios have the same title: {titles}", mend="give each its own")
