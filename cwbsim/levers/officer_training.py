"""Training for those who buy."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cwbsim.levers.base import AnchorNames, Programme, buy_service, dial, takes_from_other_bodies
from cwbsim.world import SECTIONS

if TYPE_CHECKING:
    from cwbsim.world import Terms, World

TEACHING = SECTIONS.index("P")


class OfficerTraining(Programme):
    """Courses for procurement officers: panels tell practice from writing and read quality with less error.

    Skill rises from the usual level towards `skill` as far as the money reaches all who buy. Skilled officers
    also see through an address that is no business, where being local counts. Paid for by the anchors it
    binds out of what they pay other public bodies elsewhere, to colleges and trainers (section P).
    """

    moves: ClassVar[str] = "price_over_should_cost"
    reaches: ClassVar[str] = "officers"
    evidence: ClassVar[str] = (
        "Buyers at the 90th percentile of competence save $102,619 and 54.5 days a contract in the "
        "United States (Decarolis et al. 2018); a quarter of UK bodies said in 2018 that they had the "
        "skills."
    )
    limits: ClassVar[str] = (
        "Better specifications, fewer delays and fewer variations after the award are not simulated: "
        "only what a panel sees when it scores."
    )

    skill: float = dial(
        0.8, 0.0, 1.0, "share",
        "assumed: from two fifths to four fifths. A US study finds that buyers at the 90th percentile of competence save"
        " $102,619 and 54.5 days a contract (Decarolis et al. 2018), which sets no share", 2018,
        "how well a trained panel tells practice from writing",
    )  # fmt: skip
    cost_per_officer: float = dial(
        2000.0, 200.0, 20_000.0, "£ an officer a year",
        "assumed: a course of a week and cover for the post", 2025,
    )  # fmt: skip
    officers: float = dial(
        40.0, 0.01, 500.0, "officers",
        "assumed: all who buy in a borough's anchors, not the procurement team alone", 2025,
        "in posts; fewer if it binds fewer anchors",
    )  # fmt: skip

    def coverage(self, month: int) -> float:
        """Share of the officers that this month's money trains, 0-1."""
        return min(1.0, self.budget_a_year * self.strength(month) / (self.cost_per_officer * self.officers))

    def terms(self, now: Terms, month: int) -> Terms:
        """Raise officers' skill, as far as the money reaches; nobody unlearns."""
        covered = self.coverage(month)
        if covered == 0.0:
            return now
        return replace(
            now, officer_skill=now.officer_skill + covered * (self.skill - now.officer_skill).clip(min=0.0)
        )

    def spend(self, world: World, month: int) -> None:
        """Pay the month's courses."""
        total = int(self.month_pence(month) * world.scale)
        if total:
            bound = self.binds(AnchorNames.of(world))
            paid = takes_from_other_bodies(world, bound, total, f"levers.{self.key()}.budget_a_year")
            buy_service(world, "officer_training", paid, TEACHING)
