"""Who bids, at what price, and who wins."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tender_room import POUND, keys, make_room, numbers, set_terms

from cwbsim.economy.bidding import enter_and_bid
from cwbsim.economy.tenders import TRADES


def test_the_trades_are_the_groups_of_the_standard_industrial_classification() -> None:
    # SIC 2007 has 272 groups; one of them is section U (extraterritorial bodies), which the model leaves out.
    assert TRADES.sum() == 271


def test_two_identical_firms_win_half_the_time() -> None:
    n = 2000
    world = make_room(n_needs=n, parameters=numbers(cost_spread=0.06, quality_noise=0.08))
    enter_and_bid(world)
    wins = int((world.needs.best_supplier == 0).sum())
    assert (world.needs.n_bids == 2).all()
    # Binomial(2000, 1/2): mean 1000, standard deviation sqrt(500) = 22.4. Outside 1000 +- 134, six of them,
    # lies less than 2 exp(-2 * 134**2 / 2000) = 3.2e-8 of it (Hoeffding's bound, exact for every n).
    assert 2 * math.exp(-2 * 134**2 / n) < 4e-8
    assert abs(wins - 1000) <= 134


def test_identical_bids_are_settled_by_lot_and_not_by_row() -> None:
    n = 2000
    world = make_room(n_needs=n)
    enter_and_bid(world)
    assert abs(int((world.needs.best_supplier == 0).sum()) - 1000) <= 134  # the bound above


def test_the_lowest_cost_wins_when_price_is_all_that_counts() -> None:
    world = make_room(n_firms=4, n_needs=50, unit_cost=[0.93, 0.90, 0.91, 0.92], quality=[0.9, 0.1, 0.9, 0.9])
    set_terms(world, sv_weight=np.zeros((2, 20)), quality_weight=np.zeros((2, 20)))
    enter_and_bid(world)
    assert (world.needs.best_supplier == 1).all()


def test_a_price_is_own_cost_and_a_share_of_what_is_left_to_the_dearest_rival() -> None:
    # Expected competition 4, rivals' costs spread by the lasting 0.08 alone, so
    # c1 = 1 + sqrt(3) * 0.08 = 1.13856.
    # With c = 0.9: b = 0.9 + (1.13856 - 0.9) / 4 = 0.95964.
    world = make_room(n_firms=1)
    world.market.mean_bidders[:] = 4.0
    enter_and_bid(world)
    spread = world.parameters.firms.unit_cost_spread
    assert world.needs.best_price[0] == pytest.approx(0.9 + (1 + math.sqrt(3) * spread - 0.9) / 4, abs=1e-12)


def test_prices_fall_with_expected_competition_and_ever_less() -> None:
    prices = []
    for expected in (1.0, 2.0, 4.0, 6.0, 8.0):
        world = make_room(n_firms=1)
        world.market.mean_bidders[:] = expected
        enter_and_bid(world)
        prices.append(float(world.needs.best_price[0]))
    falls = -np.diff(prices) / np.diff([1.0, 2.0, 4.0, 6.0, 8.0])
    assert (falls > 0).all()
    assert (np.diff(falls) < 0).all()
    assert falls[-1] < 0.006  # of the should-cost a bidder: all but flat at six to eight


def test_the_social_value_weight_flips_the_winner_exactly_at_the_computed_weight() -> None:
    # Firm 0 is dearer (c 0.95 against 0.90) and does more (practice 0.6 against 0.2). All prescriptive, so
    # the panel sees practice and nothing is embellished. With competition of 4 expected, prices differ by
    # three quarters of the cost gap, 0.0375; on a range of 0.4 each side that is 0.0375 * 0.5 / 0.4 =
    # 0.046875 marks. Quality equal at weight 0.4. Firm 0 wins when w * 0.4 > (0.6 - w) * 0.046875, so when
    # w > 0.028125 / 0.446875 = 0.0629371.
    flip = 0.028125 / 0.446875
    winners = []
    for weight in (flip - 0.0005, flip + 0.0005):
        world = make_room(unit_cost=[0.95, 0.90], sv_practice=[0.6, 0.2])
        world.market.mean_bidders[:] = 4.0
        set_terms(world, sv_weight=np.full((2, 20), weight), prescriptive=np.ones(2))
        enter_and_bid(world)
        winners.append(int(world.needs.best_supplier[0]))
    assert winners == [1, 0]


def test_no_policy_reaches_a_need_the_anchor_cannot_influence() -> None:
    # By default social value weighs 0.1, and a lead of 0.1 in practice is worth less than the price gap
    # (0.0234 marks at weight 0.5 on price); at weight 0.5 on social value it is worth 0.05.
    world = make_room(n_needs=2, unit_cost=[0.95, 0.90], sv_practice=[0.4, 0.3])
    world.needs.is_influenceable[:] = [True, False]
    set_terms(world, sv_weight=np.full((2, 20), 0.5), prescriptive=np.ones(2))
    enter_and_bid(world)
    assert world.needs.best_supplier.tolist() == [0, 1]


def test_needs_below_the_value_threshold_keep_the_default_weight() -> None:
    # As above, with needs of £120,000 a year and a threshold just at it, or a pound above.
    winners = []
    for threshold in (120_000 * POUND, 120_001 * POUND):
        world = make_room(unit_cost=[0.95, 0.90], sv_practice=[0.4, 0.3])
        set_terms(
            world, sv_weight=np.full((2, 20), 0.5), prescriptive=np.ones(2),
            sv_threshold=np.full(2, threshold, np.int64),
        )  # fmt: skip
        enter_and_bid(world)
        winners.append(int(world.needs.best_supplier[0]))
    assert winners == [0, 1]


def test_writing_beats_doing_where_bidders_define_social_value_and_not_where_the_anchor_does() -> None:
    winners = []
    for prescriptive in (0.0, 1.0):
        world = make_room(sv_practice=[0.2, 0.5], bid_skill=[0.95, 0.1])
        set_terms(
            world,
            sv_weight=np.full((2, 20), 0.3),
            prescriptive=np.full(2, prescriptive),
            officer_skill=np.zeros(2),
        )
        enter_and_bid(world)
        winners.append(int(world.needs.best_supplier[0]))
    assert winners == [0, 1]


def test_a_tender_without_bidders_has_no_best_bid() -> None:
    world = make_room(registered=0)
    enter_and_bid(world)
    assert world.needs.best_score[0] == -1
    assert world.needs.n_bids[0] == 0


def test_nobody_bids_when_bidding_costs_more_than_the_prize() -> None:
    # £10,000 a month for 36 months is £360,000; a sole bidder's prize is 10 % of it and its mark-up, about
    # 0.239 / 1.139 of the price: £111,000 at most.
    for fixed, bids in ((100_000.0, 1), (112_000.0, 0)):
        world = make_room(n_firms=1, parameters=numbers(bid_cost_fixed=fixed))
        enter_and_bid(world)
        assert world.needs.n_bids[0] == bids


def test_cheaper_bidding_brings_more_bidders() -> None:
    bids = []
    for factor in (1.0, 0.2):
        world = make_room(
            n_firms=8,
            n_needs=200,
            unit_cost=np.linspace(0.85, 1.15, 8),
            parameters=numbers(bid_cost_fixed=12_000.0),
        )
        set_terms(world, bid_cost=np.full(2, factor))
        enter_and_bid(world)
        bids.append(int(world.needs.n_bids.sum()))
    assert bids[1] > bids[0]


def test_the_holder_of_a_contract_hears_of_its_tender_and_another_firm_in_its_premises_does_not() -> None:
    world = make_room(n_firms=20, n_needs=2, parameters=numbers(local_awareness=0.0))
    world.needs.supplier[:] = 11
    world.needs.supplier_key[:] = world.firms.key[[11, 12]]
    enter_and_bid(world)
    assert world.needs.n_bids.tolist() == [1, 0]
    assert world.needs.best_supplier[0] == 11


def test_a_full_order_book_and_the_turnover_rule_keep_firms_out() -> None:
    # Budget £10,000 a month. Room for £9,999 is not enough, £10,000 is; yearly output of £119,999 fails a
    # requirement of one year's value, £120,000 meets it.
    for load, bids in ((40_001, 0), (40_000, 1)):
        world = make_room(n_firms=1, contract_load=load * POUND, parameters=numbers(contract_growth=1.0))
        enter_and_bid(world)
        assert world.needs.n_bids[0] == bids
    for output, bids in ((999_999, 0), (1_000_000, 1)):
        world = make_room(n_firms=1, site_output=output, parameters=numbers(turnover_requirement=1.0))
        enter_and_bid(world)
        assert world.needs.n_bids[0] == bids


def test_an_incumbent_with_a_full_book_can_bid_for_its_own_contract() -> None:
    world = make_room(n_firms=1, contract_load=50_000 * POUND, parameters=numbers(contract_growth=1.0))
    world.needs.supplier[0], world.needs.supplier_key[0] = 0, world.firms.key[0]
    enter_and_bid(world)
    assert world.needs.n_bids[0] == 1


def test_mutual_recognition_opens_the_tenders_of_another_signatory() -> None:
    def bids(**terms: object) -> int:
        world = make_room(n_firms=1, registered=0b10)  # registered with anchor 1; the tender is anchor 0's
        set_terms(world, **terms)
        enter_and_bid(world)
        return int(world.needs.n_bids[0])

    assert bids() == 0
    assert bids(is_signatory=np.array([True, True]), adherence=np.ones(2)) == 1
    assert bids(is_signatory=np.array([True, False]), adherence=np.array([1.0, 0.0])) == 0
    assert bids(is_signatory=np.array([True, True]), adherence=np.zeros(2)) == 0


def test_a_firm_that_never_qualifies_changes_nothing_bit_for_bit() -> None:
    drawn = numbers(cost_spread=0.06, quality_noise=0.08, local_awareness=10.0, pool_awareness=10.0)
    small = make_room(n_firms=5, n_pool=5, n_needs=300, parameters=drawn)
    large = make_room(n_firms=6, n_pool=5, n_needs=300, parameters=drawn)
    large.firms.unit_cost[-1] = 0.5  # it would win them all
    large.firms.registered[-1] = 0
    for world in (small, large):
        enter_and_bid(world)
    for column in ("best_score", "best_supplier", "best_price", "best_promise", "n_bids", "n_local_bids"):
        assert getattr(small.needs, column).tobytes() == getattr(large.needs, column).tobytes(), column


def test_the_order_of_rows_decides_nothing() -> None:
    drawn = numbers(cost_spread=0.06, local_awareness=10.0)
    world = make_room(n_firms=6, n_needs=300, parameters=drawn)
    turned = make_room(n_firms=6, n_needs=300, parameters=drawn)
    turned.firms.key[:] = world.firms.key[::-1]
    turned.needs.key[:] = world.needs.key[::-1]
    enter_and_bid(world)
    enter_and_bid(turned)
    by_key = world.firms.key[world.needs.best_supplier]
    by_key_turned = turned.firms.key[turned.needs.best_supplier][::-1]
    bid = world.needs.best_score >= 0
    assert (bid == (turned.needs.best_score >= 0)[::-1]).all()
    assert (by_key[bid] == by_key_turned[bid]).all()


def test_a_half_sample_of_the_borough_meets_as_many_bids_a_tender() -> None:
    # 400 firms hear with chance 0.01, 200 of a half sample with 0.02: four bids a tender in both. Over 2,000
    # tenders the mean scatters by sqrt(4 / 2000) = 0.045; six of them, for a difference of two, is 0.38.
    mean = []
    for n_firms, scale in ((400, 1.0), (200, 0.5)):
        world = make_room(
            n_firms=n_firms, n_needs=2000, parameters=numbers(local_awareness=0.01 * TRADES[13])
        )
        world.scale = scale
        enter_and_bid(world)
        mean.append(float(world.needs.n_bids.mean()))
    assert mean[0] == pytest.approx(4.0, abs=0.27)
    assert mean[1] == pytest.approx(mean[0], abs=0.38)


def test_awareness_raises_the_number_who_hear_and_pool_suppliers_stay_where_they_were() -> None:
    world = make_room(
        n_firms=50, n_pool=50, n_needs=400, parameters=numbers(local_awareness=1.0, pool_awareness=1.0)
    )
    helped = make_room(n_firms=50, n_pool=50, n_needs=400, parameters=world.parameters)
    set_terms(helped, awareness=np.full(2, 3.0))
    for room in (world, helped):
        enter_and_bid(room)
    local = [int(room.needs.n_local_bids.sum()) for room in (world, helped)]
    elsewhere = [int((room.needs.n_bids - room.needs.n_local_bids).sum()) for room in (world, helped)]
    assert local[1] > 2 * local[0]
    assert elsewhere[0] == elsewhere[1]


def test_keys_of_the_room_are_distinct() -> None:
    every = np.concatenate([keys(kind, 100) for kind in range(8)])
    assert np.unique(every).size == every.size
