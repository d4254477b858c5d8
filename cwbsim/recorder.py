"""What the outcomes said, month by month."""

from __future__ import annotations

import copy

import numpy as np

from cwbsim.ledger import SECTORS
from cwbsim.outcomes import OUTCOMES, Reading, labels, measure
from cwbsim.outcomes.reading import savings_by_decile
from cwbsim.outcomes.registry import BREAKDOWNS, Breakdown
from cwbsim.outcomes.steady import FixedSums
from cwbsim.world import World

__all__ = ["Recorder"]


class Recorder:
    """What the outcomes said, month by month; an observer: a world runs the same without it.

    Parameters
    ----------
    world : World
        At the start of the run, or of its continuation from a snapshot.
    months : int
        How many months will be run from here.

    Attributes
    ----------
    first_month : int
        Number of the first month recorded (1 unless a run is continued).
    n_months : int
        Months recorded so far.
    values : dict of str to ndarray of float64, shape (months, n)
        By outcome; n is 1 where it is not broken down.
    flows : ndarray of int64, shape (months, 6, 6)
        Pence from payer to payee.
    balances : ndarray of int64, shape (months + 1, 6)
        Pence held by each sector; row 0 is the start.
    labels : dict of str to tuple of str
        By breakdown.
    """

    def __init__(self, world: World, months: int) -> None:
        self.first_month = world.month + 1
        self.n_months = 0
        self.labels: dict[Breakdown, tuple[str, ...]] = {by: labels(world, by) for by in ("", *BREAKDOWNS)}
        self.values = {
            name: np.full((months, len(self.labels[one.breakdown])), np.nan) for name, one in OUTCOMES.items()
        }
        self.flows = np.zeros((months, len(SECTORS), len(SECTORS)), np.int64)
        self.balances = np.zeros((months + 1, len(SECTORS)), np.int64)
        self.balances[0] = world.ledger.balances
        self._fixed_sums = FixedSums.of(world)
        self._savings = savings_by_decile(world)

    @property
    def months(self) -> range:
        """Numbers of the months recorded so far."""
        return range(self.first_month, self.first_month + self.n_months)

    def continued(self, months: int) -> Recorder:
        """Return a copy that goes on from here, with room for `months` in all; this one stays as it is."""
        grown = copy.copy(self)
        n = self.n_months
        grown.values = {name: _grown(kept, n, months, np.nan) for name, kept in self.values.items()}
        grown.flows = _grown(self.flows, n, months, 0)
        grown.balances = _grown(self.balances, n + 1, months + 1, 0)
        return grown

    def reading(self, world: World) -> Reading:
        """Return a reading of the world that knows how the month began."""
        return Reading(world, self._savings, self._fixed_sums)

    def keep(self, now: Reading) -> None:
        """Ask every outcome at the end of the month and keep the answers.

        Raises
        ------
        ValueError
            If the month is not the next one, or there is no room for it.
        """
        world, i = now.world, self.n_months
        if world.month != self.first_month + i or i >= self.flows.shape[0]:
            last = self.first_month + self.flows.shape[0] - 1
            due = f"the next one is {self.first_month + i}, the last {last}"
            raise ValueError(f"month {world.month} cannot be recorded: {due}")
        for name, value in measure(now).items():
            self.values[name][i] = value
        self.flows[i] = world.ledger.flows
        self.balances[i + 1] = world.ledger.balances
        self._savings = now.households[0]
        self.n_months = i + 1


def _grown(kept: np.ndarray, n: int, room: int, empty: float) -> np.ndarray:
    """The first n rows, with room for more."""
    grown = np.full((room, *kept.shape[1:]), empty, kept.dtype)
    grown[:n] = kept[:n]
    return grown
