"""People of a borough whose census tables are not at hand, estimated from tables that cover all of England.

Every figure made here says so in its source, and has a range. What the estimates rest on: households by
authority and activity by county (Census 2021), people by age (mid-year estimates), tenure (2023), commuting
(Census 2021), jobs by industry and place (Census 2011), deprivation (2025), and the authorities whose census
is at hand, for what differs little between places.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from cwbsim.places.sources.areas import place_of
from cwbsim.places.sources.census import CENSUS, Census, How, census_of, counted
from cwbsim.places.sources.codes import SECTIONS
from cwbsim.places.sources.published import commuters_2021, r_table, workplaces_2011
from cwbsim.places.sources.rounding import Floats, apportion

OLD, OF_AGE, WORKING_AGE = range(66, 91), range(16, 91), range(16, 66)


def estimate(code: str, data: Path) -> Census:
    """The census of a borough as far as other tables tell it."""
    place = place_of(code, data)
    upper = place.county or place.name
    age = ages(data)
    ours = list(place.districts) or [code]
    adults = activity(upper, data)
    grown = adults["Total: All usual residents aged 16 years and over"] / _between(age, ours, OF_AGE)
    residents = round(float(age["all"][code]) * grown)
    homes = households(code, data)
    others = [
        c for c in counted(data) if c != code
    ]  # itself left out, so that the estimate can be put to the test
    known = [census_of(c, data) for c in others]
    bands, band_note = _bands(code, data)
    part = _part(code, ours, age, data)
    employed, own, jobless, idle = (
        round(people * share) for people, share in zip(_statuses(adults), part, strict=True)
    )
    industry = _industry(code, data)
    tenure = _tenure(code, homes, data)
    return Census(
        residents=residents,
        sizes=_sizes(homes, residents, known),
        pensioners=round(
            _between(age, [code], OLD) * sum(c.pensioners for c in known) / _between(age, others, OLD)
        ),
        tenure=tenure,
        council_homes=tenure[3] // 2,
        other_social_homes=tenure[3] - tenure[3] // 2,
        employed=employed,
        self_employed=own,
        unemployed=jobless,
        idle=idle,
        bands=tuple(int(n) for n in apportion(bands, employed)),
        industry=industry * employed / industry.sum(),
        how=_how(upper, len(ours) == 1, band_note),
    )


def _how(upper: str, whole: bool, band_note: str) -> dict[str, How]:
    """Source, year, note and range of each figure; `whole` if the authority's own activity is published."""
    activity_how = How(
        f"{CENSUS}, economic activity" if whole else f"derived: {CENSUS}, {upper}, the district's part",
        2021,
        ""
        if whole
        else "in work by commuters from home (Census 2021), self-employed by taxpayers (HMRC), unemployed by "
        "households on Universal Credit, inactive by people aged 16 to 65",
        0.0 if whole else 0.1,
    )
    return {
        "residents": How(
            f"derived: ONS mid-year estimate x {upper}'s ratio of {CENSUS} to it, aged 16 and over",
            2021,
            "",
            0.02,
        ),
        "households": How(CENSUS, 2021),
        "sizes": How(
            "derived: Greater Manchester's and Preston's households by size, tilted to the borough's people a home",
            2021,
            "the authorities whose census table is at hand",
        ),
        "pensioners": How(
            "derived: people aged 66 or over x households of theirs a head where the census is at hand",
            2021,
            "",
            0.08,
        ),
        "tenure": How("ONS tenure estimates by local authority", 2023, "shares x the households of 2021"),
        "activity": activity_how,
        "bands": How(
            "derived: fitted to deprivation in education where the census is at hand", "2021; 2025", band_note
        ),
        "industry": How(
            "derived: industries of the places where residents work (Census 2011 and 2021)", "2011; 2021"
        ),
    }


@cache
def ages(data: Path) -> pd.DataFrame:
    """People by single year of age and authority, the last column 90 and over if there is one."""
    return pd.read_csv(data / "income_households_lad" / "age.csv").set_index("code")


def _between(age: pd.DataFrame, codes: list[str], years: range) -> float:
    columns = [str(y) for y in years if str(y) in age.columns]
    columns += [c for c in age.columns if c.endswith("+")]
    return float(age.loc[codes, columns].to_numpy().sum())


@cache
def activity(upper: str, data: Path) -> dict[str, float]:
    """Economic activity of a county or unitary authority, Census 2021: status to people."""
    table = _activities(data)
    ours = table[table["GEOGRAPHY_NAME"] == upper]
    return dict(zip(ours["C2021_EASTAT_20_NAME"], ours["OBS_VALUE"], strict=True))


