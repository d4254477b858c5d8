"""What crosses the borders between boroughs from one month to the next.

A borough alone takes what its wider area buys, charges and offers as it was at the start. Beside other
boroughs, these move with what happens there, as far as the ties between them go (see `ties`). Everything is
in deviations from the starting world: as long as nothing changes anywhere, nothing is exchanged, so that a
borough starts the same beside its neighbours as alone.

What is spent across a border this month is sold there the next: between the two months the money is the wider
area's, in the books of both boroughs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cwbsim.economy import labour
from cwbsim.region.partners import Partners, contracts_held, follow_partners
from cwbsim.world import SECTIONS, WIDER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cwbsim.region.ties import Ties
    from cwbsim.world import World

__all__ = ["Start", "deliver", "exchange", "shares_bought", "sold_to_the_wider_area", "start_of"]


@dataclass(frozen=True, slots=True)
class Start:
    """What a borough was like in the starting world, to take deviations from."""

    bought: np.ndarray  # (S,) float pence a month spent in the wider area, anchors' contracts left out
    to_shops: np.ndarray  # (S,) float, part of it that households spent
    sold: np.ndarray  # (S,) float pence a month sold to the wider area
    contracts: np.ndarray  # (S,) float pence a month of contracts of other boroughs' anchors
    incommuters: float  # people of the wider area who work here
    shops: np.ndarray  # (K,) float pull of its shops


def start_of(world: World, contracts: np.ndarray) -> Start:
    """Take down what deviations will be taken from: the world as it is at the start.

    Parameters
    ----------
    world : World
    contracts : ndarray of int64, shape (S,)
        Output a month of its anchors' contracts that the wider area holds.
    """
    f = world.firms
    bought, from_shops = np.asarray(world.market.wider_demand - contracts, float), _from_shops(world)
    return Start(
        bought=bought,
        to_shops=np.clip(from_shops / np.maximum(bought, 1.0), 0.0, 1.0),
        sold=sold_to_the_wider_area(world),
        contracts=np.bincount(f.section, weights=f.contracts_beyond, minlength=len(SECTIONS)),
        incommuters=_incommuters(world),
        shops=_shops(world),
    )


def sold_to_the_wider_area(world: World) -> np.ndarray:
    """Return what open firms usually sell to the wider area, by section, (S,) pence a month."""
    f, fixed = world.firms, world.fixed
    usual = f.site_output * fixed.beyond_share * f.is_open * fixed.beyond_split[f.section, 1]
    return np.bincount(f.section, weights=usual, minlength=len(SECTIONS))


def _from_shops(world: World) -> np.ndarray:
    """Return what households spend at shops of the wider area that is output there, by section, (S,) pence."""
    h, fixed = world.households, world.fixed
    share = np.diff(fixed.spend_cumulative, axis=1)[h.income_decile] / fixed.spend_cumulative[:, -1:][h.income_decile]
    spent = ((h.supplier == -1) * share * h.consumption[:, None]).sum(axis=0)
    output = spent * (1.0 - (fixed.till_tax + fixed.till_goods) / float(1 << 24))
    return np.bincount(fixed.category_section, weights=output, minlength=len(SECTIONS))


def _incommuters(world: World) -> float:
    return float(world.employers.n_from_wider[: world.on_site_row(WIDER)].sum())


def _shops(world: World) -> np.ndarray:
    """Return the pull of a borough's shops by category, (K,): premises open, grown or shrunk, at their price."""
    p = world.parameters.households
    price = world.market.section_price[world.fixed.category_section]
    f = world.firms
    serving = f.is_open & (f.trade >= 0)
    size = np.floor(f.site_output * f.growth) * serving
    mass = np.bincount(np.where(serving, f.trade, 0), weights=size, minlength=price.shape[0])
    return np.asarray(np.maximum(mass, 1.0) ** p.mass_elasticity * price ** (1.0 - p.place_substitution))


