"""What several outcomes need, worked out once a month and only if asked for.

Sums over rows are sums of integers, so that a measurement cannot depend on the order of rows.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from cwbsim.ledger import SECTORS
from cwbsim.outcomes.contract_passes import (
    CONTRACT_TOTALS,
    PAYMENT_TOTALS,
    count_formalities,
    payments,
    second_round,
    sum_contracts,
    sum_payments,
)
from cwbsim.outcomes.passes import (
    FINE,
    PAY_SHIFT,
    count_residents,
    find_rank,
    ratio,
    sum_employers,
    sum_households,
    sum_sites,
)
from cwbsim.outcomes.steady import FixedSums, need_weight
from cwbsim.pay import pay_in_force
from cwbsim.world import EMPLOYED, OUTSIDE, Q24, WIDER, World

__all__ = ["Reading", "pay_quantile", "savings_by_decile"]


class Reading:
    """The world at the end of a month, and what several outcomes need of it.

    Parameters
    ----------
    world : World
        Not written to.
    savings_before : ndarray of int64, shape (10,), optional
        Money of households by income decile when the month began, pence; without it disposable income is
        not a number.
    fixed_sums : FixedSums, optional
        Sums of columns that do not change in a run; made here if not given.
    """

    def __init__(
        self, world: World, savings_before: np.ndarray | None = None, fixed_sums: FixedSums | None = None
    ) -> None:
        self.world = world
        self.savings_before = savings_before
        if fixed_sums is not None:
            self.fixed_sums = fixed_sums

    @cached_property
    def fixed_sums(self) -> FixedSums:
        """Sums of columns that do not change in a run."""
        return FixedSums.of(self.world)

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
        return payments(needs.budget, needs.price, self.world.closure == "overrun")

    @cached_property
    def _payments(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """What ``sum_payments`` finds."""
        world, needs, firms, pool, e = (
            self.world, self.world.needs, self.world.firms, self.world.pool, self.world.employers
        )  # fmt: skip
        steady = self.fixed_sums
        respent = second_round(
            needs.supplier, needs.section, steady.own_share, steady.inputs, world.fixed.pay_share,
            e.n_residents, e.n_from_wider, e.n_from_outside, self.resident_share,
        )  # fmt: skip
        return sum_payments(
            self.paid, respent, needs.anchor, needs.section, needs.place, needs.supplier, needs.is_influenceable,
            steady.value_added, firms.size_class, firms.owner_place, firms.ownership, pool.has_branch,
            pool.section, pool.turnover, steady.sme_turnover, world.anchors.key.shape[0],
        )  # fmt: skip

    @cached_property
    def paid_by_place_and_section(self) -> np.ndarray:
        """(3, S) int64 pence, by the place of the supplier and the industry of what is bought."""
        return self._payments[0]

    @cached_property
    def paid_by_place(self) -> list[int]:
        """Pence to the borough, the wider area, outside."""
        return [int(n) for n in self._payments[0].sum(axis=1)]

    @cached_property
    def paid_total(self) -> int:
        """Pence of all contract payments."""
        return sum(self.paid_by_place)

    @property
    def paid_by_anchor(self) -> np.ndarray:
        """(A,) int64 pence."""
        return self._payments[1][:, 0]

    @property
    def local_by_anchor(self) -> np.ndarray:
        """(A,) int64 pence to suppliers in the borough."""
        return self._payments[1][:, 1]

    @cached_property
    def respent_by_anchor(self) -> np.ndarray:
        """(A,) float pence that suppliers in the borough spend again on its residents and suppliers."""
        return np.asarray(self._payments[1][:, 2] / FINE)

    @property
    def local_by_size(self) -> np.ndarray:
        """(8,) int64 pence to sites of the borough, by the staff of their premises."""
        return self._payments[2]

    @cached_property
    def paid_to(self) -> dict[str, int]:
        """Pence by one property of the supplier or the need: see ``PAYMENT_TOTALS``."""
        return dict(zip(PAYMENT_TOTALS, self._payments[3].tolist(), strict=True))

    @cached_property
    def need_weight(self) -> np.ndarray:
        """(N,) int64 how many real needs each stands for, in 1 / FINE; needs let in lots are more rows."""
        weight = self.fixed_sums.need_weight
        return weight if weight.shape == self.world.needs.key.shape else need_weight(self.world)

    @cached_property
    def _contracts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """What ``sum_contracts`` finds."""
        n, weight = self.world.needs, self.need_weight
        return sum_contracts(
            n.anchor, n.budget, n.price, n.volume, n.sv_promised, n.sv_delivered, n.is_open, n.n_bids,
            n.n_local_bids, n.best_score, n.route, weight, self.world.anchors.key.shape[0],
        )  # fmt: skip

    @cached_property
    def contracts(self) -> dict[str, int]:
        """Sums over needs: see ``CONTRACT_TOTALS``. What prices and shares weigh is in pence x FINE."""
        return dict(zip(CONTRACT_TOTALS, self._contracts[1].tolist(), strict=True))

    @cached_property
    def formalities(self) -> list[int]:
        """Bids for formal and for small contracts, and formal awards with a loser, of the simulated needs."""
        n, p = self.world.needs, self.world.parameters.procurement
        least = p.formal_threshold * 100.0 / (1.0 + p.vat_on_contracts)
        counts: list[int] = count_formalities(n.is_open, n.budget, n.term_months, n.n_bids, least).tolist()
        return counts

    @cached_property
    def tendering(self) -> list[float]:
        """Tenders, bids and local bids of the month, of the real number of needs."""
        return [n / FINE for n in self._contracts[2].tolist()]

    @cached_property
    def lost_by_anchor(self) -> np.ndarray:
        """(A,) float pence of service, at should-cost, needed and not delivered."""
        return np.asarray(self._contracts[0] / FINE)

    def average(self, what: str) -> float:
        """Return the mean over contracts, weighed by budget, of one of the ``contracts``."""
        return ratio(self.contracts[what] / FINE, self.contracts["budget"])

    # --- work

    @cached_property
    def residents(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, int, int]:
        """(3, 3) residents by status and skill; (PAY_BINS,) histogram of pay; (E,) residents by employer.

        Then how many are paid the living wage, and the first resident who contradicts himself (-1: none).
        """
        world, r = self.world, self.world.residents
        living_wage = round(world.parameters.labour.real_living_wage * 100)
        return count_residents(
            r.status, r.skill, r.employer, self._pay_in_force, r.hours, world.employers.n_residents.shape[0],
            world.firms.key.shape[0], round(world.market.wage_index * Q24), world.terms.pay_floor, living_wage,
        )  # fmt: skip

    @property
    def _pay_in_force(self) -> np.ndarray:
        """Pay as pay day found it, if that was this month and the books are not closed yet; else found again."""
        month, pay = self.world.derived.pop("pay_of_month", (-1, None))
        return pay if month == self.world.month else pay_in_force(self.world)

    @cached_property
    def in_work(self) -> int:
        """Residents in work, in the model's numbers."""
        return int(self.residents[0][EMPLOYED].sum())

    @cached_property
    def employers(self) -> tuple[np.ndarray, list[int]]:
        """(3, S) staff of sites, staff of anchors, residents on site for suppliers elsewhere; four totals.

        The totals: staff and residents of sites and anchors, vacancies in the borough, and employers who do
        not have the residents who say they work there.
        """
        e, world = self.world.employers, self.world
        by_section, totals = sum_employers(
            e.section, e.n_residents, e.n_from_wider, e.n_from_outside, e.vacancies, self.residents[2],
            world.anchor_row(0), world.on_site_row(WIDER),
        )  # fmt: skip
        return by_section, totals.tolist()

    @cached_property
    def staff_on_site(self) -> np.ndarray:
        """(S,) float jobs in the borough for suppliers from elsewhere.

        Only residents are counted in those rows of Employers; in-commuters are added in the proportion of the
        borough's other jobs, or a contract that changes hands would seem to lose their jobs.
        """
        by_section, (total, here, *_) = self.employers
        return np.asarray(by_section[2] * (total / here if here else 1.0))

    @cached_property
    def jobs_by_section(self) -> np.ndarray:
        """(S,) float jobs in the borough, in the model's numbers."""
        return np.asarray(self.employers[0][0] + self.employers[0][1] + self.staff_on_site)

    @cached_property
    def jobs_total(self) -> float:
        """Jobs in the borough, in the model's numbers."""
        return float(self.jobs_by_section.sum())

    @property
    def resident_share(self) -> float:
        """Mean share of the staff of sites and anchors who live here."""
        total, here = self.employers[1][:2]
        return here / max(total, 1)

    @cached_property
    def jobs_elsewhere(self) -> tuple[float, float]:
        """Jobs that go with output in the wider area and outside, less those its suppliers keep in the borough.

        The last row of the rounds is households, who are no industry.
        """
        market, fixed = self.world.market, self.world.fixed

        def jobs(made: np.ndarray, place: int) -> float:
            there = made[:-1] - self.paid_by_place_and_section[place] * fixed.on_site_share
            return self.real(float((there * fixed.jobs_per_output).sum()))

        return jobs(market.wider_output, WIDER), jobs(market.outside_output, OUTSIDE)

    # --- households and firms

    @cached_property
    def households(self) -> tuple[np.ndarray, np.ndarray, int]:
        """(10,) int64 pence of money held, (10,) of consumption by decile; households overdrawn."""
        h = self.world.households
        return sum_households(h.income_decile, h.savings, h.income, h.consumption)

    @cached_property
    def firms(self) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """(S,) int64 pence of output; (8,) open firms by size; usual output, that times price, unmet, cash."""
        f = self.world.firms
        output, number, totals = sum_sites(
            f.section, f.size_class, f.is_open, f.site_output, f.price, f.sales_anchors, f.sales_households,
            f.sales_firms, f.sales_beyond, f.unmet, f.cash,
        )  # fmt: skip
        return output, number, totals.tolist()

    @cached_property
    def value_added(self) -> np.ndarray:
        """(S,) float pence; staff of anchors and of suppliers from elsewhere are on national scales of pay."""
        fixed, others = self.world.fixed, self.employers[0][1] + self.staff_on_site
        return np.asarray(self.firms[0] * fixed.value_added_share + others * fixed.labour_cost_per_job)

    @property
    def price_level(self) -> float:
        """Mean price of open firms."""
        return ratio(self.firms[2][1] / FINE, self.firms[2][0])

    @cached_property
    def held(self) -> dict[str, int]:
        """Pence that the rows of each population hold."""
        return {
            "anchors": sum(self.world.anchors.cash.tolist()),
            "firms": self.firms[2][3],
            "households": int(self.households[0].sum()),
        }

    def received(self, sector: str) -> int:
        """Return pence a sector received this month from the others less what it paid them."""
        flows, i = self.world.ledger.flows, SECTORS.index(sector)
        return int(flows[:, i].sum() - flows[i].sum())


def savings_by_decile(world: World) -> np.ndarray:
    """Return the money of households by income decile, (10,) int64 pence."""
    return Reading(world).households[0]


def pay_quantile(now: Reading, quantile: float) -> float:
    """Return a quantile of the gross pay of residents in work, £ a year, from a histogram.

    The quantile is the pay of the person at rank quantile x (n - 1), counted from nil, interpolated within a
    bin as if its people were spread evenly; exact to the width of a bin.
    """
    if now.in_work == 0:
        return float("nan")
    rank = quantile * (now.in_work - 1)
    b, before = find_rank(now.residents[1], rank)
    within = (rank - before + 0.5) / int(now.residents[1][b])
    pence_a_month = (b + min(within, 1.0)) * (1 << PAY_SHIFT)
    return float(pence_a_month * 12 / 100)
