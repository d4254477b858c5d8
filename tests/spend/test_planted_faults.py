"""Faults planted in the import, each of which a check must catch: the kept list, and that nothing is caught without one."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cwbsim.spend import import_spend, importing, rows
from cwbsim.spend.sheet import Sheet

type Plant = Callable[[pytest.MonkeyPatch], None]

# seven payments, two of them equal, one a credit in brackets, one of a person; then their total
LINES = (
    'Alpha Ltd,01/04/2022,Legal Fees,"1,234.56"',
    "Beta Ltd,02/04/2022,Rents,(100.01)",
    "Gamma Ltd,03/04/2022,Rents,50.05",
    "Gamma Ltd,03/04/2022,Rents,50.05",
    "Jo Person (personal data redacted),04/04/2022,Direct Payments,75.00",
    ",05/04/2022,Rents,9.99",
    "Delta Ltd,06/04/2022,Rents,0.05",
)
PAID = 123_456 - 10_001 + 2 * 5_005 + 7_500 + 999 + 5
TEXT = "Supplier,Date,Category,Amount\n" + "\n".join(LINES) + '\nTotal,,,"1,319.69"\n'


def imported(folder: Path) -> Any:
    path = folder / "paid.csv"
    path.write_text(TEXT)
    return import_spend([path])


def reconciles(folder: Path) -> None:
    """Rows and pence are those of a reading by the standard library; the total is set aside, nothing else is."""
    found = imported(folder).to_dict()
    table = list(csv.reader(TEXT.splitlines()))[1:]
    pence = sum(int(Decimal(row[3].replace(",", "").strip("()")) * 100) * (-1 if "(" in row[3] else 1) for row in table)
    assert (found["rows_read"], found["pence_read"]) == (len(table), pence), "read otherwise than by a reader apart"
    assert (found["rows_imported"], found["pence_imported"]) == (7, PAID), "imported otherwise than paid"
    assert found["by_reason"] == {"a total of other rows": 1}, "set aside otherwise"


def tells_no_name(folder: Path) -> None:
    """No file that is left holds the name of a person in a redacted row."""
    imported(folder).write(folder / "out")
    leaked = [path.name for path in (folder / "out").iterdir() if "Jo Person" in path.read_text(encoding="utf-8")]
    assert not leaked, f"a person's name in {leaked}"


def lose_the_last_row(patch: pytest.MonkeyPatch) -> None:
    whole = Sheet.append
    patch.setattr(Sheet, "append", lambda self, block, lines: whole(self, block[:-1], lines[: len(block) - 1]))


def cut_off_the_pence(patch: pytest.MonkeyPatch) -> None:
    whole = rows.pence_of
    patch.setattr(rows, "pence_of", lambda cell: None if (pence := whole(cell)) is None else pence // 100 * 100)


def take_brackets_for_nothing(patch: pytest.MonkeyPatch) -> None:
    whole = rows.pence_of
    patch.setattr(rows, "pence_of", lambda cell: None if (pence := whole(cell)) is None else abs(pence))


def pay_the_total(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(rows, "_says_total", lambda cell: False)


def set_aside_who_has_no_name(patch: pytest.MonkeyPatch) -> None:
    whole = rows._set_aside

    def more(part: rows.Part) -> None:
        whole(part)
        part.mark(part.texts("supplier")[0][0] == 0, rows.NO_AMOUNT)

    patch.setattr(rows, "_set_aside", more)


def take_equal_rows_away(patch: pytest.MonkeyPatch) -> None:
    whole = importing._Builder._add

    def fewer(self: Any, part: rows.Part) -> None:
        _, first = np.unique([str(part.sheet.row(int(row))) for row in part.rows], return_index=True)
        kept = np.sort(first)
        part.rows, part.pence, part.reason = part.rows[kept], part.pence[kept], part.reason[kept]
        whole(self, part)

    patch.setattr(importing._Builder, "_add", fewer)


def lose_a_row_on_the_way_to_the_ledger(patch: pytest.MonkeyPatch) -> None:
    whole = importing._Builder._add

    def fewer(self: Any, part: rows.Part) -> None:
        whole(self, part)
        for blocks in self.blocks.values():
            if blocks:
                blocks[-1] = blocks[-1][:-1]

    patch.setattr(importing._Builder, "_add", fewer)


def see_no_redaction(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(importing, "says_redacted", lambda text: False)


@dataclass(frozen=True)
class Fault:
    """One thing that is broken, and what must notice."""

    plant: Plant
    caught_by: Callable[[Path], None]
    says: str


FAULTS = (
    Fault(lose_the_last_row, reconciles, "by a reader apart"),
    Fault(cut_off_the_pence, reconciles, "by a reader apart"),
    Fault(take_brackets_for_nothing, reconciles, "by a reader apart"),
    Fault(pay_the_total, reconciles, "imported otherwise"),
    Fault(set_aside_who_has_no_name, reconciles, "imported otherwise"),
    Fault(take_equal_rows_away, reconciles, "by a reader apart"),
    Fault(lose_a_row_on_the_way_to_the_ledger, reconciles, "spend import: read 8 rows"),
    Fault(see_no_redaction, tells_no_name, "a person's name in"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.plant.__name__)
def test_a_planted_fault_is_caught_by_its_check(tmp_path, monkeypatch, fault):
    fault.plant(monkeypatch)

    with pytest.raises(AssertionError, match=fault.says):
        fault.caught_by(tmp_path)


def test_nothing_is_caught_where_nothing_is_planted(tmp_path):
    reconciles(tmp_path)
    tells_no_name(tmp_path)
