"""simulate(scenario, seed) -> Run: builds a world, steps the schedule, records. No Mesa in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import TYPE_CHECKING

import numpy as np

from cwbsim import schedule
from cwbsim.closing import GhostWorkerError, check_books, check_heads
from cwbsim.continuing import check_alike, check_months
from cwbsim.errors import UserError
from cwbsim.ledger import BooksError
from cwbsim.outcomes import Reading
from cwbsim.places.start import build_world
from cwbsim.record import Recorder, Run
from cwbsim.scenario_given import checked_scenario
from cwbsim.seed import checked_seed
from cwbsim.world import World

if TYPE_CHECKING:
    from cwbsim.region import Region
    from cwbsim.scenario import Scenario

__all__ = ["build_world", "find_fault", "run_month", "run_month_checked", "simulate"]

#: What stops a run: money, or heads, that do not add up.
FAULTS = (BooksError, GhostWorkerError)


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
        If a penny is missing at the end of the month. ``run_month_checked``, on a copy from before the month,
        names the phase that lost it; ``simulate`` does so by itself.
    """
    world.month += 1
    world.ledger.open_month()
    with np.errstate(over="ignore"):  # unsigned 64-bit draws wrap by design
        for phase in schedule.MONTH if phases is None else phases:
            phase(world)


def run_month_checked(world: World) -> None:
    """Run the next month as ``run_month`` does, and hold money and heads to the books after each phase.

    Parameters
    ----------
    world : World
        Changed in place. Some twenty times the checks of a month: for finding a fault.

    Raises
    ------
    BooksError, GhostWorkerError
        Naming place and month, the phase, the sector or employer, and the amount.
    """

    def checked(phase: schedule.Phase) -> schedule.Phase:
        name = schedule.phase_name(phase)

        @wraps(phase)
        def then_check(world: World) -> None:
            try:
                phase(world)
            except FAULTS as fault:
                said = str(fault) if name in str(fault) else f"in {name}, {fault}"
                raise type(fault)(f"{_when(world)}: {said}") from fault
            now = Reading(world)
            try:
                check_books(now, name)
                check_heads(world, name, now)
            except FAULTS as fault:
                raise type(fault)(f"{_when(world)}: {fault}") from None

        return then_check

    run_month(world, tuple(checked(phase) for phase in schedule.MONTH))


def find_fault(
    fault: AssertionError, worlds: Sequence[World], step: Callable[[], None], month: int
) -> AssertionError:
    """Play a run that stopped once more, and return its fault with the phase named.

    A month keeps no copy of the one before, so that looking for a phase costs nothing until it is needed.

    Parameters
    ----------
    fault : BooksError or GhostWorkerError
        What stopped the run.
    worlds : sequence of World
        Where the run began, made anew; changed in place.
    step : callable
        Runs the next month in all of them.
    month : int
        In which the run stopped.

    Returns
    -------
    BooksError or GhostWorkerError
        Of the phase; or, where the fault does not come back, the first one with a word that it arose between
        months.
    """
    try:
        while worlds[0].month < month - 1:
            step()
        for world in worlds:
            run_month_checked(world)
    except FAULTS as found:
        return found
    return type(fault)(
        f"month {month}: {fault}; the same months, run again from the start with the books checked after each"
        " phase, close: the world was changed from outside, between months and not in a phase"
    )


def _when(world: World) -> str:
    return f"{world.fixed.place}, month {world.month}"


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
    BooksError
        If a penny is missing: names month, phase, sector and amount, for which the run is played once more.

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
        try:
            run_month(world)
        except FAULTS as fault:
            again = build_world(scenario, seed) if start is None else _continued(scenario, seed, start)
            raise find_fault(fault, [again], partial(run_month, again), world.month) from fault
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
