"""The only place where the benchmarks touch cwbsim: build a world, run a month, see its phases."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCENARIOS = Path(__file__).resolve().parent.parent / "scenarios"
TEACHING_SCALE = 0.002


class NotThereError(RuntimeError):
    """A part of cwbsim that a figure needs is missing; the message says which."""


def _simulation() -> Any:
    try:
        from cwbsim import simulation
    except ImportError as error:
        raise NotThereError(f"cwbsim.simulation cannot be imported: {error}") from error
    for name in ("simulate", "build_world", "run_month"):
        if not hasattr(simulation, name):
            raise NotThereError(f"cwbsim.simulation has no {name}; the benchmarks need it")
    return simulation


def wigan_scenario(months: int, scale: float = 1.0) -> Any:
    """Wigan as it is, at a scale and for so many months."""
    return _load(SCENARIOS / "wigan" / "baseline.toml").model_copy(update={"months": months, "scale": scale})


def every_lever_scenario(months: int) -> Any:
    """Wigan with every lever on."""
    file = Path(__file__).with_name("every_lever.toml")
    return _simulation_scenario(file).model_copy(update={"months": months})


def _simulation_scenario(file: Path) -> Any:
    from cwbsim.scenario import load_scenario

    return load_scenario(file)


def teaching_scenario(months: int) -> tuple[Any, str]:
    """The teaching borough, or a Wigan so small that only the fixed cost is left; and which of the two."""
    for path in sorted((SCENARIOS / "teaching").glob("*.toml")):
        return _load(path).model_copy(update={"months": months}), f"scenarios/teaching/{path.name}"
    return wigan_scenario(months, TEACHING_SCALE), f"Wigan at scale {TEACHING_SCALE}"


def _load(path: Path) -> Any:
    try:
        from cwbsim.scenario import load_scenario
    except ImportError as error:
        raise NotThereError(f"cwbsim.scenario.load_scenario cannot be imported: {error}") from error
    if not path.is_file():
        raise NotThereError(f"scenarios/{path.relative_to(SCENARIOS).as_posix()} is missing")
    return load_scenario(path)


def build_world(scenario: Any, seed: int = 1) -> Any:
    """Build the starting world."""
    return _simulation().build_world(scenario, seed)


def month_runner() -> Callable[[Any], object]:
    """The function that carries a world one month on, all phases and the record included."""
    return _simulation().run_month  # type: ignore[no-any-return]


def simulate(scenario: Any, seed: int = 1) -> Any:
    """A whole run, as a user starts it."""
    return _simulation().simulate(scenario, seed)


def population(world: Any) -> dict[str, int]:
    """Rows that act: households, residents, open firms."""
    return {
        "households": len(world.households.key),
        "residents": len(world.residents.key),
        "firms": int(world.firms.is_open.sum()),
    }


def phase_name(phase: Callable[..., object]) -> str:
    """Module and function, as budgets.toml names them: `households.consume`."""
    return f"{phase.__module__.rsplit('.', 1)[-1]}.{phase.__name__}"


@contextmanager
def timed_phases() -> Iterator[dict[str, float]]:
    """Inside the block every month run adds each phase's processor seconds to the dictionary.

    The schedule is replaced by one of timed phases, in its module and where the simulation holds it, so
    that what else a month does (its counter, its books) stays as it is.
    """
    from cwbsim import schedule

    simulation = _simulation()
    spent: dict[str, float] = {phase_name(phase): 0.0 for phase in schedule.MONTH}

    def timed(phase: Callable[[Any], object]) -> Callable[[Any], object]:
        name = phase_name(phase)

        @functools.wraps(phase)
        def run(world: Any) -> object:
            start = time.process_time()
            result = phase(world)
            spent[name] += time.process_time() - start
            return result

        return run

    month = schedule.MONTH
    holders = [module for module in (schedule, simulation) if getattr(module, "MONTH", None) is month]
    replaced = tuple(timed(phase) for phase in month)
    try:
        for module in holders:
            module.MONTH = replaced
        yield spent
    finally:
        for module in holders:
            module.MONTH = month
