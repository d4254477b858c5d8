"""How many seeds a question takes: for an interval of a given width, and to see an effect of a given size."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from cwbsim.analysis.compare import Comparison, compare
from cwbsim.analysis.paired import CONFIDENCE
from cwbsim.analysis.run_summary import YEAR
from cwbsim.analysis.store import RunStore
from cwbsim.errors import UserError, unknown
from cwbsim.scenario import Scenario

POWER = 0.8  # the chance to see an effect that is there, as trials are planned
BLOCK = 8
FEWEST = 16  # before an interval's own width may decide: of fewer seeds it is a poor guess
MOST = 200
NEVER = 10_000
FEW_MOVED = 3  # seeds, fewer of which say little about how far


@dataclass(frozen=True, slots=True)
class Until:
    """Run seeds until the 95 % interval of a difference is no wider than plus or minus this."""

    outcome: str
    half_width: float
    is_percent: bool = False
    """Whether it is per cent of the baseline's mean, not the outcome's own unit."""

    @classmethod
    def read(cls, text: str) -> Until:
        """From ``"jobs ±50"``, ``"local_spend +-2%"`` (or ``+/-``).

        Raises
        ------
        UserError
            It is not of this form, or no such outcome is known.
        """
        from cwbsim.outcomes import OUTCOMES

        found = re.fullmatch(r"\s*(\w+)\s*(?:±|\+/?-)\s*([0-9.eE+-]+)\s*(%?)\s*", text)
        try:
            width = float(found[2]) if found else math.nan
        except ValueError:
            width = math.nan
        if found is None or not 0.0 < width < math.inf:
            raise UserError(
                f"{text!r} is no such stop",
                "--until",
                'an outcome and a half-width: "jobs ±50", "local_spend ±2%"',
            )
        if found[1] not in OUTCOMES:
            raise unknown("outcome", found[1], OUTCOMES, "--until")
        return cls(found[1], width, found[3] == "%")


def compare_until(
    baseline: Scenario,
    policies: Scenario | Sequence[Scenario],
    until: Until,
    *,
    most: int = MOST,
    block: int = BLOCK,
    store: RunStore | None = None,
    retry_failed: bool = False,
    **how: Any,
) -> Comparison:
    """Compare on more and more seeds, until every policy's interval of one outcome is narrow enough.

    The interval is of last year's paired difference. At least 16 seeds are run, for an interval of fewer is a
    poor judge of its own width. Stopping when it happens to be narrow makes it a little too narrow: a 95 % interval
    then holds the truth a little less often than 95 times in 100. The `note` of the comparison says so.

    Parameters
    ----------
    baseline, policies, retry_failed, how
        As for `cwbsim.compare`.
    until
        When to stop.
    most
        Seeds after which to stop in any case.
    block
        Seeds run before the next look.
    store
        Where runs are kept; a temporary one if left out.
    """
    with _store(store) as kept:
        n = min(max(FEWEST, block), most)
        while True:
            found = compare(baseline, policies, n, store=kept, retry_failed=retry_failed, **how)
            retry_failed = False  # once is enough
            width, wanted = _widths(found, until)
            if width <= wanted or n >= most:
                break
            n = min(n + block, most)
    reached = "reached" if width <= wanted else f"not reached: ±{width:.4g}"
    said = (
        f"Seeds were run in blocks of {block} until the interval of {until.outcome} was within ±{wanted:.4g} "
        f"({reached} after {n}). Stopping by its own width makes an interval a little too narrow."
    )
    return replace(found, note=said)


@contextmanager
def _store(store: RunStore | None) -> Iterator[RunStore]:
    if store is not None:
        yield store
        return
    with tempfile.TemporaryDirectory() as folder, RunStore(Path(folder) / "runs.sqlite") as own:
        yield own


def _widths(found: Comparison, until: Until) -> tuple[float, float]:
    """The widest half-width of any policy, and the one wanted; never wide enough where nothing is known."""
    frame = found.to_frame(headline_only=False)
    mine = frame[frame["outcome"] == until.outcome]
    if mine.empty or mine["low"].isna().any():
        return math.inf, until.half_width
    wanted = until.half_width
    if until.is_percent:
        wanted *= float(mine["baseline"].abs().min()) / 100.0
    return float(((mine["high"] - mine["low"]) / 2).max()), wanted


def seeds_for_width(sd: float, half_width: float) -> int:
    """Seeds for a 95 % t interval of this half-width.

    Parameters
    ----------
    sd, half_width
        Standard deviation of the paired difference over seeds, and what is wanted; in the same unit.
    """
    return _fewest(lambda n: float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2)) * sd / math.sqrt(n) <= half_width)


def seeds_to_see(sd: float, effect: float, power: float = POWER) -> int:
    """Seeds that give this chance that the 95 % interval of an effect of this size leaves out nil."""
    if effect == 0.0:
        return NEVER
    return _fewest(lambda n: _seen(sd, n, power) <= abs(effect))


def smallest_seen(sd: float, seeds: int, power: float = POWER) -> float:
    """The smallest effect that so many seeds show with this chance."""
    return math.nan if seeds < 2 else _seen(sd, seeds, power)


def _seen(sd: float, n: int, power: float) -> float:
    return float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2) + stdtrit(n - 1, power)) * sd / math.sqrt(n)


def _fewest(is_enough: Callable[[int], bool]) -> int:
    """The smallest number from 2 that is enough, or NEVER."""
    low, high = 1, 2
    while not is_enough(high):
        low, high = high, 2 * high
        if low >= NEVER:
            return NEVER
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high


def seeds_frame(comparison: Comparison, *, headline_only: bool = True) -> pd.DataFrame:
    """What the seeds of a comparison can show, and how many more would take.

    Returns
    -------
    pandas.DataFrame
        scenario, outcome, unit (last year's), difference, half_width, sd (of the paired difference over seeds),
        seeds, smallest_seen (the effect they show four times in five), seeds_for_this (to see an effect as
        large as the one found), seeds_for_one_percent (of the baseline).
    """
    rows = []
    frame = comparison.to_frame(headline_only=headline_only)
    for row in frame.to_dict("records"):
        n = row["seeds"]
        if n < 2:
            continue
        half = (row["high"] - row["low"]) / 2
        sd = half * math.sqrt(n) / float(stdtrit(n - 1, 0.5 + CONFIDENCE / 2))
        rows.append(
            {
                **{name: row[name] for name in ("scenario", "outcome", "unit", "difference")},
                "half_width": half,
                "sd": sd,
                "seeds": n,
                "smallest_seen": smallest_seen(sd, n),
                "seeds_for_this": seeds_to_see(sd, row["difference"]),
                "seeds_for_one_percent": seeds_to_see(sd, 0.01 * row["baseline"]),
            }
        )
    columns = ["scenario", "outcome", "unit", "difference", "half_width", "sd", "seeds", "smallest_seen",
               "seeds_for_this", "seeds_for_one_percent"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def pairing_frame(comparison: Comparison, *, headline_only: bool = True) -> pd.DataFrame:
    """What the same luck on both sides is worth, per outcome and month.

    Returns
    -------
    pandas.DataFrame
        scenario, outcome, month, variance_ratio: the variance that the difference would have with other luck on
        each side, over that which it has. 10 means that ten times as many unpaired seeds would be needed; inf
        where nothing has parted yet.
    """
    parts = []
    for number, name, before, after in comparison.pairs_of_paths(headline_only):
        if before.shape[0] < 2:
            continue
        apart = before.var(axis=0, ddof=1) + after.var(axis=0, ddof=1)
        paired = (after - before).var(axis=0, ddof=1)
        ratio = np.divide(apart, paired, out=np.full(apart.shape, np.inf), where=paired > 0)
        months = np.arange(1, before.shape[1] + 1)
        parts.append(
            pd.DataFrame(
                {
                    "scenario": comparison.policies[number - 1].title,
                    "outcome": name,
                    "month": months,
                    "variance_ratio": np.where(np.isfinite(apart), ratio, np.nan),
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def seldom_moved(comparison: Comparison, *, headline_only: bool = True) -> list[tuple[str, str, int, int]]:
    """Outcomes that last year differ in so few seeds that an interval over them misleads.

    Where a policy changes an outcome in one run in a hundred, most sets of seeds show no change at all and the
    interval is nil to nil: of 8 seeds it then holds the truth one time in ten (experiments/coverage).

    Returns
    -------
    list of (scenario, outcome, seeds in which it differs, seeds)
    """
    found = []
    for number, name, before, after in comparison.pairs_of_paths(headline_only):
        moved = int((np.nansum(np.abs(after - before)[:, -YEAR:], axis=1) > 0.0).sum())
        if 0 < moved < FEW_MOVED and moved < len(before):
            found.append((comparison.policies[number - 1].title, name, moved, len(before)))
    return found
