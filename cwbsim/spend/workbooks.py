"""Workbooks to rows: every sheet, the hidden ones said to be so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from cwbsim.errors import UserError
from cwbsim.spend.money import pence_of
from cwbsim.spend.sheet import Cell, Sheet

BLOCK = 20_000
MOST_MERGED = 5_000  # lines one merged cell is read over


def read_workbook(path: Path) -> Iterator[Sheet]:
    """The sheets of a workbook, in order; charts and macros are not read and never run."""
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    where = str(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            for about in book.sheets_metadata:
                if about.typ != SheetTypeEnum.WorkSheet:
                    continue
                sheet = Sheet(path.name, about.name, is_hidden=about.visible != SheetVisibleEnum.Visible)
                yield _filled(sheet, book.get_sheet_by_name(about.name))
    except PasswordError:
        raise UserError("the workbook is encrypted", where, mend="save a copy without a password") from None
    except (CalamineError, OSError, ValueError) as fault:
        raise UserError(
            f"the workbook cannot be read: {str(fault).splitlines()[0][:120]}",
            where,
            mend="open it in Excel or LibreOffice and save it again as .xlsx or .csv",
        ) from None


def _filled(sheet: Sheet, source: Any) -> Sheet:
    below = _merged(source)
    held: dict[int, Cell] = {}
    rows = enumerate(source.iter_rows(), start=1)  # from the top of the sheet: the numbers Excel shows
    n_filled = 0
    while block := list(islice(rows, BLOCK)):
        if below:
            n_filled += sum(_fill_down(number, row, below, held) for number, row in block)
        kept = [(number, row) for number, row in block if any(cell not in ("", None) for cell in row)]
        sheet.n_blank += len(block) - len(kept)
        if kept:
            sheet.append([[_plain(cell) for cell in row] for _, row in kept], [number for number, _ in kept])
    if n_filled:
        sheet.notes.append(f"{n_filled:,} cells of text that were merged downwards are read in every row they cover")
    return sheet.close()


def _merged(source: Any) -> dict[int, list[tuple[int, bool]]]:
    """Line -> columns of cells merged over several lines, and whether the line is the first of them."""
    found: dict[int, list[tuple[int, bool]]] = {}
    for (top, column), (bottom, _) in source.merged_cell_ranges or ():
        if bottom > top:
            for row in range(top, min(bottom, top + MOST_MERGED) + 1):
                found.setdefault(row + 1, []).append((column, row == top))
    return found


def _fill_down(number: int, row: list[Cell], below: dict[int, list[tuple[int, bool]]], held: dict[int, Cell]) -> int:
    """Put the text of a cell merged downwards into this line too; an amount stands for its first line alone."""
    n_filled = 0
    is_empty = all(cell in ("", None) for cell in row)
    for column, is_top in below.get(number, ()):
        if column >= len(row):
            continue
        if is_top:
            held[column] = row[column]
            continue
        text = held.get(column)
        if not is_empty and row[column] in ("", None) and isinstance(text, str) and pence_of(text) is None:
            row[column] = text
            n_filled += 1
    return n_filled


def _plain(cell: Cell) -> Cell:
    """An empty cell as "", text of spaces too; True and 1 are told apart."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return ""
    return str(cell) if isinstance(cell, bool) else cell
