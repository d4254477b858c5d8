"""The passes over needs and their contracts: who is paid, what it buys, how tendering went.

Shares and prices weigh pence in units of 1 / FINE, so that every sum is one of integers.
"""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel
from cwbsim.outcomes.passes import FINE, N_SECTIONS, N_SIZES
from cwbsim.world import BOROUGH, COMPETED

__all__ = [
    "CONTRACT_TOTALS", "PAYMENT_TOTALS", "SME_CLASS", "concentration", "count_formalities", "payments", "second_round",
    "sum_contracts", "sum_payments",
]  # fmt: skip

SME_CLASS = 6  # the largest size class under 250 staff
SHARE = 1 << 31  # of a supplier in all payments

PAYMENT_TOTALS = ("head_office", "branched", "influenceable", "sme", "social", "value_added")
CONTRACT_TOTALS = (
    "budget", "priced", "delivered", "promised", "kept", "tenders", "bids", "local_bids", "single", "failed",
    "competed",
)  # fmt: skip


@kernel
def payments(budget: np.ndarray, price: np.ndarray, is_overrun: bool) -> np.ndarray:
    """Return (N,) int64 pence an anchor pays for each need: its budget, and in an overrun the price too."""
    out = budget.copy()
    if is_overrun:
        for i in range(out.shape[0]):
            out[i] = (budget[i] * np.int64(price[i] * (1 << 24))) >> 24
    return out


@kernel
def second_round(
    supplier: np.ndarray, section: np.ndarray, own: np.ndarray, inputs: np.ndarray, pay_share: np.ndarray,
    residents: np.ndarray, wider: np.ndarray, outside: np.ndarray, average: float,
) -> np.ndarray:  # fmt: skip
    """Share of each payment, in 1 / FINE, that its supplier spends on residents and suppliers of the borough.

    Of a site without staff, the mean share of residents; nil of a supplier elsewhere.
    """
    out = np.zeros(supplier.shape[0], np.int64)
    for i in range(supplier.shape[0]):
        f, s = supplier[i], section[i]
        if f >= 0:
            staff = np.int64(residents[f]) + wider[f] + outside[f]
            here = residents[f] / staff if staff > 0 else average
            out[i] = np.int64(np.rint((inputs[s] + pay_share[s] * here) * own[s] * FINE))
    return out


@kernel
def sum_payments(
    paid: np.ndarray, respent: np.ndarray, anchor: np.ndarray, section: np.ndarray, place: np.ndarray,
    supplier: np.ndarray, is_influenceable: np.ndarray, value_added: np.ndarray, size: np.ndarray,
    owner_place: np.ndarray, ownership: np.ndarray, has_branch: np.ndarray, pool_section: np.ndarray,
    turnover: np.ndarray, sme_turnover: np.ndarray, n_anchors: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Pence paid by place and section; by anchor (all, local, re-spent x FINE); by size; PAYMENT_TOTALS."""
    by_section, by_anchor = np.zeros((3, N_SECTIONS), np.int64), np.zeros((n_anchors, 3), np.int64)
    by_size, total = np.zeros(N_SIZES, np.int64), np.zeros(6, np.int64)
    for i in range(paid.shape[0]):
        amount, a, s, x = paid[i], anchor[i], section[i], supplier[i]
        is_here = place[i] == BOROUGH
        local = amount if is_here else 0
        by_section[place[i], s] += amount
        by_anchor[a, 0] += amount
        by_anchor[a, 1] += local
        by_anchor[a, 2] += local * respent[i]
        total[2] += amount if is_influenceable[i] else 0
        total[5] += local * value_added[s]
        if x >= 0:
            by_size[size[x]] += amount
            has_seat_here = owner_place[x] == BOROUGH
            total[0] += amount if has_seat_here else 0
            total[3] += amount if has_seat_here and size[x] <= SME_CLASS else 0
            total[4] += amount if ownership[x] > 0 else 0
        else:
            total[3] += amount if turnover[-1 - x] < sme_turnover[pool_section[-1 - x]] else 0
        total[1] += amount if is_here or (x < 0 and has_branch[-1 - x]) else 0
    return by_section, by_anchor, by_size, total


@kernel
def sum_contracts(
    anchor: np.ndarray, budget: np.ndarray, price: np.ndarray, volume: np.ndarray, promised: np.ndarray,
    delivered: np.ndarray, is_open: np.ndarray, n_bids: np.ndarray, n_local_bids: np.ndarray,
    best_score: np.ndarray, route: np.ndarray, weight: np.ndarray, n_anchors: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Service lost by anchor (x FINE); CONTRACT_TOTALS; tenders, bids, local bids, competitions and bids in them, by weight."""
    lost, total, real = np.zeros(n_anchors, np.int64), np.zeros(11, np.int64), np.zeros(5, np.int64)
    for i in range(budget.shape[0]):
        b = budget[i]
        lost[anchor[i]] += b * np.int64(np.rint((1.0 - volume[i]) * FINE))
        total[0] += b
        total[1] += b * np.int64(np.rint(price[i] * FINE))
        total[2] += b * np.int64(np.rint(volume[i] * FINE))
        total[3] += b * np.int64(np.rint(promised[i] * FINE))
        total[4] += b * np.int64(np.rint(delivered[i] * FINE))
        if is_open[i]:
            total[5] += 1
            total[6] += n_bids[i]
            total[7] += n_local_bids[i]
            competed = route[i] <= COMPETED
            total[8] += 1 if competed and n_bids[i] == 1 else 0
            total[10] += competed
            total[9] += 1 if best_score[i] < 0 else 0
            real[0] += weight[i]
            real[1] += weight[i] * n_bids[i]
            real[2] += weight[i] * n_local_bids[i]
            real[3] += weight[i] * competed
            real[4] += weight[i] * n_bids[i] * competed
    return lost, total, real


@kernel
def count_formalities(
    is_open: np.ndarray, budget: np.ndarray, term: np.ndarray, n_bids: np.ndarray, threshold: float
) -> np.ndarray:
    """Count the month's bids for formal and for small contracts, and formal awards with a loser, (3,)."""
    out = np.zeros(3, np.int64)
    for i in range(budget.shape[0]):
        if is_open[i]:
            formal = float(budget[i]) * term[i] >= threshold
            out[0 if formal else 1] += n_bids[i]
            out[2] += formal and n_bids[i] > 1
    return out


@kernel
def concentration(supplier: np.ndarray, paid: np.ndarray, total: int, n_sites: int, n_pool: int) -> int:
    """Return the sum over suppliers of their squared shares of payments, in units of 1 / SHARE**2."""
    held = np.zeros(n_sites + n_pool, np.int64)
    for i in range(paid.shape[0]):
        held[supplier[i] if supplier[i] >= 0 else n_sites - 1 - supplier[i]] += paid[i]
    out = np.int64(0)
    for i in range(paid.shape[0]):
        x = supplier[i] if supplier[i] >= 0 else n_sites - 1 - supplier[i]
        share = np.int64(held[x] / total * SHARE)
        out += share * share
        held[x] = 0  # counted: a supplier of several needs is met again
    return int(out)
