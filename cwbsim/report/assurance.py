"""Assurance in the manner of the Aqua Book: purpose, who answers for it, checks passed, limits, versions, assumptions."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cwbsim.analysis.compare import Comparison
from cwbsim.parameters import load_parameters
from cwbsim.report.document import Block, DataTable, Heading, Points, Text
from cwbsim.report.folder import PACKAGES, RESULTS, package_version
from cwbsim.report.style import fingerprint

CHECKS = (
    ("The books of every run close to the penny every month", "a run that loses a penny stops"),
    (
        "Runs are paired: the same luck with and without the policy",
        "chance is keyed to people, firms and months",
    ),
    ("The final state of every run is fingerprinted", "a rerun with the same versions gives the same"),
)


def about_lines(comparison: Comparison) -> Iterator[tuple[str, str]]:
    """Versions, seeds, identities: the foot of a report."""
    base = comparison.baseline
    yield "Fingerprint", fingerprint(comparison, "report")
    yield "Place, length, scale", f"{base.place}, {base.months} months, {base.scale:g}"
    yield "Seeds", ", ".join(map(str, comparison.seeds[:20])) + (" ..." if len(comparison.seeds) > 20 else "")
    for one in (base, *comparison.policies):
        yield f"Scenario “{one.title}”", one.scenario_hash()[:16]
    yield "Versions", ", ".join(f"{name} {package_version(name) or 'absent'}" for name in PACKAGES)
    yield "Python", f"{platform.python_version()} on {platform.system()} {platform.machine()}"


def assumption_table(comparison: Comparison) -> tuple[DataTable, str]:
    """Every parameter of the runs with range and source, judgement marked; and how many are which, in a sentence."""
    replaced = {name for policy in comparison.policies for name in policy.parameters} | set(
        comparison.baseline.parameters
    )
    rows = []
    for row in load_parameters(comparison.baseline.parameters).rows():
        is_judgement = str(row["source"]).startswith("assumed")
        kind = (
            "replaced by the scenario"
            if row["name"] in replaced
            else "judgement"
            if is_judgement
            else "measured or derived"
        )
        rows.append(
            (
                row["name"],
                row["value"],
                row["low"],
                row["high"],
                row["unit"],
                kind,
                row["source"],
                str(row["year"]),
            )
        )
    n = sum(row[5] == "judgement" for row in rows)
    table = DataTable(
        "assumptions", "Assumptions log: parameters of the model",
        ("Parameter", "Value", "Low", "High", "Unit", "Kind", "Source", "Year"),
        ("text", "number", "number", "number", "text", "text", "text", "text"), tuple(rows),
        note="Judgement: nobody measured it; the source says why the value was taken.", source="cwbsim, parameters",
    )  # fmt: skip
    words = (
        f"The model has {len(rows)} parameters; {n} of them are judgements, marked so in the assumptions log of the workbook "
        "(sheet “assumptions”), each with its range, source and year. "
        "Figures of the place have a log of their own: cwbsim place show."
    )
    return table, words


def reproduce(comparison: Comparison, command: tuple[str, ...], results: Path | None = None) -> list[Block]:
    """What to type, and how to see that it is the same."""
    base = comparison.baseline
    n = len(comparison.seeds)
    typed = (
        " ".join(command)
        if command
        else f"cwbsim compare BASELINE.toml POLICY.toml --seed {comparison.seeds[0]} --seeds {n}"
    )
    again = (
        f"Every run is kept in {results / RESULTS}. To run them again and compare the fingerprint of every figure: "
        f"cwbsim runs replay {results} --report FOLDER_OF_THIS_REPORT."
        if results is not None
        else "No store of the runs was named when this report was made. The command above runs them again; the fingerprints "
        "of its report must be these."
    )
    lines = [
        f"Typed: {typed}",
        f"With {base.months} months, scale {base.scale:g}, seeds {comparison.seeds[0]} to {comparison.seeds[-1]}.",
        "The scenario files as run, every default written out, lie in the results folder.",
        again,
        "The same versions give the same runs to the penny, and so the same fingerprint under each figure. One run alone: "
        "cwbsim run SCENARIO.toml --seed N --hash.",
    ]
    return [Points(tuple(lines))]


def assurance_blocks(comparison: Comparison, said: Mapping[str, Any]) -> list[Block]:
    """Purpose, roles to fill in, checks, limits, and the state of every run."""
    roles = DataTable("assurance_roles", "Who answers for it", ("Role", "Name"), ("text", "text"),
                      tuple((role, "") for role in said["fields"]), note="To be filled in.")  # fmt: skip
    done, failed = len(comparison.runs), len(comparison.failures)
    checks = [*CHECKS, (f"{done} runs finished, {failed} failed", "failed runs are left out and counted")]
    passed = DataTable(
        "assurance_checks", "Checks that these runs passed", ("Check", "How"), ("text", "text"), tuple(checks)
    )
    runs = DataTable(
        "runs", "Runs and their final states", ("Scenario", "Seed", "Final state"), ("text", "whole", "text"),
        tuple((_title(comparison, n), seed, run.state_hash) for (n, seed), run in comparison.runs.items()),
        note="SHA-256 of all that the model holds at the end; a rerun with the same versions gives the same.", in_report=16,
    )  # fmt: skip
    return [
        Heading("Purpose", 3), Text(said["purpose"]), roles, passed, Heading("Limits", 3), Points(tuple(said["limits"])), runs,
    ]  # fmt: skip


def _title(comparison: Comparison, number: int) -> str:
    return (comparison.baseline, *comparison.policies)[number].title
