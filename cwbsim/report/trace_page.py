"""The pound followed, as text for a terminal and as a page with the picture and every number under it."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from cwbsim.analysis.multipliers import SECTION_TITLES
from cwbsim.analysis.trace import ENDS, LABEL, STAYS, SUPPLIERS, Trace
from cwbsim.report.folder import manifest, write_json, written_whole
from cwbsim.report.inputs import Input
from cwbsim.report.trace_picture import alt_text, conclusion, headline, save_trace, subtitle
from cwbsim.report.what_if import marked
from cwbsim.scenario import Scenario

WORDS = {
    "anchor": "anchor", "firms": "firms here", "residents": "residents", "anchors": "council and landlords here",
    "kept by firms": "kept by firms here", "saved by households": "saved by households here",
    "treasury": "Treasury", "wider_area": "wider area", "outside": "outside", **{name: name for name in SUPPLIERS},
}  # fmt: skip
SHOWN = 3
PLACES = ("here", "wider area", "outside")

type Row = tuple[str, ...]


def trace_text(trace: Trace, lm3_of_each: Mapping[str, float]) -> str:
    """The trace as a table to read in a terminal."""
    lines = [f"{conclusion(trace)}.", subtitle(trace), f"{LABEL}: not what a further pound would do", ""]
    for head, columns, rows in tables(trace, lm3_of_each):
        lines += [head, *_aligned(columns, rows), ""]
    return "\n".join(lines[:-1])


def tables(trace: Trace, lm3_of_each: Mapping[str, float]) -> list[tuple[str, Row, list[Row]]]:
    """Every table of the trace: its title, its columns, its rows."""
    return [
        ("Round by round", ("round", "from", "to", "for", "£"), _steps(trace)),
        ("Where it came to rest (what passed through on the way is above)", ("where", "£", "share"), _ends(trace)),
        (
            "Suppliers paid in round 1, by industry", ("industry", *(f"{place}, £" for place in PLACES)),
            _suppliers(trace),
        ),
        ("What stays, counted three ways", ("what", "round 1 or 2, £", "all rounds, £"), _retained(trace)),
        ("Pay and profit of residents, by ward", ("ward", "£"), _by_ward(trace)),
        ("LM3 of each anchor", ("anchor", "LM3"), [(k.replace("_", " "), f"{x:.2f}") for k, x in lm3_of_each.items()]),
    ]  # fmt: skip


def _pounds(pence: int) -> str:
    return f"{pence / 100:,.0f}"


def _steps(trace: Trace) -> list[Row]:
    """Steps of the first rounds, and of all later ones together; what is below a pound is left to the file."""
    later: dict[tuple[str, str, str], int] = {}
    rows: list[Row] = []
    for number, payer, payee, what, pence in trace.steps:
        if number > SHOWN:
            later[payer, payee, what] = later.get((payer, payee, what), 0) + pence
        elif pence >= 100:
            rows.append((str(number), WORDS[payer], WORDS[payee], what, _pounds(pence)))
    for (payer, payee, what), pence in later.items():
        if pence >= 100:
            rows.append((f"{SHOWN + 1} on", WORDS[payer], WORDS[payee], what, _pounds(pence)))
    return rows


def _ends(trace: Trace) -> list[Row]:
    ends = trace.ends()
    rows = [(WORDS[end], _pounds(ends[end]), f"{100 * ends[end] / trace.pence:.1f} %") for end in ENDS]
    if trace.still_moving:
        rows.append(("still moving", _pounds(trace.still_moving), f"{100 * trace.still_moving / trace.pence:.1f} %"))
    stays = sum(ends[end] for end in STAYS)
    rows.append(("of it, come to rest here", _pounds(stays), f"{100 * stays / trace.pence:.1f} %"))
    return [*rows, ("in all", _pounds(sum(ends.values()) + trace.still_moving), "100.0 %")]


def _suppliers(trace: Trace) -> list[Row]:
    order = (-trace.first_round.sum(axis=0)).argsort(kind="stable")
    return [
        (SECTION_TITLES[trace.section_names[s]], *(_pounds(int(x)) for x in trace.first_round[:, s]))
        for s in order
        if trace.first_round[:, s].sum() >= 100
    ]


def _retained(trace: Trace) -> list[Row]:
    first_pay = trace.total(round_=2, payee="residents")  # staff here of suppliers elsewhere too, as in all rounds
    return [
        ("turnover of firms here", _pounds(trace.local_first_round), _pounds(int(trace.turnover.sum()))),
        ("value added by them", _pounds((trace.value_added or [0])[0]), _pounds(sum(trace.value_added))),
        ("pay and profit of residents", _pounds(first_pay), _pounds(trace.income_of_residents)),
    ]


def _by_ward(trace: Trace) -> list[Row]:
    pairs = sorted(zip(trace.pay_by_ward.tolist(), trace.ward_names, strict=True), key=lambda x: (-x[0], x[1]))
    return [(ward, _pounds(pence)) for pence, ward in pairs]


def _aligned(columns: Row, rows: Sequence[Row]) -> list[str]:
    widths = [max(len(row[i]) for row in [columns, *rows]) for i in range(len(columns))]
    is_number = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
    return [
        "  " + "  ".join(x.rjust(w) if right else x.ljust(w) for x, w, right in zip(row, widths, is_number, strict=True)).rstrip()
        for row in [columns, *rows]
    ]


def _is_number(text: str) -> bool:
    return text.removesuffix(" %").replace(",", "").replace(".", "").replace("-", "").isdigit()


PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:1rem/1.5 sans-serif;max-width:72rem;margin:1rem auto;padding:0 1rem;color:#222}}
img{{max-width:100%;height:auto}}table{{border-collapse:collapse;margin:1rem 0}}caption{{text-align:left;font-weight:bold}}
th,td{{padding:.2rem .8rem;border-bottom:1px solid #767676;text-align:left}}td.n,th.n{{text-align:right}}</style></head>
<body><main><h1>{title}</h1><p>{about}</p><p><strong>{label}</strong>: each round, every firm and every group of households
hands on what it received in the proportions in which it spent its money in these months. It says where this money went; it
does not say what a further pound would do. For that, compare two runs.</p>
<figure><img src="trace.svg" alt="{alt}"></figure>
{tables}</main></body></html>
"""


