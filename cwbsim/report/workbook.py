"""An Excel workbook as official statistics are published: cover, contents, notes, one table a sheet, native charts.

Text is written as text and numbers as numbers, so nothing that comes from data is ever evaluated. Layout after
"Releasing statistics in spreadsheets" (Government Analysis Function).
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cwbsim.report.document import Chart, DataTable, Document, Points, Text

FORMATS = {"pounds": "£#,##0;-£#,##0", "share": "0.0%", "number": "#,##0.00", "whole": "#,##0", "text": "@"}
WIDEST = 60
LINE = 15.0  # points of a line of text
FIRST_ROW = 4  # of a table's headings, from 0: title, note and source stand above
MOST_ROWS = 1_048_000
MOST_FITTED = 5_000  # rows whose height is worked out
COLOURS = ("#1F4E79", "#C55A11", "#5B8C5A", "#7B5EA7", "#8C8C8C")


def write_workbook(document: Document, path: Path) -> None:
    """Write the tables of a document; the same document gives the same bytes."""
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties(
        {"title": document.title, "subject": document.subtitle, "created": datetime(2000, 1, 1, tzinfo=UTC)}
    )
    styles = {name: book.add_format({"num_format": text, "valign": "top"}) for name, text in FORMATS.items()}
    styles["text"] = book.add_format({"text_wrap": True, "valign": "top"})
    styles |= {
        "title": book.add_format({"bold": True, "font_size": 15}),
        "head": book.add_format({"bold": True, "text_wrap": True, "bottom": 1, "valign": "top"}),
        "plain": book.add_format({"text_wrap": True, "valign": "top"}),
        "link": book.add_format({"font_color": "#0B4F9E", "underline": 1}),
    }
    tables = document.every_table
    names = _sheet_names(tables)
    _cover(book, styles, document)
    _contents(book, styles, tables, names)
    _notes(book, styles, document, tables)
    for table, name in zip(tables, names, strict=True):
        _table(book, styles, table, name)
    book.close()


def _sheet_names(tables: Sequence[DataTable]) -> list[str]:
    """A short name for each table, no two alike whatever their case."""
    names: list[str] = []
    for table in tables:
        stem = re.sub(r"[^\w ]+", " ", table.key.replace("_", " ")).strip()[:26] or "table"
        name, n = stem, 1
        while name.lower() in {other.lower() for other in names} | {"history"}:
            n += 1
            name = f"{stem} {n}"
        names.append(name)
    return names


def _text_sheet(
    book: Any, styles: Any, name: str, title: str, lines: Sequence[tuple[str, ...]], widths: Sequence[int]
) -> Any:
    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    _printed(sheet)
    sheet.write_string(0, 0, title, styles["title"])
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    for row, cells in enumerate(lines, start=2):
        sheet.set_row(row, _height(cells, widths))
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell, styles["plain"])
    return sheet


def _height(cells: Sequence[str], widths: Sequence[int]) -> float:
    """Points that the longest cell of a row needs when it is wrapped: not every program works this out when it opens the file."""
    lines = (math.ceil(len(cell) / max(1, width - 1)) for cell, width in zip(cells, widths, strict=False))
    return LINE * max(1, *lines, 1)


def _cover(book: Any, styles: Any, document: Document) -> None:
    lines = [(document.subtitle,), *((f"{name}: {value}",) for name, value in document.about)]
    _text_sheet(book, styles, "Cover", document.title, lines, [100])


def _contents(book: Any, styles: Any, tables: Sequence[DataTable], names: Sequence[str]) -> None:
    sheet = _text_sheet(book, styles, "Contents", "Contents", [("Sheet", "What it holds")], [30, 90])
    for row, (table, name) in enumerate(zip(tables, names, strict=True), start=3):
        sheet.write_url(row, 0, f"internal:'{name}'!A1", styles["link"], name)
        sheet.write_string(row, 1, table.title, styles["plain"])


def _notes(book: Any, styles: Any, document: Document, tables: Sequence[DataTable]) -> None:
    lines: list[tuple[str, ...]] = [("Sheet", "Note", "Source")]
    lines += [(table.title, table.note, table.source) for table in tables if table.note or table.source]
    said = [block.text for block in document.blocks if isinstance(block, Text)]
    said += [item for block in document.blocks if isinstance(block, Points) for item in block.items]
    lines += [("Report", text, "") for text in said]
    lines.append(("Every sheet", "A cell that holds words instead of a number says why there is none.", ""))
    _text_sheet(book, styles, "Notes", "Notes and sources", lines, [62, 100, 50])


def _table(book: Any, styles: Any, table: DataTable, name: str) -> None:
    sheet = book.add_worksheet(name)
    sheet.write_string(0, 0, table.title, styles["title"])
    sheet.write_string(1, 0, table.note or "No notes.")
    sheet.write_string(2, 0, f"Source: {table.source}" if table.source else "Source: this analysis.")
    rows = table.rows[:MOST_ROWS]
    last = FIRST_ROW + max(1, len(rows))
    headings = _distinct(table.headings)
    sheet.add_table(
        FIRST_ROW, 0, last, len(headings) - 1,
        {"name": "t_" + re.sub(r"\W+", "_", name), "style": "Table Style Light 1", "autofilter": False,
         "columns": [{"header": heading, "header_format": styles["head"]} for heading in headings]},
    )  # fmt: skip
    widths = _widths(table, headings, rows)
    for column, kind in enumerate(table.kinds):
        sheet.set_column(column, column, widths[column])
        for number, row in enumerate(rows, start=FIRST_ROW + 1):
            _cell(sheet, number, column, row[column], styles[kind], table.missing)
    sheet.set_row(FIRST_ROW, _height(headings, widths))
    words = [column for column, kind in enumerate(table.kinds) if kind == "text"]
    for number, row in enumerate(rows[:MOST_FITTED], start=FIRST_ROW + 1):
        height = _height([str(row[column]) for column in words], [widths[column] for column in words])
        if height > LINE:
            sheet.set_row(number, height)
    if not rows:
        sheet.write_string(FIRST_ROW + 1, 0, "There are no rows.")
    _printed(sheet)
    sheet.freeze_panes(FIRST_ROW + 1, 1)
    if table.chart and rows:
        _chart(book, sheet, table, table.chart, name)


def _widths(table: DataTable, headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[int]:
    """Characters across each column: what its first rows hold, within reason."""
    shown = [table.shown(row) for row in rows[:200]]
    longest = [max((len(cells[column]) for cells in shown), default=0) for column in range(len(headings))]
    return [min(WIDEST, max(12, n + 2, min(24, len(head) + 2))) for n, head in zip(longest, headings, strict=True)]


def _printed(sheet: Any) -> None:
    """A4, sideways, as wide as the page."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _cell(sheet: Any, row: int, column: int, value: Any, style: Any, missing: str) -> None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        sheet.write_string(row, column, missing)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    else:
        sheet.write_number(row, column, value, style)


