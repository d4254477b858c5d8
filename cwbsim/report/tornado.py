"""What would change the answer: how a policy's effect moves with the parameters, from an analysis that was made apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cwbsim.analysis.compare import Comparison
from cwbsim.errors import UserError
from cwbsim.report.document import Block, DataTable, Figure, Kind, Text
from cwbsim.report.figures import finished
from cwbsim.report.style import GAIN, LOSS, in_style, new_figure
from cwbsim.report.wording import change, in_reading_order, label, span, tick, within_sentence

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

UNCERTAINTY, SENSITIVITY = "uncertainty.json", "sensitivity.csv"
ASKED = ("local_spend", "jobs")
MOST = 10  # parameters shown
SOURCE = "cwbsim uncertainty: draws of every uncertain parameter, the same luck on both sides"
NOT_DONE = (
    "Which of the model's judgements would change the answer has not been worked out for this report. "
    "To have it: {command} --out uncertainty, then give --uncertainty uncertainty with the command of this report."
)


def deciding_blocks(comparison: Comparison, folder: Path | None, command: tuple[str, ...]) -> list[Block]:
    """Tornado charts from the folder of `cwbsim uncertainty` or `cwbsim sensitivity`; how to have them if there is none.

    Raises
    ------
    UserError
        No analysis in the folder, or one of another policy.
    """
    if folder is None:
        names = [word for word in command[2:4] if not word.startswith("-")]
        typed = names if len(names) == 2 and command[1] == "compare" else ["BASELINE.toml", "POLICY.toml"]
        return [Text(NOT_DONE.format(command=f"cwbsim uncertainty {' '.join(typed)}"))]
    check_analysed(folder)
    of_draws = (folder / UNCERTAINTY).is_file()
    return _of_uncertainty(comparison, folder) if of_draws else _of_sensitivity(comparison, folder)


def check_analysed(folder: Path) -> None:
    """Refuse a folder that holds no analysis, before hours are spent on the runs.

    Raises
    ------
    UserError
        Neither `cwbsim uncertainty` nor `cwbsim sensitivity` wrote it.
    """
    if not any((folder / name).is_file() for name in (UNCERTAINTY, SENSITIVITY)):
        allowed = "a folder that cwbsim uncertainty or sensitivity wrote"
        raise UserError("no analysis of parameters here", str(folder), allowed=allowed)


def _of_uncertainty(comparison: Comparison, folder: Path) -> list[Block]:
    about = json.loads((folder / UNCERTAINTY).read_text(encoding="utf-8"))
    titles = [policy.title for policy in comparison.policies]
    if about["policy"] not in titles or about["baseline"] != comparison.baseline.title:
        raise UserError(
            f"it is of \u201c{about['policy']}\u201d against \u201c{about['baseline']}\u201d", str(folder),
            allowed="one of these policies against this baseline", mend="cwbsim uncertainty with the same two files",
        )  # fmt: skip
    draws = pd.read_csv(folder / "draws.csv", index_col="draw")
    effects = pd.read_csv(folder / "differences.csv").groupby(["outcome", "draw"])["difference"].mean()
    spread = {row["outcome"]: row for row in about["spread"]}
    blocks: list[Block] = []
    for outcome in [name for name in ASKED if name in about["drivers"]] or in_reading_order(about["drivers"])[:1]:
        blocks.append(Text(_spread_said(outcome, spread[outcome], about)))
        rows = tornado_rows(draws, effects.loc[outcome], about["drivers"][outcome])
        blocks.append(_tornado(comparison, outcome, str(spread[outcome]["unit"]), rows, spread[outcome]["mean"]))
    return blocks


def tornado_rows(draws: pd.DataFrame, effect: Any, drivers: list[dict[str, Any]]) -> pd.DataFrame:
    """Mean effect in the third of the draws in which a parameter is lowest, and in that in which it is highest.

    Returns
    -------
    pandas.DataFrame
        parameter, low, high, decides; the widest first.
    """
    rows = []
    for driver in drivers:
        values = draws[driver["parameter"]]
        below, above = values.quantile(1 / 3), values.quantile(2 / 3)
        low, high = effect[values[values <= below].index].mean(), effect[values[values >= above].index].mean()
        rows.append((_named(driver["parameter"]), float(low), float(high), bool(driver["decides"])))
    frame = pd.DataFrame(rows, columns=["parameter", "low", "high", "decides"])
    widths = (frame["high"] - frame["low"]).abs()
    return frame.loc[widths.sort_values(ascending=False, kind="stable").index].head(MOST).reset_index(drop=True)


def _named(parameter: str) -> str:
    return parameter.replace(".", ": ").replace("_", " ")


def _spread_said(outcome: str, row: dict[str, Any], about: dict[str, Any]) -> str:
    """The range over luck and parameters in a sentence or two."""
    unit = str(row["unit"])
    share = row["sign_share"]
    return (
        f"{label(outcome)}: with every uncertain parameter drawn within its range ({about['draws']} draws), 95 in 100 runs "
        f"of the policy changed it by {span(row['low'], row['high'], unit)}; the mean is {change(row['mean'], unit)}. "
        f"In {share:.0%} of the draws the effect had the same sign as the mean. "
        f"This range is over parameters and luck together, so it is wider than the likely range above."
    )


def _tornado(comparison: Comparison, outcome: str, unit: str, rows: pd.DataFrame, centre: float) -> Figure:
    sure = rows[rows["decides"]]["parameter"].tolist()
    title = f"How the effect on {within_sentence(outcome)} moves with the parameters"
    said = f"Stands out from chance: {', '.join(sure)}." if sure else "With so few draws no single one stands out from chance."
    kinds: tuple[Kind, ...] = ("text", "text", "text", "text")
    cells = tuple(
        (r["parameter"], change(r["low"], unit), change(r["high"], unit), "yes" if r["decides"] else "no")
        for r in rows.to_dict("records")
    )
    table = DataTable(
        f"tornado_{outcome}", title,
        ("Parameter", "Effect where it is lowest", "Effect where it is highest", "Stands out from chance"), kinds, cells,
        note="Mean effect in the third of the draws where the parameter is lowest, and highest. " + said, source=SOURCE,
    )  # fmt: skip
    alt = f"Bars around the mean effect {change(centre, unit)}. " + "; ".join(f"{n}: {a} to {b}" for n, a, b, _ in cells)
    drawing = draw_tornado(rows, centre, unit)
    return finished(drawing, comparison, f"tornado_{outcome}", title, alt + ".", table)


def draw_tornado(rows: pd.DataFrame, centre: float, unit: str) -> Drawing:
    """Bars from the effect at a parameter's low end to that at its high end, around the mean; the widest on top."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    from cwbsim.report.picture import GRID, INK

    with in_style():
        drawing = new_figure(1.1 + 0.36 * len(rows))
        panel = drawing.subplots()
        for place, row in enumerate(rows.to_dict("records")):
            for value, colour, hatch in ((row["low"], LOSS, "///"), (row["high"], GAIN, "")):
                face = "white" if hatch else colour
                panel.barh(place, value - centre, left=centre, height=0.62, color=face, edgecolor=colour, hatch=hatch)
        panel.axvline(centre, color=INK, linewidth=1)
        names = [name + (" *" if decides else "") for name, decides in zip(rows["parameter"], rows["decides"], strict=True)]
        panel.set_yticks(range(len(rows)), names)
        panel.invert_yaxis()
        panel.grid(axis="x", color=GRID, linewidth=0.6)
        panel.set_axisbelow(True)
        panel.tick_params(axis="y", length=0)
        panel.xaxis.set_major_locator(MaxNLocator(6))
        largest = max(abs(edge) for edge in panel.get_xlim())
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, unit, largest)))
        panel.set_xlabel("Effect of the policy. Hatched: parameter low; solid: high; line: mean; *: stands out", size=8)
    return drawing


