"""Compile the UK tables the model runs on from the official files; run by hand, its results are committed.

    uv run --group compile-places python -m cwbsim.places.compile_uk \\
        --data ../shared/data --out cwbsim/data/uk

Reads the ONS input-output and supply-use tables, the Labour Force Survey jobs by industry, and Family
Spending by decile; writes the compact CSV files described in ``tables.toml``. ``skill_mix.csv``,
``coicop_categories.csv`` and ``taxes.toml`` are written by people and are read, never written, here.
"""

import argparse
import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.places.uk import CONSUMPTION, SECTIONS

COMMITTED = Path(__file__).parent.parent / "data" / "uk"
YEARS = (2018, 2022)
SOLD_TO = ("households", "government", "investment", "exports")
GOODS_SECTIONS = ("A", "B", "C", "G")
DECILES = tuple(f"d{n}" for n in range(1, 11))
MOST_VAT_IN_A_PRICE = 1 / 6
FAMILY_SPENDING_WEEKS_2017 = 0.75

# Alcohol, tobacco and fuel carry duty on top of VAT. Firms pay part of the duty on these products, so all of
# it over household spending is too much. Fuel: 52.95 p a litre and VAT in a pump price of 136 to 170 p. Drink
# and tobacco: tax over all sales at home is 0.45, over household spending alone 0.58.
DUTIABLE_MOST = {"CPA_C11.01-6 & C12": 0.51, "CPA_C19": 0.52}
# Household energy bears 5 % VAT and water none; the tables of 2022 show the price guarantee's subsidy
# instead.
ENERGY_VAT_IN_A_PRICE = 0.05 / 1.05
# Education and health are exempt: what tax there is falls on all users alike.
EXEMPT = ("CPA_P", "CPA_Q")
# Share of each trade's output that households buy, ixi 2020: G45, G47. The wholesale margin inside a till
# price is earned elsewhere and stays with the goods.
RETAIL_TO_HOUSEHOLDS = {"CPA_G45": 0.46, "CPA_G47": 0.80}


# COICOP class 12 (miscellaneous) is split by product: the section or division letters of the products in it.
OTHER_SPENDING = {
    "groceries": ("C20", "C17"),
    "household_goods_and_clothing": ("C13", "C14", "C15", "C22", "C23", "C25", "C26", "C27", "C31", "C32"),
    "finance_and_professional": ("K", "M", "L", "N"),
    "personal_and_other_services": ("S",),
    "private_health_and_education": ("Q",),
}


def letter(code: str) -> str:
    """Section of a product or industry code; owner-occupiers' imputed rent apart."""
    bare = code.replace(" ", "").removeprefix("CPA_")
    return "L_imputed" if bare == "L68A" else bare[0]


def by_section(values: Any, codes: list[str]) -> Any:
    """Sum over the codes of each section, imputed rent last."""
    return pd.Series(np.asarray(values, float), [letter(code) for code in codes]).groupby(level=0).sum()


def supply_use(data: Path, table: str, year: int) -> Any:
    """One sheet of the supply-use workbook, products as rows, numbers where there are numbers."""
    sheet = pd.read_excel(
        data / "io_tables/supublicationtablesbb24.xlsx", sheet_name=f"{table} {year}", header=None, engine="openpyxl"
    )
    products = sheet[sheet[0].astype(str).str.startswith("CPA_")].set_index(0)
    return products.drop(columns=1).apply(pd.to_numeric, errors="coerce").fillna(0.0)


