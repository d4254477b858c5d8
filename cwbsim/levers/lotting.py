"""Large needs let in lots."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from cwbsim.levers.base import Rule, dial

if TYPE_CHECKING:
    from cwbsim.world import Terms


class Lotting(Rule):
    """A need above a yearly value is let in lots that are bid for one by one.

    More firms are large enough for a lot; every lot costs a competition, to bidders and to officers, and a
    little of the economies of scale. It reaches a need when that is next let. Lots of a need end together, and
    are let as one again when the lever is no longer in force.
    """

    moves: ClassVar[str] = "tenders"
    evidence: ClassVar[str] = (
        "85 % of councils use lots regularly or at times (CLES and FSB 2013); Lancashire let £50.34m "
        "of food in 23 lots. Effects on price are not measured in the United Kingdom."
    )
    limits: ClassVar[str] = (
        "Consortia, packages of lots and bids for several lots at a discount are not simulated."
    )

    largest_lot: float | None = dial(
        None, 10_000.0, 50_000_000.0, "£ a year",
        "assumed: Lancashire County Council let £50.34m of food over four years in 23 lots, £0.5m a lot and year", 2025,
        "left out, nothing is let in lots",
    )  # fmt: skip
    most_lots: float = dial(
        10.0, 1.0, 30.0, "lots", "assumed: 85 % of councils use lots (CLES and FSB 2013); 23 is many", 2025, "of one need"
    )

    def terms(self, now: Terms, month: int) -> Terms:
        """Let needs in lots; over the ramp, lots become as small as asked for."""
        strength = self.strength(month)
        if strength == 0.0 or self.largest_lot is None:
            return now
        shape = now.largest_lot.shape
        return replace(
            now,
            largest_lot=np.full(shape, round(self.largest_lot * 100 / strength), np.int64),
            most_lots=np.full(shape, round(self.most_lots), np.int64),
        )
