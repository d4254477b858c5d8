"""What has to hold when a month closes, and the rounds of spending elsewhere."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.contracts import contract_output
from cwbsim.ledger import BooksError
from cwbsim.outcomes.passes import sum_by
from cwbsim.world import EMPLOYED, INACTIVE, SECTIONS, World

__all__ = ["GhostWorkerError", "book_rounds", "check_contracts", "check_heads", "settle_rounds"]


class GhostWorkerError(AssertionError):
    """Residents and employers disagree on who works where: names the phase, the employer and the numbers."""


@kernel
def _recount(status: np.ndarray, employer: np.ndarray, n_employers: int) -> tuple[np.ndarray, int]:
    """Residents by employer; first resident whose status and employer contradict each other, -1 if none."""
    counts = np.zeros(n_employers, np.int64)
    for i in range(status.shape[0]):
        e = employer[i]
        if status[i] < 0 or status[i] > INACTIVE or e >= n_employers or (status[i] == EMPLOYED) != (e >= 0):
            return counts, i
        if e >= 0:
            counts[e] += 1
    return counts, -1


def check_heads(world: World, phase: str) -> None:
    """Raise unless residents and employers agree on who works where.

    Raises
    ------
    GhostWorkerError
        Naming phase, resident or employer, and the numbers.
    """
    residents, employers = world.residents, world.employers
    counts, ghost = _recount(residents.status, residents.employer, employers.n_residents.shape[0])
    if ghost >= 0:
        raise GhostWorkerError(
            f"after {phase}, resident {ghost} has status {int(residents.status[ghost])} and employer"
            f" {int(residents.employer[ghost])}; allowed: status 0 (in work) with the row of an employer,"
            f" 1 (unemployed) or 2 (inactive) with employer -1"
        )
    wrong = np.flatnonzero(counts != employers.n_residents)
    if wrong.size:
        e = int(wrong[0])
        raise GhostWorkerError(
            f"after {phase}, {_employer_name(world, e)} counts {int(employers.n_residents[e])} residents as"
            f" staff, but {int(counts[e])} say they work there ({wrong.size} employers in all are out)"
        )


def _employer_name(world: World, row: int) -> str:
    """Say which employer a row is."""
    n_sites = world.firms.key.shape[0]
    if row < n_sites:
        return f"the firm on site {row} (section {SECTIONS[world.firms.section[row]]})"
    if row < n_sites + len(world.fixed.anchor_names):
        return f"the anchor {world.fixed.anchor_names[row - n_sites]}"
    return f"employer row {row} (staff of employers elsewhere)"


def check_contracts(world: World, phase: str) -> None:
    """Raise unless each open firm's contract load is the output its contracts stand for.

    The contracts of a firm that has closed run on its site until they are let again, and are nobody's load.

    Raises
    ------
    BooksError
        Naming phase, site and the missing amount in pence.
    """
    firms, needs = world.firms, world.needs
    load = firms.contract_load
    site = np.maximum(needs.supplier, -1)
    if load.shape[0]:
        site = np.where(firms.key[site] == needs.supplier_key, site, -1)
    output = contract_output(world, np.arange(needs.key.shape[0]))
    held = sum_by(site, output, load.shape[0])
    wrong = np.flatnonzero((held != load) & firms.is_open)
    if wrong.size:
        f = int(wrong[0])
        raise BooksError(
            f"after {phase}, the books of the firms: site {f} carries a contract load of {int(load[f])} pence"
            f" a month, its contracts stand for {int(held[f])} (out by {int(load[f] - held[f])};"
            f" {wrong.size} sites in all are out)"
        )


def _with_households(demand: np.ndarray) -> np.ndarray:
    """Demand by section with a nil row for households, (S+1,) float pence."""
    return np.append(demand.astype(np.float64), 0.0)


def _times(rounds: np.ndarray, made: np.ndarray) -> np.ndarray:
    """Return rounds x output with explicit sums, the same on every machine."""
    return np.asarray((rounds * made).sum(axis=1))


def _leak(world: World) -> np.ndarray:
    """Rounds of the UK that do not stay in the wider area: what it buys in the rest of the UK."""
    return np.asarray(np.maximum(world.fixed.outside_rounds - world.fixed.wider_rounds, 0.0))


def book_rounds(world: World) -> None:
    """Write output elsewhere this month: direct demand, and last month's output times the recipes there.

    What the wider area buys in the rest of the UK is demand there: without it a pound moved from a supplier
    outside to one in the wider area would seem to lose the UK its later rounds.
    """
    market, fixed = world.market, world.fixed
    before = market.wider_output
    market.outside_output = (
        _with_households(market.outside_demand)
        + _times(_leak(world), before)
        + _times(fixed.outside_rounds, market.outside_output)
    )
    market.wider_output = _with_households(market.wider_demand) + _times(fixed.wider_rounds, before)


def settle_rounds(world: World, tolerance_pence: float = 0.01, most: int = 10_000) -> None:
    """Bring the rounds elsewhere to rest at the present direct demand (for the builder of a starting world).

    Parameters
    ----------
    world : World
        ``market.wider_demand`` and ``market.outside_demand`` are read, the two outputs are written.
    tolerance_pence : float
        Largest change of an entry at which they count as at rest.
    most : int
        Rounds after which they count as never coming to rest.

    Raises
    ------
    ValueError
        If they do not come to rest: the recipes of a place elsewhere re-spend more than they receive.
    """
    market = world.market
    for _ in range(most):
        before = np.concatenate((market.wider_output, market.outside_output))
        book_rounds(world)
        after = np.concatenate((market.wider_output, market.outside_output))
        if float(np.abs(after - before).max()) <= tolerance_pence:
            return
    raise ValueError(f"rounds elsewhere do not rest within {most}: see fixed.wider_rounds and outside_rounds")
