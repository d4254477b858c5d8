"""`python -m benchmarks [--json] [--quick] [--only NAMES]`: every figure beside its target, all in one run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

from benchmarks.figures import QUICK, Effort, chosen, measurements, report, take
from benchmarks.rows import load_budgets, table


def machine() -> dict[str, object]:
    """What the figures were measured on and with."""
    model = platform.processor()
    cpus = Path("/proc/cpuinfo")
    if cpus.exists():
        named = [line for line in cpus.read_text().splitlines() if line.startswith("model name")]
        model = named[0].split(":", 1)[1].strip() if named else model
    versions = {name: metadata.version(name) for name in ("cwbsim", "mesa", "numpy", "numba")}
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_at_start": load,
        **versions,
    }


def main() -> int:
    """Measure, print; a missed target is a word in the table, not an exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="JSON on standard output instead of the table")
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, for a first look")
    parser.add_argument(
        "--only", default="", help="figures or measurements, with commas: two_workers,ten_thousand"
    )
    asked = parser.parse_args()
    names = [name.strip() for name in asked.only.split(",") if name.strip()]
    try:
        figures = chosen(names)
    except ValueError as fault:
        parser.error(str(fault))
    here = machine()
    effort = QUICK if asked.quick else Effort()
    needed = {need for figure in figures for need in figure.needs} | ({"phases"} if not names else set())
    what = {name: how for name, how in measurements(effort).items() if name in needed}
    made = report(take(what, lambda words: print(words, file=sys.stderr)), load_budgets(), figures)
    if asked.json:
        rows = [row.as_dict() for row in made.rows]
        whole = {"machine": here, "quick": asked.quick, "rows": rows, "phases": made.phases}
        print(json.dumps(whole, indent=2))
    else:
        print(", ".join(f"{key} {value}" for key, value in here.items()), end="\n\n")
        print(table(made.rows, made.phases))
    return 0


if __name__ == "__main__":
    sys.exit(main())
