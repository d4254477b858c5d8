"""Whether the official tables cover a borough, and a list of all that is missing where they do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from cwbsim.errors import UserError
from cwbsim.places.sources.areas import Place, spelt
from cwbsim.places.sources.businesses import demography, uk_business
from cwbsim.places.sources.census import tabled
from cwbsim.places.sources.estimated import activity
from cwbsim.places.sources.published import (
    commuters_2011,
    commuters_2021,
    r_table,
    sheet,
    workplace_row,
)

type Test = Callable[[], bool]


def check_coverage(place: Place, data: Path) -> None:
    """Pass if every table that a profile needs is at hand and has a row for the borough.

    Raises
    ------
    UserError
        Everything that is missing, file by file.
    """
    missing = []
    for file, what, holds in _needed(place, data):
        if not (data / file).is_file():
            missing.append(f"{file}: the file is not there ({what})")
        elif not _holds(holds):
            missing.append(f"{file}: no row for {place.name} ({place.code}): {what}")
    if missing:
        raise UserError(
            f"the tables do not cover {place.name} ({place.code}); missing are\n    " + "\n    ".join(missing),
            str(data),
            mend="add the files or rows, or take an authority that they cover; nothing has been written",
        )


def _holds(test: Test) -> bool:
    try:
        return bool(test())
    except (KeyError, IndexError, StopIteration):
        return False


def _needed(place: Place, data: Path) -> Iterator[tuple[str, str, Test]]:
    code, name = place.code, place.name
    income, jobs = "income_households_lad", "employment_industry"

    def has(file: str, column: Any, values: tuple[str, ...]) -> Test:
        return lambda: bool(_column(data / file, column).isin(values).any())

    yield f"{income}/age.csv", "people by age", has(f"{income}/age.csv", "code", (code,))
    yield f"{income}/spi_by_la.csv", "incomes (HMRC)", has(f"{income}/spi_by_la.csv", "code", (code,))
    yield f"{income}/la_council_tax.csv", "council tax", has(f"{income}/la_council_tax.csv", "code", (code,))
    for file, column, what, values in (
        ("nomis_earning_jobs_data.xlsx", 1, "pay (ASHE)", (code,)),
        ("la_private_rents_median.xlsx", 2, "private rents", (code,)),
        ("uc_la_households.xlsx", 2, "Universal Credit", spelt(name)),
    ):
        yield f"{income}/{file}", what, has(f"{income}/{file}", column, values)
    homes = "households_census/households21_england_wales_ltla23.rda"
    yield homes, "households, Census 2021", lambda: code in set(r_table(data / homes)["ltla23_code"])
    yield "households_census/household_deprivation21_lsoa21.rda", "households by neighbourhood", lambda: True
    yield "imd/imd2025_england_lsoa21.rda", "deprivation by neighbourhood", lambda: True
    yield f"{jobs}/workplace_population_2011_by_lad_sections.csv", "jobs by industry, Census 2011", lambda: (
        workplace_row(name, data) is not None
    )
    yield f"{jobs}/ITL2_Employment_countandpercent2digitSIC_BRESopen15to21.rds", "growth of jobs (BRES)", lambda: True
    yield f"{jobs}/Table 3c ITL3 current price estimates pounds million 2024.csv", "output (ITL3)", lambda: True
    yield "io_tables/lfs_empl_data.rda", "jobs of the UK (LFS)", lambda: True
    yield "commuting_lad/od_lad_2011_long.csv.gz", "commuting, Census 2011", lambda: (
        code in set(commuters_2011(data)["work"]) and code in set(commuters_2011(data)["home"])
    )
    yield "commuting_lad/commuter_matrix_2021.csv", "commuting, Census 2021", lambda: (
        code in commuters_2021(data).index and code in commuters_2021(data).columns
    )
    book = "business_ons/ukbusinessworkbook2025new.xlsx"
    for table in (10, 16, 22):
        yield book, f"UK Business, Table {table}", _starts(uk_business, data, str(table), code)
    book = "business_ons/businessdemographyexceltables2024.xlsx"
    for name_of_table in ("1.1d", "2.1d", "3.1d", "5.1a"):
        yield book, f"Business Demography, Table {name_of_table}", _starts(
            demography, data, name_of_table, code
        )
    if code not in tabled(data):
        yield f"{jobs}/Census2021_econactive_localauthorities.csv", "people in work, Census 2021", lambda: bool(
            activity(place.county or name, data)
        )
        yield "imd/imd2025_england_ltla24.rda", "deprivation of authorities", lambda: (
            code in set(r_table(data / "imd/imd2025_england_ltla24.rda")["ltla24_code"])
        )
    for file in (
        "contracts_register_salford/salford_register_with_lad.csv",
        "spend_northtyneside_categories/procurement_classification_level2.csv",
        "spend_police_lancashire/combined.csv.gz",
        "nhs_trust_lines/nhs_trust_lines_2024_25.csv",
    ):
        yield file, "evidence about anchors", lambda: True


def _starts(book: Callable[[Path, str], pd.DataFrame], data: Path, table: str, code: str) -> Test:
    return lambda: bool(book(data, table)[0].astype(str).str.strip().str.startswith(code).any())


def _column(path: Path, column: Any) -> pd.Series:
    table = pd.read_csv(path) if path.suffix == ".csv" else sheet(path)
    return pd.Series(table[column].astype(str).str.strip())
