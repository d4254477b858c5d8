"""Every place that ships: its totals agree, what is shared adds up, and a world can be built of it."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from cwbsim.economy.labour import starting_flows
from cwbsim.errors import UserError
from cwbsim.places.profile import load_profile
from cwbsim.places.reconciliation import mean_pay, reconciliation
from cwbsim.places.shipped import AREAS, places_of_area, shipped_names, shipped_places
from cwbsim.places.start import _balance_work, build_with_account, build_world
from cwbsim.scenario import Scenario, load_scenario
from cwbsim.simulation import simulate
from cwbsim.world import INACTIVE, UNEMPLOYED, WIDER

FOLDER = Path(__file__).parents[2] / "cwbsim" / "data" / "places"
LEAST = np.array([1, 5, 10, 20, 50, 100, 250])
PLACES = shipped_names()


@pytest.fixture(scope="module", params=PLACES)
def place(request):
    return load_profile(request.param)


def test_ten_boroughs_of_greater_manchester_and_fourteen_districts_of_lancashire_ship():
    assert [len(places_of_area(area)) for area in AREAS] == [10, 14]
    assert len(PLACES) == 24
    assert {"wigan", "preston", "blackburn_with_darwen"} <= set(PLACES)


def test_shares_of_people_homes_and_work_add_up(place):
    whole = [place.tenure_share, place.skill_share, place.residents_work_share, place.jobs_filled_share]
    whole += [share for a in place.anchors for share in (a.staff_by_section, a.contract_mix)]
    assert all(share.sum() == pytest.approx(1) and (share >= 0).all() for share in whole)


def test_homes_by_ward_and_by_size_are_the_same_homes(place):
    assert place.households_by_ward_decile.sum() == place.households_by_size.sum() == place.households
    assert (place.households_by_ward_decile.sum(axis=1) > 0).all()
    assert len({ward.code for ward in place.wards}) == len(place.wards) > 5


def test_every_anchor_spends_what_it_receives(place):
    for anchor in place.anchors:
        assert sum(anchor.revenue.values()) == anchor.spending, anchor.key
        assert min(anchor.revenue.values()) >= 0, anchor.key
        assert anchor.local_share.value + anchor.wider_share.value <= 1, anchor.key


def test_anchors_leave_firms_jobs_enough_for_the_units_they_leave(place):
    units = place.units_by_section_band - place.anchor_units_by_section_band
    jobs = place.jobs_by_section - place.anchor_jobs_by_section - place.own_account_by_section

    assert (units >= 0).all()
    assert (units @ LEAST <= jobs + 0.1).all()
    assert "does not fit" not in reconciliation(place)


def test_what_nobody_measured_has_a_range_and_says_so(place):
    assumed = place.assumed()

    assert assumed
    assert [row.name for row in assumed if row.low == row.high] == []


def test_pay_and_deprivation_are_of_a_borough(place):
    assert (np.diff(place.pay_annual) > 0).all()
    # residents' mean pay: the lowest and highest districts of the North West lie well within these
    assert 25_000 < mean_pay(place) < 50_000
    assert ((place.ward_deprivation >= 0) & (place.ward_deprivation < 100)).all()


def test_a_table_is_described_if_and_only_if_it_is_there(place):
    folder = FOLDER / next(row["place"] for row in shipped_places() if row["code"] == place.code)
    assert {row.name for row in place.tables()} == {file.stem for file in folder.glob("*.csv")}


@pytest.mark.parametrize(
    ("area", "key", "served"),
    [
        ("greater_manchester", "police", 10),
        ("lancashire", "police", 14),
        # Blackburn with Darwen and Blackpool have no county council
        ("lancashire", "county_council", 12),
    ],
)
def test_what_an_area_shares_is_given_out_once(area, key, served):
    profiles = [load_profile(name) for name in places_of_area(area)]
    shares = [a.service_share for p in profiles for a in p.anchors if a.key == key]

    assert len(shares) == served
    # each is written to nine digits
    assert sum(shares) == pytest.approx(1.0, abs=served * 1e-9)


def test_a_trust_of_several_districts_is_given_out_once():
    shares = [load_profile(n).anchor("hospital_trust").service_share for n in ("preston", "chorley", "south_ribble")]
    assert sum(shares) == pytest.approx(1.0, abs=3e-9)


def test_a_district_and_its_county_share_the_council_tax():
    # two councils, 29 % and 71 % of it by rule: nothing of it is received twice
    for name in places_of_area("lancashire"):
        profile = load_profile(name)
        received = sum(a.revenue.get("council_tax", 0.0) for a in profile.anchors)
        assert 0.8 < received / profile.income.council_tax_total < 1.01, name


def test_commuters_between_two_places_are_no_more_than_their_workers():
    for area in AREAS:
        near = defaultdict(float)
        for name in places_of_area(area):
            p = load_profile(name)
            near["out"] += p.residents_employed * p.residents_work_share[1]
            near["in"] += p.total_jobs * p.jobs_filled_share[1]
        # those who go to the rest of the area are those who come from it, but for the two censuses' scaling
        assert near["in"] == pytest.approx(near["out"], rel=0.12), area


@pytest.mark.parametrize("name", ["bolton", "preston", "ribble_valley"])
def test_a_world_of_the_place_runs_and_its_books_close(name):
    # a tested borough, a city with its county, the smallest district; a missing penny would raise
    run = simulate(Scenario(title=name, place=name, scale=0.02, months=2), seed=1)

    assert run.world.month == 2


def test_a_sample_with_too_few_vacancies_gets_some_from_its_largest_employers():
    # Seed 14 of one in 500 of Wigan draws two vacancies where four places are filled a month. The council, with 26 staff
    # and none vacant, wants one more first, then those after it in size.
    world = build_world(load_scenario("teaching/hamlet"), seed=14)

    e, here = world.employers, world.on_site_row(WIDER)
    largest = np.argsort(-e.wanted[:here], kind="stable")[:2]
    staff = e.n_residents + e.n_from_wider + e.n_from_outside
    assert (e.vacancies[largest] >= 1).all()
    assert (e.vacancies[largest] == e.wanted[largest] - staff[largest]).all()
    flows = starting_flows(world)  # refuses what cannot balance
    assert flows.matching_efficiency == world.fixed.matching_efficiency
    # one in 1,000 of Rossendale: 37 people, no vacancy at all
    assert simulate(Scenario(title="tiny", place="rossendale", scale=0.001, months=1), seed=1).world.month == 1


def test_a_sample_that_balances_is_given_no_vacancy():
    world, account = build_with_account(load_scenario("teaching/hamlet"), seed=1)
    wanted, fixed = world.employers.wanted.copy(), world.fixed

    again = _balance_work(world, account.source)

    assert (again.employers.wanted == wanted).all()
    assert again.fixed.matching_efficiency == fixed.matching_efficiency


def test_a_sample_in_which_nobody_is_out_of_work_is_refused_with_a_scale_that_works():
    # No number of vacancies makes people without work flow back into it where there are none.
    world, account = build_with_account(Scenario(title="tiny", place="rossendale", scale=0.002), seed=1)
    world.residents.status[world.residents.status == UNEMPLOYED] = INACTIVE
    wanted = world.employers.wanted.copy()

    with pytest.raises(UserError, match=r"72 of about 36,000 people .*no resident is unemployed") as caught:
        _balance_work(world, account.source)

    assert (world.employers.wanted == wanted).all()
    offered = float(caught.value.mend.split()[2].rstrip(","))
    assert simulate(Scenario(title="small", place="rossendale", scale=offered, months=1), seed=1).world.month == 1
