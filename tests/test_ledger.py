"""The ledger on a place of two anchors, two firms and two households, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cwbsim.ledger import LARGEST_AMOUNT, SECTORS, BooksError, Ledger


def pence(*amounts: int) -> np.ndarray:
    return np.array(amounts, np.int64)


@pytest.fixture
def ledger() -> Ledger:
    purses = {"anchors": pence(1_000, 500), "firms": pence(50, 0), "households": pence(0, 20)}
    made = Ledger(purses, {"households": pence(300, 0)})
    made.balances[:3] = [1_500, 50, 320]
    made.open_month()
    return made


def test_what_one_pays_the_other_has(ledger: Ledger) -> None:
    moved = ledger.pay("contracts", "anchors", pence(100, 7), ("firms", pence(60, 0)), ("outside", 47))

    assert moved == 107
    assert ledger.cash["anchors"].tolist() == [900, 493]
    assert ledger.cash["firms"].tolist() == [110, 0]
    # 1,500 - 107; 50 + 60; 320 as before; nothing to the treasury and the wider area; 47 outside
    assert ledger.balances.tolist() == [1_393, 110, 320, 0, 0, 47]
    assert ledger.kind_total("contracts", "anchors", "outside") == 47
    ledger.check("a phase")


def test_a_penny_that_is_paid_and_not_received_is_named(ledger: Ledger) -> None:
    with pytest.raises(BooksError, match=r"wages: firms paid 10 pence but \['households'\] received 9"):
        ledger.pay("wages", "firms", pence(10, 0), ("households", pence(9, 0)))


def test_a_sector_with_rows_must_say_who_pays(ledger: Ledger) -> None:
    with pytest.raises(BooksError, match="must say who among them"):
        ledger.pay("wages", "firms", 10, ("treasury", 10))


def test_rows_that_do_not_add_up_to_the_total_are_refused_before_anything_moves(ledger: Ledger) -> None:
    before = ledger.cash["firms"].copy()

    with pytest.raises(BooksError, match="rows of the firms change by 9 pence, the total by 10"):
        ledger.post("sales", {("outside", "firms"): 10}, {"firms": pence(9, 0)})

    assert (ledger.cash["firms"] == before).all()


@pytest.mark.parametrize("amount", [-1, LARGEST_AMOUNT + 1])
def test_a_payment_is_neither_negative_nor_beyond_what_is_exact(ledger: Ledger, amount: int) -> None:
    with pytest.raises(BooksError, match="cannot pay"):
        ledger.post("sales", {("outside", "treasury"): amount}, {})


def test_a_row_named_twice_is_paid_twice(ledger: Ledger) -> None:
    rows = (np.array([1, 1, 0]), pence(3, 4, 5))

    ledger.post("profit", {("outside", "firms"): 12}, {"firms": rows})

    assert ledger.cash["firms"].tolist() == [55, 7]


def test_several_kinds_are_one_change_of_each_purse(ledger: Ledger) -> None:
    # The first household pays 5 of tax and 3 of rent to the second; together the purses lose 5.
    kinds = {"council_tax": {("households", "anchors"): 5}, "rent": {("households", "households"): 3}}

    ledger.post_kinds(kinds, {"households": pence(-8, 3), "anchors": pence(5, 0)})

    assert ledger.cash["households"].tolist() == [-8, 23]
    assert ledger.kind_total("rent") == 3
    ledger.check("a phase")


def test_what_a_loop_has_settled_itself_is_held_to_its_word(ledger: Ledger) -> None:
    ledger.cash["households"] -= pence(0, 6)

    ledger.post_kinds({"fees": {("households", "outside"): 6}}, {}, settled={"households": -6})

    ledger.check("a phase")
    with pytest.raises(BooksError, match="rows of the households change by -5 pence, the total by -6"):
        ledger.post_kinds({"fees": {("households", "outside"): 6}}, {}, settled={"households": -5})


@pytest.mark.parametrize("sector", SECTORS[:3])
def test_a_penny_lost_from_a_purse_is_named_by_phase_sector_and_amount(ledger: Ledger, sector: str) -> None:
    ledger.cash[sector][0] -= 1

    with pytest.raises(BooksError, match=rf"after a phase, the books of the {sector} .*\(out by -1\)"):
        ledger.check("a phase")


def test_a_penny_lost_from_savings_is_found(ledger: Ledger) -> None:
    ledger.kept["households"][0] -= 1

    with pytest.raises(BooksError, match="households"):
        ledger.check("a phase")


@pytest.mark.parametrize("sector", SECTORS)
def test_a_balance_moved_without_a_payment_is_found(ledger: Ledger, sector: str) -> None:
    ledger.balances[SECTORS.index(sector)] += 1

    with pytest.raises(BooksError, match=rf"the books of the {sector} do not close"):
        ledger.check("a phase")


def test_a_new_month_opens_with_what_the_last_left_and_no_flows(ledger: Ledger) -> None:
    ledger.pay("grants", "treasury", 9, ("anchors", pence(4, 5)))

    ledger.open_month()

    assert ledger.opening.tolist() == [1_509, 50, 320, -9, 0, 0]
    assert not ledger.flows.any()
    assert ledger.by_kind == {}
    assert ledger.kind_total("grants") == 0
