"""Compile who commutes between which districts, from the censuses of 2011 and 2021.

    uv run python -m cwbsim.places.compile_commuting --data ../shared/data --out cwbsim/data/uk

Kept are pairs of English districts that make up at least one part in five hundred of those who leave the one
for work, or of those who come to the other: a few thousand of the 80,000 pairs, and nearly all the people.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pandas as pd

from cwbsim.errors import UserError

ENGLAND = ("E06", "E07", "E08", "E09")
LEAST = 0.002


def between(data: Path) -> pd.DataFrame:
    """Return commuters by origin and destination, both English districts and not the same.

    Parameters
    ----------
    data
        Folder of official tables; `commuting_lad` in it is read.

    Returns
    -------
    pandas.DataFrame
        origin, destination (codes), workers (people: the mean of both censuses, of one where the other has
        other boundaries), in order of the codes.

    Raises
    ------
    UserError
        A table that is missing.
    """
    folder = data / "commuting_lad"
    try:
        older = pd.read_csv(folder / "od_lad_2011_long.csv.gz").set_index(["home", "work"])["commuters"]
        square = pd.read_csv(folder / "commuter_matrix_2021.csv", index_col=0)
    except FileNotFoundError as missing:
        raise UserError("no such file", str(missing.filename), mend="--data the folder of official tables") from None
    newer = square.stack()
    both = pd.concat([older.astype(float), newer.astype(float)], axis="columns").mean(axis="columns")
    both.index.names = ["origin", "destination"]
    table = both.rename("workers").reset_index()
    english = table["origin"].str.startswith(ENGLAND) & table["destination"].str.startswith(ENGLAND)
    table = table[english & (table["origin"] != table["destination"])]
    of_origin = table["workers"] / table.groupby("origin")["workers"].transform("sum")
    of_destination = table["workers"] / table.groupby("destination")["workers"].transform("sum")
    kept = table[(of_origin >= LEAST) | (of_destination >= LEAST)].sort_values(["origin", "destination"])
    return kept.assign(workers=kept["workers"].round().astype(int)).reset_index(drop=True)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of official tables.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write to.")
def main(data: Path, out: Path) -> None:
    """Write commuting_between.csv and say how many pairs and people it holds."""
    try:
        table = between(data)
    except UserError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    table.to_csv(out / "commuting_between.csv", index=False, lineterminator="\n")
    click.echo(f"{len(table):,} pairs, {int(table['workers'].sum()):,} people")


if __name__ == "__main__":
    main()
