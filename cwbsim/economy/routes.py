"""By which route a contract is let: open tender, quotes, a framework with or without a competition, or a direct award.

The shares are those of a council's register, by yearly value: small needs are met by quotes, call-offs and waivers,
large ones by open tenders and mini-competitions. What a bidder knows of its rivals differs by route, so competition is
learned by section and *market*: open tenders below and above the threshold, quotes, and frameworks.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import draw_many, mix64, stream, uniform2
from cwbsim.compiled import kernel, wrapping
from cwbsim.economy.contracts import ROUNDS
from cwbsim.world import ROUTES

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters

__all__ = [
    "CALL_OFF", "DIRECT", "FRAMEWORK", "MARKETS", "OPEN", "QUOTES", "draw_route", "draw_routes", "expected_rivals", "market_of",
    "markets_of", "route_shares", "thickness", "threshold_of", "yearly_bands",
]  # fmt: skip

OPEN, QUOTES, FRAMEWORK, CALL_OFF, DIRECT = range(5)  # rows of ROUTES
BANDS = ("to_25k", "to_100k", "to_500k", "above_500k")
EDGES = np.array([25_000, 100_000, 500_000], np.int64) * 100  # pence a year
MARKETS = 4  # open below the threshold, open above it, quotes, frameworks
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def yearly_bands(budget: np.ndarray) -> np.ndarray:
    """Band of yearly value of needs, (n,) int64: up to £25,000, £100,000, £500,000, and more."""
    return np.asarray(np.searchsorted(EDGES, budget * 12, side="right"))


@lru_cache(maxsize=8)
def route_shares(parameters: Parameters) -> np.ndarray:
    """Running share of each route by band, (4, 5)."""
    book = parameters.contract_book
    shares = np.array([[getattr(book, f"{route}_{band}") for route in ROUTES] for band in BANDS])
    running: np.ndarray = np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)
    running.flags.writeable = False
    return running


@kernel
def draw_route(key: np.uint64, renewal: int, budget: int, running: np.ndarray, s_term: np.uint64) -> int:
    """Draw by which route the contract of a need is let."""
    band = 0
    for edge in EDGES:
        band += budget * 12 >= edge
    luck = uniform2(s_term, mix64(key + np.uint64(renewal + ROUNDS) * _GOLDEN), np.uint64(1))
    route = 0
    for share in running[band]:
        route += luck >= share
    return min(route, DIRECT)


@kernel
def _draw_routes(
    keys: np.ndarray, renewal: np.ndarray, budget: np.ndarray, running: np.ndarray, s_term: np.uint64, out: np.ndarray
) -> None:
    for i in range(keys.shape[0]):
        out[i] = draw_route(keys[i], renewal[i], budget[i], running, s_term)


def draw_routes(
    parameters: Parameters, seed: int, keys: np.ndarray, renewal: np.ndarray, budget: np.ndarray
) -> np.ndarray:
    """Draw by which route contracts are let.

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

    Returns
    -------
    ndarray of int8, shape (n,)
        Rows of ``ROUTES``.
    """
    out = np.empty(keys.shape[0], np.int8)
    with wrapping():
        _draw_routes(keys, renewal, budget, route_shares(parameters), stream(seed, "need_term"), out)
    return out


def threshold_of(parameters: Parameters) -> tuple[float, float]:
    """Factor that puts VAT on a contract, and the pence with it from which it is let formally."""
    p = parameters.procurement
    return 1.0 + p.vat_on_contracts, p.formal_threshold * 100.0


@kernel
def market_of(route: int, budget: int, term: int, threshold: tuple[float, float]) -> int:
    """Market in which the competition for a contract is learned, below ``MARKETS``."""
    if route == OPEN:
        return 1 if budget * np.int64(term) * threshold[0] >= threshold[1] else 0
    return 2 if route == QUOTES else 3


@kernel
def _markets_of(
    route: np.ndarray, budget: np.ndarray, term: np.ndarray, threshold: tuple[float, float], out: np.ndarray
) -> None:
    for i in range(route.shape[0]):
        out[i] = market_of(route[i], budget[i], term[i], threshold)


def markets_of(parameters: Parameters, route: np.ndarray, budget: np.ndarray, term: np.ndarray) -> np.ndarray:
    """Market in which the competition for contracts is learned, (n,) int64 below ``MARKETS``."""
    out = np.empty(route.shape[0], np.int64)
    _markets_of(route, budget, term, threshold_of(parameters), out)
    return out


@kernel
def expected_rivals(
    section: np.ndarray, route: np.ndarray, budget: np.ndarray, term: np.ndarray, threshold: tuple[float, float],
    mean_bidders: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Bidders a tender by section, and the share of value let in a competition or from a framework, (S,) each."""
    value, of_all = np.zeros(mean_bidders.shape), np.zeros(mean_bidders.shape[0])
    for i in range(section.shape[0]):  # whole pence below 2**53 add up exactly
        s = section[i]
        of_all[s] += budget[i]
        if route[i] != DIRECT:
            value[s, market_of(route[i], budget[i], term[i], threshold)] += budget[i]
    bidders, competed = np.empty(of_all.shape[0]), np.empty(of_all.shape[0])
    for s in range(of_all.shape[0]):
        whole, weighted, plain = 0.0, 0.0, 0.0
        for m in range(MARKETS):
            whole += value[s, m]
            weighted += value[s, m] * mean_bidders[s, m]
            plain += mean_bidders[s, m]
        bidders[s] = weighted / max(whole, 1.0) if whole > 0.0 else plain / MARKETS
        competed[s] = whole / max(of_all[s], 1.0) if of_all[s] > 0.0 else 1.0
    return bidders, competed


def thickness(parameters: Parameters, seed: int, keys: np.ndarray) -> np.ndarray:
    """Suppliers in the trade of each need over the mean of its section, (n,): log-normal, a lasting property of the need."""
    spread = parameters.procurement.trade_spread
    u = [draw_many(stream(seed, "need_traits"), keys, k) for k in (8, 9)]
    deviate = np.sqrt(-2.0 * np.log(1.0 - u[0])) * np.cos(2.0 * np.pi * u[1])
    return np.asarray(np.exp(spread * deviate - 0.5 * spread * spread))
