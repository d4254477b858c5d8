"""``cwbsim multipliers`` and ``cwbsim place``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from cwbsim.commands import options


@click.command()
@click.argument("place", default="wigan")
@click.option(
    "--delta",
    type=float,
    default=0.25,
    show_default=True,
    help="FLQ exponent: 0 up to, not including, 1; 0.15 to 0.35 is plausible.",
)
@click.option(
    "--method",
    type=click.Choice(["flq", "slq", "cilq"], case_sensitive=False),
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
    """The places that can be simulated: those shipped, and any English district built from official tables."""


@place.command("list")
@options.as_json
def list_places(as_json: bool) -> None:
    """The places shipped with cwbsim."""
    from cwbsim.places.shipped import shipped_places

    rows = shipped_places()
    if as_json:
        options.print_json(rows)
        return
    for row in rows:
        head = f"{row['place']}  {row['name']} ({row['code']}), {row['area']}"
        told = f"{row['people']:,} people, {row['households']:,} households; {row['assumed']} of {row['figures']} figures"
        click.echo(options.entry(head, f"{told} assumed; wards: {row['wards']}"))


@place.command()
@click.argument("name", default="wigan")
@options.as_json
def show(name: str, as_json: bool) -> None:
    """Every figure of the profile of NAME (a place shipped, or a profile's folder), with its source and year."""
    from dataclasses import asdict

    from cwbsim.places.profile import load_profile

    profile = load_profile(name)
    rows = [asdict(figure) for figure in profile.figures()]
    if as_json:
        options.print_json(rows)
        return
    for row in rows:
        click.echo(options.figure_entry(row))
    click.echo("\nTables:")
    for table in profile.tables():
        source = f"{table.unit}. Source: {table.source} ({table.year})"
        click.echo(options.entry(f"{table.name}  {table.title}", source, table.note))


@place.command()
@click.argument("code")
@click.option(
    "--data", type=click.Path(path_type=Path), required=True, help="Folder of official tables (cwbsim/data/places/README.md)."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write the profile to.")
@click.option(
    "--figures",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML of your own anchors and figures, which go over the rest.",
)
@options.force
@options.quiet
def build(code: str, data: Path, out: Path, figures: Path | None, force: bool, quiet: bool) -> None:
    """Build the profile of the English district or borough CODE ("E08000010") from official tables.

    Prints how its totals agree. Where the tables do not cover the authority it lists all that is missing and writes
    nothing.
    """
    from cwbsim.errors import CannotWriteError
    from cwbsim.places.build_profile import build_profile, write_profile
    from cwbsim.places.profile import load_profile
    from cwbsim.places.reconciliation import reconciliation

    if (out / "figures.toml").exists() and not force:
        raise CannotWriteError("there is a profile here already", str(out), mend="--force to replace it")
    options.say(f"Reading the tables in {data} ...", quiet=quiet)
    texts = build_profile(code, data, figures)
    write_profile(texts, out)
    profile = load_profile(str(out))
    click.echo(reconciliation(profile))
    told = f"{len(profile.assumed())} of {len(profile.figures())} figures are assumed: cwbsim place show {out}"
    options.say(f"\n{len(texts)} files written to {out}; {told}", quiet=quiet)
    options.say(f'To simulate it, write place = "{out}" in a scenario.', quiet=quiet)


@place.command("map")
@click.argument("name", default="wigan")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Picture to write: .png, .svg or .pdf.")
def draw(name: str, out: Path) -> None:
    """Draw the wards of NAME, shaded by deprivation."""
    from cwbsim.errors import UserError
    from cwbsim.places.profile import load_profile
    from cwbsim.report.ward_map import deprivation_of, draw_map, save_map

    if out.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise UserError(f"cannot draw a {out.suffix or 'file without an end'}", "--out", allowed=".png, .svg, .pdf")
    profile = load_profile(name)
    stand_in = profile.wards[0].code.startswith(profile.code)
    values = {} if stand_in else deprivation_of(profile)
    title = f"{profile.name}: deprivation by ward" if values else f"{profile.name}: no ward boundaries at hand"
    unit = "mean score of households' neighbourhoods (2025), darker is more deprived"
    save_map(draw_map(values, borough=profile.code, title=title, unit=unit), out)
    click.echo(str(out))


@place.command()
@click.argument("name", default="wigan")
@click.option(
    "--whose",
    type=click.Choice(["council", "all"]),
    default="council",
    show_default=True,
    help="Contracts of the councils, or of all anchors.",
)
@click.option("--seeds", type=click.IntRange(1, 100), default=1, show_default=True, help="Worlds of each place.")
@click.option("--scale", type=click.FloatRange(0.01, 1.0), default=0.1, show_default=True, help="Simulated per real agent.")
@options.quiet
@options.as_json
def benchmark(name: str, whose: str, seeds: int, scale: float, quiet: bool, as_json: bool) -> None:
    """Set NAME beside its area's mean: what is local of contract spend, under each definition of local."""
    from cwbsim.analysis.place_benchmark import place_benchmark

    found = place_benchmark(
        name, whose=whose, seeds=seeds, scale=scale, on_place=lambda done: options.say(f"{done} built", quiet=quiet)
    )
    if as_json:
        options.print_json(found.to_dict())
    else:
        click.echo(found.to_text())
