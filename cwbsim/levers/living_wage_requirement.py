"""The Real Living Wage for those who work on the anchors' contracts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cwbsim.levers.base import Rule, dial, towards

if TYPE_CHECKING:
    from cwbsim.world import Terms


class LivingWageRequirement(Rule):
    """Holders of contracts have to pay the staff of the contract the Real Living Wage.

    Bidders whose staff earn less ask for more; under fixed budgets the anchor gets that much less service. It
    is kept as far as promises are, and binds contracts let from then on. Staff of suppliers elsewhere who work
    in the borough are reached like others.
    """

    moves: ClassVar[str] = "share_at_real_living_wage"
    evidence: ClassVar[str] = (
        "16,000 employers pay it; Islington and Preston ask for it in contracts. The Smith "
        "Institute's estimates of gains are advocacy."
    )
    limits: ClassVar[str] = (
        "No effect on productivity, turnover of staff or sickness; differentials above the wage stay "
        "as they are; hours do not change."
    )

    share: float = dial(
        0.0, 0.0, 1.0, "share of the contract's staff",
        "definition: accreditation as a Living Wage employer asks for all of a contract's regular staff", 2025,
        "nil changes nothing",
    )  # fmt: skip

    def terms(self, now: Terms, month: int) -> Terms:
        """Ask for the wage."""
        if self.share == 0.0:
            return now
        return replace(now, living_wage=towards(now.living_wage, self.share, self.strength(month)))
