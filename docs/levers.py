"""The pages of levers: one to choose from, and one each, from their classes and the scenarios that pull them."""

from __future__ import annotations

import csv
import inspect
from functools import cache
from pathlib import Path

from cwbsim.levers import LEVERS, Lever
from cwbsim.outcomes import OUTCOMES
from cwbsim.report import wording
from cwbsim.scenario import load_scenario
from cwbsim.scenario_files import library_names
from docs.tables import field_table, line

#: What each lever moves when pulled alone: written by the command of that experiment.
ALONE = Path(__file__).resolve().parents[1] / "experiments" / "08_each_lever_alone"

HEAD = """# Levers

A lever is a policy. A *rule* changes what is asked of others and spends nothing; a *programme* has a budget. In a
scenario file it is a table, `[levers.NAME]`. What the law of its date forbids is refused, or said: [the law of the date](law.md).
To write one of your own: [add a lever](add_a_lever.md).

| lever | kind | what it does | outcome nearest to it |
|---|---|---|---|"""


def pages() -> dict[str, str]:
    """Return the page to choose from and the page of every lever, by file name."""
    return {"levers.md": _overview(), **{f"levers/{key}.md": _page(key) for key in LEVERS}}


def _overview() -> str:
    out = [HEAD]
    for key, lever in LEVERS.items():
        out.append(line(f"[{wording.label(key)}](levers/{key}.md)", _kind(key), _what(key)[0], f"`{lever.moves}`"))
    out += ["", *_all_alone()]
    out += ["## Every lever also has\n", field_table(Lever.model_fields), ""]
    out += ["```{toctree}", ":hidden:", "", *(f"levers/{key}" for key in LEVERS), "```", ""]
    return "\n".join(out)


def _page(key: str) -> str:
    lever = LEVERS[key]
    first, rest = _what(key)
    own = {name: field for name, field in lever.model_fields.items() if name not in Lever.model_fields}
    out = [f"# {wording.label(key)}\n", f"{first}\n", *([rest, ""] if rest else [])]
    out += [f"A {_kind(key)}; in a scenario file `[levers.{key}]`. The outcome nearest to it is `{lever.moves}`:"]
    out += [f"{OUTCOMES[lever.moves].definition[0].lower()}{OUTCOMES[lever.moves].definition[1:]}\n"]
    out += ["## What is known of it\n", lever.evidence, ""] * bool(lever.evidence)
    out += ["## What it does not do\n", lever.limits, ""] * bool(lever.limits)
    out += ["## What the law says\n", f"{lever.law} [The law of the date](../law.md).", ""] * bool(lever.law)
    out += ["## What can be set\n", field_table(own), "", "And [what every lever has](../levers.md): months, ramp, anchors.\n"]
    out += _alone(key)
    used = [name for name in library_names() if key in _levers_of(name)]
    if used:
        out += ["## Scenarios that pull it\n"]
        out += [f"- [{name}](../../scenarios/{name}.toml): {load_scenario(name).question}" for name in used]
    return "\n".join(out).rstrip() + "\n"


def _kind(key: str) -> str:
    return LEVERS[key].__bases__[0].__name__.lower()


def _what(key: str) -> tuple[str, str]:
    """What a lever does: in a sentence, and the rest."""
    first, _, rest = (inspect.getdoc(LEVERS[key]) or "").partition("\n\n")
    return " ".join(first.split()), rest.strip()


@cache
def _levers_of(name: str) -> frozenset[str]:
    return frozenset(lever.key() for lever in load_scenario(name).levers)


def _alone(key: str) -> list[str]:
    """What the experiment found of a lever by itself: of the outcomes shown first, those that can be told from luck."""
    told = [row for row in _found() if row["scenario"].startswith(wording.label(key))]
    if not told:
        return []
    shown = [row for row in told if OUTCOMES[row["outcome"]].headline or row["outcome"] == LEVERS[key].moves]
    clear = [row for row in shown if wording.is_clear(float(row["low"]), float(row["high"]))]
    about = ABOUT.format(seeds=told[0]["seeds"], file=f"../../experiments/{ALONE.name}/{key}.toml", shown=len(shown))
    out = ["## What it moves by itself\n", f"{about}\n"]
    if not clear:
        return [*out, "None of them can be told from luck.\n"]
    out += ["| outcome | unit | without | change | 95 % interval |", "|---|---|---:|---:|---|"]
    for row in clear:
        unit, (before, by, low, high) = row["unit"], (float(row[n]) for n in ("baseline", "difference", "low", "high"))
        within = max(abs(low), abs(high))
        cells = wording.amount(before, unit, step=by), wording.change(by, unit, within=within), wording.span(low, high, unit)
        out.append(line(wording.label(row["outcome"]), wording.unit_in_words(unit), *cells))
    return [*out, ""]


def _all_alone() -> list[str]:
    """What each lever moves by itself, a row each; a cell is empty where luck cannot be told apart."""
    cells = {(row["scenario"].partition(" (")[0], row["outcome"]): row for row in _found()}
    if not cells:
        return []
    names = [*SHOWN, "Outcome nearest to it"]
    out = ["## What each moves by itself\n", f"{TOLD}\n"]
    out += [line("lever", *(wording.label(name) for name in SHOWN), names[-1]), "|---|" + "---:|" * len(names)]
    for key, lever in LEVERS.items():
        rows = [cells.get((wording.label(key), name)) for name in (*SHOWN, lever.moves)]
        out.append(line(f"[{wording.label(key)}](levers/{key}.md)", *(_clear_change(row) for row in rows)))
    return [*out, ""]


def _clear_change(row: dict[str, str] | None) -> str:
    if row is None or not wording.is_clear(float(row["low"]), float(row["high"])):
        return ""
    return wording.change(float(row["difference"]), row["unit"])


SHOWN = ("local_spend", "bidders_per_tender", "price_over_should_cost", "service_volume", "jobs")
TOLD = """In Wigan in full, as strong as in [experiment 8](../experiments/08_each_lever_alone/README.md): change in the last of
five years, £ a year. Empty: not told from luck by the seeds run, which is not to say that nothing moves. A few of the cells
shown are luck."""


@cache
def _found() -> tuple[dict[str, str], ...]:
    """Rows of the experiment's table; none before it has been run."""
    file = ALONE / "summary.csv"
    if not file.is_file():
        return ()
    with file.open(encoding="utf-8", newline="") as opened:
        return tuple(row for row in csv.DictReader(opened) if row["window"] == "last year")


ABOUT = """As strong as in [this file]({file}), in Wigan in full; the last of five years against the baseline with the same
luck, {seeds} seeds. Of the {shown} outcomes shown first, those that can be told from luck (one in twenty of the others would
be, by luck alone):"""
