"""A report as blocks: headings, text, tables, figures. HTML, PDF, Word and the workbook are made of the same."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["text", "pounds", "share", "number", "whole"]


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart of a workbook: one column of names, columns of values."""

    kind: Literal["bar", "column", "line"]
    names: int
    values: tuple[int, ...]
    alt: str
    rows: int = 0  # the first so many rows; 0 all


@dataclass(frozen=True, slots=True)
class DataTable:
    """A table with a kind for each column, so that numbers stay numbers wherever it is shown.

    `pounds` and `number` are floats, `share` 0 to 1, `whole` integers; None and nan are shown as `missing`.
    """

    key: str
    title: str
    headings: tuple[str, ...]
    kinds: tuple[Kind, ...]
    rows: tuple[tuple[Any, ...], ...]
    note: str = ""
    source: str = ""
    missing: str = "not known"
    chart: Chart | None = None
    in_report: int = 0  # rows shown in a document; 0 all. The workbook and the CSV have every row.

    def shown(self, row: Sequence[Any]) -> list[str]:
        """Cells of a row as a reader sees them."""
        return [in_words(cell, kind, self.missing) for cell, kind in zip(row, self.kinds, strict=True)]

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers."""
        return self.kinds[column] != "text"

    @property
    def rows_shown(self) -> tuple[tuple[Any, ...], ...]:
        """Rows of a document."""
        return self.rows[: self.in_report] if self.in_report else self.rows


def in_words(cell: Any, kind: Kind, missing: str) -> str:
    """One cell as text."""
    if cell is None or (isinstance(cell, float) and not math.isfinite(cell)):
        return missing
    if kind == "text":
        return str(cell)
    sign = "-" if cell < 0 else ""
    if kind == "pounds":
        decimals = 2 if abs(cell) < 100 and cell != round(cell) else 0
        return f"{sign}£{abs(cell):,.{decimals}f}"
    if kind == "share":
        return f"{cell * 100:.1f} %"
    if kind == "whole":
        return f"{round(cell):,}"
    return f"{cell:,.4g}" if abs(cell) < 1000 else f"{cell:,.0f}"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 2 is a part, level 3 within it."""

    text: str
    level: int = 2

    @property
    def anchor(self) -> str:
        """Its name inside the page."""
        return "".join(c if c.isalnum() else "-" for c in self.text.lower()).strip("-")


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Points:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with what it says, what it looks like in words, and the numbers behind it."""

    key: str
    title: str  # what the picture shows, as a sentence
    alt: str
    svg: str
    png: bytes = field(repr=False)
    table: DataTable | None = None
    caption: str = ""


type Block = Heading | Text | Points | DataTable | Figure


@dataclass(frozen=True, slots=True)
class Document:
    """A report."""

    title: str
    subtitle: str
    blocks: tuple[Block, ...]
    about: tuple[tuple[str, str], ...] = ()  # name, value: versions, seeds, fingerprint
    tables: tuple[DataTable, ...] = ()  # further tables of the workbook and the CSV files
    what_if: str = ""  # what of its scenarios the law of their date forbids: a last column of the CSV files

    @property
    def headings(self) -> list[Heading]:
        """Its parts, for the contents."""
        return [block for block in self.blocks if isinstance(block, Heading) and block.level == 2]

    @property
    def every_table(self) -> list[DataTable]:
        """All tables, each once: those shown, those behind figures, the further ones."""
        found: dict[str, DataTable] = {}
        for block in (*self.blocks, *self.tables):
            table = (
                block.table if isinstance(block, Figure) else block if isinstance(block, DataTable) else None
            )
            if table is not None:
                found.setdefault(table.key, table)
        return list(found.values())

    @property
    def figures(self) -> list[Figure]:
        """All figures."""
        return [block for block in self.blocks if isinstance(block, Figure)]
