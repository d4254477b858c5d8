"""The starting world, built to be stationary: no burn-in, no rescaling in silence.

The order follows the specification: sites and jobs, households, anchors and their contracts, work and pay,
spending and reach, ties and links, what is sold beyond; then all is rehearsed until sales repeat themselves,
and every purse is given what it holds when nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.continuing import built_from
from cwbsim.economy import demography, labour
from cwbsim.economy import firms as firm_phases
from cwbsim.economy.contracts import contract_output
from cwbsim.errors import UserError
from cwbsim.ledger import Ledger
from cwbsim.parameters import load_parameters
from cwbsim.places import start_demand, start_steady, start_ties, start_work
from cwbsim.places.anchor_figures import with_figures
from cwbsim.places.profile import load_profile
from cwbsim.places.start_anchors import draw_anchors
from cwbsim.places.start_contracts import place_contracts
from cwbsim.places.start_firms import draw_sites
from cwbsim.places.start_households import draw_households, settle_benefits
from cwbsim.places.start_kernels import link_tables
from cwbsim.places.start_needs import draw_needs, draw_pool
from cwbsim.places.start_recipes import pay_levels, recipes
from cwbsim.places.start_tables import Sources, fixed_tables
from cwbsim.places.uk import load_uk
from cwbsim.world import WIDER, Market, Terms, World

if TYPE_CHECKING:
    from cwbsim.scenario import Scenario

__all__ = ["Drawn", "build_world"]


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the building of a world found on the way, for the table of targets against drawn margins."""

    source: Sources
    size_factor: np.ndarray  # (S,) by which sizes within bands were rescaled to the jobs
    channels: start_demand.Channels
    overfull_sites: int
    take_up: float


def build_world(scenario: Scenario, seed: int) -> World:
    """Return the starting world of a scenario.

    Parameters
    ----------
    scenario : Scenario
        Place, scale, recipes and levers.
    seed : int
        The luck of the run.

    Returns
    -------
    World
        At month 0, with every purse filled; its recorder is not set.
    """
    return build_with_account(scenario, seed)[0]


def build_with_account(scenario: Scenario, seed: int) -> tuple[World, Drawn]:
    """Return the starting world, and what its building found."""
    with np.errstate(over="ignore"):  # unsigned 64-bit draws wrap by design
        return _build(scenario, seed)


def _build(scenario: Scenario, seed: int) -> tuple[World, Drawn]:
    """Build step by step, in the order of the specification."""
    source = _sources(scenario)
    world, factor = _draw_populations(scenario, source, seed)
    demography.draw_traits(world, np.flatnonzero(world.firms.is_open))
    _usual_output(world)
    place_contracts(world)
    _usual_output(world)
    start_work.deal_jobs(world, source.profile, world.firms.output_smooth)
    world.households.earnings[:] = start_steady.net_pay(world)[0]
    take_up = _benefits(world, source)
    _limit_mortgages(world)
    channels, overfull = _draw_demand(world, source)
    start_steady.rehearse(world, 2)
    start_steady.grow_to_custom(world)
    start_steady.rehearse(world, 2)
    start_work.deal_jobs(world, source.profile, world.firms.output_smooth)
    world = _balance_work(world, source)
    start_steady.rehearse(world, 4)
    start_steady.fill_purses(world)
    return world, Drawn(source, factor, channels, overfull, take_up)


def _sources(scenario: Scenario) -> Sources:
    replaced = tuple(sorted(scenario.parameters.items()))
    anchors = tuple((key, tuple(sorted(figures.items()))) for key, figures in sorted(scenario.anchors.items()))
    if Path(scenario.place).is_dir():  # a folder of the user's may change between two runs
        return _read_sources.__wrapped__(scenario.place, scenario.io_year, scenario.flq_delta, replaced, anchors)
    return _read_sources(scenario.place, scenario.io_year, scenario.flq_delta, replaced, anchors)


@lru_cache(maxsize=32)
def _read_sources(
    place: str, io_year: int, delta: float, replaced: tuple[tuple[str, float], ...],
    anchors: tuple[tuple[str, tuple[tuple[str, float], ...]], ...],
) -> Sources:  # fmt: skip
    """Read and work out what does not depend on the seed; nothing that comes from it is changed in a run."""
    parameters = load_parameters(dict(replaced))
    uk, profile = load_uk(io_year), load_profile(place)
    if anchors:
        profile = with_figures(profile, {key: dict(figures) for key, figures in anchors})
    recipe = recipes(profile, uk, parameters, delta)
    return Sources(profile, uk, parameters, recipe, pay_levels(profile, uk, parameters), delta)


