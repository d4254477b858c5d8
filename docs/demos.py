"""Run the grids behind the pages to try: ``uv run python docs/demos.py [policy|chance|pound] [--seeds N]``.

Each page of ``docs/try`` shows runs that were really made: this command makes them and writes them to
``docs/demos/*.json``, which the site puts into the page. Nothing is interpolated.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import stdtrit

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # so that it can be run as a file, too

from cwbsim import RunStore, __version__, compare, load_scenario  # noqa: E402  (after the path)
from cwbsim.analysis.compare import Comparison, unit_in_window  # noqa: E402
from cwbsim.analysis.paired import Floats, known_mean  # noqa: E402
from cwbsim.analysis.trace import ENDS, MOVING, STAYS, follow_each  # noqa: E402
from cwbsim.analysis.watching import watched  # noqa: E402
from cwbsim.levers import LEVERS  # noqa: E402
from cwbsim.scenario import Scenario  # noqa: E402
from cwbsim.scenario_changes import changed  # noqa: E402
from cwbsim.simulation import build_world  # noqa: E402

FOLDER = HERE / "demos"
KEPT = HERE.parent / "runs" / "demos.sqlite"  # stopped, it goes on from there
COMMAND = "uv run python docs/demos.py"
DIGITS = 5  # significant, of what is shipped
ROUNDS = 12  # of a pound that are shown; what moves after them is pennies

#: What moves on the page of policies: label, and each stop's words and value.
DIALS: tuple[tuple[str, str, tuple[tuple[str, Any], ...]], ...] = (
    ("weight", "Weight of social value in the score", (
        ("10 %, as today", 0.1), ("20 %", 0.2), ("40 %", 0.4),
    )),
    ("signatories", "Who signs up", (
        ("the council alone", ("council",)),
        ("council, hospital trust and college", ("council", "hospital_trust", "college")),
        ("all anchors", ("all",)),
    )),
    ("monitoring", "Promises followed up", (
        ("as today", 0.0), ("half of the contracts", 0.5), ("every contract", 1.0),
    )),
    ("scored", "What is scored", (
        ("what bidders choose to write about", 0.0), ("what the buyer has named", 1.0),
    )),
)  # fmt: skip
#: Shown on the page of policies, in this order: outcome and label.
OUTCOMES = {
    "local_spend_share": "Stays here: local share of contract spend",
    "local_spend": "Stays here: contract income of suppliers in Wigan",
    "retained_value_added": "Stays here: value added from contracts",
    "jobs": "Jobs in Wigan",
    "wider_area_contract_income": "Neighbours: contract income, rest of Greater Manchester",
    "outside_contract_income": "Farther off: contract income beyond Greater Manchester",
    "wider_area_jobs": "Neighbours: jobs, rest of Greater Manchester",
    "social_value_promised": "Social value promised",
    "social_value_delivered": "Social value delivered",
    "price_over_should_cost": "Price of contracts over what they should cost",
    "service_volume": "Service delivered for the same budgets",
}


def policy(seeds: int) -> dict[str, Any]:
    """A commitment of Wigan's anchors at every stop of every dial, against Wigan as it is.

    Returns
    -------
    dict
        ``cells``: by the positions of the dials ("0-2-1-0"), a list for each outcome of the paired difference of
        the last year under each seed.
    """
    base = changed(load_scenario("wigan/baseline"), {"scale": 0.1, "months": 60})
    stops = [range(len(values)) for _, _, values in DIALS]
    places = list(itertools.product(*stops))
    contracts = _contracts(base)
    policies = [_commitment(base, place, contracts) for place in places]
    KEPT.parent.mkdir(exist_ok=True)
    with RunStore(KEPT) as store:
        found = compare(base, policies, seeds=seeds, store=store)
    if found.failures:
        raise SystemExit(f"{len(found.failures)} runs failed: {found.failures[0]}")
    differences = {
        (n, name): _last_year(found, name, after) - _last_year(found, name, before)
        for n, name, before, after in _paths(found)
    }
    cells: dict[str, list[list[float]]] = {}
    for number, place in enumerate(places, start=1):
        cells[_position(place)] = [_rounded(differences[number, name]) for name in OUTCOMES]
    first = {name: _last_year(found, name, before).mean() for n, name, before, _ in _paths(found) if n == 1}
    return {
        **_about("policy", base, seeds),
        "dials": [
            {"key": key, "label": label, "stops": [said for said, _ in values]}
            for key, label, values in DIALS
        ],
        "outcomes": [
            {"key": name, "label": label, "unit": _unit(found, name), "baseline": _rounded([first[name]])[0]}
            for name, label in OUTCOMES.items()
        ],
        "cells": cells,
    }


def _contracts(base: Scenario) -> dict[str, float]:
    """Contracts an anchor can influence, by its key, and of "all", of one drawn borough at full size."""
    world = build_world(base, base.seed)
    mine = np.bincount(world.needs.anchor, weights=world.needs.is_influenceable) / base.scale
    return {**dict(zip(world.fixed.anchor_names, mine, strict=True)), "all": float(mine.sum())}


def _commitment(base: Scenario, place: Sequence[int], contracts: dict[str, float]) -> Scenario:
    """The scenario at one position of the dials; follow-up is paid for contract by contract."""
    weight, who, followed, named = (values[i][1] for (_, _, values), i in zip(DIALS, place, strict=True))
    dials: dict[str, dict[str, Any]] = {
        "shared_anchor_commitment": {"adherence": 1.0, "weight": weight, "prescriptive": named},
        "prescriptive_priorities": {
            "share": named,
            "local_hires": 0.4,
            "local_sub_contracts": 0.4,
            "fair_pay": 0.2,
        },
    }
    if followed:
        monitoring = LEVERS["delivery_monitoring"]()
        reached = sum(contracts[one] for one in who)
        budget = followed * reached * monitoring.cost_per_contract
        dials["delivery_monitoring"] = {"budget_a_year": budget, "contracts": reached}
    changes = {f"levers.{lever}.{dial}": value for lever, one in dials.items() for dial, value in one.items()}
    for lever in dials:
        changes[f"levers.{lever}.anchors"] = who
    return changed(base, {"title": _position(place), **changes})


def village() -> tuple[Scenario, Scenario]:
    """One in two hundred of Wigan, without and with a policy."""
    base = changed(load_scenario("teaching/hamlet"), {"scale": 0.005, "months": 24})
    return base, changed(base, {"title": "With the policy", "levers.social_value_weight.weight": 0.4})


def chance(seeds: int) -> dict[str, Any]:
    """A small borough with and without a policy, seed by seed.

    Returns
    -------
    dict
        ``outcomes``: each with the last year's value under every seed, ``without`` and ``with`` the policy.
    """
    base, with_it = village()
    found = compare(base, with_it, seeds=seeds)
    shown = {
        "price_over_should_cost": "Price over should-cost",
        "bidders_per_tender": "Bidders per tender",
        "social_value_promised": "Social value promised",
        "local_spend_share": "Local share of contract spend",
        "jobs": "Jobs",
    }
    rows = {
        name: [_rounded(_last_year(found, name, one)) for one in (before, after)]
        for _, name, before, after in found.pairs_of_paths(headline_only=False)
        if name in shown
    }
    outcomes = [
        {"key": key, "label": label, "unit": _unit(found, key), "without": rows[key][0], "with": rows[key][1]}
        for key, label in shown.items()
    ]
    return {**_about("chance", base, seeds), "outcomes": outcomes}


def pound(seeds: int) -> dict[str, Any]:
    """A hundred pounds of each of Wigan's anchors, round by round.

    Returns
    -------
    dict
        ``anchors``: for each its LM3 and, after every round, pounds still moving and pounds that have ended.
    """
    del seeds  # one draw: an attribution of the accounts of one borough
    base = changed(load_scenario("wigan/baseline"), {"scale": 1.0, "months": 24})
    anchors = []
    for name, one in follow_each(watched(base, over=12), 1_000_000).items():
        rounds = [
            {
                "moving": [round(pence / one.pence * 100, 2) for pence in one.moving(after).values()],
                "ended": [round(pence / one.pence * 100, 2) for pence in one.ends(after).values()],
            }
            for after in range(1, min(one.rounds, ROUNDS) + 1)
        ]
        anchors.append(
            {"key": name, "label": name.replace("_", " "), "lm3": round(one.lm3, 3), "rounds": rounds}
        )
    return {**_about("pound", base, 1), "moving": MOVING, "ends": ENDS, "stays": STAYS, "anchors": anchors}


def _paths(found: Comparison) -> Iterator[tuple[int, str, Floats, Floats]]:
    return (one for one in found.pairs_of_paths(headline_only=False) if one[1] in OUTCOMES)


def _last_year(found: Comparison, name: str, paths: Floats) -> Floats:
    """(seeds, months) to (seeds,): the last year's total of a flow, mean of anything else."""
    part = paths[:, -12:]
    is_flow = found.measures[name].kind == "flow"
    return np.asarray(part.sum(axis=1) if is_flow else known_mean(part, axis=1))


