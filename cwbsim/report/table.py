"""The comparison as text that a councillor can read in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import pandas as pd

from cwbsim.analysis.compare import Comparison
from cwbsim.analysis.seeds import seldom_moved
from cwbsim.report.boroughs import borough_rows, has_boroughs
from cwbsim.report.wording import (
    amount,
    change,
    in_reading_order,
    is_clear,
    label,
    span,
    unit_in_words,
    within_sentence,
)
from cwbsim.scenario import Scenario

HEADINGS = ("", "unit", "baseline", "policy", "difference", "95 % interval", "seeds")


def comparison_text(comparison: Comparison) -> str:
    """Every policy against the baseline: what was run, the last year, and all months added up."""
    parts = [_what_was_run(comparison)]
    last, all_months = comparison.to_frame("last_year"), comparison.to_frame("all_months")
    divided = comparison.divided() if comparison.baseline.neighbours else pd.DataFrame()
    for policy in comparison.policies:
        mine = last[last["scenario"] == policy.title]
        parts.append(
            _policy_text(comparison, policy, mine, all_months[all_months["scenario"] == policy.title])
        )
        if has_boroughs(divided):
            parts.append("Borough by borough, the last year; Together: the sum, each counted once:")
            parts.append(aligned(borough_rows(divided, policy.title), left=3))
    if seldom := seldom_moved(comparison):
        said = ", ".join(f"{label(name)} ({moved} of {n}, {title})" for title, name, moved, n in seldom)
        parts.append(textwrap.fill(f"Moved in few seeds only, so that its interval says little: {said}. Run more.", 90))
    if comparison.failures:
        lines = [f"  seed {one.seed}, {one.scenario}: {one.failure.exception}" for one in comparison.failures]
        parts.append("\n".join([f"{len(lines)} runs failed and are left out:", *lines]))
    return "\n\n".join(parts)


def headline_text(scenario: Scenario, seed: int, rows: pd.DataFrame) -> str:
    """One run: each outcome in each window (columns outcome, unit, then first_year and last_year, or all_months)."""
    about = f"{scenario.title}\n{_size(scenario)}; seed {seed}. One run shows luck as well as the economy."
    by_name = {row["outcome"]: row for row in rows.to_dict("records")}
    windows = {name: name.replace("_", " ") for name in rows.columns[2:]}
    if "all_months" in windows:
        windows["all_months"] = f"months 1 to {scenario.months}" if scenario.months > 1 else "month 1"
    table = [
        (
            label(row["outcome"]),
            unit_in_words(row["unit"]),
            *(amount(row[window], row["unit"]) for window in windows),
        )
        for row in (by_name[name] for name in in_reading_order(by_name))
    ]
    return f"{about}\n\n{aligned([('', 'unit', *windows.values()), *table])}"


def aligned(rows: Sequence[Sequence[str]], left: int = 2) -> str:
    """Rows of cells in columns under a heading row; the first `left` columns flush left, the rest right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def conclusion(outcome: str, unit: str, difference: float, low: float, high: float) -> str:
    """What a row says, in a few words."""
    name = label(outcome)
    if difference == 0.0 and not low < 0.0 < high:
        return f"{name}: no change"
    period = " a year" if unit.endswith(" a year") else ""
    moved = f"{'up' if difference > 0 else 'down'} {change(abs(difference), unit).lstrip('+')}{period}"
    if pd.isna(low):
        return f"{name} {moved} (one seed)"
    return f"{name} {moved}" if is_clear(low, high) else f"No clear change: {within_sentence(outcome)}"


def _what_was_run(comparison: Comparison) -> str:
    n = len(comparison.seeds)
    seeds = f"{n} seeds" if n > 1 else "one seed"
    return "\n".join(
        [
            f"Against: {comparison.baseline.title}",
            f"{_size(comparison.baseline)}; {seeds} ({_seed_list(comparison.seeds)}).",
            "Both sides of a difference have the same luck. The interval is a 95 % paired t interval over",
            "seeds: it shows what luck does, not how far the model's own figures may be wrong.",
            *textwrap.wrap(comparison.note, 90),
        ]
    )


def _policy_text(comparison: Comparison, policy: Scenario, last: pd.DataFrame, every: pd.DataFrame) -> str:
    if last.empty:
        return f"{policy.title}\n\nNo pair of runs finished."
    months = comparison.baseline.months
    every = every[[comparison.measures[name].kind == "flow" for name in every["outcome"]]]
    parts = [policy.title, f"The last {min(12, months)} months:", aligned([HEADINGS, *_rows(last)])]
    if months > 12 and len(every):
        parts += [f"Added up over all {months} months:", aligned([HEADINGS, *_rows(every)])]
    return "\n\n".join([*parts, _reading(last)])


def _rows(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    by_name = {row["outcome"]: row for row in frame.to_dict("records")}
    return [_cells(by_name[name]) for name in in_reading_order(by_name)]


def _cells(row: dict[Any, Any]) -> tuple[str, ...]:
    difference, low, high, unit = row["difference"], row["low"], row["high"], row["unit"]
    step = abs(difference)
    within = step if pd.isna(low) else max(step, abs(low), abs(high))
    return (
        label(row["outcome"]),
        unit_in_words(unit),
        amount(row["baseline"], unit, step=step),
        amount(row["policy"], unit, step=step),
        change(difference, unit, within=within),
        span(low, high, unit, within=within) or "one seed: none",
        str(row["seeds"]),
    )


def _reading(last: pd.DataFrame) -> str:
    """The table in two sentences: what stands out from luck, and what does not."""
    if (last["seeds"] == 1).all():
        return "One seed cannot tell the policy from luck: run more (--seeds 8)."
    said: dict[str, list[str]] = {
        "Higher with the policy": [],
        "Lower with the policy": [],
        "Not to be told from luck": [],
        "Exactly the same": [],
    }
    higher, lower, unclear, same = said.values()
    by_name = {row["outcome"]: row for row in last.to_dict("records")}
    for row in (by_name[name] for name in in_reading_order(by_name)):
        if pd.isna(row["low"]):
            continue
        if row["difference"] == 0.0 and row["low"] == row["high"]:
            group = same
        elif not is_clear(row["low"], row["high"]):
            group = unclear
        else:
            group = higher if row["difference"] > 0.0 else lower
        group.append(within_sentence(row["outcome"]))
    by_luck = round(0.05 * len(by_name))
    lines = [f"{what}: {', '.join(names)}." for what, names in said.items() if names]
    if by_luck and (higher or lower):
        lines.append(f"Of {len(by_name)} outcomes about {by_luck} would stand out by luck alone.")
    return "\n".join(textwrap.fill(line, 96, subsequent_indent="  ") for line in lines)


def _size(scenario: Scenario) -> str:
    scale = "at full scale" if scenario.scale == 1.0 else f"at scale {scenario.scale:g}"
    beside = ", ".join(name.replace("_", " ").title() for name in scenario.neighbours)
    where = scenario.place.replace("_", " ").title() + (f" beside {beside}," if beside else "")
    return f"{where} {scale}, {scenario.months} months, real pounds"


def _seed_list(seeds: Sequence[int]) -> str:
    if len(seeds) > 2 and list(seeds) == list(range(seeds[0], seeds[0] + len(seeds))):
        return f"{seeds[0]} to {seeds[-1]}"
    return ", ".join(str(seed) for seed in seeds)
