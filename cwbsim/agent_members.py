"""Who is in a set of agents: membership as rows, live or kept."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import TYPE_CHECKING, Self, overload

import numpy as np
from mesa.agentset import AbstractAgentSet

from cwbsim.agents import AGENT_TYPES, AgentView, Firm, not_by_hand, view_of
from cwbsim.errors import UserError

if TYPE_CHECKING:
    from cwbsim.model import Borough

__all__ = ["MANY", "AgentMembers", "ManyAgentsWarning"]

MANY = 100_000  # agents above which making an object of each is worth a warning
FIRM = AGENT_TYPES.index(Firm)


class ManyAgentsWarning(UserWarning):
    """A Python object is about to be made for each of very many agents."""


class AgentMembers(AbstractAgentSet):  # type: ignore[misc]
    """Who is in a set of agents, held as rows; the part of ``AgentRows`` that is a set."""

    def __init__(self, model: Borough | None, agents: Iterable[AgentView] = ()) -> None:
        self.model = model
        self._live: tuple[int, ...] | None = None
        self._update(agents)

    @classmethod
    def live(cls, model: Borough, kinds: Sequence[type[AgentView]]) -> Self:
        """Return the set of all agents of some types, now and later."""
        new = cls(model)
        new._live = tuple(AGENT_TYPES.index(kind) for kind in kinds)
        return new

    @classmethod
    def _from_iterable(cls, it: Iterable[AgentView]) -> Self:
        agents = list(it)
        return cls(agents[0].model if agents else None, agents)

    # -- who is in it
    def _update(self, agents: Iterable[AgentView]) -> Self:
        members = list(dict.fromkeys(agents))
        strangers = [one for one in members if not isinstance(one, AgentView) or one.model is not self.model]
        if strangers:
            raise UserError(f"{strangers[0]!r} is not an agent of this borough")
        return self._hold(
            np.array([AGENT_TYPES.index(type(one)) for one in members], np.int8),
            np.array([one.row for one in members], np.int64),
            np.array([one.unique_id for one in members], np.uint64),
        )

    def _hold(self, kinds: np.ndarray, rows: np.ndarray, ids: np.ndarray) -> Self:
        self._live = None
        self._kinds, self._rows, self._ids = kinds, rows, ids
        self._mortal = bool((kinds == FIRM).any())
        self._codes: set[tuple[int, int, int]] | None = None
        return self

    def _members(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Types (index in AGENT_TYPES), rows and keys of the agents that are there, each (n,)."""
        if self._live is not None:
            return self._all(self._live)
        if not self._mortal or self.model is None:
            return self._kinds, self._rows, self._ids
        firms = self.model.world.firms
        at = np.where(self._kinds == FIRM, self._rows, 0)
        there = (self._kinds != FIRM) | (firms.is_open[at] & (firms.key[at] == self._ids))
        return self._kinds[there], self._rows[there], self._ids[there]

    def _all(self, types: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        assert self.model is not None
        world = self.model.world
        parts = []
        for kind in types:
            keys = getattr(world, AGENT_TYPES[kind].part).key
            rows = np.flatnonzero(world.firms.is_open) if kind == FIRM else np.arange(keys.shape[0])
            parts.append((np.full(rows.shape, kind, np.int8), rows, keys[rows]))
        kinds, rows, ids = (np.concatenate(one) for one in zip(*parts, strict=True))
        return kinds, rows, ids

    def _taken(self, index: np.ndarray, inplace: bool = False) -> Self:
        kinds, rows, ids = self._members()
        target = self if inplace else type(self)(self.model)
        return target._hold(kinds[index], rows[index], ids[index])

    def _views(self, index: np.ndarray | None = None) -> Iterator[AgentView]:
        if self.model is None:
            return
        kinds, rows, ids = self._members()
        if index is not None:
            kinds, rows, ids = kinds[index], rows[index], ids[index]
        for kind, row, unique_id in zip(kinds.tolist(), rows.tolist(), ids.tolist(), strict=True):
            yield view_of(AGENT_TYPES[kind], self.model, row, unique_id)

    @property
    def random(self) -> Random:
        """Mesa's generator of the model; the economy never draws from it."""
        return Random() if self.model is None else self.model.random

    def __len__(self) -> int:
        return int(self._members()[1].shape[0])

    def __iter__(self) -> Iterator[AgentView]:
        if (n := len(self)) > MANY:
            warnings.warn(
                f"one Python object is made for each of {n:,} agents; get, agg, groupby and select with a mask "
                "work on whole columns, and model reporters on outcomes",
                ManyAgentsWarning,
                stacklevel=2,
            )
        return self._views()

    def __contains__(self, agent: object) -> bool:
        if not isinstance(agent, AgentView) or agent.model is not self.model or not agent.exists:
            return False
        kind = AGENT_TYPES.index(type(agent))
        if self._live is not None:
            return kind in self._live
        if self._codes is None:
            columns = (self._kinds.tolist(), self._rows.tolist(), self._ids.tolist())
            self._codes = set(zip(*columns, strict=True))
        return (kind, agent.row, agent.unique_id) in self._codes

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {self.who()}>"

    def who(self) -> str:
        """Return how many there are of each type, in words."""
        counts = np.bincount(self._members()[0], minlength=len(AGENT_TYPES))
        named = [f"{n:,} {kind.__name__}" for n, kind in zip(counts, AGENT_TYPES, strict=True) if n]
        return ", ".join(named) or "empty"

    def count(self, agent: AgentView | None = None) -> int:
        """Return how many agents there are, or (given one) 1 if it is among them and 0 if not."""
        return len(self) if agent is None else int(agent in self)

    def to_list(self) -> list[AgentView]:
        """Return the agents as a list."""
        return list(self._views())

    def copy(self) -> Self:
        """Return a set that keeps the present agents."""
        return self._taken(np.arange(len(self)))

    def __copy__(self) -> Self:
        return self.copy()

    def add(self, agent: AgentView) -> None:
        """Add an agent of the borough to a set that is not live.

        Raises
        ------
        UserError
            If the set is live, or the agent is of another borough.
        """
        self._refuse_if_live("added to")
        if self.model is None:
            self.model = agent.model
        self._update([*self._views(), agent])

    def discard(self, agent: AgentView) -> None:
        """Leave an agent out of a set that is not live, if it is there.

        Raises
        ------
        UserError
            If the set is live.
        """
        self._refuse_if_live("taken out of")
        self._update(one for one in self.to_list() if one != agent)

    def remove(self, agent: AgentView) -> None:
        """Leave an agent out of a set that is not live.

        Raises
        ------
        KeyError
            If it is not there.
        UserError
            If the set is live.
        """
        self._refuse_if_live("taken out of")
        if agent not in self:
            raise KeyError(agent)
        self.discard(agent)

    # in place, at once: the mixin of the standard library would go one by one
    def __ior__(self, others: Iterable[AgentView]) -> Self:
        self._refuse_if_live("added to")
        return self._update([*self._views(), *others])

    def __iand__(self, others: Iterable[AgentView]) -> Self:
        self._refuse_if_live("taken out of")
        wanted = set(others)
        return self._update([one for one in self._views() if one in wanted])

    def __isub__(self, others: Iterable[AgentView]) -> Self:
        self._refuse_if_live("taken out of")
        unwanted = set(others)
        return self._update([one for one in self._views() if one not in unwanted])

    def clear(self) -> None:
        """Leave everybody out of a set that is not live."""
        self._refuse_if_live("taken out of")
        self._update(())

    def _refuse_if_live(self, what: str) -> None:
        if self._live is not None:
            raise not_by_hand(f"agents cannot be {what} the agents of a borough")

    # -- positions
    @overload
    def __getitem__(self, item: int) -> AgentView: ...

    @overload
    def __getitem__(self, item: slice) -> list[AgentView]: ...

    def __getitem__(self, item: int | slice) -> AgentView | list[AgentView]:
        """Return the agent at a position, or the list of those in a slice; only they are made."""
        if not isinstance(item, int | np.integer | slice) or isinstance(item, bool | np.bool_):
            raise TypeError(f"a set of agents has no [{item!r}]; `.select(mask)` takes truth values, one an agent")
        index = np.arange(len(self))[item]
        views = list(self._views(np.atleast_1d(index)))
        return views if isinstance(item, slice) else views[0]

    def __reversed__(self) -> Iterator[AgentView]:
        return self._views(np.arange(len(self))[::-1])
