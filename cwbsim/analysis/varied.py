"""What an experiment varies: a parameter, a lever's dial or a scenario's, over which values and how often each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cwbsim.errors import UserError, together, unknown
from cwbsim.levers import LEVERS
from cwbsim.parameters import load_parameters
from cwbsim.plain_errors import At
from cwbsim.scenario import Scenario
from cwbsim.scenario_changes import changed

Floats = NDArray[np.float64]
Distribution = Literal["uniform", "log_uniform", "triangular", "normal"]
KEYS = ("low", "high", "distribution", "mode", "mean", "sd", "levels", "values")
FIELDS = ("flq_delta", "scale", "months", "io_year", "closure", "place")  # of a scenario


@dataclass(frozen=True, slots=True)
class Dial:
    """The range that something variable has by itself."""

    low: float
    high: float
    value: float | None
    unit: str
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Varied:
    """One thing that an experiment varies.

    Attributes
    ----------
    name : str
        ``labour.churn_rate``, ``levers.social_value_weight.weight`` or a field such as ``flq_delta``.
    low, high : float
        Bounds; its own by default.
    distribution : str
        How often each value comes up: uniform, log_uniform, triangular (with its `mode`) or normal (`mean` and
        `sd`, cut off at the bounds).
    levels : int
        How many values a grid takes, the bounds included.
    values : tuple
        The values themselves, instead of a range.
    """

    name: str
    low: float = math.nan
    high: float = math.nan
    distribution: Distribution = "uniform"
    mode: float = math.nan
    mean: float = math.nan
    sd: float = math.nan
    levels: int = 3
    values: tuple[Any, ...] = ()
    is_whole: bool = False
    unit: str = ""

    def at(self, share: float) -> Any:
        """The value below which this share (0 to 1) of all values lies; of a list, the one at that place."""
        if self.values:
            return self.values[min(int(share * len(self.values)), len(self.values) - 1)]
        found = float(np.clip(self._quantile(share), self.low, self.high))
        return round(found) if self.is_whole else found

    def grid(self) -> tuple[Any, ...]:
        """The values of a grid."""
        if self.values:
            return self.values
        if self.distribution == "log_uniform":
            found = np.geomspace(self.low, self.high, self.levels)
        else:
            found = np.linspace(self.low, self.high, self.levels)
        return tuple(dict.fromkeys(round(one) if self.is_whole else float(one) for one in found))

    def _quantile(self, share: float) -> float:
        low, width = self.low, self.high - self.low
        if width == 0.0:
            return low
        if self.distribution == "log_uniform":
            return float(low * (self.high / low) ** share)
        if self.distribution == "triangular":
            from scipy.stats import triang

            return float(triang.ppf(share, (self.mode - low) / width, low, width))
        if self.distribution == "normal":
            from scipy.stats import truncnorm

            one, other = (low - self.mean) / self.sd, (self.high - self.mean) / self.sd
            return float(truncnorm.ppf(share, one, other, self.mean, self.sd))
        return low + share * width


def dial_of(name: str, where: str = "") -> Dial | None:
    """The range of something by its name; None for a field that is no number.

    Raises
    ------
    UserError
        Nothing is called like this; the nearest name is given.
    """
    if name.startswith("levers."):
        _, key, field = [*name.split(".", 2), "", ""][:3]
        if key not in LEVERS:
            raise unknown("lever", key, LEVERS, where)
        return _field_dial(LEVERS[key].model_fields, field, f"levers.{key}", where)
    if name in FIELDS:
        return _field_dial(Scenario.model_fields, name, "scenario", where)
    parameters = load_parameters()
    plain = name.removeprefix("parameters.")
    if plain not in parameters.names():
        raise unknown(
            "parameter, lever or field", name, [*parameters.names(), *FIELDS, *lever_dials()], where
        )
    figure = parameters.figure(plain)
    return Dial(figure.low, figure.high, figure.value, figure.unit)


def lever_dials() -> list[str]:
    """Names of every dial of every lever."""
    return [f"levers.{key}.{field}" for key, lever in LEVERS.items() for field in lever.model_fields]


def _field_dial(fields: Mapping[str, Any], name: str, inside: str, where: str) -> Dial | None:
    if name not in fields:
        raise unknown(f"field of {inside}", name, fields, where)
    about = fields[name].json_schema_extra
    if not isinstance(about, Mapping) or "low" not in about:
        return None
    kinds = (fields[name].annotation, *get_args(fields[name].annotation))
    default = fields[name].default
    value = float(default) if isinstance(default, int | float) else None
    return Dial(float(about["low"]), float(about["high"]), value, str(about["unit"]), int in kinds)


def read_varied(name: str, written: Any, at: At) -> Varied:
    """One entry of ``[vary]``: a table, possibly empty, or a list of values.

    Raises
    ------
    UserError
        All that is wrong with it.
    """
    key = f"vary.{name}"
    dial = dial_of(name, at(key))
    if isinstance(written, Sequence) and not isinstance(written, str):
        written = {"values": written}
    if not isinstance(written, Mapping):
        raise UserError(
            f"{key} is {written!r}", at(key), "a table, { low = 0, high = 1 }, or a list of values"
        )
    problems = [unknown(f"key in {key}", one, KEYS, at(f"{key}.{one}")) for one in written if one not in KEYS]
    if problems:
        raise together(problems)
    plain = name.removeprefix("parameters.")
    if "values" in written:
        return _of_values(plain, written, dial, at)
    if dial is None:
        raise UserError(f"{name} has no range", at(key), mend=f'list its values: "{name}" = [..., ...]')
    return _of_range(plain, written, dial, at)


def _of_values(name: str, written: Mapping[str, Any], dial: Dial | None, at: At) -> Varied:
    key = f"vary.{name}"
    values = written["values"]
    if len(written) > 1:
        raise UserError(f"{key} has both values and a range", at(key), mend="leave one of them out")
    if not isinstance(values, list | tuple) or not values:
        raise UserError(f"{key}.values is {values!r}", at(key), allowed="a list of one value or more")
    for value in values:
        if dial is not None:
            _check_inside(f"{key}: the value", value, dial, at(key))
    plain = tuple(tuple(one) if isinstance(one, list) else one for one in values)
    return Varied(name, values=plain, unit="" if dial is None else dial.unit)


def _of_range(name: str, written: Mapping[str, Any], dial: Dial, at: At) -> Varied:
    key = f"vary.{name}"
    for one in ("low", "high", "mode", "mean", "sd"):
        if one in written and (isinstance(written[one], bool) or not isinstance(written[one], int | float)):
            raise UserError(f"{key}.{one} is {written[one]!r}, which is not a number", at(f"{key}.{one}"))
    low, high = float(written.get("low", dial.low)), float(written.get("high", dial.high))
    for one, value in (("low", low), ("high", high)):
        _check_inside(f"{key}.{one}", value, dial, at(f"{key}.{one}"))
    if low > high:
        raise UserError(f"{key}: low is {low:g}, above high, {high:g}", at(key))
    distribution = written.get("distribution", "uniform")
    if distribution not in get_args(Distribution):
        raise unknown("distribution", str(distribution), get_args(Distribution), at(f"{key}.distribution"))
    if distribution == "log_uniform" and low <= 0.0:
        raise UserError(
            f"{key}: low is {low:g}", at(key), allowed="above nil, for log_uniform", mend="give a low"
        )
    levels = written.get("levels", 3)
    if isinstance(levels, bool) or not isinstance(levels, int) or levels < 1:
        raise UserError(f"{key}.levels is {levels!r}", at(f"{key}.levels"), allowed="a whole number from 1")
    middle = (low + high) / 2 if dial.value is None else min(max(dial.value, low), high)
    mode, mean = float(written.get("mode", middle)), float(written.get("mean", middle))
    sd = float(written.get("sd", (high - low) / 4))
    if not low <= mode <= high:
        raise UserError(f"{key}.mode is {mode:g}", at(f"{key}.mode"), allowed=f"{low:g} to {high:g}")
    if distribution == "normal" and sd <= 0.0:
        raise UserError(f"{key}.sd is {sd:g}", at(f"{key}.sd"), allowed="above nil")
    return Varied(name, low, high, distribution, mode, mean, sd, levels, (), dial.is_whole, dial.unit)


def _check_inside(what: str, value: object, dial: Dial, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UserError(f"{what} is {value!r}, which is not a number", where)
    if not dial.low <= value <= dial.high:
        allowed = f"{dial.low:g} to {dial.high:g} {dial.unit}, its own range"
        raise UserError(f"{what} is {value:g}, outside its range", where, allowed)


def with_values(scenario: Scenario, values: Mapping[str, Any], title: str = "") -> Scenario:
    """A scenario with some things set: parameters, dials of levers (those it has), fields.

    Raises
    ------
    UserError
        A value that is not allowed, or with the others is not.
    """
    have = {one.key() for one in scenario.levers}
    changes: dict[str, Any] = {"title": title} if title else {}
    for name, value in values.items():
        if name.startswith("levers."):
            if name.split(".")[1] in have:
                changes[name] = value
        else:
            changes[name if name in FIELDS else f"parameters.{name}"] = value
    return changed(scenario, changes)


def with_levers_of(scenario: Scenario, names: Sequence[str]) -> Scenario:
    """A scenario that has every lever that is varied, at rest where it had not."""
    have = {one.key() for one in scenario.levers}
    wanted = dict.fromkeys(name.split(".")[1] for name in names if name.startswith("levers."))
    added = tuple(LEVERS[key]() for key in wanted if key not in have)
    return scenario.model_copy(update={"levers": (*scenario.levers, *added)}) if added else scenario
