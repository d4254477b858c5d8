"""An analysis adds up by hand; an anchor made of spend is one a simulation can start from."""

from __future__ import annotations

import tomllib

import openpyxl
import pytest
from click.testing import CliRunner

from cwbsim.cli import main
from cwbsim.errors import UserError
from cwbsim.places.profile import load_profile
from cwbsim.scenario import Scenario
from cwbsim.simulation import simulate
from cwbsim.spend import import_spend
from cwbsim.spend.analysis import analyse
from cwbsim.spend.anchors import anchor_from, write_profile
from cwbsim.spend.outputs import write_analysis

HEAD = "Body Name,Supplier,Date,Expense Type,Postcode,Amount\n"
ROWS = (
    "Any Council,Alpha Ltd,05/04/2022,Legal Fees,WN1 1YN,600.00",
    "Any Council,Beta Ltd,05/05/2022,Highways Maintenance,M1 1AE,300.00",
    "Any Council,Gamma Ltd,05/05/2022,Highways Maintenance,,100.00",
    "Any Council,Alpha Ltd,05/06/2022,Legal Fees,WN1 1YN,-100.00",
    "Any Council,Any CVS,05/06/2022,Grants to Voluntary Organisations,,50.00",
    "Any Council,=HYPERLINK(1),05/06/2022,Stationery,,10.00",
)


@pytest.fixture
def found(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(HEAD + "\n".join(ROWS) + "\n")
    return import_spend([path], "wigan")


def rows_of(analysis, key):
    return {row[0]: row[1:] for row in analysis.table(key).rows}


def test_rings_add_up_to_purchases_and_definitions_are_bounded_by_what_is_not_placed(found):
    analysis = analyse(found.frame, found.rings)

    # purchases: 600 + 300 + 100 - 100 + 10 = 910; placed: 500 in the borough, 300 in the wider area
    rings = rows_of(analysis, "by_place")
    assert {ring: row[0] for ring, row in rings.items()} == {
        "borough": 500.0,
        "wider area": 300.0,
        "not placed": 110.0,
    }
    local = rows_of(analysis, "local")["premises in the borough"]
    assert local[:4] == pytest.approx((500.0, 500 / 800, 500 / 910, 610 / 910))


def test_concentration_and_the_share_that_is_bought_are_as_by_hand(found):
    analysis = analyse(found.frame, found.rings)

    # suppliers of purchases: 500, 300, 100, 10 of 910
    expected = sum((n / 910) ** 2 for n in (500, 300, 100, 10)) * 10_000
    assert analysis.facts["hhi"] == round(expected)
    assert analysis.facts["influenceable_share"] == pytest.approx(910 / 960)


def test_a_gap_is_what_is_bought_outside_and_sold_here(found):
    gaps = rows_of(analyse(found.frame, found.rings), "gaps")

    assert gaps["F Construction"][-1] == "bought outside, sold here"
    assert gaps["M Professional services"][-1] == ""


def test_what_payments_cannot_show_is_said_and_not_guessed(found):
    local = rows_of(analyse(found.frame, found.rings), "local")

    assert local["owned in the borough"][:4] == (None, None, None, None)


def test_the_workbook_holds_no_formula_and_credit_notes_are_numbers(found, tmp_path):
    write_analysis(analyse(found.frame, found.rings), tmp_path / "out")

    book = openpyxl.load_workbook(tmp_path / "out" / "analysis.xlsx")
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert "=HYPERLINK(1)" in {cell.value for cell in cells}
    assert {"Cover", "Contents", "Notes"} <= set(book.sheetnames)
    page = (tmp_path / "out" / "analysis.html").read_text(encoding="utf-8")
    assert 'lang="en-GB"' in page
    assert "<script" not in page


def test_an_anchor_made_of_spend_has_a_mix_that_sums_to_one_and_says_what_is_left_out(found):
    anchor = anchor_from(found.frame, found.rings)
    told = tomllib.loads(anchor.to_toml())["anchors"]["council"]

    # 910 of purchases in April to June: three months
    assert told["contract_budget"]["value"] == 3640
    assert sum(told["contract_mix"].values()) == pytest.approx(1, abs=1e-9)
    assert told["noncontract"]["grants_to_voluntary"]["value"] == 200
    assert told["local_share"]["low"] <= told["local_share"]["value"] == 0.625 <= told["local_share"]["high"]
    assert "left out" in anchor.to_toml()


def test_a_profile_with_the_anchor_in_it_still_balances(found, tmp_path):
    frame = found.frame.assign(pence=found.frame["pence"] * 40_000)  # £146m a year

    write_profile(anchor_from(frame, found.rings), "wigan", tmp_path / "place")

    council = load_profile(str(tmp_path / "place")).anchor("council")
    assert council.contract_budget == 145_600_000
    assert council.spending == sum(round(v) for v in council.revenue.values())
    assert council.contract_mix.sum() == pytest.approx(1)


def test_a_budget_that_revenue_cannot_balance_is_refused(found, tmp_path):
    with pytest.raises(UserError, match="the budget falls by"):
        write_profile(anchor_from(found.frame, found.rings), "wigan", tmp_path / "place")


def test_analysing_an_import_folder_is_analysing_its_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.csv").write_text(HEAD + "\n".join(ROWS) + "\n")
    run = CliRunner().invoke

    assert run(main, ["spend", "import", "p.csv", "--place", "wigan", "--out", "in", "-q"]).exit_code == 0
    one = run(main, ["spend", "analyse", "in", "--place", "wigan", "--out", "a", "-q"])
    other = run(main, ["spend", "analyse", "p.csv", "--place", "wigan", "--out", "b", "-q"])

    assert (one.exit_code, one.stdout) == (0, other.stdout)


#: Two years of an invented council: what it buys a month in pounds, from whom and where.
MONTHLY = {
    "Residential Care": (90_000, "WN1 1YN"),
    "Responsive Repairs": (60_000, "M1 1AE"),
    "Legal Fees": (30_000, "WN7 1AA"),
    "Software Licences": (20_000, "SW1A 1AA"),
}


def invented_ledger(folder):
    lines = [
        f"Any Council,{what} {n} Ltd,{1 + n:02d}/{month:02d}/{year},{what},{postcode},{pounds * (n + 1) * 2:.2f}"
        for year in (2022, 2023)
        for month in range(1, 13)
        for what, (pounds, postcode) in MONTHLY.items()
        for n in range(9)
    ]
    path = folder / "ledger.csv"
    path.write_text(HEAD + "\n".join(lines) + "\n")
    return path


def test_a_simulation_starts_from_what_a_ledger_says(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["spend", "to-anchor", str(invented_ledger(tmp_path)), "--place", "wigan", "--into", "mine", "-q", "--json"]

    result = CliRunner().invoke(main, command)

    assert result.exit_code == 0, result.output
    # £200,000 x 2 x (1 + 2 + ... + 9) a month is £18m, £216m a year; care and law, £120,000 of the £200,000, are paid in Wigan
    council = load_profile(str(tmp_path / "mine")).anchor("council")
    assert council.contract_budget == 216_000_000
    assert council.local_share.value == pytest.approx(0.6)
    run = simulate(Scenario(title="own", place=str(tmp_path / "mine"), months=1, scale=0.02), 1)
    assert run.series("contract_spend_by_anchor", anchor="council")[0] == pytest.approx(18_000_000, rel=1e-6)
