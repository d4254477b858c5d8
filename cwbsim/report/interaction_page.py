"""A joint scenario and its parts as text, picture and files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cwbsim.report.folder import manifest, write_json, written_whole
from cwbsim.report.inputs import Input
from cwbsim.report.picture import GRID, INK, STYLE
from cwbsim.report.what_if import marked
from cwbsim.report.wording import label, unit_in_words

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from cwbsim.analysis.signatories import Interaction

#: Outcomes drawn, from what a tender meets to who is in work.
DRAWN = ("bidders_per_tender", "price_over_should_cost", "service_volume", "local_spend", "jobs", "residents_in_work")

__all__ = ["interaction_text", "write_interaction"]


def interaction_text(found: Interaction) -> str:
    """Each outcome: every signatory alone, together, and the interaction with its interval."""
    joint, frame = found.comparison.policies[-1], found.to_frame()
    lines = [
        f"{joint.title}: each signatory alone, and together",
        f"{joint.months} months, scale {joint.scale:g}, {len(found.comparison.seeds)} seeds; the last 12 months, less the"
        " scenario in which no signatory acts; 95 % paired t intervals over seeds",
        "Alone: the same levers on one signatory, its part of each programme's budget for the same part of officers, firms and",
        "contracts (as much for each as together), and a commitment that nobody else signs.",
        "Interaction: together less the sum of the parts. No term of the model holds it: it comes of a registration that counts",
        "with all signatories and of what firms make of it; below nil, the parts get in each other's way.",
        "",
    ]
    for name, rows in frame.groupby("outcome", sort=False):
        records = rows.to_dict("records")
        lines.append(f"{label(str(name))} ({unit_in_words(str(records[0]['unit']))})")
        factor, digits = _shown(records)
        for row in records:
            lines.append(_line(row, factor, digits))
        lines.append("")
    return "\n".join(lines).rstrip()


def _shown(records: Sequence[dict[Any, Any]]) -> tuple[float, int]:
    """Factor and digits: shares in points of a hundred, large amounts whole."""
    if records[0]["unit"] == "share":
        return 100.0, 2
    largest = max(abs(row["difference"]) for row in records)
    return 1.0, 0 if largest >= 100 else 3


def _line(row: dict[Any, Any], factor: float, digits: int) -> str:
    points = " points" if factor == 100.0 else ""
    between = "one seed: no interval"
    if not math.isnan(row["low"]):
        between = f"{factor * row['low']:+,.{digits}f} to {factor * row['high']:+,.{digits}f}"
    return f"  {row['part']:28}{factor * row['difference']:>+18,.{digits}f}{points}   ({between})"


def draw_interaction(found: Interaction) -> Figure:
    """Draw each signatory alone, their sum, all together and the interaction, outcome by outcome, with intervals."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    joint, frame = found.comparison.policies[-1], found.to_frame(headline_only=False)
    shown = [name for name in DRAWN if (frame["outcome"] == name).any()]
    with mpl.rc_context(STYLE):
        n_rows = -(-len(shown) // 2)
        figure = Figure(figsize=(11.5, 1.3 + (0.9 + 0.24 * (len(found.signatories) + 3)) * n_rows), layout="constrained")
        panels = figure.subplots(n_rows, 2, squeeze=False, sharey=True).flatten()
        for panel, name in zip(panels, shown, strict=False):
            _draw_parts(panel, frame[frame["outcome"] == name])
        for panel in panels[len(shown) :]:
            panel.set_visible(False)
        figure.suptitle(f"Alone and together: {joint.title}", x=0.01, ha="left", size=12)
        figure.supxlabel(
            f"Change in the last 12 of {joint.months} months; lines: 95 % paired t interval over"
            f" {len(found.comparison.seeds)} seeds (luck, not doubt about the model)."
            "\nInteraction: together less the sum. Filled: the interval leaves out nil.",
            x=0.01, ha="left", size=8,
        )  # fmt: skip
    return figure


def _draw_parts(panel: Any, rows: pd.DataFrame) -> None:
    """One outcome: a line for each part, the interaction below a rule."""
    records = rows.to_dict("records")
    factor, unit = _scaled(records)
    for i, row in enumerate(records):
        colour = {"together": "#1D6FA5", "interaction": "#B4531A"}.get(row["part"], "#767676")
        low, value, high = (row[key] / factor for key in ("low", "difference", "high"))
        is_clear = low > 0.0 or high < 0.0
        if not math.isnan(low):
            panel.hlines(-i, low, high, color=colour, linewidth=1.6)
        panel.plot(value, -i, "o", color=colour, markerfacecolor=colour if is_clear else "white", markersize=6)
    panel.axvline(0.0, color=INK, linewidth=0.9)
    panel.axhline(-(len(records) - 1) + 0.5, color=INK, linewidth=0.6, linestyle=":")
    panel.grid(axis="x", color=GRID, linewidth=0.6)
    panel.set_yticks([-i for i in range(len(records))], [str(row["part"]).replace("_", " ") for row in records], size=8.5)
    panel.tick_params(labelleft=True)
    name = label(str(records[0]["outcome"]))
    panel.set_title(name if name.lower() == unit else f"{name} ({unit})", loc="left", size=10, fontweight="bold")


def _scaled(records: Sequence[dict[Any, Any]]) -> tuple[float, str]:
    """What to divide by, and the unit then: shares in points of a hundred, millions of pounds as millions."""
    unit = unit_in_words(str(records[0]["unit"]))
    if records[0]["unit"] == "share":
        return 0.01, "points"
    if unit.startswith("£") and max(abs(row["difference"]) for row in records) >= 1e6:
        return 1e6, unit.replace("£", "£ million", 1)
    return 1.0, unit


def write_interaction(
    found: Interaction, target: Path, *, command: Sequence[str], inputs: Sequence[Input], force: bool
) -> None:
    """Write text, table, picture and manifest into a folder."""
    import matplotlib as mpl

    names = [*found.signatories, "together"]
    scenarios = {"without": found.comparison.baseline, **dict(zip(names, found.comparison.policies, strict=True))}
    with written_whole(target, force=force) as folder:
        (folder / "interaction.txt").write_text(interaction_text(found) + "\n", encoding="utf-8")
        marked(found.to_frame(headline_only=False), *scenarios.values()).to_csv(folder / "interaction.csv", index=False)
        figure = draw_interaction(found)
        with mpl.rc_context(STYLE):
            figure.savefig(folder / "interaction.png", dpi=160)
        for name, scenario in scenarios.items():
            (folder / f"{name}.toml").write_text(scenario.to_toml(), encoding="utf-8")
        write_json(folder / "manifest.json", manifest(scenarios, found.comparison.seeds, command, inputs))
