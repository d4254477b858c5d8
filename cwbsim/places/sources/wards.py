"""Wards or other areas of a borough: where they are, who lives there, how deprived they are.

Ward by ward where a table of neighbourhoods to wards is at hand; where the wards have been redrawn since, people are
moved to the new ones by area; where no ward is at hand, runs of neighbouring neighbourhoods stand in for them.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.errors import UserError
from cwbsim.places.sources.areas import place_of
from cwbsim.places.sources.census import CENSUS
from cwbsim.places.sources.draft import Draft
from cwbsim.places.sources.postcodes import grid_references
from cwbsim.places.sources.published import r_table
from cwbsim.places.sources.rounding import Floats, apportion

IMD = "MHCLG English Indices of Deprivation 2025"
AREA_HOMES = 3_300  # households of a stand-in area, about a middle-layer census area
_GRID = 60  # points a side by which the overlap of two shapes is measured


@dataclass(frozen=True)
class Areas:
    """Wards, or what stands in for them.

    Attributes
    ----------
    codes, names : (W,) texts
    at : (W, 2) centre, km
    homes : (W, 10) households by deprivation decile of their neighbourhood
    score : (W,) households' mean score of deprivation
    source, note
        How they were made.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    at: Floats
    homes: Floats
    score: Floats
    source: str
    note: str
    year: int | str


def add_wards(draft: Draft) -> None:
    """Ward centres, households by ward and deprivation decile, and how deprived each ward is."""
    areas = areas_of(draft.code, draft.data)
    total = int(draft.value("households.households"))
    whole = apportion(areas.homes.ravel(), total).reshape(areas.homes.shape)
    draft.table(
        "wards",
        ["code", "name", "x_km", "y_km"],
        [[c, n, *at] for c, n, at in zip(areas.codes, areas.names, areas.at.tolist(), strict=True)],
        title="Ward centres",
        unit="km, in line with the British National Grid to within about 1 km",
        source=areas.source,
        year=areas.year,
        note=areas.note,
    )
    draft.table(
        "households_ward_decile",
        ["ward", *(f"decile_{d}" for d in range(1, 11))],
        [[c, *map(int, row)] for c, row in zip(areas.codes, whole, strict=True)],
        title="Households by ward and deprivation decile (1 is the most deprived tenth of England)",
        unit="households",
        source=f"{CENSUS} households by LSOA; {IMD}",
        year="2021; 2025",
        note="; ".join(
            filter(
                None,
                ["LSOA counts are perturbed; shared out to the borough's total by largest remainder", areas.note],
            )
        ),
    )
    homes = whole.sum(axis=1)
    worst = np.divide(whole[:, :2].sum(axis=1), homes, out=np.zeros(homes.shape), where=homes > 0)
    draft.table(
        "ward_deprivation",
        ["ward", "score", "most_deprived_fifth_share"],
        [
            [c, round(float(s), 2), round(float(w), 4)]
            for c, s, w in zip(areas.codes, areas.score, worst, strict=True)
        ],
        title="How deprived each ward is",
        unit="households' mean score of their LSOA (higher is more deprived); share of households 0-1",
        source=f"derived: {IMD} by LSOA, weighted by {CENSUS} households",
        year="2021; 2025",
        note=areas.note,
    )


@cache
def areas_of(code: str, data: Path) -> Areas:
    """The wards of a borough, by the best tables at hand."""
    lsoa = neighbourhoods(code, data)
    shapes = ward_shapes(code, data)
    lookup = _ward_lookup(code, data)
    wanted = set(shapes)
    if shapes and lookup is not None and set(lookup["ward"]) <= wanted:
        return _by_lookup(lsoa.join(lookup[["ward"]], how="inner"), shapes, "")
    if shapes and lookup is not None:
        return _by_overlap(lsoa, lookup, shapes, data)
    if lookup is not None and not shapes:
        raise UserError(f"the wards of {code} have no boundary", "boundaries", mend="a file of ward boundaries")
    return _stand_ins(code, lsoa, data)


