"""Build boroughs beside each other and run them month by month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.chance import bits2, stream
from cwbsim.continuing import built_from, check_alike, check_months
from cwbsim.errors import UserError
from cwbsim.places import start_steady
from cwbsim.places.neighbours import check_neighbours
from cwbsim.places.profile import Profile, load_profile
from cwbsim.places.start import build_world
from cwbsim.recorder import Recorder
from cwbsim.region import exchange as borders
from cwbsim.region.partners import Partners, contracts_held, draw_partners, follow_partners, keep_within_trade
from cwbsim.region.run import RegionRun
from cwbsim.region.ties import Ties, area_profiles, tie
from cwbsim.seed import checked_seed
from cwbsim.simulation import FAULTS, find_fault, run_month

if TYPE_CHECKING:
    from cwbsim.levers import Lever
    from cwbsim.scenario import Scenario
    from cwbsim.world import World

__all__ = ["Region", "build_region", "run_region_month", "simulate_region"]


@dataclass(slots=True)
class Region:
    """Boroughs side by side, in the order of their codes whatever the order they were named in.

    Attributes
    ----------
    names : tuple of str
        As the scenario names them.
    worlds : list of World
    ties : Ties
        What crosses the borders in the starting world, as shares.
    starts : list of Start
        What deviations are taken from.
    shares : ndarray of float, shape (B, B, S)
        Of what each buys in the wider area, the part it buys in each other.
    partners : list of Partners
        Which suppliers of the wider area are firms of the others, by borough.
    rest_jobs : list of float
        By month: jobs in what is left of the wider area that rest on what the boroughs buy there.
    """

    names: tuple[str, ...]
    worlds: list[World]
    ties: Ties
    starts: list[borders.Start]
    shares: np.ndarray
    partners: list[Partners]
    rest_jobs: list[float] = field(default_factory=list)

    def snapshot(self) -> Region:
        """Return a copy that a later run can start from, bit for bit."""
        kept = [Partners(p.borough.copy(), p.site.copy(), p.key.copy()) for p in self.partners]
        worlds = [world.snapshot() for world in self.worlds]
        return Region(self.names, worlds, self.ties, list(self.starts), self.shares, kept, list(self.rest_jobs))


def scenario_of(scenario: Scenario, name: str) -> Scenario:
    """Return what is simulated in one borough: levers are in force in the focus borough and in those that adopt."""
    adopts = name == scenario.place or name in scenario.adopters or "all" in scenario.adopters
    return scenario.model_copy(
        update={
            "place": name, "neighbours": (), "adopters": (),
            "levers": _levers_for(scenario, name) if adopts else (),
        }
    )  # fmt: skip


def _levers_for(scenario: Scenario, name: str) -> tuple[Lever, ...]:
    """Return the levers as a borough adopts them: those bound to an anchor bind its own anchors of that kind."""
    if name == scenario.place:
        return scenario.levers
    kinds = {anchor.key: anchor.kind for anchor in load_profile(scenario.place).anchors}
    here = load_profile(name).anchors
    known = {"all", *(anchor.kind for anchor in here), *(anchor.key for anchor in here)}
    out = []
    for lever in scenario.levers:
        bound = tuple(dict.fromkeys(kinds.get(anchor, anchor) for anchor in lever.anchors))
        if bound := tuple(anchor for anchor in bound if anchor in known):
            out.append(lever.model_copy(update={"anchors": bound}))
    return tuple(out)


def seed_of(seed: int, code: str) -> int:
    """Return the luck of a neighbour: another borough's people must not draw what the focus borough's do."""
    number = np.uint64(int.from_bytes(code.encode(), "big") % (1 << 63))
    with np.errstate(over="ignore"):
        return int(bits2(stream(seed, "borough"), number, np.uint64(0)) >> np.uint64(1))


def _profiles(scenario: Scenario) -> dict[str, Profile]:
    """Return the profiles of the place and its neighbours by name, in the order of their codes."""
    names = (scenario.place, *scenario.neighbours)
    found = {name: load_profile(name) for name in names}
    check_neighbours(scenario.place, scenario.neighbours, found)
    return dict(sorted(found.items(), key=lambda item: item[1].code))


def build_region(scenario: Scenario, seed: int) -> Region:
    """Return the starting worlds of a scenario's place and its neighbours, tied together.

    The focus borough starts as it would alone, but for the suppliers of the wider area that are firms of its
    neighbours.

    Parameters
    ----------
    scenario : Scenario
        With ``neighbours``.
    seed : int
        The luck of the focus borough; the others' follow from it and from their codes.

    Raises
    ------
    UserError
        A place that is not there, or boroughs of different areas.
    """
    profiles = _profiles(scenario)
    names = tuple(profiles)
    seeds = [seed if name == scenario.place else seed_of(seed, one.code) for name, one in profiles.items()]
    worlds = [build_world(scenario_of(scenario, name), luck) for name, luck in zip(names, seeds, strict=True)]
    boroughs = list(profiles.values())
    ties = tie(boroughs, area_profiles(boroughs), worlds[0].parameters)
    with np.errstate(over="ignore"):
        partners = [draw_partners(worlds, i, ties.buy_in[i]) for i in range(len(worlds))]
        for i, world in enumerate(worlds):
            follow_partners(worlds, i, partners[i])
            mine = np.flatnonzero(world.needs.supplier < 0)
            world.needs.supplier_key[mine] = world.pool.key[-1 - world.needs.supplier[mine]]
        keep_within_trade(worlds, partners, [borders.sold_to_the_wider_area(world) for world in worlds])
        held, contracts = contracts_held(worlds, partners)
        for world, load in zip(worlds, held, strict=True):
            borders.deliver(world, load)
        starts = [borders.start_of(world, mine) for world, mine in zip(worlds, contracts, strict=True)]
        for world, start in zip(worlds, starts, strict=True):
            world.market.beyond_pull = np.maximum(1.0 - start.contracts / np.maximum(start.sold, 1.0), 0.0)
            start_steady.rehearse(world, 2)
            start_steady.fill_purses(world)
        starts = [
            replace(borders.start_of(world, mine), sold=start.sold)
            for world, mine, start in zip(worlds, contracts, starts, strict=True)
        ]
        shares = borders.shares_bought(starts, ties)
        borders.exchange(worlds, starts, ties, shares, partners)
    for world in worlds:
        world.built_from = built_from(scenario)  # of all of them: none goes on as it would alone
    return Region(names, worlds, ties, starts, shares, partners)


def run_region_month(region: Region) -> None:
    """Run the next month in every borough, then carry over the borders what the month after begins with."""
    for world in region.worlds:
        run_month(world)
    with np.errstate(over="ignore"):
        rest = borders.exchange(region.worlds, region.starts, region.ties, region.shares, region.partners)
    region.rest_jobs.append(rest)


def simulate_region(
    scenario: Scenario,
    seed: int | None = None,
    *,
    start: Region | None = None,
    on_month: Callable[[int], None] | None = None,
) -> RegionRun:
    """Simulate a place and its neighbours, each in full.

    Parameters
    ----------
    scenario : Scenario
        With ``neighbours``.
    seed : int, optional
        The luck of the run; the scenario's own if left out.
    start : Region, optional
        A snapshot to continue from, bit for bit, under this scenario's levers.
    on_month : callable, optional
        Told the number of each month that is done.

    Returns
    -------
    RegionRun

    Raises
    ------
    UserError
        A place that is not there, boroughs of different areas, or a snapshot of other boroughs or of another start.
    """
    seed = scenario.seed if seed is None else checked_seed(seed)
    region = build_region(scenario, seed) if start is None else _continued(scenario, seed, start)
    for world in region.worlds:
        world.recorder = Recorder(world, scenario.months - world.month)
    while region.worlds[0].month < scenario.months:
        month = region.worlds[0].month + 1
        try:
            run_region_month(region)
        except FAULTS as fault:
            again = build_region(scenario, seed) if start is None else _continued(scenario, seed, start)
            raise find_fault(fault, again.worlds, partial(run_region_month, again), month) from fault
        if on_month is not None:
            on_month(region.worlds[0].month)
    return RegionRun(scenario, seed, region)


def _continued(scenario: Scenario, seed: int, start: Region) -> Region:
    """Return a copy of a snapshot, under the levers of the scenario."""
    names = tuple(_profiles(scenario))
    if start.names != names:
        raise UserError(
            f"the snapshot is of {', '.join(start.names)}, the run asks for {', '.join(names)}",
            mend="continue with the same boroughs, or start anew",
        )
    focus = start.worlds[names.index(scenario.place)]
    check_alike(scenario, seed, focus)
    check_months(scenario, focus)
    region = start.snapshot()
    for name, world in zip(names, region.worlds, strict=True):
        one = scenario_of(scenario, name)
        world.levers, world.closure = tuple(one.levers), one.closure
    return region
