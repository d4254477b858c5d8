"""Loops of choosing input links: which are chosen again in a month, and whom a link then goes to."""

from __future__ import annotations

import numpy as np

from cwbsim.chance import GROUP_OF, bits, screened_groups, uniform, uniform2
from cwbsim.compiled import kernel

__all__ = ["has_room", "pick_link", "pick_links", "renew", "sorted_new"]

BLOCK = 1024  # buyers at a time: what they need stays in the nearest cache
_ONE = np.uint64(1)


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
    s_renew: np.uint64, s_pick: np.uint64, key: np.ndarray, section: np.ndarray, link_start: np.ndarray,
    supplier: np.ndarray, has_room: np.ndarray, rate: float, often: np.ndarray, chance_new: np.ndarray,
    new_rows: np.ndarray, new_begin: np.ndarray, new_total: np.ndarray, weight: np.ndarray, alias: np.ndarray,
    cut: np.ndarray, site: np.ndarray, start: np.ndarray,
) -> None:  # fmt: skip
    """Choose links again, afresh or among new firms; without a branch up to where few are left."""
    n_buyers, most = link_start.shape[0] - 1, 0
    for b in range(0, n_buyers, BLOCK):
        most = max(most, link_start[min(b + BLOCK, n_buyers)] - link_start[b])
    rows, buyers = np.empty(most + 1, np.int32), np.empty(most + 1, np.int32)
    to_new, buyers_new = np.empty(most + 1, np.int32), np.empty(most + 1, np.int32)
    first, of = np.empty(most + 2, np.int32), np.empty(most + 2, np.int32)
    words, chosen, u = np.empty(most + 1, np.uint64), np.empty(most + 1, np.int32), np.empty(most + 1)
    one = np.where(often, 1.0, 1.0 / 32.0)  # what a draw of those listed is a part of
    some_often = often.any()
    for b in range(0, n_buyers, BLOCK):
        starts = link_start[b : b + BLOCK + 1]
        listed = _screen(s_renew, key, starts, b, first, of, words, rows, buyers)
        if some_often:
            listed = _list_often(starts, section, often, b, rows, buyers, listed)
        some, afresh, new = 0, 0, 0
        for j in range(listed):
            i = np.uint64(rows[j])
            s = np.uint64(section[i])
            u[some] = uniform(s_pick, key[i]) * one[s]
            is_chosen = u[some] < rate + chance_new[s]
            rows[some], buyers[some] = rows[j], buyers[j]
            some += is_chosen
        for j in range(some):
            to_new[new], buyers_new[new] = rows[j], buyers[j]
            new += u[j] >= rate
            rows[afresh], buyers[afresh] = rows[j], buyers[j]
            afresh += u[j] < rate
        pick_links(
            s_pick, key, section, rows[:afresh], buyers[:afresh], has_room, alias, cut, site, start, chosen
        )
        for j in range(afresh):
            supplier[rows[j]] = chosen[j]
        for j in range(new):
            i = to_new[j]
            s = section[i]
            aim = uniform2(s_renew, key[i], np.uint64(2)) * new_total[s]
            pick = _pick_new(aim, new_begin[s], new_begin[s + 1], new_rows, weight)
            if pick >= 0 and pick != buyers_new[j]:
                supplier[i] = pick


@kernel
def _screen(
    s: np.uint64, key: np.ndarray, link_start: np.ndarray, buyer: int, first: np.ndarray, of: np.ndarray,
    words: np.ndarray, rows: np.ndarray, buyers: np.ndarray,
) -> int:  # fmt: skip
    """List the links of a block of buyers that may be chosen again, and who buys; return how many.

    One hash screens twelve links, five bits each; those listed go on to a second draw.
    """
    groups = 0
    for b in range(link_start.shape[0] - 1):
        i, end = link_start[b], link_start[b + 1]
        first[groups], of[groups] = i, b
        groups += end > i
        first[groups], of[groups] = i + 12, b
        groups += end > i + 12
        for more in range(i + 24, end, 12):  # nearly nobody has as many
            first[groups], of[groups] = more, b
            groups += 1
    for g in range(groups):
        words[g] = screened_groups(bits(s, key[np.uint64(first[g])]))
    left = 0
    for g in range(groups):
        room = min(link_start[of[g] + 1] - first[g], 12)
        words[left] = words[g] & ((_ONE << np.uint64(5 * room)) - _ONE)
        first[left], of[left] = first[g], of[g]
        left += words[left] != 0
    n = 0
    while left > 0:
        still = 0
        for g in range(left):
            rest = words[g] & (words[g] - _ONE)
            rows[n] = first[g] + GROUP_OF[(words[g] ^ rest) % np.uint64(13)]  # of the lowest bit that is set
            buyers[n] = buyer + of[g]
            n += 1
            words[still], first[still], of[still] = rest, first[g], of[g]
            still += rest != 0
        left = still
    return n


@kernel
def _list_often(
    link_start: np.ndarray, section: np.ndarray, often: np.ndarray, buyer: int, rows: np.ndarray,
    buyers: np.ndarray, n: int,
) -> int:  # fmt: skip
    """Of sections where new firms pull too strongly to be screened, list all links; return how many are listed."""
    kept = 0
    for j in range(n):
        rows[kept], buyers[kept] = rows[j], buyers[j]
        kept += not often[section[rows[j]]]
    for b in range(link_start.shape[0] - 1):
        for i in range(link_start[b], link_start[b + 1]):
            rows[kept], buyers[kept] = i, buyer + b
            kept += often[section[i]]
    return kept


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
