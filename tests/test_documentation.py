"""The documentation says what the code and the data say, and its links lead somewhere."""

from __future__ import annotations

import csv
import json
import math
import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

import cwbsim
from cwbsim.economy.routes import BANDS
from cwbsim.law import rules
from cwbsim.levers import LEVERS, Lever
from cwbsim.parameters import load_parameters
from cwbsim.world import ROUTES
from docs import demos, generate, law, levers, odd, routes

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "RESULTS.md")]
PAGES += [page for page in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in page.parts]
PAGES += sorted((ROOT / "tests" / "golden").glob("*.md"))
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)\)")


def test_generated_pages_are_what_the_code_and_the_data_say_now():
    assert generate.stale() == [], "uv run python docs/generate.py"


def test_the_page_of_the_law_tells_every_rule_and_whether_a_check_reads_it() -> None:
    told = law.page()
    assert set(rules()) == {"threshold", "light_touch", "unchecked", *law.CHECKED}
    for name, rows in rules().items():
        for row in rows:
            assert row["source"] in told, (name, row["from"])
            assert row.get("rule", "")[1:] in told, (name, row["from"])
    assert "217,562 (181,302)" in told


def test_the_page_on_routes_tells_of_every_route_with_the_share_the_parameters_give_it():
    told, parameters = routes.page(), load_parameters()

    assert list(routes.TOLD) == list(ROUTES)
    for route, (name, _, _) in routes.TOLD.items():
        row = next(line for line in told.splitlines() if line.startswith(f"| {name} | ") and "(" in line)
        shares = [float(cell.split("(")[0]) for cell in row.strip("| ").split("|")[1:]]
        drawn = [100 * parameters.figure(f"contract_book.{route}_{band}").value for band in BANDS]
        assert shares == pytest.approx(drawn, abs=0.5), route


def test_every_lever_has_a_page_of_its_own_with_evidence_limits_and_every_field():
    told = levers.pages()

    for key, lever in LEVERS.items():
        page = told[f"levers/{key}.md"]
        assert "## What is known of it" in page, key
        assert "## What it does not do" in page, key
        own = set(lever.model_fields) - set(Lever.model_fields)
        assert {name for name in own if f"| `{name}` |" in page} == own
        assert f"(levers/{key}.md)" in told["levers.md"]


def test_a_lever_s_page_tells_of_what_it_moves_by_itself_only_what_leaves_out_nil(monkeypatch):
    def row(outcome, low, high):
        about = {"scenario": "Lotting", "outcome": outcome, "unit": "jobs", "seeds": "8"}
        return {**about, "baseline": "100", "difference": str((low + high) / 2), "low": str(low), "high": str(high)}

    monkeypatch.setattr(levers, "_found", lambda: (row("jobs", 1, 3), row("firms_open", -1, 3), row("births", 1, 3)))
    page = levers.pages()["levers/lotting.md"]

    assert "Of the 2 outcomes shown first" in page  # births are not among them
    assert "| Jobs | jobs | 100 | +2" in page
    assert "| Firms open |" not in page


def test_what_experiment_7_says_it_found_is_what_its_table_holds():
    folder = ROOT / "experiments" / "07_alone_and_together"
    with (folder / "interaction.csv").open(encoding="utf-8", newline="") as opened:
        held = {(row["outcome"], row["part"]): row for row in csv.DictReader(opened)}
    told = (folder / "README.md").read_text(encoding="utf-8").replace("**", "")
    rows = {"bidders per tender": ("bidders_per_tender", 1), "price, %": ("price_over_should_cost", 100),
            "service bought": ("service_volume", 1e-6), "local spend": ("local_spend", 1e-6), "jobs here": ("jobs", 1),
            "residents in work": ("residents_in_work", 1)}  # fmt: skip
    for start, (outcome, factor) in rows.items():
        line = next(line for line in told.splitlines() if line.startswith(f"| {start}"))
        cells = [re.findall(r"-?\d+(?:\.\d+)?", cell) for cell in line.strip("| ").split(" | ")[1:]]
        for part, cell in zip(("sum of the parts", "together", "interaction"), cells, strict=True):
            for number, name in zip(cell, ("difference", "low", "high"), strict=True):
                digits = len(number.partition(".")[2])
                assert float(number) == round(factor * float(held[outcome, part][name]), digits), (outcome, part, name)


def test_every_sentence_of_the_odd_description_leads_to_code_and_tests_that_exist():
    described = odd.sentences()

    assert list(odd.leading_nowhere()) == []
    assert [one.number for one in described if not (one.code and one.tests)] == []
    assert {one.element.partition(":")[0] for one in described} == {
        "Purpose and patterns",
        "Entities, state variables and scales",
        "Process overview and scheduling",
        "Design concepts",
        "Initialization",
        "Input data",
        "Submodels",
    }
    concepts = [one.element for one in described if one.element.startswith("Design concepts")]
    assert len(set(concepts)) == 11  # basic principles, emergence, ... observation


