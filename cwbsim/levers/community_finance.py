"""Money that is lent in the borough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from cwbsim.levers.base import Programme

if TYPE_CHECKING:
    from cwbsim.world import Terms, World


class CommunityFinance(Programme):
    """A fund of the anchors lends to firms owned in the borough that have run out of cash.

    The yearly budget is divided over all anchors by equal parts; those bound lend theirs month by month, as far as
    there are firms that need it. Borrowers pay interest and pay back. What a firm that closes owes is lost. The money comes
    out of what anchors pay other public bodies elsewhere.
    """

    moves: ClassVar[str] = "community_loans"
    evidence: ClassVar[str] = (
        "Lancashire's pension fund put £100m into local investment; what lending of this kind does to "
        "survival is not measured here."
    )
    limits: ClassVar[str] = (
        "Loans keep firms that run out of cash going; they do not found firms, nor finance growth. "
        "What Works Growth expects small effects and displacement."
    )

    def terms(self, now: Terms, month: int) -> Terms:
        """Let each anchor lend its part of the month's money, by equal parts."""
        total = self.month_pence(month)
        if total == 0:
            return now
        n = now.lending.shape[0]
        return replace(now, lending=now.lending + np.diff(total * np.arange(n + 1) // n))

    def part(self, share: float) -> Self:
        """The same fund, whatever the share: of the budget each anchor bound lends its own part and no other's."""
        del share
        return self

    def spend(self, world: World, month: int) -> None:
        """Nothing beside the loans, which the phase of programmes makes by these terms."""
        del world, month
