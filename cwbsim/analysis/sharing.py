"""Runs that begin alike: the months before the first policy starts are simulated once for all of them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any, Protocol

from cwbsim.analysis.kept import KeptRun, RunLike, kept_of
from cwbsim.analysis.workers import Failure, guarded
from cwbsim.levers import Lever
from cwbsim.scenario import PROSE, Scenario

if TYPE_CHECKING:
    from cwbsim.recorder import Recorder
    from cwbsim.world import World

type Simulate = Callable[[Scenario, int], RunLike]


class Job(Protocol):
    """One run to be done."""

    @property
    def scenario(self) -> Scenario: ...

    @property
    def seed(self) -> int: ...


def kept_runs(jobs: Sequence[Job], *, simulate: Simulate | None = None) -> list[KeptRun | Failure]:
    """Run some jobs, in a worker, and keep what is kept of each.

    Those of one seed and place that differ in nothing but their levers share the months that come before any
    of these levers starts. Each result is the same, in every bit, as that of a run by itself.

    Parameters
    ----------
    jobs
        Runs to be done one after another.
    simulate
        Another function from scenario and seed to a run; nothing is shared then.
    """
    first = jobs[0]
    start = None
    alone = not first.scenario.neighbours  # the months of several boroughs are not shared
    if simulate is None and alone and len(jobs) > 1 and all(begins_like(first, job) for job in jobs[1:]):
        start = guarded(_common_start, [job.scenario for job in jobs], first.seed)
    if start is None or isinstance(start, Failure):  # each then says for itself what is wrong with it
        return [guarded(_kept_run, simulate, job.scenario, job.seed) for job in jobs]
    return [guarded(_kept_run, simulate, job.scenario, job.seed, *start) for job in jobs]


def begins_like(one: Job, other: Job) -> bool:
    """Whether two runs differ in their levers and their words only."""
    said = {*PROSE, "levers", "seed"}
    return one.seed == other.seed and all(
        getattr(one.scenario, name) == getattr(other.scenario, name)
        for name in type(one.scenario).model_fields
        if name not in said
    )


def common_months(scenarios: Sequence[Scenario]) -> int:
    """How many months pass before scenarios that begin alike can differ.

    The levers that all of them have may be in force from the first month; those that only some have count
    from their `start_month`.
    """
    shared = _shared_levers(scenarios)
    starts = [lever.start_month for one in scenarios for lever in Counter(one.levers) - shared]
    return min([one.months for one in scenarios] + [month - 1 for month in starts])


def _shared_levers(scenarios: Sequence[Scenario]) -> Counter[Lever]:
    """The levers that every scenario has, as often as all have them."""
    return reduce(and_, (Counter(one.levers) for one in scenarios))


def _common_start(scenarios: Sequence[Scenario], seed: int) -> tuple[World, Recorder | None]:
    """The world when the scenarios part, and what was recorded until then."""
    from cwbsim.simulation import build_world, simulate

    months = min(common_months(scenarios), min(one.months for one in scenarios) - 1)
    before = scenarios[0].model_copy(
        update={"levers": tuple(_shared_levers(scenarios).elements()), "months": max(1, months)}
    )
    if months == 0:
        return build_world(before, seed), None
    run = simulate(before, seed)
    return run.world, run.recorder


def _kept_run(
    simulate: Simulate | None,
    scenario: Scenario,
    seed: int,
    start: World | None = None,
    recorded: Recorder | None = None,
) -> KeptRun:
    began = time.perf_counter()
    how: dict[str, Any] = {} if start is None else {"start": start, "recorded": recorded}
    if simulate is None:
        from cwbsim.simulation import simulate as simulated

        run: RunLike = simulated(scenario, seed, **how)
    else:
        run = simulate(scenario, seed)
    return kept_of(run, time.perf_counter() - began)
