"""What the anchors need, and the starting book of contracts."""

from __future__ import annotations

from functools import cache

import numpy as np

from cwbsim.parameters import load_parameters
from cwbsim.places.profile import load_profile
from cwbsim.places.start import build_world
from cwbsim.places.start_anchors import draw_anchors
from cwbsim.places.start_needs import draw_needs, draw_pool
from cwbsim.scenario import Scenario
from cwbsim.world import BOROUGH, OUTSIDE, WIDER, Needs, World


def needs_of(scale: float, seed: int = 1) -> tuple[Needs, np.ndarray]:
    profile = load_profile("wigan")
    anchors = draw_anchors(profile, seed, scale)
    return draw_needs(profile, anchors, load_parameters(), seed, scale), anchors.contract_budget


@cache
def start() -> World:
    return build_world(Scenario(title="a start", scale=0.25), 1)


def test_needs_add_up_to_every_budget_of_every_anchor_to_the_penny() -> None:
    for scale in (1.0, 0.1):
        needs, budget = needs_of(scale)
        total = np.zeros_like(budget)
        np.add.at(total, (needs.anchor, needs.section), needs.budget)
        assert (total == budget).all()
        assert (needs.budget >= 0).all()


def test_a_smaller_sample_has_fewer_needs_of_about_the_same_size() -> None:
    whole, sample = needs_of(1.0)[0], needs_of(0.25)[0]
    assert 0.2 < sample.key.size / whole.key.size < 0.32  # a quarter, and one at least for every budget
    assert 0.6 < np.median(sample.budget) / np.median(whole.budget) < 1.7


def test_a_few_needs_hold_most_of_the_money() -> None:
    # Log-normal with deviation 1.83: the largest tenth holds Phi(1.83 - 1.28) = 71 % of the value.
    budget = np.sort(needs_of(1.0)[0].budget)
    assert 0.6 < budget[-budget.size // 10 :].sum() / budget.sum() < 0.9


def test_keys_are_distinct_and_the_influenceable_share_is_met_in_value() -> None:
    needs, _ = needs_of(1.0)
    assert np.unique(needs.key).size == needs.key.size
    council = needs.anchor == 0
    share = needs.budget[council & needs.is_influenceable].sum() / needs.budget[council].sum()
    largest = needs.budget[council].max() / needs.budget[council].sum()
    assert abs(share - 0.65) <= largest  # the last need marked may overshoot


def test_every_trade_has_suppliers_in_the_wider_area_and_outside() -> None:
    pool = draw_pool(load_profile("wigan"), load_parameters(), 1)
    for section in range(20):
        places = pool.place[pool.section == section]
        assert (places == WIDER).sum() >= 5
        assert (places == OUTSIDE).sum() >= 5
    assert np.unique(pool.key).size == pool.key.size


def test_the_start_has_the_measured_shares_of_the_large_anchors() -> None:
    world = start()
    needs, anchors = world.needs, world.anchors
    for a in (0, 1):  # council and hospital trust: hundreds of contracts, so single ones do not decide
        mine = needs.anchor == a
        total = needs.budget[mine].sum()
        for place, target in ((BOROUGH, anchors.local_target[a]), (WIDER, anchors.wider_target[a])):
            share = needs.budget[mine & (needs.place == place)].sum() / total
            assert abs(share - target) < 0.03


def test_every_contract_in_force_has_a_supplier_who_is_there_and_months_left_within_its_term() -> None:
    world = start()
    needs, firms = world.needs, world.firms
    mine = needs.supplier >= 0
    assert firms.is_open[needs.supplier[mine]].all()
    assert (firms.key[needs.supplier[mine]] == needs.supplier_key[mine]).all()
    assert (world.pool.key[-1 - needs.supplier[~mine]] == needs.supplier_key[~mine]).all()
    assert ((needs.place == BOROUGH) == mine).all()
    assert (needs.months_left >= 1).all()
    assert (needs.months_left <= needs.term_months).all()


def test_no_firm_starts_with_more_contracts_than_it_has_room_for() -> None:
    world = start()
    growth = world.parameters.procurement.contract_growth
    firms = world.firms
    assert (firms.contract_load <= firms.site_output * growth * (1 + 1e-9) + 10).all()
    assert (firms.contract_load > 0).any()
