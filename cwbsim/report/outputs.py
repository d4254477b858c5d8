"""Everything a report leaves: HTML, Excel, figures and CSV always; PDF and Word where their packages are installed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cwbsim.analysis.compare import Comparison
from cwbsim.errors import MissingExtraError
from cwbsim.report.committee import committee_report
from cwbsim.report.document import Document
from cwbsim.report.folder import MANIFEST, write_json, written_whole
from cwbsim.report.safe_csv import write_csv
from cwbsim.report.web_page import page_of, write_pdf
from cwbsim.report.word import write_word
from cwbsim.report.workbook import write_workbook


def write_report(
    comparison: Comparison, folder: Path, *, command: Sequence[str] = (), force: bool = False
) -> list[str]:
    """Write the report on a finished comparison into a folder.

    Returns
    -------
    list[str]
        What could not be made and how to have it: one line for each missing package.
    """
    return write_document(committee_report(comparison, tuple(command)), folder, force=force)


def write_document(document: Document, folder: Path, *, force: bool = False) -> list[str]:
    """Write a document in every form: ``report.*``, ``figures/*.svg|png``, ``data/*.csv``."""
    missing = []
    with written_whole(folder, force=force) as inside:
        (inside / "report.html").write_text(page_of(document), encoding="utf-8")
        write_workbook(document, inside / "report.xlsx")
        for write, name in ((write_pdf, "report.pdf"), (write_word, "report.docx")):
            try:
                write(document, inside / name)
            except MissingExtraError as error:
                missing.append(f"{name} is not made: {error.what} ({error.mend})")
        (inside / "figures").mkdir()
        for figure in document.figures:
            (inside / "figures" / f"{figure.key}.svg").write_text(figure.svg, encoding="utf-8")
            (inside / "figures" / f"{figure.key}.png").write_bytes(figure.png)
        (inside / "data").mkdir()
        for table in document.every_table:
            write_csv(inside / "data" / f"{table.key}.csv", table.headings, table.rows)
        about = {"made_by": "cwbsim", "title": document.title, **dict(document.about)}
        write_json(
            inside / MANIFEST,
            about | {"figures": {figure.key: figure.caption for figure in document.figures}},
        )
    return missing
