"""The same borough as Mesa objects, doing only a small part of the month: spending and being paid.

Written as a careful Mesa user would: agents by `create_agents`, the month by `shuffle_do` and `do`, suppliers
held as references, integer pence, nothing looked up that could be held. It leaves out tenders, matching,
prices, taxes, entry and the books, so the comparison favours Mesa.
"""

from __future__ import annotations

import random
import time
from typing import Any

import mesa

SHARE_BITS = 24
CATEGORIES = 12


class Firm(mesa.Agent):  # type: ignore[misc]
    """A till: receives what households spend, pays wages."""

    def __init__(self, model: mesa.Model) -> None:
        super().__init__(model)
        self.money = 0


class Household(mesa.Agent):  # type: ignore[misc]
    """Spends its budget (pence a month) over one supplier per category."""

    def __init__(
        self, model: mesa.Model, budget: int, cumulative_shares: tuple[int, ...], suppliers: tuple[Firm, ...]
    ) -> None:
        super().__init__(model)
        self.money = 0
        self.budget = budget
        self.cumulative_shares = cumulative_shares
        self.suppliers = suppliers

    def pay_suppliers(self) -> None:
        """Split the budget exactly: the cumulative floor of the running share, as cwbsim does."""
        budget = self.budget
        spent = 0
        for firm, share in zip(self.suppliers, self.cumulative_shares, strict=True):
            so_far = budget * share >> SHARE_BITS
            firm.money += so_far - spent
            spent = so_far
        self.money -= spent


class Resident(mesa.Agent):  # type: ignore[misc]
    """Is paid by its employer, into its household's purse."""

    def __init__(self, model: mesa.Model, pay: int, employer: Firm, household: Household) -> None:
        super().__init__(model)
        self.pay = pay
        self.employer = employer
        self.household = household

    def be_paid(self) -> None:
        """Move one month's pay."""
        pay = self.pay
        self.employer.money -= pay
        self.household.money += pay


class PlainEconomy(mesa.Model):  # type: ignore[misc]
    """Households, residents and firms as Mesa objects; `creation_seconds` times only `create_agents`."""

    def __init__(self, households: int, residents: int, firms: int, seed: int = 1) -> None:
        super().__init__(rng=seed)
        draw = random.Random(seed)
        shares = _shares_by_decile()
        budgets = [draw.randrange(80_000, 320_000) for _ in range(households)]
        pays = [draw.randrange(100_000, 400_000) for _ in range(residents)]
        share_of = [shares[draw.randrange(10)] for _ in range(households)]
        home_of = [draw.randrange(households) for _ in range(residents)]
        employer_of = [draw.randrange(firms) for _ in range(residents)]

        start = time.process_time()
        tills = Firm.create_agents(self, firms).to_list()
        creation = time.process_time() - start
        suppliers = _suppliers(draw, tills, households)
        start = time.process_time()
        homes = Household.create_agents(self, households, budgets, share_of, suppliers).to_list()
        creation += time.process_time() - start
        employers = [tills[row] for row in employer_of]
        purses = [homes[row] for row in home_of]
        start = time.process_time()
        Resident.create_agents(self, residents, pays, employers, purses)
        self.creation_seconds = creation + time.process_time() - start

    def step(self) -> None:
        """One month: every household spends, in random order; every resident is paid."""
        self.agents_by_type[Household].shuffle_do("pay_suppliers")
        self.agents_by_type[Resident].do("be_paid")

    def total_money(self) -> int:
        """All the pence there are."""
        kinds: tuple[Any, ...] = (Firm, Household)
        return sum(agent.money for kind in kinds for agent in self.agents_by_type[kind])


def _shares_by_decile() -> list[tuple[int, ...]]:
    """Cumulative shares as fixed point, ten deciles; the last is the whole."""
    rows = []
    for decile in range(10):
        weights = [CATEGORIES - k + decile * k / 22 for k in range(CATEGORIES)]
        whole = sum(weights)
        running = [int(sum(weights[: k + 1]) / whole * 2**SHARE_BITS) for k in range(CATEGORIES)]
        rows.append((*running[:-1], 2**SHARE_BITS))
    return rows


def _suppliers(draw: random.Random, tills: list[Firm], households: int) -> list[tuple[Firm, ...]]:
    """Twelve suppliers a household, with the geography of the spend pass: mostly near, 3 in 10 beyond."""
    wider_area, outside, *local = tills
    per_category = len(local) // CATEGORIES
    chosen = []
    for household in range(households):
        place = (household + 0.5) / households
        row = []
        for category in range(CATEGORIES):
            kind = draw.random()
            if kind < 0.7:
                where = place + (draw.random() - 0.5) * 0.1 if draw.random() < 0.9 else draw.random()
                within = min(max(int(where * per_category), 0), per_category - 1)
                row.append(local[category * per_category + within])
            else:
                row.append(wider_area if kind < 0.9 else outside)
        chosen.append(tuple(row))
    return chosen
