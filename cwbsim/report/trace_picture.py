"""The pound followed as a picture: where all of it is after each round. Readable in grey and with words alone."""

from __future__ import annotations

from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cwbsim.analysis.trace import ENDS, LABEL, MOVING, STAYS, SUPPLIERS, Trace
from cwbsim.report.picture import STYLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHOWN_ROUNDS = 3
#: From top to bottom: what is here and moving, what is here and rests, what has left. Words, fill, hatch.
NODES: dict[str, tuple[str, str, str]] = {
    "anchor": ("Anchors", "#0B3C5D", ""),
    "firms": ("Firms here", "#1D6FA5", ""),
    "residents": ("Residents", "#7FB2D6", ""),
    "rests here": ("Rests here: savings, cash,\ncouncil tax, social rents", "#CFE3F1", ".."),
    "treasury": ("Treasury", "#E8D9B5", "//"),
    SUPPLIERS[0]: ("Suppliers in the\nwider area", "#D8A868", "\\\\"),
    "wider_area": ("Wider area", "#D8A868", "\\\\"),
    SUPPLIERS[1]: ("Suppliers outside", "#B9B9B9", "--"),
    "outside": ("Outside: rest of\nUK, abroad", "#B9B9B9", "--"),
}
ORDER = list(NODES)
WIDTH = 0.16  # of a stage
GAP = 0.012

type Band = tuple[str, str, int]


