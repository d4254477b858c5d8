"""Which column is which: by its heading, by what is in it, or as the user says in a small TOML file."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cwbsim.errors import UserError, unknown
from cwbsim.spend.dates import day_of
from cwbsim.spend.money import is_nothing, pence_of

MAPPING = "columns.toml"
HEAD_ROWS = 60
NEED = "amount"
SEVERAL = {"category": 3, "description": 2, "department": 2}  # roles that several columns may have
OPTIONS = ("dates", "header_row", "body", "sheets")


@cache
def lexicon() -> Mapping[str, Any]:
    """The tables of `cwbsim/data/spend/columns.toml`."""
    with files("cwbsim").joinpath("data/spend/columns.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _patterns() -> tuple[tuple[str, tuple[re.Pattern[str], ...]], ...]:
    return tuple(
        (role, tuple(re.compile(f"(?:{pattern})\\Z") for pattern in about["patterns"]))
        for role, about in lexicon()["roles"].items()
    )


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table begins and which of its columns is what."""

    header_row: int  # row of the sheet that holds the headings; -1 where there are none
    roles: Mapping[str, tuple[int, ...]]  # role -> columns
    headings: tuple[str, ...]
    by: str  # "heading", "content" or "mapping"
    notes: tuple[str, ...] = ()

    def column(self, role: str) -> int | None:
        """The first column of a role."""
        found = self.roles.get(role, ())
        return found[0] if found else None

    def shown(self) -> dict[str, str]:
        """Role -> heading, as told to the user."""
        return {role: ", ".join(self._name(n) for n in numbers) for role, numbers in self.roles.items()}

    def unused(self) -> list[str]:
        """Headings of the columns that no role took."""
        taken = {n for numbers in self.roles.values() for n in numbers}
        return [text for n, text in enumerate(self.headings) if text and n not in taken]

    def _name(self, number: int) -> str:
        named = number < len(self.headings) and self.headings[number]
        return str(named) if named else f"column {number + 1}"


