"""Layouts nobody has shown the reader: columns told by near spellings, telling words and what is in them."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from cwbsim.spend import import_spend
from cwbsim.spend.dates import day_of
from cwbsim.spend.headings import roles_of, simple

SUPPLIERS = ("Alpha Care Ltd", "Beta Builders Limited", "Gamma & Sons", "Delta Trust", "Epsilon PLC", "Zeta Taxis")
BOUGHT = ("Residential Care - External", "Repairs & Maintenance", "Rents", "Software", "Legal Fees", "Taxi Contracts")
DAYS = [dt.date(2024, 4, 1) + dt.timedelta(days=n) for n in range(24)]
PENCE = [70_015 + 1_031 * n for n in range(24)]
ROWS = [(SUPPLIERS[n % 6], BOUGHT[n % 6], DAYS[n], PENCE[n]) for n in range(24)]
TOTAL = 24 * 70_015 + 1_031 * 276  # 0 + 1 + ... + 23 = 276


def pounds(pence):
    return f"{pence / 100:,.2f}"


@pytest.mark.parametrize(
    ("heading", "role"),
    [
        ("Invoice Line Value (net of VAT)", "amount"),
        ("Pymt Amt", "amount"),
        ("Sum of Amount", "amount"),
        ("Exc. VAT", "amount"),
        ("Supplier ID(T)", "supplier"),
        ("Supplier/Payee", "supplier"),
        ("Suplier Nmae", "supplier"),
        ("Beneficiary (Supplier) Name", "supplier"),
        ("Body Name/Organisation", "body"),
        ("Expenditure Catergory", "category"),
        ("Cipfsubs(T)", "category"),
        ("CIPFA Subjective Heading", "category"),
        ("Proclass Details Level 1", "category"),
        ("Summary of Purpose of Expenditure", "category"),
        ("Directotate", "department"),
        ("Posted", "date"),
        ("Credit/Debit", "sign"),
        ("Irrecoverable VAT", "vat"),
    ],
)
def test_a_heading_no_pattern_knows_is_told_by_a_word_in_it(heading, role):
    assert roles_of(simple(heading))[0][0] == role


@pytest.mark.parametrize("heading", ["Supplier VAT Number", "Number of Invoices", "Contract URI", "Capital or Revenue"])
def test_a_telling_word_beside_another_is_not_taken_for_supplier_amount_or_category(heading):
    assert not {role for role, _ in roles_of(simple(heading))} & {"supplier", "amount", "category", "body"}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-04-01T00:00:00", (2024, 4, 1)),
        ("01-Apr-24", (2024, 4, 1)),
        ("45383", (2024, 4, 1)),
        ("July 2010-September 2010", (2010, 7, 1)),
        ("Q4 2023/24", (2024, 1, 1)),
        ("2023-24 Q1", (2023, 4, 1)),
    ],
)
def test_a_day_a_serial_number_a_span_and_a_quarter_are_dates(text, day):
    assert day_of(text) == dt.date(*day)


def file_of(folder, heading, line, *, encoding="utf-8", last=""):
    path = folder / "payments.csv"
    body = "".join(line(*row) + "\n" for row in ROWS)
    path.write_bytes((heading + "\n" + body + last).encode(encoding))
    return path


LAYOUTS = {
    "title rows and a total without a word": (
        "Anytown Council,,,\nOver £500,,,\n,,,\nPayee,Purpose,Date,Amount (£)",
        lambda s, c, d, p: f'{s},{c},{d:%d-%b-%y},"£{pounds(p)}"',
        f',,,"£{pounds(TOTAL)}"\n',
        "utf-8",
    ),
    "a pivot table": (
        "Row Labels,Sum of Amount",
        lambda s, c, d, p: f"{s},{p / 100:.2f}",
        f"Grand Total,{TOTAL / 100:.2f}\n",
        "utf-8-sig",
    ),
    "no headings": ("", lambda s, c, d, p: f"{d:%d/%m/%Y},{s},{c},{p / 100:.2f}", "", "utf-8"),
    "headings that say nothing": (
        "Wen,Hoo,Wot,How Much",
        lambda s, c, d, p: f"{d:%d/%m/%Y},{s},{c},{p / 100:.2f}",
        "",
        "utf-16",
    ),
    "headings over two lines": (
        "Supplier,,Payment,,Amount\nName,Number,Date,Category,(£)",
        lambda s, c, d, p: f"{s},77,{d:%d.%m.%y},{c},{p / 100:.2f}",
        "",
        "cp1252",
    ),
    "line breaks within headings": (
        '"Supplier\nName";"Expenditure\nType";"Paid\nDate";"Amount\n(ex VAT)"',
        lambda s, c, d, p: f"{s};{c};{d:%d %B %Y};{p / 100:.2f};;",
        "",
        "utf-8",
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_gives_its_rows_suppliers_and_pence(tmp_path, name):
    heading, line, last, encoding = LAYOUTS[name]

    found = import_spend([file_of(tmp_path, heading, line, encoding=encoding, last=last)])

    assert (len(found.frame), found.pence) == (24, TOTAL)
    assert set(found.frame["supplier"].astype(str)) == set(SUPPLIERS)
    if name != "a pivot table":
        assert sorted({day.date() for day in found.frame["date"]}) == DAYS
        assert found.classed_share() == 1.0


def test_a_column_that_says_revenue_or_capital_and_one_of_codes_tell_nothing_of_what_was_bought(tmp_path):
    path = file_of(
        tmp_path,
        "Supplier,Type,Expenditure Code,Expenditure Category,Date,Amount",
        lambda s, c, d, p: f"{s},Revenue,D{p},{c},{d},{p / 100:.2f}",
    )

    shown = import_spend([path]).layouts[0]["columns"]

    assert shown["category"].split(", ")[0] == "Expenditure Category"
    assert "Type" not in shown["category"].split(", ")


def test_a_supplier_merged_over_its_payments_is_read_in_each_and_an_amount_only_once(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Supplier", "Date", "Category", "Amount"])
    for supplier, first in (("Alpha Ltd", 2), ("Beta Ltd", 4)):
        sheet.append([supplier, dt.date(2024, 4, 1), "Rents", 100])
        sheet.append([None, dt.date(2024, 4, 2), "Legal Fees", 20 if supplier == "Alpha Ltd" else None])
        sheet.merge_cells(start_row=first, end_row=first + 1, start_column=1, end_column=1)
    sheet.merge_cells("D4:D5")
    book.save(tmp_path / "merged.xlsx")

    found = import_spend([tmp_path / "merged.xlsx"])

    assert found.frame["supplier"].astype(str).tolist() == ["Alpha Ltd", "Alpha Ltd", "Beta Ltd"]
    assert found.pence == 22_000
    assert found.to_dict()["by_reason"] == {"no amount": 1}
