"""Anchors of a borough by rule, where nobody has written down its own: what a body of each kind is like by head.

The rules and their evidence are in ``cwbsim/data/building/anchors.toml``. A place's judgements, then a user's own
figures, go over what is made here, field by field.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cwbsim.places.sources.areas import building, place_of
from cwbsim.places.sources.census import census_of
from cwbsim.places.sources.draft import Draft, Entry

ORDER = (
    "council", "county_council", "hospital_trust", "college", "university", "police", "housing_associations",
)  # fmt: skip


def bodies_of(draft: Draft) -> list[dict[str, Any]]:
    """Every anchor as judged or made by rule, in the form of the tables [[anchor]] of a judgements file."""
    judged = draft.judgements
    named = [key for key, about in judged.get("anchors", {}).items() if isinstance(about, Mapping)]
    written = {body["key"]: dict(body) for body in judged.get("anchor", [])}
    keys = [*written, *(key for key in named if key not in written)]
    if not written:
        keys = [*(key for key in ORDER if _exists(draft, key)), *(key for key in named if key not in ORDER)]
    left_out = judged.get("anchors", {}).get("without", [])
    return [
        _over(written[key], _own(draft, key)) if key in written else _body(draft, key)
        for key in keys
        if key not in left_out
    ]


def _own(draft: Draft, key: str) -> dict[str, Any]:
    """What the place's judgements say of one anchor."""
    found: dict[str, Any] = dict(draft.judgements.get("anchors", {}).get(key, {}))
    return found


def _exists(draft: Draft, key: str) -> bool:
    if key == "county_council":
        return draft.place.is_district
    return key != "university" or bool(_own(draft, "university"))


def _body(draft: Draft, key: str) -> dict[str, Any]:
    rules = building("anchors.toml")
    own = _own(draft, key)
    rule_key = key if key in ORDER else own["kind"]
    rule_key = "housing_associations" if rule_key == "housing_association" else rule_key
    rule_key = "district_council" if key == "council" and draft.place.is_district else rule_key
    rule = rules[rule_key]
    share = _service_share(draft, key, own)
    staff = dict(own["staff"]) if "staff" in own else _staff(draft, key, rule, float(share["value"]))
    base = {
        "people": draft.value("people.usual_residents"),
        "area": _area_people(draft, key, own) * float(share["value"]),
        "staff": float(staff["value"]),
        "other_social_homes": draft.value("households.other_social_homes"),
    }
    body: dict[str, Any] = {"key": key, "name": _name(draft, key), "shared_with": _shared_with(draft, key)}
    body |= {k: v for k, v in rule.items() if not isinstance(v, Mapping) or k in ("staff_by_section", "contract_mix")}
    body |= {k: _by_head(v, base) for k, v in rule.items() if isinstance(v, Mapping) and "value" in v}
    for side in ("noncontract", "revenue"):
        body[side] = {k: _by_head(v, base) for k, v in rule.get(side, {}).items()}
    body |= {"staff": staff, "service_share": share}
    body["staff_resident_share"] = _resident_share(draft, rules["staff_resident_share"][rule_key])
    if key == "hospital_trust" and "trust_lines" not in own:
        spend = rule["spend_per_staff"]
        body["contract_budget"] = _by_head({**spend, "per": "staff", "unit": "£ a year a job"}, base)
    _add_local_shares(draft, key, body)
    if "contract_budget" in own:  # all that is under contract, so nothing is to be taken off it
        body.pop("goods_and_services", None)
    if rule["kind"] == "council":
        _add_council_money(draft, rule, body, rules)
    return _over(body, own) | {"by_rule": "balance" not in own}


