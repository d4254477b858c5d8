"""Runs the findings, seed by seed, and says which the model agrees with. What was run before is not run again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cwbsim.analysis.paired import paired_interval, ratio_interval, sizes_interval
from cwbsim.analysis.progress import Progress
from cwbsim.analysis.workers import Failure, outcomes_of
from cwbsim.levers import LEVERS
from cwbsim.validation.definitions import Finding, Statistic, definitions

__all__ = [
    "AGREES",
    "COUNTED",
    "FITTED",
    "GIVEN",
    "MISSES",
    "NOT_RUN",
    "ON_MEAN",
    "UNSURE",
    "Outcome",
    "revised",
    "to_json_list",
    "validate_model",
    "verdict",
]

AGREES, ON_MEAN, UNSURE, MISSES = "agrees", "agrees on the mean", "cannot be told apart", "misses"
COUNTED = (AGREES, ON_MEAN, UNSURE, MISSES)
FITTED, GIVEN, NOT_RUN = "fitted, not counted", "given beside", "not run"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the model says about one statistic of a finding."""

    finding: Finding
    statistic: Statistic
    values: tuple[float, ...]  # one a seed
    scale: float
    months: int
    why_not: str = ""
    seconds: tuple[float, ...] = ()  # one a seed: what the mean is divided by or its size set against

    @property
    def interval(self) -> tuple[float, float, float]:
        """Mean over seeds and its 95 % t interval (of a ratio of means Fieller's, of sizes by bootstrap); nan for one seed."""
        if not self.values:
            return math.nan, math.nan, math.nan
        if self.statistic.over:
            return ratio_interval(np.array(self.values), np.array(self.seconds))
        if self.statistic.size_less:
            return sizes_interval(np.array(self.values), np.array(self.seconds))
        mean, low, high = paired_interval(np.array(self.values))
        return float(mean), float(low), float(high)

    @property
    def score(self) -> dict[str, float] | None:
        """CRPS of the runs against what was reported, of "no change", and the skill of the one over the other.

        CRPS of an ensemble: mean distance to the report less half the mean distance between members. Skill is 1 if the
        runs are right, nil if they are no better than no change, below nil if worse.
        """
        if not (self.statistic.scored and self.values):
            return None
        x, reported = np.array(self.values), self.statistic.value
        crps = float(np.abs(x - reported).mean() - 0.5 * np.abs(x[:, None] - x).mean())
        return {"crps": crps, "no_change": abs(reported), "skill": 1.0 - crps / abs(reported)}

    @property
    def verdict(self) -> str:
        """Where the mean and its interval lie: see :func:`verdict`."""
        return verdict(self.statistic, *self.interval)


def verdict(statistic: Statistic, mean: float, low: float, high: float) -> str:
    """Say where a mean and its interval lie against the range of a statistic.

    Agrees: the whole interval in the range; beyond the bound, where the other end is open; nil in it, where the finding is
    that there is no effect. Agrees on the mean: the mean in the range, not so the interval. Cannot be told apart: the interval
    reaches the range, the mean does not; or there is no interval. Misses: nor does the interval.

    Parameters
    ----------
    mean, low, high : float
        Bounds are nan where there is one seed alone, infinite where a ratio could be anything.
    """
    least, most = statistic.low, statistic.high
    if math.isnan(mean):
        return NOT_RUN
    if statistic.kind == "none":
        return GIVEN
    if statistic.fitted:
        return FITTED
    if math.isinf(low):  # a ratio over what cannot be told from nil
        return UNSURE
    if math.isnan(low):
        return ON_MEAN if least <= mean <= most else UNSURE
    closed = math.isfinite(least) and math.isfinite(most)
    inside = least <= low and high <= most if closed else least < low and high < most
    if inside and (low <= 0.0 <= high or not statistic.nil):
        return AGREES
    if least <= mean <= most:
        return ON_MEAN
    return UNSURE if low <= most and high >= least else MISSES


def measured(finding: Finding, scale: float, seed: int, months: int) -> dict[str, float]:
    """Run one seed of a finding (called in worker processes)."""
    return {name: float(value) for name, value in finding.measure()(scale, seed, months).items()}


def validate_model(
    only: tuple[str, ...] = (),
    *,
    scale: float | None = None,
    seeds: int | None = None,
    months: int | None = None,
    cache: Path | None = None,
    workers: int | None = None,
    progress: bool = True,
    executor: Executor | None = None,
) -> list[Outcome]:
    """Run the findings and compare.

    Parameters
    ----------
    only : tuple of str
        Ids; all if empty.
    scale, seeds, months
        Other than the definitions say.
    cache : Path, optional
        Folder of runs done before with these very sources and data; what is there is not run again, what is run is added.
    workers, progress, executor
        As for :func:`cwbsim.analysis.compare.compare`.
    """
    findings = definitions(only)
    able = [one for one in findings if not missing(one)]
    plan = [
        (one, scale or one.scale, seed, months or one.months)
        for one in able
        for seed in range(1, (seeds or one.seeds) + 1)
    ]
    digest = source_digest() if cache is not None else ""
    found, left = {}, []
    for i, task in enumerate(plan):
        kept = _kept(cache, digest, task)
        if kept is None:
            left.append(i)
        else:
            found[i] = kept
    failed: dict[int, str] = {}
    with Progress(len(left), "run", progress) as bar:
        for number, result in outcomes_of(measured, [plan[i] for i in left], workers, executor):
            if isinstance(result, Failure):
                failed[left[number]] = f"{result.exception}: {result.message}"
            else:
                found[left[number]] = result
                _keep(cache, digest, plan[left[number]], result)
            bar.step()
    return [
        _outcome(one, statistic, plan, found, failed, scale or one.scale, months or one.months)
        for one in findings
        for statistic in one.statistics
    ]


