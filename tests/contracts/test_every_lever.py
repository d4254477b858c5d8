"""Every lever, whatever its name: at rest it does nothing, pulled it moves what it says, ended it is gone."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from cwbsim.levers import LEVERS, Lever, Programme
from cwbsim.levers.base import AnchorNames, in_force
from cwbsim.outcomes import OUTCOMES
from cwbsim.plain_errors import number_in_words
from cwbsim.record import Run
from cwbsim.simulation import simulate
from cwbsim.world import Terms, World
from tests.boroughs import borough, run, same, scenario

#: A strong but allowed pull of each lever, on all anchors. A new lever needs a line here, and no more.
PULLED: dict[str, dict[str, Any]] = {
    "social_value_weight": {"weight": 0.5},
    "shared_anchor_commitment": {"adherence": 1.0},
    "encourage_local_firms": {"budget_a_year": 3_000_000.0},
    "prescriptive_priorities": {"share": 1.0, "local_sub_contracts": 1.0},
    "officer_training": {"budget_a_year": 80_000.0, "skill": 1.0},
    "delivery_monitoring": {"budget_a_year": 840_000.0, "followed_up": 1.0},
    "bid_preference": {"preference": 0.2},
    "turnover_requirement": {"multiple": 2.0},
    "below_threshold_reservation": {"below": 5_000_000.0},
    "lotting": {"largest_lot": 50_000.0},
    "second_tier_clause": {"share": 0.5},
    "living_wage_requirement": {"share": 1.0},
    "prompt_payment": {"days": 5.0},
    "insourcing": {"share": 1.0},
    "worker_ownership_support": {"budget_a_year": 3_000_000.0},
    "community_finance": {"budget_a_year": 5_000_000.0},
    "everybody_adopts": {"adoption": 1.0},
    "budget_change": {"share": 0.8},
}
MONTHS = 24
CALENDAR = {"start_month", "end_month", "ramp_months", "anchors"}

every_lever = pytest.mark.parametrize("key", LEVERS)


def pulled(key: str, **when: Any) -> Lever:
    return LEVERS[key](**PULLED[key], **when)


@cache
def recorded(*levers: Lever, months: int = MONTHS) -> Run:
    return simulate(scenario(months=months, levers=levers), 1)


def default_terms() -> Terms:
    world = borough()
    return Terms.default(world.anchors.key.shape[0], world.parameters)


def unlike(a: Terms, b: Terms) -> list[str]:
    return [
        f.name
        for f in fields(Terms)
        if not same(np.asarray(getattr(a, f.name)), np.asarray(getattr(b, f.name)))
    ]


def test_every_lever_has_a_pull_to_be_tested_with() -> None:
    assert set(PULLED) == set(LEVERS)


@every_lever
def test_at_its_neutral_value_it_changes_nothing_bit_for_bit(key: str) -> None:
    at_rest = run(borough(levers=(LEVERS[key](),)), 13)

    assert at_rest.canonical_hash() == borough(months=13).canonical_hash()


@every_lever
def test_pulled_it_moves_the_outcome_it_names(key: str) -> None:
    named = LEVERS[key].moves

    assert named in OUTCOMES
    assert not same(recorded(pulled(key)).series(named), recorded().series(named))


@every_lever
def test_it_changes_nothing_before_its_start(key: str) -> None:
    later = recorded(pulled(key, start_month=7))

    for name, values in recorded().recorder.values.items():
        assert same(later.recorder.values[name][:6], values[:6]), name
    assert same(later.recorder.flows[:6], recorded().recorder.flows[:6])
    assert later.canonical_hash() != recorded().canonical_hash()


@every_lever
def test_its_ramp_is_the_same_whenever_it_starts(key: str) -> None:
    names = AnchorNames.of(borough())
    early, late = pulled(key, ramp_months=6), pulled(key, ramp_months=6, start_month=31)

    ramp = [in_force(early, default_terms(), month, names) for month in range(1, 10)]

    assert [early.strength(m) for m in range(1, 8)] == pytest.approx(
        [1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1, 1]
    )
    for k, terms in enumerate(ramp):
        assert unlike(terms, in_force(late, default_terms(), 31 + k, names)) == []
    assert unlike(ramp[0], ramp[5]) != []
    assert unlike(ramp[5], ramp[8]) == []


#: Movements that go on when a lever has ended, for what was done stays done: loans are paid back, and what was taken
#: in house is made there until its contract would have ended.
LEFT_BEHIND = {"community_finance": {"loan_repayments"}, "insourcing": {"in_house_inputs"}}


@every_lever
def test_nothing_is_left_in_force_after_its_end(key: str) -> None:
    world = borough(levers=(pulled(key, end_month=2),))

    run(world, 2)
    assert unlike(world.terms, default_terms()) != []
    run(world, 1)

    assert unlike(world.terms, default_terms()) == []
    spends = set(world.ledger.by_kind) - LEFT_BEHIND.get(key, set())
    assert spends == set(borough(months=3).ledger.by_kind), "it still spends"


@every_lever
def test_it_binds_the_anchors_it_names_and_no_others(key: str) -> None:
    names = AnchorNames.of(borough())
    some = LEVERS[key](**PULLED[key], anchors=(names.key[0],))

    terms = in_force(some, default_terms(), 1, names)

    for name in unlike(terms, default_terms()):
        value, before = np.asarray(getattr(terms, name)), np.asarray(getattr(default_terms(), name))
        if value.ndim:
            assert same(value[1:], before[1:]), name
            assert not same(value[:1], before[:1]), name


@every_lever
def test_it_leaves_the_terms_it_was_given_as_they_were(key: str) -> None:
    given = default_terms()

    in_force(pulled(key), given, 1, AnchorNames.of(borough()))

    assert unlike(given, default_terms()) == []


NUMBERS = [
    (key, name)
    for key, lever in LEVERS.items()
    for name, about in lever.model_fields.items()
    if isinstance(about.json_schema_extra, dict) and "low" in about.json_schema_extra
]


@pytest.mark.parametrize(("key", "name"), NUMBERS)
def test_a_value_out_of_bounds_is_refused_with_range_and_source(key: str, name: str) -> None:
    about = LEVERS[key].model_fields[name].json_schema_extra
    assert isinstance(about, dict)
    low, high = float(about["low"]), float(about["high"])  # type: ignore[arg-type]
    whole = name in CALENDAR

    for beyond in (low - 1, high + 1):
        value: Any = int(beyond) if whole else beyond
        with pytest.raises(ValidationError, match=name):
            LEVERS[key](**{name: value})
        with pytest.raises(Exception, match=name) as refused:
            scenario(levers={key: {name: value}})
        assert f"allowed: {number_in_words(low)} to {number_in_words(high)} {about['unit']}" in str(refused.value)
        if not whole:
            assert str(about["source"])[:40] in str(refused.value)


@pytest.mark.parametrize(("key", "name"), NUMBERS)
def test_every_number_has_a_unit_and_a_source(key: str, name: str) -> None:
    about = LEVERS[key].model_fields[name].json_schema_extra
    assert isinstance(about, dict)

    assert str(about["unit"]).strip()
    assert len(str(about["source"]).split()) > 1
    assert about["year"]


@every_lever
def test_every_field_says_its_unit(key: str) -> None:
    for name, about in LEVERS[key].model_fields.items():
        assert isinstance(about.json_schema_extra, dict), name
        assert str(about.json_schema_extra.get("unit", "")).strip(), name


@every_lever
def test_every_lever_says_what_is_known_of_it_and_what_it_does_not_do(key: str) -> None:
    assert len(LEVERS[key].evidence.split()) > 5
    assert len(LEVERS[key].limits.split()) > 5


@every_lever
def test_a_programme_is_paid_for_by_somebody(key: str) -> None:
    if not issubclass(LEVERS[key], Programme):
        pytest.skip("a rule spends nothing")
    world = borough(levers=(pulled(key),))
    plain: World = borough()

    run(world, 1)
    run(plain, 1)

    assert set(world.ledger.by_kind) - set(plain.ledger.by_kind), "it has a budget and books no spending"
    assert int(world.ledger.balances.sum()) == int(plain.ledger.balances.sum())
