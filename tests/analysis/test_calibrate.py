"""A calibration finds what simulated data were made with, says how sure it is, and keeps fit and proof apart."""

from __future__ import annotations

import pandas as pd
import pytest
from analysis import fake_economy
from analysis.test_experiment import HEAD
from analysis.test_sensitivity import CHURN, Formula

from cwbsim.analysis.calibrate import as_callable, calibrate
from cwbsim.analysis.experiment_file import load_experiment
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.targets import held_out, load_targets
from cwbsim.errors import UserError
from cwbsim.report.calibration_folder import write_calibration

pytest.importorskip("sklearn", reason="the extra [calibrate] is not installed")
TRUE = {
    "flq_delta": 0.29,
    "labour.churn_rate": CHURN.low + 0.3 * (CHURN.high - CHURN.low),
}  # x = 0.7, y = 0.3


def curved(scenario, seed):
    """Jobs = 100 (x + y), a share of x y; the policy adds 50 y jobs; a little luck."""
    x = (scenario.flq_delta - 0.15) / 0.2
    y = (scenario.parameters["labour.churn_rate"] - CHURN.low) / (CHURN.high - CHURN.low)
    luck = ((seed * 7919) % 11 - 5) / 5.0
    values = {"jobs": 100.0 * (x + y) + luck + (50.0 * y if scenario.levers else 0.0), "local_spend_share": x * y}
    frame = pd.DataFrame(
        [(month, name, value, "-", "") for month in range(1, 13) for name, value in values.items()],
        columns=["month", "outcome", "value", "unit", "section"],
    )
    kinds = {"jobs": fake_economy.OUTCOMES["jobs"], "local_spend_share": fake_economy.OUTCOMES["local_share"]}
    return Formula(fake_economy.FakeRun(scenario, seed, kinds), frame)


TARGETS = """
[targets.before]
outcome = "jobs"
value = 100.0
sd = 2.0
source = "made up"
[targets.change]
outcome = "jobs"
policy = "policy"
value = 15.0
sd = 1.0
source = "made up"
"""
VARY = (
    'seeds = 2\n[policies."policy".levers.social_value_weight]\nweight = 0.2\n'
    '[vary]\nflq_delta = {}\n"labour.churn_rate" = {}\n'
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "fit.toml"
    path.write_text(HEAD + VARY + TARGETS)
    return path


def fitted(file, tmp_path, **how):
    experiment = load_experiment(file)
    with RunStore(tmp_path / "r.sqlite") as store:
        found = calibrate(
            experiment, load_targets(file, experiment), store, points=12, workers=1, progress=False, simulate=curved,
            **how,
        )  # fmt: skip
        write_calibration(found, store, tmp_path / "out", ["cwbsim"], file)
    return found


def test_the_posterior_covers_what_the_data_were_made_with_and_little_else(file, tmp_path):
    # x + y = 1.0 and y = 0.3, from a level and a before-and-after together: x = 0.7
    summary = fitted(file, tmp_path).summary().set_index("name")

    for name, true in TRUE.items():
        assert summary.loc[name, "low"] < true < summary.loc[name, "high"]
        assert summary.loc[name, "learnt"] > 0.7
    # sd of y: 1 job of 50, at most doubled by the emulator's doubt; of its range, 0 to 1
    assert summary.loc["labour.churn_rate", "sd"] < 0.05 * (CHURN.high - CHURN.low)


def test_what_the_targets_do_not_tell_apart_is_not_learnt(file, tmp_path):
    file.write_text(HEAD + VARY + TARGETS.split("[targets.change]")[0])

    found = fitted(file, tmp_path, waves=1)

    # x + y = 1.0 alone: each may be anything, but their sum is known
    assert found.summary()["learnt"].max() < 0.35
    x = (found.posterior["flq_delta"] - 0.15) / 0.2
    y = (found.posterior["labour.churn_rate"] - CHURN.low) / (CHURN.high - CHURN.low)
    assert (x + y).std() < 0.05


def test_targets_that_were_fitted_to_are_recorded_and_refused_as_validation(file, tmp_path):
    found = fitted(file, tmp_path, waves=1)

    assert (
        "Fitted to, and so not validated by: before (made up); change (made up)"
        in found.fitted().assumptions[-1]
    )
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "posterior.csv",
        "targets.csv",
        "fitted.toml",
    }
    with pytest.raises(UserError, match="was fitted to and cannot validate"):
        held_out(found.targets[:1], found.targets)


