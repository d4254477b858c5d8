"""Indices are what they are known to be for an economy that is a formula."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from analysis import fake_economy
from analysis.test_experiment import HEAD

from cwbsim.analysis.experiment_file import load_experiment
from cwbsim.analysis.sensitivity import _luck, sensitivity
from cwbsim.analysis.store import RunStore
from cwbsim.errors import UserError
from cwbsim.parameters import load_parameters
from cwbsim.report.sensitivity_picture import save_sensitivity

pytest.importorskip("SALib", reason="the extra [analysis] is not installed")
CHURN = load_parameters().figure("labour.churn_rate")


def formula(scenario, seed):
    """Jobs = 2 x + y, x and y from 0 to 1; the policy adds y to them, and nothing else."""
    x = (scenario.flq_delta - 0.15) / 0.2
    y = (scenario.parameters["labour.churn_rate"] - CHURN.low) / (CHURN.high - CHURN.low)
    jobs = 2.0 * x + y + (y if scenario.levers else 0.0)
    frame = pd.DataFrame(
        {"month": range(1, 13), "outcome": "jobs", "value": jobs, "unit": "jobs", "section": ""}
    )
    run = fake_economy.FakeRun(scenario, seed, {"jobs": fake_economy.OUTCOMES["jobs"]})
    return Formula(run, frame)


class Formula:
    """A run whose long form is given."""

    def __init__(self, run, frame):
        self.outcomes, self._run, self._frame = run.outcomes, run, frame

    def canonical_hash(self):
        return f"{self._run.canonical_hash()} {self._frame['value'].iloc[0]}"

    def to_frame(self):
        return self._frame


@pytest.fixture
def experiment(tmp_path):
    file = tmp_path / "e.toml"
    file.write_text(
        HEAD + 'outcomes = ["jobs"]\n[policies."policy".levers.social_value_weight]\nweight = 0.2\n'
        '[vary]\nflq_delta = {}\n"labour.churn_rate" = {}\n'
    )
    return load_experiment(file)


def indices(experiment, tmp_path, **how):
    with RunStore(tmp_path / "r.sqlite") as store:
        return sensitivity(experiment, store, workers=1, progress=False, simulate=formula, **how)


def of(found, is_difference):
    return found.frame[found.frame["is_difference"] == is_difference].set_index("name")


def test_sobol_shares_of_a_sum_are_the_shares_of_its_variances(experiment, tmp_path):
    found = indices(experiment, tmp_path, method="sobol", n=32)

    level, effect = of(found, False), of(found, True)
    # variances of 2 x and y are as 4 to 1: 0.8 and 0.2, first and total alike, for nothing acts together
    assert level.loc["flq_delta", "total"] == pytest.approx(0.8, abs=0.12)
    assert level.loc["labour.churn_rate", "first"] == pytest.approx(0.2, abs=0.12)
    # what the policy does depends on y alone
    assert effect.loc["labour.churn_rate", "total"] == pytest.approx(1.0, abs=0.1)
    assert effect.loc["flq_delta", "total"] == pytest.approx(0.0, abs=1e-6)
    assert found.n_runs == 2 * 32 * (2 + 2)


def test_morris_effects_of_a_sum_are_its_slopes(experiment, tmp_path):
    found = indices(experiment, tmp_path, method="morris", n=4)

    level = of(found, False)
    assert level["mu_star"].to_dict() == pytest.approx({"flq_delta": 2.0, "labour.churn_rate": 1.0})
    assert level["sigma"].tolist() == pytest.approx([0.0, 0.0], abs=1e-9)


def test_the_picture_is_drawn_and_the_words_name_what_decides(experiment, tmp_path):
    found = indices(experiment, tmp_path, method="morris", n=4)
    save_sensitivity(found, tmp_path)

    assert (tmp_path / "sensitivity.svg").stat().st_size > 1000
    assert "effect of policy on jobs: labour.churn_rate" in found.in_words()


@pytest.mark.parametrize(
    ("change", "how", "said"),
    [
        ({"varied": ()}, {}, "nothing varies"),
        ({}, {"n": 20}, "power of two"),
        ({}, {"method": "sbol"}, "did you mean 'sobol'"),
    ],
)
def test_what_cannot_be_analysed_is_refused(experiment, tmp_path, change, how, said):
    with pytest.raises(UserError, match=said):
        indices(replace(experiment, **change), tmp_path, **how)


@pytest.mark.parametrize(
    ("table", "luck"),
    [
        ([[0.0, 2.0], [10.0, 12.0]], 0.0),  # the second seed adds 2 everywhere: no difference between points is luck
        ([[0.0, 2.0], [12.0, 10.0]], 2.0),  # left over are -1, 1, 1, -1: 4 / (1 x 1), over 2 seeds
        ([[0.0], [10.0]], math.nan),  # one seed cannot tell
    ],
)
def test_luck_is_what_seeds_do_to_some_points_and_not_to_others(table, luck):
    assert _luck(np.array(table)) == pytest.approx(luck, nan_ok=True)
