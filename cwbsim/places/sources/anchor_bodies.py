"""Anchors: staff, budgets and revenue, mostly from judgements; contract mix and sizes from spend data."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.errors import UserError
from cwbsim.places.sources.anchor_rules import bodies_of
from cwbsim.places.sources.anchor_sites import Room, place_staff
from cwbsim.places.sources.areas import building
from cwbsim.places.sources.codes import LANCASHIRE_FORCE, SECTIONS
from cwbsim.places.sources.draft import Draft, Entry, figure

_YEARS = {"hospital_trust": "2024-25", "police": "2018-19 to 2024-25"}
_WORDS = ("key", "name", "kind", "regime", "shared_with")
_FIGURES = (
    "staff",
    "mean_pay_annual",
    "on_cost_rate",
    "staff_resident_share",
    "service_share",
    "local_share",
    "wider_share",
    "influenceable_share",
)
_NOT_CONTRACTS = ("placements", "grants", "public", "none")


def add_anchors(draft: Draft) -> None:
    """Every anchor, judged or made by rule, its revenue equal to payroll, contracts and other lines, to the pound."""
    sizes = _register(draft)
    shares: list[list[Any]] = []
    sites: list[list[Any]] = []
    room = Room(draft)
    for judged in bodies_of(draft):
        body = dict(judged)
        _check_sum(f"{body['key']}.staff_by_section", sum(body["staff_by_section"].values()))
        body["sites"] = place_staff(body, room)
        mix, budget = _contracts(draft, body)
        draft.anchors.append(_closed(draft, body, budget, sizes))
        staff = body["staff_by_section"]
        shares += [
            [body["key"], s, round(float(staff.get(s, 0.0)), 6), round(float(mix.get(s, 0.0)), 6)]
            for s in SECTIONS
        ]
        sites += [[body["key"], s, *counts] for s, counts in sorted(body["sites"].items())]
    draft.table(
        "anchor_sections",
        ["anchor", "section", "staff_share", "contract_share"],
        shares,
        title="Anchors' staff by section they are counted in, and contracts by supplying section",
        unit="share 0-1, each summing to 1 by anchor",
        source="derived: North Tyneside spend by class (councils), NHS non-pay lines (hospital "
        "trusts), Lancashire "
        "police ledger (police), classes mapped to sections by judgement; others and all staff "
        "shares assumed",
        year="2018-2025",
    )
    draft.table(
        "anchor_sites",
        ["anchor", "section", *(f"band_{n}" for n in range(7))],
        sites,
        title="Anchors' own sites among the local units, by section and size band",
        unit="local units",
        source="assumed: sites that would hold the staff; no list of public sites at hand",
        year=2025,
        note="take these out of units_by_section_band when firms are made; staff beyond what the sites hold sit in "
        "buildings of other bodies",
    )


def _check_sum(what: str, total: float) -> None:
    if abs(total - 1) > 1e-6:
        raise UserError(f"{what} sums to {total:.6f}", "judgements.toml", allowed="1")


def _register(draft: Draft) -> dict[str, Entry]:
    """The log-normal law of yearly contract values in Salford's register."""
    table = pd.read_csv(draft.data / "contracts_register_salford" / "salford_register_with_lad.csv")
    values = pd.to_numeric(table["Annual Value"], errors="coerce")
    values = values[values > 0]
    logs = np.log(values.to_numpy(dtype=float))
    median, sigma = math.exp(logs.mean()), float(logs.std(ddof=1))
    source = f"fitted: Salford contracts register, {len(values)} yearly values"
    note = "log-normal fit; low is the register's own median, high assumed"
    low, high = round(float(values.median())), round(1.2 * median)
    wide: dict[str, Any] = {"low": round(sigma - 0.15, 4), "high": round(sigma + 0.15, 4)}
    return {
        "median_annual_value": figure(round(median), "£ a year", source, 2022, low=low, high=high, note=note),
        "lognormal_sigma": figure(round(sigma, 4), "log points", source, 2022, note="range assumed", **wide),
    }


