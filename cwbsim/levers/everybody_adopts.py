"""The neighbours do the same."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from cwbsim.levers.base import Rule, dial

if TYPE_CHECKING:
    from cwbsim.world import Terms


class EverybodyAdopts(Rule):
    """Anchors of the wider area do as those of the borough do, so firms here lose work there.

    As much as anchors here turn from suppliers of the wider area to their own, anchors there turn from
    suppliers of this borough: boroughs are taken to be alike. Firms here sell less to the wider area, those
    there more at home. It mirrors whatever the other levers, and luck, do to purchases here.
    """

    moves: ClassVar[str] = "wider_area_output"
    evidence: ClassVar[str] = (
        "The zero-sum charge against buying locally is disputed; three fifths of Preston's own "
        "measured gain fell outside Preston. Eurace: policy that lifts a target region lowers its "
        "neighbour."
    )
    limits: ClassVar[str] = (
        "Boroughs are taken to be alike; neighbours are an accounting sector. For boroughs simulated "
        "in full, run them together as a region."
    )

    adoption: float = dial(
        0.0, 0.0, 1.0, "share",
        "definition: 0 nobody else, 1 all anchors of the wider area as far as those here", 2025, "nil changes nothing",
    )  # fmt: skip

    def terms(self, now: Terms, month: int) -> Terms:
        """Say how far the neighbours have adopted it."""
        share = self.adoption * self.strength(month)
        return replace(now, wider_adoption=max(now.wider_adoption, share)) if share > 0.0 else now
