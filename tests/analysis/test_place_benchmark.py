"""A borough beside its area: the definitions of local on contracts small enough for paper, and what is published."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from cwbsim.analysis.place_benchmark import (
    DEFINITIONS,
    PlaceBenchmark,
    local_shares,
    place_benchmark,
    published,
)
from cwbsim.cli import main
from cwbsim.errors import BAD_INPUT, UserError
from cwbsim.world import BOROUGH, OUTSIDE, WIDER


def town() -> Any:
    """Five contracts of £10, £20, £30, £15 and £25: a firm based here, a branch of an outside chain, a site without
    staff, a supplier of the wider area without a branch, one from elsewhere with a branch here."""
    return SimpleNamespace(
        needs=SimpleNamespace(
            anchor=np.array([0, 0, 0, 1, 1]),
            budget=np.array([10, 20, 30, 15, 25]),
            supplier=np.array([0, 1, 2, -1, -2]),
            place=np.array([BOROUGH, BOROUGH, BOROUGH, WIDER, OUTSIDE]),
        ),
        firms=SimpleNamespace(key=np.arange(3), owner_place=np.array([BOROUGH, OUTSIDE, BOROUGH])),
        pool=SimpleNamespace(has_branch=np.array([False, True])),
        employers=SimpleNamespace(
            n_residents=np.array([2, 5, 0, 9]), n_from_wider=np.array([0, 1, 0, 0]), n_from_outside=np.array([0, 0, 0, 0])
        ),
    )


@pytest.mark.parametrize(
    ("definition", "pounds"),
    [
        ("headquarters", 10 + 30),
        ("invoice_address", 10 + 30 + 20 / 2),  # half of a branch's payments are invoiced there (assumed)
        ("substantive_operations", 10 + 20),  # nobody works at the third
        ("based_or_branched", 10 + 20 + 30 + 25),
        ("region", 10 + 20 + 30 + 15),
    ],
)
def test_each_definition_counts_what_it_says(definition, pounds):
    assert local_shares(town())[definition] == pytest.approx(pounds / 100)


def test_contracts_of_one_anchor_are_taken_alone():
    # the second has £15 in the wider area and £25 with a supplier that has a branch here
    found = local_shares(town(), np.array([False, True]))

    assert found["headquarters"] == 0
    assert found["based_or_branched"] == pytest.approx(25 / 40)
    assert found["region"] == pytest.approx(15 / 40)


def test_no_contracts_have_no_share():
    assert all(np.isnan(share) for share in local_shares(town(), np.array([False, False])).values())


def test_the_mean_and_the_rank_are_over_boroughs_each_counted_once():
    shares = {name: dict.fromkeys(DEFINITIONS, value) for name, value in (("a", 0.2), ("b", 0.5), ("c", 0.8))}
    found = PlaceBenchmark("b", "greater_manchester", "councils", shares, seeds=1, scale=0.1)

    assert found.mean("region") == pytest.approx(0.5)
    assert found.rank("region") == 2


def test_the_published_benchmark_of_greater_manchester_is_what_was_published():
    found = published("greater_manchester", "wigan")

    assert found is not None
    assert found["share"] == 0.569
    # the ten shares add to 5.378, so their mean is 53.8 %
    assert found["mean"] == pytest.approx(0.538, abs=0.0005)
    assert "CLES" in found["source"]
    assert published("nowhere", "wigan") is None


def test_a_place_outside_any_area_and_a_wrong_word_are_refused():
    with pytest.raises(UserError, match="unknown place"):
        place_benchmark("wigann")
    with pytest.raises(UserError, match="council, all"):
        place_benchmark("wigan", whose="hospital")


def test_a_borough_is_set_beside_its_neighbours(monkeypatch):
    # two of Lancashire's fourteen stand for all, to be quick
    monkeypatch.setattr("cwbsim.analysis.place_benchmark.places_of_area", lambda area: ["hyndburn", "preston"])
    done = CliRunner().invoke(main, ["place", "benchmark", "preston", "--scale", "0.02", "--json", "--quiet"])

    assert done.exit_code == 0, done.stderr
    told = json.loads(done.stdout)
    rows = {row["definition"]: row for row in told["definitions"]}
    assert list(rows) == list(DEFINITIONS)
    assert told["places"] == 2
    for row in rows.values():
        assert 0 <= row["lowest"] <= row["area_mean"] <= row["highest"] <= 1
    # wider definitions hold the narrower ones
    assert rows["headquarters"]["share"] <= rows["invoice_address"]["share"] <= rows["based_or_branched"]["share"]
    assert rows["substantive_operations"]["share"] <= rows["region"]["share"]


def test_an_unknown_place_is_said_on_the_command_line():
    done = CliRunner().invoke(main, ["place", "benchmark", "atlantis"])

    assert done.exit_code == BAD_INPUT
    assert "atlantis" in done.stderr
