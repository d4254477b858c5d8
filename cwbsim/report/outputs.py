"""Everything a report leaves: HTML, Excel, figures and CSV always; PDF and Word where their packages are installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cwbsim.analysis.compare import Comparison
from cwbsim.errors import MissingExtraError
from cwbsim.report.committee import committee_report
from cwbsim.report.document import Document
from cwbsim.report.folder import MANIFEST, write_json, written_whole
from cwbsim.report.safe_csv import write_csv
from cwbsim.report.style import rests_on
from cwbsim.report.web_page import page_of, write_pdf
from cwbsim.report.word import write_word
from cwbsim.report.workbook import write_workbook


def write_report(
    comparison: Comparison,
    folder: Path,
    *,
    command: Sequence[str] = (),
    uncertainty: Path | None = None,
    results: Path | None = None,
    force: bool = False,
) -> list[str]:
    """Write the report on a finished comparison into a folder.

    Parameters
    ----------
    uncertainty, results
        As for `committee_report`.

    Returns
    -------
    list[str]
        What could not be made and how to have it: one line for each missing package.
    """
    document = committee_report(comparison, tuple(command), uncertainty=uncertainty, results=results)
    return write_document(document, folder, force=force, about={"rests_on": rests_on(comparison)})


def write_document(
    document: Document, folder: Path, *, force: bool = False, about: Mapping[str, Any] | None = None
) -> list[str]:
    """Write a document in every form: ``report.*``, ``figures/*.svg|png``, ``data/*.csv``; `about` goes into the manifest."""
    with written_whole(folder, force=force) as inside:
        missing = _write_forms(document, inside)
        _write_parts(document, inside)
        said = {"made_by": "cwbsim", "title": document.title, **dict(document.about), **(about or {})}
        said["figures"] = {figure.key: figure.caption for figure in document.figures}
        write_json(inside / MANIFEST, said)
    return missing


def _write_forms(document: Document, folder: Path) -> list[str]:
    """Page, workbook, PDF and Word file; a line for each that a missing package keeps from being made."""
    (folder / "report.html").write_text(page_of(document), encoding="utf-8")
    write_workbook(document, folder / "report.xlsx")
    missing = []
    for write, name in ((write_pdf, "report.pdf"), (write_word, "report.docx")):
        try:
            write(document, folder / name)
        except MissingExtraError as error:
            missing.append(f"{name} is not made: {error.what} ({error.mend})")
    return missing


def _write_parts(document: Document, folder: Path) -> None:
    """Every figure as SVG and PNG, every table as CSV."""
    (folder / "figures").mkdir()
    for figure in document.figures:
        (folder / "figures" / f"{figure.key}.svg").write_text(figure.svg, encoding="utf-8")
        (folder / "figures" / f"{figure.key}.png").write_bytes(figure.png)
    (folder / "data").mkdir()
    said = (document.what_if,) if document.what_if else ()
    for table in document.every_table:
        rows = [(*row, *said) for row in table.rows]
        write_csv(folder / "data" / f"{table.key}.csv", (*table.headings, *(["What if"] * len(said))), rows)
