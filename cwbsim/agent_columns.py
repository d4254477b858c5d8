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

__all__ = ["AgentError", "Column", "Span", "anchor_rows", "site_rows", "with_columns"]

MONEY = frozenset(
    {("anchors", "cash"), ("firms", "cash"), ("households", "income"), ("households", "savings")}
)  # the purses of the ledger
IDENTITY = frozenset({"key", "site_key"})
OF_THE_PLACE = frozenset(
    {"kind", "section", "trade", "ward", "size_class", "site_output", "deprivation", "size", "tenure", "household"}
)
IN_STEP = frozenset(
    {
        "council_tax_share", "social_rent_share", "n_residents", "n_from_wider", "n_from_outside", "employer",
        "status", "contract_load", "owner", "owner_place", "council_tax", "housing_cost", "outgoings", "landlord",
        "rent_received", "contract_budget", "wider_target",
    }
)  # fmt: skip
AT_THE_START = frozenset({"local_target", "influenceable_share"})

type Span = tuple[float, float]  # lowest and highest value that may be written


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
    span : (low, high), optional
        What may be written; nothing may be if it is left out.
    """

    def __init__(
        self, part: str, name: str, rows: Callable[[World], slice] | None = None, span: Span | None = None
    ) -> None:
        self.part = part
        self.name = name
        self.rows = rows
        self.span = span

    def array(self, world: World) -> np.ndarray:
        """Return the column itself, one row an agent or site; not a copy."""
        whole: np.ndarray = getattr(getattr(world, self.part), self.name)
        return whole if self.rows is None else whole[self.rows(world)]

    def why_not(self) -> tuple[str, str]:
        """Return why the column cannot be written, and what to do instead; ("", "") if it can."""
        if self.span is not None:
            return "", ""
        if (self.part, self.name) in MONEY:
            return (
                "money moves only through the ledger",
                "borough.world.ledger.pay(kind, payer, amounts, (payee, amounts)) says who pays whom",
            )
        if self.name in IDENTITY:
            return "it says who the agent is", ""
        if self.name in OF_THE_PLACE:
            return "it is of the place, and others are arranged by it", "build another place"
        if self.name in IN_STEP:
            return "it is kept in step with other columns, and the books would not close", ""
        if self.name in AT_THE_START:
            return "it was read when the borough was built and is not read again", "change the scenario"
        return "it is what a month makes of it, and the next would write over it", ""

    def checked(self, world: World, value: Any) -> np.ndarray:
        """Return a value as the column would hold it, unchanged in amount.

        Raises
        ------
        AgentError
            If the column cannot be written, or does not hold such values.
        """
        where = f"{self.part}.{self.name}"
        if self.span is None:
            reason, mend = self.why_not()
            raise AgentError(f"{where} cannot be written: {reason}", mend=mend)
        dtype = self.array(world).dtype
        given = np.asarray(value)
        with np.errstate(invalid="ignore", over="ignore"):
            try:
                held = given.astype(dtype)
            except (TypeError, ValueError, OverflowError):
                held = None
        if held is None or (dtype.kind != "f" and not np.array_equal(held, given)):
            raise AgentError(f"{where} cannot hold {value!r}", allowed=f"values of type {dtype}")
        low, high = self.span
        if not bool(np.all((held >= low) & (held <= high))):  # not a number is neither
            raise AgentError(f"{where} cannot be {value!r}", allowed=f"{low:g} to {high:g}")
        if (self.part, self.name) == ("households", "supplier"):
            _check_shops(world, held)
        return held

    def __get__(self, agent: AgentView | None, owner: type | None = None) -> Any:
        if agent is None:
            return self
        agent.check_exists()
        value = self.array(agent.model.world)[agent.row]
        return tuple(value.tolist()) if value.ndim else value.item()

    def __set__(self, agent: AgentView, value: Any) -> None:
        agent.check_exists()
        world = agent.model.world
        array = self.array(world)
        held = self.checked(world, value)
        if held.shape not in ((), array.shape[1:]):
            raise AgentError(
                f"{self.part}.{self.name} cannot hold {held.shape[0]} values for one agent",
                allowed=f"{array.shape[1]} values" if array.ndim > 1 else "one value",
            )
        array[agent.row] = held


def _check_shops(world: World, supplier: np.ndarray) -> None:
    """Raise unless every site named serves the category it stands for, and is open or was until this month."""
    firms = world.firms
    known = firms.is_open | firms.is_closing  # whoever shops at one that has closed chooses when it next spends
    n_sites, n_categories = firms.key.shape[0], world.households.supplier.shape[1]
    for category in range(n_categories):
        rows = np.unique(supplier[..., category] if supplier.ndim else supplier)
        sites = rows[rows >= 0].tolist()
        wrong = [row for row in sites if row >= n_sites or firms.trade[row] != category or not known[row]]
        if wrong:
            raise AgentError(
                f"site {wrong[0]} is no open shop for category {category}",
                allowed="rows of open firms whose `trade` is the category; -1 the wider area, -2 outside",
            )


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
    column is found under ``household_row``. What the class lists under ``writable`` can be written.
    """

    def decorate(cls: T) -> T:
        writable: dict[str, Span] = cls.writable  # type: ignore[attr-defined]
        for part, holder, rows in parts:
            for item in fields(holder):
                column = Column(part, item.name, rows, writable.get(item.name))
                own = vars(cls).get(item.name)
                if own is None:
                    setattr(cls, item.name, column)
                elif isinstance(own, property) and item.name not in cls._derived:  # type: ignore[attr-defined]
                    setattr(cls, f"{item.name}_row", column)
        return cls

    return decorate
