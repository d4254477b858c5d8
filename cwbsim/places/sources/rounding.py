"""Fractions into whole numbers that still add up."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def apportion(weights: Sequence[float] | Floats, total: int) -> Whole:
    """Share a whole total in proportion to weights, the largest remainders rounded up, ties to the first."""
    exact = np.asarray(weights, dtype=np.float64)
    exact = exact * (total / exact.sum())
    floor = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - floor), kind="stable")
    floor[order[: total - int(floor.sum())]] += 1
    return floor


def rake(seed: Floats, rows: Floats, columns: Floats, rounds: int = 1_000) -> Floats:
    """Iterative proportional fitting of a table to its row and column totals."""
    table = np.array(seed, dtype=np.float64)
    for _ in range(rounds):
        table *= np.divide(rows, table.sum(axis=1), out=np.zeros_like(rows), where=rows > 0)[:, None]
        table *= np.divide(columns, table.sum(axis=0), out=np.zeros_like(columns), where=columns > 0)[None, :]
    return table


def whole_table(table: Floats, rows: Whole, columns: Whole) -> Whole:
    """A table in whole numbers, each cell rounded up or down, keeping whole row and column totals.

    Rounding up costs the distance it adds; the cheapest choice is a transport problem, whose corners
    are whole.
    """
    floor = np.floor(table + 1e-9).astype(np.int64)
    part = table - floor
    short_rows, short_columns = rows - floor.sum(axis=1), columns - floor.sum(axis=0)
    n, m = table.shape
    by_row = np.kron(np.eye(n), np.ones(m))
    by_column = np.kron(np.ones(n), np.eye(m))
    # a hair of preference for earlier cells, so that ties have one answer
    cost = (1 - 2 * part).ravel() + np.arange(n * m) * 1e-9
    found = linprog(
        cost,
        A_eq=np.vstack([by_row, by_column]),
        b_eq=np.concatenate([short_rows, short_columns]),
        bounds=[(0, 1 if p > 1e-9 else 0) for p in part.ravel()],
        method="highs-ds",
    )
    if not found.success:
        raise ArithmeticError(f"no whole table has these totals: {found.message}")
    up: Whole = np.rint(found.x).astype(np.int64).reshape(n, m)
    return floor + up
