"""Running an experiment: a plan, the runs of it that are not done yet, and what they say point by point."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.analysis.batch import Job, run_jobs
from cwbsim.analysis.compare import unit_in_window
from cwbsim.analysis.experiment import Experiment
from cwbsim.analysis.experiment_file import load_experiment
from cwbsim.analysis.kept import KeptRun
from cwbsim.analysis.paired import Floats, paired_interval
from cwbsim.analysis.progress import Progress
from cwbsim.analysis.run_summary import last_year
from cwbsim.analysis.sharing import Simulate
from cwbsim.analysis.store import RunStore
from cwbsim.errors import UserError

type Shard = tuple[int, int]
WHOLE: Shard = (1, 1)


@dataclass(frozen=True, slots=True)
class Status:
    """How far an experiment is."""

    planned: int
    finished: int
    failed: int

    @property
    def to_do(self) -> int:
        """Runs that are neither."""
        return self.planned - self.finished - self.failed


@dataclass(frozen=True, slots=True)
class SweepResult:
    """An experiment and the store with its runs."""

    experiment: Experiment
    store: Path
    status: Status
    seconds: float

    def to_frame(self) -> pd.DataFrame:
        """What was found, point by point; see `summary_frame`."""
        with RunStore(self.store, read_only=True) as store:
            return summary_frame(self.experiment, store)


def sweep(
    experiment: Experiment | str | Path,
    store: RunStore | str | Path,
    *,
    workers: int | None = None,
    executor: Executor | None = None,
    shard: Shard = WHOLE,
    progress: bool = True,
    simulate: Simulate | None = None,
    retry_failed: bool = False,
) -> SweepResult:
    """Do the runs of an experiment that are not done yet.

    From a script, call it below ``if __name__ == "__main__":``, for the workers import that script.

    Parameters
    ----------
    experiment
        An experiment, or its file.
    store
        A run store, or its file, made if it is not there. What it holds is not run again.
    workers, executor, progress, simulate, retry_failed
        As for `cwbsim.compare`.
    shard
        (3, 16) does the third sixteenth of the runs, for job arrays; put the stores together with
        `RunStore.merge` or ``cwbsim runs merge``.

    Returns
    -------
    SweepResult
        How many runs finished and failed (``status``), and ``to_frame()``: a row a point, scenario and outcome.

    Raises
    ------
    UserError
        An experiment that cannot be run.
    CannotWriteError
        The store cannot be written; every finished run is kept.

    Examples
    --------
    >>> import tempfile
    >>> text = 'question = "?"\\nbase = "teaching/hamlet"\\nmonths = 1\\n[vary]\\nflq_delta = [0.2, 0.3]\\n'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "experiment.toml"
    ...     _ = file.write_text(text)
    ...     found = sweep(file, Path(folder) / "results.sqlite", workers=1, progress=False)
    >>> found.status.finished
    2
    """
    chosen = experiment if isinstance(experiment, Experiment) else load_experiment(experiment)
    if not isinstance(store, RunStore):
        with RunStore(store) as opened:
            return sweep(chosen, opened, workers=workers, executor=executor, shard=shard, progress=progress,
                         simulate=simulate, retry_failed=retry_failed)  # fmt: skip
    started = time.monotonic()
    finished = failed = 0
    planned = (
        chosen.n_runs() if shard == WHOLE else sum(len(group) for group in plan(chosen, shard, simulate))
    )
    how: dict[str, Any] = {"simulate": simulate, "workers": workers, "executor": executor}
    with Progress(planned, "run", progress) as bar:
        for done in run_jobs(plan(chosen, shard, simulate), store, retry_failed=retry_failed, **how):
            failed += done.failure is not None
            finished += done.failure is None
            bar.step()
    return SweepResult(
        chosen, store.path, Status(finished + failed, finished, failed), time.monotonic() - started
    )


def plan(
    experiment: Experiment, shard: Shard = WHOLE, simulate: Simulate | None = None
) -> Iterator[Sequence[Job]]:
    """The runs of an experiment, those together that can share their first months; one point after another."""
    number, of = shard
    if not 1 <= number <= of:
        raise UserError(f"shard is {number}/{of}", allowed="1/n to n/n, such as 3/16")
    for point, values in enumerate(experiment.points()):
        scenarios = experiment.scenarios(point, values)
        for seed in experiment.seeds:
            group = [Job.of(one, seed, simulate) for one in scenarios]
            if of == 1 or int(group[0].identity.key[:12], 16) % of == number - 1:
                yield group


def status_of(experiment: Experiment, store: RunStore, simulate: Simulate | None = None) -> Status:
    """How far an experiment is in a store."""
    keys = {job.identity.key for group in plan(experiment, simulate=simulate) for job in group}
    found = [record.status for record in map(store.record, keys) if record is not None]
    return Status(len(keys), found.count("SUCCEEDED"), found.count("FAILED"))


def summary_frame(
    experiment: Experiment, store: RunStore, simulate: Simulate | None = None, *, headline_only: bool = True
) -> pd.DataFrame:
    """What was found in the last twelve months, point by point.

    Parameters
    ----------
    experiment, store
        What was run, and where it is kept.
    simulate
        As for `sweep`.
    headline_only
        Where the experiment names no outcomes: the headlines, or every total.

    Returns
    -------
    pandas.DataFrame
        A row for each point, scenario and outcome: point, the values there, scenario, outcome, unit, value,
        low, high, seeds. For the base `value` is the mean over seeds; for a policy it is the mean paired
        difference from the base, and `is_difference` is true. `low` and `high` are the 95 % t interval over
        seeds, nan for one.
    """
    rows = []
    for one in _found(experiment, store, simulate, headline_only):
        if not np.isfinite(one.values).any():
            continue
        mean, low, high = paired_interval(one.values)
        point = {k: _cell(v) for k, v in experiment.points()[one.point].items()}
        rows.append(
            [one.point + 1, *(point.get(name, np.nan) for name in experiment.names), one.scenario, one.is_difference,
             one.outcome, one.unit, float(mean), float(low), float(high), int(np.isfinite(one.values).sum())]
        )  # fmt: skip
    columns = ["point", *experiment.names, "scenario", "is_difference", "outcome", "unit", "value", "low", "high", "seeds"]
    return pd.DataFrame(rows, columns=columns)


def points_of(
    experiment: Experiment, store: RunStore, simulate: Simulate | None = None
) -> dict[tuple[str, str, bool, str], Floats]:
    """Last year's value at each point and seed, by (scenario, outcome, whether it is a difference, unit).

    Returns
    -------
    dict of ndarray of float64, shape (points, seeds)
        For the base the level, for a policy the paired difference from it; nan where a run is not finished.
        The outcomes are the experiment's, or the headlines if it names none.
    """
    blank = np.full((len(experiment.points()), len(experiment.seeds)), np.nan)
    tables: dict[tuple[str, str, bool, str], Floats] = {}
    for one in _found(experiment, store, simulate, headline_only=True):
        key = (one.scenario, one.outcome, one.is_difference, one.unit)
        tables.setdefault(key, blank.copy())[one.point] = one.values
    return tables


@dataclass(frozen=True, slots=True)
class _Found:
    """Last year's value of an outcome at a point: the base's level, or a policy's paired difference from it."""

    point: int  # from 0
    scenario: str
    is_difference: bool
    outcome: str
    unit: str
    values: Floats  # (seeds,)


