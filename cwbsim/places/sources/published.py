"""Tables as they were published, read into frames."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd

from cwbsim.errors import UserError


def r_table(path: Path) -> pd.DataFrame:
    """The one table in a file of R's.

    Raises
    ------
    UserError
        The package that reads such files is not installed.
    """
    try:
        reader: Any = import_module("pyreadr")
    except ModuleNotFoundError:
        command = "uv run --group compile-places ..."
        raise UserError("pyreadr is needed to read R's files", str(path), mend=command) from None
    table: pd.DataFrame = next(iter(reader.read_r(path).values()))
    return table