def _contracts(draft: Draft, body: Mapping[str, Any]) -> tuple[dict[str, float], Entry]:
    """The mix of an anchor's contracts by section, and its contract budget."""
    if body["contracts_from"] == "judgement":
        mix = {s: float(v) for s, v in body["contract_mix"].items()}
        _check_sum(f"{body['key']}.contract_mix", sum(mix.values()))
        return mix, dict(body["contract_budget"])
    share = float(body["service_share"]["value"])
    if body["contracts_from"] == "council":
        mix, scale, source = _council(draft)
    elif body["contracts_from"] == "police":
        mix, scale, source = _police(draft)
    else:
        mix, scale, source = _hospital(draft, body.get("trust_lines"))
        scale *= share
        source += f" x {share:.3f} of its service" if share != 1 else ""
    budget = dict(body.get("contract_budget", {}))
    if body["contracts_from"] == "council" and "goods_and_services" in body:
        # the judged figure is all third-party spend; what goes on placements is not under contract
        spend = body["goods_and_services"]
        parts = {k: round(float(spend[k]) * scale) for k in ("low", "value", "high") if k in spend}
        budget = {**spend, **parts, "source": _less_placements(spend["source"], source)}
    elif not budget:
        low, high = 0.8, 1.25
        budget = figure(
            round(scale),
            "£ a year",
            source,
            _YEARS[body["contracts_from"]],
            low=round(low * scale),
            high=round(high * scale),
        )
    return mix, budget


def _less_placements(spend: str, share: str) -> str:
    kind = "assumed: " if spend.startswith("assumed") else "derived: "
    return f"{kind}{spend.removeprefix('assumed: ')}, less placements ({share})"


def _council(draft: Draft) -> tuple[dict[str, float], float, str]:
    """North Tyneside's influenceable spend by section, and the share of it that is not placements."""
    return _council_mix(draft.data)


@cache
def _council_mix(data: Path) -> tuple[dict[str, float], float, str]:
    table = pd.read_csv(
        data / "spend_northtyneside_categories" / "procurement_classification_level2.csv",
        keep_default_na=False,
    )
    rules = building("national.toml")["council_classes"]
    totals: dict[str, float] = {}
    for row in table.itertuples(index=False):
        name = str(row[1])
        kind = next((v for k, v in rules.items() if re.match(k, name)), None)
        if kind is None:
            raise UserError(f"no section for the spend class {name!r}", "national.toml [council_classes]")
        totals[kind] = totals.get(kind, 0.0) + float(row[3])
    contracts = {s: totals[s] for s in SECTIONS if totals.get(s, 0.0) > 0}
    every = sum(contracts.values())
    share = every / (every + totals["placements"])
    source = f"North Tyneside 2021-22: placements {1 - share:.1%} of influenceable spend"
    return _normal(contracts), share, source


def _police(draft: Draft) -> tuple[dict[str, float], float, str]:
    """Lancashire Constabulary's ledger by section, and the borough's part of its contracts by head."""
    mix, a_head = _police_ledger(draft.data)
    scale = a_head * draft.value("people.usual_residents")
    source = "derived: Lancashire police payments over £500, contracts only, per head x the borough's people"
    return mix, scale, source


@cache
def _police_ledger(data: Path) -> tuple[dict[str, float], float]:
    ledger = pd.read_csv(data / "spend_police_lancashire" / "combined.csv.gz")
    amounts = pd.to_numeric(ledger["amount"], errors="coerce").groupby(ledger["category"].astype(str)).sum()
    rules = building("national.toml")["police_classes"]
    totals: dict[str, float] = {}
    for category, pounds in amounts.items():
        kind = next((v for k, v in rules.items() if re.search(k, str(category), re.IGNORECASE)), "unmapped")
        totals[kind] = totals.get(kind, 0.0) + float(pounds)
    contracts = {s: totals[s] for s in SECTIONS if totals.get(s, 0.0) > 0}
    mapped = sum(contracts.values()) + sum(totals.get(k, 0.0) for k in _NOT_CONTRACTS)
    years = 7 - 2 / 12  # 2018-19 to 2024-25, two months missing at the end
    yearly = sum(contracts.values()) * (1 + totals.get("unmapped", 0.0) / mapped) / years
    ages = pd.read_csv(data / "income_households_lad" / "age.csv").set_index("code")["all"]
    people = float(ages[list(LANCASHIRE_FORCE)].sum())
    return _normal(contracts), yearly / people


