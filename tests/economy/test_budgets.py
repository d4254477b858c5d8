"""Budgets that are cut or grow, and figures of anchors that a scenario replaces."""

from __future__ import annotations

import numpy as np
import pytest
from tender_room import POUND, make_room, set_terms

from cwbsim import load_scenario
from cwbsim.economy.budgets import change_budgets
from cwbsim.errors import UserError
from cwbsim.places.anchor_figures import with_figures
from cwbsim.places.profile import load_profile
from cwbsim.scenario import Scenario


def test_a_cut_takes_the_same_part_of_every_contract_its_load_and_the_grants_that_pay_for_it() -> None:
    # Three needs of £10,000 a month, two of anchor 0 (held by firm 0) and one of anchor 1. A cut of a fifth of
    # anchor 0's: needs of £8,000, firm 0's load from £20,000 to £16,000, grants from £50,000 to £46,000.
    world = make_room(n_needs=3)
    needs, anchors = world.needs, world.anchors
    needs.anchor[:] = [0, 0, 1]
    needs.supplier[:2], needs.supplier_key[:2] = 0, world.firms.key[0]
    world.firms.contract_load[0] = 20_000 * POUND
    anchors.revenue_treasury[:] = 50_000 * POUND
    set_terms(world, budget=np.array([0.8, 1.0]))
    change_budgets(world, np.ones(2))
    assert (needs.budget == np.array([8_000, 8_000, 10_000]) * POUND).all()
    assert world.firms.contract_load[0] == 16_000 * POUND
    assert (anchors.revenue_treasury == np.array([46_000, 50_000]) * POUND).all()


def test_what_grants_cannot_give_up_is_given_up_of_fees() -> None:
    # A cut of £4,000 with £1,000 of grants: £3,000 of £5,000 of fees go too.
    world = make_room(n_needs=2, n_anchors=1)
    world.anchors.revenue_treasury[:], world.anchors.revenue_outside[:] = 1_000 * POUND, 5_000 * POUND
    set_terms(world, budget=np.array([0.8]))
    change_budgets(world, np.ones(1))
    assert world.anchors.revenue_treasury[0] == 0
    assert world.anchors.revenue_outside[0] == 2_000 * POUND


def test_a_scenario_says_what_anchors_spend_and_where_and_more_money_is_more_contracts() -> None:
    profile = load_profile("wigan")
    was = profile.anchor("council")
    given = {"council": {"contract_budget": 2.0 * was.contract_budget, "local_share": 0.1}}
    now = with_figures(profile, given).anchor("council")
    assert now.contract_budget == 2.0 * was.contract_budget
    assert now.n_contracts == 2 * was.n_contracts
    assert now.local_share.value == 0.1
    assert now.wider_share.value == was.wider_share.value
    assert with_figures(profile, {}).anchor("council") is was


def test_figures_that_cannot_be_are_refused_with_what_is_allowed() -> None:
    with pytest.raises(UserError, match=r"anchors\.council\.local_share"):
        Scenario(title="x", anchors={"council": {"local_share": 1.5}})
    with pytest.raises(UserError, match=r"unknown figure in \[anchors\.council\] 'localshare'"):
        Scenario(title="x", anchors={"council": {"localshare": 0.5}})
    with pytest.raises(UserError, match="did you mean 'council'"):
        with_figures(load_profile("wigan"), {"counsil": {"local_share": 0.5}})
    with pytest.raises(UserError, match=r"add up to 1\.3"):
        with_figures(load_profile("wigan"), {"council": {"local_share": 0.7, "wider_share": 0.6}})


def test_scenarios_without_such_figures_keep_their_identity_and_those_with_them_are_read_back() -> None:
    plain, preston = Scenario(title="x"), load_scenario("preston/2012_13")
    other = preston.model_copy(update={"anchors": {}})
    assert plain.scenario_hash() == Scenario(title="x", anchors={}).scenario_hash()
    assert preston.scenario_hash() != other.scenario_hash()
    assert sum(figures["contract_budget"] for figures in preston.anchors.values()) == 750e6
    in_preston = sum(one["contract_budget"] * one["local_share"] for one in preston.anchors.values())
    assert in_preston / 750e6 == pytest.approx(0.05, abs=0.002)  # 5 % of it in Preston
