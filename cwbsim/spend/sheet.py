"""One table as it stands in a file: cells by column, each distinct cell kept once."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

Cell = Any  # str from text; also int, float, bool, date, datetime, time from workbooks and JSON
Codes = npt.NDArray[np.int32]

MOST_COLUMNS = 400


@dataclass(slots=True)
class Column:
    """A column of n cells as codes into its distinct values; code 0 is the empty cell."""

    index: dict[Cell, int] = field(default_factory=lambda: {"": 0})
    codes: array[int] = field(default_factory=lambda: array("i"))

    def extend(self, cells: Sequence[Cell]) -> None:
        """Put cells below those that are there."""
        index = self.index
        self.codes.extend([index.setdefault(cell, len(index)) for cell in cells])

    def pad(self, n_rows: int) -> None:
        """Empty cells down to row `n_rows`."""
        if len(self.codes) < n_rows:
            self.codes.extend([0] * (n_rows - len(self.codes)))

    @property
    def values(self) -> list[Cell]:
        """Distinct cells in order of code."""
        return list(self.index)

    def array(self) -> Codes:
        """(n,) codes."""
        return np.frombuffer(self.codes, dtype=np.int32) if self.codes else np.zeros(0, dtype=np.int32)


@dataclass(slots=True)
class Sheet:
    """Rows that are not blank, the heading among them. `lines` is where each stands in the file, from 1."""

    file: str
    name: str = ""
    is_hidden: bool = False
    columns: list[Column] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("q"))
    n_blank: int = 0
    notes: list[str] = field(default_factory=list)
    row_notes: dict[int, str] = field(default_factory=dict)  # row -> what was mended in reading it

    @property
    def n_rows(self) -> int:
        """Rows that are not blank."""
        return len(self.lines)

    @property
    def where(self) -> str:
        """File and sheet, for messages."""
        return f"{self.file} [{self.name}]" if self.name else self.file

    def append(self, rows: Sequence[Sequence[Cell]], lines: Iterable[int]) -> None:
        """Add a block of rows, which may be ragged."""
        start = self.n_rows
        self.lines.extend(lines)
        for number, cells in enumerate(zip_longest(*rows, fillvalue="")):
            if number >= MOST_COLUMNS:
                break
            if number == len(self.columns):
                self.columns.append(Column())
            column = self.columns[number]
            column.pad(start)
            column.extend(cells)

    def close(self) -> Sheet:
        """Bring every column to the same length; call once at the end."""
        for column in self.columns:
            column.pad(self.n_rows)
        return self

    def row(self, number: int) -> list[Cell]:
        """The cells of one row, from 0."""
        found = []
        for column in self.columns:
            found.append(
                column.values[column.codes[number]] if len(column.index) < 5000 else _nth(column, number)
            )
        return found

    def head(self, n_rows: int) -> list[list[Cell]]:
        """The first rows."""
        shown = min(n_rows, self.n_rows)
        by_column = []
        for column in self.columns:
            values = column.values
            by_column.append([values[code] for code in column.codes[:shown]])
        return [list(cells) for cells in zip(*by_column, strict=True)] if by_column else []


def _nth(column: Column, row: int) -> Cell:
    wanted = column.codes[row]
    for number, value in enumerate(column.index):
        if number == wanted:
            return value
    raise IndexError(row)
