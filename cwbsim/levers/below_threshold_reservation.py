"""Small contracts kept for suppliers of the place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from cwbsim.levers.base import Rule, dial
from cwbsim.terms import FOR_ALL, FOR_SME, FOR_SOCIAL
from cwbsim.world import BOROUGH, SECTIONS, WIDER

if TYPE_CHECKING:
    from cwbsim.world import Terms

LIGHT_TOUCH = ("I", "P", "Q", "R")
"""Sections whose services are light-touch almost throughout; of others (legal, security, postal) only a part is."""


class BelowThresholdReservation(Rule):
    """Contracts worth less than a bound are open only to suppliers of the borough, or of the wider area.

    There is still a competition, among those who may bid: a contract that would have been given directly or let
    through a framework is put out to an open tender of them instead, while quotes stay quotes. Where nobody
    bid, the contract is put out to everybody the next time. What counts is where a supplier works, not its
    address: a branch that is a mere front gets through as far as officers do not see it. In England lawful from
    4 February 2026, for councils, police and fire, below the threshold.
    """

    moves: ClassVar[str] = "reserved_tender_share"
    evidence: ClassVar[str] = (
        "Below-threshold contracts are almost two thirds of sub-central awards and about £1bn of "
        "value (2025). Japan: without set-asides 40 % of small firms would leave (Nakabayashi 2013); "
        "Russia: lower prices for small contracts."
    )
    limits: ClassVar[str] = (
        "It does not reach large contracts, nor anchors whom the exemption leaves out. Retaliation by "
        "neighbours is a lever of its own (everybody_adopts). Of what it does, the part that comes of opening direct "
        "awards and frameworks to competition is not told apart from the part that comes of who may bid."
    )
    law: ClassVar[str] = (
        "Councils and police may since 4 February 2026 (SI 2026/94), up to the threshold of goods and services, of works "
        "and of light-touch services; nobody else may. Anything more is refused."
    )

    below: float = dial(
        0.0, 0.0, 5_372_609.0, "£ of contract value, VAT included",
        "SI 2026/94 and Procurement Act 2023: thresholds of £207,720 for goods and services of sub-central bodies and"
        " £5,193,000 for works from 1 January 2026", 2026,
        "nil reserves nothing",
    )  # fmt: skip
    below_works: float | None = dial(
        None, 0.0, 5_672_609.0, "£ of contract value, VAT included", "as `below`", 2026,
        "for construction (section F), where the threshold is higher; left out, as `below`",
    )  # fmt: skip
    below_light_touch: float | None = dial(
        None, 0.0, 796_248.0, "£ of contract value, VAT included",
        "Procurement Act 2023: threshold of £663,540 for light-touch services; £796,248 with VAT in 2020-21", 2026,
        "for light-touch services (sections I, P, Q and R: catering, education, health and social care, culture and sport),"
        " where the threshold is higher; left out, as `below`",
    )  # fmt: skip
    area: Literal["borough", "wider_area"] = Field(
        default="borough",
        json_schema_extra={"unit": "place", "note": "the authority's own area, or its county and those around"},
    )
    only: Literal["all", "sme", "social"] = Field(
        default="all",
        json_schema_extra={
            "unit": "kind of supplier",
            "note": "among them: all, small and medium-sized ones, or social enterprises and co-operatives",
        },
    )

    def terms(self, now: Terms, month: int) -> Terms:
        """Reserve contracts below the bound, which grows over the ramp."""
        asked = (self.below, self.below_works, self.below_light_touch)
        bounds = [self.below if most is None else most for most in asked]
        bound, of_works, of_light_touch = (round(most * 100 * self.strength(month)) for most in bounds)
        if not (bound or of_works or of_light_touch):
            return now
        shape = now.reserve_place.shape
        below = np.full(now.reserve_below.shape, bound, np.int64)
        below[:, SECTIONS.index("F")] = of_works
        below[:, [SECTIONS.index(one) for one in LIGHT_TOUCH]] = of_light_touch
        whom = {"all": FOR_ALL, "sme": FOR_SME, "social": FOR_SOCIAL}[self.only]
        return replace(
            now,
            reserve_below=below,
            reserve_place=np.full(shape, BOROUGH if self.area == "borough" else WIDER, np.int8),
            reserve_for=np.full(shape, whom, np.int8),
        )
