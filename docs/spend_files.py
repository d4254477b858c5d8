"""Write docs/spend_files.md: what the importer makes of published files, against readers written apart from it.

``uv run python docs/spend_files.py [DATA] [--more FOLDER]``. DATA holds the public files (``../shared/data``), a folder a kind;
FOLDER may hold more, a folder for each body, whose files are read one by one. The page gets counts and shares, no names.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # so that it can be run as a file, too

from cwbsim.errors import UserError  # noqa: E402  (after the path)
from cwbsim.spend import SpendImport, import_spend  # noqa: E402
from cwbsim.spend.classes import EVIDENCE, SECTIONS, not_purchases  # noqa: E402
from cwbsim.spend.wording import named  # noqa: E402

PAGE = HERE / "spend_files.md"
HEAD = """<!-- Written by docs/spend_files.py: edit that instead. -->

# What is read of published files

Every file here is read as it was published, with no mapping by hand. *Read apart* is a second reading of the same files by
another few lines of code (`docs/spend_files.py`), to the row and the penny; *difference* is what the importer read less that.
What is classed is a share of value, signs left away: purchases by section (SIC 2007), and what is no purchase by its own class.

The rules are judgements, made from these files and from published headings of other bodies; they say what is usually bought
under a heading, and no one has checked single payments. A class that rests on the department or on a group of costs is the
weakest.
"""
KINDS = (
    ("Salford, payments over £500, 2019-2022", "spend_salford", "20*-*.csv"),
    ("Lancashire police, workbooks, 2018-2025", "spend_police_lancashire", "pcc-*.xlsx"),
    ("Salford, contracts register, July 2022", "contracts_register_salford", "salford_contracts_register_*.csv"),
    ("Contracts Finder and others, OCDS releases", "ocds_contracts", "releases.jsonl"),
)
SHORT = ("Salford, payments", "Lancashire police", "Salford, register", "OCDS releases")
Reading = tuple[int, int]


def by_csv(path: Path) -> Reading:
    """Rows and pence of a CSV file by the standard library; a row with a cell too many is counted from its end."""
    rows = list(csv.reader(path.read_text(encoding="utf-8-sig", errors="replace").splitlines(True)))
    head = [name.strip() for name in rows[0]]
    place = head.index("Net") if "Net" in head else head.index("Annual Value")
    n = pence = 0
    for row in rows[1:]:
        if any(cell.strip() for cell in row):
            n += 1
            pence += _pence(row[place]) or 0
    return n, pence


def _pence(text: str) -> int | None:
    """Pounds with commas, a sign on either side or brackets, to pence; None where it is no amount."""
    plain = text.strip().replace(",", "").replace("£", "")
    sign = -1 if plain.endswith("-") or plain.startswith("(") else 1
    try:
        return sign * round(Decimal(plain.strip("()").rstrip("-")) * 100)
    except ArithmeticError:
        return None


def by_workbook(path: Path) -> Reading:
    """Rows and pence of the sheets of a workbook by openpyxl."""
    import openpyxl

    n = pence = 0
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    for sheet in book.worksheets:
        rows = sheet.iter_rows(values_only=True)
        head = [str(cell) for cell in next(rows)]
        place = next(number for number, cell in enumerate(head) if "Amount" in cell or cell == "TOTAL")
        for row in rows:
            if any(cell is not None for cell in row):
                n += 1
                pence += round(Decimal(repr(row[place] or 0)) * 100)
    book.close()
    return n, pence


def by_json(path: Path) -> Reading:
    """A row for each award and supplier of the releases, and one for a release without an award."""
    n = pence = 0
    for text in path.read_text(encoding="utf-8").splitlines():
        awards = json.loads(text).get("awards") or []
        n += sum(max(1, len(award.get("suppliers") or [])) for award in awards) or 1
        pence += sum(round(Decimal(str((one.get("value") or {}).get("amount") or 0)) * 100) for one in awards)
    return n, pence


OTHERS = """Files that the rules had not been written for, from over the years, in public collections (Open Data Institute Leeds,
the bodies themselves), read one by one with no mapping. Their headings were then looked at, and rules added in general
words; shares are after that, so they flatter. Before it, the least classed file of a body had from 0 % to 98 %.