HELD_OUT = """
[targets.kept_back]
outcome = "local_spend_share"
value = 0.21
sd = 0.02
source = "made up"
held_out = true
"""


def test_what_is_held_out_is_predicted_and_changes_no_fit(file, tmp_path):
    plain = fitted(file, tmp_path, waves=1)
    file.write_text(HEAD + VARY + TARGETS + HELD_OUT)

    found = fitted(file, tmp_path, waves=1)

    # x = 0.7 and y = 0.3 from the other two targets: x y = 0.21
    (row,) = found.checked.to_dict("records")
    assert row["mean"] == pytest.approx(0.21, abs=0.03)
    assert row["low"] < 0.21 < row["high"]
    assert row["implausibility"] < 1.0
    assert [one.name for one in found.targets] == ["before", "change"]
    pd.testing.assert_frame_equal(found.posterior, plain.posterior)
    assert "kept_back" not in found.fitted().assumptions[-1]
    assert "Held out" in (tmp_path / "out" / "report.txt").read_text()


def test_what_is_held_out_and_wrong_is_said_to_contradict_the_fit(file, tmp_path):
    file.write_text(HEAD + VARY + TARGETS + HELD_OUT.replace("value = 0.21", "value = 0.6"))

    found = fitted(file, tmp_path, waves=1)

    assert found.checked["implausibility"].item() > 3.0  # 0.39 off, and at most 0.1 of doubt in all


def test_the_same_figure_cannot_be_fitted_to_and_held_out(file, tmp_path):
    file.write_text(HEAD + VARY + TARGETS + HELD_OUT.replace("local_spend_share", "jobs"))

    with pytest.raises(UserError, match="was fitted to and cannot validate"):
        fitted(file, tmp_path, waves=1)


def test_a_target_that_cannot_be_met_is_said_and_not_approached(file, tmp_path):
    file.write_text(HEAD + VARY + TARGETS.replace("value = 100.0", "value = 900.0"))

    with pytest.raises(UserError, match="no point of the ranges meets all targets"):
        fitted(file, tmp_path, waves=1)


def test_other_toolboxes_get_a_function_of_theta_n_and_seed(file):
    experiment = load_experiment(file)
    run = as_callable(experiment, load_targets(file, experiment), curved)

    luck = [((seed * 7919) % 11 - 5) / 5.0 for seed in (3, 4)]
    found = run([0.25, CHURN.low], 2, 3)
    # x = 0.5, y = 0: 50 jobs and the luck of seeds 3 and 4; the policy changes nothing
    assert found.shape == (2, 2)
    assert found.ravel().tolist() == pytest.approx([50.0 + luck[0], 0.0, 50.0 + luck[1], 0.0], abs=1e-6)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('outcome = "jobs"\nvalue', 'outcome = "jbs"\nvalue', "did you mean 'jobs'"),
        ("sd = 2.0\n", "", "lacks sd"),
        ("sd = 2.0", "sd = 0.0", "no figure is without doubt"),
        ('policy = "policy"', 'policy = "polcy"', "did you mean 'policy'"),
        ("sd = 2.0", "sd = 2.0\nsorce = 1", "did you mean 'source'"),
    ],
)
def test_a_target_that_cannot_be_used_is_refused_with_what_would_be_right(file, old, new, said):
    file.write_text((HEAD + VARY + TARGETS).replace(old, new, 1))

    with pytest.raises(UserError, match=said):
        load_targets(file, load_experiment(file))
