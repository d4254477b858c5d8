"""Small Wigans for the tests: built once a process, handed out as copies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np

from cwbsim import load_scenario, schedule
from cwbsim.scenario import Scenario
from cwbsim.simulation import build_world, run_month
from cwbsim.world import STATE_PARTS, World

SMALL = 0.01


def scenario(name: str = "wigan/baseline", **changes: Any) -> Scenario:
    """A shipped scenario at a scale a test can afford."""
    return load_scenario(name).model_copy(update={"scale": SMALL, "unlawful": "allow", **changes})


@cache
def _built(one: Scenario, seed: int) -> World:
    return build_world(one, seed)


@cache
def _later(one: Scenario, seed: int, months: int) -> World:
    world = _built(one, seed).snapshot() if months <= 1 else _later(one, seed, months - 1).snapshot()
    if months:
        run_month(world)
    return world


def borough(name: str = "wigan/baseline", seed: int = 1, months: int = 0, **changes: Any) -> World:
    """A copy of the world of a scenario after some months."""
    return _later(scenario(name, **changes), seed, months).snapshot()


def run(world: World, months: int) -> World:
    """The same world, some months later."""
    for _ in range(months):
        run_month(world)
    return world


def phases_of_next_month(world: World) -> Iterator[schedule.Phase]:
    """Begin the next month and give its phases, each to be called by the caller."""
    world.month += 1
    world.ledger.open_month()
    yield from schedule.MONTH


def columns(world: World) -> dict[str, Any]:
    """Every column and number of the state by name, ``firms.cash``; the very objects, not copies."""
    found: dict[str, Any] = {}
    for part in STATE_PARTS:
        block = getattr(world, part)
        assert is_dataclass(block)
        found |= {f"{part}.{item.name}": getattr(block, item.name) for item in fields(block)}
    return found


def same(a: Any, b: Any) -> bool:
    """Whether two columns are equal bit for bit."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    return bool(a == b)


def differences(a: World, b: World) -> list[str]:
    """Names of the columns in which two worlds differ, and the books if those do."""
    one, other = columns(a), columns(b)
    out = [name for name in one if not same(one[name], other[name])]
    books = [
        name for name in ("balances", "flows") if not same(getattr(a.ledger, name), getattr(b.ledger, name))
    ]
    return out + [f"ledger.{name}" for name in books]
