"""An experiment: a question, what varies over which values, on which seeds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cwbsim.analysis.varied import Varied, with_values
from cwbsim.scenario import Scenario

Design = Literal["grid", "lhs", "sobol", "list"]


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is to be found out, and the runs it takes.

    Attributes
    ----------
    base : Scenario
        What everything starts from, and what policies are compared with.
    policies : tuple of Scenario
        Each is run at every point too, with the base's luck; empty if only levels are wanted.
    varied : tuple of Varied
        What differs from point to point.
    design : {"grid", "lhs", "sobol", "list"}
        Every combination of levels; a Latin hypercube; a scrambled Sobol sequence; the points as listed.
    n_points : int
        Of a Latin hypercube or Sobol sequence.
    listed : tuple of dict
        The points of a list.
    """

    title: str
    question: str
    base: Scenario
    policies: tuple[Scenario, ...]
    varied: tuple[Varied, ...]
    design: Design
    n_points: int
    design_seed: int
    seeds: tuple[int, ...]
    outcomes: tuple[str, ...]
    listed: tuple[Mapping[str, Any], ...] = ()
    text: str = field(default="", compare=False)
    """The file it was read from, as it stood."""

    @property
    def names(self) -> tuple[str, ...]:
        """What is varied."""
        return tuple(one.name for one in self.varied) or tuple(
            dict.fromkeys(name for point in self.listed for name in point if name != "title")
        )

    def points(self) -> list[dict[str, Any]]:
        """The values of each point, by name; the same every time."""
        if self.design == "list":
            return [{k: v for k, v in point.items() if k != "title"} for point in self.listed] or [{}]
        if self.design == "grid":
            return [
                dict(zip(self.names, values, strict=True))
                for values in itertools.product(*(one.grid() for one in self.varied))
            ]
        return [
            {one.name: one.at(share) for one, share in zip(self.varied, row, strict=True)}
            for row in self._shares()
        ]

    def scenarios(self, number: int, values: Mapping[str, Any]) -> tuple[Scenario, ...]:
        """The base and its policies at a point."""
        given = self.listed[number].get("title", "") if self.design == "list" and self.listed else ""
        words = given or ", ".join(f"{name} = {_short(value)}" for name, value in values.items())
        every = (self.base, *self.policies)
        return tuple(
            with_values(one, values, f"{one.title}: {words}" if words else one.title) for one in every
        )

    def n_runs(self) -> int:
        """How many runs it takes."""
        return len(self.points()) * len(self.seeds) * (1 + len(self.policies))

    def _shares(self) -> Any:
        from scipy.stats import qmc

        kind = qmc.LatinHypercube if self.design == "lhs" else qmc.Sobol
        return kind(len(self.varied), rng=self.design_seed).random(self.n_points)


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return (
        "+".join(map(str, value))
        if isinstance(value, Sequence) and not isinstance(value, str)
        else str(value)
    )
