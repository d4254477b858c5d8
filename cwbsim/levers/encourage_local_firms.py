"""Help for local firms to bid: meet-the-buyer events, advice, less paperwork."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cwbsim.levers.base import AnchorNames, Programme, buy_service, dial, takes_from_other_bodies
from cwbsim.world import SECTIONS

if TYPE_CHECKING:
    from cwbsim.world import Terms, World

ADVICE = SECTIONS.index("M")


class EncourageLocalFirms(Programme):
    """A yearly budget that buys advice for firms of the borough; what it does depends on how many it reaches.

    Paid by the anchors it binds, in proportion, out of what they pay other public bodies elsewhere, to
    advisers (section M) of the borough as far as there are any. Nothing is created: contract budgets stay.
    """

    moves: ClassVar[str] = "local_bids"
    reaches: ClassVar[str] = "firms_in_reach"
    evidence: ClassVar[str] = (
        "In a survey of 2021, 21 % of small firms had never bid and 10 % had given up; qualification "
        "is the top complaint. What events and advice do to that is not measured."
    )
    limits: ClassVar[str] = (
        "Firms do not get better at what they do, only likelier to hear, and bidding is cheaper for "
        "all who bid to the anchors bound. A firm that one anchor helps hears no more of tenders of an "
        "anchor that does not pay for the help."
    )

    cost_per_firm: float = dial(
        1500.0,
        100.0,
        20_000.0,
        "£ a firm a year",
        "assumed: two days of an adviser and a share of an event",
        2025,
    )
    firms_in_reach: float = dial(
        1000.0,
        0.1,
        20_000.0,
        "firms",
        "assumed: the firms of a borough that could bid; beyond it, money does no more",
        2025,
        "fewer if it binds fewer anchors",
    )
    awareness: float = dial(
        2.0,
        1.0,
        4.0,
        "times the usual chance",
        "assumed: nobody has measured it; a firm that is helped hears of twice the tenders",
        2025,
        "chance of hearing of a tender, when every firm is reached",
    )
    paperwork_cut: float = dial(
        0.3,
        0.0,
        0.8,
        "share of cost",
        "assumed: cost of bidding and of getting ready that help and plainer forms save",
        2025,
        "when every firm is reached",
    )

    def coverage(self, month: int) -> float:
        """Share of the firms in reach that this month's money pays for, 0-1."""
        a_year = self.budget_a_year * self.strength(month)
        return min(1.0, a_year / (self.cost_per_firm * self.firms_in_reach))

    def terms(self, now: Terms, month: int) -> Terms:
        """Let more firms hear and make bidding cheaper, as far as the money reaches."""
        covered = self.coverage(month)
        if covered == 0.0:
            return now
        cheaper = 1.0 - self.paperwork_cut * covered
        return replace(
            now,
            awareness=now.awareness * (1.0 + (self.awareness - 1.0) * covered),
            bid_cost=now.bid_cost * cheaper,
            readiness_cost=now.readiness_cost * cheaper,
        )

    def spend(self, world: World, month: int) -> None:
        """Pay the month's advice.

        Raises
        ------
        UserError
            If the anchors bound do not pay other public bodies enough to fund it.
        """
        total = int(self.month_pence(month) * world.scale)  # budgets of a sample are a sample's
        if total == 0:
            return
        bound = self.binds(AnchorNames.of(world))
        paid = takes_from_other_bodies(world, bound, total, f"levers.{self.key()}.budget_a_year")
        buy_service(world, "help_to_bid", paid, ADVICE)
