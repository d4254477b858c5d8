"""JSON Schema of a scenario file, for editors and other programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cwbsim.levers import LEVERS
from cwbsim.parameters import load_parameters
from cwbsim.places.anchor_figures import FIGURES
from cwbsim.scenario import Scenario

__all__ = ["scenario_schema"]


def scenario_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, with bounds, units and sources of levers, parameters and figures of anchors."""
    schema = Scenario.model_json_schema(mode="validation")
    levers = {}
    for key, lever in LEVERS.items():
        one = lever.model_json_schema()
        one["description"] = (lever.__doc__ or "").strip().splitlines()[0] if lever.__doc__ else key
        several = {"type": "array", "items": one}
        levers[key] = {"anyOf": [one, several, {"const": False}], "moves": lever.moves}
    properties = schema["properties"]
    properties["levers"] = {"type": "object", "properties": levers, "additionalProperties": False}
    properties["parameters"] = _parameter_schema()
    properties["anchors"] |= _anchor_schema()
    about = "what to start from: a file, from the folder of this one, or the name of a scenario of the library"
    properties["extends"] = {"type": "string", "description": about}
    schema.pop("$defs", None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "cwbsim scenario"}


def _anchor_schema() -> dict[str, Any]:
    """A table for each anchor, under whatever key its place gives it."""
    figures = {name: {"type": "number", **_bounded(row)} for name, row in FIGURES.items()}
    one = {"type": "object", "properties": figures, "additionalProperties": False}
    return {"type": "object", "additionalProperties": one}


def _parameter_schema() -> dict[str, Any]:
    """Each parameter under its dotted name and inside its group, the two ways TOML lets it be written."""
    properties: dict[str, Any] = {}
    for row in load_parameters().rows():
        group, _, name = str(row["name"]).partition(".")
        one = {"type": "number", **_bounded(row), "default": row["value"]}
        properties[str(row["name"])] = one
        inside = properties.setdefault(
            group, {"type": "object", "properties": {}, "additionalProperties": False}
        )
        inside["properties"][name] = one
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _bounded(row: Mapping[str, Any]) -> dict[str, Any]:
    """Bounds of a figure in the words of JSON Schema, and its unit, source, year and note as they stand."""
    about = {key: row[key] for key in ("unit", "source", "year", "note")}
    return {"minimum": row["low"], "maximum": row["high"], **about}
