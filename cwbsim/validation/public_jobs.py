"""P4: what does a public-sector job do to private jobs here?"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cwbsim.scenario import Scenario
from cwbsim.simulation import build_world, run_month
from cwbsim.validation.pairs import baseline
from cwbsim.world import SECTIONS, World

JOBS = 1000  # at full scale: under one in a hundred of the borough's
TRADABLE = "ABC"
NOT_PRIVATE = "OT"


def more_public_jobs(world: World) -> None:
    """Let the council want more staff for good, and the Treasury pay for them."""
    n, council = round(JOBS * world.scale), 0
    world.employers.wanted[world.anchor_row(council)] += n
    section = SECTIONS.index("O")
    world.anchors.revenue_treasury[council] += n * int(world.fixed.labour_cost_per_job[section])


def measure(scale: float, seed: int, months: int) -> Mapping[str, float]:
    """Return private jobs by kind for each public job that is filled."""
    scenario = baseline(scale, months)
    before, after = (_private(scenario, seed, change) for change in (None, more_public_jobs))
    tradable, other, public = after - before
    if not public:
        return {}
    return {"tradable": tradable / public, "nontradable": other / public, "private": (tradable + other) / public}


def _private(scenario: Scenario, seed: int, change: Callable[[World], None] | None) -> np.ndarray:
    """Jobs at firms that make tradables, at other firms, and at anchors, (3,)."""


    world = build_world(scenario, seed)
    if change is not None:
        change(world)
    rows = []
    while world.month < scenario.months:
        run_month(world)
        if world.month > scenario.months - 12:
            rows.append(_jobs(world))
    return np.asarray(np.mean(rows, axis=0))


def _jobs(world: World) -> list[float]:
    e, n_sites = world.employers, world.firms.key.shape[0]
    staff = (e.n_residents + e.n_from_wider + e.n_from_outside)[: world.on_site_row(1)]
    letters = np.array(list(SECTIONS))[world.firms.section]
    tradable = np.isin(letters, list(TRADABLE))
    private = ~np.isin(letters, list(NOT_PRIVATE))
    sites = staff[:n_sites]
    return [float(sites[tradable].sum()), float(sites[private & ~tradable].sum()), float(staff[n_sites:].sum())]
