"""A run that stops at a missing penny names the phase that lost it, though no month looks for phases."""

from __future__ import annotations

import numpy as np
import pytest

from cwbsim.closing import GhostWorkerError
from cwbsim.ledger import BooksError
from cwbsim.model import Borough
from cwbsim.simulation import run_month, run_month_checked, simulate
from cwbsim.world import World
from tests.boroughs import borough, scenario
from tests.faults.catalogue import after, employ_a_ghost, lose_a_penny

MONTHS = 3
NAMED = r"wigan, month 3: after labour\.pay_wages, the books of the households do not close: .*\(out by -1\)$"


def in_month(month: int, place: str = "wigan"):
    """A penny lost in one month of one borough, and in no other."""

    def lose(world: World) -> None:
        if world.month == month and world.fixed.place == place:
            lose_a_penny(world)

    return lose


@pytest.fixture
def lossy(monkeypatch: pytest.MonkeyPatch) -> None:
    after("labour.pay_wages", in_month(3))(monkeypatch)


@pytest.mark.usefixtures("lossy")
def test_a_run_names_month_phase_sector_and_amount() -> None:
    with pytest.raises(BooksError, match=NAMED):
        simulate(scenario(months=MONTHS), 1)


@pytest.mark.usefixtures("lossy")
def test_a_run_that_continues_from_a_snapshot_names_them_too() -> None:
    start = borough(months=2)

    with pytest.raises(BooksError, match=NAMED):
        simulate(scenario(months=MONTHS), 1, start=start)

    assert start.month == 2


@pytest.mark.usefixtures("lossy")
def test_a_borough_names_them_too() -> None:
    stepped = Borough(scenario(months=MONTHS), rng=1)
    stepped.run_for(2)

    with pytest.raises(BooksError, match=NAMED):
        stepped.step()


def test_of_several_boroughs_the_one_that_lost_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    after("labour.pay_wages", in_month(2, "bolton"))(monkeypatch)

    with pytest.raises(BooksError, match=r"bolton, month 2: after labour\.pay_wages, .* households"):
        simulate(scenario(months=2, neighbours=("bolton",), scale=0.005), 1)


def test_a_ghost_on_the_payroll_is_traced_to_its_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    after("labour.match_vacancies", employ_a_ghost)(monkeypatch)

    with pytest.raises(GhostWorkerError, match=r"wigan, month 1: after labour\.match_vacancies, resident \d+"):
        simulate(scenario(months=1), 1)


def test_a_payment_that_does_not_add_up_names_the_phase_that_made_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def short(world: World) -> None:
        nobody = np.zeros(world.firms.key.size, np.int64)
        world.ledger.pay("grants", "treasury", 10, ("firms", nobody))

    after("treasury.fund_anchors", short)(monkeypatch)

    with pytest.raises(BooksError, match=r"month 1: in treasury\.fund_anchors, grants: treasury paid 10 pence"):
        simulate(scenario(months=1), 1)


def test_a_world_changed_by_hand_is_not_blamed_on_a_phase() -> None:
    stepped = Borough(scenario(months=MONTHS), rng=1)
    stepped.step()
    lose_a_penny(stepped.world)

    with pytest.raises(BooksError, match=r"month 2: .*out by -1\).*between months and not in a phase"):
        stepped.step()


@pytest.mark.usefixtures("lossy")
def test_of_a_world_alone_the_checked_month_names_the_phase() -> None:
    world = borough(months=2)
    before = world.snapshot()

    with pytest.raises(BooksError, match=r"^after record\.close_month"):
        run_month(world)
    with pytest.raises(BooksError, match=NAMED):
        run_month_checked(before)


def test_a_month_is_the_same_checked_or_not() -> None:
    checked, plain = borough(), borough(months=1)

    run_month_checked(checked)

    assert (checked.households.savings == plain.households.savings).all()
    assert checked.ledger.balances.tolist() == plain.ledger.balances.tolist()
