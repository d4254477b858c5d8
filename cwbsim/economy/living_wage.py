"""The Real Living Wage where a contract asks for it: whose staff it reaches, and what it would cost a bidder.

A clause reaches the staff of the contract, not everybody at its holder; who that is, `cwbsim.pay` says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.contracts import contract_output
from cwbsim.world import Q24, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["cost_of_living_wage", "cover_staff"]


@kernel
def _shortfall(
    employer: np.ndarray, pay: np.ndarray, hours: np.ndarray, n_sites: int, index: int, floor: int,
    living_wage: int, short: np.ndarray, staff: np.ndarray,
) -> None:  # fmt: skip
    for r in range(employer.shape[0]):
        e = employer[r]
        if 0 <= e < n_sites:
            gross = max((np.int64(pay[r]) * index) >> 24, floor * np.int64(hours[r]))
            short[e] += max(living_wage * np.int64(hours[r]) - gross, 0)
            staff[e] += 1


def cost_of_living_wage(world: World) -> tuple[np.ndarray, np.ndarray]:
    """Return what the Real Living Wage for all staff would add to cost, as a share of it.

    Returns
    -------
    tuple of ndarray of float, shapes (F,) and (S,)
        Of each firm, by the pay of its own residents, and the mean of each section, for suppliers whose staff
        are not simulated. Employer's National Insurance and pension come on top of pay.
    """
    f, r, e, p = world.firms, world.residents, world.employers, world.parameters
    n = f.key.shape[0]
    short, staff = np.zeros(n, np.int64), np.zeros(n, np.int64)
    _shortfall(
        r.employer, r.pay, r.hours, n, round(world.market.wage_index * Q24), world.terms.pay_floor,
        round(p.labour.real_living_wage * 100), short, staff,
    )  # fmt: skip
    # In-commuters are paid like the residents beside them.
    everybody = short * (1.0 + (e.n_from_wider[:n] + e.n_from_outside[:n]) / np.maximum(staff, 1))
    extra = everybody * (1.0 + p.treasury.employer_ni_rate + p.treasury.employer_pension_share)
    output = np.maximum(f.output_smooth, 1)
    works = staff > 0
    totals = [np.bincount(f.section[works], weights=column[works], minlength=20) for column in (extra, output)]
    of_sections = totals[0] / np.maximum(totals[1], 1.0)
    own = np.where(works, extra / output, of_sections[f.section])
    return np.minimum(own, 0.5), np.minimum(of_sections, 0.5)


def cover_staff(world: World) -> None:
    """Write the share of each employer's staff on contracts that ask for the Real Living Wage."""
    n, f, e, fixed = world.needs, world.firms, world.employers, world.fixed
    out = e.living_wage
    out[:] = 0.0
    if not n.living_wage.any():
        return
    rows = np.flatnonzero((n.living_wage > 0.0) & (n.budget > 0))
    asked = contract_output(world, rows) * n.living_wage[rows]
    code, section = n.supplier[rows], n.section[rows].astype(np.int64)
    here = code >= 0
    np.add.at(out, code[here], np.floor(asked[here]))
    n_sites = f.key.shape[0]
    out[:n_sites] /= np.maximum(f.output_smooth, 1)
    row = world.on_site_row(WIDER) + (n.place[rows][~here].astype(np.int64) - 1) * 20 + section[~here]
    labour = fixed.pay_share * fixed.on_site_share / np.maximum(fixed.labour_cost_per_job, 1)
    np.add.at(out, row, asked[~here] * labour[section[~here]])
    first, last = world.on_site_row(WIDER), world.commuting_row(WIDER)
    out[first:last] /= np.maximum(e.n_residents[first:last], 1)
    np.minimum(out, 1.0, out=out)
