"""Many independent runs on many cores: results as they come, failures kept, any number of workers."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

from cwbsim.errors import UserError

QUIET_SECONDS, LINE_SECONDS = 1.0, 10.0


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that did not finish, and why."""

    exception: str
    message: str
    traceback: str


def outcomes_of[R](
    function: Callable[..., R],
    tasks: Sequence[tuple[Any, ...]],
    workers: int | None = None,
    executor: Executor | None = None,
) -> Iterator[tuple[int, R | Failure]]:
    """Call a function on every task, in parallel, and give each answer as soon as it is there.

    Parameters
    ----------
    function
        Importable by name, for it is called in other processes.
    tasks
        The arguments of each call.
    workers
        Processes to use; the cores of this machine by default. One worker means this process itself.
    executor
        Any other `concurrent.futures.Executor`, which is used instead and left open.

    Yields
    ------
    (int, result or Failure)
        The number of the task, and what came of it.

    Raises
    ------
    UserError
        As soon as one task finds that its input cannot be used; the rest is dropped.
    """
    if executor is not None:
        yield from _streamed(executor, function, tasks, range(len(tasks)))
        return
    wanted = min(workers or _cores(), len(tasks))
    if wanted <= 1:
        for number, task in enumerate(tasks):
            yield number, _guarded(function, task)
        return
    left = set(range(len(tasks)))
    for number, result in _in_processes(function, tasks, sorted(left), wanted):
        if result is not None:
            left.discard(number)
            yield number, result
    for number in sorted(left):  # a worker died and took the pool along: each of the rest gets its own
        for _, result in _in_processes(function, tasks, [number], 1):
            died = Failure("BrokenProcessPool", "the worker died; was there enough memory?", "")
            yield number, died if result is None else result


class Progress:
    """A bar on a terminal, a line now and then elsewhere, nothing for what is over in a second."""

    def __init__(self, total: int, unit: str, shown: bool) -> None:
        self._total, self._unit, self._done = total, unit, 0
        self._shown = shown
        self._started = self._said = time.monotonic()
        has_bar = shown and sys.stderr.isatty()
        self._bar = tqdm(total=total, unit=unit, file=sys.stderr, delay=QUIET_SECONDS) if has_bar else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._bar is not None:
            self._bar.update()
            return
        now = time.monotonic()
        is_last = self._done == self._total
        wait = QUIET_SECONDS if self._said == self._started or is_last else LINE_SECONDS
        if self._shown and now - self._said > wait:
            self._said = now
            seconds = round(now - self._started)
            print(f"{self._done} of {self._total} {self._unit}s, {seconds} s", file=sys.stderr, flush=True)


def _cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _guarded[R](function: Callable[..., R], task: tuple[Any, ...]) -> R | Failure:
    """The answer, or the failure as a record; only errors of the user's pass through."""
    try:
        return function(*task)
    except UserError:
        raise
    except Exception as error:
        return Failure(type(error).__name__, str(error), traceback.format_exc())


def _streamed[R](
    pool: Executor, function: Callable[..., R], tasks: Sequence[tuple[Any, ...]], numbers: Sequence[int]
) -> Iterator[tuple[int, R | Failure]]:
    waiting: dict[Future[R | Failure], int] = {pool.submit(_guarded, function, tasks[n]): n for n in numbers}
    try:
        for done in as_completed(waiting):
            yield waiting[done], done.result()
    finally:
        for future in waiting:
            future.cancel()


def _in_processes[R](
    function: Callable[..., R], tasks: Sequence[tuple[Any, ...]], numbers: Sequence[int], workers: int
) -> Iterator[tuple[int, R | Failure | None]]:
    """As `_streamed`, in fresh processes; stops without an error where a worker dies (None for that task)."""
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_die_quietly)
    finished = False
    try:
        yield from _streamed(pool, function, tasks, numbers)
        finished = True
    except BrokenProcessPool:
        yield numbers[0], None
    finally:
        if not finished:  # interrupted, or broken: nobody waits for runs whose results nobody wants
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
        pool.shutdown(wait=finished, cancel_futures=True)


def _die_quietly() -> None:
    """In a worker: Ctrl-C ends it at once, without a traceback; the parent says what there is to say."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
