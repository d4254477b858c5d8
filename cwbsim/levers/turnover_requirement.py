"""How large a bidder has to be for the contract it bids for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cwbsim.levers.base import Rule, dial, towards

if TYPE_CHECKING:
    from cwbsim.world import Terms


class TurnoverRequirement(Rule):
    """Yearly turnover a bidder must have, over the yearly value of the contract.

    A lower one lets smaller firms bid, and is worth getting ready for; how much they can take on is still
    bounded by their size. A branch counts as large as the chain that owns it.
    """

    moves: ClassVar[str] = "bidders_per_tender"
    evidence: ClassVar[str] = (
        "The Public Contracts Regulations 2015 cap it at twice the contract value; 55 % of small "
        "firms name qualification thresholds as the top complaint (2021)."
    )
    limits: ClassVar[str] = (
        "Small firms that win large contracts fail no more often for it in the model than their cash "
        "makes them."
    )

    multiple: float | None = dial(
        None, 0.0, 2.0, "yearly turnover over yearly contract value",
        "Public Contracts Regulations 2015 reg. 58(9): at most twice the contract value; practice below the cap is not"
        " measured", 2015, "left out, it stays as without this lever (1)",
    )  # fmt: skip

    def terms(self, now: Terms, month: int) -> Terms:
        """Move the requirement towards the one asked for."""
        return replace(
            now, turnover_requirement=towards(now.turnover_requirement, self.multiple, self.strength(month))
        )
