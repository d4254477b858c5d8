"""Who is paid: the largest suppliers, how concentrated purchases are, what could be bought nearer."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cwbsim.report.document import DataTable
from cwbsim.spend.classes import SECTIONS
from cwbsim.spend.local_supply import local_units
from cwbsim.spend.names import REDACTED_NAME
from cwbsim.spend.table_headings import table
from cwbsim.spend.whereabouts import RINGS, Rings
from cwbsim.spend.wording import SECTION_NAMES, named

GAP_UNITS = 20  # local units in a section that make it one the place can sell in
GAP_SHARE = 0.5  # of placed purchases outside the borough
HHI_NOTE = "The Herfindahl-Hirschman index is 10,000 with one supplier; competition authorities call 1,800 and more concentrated."


def by_supplier(bought: pd.DataFrame) -> pd.DataFrame:
    """Pence and rows of each supplier, redacted rows left out, the most paid first."""
    known = bought[bought["supplier_name"].astype(str) != REDACTED_NAME]
    groups: Any = known.groupby(known["supplier_name"].astype(str))["pence"]
    found: pd.DataFrame = groups.agg(["sum", "count"]).set_axis(["pence", "rows"], axis=1)
    return found.sort_values("pence", ascending=False)


def top_suppliers(bought: pd.DataFrame, top: int) -> DataTable:
    """The suppliers paid most, what they mostly sell, and where they mostly are."""
    paid = by_supplier(bought).head(top)
    every = int(bought["pence"].sum())
    chosen = bought[bought["supplier_name"].astype(str).isin(paid.index)]
    groups = chosen.groupby(chosen["supplier_name"].astype(str))
    section: dict[Any, str] = groups["class"].agg(commonest).to_dict()
    place: dict[Any, str] = groups["place"].agg(commonest).to_dict()
    rows, running = [], 0
    for rank, (name, pence, n) in enumerate(
        zip(paid.index, paid["pence"], paid["rows"], strict=True), start=1
    ):
        running += int(pence)
        share = running / every if every else None
        rows.append((rank, str(name), int(pence) / 100, share, int(n), named(section[name]), place[name]))
    return table("top_suppliers", rows, note="Redacted rows are in no supplier.", in_report=20)


def concentration(bought: pd.DataFrame) -> DataTable:
    """Suppliers, share of the ten largest and HHI of all purchases and of each section."""
    parts = [("all purchases", bought)]
    parts += [(named(section), bought[bought["class"] == section]) for section in SECTIONS]
    rows = []
    for name, part in parts:
        sums = by_supplier(part)["pence"]
        sums = sums[sums > 0]
        if len(sums):
            rows.append((name, len(sums), float(sums.head(10).sum() / sums.sum()), hhi(sums)))
    return table("concentration", rows, note=HHI_NOTE)


def gaps(bought: pd.DataFrame, rings: Rings | None) -> DataTable:
    """Sections bought mostly outside of which the place has firms."""
    units, why = local_units(rings)
    rows: list[tuple[Any, ...]] = []
    for section in SECTIONS:
        part = bought[bought["class"] == section]
        if not len(part):
            continue
        placed = part[part["place"] != RINGS[4]]
        outside = int(placed.loc[placed["place"] != RINGS[0], "pence"].sum())
        known = int(placed["pence"].sum())
        share = outside / known if known else None
        n = units.get(section)
        is_gap = share is not None and n is not None and share > GAP_SHARE and n >= GAP_UNITS
        few = "few sell it here" if n is not None and n < GAP_UNITS else ""
        said = "bought outside, sold here" if is_gap else few
        pounds = int(part["pence"].sum()) / 100
        rows.append((f"{section} {SECTION_NAMES[section]}", pounds, outside / 100, share, n, said))
    rows.sort(key=lambda row: -row[2])
    return table("gaps", rows, note=f"Bought outside: placed purchases from outside the borough. {why}")


def hhi(pence: pd.Series[Any]) -> int | None:
    """Herfindahl-Hirschman index, 0 to 10,000, over suppliers paid more than nothing."""
    paid = pence[pence > 0].astype(float)
    return round(float(((paid / paid.sum()) ** 2).sum()) * 10_000) if len(paid) else None


def commonest(values: Any) -> str:
    """The text that stands most often, "" if none does."""
    found = pd.Series(values, dtype=object).astype(str)
    found = found[~found.isin(("", "nan"))]
    return str(found.mode().iloc[0]) if len(found) else ""
