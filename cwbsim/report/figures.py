"""The figures of a report, each with what it says, what it looks like in words, and the numbers behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cwbsim.analysis.compare import Comparison
from cwbsim.analysis.paired import paired_interval
from cwbsim.law import what_if
from cwbsim.report import changes
from cwbsim.report.document import DataTable, Figure, Kind
from cwbsim.report.picture import PANELS, draw_comparison
from cwbsim.report.sankey import draw_flows, public_pound
from cwbsim.report.style import as_png, as_svg, bars, fingerprint, in_style, new_figure, sign_off
from cwbsim.report.what_if import words_of
from cwbsim.report.wording import change, in_reading_order, is_clear, label, span, tick, within_sentence

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

#: outcome, breakdown, what one bar is, title of the figure
BREAKDOWNS = (
    ("local_spend_by_anchor", "anchor", "Anchor", "Spending that stays in the borough, by anchor"),
    ("local_spend_by_section", "section", "Section", "Spending that stays in the borough, by what is bought"),
    ("jobs_by_section", "section", "Section", "Jobs in the borough, by industry"),
    (
        "disposable_income_by_decile",
        "decile",
        "Households",
        "Household income after tax, from poorest to richest tenth",
    ),
    (
        "contract_spend_by_place",
        "place",
        "Where the supplier is",
        "Contract payments by where the supplier is",
    ),
)
MOST_BARS = 12


def finished(
    drawing: Drawing, comparison: Comparison, key: str, title: str, alt: str, table: DataTable | None
) -> Figure:
    """A drawing signed, as SVG and PNG."""
    mark, said = fingerprint(comparison, key), words_of(comparison.baseline, *comparison.policies)
    with in_style():
        sign_off(drawing, (f"{said} · " if said else "") + f"cwbsim · {key} · fingerprint {mark}")
        drawing.draw_without_rendering()
        drawing.set_layout_engine("none")  # as it is laid out now, for both pictures
    return Figure(
        key,
        title,
        alt,
        as_svg(drawing, title, alt, key.replace("_", "-")),
        as_png(drawing),
        table,
        f"Fingerprint {mark}.",
    )


def bands(comparison: Comparison) -> Figure:
    """Paired differences over the months with their bands."""
    title = "How each difference comes about over the years"
    shown = in_reading_order(comparison.paths()["outcome"])[:PANELS]
    said = [f"{label(r['outcome'])}, {r['scenario']}: {change(r['difference'], r['unit'])}, {changes.reading(r)}"
            for r in comparison.to_frame().to_dict("records") if r["outcome"] in shown]  # fmt: skip
    alt = "Small charts of the difference the policy makes month by month, with a band for luck. At the end: "
    return finished(
        draw_comparison(comparison),
        comparison,
        "over_time",
        title,
        alt + "; ".join(said) + ".",
        changes.year_table(comparison, shown),
    )


def by_group(
    comparison: Comparison, policy: int, outcome: str, by: str, what: str, title: str
) -> Figure | None:
    """Bars of a difference by group, or None where the runs have no such breakdown."""
    frame = changes.breakdown(comparison, policy, outcome, by)
    if not len(frame):
        return None
    frame = ordered(frame, by)
    shown = frame if by in ("decile", "place") else frame[frame["difference"] != 0].head(MOST_BARS)
    shown = shown if len(shown) else frame.head(MOST_BARS)
    key = f"{outcome}_{policy}"
    table = changes.breakdown_table(frame, key, title, what)
    alt = f"Horizontal bars. {title}: " + "; ".join(
        f"{r['name']} {change(r['difference'], r['unit'])} ({changes.reading(r)})"
        for r in shown.to_dict("records")
    )
    return finished(draw_bars(shown), comparison, key, title, alt + ".", table)


def ordered(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Tenths from the poorest, places as they are, others with the largest difference first."""
    if by == "decile":
        return frame.sort_values("code", key=lambda c: c.astype(float), ignore_index=True)
    if by == "place":
        return frame
    return frame.sort_values("difference", key=lambda d: -d.abs(), ignore_index=True)