def _unit(found: Comparison, name: str) -> str:
    return unit_in_window(found.measures[name], "last_year", 24)


def _position(place: Sequence[int]) -> str:
    return "-".join(map(str, place))


def _rounded(values: Floats) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in np.asarray(values).tolist()]


def _about(name: str, base: Scenario, seeds: int) -> dict[str, Any]:
    """What a page says of its runs; the last entry is half the width of a 95 % interval in standard errors."""
    return {
        "made": {
            "command": f"{COMMAND} {name}",
            "version": __version__,
            "place": base.place,
            "scale": base.scale,
            "months": base.months,
            "seeds": list(range(base.seed, base.seed + seeds)),
            "scenario": base.scenario_hash(),
        },
        "t": [0.0, 0.0, *(round(float(stdtrit(n - 1, 0.975)), 4) for n in range(2, seeds + 1))],
    }


#: What can be made, and with how many seeds.
MADE = {"policy": (policy, 6), "chance": (chance, 40), "pound": (pound, 1)}


def main() -> int:
    """Make some or all of the grids."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("which", nargs="*", choices=[*MADE, []], help="all of them if left out")
    arguments.add_argument("--seeds", type=int, help="fewer or more than the page is meant to have")
    asked = arguments.parse_args()
    for name in asked.which or MADE:
        make, seeds = MADE[name]
        began = time.monotonic()
        text = json.dumps(make(asked.seeds or seeds), separators=(",", ":"), ensure_ascii=False)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="utf-8")
        print(f"docs/demos/{name}.json: {len(text) / 1000:.0f} kB, {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
