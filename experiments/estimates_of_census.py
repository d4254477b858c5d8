"""How near the estimates of people come where the census is at hand: ``uv run python -m experiments.estimates_of_census``.

Places without census tables are estimated (``cwbsim/places/sources/estimated.py``). This estimates the eleven authorities
that have them, each without its own census, and writes experiments/estimates/estimated_against_counted.md.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

from cwbsim.places.sources.areas import place_of
from cwbsim.places.sources.census import Census, census_of, counted
from cwbsim.places.sources.estimated import estimate

PAGE = Path(__file__).with_name("estimates") / "estimated_against_counted.md"
HEAD = "| | counted | estimated | difference |\n|---|---:|---:|---:|"


def compared(true: Census, made: Census) -> Iterator[tuple[str, float, float]]:
    """What is estimated, as counted and as estimated; shares in per cent."""
    yield "people", true.residents, made.residents
    yield "in work", true.employed, made.employed
    yield "self-employed", true.self_employed, made.self_employed
    yield "unemployed", true.unemployed, made.unemployed
    yield "inactive, not retired", true.idle, made.idle
    yield "pensioner households", true.pensioners, made.pensioners
    homes = sum(true.sizes)
    yield "one-person households, %", 100 * true.sizes[0] / homes, 100 * made.sizes[0] / homes
    yield "households of five or more, %", 100 * sum(true.sizes[4:]) / homes, 100 * sum(made.sizes[4:]) / homes
    yield "owned outright, %", 100 * true.tenure[0] / homes, 100 * made.tenure[0] / homes
    yield "social rent, %", 100 * true.tenure[3] / homes, 100 * made.tenure[3] / homes
    for k, band in ((0, "low skill, %"), (2, "high skill, %")):
        yield band, 100 * true.bands[k] / sum(true.bands), 100 * made.bands[k] / sum(made.bands)
    for k, section in ((2, "C"), (6, "G"), (16, "Q")):
        shares = [100 * float(c.industry[k] / c.industry.sum()) for c in (true, made)]
        yield f"of those in work, in section {section}, %", shares[0], shares[1]


def page(data: Path) -> str:
    """The comparison, authority by authority."""
    out = [
        "# People: estimated against counted\n",
        "Written by `uv run python -m experiments.estimates_of_census`. Each authority is estimated without its own census. "
        "Activity of the ten boroughs is their own (the table covers them), so only Preston tests how a county's is shared "
        "out.\n",
    ]
    for code in counted(data):
        out += [f"## {place_of(code, data).name}\n", HEAD]
        for what, one, other in compared(census_of(code, data), estimate(code, data)):
            form = ".1f" if what.endswith("%") else ",.0f"
            gap = f"{other - one:+.1f} points" if what.endswith("%") else f"{100 * (other / one - 1):+.1f} %"
            out.append(f"| {what} | {one:{form}} | {other:{form}} | {gap} |")
        out.append("")
    return "\n".join(out)


def main() -> None:
    """Write the page."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of official tables")
    asked = arguments.parse_args()
    warnings.filterwarnings("ignore", module="openpyxl")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(asked.data), encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
