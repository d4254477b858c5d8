"""The UK tables hold together, and say where each figure comes from."""

from dataclasses import fields
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from cwbsim.errors import UserError
from cwbsim.places.compile_uk import compile_uk
from cwbsim.places.uk import CONSUMPTION, SECTIONS, load_uk

OFFICIAL = Path(__file__).parents[2].parent / "shared" / "data"
needs_official_files = pytest.mark.skipif(
    not OFFICIAL.exists(),
    reason="the official files are not part of the project",
)
COMMITTED = resources.files("cwbsim") / "data" / "uk"


@pytest.fixture(params=[2018, 2022])
def uk(request):
    return load_uk(request.param)


def test_every_pound_of_output_is_spent_once(uk):
    spent = uk.coefficients.sum(axis=0) + uk.imports_share + uk.product_taxes_share
    assert_allclose(spent + uk.pay_share + uk.production_tax_share + uk.surplus_share, 1.0, atol=1e-4)


def test_no_section_buys_a_negative_input_and_none_spends_all_its_output_on_inputs(uk):
    assert (uk.coefficients >= 0).all()
    assert (uk.coefficients.sum(axis=0) < 0.8).all()


def test_output_is_sold_once(uk):
    assert_allclose(uk.final_demand_share.sum(axis=1), 1.0, atol=1e-4)
    assert (uk.final_demand_share >= 0).all()


def test_what_is_sold_to_firms_is_what_firms_buy(uk):
    # by the twenty sections; what owner-occupiers buy for their homes counts as households'
    assert_allclose(
        uk.final_demand_share[:, 4] * uk.output_pounds, uk.coefficients @ uk.output_pounds, atol=1e-5 * 5e12
    )


def test_output_of_2022_is_the_published_total_less_imputed_rent():
    # £4,548bn in all, £235bn of it imputed rent
    assert_allclose(load_uk(2022).output_pounds.sum() / 1e9, 4548 - 235, atol=1.0)


def test_about_thirty_two_million_people_work(uk):
    assert 32.0e6 < uk.jobs.sum() < 32.7e6


def test_the_tables_are_those_of_the_year_asked_for():
    assert load_uk(2018).year == 2018
    assert load_uk(2018).output_pounds.sum() < 0.85 * load_uk(2022).output_pounds.sum()


def test_skills_of_each_section_add_up_and_the_country_is_like_the_census(uk):
    assert_allclose(uk.skill_mix.sum(axis=1), 1.0)
    # Census 2021, England and Wales: about 25, 29, 46 % in major groups 7-9, 4-6, 1-3
    assert_allclose(uk.jobs @ uk.skill_mix / uk.jobs.sum(), [0.25, 0.29, 0.46], atol=0.03)


def test_spending_shares_of_each_decile_add_up(uk):
    assert uk.consumption_share_by_decile.shape == (10, 12)
    assert_allclose(uk.consumption_share_by_decile.sum(axis=1), 1.0, rtol=1e-12)


def test_the_poorest_spend_a_larger_share_on_food_and_energy_and_the_richest_on_eating_out(uk):
    poorest, richest = uk.consumption_share_by_decile[0], uk.consumption_share_by_decile[9]
    names = uk.consumption_names
    for name in ("groceries", "energy_and_water"):
        assert poorest[names.index(name)] > 1.8 * richest[names.index(name)]
    assert richest[names.index("eating_out_and_stays")] > 1.5 * poorest[names.index("eating_out_and_stays")]


def test_a_pound_at_the_till_splits_once(uk):
    assert_allclose(uk.vat_and_duty_share + uk.goods_share + uk.margin_share, 1.0, rtol=1e-12)
    for share in (uk.vat_and_duty_share, uk.goods_share, uk.margin_share):
        assert ((share >= 0) & (share <= 1)).all()


def test_shops_keep_less_than_a_third_and_services_keep_all_but_the_tax(uk):
    shops = np.array([section == "G" for section in CONSUMPTION.values()])
    assert (uk.margin_share[shops] < 1 / 3).all()
    abroad = np.array([name == "eating_out_and_stays" for name in CONSUMPTION])
    assert (uk.goods_share[~shops & ~abroad] == 0).all()


