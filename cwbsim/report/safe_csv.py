"""Tables out as CSV that no spreadsheet takes for formulas: text stays text, numbers stay numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
GUARD = "'"


def safe(cell: Any) -> Any:
    """A cell as it may be written: text that a spreadsheet would run begins with an apostrophe, numbers are left."""
    if isinstance(cell, str) and cell.lstrip(" \ufeff\"'").startswith(DANGEROUS):
        return GUARD + cell
    return "" if cell is None else cell


def unsafe(text: str) -> str:
    """The text that `safe` was given."""
    return text[1:] if text.startswith(GUARD) and safe(text[1:]) != text[1:] else text


def write_csv(path: Path, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A CSV file in UTF-8 with a byte order mark, so that Excel reads its pounds and accents."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([safe(heading) for heading in headings])
        writer.writerows([[safe(cell) for cell in row] for row in rows])


def write_columns(path: Path, headings: Sequence[str], columns: Sequence[Sequence[Any]]) -> None:
    """The same for columns whose texts are safe already."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows(zip(*columns, strict=True))
