"""The headline results, kept in RESULTS.md: ``uv run python -m experiments.results [--check]``.

A change that moves a number here says so in CHANGELOG.md ("Results change: yes"), and says why. The scale is small so
that every change can be checked; the numbers are for comparing versions, not for quoting.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from pathlib import Path
from typing import Any

type Rows = list[dict[str, Any]]

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "RESULTS.md"
BOUNDS = Path(__file__).with_name("results_bounds.toml")
BASELINE, POLICY = "wigan/baseline", "wigan/social_value_20"
SCALE, SEEDS, MONTHS = 0.05, 4, 60
#: Other processors and libraries may round the last bits another way; a share of the baseline's value.
TOLERANCE = 1e-5
COLUMNS = ("baseline", "policy", "difference", "low", "high")

HEAD = f"""# Results

Written by `uv run python -m experiments.results`; `--check` runs it again and compares, in every change's checks.
The last twelve months of {MONTHS}, at scale {SCALE} (one in {1 / SCALE:.0f} of Wigan's residents, firms and contracts),
{SEEDS} seeds. At this size luck is large: the numbers are here to see that a change of the code did not move them
unawares, not to be quoted. For an answer, run the comparison of the README at full scale.

- **Baseline**: `{BASELINE}`. **Policy**: `{POLICY}`.
- **Difference**: policy less baseline with the same luck; **low** and **high**: its 95 % paired interval over seeds.
- **Plausible**: where the baseline has to lie, whatever is changed; each bound with its reason below.
- A number that moves is stated in CHANGELOG.md as *Results change: yes*, with the outcomes it touches.
"""


def measured() -> Rows:
    """Run the comparison and return its headline table of the last year."""
    from cwbsim import compare, load_scenario, scenario_files

    size = {"scale": SCALE, "months": MONTHS}
    baseline, policy = (
        load_scenario(scenario_files.find(name)).model_copy(update=size) for name in (BASELINE, POLICY)
    )
    comparison = compare(baseline, [policy], SEEDS)
    if comparison.failures:
        raise SystemExit(f"{len(comparison.failures)} runs failed: {comparison.failures[0]}")
    rows: Rows = comparison.to_frame("last_year").to_dict("records")  # type: ignore[assignment]
    return rows


def bounds() -> dict[str, dict[str, Any]]:
    """Return where each outcome of the baseline has to lie, and why."""
    return tomllib.loads(BOUNDS.read_text(encoding="utf-8"))


def page(table: Rows) -> str:
    """Return RESULTS.md."""
    limits = bounds()
    lines = [HEAD, "| outcome | unit | baseline | policy | difference | low | high | plausible |"]
    lines.append("|---|---|---:|---:|---:|---:|---:|---|")
    for row in table:
        cells = " | ".join(f"{row[column]:.6g}" for column in COLUMNS)
        limit = limits[row["outcome"]]
        lines.append(
            f"| {row['outcome']} | {row['unit']} | {cells} | {limit['low']:,g} to {limit['high']:,g} |"
        )
    lines += ["", "## Why the plausible ranges are what they are\n"]
    lines += [f"- **{name}**: {limit['why']}" for name, limit in limits.items()]
    return "\n".join(lines) + "\n"


def implausible(table: Rows) -> list[str]:
    """Return what lies outside its plausible range, in words."""
    limits, wrong = bounds(), []
    for row in table:
        limit = limits.get(row["outcome"])
        if limit is None:
            wrong.append(f"{row['outcome']} has no plausible range in {BOUNDS.name}")
        elif not float(limit["low"]) <= row["baseline"] <= float(limit["high"]):
            wrong.append(
                f"{row['outcome']}: {row['baseline']:.6g} is outside {limit['low']} to {limit['high']}"
            )
    return wrong


def kept() -> dict[str, tuple[float, ...]]:
    """Return the numbers of the committed page, by outcome."""
    rows = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split("|")]
        if line.startswith("|") and len(cells) == len(COLUMNS) + 3 and cells[0] not in ("outcome", "---"):
            rows[cells[0]] = tuple(float(cell) for cell in cells[2 : 2 + len(COLUMNS)])
    return rows


def moved(table: Rows) -> list[str]:
    """Return what differs from the committed page, in words."""
    before, wrong = kept(), []
    for row in table:
        now = tuple(float(f"{row[column]:.6g}") for column in COLUMNS)
        then = before.pop(row["outcome"], None)
        room = TOLERANCE * max(abs(row["baseline"]), 1e-9)
        if then is None:
            wrong.append(f"{row['outcome']} is new")
        elif any(abs(a - b) > room for a, b in zip(now, then, strict=True)):
            wrong.append(f"{row['outcome']}: was {then}, is {now}")
    return wrong + [f"{name} is gone" for name in before]


def main() -> int:
    """Write the page, or check it."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--check", action="store_true", help="compare with the page, write nothing")
    check: bool = arguments.parse_args().check
    table = measured()
    wrong = implausible(table)
    if check:
        wrong += moved(table)
    elif not wrong:
        FILE.write_text(page(table), encoding="utf-8")
        print(f"{FILE.name} written")
    for line in wrong:
        print(line, file=sys.stderr)
    if check and wrong:
        print(
            "Results have moved. If that is meant: uv run python -m experiments.results, and an entry in CHANGELOG.md"
            " marked 'Results change: yes'.",
            file=sys.stderr,
        )
    elif check:
        print(f"{len(table)} results as in {FILE.name}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
