"""Mechanisms held still, one at a time, so that what each contributes can be told from runs and not from rules of thumb.

A mechanism is frozen in *both* runs of a pair, baseline and policy: what the pair then differs by is without it. With
nothing frozen the month is the month of ``schedule.MONTH``, object for object.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np

from cwbsim import schedule
from cwbsim.errors import UserError, unknown
from cwbsim.parameters import Parameters
from cwbsim.schedule import Phase, phase_name
from cwbsim.world import World

__all__ = ["FREEZES", "Freeze", "frozen_month"]

NO_LIMIT = 1 << 36  # pence a month: no firm of a borough comes near it
FOREVER = 1e12  # months


@dataclass(frozen=True)
class Freeze:
    """What stands still, and how.

    Attributes
    ----------
    meaning : str
        In words.
    held : mapping of str to float
        Parameters set to the value at which the mechanism does nothing, after the world is built with their own.
    phases : mapping of str to function
        Phases replaced: from the world when the freeze begins and the phase, to the phase that runs instead.
    """

    meaning: str
    held: dict[str, float]
    phases: dict[str, Callable[[World, Phase], Phase]]


def _on_usual_output(start: World, phase: Phase) -> Phase:
    """Inputs follow what firms made when the freeze began, whatever they make now."""
    usual = start.firms.output_last.copy()

    def buy_usual_inputs(world: World) -> None:
        made = world.firms.output_last.copy()
        world.firms.output_last[:] = np.where(world.firms.is_open, usual, 0)
        phase(world)
        world.firms.output_last[:] = made

    return buy_usual_inputs


def _without_limit(start: World, phase: Phase) -> Phase:
    """Firms have room for whatever is asked of them, from the start."""
    start.firms.capacity[start.firms.is_open] = NO_LIMIT

    def then_lift_limits(world: World) -> None:
        phase(world)
        world.firms.capacity[world.firms.is_open] = NO_LIMIT

    return then_lift_limits


FREEZES: dict[str, Freeze] = {
    "rounds": Freeze(
        "indirect and induced rounds frozen: firms buy the inputs, and households spend the money, they did at the start",
        {"households.permanent_income_months": FOREVER, "households.wealth_adjustment": 0.0},
        {"supply_chain.buy_inputs": _on_usual_output},
    ),
    "rivals": Freeze(
        "rivals' sales frozen: every firm has room for what is asked of it, prices stand, and no more firms open where"
        " trade is brisk, so that what one firm sells more no other firm sells less",
        {"firms.price_adjustment": 0.0, "firms.entry_elasticity": 0.0},
        {
            "firms.invest_in_capacity_and_readiness": _without_limit,
            "firms.open_and_close": _without_limit,
        },
    ),
    "hiring pool": Freeze(
        "hiring pool frozen: every job wanted counts as filled, pay does not rise where work is scarce, and nobody is"
        " hired away from anybody",
        {"labour.wage_curve_elasticity": 0.0},
        {},
    ),
}


def frozen_month(world: World, frozen: Collection[str]) -> tuple[Phase, ...]:
    """Return the phases of a month with some mechanisms frozen from now on.

    Parameters
    ----------
    world : World
        As it stands when the freeze begins; its parameters are replaced, and where limits are lifted its capacity.
    frozen : collection of str
        Names in ``FREEZES``; none leaves world and month as they are.

    Returns
    -------
    tuple of Phase

    Raises
    ------
    UserError
        No such mechanism.
    """
    phases = list(schedule.MONTH)
    for name in sorted(frozen):
        if name not in FREEZES:
            raise unknown("mechanism to freeze", name, FREEZES)
        freeze = FREEZES[name]
        world.parameters = _held(world.parameters, freeze.held)
        phases = [
            freeze.phases[phase_name(phase)](world, phase) if phase_name(phase) in freeze.phases else phase
            for phase in phases
        ]
    return tuple(phases)


def _held(parameters: Parameters, values: dict[str, float]) -> Parameters:
    """Return parameters with some set beyond their ranges: nobody believes them, they switch something off."""
    figures = {name: parameters.figure(name) for name in parameters.names()}
    if missing := sorted(set(values) - set(figures)):
        raise UserError(f"there is no parameter {missing[0]}", allowed="a parameter that `cwbsim parameters` lists")
    return Parameters(figures | {name: replace(figures[name], value=value) for name, value in values.items()})
