"""Starting the processes the figures are measured in: one thread each, JSON back, failures in one line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMBA_NUM_THREADS",
    ),
    "1",
)
TIMEOUT_SECONDS = 1800  # ten thousand synced transactions on a busy machine


class FailedError(RuntimeError):
    """A process that a figure needs did not succeed; the message is the last thing it said."""


def run_quietly(command: Sequence[str], extra: Mapping[str, str] | None = None) -> str:
    """Run to the end and return standard output; a failure raises with the last line of standard error."""
    environment = {**os.environ, **ONE_THREAD, **(extra or {})}
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FailedError(str(error)) from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise FailedError(said[-1].strip() if said else f"exit code {done.returncode}, nothing said")
    return done.stdout


def run_for_json(command: Sequence[str], extra: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run and read the last line of standard output as a JSON object."""
    lines = run_quietly(command, extra).strip().splitlines()
    if not lines:
        raise FailedError(f"{command[-1]} printed nothing")
    result: dict[str, Any] = json.loads(lines[-1])
    return result


def measure(name: str, extra: Mapping[str, str] | None = None, **settings: Any) -> dict[str, Any]:
    """One measurement of benchmarks.measure in a fresh process."""
    return run_for_json([sys.executable, "-m", "benchmarks.measure", name, json.dumps(settings)], extra)


def wall_seconds(command: Sequence[str], repeats: int) -> list[float]:
    """Wall seconds of a fresh process, start to end, after one that is not counted."""
    run_quietly(command)
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run_quietly(command)
        seconds.append(time.perf_counter() - start)
    return seconds
