"""Loops of choosing shops: who chooses again in a month, who has to, and what they choose.

Few choose, and at random: loops list those who do without a branch, and then go over the list.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cwbsim.chance import GROUP_OF, bits, bits2, screened_groups, uniform, uniform2
from cwbsim.compiled import kernel
from cwbsim.world import BOROUGH, OUTSIDE, WIDER

__all__ = ["Leaving", "choose", "go_elsewhere", "list_closed", "pick_by_streams", "pick_supplier", "pick_suppliers"]

BLOCK = 1024  # households at a time: what they need stays in the nearest caches
_ONE, _HALF, _LOW = np.uint64(1), np.uint64(32), np.uint64(0xFFFFFFFF)
_TAIL = np.uint64(11)
_TO_UNIT, _TO_53 = 1.0 / 4294967296.0, 1.0 / 9007199254740992.0  # 2**-32, 2**-53

assert (BOROUGH, WIDER, OUTSIDE) == (0, 1, 2)  # suppliers elsewhere are coded as minus their place


class Leaving(NamedTuple):
    """Ties of households to shops that have closed."""

    who: np.ndarray  # (n,) int32 household
    category: np.ndarray  # (n,) int8
    shop: np.ndarray  # (n,) int32
    spent: np.ndarray  # (n,) int64 pence of this month


@kernel
def _ward_and_coin(word: np.uint64, n_wards: int) -> tuple[int, float]:
    """Return the cell of the table of wards that the lower half of a draw falls in, and how far into it."""
    x = (word & _LOW) * np.uint64(n_wards)
    return int(np.int64(x >> _HALF)), float(np.int64(x & _LOW)) * _TO_UNIT


@kernel
def pick_supplier(
    own: np.uint64, category: int, ward: int, chance_local: float, wider_share: float, has_room: np.ndarray,
    ward_alias: np.ndarray, ward_cut: np.ndarray, alias: np.ndarray, cut: np.ndarray, site: np.ndarray,
    start: np.ndarray,
) -> int:  # fmt: skip
    """Choose one household's supplier of a category afresh: a site, -1 the wider area, -2 outside.

    ``own`` is the stream of this choice. The upper half of its first draw says whether the choice falls here,
    in the wider area or outside; the lower half, and each later draw whole, gives both the cell of a look-up in
    an alias table and its coin. Two look-ups a try, first of the ward and then of the premises.
    """
    word = bits(own, np.uint64(0))
    coin = np.float64(np.int64(word >> _HALF)) * _TO_UNIT
    n_wards = ward_cut.shape[2]
    if coin >= chance_local:
        return -WIDER if coin < chance_local + (1.0 - chance_local) * wider_share else -OUTSIDE
    for attempt in range(40):
        if attempt > 0:
            word = bits(own, np.uint64(2 * attempt))
        there, toss = _ward_and_coin(word, n_wards)
        if toss >= ward_cut[category, ward, there]:
            there = int(ward_alias[category, ward, there])
        first = start[category * n_wards + there]
        size = start[category * n_wards + there + 1] - first
        if size == 0:
            continue
        x = uniform(own, np.uint64(2 * attempt + 1)) * size
        j = int(x)
        if x - j >= cut[first + j]:
            j = int(alias[first + j])
        at = site[first + j]
        if has_room[at]:
            return int(at)
    return -WIDER if uniform(own, np.uint64(250)) < wider_share else -OUTSIDE


@kernel
def pick_suppliers(
    s: np.uint64, key: np.ndarray, ward: np.ndarray, who: np.ndarray, category: np.ndarray, chance_local: np.ndarray,
    wider_share: np.ndarray, has_room: np.ndarray, ward_alias: np.ndarray, ward_cut: np.ndarray, alias: np.ndarray,
    cut: np.ndarray, site: np.ndarray, start: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write what :func:`pick_supplier` chooses for many ties, rows of households and categories, at once.

    The stream of a choice is the draw of its household and category in the stream given.
    """
    own = np.empty(who.shape[0], np.uint64)
    for j in range(who.shape[0]):
        own[j] = bits2(s, key[np.uint64(who[j])], np.uint64(category[j]))
    pick_by_streams(
        own, ward, who, category, chance_local, wider_share, has_room, ward_alias, ward_cut, alias, cut, site, start,
        out,
    )  # fmt: skip


