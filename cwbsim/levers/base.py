"""What a lever is: a Rule that rewrites the terms, or a Programme that also spends. There is no third kind.

Every class is abstract or final. The abstract ones are here; a final one has a file of its own, and the file
is all it needs: `cwbsim.levers.LEVERS` finds it. A final lever writes `terms` as if it bound every anchor;
`in_force` keeps the change to the months and the anchors it does bind.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from cwbsim.errors import UserError, unknown
from cwbsim.parameters import dial
from cwbsim.world import ANCHOR_KINDS, Terms

if TYPE_CHECKING:
    from cwbsim.world import World

LAST_MONTH = 600
__all__ = [
    "AnchorNames", "Lever", "Programme", "Rule", "buy_service", "charge", "check_final", "dial", "in_force",
    "takes_from_other_bodies", "towards",
]  # fmt: skip

CALENDAR = "definition: months are counted from 1, the first one simulated"


@dataclass(frozen=True, slots=True)
class AnchorNames:
    """The anchors of a place by name, in the order of their rows."""

    key: tuple[str, ...]  # (A,) "wigan_council"
    kind: tuple[str, ...]  # (A,) "council"

    @classmethod
    def of(cls, world: World) -> AnchorNames:
        """The names of a world's anchors."""
        kinds = tuple(ANCHOR_KINDS[kind] for kind in world.anchors.kind.tolist())
        return cls(key=tuple(world.fixed.anchor_names), kind=kinds)

    @classmethod
    def of_bodies(cls, bodies: Iterable[Any]) -> AnchorNames:
        """The names of the anchors of a profile: whatever has a key and a kind."""
        return cls(*(tuple(names) for names in zip(*((body.key, body.kind) for body in bodies), strict=True)))

    def meant(self, names: tuple[str, ...], where: str = "") -> NDArray[np.bool_]:
        """Which anchors some names mean, (A,) bool.

        Raises
        ------
        UserError
            A name that is neither "all", nor a kind, nor a key; the nearest known one is named.
        """
        return np.array(_bound(names, self, where), np.bool_)


