"""Loops of pay day: gross pay, income tax, National Insurance, pensions, in whole pence.

Rates are integers in units of 2**-24, so that a tax is one product and one shift and what is withheld is
what the treasury gets. Thresholds are monthly: pay as you earn, not cumulative over the year.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.pay import pay_in_force
from cwbsim.world import OUTSIDE, Q24, SECTIONS, WIDER

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.world import World

__all__ = ["TaxTable", "by_sector", "charge", "pay_day", "pay_each", "payer_codes", "tax_table", "withheld"]

#: Who pays a wage: a firm with staff, a person on own account, an anchor, an employer elsewhere, nobody.
SITE, OWN_ACCOUNT, ANCHOR, FROM_WIDER, FROM_OUTSIDE, NOBODY = 0, 1, 2, 3, 4, 5
#: Columns of the totals of a pay day.
NET, TAX, PENSION, TO_WIDER, TO_OUTSIDE = 0, 1, 2, 3, 4
HALF = 1 << 23
BLOCK = 512  # residents paid at a time


class TaxTable(NamedTuple):
    """Thresholds (pence a month) and rates (Q24) of income tax, National Insurance and pensions."""

    allowance: int
    taper_start: int
    basic_band: int
    additional_threshold: int
    basic: int
    higher: int
    additional: int
    ni_threshold: int
    ni_limit: int
    ni: int
    ni_upper: int
    employers_threshold: int
    employers_ni: int
    pension: int


@lru_cache(maxsize=4)
def tax_table(parameters: Parameters) -> TaxTable:
    """Return the rules of the group ``treasury`` in whole pence a month and in units of 2**-24."""
    p = parameters.treasury
    return TaxTable(
        allowance=_pence(p.personal_allowance), taper_start=_pence(p.allowance_taper_start),
        basic_band=_pence(p.basic_rate_band), additional_threshold=_pence(p.additional_rate_threshold),
        basic=_q24(p.basic_rate), higher=_q24(p.higher_rate), additional=_q24(p.additional_rate),
        ni_threshold=_pence(p.employee_ni_threshold), ni_limit=_pence(p.employee_ni_upper_limit),
        ni=_q24(p.employee_ni_rate), ni_upper=_q24(p.employee_ni_upper_rate),
        employers_threshold=_pence(p.employer_ni_threshold), employers_ni=_q24(p.employer_ni_rate),
        pension=_q24(p.employer_pension_share),
    )  # fmt: skip


def _pence(pounds: float) -> int:
    return round(pounds * 100)


def _q24(share: float) -> int:
    return round(share * Q24)


@kernel
def share_of(amount: int, q24: int) -> int:
    """Return a share of an amount to the nearest penny, in integers."""
    return (amount * q24 + HALF) >> 24


@kernel
def _share_of_pay(amount: int, q24: int) -> int:
    """As :func:`share_of`, for amounts of 32 bits: a product the processor makes eight at a time."""
    return int(np.int64(np.int32(amount)) * np.int64(np.int32(q24)) + HALF) >> 24


@kernel
def withheld(gross: int, t: TaxTable) -> int:
    """Return income tax and employee's National Insurance on a month's gross pay (below 2**31), pence."""
    # No branches: pay is in no order that would predict them.
    taxable = gross - max(0, t.allowance - (max(0, gross - t.taper_start) >> 1))
    out = _share_of_pay(max(0, min(gross - t.allowance, t.basic_band)), t.basic)
    out += _share_of_pay(max(0, min(taxable, t.additional_threshold) - t.basic_band), t.higher)
    out += _share_of_pay(max(0, taxable - t.additional_threshold), t.additional)
    out += _share_of_pay(max(0, min(gross, t.ni_limit) - t.ni_threshold), t.ni)
    return out + _share_of_pay(max(0, gross - t.ni_limit), t.ni_upper)


@kernel
def _pay_block(
    who: np.ndarray,
    pay: np.ndarray,
    hours: np.ndarray,
    index: int,
    floor: int,
    t: TaxTable,
    net: np.ndarray,
    cost: np.ndarray,
    pension: np.ndarray,
) -> None:
    """Work out net pay, labour cost and pension of some residents."""
    for i in range(who.shape[0]):
        q24 = index if who[i] <= OWN_ACCOUNT else Q24
        earned = max(int(np.int64(pay[i]) * np.int64(np.int32(q24))) >> 24, floor * int(hours[i]))
        gross = earned if who[i] != NOBODY else 0
        has_staff = int(who[i] != OWN_ACCOUNT)
        net[i] = gross - withheld(gross, t)
        pension[i] = has_staff * _share_of_pay(gross, t.pension)
        insurance = has_staff * _share_of_pay(max(0, gross - t.employers_threshold), t.employers_ni)
        cost[i] = gross + insurance + pension[i]


@kernel
def _sum_by_payer(who: np.ndarray, net: np.ndarray, pension: np.ndarray, sums: np.ndarray) -> None:
    """Add a block's net pay and pensions to sums by payer: one payer after another, many residents at a time."""
    for k in range(NOBODY):
        paid, put_by = np.int64(0), np.int64(0)
        for i in range(who.shape[0]):
            mask = -np.int32(who[i] == k)
            paid += net[i] & mask
            put_by += pension[i] & mask
        sums[k, 0] += paid
        sums[k, 1] += put_by


