"""Every outcome, whatever its name: range, unit, definition, and that measuring changes nothing."""

from __future__ import annotations

import math

import numpy as np
import pytest
from towns import town

from cwbsim.outcomes import OUTCOMES, Outcome, Reading, labels, outcome_rows
from cwbsim.outcomes.reading import savings_by_decile

UNITS = {
    "£", "£ a year", "£ per £", "share", "jobs", "people", "firms", "households", "index", "ratio", "tenders",
    "bids", "bids per tender",
}  # fmt: skip
MAY_BE_NEGATIVE = {
    "service_volume_lost", "service_volume_lost_by_anchor", "net_exchequer", "firm_cash", "household_savings",
    "household_savings_by_decile", "anchor_cash", "disposable_income", "disposable_income_by_decile",
    "business_taxes",
}  # fmt: skip

every_outcome = pytest.mark.parametrize("one", OUTCOMES.values(), ids=OUTCOMES.keys())


def read(**changes: object) -> Reading:
    world = town(**changes)
    return Reading(world, savings_by_decile(world))


@every_outcome
def test_every_outcome_lies_in_the_range_of_its_kind(one: Outcome) -> None:
    value = np.asarray(one.function(read()))

    known = value[np.isfinite(value)]
    assert known.size
    if one.kind == "share":
        assert ((known >= 0) & (known <= 1)).all()
    elif one.name not in MAY_BE_NEGATIVE:
        assert (known >= 0).all()


@every_outcome
def test_every_outcome_has_one_value_for_each_of_its_labels(one: Outcome) -> None:
    value = one.function(read())

    if one.breakdown:
        assert isinstance(value, np.ndarray)
        assert value.dtype == np.float64
        assert value.shape == (len(labels(town(), one.breakdown)),)
    else:
        assert isinstance(value, float)


@every_outcome
def test_every_outcome_says_what_it_is(one: Outcome) -> None:
    assert one.unit in UNITS
    assert one.kind in {"flow", "stock", "share"}
    assert (one.unit == "share") == (one.kind == "share")
    assert one.definition[0].isupper()
    assert one.definition.endswith(".")
    assert 5 <= len(one.definition.split()) <= 60


@every_outcome
def test_no_outcome_changes_the_world(one: Outcome) -> None:
    now = read()
    before = now.world.canonical_hash(), now.world.ledger.flows.copy()

    one.function(now)

    assert now.world.canonical_hash() == before[0]
    assert (now.world.ledger.flows == before[1]).all()


@pytest.mark.parametrize(
    "one", [one for one in OUTCOMES.values() if one.scaled != "needs"], ids=lambda o: o.name
)
def test_totals_are_scaled_up_and_shares_and_averages_are_not(one: Outcome) -> None:
    full, half = (np.asarray(one.function(read(scale=scale))) for scale in (1.0, 0.5))

    is_total = one.unit in {"£", "jobs", "people", "firms", "households"}
    assert one.scaled == ("place" if is_total else "")
    np.testing.assert_allclose(half, full * (2 if is_total else 1), equal_nan=True)


def test_only_what_counts_tenders_is_scaled_by_needs() -> None:
    assert {o.name for o in OUTCOMES.values() if o.scaled == "needs"} == {
        "bidders_per_tender",
        "tenders",
        "local_bids",
        "bid_costs",
        "officer_costs",
        "monitoring_costs",
        "challenge_costs",
    }


PARTS = [one for one in OUTCOMES.values() if one.breakdown and one.kind != "share" and one.name != "lm3"]


@pytest.mark.parametrize("one", PARTS, ids=[one.name for one in PARTS])
def test_an_outcome_broken_down_adds_up_to_its_total(one: Outcome) -> None:
    now = read()
    total = OUTCOMES[one.name.removesuffix(f"_by_{one.breakdown}")]

    assert total.name != one.name
    assert math.isclose(np.asarray(one.function(now)).sum(), float(total.function(now)), abs_tol=0.01)


def test_headlines_are_few_and_come_first() -> None:
    rows = outcome_rows()

    n_headlines = sum(bool(row["headline"]) for row in rows)
    assert 10 <= n_headlines <= 16
    assert all(row["headline"] for row in rows[:n_headlines])
    assert {row["name"] for row in rows} == set(OUTCOMES)


@pytest.mark.parametrize("name", [one.name for one in OUTCOMES.values() if one.headline])
def test_every_headline_is_one_number(name: str) -> None:
    assert OUTCOMES[name].breakdown == ""