class Lever(BaseModel):
    """When a policy is in force, how strongly, and on whom. Abstract: derive from `Rule` or `Programme`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    moves: ClassVar[str]
    """The outcome nearest to it mechanically, named without a sign."""
    evidence: ClassVar[str] = ""
    """What is known of it, with sources."""
    limits: ClassVar[str] = ""
    """What it is known not to do."""
    law: ClassVar[str] = ""
    """What the law of England says of it, where it says anything."""

    start_month: int = dial(1, 1, LAST_MONTH, "month", CALENDAR, 2025, "first month in force")
    end_month: int | None = dial(
        None, 1, LAST_MONTH, "month", CALENDAR, 2025, "last month in force; left out, it never ends"
    )
    ramp_months: int = dial(
        0, 0, LAST_MONTH, "months", CALENDAR, 2025, "from the start to full strength, in equal monthly steps"
    )
    anchors: tuple[str, ...] = Field(
        default=("all",),
        min_length=1,
        json_schema_extra={"unit": "kinds or keys of anchors", "note": '"all", a kind, or the key of one'},
    )

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse to derive from a final lever, so that a reader always knows which code runs."""
        parents = [parent for parent in cls.__mro__[1:] if issubclass(parent, Lever)]
        if any(parent.__module__ != __name__ for parent in parents):
            final = parents[0].__name__
            raise TypeError(f"{cls.__name__} derives from the final {final}: derive from Rule or Programme")

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end_month is not None and self.end_month < self.start_month:
            raise ValueError(f"end_month is {self.end_month}, before start_month {self.start_month}")
        return self

    @classmethod
    def key(cls) -> str:
        """The name in scenario files: the class name in snake_case."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def strength(self, month: int) -> float:
        """How far it is in force, from 0 (not at all) to 1.

        With a ramp of r months the k-th month in force has strength k / r until that reaches 1, whenever it
        started; the last month in force is `end_month` itself.
        """
        if month < self.start_month or (self.end_month is not None and month > self.end_month):
            return 0.0
        if self.ramp_months == 0:
            return 1.0
        return min(1.0, (month - self.start_month + 1) / self.ramp_months)

    def binds(self, anchors: AnchorNames) -> NDArray[np.bool_]:
        """Which anchors it binds.

        Parameters
        ----------
        anchors
            Their keys and kinds; a name of several words matches with or without its capitals and spaces.

        Returns
        -------
        (A,) bool

        Raises
        ------
        UserError
            A name that is neither "all", nor a kind, nor a key; the nearest known one is named.
        """
        return anchors.meant(self.anchors, f"levers.{self.key()}.anchors")


    def stage(self, month: int) -> tuple[float, int]:
        """What its terms depend on the month by: its strength, and the pence it spends; otherwise they stay."""
        return self.strength(month), 0


class Rule(Lever):
    """A lever that changes what is asked of others and spends nothing. Abstract."""

    @abstractmethod
    def terms(self, now: Terms, month: int) -> Terms:
        """The terms of this month with this lever in force.

        Pure: the same `now` and `month` give the same answer, `now` is left as it was, and at strength 0 the
        answer equals `now` bit for bit. Terms are made from the defaults, so nothing has to be undone; a month
        of the same `stage` has the same terms.
        """


class Programme(Lever):
    """A lever with a budget, which it spends through the ledger and nowhere else. Abstract."""

    reaches: ClassVar[str] = ""
    """The field that counts whom the budget has to reach, if one does; it goes with the budget in `part`."""

    budget_a_year: float = dial(
        0.0,
        0.0,
        50_000_000.0,
        "£ a year",
        "assumed: no programme of this kind reported by a UK borough comes near the upper bound",
        2025,
        "at full strength; nil does nothing",
    )

    @abstractmethod
    def terms(self, now: Terms, month: int) -> Terms:
        """As for a `Rule`; a programme that changes no terms returns `now`."""

    @abstractmethod
    def spend(self, world: World, month: int) -> None:
        """Spend this month's budget, `month_pence`, through the world's ledger."""

    def month_pence(self, month: int) -> int:
        """Pence to spend this month; at full strength any twelve months in a row add up to the budget."""
        year = round(self.budget_a_year * 100)
        k = month - self.start_month
        full = (k + 1) * year // 12 - k * year // 12
        return int(full * self.strength(month))

    def part(self, share: float) -> Self:
        """The same programme for a part of those it is for: as much money for each of them, so that coverage stays.

        Parameters
        ----------
        share
            Of its budget, above 0 and up to 1; what the budget has to reach is cut as much.
        """
        cut = {"budget_a_year", self.reaches} - {""}
        return self.model_copy(update={name: getattr(self, name) * share for name in cut})

    def stage(self, month: int) -> tuple[float, int]:
        """As of any lever, with the month's pence."""
        return self.strength(month), self.month_pence(month)


@lru_cache(maxsize=256)
def _bound(named: tuple[str, ...], anchors: AnchorNames, where: str) -> tuple[bool, ...]:
    """Which anchors are among those named."""
    keys, kinds = [_plain(key) for key in anchors.key], [_plain(kind) for kind in anchors.kind]
    chosen = {_plain(name): name for name in named}
    known = {"all", *keys, *kinds, *ANCHOR_KINDS}
    for plain, name in chosen.items():
        if plain not in known:
            raise unknown("anchor", name, known, where=where)
    return tuple("all" in chosen or key in chosen or kind in chosen for key, kind in zip(keys, kinds, strict=True))


def in_force(lever: Rule | Programme, now: Terms, month: int, anchors: AnchorNames) -> Terms:
    """The terms of this month with a lever in force on the anchors it binds, and as they were on the others.

    Parameters
    ----------
    lever
        Any lever.
    now
        Terms so far this month; left as they are.
    month
        From 1.
    anchors
        The names its `anchors` field refers to.

    Returns
    -------
    Terms
        `now` itself if the lever is not in force this month or binds nobody.
    """
    bound = lever.binds(anchors)
    if lever.strength(month) == 0.0 or not bound.any():
        return now
    changed = lever.terms(now, month)
    if bound.all():
        return changed
    kept: dict[str, Any] = {}
    for field in fields(Terms):
        before, after = getattr(now, field.name), getattr(changed, field.name)
        if isinstance(after, np.ndarray):
            rows = bound.reshape(-1, *[1] * (after.ndim - 1))
            kept[field.name] = np.where(rows, after, before)
    return replace(changed, **kept)


