"""A part of the work has to be passed on to firms of the borough."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cwbsim.levers.base import Rule, dial, towards

if TYPE_CHECKING:
    from cwbsim.world import Terms


class SecondTierClause(Rule):
    """Holders of contracts have to sub-contract a share of the payment to firms of the borough in their trade.

    It is kept as far as promises are: better where somebody follows up. Bidders add what it costs them to
    find and manage sub-contractors. It binds contracts let from then on.
    """

    moves: ClassVar[str] = "local_subcontracts"
    evidence: ClassVar[str] = (
        "Asked for by large authorities and in construction; kept shares are not published in a "
        "comparable way."
    )
    limits: ClassVar[str] = (
        "Sub-contractors are drawn among firms of the contract's own section, by size, at the "
        "holder's price."
    )
    law: ClassVar[str] = (
        "What bidders plan to place with small firms and social enterprises of the area may be scored, at any value, if "
        "bidders from everywhere could offer it. Above the thresholds nobody may be required to sub-contract in a named "
        "place. Read the clause as a plan that was scored and is then held to; no date or value is checked."
    )

    share: float = dial(
        0.0, 0.0, 0.5, "share of payment",
        "assumed: large authorities ask main contractors for 10-30 % with small firms", 2025, "nil changes nothing",
    )  # fmt: skip

    def terms(self, now: Terms, month: int) -> Terms:
        """Ask for the share."""
        if self.share == 0.0:
            return now
        return replace(now, second_tier=towards(now.second_tier, self.share, self.strength(month)))
