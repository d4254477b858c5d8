"""How long contracts run, what of a promise is delivered, and the staff who move with a contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import draw_many, mix64, stream, uniform2
from cwbsim.compiled import kernel
from cwbsim.world import Q24, SECTIONS

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters
    from cwbsim.world import World

__all__ = ["contract_jobs", "contract_output", "delivery_rate", "draw_terms", "keys_of", "move_staff"]

WHOLESALE = SECTIONS.index("G")
LONGEST = 360  # months
_BANDS = ((1, 6), (7, 12), (13, 24), (25, 36), (37, 48), (49, 60), (61, 120))
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


def book_shares(parameters: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Share of value in force by length in months, 1-360: of ordinary contracts and of the PFI kind."""
    p = parameters.procurement
    ordinary, long = np.zeros(LONGEST), np.zeros(LONGEST)
    for first, last in _BANDS:
        ordinary[first - 1 : last] = getattr(p, f"book_share_{last}") / (last - first + 1)
    long[120:240] = p.long_share_240 / 120
    long[240:] = (1.0 - p.long_share_240) / 120
    return ordinary / ordinary.sum(), long / long.sum()


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

    The lengths of contracts *in force* are measured; those of contracts being *let* are the same shares over
    length, for a contract is in force in proportion to its length. Whether a need is met by contracts of the
    PFI kind is a lasting property of it, and only large needs are.

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
        Months, 1-360.
    """
    p = parameters.procurement
    is_long = (budget * 12 >= p.long_value_threshold * 100.0) & (
        draw_many(stream(seed, "need_traits"), keys, 7) < p.long_chance
    )
    u = draw_many(stream(seed, "need_term"), keys_of(keys, renewal))
    out = np.empty(keys.shape[0], np.int16)
    for chosen, share in zip((~is_long, is_long), book_shares(parameters), strict=True):
        chance = share if in_force else share / np.arange(1, LONGEST + 1)
        cumulative = np.cumsum(chance) / chance.sum()
        out[chosen] = np.minimum(np.searchsorted(cumulative, u[chosen], side="right") + 1, LONGEST)
    return out


def delivery_rate(world: World, rows: np.ndarray) -> np.ndarray:
    """Share of practice that is delivered on needs, (n,): more where promises are followed up."""
    p, needs = world.parameters.procurement, world.needs
    monitoring = np.where(
        needs.is_influenceable[rows], world.terms.monitoring[needs.anchor[rows]], p.default_monitoring
    )
    return np.asarray(p.delivery_unmonitored + (p.delivery_monitored - p.delivery_unmonitored) * monitoring)


def contract_jobs(world: World, rows: np.ndarray) -> np.ndarray:
    """Jobs a contract pays for, (n,): its budget, less goods resold, over output per job."""
    per_job = np.maximum(world.fixed.output_per_job[world.needs.section[rows]], 1)
    return np.asarray(contract_output(world, rows) / per_job)


def contract_output(world: World, rows: np.ndarray) -> np.ndarray:
    """Output a month that contracts stand for, (n,) int64: their budgets, less goods resold in section G."""
    own = np.full(20, Q24, np.int64)
    own[WHOLESALE] = round((1.0 - world.parameters.procurement.wholesale_goods_share) * Q24)
    return np.asarray((world.needs.budget[rows] * own[world.needs.section[rows]]) >> 24)


def employer_rows(world: World, supplier: np.ndarray, place: np.ndarray, section: np.ndarray) -> np.ndarray:
    """Row of Employers of the staff of suppliers: their site, or the on-site staff of their place."""
    elsewhere = world.on_site_row(1) + (np.maximum(place, 1).astype(np.int64) - 1) * 20 + section
    return np.where(supplier >= 0, supplier, elsewhere)


@kernel
def _move_residents(
    employer: np.ndarray, key: np.ndarray, start: np.ndarray, chance: np.ndarray, to: np.ndarray,
    s_move: np.uint64, n_residents: np.ndarray,
) -> None:  # fmt: skip
    """Let each resident's one draw fall among the contracts its employer lost, in their order."""
    loses = np.zeros(n_residents.shape[0], np.bool_)
    for e in range(n_residents.shape[0]):
        loses[e] = start[e] != start[e + 1]
    for r in range(employer.shape[0]):
        e = employer[r]
        if e < 0 or not loses[e]:
            continue
        u = uniform2(s_move, key[r], np.uint64(0))
        for i in range(start[e], start[e + 1]):
            u -= chance[i]
            if u < 0.0:
                employer[r] = to[i]
                n_residents[e] -= 1
                n_residents[to[i]] += 1
                break


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
    employers, p, fixed = world.employers, world.parameters.procurement, world.fixed
    staff = employers.n_residents + employers.n_from_wider + employers.n_from_outside
    moves = (old != new) & (staff[old] > 0)
    rows, old, new = rows[moves], old[moves], new[moves]
    if rows.size == 0:
        return 0
    jobs = contract_jobs(world, rows) * fixed.on_site_share[world.needs.section[rows]] * p.transfer_share
    order = np.lexsort((world.needs.key[rows], old))
    rows, old, new, jobs = rows[order], old[order], new[order], jobs[order]
    chance = np.minimum(jobs / staff[old], 1.0)
    start = np.zeros(staff.shape[0] + 1, np.int64)
    np.cumsum(np.bincount(old, minlength=staff.shape[0]), out=start[1:])
    with np.errstate(over="ignore"):
        _move_residents(
            world.residents.employer, world.residents.key, start, chance, new.astype(np.int64),
            stream(world.seed, "transfer", world.month), employers.n_residents,
        )  # fmt: skip
    for column, k in ((employers.n_from_wider, 1), (employers.n_from_outside, 2)):
        u = draw_many(stream(world.seed, "transfer", world.month), world.needs.key[rows], k)
        wanted = np.floor(column[old] * chance + u).astype(column.dtype)
        for i in range(rows.size):
            n = min(int(wanted[i]), int(column[old[i]]))
            column[old[i]] -= n
            column[new[i]] += n
    return int(rows.size)
