"""Dates as councils write them, to days; day before month unless the column shows otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

EPOCH = date(1899, 12, 30)  # day nought of Excel's serial numbers
FIRST, LAST = date(1990, 1, 1), date(2100, 1, 1)
NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTHS = {name: number for number, name in enumerate(NAMES, start=1)}
ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ].*)?\Z", re.ASCII)
NUMERIC = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?:[t ,].*)?\Z", re.ASCII)
NAMED = re.compile(
    r"(?:[a-z]{3,9},? +)?(\d{1,2})(?:st|nd|rd|th)?[-/. ]*([a-z]{3,9})\.?,?[-/. ]*(\d{4}|\d{2})(?:[t ,].*)?\Z",
    re.ASCII,
)
NAMED_FIRST = re.compile(
    r"([a-z]{3,9})\.?[-/. ]+(\d{1,2})(?:st|nd|rd|th)?,?[-/. ]+(\d{4})(?:[ ,].*)?\Z", re.ASCII
)
MONTH_ONLY = re.compile(r"([a-z]{3,9})\.?[-/. ']*(\d{4}|\d{2})\Z", re.ASCII)
COMPACT = re.compile(r"(\d{8})(?:\.0)?\Z", re.ASCII)
SERIAL = re.compile(r"(\d{5})(?:\.\d+)?\Z", re.ASCII)
SEVERAL_MONTHS = re.compile(
    r"([a-z]{3,9})\.?[-/. ']*(\d{4}|\d{2})?\s*(?:-|–|to|and)\s*[a-z]{3,9}\.?[-/. ']*(\d{4}|\d{2})\Z", re.ASCII
)
QUARTER = re.compile(r"q(?:uarter|tr)? ?([1-4])[ ,:/-]*(?:fy ?)?(\d{4})(?:[-/](?:\d{4}|\d{2}))?\Z", re.ASCII)
YEAR_QUARTER = re.compile(r"(?:fy ?)?(\d{4})(?:[-/](?:\d{4}|\d{2}))?[ ,:/-]*q(?:uarter|tr)? ?([1-4])\Z", re.ASCII)
YEAR_MONTH = re.compile(r"(\d{4})[-/]?(\d{2})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Dates:
    """Days of a column's distinct cells (None where a cell is no date), and what was decided on the way."""

    days: list[date | None]
    month_first: bool
    n_unreadable: int = 0
    notes: list[str] = field(default_factory=list)


def dates_of(cells: Sequence[Any], *, month_first: bool | None = None) -> Dates:
    """Read the distinct cells of one column.

    Parameters
    ----------
    month_first
        Whether 04/05/2021 is 5 April; None lets the column say: it is if some date can only be read so and none
        can only be read the other way.
    """
    notes: list[str] = []
    if month_first is None:
        day_only = month_only = 0
        for cell in cells:
            found = NUMERIC.match(cell.strip()) if isinstance(cell, str) else None
            if found:
                one, two = int(found[1]), int(found[2])
                day_only += one > 12
                month_only += two > 12
        month_first = month_only > 0 and day_only == 0
        if month_only and day_only:
            notes.append(
                f"dates of both orders: {day_only} only as day/month, {month_only} only as month/day; the rest read as day/month"
            )
        elif month_first:
            notes.append("dates are month/day/year")
    days = [_day(cell, month_first) for cell in cells]
    n_bad = sum(day is None and cell not in ("", None) for day, cell in zip(days, cells, strict=True))
    return Dates(days, month_first, n_bad, notes)


def day_of(cell: Any) -> date | None:
    """One cell as a day, day before month."""
    return _day(cell, False)


def _day(cell: Any, month_first: bool) -> date | None:
    if isinstance(cell, datetime):
        return _sane(cell.date())
    if isinstance(cell, date):
        return _sane(cell)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if cell != cell or abs(cell) > 1e8:
            return None
        return _serial(float(cell)) or (
            _of_text(str(int(cell)), month_first) if float(cell).is_integer() else None
        )
    if not isinstance(cell, str) or len(cell) > 60:
        return None
    return _of_text(cell.strip().lower(), month_first)


def _serial(value: float) -> date | None:
    if 32_000 < value < 73_000:  # 1987 to 2099
        return _sane(EPOCH + timedelta(days=int(value)))
    return None


def _of_text(text: str, month_first: bool) -> date | None:
    if found := ISO.match(text):
        return _made(found[1], found[2], found[3])
    if found := NUMERIC.match(text):
        month, day = (found[1], found[2]) if month_first else (found[2], found[1])
        if int(month) > 12:
            month, day = day, month
        return _made(found[3], month, day)
    if found := NAMED.match(text):
        return _made(found[3], str(MONTHS.get(found[2][:3], 0)), found[1])
    if found := NAMED_FIRST.match(text):
        return _made(found[3], str(MONTHS.get(found[1][:3], 0)), found[2])
    if found := COMPACT.match(text):
        digits = found[1]
        return _made(digits[:4], digits[4:6], digits[6:]) or _made(digits[4:], digits[2:4], digits[:2])
    if found := MONTH_ONLY.match(text):
        return _made(found[2], str(MONTHS.get(found[1][:3], 0)), "1")
    if found := SERIAL.match(text):
        return _serial(float(found[0]))
    if found := YEAR_MONTH.match(text):
        return _made(found[1], found[2], "1")
    return _of_period(text)


def _of_period(text: str) -> date | None:
    """The first month of a span of months, or of a quarter of the year from April."""
    if found := SEVERAL_MONTHS.match(text):
        return _made(found[2] or found[3], str(MONTHS.get(found[1][:3], 0)), "1")
    found, order = (QUARTER.match(text), (1, 2)) if text.startswith("q") else (YEAR_QUARTER.match(text), (2, 1))
    if found:
        quarter, year = int(found[order[0]]), int(found[order[1]])
        return _made(str(year + (quarter == 4)), str((1, 4, 7, 10)[quarter % 4]), "1")
    return None


def _made(year: str, month: str, day: str) -> date | None:
    number = int(year)
    number += 2000 if number < 80 and len(year) < 4 else 1900 if len(year) < 4 else 0
    try:
        return _sane(date(number, int(month), int(day)))
    except ValueError:
        return None


def _sane(day: date) -> date | None:
    return day if FIRST <= day < LAST else None
