"""The public pound as bands from left to right: from anchors to where suppliers are, and what stays of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cwbsim.analysis.compare import Comparison
from cwbsim.report.changes import breakdown
from cwbsim.report.picture import COLOURS, INK
from cwbsim.report.style import QUIET, in_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

HERE, OUT = "Suppliers in the borough", "Suppliers elsewhere"
AREA, UK = "The wider area", "Beyond"
KEPT, BOUGHT = "Pay, profit and taxes here", "Bought in and resold"
GAP = 0.035  # of the height, between two blocks of a column
SHADES = {HERE: COLOURS[0], OUT: QUIET, AREA: COLOURS[2], UK: QUIET, KEPT: COLOURS[0], BOUGHT: COLOURS[1]}
SMALLEST_LABEL = 0.03  # of the height


@dataclass(frozen=True, slots=True)
class Flow:
    """Pounds a year from one block to another, without and with the policy."""

    source: str
    target: str
    before: float
    after: float


def public_pound(comparison: Comparison, policy: int) -> list[Flow]:
    """Flows of the last year; empty where the runs do not record them."""
    paid = breakdown(comparison, policy, "contract_spend_by_anchor", "anchor")
    here = breakdown(comparison, policy, "local_spend_by_anchor", "anchor")
    place = breakdown(comparison, policy, "contract_spend_by_place", "place")
    if not len(paid) or not len(here) or not len(place):
        return []
    local = {r["name"]: r for r in here.to_dict("records")}
    found = []
    for row in paid.to_dict("records"):
        near = local.get(row["name"], {"baseline": 0.0, "policy": 0.0})
        found.append(Flow(row["name"], HERE, near["baseline"], near["policy"]))
        found.append(
            Flow(row["name"], OUT, row["baseline"] - near["baseline"], row["policy"] - near["policy"])
        )
    for row in place.to_dict("records"):
        code = row["code"]
        if code != "borough":
            found.append(Flow(OUT, AREA if "wider" in code else UK, row["baseline"], row["policy"]))
    kept = _total(comparison, policy, "retained_value_added")
    turnover = (
        sum(f.before for f in found if f.target == HERE),
        sum(f.after for f in found if f.target == HERE),
    )
    if kept and all(0 <= k <= t for k, t in zip(kept, turnover, strict=True)):
        found.append(Flow(HERE, KEPT, *kept))
        found.append(Flow(HERE, BOUGHT, turnover[0] - kept[0], turnover[1] - kept[1]))
    return [f for f in found if f.before > 0 or f.after > 0]


def _total(comparison: Comparison, policy: int, outcome: str) -> tuple[float, float] | None:
    frame = comparison.to_frame(headline_only=False)
    mine = frame[(frame["scenario"] == comparison.policies[policy - 1].title) & (frame["outcome"] == outcome)]
    return (float(mine["baseline"].iloc[0]), float(mine["policy"].iloc[0])) if len(mine) else None


def draw_flows(flows: Sequence[Flow], what_if: str = "") -> Drawing:
    """Three columns of blocks joined by bands; each block says its name, its pounds, and the change the policy makes.

    Above them stands what of the policy the law of its date forbids, if anything.
    """
    columns = _columns(flows)
    total = sum(f.after for f in flows if f.source in columns[0])
    with in_style():
        drawing = new_figure(4.6)
        panel = drawing.subplots()
        panel.set_axis_off()
        if what_if:
            panel.set_title(what_if.capitalize(), loc="left", size=9, color=INK, pad=14)
        panel.set_xlim(-0.55, 2.75)
        panel.set_ylim(-0.02, 1.04)
        spots = _spots(flows, columns, total)
        used: dict[tuple[str, str], float] = {}
        for flow in flows:
            _band(panel, flow, spots, used, total)
        for name, (x, bottom, height) in spots.items():
            _block(panel, name, x, bottom, height, flows)
        for x, head in ((0, "Anchors pay"), (1, "to"), (2, "of which")):
            panel.text(x, 1.02, head, ha="center", va="bottom", size=8, color=QUIET)
    return drawing


def _columns(flows: Sequence[Flow]) -> list[list[str]]:
    sources = [f.source for f in flows]
    targets = [f.target for f in flows]
    first = list(dict.fromkeys(s for s in sources if s not in (HERE, OUT)))
    middle = [name for name in (HERE, OUT) if name in targets or name in sources]
    last = [name for name in (KEPT, BOUGHT, AREA, UK) if name in targets]
    size = {s: sum(f.after for f in flows if f.source == s) for s in first}
    return [sorted(first, key=lambda s: -size[s]), middle, last]


def _spots(
    flows: Sequence[Flow], columns: Sequence[Sequence[str]], total: float
) -> dict[str, tuple[float, float, float]]:
    """x, bottom and height of every block, heights to one scale."""
    scale = 1 - GAP * max(len(column) - 1 for column in columns)
    spots = {}
    for x, names in enumerate(columns):
        top = 1.0
        for name in names:
            height = scale * _through(flows, name) / total
            spots[name] = (float(x), top - height, height)
            top -= height + GAP
    return spots


def _through(flows: Sequence[Flow], name: str, *, before: bool = False) -> float:
    into = [f.before if before else f.after for f in flows if f.target == name]
    return sum(into) if into else sum(f.before if before else f.after for f in flows if f.source == name)


def _band(
    panel: Any,
    flow: Flow,
    spots: dict[str, tuple[float, float, float]],
    used: dict[tuple[str, str], float],
    total: float,
) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    (x0, b0, h0), (x1, b1, h1) = spots[flow.source], spots[flow.target]
    through0, through1 = used.get((flow.source, "out"), 0.0), used.get((flow.target, "in"), 0.0)
    height = flow.after / total * (h0 / max(h0, 1e-12)) * _scale(spots, total)
    top0, top1 = b0 + h0 - through0, b1 + h1 - through1
    used[flow.source, "out"], used[flow.target, "in"] = through0 + height, through1 + height
    x0, x1 = x0 + 0.045, x1 - 0.045
    middle = (x0 + x1) / 2
    points = [(x0, top0), (middle, top0), (middle, top1), (x1, top1), (x1, top1 - height), (middle, top1 - height),
              (middle, top0 - height), (x0, top0 - height), (x0, top0)]  # fmt: skip
    codes = [
        Path.MOVETO,
        Path.CURVE4,
        Path.CURVE4,
        Path.CURVE4,
        Path.LINETO,
        Path.CURVE4,
        Path.CURVE4,
        Path.CURVE4,
        Path.CLOSEPOLY,
    ]
    panel.add_patch(
        PathPatch(Path(points, codes), facecolor=SHADES.get(flow.target, QUIET), alpha=0.32, linewidth=0)
    )


def _scale(spots: dict[str, tuple[float, float, float]], total: float) -> float:
    del total
    return sum(height for x, _, height in spots.values() if x == 0.0)


def _block(panel: Any, name: str, x: float, bottom: float, height: float, flows: Sequence[Flow]) -> None:
    from matplotlib.patches import Rectangle

    panel.add_patch(
        Rectangle((x - 0.045, bottom), 0.09, max(height, 0.002), facecolor=SHADES.get(name, INK), linewidth=0)
    )
    after, before = _through(flows, name), _through(flows, name, before=True)
    words = f"{name}\n£{after / 1e6:,.1f}m ({(after - before) / 1e6:+,.1f}m)"
    if height < SMALLEST_LABEL:
        words = words.replace("\n", "  ")
    side = {0.0: ("right", -0.07), 1.0: ("center", 0.0), 2.0: ("left", 0.07)}[x]
    if x == 1.0:
        panel.text(x, bottom - 0.008, words, ha="center", va="top", size=8, color=INK)
    else:
        panel.text(x + side[1], bottom + height / 2, words, ha=side[0], va="center", size=8, color=INK)
