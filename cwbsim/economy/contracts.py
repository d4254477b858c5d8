"""How long contracts run, what output they stand for, and the staff who move with them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import mix64, stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.economy.screening import BLOCK, list_flagged
from cwbsim.world import Q24, SECTIONS

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.world import World

__all__ = ["book_shares", "contract_output", "draw_terms", "keys_of", "margin", "move_staff"]

WHOLESALE = SECTIONS.index("G")
LONGEST = 360  # months
_BANDS = ((12, 12), (13, 24), (25, 36), (37, 48), (49, 60), (61, 120))
ROUNDS = 1 << 20  # keeps the number of a renewal positive: rounds before the start are negative
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


@kernel
def _renewal_keys(keys: np.ndarray, renewal: np.ndarray, out: np.ndarray) -> None:
    for i in range(keys.shape[0]):
        out[i] = mix64(keys[i] + np.uint64(renewal[i] + ROUNDS) * _GOLDEN)


def keys_of(keys: np.ndarray, renewal: np.ndarray) -> np.ndarray:
    """Return the key of each (need, renewal)."""
    out = np.empty(keys.shape[0], np.uint64)
    with np.errstate(over="ignore"):
        _renewal_keys(keys, renewal.astype(np.int64), out)
    return out


@lru_cache(maxsize=8)
def _book(shares: tuple[float, ...], long_share_240: float) -> np.ndarray:
    """Share of value in force by length, (2, LONGEST): ordinary contracts, and those of the PFI kind."""
    out = np.zeros((2, LONGEST))
    for (first, last), share in zip(_BANDS, shares, strict=True):
        out[0, first - 1 : last] = share / (last - first + 1)
    out[1, 120:240] = long_share_240 / 120
    out[1, 240:] = (1.0 - long_share_240) / 120
    shares_of = np.asarray(out / np.array([[row.sum()] for row in out]))
    shares_of.flags.writeable = False
    return shares_of


@lru_cache(maxsize=16)
def _running(shares: tuple[float, ...], long_share_240: float, in_force: bool) -> np.ndarray:
    """Running chance of each length, (2, LONGEST), in force or as let: a function of these numbers alone."""
    book = _book(shares, long_share_240)
    rows = [share if in_force else share / np.arange(1, LONGEST + 1) for share in book]
    out = np.stack([np.cumsum(chance) / chance.sum() for chance in rows])
    out.flags.writeable = False
    return out


def _measured(parameters: Parameters) -> tuple[tuple[float, ...], float]:
    book = parameters.contract_book
    return tuple(getattr(book, f"value_to_{last}_months") for _, last in _BANDS), book.long_to_240_months


def book_shares(parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Share of value in force by length in months, 1-360: of ordinary contracts and of the PFI kind."""
    ordinary, long = _book(*_measured(parameters))
    return ordinary, long


@kernel
def _draw_terms(
    key: np.ndarray, renewal: np.ndarray, budget: np.ndarray, running: np.ndarray, threshold: float,
    long_chance: float, s_traits: np.uint64, s_term: np.uint64, out: np.ndarray,
) -> None:  # fmt: skip
    for i in range(key.shape[0]):
        kind = 0
        if budget[i] * 12 >= threshold and uniform2(s_traits, key[i], np.uint64(7)) < long_chance:
            kind = 1
        lineage = mix64(key[i] + np.uint64(renewal[i] + ROUNDS) * _GOLDEN)
        u = uniform2(s_term, lineage, np.uint64(0))
        out[i] = min(np.searchsorted(running[kind], u, side="right") + 1, LONGEST)


def draw_terms(
    parameters: Parameters,
    seed: int,
    keys: np.ndarray,
    renewal: np.ndarray,
    budget: np.ndarray,
    *,
    in_force: bool,
) -> np.ndarray:
    """Draw how long contracts run.

    The lengths of contracts *in force* are measured, by value; one-off works shorter than a year are a year's
    spending, let once a year. Those of contracts being *let* are the same shares over length, for a contract is
    in force in proportion to its length. Whether a need is met by contracts of the PFI kind is a lasting property
    of it, and only large needs are.

    Parameters
    ----------
    parameters : Parameters
    seed : int
    keys : ndarray of uint64, shape (n,)
        Of the needs.
    renewal : ndarray of int, shape (n,)
        How many contracts came before.
    budget : ndarray of int64, shape (n,)
        Pence a month.
    in_force : bool
        Length-biased, as in the starting book, or as let.

    Returns
    -------
    ndarray of int16, shape (n,)
        Months, 12-360.
    """
    book = parameters.contract_book
    out = np.empty(keys.shape[0], np.int16)
    with np.errstate(over="ignore"):
        _draw_terms(
            keys, renewal, budget, _running(*_measured(parameters), in_force), book.long_threshold * 100.0,
            book.long_chance, stream(seed, "need_traits"), stream(seed, "need_term"), out,
        )  # fmt: skip
    return out


