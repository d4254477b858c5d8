"""Reading an experiment from a TOML file, and saying all that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from cwbsim import scenario_files
from cwbsim.analysis.experiment import Design, Experiment
from cwbsim.analysis.varied import FIELDS, KEYS, Varied, dial_of, lever_dials, read_varied, with_levers_of
from cwbsim.errors import UserError, together, unknown
from cwbsim.parameters import load_parameters
from cwbsim.plain_errors import At
from cwbsim.scenario import Scenario, load_scenario
from cwbsim.seed import LARGEST_SEED, checked_seeds

TOP = ("title", "question", "base", "policies", "design", "points", "design_seed", "seeds", "seed", "outcomes",
       "months", "scale", "vary", "targets")  # fmt: skip
MOST_POINTS = 1_000_000


def load_experiment(path: str | Path) -> Experiment:
    """Read an experiment file.

    Raises
    ------
    UserError
        Everything that is wrong with the file, each with what would be allowed.
    """
    file = Path(path)
    if not file.is_file():
        raise UserError("there is no such experiment file", str(path), mend="see experiments/ for examples")
    data = scenario_files.read(file)
    at = scenario_files.Located(str(path), file)
    problems = [unknown("key", key, TOP, at(key)) for key in data if key not in TOP]
    if problems:
        raise together(problems)
    read = _Reader(data, at, file.parent)
    found = {
        "title": str(data.get("title", file.stem.replace("_", " "))),
        "question": read.question(),
        "design": read.design(),
    }
    base = read.base()
    policies = read.policies(base)
    varied = read.varied()
    listed = read.listed()
    if not policies:  # levers that are varied are pulled in the base itself
        base = with_levers_of(
            base, [*(one.name for one in varied), *(name for point in listed for name in point)]
        )
    experiment = Experiment(
        base=base,
        policies=policies,
        varied=varied,
        n_points=read.n_points(),
        design_seed=read.whole("design_seed", 1, 0),
        seeds=read.seeds(base),
        outcomes=read.outcomes(),
        listed=listed,
        text=file.read_text(encoding="utf-8-sig"),
        **found,  # type: ignore[arg-type]
    )
    _check(experiment, at)
    return experiment


class _Reader:
    """The parts of an experiment file, each checked."""

    def __init__(self, data: Mapping[str, Any], at: At, folder: Path) -> None:
        self._data, self._at, self._folder = data, at, folder

    def question(self) -> str:
        asked = self._data.get("question", "")
        if not isinstance(asked, str) or not asked.strip():
            raise UserError("question is missing", self._at("question"), mend='question = "Which ...?"')
        return asked

    def design(self) -> str:
        design = self._data.get("design", "grid")
        if design not in get_args(Design):
            raise unknown("design", str(design), get_args(Design), self._at("design"))
        return str(design)

    def base(self) -> Scenario:
        if "base" not in self._data:
            raise UserError(
                "base is missing", self._at("base"), mend='base = "wigan/baseline", or a file beside this one'
            )
        return self._size(self._scenario(self._data["base"], "base"))

    def policies(self, base: Scenario) -> tuple[Scenario, ...]:
        """Each a scenario file, or a title with levers to pull in the base."""
        written = self._data.get("policies", {})
        if isinstance(written, list):
            return tuple(self._size(self._scenario(one, "policies")) for one in written)
        if not isinstance(written, Mapping):
            raise UserError(
                f"policies is {written!r}", self._at("policies"), 'files, or tables [policies."title"]'
            )
        found = []
        for title, table in written.items():
            where = self._at(f"policies.{title}")
            if not isinstance(table, Mapping) or set(table) - {"levers"}:
                raise UserError(
                    f"the policy {title!r} is {table!r}", where, f'[policies."{title}".levers.<lever>]'
                )
            try:
                found.append(base.model_copy(update={"title": title, "levers": table.get("levers", {})}))
            except UserError as problem:
                raise together(
                    [UserError(o.what, where, o.allowed, o.mend) for o in problem.each()]
                ) from None
        return tuple(found)

    def varied(self) -> tuple[Varied, ...]:
        written = self._data.get("vary", {})
        if not isinstance(written, Mapping):
            raise UserError(f"vary is {written!r}", self._at("vary"), "a table: [vary]")
        problems: list[UserError] = []
        found = []
        for name, one in _entries(written).items():
            try:
                found.append(read_varied(name, one, self._at))
            except UserError as problem:
                problems.append(problem)
        if problems:
            raise together(problems)
        return tuple(found)

    def listed(self) -> tuple[dict[str, Any], ...]:
        """The points of a list: tables of names and values."""
        written = self._data.get("points", [])
        if not isinstance(written, list):
            return ()
        found = []
        for number, table in enumerate(written, start=1):
            if not isinstance(table, Mapping):
                raise UserError(f"point {number} is {table!r}", self._at("points"), "tables: [[points]]")
            flat = _entries(table)
            for name in flat:
                if name != "title":
                    dial_of(name, self._at("points"))
            found.append({k: tuple(v) if isinstance(v, list) else v for k, v in flat.items()})
        return tuple(found)

    def n_points(self) -> int:
        return 0 if isinstance(self._data.get("points"), list) else self.whole("points", 64, 1, MOST_POINTS)

    def seeds(self, base: Scenario) -> tuple[int, ...]:
        written = self._data.get("seeds", 1)
        if isinstance(written, list):
            return checked_seeds(written, base.seed, self._at("seeds"))
        first = self.whole("seed", base.seed, 0)
        return checked_seeds(self.whole("seeds", 1, 1, 100_000), first, self._at("seeds"))

    def outcomes(self) -> tuple[str, ...]:
        from cwbsim.outcomes import OUTCOMES

        written = self._data.get("outcomes", [])
        if not isinstance(written, list):
            raise UserError(
                f"outcomes is {written!r}", self._at("outcomes"), 'a list: ["local_spend_share", "jobs"]'
            )
        problems = [
            unknown("outcome", str(n), OUTCOMES, self._at("outcomes")) for n in written if n not in OUTCOMES
        ]
        if problems:
            raise together(problems)
        return tuple(written)

    def whole(self, name: str, default: int, low: int, high: int = LARGEST_SEED) -> int:
        value = self._data.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise UserError(f"{name} is {value!r}", self._at(name), f"a whole number from {low} to {high}")
        return value

    def _scenario(self, name: Any, key: str) -> Scenario:
        if not isinstance(name, str):
            raise UserError(
                f"{key} is {name!r}", self._at(key), "the name of a scenario, or a file beside this one"
            )
        beside = self._folder / name
        try:
            return load_scenario(beside if beside.is_file() else name)
        except UserError as problem:
            others = problem.each()
            where = self._at(key)
            raise together(
                [UserError(o.what, f"{where}: {o.where}", o.allowed, o.mend) for o in others]
            ) from None

    def _size(self, scenario: Scenario) -> Scenario:
        changes = {name: self._data[name] for name in ("months", "scale") if name in self._data}
        if "scale" in changes and isinstance(changes["scale"], int):
            changes["scale"] = float(changes["scale"])
        try:
            return scenario.model_copy(update=changes) if changes else scenario
        except UserError as problem:
            first = next(iter(changes))
            raise UserError(problem.what, self._at(first), problem.allowed, problem.mend) from None


def _check(experiment: Experiment, at: At) -> None:
    """What can only be seen of the whole."""
    if experiment.design == "list" and experiment.varied:
        raise UserError(
            "design is list, and there is a [vary]", at("vary"), mend="list the points: [[points]]"
        )
    if experiment.design != "list" and experiment.listed:
        raise UserError(
            f"design is {experiment.design}, and points are listed", at("points"), mend='design = "list"'
        )
    if experiment.design in ("lhs", "sobol"):
        if not experiment.varied:
            raise UserError(
                "nothing varies", at("vary"), mend='[vary] and a line such as "labour.churn_rate" = {}'
            )
        if experiment.design == "sobol" and experiment.n_points & (experiment.n_points - 1):
            below = 1 << (experiment.n_points.bit_length() - 1)
            raise UserError(
                f"points is {experiment.n_points}", at("points"),
                "a power of two: a Sobol sequence is even only then", f"use {below} or {2 * below}",
            )  # fmt: skip
    titles = [one.title for one in (experiment.base, *experiment.policies)]
    if len(set(titles)) < len(titles):
        raise UserError(
            f"two scenarios have the same title: {titles}", at("policies"), mend="give each its own"
        )
    for number, values in enumerate(experiment.points()[:100]):  # the first tell whether any can be run
        try:
            experiment.scenarios(number, values)
        except UserError as problem:
            raise UserError(
                f"point {number + 1}: {problem.what}", at("vary"), problem.allowed, problem.mend
            ) from None
    levers = {key.split(".")[1] for key in experiment.names if key.startswith("levers.")}
    pulled = {one.key() for scenario in (experiment.base, *experiment.policies) for one in scenario.levers}
    for key in sorted(levers - pulled):
        raise UserError(
            f"levers.{key} is varied, and no policy pulls it", at("vary"), mend="add it to a policy"
        )


def _entries(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """By dotted name, whether written ``"labour.churn_rate" = {}`` or ``[vary.labour.churn_rate]``."""
    flat: dict[str, Any] = {}
    known = {*FIELDS, *lever_dials(), *load_parameters().names()}
    for key, value in table.items():
        name = f"{prefix}{key}"
        is_inner = (
            isinstance(value, Mapping) and bool(value) and name not in known and not set(value) & set(KEYS)
        )
        flat |= _entries(value, f"{name}.") if is_inner else {name: value}
    return flat
