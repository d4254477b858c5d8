"""Seeds and scenarios given in Python are refused in words, and by one rule wherever they are given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from cwbsim import Borough, Scenario, compare, load_scenario, simulate
from cwbsim.cli import main
from cwbsim.errors import UserError
from cwbsim.seed import LARGEST_SEED, checked_seed, checked_seeds

SMALL = load_scenario("teaching/hamlet").model_copy(update={"months": 1})
OTHER = SMALL.model_copy(update={"title": "Other"})
NO_SEEDS: list[Any] = [-1, 1.5, True, 2**40, LARGEST_SEED + 1, "x", np.bool_(True), np.float64(1)]


@pytest.mark.parametrize("seed", NO_SEEDS)
def test_a_seed_that_is_no_whole_number_in_range_is_refused_by_all(seed: Any) -> None:
    for run in (lambda: simulate(SMALL, seed), lambda: Borough(SMALL, rng=seed), lambda: compare(SMALL, OTHER, [seed])):
        with pytest.raises(UserError, match=f"a whole number from 0 to {LARGEST_SEED}"):
            run()


@pytest.mark.parametrize("seed", [0, 1, LARGEST_SEED, np.int64(7), np.uint32(7)])
def test_a_whole_number_in_range_is_a_seed_and_a_plain_int(seed: Any) -> None:
    assert (checked_seed(seed), type(checked_seed(seed))) == (seed, int)


def test_the_command_line_and_a_scenario_take_the_same_largest_seed() -> None:
    found = CliRunner().invoke(main, ["run", "teaching/hamlet", "--seed", str(LARGEST_SEED + 1)])

    assert (found.exit_code, f"0<=x<={LARGEST_SEED}" in found.output) == (2, True)
    assert SMALL.model_copy(update={"seed": LARGEST_SEED}).seed == LARGEST_SEED
    with pytest.raises(UserError, match="seed is"):
        SMALL.model_copy(update={"seed": LARGEST_SEED + 1})


@pytest.mark.parametrize(
    ("seeds", "said"),
    [
        (1.5, r"seeds is 1\.5"),
        (None, "seeds is None"),
        (True, "seeds is True"),
        ("12", "seeds is '12'"),
        (["a"], "one of the seeds is 'a'"),
        ([1.5], r"one of the seeds is 1\.5"),
        ([1, -1], "one of the seeds is -1"),
        ([], "no seeds to run"),
        (0, "no seeds to run"),
        (-2, "no seeds to run"),
        ([1, np.int64(1)], r"a seed is given twice: \[1, 1\]"),
        (2**33, f"the last of {2**33} seeds from 1 is {2**33}"),
    ],
)
def test_seeds_that_cannot_be_run_are_refused(seeds: Any, said: str) -> None:
    with pytest.raises(UserError, match=said):
        compare(SMALL, OTHER, seeds, workers=1)


@pytest.mark.parametrize("seeds", [np.int64(3), 3, range(4, 7), (n for n in (4, 5, 6)), np.array([4, 5, 6])])
def test_seeds_are_a_number_or_any_row_of_them(seeds: Any) -> None:
    assert checked_seeds(seeds, 4) == (4, 5, 6)


@pytest.mark.parametrize("path", ["wigan/baseline", Path("wigan/baseline")])
def test_a_path_where_a_scenario_belongs_is_answered_with_how_to_load_it(path: Any) -> None:
    for run in (lambda: simulate(path, 1), lambda: compare(path, OTHER), lambda: compare(SMALL, path)):
        with pytest.raises(UserError, match=r"not a Scenario\n.*load_scenario\('wigan/baseline'\)"):
            run()


@pytest.mark.parametrize(
    ("policies", "said"), [(None, "policy 1 is None"), ([OTHER, 3], "policy 2 is 3"), (["a", "b"], "policy 1 is 'a'")]
)
def test_a_policy_that_is_no_scenario_is_refused_by_its_number(policies: Any, said: str) -> None:
    with pytest.raises(UserError, match=f"{said}, not a Scenario"):
        compare(SMALL, policies)


def test_a_policy_may_stand_alone_or_in_any_row() -> None:
    for policies in (OTHER, [OTHER], iter([OTHER])):
        with pytest.raises(UserError, match="no seeds"):
            compare(SMALL, policies, 0)


def test_a_scenario_is_still_no_row_of_things() -> None:
    with pytest.raises(TypeError):
        iter(Scenario(title="a"))
