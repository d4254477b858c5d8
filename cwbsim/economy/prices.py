"""Prices by section: what unit cost does to them, what buyers beyond the borough ask at them, and usual use."""

from __future__ import annotations

import numpy as np

from cwbsim.compiled import kernel

__all__ = ["asked_beyond", "follow_cost", "follow_use"]


@kernel
def follow_cost(
    price: np.ndarray, input_local: np.ndarray, pay_share: np.ndarray, wage_index: float, adjustment: float
) -> np.ndarray:
    """Return prices a step nearer to unit cost relative to the starting world, (S,)."""
    out = np.empty(price.shape[0])
    for s in range(price.shape[0]):
        local = 0.0
        for i in range(price.shape[0]):
            local += input_local[i, s] * (price[i] - 1.0)
        cost = 1.0 + pay_share[s] * (wage_index - 1.0) + local
        out[s] = price[s] + (cost - price[s]) * adjustment
    return out


@kernel
def asked_beyond(
    price: np.ndarray, elastic: np.ndarray, custom: np.ndarray, pull: np.ndarray, split: np.ndarray
) -> np.ndarray:
    """Return what is asked beyond the borough over usual sales there, (S, 3): treasury, wider area, outside.

    Other government buys a volume, so that what it pays follows the price.
    """
    out = np.empty(split.shape)
    for s in range(price.shape[0]):
        out[s, 0] = split[s, 0] * price[s]
        out[s, 1] = split[s, 1] * (elastic[s] * custom[s] * pull[s])
        out[s, 2] = split[s, 2] * elastic[s]
    return out


@kernel
def follow_use(by_section: np.ndarray, usual_use: np.ndarray, smooth: np.ndarray) -> np.ndarray:
    """Return smoothed use of capacity, (S,), over that of the starting world, from usual and used output (2, S)."""
    out = np.empty(smooth.shape[0])
    for s in range(smooth.shape[0]):
        usual, used = by_section[0, s], by_section[1, s]
        use = (used / max(usual, 1) if usual > 0 else 1.0) / usual_use[s]
        out[s] = smooth[s] + (use - smooth[s]) / 12.0
    return out
