"""What has to hold when a month closes, and the rounds of spending elsewhere."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.economy.contracts import WHOLESALE, margin
from cwbsim.ledger import SECTORS, BooksError
from cwbsim.outcomes.reading import Reading
from cwbsim.world import SECTIONS, World

__all__ = [
    "GhostWorkerError",
    "book_rounds",
    "check_books",
    "check_contracts",
    "check_heads",
    "settle_rounds",
]


class GhostWorkerError(AssertionError):
    """Residents and employers disagree on who works where: names the phase, the employer and the numbers."""


def check_books(now: Reading, phase: str) -> None:
    """Raise unless each sector's money is what it opened with plus receipts less payments.

    The check of the ledger, on sums of purses that were made anyway; the ledger finds the words for a fault.

    Raises
    ------
    BooksError
        Naming phase, sector and the missing amount in pence.
    """
    world, ledger = now.world, now.world.ledger
    purses = {"anchors": world.anchors.cash, "firms": world.firms.cash, "households": world.households.income}
    for sector, column in purses.items():
        if ledger.cash[sector] is not column:
            raise BooksError(
                f"after {phase}, the money of the {sector} is not in the purse that payments fill"
            )
    if ledger.kept["households"] is not world.households.savings:
        raise BooksError(f"after {phase}, the savings of the households are not those of the books")
    due = ledger.due()
    if ledger.balances.tolist() != due or any(now.held[s] != due[SECTORS.index(s)] for s in purses):
        ledger.check(phase)
        raise BooksError(f"after {phase}, the books do not close: {now.held} pence are held, {due} are due")


def check_heads(world: World, phase: str, now: Reading | None = None) -> None:
    """Raise unless residents and employers agree on who works where (as counted in a reading, if given).

    Raises
    ------
    GhostWorkerError
        Naming phase, resident or employer, and the numbers.
    """
    now, residents = Reading(world) if now is None else now, world.residents
    counts, ghost = now.residents[2], now.residents[4]
    if ghost >= 0:
        raise GhostWorkerError(
            f"after {phase}, resident {ghost} has status {int(residents.status[ghost])} and employer"
            f" {int(residents.employer[ghost])}; allowed: status 0 (in work) with the row of an employer,"
            f" 1 (unemployed) or 2 (inactive) with employer -1"
        )
    n_wrong = now.employers[1][3]
    if n_wrong:
        e = int(np.flatnonzero(counts != world.employers.n_residents)[0])
        raise GhostWorkerError(
            f"after {phase}, {_employer_name(world, e)} counts {int(world.employers.n_residents[e])} residents as"
            f" staff, but {int(counts[e])} say they work there ({n_wrong} employers in all are out)"
        )


def _employer_name(world: World, row: int) -> str:
    """Say which employer a row is."""
    n_sites = world.firms.key.shape[0]
    if row < n_sites:
        return f"the firm on site {row} (section {SECTIONS[world.firms.section[row]]})"
    if row < n_sites + len(world.fixed.anchor_names):
        return f"the anchor {world.fixed.anchor_names[row - n_sites]}"
    return f"employer row {row} (staff of employers elsewhere)"


@kernel
def _loads(
    supplier: np.ndarray, supplier_key: np.ndarray, budget: np.ndarray, section: np.ndarray, margin: int,
    key: np.ndarray, is_open: np.ndarray, beyond: np.ndarray, load: np.ndarray,
) -> tuple[int, int, int]:  # fmt: skip
    """How many open sites carry another load than their contracts; the first of them and what those add to."""
    held = beyond.copy()
    for i in range(supplier.shape[0]):
        if supplier[i] >= 0 and key[supplier[i]] == supplier_key[i]:
            held[supplier[i]] += (budget[i] * margin) >> 24 if section[i] == WHOLESALE else budget[i]
    n_wrong = np.int64(0)
    for f in range(key.shape[0]):
        n_wrong += np.int64(is_open[f]) & np.int64(held[f] != load[f])
    if n_wrong:
        for f in range(key.shape[0]):
            if is_open[f] and held[f] != load[f]:
                return int(n_wrong), f, held[f]
    return 0, -1, 0


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
    n_wrong, f, held = _loads(
        needs.supplier, needs.supplier_key, needs.budget, needs.section, margin(world), firms.key, firms.is_open,
        firms.contracts_beyond, load,
    )  # fmt: skip
    if n_wrong:
        raise BooksError(
            f"after {phase}, the books of the firms: site {f} carries a contract load of {int(load[f])} pence"
            f" a month, its contracts stand for {int(held)} (out by {int(load[f] - held)};"
            f" {n_wrong} sites in all are out)"
        )


@kernel
def _round(
    wider_rounds: np.ndarray, outside_rounds: np.ndarray, wider: np.ndarray, outside: np.ndarray,
    wider_demand: np.ndarray, outside_demand: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return both outputs: direct demand and what last month's used up, summed in one order everywhere.

    Rounds of the UK that do not stay in the wider area are what it buys in the rest of the UK. The last row
    is households, of whom nobody demands anything directly.
    """
    n = wider.shape[0]
    in_wider, in_outside = np.zeros(n), np.zeros(n)
    in_wider[: n - 1] += wider_demand
    in_outside[: n - 1] += outside_demand
    for i in range(n):
        for j in range(n):
            in_wider[i] += wider_rounds[i, j] * wider[j]
            leak = max(outside_rounds[i, j] - wider_rounds[i, j], 0.0)
            in_outside[i] += leak * wider[j] + outside_rounds[i, j] * outside[j]
    return in_wider, in_outside


def book_rounds(world: World) -> None:
    """Write output elsewhere this month: direct demand, and last month's output times the recipes there.

    What the wider area buys in the rest of the UK is demand there: without it a pound moved from a supplier
    outside to one in the wider area would seem to lose the UK its later rounds.
    """
    market, fixed = world.market, world.fixed
    market.wider_output, market.outside_output = _round(
        fixed.wider_rounds, fixed.outside_rounds, market.wider_output, market.outside_output,
        market.wider_demand, market.outside_demand,
    )  # fmt: skip


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
