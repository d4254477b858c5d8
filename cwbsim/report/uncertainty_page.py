"""Uncertainty as text, picture and files: how much is luck, and which parameters decide."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import pandas as pd

from cwbsim.analysis.distributions import assumed_of_levers
from cwbsim.analysis.uncertainty import FEWEST, Uncertainty
from cwbsim.report.folder import manifest, write_json, written_whole
from cwbsim.report.inputs import Input
from cwbsim.report.picture import GRID, INK, STYLE
from cwbsim.report.what_if import marked
from cwbsim.report.wording import change, in_reading_order, label, unit_in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 130
SHOWN = 6  # parameters an outcome
PANELS = 4


def headlines(found: Uncertainty) -> list[str]:
    """Outcomes shown first, in reading order."""
    return in_reading_order(name for name in found.differences if found.measures[name].headline)


def uncertainty_text(found: Uncertainty, outcomes: Sequence[str] = ()) -> str:
    """How the spread divides, and the parameters that decide, outcome by outcome."""
    shown = list(outcomes) or headlines(found)
    spread = {str(row["outcome"]): row for row in found.spread().to_dict("records")}
    lines = [
        f"{found.policy.title}, against {found.baseline.title}",
        f"{found.draws.shape[0]} draws of {len(found.distributions)} parameters (PERT, Latin hypercube), {len(found.seeds)} seeds"
        f" each; scale {found.policy.scale:g}, {found.policy.months} months. The range holds 95 % of runs:",
        "it is over seeds and parameters together.",
        "",
        f"{'last 12 months':26}{'unit':>16}{'mean':>16}{'95 % of runs':>32}{'luck':>7}{'parameters':>12}{'same sign':>11}",
    ]
    for name in shown:
        row = spread[name]
        mean, low, high = (change(row[key], row["unit"]) for key in ("mean", "low", "high"))
        lines.append(
            f"{label(name):26}{unit_in_words(row['unit']):>16}{mean:>16}{f'{low} to {high}':>32}{_share(row['luck']):>7}"
            f"{_share(row['parameters']):>12}{_share(row['sign_share']):>11}"
        )
    lines += [
        "",
        "Luck: between seeds of one draw. Parameters: between draws, beyond luck. Same sign: draws whose mean has it too.",
    ]
    lines += [*_not_drawn(found), "", *_which_decide(found, shown)]
    return "\n".join(lines)


def _not_drawn(found: Uncertainty) -> list[str]:
    """The figures of the policy's levers that nobody has measured, and that are not drawn."""
    assumed = [f"{name} {value:,.15g} ({unit})" for name, value, unit in assumed_of_levers(found.policy)]
    if not assumed:
        return []
    said = (
        "Not drawn, for they are the policy, though they are assumed; cwbsim sweep and sensitivity vary them: "
        f"{'; '.join(assumed)}."
    )
    return ["", *wrap(said, WIDTH, break_on_hyphens=False)]


def _which_decide(found: Uncertainty, shown: Sequence[str]) -> list[str]:
    """The correlations of the parameters that matter most, outcome by outcome; a warning where there are too few draws."""
    if found.too_few:
        said = (
            f"Only {len(found.draws)} draws: too few to tell luck from parameters, or which of these decide."
            f" From {FEWEST} on there are shares, intervals and stars; 32 and more are better."
            " Rank correlations with the effect, which may all be luck:"
        )
        lines = wrap(said, WIDTH)
    else:
        lines = ["Which parameters decide: rank correlation with the effect; * leaves out nil, all of them tested at once"]
    for name in shown:
        lines.append(label(name))
        for row in found.drivers(name).head(SHOWN).to_dict("records"):
            mark = "*" if row["decides"] else " "
            r = row["rank_correlation"]
            line = f"  {mark} {row['parameter']:48}{r:>+7.2f}"
            if not found.too_few:
                between = f"{row['low']:+.2f} to {row['high']:+.2f}"
                line += f"   {between:>16}   {_share(row['part'])}"
            lines.append(line)
    return lines


