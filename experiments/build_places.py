"""Build the committed places again: ``uv run python -m experiments.build_places --data ../shared/data [NAME ...]``.

Without names it builds all, and the outlines for maps.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cwbsim
from cwbsim.places.build_profile import build_profile, write_profile
from cwbsim.places.sources.areas import areas, slug
from cwbsim.places.sources.outlines import as_text, outlines_of

FOLDER = Path(cwbsim.__file__).parent / "data" / "places"
OUTLINES = FOLDER.with_name("boundaries")


def committed() -> dict[str, str]:
    """Code of each place that is committed, by the name of its folder."""
    return {slug(name): code for area in areas().values() for code, name in area["members"].items()}


def main() -> None:
    """Build all places, or those named."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("names", nargs="*", metavar="NAME", help="folders to build, all if none is given")
    arguments.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of official tables")
    asked = arguments.parse_args()
    for name, code in committed().items():
        if not asked.names or name in asked.names:
            write_profile(build_profile(code, asked.data), FOLDER / name)
            print(f"{code} {name}", flush=True)
    if not asked.names:
        for area in areas():
            OUTLINES.mkdir(exist_ok=True)
            text = as_text(outlines_of(area, asked.data))
            (OUTLINES / f"{area}.geojson").write_text(text, encoding="utf-8", newline="\n")
            print(f"outlines of {area}: {len(text.encode()) // 1000} kB", flush=True)


if __name__ == "__main__":
    main()