def _found(
    experiment: Experiment, store: RunStore, simulate: Simulate | None, headline_only: bool
) -> Iterator[_Found]:
    """Give what finished runs say, of the outcomes the experiment names or, if it names none, the headlines or all."""
    for number, values in enumerate(experiment.points()):
        found = _values_at(experiment, store, number, values, simulate)
        if found is None:
            continue
        layout, by_title = found[0].layout, found[1]
        base = by_title[experiment.base.title]
        for name, column in layout.totals.items():
            measure = layout.by_name[name]
            unit = unit_in_window(measure, "last_year", len(layout.months))
            if not (name in experiment.outcomes if experiment.outcomes else measure.headline or not headline_only):
                continue
            for place, (title, table) in enumerate(by_title.items()):
                one = table[:, column] - base[:, column] if place else table[:, column]
                yield _Found(number, title, place > 0, name, unit, one)


def _values_at(
    experiment: Experiment, store: RunStore, number: int, values: dict[str, Any], simulate: Simulate | None
) -> tuple[KeptRun, dict[str, Floats]] | None:
    """Last year's value by scenario, (seeds, series) each; nan where a run is not finished. None if none is."""
    scenarios = experiment.scenarios(number, values)
    first: KeptRun | None = None
    found: dict[tuple[int, int], Floats] = {}
    for place, scenario in enumerate(scenarios):
        for row, seed in enumerate(experiment.seeds):
            job = Job.of(scenario, seed, simulate)
            record = store.record(job.identity.key)
            if record is not None and record.status == "SUCCEEDED":
                kept = store.get(record.key)
                first = first or kept
                found[place, row] = last_year(kept.values, kept.layout)
    if first is None:
        return None
    blank = np.full(len(first.layout.series), np.nan)
    originals = (experiment.base, *experiment.policies)
    return first, {
        original.title: np.stack([found.get((place, row), blank) for row in range(len(experiment.seeds))])
        for place, original in enumerate(originals)
    }


def _cell(value: Any) -> Any:
    """A value as a cell of a table."""
    return "+".join(map(str, value)) if isinstance(value, tuple) else value


__all__ = ["SweepResult", "plan", "status_of", "summary_frame", "sweep"]
