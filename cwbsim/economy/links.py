"""Loops of choosing input links: which are chosen again in a month, and whom a link then goes to."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import bits, uniform
from cwbsim.compiled import kernel
from cwbsim.economy.screening import BLOCK, list_flagged, with_first_byte

__all__ = ["has_room", "pick_link", "pick_links", "renew", "sorted_new"]

SCREENED = 8  # of 256 first bytes: a chance below a thirty-second can be screened
_TO_UNIT = 1.0 / 9007199254740992.0  # 2**-53


@kernel
def has_room(is_open: np.ndarray, unmet: np.ndarray) -> np.ndarray:
    """Return which firms take on customers: open, and nobody was turned away this month, (F,) bool."""
    out = np.empty(is_open.shape[0], np.bool_)
    for f in range(is_open.shape[0]):
        out[f] = is_open[f] & (unmet[f] == 0)
    return out


@kernel
def sorted_new(is_new: np.ndarray, group: np.ndarray, key: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of firms that opened this month by group, then key, and where each of n groups begins.

    Firms of a negative group are left out; begin has n + 1 rows.
    """
    begin = np.zeros(n + 1, np.int64)
    for f in range(is_new.shape[0]):
        if is_new[f] and group[f] >= 0:
            begin[group[f] + 1] += 1
    begin = np.cumsum(begin)
    rows, filled = np.empty(begin[n], np.int32), begin.copy()
    for f in range(is_new.shape[0]):
        if is_new[f] and group[f] >= 0:
            at = filled[group[f]]
            filled[group[f]] += 1
            while at > begin[group[f]] and key[rows[at - 1]] > key[f]:
                rows[at] = rows[at - 1]
                at -= 1
            rows[at] = f
    return rows, begin