def test_a_sentence_that_leads_nowhere_is_found(monkeypatch):
    wrong = odd.Sentence("Submodels", "9.9", "t", ("world.Moon", "moon.Firm"), ("test_chance.py::test_moon", "moon.py::t"))
    monkeypatch.setattr(odd, "sentences", lambda: [wrong])

    assert list(odd.leading_nowhere()) == [
        "9.9: cwbsim.world.Moon",
        "9.9: cwbsim.moon.Firm",
        "9.9: tests/test_chance.py::test_moon",
        "9.9: tests/moon.py::t",
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_between_pages_leads_to_a_file(page):
    missing = [to for to in LINK.findall(page.read_text(encoding="utf-8")) if not (page.parent / to).exists()]

    assert missing == []


def test_contributing_fits_on_a_page():
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 60


def test_vision_is_three_lines_and_one_refuses():
    lines = (ROOT / "VISION.md").read_text(encoding="utf-8").splitlines()

    assert len(lines) == 3
    assert any("will not" in line for line in lines)


def test_every_entry_of_the_changelog_says_whether_results_change():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    entries = re.split(r"^- ", text, flags=re.MULTILINE)[1:]

    says = re.compile(r"Results\s+change: (yes|no)")
    silent = [entry.splitlines()[0] for entry in entries if not says.search(entry)]
    assert entries
    assert silent == []


def test_the_version_is_the_same_wherever_it_is_written():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    codemeta = json.loads((ROOT / "codemeta.json").read_text(encoding="utf-8"))

    assert f"version: {project['version']}\n" in citation
    assert f"license: {project['license']}\n" in citation
    assert codemeta["version"] == project["version"] == cwbsim.__version__


def test_pins_hold_names_and_versions_but_no_addresses():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    pins = project["tool"]["uv"]["constraint-dependencies"]

    assert len(pins) > 50
    assert [pin for pin in pins if not re.match(r"^[a-z0-9._-]+==[0-9a-z.!+]+( ; .+)?$", pin)] == []


def american() -> dict[str, str]:
    """American spellings with the British one: codespell's own list, the other way round."""
    import codespell_lib

    listed = Path(codespell_lib.__file__).parent / "data" / "dictionary_en-GB_to_en-US.txt"
    pairs = (line.partition("->") for line in listed.read_text(encoding="utf-8").splitlines() if "->" in line)
    return {there.split(",")[0].strip(): here for here, _, there in pairs if "," not in there.rstrip(",")}


def prose(page: Path) -> str:
    """A page's text without code, links' targets, names of outcomes and references."""
    not_prose = r"```.*?```|`[^`]*`|\]\([^)]*\)|https?://\S+"
    text = re.sub(not_prose, " ", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\S*[_/=]\S*", " ", text)


def misspelt(pages: list[Path]) -> list[str]:
    from codespell_lib import _codespell as codespell

    known: dict[str, object] = {}
    for name in ("dictionary.txt", "dictionary_rare.txt"):
        codespell.build_dict(str(Path(codespell.__file__).parent / "data" / name), known, set())
    lines = (ROOT / "docs" / "words.txt").read_text(encoding="utf-8").splitlines()
    field = {line.partition("#")[0].strip() for line in lines}
    wrong = {**american(), **dict.fromkeys(known, "?")}
    found = set()
    for page in pages:
        for word in re.findall(r"[A-Za-z]+", prose(page)):
            if word.lower() in wrong and word not in field and word.lower() not in field:
                found.add(f"{page.name}: {word}")
    return sorted(found)


def test_pages_are_spelt_as_in_britain_and_without_the_usual_slips():
    assert misspelt(PAGES) == []


def test_a_slip_and_an_american_spelling_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("The neighbor recieves `color` from a centre; analyse it.", encoding="utf-8")

    assert misspelt([page]) == ["page.md: neighbor", "page.md: recieves"]


def test_every_picture_of_a_lesson_or_tutorial_says_in_words_what_it_shows():
    cells = re.compile(r"^```\{code-cell\} ipython3\n(.*?)^```", re.MULTILINE | re.DOTALL)
    pages = [page for page in PAGES if {"teach", "tutorials"} & set(page.parts)]
    drawn = [(page.name, cell) for page in pages for cell in cells.findall(page.read_text(encoding="utf-8"))]
    pictures = [(name, cell) for name, cell in drawn if re.search(r"plt\.show\(\)|^Image\(", cell, re.MULTILINE)]

    assert len(pictures) > 12
    assert [name for name, cell in pictures if "    alt: " not in cell] == []


def test_pages_to_try_hold_real_runs_and_are_small_enough_to_open_anywhere():
    files = {path.stem: path for path in (ROOT / "docs" / "demos").glob("*.json")}
    shown = {page.stem for page in (ROOT / "docs" / "try").glob("*.md")} - {"index"}
    made = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in files.items()}

    assert set(files) == shown == set(demos.MADE)
    assert [name for name, path in files.items() if path.stat().st_size > 300_000] == []
    stops = [len(dial["stops"]) for dial in made["policy"]["dials"]]
    assert len(made["policy"]["cells"]) == math.prod(stops)
    assert {len(values) for cell in made["policy"]["cells"].values() for values in cell} == {demos.MADE["policy"][1]}


def test_the_first_draw_that_a_page_to_try_shows_is_what_the_model_says_now():
    shown = json.loads((ROOT / "docs" / "demos" / "chance.json").read_text(encoding="utf-8"))
    base, _ = demos.village()
    run = cwbsim.simulate(base, seed=shown["made"]["seeds"][0])

    # of the last year; prices, bidders, promises, shares and jobs are means of its months
    now = {one["key"]: np.nanmean(run.series(one["key"])[-12:]) for one in shown["outcomes"]}
    assert now == {one["key"]: pytest.approx(one["without"][0], rel=1e-4) for one in shown["outcomes"]}, demos.COMMAND
