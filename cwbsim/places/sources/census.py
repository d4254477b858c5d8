"""What the census says of a borough's people: from its tables where they are at hand, else estimated.

Three sources, the best one at hand: tables of Census 2021 by authority (Greater Manchester), a compilation of
Census 2021 for one city (Preston), or estimates from tables that cover all of England (`estimated.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.errors import UserError
from cwbsim.places.sources.codes import SECTIONS
from cwbsim.places.sources.rounding import Floats, apportion

CENSUS = "ONS Census 2021"
TOPICS = ("residents", "households", "sizes", "pensioners", "tenure", "activity", "bands", "industry")
# The census table lists industries in SIC order without codes; these are the first of each section.
_FIRST_INDUSTRY = (
    "Crop and animal",
    "Mining of coal",
    "Manufacture of food",
    "Electricity, gas",
    "Water collection",
    "Construction of buildings",
    "Wholesale and retail trade and repair",
    "Land transport",
    "Accommodation",
    "Publishing",
    "Financial service",
    "Real estate",
    "Legal and accounting",
    "Rental and leasing",
    "Public administration",
    "Education",
    "Human health",
    "Creative, arts",
    "Activities of membership",
    "Activities of households as employers",
)
_NOT_SHARED_OUT = "extraterritorial"


@dataclass(frozen=True)
class How:
    """Where a topic's numbers are from; `spread` is the share by which they may be off, 0 if counted."""

    source: str
    year: int | str
    note: str = ""
    spread: float = 0.0


@dataclass(frozen=True)
class Census:
    """A borough's people and homes in 2021.

    Attributes
    ----------
    sizes : (8,) households by number of people, the last 8 or more
    tenure : (4,) households owned outright, mortgaged, privately rented, socially rented
    council_homes, other_social_homes
        Households renting from each; they add up to the last of tenure.
    idle : inactive residents who are not retired
    bands : (3,) employed residents of low, middle and high skill
    industry : (20,) employed residents by section of their job
    how : by topic
    """

    residents: int
    sizes: tuple[int, ...]
    pensioners: int
    tenure: tuple[int, ...]
    council_homes: int
    other_social_homes: int
    employed: int
    self_employed: int
    unemployed: int
    idle: int
    bands: tuple[int, ...]
    industry: Floats
    how: Mapping[str, How]


@cache
def census_of(code: str, data: Path) -> Census:
    """The census of a borough, counted or estimated; `how` says which, topic by topic."""
    if code in tabled(data):
        return _from_tables(code, data)
    pages = _pages(data)
    if pages and pages["demographics"]["meta"]["ons_code"] == code:
        return _from_pages(pages)
    from cwbsim.places.sources.estimated import estimate

    return estimate(code, data)


def counted(data: Path) -> tuple[str, ...]:
    """Codes of the authorities whose census is at hand, from which others are estimated."""
    pages = _pages(data)
    return (*tabled(data), *((pages["demographics"]["meta"]["ons_code"],) if pages else ()))


@cache
def tabled(data: Path) -> tuple[str, ...]:
    """Codes of the authorities in the tables by authority, if any are at hand."""
    path = data / "census2021_gm" / "2021_household_size_la_gm.csv"
    if not path.is_file():
        return ()
    frame = pd.read_csv(path, usecols=["area_code"])
    return tuple(c for c in sorted(set(frame["area_code"].astype(str))) if c.startswith("E0"))


@cache
def _frame(data: Path, topic: str) -> pd.DataFrame:
    return pd.read_csv(data / "census2021_gm" / f"2021_{topic}_la_gm.csv")


def _table(code: str, data: Path, topic: str, column: str) -> pd.Series:
    """One census table of one borough: category to count."""
    frame = _frame(data, topic)
    ours = frame[(frame["area_code"] == code) & (frame["measure"] == "Count")]
    return ours.set_index(column)["value"]


