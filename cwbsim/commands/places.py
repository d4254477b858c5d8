"""``cwbsim multipliers`` and ``cwbsim place``."""

from __future__ import annotations

from typing import Literal

import click

from cwbsim.commands import options


@click.command()
@click.argument("place", default="wigan")
@click.option("--delta", type=float, default=0.25, show_default=True, help="FLQ exponent, 0.15 to 0.35.")
@click.option(
    "--method",
    type=click.Choice(["flq", "slq", "cilq"]),
    default="flq",
    show_default=True,
)
@click.option("--year", type=click.Choice(["2018", "2022"]), default="2022", show_default=True)
@options.as_json
def multipliers(
    place: str, delta: float, method: Literal["flq", "slq", "cilq"], year: str, as_json: bool
) -> None:
    """Type I and II output and employment multipliers of PLACE, by section."""
    from cwbsim.analysis.multipliers import place_multipliers

    found = place_multipliers(place, delta=delta, method=method, year=int(year))
    if as_json:
        options.print_json(found.to_dict())
    else:
        click.echo(found.to_text())


@click.group()
def place() -> None:
    """The places that can be simulated."""


@place.command()
@click.argument("name", default="wigan")
@options.as_json
def show(name: str, as_json: bool) -> None:
    """Every figure of the profile of NAME, with its source and year."""
    from dataclasses import asdict

    from cwbsim.places.profile import load_profile

    rows = [asdict(figure) for figure in load_profile(name).figures()]
    if as_json:
        options.print_json(rows)
        return
    for row in rows:
        click.echo(options.figure_entry(row))
