"""Tables as they were published, read into frames; each file is read once however many places are built."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cwbsim.errors import MissingExtraError
from cwbsim.places.sources.areas import authorities, spelt
from cwbsim.places.sources.codes import SECTIONS
from cwbsim.places.sources.rounding import Floats

READERS = ("pyreadr", "openpyxl")


def need_readers() -> None:
    """Stop at once where a package that reads the tables is absent.

    Raises
    ------
    MissingExtraError
        A package is not installed; the line that installs them all is given.
    """
    for name in READERS:
        try:
            import_module(name)
        except ModuleNotFoundError:
            raise MissingExtraError(
                f"{name} is needed to read the official tables and is not installed",
                "cwbsim place build",
                mend='pip install "cwbsim[places]"',
            ) from None


@cache
def r_table(path: Path) -> pd.DataFrame:
    """The one table in a file of R's; not to be changed by who reads it.

    Raises
    ------
    MissingExtraError
        The package that reads such files is not installed.
    """
    need_readers()
    reader: Any = import_module("pyreadr")
    table: pd.DataFrame = next(iter(reader.read_r(path).values()))
    return table


@cache
def sheet(path: Path) -> pd.DataFrame:
    """The first sheet of a workbook, without a header."""
    return pd.read_excel(path, header=None, engine="openpyxl")


@cache
def commuters_2021(data: Path) -> pd.DataFrame:
    """Commuters from the authority of the row to that of the column, Census 2021."""
    return pd.read_csv(data / "commuting_lad" / "commuter_matrix_2021.csv", index_col=0)


@cache
def commuters_2011(data: Path) -> pd.DataFrame:
    """Commuters by home and work, a pair a row, Census 2011."""
    return pd.read_csv(data / "commuting_lad" / "od_lad_2011_long.csv.gz")


@cache
def workplace_table(data: Path) -> pd.DataFrame:
    """People by authority of their job (its name) and by section, Census 2011."""
    path = data / "employment_industry" / "workplace_population_2011_by_lad_sections.csv"
    return pd.read_csv(path).set_index("lad")


def workplace_row(name: str, data: Path) -> Any:
    """One authority's row of that table, None if it has none."""
    table = workplace_table(data)
    return next((table.loc[n] for n in spelt(name) if n in table.index), None)


def by_letter(row: Any) -> tuple[dict[str, float], float]:
    """A row of that table by section letter, and its one figure for R and S together; U is left out."""
    found = {str(label)[0]: float(value) for label, value in row.items() if str(label)[1] == " "}
    both = next(float(value) for label, value in row.items() if str(label).startswith("R,S"))
    return {letter: count for letter, count in found.items() if letter in SECTIONS}, both


@cache
def lfs_2022(data: Path) -> pd.Series:
    """People in work in the UK by section, Labour Force Survey 2022."""
    table = r_table(data / "io_tables" / "lfs_empl_data.rda")
    summed: pd.Series = table.groupby(table["SIC"].str[0])["empl_2022"].sum()
    return summed.reindex(SECTIONS)


@cache
def workplaces_2011(code: str, data: Path) -> Floats | None:
    """People by section of their job in an authority of England, 2011; R and S split as in the UK."""
    table = authorities(data)
    row = workplace_row(str(table["name"][code]), data) if code in table.index else None
    if row is None:
        return None
    found, both = by_letter(row)
    uk = lfs_2022(data)
    found["R"] = both * uk["R"] / (uk["R"] + uk["S"])
    found["S"] = both - found["R"]
    return np.array([found[s] for s in SECTIONS])
