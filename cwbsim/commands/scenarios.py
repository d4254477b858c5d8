"""``cwbsim scenarios``, ``cwbsim validate`` and ``cwbsim schema``."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cwbsim.commands import options

if TYPE_CHECKING:
    from cwbsim.scenario import Scenario


@click.group()
def scenarios() -> None:
    """The scenarios that come with cwbsim."""


@scenarios.command(name="list")
@options.as_json
def list_library(as_json: bool) -> None:
    """Names and titles; each name can be given to `cwbsim run` and `cwbsim compare`."""
    from cwbsim.report.table import aligned
    from cwbsim.scenario import load_scenario
    from cwbsim.scenario_files import library_names

    found = [(name, load_scenario(name)) for name in library_names()]
    if as_json:
        options.print_json(
            [{"name": name, "title": one.title, "question": one.question} for name, one in found]
        )
        return
    rows = [[name, one.title, one.question] for name, one in found]
    click.echo(aligned([["name", "title", "question"], *rows], left=3))


@scenarios.command()
@click.argument("name")
@click.argument("target", type=click.Path(path_type=Path), default=Path())
@options.force
def copy(name: str, target: Path, force: bool) -> None:
    """Copy scenario NAME, and those it extends, into the folder TARGET (here if left out), to edit."""
    from cwbsim.errors import CannotWriteError
    from cwbsim.scenario_files import files_behind, find

    sources = files_behind(find(name))
    root = sources[0].parent
    # What a file of one's own extends from the library is there wherever the copy is used.
    copies = [(one, target / one.relative_to(root)) for one in sources if one.is_relative_to(root)]
    if (taken := [str(made) for _, made in copies if made.exists()]) and not force:
        raise CannotWriteError(
            "there is something there already", ", ".join(taken), mend="--force replaces it"
        )
    try:
        for source, made in copies:
            made.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, made)
            click.echo(str(made))
    except OSError as fault:
        raise CannotWriteError(f"cannot be written: {fault.strerror or fault}", str(target)) from fault


def _idle(scenario: Scenario) -> list[str]:
    """Levers that a scenario pulls only after its last month."""
    return [
        f"levers.{lever.key()} starts in month {lever.start_month}, the scenario ends with month {scenario.months}: "
        "it changes nothing"
        for lever in scenario.levers
        if lever.start_month > scenario.months
    ]  # fmt: skip


@click.command()
@click.argument("files", nargs=-1, required=True)
@options.as_json
def validate(files: tuple[str, ...], as_json: bool) -> None:
    """Check scenario FILES, and say all that is wrong with each."""
    from cwbsim.errors import BAD_INPUT, UserError
    from cwbsim.scenario import load_scenario

    rows: list[dict[str, Any]] = []
    for file in files:
        try:
            scenario = load_scenario(file)
        except UserError as error:
            problems = [str(one) for one in error.each()]
            rows.append({"file": file, "valid": False, "title": None, "hash": None, "problems": problems, "idle": []})
        else:
            about = {"title": scenario.title, "hash": scenario.scenario_hash()}
            rows.append({"file": file, "valid": True, **about, "problems": [], "idle": _idle(scenario)})
    if as_json:
        options.print_json(rows)
    for row in rows if not as_json else []:
        if row["valid"]:
            click.echo(f"{row['file']}: valid ({row['title']})")
        for lever in row["idle"]:
            click.echo(f"{row['file']}: note: {lever}", err=True)
        for problem in row["problems"]:
            click.echo(problem, err=True)
    if not all(row["valid"] for row in rows):
        click.get_current_context().exit(BAD_INPUT)


@click.command()
def schema() -> None:
    """JSON Schema of a scenario file, for editors and other programs."""
    from cwbsim.scenario_schema import scenario_schema

    options.print_json(scenario_schema())
