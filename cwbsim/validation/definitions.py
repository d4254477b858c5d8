"""What a finding is: a definition file of ``experiments/validation``, read and checked."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from cwbsim.errors import UserError, unknown

__all__ = ["KINDS", "Finding", "Statistic", "definitions", "folder"]

#: What the range of a statistic is: of published figures; published as a direction alone; assumed round what was
#: published; or none, for a number that is given beside others and compared with nothing.
KINDS = ("published", "direction", "assumed", "none")

type Measured = Mapping[str, float]
type Measure = Callable[[float, int, int], Measured]


@dataclass(frozen=True, slots=True)
class Statistic:
    """One number of a finding.

    Attributes
    ----------
    name : str
        As the measuring function calls it.
    words, unit : str
    value, low, high : float
        Published; a bound that is left out is open. A finding of direction has one bound at nil and no value.
    kind : str
        One of ``KINDS``.
    source : str
    fitted : tuple of str
        What of it the model is fitted to or drawn from; if anything, it is not counted.
    if_missed : str
        The likely reason, where it is missed.
    needs : tuple of str
        Levers without which it cannot be measured, beside those of the finding.
    scored : bool
        A reported change, scored by CRPS against "no change".
    over : str
        What the mean over seeds is divided by, as the measuring function calls it: a ratio of means; "" if nothing.
    size_less : str
        What the size of the mean is set against: size of the one mean less size of the other; "" if nothing.
    nil : bool
        The finding is that it cannot be told from nil, so to agree the interval has to hold nil, too.
    by_construction : str
        Why the model could hardly say anything else; "" if it could.
    """

    name: str
    words: str
    unit: str
    value: float
    low: float
    high: float
    source: str
    fitted: tuple[str, ...]
    if_missed: str
    needs: tuple[str, ...] = ()
    scored: bool = False
    over: str = ""
    kind: str = "published"
    size_less: str = ""
    nil: bool = False
    by_construction: str = ""

    @property
    def beside(self) -> str:
        """The other number it is made with, "" if it is made of one."""
        return self.over or self.size_less


@dataclass(frozen=True, slots=True)
class Finding:
    """A published finding, and the run it is compared with."""

    id: str
    title: str
    finding: str
    design: str
    needs: tuple[str, ...]  # levers without which it cannot be run
    scale: float
    months: int
    seeds: int
    module: str  # of cwbsim.validation, whose function ``measure`` is called
    statistics: tuple[Statistic, ...]
    given: Mapping[str, Any] = field(default_factory=dict)  # figures its run needs, from the definition file

    def measure(self) -> Measure:
        """Return the function from scale, seed and months to the numbers by name."""
        function: Measure = import_module(f"cwbsim.validation.{self.module}").measure
        return function


def folder() -> Path:
    """Return the folder of definition files that ships with the package (in a checkout, the one beside it)."""
    package = Path(__file__).parents[1]
    shipped = package / "experiments" / "validation"
    return shipped if shipped.is_dir() else package.parent / "experiments" / "validation"


def definitions(only: tuple[str, ...] = ()) -> list[Finding]:
    """Return the findings in the order of their numbers.

    Parameters
    ----------
    only : tuple of str
        Ids, ``("P3", "P7")``; all if empty.

    Raises
    ------
    UserError
        An id nobody knows, or a definition file that is not whole.
    """
    found = [_read(file) for file in sorted(folder().glob("p*.toml"))]
    found.sort(key=lambda one: int(one.id[1:]))
    known = {one.id: one for one in found}
    for wanted in only:
        if wanted not in known:
            raise unknown("finding", wanted, known, where="--only")
    return [one for one in found if not only or one.id in only]


def _read(file: Path) -> Finding:
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    try:
        statistics = tuple(_statistic(row) for row in data.pop("statistics"))
        return Finding(**{**data, "needs": tuple(data.get("needs", ()))}, statistics=statistics)
    except (KeyError, TypeError) as fault:
        raise UserError(f"is not a whole definition: {fault}", where=str(file)) from None
    except ValueError as fault:
        raise UserError(str(fault), where=str(file), allowed=", ".join(KINDS)) from None


def _statistic(row: dict[str, Any]) -> Statistic:
    if row["kind"] not in KINDS:
        raise ValueError(f"{row['name']} is of the kind {row['kind']!r}")
    return Statistic(
        name=row["name"], words=row["words"], unit=row["unit"], value=float(row.get("value", math.nan)),
        low=float(row.get("low", -math.inf)), high=float(row.get("high", math.inf)), source=row["source"],
        fitted=tuple(row.get("fitted", ())), if_missed=row.get("if_missed", ""), needs=tuple(row.get("needs", ())),
        scored=bool(row.get("scored", False)), over=row.get("over", ""), kind=row["kind"], size_less=row.get("size_less", ""),
        nil=bool(row.get("nil", False)), by_construction=row.get("by_construction", ""),
    )  # fmt: skip
