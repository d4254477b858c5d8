"""Runs to be done: those in the store are left out, each of the others is stored as soon as it is there."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cwbsim.analysis.identity import RunId, run_id
from cwbsim.analysis.kept import KeptRun
from cwbsim.analysis.sharing import Simulate, kept_runs
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.workers import Failure, batch_outcomes
from cwbsim.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Job:
    """One run to be done."""

    scenario: Scenario
    seed: int
    identity: RunId

    @classmethod
    def of(cls, scenario: Scenario, seed: int, simulate: Simulate | None = None) -> Job:
        """A job with its identity."""
        return cls(scenario, seed, run_id(scenario, seed, simulate))


type DoneBy = Callable[[Sequence[Any]], Sequence[KeptRun | Failure]]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a job."""

    job: Job
    result: KeptRun | Failure | None
    """None: it was finished earlier, and its table is in the store."""

    @property
    def failure(self) -> Failure | None:
        """Why it failed, if it did."""
        return self.result if isinstance(self.result, Failure) else None


def run_jobs(
    groups: Iterable[Sequence[Job]],
    store: RunStore | None = None,
    *,
    simulate: Simulate | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    at_most: int | None = None,
    retry_failed: bool = False,
    done_by: DoneBy | None = None,
) -> Iterator[Done]:
    """Do jobs that are not done yet, and say what came of each, in the order in which they end.

    Parameters
    ----------
    groups
        Jobs that are cheaper together (`cwbsim.analysis.sharing`), taken as workers come free: there may be
        any number, and this process holds a few at a time. One that is given twice is done once.
    store
        Where finished runs are looked up, and written as they come.
    simulate, workers, executor, at_most
        As in `cwbsim.compare` and `cwbsim.analysis.workers.batch_outcomes`.
    retry_failed
        Do again whatever failed before. Left out, only runs are that failed by something that may have been
        mended since (`Failure.may_be_mended`): the others would fail again.
    done_by
        Another function, importable by name, from the jobs of a group to what is kept of each.
    """
    given: set[str] = set()
    known: deque[Done] = deque()
    alone: deque[Job] = deque()
    deaths: dict[str, int] = {}

    def to_do() -> Iterator[Sequence[Job]]:
        for group in groups:
            new = list({job.identity.key: job for job in group if job.identity.key not in given}.values())
            given.update(job.identity.key for job in new)
            left = [job for job in new if not _is_done(job, store, retry_failed, known, alone, deaths)]
            if left:
                yield left

    def suspected(job: Job) -> None:
        deaths[job.identity.key] = deaths.get(job.identity.key, 0) + 1
        if store is not None:
            failure = Failure("WorkerDied", "a worker died while this run was at work", "", stage="worker")
            store.put_failure(job.scenario, job.identity, replace(failure, attempts=deaths[job.identity.key]))

    function = partial(kept_runs, simulate=simulate) if done_by is None else done_by
    answers = batch_outcomes(function, to_do(), workers, executor, at_most, alone, suspected)
    for job, result in answers:
        while known:
            yield known.popleft()
        if isinstance(result, Failure) and result.stage == "worker":
            died = deaths.get(job.identity.key, 0) + 1
            result = replace(result, attempts=max(result.attempts, died))
        _keep(job, result, store)
        yield Done(job, result)
    while known:
        yield known.popleft()


def _is_done(
    job: Job,
    store: RunStore | None,
    retry_failed: bool,
    known: deque[Done],
    alone: deque[Job],
    deaths: dict[str, int],
) -> bool:
    """Whether a job need not be handed out now: it is finished, has failed, or is under suspicion."""
    record = None if store is None else store.record(job.identity.key)
    if store is None or record is None:
        return False
    failure = record.failure
    if record.status == "FAILED" and failure is not None and (retry_failed or failure.may_be_mended):
        return False
    store.know(job.scenario, job.identity.scenario)
    if record.status == "ABORTED":
        deaths[record.key] = record.attempts
        alone.append(job)
    else:
        known.append(Done(job, failure))
    return True


def _keep(job: Job, result: KeptRun | Failure, store: RunStore | None) -> None:
    if store is None:
        return
    if isinstance(result, Failure):
        store.put_failure(job.scenario, job.identity, result)
    else:
        store.put(job.scenario, job.identity, result)
