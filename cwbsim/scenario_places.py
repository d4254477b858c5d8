"""Whether a scenario fits the place it names: its anchors and its neighbours, found before anything is run."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from cwbsim.errors import UserError, together
from cwbsim.levers.base import AnchorNames
from cwbsim.places.anchor_figures import with_figures
from cwbsim.places.neighbours import check_neighbours
from cwbsim.places.profile import Profile, load_profile

if TYPE_CHECKING:
    from cwbsim.plain_errors import At
    from cwbsim.scenario import Scenario

__all__ = ["check_places"]


def check_places(scenario: Scenario, at: At) -> None:
    """Refuse places that are not there, anchors the place does not have, and neighbours that cannot be beside it.

    Parameters
    ----------
    scenario : Scenario
    at : callable
        From a dotted key to where it stands.

    Raises
    ------
    UserError
        All that is wrong at once, each with where it stands.
    """
    place = _profile(scenario.place, at("place"))
    names = AnchorNames.of_bodies(place.anchors)
    checks: list[tuple[str, Callable[[], object]]] = [
        (f"levers.{lever.key()}.anchors", partial(lever.binds, names)) for lever in scenario.levers
    ]
    checks += [
        (f"anchors.{key}", partial(with_figures, place, {key: figures})) for key, figures in scenario.anchors.items()
    ]
    if scenario.neighbours:
        checks.append(("neighbours", partial(_beside, scenario, place)))
    problems = []
    for key, check in checks:
        try:
            check()
        except UserError as problem:
            problems.append(UserError(problem.what, at(key), problem.allowed, problem.mend))
    if problems:
        raise together(problems)


def _beside(scenario: Scenario, place: Profile) -> None:
    """Refuse neighbours that are not there, are named twice or lie elsewhere."""
    profiles = {name: _read(name) for name in scenario.neighbours}
    check_neighbours(scenario.place, scenario.neighbours, {**profiles, scenario.place: place})


def _profile(name: str, where: str) -> Profile:
    """The profile of a place; a place nobody knows is said where it is named, a faulty profile where the fault is."""
    try:
        return _read(name)
    except UserError as problem:
        if Path(name).is_dir():
            raise
        raise UserError(problem.what, where, problem.allowed, problem.mend) from None


def _read(name: str) -> Profile:
    """A profile; those that ship are read once, a folder of the user's may change between two readings."""
    return load_profile(name) if Path(name).is_dir() else _shipped(name)


@lru_cache(maxsize=64)
def _shipped(name: str) -> Profile:
    return load_profile(name)