def towards(now: NDArray[np.float64], target: float | None, strength: float) -> NDArray[np.float64]:
    """Move values towards a target as far as a lever is in force; those that are there stay bit for bit."""
    if target is None or strength == 0.0:
        return now
    return np.where(now == target, now, now + strength * (target - now))


def takes_from_other_bodies(world: World, bound: NDArray[np.bool_], total: int, where: str) -> NDArray[np.int64]:
    """Divide a month's money of a programme over the anchors that fund it, (A,) pence.

    They fund it in proportion out of what they pay other public bodies elsewhere: nothing is created, and
    contract budgets stay.

    Raises
    ------
    UserError
        If the anchors bound do not pay other public bodies enough.
    """
    free = np.where(bound, world.anchors.to_outside - _spent(world), 0)
    if total > int(free.sum()):
        most = int(free.sum() / world.scale) * 12 // 100
        raise UserError(
            f"the programme spends £{int(total / world.scale) * 12 / 100:,.0f} a year",
            where=where,
            allowed=f"up to £{most:,} a year, what the anchors bound pay other public bodies elsewhere",
            mend="lower the budget or bind more anchors",
        )
    running = np.array([total * int(part) // max(int(free.sum()), 1) for part in np.cumsum(free)], np.int64)
    return np.diff(running, prepend=0)


def charge(world: World, paid: NDArray[np.int64]) -> None:
    """Remember what programmes have spent of each anchor's money for other public bodies this month."""
    counts, spent = world.market.counts, _spent(world)
    for a in np.flatnonzero(paid):
        counts[f"programme_pence_{a}"] = int(spent[a]) + int(paid[a])


def _spent(world: World) -> NDArray[np.int64]:
    """Return what programmes have spent of each anchor's money this month, (A,) pence."""
    n = world.anchors.to_outside.shape[0]
    return np.array([world.market.counts.get(f"programme_pence_{a}", 0) for a in range(n)], np.int64)


def buy_service(world: World, kind: str, paid: NDArray[np.int64], section: int) -> None:
    """Pay firms of one section of the borough for a programme's work, as far as there are any.

    Parameters
    ----------
    world : World
        Its firms and its ledger change.
    kind : str
        Kind of movement in the books.
    paid : ndarray of int64, shape (A,)
        Pence each anchor pays.
    section : int
        Who is paid, in proportion to usual output; what is left goes outside.
    """
    firms, total = world.firms, int(paid.sum())
    rows = np.flatnonzero(firms.is_open & (firms.section == section))
    able = firms.site_output[rows]
    received = (total * ((able << 24) // max(int(able.sum()), 1))) >> 24
    rest = total - int(received.sum())
    flows = {("anchors", "firms"): total - rest, ("anchors", "outside"): rest}
    world.ledger.post(kind, flows, {"anchors": -paid, "firms": (rows, received)})
    for column in (firms.sales_anchors, firms.turnover, firms.profit):
        column[rows] += received
    world.market.outside_demand[section] += rest
    charge(world, paid)


def check_final(lever: type[Lever]) -> None:
    """Raise unless a class is a whole lever: every abstract method written, and `moves` said."""
    if unwritten := sorted(getattr(lever, "__abstractmethods__", ())):
        raise TypeError(f"{lever.__name__} does not write {', '.join(unwritten)}")
    if not isinstance(getattr(lever, "moves", None), str):
        raise TypeError(f"{lever.__name__} does not say which outcome it moves")
    reaches = getattr(lever, "reaches", "")
    if reaches and reaches not in lever.model_fields:
        raise TypeError(f"{lever.__name__} says that its budget reaches {reaches!r}, which is no field of it")


def _plain(name: str) -> str:
    """A name as a key: lower case, words joined by underscores."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