def _draw_populations(scenario: Scenario, source: Sources, seed: int) -> tuple[World, np.ndarray]:
    """Draw every population and its fixed tables; nobody works, buys or owns anything yet."""
    profile, parameters, scale = source.profile, source.parameters, scenario.scale
    firms, law, factor = draw_sites(profile, source.recipe, source.levels, parameters, seed, scale)
    households = draw_households(
        profile, source.uk, parameters, seed, scale, firms.key.shape[0]
    )
    residents = start_work.draw_residents(profile, households, parameters, seed, scale)
    anchors = draw_anchors(profile, seed, scale)
    fixed = replace(fixed_tables(source, firms, law, households), place=scenario.place)
    resells = np.isin(firms.trade, np.flatnonzero(fixed.till_goods))
    links = start_ties.draw_links(firms, source.recipe, link_tables(firms), resells, parameters, seed)
    buyer = np.repeat(np.arange(firms.key.shape[0]), np.diff(links.start))
    goods = np.flatnonzero((links.section == 2) & resells[buyer])
    fixed.goods_link[buyer[goods]] = goods
    world = World(
        seed=seed, month=0, scale=scale, closure=scenario.closure, parameters=parameters, fixed=fixed,
        terms=Terms.default(anchors.key.shape[0], parameters), levers=tuple(scenario.levers), anchors=anchors,
        firms=firms, pool=draw_pool(profile, parameters, seed),
        needs=draw_needs(profile, anchors, parameters, seed, scale), households=households, residents=residents,
        employers=start_work.make_employers(firms.section, firms.size_class, profile, source.levels), links=links,
        market=Market(),
        ledger=Ledger(
            {"anchors": anchors.cash, "firms": firms.cash, "households": households.income},
            {"households": households.savings},
        ),
        built_from=built_from(scenario),
    )  # fmt: skip
    _let_homes(world)
    return world, factor


def _let_homes(world: World) -> None:
    """Give private tenants a landlord: a household of the borough for a stated share, elsewhere for the rest."""
    h, owners = world.households, world.fixed.owner_households
    u = start_steady.draws(world, "landlord", h.key)
    local = u < world.parameters.places.local_landlord_share
    pick = owners[np.minimum((start_steady.draws(world, "owner", h.key) * owners.size).astype(np.int64), owners.size - 1)]
    h.landlord[:] = np.select([h.tenure == 2, h.tenure == 3], [np.where(local, pick, -3), -2], -3)
    let = h.landlord >= 0
    np.add.at(h.rent_received, h.landlord[let], h.housing_cost[let])
    h.outgoings[:] = h.council_tax + h.housing_cost


def _usual_output(world: World) -> None:
    """Let firms expect usual trade and the contracts they hold."""
    f, needs = world.firms, world.needs
    held = np.zeros(f.key.shape[0], np.int64)
    rows = np.flatnonzero(needs.supplier >= 0)
    if rows.size and f.contract_load.any():
        np.add.at(held, needs.supplier[rows], contract_output(world, rows))
    f.output_last[:] = np.where(f.is_open, f.site_output + held, 0)
    f.output_smooth[:] = f.output_last
    f.capacity[:] = firm_phases.usual_capacity(world)


def _benefits(world: World, source: Sources) -> float:
    h = world.households
    has_adult = np.bincount(world.residents.household, minlength=h.key.shape[0]) > 0
    target = source.profile.income.universal_credit_households * world.scale
    return settle_benefits(h, has_adult, target, world.parameters.treasury.universal_credit_taper, world.seed)


def _limit_mortgages(world: World) -> None:
    """Lend nobody more than a stated share of income can bear: interest above it is not owed."""
    h = world.households
    bearable = world.parameters.places.mortgage_income_limit * np.maximum(start_steady.expected_income(world), 0.0)
    mortgaged = h.tenure == 1
    h.housing_cost[mortgaged] = np.minimum(h.housing_cost, np.floor(bearable))[mortgaged]
    h.outgoings[:] = h.council_tax + h.housing_cost


