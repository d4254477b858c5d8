"""A figure beside its target, and the table of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.timing import Spread

BUDGETS = Path(__file__).with_name("budgets.toml")


@dataclass(frozen=True)
class Row:
    """One line of the report; `verdict` is pass, stretch, fail, not run, or shown (no target)."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    unit: str
    target: float | None
    stretch: float | None
    sense: str
    verdict: str
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The row for --json."""
        return asdict(self)


def load_budgets(path: Path = BUDGETS) -> dict[str, Any]:
    """Targets and budgets as written in budgets.toml."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def judge(value: float, target: Mapping[str, Any]) -> str:
    """Say stretch, pass or fail, by the sense of the target."""

    def reached(aim: float) -> bool:
        sense = target["sense"]
        if sense == "at least":
            return value >= aim
        return value <= aim if sense == "at most" else value < aim

    if "stretch" in target and reached(target["stretch"]):
        return "stretch"
    return "pass" if reached(target["value"]) else "fail"


def targeted(name: str, spread: Spread, targets: Mapping[str, Any], note: str = "") -> Row:
    """A figure held to the target of its name."""
    target = targets[name]
    return Row(
        name,
        spread.median,
        spread.low,
        spread.high,
        target["unit"],
        target["value"],
        target.get("stretch"),
        target["sense"],
        judge(spread.median, target),
        note,
    )


def not_run(name: str, why: str, targets: Mapping[str, Any]) -> Row:
    """A figure that could not be had, and why; its target stays visible."""
    target = targets.get(name, {})
    return Row(
        name,
        None,
        None,
        None,
        target.get("unit", ""),
        target.get("value"),
        target.get("stretch"),
        target.get("sense", ""),
        "not run",
        why,
    )


def shown(name: str, spread: Spread, unit: str, note: str = "") -> Row:
    """A figure printed for the reader's use, without a target."""
    return Row(name, spread.median, spread.low, spread.high, unit, None, None, "", "shown", note)


def phase_rows(phase_ms: Mapping[str, Sequence[float]], budgets: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One entry per budget group, in the order of the month, with its share, budget and member phases."""
    group_of = {phase: name for name, group in budgets["groups"].items() for phase in group["phases"]}
    members: dict[str, list[str]] = {}
    for phase in phase_ms:
        members.setdefault(group_of.get(phase, phase), []).append(phase)
    rows = []
    for name, phases in members.items():
        blocks = [sum(block) for block in zip(*(phase_ms[phase] for phase in phases), strict=True)]
        spread = Spread.of(blocks)
        budget = budgets["groups"][name]["ms"] if name in budgets["groups"] else budgets["other_ms"]
        rows.append(
            {
                "group": name,
                "ms": spread.median,
                "low": spread.low,
                "high": spread.high,
                "budget_ms": budget,
                "verdict": "pass" if spread.median <= budget else "fail",
                "phases": {phase: Spread.of(phase_ms[phase]).median for phase in phases},
            }
        )
    month = sum(entry["ms"] for entry in rows)
    return [{**entry, "share": entry["ms"] / month if month else 0.0} for entry in rows]


def _number(value: float | None) -> str:
    """Three significant figures, or a dash."""
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(rows: Sequence[Row], phases: Sequence[Mapping[str, Any]]) -> str:
    """The report as text."""
    lines = [f"{'figure':<26}{'median':>9}{'min':>9}{'max':>9}  {'unit':<16}{'target':<28}verdict"]
    for row in rows:
        target = f"{row.sense} {_number(row.target)}" if row.target is not None else ""
        if row.stretch is not None:
            target += f" (stretch {_number(row.stretch)})"
        numbers = "".join(f"{_number(value):>9}" for value in (row.value, row.low, row.high))
        lines.append(f"{row.name:<26}{numbers}  {row.unit:<16}{target:<28}{row.verdict}")
        if row.note:
            lines.append(f"    {row.note}")
    if phases:
        lines += ["", f"{'phase':<42}{'ms':>8}{'min':>8}{'max':>8}{'share':>8}{'budget':>8}  verdict"]
    for entry in phases:
        numbers = "".join(f"{entry[key]:8.2f}" for key in ("ms", "low", "high"))
        lines.append(
            f"{entry['group']:<42}{numbers}{entry['share']:8.1%}{entry['budget_ms']:8.2f}  {entry['verdict']}"
        )
        if len(entry["phases"]) > 1:
            lines += [f"    {phase:<38}{ms:8.2f}" for phase, ms in entry["phases"].items()]
    return "\n".join(lines)