def test_no_service_bears_more_than_the_vat_in_a_price(uk):
    # 20 % on top is a sixth of what is paid
    services = np.array([section != "G" for section in CONSUMPTION.values()])
    assert (uk.vat_and_duty_share[services] <= 1 / 6 + 1e-4).all()


def test_each_category_is_supplied_by_the_section_it_names(uk):
    assert [SECTIONS[i] for i in uk.consumption_section] == list(CONSUMPTION.values())


def test_households_spend_what_family_spending_says_less_housing(uk):
    # FYE 2018: £473 of £572.60 a week in these categories; x 676.60 / 572.60 x 52.18 weeks = £29,160
    assert_allclose(uk.consumption_per_household_year, 29_160, rtol=0.01)


def test_every_family_spending_line_has_one_category():
    lines = pd.read_csv(str(COMMITTED / "coicop_categories.csv"), dtype=str)
    assert lines["coicop"].is_unique
    left_out = lines["category"].str.endswith("left out")
    assert (lines["category"].isin(CONSUMPTION) | left_out).all()
    assert set(CONSUMPTION) <= set(lines["category"])


def test_every_figure_has_a_range_around_its_value_a_unit_and_a_source():
    for figure in load_uk().figures():
        assert figure.low <= figure.value <= figure.high, figure
        assert figure.unit, figure
        assert figure.source, figure
        assert figure.year, figure


def test_figures_do_not_share_a_name():
    names = [figure.name for figure in load_uk().figures()]
    assert len(names) == len(set(names))


def test_the_wage_floors_are_those_of_the_year(uk):
    assert uk.taxes.national_living_wage_hour == 12.21
    assert uk.taxes.real_living_wage_hour == 13.45
    # 37.5 hours x 52 weeks / 12 months
    assert uk.taxes.full_time_hours_month == 37.5 * 52 / 12


def test_the_covid_year_is_refused_with_the_reason():
    with pytest.raises(UserError, match="Covid") as refusal:
        load_uk(2020)
    assert "2018 or 2022" in str(refusal.value)


def test_a_year_without_tables_is_refused():
    with pytest.raises(UserError, match="1999"):
        load_uk(1999)


def test_a_reader_cannot_change_the_tables_of_the_others(uk):
    tables = [getattr(uk, field.name) for field in fields(uk)]
    writable = [table for table in tables if isinstance(table, np.ndarray) and table.flags.writeable]
    assert not writable
    with pytest.raises(ValueError, match="read-only"):
        uk.coefficients[0, 0] = 0.5


def test_pay_of_a_job_is_the_pay_share_of_what_it_makes():
    # health 2022: £147.8bn of pay over 4.539m people = £32,564
    assert_allclose(load_uk(2022).pay_per_job[SECTIONS.index("Q")], 32_564, rtol=1e-4)


@needs_official_files
@pytest.mark.parametrize("year", [2018, 2022])
def test_committed_recipes_are_the_official_coefficients_without_imputed_rent(year):
    path = OFFICIAL / "io_tables" / "derived" / f"pxp{year}_A_sections.csv"
    official = pd.read_csv(path, index_col=0).loc[list(SECTIONS), list(SECTIONS)]
    assert_allclose(load_uk(year).coefficients, official, atol=1e-6)


@needs_official_files
def test_mean_spending_is_the_published_total_less_what_is_left_out():
    # of the £572.60: net rent 36.1, and of "other items" 76.4 all but holiday money 12.4:
    # 572.6 - 36.1 - 64.0 = 472.5; cells are rounded to 10p
    committed = pd.read_csv(str(COMMITTED / "consumption_by_decile.csv"), index_col=0)
    official = pd.read_csv(OFFICIAL / "household_spending" / "coicop_by_decile_fye2018.csv")
    total = official.loc[official["label"] == "Total expenditure", "all"].item()
    assert_allclose(committed["weekly_pounds_fye2018"].sum(), total - 36.1 - 64.0, atol=1.0)


@needs_official_files
def test_compiling_again_gives_the_committed_tables(tmp_path):
    for package in ("rdata", "pyreadr", "openpyxl"):
        pytest.importorskip(package, reason=f"compiling needs {package}: uv run --group compile-places")
    compile_uk(OFFICIAL, tmp_path)
    written = sorted(path.name for path in tmp_path.iterdir())
    assert len(written) == 6
    for name in written:
        assert (tmp_path / name).read_text() == (COMMITTED / name).read_text(), name
