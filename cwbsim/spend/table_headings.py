"""Titles and columns of the tables of an analysis: "Heading:kind|Heading:kind"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cwbsim.report.document import DataTable, Kind

SOURCE = "the body's published payments, as imported"
HEADINGS: dict[str, tuple[str, str]] = {
    "summary": ("What was paid", "What:text|Pounds:pounds"),
    "by_class": (
        "What the money was for",
        "For:text|Kind:text|Pounds:pounds|Share of all:share|Rows:whole|Suppliers:whole",
    ),
    "by_place": (
        "Where suppliers of purchases are",
        "Where:text|Pounds:pounds|Share of purchases:share|Rows:whole|Suppliers:whole",
    ),
    "local": (
        "Local spend under each definition",
        "Definition:text|Pounds:pounds|Share of placed:share|Lowest share of all:share|Highest share of all:share|"
        "Measured by:text",
    ),
    "by_section_and_place": (
        "What is bought where",
        "Section:text|Borough:pounds|Wider area:pounds|Rest of the UK:pounds|Overseas:pounds|Not placed:pounds",
    ),
    "by_month": ("Month by month", "Month:text|Pounds:pounds|Rows:whole"),
    "by_year": (
        "Year on year",
        "Year:text|Months with payments:whole|All pounds:pounds|Purchases:pounds|Change in purchases:share|"
        "In the borough, of placed:share|Suppliers:whole",
    ),
    "by_payment_size": ("Purchases by size of payment", "Payment:text|Pounds:pounds|Share:share|Rows:whole"),
    "by_supplier_size": (
        "Purchases from small, voluntary and community suppliers",
        "Supplier:text|Pounds:pounds|Share:share|Rows:whole",
    ),
    "by_deprivation": (
        "Purchases by deprivation of the supplier's neighbourhood",
        "Neighbourhood:text|Pounds:pounds|Rows:whole",
    ),
    "top_suppliers": (
        "The suppliers paid most for purchases",
        "Rank:whole|Supplier:text|Pounds:pounds|Share so far:share|Rows:whole|Mostly:text|Where:text",
    ),
    "concentration": (
        "How concentrated purchases are",
        "Purchases:text|Suppliers:whole|Ten largest:share|HHI:whole",
    ),
    "gaps": (
        "What is bought outside that firms here sell",
        "Section:text|Purchases:pounds|Bought outside:pounds|Outside, of placed:share|Local units here:whole|Reading:text",
    ),
}


def table(key: str, rows: Iterable[Sequence[Any]], **more: Any) -> DataTable:
    """A table of the analysis."""
    title, columns = HEADINGS[key]
    pairs = [column.rsplit(":", 1) for column in columns.split("|")]
    kinds: tuple[Kind, ...] = tuple(kind for _, kind in pairs)  # type: ignore[misc]
    more.setdefault("source", SOURCE)
    return DataTable(key, title, tuple(h for h, _ in pairs), kinds, tuple(tuple(row) for row in rows), **more)
