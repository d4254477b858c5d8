"""What a body's spend says: where it goes, on what, with whom, and what of it could be bought nearer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.report.document import Chart, DataTable
from cwbsim.spend.classes import SECTIONS, not_purchases, order
from cwbsim.spend.suppliers import by_supplier, commonest, concentration, gaps, hhi, top_suppliers
from cwbsim.spend.table_headings import table
from cwbsim.spend.whereabouts import RINGS, Rings
from cwbsim.spend.wording import named

PAYMENT_BANDS = (500, 1_000, 5_000, 25_000, 100_000, 1_000_000)  # pounds
YES = ("yes", "y", "true", "1", "sme")

#: What is local under each definition in use, and how payments show it, or why they cannot.
DEFINITIONS = (
    ("premises in the borough", "the address the supplier is paid at"),
    ("premises in the borough or the wider area", "the same, over the neighbours"),
    ("small or medium-sized, in the borough", "only where the files say who is small"),
    ("in the borough, branches counted", "payments show one address a supplier, not its branches"),
    ("owned in the borough", "ownership is in no payments file"),
    ("made in the borough", "where the work is done is in no payments file"),
)
LOCAL_NOTE = "Of all: lowest if no unplaced pound were local, highest if every one were. Definitions overlap and are never added."
NO_DECILES = "No table from postcode to neighbourhood at hand: give --lookup with columns postcode, authority and decile."
NO_SIZES = "These files do not say who is small, voluntary or a community body."


@dataclass(frozen=True, slots=True)
class SpendAnalysis:
    """Tables of one body's spend."""

    title: str
    body: str
    rings: Rings | None
    tables: tuple[DataTable, ...]
    facts: dict[str, Any]

    def table(self, key: str) -> DataTable:
        """One table by its key."""
        return next(one for one in self.tables if one.key == key)

    def to_dict(self) -> dict[str, Any]:
        """Facts, and every table as a list of records."""
        tables = {t.key: [dict(zip(t.headings, row, strict=True)) for row in t.rows] for t in self.tables}
        return {**self.facts, "tables": tables}


def analyse(frame: pd.DataFrame, rings: Rings | None, *, top: int = 300) -> SpendAnalysis:
    """Analyse imported rows.

    Parameters
    ----------
    frame
        Rows as `SpendImport.frame` or `read_ledger` gives them.
    rings
        The place that "local" means; None leaves every pound without a ring.
    top
        How many suppliers to list.
    """
    return _Analysis(frame, rings, top).run()


