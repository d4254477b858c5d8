"""Compile a borough's place profile from official tables.

    uv run --group compile-places python -m cwbsim.places.compile_profile E08000010 \\
        --data ../shared/data --out cwbsim/data/places/wigan

The folder written to holds `judgements.toml`, which a person edits; every other figure comes from the tables.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import click

from cwbsim.errors import UserError
from cwbsim.places.sources.anchor_bodies import add_anchors
from cwbsim.places.sources.businesses import add_businesses
from cwbsim.places.sources.codes import name_of
from cwbsim.places.sources.draft import Draft, read_toml
from cwbsim.places.sources.incomes import add_incomes
from cwbsim.places.sources.jobs import add_jobs
from cwbsim.places.sources.people import add_people, add_wards


def compile_profile(code: str, data: Path, judgements: Path) -> dict[str, str]:
    """The text of every file of a profile.

    Parameters
    ----------
    code
        Authority, ``"E08000010"`` for Wigan; any Greater Manchester borough for which there are judgements.
    data
        Folder of official tables.
    judgements
        TOML of what no table says.

    Returns
    -------
    dict[str, str]
        File name to text; the same input gives the same text.

    Raises
    ------
    UserError
        An authority that is not covered, a table or judgement that is missing, a budget that cannot close.
    """
    if not data.is_dir():
        raise UserError(f"no folder {data}", "compile_profile", mend="--data the folder of official tables")
    draft = Draft(code, name_of(code), data, read_toml(judgements))
    with warnings.catch_warnings():
        # the published workbooks lack a default style, which openpyxl remarks on
        warnings.filterwarnings("ignore", module="openpyxl")
        add_people(draft)
        add_wards(draft)
        add_incomes(draft)
        add_businesses(draft)
        add_jobs(draft)
        add_anchors(draft)
    return draft.files()


@click.command()
@click.argument("code")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder of official tables.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Profile folder; holds judgements.toml."
)
def main(code: str, data: Path, out: Path) -> None:
    """Compile the profile of one borough and print how its totals agree."""
    from cwbsim.places.profile import load_profile
    from cwbsim.places.reconciliation import reconciliation

    try:
        texts = compile_profile(code, data, out / "judgements.toml")
    except UserError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code)
    for name, text in sorted(texts.items()):
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    click.echo(f"{len(texts)} files written to {out}\n")
    click.echo(reconciliation(load_profile(str(out))))


if __name__ == "__main__":
    main()
