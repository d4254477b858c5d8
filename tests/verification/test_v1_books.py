"""V1: the books close, to the penny, after each phase of each month; heads are counted with them."""

from __future__ import annotations

import numpy as np
import pytest

from cwbsim.closing import check_heads
from cwbsim.ledger import SECTORS
from cwbsim.levers import LEVERS, Lever
from cwbsim.schedule import phase_name
from cwbsim.simulation import simulate
from cwbsim.world import World
from tests.boroughs import borough, phases_of_next_month, scenario

PROGRAMME = LEVERS["encourage_local_firms"](budget_a_year=1_000_000.0)
CASES = [
    pytest.param("wigan/baseline", {}, id="baseline"),
    pytest.param("wigan/social_value_20", {}, id="social value"),
    pytest.param("wigan/social_value_20", {"closure": "overrun"}, id="overrun"),
    pytest.param("wigan/baseline", {"levers": (PROGRAMME,)}, id="a programme that spends"),
]


@pytest.mark.parametrize(("name", "changes"), CASES)
def test_the_books_close_after_each_phase_of_each_month(name: str, changes: dict[str, object]) -> None:
    world = borough(name, **changes)

    for _ in range(24):
        for phase in phases_of_next_month(world):
            phase(world)
            world.ledger.check(phase_name(phase))
        check_heads(world, "the month")
        nothing_at_vacant_sites(world)


def nothing_at_vacant_sites(world: World) -> None:
    vacant = ~world.firms.is_open
    assert not world.firms.cash[vacant].any(), "money is left at premises that stand empty"
    assert not world.firms.output_last[vacant].any()
    assert not world.firms.capacity[vacant].any()
    n = vacant.shape[0]
    e = world.employers
    staff = e.n_residents + e.n_from_wider + e.n_from_outside
    assert not staff[:n][vacant].any(), "premises that stand empty have staff"


def test_purses_add_up_to_the_balance_of_their_sector_every_month() -> None:
    world = borough()

    for _ in range(6):
        for phase in phases_of_next_month(world):
            phase(world)
            purses = (
                world.anchors.cash.sum(),
                world.firms.cash.sum(),
                world.households.income.sum() + world.households.savings.sum(),
            )
            assert tuple(world.ledger.balances[:3]) == purses, phase_name(phase)


def test_no_pound_is_created_and_none_destroyed() -> None:
    # All six sectors together hold what they held at the start: the treasury and outside run the mirror image.
    world = borough()
    start = int(world.ledger.balances.sum())

    for _ in range(6):
        for phase in phases_of_next_month(world):
            phase(world)
            assert int(world.ledger.balances.sum()) == start, phase_name(phase)


def test_the_flow_matrix_of_every_month_is_the_change_of_every_balance() -> None:
    run = simulate(scenario(months=12), 1)

    for month in run.months:
        flows = run.flows(month)
        change = run.balances(month) - run.balances(month - 1)
        assert flows.dtype == np.int64
        assert (flows >= 0).all()
        assert (flows.sum(axis=0) - flows.sum(axis=1) == change).all()


def test_kinds_of_movement_add_up_to_the_flows() -> None:
    world = borough(months=3)

    total = sum(world.ledger.by_kind.values())
    assert (total == world.ledger.flows).all()
    assert len(world.ledger.by_kind) > 12
    assert world.ledger.flows.shape == (len(SECTORS), len(SECTORS))


def test_residents_are_neither_born_nor_lost() -> None:
    world = borough()
    start = world.residents.status.size

    later = borough(months=12)

    assert sum(np.bincount(later.residents.status, minlength=3)) == start
    assert (later.residents.household == world.residents.household).all()


def test_a_programme_spends_what_its_budget_says() -> None:
    world = borough(levers=(PROGRAMME,))
    assert isinstance(PROGRAMME, Lever)

    spent = 0
    for _ in range(12):
        for phase in phases_of_next_month(world):
            phase(world)
        spent += world.ledger.kind_total("help_to_bid")

    # £1,000,000 at scale 0.01 is £10,000, twelve times floored to the penny
    assert 0 <= 1_000_000 - spent <= 12
