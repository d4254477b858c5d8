from dataclasses import fields, replace
from typing import ClassVar

import numpy as np
import pytest
from pydantic import ValidationError

from cwbsim.errors import UserError
from cwbsim.levers import LEVERS, Programme, Rule
from cwbsim.levers.base import AnchorNames, check_final, dial, in_force
from cwbsim.parameters import load_parameters
from cwbsim.world import Terms

TOWN = AnchorNames(
    key=("Wigan Council", "Wrightington Hospital", "Wigan and Leigh College"),
    kind=("council", "hospital_trust", "college"),
)


class HeavierScore(Rule):
    """Social value weighs more."""

    moves: ClassVar[str] = "social_value_promised"
    more: float = dial(0.0, 0.0, 0.5, "share of score", "assumed: a test", 2025)

    def terms(self, now, month):
        return replace(now, sv_weight=now.sv_weight + self.more * self.strength(month))


class Grants(Programme):
    """Money handed out."""

    moves: ClassVar[str] = "bids"

    def terms(self, now, month):
        return now

    def spend(self, world, month):
        world.append(self.month_pence(month))


@pytest.fixture
def terms():
    return Terms.default(3, load_parameters())


@pytest.mark.parametrize(
    ("month", "strength"),
    [(4, 0.0), (5, 0.25), (6, 0.5), (8, 1.0), (20, 1.0), (21, 0.0)],
    # starts in 5, four months of ramp: a quarter, a half, three quarters, whole; the last month is 20
)
def test_strength_ramps_from_start_to_end(month, strength):
    lever = HeavierScore(start_month=5, end_month=20, ramp_months=4)

    assert lever.strength(month) == strength


@pytest.mark.parametrize("start", [1, 7, 100])
def test_the_ramp_is_the_same_whenever_it_starts(start):
    lever = HeavierScore(start_month=start, ramp_months=3)

    assert [lever.strength(start + k) for k in range(-1, 4)] == [0.0, 1 / 3, 2 / 3, 1.0, 1.0]


def test_without_a_ramp_it_is_whole_at_once_and_never_ends():
    assert [HeavierScore().strength(month) for month in (1, 600)] == [1.0, 1.0]


def test_it_cannot_end_before_it_starts():
    with pytest.raises(ValidationError, match="end_month is 3, before start_month 5"):
        HeavierScore(start_month=5, end_month=3)


@pytest.mark.parametrize(
    ("anchors", "bound"),
    [
        (("all",), [True, True, True]),
        (("council",), [True, False, False]),
        (("Wigan Council", "college"), [True, False, True]),
        (("wigan_and_leigh_college",), [False, False, True]),
        (("university",), [False, False, False]),  # a kind that this town has not
    ],
)
def test_it_binds_the_anchors_named_by_kind_or_key(anchors, bound):
    assert HeavierScore(anchors=anchors).binds(TOWN).tolist() == bound


def test_an_unknown_anchor_names_the_nearest():
    with pytest.raises(UserError, match="did you mean 'council'"):
        HeavierScore(anchors=("counsil",)).binds(TOWN)


def test_only_the_anchors_it_binds_get_new_terms(terms):
    after = in_force(HeavierScore(more=0.25, anchors=("college",)), terms, 1, TOWN)

    change = (after.sv_weight - terms.sv_weight)[:, 0]
    assert change.tolist() == [0.0, 0.0, pytest.approx(0.25)]


@pytest.mark.parametrize(
    "lever",
    [
        HeavierScore(more=0.25, start_month=2),
        HeavierScore(more=0.25, anchors=("university",)),
        Grants(budget_a_year=1200.0),
    ],
)
def test_a_lever_not_in_force_leaves_the_very_terms(terms, lever):
    assert in_force(lever, terms, 1, TOWN) is terms


def test_a_lever_at_its_default_changes_nothing_bit_for_bit(terms):
    after = in_force(HeavierScore(anchors=("college",)), terms, 1, TOWN)

    for field in fields(Terms):
        before, now = np.asarray(getattr(terms, field.name)), np.asarray(getattr(after, field.name))
        assert (before.dtype, before.tobytes()) == (now.dtype, now.tobytes())


def test_twelve_months_spend_the_year_s_budget_to_the_penny():
    lever = Grants(budget_a_year=1000.01, start_month=4)  # 100,001 pence do not divide by twelve
    spent: list[int] = []

    for month in range(1, 40):
        lever.spend(spent, month)

    assert spent[:3] == [0, 0, 0]
    assert sum(spent[3:15]) == sum(spent[20:32]) == 100_001
    assert set(spent[3:]) == {8333, 8334}


def test_a_rule_without_terms_cannot_be_made():
    class Unwritten(Rule):
        moves: ClassVar[str] = "bids"

    with pytest.raises(TypeError, match="terms"):
        Unwritten()
    with pytest.raises(TypeError, match="does not write terms"):
        check_final(Unwritten)


def test_a_lever_that_moves_nothing_is_not_whole():
    class Aimless(Rule):
        def terms(self, now, month):
            return now

    with pytest.raises(TypeError, match="does not say which outcome it moves"):
        check_final(Aimless)


def test_nothing_derives_from_a_final_lever():
    with pytest.raises(TypeError, match="derives from the final HeavierScore"):
        type("Heavier", (HeavierScore,), {"__module__": __name__})


def test_a_lever_is_frozen_and_takes_no_unknown_field():
    lever = HeavierScore()

    with pytest.raises(ValidationError, match="frozen"):
        lever.more = 0.1
    with pytest.raises(ValidationError, match="Extra inputs"):
        HeavierScore(weight=0.1)


def test_a_lever_s_key_is_its_class_in_snake_case():
    assert HeavierScore.key() == "heavier_score"
    assert all(key == lever.key() for key, lever in LEVERS.items())


def test_every_lever_of_the_folder_is_whole():
    for lever in LEVERS.values():
        check_final(lever)
        assert lever().strength(1) == 1.0
