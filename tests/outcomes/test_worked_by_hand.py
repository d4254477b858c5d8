"""Values of the town in towns.py, each worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from towns import POUND, C, F, G, N, O, town, whole

from cwbsim.outcomes import OUTCOMES, Reading
from cwbsim.world import World


def value(name: str, world: World | None = None, before: np.ndarray | None = None) -> Any:
    return OUTCOMES[name].function(Reading(town() if world is None else world, before))


@pytest.mark.parametrize(
    ("name", "by_hand"),
    [
        ("local_spend", 3_000.0),  # builders 1,000 + wholesaler 2,000
        ("contract_spend", 10_000.0),
        ("local_spend_share", 0.3),  # 3,000 / 10,000
        ("wider_area_spend_share", 0.3),  # the wider-area cleaner, 3,000
        ("local_spend_share_head_office", 0.3),  # both owners are here
        ("local_spend_share_based_or_branched", 0.7),  # + the outside cleaner with a branch, 4,000
        ("influenceable_spend_share", 0.4),  # the council's 1,000 + 3,000
        ("sme_share_of_contracts", 0.6),  # 1,000 + 2,000 here; 3,000 of one with 1m / 60,000 = 17 staff
        ("social_economy_share", 0.2),  # the wholesaler
        ("supplier_concentration", 0.3),  # .1^2 + .3^2 + .2^2 + .4^2 = .01 + .09 + .04 + .16
        ("price_over_should_cost", 0.925),  # (1,250 + 3,000 + 2,000 + 3,000) / 10,000
        ("service_volume", 10_750.0),  # 750 + 3,000 + 2,000 + 5,000
        ("service_volume_lost", -750.0),  # 10,000 - 10,750: more than was needed
        ("social_value_promised", 0.3),  # (500 + 1,500 + 0 + 1,000) / 10,000
        ("social_value_delivered", 0.15),  # (500 + 0 + 0 + 1,000) / 10,000
        ("tenders", 3.0),
        ("local_bids", 2.0),
        ("bidders_per_tender", 2.0),  # 1 and 3 bids; the third was a direct award, the fourth not out to tender
        ("single_bid_share", 1 / 2),
        ("uncompeted_share", 1 / 3),
        ("failed_tender_share", 1 / 3),
        ("bid_costs", 456.0),
        ("retained_turnover", 3_000.0),
        ("retained_value_added", 750.0),  # half of output: 1,000 of the builders, 500 of the wholesaler
        ("unemployment_rate", 0.2),  # 1 of 5 active
        ("residents_in_work", 4.0),
        ("vacancies", 8.0),  # 2 in each of four rows of section F: two sites, two on site
        ("share_at_real_living_wage", 0.75),  # £10, £20, £20 and £40 an hour against £13.45
        ("firms_open", 3.0),
        ("smes_open", 2.0),
        ("births", 3.0),
        ("deaths", 2.0),
        ("output", 2_500.0),  # 1,000 + 200; 500 + 300; 500
        ("unmet_demand", 75.0),
        ("firm_cash", 950.0),
        ("price_level", 1.2),  # (5,000 x 1 + 4,000 x 1.25 + 1,000 x 2) / 10,000; the vacant site has no say
        ("household_savings", 4_329.0),
        ("overdrawn_households", 1.0),
        ("consumption", 700.0),
        ("anchor_cash", 1_100.0),
        # three tenders at £1,000; the second, £72,000 over its term, is formal: 3 bids at £500; the first had one, at £50
        ("officer_costs", 3 * 1_000.0 + 3 * 500.0 + 50.0),
        ("challenge_costs", 0.01 * 50_000.0),  # one formal award with a loser
        ("monitoring_costs", 0.5 * 2 * 1_200.0 / 12),  # half of the council's two contracts
        ("owed_to_suppliers", 300.0),
        ("in_house_services", 0.0),
        ("wider_area_contract_income", 3_000.0),
        ("outside_contract_income", 4_000.0),
    ],
)
def test_the_number_is_the_one_worked_by_hand(name: str, by_hand: float) -> None:
    assert value(name) == pytest.approx(by_hand, abs=2e-6 * max(1.0, abs(by_hand)))


def test_a_service_done_in_house_counts_for_what_it_is_worth() -> None:
    # £1,000 a month at 1.25 of the should-cost is worth £800: £200 of service lost.
    world = town()
    without = value("service_volume", town()), value("service_volume_lost", town())
    world.needs.in_house[0] = 1_000 * POUND

    assert value("service_volume", world) - without[0] == pytest.approx(800.0)
    assert value("service_volume_lost", world) - without[1] == pytest.approx(200.0)


def test_lm3_is_one_plus_what_is_bought_locally_plus_what_those_suppliers_spend_again() -> None:
    council, hospital = value("lm3")

    # builders: 10p of inputs and a third of 40p of pay (1 resident of 3 staff) in each pound: b = .1 + .13333
    assert council == pytest.approx(1 + 0.25 + 0.25 * (0.1 + 0.4 / 3), abs=1e-6)  # a = 1,000 / 4,000
    # wholesaler: the same for all its staff, but a quarter of what it is paid is its output: b = .25 x .5
    assert hospital == pytest.approx(1 + 1 / 3 + 1 / 3 * 0.125, abs=1e-6)  # a = 2,000 / 6,000


def test_the_second_round_is_weighed_by_what_each_supplier_is_paid() -> None:
    # (1,000 x .23333 + 2,000 x .125) / 3,000 = 483.33 / 3,000
    assert value("second_round_local") == pytest.approx(0.161111, abs=1e-6)


def test_a_wholesaler_keeps_less_value_than_turnover() -> None:
    world = town()
    world.needs.budget[[0, 1, 3]] = 0  # only the wholesaler is left

    assert value("retained_turnover", world) == 2_000.0
    assert value("retained_value_added", world) == pytest.approx(250.0, abs=0.01)  # half of 500 of output


def test_local_spend_is_told_apart_by_anchor_section_and_size() -> None:
    assert value("local_spend_by_anchor").tolist() == [1_000.0, 2_000.0]
    assert value("local_spend_share_by_anchor").tolist() == pytest.approx([0.25, 1 / 3])
    by_section = value("local_spend_by_section")
    assert {i: v for i, v in enumerate(by_section) if v} == {F: 1_000.0, G: 2_000.0}
    shares = value("local_spend_share_by_section")
    assert (shares[F], shares[G], shares[N]) == (1.0, 1.0, 0.0)
    assert np.isnan(shares[C])  # nothing was bought, so there is nothing to take a share of
    assert value("local_spend_by_size").tolist() == [0, 2_000.0, 0, 0, 1_000.0, 0, 0, 0]
    assert value("contract_spend_by_place").tolist() == [3_000.0, 3_000.0, 4_000.0]


def test_in_an_overrun_the_anchor_pays_the_price_and_not_the_budget() -> None:
    world = town(closure="overrun")

    # 1,000 x 1.25 + 3,000 + 2,000 + 4,000 x 0.75
    assert value("contract_spend", world) == 9_250.0
    assert value("local_spend", world) == 3_250.0


def test_head_offices_elsewhere_do_not_count_where_the_head_office_decides() -> None:
    world = town()
    world.firms.owner_place[2] = 2

    assert value("local_spend_share_head_office", world) == 0.1  # the builders alone
    assert value("local_spend_share", world) == 0.3


def test_a_branch_of_an_owner_elsewhere_is_no_small_firm_however_few_work_there() -> None:
    world = town()
    world.firms.owner_place[2] = 2

    assert value("sme_share_of_contracts", world) == pytest.approx(0.4)  # without the wholesaler's 2,000 of 10,000


def test_jobs_on_site_for_suppliers_elsewhere_count_with_their_in_commuters() -> None:
    # builders 3, wholesaler 1, council 2: six, half of them residents; 1 resident on site stands for 2 jobs
    assert value("jobs") == 8.0
    by_section = value("jobs_by_section")
    assert {i: v for i, v in enumerate(by_section) if v} == {F: 3.0, G: 1.0, O: 2.0, N: 2.0}


def test_value_added_is_that_of_firms_and_the_pay_of_other_staff() -> None:
    # half of 2,500 of output; 2 of the council and 2 on site at 3,000 a month
    assert value("gross_value_added") == 1_250.0 + 12_000.0


def test_median_pay_is_the_pay_of_the_one_in_the_middle_to_sixteen_pounds() -> None:
    # £1,000, £2,000, £3,000, £6,000 a month: rank 1.5 of 0-3 is in the second's bin, rank 0.6 in the first's
    assert value("median_pay") == pytest.approx(24_000, abs=16)
    assert value("pay_p20") == pytest.approx(12_000, abs=16)


def test_pay_follows_the_wage_index_at_firms_only_and_never_falls_below_the_floor() -> None:
    world = town()
    world.market.wage_index = 0.5

    # firms' £1,000 and £2,000 are halved to £500 and £1,000, then raised to 100 hours at £10: both £1,000;
    # the council's £3,000 and the £6,000 of a supplier elsewhere stay
    assert value("pay_p20", world) == pytest.approx(12_000, abs=16)
    assert value("median_pay", world) == pytest.approx(12_000, abs=16)
    assert value("share_at_real_living_wage", world) == 0.5


def test_work_is_told_apart_by_skill() -> None:
    assert value("residents_in_work_by_skill").tolist() == [1, 2, 1]
    assert value("unemployment_rate_by_skill").tolist() == [0.5, 0, 0]


def test_work_and_take_home_pay_are_told_apart_by_the_ward_people_live_in() -> None:
    # households 0 and 1 live in the north: two in work, £0 and £100; 2, 3 and 4 in the south: two in work,
    # one who looks for it and one who does not, £200, £3,000 and £50
    assert value("residents_in_work_by_ward").tolist() == [2, 2]
    assert value("take_home_pay_by_ward").tolist() == [100, 3_250]


def test_disposable_income_is_what_was_spent_and_what_was_put_by() -> None:
    before = np.zeros(10, np.int64)
    before[[0, 4, 9]] = whole(25, 250, 4_100) * 100

    by_decile = value("disposable_income_by_decile", before=before)

    # poorest: spent 200, rent 50, savings 25 to 30; fifth: 200, 250 to 300; richest: 300, 80, 4,100 to 3,999
    assert by_decile[[0, 4, 9]].tolist() == [255.0, 250.0, 279.0]
    assert value("disposable_income", before=before) == 784.0
    assert np.isnan(value("disposable_income"))  # without the savings of last month nobody can say


def test_public_money_is_read_from_the_books() -> None:
    world = town()
    pay = world.ledger.pay
    pay("council_tax", "households", whole(0, 0, 0, 5_000, 0), ("anchors", whole(5_000, 0)))
    pay("production_taxes", "firms", whole(9_000, 0, 0, 0), ("treasury", 9_000))
    pay("production_taxes", "treasury", 2_000, ("firms", whole(0, 0, 2_000, 0)))
    pay("wages", "firms", whole(4_000, 0, 0, 0), ("treasury", 4_000))  # withheld from staff: not the firm's
    pay("grants", "treasury", 30_000, ("anchors", whole(0, 30_000)))

    assert value("council_tax", world) == 50.0
    assert value("business_taxes", world) == 70.0  # 90 less a subsidy of 20
    assert value("net_exchequer", world) == -190.0  # 90 + 40 - 20 - 300


def test_output_elsewhere_becomes_jobs_there_and_households_are_no_industry() -> None:
    world = town()
    world.market.wider_output[[N, 20]] = (10_000 * 100, 7_777)
    world.market.outside_output[C] = 5_000 * 100

    assert value("wider_area_output", world) == 10_000.0
    assert value("wider_area_jobs", world) == 2.0  # 5,000 a job
    assert value("outside_jobs", world) == 1.0
    assert value("uk_jobs", world) == 8.0 + 3.0


def test_jobs_that_suppliers_elsewhere_keep_in_the_borough_are_not_counted_twice() -> None:
    world = town()
    world.market.wider_output[N] = 10_000 * 100
    world.fixed.on_site_share[N] = 0.5

    # £3,000 of the £10,000 is the cleaning contract, half of its staff on site: (10,000 - 1,500) / 5,000
    assert value("wider_area_jobs", world) == pytest.approx(1.7)


def test_subcontracts_count_whoever_lets_them() -> None:
    world = town()
    pay = world.ledger.pay
    pay("local_subcontracts", "firms", whole(2_000, 0, 0, 0), ("firms", whole(0, 2_000, 0, 0)))
    pay("local_subcontracts", "outside", 1_000, ("firms", whole(0, 1_000, 0, 0)))

    assert value("local_subcontracts", world) == 30.0


@pytest.mark.parametrize("population", ["needs", "households", "residents"])
def test_no_outcome_depends_on_the_order_of_rows(population: str) -> None:
    world, shuffled = town(), town()
    block = getattr(shuffled, population)
    order = np.argsort(np.cos(np.arange(block.key.shape[0])))  # some order that is not the first
    for column in block.__slots__:
        setattr(block, column, getattr(block, column)[order])
    if population == "households":  # who lives in them moves with them
        shuffled.residents.household = np.argsort(order)[shuffled.residents.household]
    before = np.zeros(10, np.int64)

    for name, one in OUTCOMES.items():
        first, second = (one.function(Reading(w, before)) for w in (world, shuffled))
        assert np.array_equal(first, second, equal_nan=True), name


def test_at_a_small_scale_a_tender_stands_for_the_real_ones_of_its_section() -> None:
    world = town(scale=0.1)
    needs = world.needs
    needs.anchor[:] = 0
    needs.section[:] = (F, N, N, N)
    needs.budget[:] = whole(1_000, 3_000, 2_000, 4_000) * 100

    # nine tenths of the money are in N, with three needs at a tenth: 3 / (0.9 x 0.1) = 33.3 in all, of which
    # 30 in N, 10 to each of its three; the one in F, of a tenth of the money, stands for 3.33 and not for 10
    assert value("tenders", world) == pytest.approx(10 / 3 + 10 + 10, abs=1e-5)
    assert value("local_bids", world) == pytest.approx(10 / 3 + 10, abs=1e-5)  # one bid each of the first two
    # 4 bids for 456: 114 each, of 1 x 3.33 + 3 x 10 real ones
    assert value("bid_costs", world) == pytest.approx(114 * 100 / 3, abs=1e-3)


def test_where_no_section_kept_several_needs_all_of_them_tell_how_many_there_are() -> None:
    # council: two needs at a half are four, one in F (a quarter of the money), three in N;
    # hospital: four, 4/3 in G, the rest in N, which was not out to tender
    assert value("tenders", town(scale=0.5)) == pytest.approx(1 + 3 + 4 / 3, abs=1e-5)


def test_a_month_without_tenders_has_no_average_number_of_bids() -> None:
    world = town()
    world.needs.is_open[:] = False

    assert np.isnan(value("bidders_per_tender", world))
    assert np.isnan(value("single_bid_share", world))
    assert value("tenders", world) == 0.0
    assert value("bid_costs", world) == 0.0
