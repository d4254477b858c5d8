"""How many seeds a question takes."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from analysis import fake_economy
from analysis.test_compare import AS_IS, POLICY, compared

from cwbsim.analysis.seeds import (
    FEWEST,
    Until,
    compare_until,
    pairing_frame,
    seeds_for_width,
    seeds_frame,
    seeds_to_see,
    seldom_moved,
    smallest_seen,
)
from cwbsim.errors import UserError
from cwbsim.report.table import comparison_text
from experiments.coverage.measure import coverage, coverage_frame


def test_seeds_for_a_width_are_those_of_the_t_table():
    # sd 10: with 18 seeds t is 2.110, 2.110 x 10 / sqrt(18) = 4.97; with 17 it is 2.120 x 10 / sqrt(17) = 5.14
    assert seeds_for_width(10.0, 5.0) == 18


def test_seeds_to_see_an_effect_give_it_four_chances_in_five():
    # effect of one standard deviation: (t.975 + t.80) / sqrt(n) is 1.004 for 10 seeds (2.262 + 0.883 = 3.145
    # over 3.162 = 0.995) and 3.195 / 3 = 1.065 for 9
    assert seeds_to_see(1.0, 1.0) == 10
    assert smallest_seen(1.0, 10) == pytest.approx(0.995, abs=2e-3)


def test_the_stated_chance_to_see_an_effect_is_the_chance_there_is():
    draws = np.random.default_rng(7).normal(1.0, 2.0, (4000, seeds_to_see(2.0, 1.0)))
    n = draws.shape[1]
    half = 2.02 * draws.std(axis=1, ddof=1) / math.sqrt(n)  # t at about 33 degrees of freedom is 2.03

    seen = float((draws.mean(axis=1) - half > 0.0).mean())
    assert seen == pytest.approx(0.8, abs=0.03)  # binomial error 0.006


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("jobs ±50", Until("jobs", 50.0)),
        ("local_spend +-2%", Until("local_spend", 2.0, True)),
        ("  jobs +/- 0.5 ", Until("jobs", 0.5)),
    ],
)
def test_a_stop_is_an_outcome_and_a_half_width(text, found):
    assert Until.read(text) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [("jobs 50", "no such stop"), ("jbs ±5", "did you mean 'jobs'"), ("jobs ±-5", "no such stop")],
)
def test_a_stop_that_cannot_be_read_is_refused(text, said):
    with pytest.raises(UserError, match=said):
        Until.read(text)


def until(width, **how):
    stop = Until("local_spend", width)
    fixed = {"simulate": fake_economy.simulate, "workers": 1, "progress": False}
    return compare_until(AS_IS, POLICY, stop, **(fixed | how))


def test_seeds_are_run_in_blocks_until_the_interval_is_narrow_enough():
    # differences alternate 36 and 24 a year: sd 6.2 of 16 seeds; 24 seeds: 2.069 x 6.13 / sqrt(24) = 2.59;
    # 32 seeds: 2.040 x 6.10 / sqrt(32) = 2.20; 40 seeds: 2.023 x 6.08 / sqrt(40) = 1.94
    found = until(2.0)

    assert len(found.seeds) == 40
    assert "reached after 40" in found.note
    assert "too narrow" in found.note


def test_never_fewer_than_sixteen_seeds_decide_and_never_more_than_allowed_are_run():
    assert len(until(1e9).seeds) == FEWEST
    most = until(0.001, most=20)
    assert len(most.seeds) == 20
    assert "not reached" in most.note


def test_the_frame_says_what_the_seeds_can_show():
    frame = seeds_frame(compared(seeds=4)).set_index("outcome")

    # differences 36, 24, 36, 24: sd 6.9282
    assert frame.loc["local_spend", "sd"] == pytest.approx(6.9282, abs=1e-3)
    assert frame.loc["local_spend", "seeds_for_this"] == seeds_to_see(6.9282, 30.0)


def test_the_variance_ratio_is_that_of_unpaired_over_paired_seeds():
    frame = pairing_frame(compared(seeds=4))
    spend = frame[frame["outcome"] == "local_spend"]

    # baseline 101..104: variance 5/3; policy 104, 104, 106, 106: 4/3; difference 3, 2, 3, 2: 1/3; ratio 9
    assert spend["variance_ratio"].tolist() == pytest.approx([9.0] * 24)
    assert frame[frame["outcome"] == "jobs"]["variance_ratio"].tolist() == [math.inf] * 24


def moves_jobs_in_seed_two(scenario, seed):
    """The fake economy, but the policy adds jobs with seed 2 only."""
    run = fake_economy.simulate(scenario, seed)
    frame = run.to_frame()
    if seed == 2 and scenario.flq_delta < 0.25:
        frame.loc[frame["outcome"] == "jobs", "value"] += 7.0
    return SimpleNamespace(outcomes=run.outcomes, to_frame=lambda: frame, canonical_hash=run.canonical_hash)


def test_an_outcome_that_moved_in_one_seed_of_four_is_named_and_one_that_moved_in_all_or_none_is_not():
    comparison = compared(seeds=4, simulate=moves_jobs_in_seed_two)

    assert seldom_moved(comparison) == [("policy", "jobs", 1, 4)]  # spend and share move in all
    assert "Moved in few seeds only" in comparison_text(comparison)
    assert seldom_moved(compared(seeds=4)) == []  # jobs in none


def test_coverage_is_that_of_the_t_interval_for_a_bell_curve_and_far_less_for_what_seldom_happens():
    luck = np.random.default_rng(1)
    bell, rare = luck.standard_normal(1500), (np.arange(1500) % 20 == 0).astype(float)
    pool, truth = np.stack([bell, rare], axis=1), np.array([bell.mean(), rare.mean()])

    found = coverage(pool, truth, 8, 800, luck)

    assert found[0] == pytest.approx(0.95, abs=0.03)
    # One in twenty: 0.95^8 = 66 % of eight have none and say nil to nil; the truth is 0.05. The others hold it.
    assert found[1] == pytest.approx(1.0 - 0.95**8, abs=0.06)


def test_the_frame_of_coverage_has_no_row_for_what_is_the_same_in_every_seed():
    luck = np.random.default_rng(1)
    tables = {
        ("base", "jobs", False, "jobs"): luck.standard_normal((1, 60)),
        ("policy", "jobs", True, "jobs"): np.zeros((1, 60)),
    }

    frame = coverage_frame(tables, 30, (4,), 20)

    assert frame[["outcome", "is_difference", "seeds", "intervals"]].to_numpy().tolist() == [["jobs", False, 4, 20]]
    assert 0.0 < frame["coverage"].item() <= 1.0
