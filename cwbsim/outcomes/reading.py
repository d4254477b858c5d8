"""What several outcomes need, worked out once a month and only if asked for.

Sums over rows are sums of integers, so that a measurement cannot depend on the order of rows.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from cwbsim.ledger import SECTORS
from cwbsim.outcomes.passes import (
    FINE,
    N_SECTIONS,
    PAY_SHIFT,
    count_residents,
    ratio,
    sum_by,
    sum_firms,
    sum_households,
    sum_staff,
)  # fmt: skip
from cwbsim.world import BOROUGH, Q24, SECTIONS, WIDER, World

__all__ = ["SME_CLASS", "Reading", "pay_quantile", "savings_by_decile"]

SME_CLASS = 6  # the largest size class under 250 staff
WHOLESALE = SECTIONS.index("G")


class Reading:
    """The world at the end of a month, and what several outcomes need of it.

    Parameters
    ----------
    world : World
        Not written to.
    savings_before : ndarray of int64, shape (10,), optional
        Money of households by income decile when the month began, pence; without it disposable income is
        not a number.
    """

    def __init__(self, world: World, savings_before: np.ndarray | None = None) -> None:
        self.world = world
        self.savings_before = savings_before

    def pounds(self, pence: float) -> float:
        """Return model pence as real pounds of the whole place."""
        return float(pence) / (100 * self.world.scale)

    def pounds_each(self, pence: np.ndarray) -> np.ndarray:
        """Return the same for an array."""
        return np.asarray(pence / (100 * self.world.scale), np.float64)

    def real(self, count: float | np.signedinteger) -> float:
        """Return a number of simulated agents as a number of real ones."""
        return float(count) / self.world.scale

    # --- contracts

    @cached_property
    def paid(self) -> np.ndarray:
        """(N,) int64 pence an anchor pays for each need this month."""
        needs = self.world.needs
        if self.world.closure == "overrun":
            return np.asarray((needs.budget * (needs.price * Q24).astype(np.int64)) >> 24)
        return np.asarray(needs.budget)

    @cached_property
    def paid_total(self) -> int:
        """Pence of all contract payments."""
        return int(self.paid.sum())

    @cached_property
    def budget_total(self) -> int:
        """Pence of all needs at should-cost."""
        return int(self.world.needs.budget.sum())

    @cached_property
    def paid_by_place(self) -> np.ndarray:
        """(3,) int64 pence."""
        return sum_by(self.world.needs.place, self.paid, 3)

    @cached_property
    def paid_by_anchor(self) -> np.ndarray:
        """(A,) int64 pence."""
        return sum_by(self.world.needs.anchor, self.paid, self.world.anchors.key.shape[0])

    @cached_property
    def paid_by_section(self) -> np.ndarray:
        """(S,) int64 pence."""
        return sum_by(self.world.needs.section, self.paid, N_SECTIONS)

    @cached_property
    def paid_locally(self) -> np.ndarray:
        """(N,) int64 pence, nil where the supplier is not in the borough."""
        return np.asarray(self.paid * (self.world.needs.place == BOROUGH))

    @cached_property
    def local_by_anchor(self) -> np.ndarray:
        """(A,) int64 pence."""
        return sum_by(self.world.needs.anchor, self.paid_locally, self.world.anchors.key.shape[0])

    @cached_property
    def local_by_section(self) -> np.ndarray:
        """(S,) int64 pence."""
        return sum_by(self.world.needs.section, self.paid_locally, N_SECTIONS)

    @cached_property
    def site(self) -> np.ndarray:
        """(N,) int32 site of the supplier, -1 if it is not in the borough."""
        return np.asarray(np.maximum(self.world.needs.supplier, -1))

    @cached_property
    def pool_row(self) -> np.ndarray:
        """(N,) int32 row of Pool of the supplier, negative if it is in the borough."""
        return np.asarray(-1 - self.world.needs.supplier)

    @cached_property
    def paid_by_site(self) -> np.ndarray:
        """(F,) int64 pence."""
        return sum_by(self.site, self.paid, self.world.firms.key.shape[0])

    @cached_property
    def own_share(self) -> np.ndarray:
        """(N,) float share of a payment that is its supplier's own output: of goods resold, the margin."""
        resold = self.world.parameters.procurement.wholesale_goods_share
        return np.asarray(np.where(self.world.needs.section == WHOLESALE, 1.0 - resold, 1.0))

    def at_site(self, values: np.ndarray) -> np.ndarray:
        """Return (N,) the value of the supplying site, nil where the supplier is not in the borough."""
        if values.shape[0] == 0:
            return np.zeros(self.site.shape[0], values.dtype)
        return np.asarray(np.where(self.site >= 0, values[np.maximum(self.site, 0)], values.dtype.type(0)))

    def in_pool(self, values: np.ndarray) -> np.ndarray:
        """Return (N,) the value of the supplier elsewhere, nil where the supplier is in the borough."""
        if values.shape[0] == 0:
            return np.zeros(self.site.shape[0], values.dtype)
        found = values[np.maximum(self.pool_row, 0)]
        return np.asarray(np.where(self.pool_row >= 0, found, values.dtype.type(0)))

    # --- work

    @cached_property
    def residents(self) -> tuple[np.ndarray, np.ndarray, int]:
        """(3, 3) residents by status and skill; (PAY_BINS,) histogram of pay; number on the living wage."""
        world, r = self.world, self.world.residents
        living_wage = round(world.parameters.labour.real_living_wage * 100)
        index, n_sites = round(world.market.wage_index * Q24), world.firms.key.shape[0]
        return count_residents(
            r.status, r.skill, r.employer, r.pay, r.hours, n_sites, index, world.terms.pay_floor, living_wage
        )

    @cached_property
    def people_up_to(self) -> np.ndarray:
        """(PAY_BINS,) residents in work paid no more than the end of each bin."""
        return np.cumsum(self.residents[1])

    @cached_property
    def staff(self) -> tuple[np.ndarray, np.ndarray, int, int]:
        """(S,) staff of sites and anchors, (S,) residents on site for others; all staff, all residents."""
        e = self.world.employers
        n = self.world.on_site_row(WIDER)
        return sum_staff(e.section, e.n_residents, e.n_from_wider, e.n_from_outside, n)

    @cached_property
    def staff_on_site(self) -> np.ndarray:
        """(S,) float jobs in the borough for suppliers from elsewhere.

        Only residents are counted in those rows of Employers; in-commuters are added in the proportion of the
        borough's other jobs, or a contract that changes hands would seem to lose their jobs.
        """
        _, residents, total, here = self.staff
        return np.asarray(residents * (total / here if here else 1.0))

    @cached_property
    def jobs_by_section(self) -> np.ndarray:
        """(S,) float jobs in the borough, in the model's numbers."""
        return np.asarray(self.staff[0] + self.staff_on_site)

    def resident_share(self, rows: np.ndarray) -> np.ndarray:
        """Return (n,) float share of the staff of sites who live here; the mean where a site has none."""
        e = self.world.employers
        residents = e.n_residents[rows]
        staff = residents + e.n_from_wider[rows] + e.n_from_outside[rows]
        average = self.staff[3] / max(self.staff[2], 1)
        return np.asarray(np.where(staff > 0, residents / np.maximum(staff, 1), average))

    # --- households and firms

    @cached_property
    def households(self) -> tuple[np.ndarray, int]:
        """(3, 10) int64 pence of savings, consumption, housing costs by decile; households overdrawn."""
        h = self.world.households
        return sum_households(h.income_decile, h.savings + h.income, h.consumption, h.housing_cost)

    @cached_property
    def firms(self) -> tuple[np.ndarray, np.ndarray, int, int]:
        """(S,) int64 pence of output, (8,) open firms by size, their usual output, that times price."""
        f = self.world.firms
        return sum_firms(
            f.section, f.size_class, f.is_open, f.site_output, f.price, f.sales_anchors, f.sales_households,
            f.sales_firms, f.sales_beyond,
        )  # fmt: skip

    @property
    def price_level(self) -> float:
        """Mean price of open firms."""
        return ratio(self.firms[3] / FINE, self.firms[2])

    def received(self, sector: str) -> int:
        """Return pence a sector received this month from the others less what it paid them."""
        flows, i = self.world.ledger.flows, SECTORS.index(sector)
        return int(flows[:, i].sum() - flows[i].sum())


def savings_by_decile(world: World) -> np.ndarray:
    """Return the money of households by income decile, (10,) int64 pence."""
    return sum_by(world.households.income_decile, world.households.savings + world.households.income, 10)


def pay_quantile(now: Reading, quantile: float) -> float:
    """Return a quantile of the gross pay of residents in work, £ a year, from a histogram.

    The quantile is the pay of the person at rank quantile x (n - 1), counted from nil, interpolated within a
    bin as if its people were spread evenly; exact to the width of a bin.
    """
    histogram, up_to = now.residents[1], now.people_up_to
    n = int(up_to[-1])
    if n == 0:
        return float("nan")
    rank = quantile * (n - 1)
    b = int(np.searchsorted(up_to, rank, side="right"))
    within = (rank - (up_to[b] - histogram[b]) + 0.5) / histogram[b]
    pence_a_month = (b + min(within, 1.0)) * (1 << PAY_SHIFT)
    return float(pence_a_month * 12 / 100)