@kernel
def renew(
    s_renew: np.uint64, s_pick: np.uint64, first_byte: np.ndarray, key: np.ndarray, section: np.ndarray,
    link_start: np.ndarray, supplier: np.ndarray, has_room: np.ndarray, rate: float, often: np.ndarray,
    chance_new: np.ndarray, new_rows: np.ndarray, new_begin: np.ndarray, new_total: np.ndarray,
    weight: np.ndarray, alias: np.ndarray, cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    """Choose links again, afresh or among new firms; without a branch up to where few are left.

    The first byte of a link's draw, see :func:`cwbsim.economy.screening.first_bytes`, says of nearly all that they
    stay; not so of sections where new firms pull ``often``, whose links are all looked at.
    """
    rows = np.empty(key.shape[0] + 1, np.int32)
    listed = _screen(first_byte, section, often, rows)
    to_new, aim = np.empty(listed + 1, np.int32), np.empty(listed + 1)
    some, new = 0, 0
    for j in range(listed):
        i = rows[j]
        s = np.uint64(section[i])
        u = np.float64(with_first_byte(first_byte[i], s_renew, key[i])) * _TO_UNIT
        rows[some], to_new[new], aim[new] = i, i, (u - rate) / max(chance_new[s], 1e-300)
        some += int(u < rate)
        new += int((u >= rate) & (u < rate + chance_new[s]))
    rows = rows[:some]
    buyers, chosen = np.empty(some, np.int32), np.empty(some, np.int32)
    _find_buyers(link_start, rows, buyers)
    pick_links(s_pick, key, section, rows, buyers, has_room, alias, cut, site, start, chosen)
    for j in range(some):
        supplier[rows[j]] = chosen[j]
    buyers = np.empty(new, np.int32)
    _find_buyers(link_start, to_new[:new], buyers)
    for j in range(new):
        i = to_new[j]
        s = section[i]
        pick = _pick_new(aim[j] * new_total[s], new_begin[s], new_begin[s + 1], new_rows, weight)
        if pick >= 0 and pick != buyers[j]:
            supplier[i] = pick


@kernel
def _screen(first_byte: np.ndarray, section: np.ndarray, often: np.ndarray, rows: np.ndarray) -> int:
    """List the links that may be chosen again, in order; return how many."""
    flags = np.zeros(BLOCK, np.uint8)
    words, n, sections = flags.view(np.uint64), 0, np.flatnonzero(often)
    for first in range(0, first_byte.shape[0], BLOCK):
        byte = first_byte[first : first + BLOCK]
        for i in range(byte.shape[0]):
            flags[i] = byte[i] < SCREENED
        flags[byte.shape[0] :] = 0
        for s in sections:  # one after another, for few pull often: many links compared at a time
            _flag_section(section[first : first + BLOCK], int(s), flags)
        n = list_flagged(flags, words, first, rows, n)
    return n


@kernel
def _flag_section(section: np.ndarray, wanted: int, flags: np.ndarray) -> None:
    """Flag the links to one section."""
    one = np.int8(wanted)
    for i in range(section.shape[0]):
        flags[i] |= section[i] == one


@kernel
def _find_buyers(link_start: np.ndarray, rows: np.ndarray, buyers: np.ndarray) -> None:
    """Write whose the links of some rows, in ascending order, are."""
    b = 0
    for j in range(rows.shape[0]):
        while link_start[b + 1] <= rows[j]:
            b += 1
        buyers[j] = b


@kernel
def _pick_new(aim: float, first: int, last: int, rows: np.ndarray, weight: np.ndarray) -> int:
    """Choose among the firms of a section that opened this month, by premises; -1 if none."""
    for j in range(first, last):
        aim -= weight[rows[j]]
        if aim < 0.0:
            return int(rows[j])
    return -1


@kernel
def pick_link(
    s: np.uint64, key: np.uint64, section: int, buyer: int, has_room: np.ndarray, alias: np.ndarray, cut: np.ndarray,
    site: np.ndarray, start: np.ndarray,
) -> int:  # fmt: skip
    """Choose a supplier of a section in proportion to premises; -1 if none is found with room."""
    first = start[section]
    size = start[section + 1] - first
    if size == 0:
        return -1
    own = bits(s, key)
    for attempt in range(40):
        x = uniform(own, np.uint64(attempt)) * size
        j = int(x)
        if x - j >= cut[first + j]:
            j = int(alias[first + j])
        at = site[first + j]
        if has_room[at] and at != buyer:
            return int(at)
    return -1


@kernel
def pick_links(
    s: np.uint64, key: np.ndarray, section: np.ndarray, rows: np.ndarray, buyers: np.ndarray, has_room: np.ndarray,
    alias: np.ndarray, cut: np.ndarray, site: np.ndarray, start: np.ndarray, out: np.ndarray,
) -> None:  # fmt: skip
    """Write what :func:`pick_link` chooses for many links at once, given their rows and buyers.

    The first try of all goes without branches, so that waits for memory overlap; the few that find no room
    then choose one by one.
    """
    n, n_again, last = rows.shape[0], 0, site.shape[0] - 1
    if last < 0:
        out[:n] = -1
        return
    at, again = np.empty(n, np.int64), np.empty(n + 1, np.int32)
    for j in range(n):
        i = np.uint64(rows[j])
        k = np.uint64(section[i])
        first = start[k]
        x = uniform(bits(s, key[i]), np.uint64(0)) * (start[k + np.uint64(1)] - first)
        here = np.uint64(min(first + int(x), last))
        other = min(first + alias[here], last)
        at[j] = here if x - int(x) < cut[here] else other
    for j in range(n):
        out[j] = site[np.uint64(at[j])]
    for j in range(n):
        k = section[rows[j]]
        again[n_again] = j
        n_again += not ((start[k + 1] > start[k]) & has_room[np.uint64(out[j])] & (out[j] != buyers[j]))
    for m in range(n_again):
        j = again[m]
        i = rows[j]
        out[j] = pick_link(s, key[i], section[i], buyers[j], has_room, alias, cut, site, start)
