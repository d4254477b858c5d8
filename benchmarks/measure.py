"""One measurement in a process of its own: `python -m benchmarks.measure NAME JSON`, JSON out.

Apart, because Mesa's objects in the same process would slow cwbsim's garbage collection, and because a peak
of memory belongs to one process.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks import council_files, cwbsim_side, many_runs, timing

PASSES_PER_BLOCK = 5


def spend_pass(passes: int) -> dict[str, Any]:
    """Milliseconds of the frozen pass alone."""
    from benchmarks.spend_pass import make_input

    return {"pass_ms": [1e3 * s for s in timing.cpu_seconds(make_input().run, passes)]}


def month(blocks: int, months: int) -> dict[str, Any]:
    """Full-scale months in blocks, with spend passes between the blocks."""
    from benchmarks.spend_pass import make_input

    world, run_month = _warm_world(blocks * months)
    yardstick = make_input()
    yardstick.run()
    watch = timing.Stopwatch()
    month_ms, wall_ms, pass_ms = [], [], []
    for _ in range(blocks):
        with watch.running():
            for _ in range(months):
                run_month(world)
        month_ms.append(1e3 * watch.cpu / months)
        wall_ms.append(1e3 * watch.wall / months)
        pass_ms.append(timing.Spread.of(timing.cpu_seconds(yardstick.run, PASSES_PER_BLOCK)).median * 1e3)
    return {
        "month_ms": month_ms,
        "wall_ms": wall_ms,
        "pass_ms": pass_ms,
        "months": blocks * months,
        "population": cwbsim_side.population(world),
        "records_outcomes": getattr(world, "recorder", None) is not None,
    }


def levers(blocks: int, months: int) -> dict[str, Any]:
    """Full-scale months with every lever on and without any, block by block in turn."""
    run_month = cwbsim_side.month_runner()
    scenarios = (cwbsim_side.wigan_scenario(1), cwbsim_side.every_lever_scenario(1))
    worlds = [cwbsim_side.build_world(scenario) for scenario in scenarios]
    watches: tuple[list[float], list[float]] = ([], [])
    for world in worlds:
        for _ in range(2):
            run_month(world)
    watch = timing.Stopwatch()
    for _ in range(blocks):
        for world, taken in zip(worlds, watches, strict=True):
            with watch.running():
                for _ in range(months):
                    run_month(world)
            taken.append(1e3 * watch.cpu / months)
    return {"baseline_ms": watches[0], "levers_ms": watches[1]}


def _warm_world(months: int) -> tuple[Any, Callable[[Any], object]]:
    """Full-scale Wigan after two months that are not counted, and the function that runs the next."""
    world = cwbsim_side.build_world(cwbsim_side.wigan_scenario(months + 2))
    run_month = cwbsim_side.month_runner()
    for _ in range(2):
        run_month(world)
    return world, run_month


def phases(blocks: int, months: int) -> dict[str, Any]:
    """Milliseconds a month of each phase at full scale, block by block."""
    world, run_month = _warm_world(blocks * months)
    taken: dict[str, list[float]] = {}
    with cwbsim_side.timed_phases() as spent:
        for _ in range(blocks):
            spent.update(dict.fromkeys(spent, 0.0))
            for _ in range(months):
                run_month(world)
            for name, seconds in spent.items():
                taken.setdefault(name, []).append(1e3 * seconds / months)
    if not any(sum(values) for values in taken.values()):
        raise cwbsim_side.NotThereError("run_month does not go through cwbsim.schedule.MONTH")
    return {"phase_ms": taken}


def build(repeats: int) -> dict[str, Any]:
    """Seconds to build full-scale Wigan; the first of a process apart: it also loads compiled loops."""
    scenario = cwbsim_side.wigan_scenario(1)
    watch = timing.Stopwatch()
    seconds = []
    for _ in range(repeats + 1):
        with watch.running():
            cwbsim_side.build_world(scenario)
        seconds.append(watch.cpu)
    return {"first_s": seconds[0], "build_s": seconds[1:]}


def mesa(households: int, residents: int, firms: int, months: int, creations: int) -> dict[str, Any]:
    """Seconds to create the plain-Mesa economy, and seconds of each of its months after the first."""
    from benchmarks.mesa_objects import PlainEconomy

    economy = PlainEconomy(households, residents, firms)
    creation_s = [economy.creation_seconds]
    for _ in range(creations - 1):
        del economy
        gc.collect()
        economy = PlainEconomy(households, residents, firms)
        creation_s.append(economy.creation_seconds)
    return {"creation_s": creation_s, "month_s": timing.cpu_seconds(economy.step, months)}


def peak(months: int) -> dict[str, Any]:
    """Peak memory of a whole full-scale run, MB of 10^6 bytes."""
    cwbsim_side.simulate(cwbsim_side.wigan_scenario(months))
    return {"peak_mb": peak_megabytes()}


def peak_megabytes() -> float:
    """Most memory this process ever held.

    On Linux `ru_maxrss` is carried over from the process that started this one, so the kernel's own
    high-water mark of this program is read instead where there is one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def teaching(blocks: int, months: int) -> dict[str, Any]:
    """Milliseconds a month where there is next to nobody: the fixed cost."""
    scenario, which = cwbsim_side.teaching_scenario(blocks * months + 2)
    world = cwbsim_side.build_world(scenario)
    run_month = cwbsim_side.month_runner()
    run_month(world)
    watch = timing.Stopwatch()
    month_ms = []
    for _ in range(blocks):
        with watch.running():
            for _ in range(months):
                run_month(world)
        month_ms.append(1e3 * watch.cpu / months)
    return {"month_ms": month_ms, "which": which}


def first_month() -> dict[str, Any]:
    """Wall seconds to the end of the first small month, imports left out; compiling shows when cold."""
    scenario, which = cwbsim_side.teaching_scenario(1)
    start = time.perf_counter()
    cwbsim_side.month_runner()(cwbsim_side.build_world(scenario))
    return {"seconds": time.perf_counter() - start, "which": which}


MEASUREMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    function.__name__: function
    for function in (
        spend_pass,
        month,
        levers,
        phases,
        build,
        mesa,
        peak,
        teaching,
        first_month,
        council_files.million_rows,
        council_files.report,
        many_runs.two_workers,
        many_runs.store_and_scheduling,
        many_runs.ten_thousand,
    )
}


def main(arguments: list[str]) -> int:
    """Run one measurement; what cannot be run is said on standard error in one line."""
    name, settings = arguments[0], json.loads(arguments[1]) if len(arguments) > 1 else {}
    try:
        print(json.dumps(MEASUREMENTS[name](**settings)))
    except cwbsim_side.NotThereError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
