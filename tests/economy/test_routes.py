"""By which route contracts are let, who is asked, and what that does to bids and prices."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from tender_room import POUND, make_room, numbers

from cwbsim.economy.bidding import enter_and_bid
from cwbsim.economy.procurement import award_contracts
from cwbsim.economy.routes import CALL_OFF, DIRECT, FRAMEWORK, OPEN, QUOTES, draw_routes, thickness
from cwbsim.parameters import load_parameters
from cwbsim.world import BOROUGH, World


def room(route: int, n_firms: int = 8, n_needs: int = 1, **given: Any) -> World:
    world = make_room(n_firms=n_firms, n_needs=n_needs, **given)
    world.needs.route[:] = route
    return world


def held_by(world: World, firm: int) -> None:
    world.needs.supplier[:], world.needs.supplier_key[:] = firm, world.firms.key[firm]


def test_routes_of_small_and_large_needs_have_the_shares_of_the_register() -> None:
    parameters, n = load_parameters(), 20_000
    key, renewal = np.arange(n, dtype=np.uint64), np.zeros(n, np.int32)
    for pounds, band in ((1_000, "to_25k"), (5_000, "to_100k"), (20_000, "to_500k"), (60_000, "above_500k")):
        drawn = draw_routes(parameters, 1, key, renewal, np.full(n, pounds * POUND))
        for route, name in enumerate(("open", "quotes", "framework", "call_off", "direct")):
            share = getattr(parameters.contract_book, f"{name}_{band}")
            # Six standard deviations of a share of 20,000: at most 6 * sqrt(.25 / 20000) = 0.021.
            assert np.mean(drawn == route) == pytest.approx(share, abs=0.022)


def test_a_need_is_let_by_another_route_the_next_time_whatever_the_others_do() -> None:
    parameters, key = load_parameters(), np.arange(500, dtype=np.uint64)
    budget = np.full(500, 5_000 * POUND)
    first = draw_routes(parameters, 1, key, np.zeros(500, np.int32), budget)
    second = draw_routes(parameters, 1, key, np.ones(500, np.int32), budget)
    assert (first != second).mean() > 0.5
    assert (draw_routes(parameters, 1, key[::7], np.zeros(72, np.int32), budget[::7]) == first[::7]).all()


def test_of_eight_who_would_hear_three_are_asked_for_quotes_and_six_under_a_framework() -> None:
    for route, bids in ((OPEN, 8), (QUOTES, 3), (FRAMEWORK, 6)):
        world = room(route, n_needs=20)
        enter_and_bid(world)
        assert (world.needs.n_bids == bids).all()
        assert (world.needs.n_heard == bids).all()


def test_everyone_is_as_likely_to_be_asked_and_the_incumbent_always_is() -> None:
    world = room(QUOTES, n_firms=6, n_needs=3000)
    enter_and_bid(world)
    wins = np.bincount(world.needs.best_supplier, minlength=6)
    # All alike: each wins a sixth of 3,000, 500; sd sqrt(3000 * 5 / 36) = 20.4, six of them 123.
    assert (np.abs(wins - 500) < 123).all()
    world = room(QUOTES, n_firms=6, n_needs=400, unit_cost=[0.8, 0.9, 0.9, 0.9, 0.9, 0.9])
    held_by(world, 0)
    enter_and_bid(world)
    assert (world.needs.best_supplier == 0).all()  # the cheapest, who is always asked
    # Among the three who hear with chance a half, and else the fourth.
    assert set(world.needs.n_bids) == {3, 4}


def test_a_call_off_goes_to_the_best_of_a_framework_without_a_competition() -> None:
    world = room(CALL_OFF, n_firms=3, unit_cost=[0.95, 0.85, 0.9])
    world.market.mean_bidders[:, 3] = 4.0
    enter_and_bid(world)
    assert world.needs.best_supplier[0] == 1
    assert world.needs.n_bids[0] == world.needs.n_local_bids[0] == 1
    # The price is that of a competition with four: 0.85 + (1 + sqrt(3) * 0.08 - 0.85) / 4.
    assert world.needs.best_price[0] == pytest.approx(0.85 + (0.15 + math.sqrt(3) * 0.08) / 4, abs=1e-12)


def test_a_direct_award_goes_to_the_holder_at_what_the_buyer_would_pay_elsewhere_at_short_notice() -> None:
    world = room(DIRECT, n_firms=5, n_needs=50, unit_cost=[0.95, 0.85, 0.85, 0.85, 0.85])
    held_by(world, 0)
    enter_and_bid(world)
    assert (world.needs.best_supplier == 0).all()
    assert (world.needs.n_bids == 1).all()
    # Alone it would ask for 1 + sqrt(3) * 0.08 = 1.139; the buyer finds another at a premium of a tenth.
    assert world.needs.best_price == pytest.approx(np.full(50, 1.1), abs=1e-12)


def test_a_direct_award_without_a_holder_goes_to_one_of_those_who_hear() -> None:
    world = room(DIRECT, n_firms=5, n_needs=400)
    enter_and_bid(world)
    assert len(set(world.needs.best_supplier.tolist())) == 5
    assert (world.needs.n_bids == 1).all()


def test_awards_without_competition_are_no_competition_with_one_bid_and_teach_nothing() -> None:
    for route, counted in ((OPEN, 1), (CALL_OFF, 0), (DIRECT, 0)):
        world = room(route, n_firms=1)
        enter_and_bid(world)
        award_contracts(world)
        assert world.market.counts["tenders"] == world.market.counts["single_bid"] == counted
        assert (world.market.mean_bidders[13] == 4.0).all() == (not counted)
        assert world.needs.place[0] == BOROUGH


def test_a_framework_asks_for_the_turnover_of_the_whole_framework() -> None:
    # £120,000 a year. Firms with £600,000 of output a year pass at a multiple of 4, not of 4 * 2.
    parameters = numbers(turnover_requirement=4.0, framework_turnover=2.0)
    bids = {}
    for route in (OPEN, FRAMEWORK):
        world = room(route, n_firms=2, parameters=parameters)
        enter_and_bid(world)
        bids[route] = int(world.needs.n_bids[0])
    assert bids == {OPEN: 2, FRAMEWORK: 0}


def test_a_bidder_that_knows_whom_it_meets_asks_for_more_where_few_have_heard() -> None:
    # Four bids are usual where six could bid. Two have heard: known in full, 4 * 2 / 6 = 4 / 3 are expected.
    for known, expected in ((0.0, 4.0), (1.0, 4.0 / 3.0), (0.5, 8.0 / 3.0)):
        world = room(OPEN, n_firms=2, parameters=numbers(rivals_known=known))
        enter_and_bid(world)
        price = 0.9 + (0.1 + math.sqrt(3) * 0.08) / expected
        assert world.needs.best_price[0] == pytest.approx(price, abs=1e-12)


def test_trades_differ_in_suppliers_round_a_mean_of_one_and_a_need_keeps_its_trade() -> None:
    parameters, key = load_parameters(), np.arange(100_000, dtype=np.uint64)
    thick = thickness(parameters, 1, key)
    # Log-normal with deviation 1: mean 1, deviation sqrt(e - 1) = 1.31 over sqrt(100,000), 0.0041; six are 0.025.
    assert thick.mean() == pytest.approx(1.0, abs=0.025)
    assert np.log(thick).std() == pytest.approx(1.0, abs=0.02)
    assert (thickness(parameters, 1, key[5:7]) == thick[5:7]).all()


def test_most_lone_bids_come_in_thin_trades() -> None:
    world = room(OPEN, n_firms=40, n_needs=2000, parameters=numbers(local_awareness=1.0, trade_spread=1.0))
    world.scale = 1.0
    enter_and_bid(world)
    thick = thickness(world.parameters, world.seed, world.needs.key)
    alone = world.needs.n_bids == 1
    assert alone.any()
    assert np.median(thick[alone]) < 0.6 * np.median(thick[world.needs.n_bids > 3])
