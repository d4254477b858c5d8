"""What pydantic found, in words for a policy team: who, what value, what is allowed, how to mend."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from cwbsim.errors import UserError, together, unknown

WANTED = {
    "float_type": "a number, such as 0.2 (no quotation marks)",
    "int_type": "a whole number, such as 12 (no quotation marks, no decimal point)",
    "string_type": 'text in quotation marks, such as "wigan"',
    "tuple_type": 'a list, such as ["one", "two"]',
    "dict_type": "a table, such as [parameters] followed by name = value",
}
OUTSIDE = ("greater_than_equal", "less_than_equal", "greater_than", "less_than")


type At = Callable[[str], str]
"""From a dotted key to where it stands: the file, and the line if it can be seen."""


def built[M: BaseModel](model: type[M], data: Mapping[str, Any], at: At, prefix: str = "") -> M:
    """An instance of a pydantic model, or one `UserError` that names everything wrong with the data.

    Parameters
    ----------
    model
        The class to build.
    data
        What the user wrote.
    at
        Where a key stands, for the message.
    prefix
        The table inside the file, ``"levers.social_value_weight."``.
    """
    try:
        return model.model_validate(dict(data))
    except ValidationError as fault:
        problems = [_plain(dict(error), model, at, prefix) for error in fault.errors()]
        raise together(problems) from None


def outside_range(name: str, value: object, about: Mapping[str, Any], where: str) -> UserError:
    """The error for a number outside the bounds that its own record states."""
    return UserError(f"{name} is {value!r}, outside its range", where, allowed=range_in_words(about))


def range_in_words(about: Mapping[str, Any]) -> str:
    """Bounds, unit and source of a dial, in a line."""
    bounds = f"{number_in_words(about['low'])} to {number_in_words(about['high'])} {about['unit']}"
    return f"{bounds} (source: {about['source']}, {about['year']})"


def number_in_words(value: float) -> str:
    """A bound as people write it: 10,000,000,000 and not 1e+10."""
    return f"{value:,.0f}" if abs(value) >= 1e3 and value == round(value) else f"{value:g}"


def _plain(error: dict[str, Any], model: type[BaseModel], at: At, prefix: str) -> UserError:
    """One fault of pydantic's in plain words."""
    path = [str(part) for part in error["loc"]]
    name = prefix + ".".join(path)
    where = at(name.rstrip("."))
    kind, value = error["type"], _lists(error["input"])
    field = model.model_fields.get(path[0]) if path else None
    extra = field.json_schema_extra if field is not None else None
    about: Mapping[str, Any] = extra if isinstance(extra, Mapping) and "low" in extra else {}
    if kind == "extra_forbidden":
        inside = f" in [{prefix.rstrip('.')}]" if prefix else ""
        return unknown(f"key{inside}", path[-1], model.model_fields, where)
    if kind == "missing":
        return UserError(f"{name} is missing", where, mend=f"add {name} = ...")
    if kind in OUTSIDE and about:
        return outside_range(name, value, about, where)
    if kind == "finite_number":
        allowed = range_in_words(about) if about else ""
        return UserError(f"{name} is {value!r}, not a finite number", where, allowed)
    if kind in WANTED:
        examples = field.examples if field is not None and len(path) == 1 else None
        allowed = f"for instance {json.dumps(examples[0])}" if examples else WANTED[kind]
        return UserError(f"{name} is {value!r}, {_sort(value)}", where, allowed)
    if kind == "string_pattern_mismatch" and field is not None and field.examples:
        return UserError(f"{name} is {value!r}", where, allowed=f"for instance {json.dumps(field.examples[0])}")
    if kind == "literal_error":
        return UserError(f"{name} is {value!r}", where, allowed=str(error["ctx"]["expected"]))
    message = str(error["msg"]).removeprefix("Value error, ")
    return UserError(f"{name} is {value!r}: {message}" if path else f"{prefix}{message}", where)


def _lists(value: Any) -> Any:
    """Tuples, and those inside them, as the lists that were written."""
    return [_lists(one) for one in value] if isinstance(value, tuple) else value


def _sort(value: object) -> str:
    """What sort of thing a user wrote."""
    match value:
        case bool():
            return "which is true or false"
        case str():
            return "which is text"
        case float():
            return "which has a decimal point"
        case int():
            return "which is a number"
        case list() | tuple():
            return "which is a list"
        case dict():
            return "which is a table"
        case _:
            return f"which is a {type(value).__name__}"