def _outcome(
    finding: Finding, statistic: Statistic, plan: list[tuple[Finding, float, int, int]],
    found: dict[int, dict[str, float]], failed: dict[int, str], scale: float, months: int,
) -> Outcome:  # fmt: skip
    mine = [i for i, task in enumerate(plan) if task[0].id == finding.id]
    names = (statistic.name, statistic.beside or statistic.name)
    pairs = [tuple(found[i][name] for name in names) for i in mine if i in found and found[i].keys() >= set(names)]
    pairs = [pair for pair in pairs if all(math.isfinite(x) for x in pair)]
    values, seconds = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    why = missing(finding, statistic) or next((failed[i] for i in mine if i in failed), "the run is too small or too short")
    return Outcome(finding, statistic, values, scale, months, why if not values else "", seconds)


def missing(finding: Finding, statistic: Statistic | None = None) -> str:
    """Say which levers a finding, and one of its statistics, needs that this version has not, "" if none."""
    absent = sorted({*finding.needs, *(statistic.needs if statistic else ())} - set(LEVERS))
    return f"needs the lever {', '.join(absent)}" if absent else ""


def source_digest() -> str:
    """SHA-256 of the package's sources and data, and of the definitions' own code: what a run depends on."""
    package = Path(__file__).parents[1]
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        if file.suffix in {".py", ".toml", ".csv"} and "report" not in file.parts and "commands" not in file.parts:
            digest.update(file.relative_to(package).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _file(cache: Path, digest: str, task: tuple[Finding, float, int, int]) -> Path:
    finding, scale, seed, months = task
    return cache / digest / f"{finding.id}-{scale:g}-{months}-{seed}.json"


def _kept(cache: Path | None, digest: str, task: tuple[Finding, float, int, int]) -> dict[str, float] | None:
    if cache is None or not (file := _file(cache, digest, task)).is_file():
        return None
    try:
        return {name: float(value) for name, value in json.loads(file.read_text(encoding="utf-8")).items()}
    except ValueError:
        return None  # half-written by a machine that stopped: run it again


def _keep(cache: Path | None, digest: str, task: tuple[Finding, float, int, int], result: dict[str, float]) -> None:
    if cache is None:
        return
    file = _file(cache, digest, task)
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(".partial")
    partial.write_text(json.dumps(result), encoding="utf-8")
    partial.replace(file)


def to_json_list(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return the outcomes as plain rows; an open bound or an unknown number is None."""
    rows = []
    for one in outcomes:
        s, (mean, low, high) = one.statistic, one.interval
        rows.append({
            **_said(one.finding, s),
            "model": _known(mean), "interval": [_known(low), _known(high)], "verdict": one.verdict,
            "why": one.why_not or _likely(s, one.verdict, unbounded=math.isinf(low)),
            "score": one.score, "scale": one.scale, "months": one.months, "seeds": len(one.values),
        })  # fmt: skip
    return rows


def revised(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of an earlier run as the definitions of today say them: words, ranges, reasons and verdicts.

    What was run is left as it is. A statistic that no definition has any more is left out.
    """
    known = {(one.id, s.name): (one, s) for one in definitions() for s in one.statistics}
    found = []
    for row in rows:
        if (row["id"], row["name"]) not in known:
            continue
        finding, s = known[row["id"], row["name"]]
        mean, (low, high) = row["model"], row["interval"]
        unbounded = low is None and row["seeds"] > 1
        lowest = -math.inf if unbounded else math.nan if low is None else low
        says = verdict(s, math.nan if mean is None else mean, lowest, math.nan if high is None else high)
        why = row["why"] if says == NOT_RUN else _likely(s, says, unbounded=unbounded)
        found.append({**row, **_said(finding, s), "verdict": says, "why": why})
    return found


def _said(finding: Finding, s: Statistic) -> dict[str, Any]:
    """What a row takes from the definition."""
    published = {"value": _known(s.value), "low": _known(s.low), "high": _known(s.high), "source": s.source}
    return {
        "id": finding.id, "name": s.name, "finding": finding.finding, "statistic": s.words, "unit": s.unit, "kind": s.kind,
        "published": published, "fitted": list(s.fitted), "by_construction": s.by_construction,
    }  # fmt: skip


def _likely(statistic: Statistic, says: str, *, unbounded: bool) -> str:
    """Why a statistic does not agree, "" if it does or is not compared."""
    if says not in (ON_MEAN, UNSURE, MISSES):
        return ""
    if unbounded:
        return "What it is set over cannot be told from nil with these seeds, so that the ratio could be anything."
    return statistic.if_missed


def _known(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None