@cache
def _activities(data: Path) -> pd.DataFrame:
    columns = ["GEOGRAPHY_NAME", "C2021_EASTAT_20_NAME", "MEASURES_NAME", "OBS_VALUE"]
    path = data / "employment_industry" / "Census2021_econactive_localauthorities.csv"
    table = pd.read_csv(path, usecols=columns)
    return table[table["MEASURES_NAME"] == "Value"]


def _statuses(status: dict[str, float]) -> tuple[float, float, float, float]:
    """People in work, self-employed, unemployed, and inactive but not retired."""

    def ending(*ends: str) -> float:
        return sum(n for name, n in status.items() if name.endswith(ends))

    return (
        ending(":In employment"),
        ending(":Self-employed with employees", ":Self-employed without employees"),
        ending(": Unemployed"),
        status["Economically inactive"] - status["Economically inactive: Retired"],
    )


@cache
def households(code: str, data: Path) -> int:
    """Households, Census 2021."""
    table = r_table(data / "households_census" / "households21_england_wales_ltla23.rda")
    return int(table.set_index("ltla23_code")["households"][code])


@cache
def _income_table(data: Path) -> pd.DataFrame:
    return pd.read_csv(data / "income_households_lad" / "spi_by_la.csv").set_index("code")


def _part(code: str, ours: list[str], age: pd.DataFrame, data: Path) -> tuple[float, float, float, float]:
    """A district's part of its county's people in work, self-employed, unemployed, and inactive."""
    from cwbsim.places.sources.incomes import credit_households

    if len(ours) == 1:
        return 1.0, 1.0, 1.0, 1.0
    flows = commuters_2021(data)
    own = _income_table(data)["self_employment_income_count"]
    credit = {c: float(credit_households(place_of(c, data).name, data)) for c in ours}
    return (
        float(flows.loc[code].sum() / flows.loc[ours].to_numpy().sum()),
        float(own[code] / own[ours].sum()),
        credit[code] / sum(credit.values()),
        _between(age, [code], WORKING_AGE) / _between(age, ours, WORKING_AGE),
    )


def _sizes(homes: int, residents: int, known: list[Census]) -> tuple[int, ...]:
    """Households by size: the known places' pattern times exp(t x size), t such that the people fit."""
    size = np.arange(1, 9)
    pattern = np.sum([c.sizes for c in known], axis=0).astype(float)
    housed = float((pattern * size).sum()) / sum(c.residents for c in known)

    def mean(tilt: float) -> float:
        weight = pattern * np.exp(tilt * size)
        return float((weight * size).sum() / weight.sum())

    tilt = brentq(lambda t: mean(t) - housed * residents / homes, -1.0, 1.0)
    return tuple(int(n) for n in apportion(pattern * np.exp(tilt * size), homes))


def _tenure(code: str, homes: int, data: Path) -> tuple[int, ...]:
    table = pd.read_excel(
        data / "income_households_lad" / "la_tenure.xlsx", header=None, skiprows=1, engine="openpyxl"
    )
    row = table[table[2] == code].iloc[0]
    return tuple(int(n) for n in apportion([float(str(row[c])) for c in (4, 5, 6, 7)], homes))


def _bands(code: str, data: Path) -> tuple[Floats, str]:
    """Shares of low, middle and high skill, straight lines on the authority's deprivation in education."""
    table = r_table(data / "imd" / "imd2025_england_ltla24.rda").set_index("ltla24_code")
    score = table["education_skills_and_training_average_score"].astype(float)
    known = [c for c in counted(data) if c != code]
    shares = np.array([np.array(census_of(c, data).bands) / sum(census_of(c, data).bands) for c in known])
    at = score[known].to_numpy()
    low, high = (np.polynomial.Polynomial.fit(at, shares[:, k], 1) for k in (0, 2))
    here = float(np.clip(score[code], at.min(), at.max()))
    fitted = np.array([low(here), 1 - low(here) - high(here), high(here)])
    r2 = 1 - np.var(shares[:, 2] - high(at)) / np.var(shares[:, 2])
    return fitted, f"on {len(known)} authorities; R2 of the high band {r2:.2f}; score held within theirs"


def _industry(code: str, data: Path) -> Floats:
    """Weights of sections among the jobs of residents, by where they work."""
    out = np.zeros(len(SECTIONS))
    flows = commuters_2021(data)
    for work, people in zip(flows.columns, flows.loc[code].to_numpy(dtype=float), strict=True):
        there = workplaces_2011(str(work), data) if people > 0 else None
        if there is not None:
            out += people * there / there.sum()
    return out
