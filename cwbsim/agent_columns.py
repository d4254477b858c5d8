"""Columns of the world as attributes of agents: what may be written, and what may not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from cwbsim.errors import UserError
from cwbsim.world import World

if TYPE_CHECKING:
    from cwbsim.agents import AgentView

__all__ = ["AgentError", "Column", "anchor_rows", "site_rows", "with_columns"]

MONEY = frozenset(
    {("anchors", "cash"), ("firms", "cash"), ("households", "income"), ("households", "savings")}
)  # the purses of the ledger
IDENTITY = frozenset({"key", "site_key"})


class AgentError(UserError, AttributeError):
    """An attribute of an agent cannot be read or written."""


class Column:
    """An attribute of an agent that is a row of a column.

    Parameters
    ----------
    part : str
        Part of the world, "firms".
    name : str
        Column of that part.
    rows : callable, optional
        Where, in that part, the rows of the population are; by default they are all of it.
    """

    def __init__(self, part: str, name: str, rows: Callable[[World], slice] | None = None) -> None:
        self.part = part
        self.name = name
        self.rows = rows

    def array(self, world: World) -> np.ndarray:
        """Return the column itself, one row an agent or site; not a copy."""
        whole: np.ndarray = getattr(getattr(world, self.part), self.name)
        return whole if self.rows is None else whole[self.rows(world)]

    def put(self, world: World, rows: np.ndarray | int, value: Any) -> None:
        """Write a value, or one a row.

        Raises
        ------
        AgentError
            If the column is money or identity, or does not hold such values.
        """
        array = self.array(world)
        array[rows] = self.checked(value, array.dtype)

    def checked(self, value: Any, dtype: np.dtype[Any]) -> np.ndarray:
        """Return a value as the column would hold it, unchanged in amount."""
        if (self.part, self.name) in MONEY:
            raise AgentError(
                f"{self.part}.{self.name} cannot be written: money moves only through the ledger",
                mend="borough.world.ledger.pay(kind, payer, amounts, (payee, amounts)) says who pays whom",
            )
        if self.name in IDENTITY:
            raise AgentError(f"{self.part}.{self.name} cannot be written: it says who the agent is")
        given = np.asarray(value)
        with np.errstate(invalid="ignore"):
            try:
                held = given.astype(dtype)
            except (TypeError, ValueError, OverflowError):
                held = None
        if held is None or (dtype.kind != "f" and not np.array_equal(held, given)):
            raise AgentError(
                f"{self.part}.{self.name} cannot hold {value!r}", allowed=f"values of type {dtype}"
            )
        return held

    def __get__(self, agent: AgentView | None, owner: type | None = None) -> Any:
        if agent is None:
            return self
        agent.check_exists()
        value = self.array(agent.model.world)[agent.row]
        return tuple(value.tolist()) if value.ndim else value.item()

    def __set__(self, agent: AgentView, value: Any) -> None:
        agent.check_exists()
        self.put(agent.model.world, agent.row, value)


def site_rows(world: World) -> slice:
    """Return the rows of Employers that are sites."""
    return slice(0, world.firms.key.shape[0])


def anchor_rows(world: World) -> slice:
    """Return the rows of Employers that are anchors."""
    return slice(world.anchor_row(0), world.anchor_row(world.anchors.key.shape[0]))


type Part = tuple[str, type, Callable[[World], slice] | None]


def with_columns[T: type](*parts: Part) -> Callable[[T], T]:
    """Give a class an attribute for every column of some parts of the world.

    Where the class has an attribute of that name already (``resident.household`` is the Household), the
    column is found under ``household_row``.
    """

    def decorate(cls: T) -> T:
        for part, holder, rows in parts:
            for item in fields(holder):
                own = vars(cls).get(item.name)
                if own is None:
                    setattr(cls, item.name, Column(part, item.name, rows))
                elif isinstance(own, property) and item.name not in cls._derived:  # type: ignore[attr-defined]
                    setattr(cls, f"{item.name}_row", Column(part, item.name, rows))
        return cls

    return decorate