class _Analysis:
    def __init__(self, frame: pd.DataFrame, rings: Rings | None, top: int) -> None:
        self.frame = frame.assign(
            **{"class": frame["class"].astype(str), "place": frame["place"].astype(str)}
        )
        self.bought = self.frame[self.frame["class"].isin(SECTIONS)]
        self.placed = self.bought[self.bought["place"] != RINGS[4]]
        self.rings = rings
        self.top = top
        self.days = pd.to_datetime(self.frame["date"])

    def run(self) -> SpendAnalysis:
        body = commonest(self.frame["body"]) if "body" in self.frame else ""
        months = self.days.dt.to_period("M")
        n_months = int(months.nunique())
        period = f"{months.min()} to {months.max()}" if n_months else "no dates"
        near = self.placed[self.placed["place"] == RINGS[0]]
        facts = {
            "body": body,
            "period": period,
            "months": n_months,
            "rows": len(self.frame),
            "pence": int(self.frame["pence"].sum()),
            "pence_purchases": int(self.bought["pence"].sum()),
            "influenceable_share": _share(self.bought, self.frame),
            "placed_share": _share(self.placed, self.bought),
            "local_share_of_placed": _share(near, self.placed) if self.rings else None,
            "hhi": hhi(by_supplier(self.bought)["pence"]),
        }
        tables = (
            self._summary(facts),
            self._by_class(),
            self._by_place(),
            self._local(),
            self._by_section_and_place(),
            self._by_month(),
            self._by_year(),
            self._by_size(),
            self._by_supplier_size(),
            self._deprivation(),
            top_suppliers(self.bought, self.top),
            concentration(self.bought),
            gaps(self.bought, self.rings),
        )
        return SpendAnalysis(
            f"Where {body or 'the body'}'s money goes, {period}", body, self.rings, tables, facts
        )

    def _summary(self, facts: dict[str, Any]) -> DataTable:
        credits = self.frame[self.frame["pence"] < 0]
        redacted = self.frame[self.frame["is_redacted"].astype(bool)]
        rows = [
            ("All that was paid", facts["pence"] / 100),
            ("of which purchases", facts["pence_purchases"] / 100),
            ("of which other payments", (facts["pence"] - facts["pence_purchases"]) / 100),
            ("Credits and refunds within it", _pounds(credits)),
            ("Redacted rows within it", _pounds(redacted)),
        ]
        return table("summary", rows, note=f"{facts['rows']:,} rows, {facts['period']}.")

    def _by_class(self) -> DataTable:
        what = not_purchases()
        rows = []
        for name in order():
            part = self.frame[self.frame["class"] == name]
            if len(part):
                kind = "purchase" if name in SECTIONS else what[name]
                counts = (len(part), part["supplier_name"].nunique())
                rows.append((named(name), kind, _pounds(part), _share(part, self.frame), *counts))
        note = "Sections of the Standard Industrial Classification 2007 that supply what was bought."
        chart = Chart("bar", 0, (2,), "Bars of pounds by what the money was for")
        return table("by_class", rows, note=note, chart=chart)

    def _by_place(self) -> DataTable:
        rows = []
        for ring in RINGS:
            part = self.bought[self.bought["place"] == ring]
            if len(part):
                counts = (len(part), part["supplier_name"].nunique())
                rows.append((ring, _pounds(part), _share(part, self.bought), *counts))
        area = "No place was named, so no pound has a ring."
        if self.rings:
            area = f"The wider area is the rest of {self.rings.area_name}."
        rules = self.bought["pence"].abs().groupby(self.bought["placed_by"].astype(str)).sum()
        shares = (rules / max(1, int(rules.sum()))).sort_values(ascending=False)
        by = "; ".join(f"{name} {share:.1%}" for name, share in shares.items())
        note = f"{area} Rings do not overlap. Placed by: {by}."
        return table(
            "by_place", rows, note=note, chart=Chart("bar", 0, (1,), "Bars of pounds by where suppliers are")
        )

    def _local(self) -> DataTable:
        place = self.placed["place"]
        near: dict[str, Any] = {}
        if self.rings:
            near = {DEFINITIONS[0][0]: place == RINGS[0], DEFINITIONS[1][0]: place.isin(RINGS[:2])}
            is_small = _said(self.placed, "sme").isin(YES)
            if is_small.any():
                near[DEFINITIONS[2][0]] = (place == RINGS[0]) & is_small
        unplaced = self.bought[self.bought["place"] == RINGS[4]]
        rows: list[tuple[Any, ...]] = []
        for name, how in DEFINITIONS:
            if name not in near:
                rows.append((name, None, None, None, None, how))
                continue
            part = self.placed[near[name]]
            low = _share(part, self.bought)
            high = None if low is None else low + (_share(unplaced, self.bought) or 0.0)
            rows.append((name, _pounds(part), _share(part, self.placed), low, high, how))
        return table("local", rows, note=LOCAL_NOTE, missing="cannot be told")

    def _by_section_and_place(self) -> DataTable:
        rows = []
        for section in SECTIONS:
            part = self.bought[self.bought["class"] == section]
            if len(part):
                rows.append((named(section), *(_pounds(part[part["place"] == ring]) for ring in RINGS)))
        return table("by_section_and_place", rows)

    def _by_month(self) -> DataTable:
        months = self.days.dt.strftime("%Y-%m").fillna("no date")
        groups: Any = self.frame.groupby(months)["pence"].agg(["sum", "count"])
        rows = [(str(m), int(s) / 100, int(n)) for m, s, n in groups.itertuples()]
        return table("by_month", rows, chart=Chart("line", 0, (1,), "A line of pounds paid in each month"))

    def _by_year(self) -> DataTable:
        start = (self.days - pd.DateOffset(months=3)).dt.year
        rows: list[tuple[Any, ...]] = []
        before, was_whole = 0, False
        for year in sorted(start.dropna().unique()):
            part = self.frame[start == year]
            bought = part[part["class"].isin(SECTIONS)]
            placed = bought[bought["place"] != RINGS[4]]
            n_months = int(self.days[start == year].dt.to_period("M").nunique())
            pence, is_whole = int(bought["pence"].sum()), n_months == 12
            change = pence / before - 1 if was_whole and is_whole and before else None
            near = _share(placed[placed["place"] == RINGS[0]], placed) if self.rings else None
            name = f"{int(year)}/{(int(year) + 1) % 100:02d}"
            n_suppliers = int(bought["supplier_name"].nunique())
            rows.append((name, n_months, _pounds(part), pence / 100, change, near, n_suppliers))
            before, was_whole = pence, is_whole
        note = "Financial years, April to March. Change is given between whole years only; money of the day."
        return table("by_year", rows, note=note, missing="not comparable")

    def _by_size(self) -> DataTable:
        edges = [-1.0, *PAYMENT_BANDS, np.inf]
        names = [f"under £{PAYMENT_BANDS[0]:,}", *(f"£{a:,} to £{b:,}" for a, b in pairwise(PAYMENT_BANDS))]
        names.append(f"£{PAYMENT_BANDS[-1]:,} and over")
        band = pd.cut(self.bought["pence"].abs() / 100, edges, labels=names, right=False)
        parts = [(name, self.bought[band == name]) for name in names]
        return table("by_payment_size", [(n, _pounds(p), _share(p, self.bought), len(p)) for n, p in parts])

    def _by_supplier_size(self) -> DataTable:
        rows = []
        for column, what in (("sme", "small or medium-sized"), ("vcse", "voluntary or community")):
            said = _said(self.bought, column)
            for answer in sorted(set(said) - {"", "nan"}):
                part = self.bought[said == answer]
                rows.append((f"{what}: {answer}", _pounds(part), _share(part, self.bought), len(part)))
        note = "As the files say; most payments files do not." if rows else NO_SIZES
        return table("by_supplier_size", rows, note=note)

    def _deprivation(self) -> DataTable:
        said = _said(self.bought, "decile").str.extract(r"^(\d+)")[0]
        rows = []
        for decile in sorted(set(said.dropna()), key=int):
            part = self.bought[said == decile]
            rows.append((f"decile {decile}" + " (most deprived)" * (decile == "1"), _pounds(part), len(part)))
        note = "Deprivation of the neighbourhood of the supplier's postcode." if rows else NO_DECILES
        return table("by_deprivation", rows, note=note)


def _said(frame: pd.DataFrame, column: str) -> pd.Series[Any]:
    """A column as lower-case text; empty where there is none."""
    if column not in frame:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[column].astype(str).str.strip().str.lower()


def _pounds(frame: pd.DataFrame) -> float:
    return int(frame["pence"].sum()) / 100


def _share(part: pd.DataFrame, of: pd.DataFrame) -> float | None:
    every = int(of["pence"].sum())
    return int(part["pence"].sum()) / every if every else None
