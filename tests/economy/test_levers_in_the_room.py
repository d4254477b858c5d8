"""What each lever does in the tender room, with the numbers worked by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tender_room import POUND, make_room, numbers, set_terms

from cwbsim.economy.bidding import enter_and_bid
from cwbsim.economy.insourcing import staff_in_house
from cwbsim.economy.lots import lots_wanted
from cwbsim.economy.procurement import award_contracts, open_tenders, pay_suppliers
from cwbsim.economy.treasury import fund_anchors
from cwbsim.terms import FOR_SME, FOR_SOCIAL
from cwbsim.world import BOROUGH, SECTIONS, World


def each(value: float) -> np.ndarray:
    return np.full(2, value)


def hold(world: World, need: int, firm: int) -> None:
    needs = world.needs
    needs.supplier[need], needs.supplier_key[need], needs.place[need] = firm, world.firms.key[firm], BOROUGH
    world.firms.contract_load[firm] += needs.budget[need]
    needs.is_open[need], needs.months_left[need] = False, 12


def test_a_preference_lets_the_dearer_local_firm_win_exactly_from_the_computed_size() -> None:
    # Local cost 0.95, elsewhere 0.90, all else equal; top c1 = 1 + sqrt(3) * 0.08 = 1.13856 and n = 4. Local bids
    # are scored at c (1 - d) + (c1' - c (1 - d)) / 4 = 0.75 c (1 - d) + c1' / 4, others at 0.75 c + c1' / 4 with the
    # same c1': the local one wins once 0.95 (1 - d) < 0.90, so above d = 0.0526316.
    winners = []
    for preference in (0.051, 0.054):
        world = make_room(n_firms=1, n_pool=1, unit_cost=0.95, sv_practice=0.3, bid_skill=0.6)
        world.market.mean_bidders[:] = 4.0
        set_terms(world, preference=each(preference))
        enter_and_bid(world)
        winners.append(int(world.needs.best_supplier[0]))
    assert winners == [-1, 0]


def test_a_firm_with_a_preference_asks_for_more_and_one_without_for_less() -> None:
    # One firm here and one elsewhere, both certain to hear: half of likely bidders are local, so a typical rival's
    # price is scored 2.5 % lower at a preference of 5 %. Top: 1.13856 * 0.975 = 1.11010.
    # Local, c 0.9: 0.9 + (1.11010 - 0.855) / (4 * 0.95) = 0.967131; without: 0.95964, as in the test of prices.
    # Elsewhere: 0.9 + (1.11010 - 0.9) / 4 = 0.952524.
    top = (1 + math.sqrt(3) * 0.08) * 0.975
    for firms, pool, expected in ((1, 1, 0.9 + (top - 0.855) / 3.8), (0, 2, None)):
        world = make_room(n_firms=max(firms, 1), n_pool=pool)
        world.market.mean_bidders[:] = 4.0
        if firms == 0:
            world.firms.quality[:] = 0.0  # bids, and loses
            world.pool.quality[1] = 0.0
        set_terms(world, preference=each(0.05))
        enter_and_bid(world)
        if expected is None:  # one of three likely bidders is local
            expected = 0.9 + ((1 + math.sqrt(3) * 0.08) * (1 - 0.05 / 3) - 0.9) / 4
        assert world.needs.best_price[0] == pytest.approx(expected, abs=1e-9)


def test_entry_held_as_it_is_keeps_bidders_whom_a_preference_would_drive_off() -> None:
    numbers_of_bids = []
    for responds in (True, False):
        world = make_room(n_firms=5, n_pool=5, n_needs=1, parameters=numbers(bid_cost_fixed=8_000.0))
        world.pool.unit_cost[:] = 1.0
        world.market.mean_bidders[:] = 4.0
        set_terms(world, preference=each(0.15), entry_responds=np.full(2, responds))
        enter_and_bid(world)
        numbers_of_bids.append(int(world.needs.n_bids[0]))
    assert numbers_of_bids == [5, 10]


def test_a_reserved_tender_is_for_the_place_and_the_kind_it_is_kept_for() -> None:
    # Budget £10,000 a month for 36 months with VAT: £432,000. A pool of one from the wider area, one from outside;
    # of two firms one is a social enterprise, both are small.
    def bids(**terms: object) -> int:
        world = make_room(n_firms=2, n_pool=2, ownership=[0, 1])
        world.needs.n_bids[:] = 3
        world.pool.turnover[:] = 100_000_000 * POUND
        set_terms(world, **terms)
        enter_and_bid(world)
        return int(world.needs.n_bids[0])

    below, above = (np.full((2, 20), x * POUND) for x in (432_001, 432_000))
    assert bids() == 4
    assert bids(reserve_below=above) == 4
    assert bids(reserve_below=below) == 2
    assert bids(reserve_below=below, reserve_place=np.ones(2, np.int8)) == 3
    assert bids(reserve_below=below, reserve_for=np.full(2, FOR_SME, np.int8)) == 2
    assert bids(reserve_below=below, reserve_for=np.full(2, FOR_SOCIAL, np.int8)) == 1
    assert bids(reserve_below=below, reserve_place=np.ones(2, np.int8), reserve_for=np.full(2, FOR_SME, np.int8)) == 2


def test_a_reserved_tender_that_nobody_bid_for_is_open_to_all_the_next_time() -> None:
    world = make_room(n_firms=1, n_pool=1, registered=0)
    world.needs.n_bids[:] = 2
    set_terms(world, reserve_below=np.full((2, 20), 10**9))
    enter_and_bid(world)
    assert world.needs.n_bids[0] == 0
    enter_and_bid(world)
    assert world.needs.n_bids[0] == 1


def test_a_branch_passes_for_local_where_officers_cannot_tell_and_never_where_they_can() -> None:
    shares = []
    for skill in (0.0, 0.5, 1.0):
        world = make_room(n_firms=0, n_pool=1, n_needs=400)
        world.pool.has_branch[:] = True
        world.needs.n_bids[:] = 2
        set_terms(world, reserve_below=np.full((2, 20), 10**9), officer_skill=each(skill))
        enter_and_bid(world)
        shares.append(float(world.needs.n_bids.mean()))
    assert shares[0] == 1.0
    assert shares[1] == pytest.approx(0.5, abs=6 * 0.025)  # sqrt(.25 / 400) = 0.025
    assert shares[2] == 0.0


def test_trained_panels_read_quality_with_less_error() -> None:
    # Two firms that differ by 0.05 in quality; a panel that misreads by a deviation of 0.08 is wrong often, one that
    # sees all never is.
    right = []
    for skill in (0.0, 0.4, 1.0):
        world = make_room(n_needs=400, quality=[0.65, 0.6], parameters=numbers(quality_noise=0.08))
        set_terms(world, officer_skill=each(skill))
        enter_and_bid(world)
        right.append(float((world.needs.best_supplier == 0).mean()))
    assert 0.5 < right[0] < right[1] < right[2] == 1.0


def test_waiting_longer_for_payment_is_in_the_price() -> None:
    # 8 % a year for 73 days more than usual is 1.6 %: cost 0.9 becomes 0.9144, and the price moves by three
    # quarters of that with four bidders expected.
    prices = []
    for days in (0.0, 73.0):
        world = make_room(n_firms=1, parameters=numbers(finance_cost=0.08))
        world.market.mean_bidders[:] = 4.0
        set_terms(world, payment_days=each(days))
        enter_and_bid(world)
        prices.append(float(world.needs.best_price[0]))
    assert prices[1] - prices[0] == pytest.approx(0.75 * 0.9 * 0.08 * 73 / 365, abs=1e-12)


def test_a_month_is_paid_as_days_say_and_nothing_is_lost() -> None:
    # £10,000 a month. At 15.21875 days half of a month waits: £5,000 paid in the first month, £10,000 in the
    # second; paid at once from then on, the £5,000 come on top.
    world = make_room()
    hold(world, 0, 0)
    paid = []
    for days in (15.21875, 15.21875, 0.0, 0.0):
        set_terms(world, payment_days=each(days))
        before = int(world.firms.cash[0])
        pay_suppliers(world)
        world.ledger.check("pay_suppliers")
        paid.append((int(world.firms.cash[0]) - before) // POUND)
        assert world.firms.sales_anchors[0] == len(paid) * 10_000 * POUND  # sold when done, not when paid
    assert paid == [5_000, 10_000, 15_000, 10_000]


def test_a_holder_who_loses_the_contract_is_paid_what_it_is_owed() -> None:
    world = make_room(unit_cost=[0.95, 0.8])
    hold(world, 0, 0)
    world.needs.owed[0], world.needs.is_open[0] = 4_000 * POUND, True
    enter_and_bid(world)
    award_contracts(world)
    assert world.needs.supplier[0] == 1
    assert world.firms.cash[0] == 4_000 * POUND
    assert world.needs.owed[0] == 0
    assert world.ledger.kind_total("accounts_settled", "anchors", "firms") == 4_000 * POUND
    world.ledger.check("award_contracts")


def test_a_funder_does_not_make_up_for_paying_sooner() -> None:
    # The anchor holds its reserve of £1m less the £9,856 it usually owes (30 days of £10,000) and has paid.
    world = make_room(parameters=numbers(default_payment_days=30.0))
    usual = (10_000 * POUND * round(30 / 30.4375 * (1 << 24))) >> 24
    world.anchors.reserve[:] = 10**8
    world.anchors.cash[:] = [10**8 - usual, 10**8]
    world.ledger.anchors_opened_with = world.anchors.cash.copy()
    fund_anchors(world)
    assert world.ledger.kind_total("grants") == 0
    world.needs.owed[0] = usual  # had it not, it would be short
    fund_anchors(world)
    assert world.ledger.kind_total("grants") == round(usual / world.parameters.treasury.reserve_settlement_months)


def test_priorities_say_what_delivered_social_value_goes_into() -> None:
    # Practice 0.4 at weight nil, monitored as usual: 0.4 * (0.5 + 0.3 * 0.3) = 0.236 delivered. Half and half: 0.236
    # into hiring and 0.30 * 0.236 into sub-contracts. All into pay: 2 * 0.236 of staff at the living wage.
    for mix, hires, sub, pay in (
        ([0.5, 0.5, 0.0], 0.236, 0.0708, 0.0),
        ([1.0, 0.0, 0.0], 0.472, 0.0, 0.0),
        ([0.0, 1.0, 0.0], 0.0, 0.1416, 0.0),
        ([0.0, 0.0, 1.0], 0.0, 0.0, 0.472),
    ):
        world = make_room()
        set_terms(world, priorities=np.tile(mix, (2, 1)), sv_weight=np.zeros((2, 20)))
        enter_and_bid(world)
        award_contracts(world)
        n = world.needs
        assert (n.hires[0], n.sub_share[0], n.living_wage[0]) == pytest.approx((hires, sub, pay), abs=1e-12)


def test_clauses_are_kept_as_far_as_somebody_follows_up() -> None:
    # Half of payment asked for, kept at 0.5 + 0.3 * monitoring of it; the living wage likewise.
    for monitoring in (0.0, 1.0):
        world = make_room()
        set_terms(world, second_tier=each(0.5), living_wage=each(1.0), monitoring=each(monitoring))
        enter_and_bid(world)
        award_contracts(world)
        rate = 0.5 + 0.3 * monitoring
        assert world.needs.sub_share[0] == pytest.approx(0.5 * rate)
        assert world.needs.living_wage[0] == pytest.approx(rate)


def test_a_second_tier_clause_costs_bidders_what_it_takes_to_manage() -> None:
    # 3 % of the half that is passed on: cost 0.9 becomes 0.9135; the price moves by three quarters of it.
    prices = []
    for share in (0.0, 0.5):
        world = make_room(n_firms=1)
        world.market.mean_bidders[:] = 4.0
        set_terms(world, second_tier=each(share))
        enter_and_bid(world)
        prices.append(float(world.needs.best_price[0]))
    assert prices[1] - prices[0] == pytest.approx(0.75 * 0.9 * 0.03 * 0.5, abs=1e-12)


def test_a_need_is_let_in_as_many_lots_as_its_size_asks_for_and_to_the_penny() -> None:
    # £120,000 a year at £50,000 a lot: three lots, of £10,000 a month in thirds, 3,333.33, 3,333.33 and 3,333.34.
    world = make_room(n_firms=3)
    hold(world, 0, 0)
    world.needs.months_left[0], world.needs.owed[0] = 1, 100
    set_terms(world, largest_lot=np.full(2, 50_000 * POUND), most_lots=np.full(2, 10))
    open_tenders(world)
    n = world.needs
    assert sorted(n.budget.tolist()) == [333_333, 333_333, 333_334]
    assert int(n.owed.sum()) == 100
    assert (n.n_lots == 3).all()
    assert n.is_open.all()
    assert np.unique(n.key).size == 3
    assert np.unique(n.lot_key).size == 1
    assert np.unique(n.term_months).size == 1  # they end together
    assert world.firms.contract_load[0] == 1_000_000


def test_lots_come_together_again_when_the_lever_has_ended() -> None:
    world = make_room(n_firms=3)
    hold(world, 0, 0)
    world.needs.months_left[0] = 1
    key = int(world.needs.key[0])
    set_terms(world, largest_lot=np.full(2, 50_000 * POUND), most_lots=np.full(2, 2))
    open_tenders(world)
    enter_and_bid(world)
    award_contracts(world)
    set_terms(world, largest_lot=np.zeros(2, np.int64))
    world.needs.months_left[:] = [1, 2]
    open_tenders(world)  # one has to wait for the other
    assert world.needs.term_months[0] == 1
    enter_and_bid(world)
    award_contracts(world)
    open_tenders(world)
    assert world.needs.key.tolist() == [key]
    assert world.needs.budget.tolist() == [1_000_000]
    assert world.needs.n_lots.tolist() == [1]
    assert int(world.firms.contract_load.sum()) == 1_000_000


def test_needs_no_policy_can_reach_are_let_whole() -> None:
    world = make_room(n_needs=2)
    world.needs.is_influenceable[:] = [True, False]
    set_terms(world, largest_lot=np.full(2, 30_000 * POUND), most_lots=np.full(2, 3))
    assert lots_wanted(world, np.arange(2), world.needs.budget).tolist() == [3, 1]


def test_a_service_brought_in_house_takes_its_staff_along_and_comes_back_to_tender() -> None:
    # £200,000 a month, labour 40 % of it at £4,000 a job: 20 posts. On site half, of whom four fifths transfer: of
    # 200 staff 200,000 / 5,000 * 0.5 * 0.8 = 16, in expectation.
    world = make_room(n_firms=1, n_anchors=1, n_pool=1)
    fixed = world.fixed
    fixed.input_local, fixed.input_total = np.full((20, 20), 0.001), np.full((20, 20), 0.01)
    fixed.wider_supply_share = 0.25
    world.needs.budget[:] = 200_000 * POUND
    hold(world, 0, 0)
    world.needs.months_left[0], world.needs.term_months[0] = 1, 6
    world.employers.n_from_wider[0] = 190
    set_terms(world, insourced=np.ones((1, 20)))
    open_tenders(world)
    n = world.needs
    row = world.anchor_row(0)
    assert (int(n.in_house[0]), int(n.budget[0]), bool(n.is_open[0])) == (200_000 * POUND, 0, False)
    assert world.employers.wanted[row] == 20 == int(staff_in_house(world, n.in_house, n.section)[0])
    moved = world.employers.n_residents[row] + world.employers.n_from_wider[row]
    assert 10 <= moved <= 22
    assert world.firms.contract_load[0] == 0
    pay_suppliers(world)
    # All but labour, £120,000, is spent: by the recipe at home (2 %, in one section of the borough) and elsewhere.
    assert world.ledger.kind_total("in_house_inputs", "anchors") == 120_000 * POUND
    world.ledger.check("pay_suppliers")
    set_terms(world, insourced=np.zeros((1, 20)))
    n.months_left[0] = 1
    open_tenders(world)
    assert (int(n.in_house[0]), int(n.budget[0]), bool(n.is_open[0])) == (0, 200_000 * POUND, True)
    assert world.employers.wanted[row] == 0


def test_the_section_of_a_bound_matters_where_works_have_one_of_their_own() -> None:
    world = make_room(n_pool=1, section=SECTIONS.index("F"))
    world.needs.n_bids[:] = 1
    below = np.zeros((2, 20), np.int64)
    below[:, SECTIONS.index("F")] = 10**9
    set_terms(world, reserve_below=below)
    enter_and_bid(world)
    assert world.needs.n_bids[0] == 2
