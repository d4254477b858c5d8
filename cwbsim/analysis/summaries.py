"""Many runs, kept where there is a store, and what a comparison reads of each."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

from cwbsim.analysis.batch import Job, run_jobs
from cwbsim.analysis.kept import KeptRun
from cwbsim.analysis.progress import Progress
from cwbsim.analysis.run_summary import RunSummary, summary_of
from cwbsim.analysis.sharing import Simulate
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.workers import Failure, cores


@dataclass(frozen=True, slots=True)
class FailedRun:
    """A run that did not finish."""

    scenario: str
    seed: int
    failure: Failure


@dataclass(frozen=True, slots=True)
class Summaries[K: Hashable]:
    """Runs that finished and runs that did not, each by the name it was asked for under."""

    finished: Mapping[K, RunSummary]
    failed: Mapping[K, Failure]
    failures: tuple[FailedRun, ...]
    keys: tuple[str, ...]
    """Of all of them, in a store."""


def summaries[K: Hashable](
    jobs: Mapping[K, Job],
    alike: int,
    *,
    decisive: Iterable[K] = (),
    store: RunStore | None = None,
    simulate: Simulate | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool = True,
    retry_failed: bool = False,
) -> Summaries[K]:
    """Do runs, or find them in the store.

    Parameters
    ----------
    jobs
        Runs under any names.
    alike
        So many that follow on each other may begin alike: they are done together unless that left a worker idle.
    decisive
        Names of runs whose input cannot be used if theirs cannot: then the rest is dropped.
    store, simulate, workers, executor, progress, retry_failed
        As for `cwbsim.compare`.

    Raises
    ------
    UserError
        That of a decisive run.
    """
    in_order = list(jobs.values())
    together = 1 if len(in_order) < alike * (workers or cores()) else alike
    groups: list[Sequence[Job]] = [in_order[i : i + together] for i in range(0, len(in_order), together)]
    stop_at = {jobs[name].identity.key for name in decisive}
    found: dict[str, RunSummary | Failure] = {}
    with Progress(len({job.identity.key for job in in_order}), "run", progress) as bar:
        for done in run_jobs(
            groups, store, simulate=simulate, workers=workers, executor=executor, at_most=len(groups),
            retry_failed=retry_failed,
        ):  # fmt: skip
            key = done.job.identity.key
            if done.failure is not None and done.failure.error is not None and key in stop_at:
                raise done.failure.error
            found[key] = _summary(done.result, key, store)
            bar.step()
    by_name = {name: found[job.identity.key] for name, job in jobs.items()}
    failed = {name: one for name, one in by_name.items() if isinstance(one, Failure)}
    return Summaries(
        {name: one for name, one in by_name.items() if not isinstance(one, Failure)},
        failed,
        tuple(FailedRun(jobs[name].scenario.title, jobs[name].seed, one) for name, one in failed.items()),
        tuple(found),
    )


def _summary(result: KeptRun | Failure | None, key: str, store: RunStore | None) -> RunSummary | Failure:
    """What is read of a run; of one that was finished earlier, from the store."""
    if isinstance(result, Failure):
        return result
    if result is None:
        assert store is not None
        result = store.get(key)
    return summary_of(result)
