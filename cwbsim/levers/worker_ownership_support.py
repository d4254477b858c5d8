"""Help for owners who retire to sell to their staff."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cwbsim.levers.base import AnchorNames, Programme, buy_service, dial, takes_from_other_bodies
from cwbsim.world import SECTIONS

if TYPE_CHECKING:
    from cwbsim.world import Terms, World

ADVICE = SECTIONS.index("M")


class WorkerOwnershipSupport(Programme):
    """Advice that turns private firms of the borough into worker co-operatives, one by one.

    Which firms of five staff or more is drawn by lot among those owned here. The owner is paid out of the
    firm's cash; from then on profit goes to the staff, where they live, and the firm closes less often.
    """

    moves: ClassVar[str] = "worker_owned_firms"
    evidence: ClassVar[str] = (
        "Five-year survival of co-operatives 72 % against 43-56 %; about 400 worker co-operatives in "
        "the UK, a flat number; Cleveland's Evergreen grew from 12 staff to 320 in twelve years."
    )
    limits: ClassVar[str] = (
        "No effect on productivity or pay; buy-outs are paid from the firm's cash at once, not from "
        "later profit."
    )

    cost_per_firm: float = dial(
        20_000.0, 2000.0, 200_000.0, "£ a conversion",
        "assumed: legal and business advice; Cleveland's co-operatives cost far more to start, from nothing", 2025,
    )  # fmt: skip

    def conversions(self, month: int) -> float:
        """Firms a month that this month's money turns over to their staff."""
        return self.budget_a_year * self.strength(month) / (12.0 * self.cost_per_firm)

    def terms(self, now: Terms, month: int) -> Terms:
        """Convert as many firms as the money reaches."""
        extra = self.conversions(month)
        return replace(now, conversions=now.conversions + extra) if extra > 0.0 else now

    def spend(self, world: World, month: int) -> None:
        """Pay the month's advice."""
        total = int(self.month_pence(month) * world.scale)
        if total:
            bound = self.binds(AnchorNames.of(world))
            paid = takes_from_other_bodies(world, bound, total, f"levers.{self.key()}.budget_a_year")
            buy_service(world, "advice_on_ownership", paid, ADVICE)
