"""Delimited text to rows: any separator, stray quotation marks, cells of any length."""

from __future__ import annotations

import csv
import gc
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from cwbsim.spend.files import Kind, text_lines
from cwbsim.spend.sheet import Sheet

SEPARATORS = (",", ";", "\t", "|")
BLOCK = 20_000
SNIFFED = 200
MOST_JOINED = 200  # lines one cell may run over before its quotation mark is taken for a stray one

csv.field_size_limit(min(sys.maxsize, 2**31 - 1))


def read_text(path: Path, kind: Kind) -> Sheet:
    """The one sheet of a delimited text file."""
    was_on = gc.isenabled()
    gc.disable()  # a million small lists are made here and none in a circle: a third of the time
    try:
        return _read(path, kind)
    finally:
        if was_on:
            gc.enable()


def _read(path: Path, kind: Kind) -> Sheet:
    lines, encoding = text_lines(path, kind)
    first = list(islice(lines, SNIFFED))
    sheet = Sheet(path.name)
    if encoding != "UTF-8":
        sheet.notes.append(f"read as {encoding}")
    separator = separator_of(first)
    if separator != ",":
        sheet.notes.append(f"columns are separated by {_said(separator)}")
    records = _Records(chain(first, lines), separator)
    rows: list[list[str]] = []
    numbers: list[int] = []
    for row in csv.reader(records, delimiter=separator):
        if not row or not "".join(row).strip():
            sheet.n_blank += 1
            continue
        rows.append(row)
        numbers.append(records.line)
        if len(rows) == BLOCK:
            sheet.append(rows, numbers)
            rows, numbers = [], []
    if rows:
        sheet.append(rows, numbers)
    if records.strays:
        shown = ", ".join(str(n) for n in records.strays[:5])
        sheet.notes.append(
            f"{len(records.strays)} lines with a quotation mark that is never closed, read without it: {shown}"
        )
    return sheet.close()


def separator_of(lines: list[str]) -> str:
    """The separator that cuts most of these lines into the same number of cells, above one."""
    best, most = ",", 0.0
    for separator in SEPARATORS:
        rows = csv.reader((line for line in lines if line.strip()), delimiter=separator)
        widths = Counter(len(row) for row in rows)
        score = max((n * min(width, 12) for width, n in widths.items() if width > 1), default=0)
        if score > most * 1.05:
            best, most = separator, score
    return best


def _said(separator: str) -> str:
    return {"\t": "tabs", ";": "semicolons", "|": "bars"}.get(separator, separator)


class _Records:
    """Lines joined where a quoted cell runs over several; a quotation mark that never closes is left out."""

    def __init__(self, lines: Iterator[str], separator: str) -> None:
        self._lines = lines
        self._separator = separator
        self._ahead: list[str] = []
        self._width = 0
        self._next = 0
        self.line = 0
        self.strays: list[int] = []

    def __iter__(self) -> Iterator[str]:
        while True:
            line = self._take()
            if line is None:
                return
            self.line = self._next
            self._next += 1
            if not self._width and line.strip():
                self._width = line.count(self._separator) + 1
            if line.count('"') % 2 and self._is_open(line):
                line = self._joined(line)
            yield line

    @property
    def line(self) -> int:
        """Where the record last given out begins, from 1."""
        return self._line + 1

    @line.setter
    def line(self, value: int) -> None:
        self._line = value

    def _take(self) -> str | None:
        return self._ahead.pop(0) if self._ahead else next(self._lines, None)

    def _is_open(self, text: str) -> bool:
        """Whether the text ends inside a quoted cell."""
        try:
            list(csv.reader([text], delimiter=self._separator, strict=True))
        except csv.Error as fault:
            return "end of data" in str(fault)
        return False

    def _joined(self, line: str) -> str:
        """The record that begins here, over as many lines as it needs; or this line without its stray mark."""
        parts = [line]
        while len(parts) < MOST_JOINED:
            more = self._take()
            if more is None:
                break
            parts.append(more)
            if more.count('"') % 2 and not self._is_open("".join(parts)):
                record = "".join(parts)
                cells = next(csv.reader([record], delimiter=self._separator))
                alone = next(csv.reader([line.replace('"', "")], delimiter=self._separator))
                if len(cells) >= len(alone) or len(alone) != self._width:
                    self._next += len(parts) - 1
                    return record
                break
        self._ahead = parts[1:] + self._ahead
        self.strays.append(self.line)
        return line.replace('"', "")
