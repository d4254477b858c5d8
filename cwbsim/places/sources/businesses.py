"""Local units, enterprises, births and deaths: UK Business 2025 and Business Demography 2024."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from cwbsim.errors import UserError
from cwbsim.places.sources.codes import BANDS, SECTIONS, section_of
from cwbsim.places.sources.draft import Draft
from cwbsim.places.sources.rounding import Floats, Whole, apportion, rake, whole_table

UK_BUSINESS, DEMOGRAPHY = "ONS UK Business: activity, size and location", "ONS Business Demography"
# Table 16's columns, in order; several sections share one, and G has three.
_BROAD = ("A", "BCDE", "F", "G", "G", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "RST")
_UK_TABLES = ("10", "14", "16", "18", "22")
_DEMOGRAPHY_TABLES = (*(f"{n}.1{letter}" for n in (1, 2, 3) for letter in "abcd"), *(f"5.1{letter}" for letter in "abcde"))
_SPARSE = 0.01  # weight of the UK pattern where the region has no unit of that kind at all


@cache
def _sheets(path: Path, tables: tuple[str, ...]) -> dict[str, pd.DataFrame]:
    """Some sheets of a workbook, by the number of the table; the names of some end in a space."""
    with pd.ExcelFile(path, engine="openpyxl") as book:
        names = {str(name).strip().removeprefix("Table "): name for name in book.sheet_names}
        if absent := [table for table in tables if table not in names]:
            raise UserError(f"no Table {absent[0]}", path.name)
        return {table: pd.read_excel(book, sheet_name=names[table], header=None) for table in tables}


def uk_business(data: Path, table: str) -> pd.DataFrame:
    """A table of UK Business 2025."""
    return _sheets(data / "business_ons" / "ukbusinessworkbook2025new.xlsx", _UK_TABLES)[table]


def demography(data: Path, table: str) -> pd.DataFrame:
    """A table of Business Demography 2024."""
    return _sheets(data / "business_ons" / "businessdemographyexceltables2024.xlsx", _DEMOGRAPHY_TABLES)[table]


def _uk_business(draft: Draft, number: int) -> pd.DataFrame:
    return uk_business(draft.data, str(number))


def _row(sheet: pd.DataFrame, code: str, column: int = 0) -> Floats:
    """The numbers of the first row whose label starts with a code."""
    labels = sheet[column].astype(str).str.strip()
    found = sheet[labels.str.startswith(code)]
    if found.empty:
        raise UserError(f"no row for {code}", str(sheet.iloc[0, 0])[:60])
    values = pd.to_numeric(found.iloc[0, column + 1 :], errors="coerce")
    return np.asarray(values.dropna(), dtype=np.float64)


def _block(sheet: pd.DataFrame, area: str) -> pd.DataFrame:
    """Division x band counts of one area, summed to sections."""
    start = next(i for i, label in enumerate(sheet.iloc[3]) if str(label).strip().startswith(area))
    body = sheet[sheet[0].astype(str).str.match(r"\d\d :")]
    numbers = body.to_numpy()[:, start : start + len(BANDS)].astype(np.float64)
    sections = [section_of(int(str(label)[:2])) for label in body[0]]
    summed: pd.DataFrame = pd.DataFrame(numbers, columns=list(BANDS)).groupby(sections).sum()
    return summed.reindex(SECTIONS, fill_value=0.0)


def add_businesses(draft: Draft) -> None:
    """Local units by section and band, what outsiders own of them, enterprises, births, deaths, survival."""
    _add_units(draft)
    _add_ownership(draft)
    _add_demography(draft)


def _add_units(draft: Draft) -> None:
    broad = _row(_uk_business(draft, 16), draft.code)[: len(_BROAD)]
    bands = _row(_uk_business(draft, 22), draft.code)
    region, uk = (_block(_uk_business(draft, 18), area) for area in (draft.place.region_code, "K02000001"))
    total = int(bands[7])
    rows = apportion(_sections(broad, region.sum(axis=1)), total)
    columns = apportion(bands[:7], total)
    seed = region.to_numpy() + _SPARSE * uk.to_numpy() * region.to_numpy().sum() / uk.to_numpy().sum()
    seed[rows == 0] = 0.0
    units = whole_table(rake(seed, rows.astype(float), columns.astype(float)), rows, columns)
    draft.table(
        "units_by_section_band",
        ["section", *BANDS],
        [[s, *map(int, row)] for s, row in zip(SECTIONS, units, strict=True)],
        title="Local units by section and number employed",
        unit="local units (registered for VAT or PAYE)",
        source=f"derived: {UK_BUSINESS} 2025, {draft.place.region} section x band (Table 18) fitted to the borough's "
        "industries (Table 16) and bands (Table 22)",
        year=2025,
        note="no table of borough x industry x band exists; B-E and R-T split by the region's counts; T has no "
        "registered units; anchors' own sites are among the units",
    )
    for name, count in zip(("motor", "wholesale", "retail"), broad[3:6], strict=True):
        draft.put("retail_units", name, int(count), "local units", f"{UK_BUSINESS}, Table 16", 2025)
    draft.put(
        "business", "local_units", total, "local units", f"{UK_BUSINESS}, Table 22", 2025, note="rounded to 5"
    )


def _sections(broad: Floats, region: pd.Series) -> Floats:
    """Units by section from the seventeen broad industries, shared ones split as in the region."""
    found = dict.fromkeys(SECTIONS, 0.0)
    for letters, count in zip(_BROAD, broad, strict=True):
        within = region[list(letters)]
        for letter in letters:
            found[letter] += count * within[letter] / within.sum()
    return np.array([found[s] for s in SECTIONS])


def _add_ownership(draft: Draft) -> None:
    units, firms = (
        _row(_uk_business(draft, 22), draft.code)[:7],
        _row(_uk_business(draft, 10), draft.code)[:7],
    )
    share = np.clip(1 - np.divide(firms, units, out=np.ones(7), where=units > 0), 0, 1)
    largest = draft.judgement("business", "outside_owned_share_of_largest_band")
    share[6] = float(largest["value"])
    draft.add("business", "outside_owned_share_of_largest_band", largest)
    draft.add(
        "business",
        "outside_owned_wider_area_share",
        draft.judgement("business", "outside_owned_wider_area_share"),
    )
    draft.table(
        "outside_owned",
        ["band", "local_units", "enterprises", "share"],
        [
            [b, int(u), int(e), round(float(s), 4)]
            for b, u, e, s in zip(BANDS, units, firms, share, strict=True)
        ],
        title="Share of local units that belong to an enterprise based elsewhere",
        unit="local units; enterprises; share 0-1",
        source=f"derived: {UK_BUSINESS} 2025, 1 - enterprises (Table 10) / local units (Table 22); "
        f"250+ assumed",
        year=2025,
        note="counts further sites of the borough's own firms as outside; 250+ enterprises mostly "
        "have smaller sites",
    )
    draft.put(
        "business",
        "enterprises",
        int(_row(_uk_business(draft, 10), draft.code)[7]),
        "enterprises",
        f"{UK_BUSINESS}, Table 10",
        2025,
        note="rounded to 5",
    )


def proprietors(draft: Draft) -> tuple[float, float]:
    """Registered sole proprietors and partners of the borough, by the region's mix of legal forms."""
    sheet = _uk_business(draft, 14)
    row = sheet[sheet[0].astype(str).str.strip().str.startswith(draft.place.region_code)].iloc[0]
    sole, partnerships, all_forms = (float(row[c]) for c in (16, 24, 64))
    firms = draft.value("business.enterprises")
    partners = draft.judged("business", "partners_per_partnership")
    return firms * sole / all_forms, firms * partnerships / all_forms * partners


