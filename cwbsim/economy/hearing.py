"""Who hears of a tender and qualifies for it.

A chance of hearing belongs to a *trade*: a section of SIC 2007 holds so many groups, and a tender is for one, crowded or
thin. Quotes are asked of a few, and the suppliers of a framework are few: they are drawn among those who would hear.
Every draw is keyed by (need, renewal, bidder): who else is there changes nobody's luck.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cwbsim.chance import bits, mix64, normal, stream, uniform2
from cwbsim.compiled import kernel, wrapping
from cwbsim.economy.contracts import ROUNDS
from cwbsim.economy.routes import CALL_OFF, FRAMEWORK
from cwbsim.economy.screening import list_flagged

if TYPE_CHECKING:
    from cwbsim.economy.tenders import Bidders, Rules, Tenders

__all__ = [
    "Heard", "hear", "hear_all", "may_bid_again", "passes_for_local", "room_for", "streams_of", "tender_key",
]  # fmt: skip

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_S11, _UNIT = np.uint64(11), 9007199254740992.0  # 53 bits


class Heard(NamedTuple):
    """Who qualifies and has heard of which tender: rows [start[t], start[t+1]) belong to tender t."""

    start: np.ndarray  # (T+1,) int64
    bidder: np.ndarray  # (n,) int64
    pair: np.ndarray  # (n,) uint64, the key of the pair (tender, bidder)
    deviate: np.ndarray  # (n,) float, standard normal: its cost for this tender
    panel: np.ndarray  # (n,) float, mean 0 and deviation 1: how this panel reads its quality
    is_incumbent: np.ndarray  # (n,) bool
    is_local: np.ndarray  # (n,) bool: of the borough, or taken for it by a panel that did not look closely


@kernel
def tender_key(key: np.uint64, renewal: int) -> np.uint64:
    """Key of one tender: the need and which renewal it is."""
    return mix64(key + np.uint64(renewal + ROUNDS) * _GOLDEN)


@kernel
def _accepted(tenders: Tenders, t: int, rules: Rules, s_recognise: np.uint64) -> int:
    """Bits of the registrations this tender accepts."""
    a = int(tenders.anchor[t])
    own = 1 << a
    if not tenders.influenceable[t] or rules.adherence[a] <= 0.0:
        return own
    key = tender_key(tenders.key[t], tenders.renewal[t])
    if uniform2(s_recognise, key, np.uint64(1)) < rules.adherence[a]:
        return own | rules.signatories
    return own


@kernel
def _turnover_asked(t: int, row: int, tenders: Tenders, rules: Rules) -> float:
    """Yearly turnover, pence, that a bidder for tender t must have; more where it has to be on a framework."""
    asked = rules.turnover[row] * 12.0 * tenders.budget[t]
    if tenders.route[t] == FRAMEWORK or tenders.route[t] == CALL_OFF:
        asked *= rules.framework_turnover
    return float(asked)


@kernel
def may_bid_again(t: int, b: int, tenders: Tenders, bidders: Bidders, rules: Rules) -> bool:
    """Whether the holder of a contract qualifies for it once more, under an anchor's own registrations alone."""
    row = tenders.anchor[t] if tenders.influenceable[t] else rules.awareness.shape[0] - 1
    ready = bidders.registered[b] & (1 << tenders.anchor[t]) != 0
    return bool(ready and bidders.turnover[b] >= _turnover_asked(t, row, tenders, rules))


@kernel
def _threshold(chance: float) -> np.uint64:
    """Return the chance as a bound on 53 random bits."""
    return np.uint64(min(1.0, chance) * _UNIT)


@kernel
def _screen(
    key: np.ndarray, code: np.ndarray, place: np.ndarray, luck: np.uint64, near: np.uint64, far: np.uint64,
    incumbent: int, flags: np.ndarray,
) -> None:  # fmt: skip
    """Flag those of a section who hear of a tender or may hold it: the busiest loop, so without a branch."""
    for i in range(key.shape[0]):
        heard = bits(luck, key[i]) >> _S11 < (near if place[i] == 0 else far)
        flags[i] = heard | (code[i] == incumbent)


@kernel
def passes_for_local(place: int, kind: int, skill: float, pair: np.uint64, s_hear: np.uint64) -> bool:
    """Whether a panel takes a bidder for a local one: a branch may serve as a front unless officers look closely.

    The law asks for substantive operations here; an address is no such thing, and the skilled see it.
    """
    if place == 0:
        return True
    return bool(kind & 4 and uniform2(s_hear, pair, np.uint64(5)) >= skill)


@kernel
def _may_bid(b: int, local: bool, row: int, bidders: Bidders, rules: Rules) -> bool:
    """Whether a bidder is one of those for whom a reserved tender is kept."""
    whom = rules.reserve_for[row]
    near = local or bidders.place[b] <= rules.reserve_place[row]
    return bool(near and (whom == 0 or bidders.kind[b] & int(whom)))


@kernel
def _draw(heard: Heard, n: int, s_cost: np.uint64, s_quality: np.uint64) -> None:
    """Draw each pair's cost and the panel's reading of its quality."""
    for i in range(n):
        pair = heard.pair[i]
        heard.deviate[i] = normal(uniform2(s_cost, pair, np.uint64(0)), uniform2(s_cost, pair, np.uint64(1)))
        heard.panel[i] = (2.0 * uniform2(s_quality, pair, np.uint64(0)) - 1.0) * 1.7320508075688772