def final_use_split(data: Path, year: int) -> Any:
    """Share of final use going to households, government, investment, exports, by section; rows sum to 1."""
    use = supply_use(data, "Table 2 - Final Demand", year)
    products = pd.DataFrame(
        {
            "households": use[2] + use[3],
            "government": use[4] + use[5],
            "investment": (use[8] + use[9] + use[10]).clip(lower=0),
            "exports": use[17],
        }
    )
    split: Any = products.groupby([letter(code) for code in products.index]).sum().astype(float)
    domestic: Any = pd.read_csv(data / "io_tables/derived/ixi2020_final_demand_sections.csv", index_col=0)
    exports = ["P61EU", "P61RW", "P62"]
    for section in GOODS_SECTIONS:
        row = domestic.loc[section]
        investment = max(row[["P51G", "P52", "P53"]].sum(), 0.0)
        split.loc[section] = [row["P3 S14"] + row["P3 S15"], row["P3 S13"], investment, row[exports].sum()]
    return split.div(split.sum(axis=1), axis=0).loc[list(SECTIONS)]


def jobs_and_earnings(data: Path, year: int) -> pd.DataFrame:
    """People in work by section and the mean yearly earnings of employees, Labour Force Survey."""
    pyreadr = import_module("pyreadr")

    jobs = next(iter(pyreadr.read_r(data / "io_tables/lfs_empl_data.rda").values()))
    earnings = next(iter(pyreadr.read_r(data / "io_tables/lfs_wage_data.rda").values()))
    people = jobs[f"empl_{year}"].fillna(0.0)
    codes = [str(code) for code in jobs["SIC"]]
    total = by_section(people, codes)
    pay = by_section(people * earnings[f"earn_{year}"].fillna(0.0), codes)
    for table in (
        total,
        pay,
    ):  # nobody works at being an owner-occupier: the survey's estate agents and landlords
        table["L"] += table.pop("L_imputed")
    return pd.DataFrame({"jobs": total, "earnings_pounds": pay / total})


