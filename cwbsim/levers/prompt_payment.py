"""How soon invoices are paid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cwbsim.levers.base import Rule, dial, towards

if TYPE_CHECKING:
    from cwbsim.world import Terms


class PromptPayment(Rule):
    """Days from invoice to payment, for every contract at once.

    Sooner payment moves money once, from anchors to their suppliers: fewer of those run out of credit, and
    those that have drawn most of it may hire again. What waiting costs is in the price of later bids.
    """

    moves: ClassVar[str] = "owed_to_suppliers"
    evidence: ClassVar[str] = (
        "Paying federal suppliers 15 days sooner raised their jobs, with crowding out, and net about "
        "nothing where labour markets are tight (Barrot and Nanda 2020)."
    )
    limits: ClassVar[str] = (
        "Late payment between firms is not simulated; firms pay their own suppliers and staff within "
        "the month."
    )

    days: float | None = dial(
        None, 0.0, 90.0, "days",
        "Procurement Act 2023 s.68: 30 days at most, in sub-contracts too; some councils pay small firms in 10", 2023,
        "left out, it stays as without this lever (30)",
    )  # fmt: skip

    def terms(self, now: Terms, month: int) -> Terms:
        """Move the days towards those asked for."""
        return replace(now, payment_days=towards(now.payment_days, self.days, self.strength(month)))
