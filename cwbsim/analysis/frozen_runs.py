"""Many runs with mechanisms frozen: those of one seed begin with one world, and each is kept where there is a store."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import cache, partial
from typing import Self

from cwbsim.analysis.batch import Done, Job, run_jobs
from cwbsim.analysis.freezing import BESIDE, FLOWS, JOBS, observed
from cwbsim.analysis.identity import run_id
from cwbsim.analysis.kept import KeptRun, Layout, Measure
from cwbsim.analysis.paired import Floats
from cwbsim.analysis.progress import Progress
from cwbsim.analysis.sharing import begins_like
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.summaries import FailedRun
from cwbsim.analysis.workers import Failure, cores, guarded
from cwbsim.outcomes import OUTCOMES
from cwbsim.scenario import Scenario
from cwbsim.simulation import build_world
from cwbsim.world import World

__all__ = ["FrozenJob", "RunFrozen", "frozen_runs", "kept_frozen"]

type RunFrozen = Callable[[Scenario, int, tuple[str, ...]], Floats]


@dataclass(frozen=True, slots=True)
class FrozenJob(Job):
    """One run with mechanisms frozen; a run of the same scenario and seed with others frozen is another."""

    frozen: tuple[str, ...]
    run: RunFrozen | None = None

    @classmethod
    def of(cls, scenario: Scenario, seed: int, frozen: tuple[str, ...] = (), run: RunFrozen | None = None) -> Self:  # type: ignore[override]
        """A job with its identity, of which what is frozen is a part."""
        done_by: Callable[..., Floats] = run or observed
        return cls(scenario, seed, run_id(scenario, seed, partial(done_by, frozen=frozen)), frozen, run)


def frozen_runs[K: Hashable](
    jobs: Mapping[K, FrozenJob],
    alike: int,
    *,
    store: RunStore | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool = True,
    retry_failed: bool = False,
) -> tuple[dict[K, Floats], tuple[FailedRun, ...]]:
    """Do runs, or find them in the store: (months, columns) of each that finished, and those that did not.

    Parameters
    ----------
    jobs
        Runs under any names.
    alike
        So many that follow on each other begin with the same world: they are done together unless that left a
        worker idle.
    store, workers, executor, progress, retry_failed
        As for `cwbsim.compare`.

    Raises
    ------
    UserError
        That of a run of the first seed.
    """
    names = {job.identity.key: name for name, job in jobs.items()}
    in_order = list(jobs.values())
    together = 1 if len(in_order) < alike * (workers or cores()) else alike
    groups = [in_order[i : i + together] for i in range(0, len(in_order), together)]
    found: dict[K, Floats] = {}
    failed: list[FailedRun] = []
    with Progress(len(jobs), "run", progress) as bar:
        for done in run_jobs(
            groups, store, done_by=kept_frozen, workers=workers, executor=executor, at_most=len(groups),
            retry_failed=retry_failed,
        ):  # fmt: skip
            key = done.job.identity.key
            if done.failure is not None:
                if done.failure.error is not None and done.job.seed == in_order[0].seed:
                    raise done.failure.error
                failed.append(FailedRun(done.job.scenario.title, done.job.seed, done.failure))
            else:
                found[names[key]] = _values(done, store)
            bar.step()
    return found, tuple(failed)


def _values(done: Done, store: RunStore | None) -> Floats:
    """Of a run that finished, now or, in the store, earlier."""
    if isinstance(done.result, KeptRun):
        return done.result.values
    assert store is not None
    return store.get(done.job.identity.key).values


def kept_frozen(jobs: Sequence[FrozenJob]) -> list[KeptRun | Failure]:
    """Run some jobs, in a worker; those that begin alike begin with copies of one world."""
    first = jobs[0]
    start: World | Failure | None = None
    if len(jobs) > 1 and first.run is None and all(begins_like(first, job) for job in jobs[1:]):
        start = guarded(build_world, first.scenario, first.seed)
    # Where it cannot be built, each run says for itself why.
    return [guarded(_kept, job, None if isinstance(start, Failure) else start) for job in jobs]


def _kept(job: FrozenJob, start: World | None) -> KeptRun:
    began = time.perf_counter()
    if job.run is None:
        values = observed(job.scenario, job.seed, job.frozen, start)
    else:
        values = job.run(job.scenario, job.seed, job.frozen)
    seconds = time.perf_counter() - began
    return KeptRun(_layout(values.shape[0]), values, hashlib.sha256(values.tobytes()).hexdigest(), seconds)


@cache
def _layout(months: int) -> Layout:
    """What the columns of such a run mean."""
    jobs = [Measure(name, "jobs", f"{name}: see cwbsim.analysis.additionality", "stock", False) for name in JOBS]
    return Layout(
        (*jobs, *(_beside(name) for name in BESIDE)), (), tuple((name,) for name in (*JOBS, *BESIDE)),
        tuple(range(1, months + 1)),
    )  # fmt: skip


def _beside(name: str) -> Measure:
    if name in OUTCOMES:
        one = OUTCOMES[name]
        return Measure(name, one.unit, one.definition, one.kind, bool(one.headline))
    assert name in FLOWS
    return Measure(name, "£", "see cwbsim.analysis.freezing", "flow", False)
