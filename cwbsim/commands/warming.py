"""Compile the loops before the first run of a version, on two cores instead of one.

A run compiles each loop when it comes to it: first those that build a world, then those of a month. To have both
compiled at once the second needs a world that nobody has compiled anything for; it is built, small, without
compiling. What each finds goes to the same folder on disk, from where everybody takes it. Nothing depends on this:
a loop that is not there when a run comes to it is compiled then.

    python -m cwbsim.commands.warming build         compile what building a world needs
    python -m cwbsim.commands.warming months        compile what months need
    python -m cwbsim.commands.warming world FILE    build a world, to be run uncompiled
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cwbsim.analysis.workers import cores

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["read_world", "warm_up", "write_world"]

PLACE = "teaching/hamlet"
MONTHS = 13  # some things happen once a year


def warm_up() -> None:
    """Compile in two processes, and wait for them; whatever goes wrong in them shows, and is said, in the run itself.

    On one core nothing is done, for two take no less time there than the run would.
    """
    if cores() < 2:
        return
    jobs = [_started("build"), _started("months")]
    try:
        for job in jobs:
            job.wait()
    finally:  # where the user has had enough too
        for job in jobs:
            job.kill()
            job.wait()


def _started(*what: str, **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "cwbsim.commands.warming", *what],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env=os.environ | environment,
    )  # fmt: skip


def write_world(path: Path) -> None:
    """Build the small world and write it to a file, for :func:`read_world`."""
    from cwbsim import load_scenario
    from cwbsim.simulation import build_world

    with path.open("wb") as file:
        _Pickler(file).dump(build_world(load_scenario(PLACE), 1).snapshot())


def read_world(path: Path) -> World:
    """Return the world that :func:`write_world` wrote: a file of this process's own making, never one from elsewhere."""
    with path.open("rb") as file:
        world: World = pickle.load(file)
    return world


class _Pickler(pickle.Pickler):
    """Keeps which arrays may not be written to: loops are compiled for one or the other."""

    def reducer_override(self, obj: Any) -> Any:
        if type(obj) is np.ndarray and not obj.flags.writeable:
            return _read_only, (obj.copy(),)
        return NotImplemented


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def _build() -> None:
    from cwbsim import load_scenario
    from cwbsim.simulation import build_world

    build_world(load_scenario(PLACE), 1)


def _months() -> None:
    """Run a world built by another process, and end that one whatever happens."""
    from cwbsim.record import Recorder
    from cwbsim.simulation import run_month

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world"
        with _started("world", str(path), NUMBA_DISABLE_JIT="1") as builder:
            try:
                builder.wait()
            finally:
                builder.kill()
        world = read_world(path)
    world.recorder = Recorder(world, MONTHS)  # outcomes have loops too
    for _ in range(MONTHS):
        run_month(world)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["build"]:
            _build()
        case ["months"]:
            with suppress(OSError):  # no world was built: then there is nothing to do
                _months()
        case ["world", file]:
            write_world(Path(file))