@kernel
def _ask(first: int, n: int, most: int, luck: np.ndarray, out: Heard) -> int:
    """Keep those of rows [first, n) with the lowest luck, as many as are asked; the incumbent is always heard.

    Luck of 1 and more is that of an incumbent who did not hear. Return the row after the last.
    """
    asked = 0
    for i in range(first, n):
        asked += luck[i - first] < 1.0
    while asked > most:
        worst = -1
        for i in range(first, n):
            if luck[i - first] < 1.0 and (worst < 0 or luck[i - first] > luck[worst - first]):
                worst = i
        asked -= 1
        if out.is_incumbent[worst]:
            luck[worst - first] = 1.0
            continue
        n -= 1
        luck[worst - first] = luck[n - first]
        out.bidder[worst], out.pair[worst] = out.bidder[n], out.pair[n]
        out.is_incumbent[worst], out.is_local[worst] = out.is_incumbent[n], out.is_local[n]
    return n


@kernel
def hear_all(tenders: Tenders, bidders: Bidders, rules: Rules, streams: np.ndarray, out: Heard) -> int:
    """Fill `out` with who has heard; return how many there are, be there room for them or not.

    The streams are of hearing, of costs and of the panels' readings.
    """
    s_hear = streams[0]
    n, room = 0, out.bidder.shape[0]
    widest = (int(np.diff(bidders.start).max()) + 7) & ~7
    flags, found = np.zeros(widest, np.uint8), np.empty(widest + 8, np.int64)
    words = flags.view(np.uint64)
    asked_by = np.empty(widest + 8)  # how near to being asked each is, of the rows of one tender
    for t in range(tenders.key.shape[0]):
        s = tenders.section[t]
        row = tenders.anchor[t] if tenders.influenceable[t] else rules.awareness.shape[0] - 1
        accepted = _accepted(tenders, t, rules, s_hear)
        luck = bits(s_hear, tender_key(tenders.key[t], tenders.renewal[t]))
        thick = tenders.thickness[t]
        near = _threshold(rules.hears[s, 0] * rules.awareness[row] * rules.pipeline[row] * thick)
        far = _threshold(rules.hears[s, 1] * rules.pipeline[row] * thick)
        turnover = _turnover_asked(t, row, tenders, rules)
        incumbent, incumbent_key = tenders.incumbent[t], tenders.incumbent_key[t]
        first, last = bidders.start[s], bidders.start[s + 1]
        _screen(
            bidders.key[first:last], bidders.code[first:last], bidders.place[first:last], luck, near, far,
            incumbent, flags,
        )  # fmt: skip
        filled = (last - first + 7) >> 3
        flags[last - first : 8 * filled] = 0
        out.start[t] = n
        for b in found[: list_flagged(flags, words[:filled], first, found, 0)]:
            pair = bits(luck, bidders.key[b])
            holds = bidders.code[b] == incumbent and bidders.key[b] == incumbent_key
            bound = near if bidders.place[b] == 0 else far
            heard = pair >> _S11 < bound
            if not (heard or holds) or bidders.registered[b] & accepted == 0:
                continue
            if bidders.turnover[b] < turnover:
                continue
            local = passes_for_local(
                int(bidders.place[b]), int(bidders.kind[b]), rules.officer_skill[row], pair, s_hear
            )
            if tenders.is_reserved[t] and not _may_bid(b, local, row, bidders, rules):
                continue
            if n < room:
                out.is_local[n] = local
                out.bidder[n], out.pair[n], out.is_incumbent[n] = b, pair, holds
                asked_by[n - out.start[t]] = float(pair >> _S11) / float(bound) if heard else 1.0
            n += 1
        most = rules.asked[tenders.route[t]]
        if most > 0 and n <= room:
            n = _ask(out.start[t], n, most, asked_by, out)
    out.start[tenders.key.shape[0]] = n
    if n <= room:
        _draw(out, n, streams[1], streams[2])
    return n


@kernel
def room_for(n_tenders: int, n: int) -> Heard:
    """Return room for n pairs of tenders and bidders."""
    return Heard(
        np.zeros(n_tenders + 1, np.int64), np.empty(n, np.int64), np.empty(n, np.uint64), np.empty(n), np.empty(n),
        np.zeros(n, np.bool_), np.zeros(n, np.bool_),
    )  # fmt: skip


def streams_of(seed: int) -> np.ndarray:
    """Return the streams a tender draws from: hearing, costs, the panels' readings, ties; (4,) uint64."""
    return np.array([stream(seed, name) for name in ("awareness", "bid_cost_draw", "quality_draw", "tie_break")])


def hear(tenders: Tenders, bidders: Bidders, rules: Rules, seed: int) -> Heard:
    """Return who qualifies and has heard of each tender, with the draws of each pair.

    Every draw is keyed by (need, renewal, bidder): who else is there changes nobody's luck.
    """
    n_tenders, streams = tenders.key.shape[0], streams_of(seed)
    with wrapping():
        heard = room_for(n_tenders, 16 * n_tenders)
        n = hear_all(tenders, bidders, rules, streams, heard)
        if n > heard.bidder.shape[0]:
            heard = room_for(n_tenders, n)
            hear_all(tenders, bidders, rules, streams, heard)
    return heard
