"""The pages of places exist, and say what the profiles say; they are not run again here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cwbsim.places.profile import load_profile
from cwbsim.places.shipped import shipped_names

PAGES = Path(__file__).resolve().parents[1] / "docs" / "places"
AGAIN = "uv run python -m experiments.fit_of_places"


def test_every_place_has_a_page_and_every_page_a_place():
    pages = {page.stem for page in PAGES.glob("*.md")} - {"index"}

    assert pages == set(shipped_names()), AGAIN
    assert set(json.loads((PAGES / "facts.json").read_text(encoding="utf-8"))) == pages, AGAIN


@pytest.mark.parametrize("name", shipped_names())
def test_a_page_agrees_with_its_profile_in_what_costs_nothing_to_check(name):
    text, profile = (PAGES / f"{name}.md").read_text(encoding="utf-8"), load_profile(name)
    assumed, every = profile.assumed(), profile.figures()

    counts = (
        f"{profile.people:,} people, {profile.households:,} households, {profile.total_jobs:,} jobs, "
        f"{profile.enterprises:,} enterprises, {len(profile.anchors)} anchors"
    )
    assert counts in text, AGAIN
    assert f"{len(assumed)} of {len(every)} figures" in text, AGAIN
    for anchor in profile.anchors:
        assert f"| {anchor.name} |" in text, AGAIN
    for heading in ("Target against drawn", "Does it stand still?", "Multipliers", "What is assumed"):
        assert f"## {heading}\n" in text


@pytest.mark.parametrize("name", shipped_names())
def test_what_a_page_measured_is_plausible(name):
    facts = json.loads((PAGES / "facts.json").read_text(encoding="utf-8"))[name]

    # jobs are dealt to whole firms at a quarter of full size; a borough's Type II is far from a region's
    assert facts["jobs_misplaced"] < 8
    # Manchester is the lowest: pay follows its residents, and its jobs pay more
    assert -50 < facts["output_over"] < 60
    assert 1.02 < facts["type_2_jobs"] < 1.5
