"""What Python functions are given as a scenario, refused in the same words by all that do not read files themselves."""

from __future__ import annotations

from pathlib import Path

from cwbsim.errors import UserError
from cwbsim.scenario import Scenario

__all__ = ["checked_scenario"]


def checked_scenario(given: object, name: str = "scenario") -> Scenario:
    """Return what is given, if it is a scenario.

    Parameters
    ----------
    given : object
    name : str
        What the caller calls it.

    Raises
    ------
    UserError
        If it is anything else: how to read a file is said where a path is given.
    """
    if isinstance(given, Scenario):
        return given
    path = isinstance(given, str | Path)
    raise UserError(
        f"{name} is {given!r}, not a Scenario",
        mend=f"load_scenario({str(given)!r})" if path else "load_scenario(...) reads one, Scenario(...) makes one",
    )
