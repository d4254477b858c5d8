"""The rows of one sheet, each with its pence and what is wrong with it if anything is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from cwbsim.spend.dates import Dates, dates_of, day_of
from cwbsim.spend.headings import simple
from cwbsim.spend.layouts import HEAD_ROWS, Layout, is_heading, layout_of
from cwbsim.spend.mapping import UserMapping, layout_as
from cwbsim.spend.money import is_nothing, pence_of
from cwbsim.spend.sheet import Column, Sheet

Pence = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

IMPORTED = ""
NO_AMOUNT = "no amount"
UNREADABLE = "amount cannot be read"
TOTAL = "a total of other rows"
HIDDEN = "in a hidden sheet"
NOT_POUNDS = "not in pounds"
REPEATS = "a summary that repeats other sheets"
REASONS = (IMPORTED, NO_AMOUNT, UNREADABLE, TOTAL, HIDDEN, NOT_POUNDS, REPEATS)

TOTAL_CELL = re.compile(
    r"(grand|sub|overall|report|page|monthly|month|net|gross|final|running|supplier|invoice|payment)?[ -]*totals?"
    r"([ :.=-]*|[ :]+(for|of|to|paid|payments?|spend|spent|amount|expenditure|net|gross)\b.*)\Z",
    re.IGNORECASE,
)
MOST_MENDED = 50_000


@dataclass(slots=True)
class Part:
    """Rows below one row of headings. n rows; `reason` indexes REASONS."""

    sheet: Sheet
    layout: Layout
    rows: npt.NDArray[np.int64]  # (n,) rows of the sheet
    pence: Pence  # (n,) 0 where there is no amount
    reason: npt.NDArray[np.int8]  # (n,)
    dates: Dates | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """File and sheet."""
        return self.sheet.where

    def texts(self, role: str) -> list[tuple[npt.NDArray[np.int32], list[Any]]]:
        """(codes of the n rows, distinct cells) of every column of a role."""
        columns = [
            self.sheet.columns[n] for n in self.layout.roles.get(role, ()) if n < len(self.sheet.columns)
        ]
        return [(column.array()[self.rows], column.values) for column in columns]

    def days(self) -> tuple[npt.NDArray[np.int32], Sequence[date | None]]:
        """(codes of the n rows, day of each distinct cell); every row without a day where there is no such column."""
        found = self.texts("date")
        if not found or self.dates is None:
            return np.zeros(self.rows.size, dtype=np.int32), [None]
        return found[0][0], self.dates.days

    def mark(self, where: Flags, reason: str) -> None:
        """Give rows that are still good a reason to be set aside."""
        self.reason[where & (self.reason == 0)] = REASONS.index(reason)


def parts_of(sheet: Sheet, mapping: UserMapping | None) -> list[Part]:
    """The tables of a sheet, one for each row of headings; none where there is no table of money."""
    layout = layout_as(sheet.head(HEAD_ROWS * 5), mapping)
    if layout is None:
        return []
    start = layout.header_row + 1
    _mend(sheet, layout, start)
    parts = []
    for begin, end, under in _segments(sheet, layout, start):
        rows = np.arange(begin, end, dtype=np.int64)
        pence, state = _amounts(sheet, under, rows)
        part = Part(sheet, under, rows, pence, state)
        part.notes += under.notes
        _set_aside(part)
        _read_days(part, mapping)
        parts.append(part)
    return parts


def _segments(sheet: Sheet, layout: Layout, start: int) -> Iterator[tuple[int, int, Layout]]:
    """(first row, row after the last, layout) of every table: headings within a sheet begin another."""
    number = layout.column("amount")
    column = sheet.columns[number] if number is not None else sheet.columns[0]
    silent = np.array([isinstance(v, str) and v != "" and pence_of(v) is None for v in column.values])
    suspects = np.flatnonzero(silent[column.array()[start:]]) + start
    begin = start
    for row in suspects[:5000]:
        cells = sheet.row(int(row))
        if not is_heading(cells):
            continue
        yield begin, int(row), layout
        begin = int(row) + 1
        if [simple(c) for c in cells[: len(layout.headings)]] != [simple(h) for h in layout.headings]:
            below = [sheet.row(r) for r in range(int(row), min(int(row) + 50, sheet.n_rows))]
            layout = layout_of(below) or layout
            sheet.notes.append(f"line {sheet.lines[row]}: other headings, another table")
        else:
            sheet.notes.append(f"line {sheet.lines[row]}: the headings again")
    yield begin, sheet.n_rows, layout


def _amounts(sheet: Sheet, layout: Layout, rows: npt.NDArray[np.int64]) -> tuple[Pence, npt.NDArray[np.int8]]:
    """Pence of every row, and whether it has any."""
    if "amount" in layout.roles:
        pence, state = _column_amounts(sheet.columns[layout.roles["amount"][0]], rows)
    else:
        pence, state = (
            np.zeros(rows.size, dtype=np.int64),
            np.full(rows.size, REASONS.index(NO_AMOUNT), dtype=np.int8),
        )
        for role, sign in (("debit", 1), ("credit", -1)):
            if role in layout.roles:
                one, its = _column_amounts(sheet.columns[layout.roles[role][0]], rows)
                pence += sign * (one if role == "debit" else np.abs(one))
                state = np.where(its == 0, 0, state).astype(np.int8)
    signs = layout.roles.get("sign")
    if signs:
        column = sheet.columns[signs[0]]
        is_credit = np.array([_is_credit(v) for v in column.values])
        pence = np.where(is_credit[column.array()[rows]], -np.abs(pence), pence)
    return pence, state


def _is_credit(cell: Any) -> bool:
    return simple(cell) in ("cr", "c", "credit", "credit note", "crn", "credit memo", "cn", "credit memos")


def _column_amounts(column: Column, rows: npt.NDArray[np.int64]) -> tuple[Pence, npt.NDArray[np.int8]]:
    values = column.values
    pence = np.zeros(len(values), dtype=np.int64)
    state = np.zeros(len(values), dtype=np.int8)
    for number, cell in enumerate(values):
        found = pence_of(cell)
        if found is None:
            state[number] = REASONS.index(NO_AMOUNT if is_nothing(cell) else UNREADABLE)
        else:
            pence[number] = found
    codes = column.array()[rows]
    return pence[codes], state[codes]


def _set_aside(part: Part) -> None:
    """Rows that are not payments: totals, other currencies, rows of hidden sheets."""
    if part.sheet.is_hidden:
        part.mark(np.ones(part.rows.size, dtype=np.bool_), HIDDEN)
        return
    filled: dict[str, Flags] = {}
    for role in (
        "supplier",
        "date",
        "category",
        "description",
        "department",
        "reference",
        "body",
        "supplier_id",
    ):
        for codes, _ in part.texts(role):
            filled[role] = filled.get(role, np.zeros(part.rows.size, dtype=np.bool_)) | (codes != 0)
    nothing = np.zeros(part.rows.size, dtype=np.bool_)
    says_total = nothing.copy()
    for column in part.sheet.columns:
        is_total = np.array([_says_total(v) for v in column.values])
        if is_total.any():
            says_total |= is_total[column.array()[part.rows]]
    if "date" in filled:
        says_total &= ~_has_day(part)
    part.mark(says_total, TOTAL)
    if "supplier" in filled or "category" in filled:
        bare = ~np.logical_or.reduce([nothing, *filled.values()])
        part.mark(bare, TOTAL)
    for codes, values in part.texts("currency"):
        foreign = np.array(
            [str(v).strip().upper() not in ("", "GBP", "£", "STG", "UKL", "POUNDS") for v in values]
        )
        part.mark(foreign[codes], NOT_POUNDS)


def _says_total(cell: Any) -> bool:
    return (
        isinstance(cell, str)
        and "otal" in cell.lower()
        and len(cell) < 80
        and bool(TOTAL_CELL.match(cell.strip()))
    )


def _has_day(part: Part) -> Flags:
    codes, values = part.texts("date")[0]
    is_day = np.zeros(len(values), dtype=np.bool_)
    for code in np.unique(codes):
        is_day[code] = day_of(values[code]) is not None
    return is_day[codes]


def _read_days(part: Part, mapping: UserMapping | None) -> None:
    found = part.texts("date")
    if not found:
        part.notes.append("no column of dates")
        return
    order = {"dd/mm/yyyy": False, "mm/dd/yyyy": True}.get(mapping.dates if mapping else "")
    part.dates = dates_of(found[0][1], month_first=order)
    part.notes += part.dates.notes


def _mend(sheet: Sheet, layout: Layout, start: int) -> None:
    """Rows cut into too many cells by a separator inside a name: put the name together again where only one way fits.

    A row is touched only if it has cells beyond the headings and its amount or date is not where they say.
    """
    width = max((n + 1 for n, text in enumerate(layout.headings) if text), default=0)
    number = layout.column("amount")
    if not width or number is None or len(sheet.columns) <= width:
        return
    extra = np.zeros(sheet.n_rows, dtype=np.bool_)
    for column in sheet.columns[width:]:
        extra |= column.array() != 0
    extra[:start] = False
    n_mended = n_left = 0
    for row in np.flatnonzero(extra)[:MOST_MENDED]:
        cells = sheet.row(int(row))
        if _fits(cells, layout):
            continue
        mended = _joined(cells, layout, width)
        if mended is None:
            n_left += 1
            continue
        n_mended += 1
        for column, cell in zip(sheet.columns, mended, strict=False):
            column.codes[int(row)] = column.index.setdefault(cell, len(column.index))
        for column in sheet.columns[len(mended) :]:
            column.codes[int(row)] = 0
    if n_mended:
        sheet.notes.append(f"{n_mended} rows had a separator inside a cell and were put together again")
    if n_left:
        sheet.notes.append(f"{n_left} rows have more cells than there are headings, and stay as they are")


def _fits(cells: Sequence[Any], layout: Layout) -> bool:
    amount, day = layout.column("amount"), layout.column("date")
    if amount is None or pence_of(cells[amount]) is None:
        return False
    return day is None or cells[day] == "" or day_of(cells[day]) is not None


def _joined(cells: Sequence[Any], layout: Layout, width: int) -> list[Any] | None:
    """The row with neighbouring cells joined so that it has `width` and fits; None unless one way does."""
    last = max(n for n, cell in enumerate(cells) if cell != "") + 1
    surplus = last - width
    if surplus < 1 or surplus > 6:
        return None
    texts = _text_columns(layout)
    ways = []
    for at in range(width):
        joined = ", ".join(str(cell).strip() for cell in cells[at : at + surplus + 1])
        tried = [*cells[:at], joined, *cells[at + surplus + 1 : last]]
        if (at in texts or not texts) and pence_of(joined) is None and _fits(tried, layout):
            ways.append(tried)
    return ways[0] if ways and (len(ways) == 1 or texts) else None


def _text_columns(layout: Layout) -> set[int]:
    roles: Mapping[str, tuple[int, ...]] = layout.roles
    named = ("supplier", "category", "description", "department", "body")
    return {n for role in named for n in roles.get(role, ())}
