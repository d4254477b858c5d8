"""Tables of the generated pages, in Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["field_table", "line", "number"]


def field_table(fields: Mapping[str, Any]) -> str:
    """Return what can be set: default, range, unit, what it is, and on whose word."""
    lines = ["| field | default | range | unit | what it is | source |", "|---|---|---|---|---|---|"]
    for name, field in fields.items():
        about = field.json_schema_extra or {}
        span = f"{number(about['low'])} to {number(about['high'])}" if "low" in about else ""
        source = f"{about['source']} ({about['year']})" if "source" in about else ""
        default = field.get_default(call_default_factory=True)
        unit, note = about.get("unit", ""), about.get("note", "")
        lines.append(line(f"`{name}`", _value(default), span, unit, note, source))
    return "\n".join(lines)


def line(*cells: object) -> str:
    """Return a row of a table."""
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def number(value: object) -> str:
    """Return a number as people read it; anything else as it stands."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:,.6g}"


def _value(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(f'"{one}"' for one in value) + "]"
    return number(value)
