"""By which route a contract is let: open tender, quotes, a framework with or without a competition, or a direct award.

The shares are those of a council's register, by yearly value: small needs are met by quotes, call-offs and waivers,
large ones by open tenders and mini-competitions. What a bidder knows of its rivals differs by route, so competition is
learned by section and *market*: open tenders below and above the threshold, quotes, and frameworks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import draw_many, stream
from cwbsim.economy.contracts import keys_of
from cwbsim.world import ROUTES

if TYPE_CHECKING:
    from cwbsim.parameters import Parameters

__all__ = [
    "CALL_OFF", "DIRECT", "FRAMEWORK", "MARKETS", "OPEN", "QUOTES", "draw_routes", "markets_of", "thickness",
    "yearly_bands",
]  # fmt: skip

OPEN, QUOTES, FRAMEWORK, CALL_OFF, DIRECT = range(5)  # rows of ROUTES
BANDS = ("to_25k", "to_100k", "to_500k", "above_500k")
EDGES = np.array([25_000, 100_000, 500_000], np.int64) * 100  # pence a year
MARKETS = 4  # open below the threshold, open above it, quotes, frameworks


def yearly_bands(budget: np.ndarray) -> np.ndarray:
    """Band of yearly value of needs, (n,) int64: up to £25,000, £100,000, £500,000, and more."""
    return np.asarray(np.searchsorted(EDGES, budget * 12, side="right"))


def _running(parameters: Parameters) -> np.ndarray:
    """Running share of each route by band, (4, 5)."""
    book = parameters.contract_book
    shares = np.array([[getattr(book, f"{route}_{band}") for route in ROUTES] for band in BANDS])
    return np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1)


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
    luck = draw_many(stream(seed, "need_term"), keys_of(keys, renewal), 1)
    running = _running(parameters)[yearly_bands(budget)]
    return np.asarray(np.minimum((luck[:, None] >= running).sum(axis=1), DIRECT).astype(np.int8))


def markets_of(parameters: Parameters, route: np.ndarray, budget: np.ndarray, term: np.ndarray) -> np.ndarray:
    """Market in which the competition for contracts is learned, (n,) int64 below ``MARKETS``."""
    p = parameters.procurement
    above = budget * term * (1.0 + p.vat_on_contracts) >= p.formal_threshold * 100.0
    return np.asarray(np.where(route == OPEN, np.where(above, 1, 0), np.where(route == QUOTES, 2, 3)))


def thickness(parameters: Parameters, seed: int, keys: np.ndarray) -> np.ndarray:
    """Suppliers in the trade of each need over the mean of its section, (n,): log-normal, a lasting property of the need."""
    spread = parameters.procurement.trade_spread
    u = [draw_many(stream(seed, "need_traits"), keys, k) for k in (8, 9)]
    deviate = np.sqrt(-2.0 * np.log(1.0 - u[0])) * np.cos(2.0 * np.pi * u[1])
    return np.asarray(np.exp(spread * deviate - 0.5 * spread * spread))