@kernel
def pick_by_streams(
    own: np.ndarray, ward: np.ndarray, who: np.ndarray, category: np.ndarray, chance_local: np.ndarray,
    wider_share: np.ndarray, has_room: np.ndarray, ward_alias: np.ndarray, ward_cut: np.ndarray, alias: np.ndarray,
    cut: np.ndarray, site: np.ndarray, start: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write what :func:`pick_supplier` chooses for many ties at once, given the stream of each choice.

    The first try of all goes step by step, without branches, so that waits for memory overlap; the few that
    find no room then choose one by one.
    """
    n, n_wards, last = who.shape[0], ward_cut.shape[2], site.shape[0] - 1
    here, cell, at = np.empty(n + 1, np.int32), np.empty(n + 1, np.int32), np.empty(n, np.int32)
    n_here = 0
    for j in range(n):
        k, w = np.uint64(category[j]), np.uint64(ward[np.uint64(who[j])])
        word, local = bits(own[j], np.uint64(0)), chance_local[k, w]
        coin = np.float64(np.int64(word >> _HALF)) * _TO_UNIT
        out[j] = -WIDER if coin < local + (1.0 - local) * wider_share[k] else -OUTSIDE
        there, toss = _ward_and_coin(word, n_wards)
        cell_in = np.uint64(there)
        other = np.int64(ward_alias[k, w, cell_in])
        here[n_here] = j
        cell[n_here] = np.int64(k) * n_wards + (there if toss < ward_cut[k, w, cell_in] else other)
        n_here += coin < local
    n_here = n_here if last >= 0 else 0
    for m in range(n_here):
        first, beyond = start[np.uint64(cell[m])], start[np.uint64(cell[m] + 1)]
        x = uniform(own[np.uint64(here[m])], np.uint64(1)) * (beyond - first)
        row = np.uint64(min(first + int(x), last))
        other = min(first + alias[row], last)
        at[m] = row if x - int(x) < cut[row] else other
    for m in range(n_here):
        at[m] = site[np.uint64(at[m])]
    n_again = 0
    for m in range(n_here):
        tie, c = np.uint64(here[m]), np.uint64(cell[m])
        is_found = (start[c + np.uint64(1)] > start[c]) & has_room[np.uint64(at[m])]
        out[tie] = at[m] if is_found else out[tie]
        here[n_again] = here[m]
        n_again += not is_found
    for m in range(n_again):
        j = int(here[m])
        k_j, w_j = int(category[j]), int(ward[who[j]])
        out[j] = pick_supplier(
            own[j], k_j, w_j, chance_local[k_j, w_j], wider_share[k_j], has_room, ward_alias, ward_cut, alias, cut,
            site, start,
        )  # fmt: skip


@kernel
def list_closed(
    found: np.ndarray, first: int, consumption: np.ndarray, decile: np.ndarray, supplier: np.ndarray,
    cumulative: np.ndarray, cells: np.ndarray, n: int, out: Leaving,
) -> int:  # fmt: skip
    """List which shops of some households of a block have closed, and what was spent there; return how many ties.

    Asked as soon as the block has spent, while the processor has its rows at hand. The cell of a shop that has
    closed is below nil.
    """
    for row in found:
        i = row - first
        spent, share, ties = np.int64(consumption[i]), cumulative[decile[i]], supplier[i]
        for k in range(supplier.shape[1]):
            at = np.int64(ties[k])
            out.who[n], out.category[n], out.shop[n] = row, k, at
            out.spent[n] = ((spent * share[k + 1]) >> 24) - ((spent * share[k]) >> 24)
            n += (at >= 0) & (cells[np.uint64(at & ~(at >> 63))] < 0)
    return n


@kernel
def go_elsewhere(
    leaving: Leaving, n: int, supplier: np.ndarray, n_sites: int, cells: np.ndarray, s_pick: np.uint64,
    key: np.ndarray, ward: np.ndarray, chance_local: np.ndarray, has_room: np.ndarray, wider_share: np.ndarray,
    ward_alias: np.ndarray, ward_cut: np.ndarray, alias: np.ndarray, cut: np.ndarray, site: np.ndarray,
    start: np.ndarray,
) -> None:  # fmt: skip
    """Let households that found a shop closed choose another, and take their money there."""
    who, category = leaving.who[:n], leaving.category[:n]
    chosen = np.empty(n, np.int32)
    pick_suppliers(
        s_pick, key, ward, who, category, chance_local, wider_share, has_room, ward_alias, ward_cut, alias, cut,
        site, start, chosen,
    )  # fmt: skip
    for j in range(n):
        k, new, part = int(category[j]), int(chosen[j]), leaving.spent[j]
        cells[leaving.shop[j]] -= part
        cells[new if new >= 0 else n_sites + 2 * k + 2 + new] += part
        supplier[who[j], k] = new


@kernel
def _screen(
    s: np.uint64, key: np.ndarray, ward: np.ndarray, always: np.ndarray, first: int, drawn: np.ndarray,
    words: np.ndarray, n_categories: int, who: np.ndarray, category: np.ndarray,
) -> int:  # fmt: skip
    """List the ties of a block of households that may be chosen again; return how many.

    One draw a household, kept in ``drawn``, screens its categories, five bits each; those listed go on to a
    second. Who has one more is listed again, so that no loop is as long as chance makes it.
    """
    of_categories = (_ONE << np.uint64(5 * n_categories)) - _ONE  # a place may have fewer than twelve
    for i in range(key.shape[0]):
        drawn[i] = bits(s, key[i])
        words[i] = screened_groups(drawn[i]) & of_categories
    if always.any():
        for i in range(key.shape[0]):
            words[i] |= always[ward[i]]
    rows = np.empty(key.shape[0] + 1, np.int32)
    left = 0
    for i in range(key.shape[0]):
        rows[left] = i
        left += words[i] != 0
    n = 0
    while left > 0:
        more = 0
        for j in range(left):
            row = np.uint64(rows[j])
            rest = words[row] & (words[row] - _ONE)
            who[n] = first + rows[j]
            category[n] = GROUP_OF[(words[row] ^ rest) % np.uint64(13)]  # of the lowest bit that is set
            n += 1
            words[row] = rest
            rows[more] = rows[j]
            more += rest != 0
        left = more
    return n


@kernel
def choose(
    s_screen: np.uint64, s_new: np.uint64, key: np.ndarray, ward: np.ndarray, supplier: np.ndarray,
    always: np.ndarray, often: np.ndarray, chance_new: np.ndarray, rate: float, ward_chance: np.ndarray,
    new_rows: np.ndarray, new_begin: np.ndarray, new_ward: np.ndarray, new_weight: np.ndarray,
    chance_local: np.ndarray, has_room: np.ndarray, wider_share: np.ndarray, ward_alias: np.ndarray,
    ward_cut: np.ndarray, alias: np.ndarray, cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    """Choose ties again, afresh or among new shops; without a branch up to where few are left."""
    most = BLOCK * supplier.shape[1] + 1
    drawn, words = np.empty(BLOCK, np.uint64), np.empty(BLOCK, np.uint64)
    own, u = np.empty(most, np.uint64), np.empty(most)
    who, category = np.empty(most, np.int32), np.empty(most, np.int8)
    to_new, category_new = np.empty(most, np.int32), np.empty(most, np.int8)
    chosen = np.empty(most, np.int32)
    total = _pull_of_new(ward_chance, new_begin, new_ward, new_weight)
    one = np.where(often, 1.0, 1.0 / 32.0)  # what a draw of those listed is a part of
    for first in range(0, key.shape[0], BLOCK):
        keys, wards = key[first : first + BLOCK], ward[first : first + BLOCK]
        listed = _screen(
            s_screen, keys, wards, always, first, drawn, words, supplier.shape[1], who, category
        )  # fmt: skip
        some, afresh, new = 0, 0, 0
        for j in range(listed):
            i, k = np.uint64(who[j] - first), np.uint64(category[j])
            w = np.uint64(wards[i])
            # The second draw of the household for this category: whether it chooses, and the stream of its choice.
            own[some] = bits(drawn[i], k)
            u[some] = np.float64(own[some] >> _TAIL) * _TO_53 * one[k, w]
            is_chosen = u[some] < rate + chance_new[k, w]
            who[some], category[some] = who[j], category[j]
            some += is_chosen
        for j in range(some):
            to_new[new], category_new[new] = who[j], category[j]
            new += u[j] >= rate
            who[afresh], category[afresh], own[afresh] = who[j], category[j], own[j]
            afresh += u[j] < rate
        pick_by_streams(
            own[:afresh], ward, who[:afresh], category[:afresh], chance_local, wider_share, has_room, ward_alias,
            ward_cut, alias, cut, site, start, chosen,
        )  # fmt: skip
        for j in range(afresh):
            supplier[who[j], category[j]] = chosen[j]
        for j in range(new):
            row, of = to_new[j], int(category_new[j])
            pick = _pick_new(
                uniform2(s_new, key[row], np.uint64(1000 + of)) * total[of, ward[row]], new_begin[of],
                new_begin[of + 1], ward_chance[of, ward[row]], new_ward, new_weight,
            )  # fmt: skip
            if pick >= 0:
                supplier[row, of] = new_rows[pick]


@kernel
def _pull_of_new(ward_chance: np.ndarray, begin: np.ndarray, ward: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return how strongly the shops of each category that opened this month pull on each ward, (K, W)."""
    out = np.zeros(ward_chance.shape[:2])
    for k in range(out.shape[0]):
        for w in range(out.shape[1]):
            for j in range(begin[k], begin[k + 1]):
                out[k, w] += ward_chance[k, w, ward[j]] * weight[j]
    return out


@kernel
def _pick_new(
    aim: float, first: int, last: int, chance: np.ndarray, ward: np.ndarray, weight: np.ndarray
) -> int:  # fmt: skip
    """Choose among the shops of a category that opened this month, by distance and premises."""
    for j in range(first, last):
        aim -= chance[ward[j]] * weight[j]
        if aim < 0.0:
            return j
    return -1
