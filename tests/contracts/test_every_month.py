"""Every phase of the month does what its docstring says, and every month of every small place closes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cwbsim.closing import check_contracts, check_heads
from cwbsim.levers import LEVERS
from cwbsim.schedule import MONTH, Phase, phase_name
from cwbsim.simulation import build_world
from cwbsim.world import World
from tests.boroughs import borough, columns, phases_of_next_month, run, scenario
from tests.contracts.declared import declared, known_names, read_unsaid, written_unsaid

#: Every lever pulled at once, so that no branch of a phase is asleep.
BUSY = (
    LEVERS["encourage_local_firms"](budget_a_year=1_000_000.0),
    LEVERS["shared_anchor_commitment"](adherence=0.7),
    LEVERS["social_value_weight"](weight=0.3),
    LEVERS["prescriptive_priorities"](share=0.6, local_hires=1.0, fair_pay=1.0),
    LEVERS["officer_training"](budget_a_year=40_000.0),
    LEVERS["delivery_monitoring"](budget_a_year=400_000.0),
    LEVERS["bid_preference"](preference=0.05),
    LEVERS["turnover_requirement"](multiple=0.5),
    LEVERS["below_threshold_reservation"](below=2_000_000.0),
    LEVERS["lotting"](largest_lot=200_000.0),
    LEVERS["second_tier_clause"](share=0.2),
    LEVERS["living_wage_requirement"](share=0.8),
    LEVERS["prompt_payment"](days=10.0),
    LEVERS["insourcing"](share=0.3),
    LEVERS["worker_ownership_support"](budget_a_year=2_000_000.0),
    LEVERS["community_finance"](budget_a_year=1_000_000.0),
    LEVERS["budget_change"](share=0.9, ramp_months=12),
    LEVERS["everybody_adopts"](adoption=0.5),
)
every_phase = pytest.mark.parametrize("phase", MONTH, ids=[phase_name(phase) for phase in MONTH])


def test_no_lever_is_left_out_of_those_pulled_at_once() -> None:
    assert {lever.key() for lever in BUSY} == set(LEVERS)


@cache
def _before() -> dict[str, World]:
    """The world before each phase of month 8, in the order of the month."""
    world = borough(months=7, scale=0.06, levers=BUSY)
    found: dict[str, World] = {}
    for phase in phases_of_next_month(world):
        found[phase_name(phase)] = world.snapshot()
        phase(world)
    return found


@every_phase
def test_a_phase_names_what_it_reads_and_writes(phase: Phase) -> None:
    says = declared(phase)

    unknown = (says.reads | says.writes) - known_names(borough())
    assert not unknown, f"there is no {', '.join(sorted(unknown))}"


@every_phase
def test_a_phase_writes_only_what_it_says(phase: Phase) -> None:
    unsaid = written_unsaid(phase, _before()[phase_name(phase)])

    assert unsaid == [], f"add to Writes of {phase_name(phase)}: {', '.join(unsaid)}"


@every_phase
def test_a_phase_reads_only_what_it_says(phase: Phase) -> None:
    unsaid = read_unsaid(phase, _before()[phase_name(phase)])

    assert unsaid == {}, f"add to Reads of {phase_name(phase)}: {', '.join(unsaid)}"


@every_phase
def test_a_phase_leaves_no_value_that_is_not_a_number(phase: Phase) -> None:
    world = _before()[phase_name(phase)].snapshot()

    phase(world)

    for name, column in columns(world).items():
        if isinstance(column, np.ndarray) and column.dtype.kind == "f":
            assert np.isfinite(column).all(), name


def test_a_month_changes_no_table_of_the_place() -> None:
    world = build_world(scenario(levers=BUSY), 1)
    names = world.fixed.__slots__
    before = {name: np.array(getattr(world.fixed, name)) for name in names}

    run(world, 3)

    for name in names:
        assert np.array_equal(before[name], np.array(getattr(world.fixed, name))), name


small_places = st.fixed_dictionaries(
    {
        "scale": st.sampled_from((0.002, 0.003, 0.005, 0.01)),
        "closure": st.sampled_from(("fixed_budget", "overrun")),
        "flq_delta": st.sampled_from((0.15, 0.25, 0.35)),
        "io_year": st.sampled_from((2018, 2022)),
        "levers": st.sampled_from(((), BUSY)),
    }
)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(changes=small_places, seed=st.integers(0, 2**32 - 1))
def test_every_month_of_every_small_place_closes(changes: dict[str, object], seed: int) -> None:
    world = build_world(scenario(**changes), seed)
    n_residents, total = world.residents.status.size, int(world.ledger.balances.sum())

    for _ in range(5):
        for phase in phases_of_next_month(world):
            phase(world)
            world.ledger.check(phase_name(phase))
        check_heads(world, "the month")
        check_contracts(world, "the month")
        status = np.bincount(world.residents.status, minlength=3)
        assert status.sum() == n_residents
        staff = world.employers
        assert staff.n_residents.sum() == status[0]
        assert min(int(c.min()) for c in (staff.n_residents, staff.n_from_wider, staff.n_from_outside)) >= 0
        assert int(world.ledger.balances.sum()) == total
        _nothing_absurd(world)


def _nothing_absurd(world: World) -> None:
    firms, needs = world.firms, world.needs
    assert (firms.price > 0).all()
    assert min(int(c.min()) for c in (firms.sales_anchors, firms.sales_households, firms.sales_firms)) >= 0
    assert (
        min(int(c.min()) for c in (firms.sales_beyond, firms.unmet, firms.capacity, firms.contract_load)) >= 0
    )
    assert (needs.price > 0).all()
    assert (needs.months_left >= 0).all()
    for share in (needs.sv_promised, needs.sv_delivered, firms.local_hiring):
        assert ((share >= 0) & (share <= 1)).all()
    held = needs.supplier >= 0
    assert (needs.place[held] == 0).all()
    assert (needs.place[~held] > 0).all()
