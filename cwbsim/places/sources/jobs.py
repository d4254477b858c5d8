"""Jobs in the borough, who fills them, and the national jobs they are set against."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from cwbsim.errors import UserError
from cwbsim.places.sources import businesses
from cwbsim.places.sources.census import census_of
from cwbsim.places.sources.codes import SECTIONS, section_of
from cwbsim.places.sources.draft import Draft
from cwbsim.places.sources.published import (
    by_letter,
    commuters_2011,
    commuters_2021,
    lfs_2022,
    r_table,
    workplace_row,
    workplace_table,
)
from cwbsim.places.sources.rounding import Floats, apportion

_ZONES = ("borough", "wider area", "elsewhere")
_BAND_NAMES = ("0_4", "5_9", "10_19", "20_49", "50_99", "100_249", "250_up")
_SMALLEST = np.array([1, 5, 10, 20, 50, 100, 250])
_LARGEST = np.array([4, 9, 19, 49, 99, 249, 2_000])  # the last has no upper edge; a large site


def add_jobs(draft: Draft) -> None:
    """Commuting, total jobs, jobs by section here and in the UK, own-account work, output of the area."""
    _add_commuting(draft)
    total = draft.value("jobs.total_jobs")
    national, regional, here = _growth(draft)
    own = _own_account(draft)
    weight = draft.judged("jobs", "regional_growth_weight")
    census = _workplace_2011(draft)
    grown = census * national * regional**weight
    jobs = _rake_to_units(draft, grown * total / grown.sum(), own, total)
    uk = _uk_jobs(draft, national)
    draft.table(
        "jobs_by_section",
        ["section", "jobs", "jobs_2011", "growth_uk", "growth_relative", "jobs_uk"],
        [
            [
                s,
                round(float(j), 1),
                round(float(c), 1),
                round(float(g), 4),
                round(float(r), 4),
                round(float(u)),
            ]
            for s, j, c, g, r, u in zip(SECTIONS, jobs, census, national, regional, uk, strict=True)
        ],
        title="Jobs located in the borough and in the UK, by section",
        unit="people by main job, employees and self-employed",
        source="derived: Census 2011 workplace population x BRES growth 2015-21, raked to the total "
        "and to units",
        year="2011; 2015-2021",
        note=here,
    )
    _add_output(draft)


def _flows(draft: Draft) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Of each census: residents by where they work, and jobs by where their holders live, by zone."""
    long, square = commuters_2011(draft.data), commuters_2021(draft.data)

    def zones(people: Any) -> Floats:
        here = float(people[draft.code])
        near = float(people[people.index.isin(list(draft.place.members))].sum()) - here
        return np.array([here, near, float(people.sum()) - here - near])

    out = long[long["home"] == draft.code].set_index("work")["commuters"]
    into = long[long["work"] == draft.code].set_index("home")["commuters"]
    return (zones(out), zones(into)), (zones(square.loc[draft.code]), zones(square[draft.code]))


def _add_commuting(draft: Draft) -> None:
    (out_2011, in_2011), (out_2021, in_2021) = _flows(draft)
    # 2011 flows leave out work at home or at no fixed place; the workplace population counts it here
    at_home = float(_workplace_2011(draft).sum()) - float(in_2011.sum())
    out_2011[0] += at_home
    employed = draft.value("people.residents_employed")
    out_2011, out_2021 = (o * employed / o.sum() for o in (out_2011, out_2021))
    whole = np.rint((out_2011 + out_2021) / 2)
    whole[2] += employed - whole.sum()
    incoming = np.rint((in_2011 + in_2021) / 2)[1:]
    here = whole[0]
    total = here + incoming.sum()
    source = "derived: mean of Census 2011 (home workers added back) and Census 2021 (pandemic) commuting"
    lows_highs = sorted([out_2011[0] + in_2011[1:].sum(), out_2021[0] + in_2021[1:].sum()])
    draft.put(
        "jobs",
        "total_jobs",
        total,
        "people by main job",
        source,
        "2011; 2021",
        low=round(lows_highs[0]),
        high=round(lows_highs[1]),
        note="jobs filled by residents plus in-commuters, so residents x share = jobs x share exactly",
    )
    draft.put(
        "jobs",
        "at_home_or_no_fixed_place_2011",
        at_home,
        "people",
        "derived: Census 2011 workplace population less commuters in",
        2011,
    )
    jobs_by = [np.array([o[0], *i[1:]]) for o, i in ((out_2011, in_2011), (out_2021, in_2021))]
    rows = _zone_rows("residents work", whole, out_2011, out_2021)
    rows += _zone_rows("jobs filled by", np.array([here, *incoming]), *jobs_by)
    draft.table(
        "commuting",
        ["side", "zone", "people", "share", "low", "high"],
        rows,
        title="Where residents work, and where the borough's workers live",
        unit="people; share 0-1; low and high in people",
        source=source,
        year="2011; 2021",
        note=f"wider area: {draft.place.rest}; 2011 residents scaled to 2021",
    )


