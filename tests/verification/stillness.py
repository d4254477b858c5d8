"""What it takes to say that a place stands still: frozen months, re-let contract books, slopes over seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from scipy import stats

from cwbsim import schedule
from cwbsim.schedule import phase_name
from cwbsim.simulation import build_world
from cwbsim.world import BOROUGH, World
from experiments.stationarity import FIRST_MONTH, SERIES, slopes
from tests.boroughs import phases_of_next_month, run, scenario

#: Phases in which luck decides, or slow change begins; without them a month only moves money.
LUCK = frozenset({
    "procurement.open_tenders", "bidding.enter_and_bid", "procurement.award_contracts", "labour.adjust_staff",
    "labour.match_vacancies", "firms.invest_in_capacity_and_readiness", "firms.open_and_close",
    "households.choose_suppliers", "supply_chain.renew_links",
})  # fmt: skip

#: The builder rehearses the month until sales repeat to about a millionth; then what is left is rounding.
REHEARSED = 1e-6


def frozen_month(world: World) -> World:
    """Run the next month without the phases in which luck decides."""
    for phase in phases_of_next_month(world):
        if phase_name(phase) not in LUCK:
            phase(world)
    return world


def mean_slopes(seeds: Iterable[int], months: int, scale: float) -> dict[str, tuple[float, float, float]]:
    """Mean slope over seeds of each series watched, and its 99.9 % interval, as a share of its level a year."""
    found = []
    for seed in seeds:
        world = build_world(scenario(scale=scale), seed)
        rows = []
        for _ in range(months):
            rows.append([watch(world) for watch in SERIES.values()])
            run(world, 1)
        found.append(slopes(np.array(rows), FIRST_MONTH))
    low, mean, high = interval(np.array(found))
    return {name: (float(low[i]), float(mean[i]), float(high[i])) for i, name in enumerate(SERIES)}


def interval(values: np.ndarray, level: float = 0.999) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower end, mean and upper end of a t interval over the first axis."""
    n = values.shape[0]
    half = stats.t.ppf((1 + level) / 2, n - 1) * values.std(axis=0, ddof=1) / np.sqrt(n)
    mean = values.mean(axis=0)
    return np.asarray(mean - half), np.asarray(mean), np.asarray(mean + half)


def local_share(world: World) -> float:
    """Share of contract spend held in the borough."""
    needs = world.needs
    return float(needs.budget[needs.place == BOROUGH].sum() / needs.budget.sum())


def relet_everything(world: World) -> World:
    """Put every contract to tender in one month, as if all ended at once."""
    phases = {phase_name(phase): phase for phase in schedule.MONTH}
    world.month += 1
    world.ledger.open_month()
    world.needs.months_left[:] = 1
    for name in (
        "policy.set_terms",
        "procurement.open_tenders",
        "bidding.enter_and_bid",
        "procurement.award_contracts",
    ):
        phases[name](world)
    return world


def change_when_relet(
    seeds: Iterable[int], scale: float, spoil: Callable[[World], None] | None = None
) -> tuple[float, float, float]:
    """Mean change of the local share over seeds when the whole book is re-let, with its 99.9 % interval."""
    changes = []
    for seed in seeds:
        world = build_world(scenario(scale=scale), seed)
        if spoil is not None:
            spoil(world)
        before = local_share(world)
        changes.append(local_share(relet_everything(world)) - before)
    low, mean, high = interval(np.array(changes))
    return float(low), float(mean), float(high)