def section_table(data: Path, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Input coefficients (20, 20) and the columns of ``sections_{year}.csv``."""
    rdata = import_module("rdata")

    tables = data / "io_tables"
    table = next(iter(rdata.read_rda(tables / f"inputoutput_{year}.rda").values()))
    codes = [str(code) for code in table["product_categories_io"]["CPA"]]
    all_sections: Any = pd.read_csv(tables / "derived" / f"pxp{year}_A_sections.csv", index_col=0)
    vectors: Any = pd.read_csv(tables / "derived" / f"pxp{year}_vectors_sections.csv", index_col=0)
    real = list(SECTIONS)
    assert all_sections.loc["L_imputed", real].abs().max() == 0, "real firms buy imputed rent"
    inputs = all_sections.loc[real, real]
    production_tax = by_section(table["tax_on_production"], codes)[real]
    v = vectors.loc[real]
    primary: Any = pd.read_csv(tables / "derived/ixi2020_primary_sections.csv", index_col=0).loc[real]
    taxes, imports = primary.iloc[:, 2], primary.iloc[:, 1]
    tax_part = (taxes / (taxes + imports)).fillna(0.0)
    outside = 1 - inputs.sum() - v.gva / v.output

    out = pd.DataFrame({"output_million_pounds": v.output, **jobs_and_earnings(data, year).loc[real]})
    out["imports_share"] = outside * (1 - tax_part)
    out["product_taxes_share"] = outside * tax_part
    out["pay_share"] = v.coe / v.output
    out["production_tax_share"] = production_tax / v.output
    out["surplus_share"] = (v.gva - v.coe - production_tax) / v.output

    owners = all_sections.loc[real, "L_imputed"] * vectors.output["L_imputed"]
    final = v.output - inputs @ v.output
    split = final_use_split(data, year)
    for name in SOLD_TO:
        out[f"to_{name}"] = (
            split[name] * (final - owners) + (owners if name == "households" else 0)
        ) / v.output
    out["to_intermediate"] = 1 - final / v.output
    out.index.name = "section"
    return inputs, out


def line_spending(data: Path, lines: Any) -> Any:
    """£ a week of each Family Spending line less its listed sub-lines, by decile; a suppressed cell stays in
    its parent."""
    spending: Any = pd.read_csv(
        data / "household_spending/coicop_by_decile_fye2018.csv", dtype={"coicop": str}
    )
    spending = spending.dropna(subset=["coicop"]).set_index("coicop")[[*DECILES, "all"]].fillna(0.0)
    own: Any = spending.loc[lines.index].copy()
    for code, parent in lines["parent"].dropna().items():
        own.loc[parent] -= spending.loc[code]
    return own.clip(lower=0.0)


def growth_to_2022(data: Path) -> Any:
    """Household spending of 2022 over that of the year to March 2018, by COICOP class, UK totals."""
    totals = {year: household_products(data, year).sum() for year in (2017, 2018, 2022)}
    start = FAMILY_SPENDING_WEEKS_2017 * totals[2017] + (1 - FAMILY_SPENDING_WEEKS_2017) * totals[2018]
    return totals[2022] / start


def household_products(data: Path, year: int) -> Any:
    """Household spending, products by COICOP class, £m at purchasers' prices."""
    path = data / "io_tables/supublicationtablesbb24.xlsx"
    sheet = pd.read_excel(path, sheet_name=f"Table 3 - HHFCe {year}", header=None, engine="openpyxl")
    classes = [str(code) for code in sheet.iloc[2, 2:38]]
    products = sheet[sheet[0].astype(str).str.startswith("CPA_")].set_index(0).iloc[:, 1:37]
    products.columns = pd.Index(classes)
    return products.apply(pd.to_numeric, errors="coerce").fillna(0.0)


def consumption_table(data: Path, lines: pd.DataFrame) -> tuple[Any, float]:
    """Shares by decile (12 categories) uprated to 2022, and the share of stays bought abroad."""
    own = line_spending(data, lines)
    growth = growth_to_2022(data)
    consumed = lines["category"].isin(CONSUMPTION)
    factor = lines.loc[consumed, "hhfce_coicop"].map(growth)
    assert factor.notna().all(), factor[factor.isna()]
    uprated = own[consumed].mul(factor, axis=0)
    table: Any = uprated.groupby(lines.loc[consumed, "category"]).sum().loc[list(CONSUMPTION)]
    abroad = uprated[lines.loc[consumed, "bought_abroad"] == "yes"]["all"].sum()
    abroad_share = abroad / table.loc["eating_out_and_stays", "all"]
    shares = table.div(table.sum(), axis=1)
    shares["weekly_pounds_fye2018"] = own[consumed]["all"].groupby(lines.loc[consumed, "category"]).sum()
    return shares, float(abroad_share)


def product_rates(data: Path) -> Any:
    """Tax and retail margin in a pound that households spend on each product, 2022."""
    supply = supply_use(data, "Table 1 - Supply", 2022)
    use = supply_use(data, "Table 2 - Final Demand", 2022)
    households, exports = use[2], use[17]
    at_home = (supply[10] - exports).clip(lower=1.0)
    most: Any = pd.Series(MOST_VAT_IN_A_PRICE, supply.index)
    for code, cap in DUTIABLE_MOST.items():
        most[code] = cap
    tax = (supply[9] / households.where(households > 0)).fillna(0.0).clip(0.0, most)
    tax_low = (supply[9] / at_home).clip(0.0, tax)
    exempt = supply.index.str.startswith(EXEMPT)
    tax[exempt] = tax_low[exempt]
    margins = supply[8].clip(lower=0.0)
    earned = sum(-supply.loc[code, 8] * share for code, share in RETAIL_TO_HOUSEHOLDS.items())
    margin = retail_margins(margins, households, at_home - households, float(earned))
    repairs = supply.index.str.startswith("CPA_G")
    margin[repairs] = 1.0  # sold by the trade itself, no goods behind it
    return pd.DataFrame({"tax": tax, "tax_low": tax_low, "margin": np.minimum(margin, 1 - tax)})


def retail_margins(margins: Any, households: Any, others: Any, earned: float) -> Any:
    """Retail margin per pound of household spending on each product.

    Product margins are shared between households and others by spending, households weighing ``w``; ``w`` is
    solved so that what households pay adds up to what the retail trades earn from them.
    """
    low, high = 0.0, 100.0
    for _ in range(100):
        w = (low + high) / 2
        rate = (margins * w / (w * households + others.clip(lower=0.0)).clip(lower=1.0)).clip(0.0, 0.8)
        low, high = (w, high) if (rate * households).sum() < earned else (low, w)
    return rate


def till_table(data: Path, abroad_share: float) -> Any:
    """How a pound splits at the till, by category: VAT and duty, goods, the supplier's own output."""
    rates = product_rates(data)
    spent = household_products(data, 2022)
    category_of_class = pd.read_csv(COMMITTED / "coicop_classes.csv", dtype=str)
    classes = category_of_class.set_index("hhfce_coicop")["category"]
    rows = {}
    for category in CONSUMPTION:
        bought = spent[list(classes.index[classes == category])].sum(axis=1).clip(lower=0.0)
        if category in OTHER_SPENDING:
            inside = [
                code for code in spent.index if code.removeprefix("CPA_").startswith(OTHER_SPENDING[category])
            ]
            bought = bought.add(spent.loc[inside, "12"], fill_value=0.0)
        weight = bought / bought.sum()
        rows[category] = (weight.to_frame("w").join(rates).fillna(0.0).mul(weight, axis=0)).sum()
    till: Any = pd.DataFrame(rows).T
    energy, water = spent["04.5"].sum(), spent["04.4"].sum()
    till.loc["energy_and_water", "tax"] = ENERGY_VAT_IN_A_PRICE * energy / (energy + water)
    sold_by_shops = [CONSUMPTION[name] == "G" for name in till.index]
    out: Any = pd.DataFrame(
        {"vat_and_duty_share": till.tax, "goods_share": 0.0, "margin_share": 1 - till.tax}
    )
    out.loc[sold_by_shops, "margin_share"] = till.margin[sold_by_shops]
    out.loc["eating_out_and_stays", "margin_share"] *= 1 - abroad_share
    out["goods_share"] = 1 - out.vat_and_duty_share - out.margin_share
    out["vat_and_duty_low"] = till.tax_low
    out["vat_and_duty_high"] = np.minimum(out.vat_and_duty_share * 1.15, 1.0)
    # A service is its supplier's output whatever the range of tax; a shop's margin is uncertain by a quarter.
    spread = np.where(out.goods_share > 0, 0.25, 0.0)
    out["margin_low"] = np.minimum(out.margin_share * (1 - spread), 1 - out.vat_and_duty_high)
    out["margin_high"] = np.maximum(
        out.margin_share * (1 + spread), (1 - out.vat_and_duty_low) * (spread == 0)
    )
    out.index.name = "category"
    return out


def compile_uk(data: Path, out: Path) -> None:
    """Read the official files in ``data`` and write the compact tables to ``out``."""
    with warnings.catch_warnings():
        # pandas and openpyxl remark on the publisher's files, rdata on tibbles; nothing here can mend those.
        warnings.simplefilter("ignore")
        _write_tables(data, out)


def _write_tables(data: Path, out: Path) -> None:
    """The six files."""
    for year in YEARS:
        inputs, sections = section_table(data, year)
        inputs.round(6).to_csv(out / f"input_coefficients_{year}.csv", index_label="input")
        sections.round(6).to_csv(out / f"sections_{year}.csv")
    lines = pd.read_csv(COMMITTED / "coicop_categories.csv", dtype=str).set_index("coicop")
    shares, abroad = consumption_table(data, lines)
    shares.insert(0, "section", [CONSUMPTION[name] for name in shares.index])
    shares.round(6).to_csv(out / "consumption_by_decile.csv", index_label="category")
    till_table(data, abroad).round(4).to_csv(out / "till.csv")


def main() -> None:
    """Read where to read and where to write, and compile."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="folder of the official files")
    parser.add_argument("--out", type=Path, required=True, help="folder of the compact tables")
    chosen = parser.parse_args()
    compile_uk(chosen.data, chosen.out)


if __name__ == "__main__":
    main()