def _zone_rows(side: str, central: Floats, one: Floats, other: Floats) -> list[list[object]]:
    """A line a zone: people, share, and what the two censuses say each alone."""
    shares = central / central.sum()
    ends = [sorted((round(float(a)), round(float(b)))) for a, b in zip(one, other, strict=True)]
    return [
        [side, zone, int(people), round(float(share), 9), *end]
        for zone, people, share, end in zip(_ZONES, central, shares, ends, strict=True)
    ]


def _workplace_2011(draft: Draft) -> Floats:
    """People by section of their job in the borough in 2011, section U left out."""
    found, both = by_letter(workplace_row(draft.name, draft.data))
    now = dict(zip(SECTIONS, census_of(draft.code, draft.data).industry, strict=True))
    found["R"] = both * now["R"] / (now["R"] + now["S"])
    found["S"] = both - found["R"]
    return np.array([found[s] for s in SECTIONS])


def _growth(draft: Draft) -> tuple[Floats, Floats, str]:
    """National growth of jobs by section 2015-21, and the region's relative to it."""
    path = draft.data / "employment_industry" / "ITL2_Employment_countandpercent2digitSIC_BRESopen15to21.rds"
    jobs = r_table(path).copy()
    jobs["section"] = jobs["INDUSTRY_CODE"].astype(int).map(section_of)

    def growth(rows: pd.DataFrame) -> pd.Series:
        by_year = rows.pivot_table(index="section", columns="DATE", values="COUNT", aggfunc="sum")
        return (by_year[2021.0] / by_year[2015.0]).reindex(SECTIONS).fillna(1.0)

    place = draft.place
    if place.growth:
        own = jobs["GEOGRAPHY_NAME"].isin(list(place.growth))
    else:
        own = jobs["GEOGRAPHY_CODE"].astype(str).str.startswith(f"UK{place.itl_letter}")
    nation, region = growth(jobs), growth(jobs[own])
    note = (
        "jobs = 2011 x growth_uk x growth_relative ** regional_growth_weight, raked; growth_relative is "
        f"{place.area}'s growth over Great Britain's, 2015-21 (BRES by division, all jobs); R and S, one in 2011, "
        "split as residents by industry in 2021; U left out; jobs_uk = England and Wales 2011 x growth_uk, raked to "
        "the UK total of the Labour Force Survey 2022, so that the ratio is a location quotient on one basis"
    )
    return np.asarray(nation), np.asarray(region / nation), note


def _uk_jobs(draft: Draft, growth: Floats) -> Floats:
    found, both = by_letter(workplace_table(draft.data).sum())
    lfs = lfs_2022(draft.data)
    found["R"] = both * lfs["R"] / (lfs["R"] + lfs["S"])
    found["S"] = both - found["R"]
    jobs = np.array([found[s] for s in SECTIONS]) * growth
    draft.put(
        "jobs",
        "total_jobs_uk",
        round(float(lfs.sum())),
        "people by main job",
        "ONS Labour Force Survey by input-output industry",
        2022,
    )
    return np.asarray(jobs * float(lfs.sum()) / jobs.sum(), dtype=np.float64)