@dataclass(frozen=True, slots=True)
class UserMapping:
    """What a user's mapping file says."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: str = ""
    header_row: int = 0
    body: str = ""
    sheets: tuple[str, ...] = ()
    path: str = ""


def simple(heading: Any) -> str:
    """A heading as the patterns see it: "Net Amount (£)" is "net amount gbp"."""
    text = str(heading).replace("\ufeff", "")
    text = re.sub(r"^(ï»¿|Ã¯Â?»Â?¿)+", "", text.strip())
    if found := re.search(r"\bas\s+[\[\"'`]?([^\]\"'`]+)[\]\"'`]?\s*\Z", text, re.IGNORECASE):
        text = found[1]  # a query pasted above its result: ap.amt AS "Net Amount"
    text = re.sub(r"(Â|�)?£", " gbp ", text)
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text) if " " not in text else text
    text = re.sub(r"\A\s*[a-z_]\w*\.(?=[a-z_])", "", text, flags=re.IGNORECASE)
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text.lower().replace("’", "'")).split())


@cache
def roles_of(heading: str) -> tuple[tuple[str, int], ...]:
    """Every role a simple heading could have, with how good the match is (0 best)."""
    found = []
    for role, patterns in _patterns():
        for rank, pattern in enumerate(patterns):
            if pattern.match(heading):
                found.append((role, rank))
                break
    return tuple(found)


def layout_of(rows: Sequence[Sequence[Any]], mapping: UserMapping | None = None) -> Layout | None:
    """Find the headings among the first rows of a sheet, or do without; None if there is no table of money here."""
    if mapping and mapping.columns:
        return _mapped(rows, mapping)
    if mapping and mapping.header_row:
        return _by_heading(rows, mapping.header_row - 1)
    best, most = None, 0.0
    for number in range(min(len(rows), HEAD_ROWS)):
        score = _likeness(rows[number])
        if score > most:
            layout = _by_heading(rows, number)
            if layout is not None:
                best, most = layout, score
    return best or _by_content(rows)


def _likeness(row: Sequence[Any]) -> float:
    """How like a row of headings a row is: roles it names, less cells that are numbers."""
    texts = [cell for cell in row if isinstance(cell, str) and cell.strip()]
    named = {role for text in texts if len(text) < 200 for role, _ in roles_of(simple(text))[:1]}
    n_numbers = sum(pence_of(cell) is not None for cell in row if cell != "")
    return len(named) - 1.5 * n_numbers if len(named) >= 2 or (len(texts) <= 3 and named) else 0.0


def is_heading(row: Sequence[Any]) -> bool:
    """Whether a row inside a table is another row of headings."""
    named = {
        r for cell in row if isinstance(cell, str) and len(cell) < 200 for r, _ in roles_of(simple(cell))[:1]
    }
    return len(named) >= 2 and NEED in {
        r for cell in row if isinstance(cell, str) for r, _ in roles_of(simple(cell))
    }


def _by_heading(rows: Sequence[Sequence[Any]], number: int) -> Layout | None:
    """The layout under one row of headings, if one of its columns holds money."""
    headings = tuple(str(cell).strip() if cell != "" else "" for cell in rows[number])
    below = rows[number + 1 : number + 1 + HEAD_ROWS * 4]
    claims = sorted(
        (rank, column, role)
        for column, text in enumerate(headings)
        if text
        for role, rank in roles_of(simple(text))
    )
    roles: dict[str, list[int]] = {}
    taken: set[int] = set()
    order = sorted({role for *_, role in claims}, key=_priority)
    for role in order:
        for _, column, claimed in claims:
            full = len(roles.get(role, ())) >= SEVERAL.get(role, 1)
            if claimed == role and column not in taken and not full and _holds(role, column, below):
                roles.setdefault(role, []).append(column)
                taken.add(column)
    if "amount" not in roles and not ("debit" in roles or "credit" in roles):
        return None
    if "supplier" not in roles and "body" in roles and _n_distinct(roles["body"][0], below) > 3:
        roles["supplier"] = roles.pop("body")
    return Layout(number, {role: tuple(numbers) for role, numbers in roles.items()}, headings, "heading")


PRIORITY = (
    "vat", "amount", "postcode", "buyer_postcode", "supplier_id", "body_id", "company_number", "charity_number", "sme",
    "supplier", "date", "end_date", "months", "total", "category_code", "category", "vcse", "sign", "body", "route",
    "currency", "reference", "start_date", "description", "department", "debit", "credit",
)  # fmt: skip


def _priority(role: str) -> int:
    return PRIORITY.index(role) if role in PRIORITY else len(PRIORITY)


def _holds(role: str, column: int, rows: Sequence[Sequence[Any]]) -> bool:
    """Whether what is in the column is what its heading says, judged where that can be judged."""
    cells = [row[column] for row in rows if column < len(row) and row[column] != ""]
    if role in ("amount", "debit", "credit", "vat"):
        good = sum(pence_of(cell) is not None or is_nothing(cell) for cell in cells)
        return good >= 0.5 * len(cells) and (bool(cells) or role != "amount" or not rows)
    if role in ("date", "end_date", "start_date"):
        return sum(day_of(cell) is not None for cell in cells) >= 0.4 * len(cells)
    if role == "supplier":
        return not cells or sum(pence_of(cell) is None for cell in cells) >= 0.7 * len(cells)
    if role in ("category", "department", "description"):
        return not cells or sum(
            pence_of(cell) is None and day_of(cell) is None for cell in cells
        ) >= 0.3 * len(cells)
    return True


def _n_distinct(column: int, rows: Sequence[Sequence[Any]]) -> int:
    return len({row[column] for row in rows if column < len(row)})


COMPANY = re.compile(r"\b(ltd|limited|plc|llp|council|trust|services|school|uk)\b", re.IGNORECASE)


def _by_content(rows: Sequence[Sequence[Any]]) -> Layout | None:
    """Columns told by what is in them, for a table without headings."""
    if not rows:
        return None
    width = max(len(row) for row in rows)
    cells = [[row[c] for row in rows if c < len(row) and row[c] != ""] for c in range(width)]

    def share(column: int, test: Any) -> float:
        found = cells[column]
        return sum(bool(test(cell)) for cell in found) / len(found) if len(found) >= 0.5 * len(rows) else 0.0

    is_day = [share(c, lambda cell: day_of(cell) is not None) for c in range(width)]
    days = [c for c in range(width) if is_day[c] > 0.8]
    money = [
        c
        for c in range(width)
        if c not in days[:1]
        and share(c, lambda cell: pence_of(cell) is not None) > 0.8
        and _has_pence(cells[c])
    ]
    texts = [c for c in range(width) if share(c, _is_words) > 0.8]
    if not money or not texts or len(rows) < 2:
        return None
    supplier = max(
        texts, key=lambda c: (share(c, lambda cell: COMPANY.search(str(cell))), len(set(cells[c])))
    )
    roles: dict[str, tuple[int, ...]] = {"amount": (money[-1],), "supplier": (supplier,)}
    if days:
        roles["date"] = (days[0],)
    rest = [c for c in texts if c != supplier and len(set(cells[c])) > 1]
    if rest:
        roles["category"] = tuple(rest[-2:])
    note = "no headings: columns are taken by what is in them; say which they are in a mapping file if this is wrong"
    return Layout(-1, roles, (), "content", (note,))


def _has_pence(cells: Sequence[Any]) -> bool:
    return any(
        isinstance(cell, float) or (isinstance(cell, str) and re.search(r"\.\d\d\b", cell)) for cell in cells
    )


def _is_words(cell: Any) -> bool:
    return isinstance(cell, str) and bool(re.search("[A-Za-z]{3}", cell)) and day_of(cell) is None


def mapping_for(path: Path, given: Path | None) -> UserMapping | None:
    """The user's mapping: the file given, or ``NAME.columns.toml`` or ``columns.toml`` beside the data."""
    beside = [
        path.with_name(f"{path.name}.{MAPPING}"),
        path.with_name(f"{path.stem}.{MAPPING}"),
        path.with_name(MAPPING),
    ]
    chosen = given or next((one for one in beside if one.exists()), None)
    return _read_mapping(str(chosen)) if chosen else None


