"""Sets of agents over columns: what Mesa users write, answered with arrays.

``get``, ``set``, ``agg``, ``sort``, ``select`` with a mask and ``groupby`` by a column never make a Python object
an agent; ``do``, ``map``, iteration, and predicates do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Literal, Self

import numpy as np
from mesa.agentset import GroupBy

from cwbsim.agent_columns import AgentError, Column
from cwbsim.agent_members import AgentMembers, ManyAgentsWarning
from cwbsim.agents import AGENT_TYPES, AgentView
from cwbsim.errors import UserError, unknown

__all__ = ["AgentRows", "ManyAgentsWarning", "RowGroups"]

AS_ARRAYS: dict[Any, Callable[[Any], Any]] = {sum: np.sum, min: np.min, max: np.max}
PLAIN = (bool, int, float, str, np.bool_, np.number)


class AgentRows(AgentMembers):
    """An ordered set of agents, held as rows.

    ``borough.agents`` and ``borough.agents_by_type[T]`` are live: they always hold who is there. What ``select``,
    ``shuffle``, ``sort``, ``groupby`` or ``copy`` returns keeps the agents it was made of, less those that have gone.

    Parameters
    ----------
    model : Borough or None
        None only for an empty set.
    agents : iterable of AgentView
        Members, in order; repeated ones count once.
    """

    # -- columns
    def get(
        self,
        attr_names: str | Iterable[str],
        handle_missing: Literal["error", "default"] = "error",
        default_value: Any = None,
    ) -> np.ndarray:
        """Return an attribute of every agent, or several.

        Parameters
        ----------
        attr_names : str or iterable of str
        handle_missing : {"error", "default"}
            What to do for agents of a type without the attribute.
        default_value : object
            Stands for it then.

        Returns
        -------
        ndarray, shape (n,)
            A copy, in the order of the set; (n, k) for columns that hold k numbers a row. Mesa returns a list.
            Small integers are widened to int64, so that sums do not overflow. For several names a structured
            array: ``for cash, ward in firms.get(["cash", "ward"])`` and ``found["cash"]`` both work.

        Raises
        ------
        AttributeError
            If a type of agent in the set has no such attribute.
        ValueError
            If ``handle_missing`` is neither.
        """
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is {handle_missing!r}, should be one of 'error' or 'default'")
        strict = handle_missing == "error"
        if isinstance(attr_names, str):
            return self._values(attr_names, strict, default_value)
        columns = {name: self._values(name, strict, default_value) for name in attr_names}
        found = np.empty(len(self), [(name, one.dtype, one.shape[1:]) for name, one in columns.items()])
        for name, one in columns.items():
            found[name] = one
        return found

    def _values(self, name: str, strict: bool, default: Any) -> np.ndarray:
        """An attribute of every agent, type by type."""
        kinds, rows, _ = self._members()
        parts: list[tuple[np.ndarray, np.ndarray]] = []
        for kind in self._types(kinds):
            at = np.flatnonzero(kinds == kind)
            parts.append((at, self._of_type(kind, name, at, rows[at], strict, default)))
        if len(parts) == 1:
            return parts[0][1]
        if not parts:
            return np.empty(0)
        dtype = np.result_type(*(values.dtype for _, values in parts))
        out = np.empty((kinds.shape[0], *parts[0][1].shape[1:]), dtype)
        for at, values in parts:
            out[at] = values
        return out

    def _types(self, kinds: np.ndarray) -> list[int]:
        """Types there are; a live set of one type has it even while it is empty."""
        if self._live is not None and len(self._live) == 1:
            return [self._live[0]]
        return np.flatnonzero(np.bincount(kinds, minlength=len(AGENT_TYPES))).tolist()

    def _of_type(
        self, kind: int, name: str, at: np.ndarray, rows: np.ndarray, strict: bool, default: Any
    ) -> np.ndarray:
        """Attribute of the agents of one type: a column, or asked of each."""
        assert self.model is not None
        attribute = getattr(AGENT_TYPES[kind], name, None)
        if isinstance(attribute, Column):
            values = np.asarray(attribute.array(self.model.world)[rows])
            small = values.dtype.kind in "iu" and values.dtype.itemsize < 8
            return values.astype(np.int64) if small else values
        if name == "unique_id":
            return np.asarray(self._members()[2][at])
        if attribute is None and name not in ("model", "row", "pos"):
            if strict:
                raise AgentError(f"{AGENT_TYPES[kind].__name__} has no attribute {name!r}")
            return np.full(rows.shape, default, None if isinstance(default, bool | int | float) else object)
        return _as_array([getattr(agent, name) for agent in self._views(at)])

    def set(self, attr_name: str, value: Any) -> Self:
        """Write an attribute of every agent.

        Parameters
        ----------
        attr_name : str
        value : scalar or array
            One value for all, or an array with one an agent, in the order of the set (in Mesa an array would
            itself be the value of every agent).

        Raises
        ------
        AgentError
            If the column is not among the ``writable`` of every type in the set, or the value is out of its range;
            nothing is written then.
        """
        kinds, rows, _ = self._members()
        given = np.asarray(value)
        writes = []
        for kind in self._types(kinds):
            column = getattr(AGENT_TYPES[kind], attr_name, None)
            if not isinstance(column, Column):
                raise AgentError(f"{AGENT_TYPES[kind].__name__} has no column {attr_name!r} to write")
            assert self.model is not None
            at = np.flatnonzero(kinds == kind)
            world = self.model.world
            array = column.array(world)
            if given.ndim == array.ndim:
                if given.shape[0] != kinds.shape[0]:
                    raise AgentError(f"{attr_name}: {given.shape[0]} values for {kinds.shape[0]} agents")
                given_here = given[at]
            else:
                given_here = given
            writes.append((array, rows[at], column.checked(world, given_here)))
        for array, at, held in writes:
            array[at] = held
        return self

    def agg(
        self, attribute: str, func: Callable[[Any], Any] | Iterable[Callable[[Any], Any]]
    ) -> Any | list[Any]:
        """Return what one function, or each of several, makes of the array of an attribute.

        The built-in ``sum``, ``min`` and ``max`` are done by NumPy; a NumPy number comes back as Python's. Other
        functions of the standard library get a list of Python numbers: ``statistics.mean`` of NumPy's whole
        numbers would be cut to a whole number without a word.
        """
        values = self.get(attribute)
        if not callable(func):
            return [_aggregated(values, one) for one in func]
        return _aggregated(values, func)

    # -- subsets and order
    def select(
        self,
        filter_func: Callable[[Any], bool] | np.ndarray | Sequence[bool] | None = None,
        at_most: int | float = float("inf"),
        inplace: bool = False,
        agent_type: type | None = None,
    ) -> Self:
        """Return some of the agents, in order.

        Parameters
        ----------
        filter_func : callable or array of bool, shape (n,), optional
            A function of an agent, or a mask: ``firms.select(firms.get("turnover") > 0)``.
        at_most : int or float
            The first so many; a float up to 1 is a fraction of this set, rounded down.
        inplace : bool
            Change this set (it is then no longer live).
        agent_type : type, optional

        Raises
        ------
        UserError
            If a mask is not one truth value an agent.
        """
        kinds = self._members()[0]
        n = kinds.shape[0]
        if isinstance(at_most, float) and at_most <= 1.0:
            at_most = int(n * at_most)
        limit = int(min(at_most, n))
        keep = np.ones(n, bool)
        if agent_type is not None:
            wanted = [i for i, kind in enumerate(AGENT_TYPES) if issubclass(kind, agent_type)]
            keep &= np.isin(kinds, wanted)
        if filter_func is None:
            index = np.flatnonzero(keep)[:limit]
        elif callable(filter_func):
            index = self._passing(filter_func, np.flatnonzero(keep), limit)
        else:
            mask = np.asarray(filter_func) if n else np.zeros(len(filter_func), bool)
            if mask.dtype != bool or mask.shape != (n,):
                raise UserError(
                    f"the mask has shape {mask.shape} and type {mask.dtype}", allowed=f"({n},) truth values"
                )
            index = np.flatnonzero(keep & mask)[:limit]
        return self._taken(index, inplace)

    def _passing(self, test: Callable[[Any], bool], index: np.ndarray, limit: int) -> np.ndarray:
        found: list[int] = []
        for i, agent in zip(index.tolist(), self._views(index), strict=True):
            if len(found) >= limit:
                break
            if test(agent):
                found.append(i)
        return np.array(found, np.int64)

    def shuffle(self, inplace: bool = False) -> Self:
        """Return the agents in random order, by Mesa's ``model.rng``, which the economy never uses."""
        n = len(self)
        order = np.arange(n) if self.model is None else self.model.rng.permutation(n)
        return self._taken(order, inplace)

    def sort(self, key: Callable[[Any], Any] | str, ascending: bool = False, inplace: bool = False) -> Self:
        """Return the agents by an attribute or a function of an agent, largest first unless ``ascending``.

        Agents with the same value stay in order.
        """
        values = self._by(key)
        if ascending:
            order = np.argsort(values, kind="stable")
        else:
            order = values.shape[0] - 1 - np.argsort(values[::-1], kind="stable")[::-1]
        return self._taken(order, inplace)

    def groupby(
        self,
        by: Callable[[Any], Hashable] | str,
        result_type: Literal["agentset", "list"] = "agentset",
    ) -> RowGroups:
        """Return the agents in groups, by an attribute or a function of an agent; first seen, first listed."""
        index = _grouped(self._by(by))
        if result_type == "list":
            return RowGroups({name: list(self._views(at)) for name, at in index.items()})
        return RowGroups({name: self._taken(at) for name, at in index.items()})

    def _by(self, key: Callable[[Any], Any] | str) -> np.ndarray:
        """One value an agent, (n,), by which to order or group; several numbers an agent are a tuple."""
        values = self.get(key) if isinstance(key, str) else _as_array(self.map(key))
        return values if values.ndim == 1 else _as_array([tuple(row) for row in values.tolist()])

    # -- one by one
    def do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Call a function, or the method of that name, of every agent; return the set."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> Self:
        """Do so in random order."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def map(self, method: str | Callable[..., Any], *args: Any, **kwargs: Any) -> list[Any]:
        """Return what a function, or the method of that name, says of every agent."""
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self._views()]
        return [method(agent, *args, **kwargs) for agent in self._views()]


class RowGroups(GroupBy):  # type: ignore[misc]
    """Agents in groups: ``map``, ``do``, ``count`` and iteration as in Mesa, ``agg`` over arrays."""

    def get_group(self, name: Hashable) -> Any:
        """Return one group.

        Raises
        ------
        UserError
            If there is none of that name.
        """
        if name not in self.groups:
            raise unknown("group", str(name), [str(one) for one in self.groups])
        return self.groups[name]

    def agg(
        self, attr_name: str, func: Callable[[Any], Any] | Iterable[Callable[[Any], Any]]
    ) -> dict[Hashable, Any]:
        """Return, by group, what one function or each of several makes of the array of an attribute."""
        several = func if callable(func) else list(func)
        return {name: _rows_of(group).agg(attr_name, several) for name, group in self.groups.items()}


def _rows_of(group: AgentRows | list[AgentView]) -> AgentRows:
    if isinstance(group, AgentRows):
        return group
    return AgentRows(group[0].model, group)


def _as_array(values: list[Any]) -> np.ndarray:
    """Values that are all numbers or all strings of one type as an array of it; others as objects, as they are."""
    types = {type(one) for one in values}
    if not types or (len(types) == 1 and issubclass(types.pop(), PLAIN)):
        return np.array(values)
    out = np.empty(len(values), object)
    for i, one in enumerate(values):
        out[i] = one
    return out


def _aggregated(values: np.ndarray, func: Callable[[Any], Any]) -> Any:
    if func in AS_ARRAYS:
        found = AS_ARRAYS[func](values) if values.size or func is sum else func([])
    elif str(getattr(func, "__module__", "")).partition(".")[0] in sys.stdlib_module_names:
        found = func(values.tolist())
    else:
        found = func(values)
    return found.item() if isinstance(found, np.generic) else found


def _grouped(values: np.ndarray) -> dict[Hashable, np.ndarray]:
    """Positions by value, values in order of first appearance."""
    if values.dtype == object:
        found: dict[Hashable, list[int]] = {}
        for i, value in enumerate(values.tolist()):
            found.setdefault(value, []).append(i)
        return {value: np.array(at, np.int64) for value, at in found.items()}
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    parts = np.split(order, np.flatnonzero(ranked[1:] != ranked[:-1]) + 1) if order.size else []
    return {values[at[0]].item(): at for at in sorted(parts, key=lambda at: int(at[0]))}
