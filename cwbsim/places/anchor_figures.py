"""Figures of a place's anchors that a scenario replaces: what they spend on contracts, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cwbsim.errors import UserError, unknown

if TYPE_CHECKING:
    from cwbsim.places.profile import AnchorProfile, Profile

__all__ = ["BOUNDS", "checked_figures", "with_figures"]

#: What a scenario may say of an anchor, with bounds; budgets in £ a year, the others shares of contract spend.
BOUNDS: dict[str, tuple[float, float]] = {
    "contract_budget": (10_000.0, 1e10),
    "local_share": (0.0, 1.0),
    "wider_share": (0.0, 1.0),
    "influenceable_share": (0.0, 1.0),
}


def checked_figures(written: Any) -> dict[str, dict[str, float]]:
    """Figures of anchors by key and name, each within its bounds."""
    if not isinstance(written, Mapping) or not all(isinstance(figures, Mapping) for figures in written.values()):
        raise UserError(f"anchors is {written!r}", "anchors", "a table for each: [anchors.council]")
    out: dict[str, dict[str, float]] = {}
    for key, figures in written.items():
        out[str(key)] = {}
        for name, value in figures.items():
            where = f"anchors.{key}.{name}"
            if name not in BOUNDS:
                raise unknown("figure of an anchor", name, BOUNDS, where=where)
            low, high = BOUNDS[name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise UserError(f"{name} is {value!r}", where, f"{low:g} to {high:g}")
            out[str(key)][name] = float(value)
    return out


def with_figures(profile: Profile, given: Mapping[str, Mapping[str, float]]) -> Profile:
    """Return a profile with some figures of its anchors replaced; contracts keep their law of values, so more money is more.

    Parameters
    ----------
    profile : Profile
    given : mapping of str to mapping of str to float
        Figures by key of the anchor: see ``BOUNDS``.

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
        )  # fmt: skip
    return changed
