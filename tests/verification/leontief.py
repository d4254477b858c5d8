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
from cwbsim.world import World

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
