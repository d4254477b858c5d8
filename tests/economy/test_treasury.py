"""The treasury: grants, benefits and the taxes of firms. Hand-worked numbers are in the comments."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import pytest
from small_world import S, make_world, set_fixed

from cwbsim.economy import treasury
from cwbsim.parameters import load_parameters


def test_anchors_get_grants_from_the_treasury_and_fees_from_outside():
    world = make_world(n_anchors=2)
    before = world.anchors.cash.copy()
    treasury.fund_anchors(world)
    # £300,000 of grants and £40,000 of fees each
    np.testing.assert_array_equal(world.anchors.cash - before, [34_000_000, 34_000_000])
    assert world.ledger.kind_total("grants", "treasury", "anchors") == 60_000_000
    assert world.ledger.kind_total("fees", "outside", "anchors") == 8_000_000
    world.ledger.check("treasury.fund_anchors")


@pytest.mark.parametrize(
    ("cash", "grant"),
    [
        (1_000_000, 300_000),  # at the reserve of £1,000,000: the grant it was given
        (880_000, 310_000),  # £120,000 short: a twelfth of it, £10,000, more
        (1_120_000, 290_000),  # as much over: £10,000 less
        (9_999_999, 0),  # £8,999,999 over, of which a twelfth exceeds the grant: none, but nothing is paid back
    ],
)
def test_a_grant_makes_up_a_twelfth_of_what_cash_is_short_of_the_reserve(cash: int, grant: int):
    world = make_world(n_anchors=2)
    world.anchors.cash[0] = cash * 100
    world.ledger.open_month()
    treasury.fund_anchors(world)
    # £40,000 of fees besides; the other anchor is at its reserve
    assert world.anchors.cash[0] == (cash + grant + 40_000) * 100
    assert world.ledger.kind_total("grants", "treasury", "anchors") == (grant + 300_000) * 100


def test_cash_out_of_line_comes_back_to_the_reserve():
    world = make_world(n_anchors=1)
    a = world.anchors
    a.cash[0] = 50_000_000
    for _ in range(240):
        world.ledger.open_month()
        treasury.fund_anchors(world)
        a.cash[0] -= 34_000_000  # spends what it gets when its cash is at the reserve
    # half is missing at first: 11/12 of it after a month, nothing that a twelfth would round to a penny at last
    assert abs(a.cash[0] - 100_000_000) <= 6


@pytest.mark.parametrize(
    ("earnings", "credit"),
    [
        (0, 80_000),
        (41_100, 80_000),  # up to the work allowance nothing is lost
        (100_000, 47_605),  # 800 - 55 % of (1,000 - 411) = 800 - 323.95
        (186_554, 1),  # 800 - 55 % of 1,454.54 = 800 - 799.997, what is lost is cut to a whole penny
        (300_000, 0),
    ],
)
def test_universal_credit_tapers_with_last_months_earnings(earnings: int, credit: int):
    world = make_world()
    h = world.households
    h.benefit_most[0], h.work_allowance[0], h.earnings[0] = 80_000, 41_100, earnings
    h.pension[0] = h.other_income[0] = 0
    treasury.pay_benefits_and_pensions(world)
    assert h.income[0] == credit


def test_a_household_without_a_claim_gets_its_pensions_only():
    world = make_world()
    h = world.households
    assert h.benefit_most[1] == 0
    treasury.pay_benefits_and_pensions(world)
    # £100 state pension and £50 from elsewhere
    assert h.income[1] == 15_000


def test_state_pensions_come_from_the_treasury_and_other_income_from_outside():
    world = make_world(n_households=600)
    treasury.pay_benefits_and_pensions(world)
    assert world.ledger.kind_total("pensions", "treasury", "households") == 600 * 10_000
    assert world.ledger.kind_total("pensions", "outside", "households") == 600 * 5_000
    assert world.ledger.kind_total("pensions") == 600 * 15_000
    assert world.ledger.kind_total("universal_credit", "treasury", "households") == 200 * 80_000
    world.ledger.check("treasury.pay_benefits_and_pensions")


def test_firms_pay_production_taxes_on_output_and_corporation_tax_on_what_profit_is_left():
    world = make_world()
    f = world.firms
    f.profit[1], before = 500_000, int(f.cash[1])
    treasury.collect_other_taxes(world)
    # output £18,000: 2 % = 360.00, cut to 359.99 in binary; 13 % of (5,000 - 359.99) = 603.20
    assert before - f.cash[1] == 35_999 + 60_320
    assert f.profit[1] == 500_000 - 35_999 - 60_320
    world.ledger.check("treasury.collect_other_taxes")


def test_a_loss_pays_no_corporation_tax():
    world = make_world()
    world.firms.profit[:] = -1000
    treasury.collect_other_taxes(world)
    assert world.ledger.kind_total("corporation_tax") == 0


def test_a_profit_that_production_taxes_use_up_pays_no_corporation_tax():
    world = make_world()
    world.firms.profit[:] = 0
    world.firms.profit[1] = 35_000  # below production taxes of 359.99
    treasury.collect_other_taxes(world)
    assert world.ledger.kind_total("corporation_tax") == 0


def test_a_section_subsidised_on_balance_is_paid_by_the_treasury():
    world = make_world()
    set_fixed(world, production_tax_share=np.where(np.arange(S) == 1, -0.25, 0.0))
    world.firms.profit[:] = -10_000_000  # so that the subsidy leaves no profit to tax
    before = world.firms.cash.copy()
    treasury.collect_other_taxes(world)
    gain = world.firms.cash - before
    subsidised = (world.firms.section == 1) & world.firms.is_open
    np.testing.assert_array_equal(gain[subsidised], world.firms.output_last[subsidised] // 4)
    assert world.ledger.kind_total("production_taxes", "treasury", "firms") == gain.sum() > 0
    assert world.ledger.kind_total("production_taxes", "firms", "treasury") == 0
    world.ledger.check("treasury.collect_other_taxes")


def test_the_monthly_rules_are_those_of_the_year():
    """Two files state the tax year, one for the starting world and one for the run; they may not differ."""
    text = (files("cwbsim") / "data" / "uk" / "taxes.toml").read_text(encoding="utf-8")
    year = {name: entry["value"] for name, entry in tomllib.loads(text).items()}
    p = load_parameters().treasury
    for name in (
        "basic_rate", "higher_rate", "additional_rate", "employee_ni_rate", "employee_ni_upper_rate",
        "employer_ni_rate", "employer_pension_share", "universal_credit_taper",
    ):  # fmt: skip
        assert getattr(p, name) == year[name], name
    assert p.corporation_tax_effective_rate == year["corporation_tax_effective_share"]
    # monthly thresholds are whole pounds for National Insurance, and here whole pence for income tax
    monthly = {
        "personal_allowance": year["personal_allowance_year"] / 12,
        "allowance_taper_start": year["personal_allowance_taper_start_year"] / 12,
        "basic_rate_band": (year["higher_rate_threshold_year"] - year["personal_allowance_year"]) / 12,
        "additional_rate_threshold": year["additional_rate_threshold_year"] / 12,
        "employee_ni_threshold": year["employee_ni_threshold_year"] / 12,
        "employee_ni_upper_limit": year["employee_ni_upper_threshold_year"] / 12,
        "employer_ni_threshold": year["employer_ni_threshold_year"] / 12,
    }
    for name, pounds in monthly.items():
        assert getattr(p, name) == pytest.approx(pounds, abs=1.0 if "_ni_" in name else 0.005), name
