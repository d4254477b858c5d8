"""How far long work is, on stderr."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

QUIET_SECONDS, LINE_SECONDS = 1.0, 10.0


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
