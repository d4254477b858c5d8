"""A document as one page of HTML that needs nothing else, and as a PDF made of it."""

from __future__ import annotations

import base64
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cwbsim.errors import MissingExtraError
from cwbsim.report.document import DataTable, Document, Figure, Heading, Points, Text

TEMPLATE = "data/report/page.html"
KINDS = {Heading: "heading", Text: "text", Points: "points", DataTable: "table", Figure: "figure"}


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(files("cwbsim").joinpath(TEMPLATE).read_text(encoding="utf-8"))


def page_of(document: Document, *, is_printed: bool = False) -> str:
    """The page: no script, no request to anywhere, all text escaped.

    Printed, its figures are pictures of points: a PDF is made of them in half the time that their lines take.
    """
    blocks = [(KINDS[type(block)], block) for block in document.blocks]
    return str(_template().render(document=document, blocks=blocks, is_printed=is_printed, picture=_picture))


def _picture(figure: Figure) -> str:
    return "data:image/png;base64," + base64.b64encode(figure.png).decode("ascii")


def write_pdf(document: Document, path: Path) -> None:
    """The page as a tagged PDF.

    Raises
    ------
    MissingExtraError
        WeasyPrint, or the Pango it draws text with, is not installed.
    """
    try:
        from weasyprint import HTML
    except ModuleNotFoundError:
        raise MissingExtraError(
            "a PDF needs WeasyPrint, which is not installed", mend='pip install "cwbsim[report]"'
        ) from None
    except OSError:
        raise MissingExtraError(
            "a PDF needs Pango, which is not installed",
            mend="Debian: apt install libpango-1.0-0 libpangoft2-1.0-0; or print the HTML page from a browser",
        ) from None
    HTML(string=page_of(document, is_printed=True)).write_pdf(str(path), pdf_variant="pdf/ua-1")
