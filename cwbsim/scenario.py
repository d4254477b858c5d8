"""What a user writes: a place, some levers, for how long. Validated, frozen, with an identity."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Never, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializeAsAny,
    ValidationInfo,
    field_validator,
    model_validator,
)

from cwbsim import scenario_files
from cwbsim.errors import UserError, together, unknown
from cwbsim.frozen import FiguresByAnchor, FiguresByName
from cwbsim.law import WHAT_IF, broken_rules, refuse
from cwbsim.levers import LEVERS, Lever, Programme, Rule
from cwbsim.parameters import dial, load_parameters
from cwbsim.places.anchor_figures import checked_figures
from cwbsim.plain_errors import At, built
from cwbsim.scenario_places import check_places
from cwbsim.seed import LARGEST_SEED

PROSE = ("title", "question", "assumptions", "references")
SCOPE = "definition: what the model is made for"


class Scenario(BaseModel):
    """A place and the policies in force there.

    Made by `load_scenario` from a TOML file, or directly; `model_copy(update={"scale": 0.1})` gives a changed
    copy, checked like the first.

    Examples
    --------
    >>> mine = Scenario(title="Mine", place="bolton", months=12, scale=0.05)
    >>> mine.model_copy(update={"months": 24}).months
    24
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: Literal[1] = 1
    title: str = Field(min_length=1, description="a few words, shown above every table")
    question: str = Field(default="", description="what the scenario is to answer")
    assumptions: tuple[str, ...] = Field(default=(), description="what a reader has to grant")
    references: tuple[str, ...] = Field(default=(), description="where the policy is described")
    place: str = Field(default="wigan", min_length=1, description="the borough, by the name of its profile")
    neighbours: tuple[str, ...] = Field(
        default=(), description="boroughs of the same area simulated in full beside it, by their profiles"
    )
    adopters: tuple[str, ...] = Field(
        default=(), description='neighbours in which the levers are in force as well, "all" for every one'
    )
    months: int = dial(120, 1, 600, "months", SCOPE, 2025, "how long to simulate")
    seed: int = dial(1, 0, LARGEST_SEED, "no unit", SCOPE, 2025, "the luck of the first run")
    scale: float = dial(1.0, 0.001, 1.0, "simulated per real agent", SCOPE, 2025)
    closure: Literal["fixed_budget", "overrun"] = Field(
        default="fixed_budget", description="a price premium costs volume of service, or overruns the budget"
    )
    io_year: Literal[2022, 2018] = Field(default=2022, description="year of the input-output tables")
    flq_delta: float = dial(
        0.25,
        0.15,
        0.35,
        "exponent",
        "assumed: tests of the FLQ on Finnish and Scottish tables favour about 0.25; size matters",
        2025,
        "how much of what a small place buys leaks out; higher leaks more",
    )
    starts: str = Field(
        default="2026-04",
        pattern=r"^\d{4}-(0[1-9]|1[0-2])$",
        examples=["2026-04"],
        description="calendar month of the first month: what levers may do is held against the law of their date",
    )
    unlawful: Literal["refuse", "allow"] = Field(
        default="refuse",
        description="whether a lever that the law of its date and anchor forbids is refused, or allowed and said",
    )
    anchors: FiguresByAnchor = Field(
        default={}, description="what anchors of the place spend on contracts and where, instead of the profile's figures"
    )
    levers: tuple[SerializeAsAny[Lever], ...] = ()
    parameters: FiguresByName = Field(default={}, description="figures replaced, within their ranges")

    @field_validator("adopters")
    @classmethod
    def _adopters_are_neighbours(cls, adopters: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        neighbours = info.data.get("neighbours", ())
        for name in adopters:
            if name != "all" and name not in neighbours:
                raise unknown("adopter", name, ("all", *neighbours), where="adopters")
        return adopters

    @field_validator("anchors", mode="before")
    @classmethod
    def _figures_of_anchors(cls, written: Any) -> dict[str, dict[str, float]]:
        return checked_figures(written, at=_in_python)

    @field_validator("levers", mode="before")
    @classmethod
    def _levers_by_name(cls, written: Any) -> tuple[Lever, ...]:
        return _built_levers(written, at=_in_python)

    @field_validator("parameters", mode="before")
    @classmethod
    def _parameters_in_range(cls, written: Any) -> dict[str, float]:
        return _checked_parameters(written, at=_in_python)

    def __iter__(self) -> Never:
        """Raise TypeError: a scenario is one thing, and ``mesa.batch_run`` takes what cannot be walked through as one."""
        raise TypeError("a Scenario cannot be walked through; model_dump() gives its fields")

    @model_validator(mode="after")
    def _lawful(self) -> Self:
        broken = broken_rules(self) if self.levers else []
        if self.unlawful == "refuse":
            refuse(broken)
        what_if = "".join(sorted({f"; {problem.where.removeprefix('levers.')}" for problem in broken}))
        title = self.title.split(WHAT_IF)[0]
        if what_if:
            title += WHAT_IF + what_if.removeprefix("; ") + ")"
        self.__dict__["title"] = title  # shown above every table, so that every output says it
        return self

    def __hash__(self) -> int:
        return hash(self.model_dump_json())

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed, checked (pydantic's own would let anything through).

        Parameters
        ----------
        update : mapping of str to object, optional
            By field, in the unit of the field.
        deep : bool
            Of no consequence here.

        Raises
        ------
        UserError
            An unknown field, or a value that is not allowed.
        """
        del deep  # nothing in a scenario can be changed in place
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        return built(type(self), {**fields, **(update or {})}, at=_in_python)

    def to_toml(self) -> str:
        """The scenario as a file, every default written out; `load_scenario` reads back an equal one."""
        import tomlkit

        written = self.model_dump(exclude={"levers", "parameters"})
        written = {key: list(value) if isinstance(value, tuple) else value for key, value in written.items()}
        tables = {"levers": _lever_tables(self.levers), "parameters": dict(self.parameters)}
        written |= {name: table for name, table in tables.items() if table}
        return tomlkit.dumps(written)

    def scenario_hash(self) -> str:
        """SHA-256 of all that shapes a run but its seed: fields, levers, every parameter; no prose."""
        shaping = self.model_dump(exclude={*PROSE, "seed", "levers", "parameters"})
        if not self.anchors:
            del shaping["anchors"]
        shaping["levers"] = _lever_tables(self.levers)
        shaping["parameters"] = load_parameters(self.parameters).digest()
        return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()


def load_scenario(path: str | Path) -> Scenario:
    """Read a scenario file.

    Parameters
    ----------
    path
        A path, or a name from the shipped library such as ``"wigan/baseline"``.

    Returns
    -------
    Scenario
        Checked, with what it extends put in.

    Raises
    ------
    UserError
        Everything that is wrong with the file, each with what would be allowed.

    Examples
    --------
    >>> load_scenario("teaching/hamlet").months
    24
    """
    file = scenario_files.find(path)
    data = {key: _tuples(value) for key, value in scenario_files.read(file).items()}
    at = scenario_files.Located(str(path), file)
    problems: list[UserError] = []
    safe = dict(data)
    for key, check in (("levers", _built_levers), ("anchors", checked_figures), ("parameters", _checked_parameters)):
        try:
            safe[key] = check(data.get(key, {}), at)
        except UserError as problem:
            problems.append(problem)
            safe[key] = {}
    try:
        scenario = built(Scenario, safe, at)
        check_places(scenario, at)
    except UserError as problem:
        problems[:0] = [_placed(one, at) for one in problem.each()]
    if problems:
        raise together(problems)
    return scenario


def _placed(problem: UserError, at: scenario_files.Located) -> UserError:
    """The same problem with its file and line, where all it knows is its key; no key at all: the place is not there."""
    is_key = problem.where.split(".")[0] in ("", *Scenario.model_fields) and at.shown not in problem.where
    known = at(problem.where or "place") if is_key else problem.where
    return UserError(problem.what, known, problem.allowed, problem.mend)


def _built_levers(written: Any, at: At) -> tuple[Lever, ...]:
    """Levers from a table (name to fields, false to leave out) or a sequence, in the order of their names."""
    if isinstance(written, Mapping):
        levers = _levers_from_table(written, at)
    elif isinstance(written, list | tuple):
        levers = list(written)
    else:
        raise UserError(f"levers is {written!r}", at("levers"), "tables such as [levers.social_value_weight]")
    for lever in levers:
        if not isinstance(lever, Rule | Programme):
            raise UserError(
                f"{lever!r} is not a lever", at("levers"), allowed="instances of the classes in LEVERS"
            )
    return tuple(sorted(levers, key=lambda lever: (lever.key(), lever.model_dump_json())))


def _levers_from_table(table: Mapping[str, Any], at: At) -> list[Any]:
    levers: list[Any] = []
    problems: list[UserError] = []
    for name, fields in table.items():
        if name not in LEVERS:
            problems.append(unknown("lever", name, LEVERS, at(f"levers.{name}")))
        elif fields is False:
            continue
        else:
            for one in fields if isinstance(fields, list | tuple) else [fields]:
                try:
                    levers.append(_built_lever(name, one, at))
                except UserError as problem:
                    problems.append(problem)
    if problems:
        raise together(problems)
    return levers


def _built_lever(name: str, fields: Any, at: At) -> Lever:
    if not isinstance(fields, Mapping):
        raise UserError(f"levers.{name} is {fields!r}", at(f"levers.{name}"), f"a table: [levers.{name}]")
    values = {key: _tuples(value) for key, value in fields.items()}
    return built(LEVERS[name], values, at, prefix=f"levers.{name}.")


def _lever_tables(levers: tuple[Lever, ...]) -> dict[str, Any]:
    """Levers as TOML would hold them: a table each, or a list of tables where one is there twice."""
    tables: dict[str, list[dict[str, Any]]] = {}
    for lever in levers:
        fields = lever.model_dump(mode="json", exclude_none=True)
        tables.setdefault(lever.key(), []).append(fields)
    return {key: found[0] if len(found) == 1 else found for key, found in tables.items()}


def _checked_parameters(written: Any, at: At) -> dict[str, float]:
    """Overrides by dotted name, each within its range."""
    if not isinstance(written, Mapping):
        raise UserError(f"parameters is {written!r}", at("parameters"), "a table of names and numbers")
    flat = _flattened(written)
    problems: list[UserError] = []
    for name, value in flat.items():
        try:
            load_parameters({name: value})
        except UserError as problem:
            where = at(f"parameters.{name}")
            problems.append(UserError(problem.what, where, problem.allowed, problem.mend))
    if problems:
        raise together(problems)
    return {name: float(value) for name, value in sorted(flat.items())}


def _in_python(dotted: str) -> str:
    """Where a key stands when there is no file."""
    return "scenario"


def _flattened(written: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Parameters by dotted name, whether written ``"labour.churn_rate" = 1`` or ``[parameters.labour]``."""
    flat: dict[str, Any] = {}
    for key, value in written.items():
        name = f"{prefix}{key}"
        flat |= _flattened(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return flat


def _tuples(value: Any) -> Any:
    """TOML's lists, and those inside them, as the tuples that frozen models hold (lists of tables stay)."""
    if not isinstance(value, list) or any(isinstance(one, dict) for one in value):
        return value
    return tuple(_tuples(one) for one in value)
