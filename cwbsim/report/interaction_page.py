"""A joint scenario and its parts as text and files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cwbsim.report.folder import manifest, write_json, written_whole
from cwbsim.report.wording import label, unit_in_words

if TYPE_CHECKING:
    from cwbsim.analysis.signatories import Interaction

__all__ = ["interaction_text", "write_interaction"]


def interaction_text(found: Interaction) -> str:
    """Each outcome: every signatory alone, together, and the interaction with its interval."""
    joint, frame = found.comparison.policies[-1], found.to_frame()
    lines = [
        f"{joint.title}: each signatory alone, and together",
        f"{joint.months} months, scale {joint.scale:g}, {len(found.comparison.seeds)} seeds; the last 12 months, less the"
        " scenario without its levers; 95 % paired t intervals over seeds",
        "Interaction: together less the sum of the parts. Nothing puts it in; below nil, the parts get in each other's way.",
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


def write_interaction(
    found: Interaction, target: Path, *, command: Sequence[str], inputs: Sequence[Path], force: bool
) -> None:
    """Write text, table and manifest into a folder."""
    names = [*found.signatories, "together"]
    scenarios = {"without": found.comparison.baseline, **dict(zip(names, found.comparison.policies, strict=True))}
    with written_whole(target, force=force) as folder:
        (folder / "interaction.txt").write_text(interaction_text(found) + "\n", encoding="utf-8")
        found.to_frame(headline_only=False).to_csv(folder / "interaction.csv", index=False)
        for name, scenario in scenarios.items():
            (folder / f"{name}.toml").write_text(scenario.to_toml(), encoding="utf-8")
        write_json(folder / "manifest.json", manifest(scenarios, found.comparison.seeds, command, inputs))
