"""The page on the law: what is refused at which date, to whom, taken from the rules themselves."""

from __future__ import annotations

from datetime import date
from typing import Any

from cwbsim.law import THRESHOLDS, rules

KINDS = {
    "council": "councils", "police": "police", "hospital_trust": "hospital trusts", "college": "colleges",
    "university": "universities", "housing_association": "housing associations",
}  # fmt: skip
#: Rule that a check reads: its heading, and what is refused.
CHECKED = {
    "reservation": (
        "Keeping contracts for suppliers of a place",
        "`below_threshold_reservation` with a bound, before the date or for an anchor that may not; and a `below`,"
        " `below_works` or `below_light_touch` above the threshold of the day",
    ),
    "preference": ("A price advantage for where a supplier is", "`bid_preference` with a `preference`, at any date"),
    "payment": ("The term of payment", "`prompt_payment` with more `days`"),
}
HEAD = """# The law of the date

What an anchor may do differs from year to year and from kind to kind. A scenario has a first month (`starts`, "2026-04" if
it says nothing), each lever a `start_month`, and a lever is held against the rules of the first day of the month in which it
starts, for every anchor it binds. What they forbid is refused, with the rule, the file and line, and what would be lawful.

The rules are data, `cwbsim/data/law/england.toml`: each has the day it holds from and its source. They are simplified, of England
only, and no legal advice; *recalled* means that the text was not at hand when it was written down. Every rule named
below holds until a later one takes its place.
"""
ALLOW = """## `unlawful = "allow"`

A scenario may ask what would be if it were allowed: `unlawful = "allow"` at the top. It then runs, and says so: *(what-if,
unlawful at its date: bid_preference)* stands behind its title wherever the title is shown, in tables, pictures, pages and
files; a CSV file that shows no title has a last column `what_if`. Leave the lever out and the words go.
"""
PLACE = """## Named by place: where the line runs

No scenario is refused for `second_tier_clause` or for the `local_sub_contracts` and `local_hires` of `prescriptive_priorities`,
for what decides is how the tender words them, and the model has no words.

- **May be scored**, at any value: what a bidder offers in social value for the area where the contract is carried out (jobs and
  training for people without work, work for small firms and social enterprises), where it has to do with the
  contract, is in proportion to it, and a bidder from anywhere could offer it. The Public Services (Social Value) Act 2012
  has councils consider it for services above the threshold; the National Procurement Policy Statement of February 2025 asks
  for it.
- **May not be required above the thresholds**: that the supplier or its sub-contractors be in a named place. That treats
  suppliers elsewhere worse (Procurement Act 2023 ss.12 and 90; Public Contracts Regulations 2015 reg. 18).
- **Below the thresholds** councils and the police were kept from considering where a supplier is by section 17 of the Local
  Government Act 1988 until SI 2026/94 (4 February 2026). Whether a clause on *sub-contractors* fell under it too, no rule
  of a clear date says.

So read a `second_tier_clause` as a plan that bidders were scored on and then held to. As an order to use firms
of the borough it could be challenged above the thresholds.
"""


def page() -> str:
    """Return the page, in Markdown."""
    read = rules()
    lines = [HEAD, "## What is refused", "", "| rule | refused |", "|---|---|"]
    lines += [f"| [{head}](#{_anchor(head)}) | {refused} |" for head, refused in CHECKED.values()]
    lines += ["", *_thresholds(read["threshold"]), *_light_touch(read["light_touch"])]
    for name, (head, _) in CHECKED.items():
        lines += [f"## {head}", "", "| from | binds | rule | source |", "|---|---|---|---|"]
        lines += [f"| {_day(row)} | {_kinds(row)} | {row['rule']} | {row['source']} |" for row in read[name]]
        lines.append("")
    lines += [ALLOW, PLACE, "## What is not checked", "", "| from | rule | why no check reads it | source |", "|---|---|---|---|"]
    lines += [f"| {_day(row)} | {row['rule']} | {row['why']} | {row['source']} |" for row in read["unchecked"]]
    lines += [
        "",
        "Nor is looked at what changes while a lever is in force (thresholds move every second January), nor at which anchors"
        " a neighbour has that takes the levers over (`adopters`).", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _thresholds(rows: tuple[dict[str, Any], ...]) -> list[str]:
    lines = [
        "## Thresholds", "",
        "Of sub-central authorities, £ of contract value with VAT. Until 2021 they were published without it (in brackets);"
        " VAT at 20 % is added.", "",
        "| from | " + " | ".join(THRESHOLDS.values()) + " | source |", "|---|" + "---:|" * len(THRESHOLDS) + "---|",
    ]  # fmt: skip
    for row in rows:
        cells = [_pounds(row, name) for name in THRESHOLDS]
        lines.append(f"| {_day(row)} | {' | '.join(cells)} | {row['source']} |")
    return [*lines, ""]


def _light_touch(rows: tuple[dict[str, Any], ...]) -> list[str]:
    return [
        f"**Light-touch services** since {_day(row)} (in the model sections {', '.join(row['sections'])}): {row['rule']}."
        f" Source: {row['source']}.\n"
        for row in rows
    ]


def _pounds(row: dict[str, Any], name: str) -> str:
    if name not in row:
        return "none"
    bare = row.get(f"{name}_ex_vat")
    return f"{row[name]:,}" + (f" ({bare:,})" if bare else "")


def _day(row: dict[str, Any]) -> str:
    day = date.fromisoformat(row["from"])
    return f"{day.day} {day:%B %Y}"


def _kinds(row: dict[str, Any]) -> str:
    return "all" if set(row["kinds"]) == set(KINDS) else ", ".join(KINDS[kind] for kind in row["kinds"])


def _anchor(head: str) -> str:
    return head.lower().replace(" ", "-")
