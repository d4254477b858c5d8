"""Loops of pay day: gross pay, income tax, National Insurance, pensions, in whole pence.

Rates are integers in units of 2**-24, so that a tax is one product and one shift and what is withheld is
what the treasury gets. Thresholds are monthly: pay as you earn, not cumulative over the year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.world import OUTSIDE, Q24, SECTIONS, WIDER

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.world import World

__all__ = ["TaxTable", "by_sector", "payer_codes", "tax_table", "withheld"]

#: Who pays a wage: a firm with staff, a person on own account, an anchor, an employer elsewhere.
SITE, OWN_ACCOUNT, ANCHOR, FROM_WIDER, FROM_OUTSIDE = 0, 1, 2, 3, 4
#: Columns of the totals of a pay day.
NET, TAX, PENSION, TO_WIDER, TO_OUTSIDE = 0, 1, 2, 3, 4
HALF = 1 << 23


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
def withheld(gross: int, t: TaxTable) -> int:
    """Return income tax and employee's National Insurance on a month's gross pay, pence."""
    # Most pay lies below the upper limits: there, no branches, for pay is in no order that predicts them.
    out = share_of(max(0, min(gross - t.allowance, t.basic_band)), t.basic)
    out += share_of(max(0, min(gross, t.ni_limit) - t.ni_threshold), t.ni)
    if gross > min(t.ni_limit, t.allowance + t.basic_band):
        taxable = gross - max(0, t.allowance - (max(0, gross - t.taper_start) >> 1))
        out += share_of(max(0, min(taxable, t.additional_threshold) - t.basic_band), t.higher)
        out += share_of(max(0, taxable - t.additional_threshold), t.additional)
        out += share_of(max(0, gross - t.ni_limit), t.ni_upper)
    return out


@kernel
def pay_residents(
    employer: np.ndarray,
    household: np.ndarray,
    pay: np.ndarray,
    hours: np.ndarray,
    payer: np.ndarray,
    index: np.ndarray,
    floor: int,
    table: TaxTable,
    cost: np.ndarray,
    earnings: np.ndarray,
    totals: np.ndarray,
) -> None:
    """Pay every resident in work: net to ``earnings``, labour cost to ``cost``, sums to ``totals``."""
    for r in range(employer.shape[0]):
        e = employer[r]
        if e < 0:
            continue
        who = payer[e]
        gross = max((pay[r] * index[who]) >> 24, floor * np.int64(hours[r]))
        kept_back = withheld(gross, table)
        has_staff = np.int64(who != OWN_ACCOUNT)
        pension = has_staff * share_of(gross, table.pension)
        employers_ni = has_staff * share_of(max(0, gross - table.employers_threshold), table.employers_ni)
        net = gross - kept_back
        earnings[household[r]] += net
        cost[e] += gross + employers_ni + pension
        totals[who, NET] += net
        totals[who, TAX] += kept_back + employers_ni
        totals[who, PENSION] += pension


@kernel
def pay_incommuters(
    n_wider: np.ndarray,
    n_outside: np.ndarray,
    section: np.ndarray,
    payer: np.ndarray,
    index: np.ndarray,
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
        each = (cost_per_job[section[e]] * index[who]) >> 24
        wider = each * np.int64(n_wider[e])
        outside = each * np.int64(n_outside[e])
        tax_wider = share_of(wider, tax_share)
        tax_outside = share_of(outside, tax_share)
        cost[e] += wider + outside
        totals[who, TO_WIDER] += wider - tax_wider
        totals[who, TO_OUTSIDE] += outside - tax_outside
        totals[who, TAX] += tax_wider + tax_outside


def payer_codes(world: World) -> np.ndarray:
    """Return who pays in each row of Employers, by the codes of this module, int8, shape (E,)."""
    n_sites, n_here, sections = world.firms.key.shape[0], world.on_site_row(WIDER), len(SECTIONS)
    out = np.empty(world.employers.section.shape[0], np.int8)
    out[:n_sites] = np.where(world.firms.size_class == 0, OWN_ACCOUNT, SITE)
    out[n_sites:n_here] = ANCHOR
    out[n_here : n_here + sections] = out[world.commuting_row(WIDER)] = FROM_WIDER
    out[n_here + sections : n_here + 2 * sections] = out[world.commuting_row(OUTSIDE)] = FROM_OUTSIDE
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
