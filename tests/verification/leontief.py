"""The month with behaviour off: the model's own spending phases, run on until sales repeat themselves.

Nobody is hired, no shop opens or closes, no tie is chosen again, prices stand at one and capacity binds nobody.
What is left are the phases that hand demand on, and their fixed point is known in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_matrix, identity
from scipy.sparse.linalg import splu

from cwbsim import schedule
from cwbsim.schedule import phase_name
from cwbsim.world import Q24, World
from tests.boroughs import phases_of_next_month
from tests.verification.stillness import LUCK

NO_LIMIT = 1 << 36  # pence a month: no firm of the borough comes near it

#: Phases that hand intermediate demand on, with final demand from anchors and from beyond the borough.
SPENDING = (
    "policy.set_terms",
    "procurement.pay_suppliers",
    "supply_chain.buy_inputs",
    "firms.set_prices_and_sell_beyond",
)


@dataclass(frozen=True)
class Stilled:
    """Where the spending phases come to rest."""

    world: World
    output: np.ndarray  # (F,) int64 pence a month
    final: np.ndarray  # (F,) int64 what is not bought by firms as inputs
    rounds: int


def still(world: World, injection: np.ndarray | None = None, most: int = 200) -> Stilled:
    """Run the spending phases of the model again and again until every firm's output repeats.

    Parameters
    ----------
    world : World
        Changed in place.
    injection : ndarray of int64, shape (F,), optional
        Further final demand a month, credited as sales to anchors.
    most : int
        Rounds after which it counts as not coming to rest.
    """
    world.firms.capacity[:] = NO_LIMIT
    for n in range(most):
        before = world.firms.output_last.copy()
        final = spend_once(world, injection)
        if (world.firms.output_last == before).all():
            return Stilled(world, world.firms.output_last.copy(), final, n)
    raise AssertionError(f"the spending phases do not come to rest in {most} rounds")


def rounds_from_nothing(world: World, k: int) -> list[np.ndarray]:
    """Output after final demand alone, and after each of k rounds of inputs, (F,) each; changes the world."""
    world.firms.capacity[:] = NO_LIMIT
    world.firms.output_last[:] = 0
    found = []
    for _ in range(k + 1):
        spend_once(world)
        found.append(world.firms.output_last.copy())
    return found


def spend_once(world: World, injection: np.ndarray | None = None) -> np.ndarray:
    """Run the spending phases once; return what was sold and not bought as inputs, (F,)."""
    firms = world.firms
    phases = {phase_name(phase): phase for phase in schedule.MONTH}
    terms, pay, buy, sell = (phases[name] for name in SPENDING)
    terms(world)
    pay(world)
    if injection is not None:
        firms.sales_anchors += injection
    bought_before = firms.sales_firms.copy()
    buy(world)
    inputs = firms.sales_firms - bought_before
    sell(world)
    sold = firms.sales_anchors + firms.sales_households + firms.sales_firms + firms.sales_beyond
    return np.asarray(sold - inputs)


def firm_matrix(world: World) -> csc_matrix:
    """The model's own coefficients between firms, (F, F): what a pound of the column's output buys of the row."""
    links, n = world.links, world.firms.key.shape[0]
    buyer = np.repeat(np.arange(n), np.diff(links.start))
    some = links.supplier >= 0
    values = links.coefficient[some].astype(np.float64)
    return csc_matrix((values, (links.supplier[some], buyer[some])), shape=(n, n))


def inverse(matrix: csc_matrix, demand: np.ndarray) -> np.ndarray:
    """Solve (I - A) x = f."""
    n = matrix.shape[0]
    return np.asarray(splu(csc_matrix(identity(n) - matrix)).solve(demand.astype(np.float64)))


def rounding_bound(world: World, matrix: csc_matrix) -> np.ndarray:
    """The most that flooring each link to the penny can take from each firm's output, (F,) pence.

    A penny for each link that sells, and half a penny where output is rounded, handed on through the inverse.
    """
    n = matrix.shape[0]
    some = world.links.supplier >= 0
    sold = np.bincount(world.links.supplier[some], minlength=n)
    return inverse(matrix, sold + 0.5) + 0.5


# --- households endogenous: profit reaches owners, who spend it


def settle_with_households(world: World, injection: np.ndarray, months: int) -> World:
    """Run whole months, luck frozen and capacity without limit, with further sales to buyers outside each month.

    Jobs stand still, so pay does; what a sale brings beyond its inputs is profit, reaches the owners, and is
    spent. Savings find their target again, so in the end a household spends what it receives.
    """
    world.firms.capacity[:] = NO_LIMIT
    for _ in range(months):
        for phase in phases_of_next_month(world):
            if phase_name(phase) in LUCK:
                continue
            phase(world)
            if phase_name(phase) == "procurement.pay_suppliers":
                world.ledger.pay("injection", "outside", int(injection.sum()), ("firms", injection))
                for column in (world.firms.sales_anchors, world.firms.turnover, world.firms.profit):
                    column += injection
    return world


def spending_matrix(world: World) -> csc_matrix:
    """Local output a pound of each household's spending is, (F, H): at the till, and in goods made here."""
    fixed, h, n = world.fixed, world.households, world.firms.key.shape[0]
    share = np.diff(fixed.spend_cumulative, axis=1)[h.income_decile] / Q24
    row, category = np.nonzero(h.supplier >= 0)
    site = h.supplier[row, category]
    tax, goods = fixed.till_tax[category] / Q24, fixed.till_goods[category] / Q24
    here = share[row, category]
    link = fixed.goods_link[site]
    maker = np.where(link >= 0, world.links.supplier[np.maximum(link, 0)], -1)
    made = np.where(maker >= 0, here * goods * fixed.goods_local / Q24, 0.0)
    values = np.concatenate((here * (1.0 - tax - goods), made))
    rows = np.concatenate((site, np.maximum(maker, 0)))
    return csc_matrix((values, (rows, np.concatenate((row, row)))), shape=(n, h.key.shape[0]))


def ownership_matrix(world: World) -> csc_matrix:
    """What a pound of each firm's output adds to what each household spends, (H, F)."""
    f, fixed = world.firms, world.fixed
    inputs = fixed.input_total.sum(axis=0) + fixed.imports_share + fixed.product_tax_share
    keeps = 1.0 - (inputs + fixed.production_tax_share)[f.section]
    rate = world.parameters.treasury.corporation_tax_effective_rate
    keeps = np.where(f.profit > 0, keeps * (1.0 - rate), keeps)
    spends = (f.owner >= 0) & (world.households.consumption[np.maximum(f.owner, 0)] > 0)
    rows = np.flatnonzero(spends & f.is_open)
    return csc_matrix(
        (keeps[rows], (f.owner[rows], rows)), shape=(world.households.key.shape[0], f.key.shape[0])
    )