"""
READERS: dict[str, Callable[[Path], Reading]] = {".csv": by_csv, ".xlsx": by_workbook, ".jsonl": by_json}


def page(data: Path, more: Path | None) -> str:
    """The page."""
    found = [(title, paths, import_spend(paths)) for title, paths in _kinds(data)]
    parts = [HEAD, "## To the penny\n", _reconciled(found), "## What was bought\n", _classed(found), _evidence(found)]
    if more is not None:
        parts += ["## Other bodies\n", _others(more)]
    return "\n".join(parts)


def _kinds(data: Path) -> Iterable[tuple[str, list[Path]]]:
    for title, folder, pattern in KINDS:
        paths = sorted((data / folder).glob(pattern))
        if not paths:
            raise SystemExit(f"{data / folder} holds no {pattern}")
        yield title, paths


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], left: int = 1) -> str:
    marks = ["---"] * left + ["--:"] * (len(head) - left)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, marks, *rows)) + "\n"


def _pounds(pence: int) -> str:
    return f"{'-' if pence < 0 else ''}£{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def _reconciled(found: Sequence[tuple[str, list[Path], SpendImport]]) -> str:
    rows = []
    for title, paths, one in found:
        apart = [READERS[path.suffix](path) for path in paths]
        n, pence = sum(a for a, _ in apart), sum(b for _, b in apart)
        said = one.to_dict()
        aside = ", ".join(f"{reason} {count:,}" for reason, count in said["by_reason"].items()) or "none"
        rows.append((title, str(len(paths)), f"{said['rows_read']:,}", _pounds(said["pence_read"]), f"{n:,}", _pounds(pence),
                     f"{said['rows_read'] - n:,} rows, {_pounds(said['pence_read'] - pence)}", aside))  # fmt: skip
    head = ("", "files", "rows", "pounds", "rows, read apart", "pounds, read apart", "difference", "set aside")
    return _table(head, rows)


def _classed(found: Sequence[tuple[str, list[Path], SpendImport]]) -> str:
    head = ("share of value", *SHORT)
    shares = [_shares(one, "class") for *_, one in found]
    rows = [("**classed**", *(f"**{one.classed_share():.1%}**" for *_, one in found)),
            ("purchases, by section", *(f"{one.section_share():.1%}" for *_, one in found))]  # fmt: skip
    for name in (*SECTIONS, *not_purchases()):
        if any(share.get(name) for share in shares):
            rows.append((named(name), *(f"{share.get(name, 0.0):.1%}" for share in shares)))
    return _table(head, rows)


def _evidence(found: Sequence[tuple[str, list[Path], SpendImport]]) -> str:
    head = ("told by", *SHORT)
    shares = [_shares(one, "class_by") for *_, one in found]
    return _table(head, [(name, *(f"{share.get(name, 0.0):.1%}" for share in shares)) for name in EVIDENCE])


def _shares(one: SpendImport, column: str) -> dict[str, float]:
    size = one.frame["pence"].abs()
    sums: Any = size.groupby(one.frame[column], observed=True).sum()
    every = int(size.sum()) or 1
    return {str(name): int(pence) / every for name, pence in sums.items()}


def _others(more: Path) -> str:
    """Bodies of a further folder, files one by one: how much of each is classed, the least and the middle."""
    rows = []
    for folder in sorted(path for path in more.iterdir() if path.is_dir()):
        imports = []
        for path in sorted(folder.iterdir()):
            try:
                imports.append(import_spend([path]))
            except UserError as error:
                print(f"{path}: {error}", file=sys.stderr)
        if not imports:
            continue
        classed = sorted(one.classed_share() for one in imports)
        told = [_shares(one, "class_by") for one in imports]
        weak = [share.get("department", 0.0) + share.get("group of costs", 0.0) for share in told]
        n_rows, pence = sum(len(one.frame) for one in imports), sum(one.pence for one in imports)
        rows.append((folder.name.replace("_", " "), str(len(imports)), f"{n_rows:,}", f"£{pence / 1e8:,.1f}m",
                     f"{classed[0]:.1%}", f"{classed[len(classed) // 2]:.1%}", f"{max(weak):.0%}"))  # fmt: skip
    head = ("", "files", "rows", "paid", "classed, least", "classed, middle", "by department or group of costs, most")
    return OTHERS + _table(head, rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", nargs="?", type=Path, default=HERE.parents[1] / "shared" / "data")
    parser.add_argument("--more", type=Path)
    given = parser.parse_args()
    PAGE.write_text(page(given.data, given.more), encoding="utf-8")
    print(PAGE)
