"""Wigan's profile as committed: its totals agree, and it is refused where they do not."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from cwbsim.errors import UserError
from cwbsim.places.profile import BANDS, SECTIONS, load_profile
from cwbsim.places.reconciliation import mean_pay, reconciliation

COMMITTED = Path(__file__).parents[2] / "cwbsim" / "data" / "places" / "wigan"
LEAST, MOST = np.array([1, 5, 10, 20, 50, 100, 250]), np.array([4, 9, 19, 49, 99, 249, 10_000])


@pytest.fixture(scope="module")
def wigan():
    return load_profile("wigan")


@pytest.fixture
def copy(tmp_path):
    return Path(shutil.copytree(COMMITTED, tmp_path / "copy"))


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_people_and_households_are_the_census_s(wigan):
    # 43,950 + 49,686 + 24,370 + 17,771 + 5,425 + 1,366 + 365 + 172 = 143,105
    assert (wigan.people, wigan.households) == (329_330, 143_105)
    assert wigan.households_by_size.tolist() == [43_950, 49_686, 24_370, 17_771, 5_425, 1_366, 365, 172]


def test_every_household_has_a_ward_and_a_deprivation_decile(wigan):
    assert wigan.households_by_ward_decile.shape == (25, 10)
    assert wigan.households_by_ward_decile.sum() == wigan.households
    assert (wigan.households_by_ward_decile.sum(axis=1) > 0).all()


def test_wards_lie_within_the_borough_s_twenty_kilometres(wigan):
    x, y = ([getattr(ward, axis) for ward in wigan.wards] for axis in ("x_km", "y_km"))
    # Wigan reaches from about Orrell (SD 52 04) to Astley (SJ 70 99)
    assert 350 < min(x) < max(x) < 372
    assert 395 < min(y) < max(y) < 412
    assert len({ward.code for ward in wigan.wards}) == 25


def test_residents_and_jobs_agree_on_who_works_at_home_ground(wigan):
    # 101,225 residents work in the borough: 154,614 x 0.65469 = 125,260 x 0.80812
    assert wigan.residents_employed * wigan.residents_work_share[0] == pytest.approx(101_225)
    assert wigan.total_jobs * wigan.jobs_filled_share[0] == pytest.approx(101_225)
    assert wigan.total_jobs == 101_225 + 9_022 + 15_013


def test_jobs_by_section_add_up_to_the_total(wigan):
    assert wigan.jobs_by_section.sum() == pytest.approx(wigan.total_jobs)
    assert 120_000 < wigan.total_jobs < 129_000


def test_the_borough_builds_and_makes_more_than_its_share_and_banks_less(wigan):
    here, uk = (jobs / jobs.sum() for jobs in (wigan.jobs_by_section, wigan.jobs_uk_by_section))
    quotient = dict(zip(SECTIONS, here / uk, strict=True))

    assert quotient["F"] > 1.1
    assert quotient["C"] > 1.1
    assert quotient["K"] < 0.5


def test_units_keep_the_published_band_totals(wigan):
    assert wigan.units_by_section_band.sum(axis=0).tolist() == [7_450, 1_450, 925, 605, 190, 115, 45]


def test_units_keep_the_published_industries_to_the_rounding_of_the_tables(wigan):
    units = dict(zip(SECTIONS, wigan.units_by_section_band.sum(axis=1).tolist(), strict=True))
    # Table 16 adds to 10,775 and Table 22 to 10,780, so five units more are shared out
    published = {"F": 1_790, "G": 500 + 440 + 1_195, "H": 660, "M": 1_145, "Q": 655}
    assert all(0 <= units[s] - n <= 1 for s, n in published.items())
    assert sum(units[s] for s in "BCDE") - 705 in (0, 1)


def test_anchors_employ_no_more_than_their_sections_have(wigan):
    assert (wigan.anchor_jobs_by_section <= wigan.jobs_by_section).all()


def test_each_anchor_s_sites_can_hold_its_staff(wigan):
    for anchor in wigan.anchors:
        staff = anchor.staff * anchor.staff_by_section
        assert (anchor.sites_by_section_band @ LEAST <= staff).all(), anchor.key
        assert (anchor.sites_by_section_band @ MOST >= staff).all(), anchor.key


def test_the_jobs_left_for_firms_fit_the_units_left(wigan):
    units = wigan.units_by_section_band - wigan.anchor_units_by_section_band
    jobs = wigan.jobs_by_section - wigan.anchor_jobs_by_section - wigan.own_account_by_section

    assert (units >= 0).all()
    # to a tenth of a job, the digits the table keeps
    assert (units @ LEAST <= jobs + 0.1).all()
    assert (units @ MOST >= jobs - 0.1).all()


def test_every_anchor_s_revenue_is_what_it_spends_to_the_pound(wigan):
    for anchor in wigan.anchors:
        assert sum(anchor.revenue.values()) == anchor.spending


def test_contracts_and_placements_are_what_the_council_says_it_spends(wigan):
    # £350m on goods and services, part of it placements, which are not under contract
    council = wigan.anchor("council")
    assert council.contract_budget + council.noncontract["social_care_placements"] == 350_000_000
    assert council.staff == 4_500


def test_measured_local_shares_keep_their_ranges(wigan):
    council, hospital = (wigan.anchor(key).local_share for key in ("council", "hospital_trust"))
    assert (council.low, council.value, council.high) == (0.28, 0.40, 0.569)
    assert (hospital.low, hospital.value, hospital.high) == (0.02, 0.084, 0.15)


def test_shares_are_shares(wigan):
    whole = [wigan.tenure_share, wigan.skill_share, wigan.residents_work_share, wigan.jobs_filled_share]
    whole += [share for a in wigan.anchors for share in (a.staff_by_section, a.contract_mix)]
    assert all(share.sum() == pytest.approx(1) and (share >= 0).all() for share in whole)
    assert all(
        a.local_share.high <= 1 and a.local_share.value + a.wider_share.value <= 1 for a in wigan.anchors
    )


def test_contracts_times_their_mean_value_are_the_budget(wigan):
    for anchor in wigan.anchors:
        mean = anchor.median_annual_value * np.exp(anchor.lognormal_sigma**2 / 2)
        assert anchor.n_contracts * mean == pytest.approx(anchor.contract_budget, abs=mean / 2)


def test_new_firms_survive_less_with_every_year(wigan):
    assert (np.diff(wigan.survival) < 0).all()
    # the births of 2019, the only ones seen for five years: 505 of 1,300
    assert wigan.survival[4] == pytest.approx(505 / 1_300, abs=1e-4)


def test_pay_percentiles_rise_and_their_mean_is_near_the_tax_office_s(wigan):
    assert (np.diff(wigan.pay_annual) > 0).all()
    assert wigan.pay_annual[wigan.pay_percentile == 50] == 30_406
    # HMRC's year is two years earlier: pay rose by about a tenth between, and part-year jobs count there
    assert 1.0 < mean_pay(wigan) / wigan.income.employees_mean_income < 1.2


def test_every_figure_says_what_it_is_and_on_whose_word(wigan):
    rows = wigan.figures()
    assert len({row.name for row in rows}) == len(rows) > 100
    assert all(row.unit and row.source and row.year and row.low <= row.value <= row.high for row in rows)


def test_a_figure_nobody_measured_has_a_range(wigan):
    assumed = wigan.assumed()
    assert assumed
    assert [row.name for row in assumed if row.low == row.high] == []


def test_every_table_is_described_and_every_description_has_its_table(wigan):
    assert {row.name for row in wigan.tables()} == {file.stem for file in COMMITTED.glob("*.csv")}


def test_arrays_of_a_profile_cannot_be_changed(wigan):
    with pytest.raises(ValueError, match="read-only"):
        wigan.jobs_by_section[0] = 1.0


def test_a_page_of_agreement_names_no_section_that_does_not_fit(wigan):
    assert "does not fit" not in reconciliation(wigan)


def test_an_unknown_place_names_the_nearest_known(wigan):
    with pytest.raises(UserError, match="did you mean 'wigan'"):
        load_profile("wigann")


def test_an_unknown_figure_names_the_nearest_known(wigan):
    with pytest.raises(UserError, match=r"anchor\.council\.staff"):
        wigan.figure("anchor.council.staf")


def test_a_folder_loads_as_the_place_it_holds(wigan, copy):
    assert load_profile(str(copy)).figures() == wigan.figures()


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("figures.toml", "value = 154614", "value = 154700", "residents"),
        ("household_size.csv", "1,43950", "1,43951", "households by size"),
        ("jobs_by_section.csv", "F,14", "F,15", "jobs by section"),
        ("anchors.toml", "value = 4500", "value = 4501", "revenue of council"),
        ("anchors.toml", "low = 0.28", "low = 0.41", "outside its own range"),
        ("units_by_section_band.csv", "B,", "Z,", "units_by_section_band"),
        ("figures.toml", 'source = "ONS Census 2021"', 'source = ""', "source is empty"),
        ("tenure.csv", "mortgaged", "borrowed", "tenure.csv"),
    ],
)
def test_a_profile_that_disagrees_with_itself_is_refused_by_name(copy, file, old, new, message):
    replace(copy / file, old, new)

    with pytest.raises(UserError, match=message):
        load_profile(str(copy))


def test_a_profile_without_a_file_says_which(copy):
    (copy / "survival.csv").unlink()

    with pytest.raises(UserError, match=r"no survival\.csv"):
        load_profile(str(copy))


def test_bands_are_those_of_the_register(wigan):
    assert wigan.band_edges[:-1].tolist() == [int(band.split("-")[0].rstrip("+")) for band in BANDS]
