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

__all__ = ["broken_rules", "day_of", "refuse", "rule_at", "rules"]

RULES = Path(__file__).parent / "data" / "law" / "england.toml"


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
        for name, kind in _bound(lever, scenario.place):
            broken = check(lever, day, kind)
            if broken:
                what = f"{lever.key()} for {name} from {day:%B %Y} is unlawful: {broken[0]}"
                mend = f'{broken[1]}, or say unlawful = "allow" at the top: every result will then say so'
                found.append(UserError(what, where=f"levers.{lever.key()}", mend=mend))
                break
    return found


def refuse(problems: list[UserError]) -> None:
    """Raise what was found, all at once.

    Raises
    ------
    UserError
    """
    if problems:
        raise together(problems)


def _bound(lever: Lever, place: str) -> Iterator[tuple[str, str]]:
    """Names and kinds of the anchors a lever binds."""
    bodies = load_profile(place).anchors
    names = AnchorNames(tuple(b.key for b in bodies), tuple(b.kind for b in bodies))
    for body, bound in zip(bodies, lever.binds(names), strict=True):
        if bound:
            yield body.name, body.kind


type _Check = Callable[[Any, date, str], tuple[str, str] | None]


def _reservation(lever: Any, day: date, kind: str) -> tuple[str, str] | None:
    if lever.below == 0.0 and not lever.below_works:
        return None
    rule = rule_at("reservation", day, kind)
    if rule is not None and not rule["allowed"]:
        later = [row for row in rules()["reservation"] if row["allowed"] and kind in row["kinds"]]
        when = f"start it in {later[0]['from'][:7]} or later" if later else "bind only councils and police"
        return rule["rule"], when
    bounds = rule_at("threshold", day)
    for asked, name in ((lever.below, "goods_services"), (lever.below_works or 0.0, "works")):
        if bounds is not None and asked > bounds[name]:
            return (
                f"only contracts below the threshold may be reserved, £{bounds[name]:,} for"
                f" {name.replace('_', ' and ')} ({bounds['source']}); asked for £{asked:,.0f}"
            ), f"lower the bound to {bounds[name]}"
    return None


def _preference(lever: Any, day: date, kind: str) -> tuple[str, str] | None:
    rule = rule_at("preference", day, kind)
    if lever.preference > 0.0 and rule is not None and not rule["allowed"]:
        return rule["rule"], "leave the preference out"
    return None


def _turnover(lever: Any, day: date, kind: str) -> tuple[str, str] | None:
    rule = rule_at("turnover", day, kind)
    if rule is not None and lever.multiple is not None and lever.multiple > rule["most"]:
        return rule["rule"], f"ask for {rule['most']:g} at most"
    return None


def _payment(lever: Any, day: date, kind: str) -> tuple[str, str] | None:
    rule = rule_at("payment", day, kind)
    if rule is not None and lever.days is not None and lever.days > rule["most_days"]:
        return rule["rule"], f"pay within {rule['most_days']} days"
    return None


_CHECKS: dict[str, _Check] = {
    "below_threshold_reservation": _reservation,
    "bid_preference": _preference,
    "turnover_requirement": _turnover,
    "prompt_payment": _payment,
}
