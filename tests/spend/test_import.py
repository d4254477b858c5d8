"""Nothing is lost on the way in: rows and pence of real shapes of files, against readers written apart from it."""

from __future__ import annotations

import csv
import gzip
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from cwbsim.cli import main
from cwbsim.errors import UserError
from cwbsim.spend import import_spend
from docs.spend_files import by_workbook

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
HEAD = "Body Name,Date,Supplier,Expense Type,Amount\n"
LINE = "Anyborough Council,{date},{name},{what},{amount}\n"


def line(amount, name="Alpha Ltd", date="01/04/2022", what="Agency Fees"):
    return LINE.format(date=date, name=name, what=what, amount=amount)


def written(folder, text, name="payments.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def said(path, **options):
    return import_spend([path], **options).to_dict()


@pytest.mark.parametrize(
    ("cell", "pence"),
    [
        ("1234.5", 123450),
        ('"1,234.56"', 123456),
        ('"(1,234.00)"', -123400),
        ("123-", -12300),
        ("-123", -12300),
        ("12.30CR", -1230),
        ("£12.30", 1230),
        ("Â£12.30", 1230),
        ('"GBP 1,000"', 100000),
        ("\ufffd12.30", 1230),
        ('"1.234,56"', 123456),
        ("1.23E+03", 123000),
        ("−5.00", -500),
        ("0.015", 2),  # halves to the even penny, as Decimal does
    ],
)
def test_an_amount_is_read_however_it_is_written(tmp_path, cell, pence):
    found = said(written(tmp_path, HEAD + line(cell)))

    assert (found["rows_imported"], found["pence_imported"]) == (1, pence)


@pytest.mark.parametrize("cell", ["１２３", "12abc", "£1.2m", "nan", "inf", "1e400", "12.3.4"])
def test_what_is_no_amount_is_set_aside_with_the_reason(tmp_path, cell):
    found = said(written(tmp_path, HEAD + line("5.00") + line(cell) + line("")))

    assert found["by_reason"] == {"no amount": 1, "amount cannot be read": 1}
    assert (found["rows_read"], found["pence_read"]) == (3, 500)


HEADS = [
    "Directorate;Payment Date;Payee;Purpose of Expenditure;Net Amount (£)",
    "Body Name\tPaymentDate\tVendor\tCategory\t£",
    "OrganisationName|Date Paid|Beneficiary|Expenditure Category|Invoice Amount",
    "Department Family,Date,Merchant Name,Expense Area,Value",
    '"SELECT org AS [Body]","ap.pay_date AS [Payment Date]","ap.vendor_name","ap.category","ap.amt AS [Amount]"',
    "ï»¿Authority Name,Date of Payment,Vendor Name,GL Description,Net",
]


@pytest.mark.parametrize("head", HEADS)
def test_columns_are_known_by_many_headings(tmp_path, head):
    separator = next(s for s in ";\t|," if s in head)
    rows = [
        f"Council{separator}01/04/2022{separator}Alpha Ltd{separator}Legal Fees{separator}{n}.50"
        for n in range(1, 9)
    ]

    found = import_spend([written(tmp_path, "\n".join([head, *rows]))])

    assert found.pence == 36 * 100 + 8 * 50
    assert set(found.frame["supplier"]) == {"Alpha Ltd"}
    assert found.frame["date"].dt.month.eq(4).all()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_every_encoding_gives_the_same_ledger(tmp_path, encoding):
    text = HEAD + line("£10.00", name="Café Noël Ltd") * 3

    found = import_spend([written(tmp_path, text, encoding=encoding)])

    assert found.pence == 3000
    assert set(found.frame["supplier"]) == {"Café Noël Ltd"}


def test_two_encodings_in_one_file_are_both_read(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_bytes((HEAD + line("1", name="Café")).encode() + line("2", name="Noël").encode("cp1252"))

    assert set(import_spend([path]).frame["supplier"]) == {"Café", "Noël"}


def test_lines_may_end_in_carriage_returns_alone(tmp_path):
    assert said(written(tmp_path, (HEAD + line("1") * 4).replace("\n", "\r")))["rows_read"] == 4


def test_a_month_padded_to_many_empty_lines_is_only_its_rows(tmp_path):
    found = said(written(tmp_path, HEAD + line("7.00") + ",,,,\n" * 50_000))

    assert (found["rows_read"], found["blank_rows"], found["pence_imported"]) == (1, 50_000, 700)


def test_preamble_totals_and_headings_again_are_not_payments(tmp_path):
    text = "Anyborough Council,,,,\nPayments over £500,,,,\n,,,,\n" + HEAD + line("10") + line("20")
    text += ",,Total,,30\n" + HEAD + line("5") + ",,,,5\n"

    found = said(written(tmp_path, text))

    assert (found["rows_imported"], found["pence_imported"]) == (3, 3500)
    assert found["by_reason"] == {"a total of other rows": 2}
    assert found["pence_quarantined"] == 3500


def test_a_supplier_whose_name_begins_with_total_is_paid(tmp_path):
    assert said(written(tmp_path, HEAD + line("10", name="Total Gas and Power")))["pence_imported"] == 1000


def test_a_stray_quotation_mark_swallows_nothing(tmp_path):
    text = HEAD + line("1") + 'Council,01/04/2022,"Alpha Ltd,Agency Fees,2\n' + line("3") * 40

    found = said(written(tmp_path, text))

    assert (found["rows_read"], found["pence_read"]) == (42, 100 + 200 + 40 * 300)


def test_a_cell_over_several_lines_and_one_of_200_kilobytes_are_one_cell_each(tmp_path):
    text = HEAD + line("1", name='"Alpha\nand Sons Ltd"') + line("2", what="x" * 200_000)

    found = said(written(tmp_path, text))

    assert (found["rows_read"], found["pence_read"]) == (2, 300)


def test_a_comma_inside_an_unquoted_name_does_not_move_the_amount(tmp_path):
    found = import_spend(
        [written(tmp_path, HEAD + line("1.00") * 5 + line("9.00", name="Smith, Jones and Co Ltd"))]
    )

    assert found.pence == 1400
    assert "Smith, Jones and Co Ltd" in set(found.frame["supplier"])


def test_nul_and_terminal_escapes_do_not_reach_the_ledger(tmp_path):
    found = import_spend([written(tmp_path, HEAD + line("1", name="Al\x00pha\x1b[31m Ltd"))])

    assert set(found.frame["supplier"]) == {"Alpha [31m Ltd"}


@pytest.mark.parametrize(
    ("dates", "days"),
    [
        (["03/04/2022", "25/04/2022"], ["2022-04-03", "2022-04-25"]),
        (["04/03/2022", "04/25/2022"], ["2022-04-03", "2022-04-25"]),
        (["2022-04-03 00:00:00", "20220425"], ["2022-04-03", "2022-04-25"]),
        (["3 April 2022", "25-Apr-22"], ["2022-04-03", "2022-04-25"]),
        (["44654", "44676"], ["2022-04-03", "2022-04-25"]),
    ],
)
def test_dates_of_every_form_are_read(tmp_path, dates, days):
    found = import_spend([written(tmp_path, HEAD + "".join(line("1", date=d) for d in dates))])

    assert [str(day.date()) for day in found.frame["date"]] == days


def test_a_day_that_does_not_exist_loses_no_money(tmp_path):
    found = import_spend([written(tmp_path, HEAD + line("1") * 3 + line("2", date="31/02/2022"))])

    assert found.pence == 500
    assert any("1 imported rows have no date" in note for note in found.notes)


def test_payments_and_receipts_in_a_column_each_are_netted(tmp_path):
    text = "Supplier,Date,Debit,Credit\nAlpha Ltd,01/04/2022,10.00,\nAlpha Ltd,02/04/2022,,2.50\n"

    assert said(written(tmp_path, text))["pence_imported"] == 750


def test_net_is_taken_before_gross_and_vat(tmp_path):
    text = "Supplier,Date,Gross Amount,VAT Amount,Net Amount\n" + "Alpha Ltd,01/04/2022,12,2,10\n" * 3

    assert said(written(tmp_path, text))["pence_imported"] == 3000


def test_a_table_without_headings_is_taken_by_what_is_in_it(tmp_path):
    rows = [f"0{n}/04/2022,Alpha {n} Ltd,Agency Fees,{n}0.55\n" for n in range(1, 9)]

    found = import_spend([written(tmp_path, "".join(rows))])

    assert (len(found.frame), found.pence) == (8, 36_000 + 8 * 55)
    assert found.layouts[0]["by"] == "content"


def test_a_mapping_beside_the_file_says_which_column_is_which(tmp_path):
    written(tmp_path, '[columns]\namount = "Zahlung"\nsupplier = "Wer"\n', "odd.columns.toml")
    path = written(tmp_path, "Wer,Zahlung,Amount\nAlpha Ltd,7.00,99\n", "odd.csv")

    assert said(path)["pence_imported"] == 700


def test_an_unknown_role_in_a_mapping_names_the_nearest(tmp_path):
    mapping = written(tmp_path, '[columns]\namout = "X"\n', "m.toml")

    with pytest.raises(UserError, match="did you mean 'amount'"):
        import_spend([written(tmp_path, HEAD + line("1"))], mapping=mapping)


def workbook(path, sheets, hidden=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    book.save(path)
    return path


TABLE = [["Supplier", "Date", "Amount"], ["Alpha Ltd", 44654, 4442.2699999999995], ["Beta Ltd", 44655, -10]]


def test_every_sheet_of_a_workbook_counts_and_hidden_ones_are_set_aside(tmp_path):
    sheets = {"Notes": [["Read me"]], "Apr": TABLE, "May": [[], ["Payments"], [], *TABLE], "Old": TABLE}

    found = said(workbook(tmp_path / "b.xlsx", sheets, hidden=("Old",)))

    assert (found["rows_read"], found["pence_read"]) == (6, 3 * (444227 - 1000))
    assert found["by_reason"] == {"in a hidden sheet": 2}


def test_a_summary_of_the_other_sheets_is_not_added_to_them(tmp_path):
    summary = [["Supplier", "Total"], ["Alpha Ltd", 4442.27], ["Beta Ltd", -10]]

    found = said(workbook(tmp_path / "b.xlsx", {"Apr": TABLE, "By supplier": summary}))

    assert found["pence_imported"] == 444227 - 1000
    assert found["by_reason"] == {"a summary that repeats other sheets": 2}


def damaged(tmp_path, name):
    path = tmp_path / name
    match name:
        case "page.xls":
            path.write_text("<html><table><tr><td>Supplier</td></tr></table></html>")
        case "bomb.xlsx":
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("xl/workbook.xml", "<workbook/>")
                archive.writestr("xl/worksheets/sheet1.xml", b"0" * (80 << 20))
        case "entities.xlsx":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("xl/workbook.xml", '<!DOCTYPE x [<!ENTITY a "b">]><workbook/>')
        case "locked.xlsx":
            path.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"))
        case "archive.zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("a.csv", HEAD)
        case "cut.xlsx":
            path.write_bytes(b"PK\x03\x04 and nothing else")
        case "empty.csv":
            path.write_bytes(b"\xef\xbb\xbf\n\n")
        case "paper.pdf":
            path.write_bytes(b"%PDF-1.7 ...")
        case "words.csv":
            path.write_text("name,colour\na,red\nb,blue\n")
    return path


REFUSED = {
    "page.xls": "web page", "bomb.xlsx": "would unpack", "entities.xlsx": "entities", "locked.xlsx": "encrypted",
    "archive.zip": "archive", "cut.xlsx": "damaged", "empty.csv": "empty", "paper.pdf": "PDF",
    "words.csv": "no column of amounts",
    "absent.csv": "no such file",
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_words_and_leaves_nothing(tmp_path, name):
    path = damaged(tmp_path, name)

    result = CliRunner().invoke(main, ["spend", "import", str(path), "--out", str(tmp_path / "out")])

    assert result.exit_code == 65
    assert REFUSED[name] in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_gzipped_file_and_a_plain_one_give_the_same(tmp_path):
    text = HEAD + line("1.01") * 7
    packed = tmp_path / "p.csv.gz"
    packed.write_bytes(gzip.compress(text.encode()))

    assert said(packed)["pence_read"] == said(written(tmp_path, text))["pence_read"] == 707


def test_the_value_of_an_award_is_split_among_its_suppliers_to_the_penny(tmp_path):
    suppliers = [{"id": str(n), "name": f"Firm {n} Ltd"} for n in range(3)]
    releases = [
        {
            "ocid": "a",
            "tender": {"title": "x"},
            "awards": [{"id": "1", "value": {"amount": 100}, "suppliers": suppliers}],
        },
        {"ocid": "b", "tender": {"title": "y", "value": {"amount": 7}}},
    ]

    found = said(written(tmp_path, "\n".join(json.dumps(r) for r in releases), "r.jsonl"))

    assert (found["rows_imported"], found["pence_imported"]) == (3, 10_000)
    assert found["by_reason"] == {"no amount": 1}


def test_equal_rows_are_counted_and_kept(tmp_path):
    one = written(tmp_path, HEAD + "".join(line(f"{n}.00") for n in range(1, 9)) + line("8.00"), "a.csv")
    other = written(tmp_path, HEAD + "".join(line(f"{n}.00") for n in range(1, 9)), "b.csv")

    found = import_spend([one, other]).to_dict()

    assert found["rows_imported"] == 17
    assert found["duplicates"]["rows_within_files"] == 1
    assert found["duplicates"]["files_that_repeat_each_other"] == [["a.csv", "b.csv", 8]]


# Against readers written apart from the importer, over what is really published.


def by_csv(paths, column):
    """Rows and pence of CSV files by the standard library, headings and blank lines apart."""
    n = pence = 0
    for path in paths:
        rows = list(csv.reader(path.read_text(encoding="utf-8", errors="replace").splitlines(True)))
        place = [name.strip() for name in rows[0]].index(column)
        for row in rows[1:]:
            if any(row):
                n += 1
                text = row[place].replace("-", "") if row[place].strip() in ("-", "") else row[place]
                pence += int(Decimal(text or "0") * 100)
    return n, pence


def read(paths):
    found = import_spend(paths).to_dict()
    assert found["rows_read"] == found["rows_imported"] + found["rows_quarantined"]
    assert found["pence_read"] == found["pence_imported"] + found["pence_quarantined"]
    assert found["classed_share"] >= 0.95
    return found["rows_read"], found["pence_read"]


def published(folder, pattern):
    paths = sorted((SHARED / folder).glob(pattern))
    if not paths:
        pytest.skip(f"../shared/data/{folder} is not here")
    return paths


def test_a_year_of_salford_reconciles_to_the_penny():
    paths = published("spend_salford", "20*-0[3-8].csv")[-12:]

    assert read(paths) == by_csv(paths, "Net")


def test_the_register_of_salford_reconciles_to_the_penny():
    paths = published("contracts_register_salford", "salford_contracts_register_*.csv")

    assert read(paths) == by_csv(paths, "Annual Value")


def test_a_police_workbook_reconciles_to_the_penny():
    paths = published("spend_police_lancashire", "pcc-2020-21.xlsx")
    assert read(paths) == by_workbook(paths[0])


def test_the_notices_reconcile_to_the_penny():
    (path,) = published("ocds_contracts", "releases.jsonl")
    n = pence = 0
    for text in path.read_text(encoding="utf-8").splitlines():
        awards = json.loads(text).get("awards") or []
        n += sum(max(1, len(award.get("suppliers") or [])) for award in awards) or 1
        pence += sum(round(Decimal(str((a.get("value") or {}).get("amount") or 0)) * 100) for a in awards)

    assert read([path]) == (n, pence)
