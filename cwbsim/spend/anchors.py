"""A body's real spend as an anchor: its contract budget by section, its contract book, what it pays that is no contract."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tomlkit

from cwbsim.errors import CannotWriteError, UserError, unknown
from cwbsim.spend.classes import SECTIONS
from cwbsim.spend.whereabouts import RINGS, Rings

LINES = {
    "grants": "grants_to_voluntary",
    "precepts": "precepts_and_levies",
    "public_bodies": "other_public",
    "finance": "other_public",
}
SMALLEST = (
    5_000  # pounds a year: what contracts registers must list (Local Government Transparency Code 2015)
)
FEWEST = 20  # yearly values below which no law is fitted
NOT_BOUGHT = ("O", "T")  # no firm sells from public administration or households
LEFT_OUT = "payroll, pensions, benefits, taxes, refunds, recharges and what no rule classes are left out"

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AnchorSpend:
    """One anchor made of spend, each figure with range, unit, source and year."""

    key: str
    name: str
    figures: Mapping[str, Entry]  # contract_budget, local_share, wider_share, median_annual_value, ...
    mix: Mapping[str, float]  # section -> share of contracts, summing to one
    noncontract: Mapping[str, Entry]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        parts = {
            "figures": dict(self.figures),
            "contract_mix": dict(self.mix),
            "noncontract": dict(self.noncontract),
        }
        return {"key": self.key, "name": self.name, **parts, "notes": list(self.notes)}

    def to_toml(self) -> str:
        """The file that ``cwbsim place build --figures`` takes."""
        about = tomlkit.document()
        for note in (
            f"{self.name}, from its own spend. For: cwbsim place build CODE --data FOLDER --figures THIS",
            *self.notes,
        ):
            about.add(tomlkit.comment(note))
        table = tomlkit.table()
        table["name"] = self.name
        table["contracts_from"] = "judgement"
        for name in ("contract_budget", "local_share", "wider_share"):
            if name in self.figures:
                table[name] = _inline(self.figures[name])
        table["contract_mix"] = _inline(dict(self.mix))
        table["noncontract"] = {line: _inline(entry) for line, entry in self.noncontract.items()}
        anchors = tomlkit.table(is_super_table=True)
        anchors[self.key] = table
        about["anchors"] = anchors
        fitted = [
            f"{name} = {self.figures[name]['value']}"
            for name in ("median_annual_value", "lognormal_sigma")
            if name in self.figures
        ]
        if fitted:
            about.add(
                tomlkit.comment(
                    f"Contract book as fitted (spend to-anchor --into writes it): {', '.join(fitted)}"
                )
            )
        return tomlkit.dumps(about)


def _inline(entry: Mapping[str, Any]) -> Any:
    table = tomlkit.inline_table()
    table.update(entry)
    return table


def anchor_from(
    frame: pd.DataFrame, rings: Rings | None, *, key: str = "council", name: str | None = None
) -> AnchorSpend:
    """Make an anchor of imported rows.

    Parameters
    ----------
    frame
        Rows as `SpendImport.frame` gives them: payments of whole months, or a contracts register with yearly values.
    rings
        The place; without it there are no local shares.
    key, name
        The anchor's key in a profile, and its name; the body's in the files if left out.

    Raises
    ------
    UserError
        No purchases, or no dates to tell how long the payments cover.
    """
    classes = frame["class"].astype(str)
    bought = frame[classes.isin([s for s in SECTIONS if s not in NOT_BOUGHT])]
    if not len(bought) or int(bought["pence"].sum()) <= 0:
        raise UserError("there are no purchases here to make an anchor of", "spend to-anchor")
    is_register = any(
        name in frame and (frame[name].astype(str) != "").any() for name in ("end_date", "months")
    )
    years, period, year = (1.0, "contracts in force", _year(frame)) if is_register else _covered(frame)
    source = f"derived: {'contracts register' if is_register else 'payments'}, {period}"
    body = name or _body(frame) or key
    figures = {
        "contract_budget": _figure(round(int(bought["pence"].sum()) / 100 / years), "£ a year", source, year)
    }
    notes = [f"{period}: {years:.2f} years; {LEFT_OUT}."]
    figures |= _shares(bought, rings, source, year, notes)
    figures |= _book(bought, years, is_register, source, year, notes)
    totals = bought.groupby(bought["class"].astype(str))["pence"].sum()
    totals = totals[totals > 0]
    mix = _rounded({str(s): float(n) / float(totals.sum()) for s, n in totals.items()})
    noncontract: dict[str, Entry] = {}
    for verdict, line in LINES.items():
        pounds = round(int(frame.loc[classes == verdict, "pence"].sum()) / 100 / years)
        if pounds > 0:
            before = noncontract.get(line, {"value": 0})["value"]
            noncontract[line] = _figure(before + pounds, "£ a year", source, year)
    return AnchorSpend(key, body, figures, mix, noncontract, tuple(notes))


def _rounded(mix: Mapping[str, float]) -> dict[str, float]:
    """Shares of six decimals that add up to one, what is left going to the largest."""
    found = {s: round(n, 6) for s, n in mix.items()}
    largest = max(found, key=found.__getitem__)
    found[largest] = round(found[largest] + 1 - sum(found.values()), 6)
    return found


def _figure(
    value: float, unit: str, source: str, year: int | str, low: float | None = None, high: float | None = None
) -> Entry:
    low = value * 0.9 if low is None else low
    high = value * 1.1 if high is None else high
    if isinstance(value, int):
        low, high = math.floor(low), math.ceil(high)
    return {"value": value, "low": low, "high": high, "unit": unit, "source": source, "year": year}


def _covered(frame: pd.DataFrame) -> tuple[float, str, int | str]:
    """How many years the payments cover, by months that hold a payment; in words; as a year."""
    months = pd.to_datetime(frame["date"]).dt.to_period("M")
    counts = months.value_counts()
    if not len(counts):
        raise UserError(
            "no payment has a date, so it is not known how long these payments cover", "spend to-anchor"
        )
    real = counts[counts >= 0.05 * counts.median()]  # a stray date makes no month
    period = f"{real.index.min()} to {real.index.max()}, {len(real)} months"
    return len(real) / 12, period, f"{real.index.min().year}-{real.index.max().year}"


def _year(frame: pd.DataFrame) -> int | str:
    years = pd.to_datetime(frame["date"]).dt.year.dropna()
    return int(years.max()) if len(years) else "not known"


def _body(frame: pd.DataFrame) -> str:
    names = frame["body"].astype(str)
    names = names[~names.isin(("", "nan"))]
    return str(names.mode().iloc[0]) if len(names) else ""


def _shares(
    bought: pd.DataFrame, rings: Rings | None, source: str, year: int | str, notes: list[str]
) -> dict[str, Entry]:
    """Shares of contract spend in the borough and in the wider area, bounded by what could not be placed."""
    place = bought["place"].astype(str)
    every = int(bought["pence"].sum())
    placed = int(bought.loc[place != RINGS[4], "pence"].sum())
    if rings is None or placed <= 0:
        notes.append("No local shares: no purchase could be placed. The place's own stay.")
        return {}
    notes.append(
        f"Shares are of the {placed / every:.0%} of purchases that could be placed; "
        "low and high if none or all of the rest were there."
    )
    found = {}
    for name, ring in (("local_share", RINGS[0]), ("wider_share", RINGS[1])):
        pence = int(bought.loc[place == ring, "pence"].sum())
        share = pence / placed
        low, high = pence / every, (pence + every - placed) / every
        unit = f"share of contract spend with suppliers in the {ring}"
        ends = (round(min(max(low, 0.0), share), 4), round(max(min(high, 1.0), share), 4))
        found[name] = _figure(round(share, 4), unit, source, year, *ends)
    return found


def _book(
    bought: pd.DataFrame, years: float, is_register: bool, source: str, year: int | str, notes: list[str]
) -> dict[str, Entry]:
    """The law of yearly contract values, fitted: a register's own values, or what each supplier sold of a section in a year."""
    if is_register:
        values = bought["pence"].to_numpy(dtype=float) / 100
        what = "yearly values"
    else:
        groups = bought.groupby([bought["supplier_name"].astype(str), bought["class"].astype(str)])[
            "pence"
        ].sum()
        values = groups.to_numpy(dtype=float) / 100 / years
        values = values[values >= SMALLEST]
        what = f"suppliers' yearly sales of a section of £{SMALLEST:,} and more"
    values = values[values > 0]
    if len(values) < FEWEST:
        notes.append(f"No contract book is fitted: {len(values)} values, fewer than {FEWEST}.")
        return {}
    logs = np.log(values)
    median, sigma = math.exp(float(logs.mean())), float(logs.std(ddof=1))
    half = 1.96 * sigma / math.sqrt(len(values))
    fitted = f"fitted: {len(values)} {what} ({source.removeprefix('derived: ')})"
    budget = int(bought["pence"].sum()) / 100 / years
    number = max(1, round(budget / (median * math.exp(sigma**2 / 2))))
    low, high = math.floor(median * math.exp(-half)), math.ceil(median * math.exp(half))
    wide = sigma * 1.96 / math.sqrt(2 * (len(values) - 1))
    return {
        "median_annual_value": _figure(round(median), "£ a year", fitted, year, low, high),
        "lognormal_sigma": _figure(
            round(sigma, 4), "log points", fitted, year, round(sigma - wide, 4), round(sigma + wide, 4)
        ),
        "n_contracts": {
            "value": number,
            "unit": "contracts in force",
            "source": "derived: contract budget over the fitted mean value",
            "year": year,
        },
    }


