"""The built site in a browser: what is moved moves, pages can be read by everybody, and none is too wide.

The site is built first: ``uv run nox -s docs site``, or the last step of ``.ci/run``. Without a built site or a Chromium on
this machine these tests are skipped, and say so.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SITE = Path(os.environ.get("CWBSIM_SITE", "")).resolve()
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
#: One of each kind: front page, generated, executed, lesson, API, command line, bibliography, place, a page to try.
KINDS = (
    "index", "levers", "odd", "equations", "coming_from_mesa", "teach/multiplier", "teach/index", "api", "_api/cwbsim.compare",
    "command_line", "references", "places/wigan", "tutorials/spend_to_report", "try/policy", "try/chance", "try/pound", "trust",
)  # fmt: skip
#: Kinds whose colours are their own: code, tables, pictures, cards, sliders.
DARK = ("index", "levers", "teach/multiplier", "_api/cwbsim.compare", "try/policy")
DEMOS = ("policy", "chance", "pound")
#: Faults of the theme and its extensions that no page can mend: axe's rule, and a part of the page's own markup. A wide
#: equation scrolls, and today's browsers put the keyboard on whatever scrolls.
NOT_OURS = {
    ("aria-deprecated-role", "citation"), ("aria-required-children", "citation-list"),
    ("scrollable-region-focusable", 'class="math'),
}  # fmt: skip
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

pytestmark = [
    pytest.mark.skipif("CWBSIM_SITE" not in os.environ, reason="looks at a built site: uv run nox -s docs site"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
    pytest.mark.filterwarnings("default"),  # of the driver's own event loop
    pytest.mark.xdist_group("browser"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Any) -> Iterator[Any]:
    """Open a page from disk, with light or dark wished for and some width; complaints and requests are kept."""
    contexts: list[Any] = []

    def opened(page: str, *, scheme: str = "light", width: int = 1200) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        tab = context.new_page()
        tab.complaints = []
        tab.on("console", lambda said: tab.complaints.append(said.text) if said.type in ("error", "warning") else None)
        tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
        tab.on("request", lambda one: None if one.url.startswith(("file:", "data:")) else tab.complaints.append(one.url))
        tab.goto((SITE / f"{page}.html").as_uri())
        return tab

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize(
    ("page", "scheme", "width"),
    [*((page, "light", 400) for page in KINDS), *((page, "dark", 1200) for page in KINDS if page in DARK)],
)
def test_a_page_is_quiet_asks_nobody_fits_a_telephone_and_can_be_read_by_everybody(visit, page, scheme, width):
    tab = visit(page, scheme=scheme, width=width)
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    options = {"runOnly": {"type": "tag", "values": tags}, "resultTypes": ["violations"], "preload": False}
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(tab, options=options)

    broken = {
        f"{rule['id']}: {node['html'][:160]}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
        if not any(rule["id"] == known and part in node["html"] for known, part in NOT_OURS)
    }
    assert tab.complaints == []
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert broken == set()


def data(demo: str) -> dict[str, Any]:
    return json.loads((ROOT / "docs" / "demos" / f"{demo}.json").read_text(encoding="utf-8"))


def test_a_policy_shows_the_runs_of_where_its_sliders_stand_moved_by_keys_alone(visit):
    grid = data("policy")
    tab = visit("try/policy")
    sliders = tab.locator("input[type=range]")
    before = tab.locator(".demo-number").first.inner_text()
    sliders.nth(0).press("ArrowLeft")
    sliders.nth(0).press("End")
    sliders.nth(3).press("ArrowRight")

    # the heaviest weight; all anchors and as today, as at first; named by the buyer
    heaviest = len(grid["dials"][0]["stops"]) - 1
    values = grid["cells"][f"{heaviest}-2-0-1"][0]
    mean = 100 * sum(values) / len(values)
    shown = tab.locator(".demo-number").first.inner_text()
    assert shown != before
    assert shown.replace("\u2060", "").replace("\u2212", "-").startswith(f"{mean:+.2f} points")
    assert sliders.nth(0).get_attribute("aria-valuetext") == grid["dials"][0]["stops"][heaviest]
    assert "Clear of luck" in tab.locator(".demo-summary[role=status]").inner_text()
    tab.locator(".demo details summary").click()
    assert tab.locator(".demo tbody tr").count() == len(grid["outcomes"])


def test_fewer_draws_of_luck_make_the_interval_that_the_project_itself_works_out(visit):
    import numpy as np

    from cwbsim.analysis.paired import paired_interval

    grid = data("policy")
    tab = visit("try/policy")
    tab.locator("input[type=range]").nth(4).press("Home")

    place = [one["key"] for one in grid["outcomes"]].index("jobs")
    mean, low, high = paired_interval(np.array(grid["cells"]["1-2-0-0"][place][:2]))
    said = tab.locator(".demo-number").nth(place).inner_text().replace("\u2060", "").replace("\u2212", "-").replace(",", "")
    numbers = [float(one) for one in re.findall(r"[+-]\d+", said)]
    assert numbers == pytest.approx([float(mean), float(low), float(high)], abs=0.51)


def test_a_hundred_pounds_stay_a_hundred_in_every_round(visit):
    tab = visit("try/pound")
    for _ in range(4):
        amounts = [float(one.split()[0].removeprefix("£")) for one in tab.locator(".demo-legend li").all_inner_texts()]
        assert sum(amounts) == pytest.approx(100, abs=0.05)
        tab.get_by_role("button", name="Next round").press("Enter")
    assert "LM3" in tab.locator(".demo-summary[role=status]").inner_text()


def test_another_pair_of_runs_is_one_row_more(visit):
    tab = visit("try/chance")
    tab.get_by_role("button", name="Draw another pair").press("Enter")

    assert tab.locator(".demo-summary[role=status]").inner_text().startswith("3 pairs")
    assert tab.locator(".demo tbody tr").count() == 3


@pytest.mark.parametrize("demo", DEMOS)
def test_without_scripts_a_page_to_try_says_what_it_needs(browser, demo):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto((SITE / "try" / f"{demo}.html").as_uri())

    assert any("scripts switched on" in said for said in tab.locator("noscript").all_inner_texts())
    context.close()