def _hospital(draft: Draft, trust: str | None) -> tuple[dict[str, float], float, str]:
    """A trust's non-pay lines by section, and their sum; of all the trusts at hand where none is named."""
    table = pd.read_csv(draft.data / "nhs_trust_lines" / "nhs_trust_lines_2024_25.csv")
    split = draft.judgements["hospital_lines"]
    grid = table[table["line"].isin(list(split))].pivot_table(index="trust", columns="line", values="gbp_m")
    drugs, whole = "Drugs costs", grid.dropna()
    missing = grid[drugs].isna() & (trust is None or grid.index == trust)
    if missing.any():  # as much of the other lines as at the trusts that give it
        others = [c for c in grid.columns if c != drugs]
        ratio = float(whole[drugs].sum() / whole[others].to_numpy().sum())
        grid.loc[missing, drugs] = grid.loc[missing, others].sum(axis=1) * ratio
    lines = grid.loc[[trust]] if trust else grid
    totals = dict.fromkeys(SECTIONS, 0.0)
    # in the order of the published table, so that sums are the same to the last bit
    for line in (n for n in table["line"].drop_duplicates() if n in lines.columns):
        for section, share in split[line].items():
            totals[section] += float(share) * float(lines[line].sum()) * 1e6
    spend = sum(totals.values())
    source = (
        "derived: trust's non-pay lines 2024-25 (secondary: from a public budget explorer; "
        "check with the accounts)"
    )
    if missing.any():
        source += ", its missing line of drugs in proportion to the rest"
    return _normal({s: v for s, v in totals.items() if v > 0}), spend, source


def _normal(totals: Mapping[str, float]) -> dict[str, float]:
    every = sum(totals.values())
    return {s: v / every for s, v in totals.items()}


def _closed(draft: Draft, body: Mapping[str, Any], budget: Entry, sizes: Mapping[str, Entry]) -> Entry:
    """One anchor ready to write, the named line taking what is left so that revenue equals what is spent."""
    noncontract = {k: _valued(draft, body, v) for k, v in body.get("noncontract", {}).items()}
    revenue = {k: _valued(draft, body, v) for k, v in body.get("revenue", {}).items()}
    on_cost = 1 + body["on_cost_rate"]["value"]
    payroll = round(body["staff"]["value"] * body["mean_pay_annual"]["value"] * on_cost)
    spent = payroll + round(budget["value"]) + sum(round(v["value"]) for v in noncontract.values())
    left = spent - sum(round(v["value"]) for v in revenue.values())
    side, line = body["balance"].split(".")
    into, amount = (revenue, left) if side == "revenue" else (noncontract, -left)
    if amount < 0 and body.get("by_rule"):
        revenue["business_rates"], amount = _less_rates(revenue["business_rates"], -amount), 0
    if amount < 0:
        what = f"{body['key']}: {body['balance']} would be £{amount:,}"
        raise UserError(what, "judgements.toml", "0 or more", "name the other side as the balance")
    into[line] = figure(amount, "£ a year", "derived: what closes the budget", "2024-25")
    source = "derived: contract budget over the fitted mean value"
    mean = sizes["median_annual_value"]["value"] * math.exp(sizes["lognormal_sigma"]["value"] ** 2 / 2)
    number = figure(max(1, round(budget["value"] / mean)), "contracts in force", source, 2022)
    return {
        **{key: body[key] for key in (*_WORDS, *_FIGURES)},
        "contract_budget": budget,
        **sizes,
        "n_contracts": number,
        "noncontract": noncontract,
        "revenue": revenue,
    }


def _less_rates(rates: Entry, excess: int) -> Entry:
    """Business rates kept, less what a budget made by rule has too much of: so much more goes to the Treasury."""
    kept = round(rates["value"]) - excess
    if kept < 0:
        raise UserError(f"business rates would be £{kept:,}", "anchors.toml", "0 or more", "lower the other revenue")
    note = f"£{excess:,} less than by rule, so that the budget closes without a grant"
    return {**rates, "value": kept, "low": min(kept, rates["low"]), "note": note}


def _valued(draft: Draft, body: Mapping[str, Any], entry: Entry) -> Entry:
    """A line of a budget; `of` and `share` make it a share of a figure gathered elsewhere."""
    if "of" not in entry:
        return dict(entry)
    about = {k: v for k, v in entry.items() if k not in ("of", "share")}
    if str(entry["of"]) == "placements":
        base = float(body["goods_and_services"]["value"]) * (1 - _council(draft)[1])
        share = {"value": 1.0, "low": 0.7, "high": 1.3}
    else:
        base, share = draft.value(str(entry["of"])), entry["share"]
    return {k: round(base * float(share[k])) for k in ("value", "low", "high")} | about
