"""``cwbsim runs``: what a store holds, for people and for programs."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest
from analysis import fake_economy
from analysis.test_store import done, jobs
from click.testing import CliRunner

from cwbsim.analysis.batch import Job, run_jobs
from cwbsim.analysis.store import RunStore
from cwbsim.cli import main
from cwbsim.scenario import load_scenario


def cwbsim(*arguments, code=0):
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A store with three finished runs and a failed one."""
    path = tmp_path_factory.mktemp("made") / "results.sqlite"
    with RunStore(path) as store:
        done(store, jobs((1, 2), simulate=fake_economy.fails_on_seed_two), fake_economy.fails_on_seed_two)
    return path


@pytest.fixture
def store(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(made, tmp_path / "results.sqlite")
    return Path("results.sqlite")


def test_list_names_every_run_and_list_failed_the_failed_ones(store):
    rows = json.loads(cwbsim("runs", "list", store, "--json").stdout)

    assert sorted((row["title"], row["seed"], row["status"]) for row in rows) == [
        ("as it is", 1, "SUCCEEDED"),
        ("as it is", 2, "SUCCEEDED"),
        ("policy", 1, "SUCCEEDED"),
        ("policy", 2, "FAILED"),
    ]
    assert cwbsim("runs", "list", ".", "--failed").stdout.count("policy") == 1  # the folder does too


def test_show_takes_the_first_letters_of_a_key(store):
    (key,) = [
        row["key"]
        for row in json.loads(cwbsim("runs", "list", store, "--json").stdout)
        if (row["title"], row["seed"]) == ("policy", 1)
    ]
    told = json.loads(cwbsim("runs", "show", store, key[:8], "--json").stdout)

    assert told["key"] == key
    assert told["last_year"]["local_spend"] == 12 * 104.0  # 100 + seed 1 + 3
    assert "flq_delta = 0.2" in told["scenario_toml"]
    assert "Local spend" in cwbsim("runs", "show", store, key).stdout
    assert "no run has a key" in cwbsim("runs", "show", store, "zz", code=65).stderr
    assert "several runs" in cwbsim("runs", "show", store, "", code=65).stderr


def test_show_says_why_a_run_failed(store):
    (failed,) = json.loads(cwbsim("runs", "list", store, "--failed", "--json").stdout)

    assert "a penny is missing" in cwbsim("runs", "show", store, failed["key"]).stdout


def test_export_writes_tables_and_replaces_none_unasked(store):
    files = json.loads(cwbsim("runs", "export", store, "--to", "tables", "--json").stdout)

    assert [Path(one["file"]).name for one in files] == [
        "scenarios.csv",
        "runs.csv",
        "outcomes.csv",
        "definitions.csv",
    ]
    assert "--force" in cwbsim("runs", "export", store, "--to", "tables", code=73).stderr
    cwbsim("runs", "export", store, "--to", "tables", "--force", "--outcome", "jobs", "--last-year")
    assert (
        Path("tables/outcomes.csv").read_text().count("\n") == 1 + 3 * 2
    )  # 3 runs: the total and one decile


def test_verify_gives_code_1_for_a_damaged_record_and_merge_saves_the_rest(store):
    assert "4 runs, every one as it was written" in cwbsim("runs", "verify", store).stdout
    with sqlite3.connect(store) as db:
        db.execute("UPDATE runs SET state_hash = 'x' WHERE rowid = 1")
    db.close()

    assert len(json.loads(cwbsim("runs", "verify", store, "--json", code=1).stdout)["damaged"]) == 1
    told = json.loads(cwbsim("runs", "merge", store, "--into", "saved.sqlite", "--json", code=1).stdout)
    assert told["runs"] == 3
    cwbsim("runs", "verify", "saved.sqlite")


def test_a_store_that_is_not_there_gives_code_65(tmp_path):
    assert "there is no run store" in cwbsim("runs", "list", tmp_path / "none.sqlite", code=65).stderr


def test_replay_gives_code_0_for_the_same_bits_and_1_for_others(tmp_path):
    hamlet = load_scenario("teaching/hamlet").model_copy(update={"months": 2})
    job, other = Job.of(hamlet, 3), Job.of(hamlet, 4)
    with RunStore(tmp_path / "r.sqlite") as store:
        (one,) = run_jobs([[job]], store, workers=1)
        store.put(hamlet, other.identity, one.result)  # the run of seed 3 under the name of seed 4

    told = json.loads(cwbsim("runs", "replay", tmp_path / "r.sqlite", job.identity.key, "--json").stdout)
    assert (told["same"], told["changed"]) == (True, [])
    assert "differs" in cwbsim("runs", "replay", tmp_path / "r.sqlite", other.identity.key, code=1).stdout
