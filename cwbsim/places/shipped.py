"""The places that ship with the package, at a glance."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

__all__ = ["AREAS", "places_of_area", "shipped_names", "shipped_places"]

#: Areas whose boroughs are all shipped, by the key used in the package's data.
AREAS = ("greater_manchester", "lancashire")


def shipped_names() -> list[str]:
    """Names of the places shipped, as a scenario gives them, in order of the alphabet."""
    own = files("cwbsim") / "data" / "places"
    return sorted(f.name for f in own.iterdir() if f.is_dir() and (f / "figures.toml").is_file())


def shipped_places() -> list[dict[str, Any]]:
    """Name, code, area and size of each place shipped, and how many of its figures nobody measured."""
    return [_glance(name) for name in shipped_names()]


def places_of_area(area: str) -> list[str]:
    """Names of the places of an area, ``"greater_manchester"``, in order of their codes."""
    members = _areas()[area]["members"]
    found = {row["code"]: row["place"] for row in shipped_places()}
    return [found[code] for code in members if code in found]


def _areas() -> dict[str, Any]:
    text = (files("cwbsim") / "data" / "building" / "areas.toml").read_text(encoding="utf-8")
    return {key: about for key, about in tomllib.loads(text).items() if key != "county"}


def _glance(name: str) -> dict[str, Any]:
    folder = files("cwbsim") / "data" / "places" / name
    told = tomllib.loads((folder / "figures.toml").read_text(encoding="utf-8"))
    anchors = tomllib.loads((folder / "anchors.toml").read_text(encoding="utf-8"))["anchor"]
    place = told.pop("place")
    figures = [entry for group in told.values() for entry in group.values()]
    for anchor in anchors:
        inner = [v for v in anchor.values() if isinstance(v, dict)]
        figures += [v for v in inner if "value" in v]
        figures += [line for side in ("noncontract", "revenue") for line in anchor[side].values()]
    area = next((a["name"] for a in _areas().values() if place["code"] in a["members"]), "")
    wards = (folder / "wards.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {
        "place": name,
        "name": place["name"],
        "code": place["code"],
        "area": area,
        "people": int(told["people"]["usual_residents"]["value"]),
        "households": int(told["households"]["households"]["value"]),
        "wards": f"{len(wards)} stand-in areas" if "-" in wards[0].split(",")[0] else f"{len(wards)}",
        "figures": len(figures),
        "assumed": sum(str(entry["source"]).startswith("assumed") for entry in figures),
    }
