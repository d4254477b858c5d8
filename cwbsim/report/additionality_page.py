"""Additionality as text, picture and files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cwbsim.analysis.additionality import DISCOUNT_RATE, Additionality
from cwbsim.analysis.freezing import FREEZES
from cwbsim.report.folder import manifest, write_json, written_whole
from cwbsim.report.inputs import Input
from cwbsim.report.picture import INK, STYLE
from cwbsim.report.what_if import marked
from cwbsim.report.wording import label, unit_in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOSERS = ("local_spend", "wider_area_contract_income", "outside_contract_income", "first_round",
          "wider_area_jobs", "outside_jobs", "uk_jobs")  # fmt: skip


def additionality_text(found: Additionality) -> str:
    """The chain from gross to net, what stands beside it, who loses where, and what defines each term."""
    chain = found.chain()
    lines = [
        f"{found.policy.title}, against {found.baseline.title}",
        f"{found.policy.months} months, scale {found.policy.scale:g}, {len(found.seeds)} seeds; jobs are means of the last"
        " 12 months; intervals: 95 % paired t over seeds (luck only)",
        "",
        f"{'From gross to net':24}{'jobs':>10}{'95 % interval':>24}{'of gross - deadweight':>22}",
    ]
    for i, row in enumerate(chain.to_dict("records")):
        share = _share(row["share"]) if i > 1 else ""  # of what the first two are the difference of
        line = f"{row['term']:24}{row['jobs']:>+10,.1f}{_between(row['low'], row['high']):>24}{share:>22}"
        lines.append(line.rstrip())
    lines += ["", "The terms add up to the net effect. Each is defined by runs:"]
    lines += [f"  {row['term']}: {row['meaning']} ({row['run']})" for row in chain.to_dict("records")]
    lines += [f"  {name}: {freeze.meaning}" for name, freeze in FREEZES.items()]
    lines += ["", *_money(found), "", "Who gains and who loses (last 12 months, policy less baseline)"]
    beside = {row["figure"]: row for row in found.beside().to_dict("records")}
    for name in LOSERS:
        lines.append(_beside_line(name, beside))
    if found.policy.closure == "fixed_budget":
        lines.append("  Budgets are fixed, so in the first round what firms here gain others lose, to the penny.")
    return "\n".join(lines)


def _share(share: float) -> str:
    return "cannot be told" if math.isnan(share) else f"{100 * share:+.0f} %"


def _beside_line(name: str, beside: dict[Any, Any]) -> str:
    row = beside[name]
    words = "All contract payments (first round)" if name == "first_round" else label(name)
    between = _between(row["low"], row["high"])
    return f"  {words:46}{row['difference']:>+16,.0f}{between:>30}  {unit_in_words(str(row['unit']))}"


def _money(found: Additionality) -> list[str]:
    lines = [f"Present values of differences over {found.policy.months} months at {100 * DISCOUNT_RATE:.1f} %, £"]
    for row in found.present_values().to_dict("records"):
        lines.append(f"  {row['figure']:46}{row['pounds']:>+16,.0f}{_between(row['low'], row['high']):>30}")
    cost = found.cost_per_net_job()
    if cost is None:
        lines.append("  Cost per net job: none, for net jobs cannot be told from nil with these seeds.")
    else:
        lines.append(f"  Cost per net job: £{cost[0]:,.0f} a year ({_between(cost[1], cost[2])})")
    return lines


def _between(low: float, high: float) -> str:
    if math.isnan(low):
        return "none: one seed"
    digits = 1 if max(abs(low), abs(high)) < 1e4 else 0
    return f"{low:+,.{digits}f} to {high:+,.{digits}f}"


def draw_chain(found: Additionality) -> Figure:
    """Draw the chain as a waterfall from gross less deadweight to net, with the interval of every step."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    steps = _steps(found)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(9.5, 4.8), layout="constrained")
        panel = figure.subplots()
        at, last = 0.0, len(steps) - 1
        for i, (_, jobs, low, high) in enumerate(steps):
            bottom = 0.0 if i in (0, last) else at
            panel.bar(i, jobs, bottom=bottom, width=0.66, zorder=2, **_bar(jobs, is_end=i in (0, last)))
            at, tops = bottom + jobs, [bottom, bottom + jobs]
            if not math.isnan(low):
                panel.vlines(i, bottom + low, bottom + high, color=INK, linewidth=1.3, zorder=3)
                tops.append(bottom + high)
            words: Any = {"ha": "center", "va": "bottom", "xytext": (0, 3), "textcoords": "offset points"}
            panel.annotate(f"{jobs:+,.1f}", (i, max(tops)), fontweight="bold", **words)
            if i < last:
                panel.hlines(at, i, i + 1, color="#767676", linewidth=0.8, zorder=1)
        panel.axhline(0.0, color=INK, linewidth=1.0)
        panel.set_xticks(range(len(steps)), [name for name, *_ in steps], size=8.5)
        panel.set_ylabel("jobs")
        panel.margins(y=0.14)
        gross, deadweight = found.chain()["jobs"].iloc[:2]
        panel.set_title(
            f"From gross to net: {found.policy.title}\n"
            f"{gross:,.0f} jobs on contracts here with it, {-deadweight:,.0f} without it", loc="left", size=11,
        )  # fmt: skip
        figure.supxlabel(
            f"Bars: mean over {len(found.seeds)} seeds, last 12 months; hatched: less. Lines: 95 % paired t interval of each step"
            " from where its bar begins (luck, not doubt about the model).",
            x=0.01, ha="left", size=8,
        )  # fmt: skip
    return figure


def _bar(jobs: float, *, is_end: bool) -> dict[str, Any]:
    """How a bar looks: where the chain begins and ends, a step up, a step down."""
    if is_end:
        return {"color": "#1D6FA5"}
    return {"color": "#8FBFDE", "edgecolor": INK} if jobs > 0 else {"color": "#D8A868", "hatch": "//", "edgecolor": INK}


def _steps(found: Additionality) -> list[tuple[str, float, float, float]]:
    """Name, jobs and interval of each bar."""
    rows = found.chain().to_dict("records")[2:]
    bars = [(str(row["term"]).replace(": ", ":\n"), row["jobs"], row["low"], row["high"]) for row in rows]
    return [("gross less\ndeadweight", *found.gross_additional()), *bars]


def write_additionality(
    found: Additionality, target: Path, *, command: Sequence[str], inputs: Sequence[Input], force: bool
) -> None:
    """Write text, tables, picture and manifest."""
    import matplotlib as mpl

    with written_whole(target, force=force) as folder:
        (folder / "report.txt").write_text(additionality_text(found) + "\n", encoding="utf-8")
        tables = {"chain": found.chain(), "beside": found.beside(), "present_values": found.present_values()}
        for name, table in tables.items():
            marked(table, found.baseline, found.policy).to_csv(folder / f"{name}.csv", index=False)
        figure = draw_chain(found)
        with mpl.rc_context(STYLE):
            figure.savefig(folder / "chain.png", dpi=160)
            figure.savefig(folder / "chain.svg", metadata={"Date": None})
        scenarios = {"baseline": found.baseline, "policy": found.policy}
        for name, scenario in scenarios.items():
            (folder / f"{name}.toml").write_text(scenario.to_toml(), encoding="utf-8")
        write_json(folder / "additionality.json", found.to_json_dict())
        write_json(folder / "manifest.json", manifest(scenarios, found.seeds, command, inputs))
