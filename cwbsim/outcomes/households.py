"""Income, spending and savings of the borough's households."""

from __future__ import annotations

import numpy as np

from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import outcome

_SAVINGS, _CONSUMPTION, _HOUSING = 0, 1, 2


def _disposable(now: Reading) -> np.ndarray:
    """(10,) pence by decile: what was spent, plus what was put by. Incomes are emptied as they are spent."""
    sums = now.households[0]
    if now.savings_before is None:
        return np.full(10, np.nan)
    saved = sums[_SAVINGS] - now.savings_before
    return np.asarray(sums[_CONSUMPTION] + sums[_HOUSING] + saved, np.float64)


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
    return now.pounds(now.households[0][_CONSUMPTION].sum())


@outcome("£", "flow", by="decile")
def consumption_by_decile(now: Reading) -> np.ndarray:
    """What households spend on goods and services, by tenth of households from the poorest (1)."""
    return now.pounds_each(now.households[0][_CONSUMPTION])


@outcome("£", "stock")
def household_savings(now: Reading) -> float:
    """Money held by households of the borough at the end of the month."""
    return now.pounds(now.households[0][_SAVINGS].sum())


@outcome("£", "stock", by="decile")
def household_savings_by_decile(now: Reading) -> np.ndarray:
    """Money held by households at the end of the month, by tenth of households from the poorest (1)."""
    return now.pounds_each(now.households[0][_SAVINGS])


@outcome("households", "stock")
def overdrawn_households(now: Reading) -> float:
    """Households that hold less than nothing at the end of the month."""
    return now.real(now.households[1])
