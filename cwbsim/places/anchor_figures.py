"""Figures of a place's anchors that a scenario replaces: what they spend on contracts, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cwbsim.errors import UserError, together, unknown
from cwbsim.plain_errors import outside_range, range_in_words

if TYPE_CHECKING:
    from cwbsim.places.profile import AnchorProfile, Profile
    from cwbsim.plain_errors import At

__all__ = ["FIGURES", "checked_figures", "with_figures"]

_SHARE = {"low": 0.0, "high": 1.0, "unit": "share of its contract spend", "source": "definition: a share", "year": 2026}

#: What a scenario may say of an anchor: bounds, unit and who says so, and a note.
FIGURES: dict[str, dict[str, Any]] = {
    "contract_budget": {
        "low": 10_000.0, "high": 1e10, "unit": "£ a year",
        "source": "assumed: wide enough for any public body, so that thousands or millions written as pounds are found",
        "year": 2026, "note": "what it spends on contracts; the number of contracts goes with it",
    },
    "local_share": {**_SHARE, "note": "spent with suppliers in the place"},
    "wider_share": {**_SHARE, "note": "spent with suppliers in the rest of the wider area"},
    "influenceable_share": {**_SHARE, "note": "what it may award as it chooses"},
}  # fmt: skip


def checked_figures(written: Any, at: At) -> dict[str, dict[str, float]]:
    """Figures of anchors by key and name, each within its bounds.

    Parameters
    ----------
    written
        What a scenario says.
    at : callable
        From a dotted key to where it stands.

    Raises
    ------
    UserError
        All that is wrong at once.
    """
    if not isinstance(written, Mapping):
        raise UserError(f"anchors is {written!r}", at("anchors"), "a table for each: [anchors.council]")
    out: dict[str, dict[str, float]] = {}
    problems: list[UserError] = []
    for key, figures in written.items():
        if not isinstance(figures, Mapping):
            what = f"anchors.{key} is {figures!r}"
            problems.append(UserError(what, at(f"anchors.{key}"), f"a table: [anchors.{key}]"))
            continue
        for name, value in figures.items():
            problem = _problem(str(name), value, f"anchors.{key}", at)
            problems += [problem] if problem else []
        out[str(key)] = {str(name): value for name, value in figures.items()}
    if problems:
        raise together(problems)
    return {key: {name: float(value) for name, value in figures.items()} for key, figures in out.items()}


def _problem(name: str, value: Any, table: str, at: At) -> UserError | None:
    """What is wrong with one figure, if anything is."""
    where = at(f"{table}.{name}")
    if name not in FIGURES:
        return unknown(f"figure in [{table}]", name, FIGURES, where=where)
    about = FIGURES[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return UserError(f"{table}.{name} is {value!r}, not a number", where, range_in_words(about))
    if about["low"] <= value <= about["high"]:
        return None
    problem = outside_range(f"{table}.{name}", value, about, where)
    if name == "contract_budget":
        mend = "write it in pounds a year, £12 million as 12_000_000"
    elif 1.0 < value <= 100.0:
        mend = f"if {value:g} per cent are meant, write {name} = {value / 100.0:g}"
    else:
        mend = "write a share, a half as 0.5"
    return UserError(problem.what, problem.where, problem.allowed, mend)


def with_figures(profile: Profile, given: Mapping[str, Mapping[str, float]]) -> Profile:
    """Return a profile with some figures of its anchors replaced; contracts keep their law of values, so more money is more.

    Parameters
    ----------
    profile : Profile
    given : mapping of str to mapping of str to float
        Figures by key of the anchor: see ``FIGURES``.

    Raises
    ------
    UserError
        An anchor the place does not have, or shares that add up to more than 1.
    """
    known = {anchor.key for anchor in profile.anchors}
    for key in given:
        if key not in known:
            raise unknown("anchor", key, known, where=f"anchors.{key}")
    return replace(profile, anchors=tuple(_changed(one, given.get(one.key, {})) for one in profile.anchors))


def _changed(anchor: AnchorProfile, given: Mapping[str, float]) -> AnchorProfile:
    if not given:
        return anchor
    changes: dict[str, object] = {}
    for name in ("local_share", "wider_share", "influenceable_share"):
        if name in given:
            value, now = given[name], getattr(anchor, name)
            changes[name] = replace(now, value=value, low=min(now.low, value), high=max(now.high, value))
    if "contract_budget" in given:
        budget = given["contract_budget"]
        changes["contract_budget"] = budget
        changes["n_contracts"] = max(1, round(anchor.n_contracts * budget / max(anchor.contract_budget, 1.0)))
    changed = replace(anchor, **changes)  # type: ignore[arg-type]
    if changed.local_share.value + changed.wider_share.value > 1.0:
        raise UserError(
            f"local_share and wider_share add up to {changed.local_share.value + changed.wider_share.value:g}",
            where=f"anchors.{anchor.key}", allowed="at most 1: they are shares of the same spending",
            mend="lower one of them; where one is left out it is the profile's: local_share "
            f"{anchor.local_share.value:g}, wider_share {anchor.wider_share.value:g}",
        )  # fmt: skip
    return changed
