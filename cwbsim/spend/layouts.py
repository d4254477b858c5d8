"""Where a table begins and which of its columns is what: by its headings, or by what is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cwbsim.spend.contents import completed, holds, is_codes, n_distinct, roles_by_content
from cwbsim.spend.headings import LOOSE, plain, roles_of, simple
from cwbsim.spend.money import pence_of

HEAD_ROWS = 60
NEED = "amount"
SEVERAL = {"category": 5, "description": 2, "department": 3}  # roles that several columns may have
PRIORITY = (
    "vat", "amount", "postcode", "buyer_postcode", "supplier_id", "body_id", "company_number", "charity_number", "sme",
    "supplier", "date", "end_date", "months", "total", "category_code", "category", "vcse", "sign", "body", "route",
    "currency", "reference", "start_date", "description", "department", "debit", "credit",
)  # fmt: skip
BY_CONTENT = "no headings that are known: columns are taken by what is in them; if wrong, say which they are in a mapping file"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table begins and which of its columns is what."""

    header_row: int  # row of the sheet that holds the headings; -1 where there are none
    roles: Mapping[str, tuple[int, ...]]  # role -> columns
    headings: tuple[str, ...]
    by: str  # "heading", "content" or "mapping"
    notes: tuple[str, ...] = ()

    def column(self, role: str) -> int | None:
        """The first column of a role."""
        found = self.roles.get(role, ())
        return found[0] if found else None

    def shown(self) -> dict[str, str]:
        """Role -> heading, as told to the user."""
        return {role: ", ".join(self._name(n) for n in numbers) for role, numbers in self.roles.items()}

    def unused(self) -> list[str]:
        """Headings of the columns that no role took."""
        taken = {n for numbers in self.roles.values() for n in numbers}
        return [text for n, text in enumerate(self.headings) if text and n not in taken]

    def _name(self, number: int) -> str:
        named = number < len(self.headings) and self.headings[number]
        return str(named) if named else f"column {number + 1}"


def layout_of(rows: Sequence[Sequence[Any]]) -> Layout | None:
    """Find the headings among the first rows of a sheet, or do without; None if there is no table of money here."""
    best, most = None, 0.0
    for number in range(min(len(rows), HEAD_ROWS)):
        score = _likeness(rows[number])
        if score > most:
            layout = by_heading(rows, number)
            if layout is not None:
                best, most = layout, score
    return best or _by_content(rows)


def _roles_named(row: Sequence[Any]) -> set[str]:
    texts = [cell for cell in row if isinstance(cell, str) and cell.strip() and len(cell) < 200]
    return {role for text in texts for role, _ in roles_of(simple(text))[:1]}


def _likeness(row: Sequence[Any]) -> float:
    """How like a row of headings a row is: roles it names, less cells that are numbers."""
    texts = [cell for cell in row if isinstance(cell, str) and cell.strip()]
    named = _roles_named(row)
    n_numbers = sum(pence_of(cell) is not None for cell in row if cell != "")
    return len(named) - 1.5 * n_numbers if len(named) >= 2 or (len(texts) <= 3 and named) else 0.0


def is_heading(row: Sequence[Any]) -> bool:
    """Whether a row inside a table is another row of headings; a telling word alone makes none of a payment."""
    cells = [cell for cell in row if isinstance(cell, str) and len(cell) < 200]
    known = [{role: rank for role, rank in roles_of(simple(cell)) if rank < LOOSE} for cell in cells]
    first = {next(iter(roles)) for roles in known if roles}
    return len(first) >= 2 and any(NEED in roles for roles in known)


def by_heading(rows: Sequence[Sequence[Any]], number: int) -> Layout | None:
    """The layout under one row of headings, if one of its columns holds money."""
    headings = tuple(plain(cell) if cell != "" else "" for cell in rows[number])
    below = rows[number + 1 : number + 1 + HEAD_ROWS * 4]
    claims = sorted(
        (_rank(role, rank, column, below), column, role)
        for column, text in enumerate(headings)
        if text
        for role, rank in roles_of(simple(text))
    )
    roles: dict[str, list[int]] = {}
    taken: set[int] = set()
    order = sorted({role for *_, role in claims}, key=_priority)
    for role in order:
        for _, column, claimed in claims:
            full = len(roles.get(role, ())) >= SEVERAL.get(role, 1)
            if claimed == role and column not in taken and not full and holds(role, column, below):
                roles.setdefault(role, []).append(column)
                taken.add(column)
    if "amount" not in roles and not ("debit" in roles or "credit" in roles):
        return None
    if "supplier" not in roles and "body" in roles and n_distinct(roles["body"][0], below) > 3:
        roles["supplier"] = roles.pop("body")
    notes = completed(roles, len(headings), below)
    return Layout(number, {role: tuple(numbers) for role, numbers in roles.items()}, headings, "heading", tuple(notes))


def _rank(role: str, rank: int, column: int, below: Sequence[Sequence[Any]]) -> int:
    """A column of codes is the last to be asked what was bought."""
    return rank + 100 if role == "category" and is_codes(column, below) else rank


def _priority(role: str) -> int:
    return PRIORITY.index(role) if role in PRIORITY else len(PRIORITY)


def _by_content(rows: Sequence[Sequence[Any]]) -> Layout | None:
    """Columns told by what is in them, for a table without headings, or with headings that say nothing."""
    if len(rows) < 2:
        return None
    width = max(len(row) for row in rows)
    for start in range(min(len(rows) - 1, 5)):
        roles = roles_by_content(rows[start:], range(width))
        if {"amount", "supplier"} <= set(roles):
            if start == 0 and (number := _first_money(rows, roles["amount"][0])) > 0:
                start = number
            headings = tuple(plain(cell) for cell in rows[start - 1]) if start else ()
            return Layout(start - 1, roles, headings, "content", (BY_CONTENT,))
    return None


def _first_money(rows: Sequence[Sequence[Any]], column: int) -> int:
    """The first row with an amount in this column, where what is above it is no amount."""
    return next((n for n, row in enumerate(rows[:5]) if column < len(row) and pence_of(row[column]) is not None), 0)
