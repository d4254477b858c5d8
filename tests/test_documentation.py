"""The documentation says what the code and the data say, and its links lead somewhere."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

import cwbsim
from docs import generate, odd

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "RESULTS.md")]
PAGES += [page for page in sorted((ROOT / "docs").rglob("*.md")) if "_build" not in page.parts]
PAGES += sorted((ROOT / "tests" / "golden").glob("*.md"))
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)\)")


def test_generated_pages_are_what_the_code_and_the_data_say_now():
    assert generate.stale() == [], "uv run python docs/generate.py"


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
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) < 50


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
