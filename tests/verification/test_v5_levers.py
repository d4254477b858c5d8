"""V5: levers at rest, all together, change nothing; the order in which levers are written does not matter."""

from __future__ import annotations

import itertools

import pytest

from cwbsim.levers import LEVERS, Lever
from cwbsim.simulation import simulate
from tests.boroughs import borough, run, scenario

PULLED: tuple[Lever, ...] = (
    LEVERS["encourage_local_firms"](budget_a_year=1_000_000.0, ramp_months=4),
    LEVERS["shared_anchor_commitment"](adherence=0.7, start_month=2),
    LEVERS["social_value_weight"](weight=0.3),
)


def test_all_levers_at_rest_together_change_nothing() -> None:
    at_rest = borough(levers=tuple(lever() for lever in LEVERS.values()))

    assert run(at_rest, 13).canonical_hash() == borough(months=13).canonical_hash()


def test_a_pulled_lever_that_starts_after_the_end_changes_nothing() -> None:
    late = tuple(one.model_copy(update={"start_month": 14}) for one in PULLED)

    assert run(borough(levers=late), 13).canonical_hash() == borough(months=13).canonical_hash()


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[1:])
def test_the_order_in_which_levers_are_written_does_not_matter(order: tuple[int, ...]) -> None:
    written = tuple(PULLED[i] for i in order)

    one = simulate(scenario(months=8, levers=PULLED), 1).canonical_hash()

    assert simulate(scenario(months=8, levers=written), 1).canonical_hash() == one
    assert one != simulate(scenario(months=8), 1).canonical_hash()


def test_nor_does_it_where_a_world_holds_them_in_another_order() -> None:
    world, other = borough(levers=PULLED), borough(levers=PULLED)
    other.levers = tuple(reversed(other.levers))

    assert run(world, 8).canonical_hash() == run(other, 8).canonical_hash()


def test_two_levers_of_one_kind_for_different_anchors_both_hold() -> None:
    names = borough().fixed.anchor_names
    two = tuple(
        LEVERS["social_value_weight"](weight=weight, anchors=(name,))
        for weight, name in ((0.3, names[0]), (0.4, names[1]))
    )

    world = run(borough(levers=two), 1)

    # the third anchor keeps the weight of today
    today = world.parameters.procurement.default_sv_weight
    assert world.terms.sv_weight[:3, 0].tolist() == pytest.approx([0.3, 0.4, today])


def test_a_policy_changes_nobody_elses_luck() -> None:
    # In the first month the weight reaches tenders only: who leaves work, what shops close, whom households
    # choose anew must be what it is without a policy.
    plain, changed = borough(months=1), run(borough(levers=PULLED[2:]), 1)

    assert (plain.firms.is_closing == changed.firms.is_closing).all()
    assert (plain.firms.is_new == changed.firms.is_new).all()
    assert (plain.households.supplier == changed.households.supplier).all()
    assert (plain.needs.is_open == changed.needs.is_open).all()
    assert plain.market.counts["separations"] == changed.market.counts["separations"]
