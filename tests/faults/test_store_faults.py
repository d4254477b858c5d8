"""Kills and failing writes: nothing finished is lost, nothing is there twice, and the same command goes on."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="stops children at their system calls: Linux's ptrace")
def test_twenty_kills_and_every_failing_call_of_a_commit_lose_nothing(tmp_path):
    # In a process of its own: it forks, and this one has threads.
    command = [sys.executable, "-m", "experiments.faults", "--kills", "20", "--runs", "15", "--step", "2048"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1200,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )

    assert done.returncode == 0, done.stdout + done.stderr
    kills, full, calls = re.findall(r"(\d+) faults \(.*\): 0 lost, 0 double, 0 problems", done.stdout)
    assert int(kills) >= 20
    assert int(full) >= 10
    if "not run" not in done.stdout:
        assert int(calls) >= 50
