"""A user's own anchors and figures, which go over what the tables and the rules say.

The file is TOML::

    without = ["university"]              # anchors to leave out

    [figures."income.median_rent_month"]  # any figure that `cwbsim place show` lists, by its name
    value = 610
    source = "Our housing team, 2025"
    year = 2025

    [anchors.council]                     # one of the anchors, field by field, or a new one with a kind
    staff = { value = 5100, low = 5000, high = 5200, source = "Workforce report", year = 2025 }
    contract_budget = { value = 212e6, source = "Contracts register", year = 2025 }
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cwbsim.errors import UserError, together, unknown
from cwbsim.places.sources.draft import FIELDS, Draft, Entry, read_toml

WHAT = "--figures"
KINDS = ("council", "hospital_trust", "college", "university", "police", "housing_association")
# Figures that tables add up to: one cannot be changed without the other.
TOTALS = {
    "households.households": "the tables of households",
    "jobs.total_jobs": "the tables of jobs and commuting",
    "people.residents_employed": "the table of commuting",
    "households.other_social_homes": "the table of tenure",
}
_FIGURES = (
    "staff", "mean_pay_annual", "on_cost_rate", "staff_resident_share", "service_share", "local_share", "wider_share",
    "influenceable_share", "contract_budget", "goods_and_services",
)  # fmt: skip
_MONEY = ("mean_pay_annual", "contract_budget", "goods_and_services")
_OTHER = ("name", "kind", "regime", "shared_with", "balance", "contracts_from", "staff_by_section", "contract_mix",
          "sites", "noncontract", "revenue", "trust_lines", "service_area")  # fmt: skip


@dataclass(frozen=True)
class OwnFigures:
    """What a user's file says."""

    figures: dict[str, Entry] = field(default_factory=dict)
    anchors: dict[str, Any] = field(default_factory=dict)

    def check_used(self, draft: Draft) -> None:
        """Raise if a figure has a name that no figure of the profile has."""
        known = [f"{group}.{name}" for group, entries in draft.figures.items() for name in entries]
        for name in self.figures:
            if name not in known:
                raise unknown("figure", name, known, where=f"{WHAT} [figures]")


def read_own_figures(path: Path | None) -> OwnFigures:
    """A user's file, checked; nothing where there is none.

    Raises
    ------
    UserError
        All that is wrong with it: an unknown field, a figure without a source, a range that does not hold its value.
    """
    if path is None:
        return OwnFigures()
    told = read_toml(path)
    where = path.name
    faults = [
        unknown("table", key, ("figures", "anchors", "without"), where) for key in told
        if key not in ("figures", "anchors", "without")
    ]  # fmt: skip
    figures = {name: dict(entry) for name, entry in told.get("figures", {}).items()}
    for name, entry in figures.items():
        faults += _faults(entry, f"{where} [figures.{name!r}]")
        if name in TOTALS:
            faults.append(
                UserError(f"{name} cannot be set alone: {TOTALS[name]} add up to it", where, mend="leave it out")
            )
    anchors = {key: _anchor(key, about, where, faults) for key, about in told.get("anchors", {}).items()}
    if faults:
        raise together(faults)
    return OwnFigures(figures, {**anchors, "without": list(told.get("without", []))})


def _anchor(key: str, about: Any, where: str, faults: list[UserError]) -> dict[str, Any]:
    spot = f"{where} [anchors.{key}]"
    if not isinstance(about, Mapping):
        faults.append(UserError("not a table", spot))
        return {}
    out = dict(about)
    if out.get("kind", KINDS[0]) not in KINDS:
        faults.append(unknown("kind", str(out["kind"]), KINDS, spot))
    for name, value in about.items():
        if name in _FIGURES:
            faults += _faults(value, f"{spot}.{name}")
            out[name] = {"unit": _unit(name), **value} if isinstance(value, Mapping) else value
        elif name in ("noncontract", "revenue"):
            for line, entry in value.items():
                faults += _faults(entry, f"{spot}.{name}.{line}")
            out[name] = {line: {"unit": "£ a year", **entry} for line, entry in value.items()}
        elif name not in _OTHER:
            faults.append(unknown("field", name, (*_FIGURES, *_OTHER), spot))
    return out


def _unit(name: str) -> str:
    if name == "staff":
        return "jobs located in the borough"
    return "£ a year" if name in _MONEY else "share 0-1"


def _faults(entry: Any, where: str) -> list[UserError]:
    """What is wrong with one figure."""
    if not isinstance(entry, Mapping) or "value" not in entry:
        return [UserError("not a figure", where, allowed="a table with value, source, year; low, high, unit, note")]
    found = [unknown("field", key, FIELDS, where) for key in entry if key not in FIELDS]
    found += [
        UserError(f"no {key}", where, mend='nobody measured it? source = "assumed: why"' if key == "source" else "add it")
        for key in ("source", "year")
        if not str(entry.get(key, "")).strip()
    ]
    numbers = [entry.get("low", entry["value"]), entry["value"], entry.get("high", entry["value"])]
    if any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
        return [*found, UserError(f"value is {entry['value']!r}", where, allowed="a number, without quotation marks")]
    if not numbers[0] <= numbers[1] <= numbers[2] or any(n < 0 or n != n or n > 1e13 for n in numbers):
        told = f"value {numbers[1]:g}, low {numbers[0]:g}, high {numbers[2]:g}"
        found.append(UserError(told, where, "0 <= low <= value <= high"))
    return found
