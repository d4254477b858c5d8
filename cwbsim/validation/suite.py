"""Runs the findings, seed by seed, and says which the model agrees with. What was run before is not run again."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cwbsim.analysis.paired import paired_interval, ratio_interval
from cwbsim.analysis.progress import Progress
from cwbsim.analysis.workers import Failure, outcomes_of
from cwbsim.levers import LEVERS
from cwbsim.validation.definitions import Finding, Statistic, definitions

__all__ = ["AGREES", "FITTED", "MISSES", "NOT_RUN", "UNSURE", "Outcome", "to_json_list", "validate_model"]

AGREES, UNSURE, MISSES = "agrees", "cannot be told apart", "misses"
FITTED, NOT_RUN = "fitted, not counted", "not run"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the model says about one statistic of a finding."""

    finding: Finding
    statistic: Statistic
    values: tuple[float, ...]  # one a seed
    scale: float
    months: int
    why_not: str = ""
    wholes: tuple[float, ...] = ()  # one a seed, of a ratio of means

    @property
    def interval(self) -> tuple[float, float, float]:
        """Mean over seeds and its 95 % t interval, of a ratio of means Fieller's; nan bounds for one seed."""
        if not self.values:
            return math.nan, math.nan, math.nan
        if self.statistic.over:
            return ratio_interval(np.array(self.values), np.array(self.wholes))
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
        """Whether the mean lies in the published range; if not, whether the interval reaches it."""
        mean, low, high = self.interval
        if math.isnan(mean):
            return NOT_RUN
        if self.statistic.fitted:
            return FITTED
        if math.isinf(low):  # a ratio over what cannot be told from nil
            return UNSURE
        if self.statistic.low <= mean <= self.statistic.high:
            return AGREES
        reaches = not math.isnan(low) and low <= self.statistic.high and high >= self.statistic.low
        return UNSURE if reaches else MISSES


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
    names = (statistic.name, statistic.over or statistic.name)
    pairs = [tuple(found[i][name] for name in names) for i in mine if i in found and found[i].keys() >= set(names)]
    pairs = [pair for pair in pairs if all(math.isfinite(x) for x in pair)]
    values, wholes = tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs)
    why = missing(finding, statistic) or next((failed[i] for i in mine if i in failed), "the run is too small or too short")
    return Outcome(finding, statistic, values, scale, months, why if not values else "", wholes)


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
            "id": one.finding.id, "finding": one.finding.finding, "statistic": s.words, "unit": s.unit,
            "published": {"value": _known(s.value), "low": _known(s.low), "high": _known(s.high), "source": s.source},
            "model": _known(mean), "interval": [_known(low), _known(high)], "verdict": one.verdict,
            "fitted": list(s.fitted), "why": one.why_not or (_likely(s, low) if one.verdict in (MISSES, UNSURE) else ""),
            "score": one.score, "scale": one.scale, "months": one.months, "seeds": len(one.values),
        })  # fmt: skip
    return rows


def _likely(statistic: Statistic, low: float) -> str:
    """Why a statistic does not agree."""
    if math.isinf(low):
        return "What it is set over cannot be told from nil with these seeds, so that the ratio could be anything."
    return statistic.if_missed


def _known(value: float) -> float | None:
    return float(f"{value:.6g}") if math.isfinite(value) else None