def contract_output(world: World, rows: np.ndarray) -> np.ndarray:
    """Output a month that contracts stand for, (n,) int64: their budgets, less goods resold in section G."""
    own = np.full(20, Q24, np.int64)
    own[WHOLESALE] = margin(world)
    return np.asarray((world.needs.budget[rows] * own[world.needs.section[rows]]) >> 24)


def margin(world: World) -> int:
    """Share of a wholesaler's payment that is its own output, Q24."""
    return round((1.0 - world.parameters.procurement.wholesale_goods_share) * Q24)


@kernel
def _on_contract(
    rows: np.ndarray, old: np.ndarray, key: np.ndarray, budget: np.ndarray, section: np.ndarray, margin: int,
    output_per_job: np.ndarray, on_site_share: np.ndarray, transfer_share: float, residents: np.ndarray,
    wider: np.ndarray, outside: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Chance that a member of the old supplier's staff moves: on-site jobs of the contract over its staff."""
    for i in range(rows.shape[0]):
        s = section[rows[i]]
        output = (budget[rows[i]] * margin) >> 24 if s == WHOLESALE else budget[rows[i]]
        staff = residents[old[i]] + wider[old[i]] + outside[old[i]]
        jobs = output / max(output_per_job[s], 1) * on_site_share[s] * transfer_share
        out[i] = min(jobs / staff, 1.0)


@kernel
def _move_residents(
    employer: np.ndarray, key: np.ndarray, old: np.ndarray, chance: np.ndarray, to: np.ndarray,
    s_move: np.uint64, n_residents: np.ndarray,
) -> None:  # fmt: skip
    """Let each resident's one draw fall among the contracts its employer lost, in their order."""
    loses = np.zeros(n_residents.shape[0] + 1, np.uint8)  # by row of Employers, after one for those without
    for e in old:
        loses[e + 1] = 1
    flags = np.zeros(BLOCK, np.uint8)
    words = flags.view(np.uint64)
    found = np.empty(BLOCK + 8, np.int64)
    for first in range(0, employer.shape[0], BLOCK):
        size = min(BLOCK, employer.shape[0] - first)
        for i in range(size):
            flags[i] = loses[np.uint64(employer[first + i] + 1)]
        flags[size:] = 0
        for r in found[: list_flagged(flags, words, first, found, 0)]:
            e = employer[r]
            u = uniform2(s_move, key[r], np.uint64(0))
            for i in range(np.searchsorted(old, e), old.shape[0]):
                if old[i] != e:
                    break
                u -= chance[i]
                if u < 0.0:
                    employer[r] = to[i]
                    n_residents[e] -= 1
                    n_residents[to[i]] += 1
                    break


@kernel
def _move_commuters(
    column: np.ndarray, key: np.ndarray, old: np.ndarray, chance: np.ndarray, to: np.ndarray,
    s_move: np.uint64, k: np.uint64,
) -> None:  # fmt: skip
    """Move in-commuters of one origin, rounded by lot, as many as are there."""
    wanted = np.empty(old.shape[0], np.int64)
    for i in range(old.shape[0]):
        wanted[i] = math.floor(column[old[i]] * chance[i] + uniform2(s_move, key[i], k))
    for i in range(old.shape[0]):
        n = min(wanted[i], np.int64(column[old[i]]))
        column[old[i]] -= n
        column[to[i]] += n


def move_staff(world: World, rows: np.ndarray, old: np.ndarray, new: np.ndarray) -> int:
    """Move residents with contracts that change hands (TUPE); return how many contracts moved staff.

    Parameters
    ----------
    world : World
    rows : ndarray of int, shape (n,)
        Needs whose supplier changed.
    old, new : ndarray of int, shape (n,)
        Rows of Employers. Each member of the old supplier's staff moves with the same chance: the part of its
        staff that works on the contract, times the share that is on site and transfers.
    """
    e, needs, p, fixed = world.employers, world.needs, world.parameters.procurement, world.fixed
    moves = (old != new) & (e.n_residents[old] + e.n_from_wider[old] + e.n_from_outside[old] > 0)
    rows, old, new = rows[moves], old[moves], new[moves]
    if rows.size == 0:
        return 0
    key = needs.key[rows]
    order = np.lexsort((key, old))
    rows, key, old, new = rows[order], key[order], old[order], new[order]
    chance, s_move = np.empty(rows.size), stream(world.seed, "transfer", world.month)
    with np.errstate(over="ignore"):
        _on_contract(
            rows, old, needs.key, needs.budget, needs.section, margin(world), fixed.output_per_job,
            fixed.on_site_share, p.transfer_share, e.n_residents, e.n_from_wider, e.n_from_outside, chance,
        )  # fmt: skip
        _move_residents(
            world.residents.employer, world.residents.key, old, chance, new, s_move, e.n_residents
        )
        _move_commuters(e.n_from_wider, key, old, chance, new, s_move, np.uint64(1))
        _move_commuters(e.n_from_outside, key, old, chance, new, s_move, np.uint64(2))
    return int(rows.size)
