"""How long contracts run, what output they stand for, and the staff who move with them."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.chance import mix64, stream, uniform2
from cwbsim.compiled import kernel, wrapping
from cwbsim.economy.screening import BLOCK, list_flagged
from cwbsim.world import Q24, SECTIONS

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.world import World

__all__ = [
    "Lengths", "book_shares", "contract_output", "draw_term", "draw_terms", "keys_of", "lengths_of", "margin",
    "move_staff", "wanted_elsewhere",
]  # fmt: skip

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
    with wrapping():
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


class Lengths(NamedTuple):
    """What the length of a contract is drawn from."""

    running: np.ndarray  # (2, LONGEST) running chance of each length, of ordinary contracts and the PFI kind
    threshold: float  # pence a year from which a need may be of that kind
    long_chance: float
    s_traits: np.uint64
    s_term: np.uint64


def lengths_of(parameters: Parameters, seed: int, *, in_force: bool) -> Lengths:
    """What lengths are drawn from: length-biased, as in the starting book, or as let."""
    book = parameters.contract_book
    return Lengths(
        _running(*_measured(parameters), in_force), float(book.long_threshold * 100.0), float(book.long_chance),
        stream(seed, "need_traits"), stream(seed, "need_term"),
    )  # fmt: skip


@kernel
def draw_term(key: np.uint64, renewal: int, budget: int, lengths: Lengths) -> int:
    """Draw how many months a contract runs."""
    kind = 0
    if budget * 12 >= lengths.threshold and uniform2(lengths.s_traits, key, np.uint64(7)) < lengths.long_chance:
        kind = 1
    u = uniform2(lengths.s_term, mix64(key + np.uint64(renewal + ROUNDS) * _GOLDEN), np.uint64(0))
    return min(int(np.searchsorted(lengths.running[kind], u, side="right")) + 1, LONGEST)


@kernel
def _draw_terms(
    key: np.ndarray, renewal: np.ndarray, budget: np.ndarray, lengths: Lengths, out: np.ndarray
) -> None:
    for i in range(key.shape[0]):
        out[i] = draw_term(key[i], renewal[i], budget[i], lengths)


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
    out = np.empty(keys.shape[0], np.int16)
    with wrapping():
        _draw_terms(keys, renewal, budget, lengths_of(parameters, seed, in_force=in_force), out)
    return out


def contract_output(world: World, rows: np.ndarray) -> np.ndarray:
    """Output a month that contracts stand for, (n,) int64: their budgets, less goods resold in section G."""
    own = np.full(20, Q24, np.int64)
    own[WHOLESALE] = margin(world)
    return np.asarray((world.needs.budget[rows] * own[world.needs.section[rows]]) >> 24)


def margin(world: World) -> int:
    """Share of a wholesaler's payment that is its own output, Q24."""
    return round((1.0 - world.parameters.procurement.wholesale_goods_share) * Q24)


class Staff(NamedTuple):
    """Who works for whom, and on what: columns of Employers, Residents and Needs, and of the fixed tables."""

    n_residents: np.ndarray  # (E,)
    from_wider: np.ndarray  # (E,)
    from_outside: np.ndarray  # (E,)
    employer: np.ndarray  # (R,)
    resident_key: np.ndarray  # (R,)
    need_key: np.ndarray  # (N,)
    budget: np.ndarray  # (N,)
    section: np.ndarray  # (N,)
    output_per_job: np.ndarray  # (S,)
    on_site_share: np.ndarray  # (S,)


@kernel
def _moves(
    rows: np.ndarray, old: np.ndarray, new: np.ndarray, staff: Staff
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the contracts that move staff, and from and to which rows of Employers, by old row and key."""
    n, by = 0, np.empty(rows.shape[0], np.int64)
    for i in range(rows.shape[0]):
        e = old[i]
        if e == new[i] or np.int64(staff.n_residents[e]) + staff.from_wider[e] + staff.from_outside[e] <= 0:
            continue
        at = n  # few change hands in a month: each is put where it belongs among those before it
        while at > 0 and (
            old[by[at - 1]] > e
            or (old[by[at - 1]] == e and staff.need_key[rows[by[at - 1]]] > staff.need_key[rows[i]])
        ):
            by[at] = by[at - 1]
            at -= 1
        by[at] = i
        n += 1
    return rows[by[:n]], old[by[:n]], new[by[:n]]


@kernel
def _on_contract(
    rows: np.ndarray, old: np.ndarray, staff: Staff, margin: int, transfer_share: float
) -> np.ndarray:
    """Chance that a member of the old supplier's staff moves: on-site jobs of the contract over its staff."""
    out = np.empty(rows.shape[0])
    for i in range(rows.shape[0]):
        s = staff.section[rows[i]]
        output = (staff.budget[rows[i]] * margin) >> 24 if s == WHOLESALE else staff.budget[rows[i]]
        number = staff.n_residents[old[i]] + staff.from_wider[old[i]] + staff.from_outside[old[i]]
        jobs = output / max(staff.output_per_job[s], 1) * staff.on_site_share[s] * transfer_share
        out[i] = min(jobs / number, 1.0)
    return out


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


@kernel
def _move_staff(
    rows: np.ndarray, old: np.ndarray, new: np.ndarray, staff: Staff, margin: int, transfer_share: float,
    s_move: np.uint64,
) -> int:  # fmt: skip
    """Move residents and in-commuters with contracts; return how many contracts moved staff."""
    rows, old, new = _moves(rows, old, new, staff)
    if rows.shape[0] == 0:
        return 0
    chance = _on_contract(rows, old, staff, margin, transfer_share)
    _move_residents(staff.employer, staff.resident_key, old, chance, new, s_move, staff.n_residents)
    key = staff.need_key[rows]
    _move_commuters(staff.from_wider, key, old, chance, new, s_move, np.uint64(1))
    _move_commuters(staff.from_outside, key, old, chance, new, s_move, np.uint64(2))
    return int(rows.shape[0])


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
    if rows.size == 0:
        return 0
    e, n, r, fixed = world.employers, world.needs, world.residents, world.fixed
    staff = Staff(
        e.n_residents, e.n_from_wider, e.n_from_outside, r.employer, r.key, n.key, n.budget, n.section,
        fixed.output_per_job, fixed.on_site_share,
    )  # fmt: skip
    share, s_move = float(world.parameters.procurement.transfer_share), stream(world.seed, "transfer", world.month)
    return int(_move_staff(rows, old, new, staff, margin(world), share, s_move))


@kernel
def wanted_elsewhere(
    supplier: np.ndarray, place: np.ndarray, section: np.ndarray, budget: np.ndarray, labour: np.ndarray,
    resident_share: float, commuting: np.ndarray, in_wider: float, in_outside: float, luck: np.ndarray,
    out: np.ndarray,
) -> None:  # fmt: skip
    """Write the residents wanted on site by suppliers elsewhere, by place and section, and by employers elsewhere."""
    n = labour.shape[0]
    held = np.zeros(2 * n, np.int64)
    for i in range(supplier.shape[0]):
        if supplier[i] < 0:
            held[(place[i] - 1) * n + section[i]] += budget[i]
    for e in range(2 * n):
        out[e] = math.floor(held[e] * labour[e % n] * resident_share + luck[e])
    out[2 * n] = math.floor(commuting[0] * in_wider + luck[2 * n])
    out[2 * n + 1] = math.floor(commuting[1] * in_outside + luck[2 * n + 1])
