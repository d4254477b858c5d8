"""What is kept of a run: every outcome of every month, as one table, with what its columns mean."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

NOT_BREAKDOWNS = ("month", "outcome", "value", "unit")
QUICK = 1  # zlib level: half the size of no compression at a hundredth of a run's time


class RunLike(Protocol):
    """The part of a run that is needed here."""

    outcomes: Mapping[str, Any]

    def to_frame(self) -> pd.DataFrame: ...

    def canonical_hash(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Measure:
    """What an outcome is."""

    name: str
    unit: str
    definition: str
    kind: Literal["flow", "stock", "share"]
    headline: bool


@dataclass(frozen=True)
class Layout:
    """What the columns of a run's table mean; the same for all runs of a place and length."""

    measures: tuple[Measure, ...]
    breakdowns: tuple[str, ...]
    """Names of what an outcome can be divided by: section, anchor, ..."""
    series: tuple[tuple[str, ...], ...]
    """For each column of the table: the outcome, then its label in each breakdown ("" where it has none)."""
    months: tuple[int, ...]
    """Number of the month of each row."""

    @cached_property
    def by_name(self) -> dict[str, Measure]:
        """Measures by the name of their outcome."""
        return {one.name: one for one in self.measures}

    @cached_property
    def totals(self) -> dict[str, int]:
        """Column of each outcome that is one number a month."""
        return {one[0]: column for column, one in enumerate(self.series) if not any(one[1:])}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all of it."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def to_json(self) -> str:
        """As text; the same layout gives the same text."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Layout:
        """What `to_json` wrote."""
        read = json.loads(text)
        return cls(
            measures=tuple(Measure(**one) for one in read["measures"]),
            breakdowns=tuple(read["breakdowns"]),
            series=tuple(tuple(one) for one in read["series"]),
            months=tuple(read["months"]),
        )


@dataclass(frozen=True, eq=False)
class KeptRun:
    """One run: small enough to send between processes and to store, whole enough to do without the run."""

    layout: Layout
    values: Floats  # (months, series)
    state_hash: str
    seconds: float

    def packed(self) -> bytes:
        """The values as compressed bytes (little-endian doubles, month after month)."""
        return zlib.compress(np.ascontiguousarray(self.values, "<f8").tobytes(), QUICK)

    def total(self, outcome: str) -> Floats:
        """(months,) of an outcome that is one number a month."""
        return self.values[:, self.layout.totals[outcome]]


def unpacked(content: bytes, layout: Layout) -> Floats:
    """(months, series) from what `KeptRun.packed` gave."""
    flat = np.frombuffer(zlib.decompress(content), "<f8")
    return flat.reshape(len(layout.months), len(layout.series)).astype(np.float64)


def kept_of(run: RunLike, seconds: float) -> KeptRun:
    """What is kept of a finished run.

    Parameters
    ----------
    run
        A `cwbsim.Run`, or anything with `outcomes`, `to_frame` and `canonical_hash`.
    seconds
        How long it took.
    """
    measures = tuple(
        Measure(name, one.unit, one.definition, one.kind, bool(one.headline))
        for name, one in run.outcomes.items()
    )
    # The recorder of a run of several boroughs is the focus borough's; its frame has them all.
    is_plain = hasattr(run, "recorder") and not hasattr(run, "boroughs")
    layout, values = _of_recorder(run, measures) if is_plain else _of_frame(run, measures)
    return KeptRun(layout, values, run.canonical_hash(), seconds)


def _of_recorder(run: Any, measures: tuple[Measure, ...]) -> tuple[Layout, Floats]:
    """Straight from the recorder: the long form would cost a tenth of a small run's time."""
    recorder = run.recorder
    divided = tuple(
        (name, one.breakdown, recorder.labels[one.breakdown]) for name, one in run.outcomes.items()
    )
    layout = _recorder_layout(measures, divided, recorder.months)
    return layout, np.concatenate(
        [recorder.values[name][: recorder.n_months] for name in run.outcomes], axis=1
    )


@lru_cache(maxsize=8)
def _recorder_layout(
    measures: tuple[Measure, ...], divided: tuple[tuple[str, str, tuple[str, ...]], ...], months: range
) -> Layout:
    from cwbsim.outcomes.registry import BREAKDOWNS

    series = [
        (name, *(str(label) if one == by else "" for one in BREAKDOWNS))
        for name, by, labels in divided
        for label in labels
    ]
    layout = Layout(measures, tuple(BREAKDOWNS), tuple(series), tuple(months))
    _ = layout.digest  # worked out here, in the worker, and sent along
    return layout


def _of_frame(run: RunLike, measures: tuple[Measure, ...]) -> tuple[Layout, Floats]:
    """From the long form, for runs that are not our own."""
    frame = run.to_frame()
    breakdowns = tuple(str(column) for column in frame.columns if column not in NOT_BREAKDOWNS)
    keys = ["outcome", *breakdowns]
    texts = frame.assign(**{key: frame[key].astype(str) for key in keys})
    wide = texts.pivot(index="month", columns=keys, values="value").astype(float)
    place = {one.name: number for number, one in enumerate(measures)}
    series = [tuple(map(str, key)) if isinstance(key, tuple) else (str(key),) for key in wide.columns]
    order = sorted(range(len(series)), key=lambda i: (place[series[i][0]], series[i]))
    layout = Layout(measures, breakdowns, tuple(series[i] for i in order), tuple(map(int, wide.index)))
    return layout, wide.to_numpy()[:, order]
