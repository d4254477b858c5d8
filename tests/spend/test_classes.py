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


@pytest.mark.parametrize(
    ("category", "verdict"),
    [
        ("Ctax - Preceptor Payments", "precepts"),
        ("Service / PFI Unitary Charge", "N"),
        ("Temp Agcy Admin/Cler", "N"),
        ("Veh Mtce", "G"),
        ("Third Party Payments to Health Authority", "public_bodies"),
        ("Continuing Residential Care", "Q"),
        ("Council Dwelling Adaptations", "F"),
        ("Postages", "H"),
        ("Acquisition of Vehicles", "G"),
        ("Tipping Charges", "E"),
        ("EATING PLACES, RESTAURANTS", "I"),
        ("LFRS.EXPENDITURE.SUPPLIES_&_SERVICES.FIRE_HOSES", "G"),
        ("Rough Sleeping", "Q"),
        ("Poll Cards", "C"),
    ],
)
def test_what_other_councils_call_it_is_known(tmp_path, category, verdict):
    assert class_of(tmp_path, category) == verdict


def test_a_group_of_costs_is_asked_last_and_said_to_be_what_decided(tmp_path):
    path = tmp_path / "one.csv"
    path.write_text(
        HEAD + "Alpha Ltd,01/04/2022,Premises,10.00\nSome Solicitors,01/04/2022,Supplies and Services,5.00\n"
    )

    found = import_spend([path])

    assert found.frame["class"].astype(str).tolist() == ["F", "M"]
    assert found.to_dict()["by_evidence"]["supplier's name"] == 500
