"""Pay, incomes, rents and local tax of residents: ASHE, HMRC, Census and council-tax tables."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri

from cwbsim.errors import UserError
from cwbsim.places.sources.areas import spelt
from cwbsim.places.sources.draft import Draft
from cwbsim.places.sources.published import sheet

HMRC = "HMRC Survey of Personal Incomes by local authority"
# the copy at hand does not state its tax year; its totals match the release for this one
HMRC_YEAR = "2022-23"
_KNOWN = (50, 10, 20, 30, 40, 60, 70, 80, 90)


def add_incomes(draft: Draft) -> None:
    """Incomes, pay percentiles, rents, council tax, benefits."""
    _add_hmrc(draft)
    _add_pay(draft)
    _add_housing(draft)
    _add_council_tax(draft)


def _ours(draft: Draft, file: str) -> pd.Series:
    table = pd.read_csv(draft.data / "income_households_lad" / file)
    return table[table["code"] == draft.code].iloc[0]


def _add_hmrc(draft: Draft) -> None:
    row = _ours(draft, "spi_by_la.csv")
    named = {
        "total_income_pounds": ("total_income_amount", "£ a year", "taxpayers only; before tax"),
        "employees_income": ("employment_income_amount", "£ a year", "taxpayers only"),
        "employed_taxpayers": ("employment_income_count", "people", ""),
        "employees_mean_income": ("employment_income_mean", "£ a year", ""),
        "self_employed_income": ("self_employment_income_amount", "£ a year", "taxpayers only"),
        "self_employed_taxpayers": (
            "self_employment_income_count",
            "people",
            "any self-employment, main job or not",
        ),
        "self_employed_mean": ("self_employment_income_mean", "£ a year", ""),
        "pension_income": ("pension_income_amount", "£ a year", "state and private, taxpayers only"),
        "pension_taxpayers": ("pension_income_count", "people", ""),
        "income_tax_pounds": ("total_tax_amount", "£ a year", ""),
    }
    for name, (column, unit, note) in named.items():
        note = "; ".join(filter(None, [note, "rounded as published; tax year not stated in the copy used"]))
        draft.put("income", name, float(row[column]), unit, HMRC, HMRC_YEAR, note=note)


def _add_pay(draft: Draft) -> None:
    """Annual pay by percentile; the ends, which ASHE lacks for a borough, drawn out as log-normal tails."""
    table = sheet(draft.data / "income_households_lad" / "nomis_earning_jobs_data.xlsx")
    row = pd.to_numeric(table[table[1] == draft.code].iloc[0, 2:], errors="coerce").to_numpy(dtype=float)
    jobs, pay, error = row[0], row[2::2], row[3::2]
    known = {p: (float(v), float(e)) for p, v, e in zip(_KNOWN, pay, error, strict=True) if not np.isnan(v)}
    draft.put("income", "ashe_jobs", jobs, "employee jobs held a year or more", "ONS ASHE, residents", 2024)
    top = max(known)
    # the lowest percentile published, and the one two steps above it: P10 and P30 for most boroughs
    least, above = sorted(known)[0], sorted(known)[2]
    upper = _log_slope(known, 50, top)
    lower = _log_slope(known, least, above)
    rows: list[tuple[int, float, float, str]] = [(p, v, e / 100, "published") for p, (v, e) in known.items()]
    for percentile, anchor, slope in (
        *((p, least, lower) for p in (1, 5, 10) if p < least),
        *((p, top, upper) for p in (90, 95, 99) if p > top),
    ):
        distance = float(ndtri(percentile / 100) - ndtri(anchor / 100))
        pay_there = round(known[anchor][0] * math.exp(slope * distance))
        rows.append((percentile, pay_there, 0.15, "extrapolated"))
    draft.table(
        "pay_percentiles",
        ["percentile", "pounds_a_year", "relative_error", "basis"],
        sorted(rows),
        title="Gross annual pay of employees who live in the borough",
        unit="£ a year; one standard error as a share",
        source="ONS ASHE 2024, resident analysis, annual pay gross (Nomis)",
        year=2024,
        note=f"below P{least} and above P{top} drawn out as log-normal tails with the slopes of P{least}-P{above} "
        f"({lower:.3f}) and "
        f"P50-P{top} ({upper:.3f}); their error assumed 15 %",
    )


def _log_slope(known: dict[int, tuple[float, float]], low: int, high: int) -> float:
    """The spread of the log-normal through two percentiles."""
    return math.log(known[high][0] / known[low][0]) / float(ndtri(high / 100) - ndtri(low / 100))


def _add_housing(draft: Draft) -> None:
    rents = sheet(draft.data / "income_households_lad" / "la_private_rents_median.xlsx")
    row = rents[rents[2] == draft.code].iloc[0]
    draft.put(
        "income",
        "median_rent_month",
        float(row[10]),
        "£ a month",
        "ONS Private rental market statistics",
        "2021-22",
        note="private lettings recorded; not brought up to date",
    )
    draft.put(
        "income",
        "universal_credit_households",
        credit_households(draft.name, draft.data),
        "households",
        "DWP Stat-Xplore",
        "May 2025",
        note="provisional",
    )
    draft.judged("income", "social_rent_month")
    interest = draft.judgement("income", "mortgage_interest_year")
    by_rents = draft.value("income.median_rent_month") / float(interest["at_rent_month"])
    scaled = {k: round(float(interest[k]) * by_rents) for k in ("value", "low", "high")}
    unit = "£ a year a mortgaged household"
    draft.add("income", "mortgage_interest_year", {k: interest[k] for k in ("source", "year")} | scaled | {"unit": unit})


def credit_households(name: str, data: Path) -> int:
    """Households on Universal Credit in an authority."""
    credit = sheet(data / "income_households_lad" / "uc_la_households.xlsx")
    found = credit[credit[2].astype(str).str.strip().isin(spelt(name))]
    if found.empty:
        raise UserError(f"no row for {name}", "uc_la_households.xlsx")
    return int(str(found.iloc[0, 3]))


def _add_council_tax(draft: Draft) -> None:
    row = _ours(draft, "la_council_tax.csv")
    source, year = "MHCLG council tax levels and VOA stock by band", "2024-25"
    draft.put(
        "income",
        "council_tax_band_d",
        float(row["band_d_amount"]),
        "£ a year",
        source,
        year,
        note="with precepts",
    )
    total = round(float(row["total_council_tax_net"]))
    draft.put(
        "income",
        "council_tax_total",
        total,
        "£ a year",
        f"derived: {source}, net of discounts",
        year,
        note="as compiled in the copy used: bands x ratios x band D less discounts and support",
    )
    homes = draft.value("households.households")
    draft.put(
        "income",
        "council_tax_per_household",
        round(total / homes, 2),
        "£ a year",
        "derived: total over Census 2021 households",
        year,
    )
