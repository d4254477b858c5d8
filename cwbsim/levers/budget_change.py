"""What anchors have to spend on contracts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cwbsim.levers.base import Rule, dial, towards

if TYPE_CHECKING:
    from cwbsim.world import Terms


class BudgetChange(Rule):
    """Contract budgets are cut or grow, and so do the grants that pay for them.

    Every need is cut or grows in the same proportion, contracts in force included: less is asked of whoever holds
    them. The money comes from, or goes back to, the Treasury. Several in one scenario make a path: each moves budgets
    from where the ones before it left them towards its own.
    """

    moves: ClassVar[str] = "service_volume"
    evidence: ClassVar[str] = (
        "Spending power of English councils fell from 2010 on; what Preston's measured anchors spend on suppliers fell from "
        "£750m in 2012/13 to about £617m in 2016/17 (CLES), by 18 %."
    )
    limits: ClassVar[str] = (
        "Which contracts are cut is not simulated, nor payrolls, grants to the voluntary sector or what an anchor has taken "
        "in-house; taxes elsewhere do not change with what the Treasury saves."
    )

    share: float | None = dial(
        None, 0.2, 3.0, "contract budget over that of the start", "definition: a path of budgets", 2025,
        "left out, budgets stay as they are",
    )  # fmt: skip

    def terms(self, now: Terms, month: int) -> Terms:
        """Move budgets towards the share, as far as the ramp has got."""
        return replace(now, budget=towards(now.budget, self.share, self.strength(month)))