def stages(trace: Trace) -> tuple[list[dict[str, int]], list[list[Band]]]:
    """Return where all pence are at the start, after each round shown and at the end, and the bands between.

    Every stage adds up to what was put in. What is still moving after the last round shown is handed to its
    ends in the proportions of the later rounds together.
    """
    held: list[dict[str, int]] = [{"anchor": trace.pence}]
    bands: list[list[Band]] = []
    for number in range(1, SHOWN_ROUNDS + 1):
        ended = _ends(trace, number - 1)
        now: list[Band] = [(end, end, x) for end, x in ended.items() if x]
        now += [(a, _node(b), x) for r, a, b, _, x in trace.steps if r == number]
        bands.append(_merged(now))
        held.append(_received(bands[-1]))
    before, last = _ends(trace, SHOWN_ROUNDS), _ends(trace, trace.rounds)
    moving = {name: x for name, x in trace.moving(SHOWN_ROUNDS).items() if x}
    whole = max(sum(moving.values()), 1)
    late: list[Band] = [(end, end, x) for end, x in before.items() if x]
    for end, x in last.items():
        upto = [y * (x - before[end]) // whole for y in accumulate(moving.values(), initial=0)]
        late += [(name, end, b - a) for name, (a, b) in zip(moving, pairwise(upto), strict=True) if b > a]
    bands.append(_merged(late))
    held.append(_received(bands[-1]))
    return held, bands


def _node(name: str) -> str:
    return "rests here" if name in STAYS else name


def _ends(trace: Trace, upto: int) -> dict[str, int]:
    out: dict[str, int] = {}
    for end, x in trace.ends(upto).items():
        out[_node(end)] = out.get(_node(end), 0) + x
    return out


def _merged(bands: list[Band]) -> list[Band]:
    sums: dict[tuple[str, str], int] = {}
    for a, b, x in bands:
        sums[a, b] = sums.get((a, b), 0) + x
    in_order = sorted(sums, key=lambda pair: (ORDER.index(pair[0]), ORDER.index(pair[1])))
    return [(a, b, sums[a, b]) for a, b in in_order]


def _received(bands: list[Band]) -> dict[str, int]:
    out: dict[str, int] = {}
    for _, b, x in bands:
        out[b] = out.get(b, 0) + x
    return {name: out[name] for name in ORDER if name in out}


def draw_trace(trace: Trace) -> Figure:
    """Draw the stages as columns of one height, a band for every movement between them."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    held, bands = stages(trace)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11.5, 6.6))
        panel = figure.add_axes((0.01, 0.06, 0.98, 0.83))
        tops = [_draw_column(panel, i, column, trace.pence, i == len(held) - 1) for i, column in enumerate(held)]
        for i, between in enumerate(bands):
            _draw_bands(panel, i, between, trace.pence, tops[i], tops[i + 1])
        heads = ["Paid by anchors", *(f"Round {n}" for n in range(1, SHOWN_ROUNDS + 1)), "In the end"]
        for i, head in enumerate(heads):
            panel.text(i, -0.015, head, ha="left", va="bottom", size=10, fontweight="bold")
        panel.set_xlim(-0.05, len(held) - 1 + WIDTH + 0.7)
        panel.set_ylim(1.0 + 5 * GAP, -0.06)
        panel.axis("off")
        figure.text(0.012, 0.975, conclusion(trace), ha="left", va="top", size=13)
        figure.text(0.012, 0.925, subtitle(trace), ha="left", va="top", size=9)
        figure.text(0.012, 0.02, _footnote(), ha="left", va="bottom", size=8)
    return figure


def _draw_column(panel: Axes, i: int, column: dict[str, int], whole: int, is_last: bool) -> dict[str, float]:
    """Draw the nodes of a stage; return where each begins."""
    from matplotlib.patches import Rectangle

    tops, y, lowest_label = {}, 0.0, -0.06
    for name in ORDER:
        if name not in column:
            continue
        height = column[name] / whole
        words, fill, hatch = NODES[name]
        tops[name] = y
        style: Any = {"facecolor": fill, "hatch": hatch, "edgecolor": "#4A4A4A", "linewidth": 0.6}
        panel.add_patch(Rectangle((i, y), WIDTH, height, zorder=3, **style))
        said = f"{words.replace(chr(10), ' ')} {100 * height:.1f} %" if not is_last else ""
        if is_last:
            middle = max(y + height / 2, lowest_label + 0.085)
            lowest_label = middle
            share = f"£{column[name] / 100:,.0f}  ({100 * height:.1f} %)"
            panel.text(i + WIDTH + 0.03, middle, f"{words}\n{share}", va="center", size=8.5, linespacing=1.05)
        elif height > 0.028:
            panel.text(i + WIDTH + 0.015, y + height / 2, said, va="center", size=7.5, zorder=4)
        y += height + GAP
    return tops


def _draw_bands(
    panel: Axes, i: int, bands: list[Band], whole: int, left: dict[str, float], right: dict[str, float]
) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Curve

    left, right = dict(left), dict(right)
    x0, x1 = i + WIDTH, i + 1.0
    bend = (x1 - x0) * 0.5
    for a, b, pence in bands:
        h = pence / whole
        y0, y1 = left[a], right[b]
        left[a], right[b] = y0 + h, y1 + h
        corners = [
            (x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1),
            (x1, y1 + h), (x1 - bend, y1 + h), (x0 + bend, y0 + h), (x0, y0 + h), (x0, y0),
        ]  # fmt: skip
        codes = [Curve.MOVETO, *[Curve.CURVE4] * 3, Curve.LINETO, *[Curve.CURVE4] * 3, Curve.CLOSEPOLY]
        panel.add_patch(PathPatch(Curve(corners, codes), facecolor=NODES[b][1], alpha=0.45, linewidth=0, zorder=1))


def conclusion(trace: Trace) -> str:
    """Say in a sentence what the picture shows."""
    here = 100 * trace.local_first_round / trace.pence
    income = 100 * trace.income_of_residents / trace.pence
    return f"{here:.0f} % of the money goes to firms here first; residents' pay and profit come to {income:.0f} % of it"


def headline(trace: Trace) -> str:
    """Return the conclusion, with what of it is unlawful, for where a title stands alone."""
    return conclusion(trace) + (f" ({trace.what_if})" if trace.what_if else "")


def subtitle(trace: Trace) -> str:
    """Say what was followed, and how."""
    first, last = trace.months
    anchors = ", ".join(trace.anchors).replace("_", " ")
    says = f"{trace.what_if.capitalize()}. " if trace.what_if else ""
    paid = f"£{trace.pence / 100:,.0f} of contract money of {anchors}"
    return f"{says}{paid}; accounts of months {first} to {last}; LM3 {trace.lm3:.2f}"


def _footnote() -> str:
    return (
        f"{LABEL.capitalize()}: each round everyone hands on what came in as they spent their money in these months."
        " It is not what a further pound would do."
    )


def alt_text(trace: Trace) -> str:
    """The picture in words, for those who do not see it."""
    held, _ = stages(trace)
    said = [f"Flow diagram. {conclusion(trace)}.", *([f"{trace.what_if.capitalize()}."] * bool(trace.what_if))]
    for name, column in zip(("After round 1", "After round 2", "After round 3", "In the end"), held[1:], strict=True):
        parts = (f"{NODES[n][0].replace(chr(10), ' ')} {100 * x / trace.pence:.1f} %" for n, x in column.items())
        said.append(f"{name}: {'; '.join(parts)}.")
    return " ".join(said)


def save_trace(trace: Trace, folder: Path) -> list[Path]:
    """Write `trace.png` and `trace.svg`; the SVG is the same bytes for the same trace."""
    import matplotlib as mpl

    figure = draw_trace(trace)
    files = [folder / "trace.png", folder / "trace.svg"]
    with mpl.rc_context(STYLE):
        figure.savefig(files[0], dpi=160)
        figure.savefig(files[1], metadata={"Date": None, "Title": headline(trace)})
    return files


assert set(MOVING) | {_node(end) for end in ENDS} | {"anchor"} == set(NODES)
