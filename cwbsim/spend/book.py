"""An imported ledger: what it holds, what it says of itself, and the folder it leaves."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.errors import UserError
from cwbsim.report.safe_csv import safe, write_columns, write_csv
from cwbsim.spend.classes import SECTIONS, UNCLASSED, order
from cwbsim.spend.duplicates import Duplicates
from cwbsim.spend.headings import roles_of, simple
from cwbsim.spend.leaving import left_whole
from cwbsim.spend.names import Names, cleaned, key_of
from cwbsim.spend.whereabouts import Placing, Rings

FIELDS = (
    "file", "sheet", "supplier", "supplier_id", "body", "category", "category_code", "description", "department",
    "reference", "postcode", "company_number", "sme", "vcse", "route", "end_date", "total", "months",
)  # fmt: skip
LEDGER = (
    "file", "sheet", "line", "date", "body", "supplier", "supplier_name", "category", "description", "department", "reference",
    "amount", "class", "class_by", "place", "authority", "placed_by", "postcode", "sme", "vcse", "company_number", "route",
    "end_date", "months", "total", "is_redacted",
)  # fmt: skip
ABOUT = "import.json"


class Pool:
    """Distinct texts of one field over all files; code 0 is nothing."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {"": 0}

    def code(self, text: str) -> int:
        """The number of a text, a new one if need be."""
        return self._codes.setdefault(text, len(self._codes))

    @property
    def values(self) -> list[str]:
        """Texts in order of code."""
        return list(self._codes)


@dataclass(frozen=True, slots=True)
class SuppliersFile:
    """A list of suppliers with postcodes: by the body's own number, and by name."""

    by_id: dict[str, str]
    by_name: dict[str, str]
    path: str

    @classmethod
    def read(cls, path: Path) -> SuppliersFile:
        """Read it; its headings are recognised as those of payments are."""
        from cwbsim.spend.delimited import read_text
        from cwbsim.spend.files import kind_of
        from cwbsim.spend.workbooks import read_workbook

        kind = kind_of(path)
        sheet = next(read_workbook(path)) if kind == "workbook" else read_text(path, kind)
        rows = sheet.head(sheet.n_rows)
        roles: dict[str, int] = {}
        for number, heading in enumerate(rows[0] if rows else []):
            for role, _ in roles_of(simple(heading)):
                roles.setdefault(role, number)
        if "postcode" not in roles or not {"supplier", "supplier_id"} & set(roles):
            raise UserError(
                "not a list of suppliers", str(path), "columns Supplier (or Supplier ID) and Postcode"
            )
        by_id, by_name = {}, {}
        for row in rows[1:]:
            postcode = str(row[roles["postcode"]])
            if "supplier_id" in roles and row[roles["supplier_id"]] != "":
                by_id[str(row[roles["supplier_id"]]).strip()] = postcode
            if "supplier" in roles and row[roles["supplier"]] != "":
                by_name[key_of(cleaned(str(row[roles["supplier"]])))] = postcode
        return cls(by_id, by_name, str(path))


