"""Which area a borough lies in: its neighbours, the names its regional tables go by, its county."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from cwbsim.errors import UserError

ENGLAND = ("E06", "E07", "E08", "E09")
# Names that other tables spell in another way: Census 2011 by workplace, and Universal Credit.
_SPELT = {
    "St. Helens": "St Helens",
    "Bristol, City of": "Bristol",
    "Kingston upon Hull, City of": "Kingston upon Hull",
    "Herefordshire, County of": "Herefordshire",
}


@dataclass(frozen=True)
class Place:
    """An authority and what is around it.

    Attributes
    ----------
    members : dict
        Code to name of every authority of the wider area, this one too.
    growth : tuple of str
        ITL2 areas whose growth of jobs is the area's.
    output_area, output_members
        ITL3 area (or the region) whose output is shared out by jobs, and the authorities in it.
    county : str
        Name of the county whose council shares its services with a district council; "" if there is none.
    districts : tuple of str
        Codes of all the districts of that county.
    """

    code: str
    name: str
    region_code: str
    region: str
    area_key: str
    area: str
    rest: str
    members: dict[str, str]
    growth: tuple[str, ...]
    output_area: str
    output_members: tuple[str, ...]
    county: str = ""
    districts: tuple[str, ...] = ()
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def is_district(self) -> bool:
        """Whether a county council gives the upper half of the services."""
        return bool(self.county)

    @property
    def itl_letter(self) -> str:
        """The region's letter in the codes of regional tables (TLD, UKD: North West)."""
        return "CDEFGHIJK"[int(self.region_code[-1]) - 1]

    @property
    def is_county_seat(self) -> bool:
        """Whether the county hall is here."""
        return self.is_district and self.code == _code(counties()[self.county]["seat"])


def slug(name: str) -> str:
    """A name as a folder: lower case, words joined."""
    kept = "".join(c if c.isalnum() else " " for c in name.replace("'", "").replace(".", ""))
    return "_".join(kept.lower().split())


def spelt(name: str) -> tuple[str, ...]:
    """The ways the tables spell an authority's name."""
    return tuple({name, _SPELT.get(name, name), *(k for k, v in _SPELT.items() if v == name)})


@cache
def building(file: str) -> dict[str, Any]:
    """One of the package's own files of judgements and rules, `national.toml`, `anchors.toml` ..."""
    return tomllib.loads((files("cwbsim") / "data" / "building" / file).read_text(encoding="utf-8"))


def counties() -> dict[str, Any]:
    """Counties with district councils: districts and seat."""
    found: dict[str, Any] = building("areas.toml")["county"]
    return found


def areas() -> dict[str, Any]:
    """The areas that are described, by key."""
    return {key: area for key, area in building("areas.toml").items() if key != "county"}


@cache
def authorities(data: Path) -> pd.DataFrame:
    """Every authority of England at hand: code (index), name, region code, region."""
    path = data / "income_households_lad" / "la_tenure.xlsx"
    try:
        table = pd.read_excel(path, header=None, skiprows=1, engine="openpyxl").iloc[:, :4]
    except FileNotFoundError:
        raise UserError("no such file", str(path), mend="--data the folder of official tables") from None
    table.columns = pd.Index(["region_code", "region", "code", "name"])
    table = table[table["code"].astype(str).str.startswith(ENGLAND)]
    return table.set_index("code")


def place_of(code: str, data: Path) -> Place:
    """The authority of that code and its surroundings.

    Raises
    ------
    UserError
        No English authority has that code in the tables at hand.
    """
    table = authorities(data)
    if code not in table.index:
        by_name = {slug(str(n)): c for c, n in table["name"].items()}
        meant = by_name.get(slug(code), "")
        raise UserError(
            f"no English district or borough has the code {code!r}",
            "la_tenure.xlsx",
            allowed=f"the {len(table)} codes of authorities of England, E06..., E07..., E08... or E09...",
            mend=f"{slug(code).replace('_', ' ').title()} is {meant}" if meant else "look the code up on the ONS pages",
        )
    row = table.loc[code]
    name, region_code, region = str(row["name"]), str(row["region_code"]), str(row["region"])
    county = next((n for n, about in counties().items() if code in _districts(about)), "")
    common: dict[str, Any] = {"code": code, "name": name, "region_code": region_code, "region": region}
    common["county"] = county
    common["districts"] = tuple(_districts(counties()[county])) if county else ()
    for key, area in areas().items():
        if code in area["members"]:
            out, members = next((o, m) for o, m in area["output"].items() if code in m)
            return Place(
                area_key=key,
                area=area["name"],
                rest=area["rest"],
                members=dict(area["members"]),
                growth=(area["growth"],),
                output_area=out,
                output_members=tuple(members),
                about=dict(area),
                **common,
            )
    within = {str(c): str(n) for c, n in table["name"][table["region_code"] == region_code].items()}
    return Place(
        area_key="",
        area=region,
        rest=f"the rest of the region, {region}",
        members=within,
        growth=(),
        output_area="",
        output_members=tuple(within),
        **common,
    )


def _districts(about: dict[str, Any]) -> Iterator[str]:
    for first, last in about["districts"]:
        yield from (_code(n) for n in range(first, last + 1))


def _code(number: int) -> str:
    return f"E07{number:06d}"