def write_profile(anchor: AnchorSpend, place: str, folder: Path, *, force: bool = False) -> None:
    """A copy of a place's profile in which this anchor is as its spend says: ``place = "FOLDER"`` in a scenario starts from it.

    The line of revenue that balances the budget takes the difference, so that income still equals what is spent.

    Raises
    ------
    UserError
        No such place or anchor, or a budget that its revenue cannot meet.
    CannotWriteError
        The folder is there already and not `force`.
    """
    from cwbsim.places.profile import load_profile

    if folder.exists() and any(folder.iterdir()) and not force:
        raise CannotWriteError(
            "there is something there already", str(folder), mend="--into another folder, or --force"
        )
    source = files("cwbsim") / "data" / "places" / place
    texts = {
        one.name: one.read_text(encoding="utf-8")
        for one in source.iterdir()
        if one.name.endswith((".toml", ".csv", ".md"))
    }
    load_profile(place).anchor(anchor.key)
    texts["anchors.toml"] = _with_anchor(texts["anchors.toml"], anchor, place)
    texts["anchor_sections.csv"] = _with_mix(texts["anchor_sections.csv"], anchor)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8", newline="\n")
    except OSError as fault:
        raise CannotWriteError(f"cannot be written: {fault.strerror}", str(folder)) from fault
    load_profile(str(folder))


