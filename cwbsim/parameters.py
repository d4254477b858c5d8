"""Every number of the model with its range, unit and source, read from data files.

``data/parameters/<group>.toml`` holds one table a parameter; code, documentation, validation and the
sensitivity analysis read the same table, so that none of them can drift from the others.
"""

from __future__ import annotations

import hashlib
import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import Field

from cwbsim.errors import UserError, nearest, together, unknown

REQUIRED = ("value", "low", "high", "unit", "source", "year")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number, the range it may lie in, and who says so."""

    value: float
    low: float
    high: float
    unit: str
    source: str
    year: int | str
    note: str = ""

    @property
    def is_assumed(self) -> bool:
        """Whether nobody measured it."""
        return self.source.startswith("assumed")


class Group:
    """The parameters of one file, as attributes that are plain floats."""

    _name: str
    _figures: Mapping[str, Parameter]
    _values: dict[str, float]

    def __init__(self, name: str, figures: Mapping[str, Parameter]) -> None:
        object.__setattr__(self, "_name", name)
        object.__setattr__(self, "_figures", MappingProxyType(dict(figures)))
        object.__setattr__(self, "_values", {key: figure.value for key, figure in figures.items()})
        vars(self).update(self._values)  # found at once: phases ask for hundreds a month

    def __getattr__(self, name: str) -> float:
        if name.startswith("_"):
            raise AttributeError(name)
        known = [f"{self._name}.{key}" for key in self._values]
        raise AttributeError(_no_such(f"{self._name}.{name}", known))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"parameters are frozen: override {self._name}.{name} in the scenario instead")

    def __dir__(self) -> list[str]:
        return sorted(self._values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __reduce__(self) -> tuple[type[Group], tuple[str, dict[str, Parameter]]]:
        return Group, (self._name, dict(self._figures))

    def __repr__(self) -> str:
        return f"Group({self._name!r}, {self._values})"


class Parameters:
    """All parameters: ``.labour.churn_rate`` is a float, ``.figure("labour.churn_rate")`` its record."""

    _figures: Mapping[str, Parameter]
    _groups: dict[str, Group]
    _hash: int

    def __init__(self, figures: Mapping[str, Parameter]) -> None:
        grouped: dict[str, dict[str, Parameter]] = {}
        for dotted, figure in figures.items():
            group, _, name = dotted.partition(".")
            grouped.setdefault(group, {})[name] = figure
        object.__setattr__(self, "_figures", MappingProxyType(dict(figures)))
        object.__setattr__(self, "_groups", {name: Group(name, inside) for name, inside in grouped.items()})
        vars(self).update(self._groups)
        object.__setattr__(self, "_hash", hash(self.digest()))

    def __getattr__(self, name: str) -> Group:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(_no_such(name, list(self._groups)))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"parameters are frozen: override {name} in the scenario instead")

    def __dir__(self) -> list[str]:
        return sorted([*self._groups, "digest", "figure", "names", "rows"])

    def __reduce__(self) -> tuple[type[Parameters], tuple[dict[str, Parameter]]]:
        return Parameters, (dict(self._figures),)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parameters) and dict(self._figures) == dict(other._figures)

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Parameters({len(self._figures)} in {', '.join(self._groups)})"

    def names(self) -> list[str]:
        """Dotted names, sorted."""
        return sorted(self._figures)

    def figure(self, name: str) -> Parameter:
        """The record behind one number.

        Parameters
        ----------
        name
            Group and name, ``"labour.churn_rate"``.

        Raises
        ------
        UserError
            No such parameter; the nearest known one is named.
        """
        if name not in self._figures:
            raise unknown("parameter", name, self._figures)
        return self._figures[name]

    def rows(self) -> list[dict[str, str | float | int]]:
        """One row a parameter (name, value, low, high, unit, source, year, note), sorted by name."""
        return [
            {
                "name": name,
                **{key: getattr(self._figures[name], key) for key in (*REQUIRED, "note")},
            }
            for name in self.names()
        ]

    def digest(self) -> str:
        """SHA-256 of every name and value (not of the prose round them)."""
        values = {name: self._figures[name].value for name in self.names()}
        return hashlib.sha256(json.dumps(values).encode()).hexdigest()


def load_parameters(
    overrides: Mapping[str, float] | None = None, *, folder: Path | Traversable | None = None
) -> Parameters:
    """All parameters from the data files, with some replaced.

    Parameters
    ----------
    overrides
        Dotted name to value, each within the low and high of its record.
    folder
        Where the ``<group>.toml`` files are; the package's own by default.

    Raises
    ------
    UserError
        A file that lacks a field, a value outside its own range, an unknown name, an override outside range.
    """
    figures = dict(_own_figures() if folder is None else read_figures(folder))
    problems: list[UserError] = []
    for name, value in (overrides or {}).items():
        try:
            figures[name] = overridden(name, value, figures)
        except UserError as problem:
            problems.append(problem)
    if problems:
        raise together(problems)
    return Parameters(figures)


def overridden(name: str, value: object, figures: Mapping[str, Parameter]) -> Parameter:
    """The record of `name` with another value, if that value lies within its range."""
    if name not in figures:
        raise unknown("parameter", name, figures, where="parameters")
    figure = figures[name]
    allowed = f"{figure.low:g} to {figure.high:g} {figure.unit} (source: {figure.source}, {figure.year})"
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(f"{name} is {value!r}, which is not a number", "parameters", allowed)
    if not figure.low <= value <= figure.high:
        raise UserError(f"{name} is {value:g}, outside its range", "parameters", allowed)
    return replace(figure, value=float(value))


def read_figures(folder: Path | Traversable) -> dict[str, Parameter]:
    """Every entry of every ``<group>.toml`` in a folder, by dotted name, groups and names in order."""
    figures: dict[str, Parameter] = {}
    if not folder.is_dir():
        return figures
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name):
        try:
            entries = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as fault:
            raise UserError(f"not valid TOML: {fault}", where=file.name) from None
        group = file.name.removesuffix(".toml")
        for name, entry in entries.items():
            figures[f"{group}.{name}"] = _read_entry(entry, where=f"{file.name} [{name}]")
    return figures


@cache
def _own_figures() -> Mapping[str, Parameter]:
    """The package's figures, read once."""
    return MappingProxyType(read_figures(files("cwbsim") / "data" / "parameters"))


