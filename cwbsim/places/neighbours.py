"""Which boroughs may be simulated beside each other: each once, all of one area."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from cwbsim.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cwbsim.places.profile import Profile

__all__ = ["area_of", "check_neighbours", "one_area"]


@lru_cache(maxsize=1)
def _areas() -> tuple[tuple[str, ...], ...]:
    text = files("cwbsim").joinpath("data/building/areas.toml").read_text(encoding="utf-8")
    return tuple(tuple(area["members"]) for area in tomllib.loads(text).values() if "members" in area)


def area_of(code: str) -> tuple[str, ...]:
    """Return the codes of all the boroughs of the area that a borough lies in, its own among them.

    Raises
    ------
    UserError
        An area that is not described.
    """
    found = [members for members in _areas() if code in members]
    if not found:
        raise UserError(
            f"the area round {code} is not described, so nothing says what of it its neighbours are",
            "neighbours",
            allowed="boroughs of an area in cwbsim/data/building/areas.toml: Greater Manchester, Lancashire",
        )
    return found[0]


def one_area(profiles: Sequence[Profile]) -> tuple[str, ...]:
    """Return the codes of the area that all these boroughs lie in.

    Raises
    ------
    UserError
        An area that is not described, or boroughs of two.
    """
    area = area_of(profiles[0].code)
    for profile in profiles:
        if profile.code not in area:
            raise UserError(
                f"{profile.name} and {profiles[0].name} are in different areas",
                "neighbours",
                allowed="boroughs of one area: what is the wider area to the one must hold the other",
                mend=f"leave out {profile.name}",
            )
    return area


def check_neighbours(place: str, neighbours: Sequence[str], profiles: Mapping[str, Profile]) -> None:
    """Refuse a borough that is named twice, under whatever name, and boroughs of different areas.

    Parameters
    ----------
    place : str
    neighbours : sequence of str
    profiles : mapping of str to Profile
        Of each of them, by its name in the scenario.

    Raises
    ------
    UserError
    """
    codes: set[str] = set()
    for name in (place, *neighbours):
        if profiles[name].code in codes:
            raise UserError(
                f"{profiles[name].name} is named twice: place is {place!r}, neighbours are {', '.join(neighbours)}",
                "neighbours",
                mend="name each borough once, and place not among its neighbours",
            )
        codes.add(profiles[name].code)
    if neighbours:
        one_area([profiles[name] for name in (place, *neighbours)])