def _with_anchor(text: str, anchor: AnchorSpend, place: str) -> str:
    content = tomlkit.parse(text)
    bodies: Any = content["anchor"]
    body = next((one for one in bodies if one["key"] == anchor.key), None)
    if body is None:
        raise unknown("anchor", anchor.key, [str(one["key"]) for one in bodies], f"place {place}")
    before = _spent(body)
    for name, entry in anchor.figures.items():
        body[name] = entry
    if "n_contracts" not in anchor.figures:
        mean = body["median_annual_value"]["value"] * math.exp(body["lognormal_sigma"]["value"] ** 2 / 2)
        body["n_contracts"]["value"] = max(1, round(body["contract_budget"]["value"] / mean))
    for line, entry in anchor.noncontract.items():
        body["noncontract"][line] = entry
    more = _spent(body) - before
    revenue = body["revenue"]
    line = "grants" if "grants" in revenue else max(revenue, key=lambda name: revenue[name]["value"])
    value = revenue[line]["value"] + more
    if value < 0:
        raise UserError(
            f"the budget falls by £{-more:,}, more than the £{revenue[line]['value']:,} of {line} that would balance it",
            f"place {place}, {anchor.key}",
            mend="build the profile with --figures and the body's own revenue",
        )
    revenue[line] = {
        "value": value,
        "unit": "£ a year",
        "source": "derived: what closes the budget",
        "year": anchor.figures["contract_budget"]["year"],
    }
    return tomlkit.dumps(content)


def _spent(body: Any) -> int:
    values = [body["contract_budget"]["value"], *(entry["value"] for entry in body["noncontract"].values())]
    return sum(round(float(value)) for value in values)


def _with_mix(text: str, anchor: AnchorSpend) -> str:
    rows = list(csv.DictReader(io.StringIO(text)))
    for row in rows:
        if row["anchor"] == anchor.key:
            row["contract_share"] = f"{anchor.mix.get(row['section'], 0.0):.6f}"
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
