"""Multipliers of a place: what is printed, what it rests on, and the size they come out at for a borough."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cwbsim.analysis.multipliers import (
    household_purchases,
    multipliers_of,
    resident_pay_share,
    take_home_share,
)
from cwbsim.errors import UserError
from cwbsim.places.uk import SECTIONS, load_uk
from cwbsim.regional_io import slq

# Jobs by section of Wigan, workplace census 2011 (arts and other services halved), and of the UK, 2018.
FIRST_TEN = [248.0, 99.0, 13719.0, 468.0, 1038.0, 13166.0, 21434.0, 6028.0, 6153.0, 2134.0]
LAST_TEN = [2116.0, 1533.0, 4096.0, 6447.0, 6139.0, 10887.0, 15635.0, 3165.0, 3165.0, 45.0]
BOROUGH = np.array([*FIRST_TEN, *LAST_TEN])
COUNTRY = load_uk(2018).jobs


@pytest.fixture
def borough():
    return SimpleNamespace(
        jobs_by_section=BOROUGH,
        jobs_uk_by_section=COUNTRY,
        jobs_filled_share=np.array([0.65, 0.16, 0.19]),
    )


def test_the_dictionary_has_exactly_the_promised_keys(borough):
    found = multipliers_of(borough, "wigan", 0.25).to_dict()
    columns = {"type_1_output", "type_2_output", "type_1_jobs", "type_2_jobs"}
    assert set(found) == {"place", "delta", "sections", "jobs_weighted"}
    assert list(found["sections"]) == list(SECTIONS)
    assert all(set(row) == columns for row in found["sections"].values())
    assert set(found["jobs_weighted"]) == columns


def test_the_dictionary_survives_json(borough):
    found = multipliers_of(borough, "wigan", 0.25).to_dict()
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_mean_is_weighted_by_the_places_jobs(borough):
    found = multipliers_of(borough, "wigan", 0.25).to_dict()
    by_hand = sum(
        found["sections"][s]["type_1_output"] * jobs for s, jobs in zip(SECTIONS, BOROUGH, strict=True)
    )
    assert_allclose(found["jobs_weighted"]["type_1_output"], by_hand / BOROUGH.sum())


@pytest.mark.parametrize("year", [2018, 2022])
@pytest.mark.parametrize(
    ("delta", "type_1", "type_2"), [(0.35, (1.05, 1.10), (1.08, 1.20)), (0.15, (1.15, 1.25), (1.18, 1.40))]
)
def test_a_borough_keeps_about_a_tenth_to_a_quarter_again(borough, year, delta, type_1, type_2):
    means = multipliers_of(borough, "wigan", delta, year=year).to_dict()["jobs_weighted"]
    assert type_1[0] < means["type_1_output"] < type_1[1]
    assert type_2[0] < means["type_2_output"] < type_2[1]


def test_multipliers_fall_as_delta_rises(borough):
    means = [
        multipliers_of(borough, "wigan", d).to_dict()["jobs_weighted"]["type_2_jobs"] for d in (0.1, 0.2, 0.3)
    ]
    assert means[0] > means[1] > means[2]


def test_jobs_held_by_outsiders_send_their_pay_home(borough):
    uk = load_uk()
    nobody, half, everybody = (resident_pay_share(uk, share) for share in (0.0, 0.5, 1.0))
    assert (nobody == 0).all()
    assert_allclose(half, everybody / 2)


def test_where_neighbours_hold_every_job_type_2_is_type_1(borough):
    borough.jobs_filled_share = np.array([0.0, 0.5, 0.5])
    found = multipliers_of(borough, "wigan", 0.25).found
    assert_allclose(found.type_2_output, found.type_1_output)


def test_take_home_pay_of_thirty_thousand_is_the_one_worked_by_hand():
    # tax 0.20 x (30,000 - 12,570) = 3,486; insurance 0.08 x 17,430 = 1,394.40; take-home 25,119.60
    # cost: 30,000 + pension 6 % 1,800 + 15 % x 25,000 = 3,750, in all 35,550
    assert_allclose(take_home_share(np.array([30_000.0]), load_uk().taxes), 25_119.60 / 35_550)


def test_take_home_pay_of_sixty_thousand_bears_the_higher_rate():
    # tax 7,540 + 0.40 x 9,730 = 11,432; insurance 3,016 + 0.02 x 9,730 = 3,210.60; take-home 45,357.40
    # cost: 60,000 + 3,600 + 0.15 x 55,000 = 71,850
    assert_allclose(take_home_share(np.array([60_000.0]), load_uk().taxes), 45_357.40 / 71_850)


def test_shops_receive_their_margin_of_what_is_spent_not_the_price():
    # trade sells three categories; a place with its full share of shops sells share x margin x reach of each
    uk = load_uk()
    spent = 0.70 * uk.consumption_share[:3]
    expected = (spent * uk.margin_share[:3] * uk.consumption_reach[:3]).sum()
    assert_allclose(household_purchases(uk, COUNTRY, COUNTRY)[SECTIONS.index("G")], expected)
    assert expected < 0.3 * spent.sum()


def test_a_section_short_of_jobs_supplies_its_residents_in_proportion():
    uk = load_uk()
    i = SECTIONS.index("K")
    full, here = household_purchases(uk, COUNTRY, COUNTRY), household_purchases(uk, BOROUGH, COUNTRY)
    assert slq(BOROUGH, COUNTRY)[i] < 1
    assert_allclose(here[i], full[i] * slq(BOROUGH, COUNTRY)[i])


def test_the_text_shows_every_section_and_what_it_assumes(borough):
    text = multipliers_of(borough, "wigan", 0.25).to_text()
    assert all(f"\n{section} " in text for section in SECTIONS)
    assert "delta 0.25" in text
    assert "LM3 near 2 is not reachable" in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize("delta", [-0.01, 1.0, 30.0])
def test_a_delta_out_of_range_is_refused_with_the_remedy(borough, delta):
    with pytest.raises(UserError, match=r"use --delta 0\.25"):
        multipliers_of(borough, "wigan", delta)


def test_an_unknown_method_is_refused(borough):
    with pytest.raises(UserError, match="flq, slq, cilq"):
        multipliers_of(borough, "wigan", 0.25, method="guess")
