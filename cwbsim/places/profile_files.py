"""From the text files of a profile to the profile, checked on the way."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from cwbsim.errors import UserError, unknown
from cwbsim.parameters import Parameter as Figure
from cwbsim.places.profile import (
    BANDS,
    SECTIONS,
    TENURES,
    ZONES,
    AnchorProfile,
    Floats,
    Income,
    Profile,
    TableRow,
    Ward,
    Whole,
)

_FIELDS = ("value", "low", "high", "unit", "source", "year", "note")
# The last band has no upper edge; the nominal one only closes the array.
_BAND_EDGES = (0, 5, 10, 20, 50, 100, 250, 10_000)
_COUNTS = frozenset(
    (
        "employed_taxpayers",
        "self_employed_taxpayers",
        "pension_taxpayers",
        "ashe_jobs",
        "universal_credit_households",
    )
)
_ANCHOR_WORDS = ("key", "name", "kind", "regime", "shared_with")
_ANCHOR_FIGURES = (
    "service_share",
    "staff",
    "mean_pay_annual",
    "on_cost_rate",
    "staff_resident_share",
    "contract_budget",
    "local_share",
    "wider_share",
    "influenceable_share",
    "median_annual_value",
    "lognormal_sigma",
    "n_contracts",
)


def read_profile(name: str) -> Profile:
    """The profile of that name or folder; see `load_profile`."""
    folder = _folder(name)
    figures = _toml(folder, "figures.toml")
    place = figures.pop("place")
    records = {
        f"{group}.{key}": as_figure(entry, f"figures.toml [{group}.{key}]")
        for group, entries in figures.items()
        for key, entry in entries.items()
    }
    profile = Profile(
        name=place["name"],
        code=place["code"],
        **_scalars(records),
        **_people_tables(folder),
        **_job_tables(folder),
        income=_income(records),
        retail_units=MappingProxyType(
            {k: int(records[f"retail_units.{k}"].value) for k in ("motor", "wholesale", "retail")}
        ),
        anchors=_anchors(folder),
        records=MappingProxyType(records),
        described=tuple(TableRow(name=key, **about) for key, about in _toml(folder, "tables.toml").items()),
    )
    _check(profile)
    return profile


def _folder(name: str) -> Traversable | Path:
    own = files("cwbsim") / "data" / "places"
    if (own / name).is_dir() and "/" not in name and name not in ("", ".", ".."):
        return own / name
    if Path(name).is_dir():
        return Path(name)
    known = [f.name for f in own.iterdir() if f.is_dir()] if own.is_dir() else []
    raise unknown("place", name, known)


def _text(folder: Traversable | Path, file: str) -> str:
    try:
        return (folder / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UserError(f"the profile has no {file}", str(folder), mend="compile it again") from None


def _toml(folder: Traversable | Path, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(folder, file))
    except tomllib.TOMLDecodeError as fault:
        raise UserError(f"not valid TOML: {fault}", file) from None


def as_figure(entry: Any, where: str) -> Figure:
    """One record; a counted figure, which gives no range, is its own low and high."""
    if not isinstance(entry, Mapping) or any(key not in entry for key in ("value", "unit", "source", "year")):
        raise UserError("not a figure", where, allowed="a table with " + ", ".join(_FIELDS))
    if strange := [key for key in entry if key not in _FIELDS]:
        raise unknown("field", strange[0], _FIELDS, where)
    value = float(entry["value"])
    low, high = float(entry.get("low", value)), float(entry.get("high", value))
    if not low <= value <= high:
        raise UserError(f"value is {value:g}, outside its own range", where, f"{low:g} to {high:g}")
    if not str(entry["source"]).strip():
        raise UserError("source is empty", where, mend='nobody measured it? source = "assumed: why"')
    return Figure(value, low, high, entry["unit"], entry["source"], entry["year"], entry.get("note", ""))


def _scalars(records: Mapping[str, Figure]) -> dict[str, Any]:
    """Attributes of a profile that are single figures."""
    whole = {
        "people": "people.usual_residents",
        "households": "households.households",
        "residents_employed": "people.residents_employed",
        "residents_self_employed": "people.residents_self_employed",
        "residents_unemployed": "people.residents_unemployed",
        "residents_inactive_wanting_work": "people.residents_inactive_wanting_work",
        "pensioner_households": "households.pensioner_households",
        "total_jobs": "jobs.total_jobs",
        "active_enterprises": "business.active_enterprises",
        "enterprises": "business.enterprises",
    }
    real = {
        "births_per_year": "business.births_per_year",
        "deaths_per_year": "business.deaths_per_year",
        "outside_owned_wider_area_share": "business.outside_owned_wider_area_share",
        "gva_area_pounds_estimate": "output.gva_area_pounds_estimate",
    }
    if missing := [n for n in (*whole.values(), *real.values()) if n not in records]:
        raise UserError(f"lacks {', '.join(missing)}", "figures.toml", mend="compile the profile again")
    counts: dict[str, Any] = {key: int(records[name].value) for key, name in whole.items()}
    return counts | {key: records[name].value for key, name in real.items()}


def _income(records: Mapping[str, Figure]) -> Income:
    names = Income.__dataclass_fields__
    if missing := [f"income.{n}" for n in names if f"income.{n}" not in records]:
        raise UserError(f"lacks {', '.join(missing)}", "figures.toml", mend="compile the profile again")
    values = {n: records[f"income.{n}"].value for n in names}
    return Income(**{n: int(v) if n in _COUNTS else v for n, v in values.items()})  # type: ignore[arg-type]


def _columns(folder: Traversable | Path, table: str) -> dict[str, list[str]]:
    """A table as columns of text."""
    rows = list(csv.DictReader(io.StringIO(_text(folder, f"{table}.csv"))))
    return {key: [row[key] for row in rows] for key in rows[0]}


def _real(cells: Sequence[str]) -> Floats:
    return _still(np.array([float(cell) for cell in cells]))


def _grid(columns: Mapping[str, list[str]], names: Sequence[str]) -> Whole:
    return _still(
        np.array([[int(cell) for cell in columns[name]] for name in names], dtype=np.int64).T.copy()
    )


def _still[Array: np.ndarray[Any, Any]](array: Array) -> Array:
    array.flags.writeable = False
    return array


def _people_tables(folder: Traversable | Path) -> dict[str, Any]:
    wards, pay = _columns(folder, "wards"), _columns(folder, "pay_percentiles")
    _expect(_columns(folder, "tenure")["tenure"], TENURES, "tenure.csv")
    deciles = _columns(folder, "households_ward_decile")
    _expect(deciles["ward"], wards["code"], "households_ward_decile.csv")
    return {
        "wards": tuple(
            Ward(code, name, float(x), float(y))
            for code, name, x, y in zip(
                wards["code"], wards["name"], wards["x_km"], wards["y_km"], strict=True
            )
        ),
        "households_by_ward_decile": _grid(deciles, [f"decile_{d}" for d in range(1, 11)]),
        "ward_deprivation": _ward_deprivation(folder, wards["code"]),
        "households_by_size": _grid(_columns(folder, "household_size"), ["households"])[:, 0],
        "tenure_share": _shares(_real(_columns(folder, "tenure")["households"])),
        "skill_share": _shares(_real(_columns(folder, "skill_bands")["residents_employed"])),
        "pay_percentile": _real(pay["percentile"]),
        "pay_annual": _real(pay["pounds_a_year"]),
    }


def _ward_deprivation(folder: Traversable | Path, codes: Sequence[str]) -> Floats:
    """Scores of wards; a folder built before there were any has none."""
    if not (folder / "ward_deprivation.csv").is_file():
        return _still(np.full(len(codes), np.nan))
    table = _columns(folder, "ward_deprivation")
    _expect(table["ward"], codes, "ward_deprivation.csv")
    return _real(table["score"])


def _job_tables(folder: Traversable | Path) -> dict[str, Any]:
    jobs, own, units = (
        _columns(folder, t) for t in ("jobs_by_section", "own_account", "units_by_section_band")
    )
    for file, table in (("jobs_by_section", jobs), ("own_account", own), ("units_by_section_band", units)):
        _expect(table["section"], SECTIONS, f"{file}.csv")
    commuting, outside = _columns(folder, "commuting"), _columns(folder, "outside_owned")
    _expect(commuting["zone"], (*ZONES, *ZONES), "commuting.csv")
    people = _real(commuting["people"])
    return {
        "residents_work_share": _shares(people[:3]),
        "jobs_filled_share": _shares(people[3:]),
        "jobs_by_section": _real(jobs["jobs"]),
        "jobs_uk_by_section": _real(jobs["jobs_uk"]),
        "own_account_by_section": _real(own["businesses"]),
        "units_by_section_band": _grid(units, BANDS),
        "band_edges": _still(np.array(_BAND_EDGES, dtype=np.int64)),
        "survival": _real(_columns(folder, "survival")["share"]),
        "outside_owned_share_by_band": _real(outside["share"]),
    }


def _shares(counts: Floats) -> Floats:
    return _still(counts / counts.sum())


def _anchors(folder: Traversable | Path) -> tuple[AnchorProfile, ...]:
    sections, sites = _columns(folder, "anchor_sections"), _columns(folder, "anchor_sites")
    return tuple(_anchor(entry, sections, sites) for entry in _toml(folder, "anchors.toml")["anchor"])


def _anchor(
    entry: dict[str, Any], sections: dict[str, list[str]], sites: dict[str, list[str]]
) -> AnchorProfile:
    where = f"anchors.toml, {entry.get('key', 'an anchor without a key')}"
    if missing := [k for k in (*_ANCHOR_WORDS, *_ANCHOR_FIGURES, "noncontract", "revenue") if k not in entry]:
        raise UserError(f"lacks {', '.join(missing)}", where)
    key = entry["key"]
    records = {name: as_figure(entry[name], f"{where}.{name}") for name in _ANCHOR_FIGURES}
    for side in ("noncontract", "revenue"):
        records |= {f"{side}.{k}": as_figure(v, f"{where}.{side}.{k}") for k, v in entry[side].items()}
    mine = [n for n, whose in enumerate(sections["anchor"]) if whose == key]
    _expect([sections["section"][n] for n in mine], SECTIONS, f"anchor_sections.csv, {key}")
    grid = np.zeros((len(SECTIONS), len(BANDS)), dtype=np.int64)
    for n, whose in enumerate(sites["anchor"]):
        if whose == key:
            grid[SECTIONS.index(sites["section"][n])] = [
                int(sites[f"band_{b}"][n]) for b in range(len(BANDS))
            ]
    given = ("local_share", "wider_share", "influenceable_share")
    values = {n: records[n] if n in given else records[n].value for n in _ANCHOR_FIGURES}
    values |= {n: int(records[n].value) for n in ("staff", "n_contracts")}
    return AnchorProfile(
        **{word: entry[word] for word in _ANCHOR_WORDS},
        **values,  # type: ignore[arg-type]
        staff_by_section=_shares(_real([sections["staff_share"][n] for n in mine])),
        contract_mix=_shares(_real([sections["contract_share"][n] for n in mine])),
        noncontract=MappingProxyType({k: records[f"noncontract.{k}"].value for k in entry["noncontract"]}),
        revenue=MappingProxyType({k: records[f"revenue.{k}"].value for k in entry["revenue"]}),
        sites_by_section_band=_still(grid),
        records=MappingProxyType(records),
    )


def _expect(found: Sequence[str], wanted: Sequence[str], where: str) -> None:
    if list(found) != list(wanted):
        raise UserError(
            f"rows are {', '.join(found[:4])} ...", where, allowed=", ".join(list(wanted)[:20]) + ", in order"
        )


def _check(profile: Profile) -> None:
    """Totals that must agree, or the profile is not used."""
    homes = profile.households
    disagreements = [
        ("households by ward and decile", int(profile.households_by_ward_decile.sum()), homes),
        ("households by size", int(profile.households_by_size.sum()), homes),
        ("jobs by section", round(float(profile.jobs_by_section.sum())), profile.total_jobs),
        (
            "jobs held by residents, seen from home and from work",
            round(profile.residents_employed * float(profile.residents_work_share[0])),
            round(profile.total_jobs * float(profile.jobs_filled_share[0])),
        ),
        *(
            (f"revenue of {a.key}", sum(round(v) for v in a.revenue.values()), a.spending)
            for a in profile.anchors
        ),
    ]
    for what, one, other in disagreements:
        if one != other:
            raise UserError(
                f"{what}: {one:,} against {other:,}", f"place {profile.name}", mend="compile it again"
            )
    if (profile.anchor_jobs_by_section > profile.jobs_by_section).any():
        section = SECTIONS[int(np.argmax(profile.anchor_jobs_by_section - profile.jobs_by_section))]
        raise UserError(f"anchors employ more in section {section} than it has jobs", f"place {profile.name}")
