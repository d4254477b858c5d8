"""Income, spending and savings of the borough's households."""

from __future__ import annotations

import numpy as np

from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import outcome


def _disposable(now: Reading) -> np.ndarray:
    """(10,) pence by decile: what was spent, plus what was put by. Incomes are emptied as they are spent."""
    if now.savings_before is None:
        return np.full(10, np.nan)
    held, spent, _ = now.households
    return np.asarray(spent + now.fixed_sums.housing_cost + (held - now.savings_before), np.float64)


@outcome("£", "flow", headline=True)
def disposable_income(now: Reading) -> float:
    """Income of households after taxes and benefits, before rent and mortgage interest."""
    return now.pounds(_disposable(now).sum())


@outcome("£", "flow", by="decile")
def disposable_income_by_decile(now: Reading) -> np.ndarray:
    """Income of households after taxes and benefits, by tenth of households from the poorest (1)."""
    return now.pounds_each(_disposable(now))


@outcome("£", "flow")
def consumption(now: Reading) -> float:
    """What households of the borough spend on goods and services, VAT included and housing left out."""
    return now.pounds(now.households[1].sum())


@outcome("£", "flow", by="decile")
def consumption_by_decile(now: Reading) -> np.ndarray:
    """What households spend on goods and services, by tenth of households from the poorest (1)."""
    return now.pounds_each(now.households[1])


@outcome("£", "stock")
def household_savings(now: Reading) -> float:
    """Money held by households of the borough at the end of the month."""
    return now.pounds(now.held["households"])


@outcome("£", "stock", by="decile")
def household_savings_by_decile(now: Reading) -> np.ndarray:
    """Money held by households at the end of the month, by tenth of households from the poorest (1)."""
    return now.pounds_each(now.households[0])


@outcome("households", "stock")
def overdrawn_households(now: Reading) -> float:
    """Households that hold less than nothing at the end of the month."""
    return now.real(now.households[2])
