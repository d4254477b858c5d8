"""How many staff of the borough's sites does churn set free? (what ``labour.churn_rate`` is fitted to)

    uv run python -m experiments.churn
"""

from __future__ import annotations

import argparse

import numpy as np

from cwbsim import load_scenario, schedule
from cwbsim.simulation import build_world
from cwbsim.world import World

FIRST_MONTH, LAST_MONTH = 13, 48


def staff(world: World) -> int:
    """Return the staff of all sites."""
    e, n = world.employers, world.firms.key.shape[0]
    return int((e.n_residents[:n] + e.n_from_wider[:n] + e.n_from_outside[:n]).sum())


def month(world: World) -> tuple[int, int, int]:
    """Run one month; return who was laid off, who was set free by closures, and the staff before closures."""
    world.month += 1
    world.ledger.open_month()
    before, freed = 0, 0
    for phase in schedule.MONTH:
        closing = schedule.phase_name(phase) == "firms.open_and_close"
        before = staff(world) if closing else before
        phase(world)
        freed = before - staff(world) if closing else freed
    return world.market.counts["layoffs"], freed, before


def main() -> None:
    """Run the baseline and print the monthly means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seed", type=int, default=1)
    world = build_world(load_scenario("wigan/baseline"), parser.parse_args().seed)
    with np.errstate(over="ignore"):
        rows = [month(world) for _ in range(LAST_MONTH)]
    laid_off, freed, of = np.array(rows[FIRST_MONTH - 1 :]).mean(axis=0)
    print(f"{laid_off:.0f} laid off and {freed:.0f} set free by closures of {of:,.0f}: {(laid_off + freed) / of:.4f} a month")


if __name__ == "__main__":
    main()
