"""P1: how much of Preston's change between 2012/13 and 2016/17 can a plausible programme of indirect levers explain?"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from cwbsim.levers import LEVERS
from cwbsim.outcomes import Reading
from cwbsim.scenario import Scenario
from cwbsim.simulation import build_world, run_month
from cwbsim.validation.definitions import definitions
from cwbsim.validation.pairs import baseline, lever
from cwbsim.world import BOROUGH, WIDER


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return the rise of the share spent in Preston, and in Lancashire with it, in percentage points."""
    with tempfile.TemporaryDirectory() as folder:
        place = _preston_of_2012(Path(folder), given())
        base = baseline(scale, months).model_copy(update={"place": str(place)})
        before, after = _shares(base, seed), _shares(_programme(base), seed)
    rise = 100 * (after - before)
    return {"preston": float(rise[0]), "lancashire": float(rise[1]), "preston_before": 100 * float(before[0])}


def given() -> Mapping[str, Any]:
    """Return budgets (£m a year) and shares of 2012/13, from the definition of P1."""
    return definitions(("P1",))[0].given


def _programme(base: Scenario) -> Scenario:
    """What was done, as far as it is known: an agreed commitment, lots, social value in the score, help to bid."""
    done = [
        lever("shared_anchor_commitment", adherence=0.7, start_month=13, ramp_months=24),
        lever("social_value_weight", weight=0.15, start_month=13, ramp_months=24),
        lever("encourage_local_firms", budget_a_year=200_000.0, start_month=13),
    ]
    if "lotting" in LEVERS:
        done.append(lever("lotting", largest_lot=500_000.0, start_month=13, ramp_months=24))
    return base.model_copy(update={"levers": tuple(done), "title": "the programme of 2013 to 2017"})


def _shares(scenario: Scenario, seed: int) -> np.ndarray:
    """Share of the measured anchors' contract spend in Preston, and in Lancashire with it, last twelve months."""
    world = build_world(scenario, seed)
    group = np.isin(world.fixed.anchor_names, list(given()["budget"]))
    rows = []
    while world.month < scenario.months:
        run_month(world)
        if world.month > scenario.months - 12:
            mine, paid = group[world.needs.anchor], Reading(world).paid
            by_place = np.bincount(world.needs.place[mine], weights=paid[mine], minlength=3)
            rows.append(by_place / by_place.sum())
    local, wider, _ = np.mean(rows, axis=0)[[BOROUGH, WIDER, 2]]
    return np.array([local, local + wider])


def _preston_of_2012(folder: Path, was: Mapping[str, Any]) -> Path:
    """Write the profile of Preston with the anchors' budgets and shares of 2012/13."""
    target = folder / "preston_2012"
    with_anchors = files("cwbsim") / "data" / "places" / "preston"
    shutil.copytree(str(with_anchors), target)
    file = target / "anchors.toml"
    parts = file.read_text(encoding="utf-8").split("[[anchor]]")
    file.write_text("[[anchor]]".join([parts[0], *(_as_in_2012(part, was) for part in parts[1:])]), encoding="utf-8")
    return target


def _as_in_2012(entry: str, was: Mapping[str, Any]) -> str:
    key = re.search(r'^key = "(\w+)"', entry, re.MULTILINE)
    if key is None or key[1] not in was["budget"]:
        return entry
    now, budget = _value(entry, "contract_budget"), round(was["budget"][key[1]] * 1e6)
    entry = _set(entry, "contract_budget", budget)
    entry = _set(entry, "n_contracts", max(1, round(_value(entry, "n_contracts") * budget / now)))
    entry = _set(entry, "local_share", was["local"][key[1]])
    entry = _set(entry, "wider_share", was["elsewhere"])
    return _set(entry, "revenue.grants", _value(entry, "revenue.grants") + budget - now)


def _block(entry: str, name: str) -> tuple[int, int]:
    start = entry.index(f"[anchor.{name}]")
    end = entry.find("\n[", start)
    return start, len(entry) if end < 0 else end


def _value(entry: str, name: str) -> float:
    start, end = _block(entry, name)
    found = re.search(r"^value = ([\d.e+-]+)", entry[start:end], re.MULTILINE)
    assert found is not None
    return float(found[1])


def _set(entry: str, name: str, value: float) -> str:
    """Set a figure and let its range be as wide as need be."""
    start, end = _block(entry, name)
    block = re.sub(r"^(low|high) = .*\n", "", entry[start:end], flags=re.MULTILINE)
    block = re.sub(r"^value = .*$", f"value = {value:.10g}", block, flags=re.MULTILINE)
    return entry[:start] + block + entry[end:]