def _own_account(draft: Draft) -> Floats:
    """One-person businesses that are not registered, by section."""
    sole, partners = businesses.proprietors(draft)
    tax = draft.value("income.self_employed_taxpayers")
    census = draft.value("people.residents_self_employed")
    central = tax - sole - partners
    draft.put(
        "business",
        "own_account",
        round(central),
        "one-person businesses",
        "derived: self-employed taxpayers (HMRC) less registered sole proprietors and partners",
        2025,
        low=round(0.75 * central),
        high=round(census - sole - partners),
        note=f"low a quarter fewer (assumed); high from the census's self-employed; {sole:.0f} "
        f"sole proprietors and "
        f"{partners:.0f} partners by the {draft.place.region}'s mix of legal forms",
    )
    split = draft.judgements["own_account_split"]
    uk = np.array([float(split["shares"][s]) for s in SECTIONS])
    here = pd.Series(census_of(draft.code, draft.data).industry, index=list(SECTIONS))
    quotient = here / lfs_2022(draft.data)
    weights = uk * np.asarray(quotient / (quotient.sum() / len(quotient)), dtype=np.float64)
    own = apportion(np.asarray(weights, dtype=np.float64), round(central))
    draft.table(
        "own_account",
        ["section", "businesses", "uk_share"],
        [[s, int(o), float(u)] for s, o, u in zip(SECTIONS, own, uk / uk.sum(), strict=True)],
        title="One-person businesses that are not registered, by section",
        unit="businesses, one job each; share 0-1",
        source=split["source"],
        year=split["year"],
        note="UK shares x the borough's residents per UK worker in the section, scaled to the total",
    )
    return np.asarray(own, dtype=np.float64)


def _rake_to_units(draft: Draft, census: Floats, own: Floats, total: float) -> Floats:
    """Jobs by section between what the census says and what the registered units can hold.

    The census counts people with no fixed place of work where they live (construction above all); the
    register counts sites. Where the two differ the answer lies between, inside what the size bands allow;
    public services stay as the census has them, since their largest sites have no upper edge. Section T has
    no units at all.
    """
    counts = businesses.units(draft)
    mean = np.array([draft.judged("unit_size", f"mean_{band}") for band in _BAND_NAMES])
    trust = draft.judged("jobs", "register_weight")
    least, most = 1.05 * (counts @ _SMALLEST) + own, 0.95 * (counts @ _LARGEST) + own
    if not least.sum() < total < most.sum():
        raise UserError(
            f"{draft.name}'s {total:,.0f} jobs do not fit its registered units, which hold {least.sum():,.0f} to "
            f"{most.sum():,.0f}",
            "ukbusinessworkbook2025new.xlsx, Table 22",
            mend="units without staff are registered here in numbers (head offices, virtual offices): such a place "
            "cannot be built yet",
        )
    public = np.isin(SECTIONS, ["O", "P", "Q"])
    jobs = np.where(public, census, (1 - trust) * census + trust * (counts @ mean + own))
    for _ in range(200):
        jobs = np.clip(jobs, least, most)
        gap = total - jobs.sum()
        room = jobs - least if gap < 0 else most - jobs
        free = np.where(room > 1e-9, jobs, 0.0)
        jobs = jobs + np.clip(gap * free / free.sum(), -room if gap < 0 else 0.0, 0.0 if gap < 0 else room)
    return np.asarray(jobs, dtype=np.float64)


def _add_output(draft: Draft) -> None:
    place = draft.place
    table = pd.read_csv(
        draft.data / "employment_industry" / "Table 3c ITL3 current price estimates pounds million 2024.csv",
        encoding="utf-8-sig",
        thousands=",",
    )
    if place.output_area:
        table, area = table[table["Region name"] == place.output_area], f"ITL3 ({place.output_area})"
    else:
        table, area = table[table["ITL code"].str.startswith(f"TL{place.itl_letter}")], place.region
    pounds = pd.to_numeric(table["2022"].astype(str).str.replace(",", "")) * 1e6
    every, imputed = (float(pounds[table["SIC07 code"] == k].sum()) for k in ("Total", "68IMP"))
    share = _jobs_2011(draft.name, draft) / sum(_jobs_2011(place.members[c], draft) for c in place.output_members)
    source = f"derived: ONS regional GVA by {area} x the borough's share of its 2011 jobs"
    draft.put(
        "output",
        "gva_area_pounds_estimate",
        round((every - imputed) * share),
        "£ a year",
        source,
        2022,
        low=round((every - imputed) * share * 0.9),
        high=round((every - imputed) * share * 1.1),
        note="without owner-occupiers' imputed rent; range 10 % either way (assumed)",
    )
    draft.put("output", "gva_area_with_imputed_rent_pounds", round(every * share), "£ a year", source, 2022)


def _jobs_2011(name: str, draft: Draft) -> float:
    """All jobs of an authority in 2011, nil if it did not exist then."""
    row = workplace_row(name, draft.data)
    return 0.0 if row is None else float(row.iloc[0])
