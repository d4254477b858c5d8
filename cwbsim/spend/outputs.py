"""An analysis as a short page, a workbook and CSV files."""

from __future__ import annotations

from pathlib import Path

from cwbsim.report.document import DataTable, Document, Heading, Text
from cwbsim.report.safe_csv import write_csv
from cwbsim.report.web_page import page_of
from cwbsim.report.workbook import write_workbook
from cwbsim.spend.analysis import SpendAnalysis
from cwbsim.spend.leaving import left_whole

PAGE = "analysis.html"
IN_PAGE = ("summary", "by_class", "by_place", "local", "by_year", "by_payment_size", "by_supplier_size", "by_deprivation",
           "top_suppliers", "concentration", "gaps")  # fmt: skip


def document_of(found: SpendAnalysis) -> Document:
    """The analysis as a document of a few pages."""
    facts = found.facts
    placed = facts["placed_share"] or 0.0
    near = facts["local_share_of_placed"]
    lead = f"{facts['rows']:,} payments, {facts['period']}. {placed:.0%} of purchases could be placed by postcode."
    blocks: list[Heading | Text | DataTable] = [Heading("In short"), Text(lead)]
    if near is not None:
        said = (
            f"Of purchases that could be placed, {near:.1%} went to suppliers with premises in the borough."
        )
        blocks.append(Text(f"{said} What could not be placed may differ."))
    if facts["influenceable_share"] is not None:
        said = f"{facts['influenceable_share']:.1%} of all that was paid were purchases:"
        rest = "The rest are transfers, grants, benefits, taxes and other payments."
        blocks.append(Text(f"{said} what buying differently can reach at most. {rest}"))
    for key in IN_PAGE:
        table = found.table(key)
        blocks += [Heading(table.title), table] if table.rows else [Heading(table.title), Text(table.note)]
    return Document(found.title, "An analysis of published payments", tuple(blocks), tables=found.tables)


def write_analysis(found: SpendAnalysis, folder: Path, *, force: bool = False) -> None:
    """Leave analysis.html, analysis.xlsx and a CSV file for each table.

    Raises
    ------
    CannotWriteError
        There is something there already (`force` replaces an analysis, nothing else), or it cannot be written.
    """
    with left_whole(folder, PAGE, force=force) as inside:
        document = document_of(found)
        (inside / PAGE).write_text(page_of(document), encoding="utf-8")
        write_workbook(document, inside / "analysis.xlsx")
        for table in found.tables:
            write_csv(inside / f"{table.key}.csv", table.headings, table.rows)
