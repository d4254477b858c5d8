"""The validation suite as a page and as text."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cwbsim.validation.definitions import definitions, folder
from cwbsim.validation.suite import AGREES, COUNTED, FITTED, GIVEN, MISSES, NOT_RUN, ON_MEAN, UNSURE

__all__ = ["PAGE", "RESULTS", "by_kind", "page", "summary", "text"]

RESULTS = "results.json"
PAGE = "docs/validation.md"
MEANING = {
    AGREES: "the whole interval of the model over seeds lies in the range, or beyond the bound where the other end is open; and"
    " where the finding is that there is no effect, it holds nil",
    ON_MEAN: "the mean does, the whole interval does not: more seeds may bring it either way; or the finding is of no effect and"
    " the interval leaves out nil",
    UNSURE: "the mean does not lie in the range, but its interval reaches it; or a ratio could be anything",
    MISSES: "nor does the interval reach it",
    FITTED: "the model was fitted to this or drawn from it, so agreement proves nothing; shown, not counted",
    GIVEN: "a number that helps to read the others, compared with nothing and not counted",
    NOT_RUN: "this version lacks what it takes",
}
#: What a line on the source of a row begins with.
KIND_WORD = {
    "published": "Published", "direction": "Published direction", "assumed": "Published, range assumed", "none": "Beside",
}  # fmt: skip
#: What the range of a row is, one and more.
KINDS = {
    "published": ("has a published range", "have a published range"),
    "direction": ("a published direction and no size", "a published direction and no size"),
    "assumed": ("a range that is assumed round what was published", "a range that is assumed round what was published"),
}


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say in a line how many of what counts agree."""
    n = Counter(row["verdict"] for row in rows)
    counted = sum(n[one] for one in COUNTED)
    return (
        f"{n[AGREES]} of {counted} that count agree, {n[ON_MEAN]} on the mean only, {n[UNSURE]} cannot be told apart,"
        f" {n[MISSES]} miss; {n[FITTED]} fitted and not counted, {n[NOT_RUN]} not run."
    )


def by_kind(rows: Sequence[Mapping[str, Any]]) -> str:
    """Say in a sentence or two what the ranges of those that count are, and how many of each agree."""
    counted = [row for row in rows if row["verdict"] in COUNTED]
    parts = []
    for kind, (one, more) in KINDS.items():
        mine = [row for row in counted if row["kind"] == kind]
        if mine:
            agree = sum(row["verdict"] == AGREES for row in mine)
            parts.append(f"{len(mine)} {one if len(mine) == 1 else more} ({agree} agree{'s' if agree == 1 else ''})")
    said = f"Of the {len(counted)}, {', '.join(parts)}." if parts else ""
    built = [row for row in counted if row["by_construction"]]
    if built:
        agree = sum(row["verdict"] == AGREES for row in built)
        said += f" By how the model is built {len(built)} of them could hardly come out otherwise; {agree} of these agree."
    return said


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
    return "\n".join([*lines, "", summary(rows), by_kind(rows)])


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
        f"**{summary(rows)}** {by_kind(rows)}",
        "",
        *(f"- *{verdict}*: {meaning}" for verdict, meaning in MEANING.items()),
        "",
        "Intervals are 95 % t intervals over seeds, of a ratio of two changes Fieller's of the ratio of their means, of a"
        " difference between sizes the bootstrap's over seeds: luck, not doubt about parameters. Where one end of"
        " a range is open, the finding is one of direction, or nothing can lie beyond.",
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
        lines += [f"- {KIND_WORD[row['kind']]}: {row['statistic']}: {row['published']['source']}." for row in mine]
        lines += [f"- By construction: {row['statistic']}: {row['by_construction']}." for row in mine if row["by_construction"]]
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
    if low is None and high is None:
        return "none"
    if low is None or high is None:
        bound = f"above {_number(low)}" if high is None else f"below {_number(high)}"
        return bound
    between = f"{_number(low)} to {_number(high)}"
    return between if found["value"] is None else f"{_number(found['value'])} ({between})"


def checkout() -> Path | None:
    """Return the root of the checkout this package runs from, None where it is installed."""
    root = folder().parents[1]
    return root if (root / "pyproject.toml").is_file() and (root / "docs").is_dir() else None
