"""The same experiment on a Dask cluster gives the same runs, also where one of its workers is killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from analysis.fake_economy import dies_once
from analysis.test_store import AS_IS, jobs

from cwbsim.analysis.batch import run_jobs
from cwbsim.analysis.cluster import dask_executor
from cwbsim.analysis.store import RunStore
from cwbsim.errors import MissingExtraError, UserError

TESTS = Path(__file__).parents[1]
START = """
import sys, time
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=0) as cluster:
        print(cluster.scheduler_address, *(w.process.process.pid for w in cluster.workers.values()), flush=True)
        sys.stdin.read()
"""


@pytest.fixture
def scheduler(tmp_path):
    """The address of a local scheduler with two workers in processes of their own."""
    pytest.importorskip("distributed", reason="the extra [hpc] is not installed")
    script = tmp_path / "cluster.py"
    script.write_text(START)
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent)])
    marked = {"CWBSIM_TEST_MARK": str(tmp_path / "mark"), "PYTHONPATH": paths}
    process = subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        env={**os.environ, **marked},
    )  # fmt: skip
    try:
        yield process.stdout.readline().split()[0]
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait(timeout=30)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")
def test_a_cluster_that_loses_a_worker_gives_the_runs_that_one_machine_gives(scheduler, tmp_path):
    some = jobs((1, 2, 3, 4), (AS_IS,), dies_once)
    with RunStore(tmp_path / "cluster.sqlite") as store, dask_executor(scheduler) as executor:
        found = list(run_jobs([[job] for job in some], store, simulate=dies_once, executor=executor))
        hashes = [record.state_hash for record in store.records()]

    assert [one.failure for one in found] == [None] * 4
    assert (tmp_path / "mark").exists()  # a worker did die
    assert sorted(hashes) == [f"state-0.25-{seed}" for seed in (1, 2, 3, 4)]


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(MissingExtraError, match=r"cwbsim\[hpc\]"), dask_executor("tcp://127.0.0.1:1"):
        pass


def test_an_address_where_nobody_answers_is_the_user_s_to_mend(monkeypatch):
    pytest.importorskip("distributed", reason="the extra [hpc] is not installed")
    monkeypatch.setattr("cwbsim.analysis.cluster.WAIT_SECONDS", 0.2)

    with pytest.raises(UserError, match="no Dask scheduler answers"), dask_executor("tcp://127.0.0.1:9"):
        pass
