"""What is in a column: whether it is what its heading says, and what it is where no heading says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cwbsim.spend.dates import day_of
from cwbsim.spend.money import is_nothing, pence_of

type Rows = Sequence[Sequence[Any]]

MONEY = ("amount", "debit", "credit", "vat")
DAYS = ("date", "end_date", "start_date")
WORDS = ("category", "department", "description")
COMPANY = re.compile(r"\b(ltd|limited|plc|llp|council|trust|services|school|uk)\b", re.IGNORECASE)
#: What a column says that divides spending into current and capital: no word on what was bought.
MARKS = {
    "", "revenue", "capital", "rev", "cap", "r", "c", "yes", "no", "y", "n", "gpc", "n/a", "nil", "both",
    "revenue expenditure", "capital expenditure",
}  # fmt: skip
FEW_COMPANIES = 0.1  # of a column of suppliers, at least


def cells_of(column: int, rows: Rows) -> list[Any]:
    """The filled cells of a column."""
    return [row[column] for row in rows if column < len(row) and row[column] != ""]


def holds(role: str, column: int, rows: Rows) -> bool:
    """Whether what is in the column is what its heading says, judged where that can be judged."""
    cells = cells_of(column, rows)
    if role in MONEY:
        good = sum(pence_of(cell) is not None or is_nothing(cell) for cell in cells)
        return good >= 0.5 * len(cells) and (bool(cells) or role != "amount" or not rows)
    if role in DAYS:
        return sum(day_of(cell) is not None for cell in cells) >= 0.4 * len(cells)
    if role == "supplier":
        return not cells or sum(pence_of(cell) is None for cell in cells) >= 0.7 * len(cells)
    if role in WORDS:
        return not cells or (
            sum(pence_of(cell) is None and day_of(cell) is None for cell in cells) >= 0.3 * len(cells)
            and not {str(cell).strip().lower() for cell in cells} <= MARKS
        )
    return True


def is_codes(column: int, rows: Rows) -> bool:
    """Whether a column holds codes ("K9534") rather than words."""
    cells = cells_of(column, rows)
    return bool(cells) and sum(bool(re.search("[A-Za-z]{3}", str(cell))) for cell in cells) < 0.5 * len(cells)


def n_distinct(column: int, rows: Rows) -> int:
    """How many different cells a column has."""
    return len({row[column] for row in rows if column < len(row)})


def share(column: int, rows: Rows, test: Any) -> float:
    """Share of a column's filled cells that pass a test; 0 where most are empty."""
    found = cells_of(column, rows)
    return sum(bool(test(cell)) for cell in found) / len(found) if found and len(found) >= 0.5 * len(rows) else 0.0


def roles_by_content(rows: Rows, free: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Amount, supplier, date and categories among these columns, by what is in them; those that can be told."""
    is_day = {c: share(c, rows, lambda cell: day_of(cell) is not None) for c in free}
    days = [c for c in free if is_day[c] > 0.8]
    money = [
        c
        for c in free
        if c not in days[:1]
        and share(c, rows, lambda cell: pence_of(cell) is not None) > 0.8
        and _has_pence(cells_of(c, rows))
    ]
    texts = [c for c in free if share(c, rows, is_words) > 0.8]
    roles: dict[str, tuple[int, ...]] = {}
    if money:
        roles["amount"] = (money[-1],)
    if days:
        roles["date"] = (days[0],)
    if texts:
        companies = {c: share(c, rows, lambda cell: COMPANY.search(str(cell))) for c in texts}
        supplier = max(texts, key=lambda c: (companies[c], n_distinct(c, rows)))
        roles["supplier"] = (supplier,)
        rest = [c for c in texts if c != supplier and n_distinct(c, rows) > 1 and holds("category", c, rows)]
        if rest:
            roles["category"] = tuple(rest[-3:])
    return roles


def completed(roles: dict[str, list[int]], width: int, rows: Rows) -> list[str]:
    """Give the roles that no heading named to columns that are plainly theirs; what was decided, in words."""
    taken = {n for numbers in roles.values() for n in numbers}
    free = [c for c in range(width) if c not in taken]
    found = roles_by_content(rows, free)
    notes = []
    for role in ("supplier", "date", "category"):
        if role in roles or role not in found or not rows:
            continue
        if role == "supplier" and share(found[role][0], rows, lambda cell: COMPANY.search(str(cell))) < FEW_COMPANIES:
            continue
        if role == "category" and {"description", "department"} & set(roles):
            continue
        roles[role] = list(found[role])
        notes.append(f"no heading says {role}: column {found[role][0] + 1} is taken, by what is in it")
    return notes


def _has_pence(cells: Sequence[Any]) -> bool:
    return any(
        isinstance(cell, float) or (isinstance(cell, str) and re.search(r"\.\d\d\b", cell)) for cell in cells
    )


def is_words(cell: Any) -> bool:
    """Whether a cell is words: no number, no date, no address on the web."""
    return (
        isinstance(cell, str) and bool(re.search("[A-Za-z]{3}", cell)) and "://" not in cell and day_of(cell) is None
    )
