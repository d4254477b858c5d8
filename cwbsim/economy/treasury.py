"""The treasury: what it pays to anchors and households, and the taxes not taken at the till or from pay."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import Q24, World

__all__ = ["collect_other_taxes", "fund_anchors", "pay_benefits_and_pensions"]


def fund_anchors(world: World) -> None:
    """Pay anchors their grants and allocations, and fees and rents from elsewhere.

    Council tax and social rents reach them from households.

    Reads   anchors.revenue_treasury, anchors.revenue_outside
    Writes  ledger
    """
    anchors, pay = world.anchors, world.ledger.pay
    pay("grants", "treasury", int(anchors.revenue_treasury.sum()), ("anchors", anchors.revenue_treasury))
    pay("fees", "outside", int(anchors.revenue_outside.sum()), ("anchors", anchors.revenue_outside))


@kernel
def _universal_credit(
    most: np.ndarray, earnings: np.ndarray, allowance: np.ndarray, taper: int, out: np.ndarray
) -> None:
    for h in range(most.shape[0]):
        if most[h] > 0:
            lost = (max(np.int64(0), earnings[h] - allowance[h]) * taper) >> 24
            out[h] = max(np.int64(0), most[h] - lost)


def pay_benefits_and_pensions(world: World) -> None:
    """Pay Universal Credit on last month's earnings, state pensions, and other income from outside.

    Reads   households.benefit_most, households.work_allowance, households.earnings, households.pension,
            households.other_income, households.income
    Writes  households.income, ledger
    """
    households = world.households
    credit = np.zeros(households.key.shape[0], np.int64)
    taper = round(world.parameters.treasury.universal_credit_taper * Q24)
    _universal_credit(households.benefit_most, households.earnings, households.work_allowance, taper, credit)
    pensions = households.pension + households.other_income
    from_treasury = {("treasury", "households"): int(credit.sum())}
    world.ledger.post("universal_credit", from_treasury, {"households": credit})
    totals = {
        ("treasury", "households"): int(households.pension.sum()),
        ("outside", "households"): int(households.other_income.sum()),
    }
    world.ledger.post("pensions", totals, {"households": pensions})


@kernel
def _other_taxes(
    section: np.ndarray,
    output: np.ndarray,
    profit: np.ndarray,
    production_share: np.ndarray,
    corporation_share: int,
    production: np.ndarray,
    corporation: np.ndarray,
) -> None:
    for f in range(section.shape[0]):
        production[f] = (output[f] * production_share[section[f]]) >> 24
        taxable = profit[f] - production[f]
        if taxable > 0:
            corporation[f] = (taxable * corporation_share) >> 24


def collect_other_taxes(world: World) -> None:
    """Take production taxes (business rates among them) and corporation tax from firms.

    Production taxes follow last month's output; where a section is subsidised on balance the treasury pays.
    Corporation tax is an effective rate on this month's profit after them, where there is one.

    Reads   firms.section, firms.output_last, firms.profit
    Writes  firms.profit, ledger
    """
    firms, ledger = world.firms, world.ledger
    share = np.rint(world.fixed.production_tax_share * Q24).astype(np.int64)
    rate = round(world.parameters.treasury.corporation_tax_effective_rate * Q24)
    production = np.zeros(firms.key.shape[0], np.int64)
    corporation = np.zeros(firms.key.shape[0], np.int64)
    _other_taxes(firms.section, firms.output_last, firms.profit, share, rate, production, corporation)
    taken = int(np.maximum(production, 0).sum())
    flows = {("firms", "treasury"): taken, ("treasury", "firms"): taken - int(production.sum())}
    ledger.post("production_taxes", flows, {"firms": -production})
    ledger.pay("corporation_tax", "firms", corporation, ("treasury", int(corporation.sum())))
    firms.profit -= production + corporation
