"""The report a committee reads: from the question to how to reproduce the answer."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from cwbsim.analysis.compare import Comparison
from cwbsim.levers.base import Lever
from cwbsim.report import changes, figures
from cwbsim.report.assurance import about_lines, assumption_table, assurance_blocks, reproduce
from cwbsim.report.document import Block, DataTable, Document, Figure, Heading, Points, Text
from cwbsim.report.tornado import deciding_blocks
from cwbsim.report.wards import ward_blocks
from cwbsim.report.what_if import words_of
from cwbsim.report.wording import change, label, span

COSTS = ("price_over_should_cost", "service_volume", "service_volume_lost", "bidders_per_tender", "bid_costs", "net_exchequer",
         "social_value_promised", "social_value_delivered")  # fmt: skip
ELSEWHERE = (
    "jobs",
    "wider_area_jobs",
    "outside_jobs",
    "uk_jobs",
    "local_spend",
    "wider_area_contract_income",
    "outside_contract_income",
)
SHORT = (
    "local_spend",
    "jobs",
    "residents_in_work",
    "service_volume",
    "price_over_should_cost",
    "uk_jobs",
    "wider_area_jobs",
)


@cache
def texts() -> Mapping[str, Any]:
    """What every report says of the model."""
    return tomllib.loads(files("cwbsim").joinpath("data/report/texts.toml").read_text(encoding="utf-8"))


def committee_report(
    comparison: Comparison,
    command: tuple[str, ...] = (),
    *,
    uncertainty: Path | None = None,
    results: Path | None = None,
) -> Document:
    """The report on a finished comparison.

    Parameters
    ----------
    comparison
        Its runs are read, none is made.
    command
        What was typed to make it, for the part on reproducing.
    uncertainty
        Folder of `cwbsim uncertainty` or `cwbsim sensitivity` on the same policy: what would change the answer.
    results
        Folder of the comparison, whose store `cwbsim runs replay` reads.

    Returns
    -------
    Document
        For `page_of`, `write_pdf`, `write_word`, `write_workbook`.
    """
    assumed, counts = assumption_table(comparison)
    blocks: list[Block] = [
        *_question(comparison),
        *_in_short(comparison),
        *_what_we_would_do(comparison),
        *_what_changes(comparison),
        *_groups(comparison),
        *_elsewhere(comparison),
        *_costs(comparison),
        *_together(comparison),
        *_trust(comparison, uncertainty, command),
        Heading("Assumptions"),
        *_assumptions(comparison),
        Text(counts),
        Heading("Method"),
        *(Text(text) for text in texts()["method"]),
        Heading("How to reproduce this"),
        *reproduce(comparison, command, results),
        Heading("Assurance"),
        *assurance_blocks(comparison, texts()["assurance"]),
        Heading("What each outcome is"),
        _used_definitions(comparison),
    ]
    title, subtitle = _titles(comparison)
    further = (
        changes.number_table(comparison),
        changes.month_table(comparison),
        changes.definitions(comparison),
        assumed,
    )
    said = words_of(comparison.baseline, *comparison.policies)
    return Document(title, subtitle, tuple(blocks), tuple(about_lines(comparison)), further, said)


def _titles(comparison: Comparison) -> tuple[str, str]:
    """Title and subtitle."""
    n = len(comparison.policies)
    place = comparison.baseline.place.replace("_", " ").title()
    title = comparison.policies[0].title if n == 1 else f"{n} policies compared"
    return title, f"{place}: what would change, compared with “{comparison.baseline.title}”"


def _numbers(comparison: Comparison) -> range:
    return range(1, len(comparison.policies) + 1)


def _what_changes(comparison: Comparison) -> list[Block]:
    said = texts()
    return [
        Heading("What changes"), Text(said["range"]), Text(said["close"]), Text(said["totals"]),
        *(changes.change_table(comparison, n) for n in _numbers(comparison)),
        Heading("Over time"), figures.bands(comparison),
    ]  # fmt: skip


def _groups(comparison: Comparison) -> list[Block]:
    """By anchor, section, income and ward; where the money goes."""
    blocks: list[Block] = [Heading("By anchor, section and income"), *_by_group(comparison, is_place=False)]
    blocks.append(Heading("By ward", 3))
    for number in _numbers(comparison):
        blocks += ward_blocks(comparison, number)
    flows = (figures.flows(comparison, number) for number in _numbers(comparison))
    return [*blocks, Heading("Where the public pound goes"), *(one for one in flows if one is not None)]


def _by_group(comparison: Comparison, *, is_place: bool) -> Iterator[Figure]:
    """Bars of the differences by group: those by place of the supplier, or all others."""
    for number, policy in enumerate(comparison.policies, start=1):
        for outcome, by, what, title in figures.BREAKDOWNS:
            if (by == "place") != is_place:
                continue
            told = f"{title} ({policy.title})" if len(comparison.policies) > 1 else title
            one = figures.by_group(comparison, number, outcome, by, what, told)
            if one is not None:
                yield one


def _elsewhere(comparison: Comparison) -> list[Block]:
    tables = (changes.change_table(comparison, n, ELSEWHERE, "Here and elsewhere") for n in _numbers(comparison))
    return [Heading("Who loses elsewhere"), Text(texts()["additional"]), *tables, *_by_group(comparison, is_place=True)]


def _costs(comparison: Comparison) -> list[Block]:
    tables = (changes.change_table(comparison, n, COSTS, "Cost, price and service") for n in _numbers(comparison))
    return [Heading("Cost, price and volume of service"), *tables]


def _together(comparison: Comparison) -> list[Block]:
    figure = figures.interaction(comparison)
    return [] if figure is None else [Heading("Together and alone"), figure]


def _trust(comparison: Comparison, uncertainty: Path | None, command: tuple[str, ...]) -> list[Block]:
    return [
        Heading("How far to trust this"),
        Points(tuple(texts()["trust"])),
        Heading("What would change the answer", 3),
        Points(tuple(texts()["change_mind"])),
        *deciding_blocks(comparison, uncertainty, command),
    ]


def _question(comparison: Comparison) -> list[Block]:
    questions = [policy.question for policy in comparison.policies if policy.question]
    base = comparison.baseline
    n = len(comparison.seeds)
    scale = (
        "every household and firm"
        if base.scale == 1
        else f"{base.scale:.0%} of households and firms, scaled up"
    )
    size = f"{base.months} months, {scale}, {n} pair{'s' if n != 1 else ''} of runs. Money is in real pounds."
    asked = questions or [f"What changes with “{policy.title}”?" for policy in comparison.policies]
    return [Heading("The question"), *(Text(question) for question in asked), Text(size)]


def _in_short(comparison: Comparison) -> list[Block]:
    frame = comparison.to_frame(headline_only=False)
    points = []
    for policy in comparison.policies:
        mine = {r["outcome"]: r for r in frame[frame["scenario"] == policy.title].to_dict("records")}
        few = SHORT if len(comparison.policies) == 1 else SHORT[:4]
        rows = [mine[name] for name in few if name in mine]
        points += [
            sentence(row) if len(comparison.policies) == 1 else f"{policy.title}: {sentence(row)}"
            for row in rows
        ]
    failures = len(comparison.failures)
    if failures:
        points.append(f"{failures} runs failed and are left out.")
    return [Heading("In short"), Points(tuple(points))] if points else []


def sentence(row: dict[Any, Any]) -> str:
    """One outcome as a sentence a councillor reads right."""
    unit = str(row["unit"])
    name = texts()["said"].get(row["outcome"], label(row["outcome"]))
    period = " a year" if unit.endswith("a year") else " on average in the last year"
    likely = span(row["low"], row["high"], unit)
    match changes.reading(row):
        case "higher" | "lower" as said:
            by = change(abs(row["difference"]), unit).lstrip("+")
            return f"{name} would be {said} by about {by}{period} (likely {likely})."
        case "no change at all":
            return f"{name} would not change."
        case "too close to call":
            return f"{name.rstrip(',')}: too close to call (likely {likely}{period})."
        case _:
            return f"{name.rstrip(',')}: {change(row['difference'], unit)}{period} in one run, which cannot be told from luck."


def _what_we_would_do(comparison: Comparison) -> list[Block]:
    blocks: list[Block] = [Heading("What we would do")]
    for policy in comparison.policies:
        blocks.append(Heading(policy.title, 3))
        if policy.levers:
            blocks.append(Points(tuple(lever_in_words(lever) for lever in policy.levers)))
        changed = [f"{name} = {value:g}" for name, value in policy.parameters.items()]
        if changed:
            blocks.append(Text("Figures replaced: " + "; ".join(changed) + "."))
        if not policy.levers and not changed:
            blocks.append(Text("No lever is pulled; what differs from the baseline is in the scenario file."))
    return blocks


def lever_in_words(lever: Lever) -> str:
    """What a lever does and how it is set."""
    what = (type(lever).__doc__ or "").strip().split("\n")[0].rstrip(".")
    set_to = []
    for name, field in type(lever).model_fields.items():
        value = getattr(lever, name)
        if value in (None, (), "", {}) or value == field.get_default(call_default_factory=True):
            continue
        about: Any = field.json_schema_extra or {}
        unit = str(about.get("unit", "")) if isinstance(about, dict) else ""
        set_to.append(f"{name.replace('_', ' ')} {_shown(value)} {unit}".strip())
    return f"{what}. " + (f"Set to: {'; '.join(set_to)}." if set_to else "")


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _assumptions(comparison: Comparison) -> list[Block]:
    blocks: list[Block] = []
    for policy in comparison.policies:
        if policy.assumptions:
            blocks += [Text(f"{policy.title} takes for granted:"), Points(policy.assumptions)]
        if policy.references:
            blocks += [Text("It is described in:"), Points(policy.references)]
    return blocks


def _used_definitions(comparison: Comparison) -> DataTable:
    """Definitions of the outcomes that the report shows."""
    shown = {name for name, m in comparison.measures.items() if m.headline} | {*COSTS, *ELSEWHERE}
    shown |= {outcome for outcome, *_ in figures.BREAKDOWNS}
    every = changes.definitions(comparison)
    names = {label(name) for name in shown}
    rows = tuple(row for row in every.rows if row[0] in names)
    return DataTable(
        "definitions_shown",
        "Outcomes in this report",
        every.headings,
        every.kinds,
        rows,
        every.note,
        every.source,
    )
