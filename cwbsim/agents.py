"""Anchor, Firm, Household, Resident: Mesa agents that are views of rows.

An agent here holds nothing but its borough, its row and its key; its attributes are read from the columns of
``world.py`` when they are asked for. A Python object is made only for an agent that somebody looks at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Never

import mesa
import numpy as np

from cwbsim.agent_columns import AgentError, Column, Span, anchor_rows, site_rows, with_columns
from cwbsim.errors import UserError, nearest
from cwbsim.world import Anchors, Employers, Firms, Households, Residents

if TYPE_CHECKING:
    from cwbsim.model import Borough

A_LOT = 10**12  # pence a month, or people: beyond any borough, and far from the room of int64
PENCE = (0, 2**31 - 1)  # what an int32 column of pence holds

__all__ = [
    "AGENT_TYPES", "AgentError", "AgentView", "Anchor", "Column", "Firm", "Household", "Resident", "view_of",
]  # fmt: skip


class AgentView(mesa.Agent):  # type: ignore[misc]
    """What the four kinds of agent share.

    Parameters
    ----------
    model : Borough
    row : int
        Row of its population.

    Attributes
    ----------
    model : Borough
    row : int
    unique_id : int
        Its stable key: the same in every run of the same place, scale and seed, whatever the policy.

    Raises
    ------
    UserError
        Without a row: agents are not made by hand.
    """

    part: ClassVar[str]  # of the world
    writable: ClassVar[dict[str, Span]] = {}  # columns that can be written, with the lowest and the highest value
    _derived: ClassVar[frozenset[str]] = frozenset()  # columns that an attribute of the class replaces
    model: Borough
    row: int
    unique_id: int
    pos = None  # Mesa looks for it; a borough has wards, not a grid

    def __init__(self, model: Borough, row: int | None = None) -> None:
        keys = getattr(model.world, self.part).key
        if row is None:
            raise not_by_hand(f"a {type(self).__name__} cannot be created")
        if not 0 <= row < keys.shape[0]:
            raise UserError(
                f"there is no {type(self).__name__} in row {row}", allowed=f"0 to {keys.shape[0] - 1}"
            )
        self.__dict__.update(model=model, row=int(row), unique_id=int(keys[row]))
        self.check_exists()

    @property
    def exists(self) -> bool:
        """Whether the agent is still there; a firm may have closed since this view was made."""
        return True

    def check_exists(self) -> None:
        """Raise if the agent has gone.

        Raises
        ------
        AgentError
            Saying which.
        """
        if not self.exists:
            raise AgentError(
                f"{type(self).__name__} {self.unique_id} has closed: its premises are vacant or another's",
                mend="ask agent.exists, or take agents afresh from borough.agents_by_type",
            )

    def remove(self) -> Never:
        """Raise: agents come and go by the economy alone.

        Raises
        ------
        UserError
            Always.
        """
        raise not_by_hand(f"{type(self).__name__} {self.unique_id} cannot be removed")

    @classmethod
    def create_agents(cls, model: Any, n: int, *args: Any, **kwargs: Any) -> Never:
        """Raise: agents come and go by the economy alone.

        Raises
        ------
        UserError
            Always.
        """
        del model, args, kwargs
        raise not_by_hand(f"{n} agents of type {cls.__name__} cannot be created")

    @classmethod
    def from_dataframe(cls, model: Any, df: Any, **kwargs: Any) -> Never:
        """Raise, as :meth:`create_agents`.

        Raises
        ------
        UserError
            Always.
        """
        cls.create_agents(model, len(df), **kwargs)

    def __setattr__(self, name: str, value: Any) -> None:
        attribute = getattr(type(self), name, None)
        if isinstance(attribute, Column):
            attribute.__set__(self, value)
            return
        kind, columns = type(self).__name__, sorted(type(self).writable)
        if attribute is not None or name in vars(self):
            raise AgentError(f"{kind}.{name} cannot be written: it follows from the state of the borough")
        guess = nearest(name, columns)
        raise AgentError(
            f"{kind} has no column {name!r} to write; a view of a row holds nothing of its own",
            allowed=", ".join(columns),
            mend=f"did you mean {guess!r}?" if guess else "keep your own values in a dict by agent",
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AgentView) or type(self) is not type(other):
            return NotImplemented
        same = (self.row, self.unique_id) == (other.row, other.unique_id)
        return same and self.model is other.model

    def __hash__(self) -> int:
        return hash((type(self), self.row, self.unique_id))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.unique_id}, row {self.row}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return view_of, (type(self), self.model, self.row, self.unique_id)


def view_of[A: AgentView](kind: type[A], model: Borough, row: int, unique_id: int) -> A:
    """Return the view of a row known to exist, without checking."""
    view = object.__new__(kind)
    view.__dict__.update(model=model, row=row, unique_id=unique_id)
    return view


def not_by_hand(what: str) -> UserError:
    """Return the error for making or removing agents by hand."""
    return UserError(
        f"{what}: the agents of a Borough are rows of its world",
        allowed="firms open and close by the rules of the economy; people, homes and anchors are the place's",
        mend="for other agents build another place or change the scenario; `select` leaves agents out",
    )


def _members(model: Borough, column: np.ndarray, row: int) -> list[Resident]:
    """Residents in whose column a row stands."""
    keys = model.world.residents.key
    return [view_of(Resident, model, r, int(keys[r])) for r in np.flatnonzero(column == row).tolist()]


@with_columns(("anchors", Anchors, None), ("employers", Employers, anchor_rows))
class Anchor(AgentView):
    """An anchor institution (contracting authority). Columns of ``world.Anchors`` and its row of ``Employers``."""

    part = "anchors"
    writable: ClassVar[dict[str, Span]] = {
        "log_pay": (-20, 20),  # pay level of its jobs by skill; pence an hour or month as log, so no pay is beyond it
        "reach_local": (-0.9, 10),
        "reach_wider": (-0.9, 10),
        "reserve": (0, A_LOT),
        "revenue_outside": (0, A_LOT),
        "revenue_treasury": (0, A_LOT),
        "to_outside": (0, A_LOT),
        "to_placements": (0, A_LOT),
        "to_voluntary": (0, A_LOT),
        "to_wider": (0, A_LOT),
        "wanted": (0, 2**31 - 1),  # an anchor decides how many it employs; a firm's follows from its sales
    }

    @property
    def name(self) -> str:
        """Name in the profile of the place."""
        return str(self.model.world.fixed.anchor_names[self.row])

    @property
    def staff(self) -> list[Resident]:
        """Residents of the borough who work for it."""
        world = self.model.world
        return _members(self.model, world.residents.employer, world.anchor_row(self.row))


@with_columns(("firms", Firms, None), ("employers", Employers, site_rows))
class Firm(AgentView):
    """A firm: an open site. Columns of ``world.Firms`` and its row of ``Employers``.

    When it closes, its views stop answering (``exists`` is False), whoever takes the premises next.
    """

    part = "firms"
    writable: ClassVar[dict[str, Span]] = {
        "age_months": (0, 2**31 - 1),
        "bid_skill": (0, 1),
        "growth": (0, 1000),
        "log_pay": (-20, 20),
        "ownership": (0, 2),
        "productivity": (1, A_LOT),
        "quality": (0, 1),
        "registered": (0, 255),
        "sv_practice": (0, 1),
        "unit_cost": (0.01, 100),
    }
    _derived = frozenset({"is_open"})

    @property
    def exists(self) -> bool:
        """Whether it is still open."""
        firms = self.model.world.firms
        return bool(firms.is_open[self.row]) and int(firms.key[self.row]) == self.unique_id

    @property
    def is_open(self) -> bool:
        """The same as ``exists``."""
        return self.exists

    @property
    def owner(self) -> Household | None:
        """Household that takes its profit; None if it is owned elsewhere."""
        row: int = self.owner_row
        return Household(self.model, row) if row >= 0 else None

    @property
    def staff(self) -> list[Resident]:
        """Residents of the borough who work for it."""
        self.check_exists()
        return _members(self.model, self.model.world.residents.employer, self.row)


@with_columns(("households", Households, None))
class Household(AgentView):
    """A household. Columns of ``world.Households``."""

    part = "households"
    writable: ClassVar[dict[str, Span]] = {
        "benefit_most": PENCE,
        "income_decile": (0, 9),
        "other_income": PENCE,
        "pension": PENCE,
        "permanent_income": PENCE,
        "supplier": (-2, 2**31 - 1),
        "work_allowance": PENCE,
    }

    @property
    def residents(self) -> list[Resident]:
        """Its adults who work, look for work, or would work."""
        return _members(self.model, self.model.world.residents.household, self.row)


@with_columns(("residents", Residents, None))
class Resident(AgentView):
    """An adult of the borough who works, looks for work, or would work. Columns of ``world.Residents``."""

    part = "residents"
    writable: ClassVar[dict[str, Span]] = {
        "hours": (0, 744),  # a month has no more
        "pay": PENCE,
        "pay_effect": (-5, 5),
        "skill": (0, 2),
    }

    @property
    def household(self) -> Household:
        """Where it lives."""
        return Household(self.model, self.household_row)

    @property
    def employer(self) -> Firm | Anchor | None:
        """Who employs it in the borough; None without work, or with work elsewhere or for a supplier elsewhere.

        ``status`` says which: 0 employed, 1 unemployed, 2 inactive.
        """
        world = self.model.world
        row: int = self.employer_row
        if row < 0 or row >= world.anchor_row(world.anchors.key.shape[0]):
            return None
        if row >= world.anchor_row(0):
            return Anchor(self.model, row - world.anchor_row(0))
        return Firm(self.model, row) if world.firms.is_open[row] else None


AGENT_TYPES: tuple[type[AgentView], ...] = (Anchor, Firm, Household, Resident)
