"""A run goes on from a snapshot only where the scenario says of its start what the snapshot was built from."""

from __future__ import annotations

import pickle
from functools import cache
from typing import Any

import pytest

from cwbsim import Scenario, load_scenario, simulate
from cwbsim.continuing import MAY_DIFFER, built_from
from cwbsim.errors import UserError
from cwbsim.places.start import build_world
from cwbsim.region import Region, build_region
from cwbsim.world import World

SMALL = load_scenario("teaching/hamlet").model_copy(
    update={"months": 2, "parameters": {"labour.churn_rate": 0.01}, "anchors": {"council": {"local_share": 0.3}}}
)
BESIDE = load_scenario("wigan/baseline").model_copy(update={"scale": 0.005, "months": 2, "neighbours": ("bolton",)})


@cache
def snapshot() -> World:
    return build_world(SMALL, 1)


@cache
def region() -> Region:
    return build_region(BESIDE, 1)


def refusal(scenario: Scenario, start: Any, seed: int = 1) -> str:
    with pytest.raises(UserError) as caught:
        simulate(scenario, seed, start=start)
    return str(caught.value)


DIFFERENT: dict[str, tuple[Any, str]] = {
    "place": ("bolton", "place is wigan, the run asks for bolton"),
    "scale": (0.5, "scale is 0.002, the run asks for 0.5"),
    "io_year": (2018, "io_year is 2022, the run asks for 2018"),
    "flq_delta": (0.3, "flq_delta is 0.25, the run asks for 0.3"),
    "starts": ("2027-01", "starts is 2026-04, the run asks for 2027-01"),
    "parameters": ({}, "parameters.labour.churn_rate is 0.01, the run asks for "),
    "anchors": ({}, "anchors.council.local_share is 0.3, the run asks for the profile's own"),
}


@pytest.mark.parametrize("field", DIFFERENT)
def test_a_snapshot_built_from_another_figure_is_refused_with_both(field: str) -> None:
    value, said = DIFFERENT[field]

    found = refusal(SMALL.model_copy(update={field: value}), snapshot())

    assert f"the snapshot's {said}" in found
    assert "or start anew" in found


def test_every_field_of_a_scenario_is_compared_or_may_differ() -> None:
    compared = {*DIFFERENT, "neighbours", "seed"}

    assert compared | MAY_DIFFER == set(Scenario.model_fields)
    assert not compared & MAY_DIFFER


def test_all_that_differs_is_said_at_once() -> None:
    found = refusal(SMALL.model_copy(update={"flq_delta": 0.3, "anchors": {}}), snapshot(), seed=2)

    assert [name in found for name in ("flq_delta", "anchors.council.local_share", "seed is 1")] == [True] * 3
    assert "churn_rate" not in found


def test_a_parameter_written_out_at_its_own_value_is_the_same_start() -> None:
    plain = load_scenario("teaching/hamlet").model_copy(update={"months": 1})
    written = plain.model_copy(
        update={"parameters": {"labour.churn_rate": build_world(plain, 1).parameters.labour.churn_rate}}
    )

    assert simulate(written, 1, start=build_world(plain, 1)).world.month == 1


def test_levers_closure_and_words_may_differ() -> None:
    other = SMALL.model_copy(
        update={"title": "Other", "closure": "overrun", "levers": load_scenario("wigan/social_value_20").levers}
    )

    assert simulate(other, 1, start=snapshot()).world.closure == "overrun"


def test_a_snapshot_read_back_from_a_pickle_knows_what_it_was_built_from() -> None:
    kept = pickle.loads(pickle.dumps(snapshot().snapshot()))

    assert kept.built_from == built_from(SMALL)
    assert simulate(SMALL, 1, start=kept).canonical_hash() == simulate(SMALL, 1).canonical_hash()


def test_what_a_world_was_built_from_is_no_part_of_its_state() -> None:
    other = snapshot().snapshot()
    other.built_from = {}

    assert other.canonical_hash() == snapshot().canonical_hash()


@pytest.mark.parametrize(
    ("update", "seed", "said"),
    [
        ({"flq_delta": 0.3}, 1, "flq_delta is 0.25, the run asks for 0.3"),
        ({"scale": 0.01}, 1, "scale is 0.005, the run asks for 0.01"),
        ({}, 2, "seed is 1, the run asks for 2"),
        ({"place": "bolton", "neighbours": ("wigan",)}, 1, "place is wigan, the run asks for bolton"),
    ],
)
def test_several_boroughs_built_from_another_figure_are_refused(update: dict[str, Any], seed: int, said: str) -> None:
    found = refusal(BESIDE.model_copy(update=update), region(), seed)

    assert f"the snapshot's {said}" in found
    assert ("seed" in found) == ("seed" in said)  # a neighbour's own luck is not what anybody asked for


def test_a_borough_that_had_neighbours_does_not_go_on_alone() -> None:
    alone = BESIDE.model_copy(update={"neighbours": ()})
    focus = region().worlds[region().names.index("wigan")]

    assert "the snapshot's neighbours is bolton, the run asks for none" in refusal(alone, focus)


@pytest.mark.parametrize(
    ("scenario", "start", "said"),
    [
        (SMALL, lambda: "x", "start is 'x', not a snapshot"),
        (BESIDE, lambda: "x", "start is 'x', not a snapshot"),
        (SMALL, region, "the snapshot is of several boroughs"),
        (BESIDE, snapshot, "the snapshot is of one borough alone"),
    ],
)
def test_what_is_no_snapshot_of_as_many_boroughs_is_called_what_it_is(scenario: Scenario, start: Any, said: str) -> None:
    assert said in refusal(scenario, start())
