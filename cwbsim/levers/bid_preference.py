"""A price advantage for suppliers of the borough: a what-if, for it is unlawful in England."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from cwbsim.levers.base import Rule, dial, towards

if TYPE_CHECKING:
    from cwbsim.world import Terms


class BidPreference(Rule):
    """A part of the price of suppliers of the borough is taken off when bids are scored; the anchor pays it all.

    Bidders know: one with a preference asks for more, one without for less, and those who see their chance
    fall may stay away. `entry_responds = false` holds entry as it is without a preference, to tell the two
    apart. A branch of a supplier elsewhere may pass for local, unless officers look closely.
    """

    moves: ClassVar[str] = "price_over_should_cost"
    evidence: ClassVar[str] = (
        "California's 5 % for small firms: cost +3.8 %, of which 0.1 % with entry held (Marion 2007); "
        "about +1.5 % with entry modelled (Krasnokutskaya and Seim 2011, recalled)."
    )
    limits: ClassVar[str] = (
        "Unlawful in England: a what-if. Dynamic effects on who survives are those of the simulated "
        "firms only."
    )
    law: ClassVar[str] = 'No bidder may be scored better for where it is: refused, unless the scenario says `unlawful = "allow"`.'

    preference: float = dial(
        0.0, 0.0, 0.2, "share of price",
        "California gives small firms 5 % in road contracts (Marion 2007; Krasnokutskaya and Seim 2011); federal"
        " programmes in the United States up to 12 %", 2011,
        "nil changes nothing",
    )  # fmt: skip
    entry_responds: bool = Field(
        default=True,
        json_schema_extra={"unit": "yes or no", "note": "whether bidders count on it when they decide to bid"},
    )

    def terms(self, now: Terms, month: int) -> Terms:
        """Take the preference off prices of the borough."""
        strength = self.strength(month)
        if strength == 0.0 or self.preference == 0.0:
            return now
        return replace(
            now,
            preference=towards(now.preference, self.preference, strength),
            entry_responds=now.entry_responds if self.entry_responds else np.zeros_like(now.entry_responds),
        )
