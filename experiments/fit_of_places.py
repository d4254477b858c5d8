"""A page a place, how well it is built: ``uv run python -m experiments.fit_of_places [NAME ...]``.

Writes docs/places/NAME.md and docs/places/index.md: target against drawn, stationarity, multipliers, what is assumed.
The runs are small and short, and the pages say so; the full ones are for Wigan (experiments/start, experiments/stationarity).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cwbsim.analysis.multipliers import place_multipliers
from cwbsim.places.profile import FigureRow, Profile, load_profile
from cwbsim.places.shipped import shipped_names, shipped_places
from cwbsim.places.start import build_with_account
from cwbsim.scenario import Scenario
from cwbsim.simulation import run_month
from experiments.fit_of_start import LONG, Line, lines
from experiments.stationarity import SERIES, table

PAGES = Path(__file__).resolve().parents[1] / "docs" / "places"
MADE = "<!-- Written by experiments/fit_of_places.py. -->\n\n"
START_SCALE, RUN_SCALE, MONTHS, SEEDS = 0.25, 0.1, 36, 4
WATCHED = (
    "output", "jobs", "contract spend placed in the borough", "household ties in the borough", "household spending",
    "household savings", "firm cash", "firms open",
)  # fmt: skip


def measured(name: str) -> dict[str, Any]:
    """Everything of a page that has to be run."""
    world, account = build_with_account(_scenario(name, START_SCALE), 1)
    found = list(lines(world, account.source.profile))
    runs = np.array([_series(name, seed) for seed in range(1, SEEDS + 1)])
    return {"lines": found, "slopes": table(runs), "multipliers": place_multipliers(name, 0.25).to_dict()["jobs_weighted"]}


def _scenario(name: str, scale: float) -> Scenario:
    return Scenario(title=name, place=name, scale=scale, months=MONTHS)


def _series(name: str, seed: int) -> np.ndarray:
    world, _ = build_with_account(_scenario(name, RUN_SCALE), seed)
    rows = [[watch(world) for watch in SERIES.values()]]
    for _ in range(MONTHS):
        run_month(world)
        rows.append([watch(world) for watch in SERIES.values()])
    return np.array(rows)


def page(name: str, profile: Profile, found: dict[str, Any]) -> str:
    """The page of one place."""
    out = [
        f"# {profile.name}\n",
        f"{profile.people:,} people, {profile.households:,} households, {profile.total_jobs:,} jobs, "
        f"{profile.enterprises:,} enterprises, {len(profile.anchors)} anchors; code {profile.code}. In a scenario: "
        f'`place = "{name}"`. Where each figure is from: [its profile](../../cwbsim/data/places/{name}/README.md), or '
        f"`cwbsim place show {name}`.\n",
        "## Target against drawn\n",
        f"The starting world at scale {START_SCALE:g}, seed 1, beside the profile. *Misplaced*: half the sum of absolute "
        "differences over the target.\n",
        *_drawn(found["lines"]),
        "\n## Does it stand still?\n",
        f"The baseline over {MONTHS} months at scale {RUN_SCALE:g}, {SEEDS} seeds: slope from month 13 on, % a year, with its "
        "95 % interval. So short and so small it shows gross drift, not the 0.1 % a year that Wigan is held to "
        "at full scale over ten years; *not shown* is what most lines have to say.\n",
        *_slopes(found["slopes"]),
        "\n## Multipliers\n",
        "Weighed by jobs, location quotients by Flegg with delta 0.25, tables of 2022 "
        f"(`cwbsim multipliers {name}`).\n",
        *_multipliers(found["multipliers"]),
        "\n## What is assumed\n",
        *_assumed(profile),
    ]
    return MADE + "\n".join(out) + "\n"


def _drawn(found: Sequence[Line]) -> list[str]:
    out = ["| group | lines | target | drawn | difference | misplaced |", "|---|---:|---:|---:|---:|---:|"]
    for group in dict.fromkeys(line.group for line in found):
        mine = [line for line in found if line.group == group]
        if {line.unit for line in mine} & {"share", "£ a year"} and len(mine) > 1:
            continue
        aim, got = sum(line.target for line in mine), sum(line.drawn for line in mine)
        moved = 100 * sum(abs(line.difference) for line in mine) / 2 / max(aim, 1)
        misplaced = f"{moved:.2f} %" if len(mine) > 1 else ""
        change = f"{100 * (got / aim - 1):+.2f} %" if aim else ""
        out.append(f"| {group} | {len(mine)} | {aim:,.0f} | {got:,.0f} | {change} | {misplaced} |")
    out += ["", "| share | target | drawn | difference |", "|---|---:|---:|---:|"]
    for line in found:
        if line.unit == "share" and line.group not in LONG:
            points = f"{100 * line.difference:+.1f} points"
            out.append(f"| {line.group}: {line.what} | {line.target:.3f} | {line.drawn:.3f} | {points} |")
    return out


def _slopes(rows: Sequence[dict[str, Any]]) -> list[str]:
    out = ["| | slope | from | to | |", "|---|---:|---:|---:|---|"]
    for row in rows:
        if row["series"] in WATCHED:
            numbers = " | ".join(f"{row[key]:+.2f}" for key in ("slope_percent_a_year", "low", "high"))
            out.append(f"| {row['series']} | {numbers} | {row['verdict']} |")
    return out


def _multipliers(weighted: dict[str, float]) -> list[str]:
    out = ["| | |", "|---|---:|"]
    return [*out, *(f"| {key.replace('_', ' ')} | {value:.3f} |" for key, value in weighted.items())]


def _assumed(profile: Profile) -> list[str]:
    rows, assumed = profile.figures(), profile.assumed()
    anchors = [row for row in assumed if row.name.startswith("anchor.")]
    own = [row for row in assumed if not row.name.startswith("anchor.")]
    estimated = sorted({t.title for t in profile.tables() if t.source.startswith(("derived", "assumed"))})
    out = [
        f"{len(assumed)} of {len(rows)} figures: {len(anchors)} of anchors, {len(own)} of the rest. Derived or assumed "
        f"tables: {'; '.join(estimated)}.\n",
        "| anchor | staff | contracts, £m a year | local share | influenceable |",
        "|---|---:|---:|---:|---:|",
    ]
    for anchor in profile.anchors:
        spans = [
            _span(anchor.records[key], unit)
            for key, unit in (("staff", 1.0), ("contract_budget", 1e6), ("local_share", 0.01), ("influenceable_share", 0.01))
        ]
        out.append(f"| {anchor.name} | " + " | ".join(spans) + " |")
    out.append("\nRanges in brackets; **bold** is assumed. Shares in per cent. The rest that is assumed:\n")
    out += [_line(row) for row in own]
    return out


def _span(figure: Any, unit: float) -> str:
    numbers = [x / unit for x in (figure.value, figure.low, figure.high)]
    value, low, high = (f"{x:,.0f}" if x >= 10 else f"{x:,.1f}" for x in numbers)
    told = value if low == high else f"{value} ({low}-{high})"
    return f"**{told}**" if figure.source.startswith("assumed") else told


def _line(row: FigureRow) -> str:
    return f"- `{row.name}` {row.value:,.6g} ({row.low:,.6g} to {row.high:,.6g}) {row.unit}: {row.source}"


def index(facts: dict[str, dict[str, Any]]) -> str:
    """The page that lists them all."""
    out = [
        "# The places that ship\n",
        "Each page: target against drawn, stationarity, multipliers, what is assumed. How they are built: "
        "[the places](../../cwbsim/data/places/README.md).\n",
        "| place | area | people | assumed | jobs misplaced | output over its target | Type II jobs multiplier |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    for row in (row for row in shipped_places() if row["place"] in facts):
        fact = facts[row["place"]]
        out.append(
            f"| [{row['name']}]({row['place']}.md) | {row['area']} | {row['people']:,} | {row['assumed']} of {row['figures']} | "
            f"{fact['jobs_misplaced']:.1f} % | {fact['output_over']:+.0f} % | {fact['type_2_jobs']:.2f} |"
        )
    out.append(
        "\nOutput's target is in pounds of 2022 and by jobs of a larger area; pay here is of 2024. The rest of the difference "
        "is what no table gives: surplus per job by section. Centres to which many commute (Manchester, Salford, Preston) fall "
        "short of it: pay here follows what residents earn, and jobs there pay more."
    )
    pages = "\n".join(row["place"] for row in shipped_places())
    out.append(f"\n```{{toctree}}\n:hidden:\n\n{pages}\n```")
    return MADE + "\n".join(out) + "\n"


def facts_of(found: dict[str, Any]) -> dict[str, Any]:
    """The few numbers of a place that the list of them shows."""
    jobs = [line for line in found["lines"] if line.group == "jobs by section"]
    output = next(line for line in found["lines"] if line.group == "output")
    return {
        "jobs_misplaced": 50 * sum(abs(line.difference) for line in jobs) / sum(line.target for line in jobs),
        "output_over": output.percent,
        "type_2_jobs": found["multipliers"]["type_2_jobs"],
    }


def main() -> None:
    """Write the pages of all places, or of those named; the list keeps what it had of the others."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("names", nargs="*", metavar="NAME")
    asked = arguments.parse_args()
    PAGES.mkdir(exist_ok=True)
    kept = PAGES / "facts.json"
    facts = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    for name in asked.names or shipped_names():
        found = measured(name)
        (PAGES / f"{name}.md").write_text(page(name, load_profile(name), found), encoding="utf-8")
        facts[name] = facts_of(found)
        kept.write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(name, facts[name], flush=True)
    (PAGES / "index.md").write_text(index(facts), encoding="utf-8")


if __name__ == "__main__":
    main()
