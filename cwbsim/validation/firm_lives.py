"""P8: sizes, survival, births and deaths of firms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cwbsim.simulation import build_world, run_month
from cwbsim.validation.pairs import baseline
from cwbsim.world import World

YEARS = range(1, 6)


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Follow every firm with staff that opens in the first year; count births, deaths and sizes of the last year."""
    world = build_world(baseline(scale, months), seed)
    start = _sizes(world)
    born: dict[int, list[np.ndarray]] = {}  # month: rows and keys
    alive = {year: [0, 0] for year in YEARS}
    births = deaths = 0
    for month in range(1, months + 1):
        was, with_staff = world.firms.is_open.copy(), world.firms.size_class > 0
        run_month(world)
        f = world.firms
        if month > months - 12:
            births += int((f.is_new & with_staff).sum())
            deaths += int((was & f.is_closing & with_staff).sum())
        rows = np.flatnonzero(f.is_new & with_staff)
        born[month] = [rows, f.key[rows].copy()]
        for year in YEARS:
            at, key = born.get(month - 12 * year, [np.empty(0, np.int64), np.empty(0, np.uint64)])
            alive[year][0] += int((f.key[at] == key).sum())
            alive[year][1] += at.size
    stock = int((world.firms.is_open & (world.firms.size_class > 0)).sum())
    found = {f"survival_{year}": 100 * a / n for year, (a, n) in alive.items() if n}
    end = _sizes(world)
    found |= {
        "births": 100 * births / stock,
        "deaths": 100 * deaths / stock,
        "sizes_moved": 100 * 0.5 * float(np.abs(end / end.sum() - start / start.sum()).sum()),
        "small_units": 100 * float(end[0] / end.sum()),
    }
    return found


def _sizes(world: World) -> np.ndarray:
    """Open units by the staff they have: 0-4, 5-9, 10-19, 20-49, 50-99, 100-249, 250 and more."""
    e, f = world.employers, world.firms
    n = f.key.shape[0]
    staff = (e.n_residents + e.n_from_wider + e.n_from_outside)[:n]
    units = f.is_open & (f.size_class > 0)
    return np.asarray(np.histogram(staff[units], [0, 5, 10, 20, 50, 100, 250, 10**9])[0], np.float64)
