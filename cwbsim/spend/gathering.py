"""Files to tables of rows: what is in each, which columns are which, what is not a table of payments."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cwbsim.errors import UserError, together
from cwbsim.spend.delimited import read_text
from cwbsim.spend.files import kind_of
from cwbsim.spend.mapping import mapping_for
from cwbsim.spend.notices import read_json
from cwbsim.spend.rows import REPEATS, Part, parts_of
from cwbsim.spend.sheet import Sheet
from cwbsim.spend.workbooks import read_workbook

type Say = Callable[[str], None]


@dataclass(slots=True)
class Gathered:
    """What the files held, before it is one ledger."""

    parts: list[Part] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    layouts: list[dict[str, Any]] = field(default_factory=list)
    n_blank: int = 0


def gather(paths: Sequence[Path], given: Path | None, say: Say) -> Gathered:
    """Every file read; one error that names all that cannot be."""
    found = Gathered()
    errors = []
    for path in paths:
        say(f"{path.name} ...")
        try:
            _gather_file(path, given, found)
        except UserError as error:
            errors.append(error)
    if errors:
        raise together(errors)
    return found


def _gather_file(path: Path, given: Path | None, found: Gathered) -> None:
    mapping = mapping_for(path, given)
    parts: list[Part] = []
    seen: list[Sheet] = []
    for sheet in _sheets(path):
        if mapping and mapping.sheets and sheet.name not in mapping.sheets:
            found.notes.append(f"{sheet.where}: left out by the mapping, {sheet.n_rows:,} rows")
            continue
        of_sheet = parts_of(sheet, mapping)
        found.n_blank += sheet.n_blank
        if not of_sheet and sheet.n_rows:
            seen.append(sheet)
        parts += of_sheet
        found.notes += [f"{sheet.where}: {note}" for note in sheet.notes]
    if not any(part.rows.size for part in parts):
        raise _no_table(path, seen)
    for sheet in seen:
        found.notes.append(f"{sheet.where}: no table of payments, {sheet.n_rows:,} rows not read")
    _summaries(parts)
    for part in parts:
        found.notes += [f"{part.where}: {note}" for note in part.notes]
        found.layouts.append({"where": part.where, "by": part.layout.by, "columns": part.layout.shown(),
                              "unused": part.layout.unused(), "rows": int(part.rows.size)})  # fmt: skip
    found.parts += parts


def _sheets(path: Path) -> Iterator[Sheet]:
    kind = kind_of(path)
    if kind == "workbook":
        yield from read_workbook(path)
    elif kind == "json":
        yield read_json(path, kind)
    else:
        yield read_text(path, kind)


def _no_table(path: Path, sheets: Sequence[Sheet]) -> UserError:
    """The error for a file in which no column of amounts is found: what its first rows are, and how to say more."""
    first = next(
        (row for sheet in sheets for row in sheet.head(3) if sum(cell != "" for cell in row) > 1), []
    )
    shown = ", ".join(repr(str(cell)[:30]) for cell in first[:12] if cell != "")
    return UserError(
        "no column of amounts is recognised" + (f" among {shown}" if shown else ""),
        str(path),
        allowed="a table with headings such as Supplier, Date, Amount",
        mend=f'write {path.stem}.columns.toml beside it: [columns] amount = "...", supplier = "...", date = "..."',
    )


def _summaries(parts: Sequence[Part]) -> None:
    """Set aside a sheet without dates whose sum is that of the sheets with dates."""
    dated = [part for part in parts if "date" in part.layout.roles and not part.sheet.is_hidden]
    if not dated:
        return
    whole = sum(int(part.pence[part.reason == 0].sum()) for part in dated)
    for part in parts:
        if "date" not in part.layout.roles and int(part.pence[part.reason == 0].sum()) == whole != 0:
            part.mark(np.ones(part.rows.size, dtype=np.bool_), REPEATS)
            part.notes.append(REPEATS)