@cache
def neighbourhoods(code: str, data: Path) -> pd.DataFrame:
    """A borough's LSOAs in the order of the census table: homes, decile, score.

    The table names no authority, but lists them one after another in the order of the table of households by
    authority; each takes the LSOAs that make up its households. Counts are perturbed by a few, an LSOA has
    hundreds of households, so the cut is never in doubt.
    """
    homes = r_table(data / "households_census" / "household_deprivation21_lsoa21.rda")
    by_lsoa = pd.Series(homes.groupby("lsoa21_code", sort=False)["total_households"].first())
    totals = r_table(data / "households_census" / "households21_england_wales_ltla23.rda").set_index("ltla23_code")
    ends = totals["households"].astype(float).cumsum()
    running = np.cumsum(by_lsoa.to_numpy(dtype=float))
    running *= float(ends.iloc[-1]) / running[-1]
    if code not in ends.index:
        raise UserError(f"no row for {code}", "households21_england_wales_ltla23.rda")
    last = float(ends[code])
    first = last - float(totals["households"][code])
    start, stop = (int(np.argmin(np.abs(np.append(0.0, running) - edge))) for edge in (first, last))
    scores = r_table(data / "imd" / "imd2025_england_lsoa21.rda").set_index("lsoa21_code")
    found = pd.DataFrame({"homes": by_lsoa.iloc[start:stop]})
    missing = [name for name in found.index if name not in scores.index]
    if missing:
        raise UserError(f"{len(missing)} neighbourhoods have no decile", "imd2025_england_lsoa21.rda")
    found["decile"] = scores["IMD_decile"][found.index].astype(int)
    found["score"] = scores["IMD_score"][found.index].astype(float)
    return found


@cache
def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


@cache
def ward_shapes(code: str, data: Path) -> dict[str, tuple[str, float, float, Any]]:
    """Wards with a boundary at hand: code to name, longitude and latitude of the centre, geometry."""
    folder = data / "boundaries"
    found = {}
    for shape in _features(folder / "gm_ward_generalised.geojson"):
        about = shape["properties"]
        if about["local_authority_area_code"] == code:
            found[about["area_code"]] = (
                about["area_name"],
                float(about["lon"]),
                float(about["lat"]),
                shape["geometry"],
            )
    if not found and code == _city(data):
        for shape in _features(folder / "ward_boundaries.json"):
            about = shape["properties"]
            lon, lat = about["centroid"]
            found[about["ons_code"]] = (about["name"], float(lon), float(lat), shape["geometry"])
    return found


def _features(path: Path) -> list[Any]:
    return list(_json(path)["features"]) if path.is_file() else []


def _city(data: Path) -> str:
    """The authority whose wards are in ward_boundaries.json, by its table of neighbourhoods."""
    table = data / "imd" / "imd2025_lsoa_ward_preston.csv"
    return str(pd.read_csv(table)["ltla24_code"].iloc[0]) if table.is_file() else ""


def _ward_lookup(code: str, data: Path) -> pd.DataFrame | None:
    """LSOA to its ward and name, if a table says."""
    own = data / "imd" / f"imd2025_lsoa_ward_{place_of(code, data).name.lower()}.csv"
    if own.is_file():
        table = pd.read_csv(own)
        table = table.rename(columns={"lsoa21_code": "lsoa", "ward24_code": "ward", "lsoa21_name": "name"})
        return table[["lsoa", "ward", "name"]].set_index("lsoa")
    path = data / "boundaries" / "lsoa_to_ward_best-fit_lookup.csv"
    if not path.is_file():
        return None
    table = pd.read_csv(path)
    table = table[table["lad22cd"] == code]
    table = table.rename(columns={"lsoa21cd": "lsoa", "wd22cd": "ward", "lsoa21nm": "name"})
    return table[["lsoa", "ward", "name"]].set_index("lsoa") if len(table) else None


def _by_lookup(lsoa: pd.DataFrame, shapes: dict[str, Any], note: str) -> Areas:
    codes = sorted(shapes)
    grid = lsoa.pivot_table(index="ward", columns="decile", values="homes", aggfunc="sum", fill_value=0.0)
    grid = grid.reindex(index=codes, columns=range(1, 11), fill_value=0.0)
    scored = (lsoa["homes"] * lsoa["score"]).groupby(lsoa["ward"]).sum() / lsoa.groupby("ward")["homes"].sum()
    return _with_shapes(codes, shapes, grid.to_numpy(), scored.reindex(codes).to_numpy(), note)


def _with_shapes(codes: list[str], shapes: dict[str, Any], homes: Floats, score: Floats, note: str) -> Areas:
    at = np.array([to_km(shapes[c][1], shapes[c][2]) for c in codes])
    source = "ONS ward boundaries (generalised), contains OS data"
    return Areas(tuple(codes), tuple(shapes[c][0] for c in codes), at, homes, score, source, note, 2023)