def _over(body: dict[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """A body with what is said of it in particular; the two sides of its budget are merged line by line."""
    out = dict(body)
    for name, value in own.items():
        if name in ("noncontract", "revenue") and isinstance(value, Mapping):
            out[name] = {**out.get(name, {}), **value}
        elif isinstance(value, Mapping) and isinstance(out.get(name), Mapping) and "value" in value:
            out[name] = {"unit": out[name]["unit"], **value}
        else:
            out[name] = value
    return out


def _by_head(entry: Mapping[str, Any], base: Mapping[str, float]) -> Entry:
    """An amount by head, by home or by job times how many there are; others as they stand."""
    if "per" not in entry:
        return dict(entry)
    times = base[entry["per"]]
    per = f"{entry['value']:g} {entry['unit']}"
    unit = "jobs located in the borough" if entry["unit"].startswith("jobs") else "£ a year"
    return {
        **{k: round(times * float(entry[k])) for k in ("value", "low", "high")},
        "unit": unit,
        "source": f"assumed: {per} x {times:,.0f} ({entry['source']})",
        "year": entry["year"],
    }


def _service_area(draft: Draft, key: str, own: Mapping[str, Any]) -> tuple[str, ...]:
    """Codes of the authorities that a body serves."""
    if "service_area" in own:
        return tuple(own["service_area"])
    if key == "county_council":
        return draft.place.districts
    if key == "police" and draft.place.area_key:
        return tuple(draft.place.members)
    if key == "police" and draft.place.is_district:
        return draft.place.districts
    return (draft.code,)


def _area_people(draft: Draft, key: str, own: Mapping[str, Any]) -> float:
    return float(sum(census_of(c, draft.data).residents for c in _service_area(draft, key, own)))


def _service_share(draft: Draft, key: str, own: Mapping[str, Any]) -> Entry:
    """The borough's part of what a body does: by people, after the parts that somebody has given."""
    if "service_share" in own:
        return dict(own["service_share"])
    members = _service_area(draft, key, own)
    unit = "share of the body's service given here"
    if len(members) == 1:
        part = own.get("shared_with") or key in ("police", "hospital_trust", "housing_associations")
        source = "counted: only what it does here is included" if part else "counted: a body of the borough alone"
        return {"value": 1, "low": 1, "high": 1, "unit": unit, "source": source, "year": 2024}
    given = {c: s for c, s in _given_shares(key, members, draft).items() if c != draft.code}
    people = {c: census_of(c, draft.data).residents for c in members if c not in given}
    share = (1 - sum(given.values())) * people[draft.code] / sum(people.values())
    source = f"derived: {people[draft.code]:,} of {sum(people.values()):,} people of the area it serves"
    if given:
        source += f", after {sum(given.values()):.3g} given to others"
    low, high = round(0.85 * share, 9), round(min(1.15 * share, 1.0), 9)
    return {"value": round(share, 9), "low": low, "high": high, "unit": unit, "source": source, "year": 2021}


def _given_shares(key: str, members: tuple[str, ...], draft: Draft) -> dict[str, float]:
    """Shares of a shared body that the judgements of other places give, by code."""
    from cwbsim.places.build_profile import judgements_of

    found = {}
    for code in members:
        judged = judgements_of(place_of(code, draft.data))
        written = next((a for a in judged.get("anchor", []) if a["key"] == key), None)
        if written:
            found[code] = float(written["service_share"]["value"])
    return found


def _staff(draft: Draft, key: str, rule: Mapping[str, Any], share: float) -> Entry:
    """Jobs of a body in the borough."""
    people = draft.value("people.usual_residents")
    if key == "hospital_trust":
        return _hospital_staff(draft, rule, people)
    entry = rule["staff"]
    if entry["per"] != "area":
        return _by_head(entry, {entry["per"]: _count(draft, entry["per"])})
    total = _area_people(draft, key, _own(draft, key))
    seat = draft.place.is_county_seat if key == "county_council" else draft.place.about.get("police_seat") == draft.code
    weight = (1 - rule["seat_share"]) * share + rule["seat_share"] * seat
    about = f"{rule['seat_share']:.0%} of staff at its seat{' (here)' if seat else ''}, the rest by people"
    return {
        **{k: round(total * weight * float(entry[k])) for k in ("value", "low", "high")},
        "unit": "jobs located in the borough",
        "source": f"assumed: {entry['value']:g} {entry['unit']} x {total:,.0f}, {about} ({entry['source']})",
        "year": entry["year"],
    }


def _count(draft: Draft, per: str) -> float:
    return draft.value({"people": "people.usual_residents", "other_social_homes": "households.other_social_homes"}[per])


def _hospital_staff(draft: Draft, rule: Mapping[str, Any], people: float) -> Entry:
    health = next(float(row[1]) for row in draft.tables["jobs_by_section"][2] if row[0] == "Q")
    about = rule["elsewhere_in_health"]
    low, mid, high = (
        max(round(health - people * float(about[k])), round(people * rule["least_staff"])) for k in ("high", "value", "low")
    )
    return {
        "value": mid,
        "low": low,
        "high": high,
        "unit": "jobs located in the borough",
        "source": f"assumed: {health:,.0f} jobs in section Q less {about['value']:g} a head elsewhere in health "
        f"and care ({about['source']})",
        "year": about["year"],
    }


def _resident_share(draft: Draft, rule: Mapping[str, Any]) -> Entry:
    rows = draft.tables["commuting"][2]
    filled = next(float(r[3]) for r in rows if r[0] == "jobs filled by" and r[1] == "borough")
    return {
        **{k: round(min(filled * float(rule[r]), 0.95), 3) for k, r in (("value", "ratio"), ("low", "low"), ("high", "high"))},
        "unit": "share 0-1",
        "source": f"{rule['source']} ({filled:.0%} of jobs here)",
        "year": 2024,
    }


def _add_local_shares(draft: Draft, key: str, body: dict[str, Any]) -> None:
    """Shares of contracts with suppliers here and in the rest of the area."""
    area = building("anchors.toml")["area"][draft.place.area_key or "other"]
    if "wider_share" not in body:
        unit = f"share of contract spend with suppliers in the rest of {draft.place.area}"
        body["wider_share"] = {**area["wider_share"], "unit": unit}
        if not body["wider_share"]["source"].startswith("assumed"):
            body["wider_share"]["source"] = f"assumed: {body['wider_share']['source']}"
    if "local_share" in body:
        return
    unknown = body.pop("local_share_unknown")
    benchmark = building("benchmarks.toml")
    found = benchmark.get(draft.place.area_key, {}).get("local_share", {}).get(draft.code) if key == "council" else None
    if found is None:
        body["local_share"] = unknown
        return
    recent = benchmark["recent_over_branch_rule"]
    value = float(found) * float(recent["value"])
    body["local_share"] = {
        "value": round(value, 4),
        "low": round(min(0.14, value / 2), 4),
        "high": float(found),
        "unit": "share of contract spend with suppliers in the borough",
        "source": f"assumed: {found:.1%} based or branched (CLES benchmark, c. 2012-14) x {recent['value']:g} "
        f"({recent['source']}); low Salford's register by postcode",
        "year": 2014,
    }


def _add_council_money(draft: Draft, rule: Mapping[str, Any], body: dict[str, Any], rules: Mapping[str, Any]) -> None:
    """Council tax, business rates, precepts, rents and placements of a council."""
    area = rules["area"][draft.place.area_key or "other"]
    people, tax = draft.value("people.usual_residents"), draft.value("income.council_tax_total")
    part = rule.get("council_tax_share", {"value": 1.0, "low": 0.98, "high": 1.0})
    levels, year = "MHCLG council tax levels and VOA stock by band, net of discounts", "2024-25"
    body["revenue"]["council_tax"] = {
        **{k: round(tax * float(part[k])) for k in ("value", "low", "high")},
        "unit": "£ a year",
        "source": levels if float(part["value"]) == 1 else f"{part['source']} x {levels}",
        "year": year,
        "note": "with precepts, which are paid on" if "seat_share" not in rule else "",
    }
    rates, split = area["business_rates"], float(rule.get("business_rates_share", 1.0))
    body["revenue"]["business_rates"] = {
        **{k: round(people * float(rates[k]) * split) for k in ("value", "low", "high")},
        "unit": "£ a year",
        "source": f"{rates['source']}; {split:.0%} of it for this council" if split != 1 else rates["source"],
        "year": rates["year"],
    }
    body.pop("council_tax_share", None)
    if "goods_and_services" in body:
        body["noncontract"]["social_care_placements"] = {
            "of": "placements", "unit": "£ a year", "year": "2021-22",
            "source": "derived: North Tyneside's placements share x goods and services",
        }  # fmt: skip
    if "seat_share" in rule:
        return  # a county council has no homes, and is itself paid by precept
    precept, levies = area["precept_share"], area["levies"]
    split = 1.0 if not draft.place.is_district else 0.2
    body["noncontract"]["precepts_and_levies"] = {
        **{k: round(tax * float(precept[k]) + people * float(levies[k]) * split) for k in ("value", "low", "high")},
        "unit": "£ a year",
        "source": f"{precept['source']}; {levies['source'].removeprefix('assumed: ')}",
        "year": 2024,
    }
    if draft.value("households.council_homes"):
        body["revenue"]["rents"] = {
            "of": "households.council_homes", "share": {"value": 4680, "low": 4200, "high": 5280}, "unit": "£ a year",
            "source": "derived: council homes x social rent (assumed)", "year": 2024,
        }  # fmt: skip


def _name(draft: Draft, key: str) -> str:
    name = draft.name
    titles = {
        "council": f"{name} Council",
        "county_council": f"{draft.place.county} County Council (the district's part)",
        "hospital_trust": f"NHS hospital and community services in {name}",
        "college": f"Further education in {name} (colleges together)",
        "university": f"Universities in {name}",
        "police": f"{draft.place.about.get('police') or 'The police force'} (the borough's part)",
        "housing_associations": f"Registered housing providers in {name}",
    }
    return titles.get(key, key.replace("_", " ").capitalize())


def _shared_with(draft: Draft, key: str) -> str:
    if key == "county_council":
        return f"the districts of {draft.place.county}"
    if key == "police":
        return draft.place.area if draft.place.area_key else (draft.place.county or "the force's area")
    return "several providers, most of them based elsewhere" if key == "housing_associations" else ""