def page(trace: Trace, lm3_of_each: Mapping[str, float]) -> str:
    """The trace as an HTML page beside `trace.svg`."""
    parts = []
    for head, columns, rows in tables(trace, lm3_of_each):
        right = [bool(rows) and all(_is_number(row[i]) for row in rows) for i in range(len(columns))]
        marks = [' class="n"' if is_right else "" for is_right in right]
        heads = "".join(f'<th scope="col"{m}>{html.escape(c)}</th>' for c, m in zip(columns, marks, strict=True))
        body = "".join(
            "<tr>" + "".join(f"<td{m}>{html.escape(x)}</td>" for x, m in zip(row, marks, strict=True)) + "</tr>\n"
            for row in rows
        )
        parts.append(
            f"<table><caption>{html.escape(head)}</caption><thead><tr>{heads}</tr></thead>\n<tbody>{body}</tbody></table>"
        )
    return PAGE.format(
        title=html.escape(headline(trace)), about=html.escape(subtitle(trace)), label=LABEL.capitalize(),
        alt=html.escape(alt_text(trace)), tables="\n".join(parts),
    )  # fmt: skip


def write_trace(
    scenario: Scenario, trace: Trace, lm3_of_each: Mapping[str, float], target: Path, *, command: Sequence[str],
    inputs: Sequence[Input], force: bool,
) -> None:  # fmt: skip
    """Write the picture, the page, the text, every step as CSV, and the manifest."""
    with written_whole(target, force=force) as folder:
        save_trace(trace, folder)
        (folder / "trace.html").write_text(page(trace, lm3_of_each), encoding="utf-8")
        (folder / "report.txt").write_text(trace_text(trace, lm3_of_each) + "\n", encoding="utf-8")
        marked(trace.to_frame(), scenario).to_csv(folder / "steps.csv", index=False)
        first = pd.DataFrame(trace.first_round.T / 100, columns=["borough", "wider_area", "outside"])
        first.insert(0, "section", trace.section_names)
        marked(first, scenario).to_csv(folder / "suppliers.csv", index=False)
        (folder / "scenario.toml").write_text(scenario.to_toml(), encoding="utf-8")
        write_json(folder / "trace.json", {**trace.to_json_dict(), "lm3_of_each_anchor": dict(lm3_of_each)})
        write_json(
            folder / "manifest.json", manifest({"scenario": scenario}, [scenario.seed], command, inputs)
        )
