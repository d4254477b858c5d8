"""A place as its figures say it is: what the builder of a starting world reads.

A profile is a folder of text, `figures.toml`, `anchors.toml` and CSV tables described by `tables.toml`; each
number carries its range, unit, source and year. Loaded, the numbers are plain and the records are at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from cwbsim.errors import unknown
from cwbsim.parameters import Parameter as Figure

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

SECTIONS = tuple("ABCDEFGHIJKLMNOPQRST")
BANDS = ("0-4", "5-9", "10-19", "20-49", "50-99", "100-249", "250+")
TENURES = ("owned outright", "mortgaged", "private rent", "social rent")
ZONES = ("borough", "wider area", "elsewhere")


@dataclass(frozen=True, slots=True)
class FigureRow:
    """One line of `place show`."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    year: int | str
    note: str = ""


@dataclass(frozen=True, slots=True)
class TableRow:
    """What one table of a profile holds."""

    name: str
    title: str
    unit: str
    source: str
    year: int | str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ward:
    """A ward and its centre, in kilometres on a grid like the British National Grid."""

    code: str
    name: str
    x_km: float
    y_km: float


@dataclass(frozen=True, slots=True)
class Income:
    """Incomes and housing costs of residents; pounds a year unless named by the month."""

    total_income_pounds: float
    employees_income: float
    employees_mean_income: float
    employed_taxpayers: int
    self_employed_income: float
    self_employed_mean: float
    self_employed_taxpayers: int
    pension_income: float
    pension_taxpayers: int
    income_tax_pounds: float
    ashe_jobs: int
    median_rent_month: float
    social_rent_month: float
    mortgage_interest_year: float
    council_tax_band_d: float
    council_tax_total: float
    council_tax_per_household: float
    universal_credit_households: int


@dataclass(frozen=True)
class AnchorProfile:
    """An anchor institution: who works there, what it buys, where its money comes from. Pounds a year."""

    key: str
    name: str
    kind: str
    regime: str
    shared_with: str
    service_share: float
    staff: int
    mean_pay_annual: float
    on_cost_rate: float
    staff_resident_share: float
    staff_by_section: Floats  # (20,) shares
    contract_budget: float
    contract_mix: Floats  # (20,) shares
    noncontract: Mapping[str, float]
    revenue: Mapping[str, float]
    local_share: Figure
    wider_share: Figure
    influenceable_share: Figure
    median_annual_value: float
    lognormal_sigma: float
    n_contracts: int
    sites_by_section_band: Whole = field(repr=False)  # (20, 7) local units that are its own sites
    records: Mapping[str, Figure] = field(repr=False)

    @property
    def payroll_cost(self) -> int:
        """Pay with employer's on-costs, whole pounds a year."""
        return round(self.staff * self.mean_pay_annual * (1 + self.on_cost_rate))

    @property
    def spending(self) -> int:
        """Payroll, contracts and non-contract lines, whole pounds a year; equal to the sum of revenue."""
        return (
            self.payroll_cost + round(self.contract_budget) + sum(round(v) for v in self.noncontract.values())
        )


@dataclass(frozen=True)
class Profile:
    """A borough. W wards, 20 sections, 7 size bands."""

    name: str
    code: str
    people: int
    households: int
    wards: tuple[Ward, ...]
    households_by_ward_decile: Whole  # (W, 10), decile 1 most deprived
    ward_deprivation: Floats  # (W,) households' mean score, higher is more deprived; nan where a profile has none
    households_by_size: Whole  # (8,)
    tenure_share: Floats  # (4,) TENURES
    residents_employed: int
    residents_self_employed: int
    residents_unemployed: int
    residents_inactive_wanting_work: int
    pensioner_households: int
    skill_share: Floats  # (3,) low, middle, high
    pay_percentile: Floats  # (n,) 0-100
    pay_annual: Floats  # (n,) £
    total_jobs: int
    residents_work_share: Floats  # (3,) ZONES
    jobs_filled_share: Floats  # (3,) ZONES
    jobs_by_section: Floats  # (20,)
    own_account_by_section: Floats  # (20,)
    jobs_uk_by_section: Floats  # (20,)
    units_by_section_band: Whole  # (20, 7)
    band_edges: Whole  # (8,) smallest jobs of each band, and a nominal end
    retail_units: Mapping[str, int]
    births_per_year: float
    deaths_per_year: float
    active_enterprises: int
    enterprises: int
    survival: Floats  # (5,)
    outside_owned_share_by_band: Floats  # (7,)
    outside_owned_wider_area_share: float
    income: Income
    gva_area_pounds_estimate: float
    anchors: tuple[AnchorProfile, ...]
    records: Mapping[str, Figure] = field(repr=False)
    described: tuple[TableRow, ...] = field(repr=False)

    @property
    def anchor_units_by_section_band(self) -> Whole:
        """Local units that are anchors' own sites, (20, 7): not firms."""
        none = np.zeros((len(SECTIONS), len(BANDS)), dtype=np.int64)
        return sum((anchor.sites_by_section_band for anchor in self.anchors), none)

    @property
    def anchor_jobs_by_section(self) -> Floats:
        """Anchors' jobs in the borough by the section they are counted in, (20,)."""
        return np.asarray(
            sum(anchor.staff * anchor.staff_by_section for anchor in self.anchors), dtype=np.float64
        )

    def anchor(self, key: str) -> AnchorProfile:
        """The anchor of that key.

        Raises
        ------
        UserError
            No such anchor; the nearest is named.
        """
        found = {anchor.key: anchor for anchor in self.anchors}
        if key not in found:
            raise unknown("anchor", key, found, where=f"place {self.name}")
        return found[key]

    def figure(self, name: str) -> Figure:
        """The record behind one number, ``"people.usual_residents"`` or ``"anchor.council.staff"``.

        Raises
        ------
        UserError
            No such figure; the nearest is named.
        """
        every = dict(self._every())
        if name not in every:
            raise unknown("figure", name, every, where=f"place {self.name}")
        return every[name]

    def figures(self) -> list[FigureRow]:
        """Every single figure with its range and source, sorted by name."""
        return [
            FigureRow(name, f.value, f.low, f.high, f.unit, f.source, f.year, f.note)
            for name, f in sorted(self._every())
        ]

    def assumed(self) -> list[FigureRow]:
        """Those that nobody measured."""
        return [row for row in self.figures() if row.source.startswith("assumed")]

    def tables(self) -> list[TableRow]:
        """The tables of the profile, and where each is from."""
        return list(self.described)

    def _every(self) -> Iterator[tuple[str, Figure]]:
        yield from self.records.items()
        for anchor in self.anchors:
            yield from ((f"anchor.{anchor.key}.{name}", figure) for name, figure in anchor.records.items())


def load_profile(name: str) -> Profile:
    """A place's profile.

    Parameters
    ----------
    name
        One of the places that ship with the package, ``"wigan"``, or the path of a profile's folder.

    Returns
    -------
    Profile
        Checked: shares sum to one, people and jobs agree, every anchor's revenue covers what it spends.

    Raises
    ------
    UserError
        No such place, a file or a field that is missing, a figure outside its range, totals that disagree.
    """
    from cwbsim.places.profile_files import read_profile

    return read_profile(name)