def exchange(
    worlds: Sequence[World], starts: Sequence[Start], ties: Ties, shares: np.ndarray, partners: Sequence[Partners]
) -> float:
    """Carry over the borders what the next month begins with. The order of boroughs decides nothing.

    Parameters
    ----------
    worlds : sequence of World
        At the end of the same month; changed in place.
    starts : sequence of Start
    ties : Ties
    shares : ndarray of float, shape (B, B, S)
        Of :func:`shares_bought`.
    partners : sequence of Partners
        By the borough in whose pool they are.

    Returns
    -------
    float
        Jobs in what is left of the wider area that rest on what the boroughs buy there, later rounds included.
    """
    for here, firms_behind in enumerate(partners):
        follow_partners(worlds, here, firms_behind)
    held, contracts = contracts_held(worlds, partners)
    for world, load in zip(worlds, held, strict=True):
        deliver(world, load)
    bought = [world.market.wider_demand - in_wider for world, in_wider in zip(worlds, contracts, strict=True)]
    more = np.array([now - start.bought for now, start in zip(bought, starts, strict=True)])
    slack = [labour.slack(world) ** world.parameters.labour.commuting_elasticity for world in worlds]
    came = [_incommuters(world) / max(start.incommuters, 1.0) for world, start in zip(worlds, starts, strict=True)]
    pull = [_shops(world) / start.shops for world, start in zip(worlds, starts, strict=True)]
    for j, (world, start) in enumerate(zip(worlds, starts, strict=True)):
        market, given_away = world.market, world.fixed.wider_given_away
        asked = (more * shares[:, j]).sum(axis=0) - start.contracts
        market.beyond_pull = np.maximum(1.0 + asked / np.maximum(start.sold, 1.0), 0.0)
        rivals = sum(ties.shop_in[j, i] * (pull[i] - 1.0) for i in range(len(worlds)))
        market.rival_pull = (1.0 + given_away * rivals)[:, None]
        market.commuting_linked = float(ties.work_in[j].sum())
        market.commuting_held = float(ties.work_in[j] @ came)
        market.incommuter_pull = float(1.0 + ties.come_from[:, j] @ (np.array(slack) - 1.0))
    return _jobs_in_the_rest(worlds, contracts, shares)


def shares_bought(starts: Sequence[Start], ties: Ties) -> np.ndarray:
    """Return the part of what each borough buys in the wider area that it buys in each other, (B, B, S).

    By gravity, but at the start no more than a borough sells to the wider area: of a section that sells nothing
    beyond its borough, nobody else can buy.
    """
    to_shops = np.array([start.to_shops for start in starts])[:, None]
    shares = to_shops * ties.shop_in[:, :, None] + (1.0 - to_shops) * ties.buy_in
    bought = (shares * np.array([start.bought for start in starts])[:, None]).sum(axis=0)
    sold = np.array([start.sold for start in starts])
    return np.asarray(shares * np.minimum(1.0, sold / np.maximum(bought, 1.0)))


def deliver(world: World, held: np.ndarray) -> None:
    """Let firms hold contracts of other boroughs' anchors from now on, with the load that goes with them.

    Parameters
    ----------
    world : World
    held : ndarray of int64, shape (F,)
        Output a month of the contracts each firm holds.
    """
    f = world.firms
    change = held - f.contracts_beyond
    rows = np.flatnonzero(change)
    f.contracts_beyond[rows] = held[rows]
    f.contract_load[rows] += change[rows]
    for column in (f.output_last, f.output_smooth):
        column[rows] = np.maximum(column[rows] + change[rows], 0)
    capacity = world.parameters.firms.usual_use_of_capacity
    f.capacity[rows] += np.floor(change[rows] / capacity).astype(np.int64)


def _jobs_in_the_rest(worlds: Sequence[World], contracts: Sequence[np.ndarray], shares: np.ndarray) -> float:
    """As the outcome ``wider_area_jobs`` of each borough, less the part of the wider area that is the others."""
    total = 0.0
    for world, in_wider, theirs in zip(worlds, contracts, shares.sum(axis=1), strict=True):
        fixed = world.fixed
        there = world.market.wider_output[: len(SECTIONS)] - in_wider * fixed.on_site_share
        total += float((there * (1.0 - theirs) * fixed.jobs_per_output).sum()) / world.scale
    return total
