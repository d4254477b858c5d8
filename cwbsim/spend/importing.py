"""Files in, a ledger out: every row either imported or set aside with the reason, to the penny."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.errors import UserError
from cwbsim.spend.book import FIELDS, Pool, SpendImport, SuppliersFile
from cwbsim.spend.classes import EVIDENCE, Texts, classify, order
from cwbsim.spend.duplicates import duplicates_in
from cwbsim.spend.gathering import Gathered, Say, gather
from cwbsim.spend.names import REDACTED_NAME, Names, cleaned, is_organisation, match_names, says_redacted
from cwbsim.spend.rows import REASONS, Part
from cwbsim.spend.whereabouts import Rings, place_rows, rings_of

MOST_TEXT = 500  # characters of a cell that are kept
FEW = 3  # a purpose that fewer redacted rows than this share is left out, for it might name the person
TEXT_ROLES = ("supplier", "supplier_id", "body", "category", "category_code", "description", "department",
              "reference", "postcode", "company_number", "sme", "vcse", "route", "end_date", "total", "months")  # fmt: skip


def import_spend(
    paths: Sequence[str | Path],
    place: str | None = None,
    *,
    mapping: Path | None = None,
    names: Path | None = None,
    lookup: Path | None = None,
    suppliers: Path | None = None,
    progress: Say | None = None,
) -> SpendImport:
    """Read payments, contracts registers or procurement notices of public bodies.

    Parameters
    ----------
    paths
        Files of any kind that `cwbsim.spend.files` accepts; several months or years together.
    place
        The place whose rings are meant by "local": a profile's name, or a local authority's code (E08000010).
    mapping
        A TOML file that says which column is which; ``columns.toml`` beside a file is found by itself.
    names
        A corrected review of supplier names.
    lookup
        The user's own table from postcode to local authority code (and ward, LSOA, deprivation decile).
    suppliers
        A list of suppliers with postcodes, joined by the body's supplier number or by name.
    progress
        Called with a line of text before each file.

    Returns
    -------
    SpendImport
        Rows imported and rows set aside; together every row of the files below their headings.

    Raises
    ------
    UserError
        A file that cannot be read, or in which no amounts can be recognised; nothing is imported then.
    """
    if not paths:
        raise UserError("no file is named", mend="cwbsim spend import payments.csv")
    chosen = [Path(path) for path in paths]
    rings = rings_of(place) if place else None
    gathered = gather(chosen, mapping, progress or (lambda _: None))
    return _Builder(gathered, rings, names, lookup, suppliers).build(chosen)


class _Builder:
    """One table out of many parts."""

    def __init__(
        self,
        gathered: Gathered,
        rings: Rings | None,
        names: Path | None,
        lookup: Path | None,
        suppliers: Path | None,
    ) -> None:
        self.gathered = gathered
        self.rings = rings
        self.names = names
        self.lookup = lookup
        self.suppliers = SuppliersFile.read(suppliers) if suppliers else None
        self.pools = {name: Pool() for name in FIELDS}
        self.blocks: dict[str, list[Any]] = {name: [] for name in (*FIELDS, "line", "day", "pence", "reason")}
        self.blocks |= {"class": [], "class_by": [], "is_redacted": [], "row_hash": []}

    def build(self, paths: Sequence[Path]) -> SpendImport:
        for part in self.gathered.parts:
            self._add(part)
        columns = {name: as_categories(np.concatenate(self.blocks[name]), self.pools[name].values)
                   for name in FIELDS}  # fmt: skip
        frame = pd.DataFrame(columns)
        frame["line"] = np.concatenate(self.blocks["line"])
        frame["date"] = np.concatenate(self.blocks["day"])
        frame["pence"] = np.concatenate(self.blocks["pence"])
        frame["class"] = as_categories(np.concatenate(self.blocks["class"]), list(order()))
        frame["class_by"] = as_categories(np.concatenate(self.blocks["class_by"]), list(EVIDENCE))
        frame["is_redacted"] = np.concatenate(self.blocks["is_redacted"])
        reason = np.concatenate(self.blocks["reason"])
        hashes = np.concatenate(self.blocks["row_hash"])
        frame["row_hash"] = hashes
        good = frame[reason == 0].reset_index(drop=True)
        aside = frame[reason != 0].reset_index(drop=True)
        aside["reason"] = as_categories(reason[reason != 0], list(REASONS))
        matched = self._name(good)
        placed = place_rows(good, self.rings, self.lookup, self.suppliers)
        self._check(good, aside)
        return SpendImport(
            frame=good.drop(columns="row_hash"), quarantine=aside.drop(columns="row_hash"), names=matched,
            rings=self.rings, placing=placed, layouts=self.gathered.layouts, duplicates=duplicates_in(good),
            n_blank=self.gathered.n_blank, notes=self.gathered.notes + self._remarks(good), paths=list(paths),
        )  # fmt: skip

    def _check(self, good: pd.DataFrame, aside: pd.DataFrame) -> None:
        """Imported and set aside are all that was read."""
        read = sum(int(part.pence.sum()) for part in self.gathered.parts)
        n_read = sum(part.rows.size for part in self.gathered.parts)
        kept = int(good["pence"].sum()) + int(aside["pence"].sum())
        if read != kept or n_read != len(good) + len(aside):
            raise AssertionError(
                f"spend import: read {n_read} rows and {read} p, kept {len(good) + len(aside)}, {kept} p"
            )

    def _add(self, part: Part) -> None:
        redacted = _redacted(part)
        n = part.rows.size
        for name in FIELDS:
            if name == "file":
                codes = np.full(n, self.pools[name].code(part.sheet.file), dtype=np.int32)
            elif name == "sheet":
                codes = np.full(n, self.pools[name].code(part.sheet.name), dtype=np.int32)
            else:
                codes = self._text(part, name, redacted)
            self.blocks[name].append(codes)
        lines = (
            np.frombuffer(part.sheet.lines, dtype=np.int64)[part.rows] if n else np.zeros(0, dtype=np.int64)
        )
        day_codes, days = part.days()
        stamps = np.array(
            [np.datetime64(day, "D") if day else np.datetime64("NaT", "D") for day in days],
            dtype="datetime64[s]",
        )
        verdict, by = self._classed(part, redacted)
        for name, values in (("line", lines), ("day", stamps[day_codes]), ("pence", part.pence), ("reason", part.reason),
                             ("class", verdict), ("class_by", by),
                             ("is_redacted", redacted), ("row_hash", _row_hash(part))):  # fmt: skip
            self.blocks[name].append(values)

    def _text(self, part: Part, name: str, redacted: Any) -> Any:
        """Codes into the pool for one field; what could name a person in a redacted row is left out."""
        pool = self.pools[name]
        found = part.texts(name)
        if not found:
            return np.zeros(part.rows.size, dtype=np.int32)
        codes, values = found[0]
        table = np.array([pool.code(_kept(value)) for value in values], dtype=np.int32)
        result = table[codes]
        if not redacted.any():
            return result
        if name == "supplier":
            is_body = np.array([is_organisation(str(v)) and not says_redacted(str(v)) for v in values])
            return np.where(redacted & ~is_body[codes], pool.code(REDACTED_NAME), result).astype(np.int32)
        if name in ("body", "end_date", "total", "months", "category_code"):
            return result
        if name == "category":
            count = np.bincount(codes[redacted], minlength=len(values))
            return np.where(redacted & (count[codes] < FEW), 0, result).astype(np.int32)
        return np.where(redacted, 0, result).astype(np.int32)

    def _classed(self, part: Part, redacted: Any) -> Any:
        def texts(role: str) -> list[Texts]:
            return [Texts(codes, values) for codes, values in part.texts(role)]

        code, supplier = texts("category_code"), texts("supplier")
        return classify(
            part.rows.size, texts("category"), code[0] if code else None, supplier[0] if supplier else None,
            texts("description"), texts("department"), redacted,
        )  # fmt: skip

    def _name(self, good: pd.DataFrame) -> Names:
        """One name for each supplier, as column `supplier_name`."""
        paid = good.groupby("supplier", observed=True)["pence"].agg(["sum", "count"])
        known = [str(name) for name in paid.index]
        matched = match_names(known, paid["sum"].to_list(), paid["count"].to_list(), self.names)
        groups = list(dict.fromkeys(matched.chosen.values()))
        number = {name: n for n, name in enumerate(groups)}
        to_group = np.array(
            [number.get(matched.chosen.get(str(c), ""), -1) for c in good["supplier"].cat.categories]
        )
        codes = (
            to_group[good["supplier"].cat.codes.to_numpy()] if len(to_group) else np.zeros(0, dtype=np.int64)
        )
        good["supplier_name"] = as_categories(codes, groups)
        return matched

    def _remarks(self, good: pd.DataFrame) -> list[str]:
        remarks = []
        undated = int(good["date"].isna().sum())
        if undated and undated < len(good):
            remarks.append(f"{undated:,} imported rows have no date that can be read; they are in no month")
        kinds = {_kind(part) for part in self.gathered.parts}
        if len(kinds) > 1:
            remarks.append(
                f"these files are of {len(kinds)} kinds ({', '.join(sorted(kinds))}): sums over them mean nothing"
            )
        return remarks


def as_categories(codes: Any, values: Any) -> Any:
    """Texts as codes into distinct values, which pandas keeps in a byte or two a row."""
    return pd.Categorical.from_codes(codes, values)


def _kind(part: Part) -> str:
    roles = part.layout.roles
    return "contracts" if {"end_date", "months"} & set(roles) else "payments"


def _kept(value: Any) -> str:
    """A cell as the ledger keeps it."""
    if isinstance(value, str) and value.isascii() and value.isprintable() and "  " not in value:
        return value.strip()[:MOST_TEXT]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return cleaned(str(value)[:MOST_TEXT]) if value != "" else ""


def _redacted(part: Part) -> Any:
    """(n,) rows in which some cell says that something was left out."""
    flags = np.zeros(part.rows.size, dtype=np.bool_)
    for role in ("supplier", "description", "department", "category"):
        for codes, values in part.texts(role):
            used = np.unique(codes) if len(values) < 20_000 else range(len(values))
            says = np.zeros(len(values), dtype=np.bool_)
            for code in used:
                says[code] = isinstance(values[code], str) and says_redacted(values[code])
            flags |= says[codes]
    return flags


def _row_hash(part: Part) -> Any:
    """(n,) a number for everything a row says, the same in every file that says it."""
    total = np.zeros(part.rows.size, dtype=np.uint64)
    mixer = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        for role in (
            "date",
            "supplier",
            "amount",
            "debit",
            "credit",
            "reference",
            "category",
            "description",
            "department",
        ):
            for codes, values in part.texts(role):
                texts = np.array([str(value) for value in values], dtype=object)
                hashed = pd.util.hash_array(texts, categorize=False)
                total = total * mixer + hashed[codes]
    return total
