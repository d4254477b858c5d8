"""Seeds as the command line, ``simulate``, ``compare`` and ``Borough`` take them: one range, refused in the same words."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Integral
from typing import TypeGuard

from cwbsim.errors import UserError

__all__ = ["LARGEST_SEED", "checked_seed", "checked_seeds"]

LARGEST_SEED = 2**32 - 1


def checked_seed(given: object, name: str = "seed", where: str = "") -> int:
    """Return a seed as an int.

    Parameters
    ----------
    given : object
        A whole number from 0 to ``LARGEST_SEED``, numpy's too.
    name : str
        What the caller calls it.
    where : str
        The file and line, if it stands in one.

    Raises
    ------
    UserError
        If it is anything else.
    """
    if _is_whole(given) and 0 <= int(given) <= LARGEST_SEED:
        return int(given)
    raise UserError(
        f"{name} is {given!r}",
        where,
        allowed=f"a whole number from 0 to {LARGEST_SEED}: chance is drawn by key from a seed, not by a generator",
    )


def checked_seeds(given: object, first: int, where: str = "") -> tuple[int, ...]:
    """Return seeds, of which either the number is given or each.

    Parameters
    ----------
    given : object
        How many, counted from the first; or the seeds themselves.
    first : int
        The first, where their number is given.
    where : str
        The file and line, if they stand in one.

    Raises
    ------
    UserError
        If it is neither, or there are none, or one is out of range or given twice.
    """
    if _is_whole(given):
        counted = range(first, first + int(given))
        if counted:
            checked_seed(counted[-1], f"the last of {given} seeds from {first}", where)
        out = tuple(counted)
    elif isinstance(given, Iterable) and not isinstance(given, str | bytes):
        out = tuple(checked_seed(one, "one of the seeds", where) for one in given)
    else:
        raise UserError(
            f"seeds is {given!r}", where, "how many, such as 8; or the seeds themselves, such as [1, 2, 3]"
        )
    if not out:
        raise UserError("there are no seeds to run", where, "1 or more")
    if len(set(out)) < len(out):
        raise UserError(f"a seed is given twice: {list(out)}", where, mend="each seed counts once")
    return out


def _is_whole(given: object) -> TypeGuard[Integral]:
    """Whether it is a whole number; true and false, which Python takes for 1 and 0, are not."""
    return isinstance(given, Integral) and not isinstance(given, bool)
