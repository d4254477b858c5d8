"""What went wrong, said to the person who can mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import ClassVar

OK, SOME_FAILED, USAGE = 0, 1, 2
LIKE = 0.6  # of the letters in common, from 0 to 1: wait is like weight, hamlet is not like rochdale
BAD_INPUT, MISSING_EXTRA, INTERNAL, CANNOT_WRITE, INTERRUPTED = 65, 69, 70, 73, 130


class UserError(Exception):
    """Something a user wrote cannot be used; nothing is wrong with the program.

    Parameters
    ----------
    what
        The thing and the value that is wrong, in one sentence.
    where
        The file, and the place in it.
    allowed
        What would have been accepted, and on whose word.
    mend
        What to type instead.
    others
        Further errors found in the same reading, so that a file is mended once.
    """

    exit_code: ClassVar[int] = BAD_INPUT

    def __init__(
        self, what: str, where: str = "", allowed: str = "", mend: str = "", others: Sequence[UserError] = ()
    ) -> None:
        super().__init__(what, where, allowed, mend, tuple(others))
        self.what = what
        self.where = where
        self.allowed = allowed
        self.mend = mend
        self.others = tuple(others)

    def each(self) -> list[UserError]:
        """This error and those found with it, one by one."""
        return [type(self)(self.what, self.where, self.allowed, self.mend), *self.others]

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        lines += [f"  allowed: {self.allowed}"] * bool(self.allowed)
        lines += [f"  to mend: {self.mend}"] * bool(self.mend)
        return "\n".join([*lines, *(str(other) for other in self.others)])


class MissingExtraError(UserError):
    """An optional package is needed and absent."""

    exit_code: ClassVar[int] = MISSING_EXTRA


class CannotWriteError(UserError):
    """The place for the results cannot be written to, or is already taken."""

    exit_code: ClassVar[int] = CANNOT_WRITE


def together(errors: Sequence[UserError]) -> UserError:
    """One error that prints them all, in the order found."""
    first, *rest = (one for error in errors for one in error.each())
    return UserError(first.what, first.where, first.allowed, first.mend, others=rest)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one, or None if none is near enough to have been meant."""
    known = list(known)
    by_folded = {k.casefold(): k for k in known}
    found = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=LIKE)
    return by_folded[found[0]] if found else None


def unknown(kind: str, word: str, known: Iterable[str], where: str = "") -> UserError:
    """The error for a name nobody knows: names the nearest known one, and all of them if they are few."""
    known = sorted(known)
    guess = nearest(word, known)
    shown = ", ".join(known[:12]) + (f", ... ({len(known)} in all)" if len(known) > 12 else "")
    return UserError(
        f"unknown {kind} {word!r}",
        where,
        allowed=shown or f"there is no {kind} yet",
        mend=f"did you mean {guess!r}?" if guess else "",
    )
