"""An import and an analysis as lines of text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cwbsim.report.table import aligned
from cwbsim.spend.classes import EVIDENCE, SECTIONS

if TYPE_CHECKING:
    from cwbsim.spend.analysis import SpendAnalysis
    from cwbsim.spend.book import SpendImport

SECTION_NAMES = dict(
    zip(
        SECTIONS,
        (
            "Agriculture, forestry", "Mining, quarrying", "Manufacturing", "Electricity, gas", "Water, waste",
            "Construction", "Trade, motor repair", "Transport, post", "Accommodation, food", "Information, IT",
            "Finance, insurance", "Property", "Professional services", "Support services", "Public administration",
            "Education", "Health, social care", "Arts, leisure", "Other services", "Households",
        ),
        strict=True,
    )
)  # fmt: skip
MOST_NOTES = 15


def pounds(pence: float) -> str:
    """Pence as whole pounds with commas."""
    value = round(pence / 100)
    return f"{'-' if value < 0 else ''}£{abs(value):,}"


def named(verdict: str) -> str:
    """A class in words: "Q Health, social care", "grants (no purchase)"."""
    return f"{verdict} {SECTION_NAMES[verdict]}" if verdict in SECTION_NAMES else verdict.replace("_", " ")


def import_lines(found: SpendImport) -> list[str]:
    """What an import says of itself."""
    d = found.to_dict()
    lines = ["Columns recognised"]
    lines += _layouts(d["columns"])
    lines += ["", "Reconciled to the penny"]
    lines += aligned(
        [
            ("", "rows", "pounds"),
            *((what, f"{d['rows_' + key]:,}", _exact(d["pence_" + key])) for what, key in
              (("read", "read"), ("imported", "imported"), ("set aside", "quarantined"))),
            *((f"  {reason}", f"{n:,}", _exact(d["by_reason_pence"][reason])) for reason, n in d["by_reason"].items()),
        ],
        left=1,
    ).splitlines()  # fmt: skip
    lines += [
        "",
        f"What was bought ({d['classed_share']:.1%} of value classed, {d['section_share']:.1%} purchases)",
    ]
    rows = [(named(c), f"{d['by_section_rows'][c]:,}", pounds(p)) for c, p in d["by_section"].items()]
    lines += aligned([("", "rows", "pounds"), *rows], left=1).splitlines()
    lines += [_told_by(d), "", *_placed(d)]
    dup = d["duplicates"]
    lines.append(
        f"Credits and refunds: {d['credits']['rows']:,} rows, {pounds(d['credits']['pence'])}. "
        f"Redacted: {d['redacted']['rows']:,} rows, {pounds(d['redacted']['pence'])}."
    )
    lines.append(
        f"Equal rows, kept: {dup['rows_within_files']:,} within a file ({pounds(dup['pence_within_files'])}), "
        f"{dup['rows_across_files']:,} across files ({pounds(dup['pence_across_files'])})."
    )
    lines += [f"  {a} and {b} share {n:,} rows" for a, b, n in dup["files_that_repeat_each_other"]]
    lines.append(f"Suppliers: {d['suppliers']:,}, written in {d['names_written']:,} ways.")
    if d["notes"]:
        lines += ["", "Notes", *(f"  {note}" for note in d["notes"][:MOST_NOTES])]
        lines += [f"  ... and {len(d['notes']) - MOST_NOTES} more, in import.json"] * (
            len(d["notes"]) > MOST_NOTES
        )
    return lines


def _layouts(columns: Sequence[dict[str, Any]]) -> Iterable[str]:
    """Each distinct layout once, with the number of tables that have it."""
    seen: dict[str, list[str]] = {}
    for one in columns:
        text = "; ".join(f"{role} = {heading}" for role, heading in one["columns"].items())
        by = "" if one["by"] == "heading" else f" (by {one['by']})"
        left = f". Not used: {', '.join(one['unused'])}" if one["unused"] else ""
        seen.setdefault(text + by + left, []).append(one["where"])
    for text, where in seen.items():
        more = f" and {len(where) - 1} more" if len(where) > 1 else ""
        yield f"  {where[0]}{more}: {text}"


def _told_by(d: dict[str, Any]) -> str:
    """What the classes rest on, by value; the most telling evidence first."""
    every = sum(d["by_evidence"].values()) or 1
    shown = ", ".join(f"{name} {d['by_evidence'][name] / every:.1%}" for name in EVIDENCE if name in d["by_evidence"])
    return f"Told by: {shown}."


def _placed(d: dict[str, Any]) -> list[str]:
    rules = d["placed"]["pence_by_rule"]
    every = sum(rules.values()) or 1
    shown = ", ".join(
        f"{name} {n / every:.1%}" for name, n in sorted(rules.items(), key=lambda pair: -pair[1])
    )
    return [f"Placed: {d['placed']['share']:.1%} of value ({shown}).", *d["placed"]["notes"]]


def _exact(pence: int) -> str:
    return f"{'-' if pence < 0 else ''}{abs(pence) // 100:,}.{abs(pence) % 100:02d}"


def analysis_lines(found: SpendAnalysis) -> list[str]:
    """An analysis in a screenful or two."""
    lines = [found.title, ""]
    for table in found.tables:
        if (
            table.key in ("summary", "by_class", "by_place", "local", "by_year", "concentration", "gaps")
            and table.rows
        ):
            cells = [table.headings, *(tuple(table.shown(row)) for row in table.rows[:25])]
            lines += [table.title, aligned(cells, left=1), *([f"  {table.note}"] if table.note else []), ""]
    return lines