def _by_overlap(lsoa: pd.DataFrame, lookup: pd.DataFrame, shapes: dict[str, Any], data: Path) -> Areas:
    """Households of each middle-layer area spread over the wards it overlaps, by area."""
    codes = sorted(shapes)
    middle = {
        f["properties"]["area_name"]: f["geometry"]
        for f in _features(data / "boundaries" / "gm_msoa_super_generalised.geojson")
    }
    zone = lookup["name"].str[:-1].reindex(lsoa.index)
    homes, weighted = np.zeros((len(codes), 10)), np.zeros(len(codes))
    for name, rows in lsoa.groupby(zone):
        part = overlap(middle[str(name)], [shapes[c][3] for c in codes])
        deciles, counts, scores = (rows[c].to_numpy(dtype=float) for c in ("decile", "homes", "score"))
        for decile, count, score in zip(deciles.astype(int), counts, scores, strict=True):
            homes[:, decile - 1] += part * count
            weighted += part * count * score
    note = (
        "the wards were redrawn in 2023 and no table of neighbourhoods to them is at hand: households of each "
        "middle-layer census area are spread over the wards it overlaps by area, so wards look more alike than they are"
    )
    return _with_shapes(codes, shapes, homes, weighted / homes.sum(axis=1), note)


def overlap(shape: Any, others: list[Any]) -> Floats:
    """Share of a shape's area that lies in each of some others; what lies in none is spread like the rest."""
    points = _points_in(shape)
    inside = np.array([_contains(other, points).sum() for other in others], dtype=np.float64)
    return np.asarray(inside / inside.sum())


def _points_in(shape: Any) -> Floats:
    corners = np.array([point for ring in rings(shape) for point in ring])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    steps = (np.arange(_GRID) + 0.5) / _GRID
    x, y = np.meshgrid(west + steps * (east - west), south + steps * (north - south))
    points = np.column_stack([x.ravel(), y.ravel()])
    return np.asarray(points[_contains(shape, points)])


def _contains(shape: Any, points: Floats) -> Any:
    from matplotlib.path import Path as Outline

    inside = np.zeros(len(points), dtype=bool)
    for ring in rings(shape):
        inside ^= Outline(np.array(ring)).contains_points(points)
    return inside


def rings(shape: Any) -> list[list[list[float]]]:
    """Every ring of a polygon or of several."""
    parts = [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
    return [ring for part in parts for ring in part]


def _stand_ins(code: str, lsoa: pd.DataFrame, data: Path) -> Areas:
    """Runs of neighbouring LSOAs of about the size of a middle-layer census area, placed north to south."""
    name = place_of(code, data).name
    count, decile, points = (lsoa[c].to_numpy(dtype=float) for c in ("homes", "decile", "score"))
    n = max(1, round(float(count.sum()) / AREA_HOMES))
    part = np.minimum(((count.cumsum() - count / 2) / count.sum() * n).astype(int), n - 1)
    homes, score = np.zeros((n, 10)), np.zeros(n)
    np.add.at(homes, (part, decile.astype(int) - 1), count)
    np.add.at(score, part, count * points)
    at = _north_to_south(code, homes.sum(axis=1), data)
    note = (
        "no table of neighbourhoods to wards is at hand: areas are runs of about "
        f"{AREA_HOMES:,} households in the census's order, which numbers neighbourhoods from north to south; each is "
        "placed at the mean grid reference of as large a part of the borough's postcodes, taken from north to south"
    )
    codes = tuple(f"{code}-{i + 1:02d}" for i in range(n))
    names = tuple(f"{name} area {i + 1}" for i in range(n))
    source = "assumed: stand-ins for wards; postcodes from the ONS Postcode Directory, contains OS data"
    return Areas(codes, names, at, homes, score / homes.sum(axis=1), source, note, "2021; 2025")


def _north_to_south(code: str, homes: Floats, data: Path) -> Floats:
    where = grid_references(code)
    where = where[np.argsort(-where[:, 1], kind="stable")]
    edges = np.rint(np.append(0.0, np.cumsum(homes) / homes.sum()) * len(where)).astype(int)
    centres = [where[a:b].mean(axis=0) for a, b in pairwise(edges)]
    return np.round(np.array(centres), 3)


def to_km(lon: float, lat: float) -> tuple[float, float]:
    """Kilometres east and north, equirectangular about 53.5 N 2 W, where the National Grid is (400, 401)."""
    radius = 6371.0
    x = 400.0 + radius * math.radians(lon + 2.0) * math.cos(math.radians(53.5))
    return round(x, 3), round(401.0 + radius * math.radians(lat - 53.5), 3)
