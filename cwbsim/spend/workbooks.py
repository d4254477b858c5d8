"""Workbooks to rows: every sheet, the hidden ones said to be so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from cwbsim.errors import UserError
from cwbsim.spend.sheet import Cell, Sheet

BLOCK = 20_000


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
    rows = enumerate(source.iter_rows(), start=1)  # from the top of the sheet: the numbers Excel shows
    while block := list(islice(rows, BLOCK)):
        kept = [(number, row) for number, row in block if any(cell not in ("", None) for cell in row)]
        sheet.n_blank += len(block) - len(kept)
        if kept:
            sheet.append([[_plain(cell) for cell in row] for _, row in kept], [number for number, _ in kept])
    return sheet.close()


def _plain(cell: Cell) -> Cell:
    """An empty cell as "", text of spaces too; True and 1 are told apart."""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return ""
    return str(cell) if isinstance(cell, bool) else cell
