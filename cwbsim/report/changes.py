"""What a policy changes, as tables a report shows: by outcome, and by anchor, section, place, income."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import pandas as pd

from cwbsim.analysis.compare import Comparison
from cwbsim.report.document import Chart, DataTable, Kind
from cwbsim.report.wording import (
    amount,
    change,
    in_reading_order,
    is_clear,
    is_money,
    is_share,
    label,
    span,
    unit_in_words,
)

SOURCE = "this comparison; definitions in the table of definitions"
VALUES = ("baseline", "policy", "difference", "low", "high")
TEXTS: Kind = "text"
CHANGE_HEADINGS = (
    "Outcome",
    "Unit",
    "As things are",
    "With the policy",
    "Difference",
    "Likely range",
    "Reading",
)

#: Sections of SIC 2007 as a report names them.
SECTION_NAMES = {
    "A": "Farming and forestry", "B": "Quarrying", "C": "Manufacturing", "D": "Electricity and gas", "E": "Water and waste",
    "F": "Construction", "G": "Shops, wholesale, garages", "H": "Transport and post", "I": "Hotels and food",
    "J": "Information and IT", "K": "Finance and insurance", "L": "Property", "M": "Professional services",
    "N": "Support services", "O": "Public administration", "P": "Education", "Q": "Health and care", "R": "Arts and leisure",
    "S": "Other services", "T": "Households",
}  # fmt: skip


def reading(row: dict[Any, Any]) -> str:
    """What an interval says, so that it is not read for more."""
    if math.isnan(row["low"]):
        return "one run: cannot be told from luck"
    if row["difference"] == 0 and row["low"] == row["high"]:
        return "no change at all"
    if is_clear(row["low"], row["high"]):
        return "higher" if row["difference"] > 0 else "lower"
    return "too close to call"


def change_table(
    comparison: Comparison, policy: int, outcomes: tuple[str, ...] = (), heading: str = "What changes"
) -> DataTable:
    """Last year's outcomes of policy number `policy` (from 1), as words; headline outcomes unless named."""
    title = comparison.policies[policy - 1].title
    frame = comparison.to_frame(headline_only=not outcomes)
    mine = frame[frame["scenario"] == title]
    by_name = {row["outcome"]: row for row in mine.to_dict("records")}
    names = [name for name in outcomes if name in by_name] if outcomes else in_reading_order(by_name)
    rows = []
    for name in names:
        row = by_name[name]
        unit, step = row["unit"], abs(row["difference"])
        within = step if math.isnan(row["low"]) else max(step, abs(row["low"]), abs(row["high"]))
        rows.append(
            (
                label(name), unit_in_words(unit),
                amount(row["baseline"], unit, step=step), amount(row["policy"], unit, step=step),
                change(row["difference"], unit, within=within),
                span(row["low"], row["high"], unit, within=within) or "one run: none",
                reading(row),
            )
        )  # fmt: skip
    key = f"changes_{policy}" if not outcomes else f"changes_{policy}_{outcomes[0]}"
    kinds = (TEXTS,) * len(CHANGE_HEADINGS)
    note = "Last twelve months. Likely range: 95 % interval over paired runs; it shows luck, not doubt about the model."
    return DataTable(
        key, f"{heading}: {title}", CHANGE_HEADINGS, kinds, tuple(rows), note=note, source=SOURCE
    )


def number_table(comparison: Comparison) -> DataTable:
    """Every outcome as numbers, for the workbook."""
    frame = comparison.to_frame(headline_only=False)
    rows = [
        (
            r["scenario"],
            label(r["outcome"]),
            r["unit"],
            r["baseline"],
            r["policy"],
            r["difference"],
            r["low"],
            r["high"],
            r["seeds"],
        )
        for r in frame.to_dict("records")
    ]
    return DataTable(
        "all_outcomes", "Every outcome, last twelve months",
        ("Policy", "Outcome", "Unit", "As things are", "With the policy", "Difference", "Low", "High", "Pairs of runs"),
        ("text", "text", "text", "number", "number", "number", "number", "number", "whole"), tuple(rows),
        note="Shares are from 0 to 1. Low and high: 95 % paired interval over runs.", source=SOURCE,
        missing="not known with one run",
    )  # fmt: skip