def units(draft: Draft) -> Whole:
    """The fitted (20, 7) table of local units."""
    return np.array([row[1:] for row in draft.tables["units_by_section_band"][2]], dtype=np.int64)


def _yearly(draft: Draft, table: str) -> dict[int, float]:
    """A count for each year, 2019 on, from the sheets of one Business Demography table."""
    counts: dict[int, float] = {}
    for letter in "abcd":
        sheet = demography(draft.data, f"{table}{letter}")
        years = [int(y) for y in sheet.iloc[3, 2:].dropna()]
        values = sheet[sheet[0].astype(str).str.strip() == draft.code].iloc[0, 2:].to_numpy(dtype=float)
        counts |= dict(zip(years, values, strict=False))
    return counts


def _add_demography(draft: Draft) -> None:
    for name, table, unit in (("births", "1.1", "births a year"), ("deaths", "2.1", "deaths a year")):
        counts = _yearly(draft, table)
        years = f"{min(counts)}-{max(counts)}"
        mean = sum(counts.values()) / len(counts)
        draft.put(
            "business",
            f"{name}_per_year",
            round(mean, 1),
            unit,
            f"{DEMOGRAPHY} 2024, mean of years",
            years,
            low=min(counts.values()),
            high=max(counts.values()),
        )
    active = _yearly(draft, "3.1")
    last = max(active)
    draft.put(
        "business",
        "active_enterprises",
        active[last],
        "enterprises",
        f"{DEMOGRAPHY} 2024",
        last,
        note="active at any time in the year, so more than the enterprises at a date",
    )
    _add_survival(draft)


def _add_survival(draft: Draft) -> None:
    cohorts = []
    for letter in "abcde":
        sheet = demography(draft.data, f"5.1{letter}")
        row = sheet[sheet[0].astype(str).str.strip() == draft.code].iloc[0, 2:]
        cohorts.append(pd.to_numeric(row, errors="coerce").to_numpy(dtype=float))
    rows = []
    for year in range(1, 6):
        alive = [(c[0], c[2 * year - 1]) for c in cohorts if not np.isnan(c[2 * year - 1])]
        each = [lived / born for born, lived in alive]
        pooled = sum(lived for _, lived in alive) / sum(born for born, _ in alive)
        rows.append([year, round(pooled, 4), round(min(each), 4), round(max(each), 4), len(alive)])
    draft.table(
        "survival",
        ["years", "share", "low", "high", "cohorts"],
        rows,
        title="Share of new enterprises still active after so many years",
        unit="share 0-1",
        source=f"{DEMOGRAPHY} 2024, Table 5.1, cohorts pooled",
        year="births of 2019-2023",
        note="low and high are the worst and best cohort; counts rounded to 5",
    )
