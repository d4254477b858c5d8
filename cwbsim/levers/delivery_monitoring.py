"""Somebody who asks whether what was promised is done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cwbsim.levers.base import AnchorNames, Programme, buy_service, dial, takes_from_other_bodies
from cwbsim.world import SECTIONS

if TYPE_CHECKING:
    from cwbsim.world import Terms, World

ADVICE = SECTIONS.index("M")


class DeliveryMonitoring(Programme):
    """Promises are followed up: reports, visits, a clause that is used. More of what can be done is done.

    The share followed up rises towards `followed_up` as far as the money reaches the contracts. It holds for
    contracts let from then on, and for clauses (living wage, second tier) as for promises. Paid for by the
    anchors it binds out of what they pay other public bodies elsewhere.
    """

    moves: ClassVar[str] = "social_value_delivered"
    reaches: ClassVar[str] = "contracts"
    evidence: ClassVar[str] = (
        "No measured rate of delivery was found. Suppliers speak of a black hole once the bid team "
        "has left; the project's rates, 0.5 without and 0.8 with, are assumed."
    )
    limits: ClassVar[str] = (
        "No penalties, no disputes: what is followed up is done more often, and that is all."
    )

    followed_up: float = dial(
        0.9, 0.0, 1.0, "share of promises followed up",
        "assumed: with a contract manager for every contract a tenth escapes; nobody has measured it", 2025,
        "when every contract is reached",
    )  # fmt: skip
    cost_per_contract: float = dial(
        1500.0, 100.0, 20_000.0, "£ a contract a year",
        "assumed: three or four days of a contract manager; the procurement parameter officer_cost_monitoring", 2025,
    )  # fmt: skip
    contracts: float = dial(
        560.0, 0.01, 10_000.0, "contracts",
        "derived: contracts in force of Wigan's anchors times their influenceable shares", 2024,
        "that the money has to reach; fewer if it binds fewer anchors",
    )  # fmt: skip

    def coverage(self, month: int) -> float:
        """Share of the contracts that this month's money follows up, 0-1."""
        return min(1.0, self.budget_a_year * self.strength(month) / (self.cost_per_contract * self.contracts))

    def terms(self, now: Terms, month: int) -> Terms:
        """Raise the share of promises followed up, as far as the money reaches."""
        covered = self.coverage(month)
        if covered == 0.0:
            return now
        return replace(
            now, monitoring=now.monitoring + covered * (self.followed_up - now.monitoring).clip(min=0.0)
        )

    def spend(self, world: World, month: int) -> None:
        """Pay the month's contract management."""
        total = int(self.month_pence(month) * world.scale)
        if total:
            bound = self.binds(AnchorNames.of(world))
            paid = takes_from_other_bodies(world, bound, total, f"levers.{self.key()}.budget_a_year")
            buy_service(world, "delivery_monitoring", paid, ADVICE)
