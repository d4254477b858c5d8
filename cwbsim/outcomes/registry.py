"""What an outcome is, and the list of them all."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from cwbsim.outcomes.reading import Reading

__all__ = ["BREAKDOWNS", "OUTCOMES", "Breakdown", "Kind", "Outcome", "outcome"]

type Kind = Literal["flow", "stock", "share"]
type Breakdown = Literal["", "anchor", "section", "place", "size", "decile", "skill"]
type Function = Callable[[Reading], float | np.ndarray]

BREAKDOWNS: tuple[Breakdown, ...] = ("section", "anchor", "place", "decile", "size", "skill")


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
    function : callable
        From a Reading to a float, or to an array with one value per label of the breakdown.
    """

    name: str
    unit: str
    definition: str
    kind: Kind
    breakdown: Breakdown
    headline: bool
    function: Function


OUTCOMES: dict[str, Outcome] = {}


def outcome[F: Function](
    unit: str, kind: Kind, *, by: Breakdown = "", headline: bool = False
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
        OUTCOMES[name] = Outcome(name, unit, definition, kind, by, headline, function)
        return function

    return register
