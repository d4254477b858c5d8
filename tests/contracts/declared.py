"""What a phase says it reads and writes, and worlds in which one column it does not name is spoilt."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from cwbsim.schedule import Phase
from cwbsim.world import World
from tests.boroughs import columns, same

#: Columns that payments fill and empty: written by whoever writes the ledger.
PURSES = frozenset({"anchors.cash", "firms.cash", "households.income"})


@dataclass(frozen=True)
class Declared:
    """Names of columns, as ``firms.cash``; besides them ``ledger`` and ``terms``."""

    reads: frozenset[str]
    writes: frozenset[str]


def declared(phase: Phase) -> Declared:
    """What the docstring of a phase says.

    Raises
    ------
    ValueError
        If it does not say it in the agreed form.
    """
    text = inspect.getdoc(phase) or ""
    found = re.search(r"^Reads   (.+?)^Writes  (.+?)(?:\n\n|\Z)", text, re.DOTALL | re.MULTILINE)
    if not found:
        raise ValueError(f"the docstring of {phase.__name__} lacks the lines 'Reads   ...' and 'Writes  ...'")
    reads, writes = ({name.strip() for name in part.split(",")} - {"", "nothing"} for part in found.groups())
    return Declared(frozenset(reads), frozenset(writes))


def known_names(world: World) -> set[str]:
    """Everything a phase may name."""
    return {*columns(world), "ledger", "terms"}


def spoilt(value: Any) -> Any:
    """Other values of the same kind: what other rows hold where they differ, else a little more or the opposite.

    Rows are moved round and the first of them made alike, so that neither a row nor a sum stays what it was.
    References stay within their range, for a loop that trusts a row number it should not have read must go
    wrong in its result, not in memory.
    """
    if isinstance(value, dict):
        return {**{key: amount + 7 for key, amount in value.items()}, "spoilt": 7}
    if isinstance(value, float):
        return value * 1.07 + 0.01
    moved = np.roll(value, max(1, value.shape[0] // 3), axis=0)
    moved[: value.shape[0] // 3] = moved[-1]
    if not same(moved, value):
        return moved
    if value.dtype == bool:
        return ~value
    if value.dtype.kind == "f":
        return value * 1.07 + 0.01
    if value.dtype == np.int64:
        return value + 7
    return value


def write(world: World, name: str, value: Any) -> None:
    """Put a value in the place of a column: arrays in place, for the ledger holds some of them too."""
    part, _, column = name.partition(".")
    block = getattr(world, part)
    held = getattr(block, column)
    if isinstance(held, np.ndarray):
        held[...] = value
    else:
        setattr(block, column, value)


def other_terms(world: World) -> None:
    """Change every rule in force a little."""
    changed: dict[str, Any] = {}
    for item in fields(world.terms):
        value = getattr(world.terms, item.name)
        array = isinstance(value, np.ndarray)
        changed[item.name] = ~value if array and value.dtype == bool else value * 0.9 + (0.05 if array else 9)
    changed["pay_floor"] = world.terms.pay_floor + 90
    world.terms = replace(world.terms, **changed)


def state(world: World) -> dict[str, Any]:
    """Columns, terms and books by name."""
    out = dict(columns(world))
    out |= {f"terms.{item.name}": getattr(world.terms, item.name) for item in fields(world.terms)}
    out |= {"ledger.balances": world.ledger.balances, "ledger.flows": world.ledger.flows}
    for kind, matrix in world.ledger.by_kind.items():
        out[f"ledger.by_kind.{kind}"] = matrix
    return out


def allowed(name: str, says: Declared) -> bool:
    """Whether a phase says that it writes a part of the state."""
    part = name.partition(".")[0]
    return (
        name in says.writes
        or (part in {"ledger", "terms"} and part in says.writes)
        or (name in PURSES and "ledger" in says.writes)
    )


def changed(before: World, after: World) -> Iterator[str]:
    """Names of what differs between two states."""
    one, other = state(before), state(after)
    for name in sorted({*one, *other}):
        if name not in one or name not in other or not same(one[name], other[name]):
            yield name


def written_unsaid(phase: Phase, before: World) -> list[str]:
    """What a phase changes and does not say."""
    after = before.snapshot()
    phase(after)
    says = declared(phase)
    return [name for name in changed(before, after) if not allowed(name, says)]


def read_unsaid(phase: Phase, before: World) -> dict[str, str]:
    """Columns that a phase reads and does not say, each with what came out different."""
    says = declared(phase)
    plain = before.snapshot()
    phase(plain)
    found: dict[str, str] = {}
    for name in sorted(known_names(before) - says.reads - {"ledger"}):
        spoilt_world = before.snapshot()
        if name == "terms":
            other_terms(spoilt_world)
        else:
            write(spoilt_world, name, spoilt(columns(before)[name]))
            if same(columns(spoilt_world)[name], columns(before)[name]):
                continue  # there is no other value to give it
        try:
            phase(spoilt_world)
        except Exception as error:
            found[name] = f"{type(error).__name__}: {error}"[:120]
            continue
        other = [
            one for one in changed(plain, spoilt_world) if one.partition(".")[0] != "terms" or name != "terms"
        ]
        other = [one for one in other if one != name]
        if other:
            found[name] = ", ".join(other[:4])
    return found