@dataclass(frozen=True, slots=True, eq=False)
class SpendImport:
    """Rows of payments or contracts, each classed and placed, and the rows that were set aside.

    `frame`: file, sheet, line, date, supplier, supplier_name (one for all spellings), category, description,
    department, pence (int64), class (a section A to T or a class of `cwbsim.spend.classes`), place, placed_by ...
    `quarantine`: the same columns and `reason`.
    """

    frame: pd.DataFrame = field(repr=False)
    quarantine: pd.DataFrame = field(repr=False)
    names: Names = field(repr=False)
    rings: Rings | None
    placing: Placing = field(repr=False)
    layouts: list[dict[str, Any]] = field(repr=False)
    duplicates: Duplicates
    n_blank: int
    notes: list[str] = field(repr=False)
    paths: list[Path]

    @property
    def pence(self) -> int:
        """All that was imported."""
        return int(self.frame["pence"].sum())

    def classed_share(self) -> float:
        """Share of value, signs left away, that has a class; 1 where nothing was paid."""
        size = self.frame["pence"].abs()
        every = int(size.sum())
        return 1.0 - int(size[self.frame["class"] == UNCLASSED].sum()) / every if every else 1.0

    def by_evidence(self) -> dict[str, int]:
        """Pence, signs left away, by what told the class: `cwbsim.spend.classes.EVIDENCE`."""
        sums = self.frame["pence"].abs().groupby(self.frame["class_by"], observed=True).sum()
        return {str(name): int(pence) for name, pence in sums.items()}

    def section_share(self) -> float:
        """Share of value, signs left away, that is a purchase from a section."""
        size = self.frame["pence"].abs()
        every = int(size.sum())
        return int(size[self.frame["class"].isin(SECTIONS)].sum()) / every if every else 0.0

    def to_dict(self) -> dict[str, Any]:
        """What `cwbsim spend import --json` prints: counts, pence, and what was decided on the way."""
        good, aside = self.frame, self.quarantine
        by_class: Any = good.groupby("class", observed=True)["pence"].agg(["sum", "count"])
        by_reason = aside.groupby("reason", observed=True)["pence"].agg(["sum", "count"])
        classes = [name for name in order() if name in by_class.index]
        credits = good["pence"] < 0
        return {
            "rows_read": len(good) + len(aside),
            "pence_read": int(good["pence"].sum()) + int(aside["pence"].sum()),
            "rows_imported": len(good),
            "pence_imported": int(good["pence"].sum()),
            "rows_quarantined": len(aside),
            "pence_quarantined": int(aside["pence"].sum()),
            "by_reason": {str(name): int(n) for name, n in by_reason["count"].items()},
            "by_section": {name: int(by_class.loc[name, "sum"]) for name in classes},
            "by_reason_pence": {str(name): int(n) for name, n in by_reason["sum"].items()},
            "by_evidence": self.by_evidence(),
            "by_section_rows": {name: int(by_class.loc[name, "count"]) for name in classes},
            "classed_share": round(self.classed_share(), 6),
            "section_share": round(self.section_share(), 6),
            "blank_rows": self.n_blank,
            "credits": {"rows": int(credits.sum()), "pence": int(good.loc[credits, "pence"].sum())},
            "redacted": {"rows": int(good["is_redacted"].sum()), "pence": int(good.loc[good["is_redacted"], "pence"].sum())},
            "suppliers": self.names.n_suppliers,
            "names_written": int(good["supplier"].nunique()),
            "duplicates": self.duplicates.to_dict(),
            "placed": self.placing.to_dict(),
            "place": self.rings.place if self.rings else None,
            "columns": self.layouts,
            "notes": self.notes,
        }  # fmt: skip

    def write(self, folder: Path, *, force: bool = False) -> None:
        """Leave a folder: ledger.csv, quarantine.csv, names_to_review.csv, columns.toml, import.json.

        Raises
        ------
        CannotWriteError
            There is something there already (`force` replaces an import, nothing else), or it cannot be written.
        """
        with left_whole(folder, ABOUT, force=force) as inside:
            self._fill(inside)

    def _fill(self, folder: Path) -> None:
        write_columns(folder / "ledger.csv", LEDGER, _columns(self.frame, LEDGER))
        columns = ("file", "sheet", "line", "reason", "amount", "date", "supplier", "category", "description")
        write_columns(folder / "quarantine.csv", columns, _columns(self.quarantine, columns))
        review = self.names.review
        write_csv(
            folder / "names_to_review.csv", list(review.columns), review.itertuples(index=False, name=None)
        )
        (folder / "columns.toml").write_text(self.mapping_text(), encoding="utf-8")
        (folder / ABOUT).write_text(
            json.dumps(self.to_dict(), indent=2, ensure_ascii=False), encoding="utf-8"
        )

    def mapping_text(self) -> str:
        """The columns as recognised in the first file, as a mapping file to correct."""
        lines = [
            "# Which column is which. Correct it and keep it beside the data, or give it with --mapping.",
            "",
            "[columns]",
        ]
        for role, heading in (self.layouts[0]["columns"] if self.layouts else {}).items():
            lines.append(f"{role} = {json.dumps(heading, ensure_ascii=False)}")
        return "\n".join([*lines, ""])


def _columns(frame: pd.DataFrame, names: tuple[str, ...]) -> list[list[Any]]:
    """Columns as they are written: texts made safe once each, amounts in pounds with two decimals, exactly."""
    found: list[list[Any]] = []
    for name in names:
        if name == "amount":
            found.append([in_pounds(pence) for pence in frame["pence"].tolist()])
        elif name == "date":
            days = np.datetime_as_string(frame["date"].to_numpy().astype("datetime64[D]")).tolist()
            found.append(["" if day == "NaT" else day for day in days])
        elif name not in frame:
            found.append([""] * len(frame))
        elif name == "is_redacted":
            found.append(["yes" if flag else "" for flag in frame[name].tolist()])
        elif isinstance(frame[name].dtype, pd.CategoricalDtype):
            texts = [*(safe(str(text)) for text in frame[name].cat.categories), ""]
            found.append([texts[code] for code in frame[name].cat.codes.tolist()])
        else:
            found.append(frame[name].tolist())
    return found


def in_pounds(pence: int) -> str:
    """Pence as pounds: -123456 is "-1234.56"."""
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02d}"


def read_ledger(folder: Path) -> pd.DataFrame:
    """The rows of an import folder's ledger.csv, with `pence`, as `SpendImport.frame` has them."""
    path = folder / "ledger.csv"
    if not path.exists():
        raise UserError(
            "no ledger here", str(folder), mend="cwbsim spend import FILE... --out FOLDER writes one"
        )
    from cwbsim.report.safe_csv import unsafe
    from cwbsim.spend.money import pence_of

    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    heading, body = rows[0], rows[1:]
    missing = [name for name in LEDGER if name not in heading]
    if missing:
        raise UserError(f"no column {missing[0]!r}", str(path), mend="import the files again")
    columns = dict(zip(heading, zip(*body, strict=True), strict=True)) if body else dict.fromkeys(heading, ())
    frame = pd.DataFrame({name: pd.Categorical([unsafe(t) for t in columns[name]]) for name in LEDGER
                          if name not in ("amount", "date", "line", "is_redacted")})  # fmt: skip
    frame["line"] = np.array([int(n) for n in columns["line"]], dtype=np.int64)
    frame["pence"] = np.array([pence_of(text) or 0 for text in columns["amount"]], dtype=np.int64)
    frame["date"] = pd.to_datetime(
        pd.Series(columns["date"], dtype=object).replace("", None), format="%Y-%m-%d"
    )
    frame["is_redacted"] = np.array([text == "yes" for text in columns["is_redacted"]], dtype=np.bool_)
    return frame
