"""The treasury: what it pays to anchors and households, and the taxes not taken at the till or from pay."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.payments import paid_sooner, usual_days
from cwbsim.world import Q24, World

__all__ = ["collect_other_taxes", "fund_anchors", "pay_benefits_and_pensions"]


@kernel
def _fund(
    anchor: np.ndarray, budget: np.ndarray, owed: np.ndarray, usual_days: int, reserve: np.ndarray,
    opened_with: np.ndarray, usual_grant: np.ndarray, fees: np.ndarray, months: float, received: np.ndarray,
) -> tuple[int, int]:  # fmt: skip
    """Write what each anchor receives; return the sums of grants and of fees."""
    sooner = paid_sooner(anchor, budget, owed, usual_days, received.shape[0])
    grants, all_fees = 0, 0
    for a in range(received.shape[0]):
        short = (reserve[a] - sooner[a] - opened_with[a]) / months
        grant = max(usual_grant[a] + np.int64(np.rint(short)), 0)
        received[a] = grant + fees[a]
        grants += grant
        all_fees += fees[a]
    return grants, all_fees


def fund_anchors(world: World) -> None:
    """Pay anchors their grants and allocations, and fees and rents from elsewhere.

    Council tax and social rents reach them from households. Payrolls and takings are never quite those a
    grant was set for, so each anchor settles with its funder: the grant of a month makes up for a part of what
    the anchor's cash is short of its reserve, or is so much less where there is more. What a programme has
    spent this month does not count: a policy moves money, its funder does not make it up. Nor does cash that
    an anchor has parted with, or kept, by paying its suppliers sooner or later than usual.

    Reads   needs.anchor, needs.budget, needs.owed, anchors.revenue_treasury, anchors.revenue_outside, anchors.reserve, ledger
    Writes  ledger
    """
    a, n, ledger = world.anchors, world.needs, world.ledger
    received = np.empty(a.key.shape[0], np.int64)
    grants, fees = _fund(
        n.anchor, n.budget, n.owed, usual_days(world), a.reserve, ledger.anchors_opened_with, a.revenue_treasury,
        a.revenue_outside, float(world.parameters.treasury.reserve_settlement_months), received,
    )  # fmt: skip
    kinds = {"grants": {("treasury", "anchors"): grants}, "fees": {("outside", "anchors"): fees}}
    ledger.post_kinds(kinds, {"anchors": received})


@kernel
def _pay_households(
    most: np.ndarray,
    allowance: np.ndarray,
    earnings: np.ndarray,
    pension: np.ndarray,
    other_income: np.ndarray,
    taper: int,
    income: np.ndarray,
) -> tuple[int, int, int]:
    """Pay Universal Credit, state pensions and other income; return the sum of each."""
    credits, pensions, others = 0, 0, 0
    for h in range(most.shape[0]):
        lost = (max(0, int(earnings[h]) - int(allowance[h])) * taper) >> 24
        credit = max(0, int(most[h]) - lost)
        income[h] += credit + pension[h] + other_income[h]
        credits += credit
        pensions += pension[h]
        others += other_income[h]
    return credits, pensions, others


def pay_benefits_and_pensions(world: World) -> None:
    """Pay Universal Credit on last month's earnings, state pensions, and other income from outside.

    Reads   households.benefit_most, households.work_allowance, households.earnings, households.pension,
            households.other_income
    Writes  households.income, ledger
    """
    h = world.households
    taper = round(world.parameters.treasury.universal_credit_taper * Q24)
    credit, pensions, other = _pay_households(
        h.benefit_most, h.work_allowance, h.earnings, h.pension, h.other_income, taper, h.income
    )
    kinds = {
        "universal_credit": {("treasury", "households"): int(credit)},
        "pensions": {("treasury", "households"): int(pensions), ("outside", "households"): int(other)},
    }
    world.ledger.post_kinds(kinds, {}, settled={"households": int(credit + pensions + other)})


@kernel
def _take_taxes(
    section: np.ndarray,
    output: np.ndarray,
    production_share: np.ndarray,
    corporation_share: int,
    profit: np.ndarray,
    cash: np.ndarray,
) -> tuple[int, int, int]:
    """Take both taxes from profit and cash; return production taxes, subsidies and corporation tax."""
    taken, given, corporation = 0, 0, 0
    for f in range(section.shape[0]):
        production = (output[f] * production_share[section[f]]) >> 24
        taxable = profit[f] - production
        tax = (max(np.int64(0), taxable) * corporation_share) >> 24
        profit[f] = taxable - tax
        cash[f] -= production + tax
        taken += max(np.int64(0), production)
        given += max(np.int64(0), -production)
        corporation += tax
    return taken, given, corporation


def _production_tax(world: World) -> np.ndarray:
    """Return production taxes less subsidies over output, (S,) int64 Q24."""
    return np.asarray(np.rint(world.fixed.production_tax_share * Q24).astype(np.int64))


def collect_other_taxes(world: World) -> None:
    """Take production taxes (business rates among them) and corporation tax from firms.

    Production taxes follow last month's output; where a section is subsidised on balance the treasury pays.
    Corporation tax is an effective rate on this month's profit after them, where there is one.

    Reads   firms.section, firms.output_last, firms.profit
    Writes  firms.profit, ledger
    """
    firms = world.firms
    share = world.kept("production_tax_q24", (world.fixed,), lambda: _production_tax(world))
    rate = round(world.parameters.treasury.corporation_tax_effective_rate * Q24)
    taken, given, corporation = _take_taxes(
        firms.section, firms.output_last, share, rate, firms.profit, firms.cash
    )
    kinds = {
        "production_taxes": {("firms", "treasury"): int(taken), ("treasury", "firms"): int(given)},
        "corporation_tax": {("firms", "treasury"): int(corporation)},
    }
    world.ledger.post_kinds(kinds, {}, settled={"firms": int(given - taken - corporation)})
