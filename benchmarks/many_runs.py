"""What many runs cost beside the runs themselves: workers, store, memory of the process that hands them out."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks import cwbsim_side, timing

MONTHS, SMALL_MONTHS = 120, 24
SECTIONS = 25
WARM = 4  # runs that are not timed: the workers start, import and load compiled loops
AFTER = 4  # runs after the last that is timed: every worker is at work until then


def two_workers(blocks: int, runs: int, scale: float) -> dict[str, Any]:
    """Wall seconds a run with one process and with two, block by block in turn; start-up and end left out."""
    from cwbsim.analysis.batch import Job, run_jobs

    scenario = cwbsim_side.wigan_scenario(MONTHS, scale)
    seeds = itertools.count(1)
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(blocks):
        for workers, taken in seconds.items():
            groups = ([Job.of(scenario, next(seeds))] for _ in range(WARM + runs + AFTER))
            ended = [time.perf_counter() for _ in run_jobs(groups, workers=workers)]
            taken.append((ended[WARM + runs - 1] - ended[WARM - 1]) / runs)
    return {"one_s": seconds[1], "two_s": seconds[2], "cores": len(os.sched_getaffinity(0))}


def store_and_scheduling(blocks: int, runs: int, scale: float) -> dict[str, Any]:
    """What a run costs beside its simulation (identity, packing, one synced transaction), over the simulation."""
    from cwbsim.analysis.batch import Job, run_jobs
    from cwbsim.analysis.store import RunStore

    scenario = cwbsim_side.wigan_scenario(MONTHS, scale)
    shares, run_s = [], []
    with tempfile.TemporaryDirectory() as folder, RunStore(Path(folder) / "runs.sqlite") as store:
        seeds = itertools.count(1)
        list(run_jobs([[Job.of(scenario, next(seeds))]], store, workers=1))
        for _ in range(blocks):
            started, simulated = time.perf_counter(), 0.0
            for done in run_jobs(([Job.of(scenario, next(seeds))] for _ in range(runs)), store, workers=1):
                simulated += done.result.seconds  # type: ignore[union-attr]
            shares.append((time.perf_counter() - started - simulated) / simulated)
            run_s.append(simulated / runs)
        size = store.path.stat().st_size / len(store) / 1e3
    return {"share": shares, "run_s": run_s, "kb": size}


@dataclass(frozen=True)
class SmallOutcome:
    """One of the outcomes of a small run."""

    name: str
    unit: str = "£"
    definition: str = "a number"
    kind: str = "flow"
    headline: bool = True
    breakdown: str = "section"


OUTCOMES = {name: SmallOutcome(name) for name in (f"outcome_{number}" for number in range(10))}


def small_run(scenario: Any, seed: int) -> Any:
    """A run without an economy: a table as large as the teaching borough's, of digits that do not compress."""
    luck = np.random.default_rng(seed)
    recorder = SimpleNamespace(
        labels={"section": tuple(map(str, range(SECTIONS)))},
        months=range(1, scenario.months + 1),
        n_months=scenario.months,
        values={name: luck.random((scenario.months, SECTIONS)) for name in OUTCOMES},
    )
    return SimpleNamespace(outcomes=OUTCOMES, recorder=recorder, canonical_hash=lambda: f"small-{seed}")


def ten_thousand(runs: int) -> dict[str, Any]:
    """Memory of the parent while two workers do so many small runs, and what opening and verifying their store takes."""
    from cwbsim.analysis.batch import Job, run_jobs
    from cwbsim.analysis.store import RunStore
    from cwbsim.scenario import Scenario

    scenario = Scenario(title="small", months=SMALL_MONTHS)

    def jobs() -> Iterator[list[Job]]:
        return ([Job.of(scenario, seed, small_run)] for seed in range(1, runs + 1))

    held: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "runs.sqlite"
        with RunStore(path) as store:
            for number, _ in enumerate(run_jobs(jobs(), store, simulate=small_run, workers=2), start=1):
                if number % (runs // 10) == 0:
                    held.append(_resident_megabytes())
        megabytes = path.stat().st_size / 1e6
        watch = timing.Stopwatch()
        seconds, wall = [], []
        for _ in range(3):
            with watch.running(), RunStore(path, read_only=True) as store:
                problems = store.damage()
            seconds.append(watch.cpu)
            wall.append(watch.wall)
    if problems:
        raise RuntimeError(problems[0])
    return {
        "runs": runs, "held_mb": held, "growth_mb": held[-1] - held[0], "verify_s": seconds, "verify_wall_s": wall,
        "store_mb": megabytes,
    }  # fmt: skip


def _resident_megabytes() -> float:
    """What this process holds now; where the system does not say, the most it ever held."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
    from benchmarks.measure import peak_megabytes

    return peak_megabytes()
