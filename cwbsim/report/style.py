"""One look for every figure: colours that colour-blind readers tell apart, grey that keeps them apart, a fingerprint."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cwbsim.report.picture import COLOURS, GRID, INK, STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing

GAIN, LOSS, QUIET = COLOURS[0], COLOURS[1], "#6B6B6B"
WIDTH = 7.4  # inches: the text width of an A4 page with figures read at arm's length
DPI = 160


@contextmanager
def in_style() -> Iterator[None]:
    """Matplotlib's settings for the time of one figure."""
    import matplotlib as mpl

    with mpl.rc_context(STYLE):
        yield


def new_figure(height: float) -> Drawing:
    """An empty figure as wide as a page."""
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    foot = 0.16 / height  # room for the line of the fingerprint
    return Figure(figsize=(WIDTH, height), layout=ConstrainedLayoutEngine(rect=(0, foot, 1, 1 - foot)))


def rests_on(comparison: Any) -> dict[str, Any]:
    """Everything the figures of a comparison rest on: scenarios, seeds, the runs' final states (number, seed, hash)."""
    return {
        "scenarios": [one.scenario_hash() for one in (comparison.baseline, *comparison.policies)],
        "seeds": list(comparison.seeds),
        "states": [[number, seed, run.state_hash] for (number, seed), run in comparison.runs.items()],
    }


def fingerprint_of(key: str, basis: Mapping[str, Any]) -> str:
    """Twelve characters that stand for a figure's name and what it `rests_on`."""
    text = json.dumps([key, basis["scenarios"], basis["seeds"], basis["states"]])
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def fingerprint(comparison: Any, key: str) -> str:
    """The fingerprint of one figure of a comparison."""
    return fingerprint_of(key, rests_on(comparison))


def sign_off(drawing: Drawing, note: str) -> None:
    """A line under the figure: what it is of, and its fingerprint."""
    drawing.text(0.995, 0.004, note, ha="right", va="bottom", size=6, color=QUIET)


def as_svg(drawing: Drawing, title: str, alt: str, identity: str) -> str:
    """The figure as SVG to stand inside a page: same bytes for the same figure, named for readers of the screen."""
    out = io.StringIO()
    with in_style():
        drawing.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{identity}-\1"', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{identity}-", text)
    head = f'<svg role="img" aria-labelledby="{identity}-t {identity}-d"'
    words = (
        f'<title id="{identity}-t">{_escaped(title)}</title><desc id="{identity}-d">{_escaped(alt)}</desc>'
    )
    text = text.replace("<svg", head, 1)
    end = text.index(">") + 1
    return text[:end] + words + text[end:]


def as_png(drawing: Drawing) -> bytes:
    """The figure as a picture for Word."""
    out = io.BytesIO()
    with in_style():
        drawing.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
    return out.getvalue()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def bars(
    panel: Any, names: Sequence[str], values: Sequence[float], low: Sequence[float], high: Sequence[float]
) -> None:
    """Differences as horizontal bars with their intervals; solid where the interval leaves out nil, hollow where not."""
    for row, (value, below, above) in enumerate(zip(values, low, high, strict=True)):
        is_sure = below > 0 or above < 0
        colour = (GAIN if value >= 0 else LOSS) if is_sure else QUIET
        panel.barh(
            row,
            value,
            height=0.62,
            color=colour if is_sure else "white",
            edgecolor=colour,
            hatch="" if is_sure else "///",
            linewidth=1,
        )
        if below == below and above == above:
            panel.plot([below, above], [row, row], color=INK, linewidth=1.2, solid_capstyle="butt")
    panel.axvline(0, color=INK, linewidth=1)
    panel.set_yticks(range(len(names)), names)
    panel.invert_yaxis()
    panel.grid(axis="x", color=GRID, linewidth=0.6)
    panel.set_axisbelow(True)
    panel.tick_params(axis="y", length=0)