@kernel
def pay_residents(
    employer: np.ndarray,
    household: np.ndarray,
    pay: np.ndarray,
    hours: np.ndarray,
    payer: np.ndarray,
    index: int,
    floor: int,
    table: TaxTable,
    cost: np.ndarray,
    earnings: np.ndarray,
    income: np.ndarray,
    totals: np.ndarray,
) -> None:
    """Pay every resident in work: net to ``earnings`` and ``income``, labour cost to ``cost``, and their sums.

    ``earnings`` are nil before. ``payer`` and ``cost`` have a row before those of employers, for nobody.
    """
    who, net = np.empty(BLOCK, np.int8), np.empty(BLOCK, np.int32)
    charge, pension = np.empty(BLOCK, np.int32), np.empty(BLOCK, np.int32)
    sums = np.zeros((NOBODY, 2), np.int64)
    for first in range(0, employer.shape[0], BLOCK):
        at, home = employer[first : first + BLOCK], household[first : first + BLOCK]
        n = at.shape[0]
        for i in range(n):
            who[i] = payer[np.uint64(at[i] + 1)]
        _pay_block(
            who[:n], pay[first : first + BLOCK], hours[first : first + BLOCK], index, floor, table, net, charge,
            pension,
        )  # fmt: skip
        _sum_by_payer(who[:n], net, pension, sums)
        for i in range(n):
            earnings[np.uint64(home[i])] += net[i]
            cost[np.uint64(at[i] + 1)] += charge[i]
    for i in range(income.shape[0]):
        income[i] += earnings[i]
    for k in range(NOBODY):
        totals[k, NET] += sums[k, 0]
        totals[k, PENSION] += sums[k, 1]
        totals[k, TAX] -= sums[k, 0] + sums[k, 1]  # and the labour cost: what is left is tax
    for e in range(1, cost.shape[0]):
        totals[payer[e], TAX] += cost[e]


@kernel
def pay_incommuters(
    n_wider: np.ndarray,
    n_outside: np.ndarray,
    section: np.ndarray,
    payer: np.ndarray,
    index: int,
    cost_per_job: np.ndarray,
    tax_share: int,
    cost: np.ndarray,
    totals: np.ndarray,
) -> None:
    """Pay in-commuters the mean labour cost of the section: part is tax, the rest goes home."""
    for e in range(cost.shape[0]):
        if n_wider[e] == 0 and n_outside[e] == 0:
            continue
        who = payer[e]
        each = (cost_per_job[section[e]] * (index if who <= OWN_ACCOUNT else Q24)) >> 24
        wider = each * np.int64(n_wider[e])
        outside = each * np.int64(n_outside[e])
        tax_wider = share_of(wider, tax_share)
        tax_outside = share_of(outside, tax_share)
        cost[e] += wider + outside
        totals[who, TO_WIDER] += wider - tax_wider
        totals[who, TO_OUTSIDE] += outside - tax_outside
        totals[who, TAX] += tax_wider + tax_outside


