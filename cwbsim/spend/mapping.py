"""What a user says of the columns, in a small TOML file kept beside the data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cwbsim.errors import UserError, unknown
from cwbsim.spend.headings import lexicon, simple
from cwbsim.spend.layouts import HEAD_ROWS, NEED, Layout, by_heading, layout_of

MAPPING = "columns.toml"
OPTIONS = ("dates", "header_row", "body", "sheets")


@dataclass(frozen=True, slots=True)
class UserMapping:
    """What a user's mapping file says."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: str = ""
    header_row: int = 0
    body: str = ""
    sheets: tuple[str, ...] = ()
    path: str = ""


def layout_as(rows: Sequence[Sequence[Any]], mapping: UserMapping | None) -> Layout | None:
    """The layout of a sheet as the user says it is, or as it is recognised."""
    if mapping and mapping.columns:
        return _mapped(rows, mapping)
    if mapping and mapping.header_row:
        return by_heading(rows, mapping.header_row - 1)
    return layout_of(rows)


def mapping_for(path: Path, given: Path | None) -> UserMapping | None:
    """The user's mapping: the file given, or ``NAME.columns.toml`` or ``columns.toml`` beside the data."""
    beside = [
        path.with_name(f"{path.name}.{MAPPING}"),
        path.with_name(f"{path.stem}.{MAPPING}"),
        path.with_name(MAPPING),
    ]
    chosen = given or next((one for one in beside if one.exists()), None)
    return _read_mapping(str(chosen)) if chosen else None


@cache
def _read_mapping(name: str) -> UserMapping:
    try:
        content = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError:
        raise UserError("there is no such mapping file", name) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UserError(f"not TOML: {fault}", name, mend='columns.amount = "Net"') from None
    for key in content:
        if key not in ("columns", *OPTIONS):
            raise unknown("key", key, ("columns", *OPTIONS), name)
    columns = content.get("columns", {})
    if not isinstance(columns, dict):
        raise UserError("columns is not a table", name, mend='[columns], then amount = "Net"')
    for role in columns:
        if role not in lexicon()["roles"]:
            raise unknown("column role", role, lexicon()["roles"], name)
    if content.get("dates", "") not in ("", "dd/mm/yyyy", "mm/dd/yyyy"):
        raise UserError(f"dates is {content['dates']!r}", name, allowed='"dd/mm/yyyy" or "mm/dd/yyyy"')
    named = {role: tuple(v) if isinstance(v, list) else (str(v),) for role, v in columns.items()}
    return UserMapping(
        named, content.get("dates", ""), int(content.get("header_row", 0)), content.get("body", ""),
        tuple(content.get("sheets", ())), name,
    )  # fmt: skip


def _mapped(rows: Sequence[Sequence[Any]], mapping: UserMapping) -> Layout | None:
    """The layout a user has written down: headings by name, or columns as "column 3"."""
    wanted = {simple(name): (role, name) for role, names in mapping.columns.items() for name in names}
    numbered = {key: int(found[1]) - 1 for key in wanted if (found := re.match(r"column (\d+)\Z", key))}
    number = mapping.header_row - 1
    if not mapping.header_row and len(numbered) < len(wanted):
        scores = [sum(simple(cell) in wanted for cell in row) for row in rows[:HEAD_ROWS]]
        number = max(range(len(scores)), key=scores.__getitem__, default=-1) if any(scores) else -1
    headings = tuple(str(cell).strip() for cell in rows[number]) if 0 <= number < len(rows) else ()
    places = {simple(text): n for n, text in reversed(list(enumerate(headings)))} | numbered
    missing = [name for key, (_, name) in wanted.items() if key not in places]
    if missing:
        raise UserError(
            f"no column {missing[0]!r} here",
            mapping.path,
            allowed=", ".join(headings) or "columns as 'column 3'",
        )
    roles = {role: tuple(places[simple(name)] for name in names) for role, names in mapping.columns.items()}
    if NEED not in roles and "debit" not in roles:
        guessed = by_heading(rows, number) if number >= 0 else None
        roles = {**(guessed.roles if guessed else {}), **roles}
    if NEED not in roles and "debit" not in roles:
        raise UserError(
            "the mapping names no column for the amount", mapping.path, mend='[columns] amount = "..."'
        )
    return Layout(number, roles, headings, "mapping")
