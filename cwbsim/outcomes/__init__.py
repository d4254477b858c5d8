"""What is measured: one function per outcome. To add one, decorate a function in a file of this folder.

A function reads the world at the end of a month (through a :class:`Reading`, which works out once what
several outcomes need) and never writes. Its docstring is its definition, and is shown to users.
"""

from __future__ import annotations

import importlib
import pkgutil

from cwbsim.outcomes.breakdowns import labels
from cwbsim.outcomes.reading import Reading
from cwbsim.outcomes.registry import OUTCOMES, Outcome, outcome

__all__ = ["OUTCOMES", "Outcome", "Reading", "labels", "measure", "outcome", "outcome_rows"]

for _name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
    importlib.import_module(f"{__name__}.{_name}")


def measure(now: Reading) -> dict[str, object]:
    """Return the value of every outcome at the end of the month.

    Parameters
    ----------
    now : Reading
        Of a world whose month is finished.

    Returns
    -------
    dict of str to float or ndarray of float64, shape (n,)
        By name; an array where the outcome is broken down, in the order of :func:`labels`.
    """
    return {name: one.function(now) for name, one in OUTCOMES.items()}


def outcome_rows() -> list[dict[str, str | bool]]:
    """Return one row an outcome (name, unit, kind, breakdown, headline, scaled, definition), headlines first."""
    rows: list[dict[str, str | bool]] = [
        {
            "name": one.name,
            "unit": one.unit,
            "kind": one.kind,
            "breakdown": one.breakdown,
            "headline": one.headline,
            "scaled": one.scaled,
            "definition": one.definition,
        }
        for one in OUTCOMES.values()
    ]
    return sorted(rows, key=lambda row: not row["headline"])
