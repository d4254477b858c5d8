"""Residents and households: Census 2021, deprivation 2025 and ward boundaries."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd

from cwbsim.errors import UserError
from cwbsim.places.sources.codes import SECTIONS
from cwbsim.places.sources.draft import Draft
from cwbsim.places.sources.published import r_table
from cwbsim.places.sources.rounding import apportion

CENSUS = "ONS Census 2021"
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


def census(draft: Draft, topic: str, column: str) -> pd.Series:
    """One census table of the borough: category to count."""
    frame = pd.read_csv(draft.data / "census2021_gm" / f"2021_{topic}_la_gm.csv")
    ours = frame[(frame["area_code"] == draft.code) & (frame["measure"] == "Count")]
    return ours.set_index(column)["value"]


def add_people(draft: Draft) -> None:
    """People, households by size and tenure, activity, skill bands."""
    ages = census(draft, "population_by_5_year_age_bands", "indicator")
    draft.put("people", "usual_residents", int(ages.sum()), "people", CENSUS, 2021)
    _add_households(draft)
    _add_tenure(draft)
    _add_activity(draft)
    work = census(draft, "occupation", "occupation").to_numpy()
    bands = [int(work[a:b].sum()) for a, b in ((6, 9), (3, 6), (0, 3))]
    draft.table(
        "skill_bands",
        ["band", "residents_employed", "share"],
        [[n, c, c / sum(bands)] for n, c in zip(("low", "middle", "high"), bands, strict=True)],
        title="Employed residents by skill band",
        unit="people; share 0-1",
        source=CENSUS + ", occupation",
        year=2021,
        note="SOC 2020 major groups 7-9 low, 4-6 middle, 1-3 high",
    )


def _add_households(draft: Draft) -> None:
    sizes = census(draft, "household_size", "indicator").to_numpy()[1:]
    draft.put("households", "households", int(sizes.sum()), "households", CENSUS, 2021)
    draft.table(
        "household_size",
        ["people", "households"],
        [[n + 1, int(c)] for n, c in enumerate(sizes)],
        title="Households by number of people (8 is 8 or more)",
        unit="households",
        source=CENSUS,
        year=2021,
    )
    kinds = census(draft, "household_composition", "indicator")
    older = int(kinds[[k for k in kinds.index if "66 years and over" in k and "including" not in k]].sum())
    about = "one person, or one family, all aged 66 or over"
    draft.put("households", "pensioner_households", older, "households", CENSUS, 2021, note=about)


def _add_tenure(draft: Draft) -> None:
    tenure = census(draft, "household_tenure", "household_tenure").to_numpy()
    # shared owners pay a mortgage; living rent free is counted with private renting, where it is found
    grouped = [int(tenure[0]), int(tenure[1] + tenure[2]), int(tenure[5:].sum()), int(tenure[3] + tenure[4])]
    labels = ("owned outright", "mortgaged", "private rent", "social rent")
    draft.table(
        "tenure",
        ["tenure", "households", "share"],
        [[n, c, c / sum(grouped)] for n, c in zip(labels, grouped, strict=True)],
        title="Households by tenure",
        unit="households; share 0-1",
        source=CENSUS,
        year=2021,
        note="shared ownership with mortgaged, rent free with private rent",
    )
    draft.put(
        "households",
        "council_homes",
        int(tenure[3]),
        "households",
        CENSUS + ", as reported",
        2021,
        note="tenants misreport their kind of social landlord; the sum with the next is firm",
    )
    draft.put(
        "households", "other_social_homes", int(tenure[4]), "households", CENSUS + ", as reported", 2021
    )


def _add_activity(draft: Draft) -> None:
    status = census(draft, "economic_activity_status", "economic_activity_status")

    def count(*words: str) -> int:
        return int(status[[k for k in status.index if all(w in k for w in words)]].sum())

    draft.put("people", "residents_employed", count("In employment"), "people", CENSUS, 2021)
    draft.put("people", "residents_self_employed", count("Self-employed"), "people", CENSUS, 2021)
    draft.put("people", "residents_unemployed", count(": Unemployed"), "people", CENSUS, 2021)
    idle = count("inactive") - count("Retired")
    draft.put("people", "residents_inactive_not_retired", idle, "people", CENSUS, 2021)
    share = draft.judgement("people", "inactive_wanting_work_share")
    draft.add("people", "inactive_wanting_work_share", share)
    low, mid, high = (round(idle * float(share[k])) for k in ("low", "value", "high"))
    draft.put(
        "people",
        "residents_inactive_wanting_work",
        mid,
        "people",
        f"derived: inactive and not retired x share who want work ({share['source']})",
        2021,
        low=low,
        high=high,
    )


def residents_by_section(draft: Draft) -> pd.Series:
    """Employed residents by section of their job, wherever it is."""
    counts = census(draft, "industry", "industry")
    section, found, nth = "", dict.fromkeys(SECTIONS, 0), 0
    for industry, number in counts.items():
        if nth < len(SECTIONS) and str(industry).startswith(_FIRST_INDUSTRY[nth]):
            section, nth = SECTIONS[nth], nth + 1
        if _NOT_SHARED_OUT not in str(industry):
            found[section] += int(number)
    if nth != len(SECTIONS):
        raise UserError(f"section {SECTIONS[nth]} not found", "2021_industry_la_gm.csv")
    return pd.Series(found)


def add_wards(draft: Draft) -> None:
    """Ward centres, and households by ward and deprivation decile of their neighbourhood."""
    places = _ward_centres(draft)
    homes = r_table(draft.data / "households_census/household_deprivation21_lsoa21.rda")
    by_area: pd.Series = homes.groupby("lsoa21_code")["total_households"].first()
    areas = _ward_and_decile(draft)
    if strange := sorted(set(areas["ward"]) - set(places)):
        raise UserError(
            f"wards {strange[:3]} have no boundary",
            "gm_ward_generalised.geojson",
            mend="a table of neighbourhoods to the 2023 wards is needed",
        )
    areas["homes"] = areas["lsoa"].map(by_area).fillna(0.0)
    codes = sorted(places)
    grid = areas.pivot_table(index="ward", columns="decile", values="homes", aggfunc="sum", fill_value=0.0)
    grid = grid.reindex(index=codes, columns=range(1, 11), fill_value=0.0)
    whole = apportion(grid.to_numpy().ravel(), int(draft.value("households.households"))).reshape(grid.shape)
    draft.table(
        "wards",
        ["code", "name", "x_km", "y_km"],
        [[c, *places[c]] for c in codes],
        title="Ward centres",
        unit="km, in line with the British National Grid to within about 1 km",
        source="ONS ward boundaries (generalised), contains OS data",
        year=2023,
    )
    draft.table(
        "households_ward_decile",
        ["ward", *(f"decile_{d}" for d in range(1, 11))],
        [[c, *map(int, row)] for c, row in zip(codes, whole, strict=True)],
        title="Households by ward and deprivation decile (1 is the most deprived tenth of England)",
        unit="households",
        source=CENSUS + " households by LSOA; MHCLG English Indices of Deprivation 2025",
        year="2021; 2025",
        note="LSOA counts are perturbed; shared out to the borough's total by largest remainder",
    )


def _ward_centres(draft: Draft) -> dict[str, tuple[str, float, float]]:
    shapes = json.loads(
        (draft.data / "boundaries" / "gm_ward_generalised.geojson").read_text(encoding="utf-8")
    )
    found = {}
    for shape in shapes["features"]:
        about = shape["properties"]
        if about["local_authority_area_code"] == draft.code:
            found[about["area_code"]] = (about["area_name"], *to_km(float(about["lon"]), float(about["lat"])))
    return found


def to_km(lon: float, lat: float) -> tuple[float, float]:
    """Kilometres east and north, equirectangular about 53.5 N 2 W, where the National Grid is (400, 401)."""
    radius = 6371.0
    x = 400.0 + radius * math.radians(lon + 2.0) * math.cos(math.radians(53.5))
    return round(x, 3), round(401.0 + radius * math.radians(lat - 53.5), 3)


def _ward_and_decile(draft: Draft) -> pd.DataFrame:
    folder = draft.data / "imd"
    own = folder / f"imd2025_lsoa_ward_{draft.name.lower()}.csv"
    if own.exists():
        table = pd.read_csv(own)
        return pd.DataFrame(
            {
                "lsoa": table["lsoa21_code"],
                "ward": table["ward24_code"],
                "decile": table["IMD_decile"].astype(int),
            }
        )
    deciles = r_table(folder / "imd2025_england_lsoa21.rda")
    lookup = pd.read_csv(draft.data / "boundaries" / "lsoa_to_ward_best-fit_lookup.csv")
    lookup = lookup[lookup["lad22cd"] == draft.code]
    found = lookup["lsoa21cd"].map(deciles.set_index("lsoa21_code")["IMD_decile"])
    if found.isna().any():
        raise UserError(
            f"{int(found.isna().sum())} neighbourhoods have no decile", "imd2025_england_lsoa21.rda"
        )
    return pd.DataFrame(
        {"lsoa": lookup["lsoa21cd"], "ward": lookup["wd22cd"], "decile": np.asarray(found, int)}
    )
