"""Samples of a time and what is said of them: median, min, max."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Spread:
    """Median, least and greatest of repeated measurements."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Sum up at least one measurement."""
        return cls(statistics.median(values), min(values), max(values))

    def over(self, other: Spread) -> Spread:
        """Ratio of the medians, with the widest range the two samples allow."""
        return Spread(self.median / other.median, self.low / other.high, self.high / other.low)


class Stopwatch:
    """Processor and wall seconds of the last block timed.

    Processor time is compared, for a machine may be shared: a neighbour's job lengthens the wall time of
    whichever side it happens to hit. Everything here is one thread, so the two agree on an idle machine.
    """

    def __init__(self) -> None:
        self.cpu = 0.0
        self.wall = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Time the block."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu, self.wall = time.process_time() - cpu, time.perf_counter() - wall


def cpu_seconds(call: Callable[[], object], repeats: int) -> list[float]:
    """Processor seconds of each of `repeats` calls, after one that is not counted."""
    call()
    watch = Stopwatch()
    seconds = []
    for _ in range(repeats):
        with watch.running():
            call()
        seconds.append(watch.cpu)
    return seconds
