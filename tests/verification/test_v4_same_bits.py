"""V4: the same seed gives the same bits, however a run is watched, cut in two, carried over or shared out."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cwbsim import compare
from cwbsim.record import Run
from cwbsim.simulation import build_world, run_month, simulate
from cwbsim.world import World, state_columns
from tests.boroughs import borough, differences, run, same, scenario

POLICY = "wigan/social_value_20"
MONTHS = 12


@cache
def whole(name: str = POLICY, months: int = MONTHS) -> Run:
    return simulate(scenario(name, months=months), 3)


def unlike(a: World, b: World) -> list[str]:
    """Parts of the canonical hash in which two worlds differ."""
    pairs = zip(state_columns(a), state_columns(b), strict=True)
    return [name for (name, one), (_, other) in pairs if not same(one, other)]


def test_a_second_run_in_this_process_is_the_same() -> None:
    again = simulate(scenario(POLICY, months=MONTHS), 3)

    assert unlike(whole().world, again.world) == []
    assert whole().canonical_hash() == again.canonical_hash()


def test_another_seed_is_another_run() -> None:
    assert simulate(scenario(POLICY, months=MONTHS), 4).canonical_hash() != whole().canonical_hash()


PROGRAM = """
from tests.boroughs import scenario
from cwbsim.simulation import simulate
print(simulate(scenario("wigan/social_value_20", months=12), 3).canonical_hash())
"""


@pytest.mark.parametrize("hash_seed", ["0", "4321"])
def test_a_fresh_process_with_another_hash_seed_is_the_same(hash_seed: str) -> None:
    env = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "C",
        "OMP_NUM_THREADS": "1",
    }

    out = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, text=True, check=True)

    assert out.stdout.strip() == whole().canonical_hash()


TWO_MONTHS = """
from cwbsim import Scenario, simulate
print(simulate(Scenario(title="tiny", place="wigan", scale=0.02, months=2), 1).canonical_hash())
"""


@pytest.mark.parametrize("setting", ["NUMBA_DISABLE_JIT", "NUMBA_BOUNDSCHECK"])
def test_loops_left_uncompiled_or_checked_at_every_index_give_the_same_bits(setting: str, tmp_path: Path) -> None:
    plain, other = (
        subprocess.run(
            [sys.executable, "-W", "error", "-c", TWO_MONTHS], env=env, capture_output=True, text=True, check=True
        ).stdout
        for env in ({**os.environ}, {**os.environ, setting: "1", "CWBSIM_CACHE_DIR": str(tmp_path)})
    )

    assert plain == other
    assert len(plain.strip()) == 64


def test_watching_changes_nothing() -> None:
    unwatched = build_world(scenario(POLICY, months=MONTHS), 3)
    assert unwatched.recorder is None

    run(unwatched, MONTHS)

    assert unlike(unwatched, whole().world) == []


@pytest.mark.parametrize("month", [0, 1, 5, 11])
def test_a_run_resumed_from_a_snapshot_is_the_run_itself(month: int) -> None:
    start = run(build_world(scenario(POLICY, months=MONTHS), 3), month).snapshot()

    resumed = simulate(scenario(POLICY, months=MONTHS), 3, start=start)

    assert unlike(resumed.world, whole().world) == []
    assert list(resumed.months) == list(range(month + 1, MONTHS + 1))
    for name, values in resumed.recorder.values.items():
        assert same(values, whole().recorder.values[name][month:]), name
    assert same(resumed.recorder.flows, whole().recorder.flows[month:])


def test_a_snapshot_is_not_moved_by_the_run_that_goes_on() -> None:
    world = borough(months=2)
    kept = world.snapshot()
    before = kept.canonical_hash()

    run_month(world)

    assert kept.canonical_hash() == before != world.canonical_hash()


def test_a_world_carried_over_by_pickle_goes_on_the_same() -> None:
    world = borough(POLICY, months=5)
    carried = pickle.loads(pickle.dumps(world))
    assert carried.canonical_hash() == world.canonical_hash()

    run(carried, 3)
    run(world, 3)

    assert differences(carried, world) == []
    assert carried.ledger.cash["firms"] is carried.firms.cash  # or money would move where nobody looks


def test_a_longer_run_begins_with_the_shorter() -> None:
    longer = simulate(scenario(POLICY, months=MONTHS + 6), 3)

    for name, values in whole().recorder.values.items():
        assert same(longer.recorder.values[name][:MONTHS], values), name
    assert same(longer.recorder.balances[: MONTHS + 1], whole().recorder.balances)


def test_a_policy_from_month_seven_leaves_the_first_six_as_they_were() -> None:
    later = scenario(POLICY).levers[0].model_copy(update={"start_month": 7})

    changed = simulate(scenario(months=MONTHS, levers=(later,)), 3)

    baseline = whole("wigan/baseline")
    for name, values in baseline.recorder.values.items():
        assert same(changed.recorder.values[name][:6], values[:6]), name


def test_two_workers_say_what_one_says() -> None:
    one, two = (
        compare(scenario(months=6), scenario(POLICY, months=6), seeds=3, workers=n).to_frame(
            headline_only=False
        )
        for n in (1, 2)
    )

    assert not one.empty
    assert list(one.columns) == list(two.columns)
    for column in one.columns:
        a, b = one[column].to_numpy(), two[column].to_numpy()
        equal = (a == b) | (np.array([x != x for x in a]) & np.array([x != x for x in b]))
        assert equal.all(), column