def _read_entry(entry: Any, where: str) -> Parameter:
    """One table of a parameter file, checked."""
    if not isinstance(entry, dict):
        raise UserError("a parameter is a table", where, allowed=", ".join((*REQUIRED, "note")))
    if missing := [key for key in REQUIRED if key not in entry]:
        raise UserError(f"lacks {', '.join(missing)}", where, f"every parameter has {', '.join(REQUIRED)}")
    if strange := [key for key in entry if key not in (*REQUIRED, "note")]:
        raise unknown("field", strange[0], (*REQUIRED, "note"), where)
    for key in ("value", "low", "high"):
        number = entry[key]
        if isinstance(number, bool) or not isinstance(number, int | float) or not math.isfinite(number):
            raise UserError(f"{key} is {number!r}, which is not a finite number", where)
    if empty := [key for key in ("unit", "source") if not str(entry[key]).strip()]:
        raise UserError(f"{empty[0]} is empty", where, mend='nobody measured it? source = "assumed: why"')
    if not entry["low"] <= entry["value"] <= entry["high"]:
        allowed = f"{entry['low']:g} to {entry['high']:g}, as the entry itself says"
        raise UserError(f"value is {entry['value']:g}, outside its own range", where, allowed)
    return Parameter(
        value=float(entry["value"]),
        low=float(entry["low"]),
        high=float(entry["high"]),
        unit=str(entry["unit"]),
        source=str(entry["source"]),
        year=entry["year"],
        note=str(entry.get("note", "")),
    )


def _no_such(name: str, known: list[str]) -> str:
    guess = nearest(name, known)
    return f"no parameter {name!r}" + (f"; did you mean {guess!r}?" if guess else "")


def dial(
    default: Any, low: float, high: float, unit: str, source: str, year: int | str, note: str = ""
) -> Any:
    """A field of a lever that carries its own bounds, unit and source.

    Validation, JSON Schema, the documentation and the sensitivity analysis all read them from here.

    Parameters
    ----------
    default
        The value that changes nothing.
    low, high
        Bounds, both allowed.
    unit, source, year, note
        As in a parameter file. Nobody measured it? ``source="assumed: why"``.
    """
    about: dict[str, Any] = {"low": low, "high": high, "unit": unit}
    about |= {"source": source, "year": year, "note": note}
    return Field(default=default, ge=low, le=high, allow_inf_nan=False, json_schema_extra=about)
