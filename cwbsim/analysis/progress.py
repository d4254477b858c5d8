"""How far long work is, on stderr."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Self

from tqdm import tqdm

QUIET_SECONDS, LINE_SECONDS = 1.0, 10.0


class Progress:
    """A bar on a terminal, a line now and then elsewhere, nothing for what is over in a second.

    Where the first step takes longer than that, it says what is being done meanwhile.

    Parameters
    ----------
    total, unit
        How many steps there are, and what one is: "month", "run".
    shown
        False shows nothing.
    first
        What is done until the first step is.
    """

    def __init__(self, total: int, unit: str, shown: bool, first: str = "the first are under way") -> None:
        self._total, self._unit, self._done = total, unit, 0
        self._shown, self._first = shown, first
        self._started = self._said = time.monotonic()
        has_bar = shown and sys.stderr.isatty()
        self._bar = tqdm(total=total, unit=unit, file=sys.stderr, delay=QUIET_SECONDS) if has_bar else None
        self._waiting = threading.Timer(QUIET_SECONDS, self._say_first)
        self._waiting.daemon = True

    def __enter__(self) -> Self:
        if self._shown:
            self._waiting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._waiting.cancel()
        if self._bar is not None:
            self._bar.close()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        if self._done == 1:
            self._waiting.cancel()
        if self._bar is not None:
            if self._done == 1:
                self._bar.set_description_str(refresh=False)
            self._bar.update()
            return
        now = time.monotonic()
        is_last = self._done == self._total
        wait = QUIET_SECONDS if self._said == self._started or is_last else LINE_SECONDS
        if self._shown and now - self._said > wait:
            self._say(now)

    def _say(self, now: float, more: str = "") -> None:
        self._said = now
        seconds = round(now - self._started)
        print(f"{self._done} of {self._total} {self._unit}s, {seconds} s{more}", file=sys.stderr, flush=True)

    def _say_first(self) -> None:
        """Say that it has begun, in a thread of its own: the first step keeps the other busy."""
        if self._done:
            return
        if self._bar is not None:
            self._bar.set_description_str(self._first)
        else:
            self._say(time.monotonic(), f": {self._first}")
