"""What is finished is kept, once, and under its own name."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from analysis import fake_economy

from cwbsim.analysis import identity
from cwbsim.analysis.batch import Job, run_jobs
from cwbsim.analysis.kept import kept_of
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.workers import Failure
from cwbsim.errors import CannotWriteError, UserError
from cwbsim.scenario import Scenario

AS_IS = Scenario(title="as it is", months=24)
POLICY = AS_IS.model_copy(update={"title": "policy", "flq_delta": 0.2})


@pytest.fixture
def store(tmp_path):
    with RunStore(tmp_path / "runs.sqlite") as opened:
        yield opened


def jobs(seeds=(1, 2), scenarios=(AS_IS, POLICY), simulate=fake_economy.simulate):
    return [Job.of(one, seed, simulate) for seed in seeds for one in scenarios]


def done(store, some, simulate=fake_economy.simulate, **how):
    return list(run_jobs([[one] for one in some], store, simulate=simulate, **({"workers": 1} | how)))


def test_what_is_read_back_is_what_was_kept_bit_for_bit(store):
    (job,) = jobs([3], [AS_IS])
    kept = kept_of(fake_economy.unknown_share(AS_IS, 3), 0.5)

    store.put(job.scenario, job.identity, kept)

    again = store.get(job.identity.key)
    assert again.values.tobytes() == kept.values.tobytes()  # nan included
    assert (again.layout, again.state_hash) == (kept.layout, kept.state_hash)


def test_a_run_that_is_done_is_not_done_again(store):
    done(store, jobs())

    again = done(store, jobs(), simulate=fake_economy.simulate)

    assert [one.result for one in again] == [None] * 4
    assert len(store) == 4


@pytest.mark.parametrize(
    "other",
    [
        {"scenario": AS_IS.model_copy(update={"months": 12})},
        {"scenario": AS_IS.model_copy(update={"parameters": {"labour.churn_rate": 0.012}})},
        {"scenario": AS_IS.model_copy(update={"place": "elsewhere"})},
        {"scenario": AS_IS.model_copy(update={"levers": {"social_value_weight": {"weight": 0.2}}})},
        {"seed": 2},
        {"simulate": fake_economy.unknown_share},
    ],
)
def test_whatever_shapes_a_run_gives_it_another_key(other):
    one = {"scenario": AS_IS, "seed": 1, "simulate": fake_economy.simulate}

    assert identity.run_id(**one).key != identity.run_id(**(one | other)).key


def test_words_do_not_make_another_run():
    other = AS_IS.model_copy(update={"title": "called otherwise", "question": "Why?"})

    assert identity.run_id(AS_IS, 1).key == identity.run_id(other, 1).key


def test_a_change_of_code_or_of_the_place_s_figures_makes_another_run(tmp_path, monkeypatch):
    before = identity.run_id(AS_IS, 1)
    place = tmp_path / "town"
    place.mkdir()
    (place / "jobs.csv").write_text("1")
    town = identity.data_version(str(place))
    (place / "jobs.csv").write_text("2")
    monkeypatch.setattr(identity, "code_version", lambda: "changed")

    assert identity.run_id(AS_IS, 1).key != before.key
    assert identity.data_version(str(place)) != town


def test_a_neighbour_s_figures_make_another_run_and_a_folder_called_as_a_place_that_ships_does_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    beside = AS_IS.model_copy(update={"neighbours": ("town",)})
    alone = identity.run_id(AS_IS, 1)
    keys = []
    for name in ("town", "wigan"):
        (tmp_path / name).mkdir()
    for figure in ("1", "2"):
        (tmp_path / "town" / "jobs.csv").write_text(figure)
        (tmp_path / "wigan" / "jobs.csv").write_text(figure)  # "wigan" is read from the package
        keys.append(identity.run_id(beside, 1).key)

    assert keys[0] != keys[1]
    assert identity.run_id(AS_IS, 1) == alone


def test_the_code_version_sees_what_a_run_can_reach_and_nothing_above_it():
    names = {
        path.name for path in identity.PACKAGE.rglob("*.py") if identity._part(path) not in identity.ABOVE
    }

    assert {"simulation.py", "scenario.py", "ledger.py", "base.py"} <= names
    assert not {"folder.py", "compare.py", "cli.py"} & names


def test_what_no_run_can_reach_is_what_stands_above_the_simulation():
    from test_layout import LAYERS, RANK

    above = {name for layer in LAYERS for name in layer if RANK[name] > RANK["simulation"]}

    assert set(identity.ABOVE) == above


def test_a_key_whose_run_gives_other_results_is_refused(store):
    (job,) = jobs([1], [AS_IS])
    kept = kept_of(fake_economy.simulate(AS_IS, 1), 0.1)
    store.put(AS_IS, job.identity, kept)

    with pytest.raises(UserError, match="with other results"):
        store.put(AS_IS, job.identity, replace(kept, state_hash="other"))

    assert store.get(job.identity.key).state_hash == kept.state_hash


def test_a_run_that_raises_is_recorded_and_the_rest_goes_on(store):
    found = done(
        store, jobs((1, 2, 3), simulate=fake_economy.fails_on_seed_two), fake_economy.fails_on_seed_two
    )

    (failed,) = store.records(status="FAILED")
    assert (failed.seed, failed.stage, failed.exception, failed.attempts) == (
        2,
        "simulate",
        "FloatingPointError",
        1,
    )
    assert "a penny is missing" in failed.traceback
    assert sum(one.failure is None for one in found) == 5


def test_a_failed_run_is_not_tried_again_until_that_is_asked_for(store):
    some = jobs((2,), (POLICY,), fake_economy.fails_on_seed_two)
    done(store, some, fake_economy.fails_on_seed_two)

    (again,) = done(store, some, lambda scenario, seed: pytest.fail("it ran again"))
    assert again.failure.exception == "FloatingPointError"

    calm = fake_economy.simulate
    (again,) = run_jobs([some], store, simulate=calm, workers=1, retry_failed=True)
    assert again.failure is None
    assert store.record(some[0].identity.key).status == "SUCCEEDED"


@pytest.mark.parametrize(
    ("exception", "is_tried"),
    [
        ("UserError", True),
        ("MissingExtraError", True),
        ("FileNotFoundError", True),  # an OSError
        ("MemoryError", True),
        ("ModuleNotFoundError", True),  # an ImportError
        ("ValueError", False),
        ("FloatingPointError", False),
        ("WorkerDied", False),
        ("print", False),  # no exception at all
    ],
)
def test_what_something_outside_the_run_made_fail_is_tried_again_unasked(store, exception, is_tried):
    (job,) = jobs([1], [AS_IS])
    store.put_failure(AS_IS, job.identity, Failure(exception, "why", "", attempts=2))

    done(store, [job])

    assert (store.record(job.identity.key).status == "SUCCEEDED") == is_tried


def test_a_job_that_is_given_twice_is_done_once(store):
    ran = []

    def simulate(scenario, seed):
        ran.append(seed)
        return fake_economy.simulate(scenario, seed)

    (job,) = jobs([1], [AS_IS], simulate)
    done(store, [job, job], simulate)

    assert ran == [1]


def die_on_seed_two(scenario, seed):
    if seed == 2:
        os._exit(9)
    return fake_economy.simulate(scenario, seed)


def test_a_run_that_kills_its_worker_is_left_alone_after_two_deaths_and_the_rest_goes_on(store):
    some = jobs((1, 2), (AS_IS,), die_on_seed_two)

    done(store, some, die_on_seed_two, workers=2)

    (failed,) = store.records(status="FAILED")
    assert (failed.seed, failed.stage, failed.attempts) == (2, "worker", 2)
    assert [one.seed for one in store.records(status="SUCCEEDED")] == [1]


def test_a_study_that_goes_on_with_other_workers_exports_the_same_bytes(tmp_path):
    from cwbsim.analysis.export import export

    some = jobs((1, 2, 3, 4, 5, 6))

    def exported(name, *steps):
        with RunStore(tmp_path / f"{name}.sqlite") as store:
            for how, part in steps:
                done(store, part, **how)
            return [file.read_bytes() for file in export(store, tmp_path / name)]

    whole = exported("whole", ({"workers": 1}, some))
    with ThreadPoolExecutor(3) as three, ThreadPoolExecutor(2) as two:
        steps = ({"executor": three}, some[8:]), ({"executor": two}, some[:6]), ({"workers": 1}, some)
        assert exported("in_parts", *steps) == whole


def test_a_run_under_suspicion_from_before_is_tried_once_more_and_by_itself(store):
    (job,) = jobs([1], [AS_IS])
    store.put_failure(AS_IS, job.identity, Failure("WorkerDied", "", "", stage="worker"))
    assert store.record(job.identity.key).status == "ABORTED"

    done(store, [job])

    assert store.record(job.identity.key).status == "SUCCEEDED"


def test_any_number_of_jobs_is_taken_few_at_a_time(store):
    taken, most = [], []

    def groups():
        for seed in range(1, 41):
            taken.append(seed)
            yield [Job.of(AS_IS, seed, fake_economy.simulate)]

    with ThreadPoolExecutor(2) as pool:
        slow = lambda scenario, seed: time.sleep(0.002) or fake_economy.simulate(scenario, seed)  # noqa: E731
        for number, _ in enumerate(run_jobs(groups(), store, simulate=slow, executor=pool), start=1):
            most.append(len(taken) - number)

    assert len(store) == 40
    assert max(most) <= 64  # what is handed to an executor at a time


def test_the_file_syncs_fully_and_keeps_no_log_of_its_own_beside_it(store, tmp_path):
    assert store._db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    done(store, jobs())
    assert [path.name for path in tmp_path.iterdir()] == ["runs.sqlite"]


def test_two_commands_on_one_store_lose_nothing_and_write_nothing_twice(tmp_path):
    def command():
        with RunStore(tmp_path / "both.sqlite") as own:
            done(own, jobs(range(1, 11)))

    threads = [threading.Thread(target=command) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    with RunStore(tmp_path / "both.sqlite") as store:
        assert len(store) == 20
        assert store.damage() == []


def damaged(path: Path, statement: str) -> RunStore:
    """A store with a record changed behind its back."""
    with sqlite3.connect(path) as db:
        db.execute(statement)
    db.close()
    return RunStore(path)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE runs SET content = zeroblob(100) WHERE seed = 1 AND content IS NOT NULL",
            "seed 1) is damaged",
        ),
        ("UPDATE runs SET seed = 9 WHERE seed = 2", "seed 9) is damaged"),
        ("UPDATE runs SET state_hash = 'x'", "is damaged"),
        ("UPDATE layouts SET json = replace(json, 'jobs', 'jibs')", "layout"),
        ("UPDATE scenarios SET toml = toml || ' '", "scenario"),
        ("DELETE FROM layouts", "its layout is missing"),
    ],
)
def test_a_record_that_is_not_what_was_written_is_found(tmp_path, statement, said):
    path = tmp_path / "runs.sqlite"
    with RunStore(path) as store:
        done(store, jobs())
        assert store.damage() == []

    with damaged(path, statement) as store:
        assert any(said in sentence for sentence in store.damage())


def test_every_undamaged_run_of_a_damaged_store_can_be_saved(tmp_path):
    path = tmp_path / "runs.sqlite"
    with RunStore(path) as store:
        done(store, jobs())

    spoilt = "UPDATE runs SET content = zeroblob(9) WHERE rowid = 3"
    with damaged(path, spoilt) as store, RunStore(tmp_path / "new.sqlite") as new:
        added, left = new.merge(store)

        assert (added, len(left), new.damage()) == (3, 1, [])


@pytest.mark.parametrize(
    "content", [b"not a database at all, by any measure", b"SQLite format 3\0" + bytes(200)]
)
def test_a_file_that_is_no_store_is_refused_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "letters.txt"
    path.write_bytes(content)

    with pytest.raises(UserError):
        RunStore(path)
    assert path.read_bytes() == content


def test_another_program_s_database_is_refused(tmp_path):
    with sqlite3.connect(tmp_path / "theirs.db") as db:
        db.execute("CREATE TABLE theirs (x)")
    db.close()

    with pytest.raises(UserError, match="not a run store of cwbsim"):
        RunStore(tmp_path / "theirs.db")


def test_a_store_that_is_not_there_is_not_made_by_looking(tmp_path):
    with pytest.raises(UserError, match="there is no run store"):
        RunStore(tmp_path / "none.sqlite", read_only=True)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_stops_the_command_and_loses_nothing(store, tmp_path):
    first, *rest = jobs()
    done(store, [first])
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages}")  # SQLite's own "database or disk is full"
    kept = kept_of(fake_economy.simulate(AS_IS, 2), 0.1)
    large = replace(kept, values=np.random.default_rng(1).random(kept.values.shape))

    def fill():
        for job in rest:
            store.put(job.scenario, job.identity, large)

    with pytest.raises(CannotWriteError, match="full"):
        fill()
    store._db.execute("PRAGMA max_page_count = 100000")
    done(store, jobs())

    assert len(store) == 4
    assert store.damage() == []


def test_stores_of_shards_merge_into_what_one_command_would_have_made(tmp_path):
    some = jobs(range(1, 4))
    with RunStore(tmp_path / "whole.sqlite") as whole, RunStore(tmp_path / "merged.sqlite") as merged:
        done(whole, some)
        for number in range(3):
            with RunStore(tmp_path / f"{number}.sqlite") as shard:
                done(shard, [*some[number::3], some[0]])  # the first is in all of them
                merged.merge(shard)

        assert [one.key for one in merged.records()] == [one.key for one in whole.records()]
        assert [one.state_hash for one in merged.records()] == [one.state_hash for one in whole.records()]
