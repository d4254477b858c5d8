"""How boroughs hang together before anything happens: who commutes where, and where people and firms buy.

Commuting is counted by the census. Where people shop who leave their own borough, and where firms buy what
their borough does not make, nobody has measured: both follow a law of gravity, mass times an exponential fall
with distance, as choices of a shop within a borough do.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.places.neighbours import area_of, one_area
from cwbsim.places.profile import Profile, load_profile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cwbsim.parameters import Parameters

__all__ = ["Ties", "area_of", "commuters", "tie"]


@dataclass(frozen=True, slots=True)
class Ties:
    """Shares of what crosses the borders, between the boroughs simulated (B of them). The diagonals are nil.

    Attributes
    ----------
    work_in : ndarray of float, shape (B, B)
        Of the residents of the row who work in the wider area, the share who work in the column.
    come_from : ndarray of float, shape (B, B)
        Of the jobs of the column that people of the wider area hold, the share that residents of the row hold.
    shop_in : ndarray of float, shape (B, B)
        Of what households of the row spend in the wider area, the share they spend in the column.
    buy_in : ndarray of float, shape (B, B, S)
        Of what firms and anchors of the row buy in the wider area, by section, the share they buy in the column.
    """

    work_in: np.ndarray
    come_from: np.ndarray
    shop_in: np.ndarray
    buy_in: np.ndarray


@lru_cache(maxsize=1)
def commuters() -> dict[tuple[str, str], int]:
    """Return commuters between districts by (home, work), as compiled from the censuses of 2011 and 2021."""
    with files("cwbsim").joinpath("data/uk/commuting_between.csv").open(encoding="utf-8") as file:
        return {(row["origin"], row["destination"]): int(row["workers"]) for row in csv.DictReader(file)}


def tie(profiles: Sequence[Profile], others: Sequence[Profile], parameters: Parameters) -> Ties:
    """Return the ties between boroughs.

    Parameters
    ----------
    profiles : sequence of Profile
        The boroughs that are simulated.
    others : sequence of Profile
        The other boroughs of their area, which are not, but where people shop and firms buy as well.
    parameters : Parameters
        For how far people go to shop and firms to buy.

    Raises
    ------
    UserError
        Boroughs that are not in one area.
    """
    n = len(profiles)
    area = one_area(profiles)
    out = np.array([[_flow(a.code, b.code) for b in profiles] for a in profiles], float)
    leave = np.array([sum(_flow(a.code, code) for code in area) for a in profiles], float)
    come = np.array([sum(_flow(code, b.code) for code in area) for b in profiles], float)
    every = [*profiles, *others]
    apart = np.stack([[_distance(a, b) for b in every] for a in profiles])
    shop, buy = parameters.places.shop_distance_km, parameters.places.business_distance_km
    shopping = np.array([[_shopping_pull(a, b, shop) for b in every] for a in profiles])
    mass = np.array([b.jobs_by_section for b in every])
    buying = np.exp(-apart / buy)[:, :, None] * mass[None]
    for i in range(n):
        shopping[i, i], buying[i, i] = 0.0, 0.0
    return Ties(
        work_in=out / np.maximum(leave, 1.0)[:, None],
        come_from=out / np.maximum(come, 1.0)[None, :],
        shop_in=(shopping / np.maximum(shopping.sum(axis=1, keepdims=True), 1e-300))[:, :n],
        buy_in=(buying / np.maximum(buying.sum(axis=1, keepdims=True), 1e-300))[:, :n],
    )


def _flow(origin: str, destination: str) -> int:
    return 0 if origin == destination else commuters().get((origin, destination), 0)


def _centres(profile: Profile) -> tuple[np.ndarray, np.ndarray]:
    """Return ward centres, (W, 2) km, and the share of households in each, (W,)."""
    people = profile.households_by_ward_decile.sum(axis=1)
    return np.array([(ward.x_km, ward.y_km) for ward in profile.wards]), people / people.sum()


def _apart(one: Profile, other: Profile) -> tuple[np.ndarray, np.ndarray]:
    """Return kilometres between the wards of two boroughs, (W, V), and the part of people each pair stands for."""
    (a, of_a), (b, of_b) = _centres(one), _centres(other)
    return np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)), of_a[:, None] * of_b[None]


def _distance(one: Profile, other: Profile) -> float:
    kilometres, weight = _apart(one, other)
    return float((kilometres * weight).sum())


def _shopping_pull(home: Profile, there: Profile, decay_km: float) -> float:
    """Return how strongly shops of one borough pull on households of another: retail jobs by distance of wards."""
    kilometres, weight = _apart(home, there)
    return float((np.exp(-kilometres / decay_km) * weight).sum() * there.jobs_by_section[6])


def area_profiles(profiles: Sequence[Profile]) -> list[Profile]:
    """Return the profiles that ship of the other boroughs of the area."""
    mine = {profile.code for profile in profiles}
    area = area_of(profiles[0].code)
    return [one for one in _shipped() if one.code in area and one.code not in mine]


@lru_cache(maxsize=1)
def _shipped() -> tuple[Profile, ...]:
    folder = files("cwbsim").joinpath("data/places")
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_dir())
    return tuple(load_profile(name) for name in names)
