"""A scenario with some of its figures changed, each named as a scenario file would place it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cwbsim.errors import UserError, unknown
from cwbsim.levers import LEVERS, Lever
from cwbsim.plain_errors import built
from cwbsim.scenario import Scenario

__all__ = ["changed"]


def changed(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Return a copy of a scenario with some figures changed, checked like the first.

    Parameters
    ----------
    scenario : Scenario
    changes : mapping of str to object
        By field (``"months"``), or by dotted name as in a file: ``"levers.social_value_weight.weight"``,
        ``"parameters.labour.churn_rate"``. A lever that the scenario lacks is put in force with that figure.

    Raises
    ------
    UserError
        An unknown field, lever or parameter, or a value that is not allowed.

    Examples
    --------
    >>> from cwbsim import load_scenario
    >>> stronger = changed(load_scenario("wigan/baseline"), {"levers.social_value_weight.weight": 0.3})
    >>> stronger.levers[0].weight
    0.3
    """
    fields: dict[str, Any] = {}
    levers: dict[str, dict[str, Any]] = {}
    parameters: dict[str, Any] = {}
    for key, given in changes.items():
        value = given.item() if isinstance(given, np.generic) else given
        head, _, rest = key.partition(".")
        if not rest:
            fields[key] = value
        elif head == "parameters":
            parameters[rest] = value
        elif head == "levers" and "." in rest:
            name, _, field = rest.partition(".")
            levers.setdefault(name, {})[field] = value
        else:
            raise UserError(
                f"{key!r} is no figure of a scenario",
                allowed=f"{', '.join(Scenario.model_fields)}, levers.LEVER.FIELD, parameters.GROUP.NAME",
            )
    first = scenario.model_copy(update=fields)
    if not (levers or parameters):
        return first
    with_levers = list(first.levers)
    for name, values in levers.items():
        with_levers = _with_lever(with_levers, name, values)
    return first.model_copy(
        update={"levers": tuple(with_levers), "parameters": {**first.parameters, **parameters}}
    )


def _with_lever(levers: list[Lever], name: str, values: Mapping[str, Any]) -> list[Lever]:
    """The levers, one of them with other values."""
    if name not in LEVERS:
        raise unknown("lever", name, LEVERS)
    there = [one for one in levers if one.key() == name]
    if len(there) > 1:
        raise UserError(
            f"levers.{name} is in force {len(there)} times",
            mend="give all of them: levers={" + repr(name) + ": [{...}, {...}]}",
        )
    before = there[0].model_dump() if there else {}
    one: Lever = built(LEVERS[name], {**before, **values}, lambda dotted: "scenario", prefix=f"levers.{name}.")
    return [lever for lever in levers if lever.key() != name] + [one]
