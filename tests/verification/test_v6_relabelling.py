"""V6: the order of rows decides nothing; nor does the pound as a unit; nor, but for luck, the scale."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cwbsim.levers import LEVERS
from cwbsim.outcomes import OUTCOMES, Reading, measure
from cwbsim.outcomes.reading import savings_by_decile
from cwbsim.schedule import phase_name
from cwbsim.simulation import simulate
from cwbsim.world import World
from tests.boroughs import borough, differences, phases_of_next_month, run, scenario
from tests.verification.doubled_pounds import MONEY, doubled, doubled_parameters, not_money, unplaced
from tests.verification.relabelling import drawn_orders, relabelled, turned_round

POLICY = "wigan/social_value_20"


def test_rows_shuffled_and_put_back_are_the_same_world() -> None:
    world = borough(months=2)
    orders = drawn_orders(world, 1)

    there = relabelled(world, orders)
    back = relabelled(there, turned_round(orders))

    assert differences(world, back) == []
    assert "firms.key" in differences(world, there)
    there.ledger.check("the shuffle")


BUSY = (
    LEVERS["encourage_local_firms"](budget_a_year=1_000_000.0),
    LEVERS["shared_anchor_commitment"](adherence=0.7),
    LEVERS["social_value_weight"](weight=0.3),
)


@pytest.mark.parametrize(
    ("seed", "changes"),
    [(1, {"scale": 0.01}), (2, {"scale": 0.03, "levers": BUSY}), (3, {"scale": 0.02, "closure": "overrun"})],
)
def test_the_order_of_rows_decides_nothing_in_any_phase(seed: int, changes: dict[str, object]) -> None:
    world = borough(seed=seed, **changes)
    orders = drawn_orders(world, seed)
    other = relabelled(world, orders)

    for _ in range(6):
        pairs = zip(phases_of_next_month(world), phases_of_next_month(other), strict=True)
        for phase, _ in pairs:
            phase(world)
            phase(other)
            back = relabelled(other, turned_round(orders))
            assert differences(world, back) == [], (
                f"{phase_name(phase)} of month {world.month} depends on row order"
            )


def test_the_order_of_rows_decides_no_outcome() -> None:
    world = borough(POLICY, months=3)
    other = relabelled(world, drawn_orders(world, 5))

    one, two = (measure(Reading(w, savings_by_decile(w))) for w in (world, other))

    for name, value in one.items():
        np.testing.assert_array_equal(np.asarray(value), np.asarray(two[name]), err_msg=name)


def test_the_doubling_knows_of_every_whole_number_whether_it_is_money() -> None:
    assert unplaced(borough()) == [], "name it in MONEY or in COUNTS of doubled_pounds.py"


def test_doubling_every_pound_and_every_threshold_changes_no_decision() -> None:
    world = borough(POLICY, seed=2, scale=0.03)
    twice = doubled(world)

    run(world, 6)
    run(twice, 6)

    twins = not_money(twice)
    for name, column in not_money(world).items():
        if column.dtype.kind == "f":
            # a share of two amounts, each floored to the penny: a penny in a hundred pounds at worst
            np.testing.assert_allclose(twins[name], column, rtol=1e-4, atol=1e-4, err_msg=name)
        else:
            np.testing.assert_array_equal(twins[name], column, err_msg=name)


def test_doubling_every_pound_doubles_every_purse_within_rounding() -> None:
    world = borough(POLICY, seed=2, scale=0.03)
    twice = run(doubled(world), 6)
    run(world, 6)

    twice.ledger.check("the month")
    for part, names in MONEY.items():
        for name in names:
            one, two = (np.asarray(getattr(getattr(w, part), name), float) for w in (world, twice))
            # Splits and shares floor to the penny: by less than a part in ten thousand of what moves, in all.
            assert abs(two.sum() - 2 * one.sum()) <= 1e-4 * np.abs(2 * one).sum() + 2, f"{part}.{name}"


def test_doubling_every_pound_leaves_every_share_as_it_was() -> None:
    world = borough(POLICY, seed=2, scale=0.03)
    twice = doubled(world)

    one, two = (_measured(run(w, 6)) for w in (world, twice))

    for name, outcome in OUTCOMES.items():
        factor = 2.0 if outcome.unit in {"£", "£ a year"} else 1.0
        np.testing.assert_allclose(two[name], factor * one[name], rtol=1e-3, atol=1e-6, err_msg=name)


def _measured(world: World) -> dict[str, np.ndarray]:
    return {
        name: np.asarray(value, float)
        for name, value in measure(Reading(world, savings_by_decile(world))).items()
    }


def test_every_parameter_in_pounds_is_doubled_and_no_other() -> None:
    world = borough()
    twice = doubled_parameters(world.parameters)

    doubled_names = {n for n in twice.names() if twice.figure(n).value != world.parameters.figure(n).value}
    in_pounds = {n for n in twice.names() if "£" in world.parameters.figure(n).unit}

    assert in_pounds - doubled_names == {"treasury.universal_credit_taper"}  # pounds lost for each pound
    assert doubled_names <= in_pounds


def test_doubling_the_pounds_but_not_the_thresholds_does_change_decisions() -> None:
    # The control: were the thresholds forgotten, tax and benefits would bite elsewhere.
    world = borough(seed=2, scale=0.03)
    naive = doubled(world)
    naive.parameters = world.parameters

    run(world, 2)
    run(naive, 2)

    assert abs(naive.households.income.sum() / world.households.income.sum() - 2) > 1e-3


def test_halving_the_scale_moves_no_headline_beyond_luck() -> None:
    # Means of the first year over seeds; Welch's interval at 99.9 % of the difference must hold nil, and a
    # place half the size is scaled up by twice as much, so a total that forgot its scale would be out by half.
    headlines = [name for name, one in OUTCOMES.items() if one.headline]
    whole, half = (
        np.array([_first_year(scale, seed, headlines) for seed in range(1, 7)]) for scale in (0.08, 0.04)
    )

    found = stats.ttest_ind(whole, half, equal_var=False)
    low, high = found.confidence_interval(0.999)
    outside = [name for i, name in enumerate(headlines) if not low[i] <= 0.0 <= high[i]]
    assert outside == []
    for i, name in enumerate(headlines):
        if OUTCOMES[name].unit in {"jobs", "people", "firms"} and name != "wider_area_jobs":
            assert half[:, i].mean() == pytest.approx(whole[:, i].mean(), rel=0.1), name


@pytest.mark.parametrize(
    ("scale", "reference"),
    [
        (0.02, 0.1),
        (0.1, 0.3),
        pytest.param(
            0.01, 0.1,
            marks=pytest.mark.xfail(
                reason="in so small a sample a tender meets fewer bidders: 2.5 at 0.01, 3.2 at 0.02, 4.2 at 0.1, 4.6 at"
                " 0.3, 4.7 at 1 (it keeps a need of every anchor and section, so that sections with few bidders weigh"
                " more, and the chance of hearing of a tender cannot pass one)"
            ),
        ),
    ],
)  # fmt: skip
def test_a_tender_keeps_its_bidders_at_small_scale(scale: float, reference: float) -> None:
    small, larger = (
        np.array([_first_year(size, seed, ["bidders_per_tender"]) for seed in range(1, 9)])
        for size in (scale, reference)
    )

    low, high = stats.ttest_ind(small, larger, equal_var=False).confidence_interval(0.99)
    assert low[0] <= 0.0 <= high[0]


def _first_year(scale: float, seed: int, names: list[str]) -> list[float]:
    done = simulate(scenario(scale=scale, months=12), seed)
    return [float(np.nanmean(done.series(name))) for name in names]
