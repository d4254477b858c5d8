"""How much social value counts in a tender."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field, field_validator

from cwbsim.levers.base import Rule, dial
from cwbsim.world import SECTIONS

if TYPE_CHECKING:
    from cwbsim.world import Terms

WEIGHTS = (
    "Manchester asks for 20 % at least; 20-30 % is quite common among councils; PPN 002 (2025) sets 10 %"
)
TIERS = (
    "assumed: anchors ask for more above £30,000-£214,000 a year; the reader of a policy finds its own figure"
)


class SocialValueWeight(Rule):
    """Share of a tender's score given to social value, tiered by section and value; price gives way to it.

    Quality keeps its weight. It reaches a contract when that is next let, and only needs the anchor can
    influence. Needs of a value below the threshold are scored with the default weight, whatever other lever
    raised it for that anchor.
    """

    moves: ClassVar[str] = "social_value_promised"
    evidence: ClassVar[str] = (
        "Manchester asks for 20 % at least, Preston for 20 %, central government for 10 % (PPN 002, "
        "2025); practice is uneven. No controlled comparison of outcomes by weight was found."
    )
    limits: ClassVar[str] = (
        "It does not say what is delivered: without monitoring a higher weight raises promises (P7). "
        "Whether forms for social value keep small firms from bidding (CIOB 2023) is in the cost of "
        "bidding only where another lever puts it."
    )

    weight: float | None = dial(
        None, 0.0, 0.5, "share of score", WEIGHTS, 2025,
        "left out, it stays as without this lever (procurement.default_sv_weight, 0.10)",
    )  # fmt: skip
    by_section: tuple[tuple[str, float], ...] = Field(
        default=(),
        examples=[[["F", 0.2], ["Q", 0.1]]],
        json_schema_extra={
            "unit": "pairs of SIC section and share of score",
            "note": "instead of `weight` there",
        },
    )
    value_threshold: float = dial(
        0.0, 0.0, 50_000_000.0, "£ a year", TIERS, 2025,
        "needs of a smaller yearly value keep the default weight; nil binds all",
    )  # fmt: skip

    @field_validator("by_section")
    @classmethod
    def _known_sections(cls, pairs: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
        for letter, weight in pairs:
            if letter not in SECTIONS:
                raise ValueError(f"section {letter!r} is not one of {SECTIONS[0]} to {SECTIONS[-1]}")
            if not 0.0 <= weight <= 0.5:
                raise ValueError(
                    f"the weight of section {letter} is {weight}, outside 0 to 0.5 (share of score)"
                )
        return pairs

    def terms(self, now: Terms, month: int) -> Terms:
        """Move the weight towards the one asked for, as far as the lever is in force."""
        strength = self.strength(month)
        if strength == 0.0 or (self.weight is None and not self.by_section):
            return now
        target = now.sv_weight.copy() if self.weight is None else np.full(now.sv_weight.shape, self.weight)
        for letter, weight in self.by_section:
            target[:, SECTIONS.index(letter)] = weight
        moved = now.sv_weight + strength * (target - now.sv_weight)
        return replace(
            now,
            sv_weight=np.where(target == now.sv_weight, now.sv_weight, moved),
            sv_threshold=np.full(now.sv_threshold.shape, round(self.value_threshold * 100), np.int64),
        )
