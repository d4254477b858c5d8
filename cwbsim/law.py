"""What the law of a date lets an anchor do: a scenario that asks for more is refused, or says so everywhere.

The rules are data, ``cwbsim/data/law/england.toml``: each with the day it holds from, whom it binds, its words and
its source. Months have days of their own here: a month is held against the rules of its first day.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cwbsim.errors import UserError, together
from cwbsim.levers.base import AnchorNames
from cwbsim.places.profile import load_profile

if TYPE_CHECKING:
    from cwbsim.levers import Lever
    from cwbsim.scenario import Scenario

__all__ = ["broken_rules", "day_of", "refuse", "rule_at", "rules", "what_if"]

RULES = Path(__file__).parent / "data" / "law" / "england.toml"
WHAT_IF = " (what-if, unlawful at its date: "
THRESHOLDS = {"goods_services": "goods and services", "works": "works", "light_touch": "light-touch services"}
RESERVED_BELOW = {"goods_services": "below", "works": "below_works", "light_touch": "below_light_touch"}


@lru_cache(maxsize=1)
def rules() -> dict[str, tuple[dict[str, Any], ...]]:
    """Return the rules by name, each in the order of its dates."""
    read = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return {name: tuple(sorted(rows, key=lambda row: row["from"])) for name, rows in read.items()}


def rule_at(name: str, day: date, kind: str = "") -> dict[str, Any] | None:
    """Return the rule of a name that holds on a day for a kind of anchor, None if there is none yet."""
    held = [
        row for row in rules()[name]
        if date.fromisoformat(row["from"]) <= day and (not kind or kind in row.get("kinds", (kind,)))
    ]  # fmt: skip
    return held[-1] if held else None


def day_of(starts: str, month: int) -> date:
    """Return the first day of a month of a run that starts in a calendar month such as ``"2026-04"``."""
    first = date.fromisoformat(f"{starts}-01")
    months = first.year * 12 + first.month - 1 + month - 1
    return date(months // 12, months % 12 + 1, 1)


def broken_rules(scenario: Scenario) -> list[UserError]:
    """Return what a scenario asks for that its date and its anchors do not allow, each naming the rule.

    Parameters
    ----------
    scenario : Scenario

    Returns
    -------
    list of UserError
        Empty if all is lawful. Not raised here: a scenario may say ``unlawful = "allow"``.
    """
    found: list[UserError] = []
    for lever in scenario.levers:
        check = _CHECKS.get(lever.key())
        if check is None or lever.start_month > scenario.months:
            continue
        day = day_of(scenario.starts, lever.start_month)
        names: dict[tuple[str, str], list[str]] = {}  # (rule, way out) -> the anchors it stops
        for name, kind in _bound(lever, scenario.place):
            for broken in check(lever, day, kind):
                names.setdefault(broken, []).append(name)
        for (rule, way_out), stopped in names.items():
            what = f"{lever.key()} for {_listed(stopped)} from {day:%B %Y} is unlawful: {rule}"
            mend = f'{way_out}, or say unlawful = "allow" at the top: every result will then say so'
            found.append(UserError(what, where=f"levers.{lever.key()}", mend=mend))
    return found


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def refuse(problems: list[UserError]) -> None:
    """Raise what was found, all at once.

    Raises
    ------
    UserError
    """
    if problems:
        raise together(problems)


def what_if(scenario: Scenario) -> str:
    """Return what of a scenario is unlawful, ``"what-if, unlawful at its date: bid_preference"``; "" if nothing is."""
    _, found, levers = scenario.title.partition(WHAT_IF)
    return found.strip(" (") + " " + levers.removesuffix(")") if found else ""


def _bound(lever: Lever, place: str) -> Iterator[tuple[str, str]]:
    """Names and kinds of the anchors a lever binds."""
    bodies = load_profile(place).anchors
    names = AnchorNames(tuple(b.key for b in bodies), tuple(b.kind for b in bodies))
    for body, bound in zip(bodies, lever.binds(names), strict=True):
        if bound:
            yield body.name, body.kind


type _Check = Callable[[Any, date, str], Iterator[tuple[str, str]]]


def _reservation(lever: Any, day: date, kind: str) -> Iterator[tuple[str, str]]:
    asked = {
        "goods_services": lever.below, "works": lever.below_works or 0.0, "light_touch": lever.below_light_touch or 0.0,
    }  # fmt: skip
    if not any(asked.values()):
        return
    rule = rule_at("reservation", day, kind)
    if rule is not None and not rule["allowed"]:
        yield rule["rule"], _later_start(lever, day, kind)
        return
    bounds = rule_at("threshold", day) or {}
    for name, value in asked.items():
        if name in bounds and value > bounds[name]:
            yield (
                f"only contracts below the threshold may be reserved, £{bounds[name]:,} for"
                f" {THRESHOLDS[name]} ({bounds['source']}); asked for £{value:,.0f}"
            ), f"lower {RESERVED_BELOW[name]} to {bounds[name]}"


def _later_start(lever: Any, day: date, kind: str) -> str:
    """The way out of a reservation that is too early: the first month whose first day is lawful, if there is one."""
    allowed = [row for row in rules()["reservation"] if row["allowed"] and kind in row["kinds"]]
    if not allowed:
        return "bind only councils and police"
    first = date.fromisoformat(allowed[0]["from"])
    wait = (first.year - day.year) * 12 + first.month - day.month + (first.day > 1)
    month = day_of(f"{day:%Y-%m}", 1 + wait)
    return f"start it in {month:%Y-%m} or later (start_month = {lever.start_month + wait})"


def _preference(lever: Any, day: date, kind: str) -> Iterator[tuple[str, str]]:
    rule = rule_at("preference", day, kind)
    if lever.preference > 0.0 and rule is not None and not rule["allowed"]:
        yield rule["rule"], "leave the preference out"


def _payment(lever: Any, day: date, kind: str) -> Iterator[tuple[str, str]]:
    rule = rule_at("payment", day, kind)
    if rule is not None and lever.days is not None and lever.days > rule["most_days"]:
        yield rule["rule"], f"pay within {rule['most_days']} days"


_CHECKS: dict[str, _Check] = {
    "below_threshold_reservation": _reservation,
    "bid_preference": _preference,
    "prompt_payment": _payment,
}
