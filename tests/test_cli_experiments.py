"""The commands that do the runs of an experiment file, as they are typed."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from cwbsim.analysis.store import RunStore
from cwbsim.cli import main

# The smallest borough that can be built, for two months: a tenth of a second a run.
FILE = """
question = "Does the tie to the borough matter?"
base = "wigan/baseline"
scale = 0.002
months = 2
outcomes = ["jobs"]
"""
VARY = "[vary]\nflq_delta = { low = 0.2, high = 0.3 }\n"
TARGETS = """
[targets.jobs_counted]
outcome = "jobs"
value = 90000.0
sd = 20000.0
source = "made up"
[targets.kept_back]
outcome = "firms_open"
value = 15000.0
sd = 5000.0
source = "made up"
held_out = true
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def typed(*words, code=0):
    done = CliRunner().invoke(main, [*words, "--workers", "1"] if words[-1] != "status" else list(words))
    assert done.exit_code == code, done.output
    return done


def test_a_sweep_can_be_given_again_and_in_parts_and_says_how_far_it_is(folder):
    (folder / "tie.toml").write_text(
        FILE + 'design = "list"\n[[points]]\ntitle = "weak tie"\nflq_delta = 0.2\n'
        '[[points]]\ntitle = "strong tie"\nflq_delta = 0.3\n'
    )
    plan = CliRunner().invoke(main, ["sweep", "plan", "tie.toml"])
    assert "= 2 runs of 2 months" in plan.stdout

    first = typed("sweep", "run", "tie.toml")
    assert "weak tie" in first.stdout
    assert "nan" not in first.stdout.split("low")[0]
    with RunStore("runs/tie/results.sqlite") as store:
        finished = [one.finished for one in store.records()]
    manifest = json.loads((folder / "runs" / "tie" / "manifest.json").read_text())
    assert (manifest["runs"], manifest["failures"]) == (2, [])
    assert manifest["finished"].startswith("20")  # when
    assert [(one["file"], one["role"]) for one in manifest["inputs"]] == [
        ("tie.toml", "experiment"), ("wigan/baseline", "scenario")
    ]  # fmt: skip
    again = typed("sweep", "run", "tie.toml")
    assert "2 runs are in" in again.stderr
    with RunStore("runs/tie/results.sqlite") as store:
        assert [one.finished for one in store.records()] == finished  # nothing was done again

    parts = [typed("sweep", "run", "tie.toml", "--shard", f"{part}/2", "--json") for part in (1, 2)]
    assert sum(json.loads(one.stdout)["finished"] for one in parts) == 2
    status = CliRunner().invoke(main, ["sweep", "status", "tie.toml"])
    assert status.stdout.startswith("2 of 2 finished, 0 failed, 0 to do")


def test_what_decides_is_said_in_words_and_left_as_a_table(folder):
    (folder / "tie.toml").write_text(FILE + VARY)

    done = typed("sensitivity", "tie.toml", "--method", "morris", "--n", "2", "--json")

    found = json.loads(done.stdout)
    assert found["runs"] == 2  # 2 trajectories of 1 + 1 points, both between the same two: each is run once
    assert {row["name"] for row in found["indices"]} == {"flq_delta"}
    assert (folder / "runs" / "tie_morris" / "sensitivity.csv").is_file()


def test_a_fit_says_what_was_fitted_to_and_what_was_held_out(folder):
    (folder / "tie.toml").write_text(FILE + VARY + TARGETS)

    done = typed("calibrate", "tie.toml", "--points", "6", "--waves", "1", "--json")

    found = json.loads(done.stdout)
    assert [row["target"] for row in found["targets"]] == ["jobs_counted"]
    assert [row["target"] for row in found["held_out"]] == ["kept_back"]
    manifest = json.loads((folder / "runs" / "tie_calibration" / "manifest.json").read_text())
    assert [one["target"] for one in manifest["fitted_to"]] == ["jobs_counted"]
    assert [one["target"] for one in manifest["held_out"]] == ["kept_back"]
