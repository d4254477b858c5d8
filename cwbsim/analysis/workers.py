"""Many independent runs on many cores: results as they come, failures kept, any number of workers."""

from __future__ import annotations

import builtins
import multiprocessing
import os
import signal
import threading
import traceback
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from cwbsim import errors
from cwbsim.errors import UserError

WAITING = 2  # tasks handed out a worker: one at work, one to begin with at once
START_METHOD = "spawn"  # the same everywhere, and nothing of this process is copied
UNGUARDED = 97  # how a worker ends that finds the script it has to read doing its runs
NO_GUARD = (
    'this script has no `if __name__ == "__main__":`, so that each worker would do all of it again: its runs are'
    " done in one process. To use all cores, put what the script does below that line; or say workers=1"
)
GRACE_SECONDS = 5.0  # for a pool that lost a worker to end the others itself
SURROUNDINGS = (UserError, OSError, MemoryError, ImportError)
ELSEWHERE = 64  # tasks handed to an executor of the user's, whose workers cannot be counted


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that did not finish, and why."""

    exception: str
    message: str
    traceback: str
    stage: str = "simulate"
    """Where: "simulate", or "worker" where the process that ran it died."""
    attempts: int = 1
    error: UserError | None = None
    """The error itself, where it is the user's to mend."""

    @property
    def may_be_mended(self) -> bool:
        """Whether it lies in what surrounds a run (a file, memory, a package), not in the run itself.

        The same run, for which code, data, scenario and seed are the same, fails again otherwise.
        """
        kind = getattr(errors, self.exception, getattr(builtins, self.exception, None))
        return isinstance(kind, type) and issubclass(kind, SURROUNDINGS)

    @classmethod
    def of(cls, error: Exception) -> Failure:
        """The failure that an exception being handled makes."""
        mendable = error if isinstance(error, UserError) else None
        return cls(type(error).__name__, str(error), traceback.format_exc(), error=mendable)


DIED = Failure("WorkerDied", "the process that ran it died; was there enough memory?", "", stage="worker")

type Batch[T] = Sequence[T]


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
    batches = ([(number, function, task)] for number, task in enumerate(tasks))
    for (number, _, _), result in batch_outcomes(_called, batches, workers, executor, at_most=len(tasks)):
        if isinstance(result, Failure) and result.error is not None:
            raise result.error
        yield number, result


def batch_outcomes[T, R](
    function: Callable[[Batch[T]], Sequence[R | Failure]],
    batches: Iterable[Batch[T]],
    workers: int | None = None,
    executor: Executor | None = None,
    at_most: int | None = None,
    alone: deque[T] | None = None,
    suspected: Callable[[T], None] = lambda _: None,
) -> Iterator[tuple[T, R | Failure]]:
    """Do batches of items that are cheaper together, and give each item's answer when its batch is done.

    Batches are taken one by one as workers come free, so that there may be any number of them.

    Parameters
    ----------
    function
        From a batch to an answer for each of its items, importable by name.
    batches
        Of items.
    workers, executor
        As for `outcomes_of`.
    at_most
        How many batches there are, where that is known: no more processes are started.
    alone
        Items under suspicion of killing their worker, added to while batches are taken: each is done when no
        batch is left, in a process of its own.
    suspected
        Told of each item whose worker died while others were at work too: it is tried again, alone.
    """
    wanted = workers or cores()
    wanted = wanted if at_most is None else min(wanted, at_most)
    suspects: deque[T] = deque() if alone is None else alone
    if executor is not None:
        yield from _handed_out(executor, function, batches, suspects)
        return
    source = iter(batches)
    if wanted <= 1:
        for batch in source:
            yield from zip(batch, function(batch), strict=True)
    while wanted > 1:
        lost: list[T] = []
        yield from _in_processes(function, source, wanted, lost)
        if not lost:
            break
        for item in lost:
            suspected(item)
        suspects += lost
    while suspects:
        lost = []
        yield from _in_processes(function, iter([[suspects.popleft()]]), 1, lost)
        for one in lost:
            yield one, DIED


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def guarded[R](function: Callable[..., R], *arguments: Any) -> R | Failure:
    """The answer, or the failure as a record."""
    try:
        return function(*arguments)
    except Exception as error:
        return Failure.of(error)


def _called[R](batch: Batch[tuple[int, Callable[..., R], tuple[Any, ...]]]) -> list[R | Failure]:
    return [guarded(function, *task) for _, function, task in batch]


