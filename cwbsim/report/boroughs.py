"""Who gains and who loses where several boroughs are simulated: a policy's effect on each of them."""

from __future__ import annotations

import pandas as pd

from cwbsim.outcomes.registry import BREAKDOWNS
from cwbsim.region.run import TOGETHER
from cwbsim.report.wording import amount, change, in_reading_order, label, span, unit_in_words

__all__ = ["borough_rows", "has_boroughs"]

#: What a neighbour wants to know of another borough's policy.
ASKED = ("local_spend", "jobs", "residents_in_work", "unemployment_rate", "disposable_income", "gross_value_added",
         "wider_area_jobs", "uk_jobs")  # fmt: skip
HEADINGS = ("", "borough", "unit", "baseline", "policy", "difference", "95 % interval")


def has_boroughs(divided: pd.DataFrame) -> bool:
    """Whether a table of breakdowns (``Comparison.divided``) is of more than one borough."""
    return "borough" in divided.columns


def borough_rows(divided: pd.DataFrame, scenario: str) -> list[tuple[str, ...]]:
    """Return the table of one policy as cells, a row for each outcome and borough, headings first.

    Parameters
    ----------
    divided : pandas.DataFrame
        Of ``Comparison.divided``.
    scenario : str
        Title of the policy.
    """
    others = [c for c in BREAKDOWNS if c in divided.columns]
    whole = divided[(divided["scenario"] == scenario) & (divided["borough"] != "") & (divided[others] == "").all(axis=1)]
    rows: list[tuple[str, ...]] = [HEADINGS]
    for name in in_reading_order(n for n in ASKED if n in set(whole["outcome"])):
        mine = whole[whole["outcome"] == name].to_dict("records")
        mine.sort(key=lambda row: row["borough"] == TOGETHER)  # the sum comes last
        for n, row in enumerate(mine):
            step = max(abs(row[key]) for key in ("difference", "low", "high") if pd.notna(row[key]))
            unit = row["unit"]
            rows.append(
                (
                    label(name) if n == 0 else "",
                    str(row["borough"]).replace("_", " ").title(),
                    unit_in_words(unit),
                    amount(row["baseline"], unit, step=abs(row["difference"])),
                    amount(row["policy"], unit, step=abs(row["difference"])),
                    change(row["difference"], unit, within=step),
                    span(row["low"], row["high"], unit, within=step) or "one seed: none",
                )
            )
    return rows
