"""The page that goes with a profile: what was counted, what was estimated, what nobody measured."""

from __future__ import annotations

from cwbsim.places.sources.draft import Draft, Entry


def place_page(draft: Draft) -> str:
    """README.md of a profile's folder."""
    figures = {f"{g}.{n}": e for g, entries in draft.figures.items() for n, e in entries.items()}
    assumed = {name: e for name, e in figures.items() if str(e["source"]).startswith("assumed")}
    derived = [name for name, e in figures.items() if str(e["source"]).startswith("derived")]
    tables = {name: about for name, (about, _, _) in draft.tables.items()}
    out = [
        f"# {draft.name}\n",
        f"The figures of {draft.name} ({draft.code}, {draft.place.region}), compiled from official and public tables by\n",
        f"    uv run cwbsim place build {draft.code} --data ../shared/data --out DIR\n",
        f"{len(figures)} figures: {len(figures) - len(assumed) - len(derived)} as published, {len(derived)} derived, "
        f"{len(assumed)} assumed. The wider area is {draft.place.rest}. How places are built, and what the files hold: "
        "[the places](../README.md). `cwbsim place show` prints every figure with its source.\n",
        "## Not counted here\n",
        *_estimates(figures, tables),
        "",
        "## Anchors\n",
        *_anchors(draft),
        "",
        "## Attribution\n",
        "Contains public sector information licensed under the Open Government Licence v3.0. Source: Office for National "
        "Statistics, HM Revenue and Customs, Department for Work and Pensions, Ministry of Housing, Communities and Local "
        "Government, Valuation Office Agency, NHS England, Wigan Council, Salford City Council, North Tyneside Council, "
        "Preston City Council, Lancashire Police and Crime Commissioner. Contains National Statistics data and OS data "
        "© Crown copyright and database right 2023.",
    ]
    return "\n".join(out) + "\n"


def _estimates(figures: dict[str, Entry], tables: dict[str, Entry]) -> list[str]:
    """A line for each source that is not a count, with what it stands behind."""
    behind: dict[tuple[str, str], list[str]] = {}
    for name, entry in {**figures, **tables}.items():
        source = str(entry["source"])
        if source.startswith(("derived", "assumed")):
            behind.setdefault((source, str(entry.get("note", ""))), []).append(f"`{name}`")
    return [
        f"- {', '.join(names)}: {source}" + (f" ({note})" if note else "") for (source, note), names in behind.items()
    ]


def _anchors(draft: Draft) -> list[str]:
    rows = ["| anchor | staff here | contracts, £m a year | part of its service | |", "|---|---:|---:|---:|---|"]
    for anchor in draft.anchors:
        how = [anchor[k]["source"] for k in ("staff", "contract_budget")]
        mark = "staff and contracts assumed" if all(str(s).startswith("assumed") for s in how) else ""
        rows.append(
            f"| {anchor['name']} | {anchor['staff']['value']:,} | {anchor['contract_budget']['value'] / 1e6:,.1f} | "
            f"{anchor['service_share']['value']:.3f} | {mark} |"
        )
    return rows