def year_table(comparison: Comparison, outcomes: Sequence[str]) -> DataTable:
    """Differences of these outcomes by year: mean of the year's months, as words."""
    paths = comparison.paths(12)
    paths = paths[(paths["month"] % 12 == 0) & paths["outcome"].isin(outcomes)]
    rows = [
        (r["scenario"], label(r["outcome"]), r["month"] // 12, change(r["difference"], r["unit"]),
         span(r["low"], r["high"], r["unit"]) or "one run: none", reading(r))
        for r in paths.to_dict("records")
    ]  # fmt: skip
    headings = ("Policy", "Outcome", "Year", "Difference, monthly mean", "Likely range", "Reading")
    kinds: tuple[Kind, ...] = ("text", "text", "whole", "text", "text", "text")
    note = "Mean over the months of each year."
    return DataTable(
        "by_year", "Differences year by year", headings, kinds, tuple(rows), note=note, source=SOURCE
    )


def month_table(comparison: Comparison) -> DataTable:
    """Headline outcomes month by month, as numbers."""
    paths = comparison.paths()
    rows = [
        (
            r["scenario"],
            label(r["outcome"]),
            r["unit"],
            int(r["month"]),
            r["baseline"],
            r["policy"],
            r["difference"],
            r["low"],
            r["high"],
        )
        for r in paths.to_dict("records")
    ]
    return DataTable(
        "by_month", "Headline outcomes month by month",
        ("Policy", "Outcome", "Unit", "Month", "As things are", "With the policy", "Difference", "Low", "High"),
        ("text", "text", "text", "whole", "number", "number", "number", "number", "number"), tuple(rows),
        note="Means over runs; low and high: 95 % paired interval.", source=SOURCE, missing="none that month",
    )  # fmt: skip


def breakdown(comparison: Comparison, policy: int, outcome: str, by: str) -> pd.DataFrame:
    """Rows of one outcome by one breakdown: name, unit, baseline, policy, difference, low, high."""
    frame = _divided(comparison)
    if not len(frame) or by not in frame:
        return pd.DataFrame()
    title = comparison.policies[policy - 1].title
    mine = frame[(frame["scenario"] == title) & (frame["outcome"] == outcome) & (frame[by].astype(str) != "")]
    return mine.assign(
        name=[shown_name(by, str(value)) for value in mine[by]], code=mine[by].astype(str)
    ).reset_index(drop=True)


@lru_cache(maxsize=1)
def _divided(comparison: Comparison) -> pd.DataFrame:
    return comparison.divided()


def shown_name(by: str, value: str) -> str:
    """A category as a reader knows it."""
    if by == "section":
        return f"{value} {SECTION_NAMES.get(value, '')}".strip()
    if by == "decile":
        number = value.split(".")[0]
        ends = {"1": " (poorest tenth)", "10": " (richest tenth)"}
        return f"Tenth {number}{ends.get(number, '')}"
    words = value.replace("_", " ")
    return words[:1].upper() + words[1:]


def breakdowns_of(frame: pd.DataFrame) -> list[str]:
    """Breakdown columns of a long table that are filled in some row."""
    plain = ("scenario", "outcome", "unit", "month", "value", "seeds", *VALUES)
    return [str(c) for c in frame.columns if c not in plain and (frame[c].astype(str) != "").any()]


def breakdown_table(frame: pd.DataFrame, key: str, title: str, what: str) -> DataTable:
    """A breakdown as numbers with its intervals and a native chart."""
    unit = str(frame["unit"].iloc[0])
    kind: Kind = "pounds" if is_money(unit) else "share" if is_share(unit) else "number"
    rows = [(r["name"], *(r[name] for name in VALUES), reading(r)) for r in frame.to_dict("records")]
    headings = (what, "As things are", "With the policy", "Difference", "Low", "High", "Reading")
    chart = Chart("bar", 0, (3,), f"Bars of the difference by {what.lower()}: {title}")
    note = f"Unit: {unit_in_words(unit)}, last twelve months. Low and high: 95 % paired interval over runs."
    return DataTable(key, title, headings, ("text", kind, kind, kind, kind, kind, "text"), tuple(rows), note=note, source=SOURCE,
                     missing="one run: none", chart=chart)  # fmt: skip


def definitions(comparison: Comparison) -> DataTable:
    """What every outcome is."""
    rows = [(label(m.name), m.unit, m.kind, m.definition) for m in comparison.measures.values()]
    return DataTable("definitions", "What each outcome is", ("Outcome", "Unit", "Kind", "Definition"), ("text",) * 4, tuple(rows),
                     note="A flow is added over months, a stock or a share averaged.", source="cwbsim, outcomes")  # fmt: skip
