"""Services the anchors do themselves again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field, field_validator

from cwbsim.levers.base import Rule, dial
from cwbsim.world import SECTIONS

if TYPE_CHECKING:
    from cwbsim.world import Terms


class Insourcing(Rule):
    """A share of services is brought in-house when the contract ends, and stays there.

    Staff come over with the work, on the anchor's scales of pay; materials are bought; no profit is paid.
    Which services is drawn once for each need. When the lever ends they go out to tender, one by one.
    """

    moves: ClassVar[str] = "in_house_services"
    evidence: ClassVar[str] = (
        "Islington brought £380m of services and 1,200 staff in-house; APSE's surveys: most councils "
        "insourced something, savings mixed."
    )
    limits: ClassVar[str] = (
        "Set-up costs, sickness, quality and pensions deficits are not simulated; pay follows the "
        "anchor's scales only for new staff."
    )

    share: float = dial(
        0.0, 0.0, 1.0, "share of needs the anchor can influence",
        "Islington brought £380m of services and 1,200 staff in-house over some years; APSE finds that most councils"
        " have insourced something", 2019, "of the sections named; nil changes nothing",
    )  # fmt: skip
    sections: tuple[str, ...] = Field(
        default=("E", "F", "N", "S"),
        min_length=1,
        json_schema_extra={
            "unit": "SIC sections",
            "note": "waste, repairs and works, cleaning and grounds, other services",
        },
    )

    @field_validator("sections")
    @classmethod
    def _known(cls, letters: tuple[str, ...]) -> tuple[str, ...]:
        for letter in letters:
            if letter not in SECTIONS:
                raise ValueError(f"section {letter!r} is not one of {SECTIONS[0]} to {SECTIONS[-1]}")
        return letters

    def terms(self, now: Terms, month: int) -> Terms:
        """Bring the share of the sections named in-house."""
        share = self.share * self.strength(month)
        if share == 0.0:
            return now
        wanted = now.insourced.copy()
        for letter in self.sections:
            wanted[:, SECTIONS.index(letter)] = np.maximum(wanted[:, SECTIONS.index(letter)], share)
        return replace(now, insourced=wanted)
