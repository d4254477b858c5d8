"""How many seeds a question takes."""

from __future__ import annotations

import math

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
    smallest_seen,
)
from cwbsim.errors import UserError


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
