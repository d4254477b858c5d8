"""Reporters of a ``mesa.DataCollector`` that can be pickled.

Mesa turns the reporters ``"cash"`` and ``[function, [1, 2]]`` of agents into functions made on the spot, which
cannot be pickled; here are objects that do the same and can.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

__all__ = ["Applied", "AttributeOf", "make_picklable"]

MADE_ON_THE_SPOT = ("DataCollector._new_agent_reporter.", "DataCollector._new_agenttype_reporter.")


@dataclass(frozen=True, slots=True)
class AttributeOf:
    """The reporter "cash": the attribute of that name.

    Parameters
    ----------
    name : str
        Attribute of the agent.
    reporter : str
        What the column is called.
    """

    name: str
    reporter: str

    def __call__(self, agent: Any) -> Any:
        """Return the attribute of an agent.

        Raises
        ------
        AttributeError
            If it has none of that name.
        """
        try:
            return getattr(agent, self.name)
        except AttributeError as error:
            kind = type(agent).__name__
            raise AttributeError(
                f"{kind} {agent.unique_id} has no attribute {self.name!r} (reporter: {self.reporter!r})"
            ) from error


@dataclass(frozen=True, slots=True)
class Applied:
    """The reporter ``[function, [1, 2]]``: what the function says of an agent and the rest."""

    function: Callable[..., Any]
    parameters: tuple[Any, ...]

    def __call__(self, agent: Any) -> Any:
        """Return ``function(agent, *parameters)``."""
        return self.function(agent, *self.parameters)


def make_picklable(collector: Any) -> None:
    """Put reporters that can be pickled in place of those Mesa made on the spot; they report the same.

    Parameters
    ----------
    collector : mesa.DataCollector
        Changed in place. Anything else is left alone, and so are functions of the user's own.
    """
    by_type = getattr(collector, "agenttype_reporters", {}).values()
    for reporters in (getattr(collector, "agent_reporters", {}), *by_type):
        for name, reporter in reporters.items():
            if not getattr(reporter, "__qualname__", "").startswith(MADE_ON_THE_SPOT):
                continue
            held = inspect.getclosurevars(reporter).nonlocals
            if "attribute_name" in held:
                reporters[name] = AttributeOf(held["attribute_name"], name)
            elif "func" in held:
                reporters[name] = Applied(held["func"], tuple(held["params"]))
