"""What an outcome is, and the list of them all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from cwbsim.outcomes.reading import Reading

__all__ = ["BREAKDOWNS", "OUTCOMES", "Breakdown", "Kind", "Outcome", "Scaled", "outcome"]

type Kind = Literal["flow", "stock", "share"]
type Scaled = Literal["", "place", "needs"]
type Breakdown = Literal["", "anchor", "section", "place", "size", "decile", "skill", "ward"]
type Function = Callable[[Reading], float | np.ndarray]

#: Units of totals: what was simulated is divided by the scale, to stand for the whole place.
TOTALS = ("£", "jobs", "people", "firms", "households")
BREAKDOWNS: tuple[Breakdown, ...] = ("section", "anchor", "place", "decile", "size", "skill", "ward")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that is measured every month.

    Attributes
    ----------
    name : str
        As in results.
    unit : str
        Of the recorded value: "£" (of the month, if a flow), "jobs", "share" (0-1), ...
    definition : str
        A sentence a councillor understands.
    kind : {"flow", "stock", "share"}
        A flow is added over months; a stock or a share is averaged.
    breakdown : str
        What it is divided by, "" if it is one number.
    headline : bool
        Shown first.
    scaled : {"", "place", "needs"}
        How a smaller scale is made up for: not at all (shares, averages, indices); by dividing by the scale
        (totals); by the number of real needs that each simulated one stands for (counts of tenders and bids,
        for needs do not shrink as agents do: see :mod:`cwbsim.outcomes.steady`).
    function : callable
        From a Reading to a float, or to an array with one value per label of the breakdown.
    """

    name: str
    unit: str
    definition: str
    kind: Kind
    breakdown: Breakdown
    headline: bool
    scaled: Scaled
    function: Function


OUTCOMES: dict[str, Outcome] = {}


def outcome[F: Function](
    unit: str, kind: Kind, *, by: Breakdown = "", headline: bool = False, scaled: Scaled | None = None
) -> Callable[[F], F]:
    """Register a function as an outcome: its name is the outcome's, its docstring the definition.

    Parameters
    ----------
    unit : str
        Of the value it returns.
    kind : {"flow", "stock", "share"}
        How months are put together.
    by : str
        The breakdown, if it returns an array.
    headline : bool
        Whether it is shown first.
    scaled : str, optional
        By default "place" for a total (by its unit), "" for anything else.

    Raises
    ------
    TypeError
        If the name is taken, or the function says nothing of what it measures.
    """

    def register(function: F) -> F:
        name = function.__name__
        if name in OUTCOMES:
            raise TypeError(f"there are two outcomes called {name}")
        definition = " ".join((inspect.getdoc(function) or "").split())
        if not definition and __debug__:
            raise TypeError(f"outcome {name} has no docstring: say in a sentence what it measures")
        if by and by not in BREAKDOWNS:
            raise TypeError(f"outcome {name} is by {by!r}; allowed: {', '.join(BREAKDOWNS)}")
        how = ("place" if unit in TOTALS else "") if scaled is None else scaled
        OUTCOMES[name] = Outcome(name, unit, definition, kind, by, headline, how, function)
        return function

    return register
