"""The results kept in RESULTS.md: what is compared, and what would be noticed."""

from __future__ import annotations

import pytest

from experiments import results

ROW = {
    "unit": "jobs",
    "baseline": 120_000.4,
    "policy": 120_010.0,
    "difference": 9.6,
    "low": -3.25,
    "high": 22.45,
}


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page that holds one outcome as it was."""
    file = tmp_path / "RESULTS.md"
    file.write_text(results.page([{"outcome": "jobs", **ROW}]), encoding="utf-8")
    monkeypatch.setattr(results, "FILE", file)


@pytest.mark.usefixtures("page")
def test_what_has_not_moved_is_not_reported():
    assert results.moved([{"outcome": "jobs", **ROW}]) == []


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"baseline": 120_003.0}, "jobs: was"),  # 2.6 jobs of 120,000: more than one in a hundred thousand
        ({"difference": 11.0}, "jobs: was"),  # 1.4 jobs more than before: the same measure
        ({"outcome": "posts"}, "posts is new"),
    ],
)
def test_a_number_that_moves_is_named(change, said):
    wrong = results.moved([{"outcome": "jobs", **ROW, **change}])

    assert wrong[0].startswith(said)


@pytest.mark.usefixtures("page")
def test_an_outcome_that_is_gone_is_named():
    assert results.moved([]) == ["jobs is gone"]


def test_a_baseline_beyond_its_plausible_range_is_named():
    high = results.bounds()["jobs"]["high"]  # 140,000

    wrong = results.implausible([{"outcome": "jobs", **ROW, "baseline": high + 1}])

    assert wrong == [f"jobs: {high + 1:.6g} is outside {results.bounds()['jobs']['low']} to {high}"]


def test_every_headline_outcome_has_a_plausible_range_with_a_reason():
    from cwbsim.outcomes import OUTCOMES

    limits = results.bounds()

    assert {name for name, one in OUTCOMES.items() if one.headline} == set(limits)
    assert all(limit["low"] < limit["high"] and limit["why"] for limit in limits.values())


def test_the_committed_results_are_within_their_plausible_ranges():
    limits = results.bounds()
    outside = [
        name
        for name, row in results.kept().items()
        if not limits[name]["low"] <= row[0] <= limits[name]["high"]
    ]

    assert len(results.kept()) == len(limits)
    assert outside == []
