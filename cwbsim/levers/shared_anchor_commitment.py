"""Anchors that commit together: one practice, and registrations that count with all of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from cwbsim.levers.base import Rule, dial

if TYPE_CHECKING:
    from cwbsim.world import Terms


class SharedAnchorCommitment(Rule):
    """The anchors named sign up to an agreed social-value practice on the spend they can influence.

    `adherence` is how far they follow it: the part of the way from their own practice to the agreed one, and
    the chance that a tender recognises a firm's registration with another signatory. A pooled pipeline shows
    those who are ready to bid, from wherever they are, what all signatories are going to buy: they hear of
    more of it, and getting ready is worth more.
    """

    moves: ClassVar[str] = "bidders_per_tender"
    evidence: ClassVar[str] = (
        "Preston's anchors committed together to their influenceable spend; how far each followed is "
        "not measured. Leeds, Birmingham and Wigan speak of the same."
    )
    limits: ClassVar[str] = (
        "Joint contracts and shared officers are not simulated. The interaction of signatories is "
        "measured (`cwbsim interaction`): no term of the model holds it. A pipeline works for one signatory too."
    )

    adherence: float = dial(
        0.0,
        0.0,
        1.0,
        "share",
        "assumed: Preston's anchors committed for influenceable spend; how far they followed is not measured",
        2025,
        "nil changes nothing; the ramp is how fast it grows",
    )
    weight: float = dial(
        0.20,
        0.0,
        0.5,
        "share of score",
        "Preston and Manchester: 20 % on social value",
        2023,
        "agreed weight",
    )
    prescriptive: float = dial(
        0.50,
        0.0,
        1.0,
        "share of the social-value score",
        "assumed: Preston splits its score evenly between its own questions and measures suppliers pick",
        2023,
        "agreed share on named priorities",
    )
    recognition: bool = Field(
        default=True,
        json_schema_extra={
            "unit": "yes or no",
            "note": "registration with one signatory counts with the others",
        },
    )

    pipeline: float = dial(
        1.3,
        1.0,
        3.0,
        "times the usual chance",
        "assumed: notices of a pooled pipeline eighteen months ahead; nobody has measured what they do",
        2025,
        "chance of hearing of a signatory's tender at full adherence, for all who are ready to bid",
    )

    def terms(self, now: Terms, month: int) -> Terms:
        """Move practice towards the agreed one and say who recognises whom."""
        share = self.adherence * self.strength(month)
        if share == 0.0:
            return now
        signs = np.ones(now.is_signatory.shape, bool)
        return replace(
            now,
            sv_weight=now.sv_weight + share * (self.weight - now.sv_weight),
            prescriptive=now.prescriptive + share * (self.prescriptive - now.prescriptive),
            pipeline=now.pipeline * (1.0 + share * (self.pipeline - 1.0)),
            is_signatory=signs if self.recognition else now.is_signatory,
            adherence=np.full(now.adherence.shape, share) if self.recognition else now.adherence,
        )
