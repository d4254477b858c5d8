"""The tables of a scenario cannot be changed in place, and are tables in every other way."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from cwbsim import Scenario
from cwbsim.errors import UserError
from cwbsim.frozen import FrozenTable

MINE = Scenario(title="Mine", parameters={"labour.churn_rate": 0.01}, anchors={"council": {"local_share": 0.3}})
TABLES = {
    "parameters": lambda: MINE.parameters,
    "anchors": lambda: MINE.anchors,
    "an anchor": lambda: MINE.anchors["council"],
    "parameters left out": lambda: Scenario(title="Plain").parameters,
    "anchors left out": lambda: Scenario(title="Plain").anchors,
    "parameters of a copy": lambda: MINE.model_copy(update={"months": 12}).parameters,
    "an anchor read back": lambda: pickle.loads(pickle.dumps(MINE)).anchors["council"],
}
CHANGES: dict[str, Callable[[Any], object]] = {
    "set": lambda table: table.__setitem__("labour.churn_rate", 99.0),
    "delete": lambda table: table.__delitem__("labour.churn_rate"),
    "update": lambda table: table.update({"contract_budget": 1.0}),
    "or": lambda table: table.__ior__({"contract_budget": 1.0}),
    "setdefault": lambda table: table.setdefault("contract_budget", 1.0),
    "pop": lambda table: table.pop("labour.churn_rate", None),
    "popitem": lambda table: table.popitem(),
    "clear": lambda table: table.clear(),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("table", TABLES)
def test_a_table_of_a_scenario_cannot_be_changed_in_place(table: str, change: str) -> None:
    before = hash(MINE)

    with pytest.raises(TypeError, match="model_copy"):
        CHANGES[change](TABLES[table]())

    assert hash(MINE) == before


def test_no_method_of_a_dict_that_changes_it_is_left_open() -> None:
    harmless = {"copy", "fromkeys", "get", "items", "keys", "values"}
    named = {name for name in vars(dict) if not name.startswith("__")} - harmless

    assert named | {"__setitem__", "__delitem__", "__ior__"} <= set(vars(FrozenTable))


def test_a_scenario_survives_pickling_and_copying_as_the_same() -> None:
    for other in (pickle.loads(pickle.dumps(MINE)), copy.deepcopy(MINE), copy.copy(MINE)):
        assert (other, hash(other), other.scenario_hash()) == (MINE, hash(MINE), MINE.scenario_hash())


def test_what_is_dumped_is_plain_and_may_be_changed() -> None:
    dumped = MINE.model_dump()
    dumped["anchors"]["council"]["local_share"] = 0.5
    dumped["parameters"]["labour.churn_rate"] = 0.015

    assert (MINE.anchors["council"]["local_share"], MINE.parameters["labour.churn_rate"]) == (0.3, 0.01)
    assert json.loads(MINE.model_dump_json())["anchors"] == {"council": {"local_share": 0.3}}
    assert MINE.parameters == {"labour.churn_rate": 0.01}


def test_what_the_tables_were_made_of_does_not_move_them() -> None:
    written = {"council": {"local_share": 0.3}}
    mine = Scenario(title="Mine", anchors=written)
    written["council"]["local_share"] = 7.0

    assert mine.anchors == {"council": {"local_share": 0.3}}


def test_a_changed_copy_is_made_and_checked() -> None:
    other = MINE.model_copy(update={"parameters": {**MINE.parameters, "labour.churn_rate": 0.02}})

    assert (other.parameters["labour.churn_rate"], MINE.parameters["labour.churn_rate"]) == (0.02, 0.01)
    with pytest.raises(UserError, match="outside its range"):
        MINE.model_copy(update={"parameters": {"labour.churn_rate": 99.0}})
    with pytest.raises(UserError, match="contract_budget is 1"):
        MINE.model_copy(update={"anchors": {"council": {"contract_budget": 1.0}}})