@cache
def _read_mapping(name: str) -> UserMapping:
    try:
        content = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except OSError:
        raise UserError("there is no such mapping file", name) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise UserError(f"not TOML: {fault}", name, mend='columns.amount = "Net"') from None
    for key in content:
        if key not in ("columns", *OPTIONS):
            raise unknown("key", key, ("columns", *OPTIONS), name)
    columns = content.get("columns", {})
    if not isinstance(columns, dict):
        raise UserError("columns is not a table", name, mend='[columns], then amount = "Net"')
    for role in columns:
        if role not in lexicon()["roles"]:
            raise unknown("column role", role, lexicon()["roles"], name)
    if content.get("dates", "") not in ("", "dd/mm/yyyy", "mm/dd/yyyy"):
        raise UserError(f"dates is {content['dates']!r}", name, allowed='"dd/mm/yyyy" or "mm/dd/yyyy"')
    named = {role: tuple(v) if isinstance(v, list) else (str(v),) for role, v in columns.items()}
    return UserMapping(
        named, content.get("dates", ""), int(content.get("header_row", 0)), content.get("body", ""),
        tuple(content.get("sheets", ())), name,
    )  # fmt: skip


def _mapped(rows: Sequence[Sequence[Any]], mapping: UserMapping) -> Layout | None:
    """The layout a user has written down: headings by name, or columns as "column 3"."""
    wanted = {simple(name): (role, name) for role, names in mapping.columns.items() for name in names}
    numbered = {key: int(found[1]) - 1 for key in wanted if (found := re.match(r"column (\d+)\Z", key))}
    number = mapping.header_row - 1
    if not mapping.header_row and len(numbered) < len(wanted):
        scores = [sum(simple(cell) in wanted for cell in row) for row in rows[:HEAD_ROWS]]
        number = max(range(len(scores)), key=scores.__getitem__, default=-1) if any(scores) else -1
    headings = tuple(str(cell).strip() for cell in rows[number]) if 0 <= number < len(rows) else ()
    places = {simple(text): n for n, text in reversed(list(enumerate(headings)))} | numbered
    missing = [name for key, (_, name) in wanted.items() if key not in places]
    if missing:
        raise UserError(
            f"no column {missing[0]!r} here",
            mapping.path,
            allowed=", ".join(headings) or "columns as 'column 3'",
        )
    roles = {role: tuple(places[simple(name)] for name in names) for role, names in mapping.columns.items()}
    if NEED not in roles and "debit" not in roles:
        guessed = _by_heading(rows, number) if number >= 0 else None
        roles = {**(guessed.roles if guessed else {}), **roles}
    if NEED not in roles and "debit" not in roles:
        raise UserError(
            "the mapping names no column for the amount", mapping.path, mend='[columns] amount = "..."'
        )
    return Layout(number, roles, headings, "mapping")
