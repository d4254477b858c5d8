"""Amounts of money as people write them, to whole pence."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

PLAIN = re.compile(r"-?\d+(?:\.\d{1,2})?\Z", re.ASCII)
NUMBER = re.compile(r"[\d.,]+\Z", re.ASCII)
EXPONENT = re.compile(r"-?\d+(?:\.\d+)?[eE][+-]?\d{1,2}\Z", re.ASCII)
CURRENCY = re.compile(r"(?:GBP|(?:Â|Ã‚|\ufffd)?£|\ufffd|£|Ł|pounds?|STG)\s*", re.IGNORECASE)
NOTHING = {
    "",
    "-",
    "--",
    "–",
    "—",
    "nil",
    "n/a",
    "na",
    "none",
    "null",
    "tbc",
    "tbd",
    "#n/a",
    "not known",
    "unknown",
}
MOST_PENCE = 10**15


def pence_of(cell: Any) -> int | None:
    """An amount in pence, or None where the cell is not a sum of money.

    Fractions of a penny are rounded to the nearest, halves to the even penny; that is Decimal's own rule.
    """
    if isinstance(cell, str):
        text = cell.strip()
        if PLAIN.match(text):
            whole, _, rest = text.partition(".")
            pence = int(whole + (rest + "00")[:2])
            return pence if abs(pence) < MOST_PENCE else None
        return _written(text)
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        return None
    return _rounded(Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell))


def is_nothing(cell: Any) -> bool:
    """Whether a cell says that there is no amount."""
    return isinstance(cell, str) and cell.strip().casefold() in NOTHING


def _rounded(value: Decimal) -> int | None:
    if not value.is_finite() or abs(value) * 100 >= MOST_PENCE:
        return None
    return int((value * 100).to_integral_value(ROUND_HALF_EVEN))


def _written(text: str) -> int | None:
    """Currency signs, brackets, signs behind, separators of every kind."""
    text = text.replace("\xa0", " ").replace("−", "-").replace("–", "-").replace("’", "'").strip("\"' ")
    negative = False
    upper = text.upper()
    for mark in ("CR", "DR"):
        if upper.endswith(mark):
            negative, text = mark == "CR", text[:-2].strip()
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
    text = CURRENCY.sub("", text).strip()
    if text.startswith("(") and text.endswith(")"):
        negative, text = True, text[1:-1].strip()
    if text.endswith("-"):
        negative, text = not negative, text[:-1].strip()
    if text.startswith("-"):
        negative, text = not negative, text[1:].strip()
    text = text.removeprefix("+").strip()
    digits = text if EXPONENT.match(text) else _point_only(text.replace(" ", "").replace("'", ""))
    if not digits:
        return None
    try:
        found = _rounded(Decimal(digits))
    except InvalidOperation:
        return None
    return None if found is None else (-found if negative else found)


def _point_only(text: str) -> str:
    """The number with a point for decimals and nothing between thousands; "" if it is none."""
    if not NUMBER.match(text) or not any(c.isdigit() for c in text):
        return ""
    point, comma = text.rfind("."), text.rfind(",")
    if comma > point:
        after = len(text) - comma - 1
        is_decimal = after in (1, 2) and text.count(",") == 1
        text = text.replace(".", "").replace(",", ".") if is_decimal else text.replace(",", "")
        return text if text.count(".") <= 1 else ""
    text = text.replace(",", "")
    if text.count(".") > 1:  # 1.234.567
        groups = text.split(".")
        text = "".join(groups) if all(len(group) == 3 for group in groups[1:]) else ""
    return text
