"""simulate(scenario, seed) -> Run: builds a world, steps the schedule, records. No Mesa in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from cwbsim import schedule
from cwbsim.continuing import check_alike, check_months
from cwbsim.errors import UserError
from cwbsim.places.start import build_world
from cwbsim.record import Recorder, Run
from cwbsim.scenario_given import checked_scenario
from cwbsim.seed import checked_seed
from cwbsim.world import World

if TYPE_CHECKING:
    from cwbsim.region import Region
    from cwbsim.scenario import Scenario

__all__ = ["build_world", "run_month", "simulate"]


def run_month(world: World, phases: tuple[schedule.Phase, ...] | None = None) -> None:
    """Run every phase of the next month.

    Parameters
    ----------
    world : World
        Changed in place.
    phases : tuple of Phase, optional
        Instead of ``schedule.MONTH``: with a phase watched, replaced or left out.

    Raises
    ------
    BooksError
        If a penny is missing at the end of the month.
    """
    world.month += 1
    world.ledger.open_month()
    with np.errstate(over="ignore"):  # unsigned 64-bit draws wrap by design
        for phase in schedule.MONTH if phases is None else phases:
            phase(world)


def simulate(
    scenario: Scenario,
    seed: int | None = None,
    *,
    start: World | Region | None = None,
    recorded: Recorder | None = None,
    on_month: Callable[[int], None] | None = None,
) -> Run:
    """Simulate a scenario.

    A pure function: the same package, data, scenario and seed give the same bits.

    Parameters
    ----------
    scenario : Scenario
        Place, levers, months and scale.
    seed : int, optional
        The luck of the run; the scenario's own if left out.
    start : World or Region, optional
        A snapshot of an earlier run: the run continues from it up to ``scenario.months``, bit for bit as if it had
        not been interrupted, under this scenario's levers and closure. All else that shaped the snapshot has to be
        the same: places, seed, scale, parameters, figures of anchors, ``flq_delta``, ``io_year``, ``starts``.
    recorded : Recorder, optional
        What was recorded up to the snapshot: the record of the run then begins with it, and the run is the
        same in every bit, its hash included, as one from the first month.
    on_month : callable, optional
        Told the number of each month that is done.

    Returns
    -------
    Run
        A ``RegionRun`` where the scenario has neighbours: the same of the borough, and the neighbours beside it.

    Raises
    ------
    UserError
        If the scenario is not one, the seed is not a whole number in range, or the snapshot was built from other
        figures, each named with both values, or is already past the last month.

    Examples
    --------
    >>> from cwbsim import load_scenario
    >>> hamlet = load_scenario("teaching/hamlet").model_copy(update={"months": 2})
    >>> simulate(hamlet, seed=1).series("jobs").shape
    (2,)
    """
    checked_scenario(scenario)
    seed = scenario.seed if seed is None else checked_seed(seed)
    if scenario.neighbours:
        from cwbsim.region import Region, simulate_region

        if not (start is None or isinstance(start, Region)):
            raise _no_start(start)
        return simulate_region(scenario, seed, start=start, on_month=on_month)
    if not (start is None or isinstance(start, World)):
        raise _no_start(start)
    world = build_world(scenario, seed) if start is None else _continued(scenario, seed, start)
    world.recorder = (
        Recorder(world, scenario.months - world.month)
        if recorded is None
        else recorded.continued(scenario.months - recorded.first_month + 1)
    )
    while world.month < scenario.months:
        run_month(world)
        if on_month is not None:
            on_month(world.month)
    return Run(scenario, seed, world)


def _continued(scenario: Scenario, seed: int, start: World) -> World:
    """Return a copy of a snapshot, under the levers of the scenario."""
    check_alike(scenario, seed, start)
    check_months(scenario, start)
    world = start.snapshot()
    world.levers = tuple(scenario.levers)
    world.closure = scenario.closure
    return world


def _no_start(given: object) -> UserError:
    """The error for a start that is not of as many boroughs as the scenario, or no start at all."""
    from cwbsim.region import Region

    if isinstance(given, World):
        return UserError("the snapshot is of one borough alone", mend="continue from the region of an earlier run")
    if isinstance(given, Region):
        return UserError("the snapshot is of several boroughs", mend="name the same neighbours in the scenario")
    return UserError(
        f"start is {given!r}, not a snapshot",
        allowed="the world of an earlier run; of one with neighbours, its region",
        mend="start=run.world.snapshot(), or start=run.region.snapshot()",
    )
