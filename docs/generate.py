"""Write the pages that follow from the code and its data: ``uv run python docs/generate.py [--check] [--readme FOLDER]``.

``--readme runs/...`` also puts the report and the picture of a finished comparison into README.md.
"""

from __future__ import annotations

import argparse
import inspect
import re
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))  # so that it can be run as a file, too

from docs import law, levers, odd, routes  # noqa: E402  (after the path)
from docs.tables import line, number  # noqa: E402

README = HERE.parent / "README.md"
PICTURE = HERE / "images" / "social_value_20.png"
MADE = "<!-- Written by docs/generate.py: edit the code or the data instead. -->\n\n"
REPORT = re.compile(r"(<!-- report: begin -->\n).*?(<!-- report: end -->)", re.DOTALL)

MONTH_HEAD = """# The month

Every month is these phases in this order (`cwbsim/schedule.py`). Each says what it reads and what it writes; a test runs
each on a copy of a borough and fails if anything else has changed. Money moves only through the ledger, in whole pence,
and the last phase stops the run if one is missing.

One month is worked out penny by penny in [a month worked by hand](../tests/golden/worked_month.md).
"""
PARAMETERS_HEAD = """# Parameters

Every number of the model, its range, and who says so. **Assumed** means that nobody has measured it. The model's own can
be changed within their ranges, under `[parameters]` in a scenario. *Derived* is arithmetic on the sources named.
"""
OUTCOMES_HEAD = """# Outcomes

What is read from the books and the state at the end of every month; measuring changes nothing. A *flow* is added over
months, a *stock* or a *share* averaged. Shares are recorded from 0 to 1 and shown in per cent. What is shown first is
**bold**.

| outcome | unit | kind | by | what it is |
|---|---|---|---|---|"""


def pages() -> dict[str, str]:
    """Return every generated page by its file name."""
    return {
        "month.md": MADE + month(),
        **{name: MADE + text for name, text in levers.pages().items()},
        "parameters.md": MADE + parameters(),
        "outcomes.md": MADE + outcomes(),
        "odd.md": MADE + odd.page(),
        "routes.md": MADE + routes.page(),
        "law.md": MADE + law.page(),
    }


def month() -> str:
    """Return the page of the month, from the docstrings of the phases."""
    from cwbsim.schedule import MONTH, phase_name

    out = [MONTH_HEAD]
    for nth, phase in enumerate(MONTH, start=1):
        text = inspect.getdoc(phase) or ""
        prose, _, columns = text.partition("\nReads ")
        first, _, rest = prose.strip().partition("\n")
        out.append(f"## {nth}. {phase_name(phase)}\n\n{first}\n")
        if rest.strip():
            out.append(rest.strip() + "\n")
        reads, _, writes = columns.partition("\nWrites ")
        for name, listed in (("Reads", reads), ("Writes", writes)):
            if listed.strip():
                out.append(f"*{name}* " + ", ".join(f"`{one}`" for one in _names(listed)) + "\n")
    return "\n".join(out)


def parameters() -> str:
    """Return the page of parameters: the model's own, the United Kingdom's, the borough's."""
    from cwbsim.parameters import load_parameters
    from cwbsim.places.profile import load_profile
    from cwbsim.places.uk import load_uk

    own = load_parameters().rows()
    uk = [_record(figure) for figure in load_uk(2022).figures()]
    place = [_record(figure) for figure in load_profile("wigan").figures()]
    assumed = sum(_is_assumed(row) for row in (*own, *uk, *place))
    kinds = (("the model's own", own), ("the United Kingdom's", uk), ("Wigan's", place))
    counts = "; ".join(f"{sum(map(_is_assumed, rows))} of {len(rows)} of {kind}" for kind, rows in kinds)
    n = len(own) + len(uk) + len(place)
    out = [PARAMETERS_HEAD, f"{n} figures, {assumed} of them assumed: {counts}. (A table counts once.)\n"]
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in own:
        group, _, name = str(row["name"]).partition(".")
        groups.setdefault(group, []).append({**row, "name": name})
    for group, rows in groups.items():
        out += [f"## The model's own: {group}\n", _figure_table(rows), ""]
    out += ["## The United Kingdom (tables of 2022)\n", _figure_table(uk), ""]
    out += ["## Wigan\n", _figure_table(place), ""]
    return "\n".join(out)


def outcomes() -> str:
    """Return the page of outcomes, from their registry."""
    from cwbsim.outcomes import outcome_rows

    out = [OUTCOMES_HEAD]
    for row in outcome_rows():
        name = f"**{row['name']}**" if row["headline"] else str(row["name"])
        out.append(line(name, row["unit"], row["kind"], row["breakdown"], row["definition"]))
    return "\n".join(out) + "\n"


def _names(listed: str) -> list[str]:
    cleaned = " ".join(listed.split()).rstrip(".")
    return [one.strip() for one in cleaned.split(",") if one.strip()]


def _figure_table(rows: Iterable[Mapping[str, Any]]) -> str:
    lines = ["| name | value | range | unit | source | |", "|---|---:|---|---|---|---|"]
    for row in rows:
        span = "" if row["low"] == row["high"] else f"{number(row['low'])} to {number(row['high'])}"
        source = f"{row['source']} ({row['year']})" + (f". {row['note']}" if row.get("note") else "")
        mark = "**assumed**" if _is_assumed(row) else ""
        lines.append(line(f"`{row['name']}`", number(row["value"]), span, row["unit"], source, mark))
    return "\n".join(lines)


def _record(figure: Any) -> dict[str, Any]:
    names = ("name", "value", "low", "high", "unit", "source", "year", "note")
    return {name: getattr(figure, name, "") for name in names}


def _is_assumed(row: Mapping[str, Any]) -> bool:
    return str(row["source"]).startswith("assumed")


def fill_readme(folder: Path) -> None:
    """Put a finished comparison's report and picture into README.md.

    Raises
    ------
    FileNotFoundError
        If the folder holds no comparison.
    """
    report = (folder / "report.txt").read_text(encoding="utf-8").rstrip()
    block = "```text\n" + report + "\n```\n"
    before = README.read_text(encoding="utf-8")
    README.write_text(REPORT.sub(lambda found: found[1] + block + found[2], before), encoding="utf-8")
    PICTURE.parent.mkdir(exist_ok=True)
    shutil.copyfile(folder / "differences.png", PICTURE)


def stale() -> list[str]:
    """Return the generated pages that are not what the code and the data say now."""
    files = {name: HERE / name for name in pages()}
    return [
        name
        for name, text in pages().items()
        if not files[name].is_file() or files[name].read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Write the pages, or say which are out of date."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--check", action="store_true", help="say which pages are out of date")
    arguments.add_argument("--readme", type=Path, metavar="FOLDER", help="comparison to show in README.md")
    asked = arguments.parse_args()
    old = stale()
    if asked.check:
        for name in old:
            print(f"docs/{name} is out of date: uv run python docs/generate.py", file=sys.stderr)
        return 1 if old else 0
    for name, text in pages().items():
        (HERE / name).parent.mkdir(exist_ok=True)
        (HERE / name).write_text(text, encoding="utf-8")
    print(f"{len(old)} pages changed: {', '.join(old) or 'none'}")
    if asked.readme:
        fill_readme(asked.readme)
    return 0


if __name__ == "__main__":
    sys.exit(main())
