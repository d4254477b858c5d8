"""Output, number and money of the firms of the borough."""

from __future__ import annotations

import numpy as np

from cwbsim.outcomes.contract_passes import SME_CLASS
from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import outcome


@outcome("£", "flow")
def output(now: Reading) -> float:
    """Output sold by firms of the borough (of goods resold, only the margin)."""
    return now.pounds(now.firms[0].sum())


@outcome("£", "flow", by="section")
def output_by_section(now: Reading) -> np.ndarray:
    """Output sold by firms of the borough, by industry."""
    return now.pounds_each(now.firms[0])


@outcome("£", "flow", headline=True)
def gross_value_added(now: Reading) -> float:
    """Value added in the borough: pay, profit and taxes on production.

    Of firms by the accounts of their industry; of anchors, and of suppliers from elsewhere who work on site,
    the cost of the staff they employ in the borough.
    """
    return now.pounds(now.value_added.sum())


@outcome("£", "flow", by="section")
def gross_value_added_by_section(now: Reading) -> np.ndarray:
    """Value added in the borough by industry, counted as in the total."""
    return now.pounds_each(now.value_added)


@outcome("firms", "stock", headline=True)
def firms_open(now: Reading) -> float:
    """Firms open in the borough at the end of the month, one to a site, those who work alone included."""
    return now.real(int(now.firms[1].sum()))


@outcome("firms", "stock", by="size")
def firms_open_by_size(now: Reading) -> np.ndarray:
    """Firms open in the borough by the staff of their premises."""
    return np.asarray(now.firms[1] / now.world.scale)


@outcome("firms", "stock")
def smes_open(now: Reading) -> float:
    """Firms open in the borough with fewer than 250 staff on their premises."""
    return now.real(int(now.firms[1][: SME_CLASS + 1].sum()))


@outcome("firms", "flow")
def births(now: Reading) -> float:
    """Firms that opened in the borough in the month."""
    return now.real(now.world.market.counts.get("births", 0))


@outcome("firms", "flow")
def deaths(now: Reading) -> float:
    """Firms that closed in the borough in the month."""
    return now.real(now.world.market.counts.get("deaths", 0))


@outcome("£", "stock")
def firm_cash(now: Reading) -> float:
    """Money held by firms of the borough at the end of the month, less what they owe their banks."""
    return now.pounds(now.held["firms"])


@outcome("index", "stock")
def price_level(now: Reading) -> float:
    """Average price asked by firms open in the borough, weighed by the usual output of their premises.

    1 in the starting world.
    """
    return now.price_level


@outcome("£", "flow")
def unmet_demand(now: Reading) -> float:
    """Demand that firms of the borough had no capacity to meet and that went elsewhere."""
    return now.pounds(now.firms[2][2])