def _from_tables(code: str, data: Path) -> Census:
    sizes = _table(code, data, "household_size", "indicator").to_numpy()[1:]
    kinds = _table(code, data, "household_composition", "indicator")
    older = kinds[[k for k in kinds.index if "66 years and over" in k and "including" not in k]].sum()
    tenure = _table(code, data, "household_tenure", "household_tenure").to_numpy()
    status = _table(code, data, "economic_activity_status", "economic_activity_status")
    work = _table(code, data, "occupation", "occupation").to_numpy()

    def count(*words: str) -> int:
        return int(status[[k for k in status.index if all(w in k for w in words)]].sum())

    return Census(
        residents=int(_table(code, data, "population_by_5_year_age_bands", "indicator").sum()),
        sizes=tuple(int(c) for c in sizes),
        pensioners=int(older),
        # shared owners pay a mortgage; living rent free is counted with private renting, where it is found
        tenure=(
            int(tenure[0]),
            int(tenure[1] + tenure[2]),
            int(tenure[5:].sum()),
            int(tenure[3] + tenure[4]),
        ),
        council_homes=int(tenure[3]),
        other_social_homes=int(tenure[4]),
        employed=count("In employment"),
        self_employed=count("Self-employed"),
        unemployed=count(": Unemployed"),
        idle=count("inactive") - count("Retired"),
        bands=tuple(int(work[a:b].sum()) for a, b in ((6, 9), (3, 6), (0, 3))),
        industry=_industries(_table(code, data, "industry", "industry")),
        how={topic: How(CENSUS, 2021) for topic in TOPICS},
    )


def _industries(counts: pd.Series) -> Floats:
    section, found, nth = "", dict.fromkeys(SECTIONS, 0), 0
    for industry, number in counts.items():
        if nth < len(SECTIONS) and str(industry).startswith(_FIRST_INDUSTRY[nth]):
            section, nth = SECTIONS[nth], nth + 1
        if _NOT_SHARED_OUT not in str(industry):
            found[section] += int(number)
    if nth != len(SECTIONS):
        raise UserError(f"section {SECTIONS[nth]} not found", "2021_industry_la_gm.csv")
    return np.array([found[s] for s in SECTIONS], dtype=np.float64)


@cache
def _pages(data: Path) -> dict[str, Any]:
    folder = data / "preston_context"
    if not folder.is_dir():
        return {}
    return {
        name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("demographics", "economy", "housing")
    }


def _from_pages(pages: Mapping[str, Any]) -> Census:
    people = pages["demographics"]["council_totals"]
    homes = pages["housing"]["census"]["council_totals"]
    work = pages["economy"]["census"]["council_totals"]
    tenure, status = homes["tenure"], people["economic_activity"]
    households = int(tenure["Total: All households"])
    sizes = list(homes["household_size"].values())[2:]
    kinds = people["household_composition"]
    jobs = list(work["occupation"].values())

    def count(end: str) -> int:
        return int(sum(n for name, n in status.items() if name.endswith(end)))

    social = int(tenure["Social rented"])
    mortgaged = int(tenure["Owned: Owns with a mortgage or loan"]) + int(tenure["Shared ownership"])
    outright = int(tenure["Owned: Owns outright"])
    how = How(f"{CENSUS}, as compiled by a public budget explorer", 2021)
    return Census(
        residents=int(people["age"]["Total: All usual residents"]),
        sizes=tuple(int(n) for n in apportion(np.array(sizes, dtype=float), households)),
        pensioners=int(
            kinds["One-person household: Aged 66 years and over"]
            + kinds["Single family household: All aged 66 years and over"]
        ),
        tenure=(outright, mortgaged, households - outright - mortgaged - social, social),
        council_homes=int(tenure["Social rented: Rents from council or Local Authority"]),
        other_social_homes=social - int(tenure["Social rented: Rents from council or Local Authority"]),
        employed=count(":In employment"),
        self_employed=count(":Self-employed with employees") + count(":Self-employed without employees"),
        unemployed=count(": Unemployed"),
        idle=int(status["Economically inactive"]) - int(status["Economically inactive: Retired"]),
        bands=(sum(jobs[6:9]), sum(jobs[3:6]), sum(jobs[0:3])),
        industry=np.array(list(work["industry"].values())[: len(SECTIONS)], dtype=np.float64),
        how=dict.fromkeys(TOPICS, how),
    )