def _of_sensitivity(comparison: Comparison, folder: Path) -> list[Block]:
    frame = pd.read_csv(folder / SENSITIVITY)
    titles = {policy.title for policy in comparison.policies}
    mine = frame[frame["is_difference"].astype(bool) & frame["scenario"].isin(titles)]
    if not len(mine):
        raise UserError(
            "it holds no effect of these policies", str(folder), allowed="scenarios of the same titles",
            mend="cwbsim sensitivity on an experiment with this baseline and these policies",
        )  # fmt: skip
    measure = "total" if "total" in mine else "mu_star"
    found = {str(name) for name in mine["outcome"]}
    asked = [name for name in ASKED if name in found] or in_reading_order(found)[:1]
    return [_indices(comparison, mine[mine["outcome"] == name], name, measure) for name in asked]


def _indices(comparison: Comparison, rows: pd.DataFrame, outcome: str, measure: str) -> DataTable:
    """The parameters an effect is most sensitive to, as a table with intervals."""
    what = "Share of the spread, with all it acts through" if measure == "total" else "Mean size of its effect"
    ranked = rows.sort_values(measure, ascending=False).head(MOST)
    cells = tuple((_named(str(r["name"])), r[measure], r[f"{measure}_half"]) for r in ranked.to_dict("records"))
    return DataTable(
        f"sensitivity_{outcome}", f"What the effect on {within_sentence(outcome)} is most sensitive to",
        ("Varied", what, "Plus or minus"), ("text", "number", "number"), cells,
        note="95 % interval by resampling.", source="cwbsim sensitivity",
    )  # fmt: skip
