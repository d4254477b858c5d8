"""Named priorities in place of whatever bidders choose to write about."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cwbsim.levers.base import Rule, dial, towards

if TYPE_CHECKING:
    from cwbsim.world import Terms

MIX = "definition: the three divide one effort in proportion; left at nil they stay as bidders choose"


class PrescriptivePriorities(Rule):
    """The buyer names its priorities (x, y, z) and scores whether a bidder can do them, not how it writes.

    `share` is the part of the social-value score on named priorities; the rest stays supplier-defined, where
    writing scores. `local_hires`, `local_sub_contracts` and `fair_pay` say what the priorities are, and so
    what delivered social value goes into: jobs for residents without work (apprentices among them), work for
    other firms of the borough, or the Real Living Wage for the contract's staff. They bind contracts let from
    then on.
    """

    moves: ClassVar[str] = "social_value_promised"
    evidence: ClassVar[str] = (
        "Designs in use run from open essays to needs fixed by the buyer; no comparison of their "
        "outcomes was found. That writing and doing differ is reported by practitioners (a bidder "
        "that claimed its whole fee as social value)."
    )
    limits: ClassVar[str] = (
        "Environment and volunteering are not simulated. How a tender words its priorities is not tested."
    )
    law: ClassVar[str] = (
        "Benefits to the area of the contract (jobs, training, work for small firms) may be scored where they have to do "
        "with it and bidders from everywhere could offer them: Social Value Act 2012, National Procurement Policy "
        "Statement 2025. Above the thresholds nobody may be required to hire or sub-contract in a named place."
    )

    share: float | None = dial(
        None, 0.0, 1.0, "share of the social-value score",
        "assumed: menus and needs fixed by the buyer are in use (Preston part A and B, Match My Project); no comparison"
        " of outcomes was found", 2025, "left out, it stays as without this lever (0.2)",
    )  # fmt: skip
    local_hires: float = dial(0.0, 0.0, 1.0, "weight", MIX, 2025, "residents without work, apprentices")
    local_sub_contracts: float = dial(0.0, 0.0, 1.0, "weight", MIX, 2025, "work passed on in the borough")
    fair_pay: float = dial(0.0, 0.0, 1.0, "weight", MIX, 2025, "Real Living Wage for the contract's staff")

    def terms(self, now: Terms, month: int) -> Terms:
        """Move the share, and what is delivered, towards the priorities named."""
        strength = self.strength(month)
        if strength == 0.0:
            return now
        mix = np.array([self.local_hires, self.local_sub_contracts, self.fair_pay])
        priorities = now.priorities
        if mix.sum() > 0.0:
            priorities = now.priorities + strength * (mix / mix.sum() - now.priorities)
        return replace(
            now, prescriptive=towards(now.prescriptive, self.share, strength), priorities=priorities
        )