def draw_bars(frame: pd.DataFrame) -> Drawing:
    """Differences by group with intervals; hollow bars are too close to call."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    unit = str(frame["unit"].iloc[0])
    with in_style():
        drawing = new_figure(0.9 + 0.34 * len(frame))
        panel = drawing.subplots()
        bars(
            panel,
            frame["name"].tolist(),
            frame["difference"].tolist(),
            frame["low"].tolist(),
            frame["high"].tolist(),
        )
        panel.xaxis.set_major_locator(MaxNLocator(6))
        largest = max(abs(edge) for edge in panel.get_xlim())
        panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, unit, largest)))
        panel.set_xlabel("Difference the policy makes. Line: likely range. Hatched: too close to call", size=8)
    return drawing


def flows(comparison: Comparison, policy: int) -> Figure | None:
    """Where the public pound goes with the policy, from the books."""
    found = public_pound(comparison, policy)
    if not found:
        return None
    one = comparison.policies[policy - 1]
    unlawful = what_if(one)
    several = f" ({one.title})" if len(comparison.policies) > 1 else f" ({unlawful})" if unlawful else ""
    title = f"Where the anchors' contract money goes in a year{several}"
    rows = tuple((f.source, f.target, f.before, f.after, f.after - f.before) for f in found)
    table = DataTable(
        f"public_pound_{policy}", title, ("From", "To", "As things are", "With the policy", "Difference"),
        ("text", "text", "pounds", "pounds", "pounds"), rows, source=changes.SOURCE,
        note="Last twelve months, mean over runs. A flow is part of the one to its left: columns are never added up.",
    )  # fmt: skip
    said = "; ".join(f"{f.source} to {f.target} £{f.after / 1e6:,.1f}m" for f in found)
    return finished(
        draw_flows(found, unlawful),
        comparison,
        f"public_pound_{policy}",
        title,
        f"A flow chart of bands from left to right: {said}.",
        table,
    )


def alone_and_together(comparison: Comparison, outcome: str = "local_spend") -> pd.DataFrame | None:
    """name, difference, low, high, unit of each policy alone, of all together, and of what is beyond the sum; or None."""
    found = together_of(comparison)
    if found is None or outcome not in comparison.measures:
        return None
    together, alone = found
    seeds = [s for s in comparison.seeds if all((n, s) in comparison.runs for n in (0, together, *alone))]
    if not seeds:
        return None
    whole = _last_year(comparison, together, outcome, seeds)
    parts = [_last_year(comparison, n, outcome, seeds) for n in alone]
    lines = [(comparison.policies[n - 1].title, part) for n, part in zip(alone, parts, strict=True)]
    lines += [("All together", whole), ("Beyond the sum of the parts", whole - np.sum(parts, axis=0))]
    stats = [_interval(name, values) for name, values in lines]
    unit = "£ a year" if comparison.measures[outcome].unit == "£" else comparison.measures[outcome].unit
    return pd.DataFrame(stats, columns=["name", "difference", "low", "high"]).assign(unit=unit)


def interaction(comparison: Comparison, outcome: str = "local_spend") -> Figure | None:
    """What policies do alone and together, where one policy holds the levers of the others; None where none does."""
    frame = alone_and_together(comparison, outcome)
    if frame is None:
        return None
    rows = [(str(r["name"]), r["difference"], r["low"], r["high"]) for r in frame.to_dict("records")]
    unit = str(frame["unit"].iloc[0])
    _, beyond, low, high = rows[-1]
    said = "neither clearly more nor less than"
    if is_clear(low, high):
        said = "more than" if beyond > 0 else "less than"
    title = f"Together the policies do {said} the sum of their parts ({within_sentence(outcome)})"
    kinds: tuple[Kind, ...] = ("text", "pounds", "pounds", "pounds")
    table = DataTable(
        "interaction",
        title,
        ("Policy", "Difference", "Low", "High"),
        kinds,
        tuple(rows),
        source=changes.SOURCE,
    )
    alt = "Bars: " + "; ".join(
        f"{n} {change(d, unit)} ({span(lo, hi, unit) or 'one run'})" for n, d, lo, hi in rows
    )
    return finished(draw_bars(frame), comparison, "interaction", title, alt + ".", table)


def _interval(name: str, values: Any) -> tuple[str, float, float, float]:
    mean, low, high = paired_interval(np.asarray(values))
    return name, float(mean), float(low), float(high)


def together_of(comparison: Comparison) -> tuple[int, list[int]] | None:
    """(number of the policy with the levers of others, numbers of those others), or None."""
    levers = [{type(lever).__name__ for lever in policy.levers} for policy in comparison.policies]
    for number, mine in enumerate(levers):
        parts = [n for n, other in enumerate(levers) if n != number and other and other < mine]
        if len(parts) >= 2 and set().union(*(levers[n] for n in parts)) == mine:
            return number + 1, [n + 1 for n in parts]
    return None


def _last_year(comparison: Comparison, policy: int, outcome: str, seeds: Sequence[int]) -> Any:
    """(seeds,) difference in the last year's total or mean."""
    is_flow = comparison.measures[outcome].kind == "flow"

    def value(number: int, seed: int) -> float:
        path = comparison.runs[number, seed].paths[outcome].to_numpy()[-12:]
        return float(path.sum() if is_flow else np.nanmean(path))

    return np.array([value(policy, s) - value(0, s) for s in seeds])
