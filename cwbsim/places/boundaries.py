"""Simplified boundaries of the boroughs and wards that ship, for maps.

They are for drawing, not for measuring: edges may be 60 m off. Attribution is in :data:`Boundaries.attribution` and has to
stand wherever they are shown.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

from cwbsim.errors import UserError, unknown
from cwbsim.places.shipped import AREAS

__all__ = ["Boundaries", "Outline", "load_boundaries"]

type Ring = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Outline:
    """One borough or ward.

    Attributes
    ----------
    code, name : str
        As the Office for National Statistics has them.
    borough : str
        Code of the borough it is, or lies in.
    rings : tuple of ndarray of float, shape (P, 2)
        Longitude and latitude (WGS 84) of each ring; the first and last points are the same.
    """

    code: str
    name: str
    borough: str
    rings: tuple[Ring, ...]


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Outlines of an area: every borough, and every ward for which there is a boundary."""

    boroughs: tuple[Outline, ...]
    wards: tuple[Outline, ...]
    attribution: str

    def wards_of(self, borough: str) -> tuple[Outline, ...]:
        """The wards of a borough, by its code or name; none where only stand-in areas are known."""
        code = next((b.code for b in self.boroughs if borough in (b.code, b.name)), None)
        if code is None:
            raise unknown("borough", borough, [b.name for b in self.boroughs])
        return tuple(ward for ward in self.wards if ward.borough == code)


@cache
def load_boundaries(area: str) -> Boundaries:
    """The boundaries of an area that ships.

    Parameters
    ----------
    area
        ``"greater_manchester"`` or ``"lancashire"``, or the code of a borough of theirs, ``"E08000010"``.

    Raises
    ------
    UserError
        No boundaries ship for it.
    """
    if area.startswith("E0"):
        for name in AREAS:
            if any(borough.code == area for borough in load_boundaries(name).boroughs):
                return load_boundaries(name)
        raise UserError(f"no boundaries ship for {area}", allowed="the boroughs of " + " and ".join(AREAS))
    if area not in AREAS:
        raise unknown("area", area, AREAS)
    path = files("cwbsim") / "data" / "boundaries" / f"{area}.geojson"
    told = json.loads(path.read_text(encoding="utf-8"))
    found = {
        kind: tuple(_outline(f) for f in told["features"] if f["properties"]["kind"] == kind)
        for kind in ("borough", "ward")
    }
    return Boundaries(found["borough"], found["ward"], told["attribution"])


def _outline(feature: dict[str, Any]) -> Outline:
    about, shape = feature["properties"], feature["geometry"]
    parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    rings = tuple(np.array(ring, dtype=np.float64) for part in parts for ring in part)
    return Outline(about["code"], about["name"], about["borough"], rings)