def pay_day(
    world: World, wage_index: float, earnings: np.ndarray, income: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Work out a month's pay: gross pay, its taxes, and what it costs employers.

    Nothing of the world changes but the two columns given.

    Parameters
    ----------
    world : World
    wage_index : float
        What firms pay over pay in the starting world; below 128.
    earnings : ndarray of int32, shape (H,)
        Filled with the net pay of each household, pence.
    income : ndarray of int64, shape (H,)
        The same is added to it.

    Returns
    -------
    cost : ndarray of int64, shape (E,)
        Labour cost of each employer, in-commuters included, pence.
    totals : ndarray of int64, shape (5, 5)
        Sums by payer and payee, for :func:`by_sector`.
    """
    residents, employers = world.residents, world.employers
    n_here, index = world.on_site_row(WIDER), round(wage_index * Q24)
    payer, pay = payer_codes(world), pay_in_force(world)
    world.derived["pay_of_month"] = (world.month, pay)  # the books of the month ask for it again
    cost, totals = np.zeros(payer.shape[0], np.int64), np.zeros((5, 5), np.int64)
    earnings[:] = 0
    pay_residents(
        residents.employer, residents.household, pay, residents.hours, payer, index,
        world.terms.pay_floor, tax_table(world.parameters), cost, earnings, income, totals,
    )  # fmt: skip
    tax_share = round(world.parameters.treasury.incommuter_tax_share * Q24)
    payer, cost = payer[1:], cost[1:]
    pay_incommuters(
        employers.n_from_wider, employers.n_from_outside, employers.section, payer, index,
        world.fixed.labour_cost_per_job, tax_share, cost[:n_here], totals,
    )  # fmt: skip
    return cost, totals


def pay_each(world: World, wage_index: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what a pay day is for each resident, for a reader who asks who was paid; nothing is changed.

    Parameters
    ----------
    world : World
    wage_index : float
        As for :func:`pay_day`.

    Returns
    -------
    net, tax, pension : ndarray of int64, each of shape (R,)
        Pence: paid to the resident, withheld or due to the treasury, paid to a pension fund; nil without work.
    """
    r, n = world.residents, world.residents.employer.shape[0]
    who = payer_codes(world)[r.employer.astype(np.int64) + 1]
    net, cost, pension = (np.empty(n, np.int32) for _ in range(3))
    _pay_block(
        who, pay_in_force(world), r.hours, round(wage_index * Q24), world.terms.pay_floor, tax_table(world.parameters), net, cost,
        pension,
    )  # fmt: skip
    wide = [column.astype(np.int64) for column in (net, cost - net - pension, pension)]
    return wide[0], wide[1], wide[2]


@kernel
def charge(cost: np.ndarray, profit: np.ndarray, cash: np.ndarray) -> int:
    """Take labour cost from the profit and cash of firms; return its sum."""
    total = 0
    for f in range(cost.shape[0]):
        profit[f] -= cost[f]
        cash[f] -= cost[f]
        total += cost[f]
    return total


def payer_codes(world: World) -> np.ndarray:
    """Return nobody, then who pays in each row of Employers, by the codes of this module, int8, (1 + E,)."""
    return world.kept("payer_codes", (world.firms.size_class, world.employers.section), lambda: _payer_codes(world))


def _payer_codes(world: World) -> np.ndarray:
    n_sites, n_here, sections = world.firms.key.shape[0], world.on_site_row(WIDER), len(SECTIONS)
    out = np.empty(1 + world.employers.section.shape[0], np.int8)
    out[0] = NOBODY
    codes = out[1:]
    codes[:n_sites] = world.firms.size_class == 0  # True is the code of own account, False of a site
    codes[n_sites:n_here] = ANCHOR
    codes[n_here : n_here + sections] = codes[world.commuting_row(WIDER)] = FROM_WIDER
    codes[n_here + sections : n_here + 2 * sections] = codes[world.commuting_row(OUTSIDE)] = FROM_OUTSIDE
    return out


def by_sector(totals: np.ndarray) -> dict[tuple[str, str], int]:
    """Return the flows between sectors of a pay day; what outside pays outside is no flow."""
    sector = ("firms", "firms", "anchors", "wider_area", "outside")
    payees = ("households", "treasury", "outside", "wider_area", "outside")
    flows: dict[tuple[str, str], int] = {}
    for payer, row in zip(sector, totals.tolist(), strict=True):
        for payee, amount in zip(payees, row, strict=True):
            if payer != payee:
                flows[payer, payee] = flows.get((payer, payee), 0) + amount
    return flows
