"""The validation suite as a page and as text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cwbsim.validation.definitions import definitions, folder
from cwbsim.validation.suite import AGREES, FITTED, MISSES, NOT_RUN, UNSURE

__all__ = ["PAGE", "RESULTS", "page", "summary", "text"]

RESULTS = "results.json"
PAGE = "docs/validation.md"
MEANING = {
    AGREES: "the model's mean lies in the published range",
    UNSURE: "it does not, but its interval over seeds reaches the range",
    MISSES: "it does not, and nor does its interval",
    FITTED: "the model was fitted to this or drawn from it, so agreement proves nothing; shown, not counted",
    NOT_RUN: "this version lacks what it takes",
}


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say in a line how many of what counts agree."""
    n = Counter(row["verdict"] for row in rows)
    counted = n[AGREES] + n[UNSURE] + n[MISSES]
    return (
        f"{n[AGREES]} of {counted} that count agree, {n[UNSURE]} cannot be told apart, {n[MISSES]} miss;"
        f" {n[FITTED]} fitted and not counted, {n[NOT_RUN]} not run."
    )


def text(rows: Sequence[Mapping[str, Any]]) -> str:
    """A table to read in a terminal."""
    lines = [f"{'':5}{'statistic':70}{'published':>22}{'model':>10}{'95 % interval':>20}  verdict"]
    for row in rows:
        words = row["statistic"] if len(row["statistic"]) < 69 else row["statistic"][:65] + " ..."
        lines.append(
            f"{row['id']:5}{words:70}{_published(row):>22}{_number(row['model']):>10}{_interval(row):>20}  {row['verdict']}"
        )
        if row["verdict"] == NOT_RUN:
            lines.append(f"{'':5}({row['why']})")
    return "\n".join([*lines, "", summary(rows)])


def page(rows: Sequence[Mapping[str, Any]]) -> str:
    """The page of the documentation, in Markdown."""
    by_id: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_id.setdefault(row["id"], []).append(row)
    lines = [
        "# Findings it is held to",
        "",
        "Written by `cwbsim validate-model`; do not edit. Published findings, each with a definition file in"
        " [experiments/validation](../experiments/validation), a run at a stated scale and number of seeds, and a verdict."
        " There is one set of parameters, that of `cwbsim parameters`. Nothing was moved to make a finding agree; what the"
        " model was fitted to is named and not counted; misses stay, with the likely reason.",
        "",
        f"**{summary(rows)}**",
        "",
        *(f"- *{verdict}*: {meaning}" for verdict, meaning in MEANING.items()),
        "",
        "Intervals are 95 % t intervals over seeds, of a ratio of two changes Fieller's of the ratio of their means: luck, not"
        " doubt about parameters. An open end of a published range"
        " means that the finding is one of direction.",
    ]
    for finding in definitions():
        mine = by_id.get(finding.id, [])
        if not mine:
            continue
        first = mine[0]
        lines += ["", f"## {finding.id} {finding.title}", "", f"**Finding.** {finding.finding}", ""]
        lines += [f"**Run.** {finding.design} Scale {first['scale']:g}, {first['months']} months, {_seeds(mine)} seeds.", ""]
        lines += ["| statistic | unit | published | model | 95 % interval | verdict |", "|---|---|---:|---:|---:|---|"]
        lines += [
            f"| {row['statistic']} | {row['unit']} | {_published(row)} | {_number(row['model'])} | {_interval(row)} |"
            f" {row['verdict']} |"
            for row in mine
        ]
        lines += [""] + [_scored(row) for row in mine if row.get("score")]
        lines += [f"- Published: {row['statistic']}: {row['published']['source']}." for row in mine]
        lines += [f"- Fitted: {row['statistic']}: {'; '.join(row['fitted'])}." for row in mine if row["fitted"]]
        lines += [f"- {row['verdict'].capitalize()}: {row['statistic']}. {row['why']}" for row in mine if row["why"]]
    return "\n".join(lines) + "\n"


def _scored(row: Mapping[str, Any]) -> str:
    score = row["score"]
    explained = 100 * row["model"] / row["published"]["value"]
    return (
        f"- Score: {row['statistic']}: CRPS {score['crps']:.3g}, of no change {score['no_change']:.3g}, skill"
        f" {score['skill']:.2f}; the runs explain {explained:.0f} % of the reported change."
    )


def _seeds(rows: Sequence[Mapping[str, Any]]) -> int:
    return max(int(row["seeds"]) for row in rows)


def _number(value: float | None) -> str:
    if value is None or math.isnan(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _interval(row: Mapping[str, Any]) -> str:
    low, high = row["interval"]
    if low is None:
        return "none" if row["seeds"] < 2 else "unbounded"
    return f"{_number(low)} to {_number(high)}"


def _published(row: Mapping[str, Any]) -> str:
    found = row["published"]
    low, high = found["low"], found["high"]
    if low is None or high is None:
        bound = f"above {_number(low)}" if high is None else f"below {_number(high)}"
        return bound
    between = f"{_number(low)} to {_number(high)}"
    return between if found["value"] is None else f"{_number(found['value'])} ({between})"


def checkout() -> Path | None:
    """Return the root of the checkout this package runs from, None where it is installed."""
    root = folder().parents[1]
    return root if (root / "pyproject.toml").is_file() and (root / "docs").is_dir() else None
