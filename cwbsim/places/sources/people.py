"""Residents and households of a profile, from the census or estimated."""

from __future__ import annotations

from typing import Any

from cwbsim.places.sources.census import Census, census_of
from cwbsim.places.sources.draft import Draft


def _put(draft: Draft, census: Census, topic: str, group: str, name: str, value: int, unit: str, **about: Any) -> None:
    """A figure of the census, with its range where it is an estimate."""
    how = census.how[topic]
    note = "; ".join(filter(None, [about.pop("note", ""), how.note]))
    if how.spread:
        about |= {"low": round(value * (1 - how.spread)), "high": round(value * (1 + how.spread))}
    source = how.source + about.pop("suffix", "")
    draft.put(group, name, value, unit, source, how.year, note=note, **about)


def add_people(draft: Draft) -> None:
    """People, households by size and tenure, activity, skill bands."""
    census = census_of(draft.code, draft.data)
    _put(draft, census, "residents", "people", "usual_residents", census.residents, "people")
    _add_households(draft, census)
    _add_tenure(draft, census)
    _add_activity(draft, census)
    bands, how = census.bands, census.how["bands"]
    draft.table(
        "skill_bands",
        ["band", "residents_employed", "share"],
        [[n, c, c / sum(bands)] for n, c in zip(("low", "middle", "high"), bands, strict=True)],
        title="Employed residents by skill band",
        unit="people; share 0-1",
        source=how.source + ", occupation",
        year=how.year,
        note="; ".join(filter(None, ["SOC 2020 major groups 7-9 low, 4-6 middle, 1-3 high", how.note])),
    )


def _add_households(draft: Draft, census: Census) -> None:
    _put(draft, census, "households", "households", "households", sum(census.sizes), "households")
    how = census.how["sizes"]
    draft.table(
        "household_size",
        ["people", "households"],
        [[n + 1, c] for n, c in enumerate(census.sizes)],
        title="Households by number of people (8 is 8 or more)",
        unit="households",
        source=how.source,
        year=how.year,
        note=how.note,
    )
    about = "one person, or one family, all aged 66 or over"
    _put(
        draft, census, "pensioners", "households", "pensioner_households", census.pensioners, "households", note=about
    )


def _add_tenure(draft: Draft, census: Census) -> None:
    labels, how = ("owned outright", "mortgaged", "private rent", "social rent"), census.how["tenure"]
    homes = census.tenure
    draft.table(
        "tenure",
        ["tenure", "households", "share"],
        [[n, c, c / sum(homes)] for n, c in zip(labels, homes, strict=True)],
        title="Households by tenure",
        unit="households; share 0-1",
        source=how.source,
        year=how.year,
        note="; ".join(filter(None, ["shared ownership with mortgaged, rent free with private rent", how.note])),
    )
    _add_landlords(draft, census)


def _add_landlords(draft: Draft, census: Census) -> None:
    """Social homes of the council and of others: as reported, or as a judgement says who owns them."""
    social, how = census.council_homes + census.other_social_homes, census.how["tenure"]
    judged = draft.judgements.get("households", {}).get("council_share_of_social_homes")
    if judged is None and "derived" not in how.source and how.spread == 0 and how.year == 2021:
        _put(
            draft,
            census,
            "tenure",
            "households",
            "council_homes",
            census.council_homes,
            "households",
            suffix=", as reported",
            note="tenants misreport their kind of social landlord; the sum with the next is firm",
        )
        _put(
            draft, census, "tenure", "households", "other_social_homes", census.other_social_homes,
            "households", suffix=", as reported",
        )  # fmt: skip
        return
    share = judged or draft.judgement("households", "council_share_of_social_homes_unknown")
    draft.add("households", "council_share_of_social_homes", share)
    low, mid, high = (round(social * float(share.get(k, share["value"]))) for k in ("low", "value", "high"))
    source, year = f"derived: social homes ({how.source}) x the council's share ({share['source']})", how.year
    draft.put("households", "council_homes", mid, "households", source, year, low=low, high=high)
    draft.put(
        "households", "other_social_homes", social - mid, "households", source, year, low=social - high, high=social - low
    )  # fmt: skip


def _add_activity(draft: Draft, census: Census) -> None:
    counts = (
        ("residents_employed", census.employed),
        ("residents_self_employed", census.self_employed),
        ("residents_unemployed", census.unemployed),
        ("residents_inactive_not_retired", census.idle),
    )
    for name, count in counts:
        _put(draft, census, "activity", "people", name, count, "people")
    share = draft.judgement("people", "inactive_wanting_work_share")
    draft.add("people", "inactive_wanting_work_share", share)
    idle = int(draft.value("people.residents_inactive_not_retired"))
    low, mid, high = (round(idle * float(share[k])) for k in ("low", "value", "high"))
    draft.put(
        "people",
        "residents_inactive_wanting_work",
        mid,
        "people",
        f"derived: inactive and not retired x share who want work ({share['source']})",
        2021,
        low=low,
        high=high,
    )
