"""The Real Living Wage where a contract asks for it: whose staff it reaches, and what it would cost a bidder.

A clause reaches the staff of the contract, not everybody at its holder; who that is, `cwbsim.pay` says.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.contracts import WHOLESALE, margin
from cwbsim.economy.screening import BLOCK, list_flagged
from cwbsim.world import Q24, WIDER

if TYPE_CHECKING:
    from cwbsim.world import World

__all__ = ["cost_of_living_wage", "cover_staff"]


@kernel
def _shortfall(
    employer: np.ndarray, pay: np.ndarray, hours: np.ndarray, n_sites: int, index: int, floor: int,
    living_wage: int, short: np.ndarray,
) -> None:  # fmt: skip
    """Add up by site what its residents earn less than the wage."""
    flags = np.zeros(BLOCK, np.uint8)
    words, rows = flags.view(np.uint64), np.empty(BLOCK + 1, np.int64)
    for first in range(0, employer.shape[0], BLOCK):
        at, earned, worked = employer[first : first + BLOCK], pay[first : first + BLOCK], hours[first : first + BLOCK]
        for i in range(at.shape[0]):
            gross = max((np.int64(earned[i]) * np.int64(np.int32(index))) >> 24, floor * np.int64(worked[i]))
            flags[i] = (gross < living_wage * np.int64(worked[i])) & (at[i] >= 0) & (at[i] < n_sites)
        flags[at.shape[0] :] = 0
        for i in rows[: list_flagged(flags, words, 0, rows, 0)]:
            gross = max((np.int64(earned[i]) * index) >> 24, floor * np.int64(worked[i]))
            short[at[i]] += living_wage * np.int64(worked[i]) - gross


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
    short, staff = np.zeros(n, np.int64), e.n_residents[:n]
    _shortfall(
        r.employer, r.pay, r.hours, n, round(world.market.wage_index * Q24), world.terms.pay_floor,
        round(p.labour.real_living_wage * 100), short,
    )  # fmt: skip
    on_costs = 1.0 + p.treasury.employer_ni_rate + p.treasury.employer_pension_share
    return _share_of_cost(
        short, staff, e.n_from_wider, e.n_from_outside, f.section, f.output_smooth, on_costs
    )  # fmt: skip


@kernel
def _share_of_cost(
    short: np.ndarray, staff: np.ndarray, from_wider: np.ndarray, from_outside: np.ndarray, section: np.ndarray,
    smooth: np.ndarray, on_costs: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Set what staff are short of against output; a firm without residents on its staff is as its section is."""
    n = section.shape[0]
    own, extra, output = np.empty(n), np.zeros(20), np.zeros(20)
    for f in range(n):
        # In-commuters are paid like the residents beside them.
        everybody = short[f] * (1.0 + (from_wider[f] + from_outside[f]) / max(staff[f], 1))
        own[f] = everybody * on_costs
        if staff[f] > 0:
            extra[section[f]] += own[f]
            output[section[f]] += max(smooth[f], 1)
    of_sections = extra / np.maximum(output, 1.0)
    for f in range(n):
        own[f] = min(own[f] / max(smooth[f], 1) if staff[f] > 0 else of_sections[section[f]], 0.5)
    return own, np.minimum(of_sections, 0.5)


@kernel
def _cover(
    asked: np.ndarray, budget: np.ndarray, supplier: np.ndarray, section: np.ndarray, place: np.ndarray,
    margin: int, labour: np.ndarray, smooth: np.ndarray, n_residents: np.ndarray, first: int, last: int,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Add up the work of contracts that ask for the wage, and divide by all the work of an employer."""
    out[:] = 0.0
    for i in range(asked.shape[0]):
        if asked[i] > 0.0 and budget[i] > 0:
            s = section[i]
            own = ((budget[i] * margin) >> 24 if s == WHOLESALE else budget[i]) * asked[i]
            if supplier[i] >= 0:
                out[supplier[i]] += math.floor(own)
            else:
                out[first + (place[i] - 1) * 20 + s] += own * labour[s]
    for f in range(smooth.shape[0]):
        out[f] = min(out[f] / max(smooth[f], 1), 1.0)
    for e in range(first, last):
        out[e] = min(out[e] / max(n_residents[e], 1), 1.0)


def cover_staff(world: World, asks: bool) -> None:
    """Write the share of each employer's staff on contracts that ask for the Real Living Wage, if any does."""
    n, f, e, fixed = world.needs, world.firms, world.employers, world.fixed
    out = e.living_wage
    if not asks:
        out[:] = 0.0
        return
    labour = world.kept(
        "labour_of_contracts", (fixed,),
        lambda: fixed.pay_share * fixed.on_site_share / np.maximum(fixed.labour_cost_per_job, 1),
    )  # fmt: skip
    _cover(
        n.living_wage, n.budget, n.supplier, n.section, n.place, margin(world), labour, f.output_smooth,
        e.n_residents, world.on_site_row(WIDER), world.commuting_row(WIDER), out,
    )  # fmt: skip