def _streamed[T, R](
    pool: Executor,
    function: Callable[[Batch[T]], Sequence[R | Failure]],
    source: Iterator[Batch[T]],
    room: int,
    lost: list[T],
) -> Iterator[tuple[T, R | Failure]]:
    """Keep `room` batches handed out; stops, with what was out in `lost`, where the pool breaks."""
    out: dict[Future[Sequence[R | Failure]], Batch[T]] = {}
    is_more = True
    try:
        while True:
            while is_more and len(out) < room:
                batch = next(source, None)
                is_more = batch is not None
                if batch is not None:
                    lost.extend(batch)  # until it is handed out: the pool may have broken
                    out[pool.submit(function, batch)] = batch
                    del lost[-len(batch) :]
            if not out:
                return
            for future in wait(out, return_when=FIRST_COMPLETED).done:
                answers = future.result()
                yield from zip(out.pop(future), answers, strict=True)
    except BrokenProcessPool:
        for future, batch in out.items():
            late = _answers(future)
            if late is None:
                lost.extend(batch)
            else:
                yield from zip(batch, late, strict=True)
    finally:
        for future in out:
            future.cancel()


def _answers[R](future: Future[Sequence[R | Failure]]) -> Sequence[R | Failure] | None:
    """What came of a batch although the pool broke; None where nothing did."""
    try:
        return future.result(timeout=5.0)
    except Exception:
        return None


def _in_processes[T, R](
    function: Callable[[Batch[T]], Sequence[R | Failure]],
    source: Iterator[Batch[T]],
    workers: int,
    lost: list[T],
) -> Iterator[tuple[T, R | Failure]]:
    """As `_streamed`, in fresh processes."""
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        os._exit(UNGUARDED)  # a worker that is reading the user's script, which began to do its runs again
    before = set(multiprocessing.active_children())
    context = multiprocessing.get_context(START_METHOD)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_work)
    processes = getattr(pool, "_processes", {})  # filled as they start, and kept when they have ended
    finished, is_over = False, threading.Event()
    threading.Thread(target=_end_the_rest, args=(pool, is_over), daemon=True).start()
    try:
        yield from _streamed(pool, function, source, WAITING * workers, lost)
        finished = not lost
    finally:
        is_over.set()
        if not finished:  # interrupted, or broken: nobody waits for runs whose results nobody wants
            for child in set(multiprocessing.active_children()) - before:
                child.terminate()
        pool.shutdown(wait=finished, cancel_futures=True)
    if lost and any(process.exitcode == UNGUARDED for process in processes.values()):
        warnings.warn(NO_GUARD, stacklevel=2)
        again = [[item] for item in lost]
        lost.clear()
        for batch in chain(again, source):
            yield from zip(batch, function(batch), strict=True)


def _handed_out[T, R](
    pool: Executor,
    function: Callable[[Batch[T]], Sequence[R | Failure]],
    batches: Iterable[Batch[T]],
    again: deque[T],
) -> Iterator[tuple[T, R | Failure]]:
    """On an executor of the user's: what it gives up (a worker that died) is handed to it once more, item by item."""
    source = iter(batches)
    out: dict[Future[Sequence[R | Failure]], tuple[Batch[T], int]] = {}
    try:
        while True:
            while len(out) < ELSEWHERE:
                batch, attempt = next(source, None), 1
                if batch is None and again:
                    batch, attempt = [again.popleft()], 2
                if batch is None:
                    break
                out[pool.submit(function, batch)] = (batch, attempt)
            if not out:
                return
            for future in wait(out, return_when=FIRST_COMPLETED).done:
                batch, attempt = out.pop(future)
                error = future.exception()
                if error is None:
                    yield from zip(batch, future.result(), strict=True)
                elif isinstance(error, BrokenProcessPool):
                    raise error  # it will take nothing more
                elif attempt == 1:
                    again += batch
                else:
                    yield (
                        batch[0],
                        replace(DIED, exception=type(error).__name__, message=str(error), attempts=attempt),
                    )
    finally:
        for future in out:
            future.cancel()


def _end_the_rest(pool: ProcessPoolExecutor, is_over: threading.Event) -> None:
    """End the workers of a pool one of which died, should the pool not do so itself.

    A worker that is killed as the pool starts can die with the lock of the queue of tasks; the pool then waits
    for the others, and they for the lock, for ever.
    """
    while not is_over.wait(GRACE_SECONDS):
        processes = list((getattr(pool, "_processes", None) or {}).values())
        with suppress(ValueError):  # closed in the meantime
            if any(one.exitcode not in (None, 0) for one in processes) and not is_over.wait(GRACE_SECONDS):
                for one in processes:
                    one.kill()


def _begin_work() -> None:
    """In a worker: Ctrl-C ends it at once and without a traceback, and it does not outlive its parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)
