"""Contracts end, are awarded and paid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tender_room import POUND, make_room, numbers, set_terms

from cwbsim.chance import draw_many, stream
from cwbsim.economy import policy, readiness
from cwbsim.economy.bidding import enter_and_bid
from cwbsim.economy.contracts import LONGEST, book_shares, draw_terms
from cwbsim.economy.procurement import award_contracts, open_tenders, pay_suppliers
from cwbsim.economy.tenders import TRADES
from cwbsim.parameters import load_parameters
from cwbsim.world import BOROUGH, OUTSIDE, SECTIONS, World

G = SECTIONS.index("G")


def let(world: World) -> None:
    enter_and_bid(world)
    award_contracts(world)


def hold(world: World, need: int, firm: int) -> None:
    """Let a firm hold a contract."""
    needs = world.needs
    needs.supplier[need], needs.supplier_key[need], needs.place[need] = firm, world.firms.key[firm], BOROUGH
    world.firms.contract_load[firm] += needs.budget[need]
    needs.is_open[need] = False
    needs.months_left[need] = 12


def test_a_need_goes_to_tender_in_the_month_its_contract_ends_and_not_before() -> None:
    world = make_room(n_needs=3)
    for i in range(3):
        hold(world, i, 0)
    world.needs.months_left[:] = [1, 2, 30]
    open_tenders(world)
    assert world.needs.is_open.tolist() == [True, False, False]
    assert world.needs.renewal.tolist() == [2, 1, 1]
    assert world.needs.months_left.tolist() == [0, 1, 29]


def test_a_need_goes_to_tender_when_its_supplier_has_closed_or_another_firm_is_in_its_premises() -> None:
    world = make_room(n_firms=3, n_needs=3)
    for i in range(3):
        hold(world, i, i)
    world.firms.is_open[1] = False
    world.firms.key[2] += np.uint64(1)
    open_tenders(world)
    assert world.needs.is_open.tolist() == [False, True, True]


def test_terms_of_contracts_in_force_have_the_measured_shares_and_those_let_the_same_over_length() -> None:
    parameters = load_parameters()
    n = 40_000
    key, budget, renewal = np.arange(n, dtype=np.uint64), np.full(n, 1000 * POUND), np.zeros(n, np.int32)
    in_force = draw_terms(parameters, 1, key, renewal, budget, in_force=True)
    let_now = draw_terms(parameters, 1, key, renewal, budget, in_force=False)
    share = book_shares(parameters)[0]
    # Share up to 24 months in force: 0.1506 + 0.3822 = 0.5328; deviation sqrt(.533 * .467 / 40000) = 0.0025.
    assert np.mean(in_force <= 24) == pytest.approx(0.5328, abs=6 * 0.0025)
    assert in_force.min() == 12  # shorter works are a year's spending
    flow = share / np.arange(1, LONGEST + 1)
    expected = flow[:24].sum() / flow.sum()
    assert np.mean(let_now <= 24) == pytest.approx(expected, abs=6 * 0.0025)
    assert in_force.max() <= 120  # long contracts only above the threshold
    large = draw_terms(parameters, 1, key, renewal, np.full(n, 200_000 * POUND), in_force=True)
    # 44 in 100 of large needs: sqrt(.44 * .56 / 40000) = 0.0025
    assert np.mean(large > 120) == pytest.approx(parameters.contract_book.long_chance, abs=6 * 0.0025)


def test_the_winner_gets_the_contract_at_its_price_for_its_term() -> None:
    world = make_room(unit_cost=[0.9, 0.8])
    world.needs.term_months[0] = 24
    let(world)
    needs = world.needs
    assert needs.supplier[0] == 1
    assert needs.supplier_key[0] == world.firms.key[1]
    assert needs.place[0] == BOROUGH
    assert needs.months_left[0] == 24
    assert needs.price[0] == needs.best_price[0]
    assert needs.volume[0] == pytest.approx(1 / needs.price[0], abs=1e-15)
    assert world.firms.contract_load.tolist() == [0, 10_000 * POUND]
    assert world.market.counts["single_bid"] == 0
    assert world.market.counts["bids"] == 2


def test_delivered_social_value_is_practice_times_a_rate_that_monitoring_raises() -> None:
    # Rates 0.5 unmonitored and 0.8 monitored: practice 0.4 delivers 0.20 and 0.32, whatever was promised.
    for monitoring, delivered in ((0.0, 0.20), (1.0, 0.32)):
        world = make_room(n_firms=1)
        set_terms(world, monitoring=np.full(2, monitoring))
        let(world)
        assert world.needs.sv_delivered[0] == pytest.approx(delivered, abs=1e-12)
        assert world.needs.sv_promised[0] > 0.4  # it also writes


def test_without_a_bid_an_open_incumbent_is_extended_by_six_months() -> None:
    world = make_room(registered=0)
    hold(world, 0, 1)
    world.needs.is_open[0] = True
    let(world)
    assert world.needs.supplier[0] == 1
    assert world.needs.months_left[0] == 6
    assert world.market.counts["failed_tenders"] == 1


def test_without_a_bid_or_an_incumbent_an_outside_supplier_steps_in_at_a_premium() -> None:
    world = make_room(n_pool=4, registered=0, parameters=numbers(pool_awareness=0.0))
    world.needs.supplier[0], world.needs.supplier_key[0] = 0, 0  # its firm has gone
    let(world)
    assert world.needs.place[0] == OUTSIDE
    assert world.needs.supplier[0] in (-2, -4)  # the odd rows of the pool are outside
    assert world.needs.price[0] == pytest.approx(1.1)
    assert world.needs.sv_delivered[0] == 0.0


def test_expected_competition_follows_the_bids_that_come() -> None:
    # Two open tenders of £360,000 with two bids each, memory 0.03: 4 + (1 - 0.97**2) * (2 - 4) = 3.8818.
    world = make_room(n_needs=2)
    let(world)
    assert world.market.mean_bidders[13, 1] == pytest.approx(3.8818, abs=1e-12)
    assert world.market.mean_bidders[13, 0] == world.market.mean_bidders[12, 1] == 4.0


def test_fixed_budgets_pay_exactly_the_budget_whatever_the_price() -> None:
    world = make_room(n_needs=5)
    let(world)
    before = int(world.anchors.cash[0])
    pay_suppliers(world)
    assert before - int(world.anchors.cash[0]) == 5 * 10_000 * POUND
    assert world.ledger.kind_total("contracts") == 5 * 10_000 * POUND
    assert world.ledger.kind_total("overrun_grant") == 0
    world.ledger.check("pay_suppliers")


def test_an_overrun_is_funded_by_the_treasury_and_the_volume_is_whole() -> None:
    world = make_room()
    world.closure = "overrun"
    hold(world, 0, 0)
    world.needs.price[0] = 1.25  # exact in binary: £12,500, of which £2,500 is the treasury's
    before = int(world.anchors.cash[0])
    pay_suppliers(world)
    assert world.ledger.kind_total("overrun_grant", "treasury", "anchors") == 2_500 * POUND
    assert world.ledger.kind_total("contracts") == 12_500 * POUND
    assert before - int(world.anchors.cash[0]) == 10_000 * POUND
    world.ledger.check("pay_suppliers")
    world.needs.is_open[0] = True
    let(world)
    assert world.needs.volume[0] == 1.0


def test_a_wholesaler_keeps_the_margin_and_passes_the_goods_on() -> None:
    # £10,000 with a goods share of 0.8: £8,000 outside, £2,000 output; the share is exact to 2**-24.
    world = make_room(section=G)
    hold(world, 0, 0)
    world.needs.sv_delivered[0] = 0.0
    pay_suppliers(world)
    goods = world.ledger.kind_total("goods_resold", "firms", "outside")
    assert goods == pytest.approx(8_000 * POUND, abs=1)
    assert world.firms.sales_anchors[0] == 10_000 * POUND - goods
    assert world.firms.turnover[0] == 10_000 * POUND
    assert world.market.outside_demand[SECTIONS.index("C")] == goods


def test_delivered_social_value_becomes_a_sub_contract_of_a_firm_of_the_borough() -> None:
    # Share 0.30 at full delivery, delivered 0.5: 15 % of £10,000 is £1,500.
    for supplier in (0, -1):
        world = make_room(n_pool=1)
        if supplier == 0:
            hold(world, 0, 0)
        world.needs.sub_share[0], world.needs.subcontractor[0] = 0.3 * 0.5, 1
        if supplier < 0:
            world.needs.supplier[0], world.needs.place[0] = -1, 1
        pay_suppliers(world)
        assert world.firms.sales_firms[1] == pytest.approx(1_500 * POUND, abs=1)
        assert world.firms.sales_anchors[0] == (
            10_000 * POUND - world.firms.sales_firms[1] if supplier == 0 else 0
        )
        payer = "firms" if supplier == 0 else "wider_area"
        assert world.ledger.kind_total("local_subcontracts", payer) == world.firms.sales_firms[1]
        world.ledger.check("pay_suppliers")


def test_money_beside_contracts_reaches_those_it_is_for_and_the_rest_goes_outside() -> None:
    world = make_room(n_firms=3, section=SECTIONS.index("Q"))
    world.needs.budget[:] = 0
    world.firms.ownership[:] = [0, 0, 1]
    world.firms.site_output[:] = [30_000, 10_000, 0]
    world.anchors.to_placements[0] = 4_000
    world.anchors.to_voluntary[0] = 700  # the social enterprise has no output: nobody to pay in the borough
    world.anchors.to_wider[0], world.anchors.to_outside[0] = 50, 60
    pay_suppliers(world)
    assert world.firms.sales_anchors.tolist() == [3_000, 1_000, 0]
    assert world.ledger.kind_total("voluntary_grants", "anchors", "outside") == 700
    assert world.ledger.kind_total("levies", "anchors", "wider_area") == 50
    assert world.ledger.kind_total("other_public_bodies", "anchors", "outside") == 60
    world.ledger.check("pay_suppliers")


def test_staff_move_with_the_contract_and_nobody_is_lost() -> None:
    world = make_room(n_firms=20, unit_cost=np.where(np.arange(20) == 19, 0.7, 0.9))
    world.residents.employer[:] = 0
    world.employers.n_residents[:] = 0
    world.employers.n_residents[0] = 200
    world.needs.budget[:] = 200_000 * POUND
    hold(world, 0, 0)
    world.needs.is_open[0] = True
    world.employers.n_from_wider[0] = 100
    let(world)
    # £200,000 a month is 40 jobs at £5,000; half on site, four fifths of them transfer: 16 of 300 staff,
    # chance 0.0533 each: of 200 residents 10.7, deviation 3.2.
    moved = int((world.residents.employer == 19).sum())
    assert 0 < moved < 10.7 + 6 * 3.2
    assert world.employers.n_residents[19] == moved
    assert world.employers.n_residents[0] == 200 - moved
    assert world.employers.n_from_wider[0] + world.employers.n_from_wider[19] == 100
    assert world.employers.n_from_wider[19] in (5, 6)  # 100 * 0.0533, rounded by lot


def test_a_month_of_tenders_leaves_loads_equal_to_the_contracts_held() -> None:
    world = make_room(
        n_firms=6, n_pool=6, n_needs=60, parameters=numbers(cost_spread=0.06, quality_noise=0.08)
    )
    for month in range(1, 30):
        world.month = month
        policy.set_terms(world)
        open_tenders(world)
        let(world)
        world.ledger.open_month()
        pay_suppliers(world)
        world.ledger.check("pay_suppliers")
        world.needs.months_left[month % 60] = 1
        load = np.zeros(6, np.int64)
        mine = world.needs.supplier >= 0
        np.add.at(load, world.needs.supplier[mine], world.needs.budget[mine])
        assert (load == world.firms.contract_load).all()
    assert (world.needs.place == BOROUGH).any()
    assert (world.needs.place != BOROUGH).any()


def test_a_firm_gets_ready_where_the_expected_gain_exceeds_its_cost_and_at_no_other_anchor() -> None:
    world = make_room(
        n_firms=200, n_needs=4, parameters=numbers(readiness_cost=3_000.0, readiness_spread=0.3)
    )
    chosen = readiness.initial_readiness(world)
    assert (chosen & 1).all()  # everybody hears: gains of tens of thousands a year
    assert not (chosen & 2).any()  # anchor 1 buys nothing
    dear = make_room(n_firms=200, n_needs=4, parameters=numbers(readiness_cost=3e7, readiness_spread=0.3))
    assert not readiness.initial_readiness(dear).any()


def test_a_firm_is_ready_exactly_where_its_own_cost_is_below_its_gain() -> None:
    # Four needs of £10,000 a month that every firm may take on; with 4 bidders expected, a fifth of (10 % and a
    # mark-up of the spread of cost times the root of 3, over 4), less 0.5 % for the bid. A firm's own cost is
    # the median times exp(z), z from its own two draws; it hears of one in 19 tenders of section N.
    spread = load_parameters().firms.unit_cost_spread
    gain = ((0.1 + math.sqrt(3.0) * spread / 4.0) / 5.0 - 0.005) * 4 * 10_000 * POUND * 12 / TRADES[13]
    world = make_room(n_firms=2000, n_needs=4)
    world.market.mean_bidders[:] = 4.0
    draws = stream(world.seed, "readiness")
    u1, u2 = (draw_many(draws, world.firms.key, k) for k in (0, 1))
    z = np.sqrt(-2.0 * np.log(1.0 - u1)) * np.cos(2.0 * np.pi * u2)
    for median in (gain / POUND * factor for factor in (0.5, 1.5, 4.0, 12.0)):
        world.parameters = numbers(
            readiness_cost=median, readiness_spread=1.0, local_awareness=1.0, bid_cost_share=0.005,
            contribution=0.1,
        )  # fmt: skip
        ready = readiness.initial_readiness(world) & 1
        assert (ready == (gain > median * POUND * np.exp(z))).all()
        assert 0 < ready.sum() < 2000


def test_readiness_stays_what_it_was_in_the_start_while_nothing_changes() -> None:
    parameters = numbers(readiness_cost=12_000.0, readiness_spread=1.0, readiness_review=1.0)
    world = make_room(n_firms=300, n_needs=4, parameters=parameters)
    world.firms.registered[:] = readiness.initial_readiness(world)
    start = world.firms.registered.copy()
    assert 0 < start.sum() < 300
    for month in range(1, 5):
        world.month = month
        readiness.update_readiness(world)
        assert (world.firms.registered == start).all()


def test_recognition_makes_one_registration_worth_what_two_were() -> None:
    # The same pipeline at two anchors. Under recognition a firm adds up both gains and pays once.
    parameters = numbers(readiness_cost=16_000.0, readiness_spread=1.0)
    world = make_room(n_firms=300, n_needs=8, parameters=parameters)
    world.needs.anchor[:] = np.arange(8) % 2
    alone = readiness.initial_readiness(world)
    set_terms(world, is_signatory=np.ones(2, bool), adherence=np.ones(2))
    together = readiness.initial_readiness(world)
    assert ((together > 0) >= (alone > 0)).all()
    assert (together > 0).sum() > (alone > 0).sum()
    assert not (together == 3).any()  # a second registration buys nothing


def test_the_month_begins_with_empty_columns_and_the_default_terms() -> None:
    world = make_room()
    world.firms.sales_anchors[:] = 5
    world.market.counts = {"bids": 3}
    set_terms(world, sv_weight=np.ones((2, 20)))
    policy.set_terms(world)
    assert not world.firms.sales_anchors.any()
    assert world.market.counts == {}
    assert (world.terms.sv_weight == world.parameters.procurement.default_sv_weight).all()


def test_a_wholesaler_sub_contracts_a_part_of_its_margin_and_not_of_the_goods() -> None:
    # £10,000, of which £2,000 is its output; 0.30 at full delivery, delivered 0.5: 15 % of £2,000 is £300.
    world = make_room(section=G)
    hold(world, 0, 0)
    world.needs.sub_share[0], world.needs.subcontractor[0] = 0.3 * 0.5, 1
    pay_suppliers(world)
    assert world.firms.sales_firms[1] == pytest.approx(300 * POUND, abs=1)
    assert world.firms.sales_anchors[0] == pytest.approx(1_700 * POUND, abs=2)
    assert world.firms.turnover[0] == 10_000 * POUND


def test_a_firms_commitment_to_hire_is_what_it_delivers_spread_over_all_its_work() -> None:
    # Delivered 0.4 * 0.59 = 0.236 (rate 0.5 + 0.3 * 0.3) on £10,000 of £60,000 of work: 0.0393; the other: nil.
    world = make_room(unit_cost=[0.8, 0.9])
    let(world)
    assert world.firms.local_hiring[0] == pytest.approx(0.236 * 10_000 / 60_000, abs=1e-6)
    assert world.firms.local_hiring[1] == 0.0
