"""What the model knows of the whole United Kingdom: recipes of production, jobs, spending, taxes."""

from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import tomlkit
from numpy.typing import NDArray

from cwbsim.errors import UserError

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

SECTIONS = tuple("ABCDEFGHIJKLMNOPQRST")
"""SIC 2007 sections. L is without owner-occupiers' imputed rent; G is trade margins, not turnover."""

SKILLS = ("low", "middle", "high")
"""Occupations: low SOC 2020 major groups 7-9, middle 4-6, high 1-3."""

SOLD_TO = ("households", "government", "investment", "exports", "intermediate")

CONSUMPTION = {
    "groceries": "G",
    "household_goods_and_clothing": "G",
    "vehicles_and_fuel": "G",
    "energy_and_water": "D",
    "home_repair": "F",
    "transport_services": "H",
    "communications": "J",
    "eating_out_and_stays": "I",
    "recreation_and_culture": "R",
    "private_health_and_education": "Q",
    "personal_and_other_services": "S",
    "finance_and_professional": "K",
}
"""Household consumption categories and the section that supplies each."""

UPRATE_TO_FYE_2025 = 676.60 / 572.60
"""Mean weekly household spending, Family Spending FYE 2025 over FYE 2018."""


class Figure(NamedTuple):
    """A number with its range and where it comes from."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    year: str


@dataclass(frozen=True, slots=True)
class Taxes:
    """Rates, thresholds (£) and floors of 2025/26. Names end in the period: ``_year``, ``_month``, ``_week``,
    ``_hour``."""

    personal_allowance_year: float
    personal_allowance_taper_start_year: float
    basic_rate: float
    higher_rate: float
    higher_rate_threshold_year: float
    additional_rate: float
    additional_rate_threshold_year: float
    employee_ni_rate: float
    employee_ni_upper_rate: float
    employee_ni_threshold_year: float
    employee_ni_upper_threshold_year: float
    employer_ni_rate: float
    employer_ni_threshold_year: float
    employment_allowance_year: float
    employer_pension_share: float
    corporation_tax_small_rate: float
    corporation_tax_main_rate: float
    corporation_tax_effective_share: float
    national_living_wage_hour: float
    real_living_wage_hour: float
    full_time_hours_month: float
    universal_credit_single_month: float
    universal_credit_couple_month: float
    universal_credit_child_month: float
    universal_credit_work_allowance_month: float
    universal_credit_taper: float
    child_benefit_first_week: float
    child_benefit_other_week: float
    state_pension_year: float
    vat_standard_rate: float
    vat_reduced_rate: float
    insurance_premium_tax_rate: float
    wholesale_margin_share: float
    spent_of_take_home: float


@dataclass(frozen=True, slots=True, eq=False)
class UK:
    """The United Kingdom by section (20 of them, in the order of ``SECTIONS``) and by consumption category
    (12).

    Attributes
    ----------
    coefficients : (20, 20) domestic inputs per £ of output, rows the input, columns the buyer.
    imports_share, product_taxes_share, pay_share, production_tax_share, surplus_share : (20,)
        The rest of a £ of output; with the column of ``coefficients`` they add up to 1.
    output_pounds : (20,) output at basic prices, £ a year.
    jobs : (20,) people in work by main job, employees and self-employed.
    output_per_job, pay_per_job : (20,) £ a year. Pay is labour cost: it holds the employer's contributions.
    earnings_per_employee : (20,) £ a year before tax, Labour Force Survey.
    business_rates_share : (20,) non-domestic rates over output. ``production_tax_share`` holds them, net of
    subsidies.
    final_demand_share : (20, 5) where output is sold, columns as in ``SOLD_TO``; rows add up to 1.
    skill_mix : (20, 3) share of jobs, columns as in ``SKILLS``.
    consumption_names : 12 names.
    consumption_section : (12,) index into ``SECTIONS`` of the supplier.
    consumption_share_by_decile : (10, 12) shares of consumption without housing and council tax; rows add up
    to 1.
    consumption_share : (12,) the same for the average household.
    vat_and_duty_share, goods_share, margin_share : (12,) of a £ at the till; they add up to 1.
        ``goods_share`` goes to producers and wholesalers, nearly all outside (for stays: bought abroad);
        ``margin_share`` is the shop's or the supplier's own output.
    consumption_reach : (12,) share of residents' spending made in their own borough where it is fully
    supplied.
    consumption_per_household_year : mean, £ a year, same scope as the shares.
    wholesale_margin_share : share of a wholesaler's turnover that is its output.
    spent_of_take_home : share of take-home pay spent on the twelve categories.
    taxes : rates, thresholds and floors.
    """

    year: int
    coefficients: Floats
    imports_share: Floats
    product_taxes_share: Floats
    pay_share: Floats
    production_tax_share: Floats
    surplus_share: Floats
    output_pounds: Floats
    jobs: Floats
    output_per_job: Floats
    pay_per_job: Floats
    earnings_per_employee: Floats
    business_rates_share: Floats
    final_demand_share: Floats
    skill_mix: Floats
    consumption_names: tuple[str, ...]
    consumption_section: Indices
    consumption_share_by_decile: Floats
    consumption_share: Floats
    vat_and_duty_share: Floats
    goods_share: Floats
    margin_share: Floats
    consumption_reach: Floats
    consumption_per_household_year: float
    wholesale_margin_share: float
    spent_of_take_home: float
    taxes: Taxes

    def figures(self) -> tuple[Figure, ...]:
        """Every figure with its range, unit, source and year: taxes, till, skill mix, then the tables'
        entries."""
        return figures(self.year)


def load_uk(year: int = 2022) -> UK:
    """Read the compact UK tables of one year.

    Parameters
    ----------
    year : 2018 or 2022, the year of the recipes, output and jobs. Spending, taxes and skills are the same in
    both.

    Returns
    -------
    UK
        Arrays are read-only and shared between calls.

    Raises
    ------
    UserError
        For any other year: 2020 is refused because of Covid.

    Notes
    -----
    Source: Office for National Statistics, input-output analytical tables 2018 and 2022, supply and use
    tables 1997-2022, Labour Force Survey, Family Spending FYE 2018 (Open Government Licence v3). Entry by
    entry in ``tables.toml``.
    """
    if year == 2020:
        raise UserError(
            "UK tables of 2020: a Covid year, with hotels, arts and health far from usual",
            allowed="2018 or 2022",
            mend="use 2022, or 2018 for a year of ordinary energy prices",
        )
    if year not in (2018, 2022):
        raise UserError(f"UK tables of {year}: there are none", allowed="2018 or 2022", mend="use 2022")
    return _load(year)


@cache
def _load(year: int) -> UK:
    """The tables of a year, read once."""
    inputs = _csv(f"input_coefficients_{year}.csv").loc[list(SECTIONS), list(SECTIONS)]
    sections = _csv(f"sections_{year}.csv").loc[list(SECTIONS)]
    decile = _csv("consumption_by_decile.csv").loc[list(CONSUMPTION)]
    till = _csv("till.csv").loc[list(CONSUMPTION)]
    taxes = Taxes(**{field.name: float(_toml("taxes.toml")[field.name]["value"]) for field in fields(Taxes)})
    output = _column(sections, "output_million_pounds") * 1e6
    jobs = _column(sections, "jobs")
    rates = _csv("business_rates.csv").loc[list(SECTIONS)]
    uk = UK(
        year=year,
        coefficients=_frozen(inputs),
        imports_share=_column(sections, "imports_share"),
        product_taxes_share=_column(sections, "product_taxes_share"),
        pay_share=_column(sections, "pay_share"),
        production_tax_share=_column(sections, "production_tax_share"),
        surplus_share=_column(sections, "surplus_share"),
        output_pounds=_frozen(output),
        jobs=jobs,
        output_per_job=_frozen(output / jobs),
        pay_per_job=_frozen(output * _column(sections, "pay_share") / jobs),
        earnings_per_employee=_column(sections, "earnings_pounds"),
        business_rates_share=_column(rates, "value"),
        final_demand_share=_frozen(sections[[f"to_{name}" for name in SOLD_TO]]),
        skill_mix=_frozen(_csv("skill_mix.csv").loc[list(SECTIONS), list(SKILLS)]),
        consumption_names=tuple(CONSUMPTION),
        consumption_section=_indices([SECTIONS.index(section) for section in CONSUMPTION.values()]),
        consumption_share_by_decile=_shares(decile[[f"d{n}" for n in range(1, 11)]].T),
        consumption_share=_shares(decile["all"]),
        vat_and_duty_share=_column(till, "vat_and_duty_share"),
        goods_share=_column(till, "goods_share"),
        margin_share=_frozen(1.0 - till["vat_and_duty_share"] - till["goods_share"]),
        consumption_reach=_column(_csv("consumption_reach.csv").loc[list(CONSUMPTION)], "value"),
        consumption_per_household_year=float(
            decile["weekly_pounds_fye2018"].sum() * UPRATE_TO_FYE_2025 * 52.1775
        ),
        wholesale_margin_share=taxes.wholesale_margin_share,
        spent_of_take_home=taxes.spent_of_take_home,
        taxes=taxes,
    )
    _check_recipes(uk)
    return uk


def figures(year: int = 2022) -> tuple[Figure, ...]:
    """Every UK figure with value, range, unit, source and year.

    A table too large for rows (recipes, spending by decile) appears once, its value the mean of its entries.
    """
    rows = [
        Figure(name, *(entry[key] for key in Figure._fields[1:]))
        for name, entry in _toml("taxes.toml").items()
    ]
    tables = _toml("tables.toml")
    for name, row in _csv("till.csv").iterrows():
        for column, low, high in (
            ("vat_and_duty_share", "vat_and_duty_low", "vat_and_duty_high"),
            ("margin_share", "margin_low", "margin_high"),
        ):
            rows.append(_row(f"{column}.{name}", row[column], row[low], row[high], tables[column]))
    for name, row in _csv("skill_mix.csv").iterrows():
        for skill in SKILLS:
            spread = float(tables["skill_mix"]["spread"])
            bounds = max(row[skill] - spread, 0.0), min(row[skill] + spread, 1.0)
            rows.append(_row(f"skill_mix.{name}.{skill}", row[skill], *bounds, tables["skill_mix"]))
    for table in ("business_rates", "consumption_reach"):
        for name, row in _csv(f"{table}.csv").iterrows():
            rows.append(_row(f"{table}.{name}", row["value"], row["low"], row["high"], tables[table]))
    uk = load_uk(year)
    for name, entry in tables.items():
        if entry["whole"]:
            mean = float(np.mean(getattr(uk, name)))
            spread = float(entry.get("relative_spread", 0.0))
            rows.append(_row(name, mean, mean * (1 - spread), mean * (1 + spread), entry))
    return tuple(rows)


def _row(name: str, value: float, low: float, high: float, entry: dict[str, Any]) -> Figure:
    """A row whose unit, source and year are those of its table."""
    return Figure(
        name, float(value), float(low), float(high), entry["unit"], entry["source"], str(entry["year"])
    )


def _check_recipes(uk: UK) -> None:
    """Each £ of output is spent once."""
    spent = uk.coefficients.sum(axis=0) + uk.imports_share + uk.product_taxes_share
    spent = spent + uk.pay_share + uk.production_tax_share + uk.surplus_share
    off = np.abs(spent - 1.0)
    worst = int(off.argmax())
    assert off[worst] < 1e-4, (
        f"UK recipe of section {SECTIONS[worst]} ({uk.year}) adds up to {spent[worst]}, not 1"
    )


def _csv(name: str) -> pd.DataFrame:
    """A committed table, first column its index."""
    with resources.as_file(resources.files("cwbsim") / "data" / "uk" / name) as path:
        return pd.read_csv(path, index_col=0)


def _toml(name: str) -> dict[str, Any]:
    """A committed TOML file as plain Python."""
    text = (resources.files("cwbsim") / "data" / "uk" / name).read_text(encoding="utf-8")
    return tomlkit.parse(text).unwrap()


def _column(table: pd.DataFrame, name: str) -> Floats:
    """One column as a read-only array."""
    return _frozen(table[name])


def _shares(values: Any) -> Floats:
    """Rows scaled to add up to 1, lost digits of the committed file put back."""
    array = np.array(values, dtype=np.float64)
    return _frozen(array / array.sum(axis=-1, keepdims=True))


def _indices(values: list[int]) -> Indices:
    """A read-only index array."""
    array = np.array(values, dtype=np.int64)
    array.flags.writeable = False
    return array


def _frozen(values: Any) -> Floats:
    """A read-only float array, so that a shared table cannot be changed by one of its readers."""
    array = np.array(values, dtype=np.float64)
    array.flags.writeable = False
    return array
