"""What was bought is told by category first, then supplier; what is no purchase has classes of its own."""

from __future__ import annotations

import pytest

from cwbsim.spend import import_spend

HEAD = "Supplier,Date,Expense Type,Amount\n"


def class_of(tmp_path, category, supplier="Alpha Ltd"):
    path = tmp_path / "one.csv"
    path.write_text(HEAD + f'"{supplier}",01/04/2022,"{category}",10.00\n' * 2)
    return import_spend([path]).frame["class"].iloc[0]


@pytest.mark.parametrize(
    ("category", "verdict"),
    [
        ("Residential Care Home Placements", "Q"),
        ("Highways Maintenance", "F"),
        ("Agency Staff", "N"),
        ("Independent Fostering Agencies", "Q"),
        ("Foster Carer Allowances", "benefits"),
        ("Home to School Transport", "H"),
        ("Electricity", "D"),
        ("Electrical Repairs and Maintenance", "F"),
        ("Computer Software Licences", "J"),
        ("Legal Fees", "M"),
        ("Premises Insurance", "K"),
        ("Refuse Disposal", "E"),
        ("Rents Payable", "L"),
        ("Food and Refreshments", "I"),
        ("Stationery", "G"),
        ("External Training", "P"),
        ("GMPF Employer Pension Contributions", "pensions"),
        ("Police Precept", "precepts"),
        ("Transport Levy", "precepts"),
        ("Business Rates", "taxes"),
        ("Payments to Other Local Authorities", "public_bodies"),
        ("Grants to Voluntary Organisations", "grants"),
        ("Direct Payments to Clients", "benefits"),
        ("PWLB Loan Interest", "finance"),
        ("Council Tax Refunds", "refunds"),
        ("Salaries", "payroll"),
        ("Zzz Qqq", "unclassed"),
    ],
)
def test_a_category_has_its_class(tmp_path, category, verdict):
    assert class_of(tmp_path, category) == verdict


@pytest.mark.parametrize(
    ("supplier", "verdict"),
    [
        ("Any Street Care Home Ltd", "Q"),
        ("Otherborough Metropolitan Borough Council", "public_bodies"),
        ("HM Revenue & Customs", "taxes"),
        ("Some & Sons Solicitors", "M"),
        ("Local Roofing Contractors", "F"),
        ("Any Primary School", "P"),
    ],
)
def test_a_category_that_says_nothing_leaves_it_to_the_supplier(tmp_path, supplier, verdict):
    assert class_of(tmp_path, "Suspense Account", supplier) == verdict
    assert class_of(tmp_path, "", supplier) == verdict


def test_a_purchase_from_another_council_is_a_purchase(tmp_path):
    assert class_of(tmp_path, "Building Cleaning Contract", "Any County Council") == "N"


def test_a_credit_note_stays_in_its_section(tmp_path):
    path = tmp_path / "two.csv"
    path.write_text(HEAD + "Alpha Ltd,01/04/2022,Legal Fees,10.00\nAlpha Ltd,02/04/2022,Legal Fees,-4.00\n")

    found = import_spend([path]).to_dict()

    assert found["by_section"] == {"M": 600}
    assert found["credits"] == {"rows": 1, "pence": -400}
