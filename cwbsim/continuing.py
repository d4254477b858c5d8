"""Whether a run may go on from a snapshot: it must have been built from what the scenario says of the start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwbsim.errors import UserError, together
from cwbsim.parameters import load_parameters

if TYPE_CHECKING:
    from cwbsim.scenario import Scenario
    from cwbsim.world import World

__all__ = ["MAY_DIFFER", "built_from", "check_alike", "check_months"]

#: Fields of a scenario that shape neither the start nor the months before the snapshot, or are meant to change there.
MAY_DIFFER = frozenset(
    {"schema_version", "title", "question", "assumptions", "references", "adopters", "months", "closure", "unlawful", "levers"}
)


def built_from(scenario: Scenario) -> dict[str, object]:
    """Return what shapes a starting world besides its seed and parameters, by the name a scenario file gives it."""
    shape: dict[str, object] = {
        name: getattr(scenario, name) for name in ("place", "scale", "io_year", "flq_delta", "starts")
    }
    shape["neighbours"] = ", ".join(sorted(scenario.neighbours)) or "none"  # in whatever order
    for key, figures in scenario.anchors.items():
        shape |= {f"anchors.{key}.{name}": value for name, value in figures.items()}
    return shape


def check_alike(scenario: Scenario, seed: int, start: World) -> None:
    """Refuse a snapshot of another start than the scenario's.

    Parameters
    ----------
    scenario : Scenario
        Of all boroughs, where there are several.
    seed : int
    start : World
        The snapshot; of several boroughs, that of the scenario's place.

    Raises
    ------
    UserError
        What differs, each with what the snapshot has and what is asked.
    """
    has, asked = start.built_from, built_from(scenario)
    differ = [
        (name, has.get(name, _unsaid(name)), asked.get(name, _unsaid(name)))
        for name in dict.fromkeys([*asked, *has])
        if has.get(name) != asked.get(name)
    ]
    other = load_parameters(scenario.parameters)
    for name in other.names():
        values = start.parameters.figure(name).value, other.figure(name).value
        if values[0] != values[1]:
            differ.append((f"parameters.{name}", *values))
    if start.seed != seed and has.get("place") == asked["place"]:  # a neighbour's luck follows from the place's
        differ.append(("seed", start.seed, seed))
    if differ:
        raise together([_other_start(*one) for one in differ])


def _unsaid(name: str) -> str:
    """What holds where nothing is said: of an anchor its profile, of a world made by hand nobody knows."""
    return "the profile's own" if name.startswith("anchors.") else "not known"


def check_months(scenario: Scenario, start: World) -> None:
    """Refuse a snapshot after which there is no month left to run."""
    if start.month >= scenario.months:
        raise UserError(
            f"the snapshot is of month {start.month}, the run ends in month {scenario.months}",
            mend="raise the number of months",
        )


def _other_start(name: str, has: object, asked: object) -> UserError:
    return UserError(
        f"the snapshot's {name} is {has}, the run asks for {asked}", mend=f"continue with {name} {has}, or start anew"
    )
