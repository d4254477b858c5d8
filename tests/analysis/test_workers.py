"""A worker that dies at a bad moment leaves nobody waiting."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from cwbsim.analysis import workers


def dies_with_the_lock(number):
    """Number 2 dies once, and takes the lock of the queue of tasks along: nobody else can have a task."""
    mark = Path(os.environ["CWBSIM_TEST_MARK"])
    if number == 2 and not mark.exists():
        mark.touch()
        frame = sys._getframe()
        while "call_queue" not in frame.f_locals:
            frame = frame.f_back
        frame.f_locals["call_queue"]._rlock.acquire(timeout=2.0)
        os._exit(9)
    time.sleep(0.1)
    return number


def test_a_worker_that_dies_with_the_lock_of_the_queue_leaves_nobody_waiting(tmp_path, monkeypatch):
    monkeypatch.setenv("CWBSIM_TEST_MARK", str(tmp_path / "mark"))
    monkeypatch.setattr(workers, "GRACE_SECONDS", 0.2)

    found = dict(workers.outcomes_of(dies_with_the_lock, [(n,) for n in range(1, 7)], workers=2))

    assert (tmp_path / "mark").exists()
    assert found == {n - 1: n for n in range(1, 7)}


def process(code):
    """A process of a pool: one that sleeps on, or one that has ended with a code."""
    context = multiprocessing.get_context("spawn")
    made = context.Process(target=time.sleep, args=(60.0,)) if code is None else context.Process(target=os._exit, args=(code,))
    made.start()
    if code is not None:
        made.join()
    return made


@pytest.mark.parametrize(
    ("code", "is_over", "are_ended"),
    [
        (9, False, True),  # it died and the pool does nothing
        (0, False, False),  # it ended well
        (9, True, False),  # the pool has seen to it itself
    ],
)
def test_the_others_are_ended_where_one_died_and_the_pool_does_nothing(monkeypatch, code, is_over, are_ended):
    monkeypatch.setattr(workers, "GRACE_SECONDS", 0.05)
    pool = SimpleNamespace(_processes={1: process(code), 2: (sleeper := process(None))})
    over = threading.Event()
    if is_over:
        over.set()
    watch = threading.Thread(target=workers._end_the_rest, args=(pool, over))
    watch.start()
    try:
        sleeper.join(timeout=20.0 if are_ended else 0.5)
        assert (sleeper.exitcode is not None) == are_ended
    finally:
        over.set()
        watch.join()
        sleeper.kill()
        sleeper.join()
