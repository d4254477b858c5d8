"""V6: the order of rows decides nothing; nor does the pound as a unit; nor, but for luck, the scale."""

from __future__ import annotations

import numpy as np
import pytest
from tests.boroughs import borough, differences, phases_of_next_month
from tests.verification.relabelling import drawn_orders, relabelled, turned_round

from cwbsim.outcomes import Reading, measure
from cwbsim.outcomes.reading import savings_by_decile
from cwbsim.schedule import phase_name

POLICY = "wigan/social_value_20"


def test_rows_shuffled_and_put_back_are_the_same_world() -> None:
    world = borough(months=2)
    orders = drawn_orders(world, 1)

    there = relabelled(world, orders)
    back = relabelled(there, turned_round(orders))

    assert differences(world, back) == []
    assert "firms.key" in differences(world, there)
    there.ledger.check("the shuffle")


@pytest.mark.parametrize(("name", "scale", "seed"), [("wigan/baseline", 0.01, 1), (POLICY, 0.03, 2)])
def test_the_order_of_rows_decides_nothing_in_any_phase(name: str, scale: float, seed: int) -> None:
    world = borough(name, seed=seed, scale=scale)
    orders = drawn_orders(world, seed)
    other = relabelled(world, orders)

    for _ in range(6):
        pairs = zip(phases_of_next_month(world), phases_of_next_month(other), strict=True)
        for phase, _ in pairs:
            phase(world)
            phase(other)
            back = relabelled(other, turned_round(orders))
            assert differences(world, back) == [], f"{phase_name(phase)} of month {world.month} depends on row order"


def test_the_order_of_rows_decides_no_outcome() -> None:
    world = borough(POLICY, months=3)
    other = relabelled(world, drawn_orders(world, 5))

    one, two = (measure(Reading(w, savings_by_decile(w))) for w in (world, other))

    for name, value in one.items():
        np.testing.assert_array_equal(np.asarray(value), np.asarray(two[name]), err_msg=name)
