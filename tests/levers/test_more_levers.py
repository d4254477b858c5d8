"""Levers that are a target, a clause or a budget: what they write into the terms."""

from __future__ import annotations

import numpy as np
import pytest

from cwbsim.levers import LEVERS
from cwbsim.parameters import load_parameters
from cwbsim.world import SECTIONS, Terms


def default() -> Terms:
    return Terms.default(2, load_parameters())


def test_training_and_monitoring_go_as_far_as_the_money() -> None:
    # £40,000 of the £80,000 that 40 officers at £2,000 take: half-way from 0.4 to 0.8. £420,000 of £840,000 for 560
    # contracts: half-way from 0.3 to 0.9. Nobody unlearns: a target below the usual changes nothing.
    trained = LEVERS["officer_training"](budget_a_year=40_000.0).terms(default(), 1)  # type: ignore[attr-defined]
    followed = LEVERS["delivery_monitoring"](budget_a_year=420_000.0).terms(default(), 1)  # type: ignore[attr-defined]
    low = LEVERS["officer_training"](budget_a_year=1e6, skill=0.1).terms(default(), 1)  # type: ignore[attr-defined]
    assert trained.officer_skill == pytest.approx([0.6, 0.6])
    assert followed.monitoring == pytest.approx([0.6, 0.6])
    assert (low.officer_skill == default().officer_skill).all()


def test_priorities_are_weights_and_move_over_the_ramp() -> None:
    # Weights 1 and 3: a quarter and three quarters; half-way there from a half and a half.
    lever = LEVERS["prescriptive_priorities"](local_hires=0.25, fair_pay=0.75, ramp_months=2)
    assert lever.terms(default(), 1).priorities[0] == pytest.approx([0.375, 0.25, 0.375])  # type: ignore[attr-defined]
    assert lever.terms(default(), 2).priorities[0] == pytest.approx([0.25, 0.0, 0.75])  # type: ignore[attr-defined]


def test_works_may_have_a_bound_of_their_own() -> None:
    lever = LEVERS["below_threshold_reservation"](below=100.0, below_works=5_000.0, only="sme")
    terms = lever.terms(default(), 1)  # type: ignore[attr-defined]
    assert terms.reserve_below[0, SECTIONS.index("F")] == 500_000
    assert terms.reserve_below[1, SECTIONS.index("G")] == 10_000
    assert (terms.reserve_for == 1).all()


def test_a_fund_lends_the_months_money_by_equal_parts_to_the_penny() -> None:
    terms = LEVERS["community_finance"](budget_a_year=12.03).terms(default(), 1)  # type: ignore[attr-defined]
    assert terms.lending.tolist() == [50, 50]
    assert np.asarray(LEVERS["community_finance"]().terms(default(), 1).lending).sum() == 0  # type: ignore[attr-defined]


def test_advice_converts_as_many_firms_as_it_pays_for() -> None:
    # £240,000 a year at £20,000 a firm: one a month.
    assert LEVERS["worker_ownership_support"](budget_a_year=240_000.0).terms(default(), 1).conversions == 1.0  # type: ignore[attr-defined]