def _distinct(headings: Sequence[str]) -> list[str]:
    found: list[str] = []
    for number, heading in enumerate(headings):
        found.append(heading if heading and heading not in found else f"{heading or 'Column'} {number + 1}")
    return found


def _chart(book: Any, sheet: Any, table: DataTable, about: Chart, name: str) -> None:
    chart = book.add_chart({"type": about.kind})
    n = min(len(table.rows), about.rows or len(table.rows))
    first, last = FIRST_ROW + 1, FIRST_ROW + n
    for number, column in enumerate(about.values):
        colour = COLOURS[number % len(COLOURS)]
        look = (
            {"line": {"color": colour, "width": 2.25}}
            if about.kind == "line"
            else {"fill": {"color": colour}}
        )
        chart.add_series({"name": table.headings[column], "categories": [name, first, about.names, last, about.names],
                          "values": [name, first, column, last, column], **look})  # fmt: skip
    chart.set_title({"name": table.title, "name_font": {"size": 12}})
    chart.set_legend({"position": "bottom"} if len(about.values) > 1 else {"none": True})
    number_format = FORMATS[table.kinds[about.values[0]]]
    axis = {"num_format": number_format, "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}}
    (chart.set_x_axis if about.kind == "bar" else chart.set_y_axis)(axis)
    if about.kind == "bar":
        chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 720, "height": max(300, 24 * n + 120 if about.kind == "bar" else 360)})
    sheet.insert_chart(FIRST_ROW, len(table.headings) + 1, chart, {"description": about.alt})
