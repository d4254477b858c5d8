"""Options that several commands share, and how results leave them."""

from __future__ import annotations

import json
import math
import shutil
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cwbsim.scenario import Scenario

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
quiet = click.option("--quiet", "-q", is_flag=True, help="Print no progress.")
force = click.option("--force", is_flag=True, help="Replace results that are there already.")
out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for the results; runs/<study>/<time>-<hash> if left out.",
)
seed = click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), help="First seed; the scenario's if left out."
)
scale = click.option("--scale", type=float, help="Simulated per real agent, 0.001 to 1.")
months = click.option("--months", type=int, help="Months to simulate, 1 to 600.")


def adjusted(scenario: Scenario, **changes: Any) -> Scenario:
    """The scenario with those options that were given."""
    given = {name: value for name, value in changes.items() if value is not None}
    return scenario.model_copy(update=given) if given else scenario


def print_json(content: Any) -> None:
    """JSON on stdout; what is not a number becomes null, which JSON can say."""
    click.echo(json.dumps(_plain(content), indent=2, ensure_ascii=False))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def say(text: str, *, quiet: bool) -> None:
    """A line of progress on stderr."""
    if not quiet:
        click.echo(text, err=True)


def number(value: float) -> str:
    """Whole numbers in full, others to six digits."""
    return f"{value:,.0f}" if abs(value) >= 1e5 else f"{value:,.6g}"


def entry(head: str, *paragraphs: str) -> str:
    """One thing of a list: a line that names it, and what is to be said of it, wrapped and indented."""
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 110))
    lines = [textwrap.fill(head, width, subsequent_indent="    ")]
    for text in paragraphs:
        if text:
            lines.append(textwrap.fill(text, width, initial_indent="    ", subsequent_indent="    "))
    return "\n".join(lines)


def figure_entry(row: Mapping[str, Any]) -> str:
    """A number with its range, unit, source and year."""
    value, low, high = (number(row[key]) for key in ("value", "low", "high"))
    bounds = "" if low == high else f" (from {low} to {high})"
    head = f"{row['name']} = {value} {row['unit']}{bounds}"
    return entry(head, f"{row['source']} ({row['year']})", str(row.get("note", "")))
