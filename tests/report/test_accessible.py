"""The report and the spend analysis in a browser: read by everybody, worked by keys alone, no wider than a telephone.

Needs Playwright and axe-core (``uv run --group docs``) and a Chromium on this machine; skipped, saying so, where they are not.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from report.small_comparison import small_comparison

from cwbsim.report.committee import committee_report
from cwbsim.report.web_page import page_of
from cwbsim.spend import import_spend
from cwbsim.spend.analysis import analyse
from cwbsim.spend.outputs import document_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
    pytest.mark.filterwarnings("default"),  # of the driver's own event loop
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, str]:
    """Addresses of a report on two policies and of an analysis of payments."""
    folder = tmp_path_factory.mktemp("pages")
    paid = folder / "paid.csv"
    lines = [f'Council,"<b>Firm</b> {n} Ltd",WN1 1YN,Legal Fees,0{1 + n % 9}/04/2022,{n}00.00' for n in range(1, 30)]
    paid.write_text("Body Name,Supplier,Postcode,Expense Type,Date,Amount\n" + "\n".join(lines) + "\n")
    found = import_spend([paid], "wigan")
    documents = {"report": committee_report(small_comparison(2)), "analysis": document_of(analyse(found.frame, found.rings))}
    for name, document in documents.items():
        (folder / f"{name}.html").write_text(page_of(document), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in documents}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    reason = "Playwright and axe-core are not installed: uv run --group docs pytest tests/report/test_accessible.py"
    pytest.importorskip("axe_playwright_python", reason=reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


def opened(browser: Any, address: str, width: int) -> Any:
    tab = browser.new_context(viewport={"width": width, "height": 900}).new_page()
    tab.asked = []
    tab.on("request", lambda one: tab.asked.append(one.url))
    tab.goto(address)
    return tab


@pytest.mark.parametrize("width", [400, 1280])
@pytest.mark.parametrize("name", ["report", "analysis"])
def test_axe_finds_nothing_the_page_fits_and_asks_nobody(browser, pages, name, width):
    from axe_playwright_python.sync_playwright import Axe

    tab = opened(browser, pages[name], width)
    tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")

    found = Axe().run(tab, options={"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]})

    assert [(rule["id"], rule["nodes"][0]["html"][:120]) for rule in found.response["violations"]] == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.asked == [pages[name]]


def test_a_report_is_worked_by_keys_alone(browser, pages):
    tab = opened(browser, pages["report"], 1280)

    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.textContent") == "Skip to the content"
    assert tab.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#content")
    summary = tab.locator("details summary").first
    summary.focus()
    tab.keyboard.press("Enter")
    assert tab.locator("details").first.get_attribute("open") is not None
    assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    wide = tab.locator(".scroll").evaluate_all("all => all.filter(one => one.tabIndex !== 0).length")
    assert wide == 0
