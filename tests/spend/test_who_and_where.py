"""Suppliers by name and place; what a publisher left out stays out; nothing written is a formula."""

from __future__ import annotations

import csv

import pytest

from cwbsim.errors import CannotWriteError
from cwbsim.report.safe_csv import safe, unsafe
from cwbsim.spend import import_spend
from cwbsim.spend.names import key_of, match_names

HEAD = "Supplier,Supplier No,Date,Expense Type,Description,Postcode,Amount\n"


def ledger(tmp_path, *rows, name="p.csv"):
    path = tmp_path / name
    path.write_text(HEAD + "".join(row + "\n" for row in rows))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "ALPHA BUILDERS LIMITED",
        "Alpha Builders Ltd.",
        "Alpha  Builders (200398)",
        "Alpha Builders Ltd T/A Alpha",
        "Álpha Builders",
    ],
)
def test_spellings_of_a_name_have_one_key(name):
    assert key_of(name) == "alpha builders"


def test_a_name_cut_off_by_its_field_is_joined_and_shown_for_review():
    names = match_names(
        ["Anyborough Property Services Lt", "Anyborough Property Services and Infrastructure"], [5, 9], [1, 1]
    )

    assert names.n_suppliers == 1
    assert names.review["why"].tolist() == ["cut off"]


def test_names_that_are_only_alike_stay_apart_until_a_person_says_so(tmp_path):
    written = ["Northern Joinery Services", "Northern Joinery Servces"]
    review = tmp_path / "review.csv"
    review.write_text("name,same_as,decision\nNorthern Joinery Servces,Northern Joinery Services,same\n")

    assert match_names(written, [9, 5], [1, 1]).n_suppliers == 2
    assert match_names(written, [9, 5], [1, 1], review).n_suppliers == 1


def test_a_redacted_row_keeps_its_money_and_section_and_no_name(tmp_path):
    path = ledger(
        tmp_path,
        "REDACTED - Jane Example,1,01/04/2022,Foster Carer Allowances,Payment to Jane Example,,100",
        "Jane Example,1,01/04/2022,Legal Fees,Redacted personal data Jane Example,,50",
        "Alpha Care Ltd,2,01/04/2022,Care Home Placements,Redacted client Jane Example,,25",
    )
    found = import_spend([path])
    found.write(tmp_path / "out")

    assert found.pence == 17500
    assert set(found.frame["supplier"]) == {"redacted", "Alpha Care Ltd"}
    assert found.to_dict()["by_section"] == {"M": 5000, "Q": 2500, "benefits": 10000}
    for file in (tmp_path / "out").iterdir():
        assert "Jane" not in file.read_text(encoding="utf-8-sig"), file.name


def test_pounds_are_placed_by_postcode_and_the_share_is_said(tmp_path):
    path = ledger(
        tmp_path,
        "Alpha Ltd,1,01/04/2022,Legal Fees,x,WN1 1YN,60",
        "Alpha Ltd,1,01/04/2022,Legal Fees,x,,20",
        "Beta Ltd,2,01/04/2022,Legal Fees,x,M1 1AE,15",
        "Gamma Ltd,3,01/04/2022,Legal Fees,x,,5",
    )
    found = import_spend([path], "wigan")
    sums = found.frame.groupby("place", observed=True)["pence"].sum().to_dict()

    assert sums == {"borough": 8000, "wider area": 1500, "not placed": 500}
    assert found.placing.by_rule == {
        "postcode in the file": 7500,
        "the same supplier in another row": 2000,
        "not placed": 500,
    }


def test_a_supplier_list_and_a_lookup_of_ones_own_place_the_rest(tmp_path):
    suppliers, lookup = tmp_path / "s.csv", tmp_path / "l.csv"
    suppliers.write_text("Supplier No,Supplier Name,Postcode\n1,Alpha,ZZ1 1ZZ\n9,BETA LIMITED,ZZ2 2ZZ\n")
    lookup.write_text("postcode,authority,imd decile\nZZ1 1ZZ,E08000010,1\nZZ2 2ZZ,E08000001,9\n")
    path = ledger(tmp_path, "Alpha Ltd,1,01/04/2022,Legal Fees,x,,1", "Beta Ltd,2,01/04/2022,Legal Fees,x,,2")

    found = import_spend([path], "wigan", suppliers=suppliers, lookup=lookup)

    assert found.frame["place"].tolist() == ["borough", "wider area"]
    assert found.frame["placed_by"].tolist() == ["supplier list, by number", "supplier list, by name"]


NASTY = ['=HYPERLINK("http://x")', "@It Ltd", "-2+3", "+1", "\t=1", "'=1", "\ufeff=1"]


@pytest.mark.parametrize("name", NASTY)
def test_text_that_a_spreadsheet_would_run_is_guarded_and_comes_back(name):
    assert safe(name).startswith("'")
    assert unsafe(safe(name)) == name


def test_numbers_are_left_to_be_numbers():
    assert [safe(-5.0), safe(7), safe("Alpha")] == [-5.0, 7, "Alpha"]


def test_a_formula_for_a_name_is_text_in_every_file_and_a_credit_note_a_number(tmp_path):
    path = ledger(
        tmp_path,
        *(f'"{n.replace(chr(34), chr(34) * 2)}",1,01/04/2022,Legal Fees,x,,-5.00' for n in NASTY[:3]),
    )
    import_spend([path]).write(tmp_path / "out")

    with (tmp_path / "out" / "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row["supplier"] for row in rows] == ["'" + name for name in NASTY[:3]]
    assert {row["amount"] for row in rows} == {"-5.00"}


def test_an_import_written_is_the_import_read_again(tmp_path):
    from cwbsim.spend.book import read_ledger

    found = import_spend([ledger(tmp_path, "=Alpha,1,01/04/2022,Legal Fees,x,WN1 1YN,60.07")], "wigan")
    found.write(tmp_path / "out")
    again = read_ledger(tmp_path / "out")

    for name in ("supplier", "class", "place", "pence", "date"):
        assert again[name].tolist() == found.frame[name].tolist(), name


def test_force_replaces_an_import_and_never_a_folder_of_something_else(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("Supplier,Amount\nAlpha Ltd,1.00\n")
    found = import_spend([path])
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "letter.txt").write_text("dear")

    with pytest.raises(CannotWriteError, match="something there already"):
        found.write(mine, force=True)
    assert (mine / "letter.txt").read_text() == "dear"
    found.write(tmp_path / "out")
    found.write(tmp_path / "out", force=True)
    assert not list(tmp_path.glob("*.partial"))


def test_a_folder_that_is_there_is_not_written_over(tmp_path):
    found = import_spend([ledger(tmp_path, "Alpha,1,01/04/2022,Legal Fees,x,,1")])
    found.write(tmp_path / "out")

    with pytest.raises(CannotWriteError, match="already"):
        found.write(tmp_path / "out")
