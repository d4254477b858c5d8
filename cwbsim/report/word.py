"""A document as a Word file: styles and headings a committee clerk can edit, tables with marked heading rows."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cwbsim.errors import MissingExtraError
from cwbsim.report.document import DataTable, Document, Figure, Heading, Points, Text

FONT = "Arial"
PAGE_WIDTH = 17.0  # centimetres between the margins
LEAST_WEIGHT, MOST_WEIGHT = 9, 48  # characters of a column that count when the width is shared
CHARACTERS = "".join(map(chr, (*range(9), 11, 12, *range(14, 32))))  # which XML cannot hold
PLAIN = str.maketrans(dict.fromkeys(CHARACTERS, " "))


def write_word(document: Document, path: Path) -> None:
    """Write the file.

    Raises
    ------
    MissingExtraError
        python-docx is not installed.
    """
    try:
        import docx
        from docx.shared import Pt
    except ModuleNotFoundError:
        raise MissingExtraError("Word files need python-docx", mend='pip install "cwbsim[report]"') from None
    file = docx.Document()
    normal = file.styles["Normal"]
    normal.font.name, normal.font.size = FONT, Pt(11)
    for level in (1, 2, 3):
        file.styles[f"Heading {level}"].font.name = FONT
    file.styles["Title"].font.name = FONT
    _page(file)
    about = file.core_properties
    about.title, about.subject, about.author, about.language = (
        document.title,
        document.subtitle,
        "cwbsim",
        "en-GB",
    )
    about.created = about.modified = datetime(2000, 1, 1, tzinfo=UTC)
    file.add_heading(_plain(document.title), 0)
    file.add_paragraph(_plain(document.subtitle), style="Subtitle")
    for block in document.blocks:
        _block(file, block)
    if document.about:
        file.add_heading("About this report", 1)
        for name, value in document.about:
            paragraph = file.add_paragraph()
            paragraph.add_run(f"{_plain(name)}: ").bold = True
            paragraph.add_run(_plain(value))
    file.save(str(path))


def _page(file: Any) -> None:
    from docx.shared import Cm

    for section in file.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.top_margin = section.bottom_margin = Cm(2)


def _plain(text: str) -> str:
    return text.translate(PLAIN)


def _block(file: Any, block: Any) -> None:
    from docx.shared import Cm

    match block:
        case Heading():
            file.add_heading(_plain(block.text), block.level - 1)
        case Text():
            file.add_paragraph(_plain(block.text))
        case Points():
            for item in block.items:
                file.add_paragraph(_plain(item), style="List Bullet")
        case DataTable():
            _table(file, block)
        case Figure():
            _caption(file, block.title)
            shape = file.add_picture(io.BytesIO(block.png), width=Cm(16.8))
            shape._inline.docPr.set("descr", _plain(block.alt))
            shape._inline.docPr.set("title", _plain(block.title))
            if block.caption:
                file.add_paragraph(_plain(block.caption))


def _caption(file: Any, text: str) -> None:
    """The title of a table or figure, on the page of what it stands above."""
    file.add_paragraph(_plain(text), style="Caption").paragraph_format.keep_with_next = True


def _widths(rows: list[list[str]]) -> list[Any]:
    """How the width of the page is shared among columns: by their longest cells, within reason."""
    from docx.shared import Cm

    wanted = [min(MOST_WEIGHT, max(LEAST_WEIGHT, *map(len, cells))) for cells in zip(*rows, strict=True)]
    return [Cm(PAGE_WIDTH * one / sum(wanted)) for one in wanted]


def _table(file: Any, table: DataTable) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement
    from docx.shared import Pt

    _caption(file, table.title)
    shown = file.add_table(rows=1, cols=len(table.headings))
    shown.style = "Light List Accent 1"
    shown.autofit = False
    rows = [list(table.headings), *(table.shown(row) for row in table.rows_shown)]
    widths = _widths(rows)
    for column, width in zip(shown.columns, widths, strict=True):
        column.width = width
    for number, cells in enumerate(rows):
        row = shown.rows[0] if number == 0 else shown.add_row()
        for column, (place, cell) in enumerate(zip(row.cells, cells, strict=True)):
            place.width = widths[column]
            paragraph = place.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(0)
            run = paragraph.add_run(_plain(cell))
            run.font.size = Pt(9)
            if table.is_number(column):
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    shown.rows[0]._tr.get_or_add_trPr().append(mark)
    note = " ".join(part for part in (table.note, f"Source: {table.source}." if table.source else "") if part)
    if note:
        file.add_paragraph().add_run(_plain(note)).font.size = Pt(9)
