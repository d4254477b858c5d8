"""Social-value weight, shared anchor commitment, encouraging local firms."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from cwbsim.errors import UserError
from cwbsim.ledger import SECTORS, Ledger
from cwbsim.levers.base import AnchorNames, Programme, Rule, in_force
from cwbsim.levers.encourage_local_firms import EncourageLocalFirms
from cwbsim.levers.shared_anchor_commitment import SharedAnchorCommitment
from cwbsim.levers.social_value_weight import SocialValueWeight
from cwbsim.parameters import load_parameters
from cwbsim.world import SECTIONS, Market, Terms

NAMES = AnchorNames(key=("wigan_council", "wwl"), kind=("council", "hospital_trust"))
ADVICE = SECTIONS.index("M")


def default() -> Terms:
    return Terms.default(2, load_parameters())


def same(a: Terms, b: Terms) -> bool:
    return all(
        np.asarray(getattr(a, f.name)).tobytes() == np.asarray(getattr(b, f.name)).tobytes()
        for f in dataclasses.fields(Terms)
    )


@pytest.mark.parametrize("lever", [SocialValueWeight(), SharedAnchorCommitment(), EncourageLocalFirms()])
def test_the_neutral_lever_changes_nothing_bit_for_bit(lever: Rule | Programme) -> None:
    assert same(in_force(lever, default(), 1, NAMES), default())


@pytest.mark.parametrize(
    "lever",
    [
        SocialValueWeight(weight=0.3, start_month=5),
        SharedAnchorCommitment(adherence=1.0, start_month=5),
        EncourageLocalFirms(budget_a_year=1e6, start_month=5),
    ],
)
def test_a_lever_not_yet_in_force_changes_nothing(lever: Rule | Programme) -> None:
    assert same(lever.terms(default(), 4), default())
    assert not same(lever.terms(default(), 5), default())


def test_the_weight_ramps_from_the_default_to_the_one_asked_for() -> None:
    # From 0.10 to 0.30 in four months: 0.15, 0.20, 0.25, 0.30.
    lever = SocialValueWeight(weight=0.3, ramp_months=4)
    weights = [float(lever.terms(default(), m).sv_weight[0, 0]) for m in (1, 2, 3, 4, 5)]
    assert weights == pytest.approx([0.15, 0.20, 0.25, 0.30, 0.30])


def test_a_section_of_its_own_weight_differs_from_the_rest() -> None:
    terms = SocialValueWeight(weight=0.2, by_section=(("F", 0.35),)).terms(default(), 1)
    assert terms.sv_weight[0, SECTIONS.index("F")] == pytest.approx(0.35)
    assert terms.sv_weight[0, SECTIONS.index("G")] == pytest.approx(0.2)


def test_only_the_sections_named_change_where_no_weight_is_given() -> None:
    terms = SocialValueWeight(by_section=(("F", 0.35),)).terms(default(), 1)
    assert terms.sv_weight[0, SECTIONS.index("F")] == pytest.approx(0.35)
    assert (terms.sv_weight[0, SECTIONS.index("G") :] == default().sv_weight[0, 6:]).all()


def test_the_lever_left_as_it_is_changes_nothing_whatever_tenders_give_by_default() -> None:
    other = Terms.default(2, load_parameters({"procurement.default_sv_weight": 0.17}))
    assert same(in_force(SocialValueWeight(value_threshold=5e6), other, 1, NAMES), other)


def test_the_value_threshold_is_written_in_pence_a_year() -> None:
    terms = SocialValueWeight(weight=0.3, value_threshold=30_000.0).terms(default(), 1)
    assert terms.sv_threshold.tolist() == [3_000_000, 3_000_000]


def test_an_unknown_section_and_a_weight_out_of_bounds_are_refused() -> None:
    with pytest.raises(ValidationError, match="section 'Z' is not one of A to T"):
        SocialValueWeight(by_section=(("Z", 0.2),))
    with pytest.raises(ValidationError, match=r"outside 0 to 0\.5"):
        SocialValueWeight(by_section=(("F", 30.0),))


def test_only_the_anchors_named_sign_the_commitment() -> None:
    lever = SharedAnchorCommitment(adherence=0.5, anchors=("council",))
    terms = in_force(lever, default(), 1, NAMES)
    assert terms.is_signatory.tolist() == [True, False]
    assert terms.adherence.tolist() == [0.5, 0.0]
    # Half-way from 0.10 to 0.20, and from 0.20 to 0.50.
    assert terms.sv_weight[:, 0] == pytest.approx([0.15, 0.10])
    assert terms.prescriptive == pytest.approx([0.35, 0.20])


def test_a_commitment_without_recognition_changes_practice_only() -> None:
    terms = SharedAnchorCommitment(adherence=1.0, recognition=False).terms(default(), 1)
    assert not terms.is_signatory.any()
    assert terms.sv_weight[0, 0] == pytest.approx(0.20)


def test_help_does_as_much_as_the_money_reaches_and_no_more() -> None:
    # £750,000 a year at £1,500 a firm reaches 500 of 1,000: awareness 1.5 times, costs 15 % lower.
    half = EncourageLocalFirms(budget_a_year=750_000.0).terms(default(), 1)
    assert half.awareness == pytest.approx([1.5, 1.5])
    assert half.bid_cost == pytest.approx([0.85, 0.85])
    assert half.readiness_cost == pytest.approx([0.85, 0.85])
    full = EncourageLocalFirms(budget_a_year=1_500_000.0).terms(default(), 1)
    more = EncourageLocalFirms(budget_a_year=3_000_000.0).terms(default(), 1)
    assert same(full, more)


def room(to_outside: tuple[int, int] = (9_000_000, 1_000_000), scale: float = 1.0) -> Any:
    """A place with two anchors and three firms, two of them open advisers, with outputs 3 to 1."""
    cash = {name: np.zeros(n, np.int64) for name, n in (("anchors", 2), ("firms", 3), ("households", 1))}
    cash["anchors"][:] = 10**9
    balances = np.array([int(cash[s].sum()) if s in cash else 0 for s in SECTORS], np.int64)
    zero = {name: np.zeros(3, np.int64) for name in ("sales_anchors", "turnover", "profit")}
    world = SimpleNamespace(
        anchors=SimpleNamespace(kind=np.array([0, 1], np.int8), to_outside=np.array(to_outside, np.int64)),
        fixed=SimpleNamespace(anchor_names=("wigan_council", "wwl")),
        firms=SimpleNamespace(
            is_open=np.array([True, True, False]), section=np.full(3, ADVICE, np.int8),
            site_output=np.array([3_000, 1_000, 9_000], np.int64), **zero,
        ),
        market=Market(), ledger=Ledger(cash, balances=balances), scale=scale,
    )  # fmt: skip
    world.ledger.open_month()
    return world


def test_help_is_paid_by_the_anchors_bound_to_advisers_of_the_borough() -> None:
    # £12,000 a year is £1,000 a month: 90 % council, 10 % trust, as their money for other public bodies;
    # three quarters to the larger adviser.
    world = room()
    EncourageLocalFirms(budget_a_year=12_000.0).spend(world, 1)
    world.ledger.check("spend")
    assert (10**9 - world.ledger.cash["anchors"]).tolist() == [90_000, 10_000]
    assert world.ledger.cash["firms"].tolist() == [75_000, 25_000, 0]
    assert world.firms.sales_anchors.tolist() == [75_000, 25_000, 0]
    assert world.market.counts == {"programme_pence_0": 90_000, "programme_pence_1": 10_000}


def test_help_beyond_what_the_anchors_can_fund_is_refused_with_the_bound() -> None:
    # £100,000 a month is what the two pay other public bodies: £1.2m a year.
    EncourageLocalFirms(budget_a_year=1_200_000.0).spend(room(), 1)
    with pytest.raises(UserError, match="1,200,000"):
        EncourageLocalFirms(budget_a_year=1_200_012.0).spend(room(), 1)


def test_a_sample_of_the_borough_spends_its_share_of_the_budget() -> None:
    world = room(scale=0.1)
    EncourageLocalFirms(budget_a_year=12_000.0).spend(world, 1)
    assert int((10**9 - world.ledger.cash["anchors"]).sum()) == 10_000
