"""Outlines of boroughs and wards, made simple enough to ship and to draw: neighbours keep one common edge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cwbsim.places.sources.areas import areas
from cwbsim.places.sources.wards import rings, ward_shapes

type Point = tuple[float, float]

TOLERANCE_KM = 0.06  # how far an edge may move
DIGITS = 4  # of a degree: 7 m east, 11 m north
_KM_A_DEGREE = (66.1, 111.2)  # east and north at 53.5 N
ATTRIBUTION = (
    "Source: Office for National Statistics licensed under the Open Government Licence v3.0. Contains OS data "
    "© Crown copyright and database right 2023. Simplified to about 60 m."
)


def outlines_of(area: str, data: Path) -> dict[str, Any]:
    """Boroughs of an area, and wards where a boundary is at hand, as one GeoJSON collection."""
    members = areas()[area]["members"]
    found: list[tuple[dict[str, str], Any]] = []
    for shape in _boroughs(data):
        code = shape["properties"].get("area_code") or shape["properties"].get("ons_code")
        if code in members:
            found.append(({"kind": "borough", "code": code, "name": members[code], "borough": code}, shape["geometry"]))
    for code in members:
        for ward, (name, _, _, geometry) in sorted(ward_shapes(code, data).items()):
            found.append(({"kind": "ward", "code": ward, "name": name, "borough": code}, geometry))
    flat = [_rounded(ring) for _, geometry in found for ring in rings(geometry)]
    simple = iter(simplified(flat))
    features = [_feature(about, geometry, simple) for about, geometry in found]
    return {"type": "FeatureCollection", "attribution": ATTRIBUTION, "features": features}


def as_text(collection: dict[str, Any]) -> str:
    """The collection as text, a feature a line."""
    head = {key: value for key, value in collection.items() if key != "features"}
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in collection["features"])
    return json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + lines + "\n]}\n"


def _boroughs(data: Path) -> Iterator[Any]:
    for file in ("gm_local_authority_generalised.geojson", "council_boundaries.json"):
        path = data / "boundaries" / file
        if path.is_file():
            yield from json.loads(path.read_text(encoding="utf-8"))["features"]


def _rounded(ring: Sequence[Sequence[float]]) -> list[Point]:
    points = [(round(p[0], DIGITS), round(p[1], DIGITS)) for p in ring[:-1]]
    return [p for i, p in enumerate(points) if p != points[i - 1]]


def _feature(about: dict[str, str], geometry: Any, simple: Iterator[list[Point]]) -> dict[str, Any]:
    """A feature with its simple rings in place of the published ones; specks that vanish are left out."""
    parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    kept = []
    for part in parts:
        closed = [[*ring, ring[0]] for ring in (next(simple) for _ in part) if len(ring) > 2]
        if closed:
            kept.append(closed)
    shape = {"type": "Polygon", "coordinates": kept[0]} if len(kept) == 1 else {"type": "MultiPolygon", "coordinates": kept}
    return {"type": "Feature", "properties": about, "geometry": shape}


def simplified(closed: Sequence[list[Point]]) -> list[list[Point]]:
    """Rings with fewer points, all at once, so that an edge that two share stays shared.

    Parameters
    ----------
    closed
        Rings without a repeated last point.

    Notes
    -----
    Rings are cut where three or more meet; each piece between such points is thinned once (Douglas and Peucker
    1973), in one direction, and used by every ring that has it.
    """
    near: dict[Point, set[Point]] = {}
    for ring in closed:
        for i, point in enumerate(ring):
            near.setdefault(point, set()).update((ring[i - 1], ring[(i + 1) % len(ring)]))
    known: dict[tuple[Point, ...], list[Point]] = {}
    return [_ring(ring, near, known) for ring in closed]


def _ring(ring: list[Point], near: dict[Point, set[Point]], known: dict[tuple[Point, ...], list[Point]]) -> list[Point]:
    if len(ring) < 4:
        return ring
    cuts = [i for i, point in enumerate(ring) if len(near[point]) > 2]
    if len(cuts) < 2:  # an island, or touched at one point: cut at two points far from each other
        first = cuts[0] if cuts else min(range(len(ring)), key=lambda i: ring[i])
        cuts = sorted({first, max(range(len(ring)), key=lambda i: _far(ring[i], ring[first]))})
    out: list[Point] = []
    for start, stop in zip(cuts, [*cuts[1:], cuts[0] + len(ring)], strict=True):
        piece = tuple(ring[i % len(ring)] for i in range(start, stop + 1))
        back = piece[::-1] < piece
        key = piece[::-1] if back else piece
        if key not in known:
            known[key] = _thin(key)
        thin = known[key]
        out += (thin[::-1] if back else thin)[:-1]
    return out


def _far(one: Point, other: Point) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _thin(line: Iterable[Point]) -> list[Point]:
    """A line with the points that lie within the tolerance of it taken out; its ends stay."""
    points = list(line)
    at = np.array(points) * np.array(_KM_A_DEGREE)
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        a, b = spans.pop()
        if b - a < 2:
            continue
        away = at[b] - at[a]
        length = float(np.hypot(*away))
        offset = at[a + 1 : b] - at[a]
        if length:
            distance = np.abs(offset[:, 0] * away[1] - offset[:, 1] * away[0]) / length
        else:
            distance = np.hypot(offset[:, 0], offset[:, 1])
        worst = int(np.argmax(distance))
        if distance[worst] > TOLERANCE_KM:
            keep[a + 1 + worst] = True
            spans += [(a, a + 1 + worst), (a + 1 + worst, b)]
    return [p for p, kept in zip(points, keep, strict=True) if kept]
