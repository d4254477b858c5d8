"""Mechanisms held still, one at a time, and what is read of a run in which they are.

What each mechanism contributes is so told from runs and not from rules of thumb.

A mechanism is frozen in *both* runs of a pair, baseline and policy: what the pair then differs by is without it. With
nothing frozen the month is the month of ``schedule.MONTH``, object for object.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np

from cwbsim import schedule
from cwbsim.analysis.paired import Floats
from cwbsim.errors import UserError, unknown
from cwbsim.outcomes import OUTCOMES, Reading
from cwbsim.outcomes.reading import savings_by_decile
from cwbsim.parameters import Parameters
from cwbsim.scenario import Scenario
from cwbsim.schedule import Phase, phase_name
from cwbsim.world import BOROUGH, OUTSIDE, SECTIONS, WIDER, World

__all__ = ["BESIDE", "FLOWS", "FREEZES", "JOBS", "Freeze", "frozen_month", "observed"]

NO_LIMIT = 1 << 36  # pence a month: no firm of a borough comes near it
FOREVER = 1e12  # months
JOBS = ("on contracts", "wanted", "filled", "incommuters", "elsewhere", "residents")
#: Outcomes shown beside the chain, with the words they are shown in.
BESIDE: tuple[str, ...] = (
    "residents_in_work", "jobs", "gross_value_added", "disposable_income", "service_volume", "net_exchequer",
    "council_tax", "business_rates", "business_taxes", "programme_spending", "local_spend",
    "wider_area_contract_income", "outside_contract_income", "first_round", "wider_area_jobs", "outside_jobs",
    "uk_jobs", "wider_area_value_added", "outside_value_added",
)  # fmt: skip
FLOWS = frozenset({"programme_spending", "first_round", "business_rates", "wider_area_value_added", "outside_value_added"})


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


def _jobs(world: World, now: Reading) -> list[float]:
    """Jobs of the month by the definitions of ``JOBS``, real ones."""
    e, n_here = world.employers, world.on_site_row(WIDER)
    first_commuting = world.commuting_row(WIDER)
    in_here = int(e.n_from_wider[:n_here].sum() + e.n_from_outside[:n_here].sum())
    on_site = float(now.staff_on_site.sum())
    residents_on_site = int(e.n_residents[n_here:first_commuting].sum())
    wanted = float(e.wanted[:n_here].sum()) + on_site
    away = int(e.n_residents[first_commuting:].sum())
    incommuters = in_here + on_site - residents_on_site
    figures = (_on_contracts(world), wanted, now.jobs_total, incommuters, away, now.in_work)
    return [float(x) / world.scale for x in figures]


def _on_contracts(world: World) -> float:
    """Jobs that contracts held here and sub-contracts let here stand for, at the holders' output per job."""
    from cwbsim.economy.contracts import contract_output

    n, f = world.needs, world.firms
    here = np.flatnonzero((n.supplier >= 0) & f.is_open[np.maximum(n.supplier, 0)])
    each = contract_output(world, here) / np.maximum(f.productivity[n.supplier[here]], 1)
    subs = world.ledger.kind_total("local_subcontracts", payee="firms")
    per_job = float(f.productivity[f.is_open].mean()) if f.is_open.any() else 1.0
    return float(each.sum()) + subs / per_job


def _beside(world: World, now: Reading) -> list[float]:
    """The month's value of what is shown beside the chain."""
    ledger, counts, fixed = world.ledger, world.market.counts, world.fixed
    share, s = fixed.value_added_share, len(SECTIONS)
    own: dict[str, float] = {
        "programme_spending": now.pounds(sum(x for k, x in counts.items() if k.startswith("programme_pence_"))),
        "first_round": now.pounds(sum(now.paid_by_place[p] for p in (BOROUGH, WIDER, OUTSIDE))),
        "business_rates": now.pounds(
            ledger.kind_total("production_taxes", "firms", "treasury")
            - ledger.kind_total("production_taxes", "treasury", "firms")
        ),
        "wider_area_value_added": now.pounds(float((world.market.wider_output[:s] * share).sum())),
        "outside_value_added": now.pounds(float((world.market.outside_output[:s] * share).sum())),
    }
    return [own[name] if name in own else float(np.asarray(OUTCOMES[name].function(now))) for name in BESIDE]


def observed(scenario: Scenario, seed: int, frozen: tuple[str, ...], start: World | None = None) -> Floats:
    """Run a scenario with mechanisms frozen.

    Parameters
    ----------
    scenario, seed
        What is run.
    frozen
        Names in ``FREEZES``.
    start
        The world this scenario and seed begin with, were it built before: it is left as it is.

    Returns
    -------
    ndarray of float, shape (months, columns)
        By ``JOBS`` and then ``BESIDE``.
    """
    from cwbsim.simulation import build_world, run_month

    if start is None:
        world = build_world(scenario, seed)
    else:
        world = start.snapshot()
        world.levers = tuple(scenario.levers)
    phases = frozen_month(world, frozen)
    rows = []
    while world.month < scenario.months:
        savings = savings_by_decile(world)
        run_month(world, phases)
        now = Reading(world, savings)
        rows.append(_jobs(world, now) + _beside(world, now))
    return np.array(rows)