def _share(value: float) -> str:
    return "none" if value != value else f"{100 * value:.0f} %"


def draw_drivers(found: Uncertainty) -> Figure:
    """Draw, for the first outcomes, the parameters that matter most and the interval of each."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = headlines(found)[:PANELS]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(12, 2.1 + 2.6 * ((len(shown) + 1) // 2)), layout="constrained")
        panels = figure.subplots((len(shown) + 1) // 2, 2, squeeze=False).flatten()
        spread = {str(row["outcome"]): row for row in found.spread().to_dict("records")}
        for panel, name in zip(panels, shown, strict=False):
            _draw_panel(panel, found.drivers(name).head(SHOWN), label(name), _share(spread[name]["luck"]))
        for panel in panels[len(shown) :]:
            panel.set_visible(False)
        figure.suptitle(f"What decides: {found.policy.title}", x=0.01, ha="left", size=12)
        said = (
            f"Rank correlation of a parameter with the effect. Only {len(found.draws)} draws, too few for intervals: may be luck."
            if found.too_few
            else "Rank correlation of a parameter with the effect, and its interval for all parameters tested at once. Filled:"
            " leaves out nil."
        )
        figure.supxlabel(
            said, x=0.01, ha="left", size=8,
        )  # fmt: skip
    return figure


def _draw_panel(panel: Any, rows: pd.DataFrame, title: str, luck: str) -> None:
    for i, row in enumerate(rows.to_dict("records")):
        if row["low"] == row["low"]:
            panel.hlines(-i, row["low"], row["high"], color=INK, linewidth=1.2)
        fill = "#1D6FA5" if row["decides"] else "white"
        panel.plot(row["rank_correlation"], -i, "o", markerfacecolor=fill, markeredgecolor="#1D6FA5", markersize=7)
    panel.axvline(0.0, color=INK, linewidth=1.0)
    panel.set_xlim(-1.05, 1.05)
    panel.grid(axis="x", color=GRID, linewidth=0.6)
    panel.set_yticks([-i for i in range(len(rows))], [":\n".join(str(name).rsplit(".", 1)) for name in rows["parameter"]], size=8)
    about = "" if luck == "none" else f" ({luck} of the spread is luck)"
    panel.set_title(title + about, loc="left", size=10, fontweight="bold")


def write_uncertainty(
    found: Uncertainty, target: Path, *, command: Sequence[str], inputs: Sequence[Input], force: bool
) -> None:
    """Write text, tables, every draw, picture and manifest."""
    import matplotlib as mpl

    with written_whole(target, force=force) as folder:
        (folder / "report.txt").write_text(uncertainty_text(found) + "\n", encoding="utf-8")
        marked(found.spread(), found.baseline, found.policy).to_csv(folder / "spread.csv", index=False)
        drivers = [found.drivers(name).assign(outcome=name) for name in headlines(found)]
        marked(pd.concat(drivers, ignore_index=True), found.baseline, found.policy).to_csv(folder / "drivers.csv", index=False)
        draws = pd.DataFrame(found.draws, columns=[one.name for one in found.distributions])
        draws.to_csv(folder / "draws.csv", index_label="draw")
        rows = [
            {"outcome": name, "draw": i, "seed": seed, "difference": x[i, j]}
            for name, x in found.differences.items()
            for i in range(x.shape[0])
            for j, seed in enumerate(found.seeds)
        ]
        marked(pd.DataFrame(rows), found.baseline, found.policy).to_csv(folder / "differences.csv", index=False)
        figure = draw_drivers(found)
        with mpl.rc_context(STYLE):
            figure.savefig(folder / "drivers.png", dpi=160)
            figure.savefig(folder / "drivers.svg", metadata={"Date": None})
        scenarios = {"baseline": found.baseline, "policy": found.policy}
        for name, scenario in scenarios.items():
            (folder / f"{name}.toml").write_text(scenario.to_toml(), encoding="utf-8")
        write_json(folder / "uncertainty.json", found.to_json_dict())
        write_json(folder / "manifest.json", manifest(scenarios, found.seeds, command, inputs))