def _draw_demand(world: World, source: Sources) -> tuple[start_demand.Channels, int]:
    """Solve reach, draw ties, and set what each site usually sells beyond the borough."""
    h, f, fixed = world.households, world.firms, world.fixed
    income = start_steady.expected_income(world)
    h.income_decile[:] = start_steady.deciles(income / np.sqrt(h.size))
    spending = start_steady.expected_consumption(world, income)
    shares = np.diff(fixed.spend_cumulative, axis=1) / fixed.spend_cumulative[:, -1:]
    by_category = (np.bincount(h.income_decile, weights=spending, minlength=10)[:, None] * shares).sum(axis=0)
    contracts = np.zeros(20)
    rows = np.flatnonzero(world.needs.supplier >= 0)
    np.add.at(contracts, world.needs.section[rows], contract_output(world, rows).astype(float))
    channels = start_demand.sales_channels(
        f, source.recipe, source.uk, by_category, contracts, _given(world), fixed.goods_local / (1 << 24),
        world.parameters.places.least_beyond_share, 1.0 / (1.0 + world.parameters.places.vacant_premises_share),
    )  # fmt: skip
    fixed.local_odds[:] = (channels.reach / np.maximum(1.0 - channels.reach, 1e-9))[:, None]
    world.market.local_chance = fixed.local_odds / (1.0 + fixed.local_odds)
    fixed.beyond_share[:] = channels.beyond
    room = world.parameters.firms.usual_use_of_capacity
    limit = f.site_output * (1.0 / room - 1.0 + np.maximum(1.0 - channels.beyond, 0.0))
    overfull = start_ties.draw_ties(world, spending, limit)
    return channels, overfull


def _given(world: World) -> np.ndarray:
    """Return placements and grants of the anchors to firms of the borough by section, (S,) pence."""
    f, a = world.firms, world.anchors
    out = np.zeros(20)
    out[16] += float(a.to_placements.sum())
    social = f.is_open & (f.ownership == 1)
    weight = np.bincount(f.section[social], weights=f.site_output[social], minlength=20)
    return np.asarray(out + a.to_voluntary.sum() * weight / max(weight.sum(), 1.0))


def _balance_work(world: World, source: Sources) -> World:
    """Solve commuting, matching and the in-commuters' share so that expected flows balance."""
    status = np.bincount(world.residents.status, minlength=3)
    rate = status[1] / max(status[0] + status[1], 1)
    wanted, flows = _balanced(world, source, is_hopeless=not status[1])
    world.fixed = replace(
        world.fixed, commuting_wanted=wanted, matching_efficiency=flows.matching_efficiency,
        separation_rate=flows.separation_rate, incommuter_share=np.asarray(flows.incommuter_share),
        unemployment_start=float(rate),
    )  # fmt: skip
    world.market.unemployment_smooth = float(rate)
    return world


def _balanced(world: World, source: Sources, *, is_hopeless: bool) -> tuple[np.ndarray, labour.StartingFlows]:
    """Return the residents wanted elsewhere, and the flows that balance.

    A small sample may have drawn fewer vacant posts than the flows need, where the whole place has enough. The
    largest employers then want one more each, in order of size, and round again, until there are enough. With
    nobody out of work no number of vacancies would do.
    """
    e, here = world.employers, world.on_site_row(WIDER)
    hires = e.wanted[:here] > 0
    hires[: world.firms.key.shape[0]] &= world.firms.size_class > 0  # not those who work on their own account
    by_size = np.argsort(-e.wanted[:here], kind="stable")
    by_size = by_size[hires[by_size]]
    most = 0 if is_hopeless else world.residents.status.shape[0]  # a vacancy for everyone: more would be absurd
    rows = iter(np.resize(by_size, most if by_size.size else 0).tolist())
    while True:
        try:
            wanted = labour.balanced_commuting(world).astype(float)
            e.wanted[-2:] = np.rint(wanted)
            return wanted, labour.starting_flows(world)
        except ValueError as error:
            row = next(rows, None)
            if row is None:
                raise _too_small(world, source, error) from error
        e.wanted[row] += 1
        e.vacancies[row] = max(e.wanted[row] - e.n_residents[row] - e.n_from_wider[row] - e.n_from_outside[row], 0)


def _too_small(world: World, source: Sources, error: ValueError) -> UserError:
    """A sample of a place can be so small that whole people and vacancies cannot balance: say which and why."""
    seen, everyone = world.residents.status.shape[0], world.residents.status.shape[0] / world.scale
    return UserError(
        what=f"{source.profile.name} at scale {world.scale:g} is {seen:,} of about {everyone:,.0f} people who"
        f" work or would, too few for the flows into and out of work to balance ({str(error).split(':')[0]})",
        where="scale",
        allowed="a scale at which a place keeps some hundreds of such people, and vacancies for them",
        mend=f"scale = {min(1.0, max(3 * world.scale, 400 / everyone)):.1g}, or more",
    )
