"""Who gains where in the borough: a policy's difference by ward, as a map with the numbers behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from cwbsim.analysis.compare import Comparison
from cwbsim.errors import UserError
from cwbsim.report import changes
from cwbsim.report.document import Block, Figure, Text
from cwbsim.report.figures import by_group, finished
from cwbsim.report.wording import change, is_clear

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

MAPPED, LISTED = "residents_in_work_by_ward", "take_home_pay_by_ward"
TITLES = {MAPPED: "Residents in work, by the ward they live in", LISTED: "Take-home pay, by the ward people live in"}
NOTE = (
    "Of {n} wards about {luck} would stand out by luck alone. Wards are parts of the borough and are shown beside each other; "
    "what a ward gains may be what another loses."
)


def ward_blocks(comparison: Comparison, policy: int) -> list[Block]:
    """A map of the wards and a table of their pay; one sentence where the runs hold no wards."""
    frame = wards_of(comparison, policy, MAPPED)
    if not len(frame):
        return [Text("These runs hold no outcome by ward.")]
    several = f" ({comparison.policies[policy - 1].title})" if len(comparison.policies) > 1 else ""
    note = NOTE.format(n=len(frame), luck=max(1, round(0.05 * len(frame))))
    if not any(is_clear(low, high) for low, high in zip(frame["low"], frame["high"], strict=True)):
        note = f"In no ward does the change stand out from luck. {note}"
    blocks: list[Block] = [Text(note), _figure(comparison, policy, frame, TITLES[MAPPED] + several)]
    pay = wards_of(comparison, policy, LISTED)
    if len(pay):
        blocks.append(changes.breakdown_table(pay, f"{LISTED}_{policy}", TITLES[LISTED] + several, "Ward"))
    return blocks


def wards_of(comparison: Comparison, policy: int, outcome: str) -> pd.DataFrame:
    """Rows of an outcome by ward of the comparison's own borough, as `changes.breakdown` gives them."""
    frame = changes.breakdown(comparison, policy, outcome, "ward")
    if "borough" in frame:
        frame = frame[frame["borough"].isin(("", comparison.baseline.place))].reset_index(drop=True)
    return frame


def _figure(comparison: Comparison, policy: int, frame: pd.DataFrame, title: str) -> Figure:
    """The map, or bars where the place has no boundaries of wards."""
    drawing = draw_wards(comparison, frame)
    if drawing is None:
        bars = by_group(comparison, policy, MAPPED, "ward", "Ward", title)
        assert bars is not None  # there are rows
        return bars
    unit = str(frame["unit"].iloc[0])
    said = "; ".join(f"{r['name']} {change(r['difference'], unit)} ({changes.reading(r)})" for r in frame.to_dict("records"))
    table = changes.breakdown_table(frame, f"{MAPPED}_{policy}", title, "Ward")
    return finished(drawing, comparison, f"ward_map_{policy}", title, f"A map of the wards. {said}.", table)


def draw_wards(comparison: Comparison, frame: pd.DataFrame) -> Drawing | None:
    """The map of a difference by ward, grey where it is too close to call; None where no boundaries are at hand."""
    from cwbsim.places.boundaries import load_boundaries
    from cwbsim.places.profile import load_profile
    from cwbsim.report.ward_map import draw_map

    try:
        profile = load_profile(comparison.baseline.place)
        known = {shape.code for shape in load_boundaries(profile.code).wards_of(profile.code)}
    except UserError:
        return None
    codes = {ward.name: ward.code for ward in profile.wards}
    rows = frame.to_dict("records")
    if not rows or not {codes.get(row["code"], "") for row in rows} <= known:
        return None
    values = {codes[row["code"]]: float(row["difference"]) for row in rows if is_clear(row["low"], row["high"])}
    unit = f"Difference the policy makes, {frame['unit'].iloc[0]}. Grey: too close to call"
    return draw_map(values, borough=profile.code, unit=unit)
