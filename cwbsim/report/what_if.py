"""What a scenario that the law of its date forbids says in files that show no title."""

from __future__ import annotations

import pandas as pd

from cwbsim.law import what_if
from cwbsim.scenario import Scenario

COLUMN = "what_if"


def words_of(*scenarios: Scenario) -> str:
    """Return what is unlawful in any of some scenarios, ``"what-if, unlawful at its date: bid_preference"``, or nothing."""
    return "; ".join(dict.fromkeys(words for one in scenarios if (words := what_if(one))))


def marked(frame: pd.DataFrame, *scenarios: Scenario) -> pd.DataFrame:
    """Return a table with a last column that says so in every row; where all is lawful, the table as it is."""
    words = words_of(*scenarios)
    return frame.assign(**{COLUMN: words}) if words else frame
