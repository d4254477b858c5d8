"""Options that several commands share, and how results leave them."""

from __future__ import annotations

import json
import math
import shutil
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cwbsim.seed import LARGEST_SEED

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from cwbsim.analysis.store import RunStore
    from cwbsim.report.inputs import Input
    from cwbsim.scenario import Scenario

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
quiet = click.option("--quiet", "-q", is_flag=True, help="Print no progress, and no lines about what is done.")
no_progress = click.option(
    "--no-progress", is_flag=True, help="No bar and no counting; lines about what is done stay."
)
verbose = click.option("--verbose", "-v", is_flag=True, help="Say what is read, what is kept where, and how long it took.")
force = click.option("--force", is_flag=True, help="Replace results that are there already.")
out = click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Folder for the results; runs/<study>/<time>-<hash> if left out.",
)
store = click.option(
    "--store",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Run store (SQLite) to read finished runs from and keep new ones in.",
)
workers = click.option(
    "--workers", type=click.IntRange(1, 1024), help="Processes; the cores of this machine if left out."
)
retry_failed = click.option(
    "--retry-failed",
    is_flag=True,
    help="Do again whatever failed before, not only what something outside the run made fail.",
)
scheduler = click.option(
    "--scheduler", metavar="ADDRESS", help="Of a running Dask cluster that does the runs instead."
)
seed = click.option(
    "--seed", type=click.IntRange(0, LARGEST_SEED), help="First seed; the scenario's if left out."
)
scale = click.option("--scale", type=float, help="Simulated per real agent, 0.001 to 1.")
months = click.option("--months", type=int, help="Months to simulate, 1 to 600.")


def adjusted(scenario: Scenario, **changes: Any) -> Scenario:
    """The scenario with those options that were given."""
    given = {name: value for name, value in changes.items() if value is not None}
    return scenario.model_copy(update=given) if given else scenario


@contextmanager
def executor(address: str | None) -> Iterator[Executor | None]:
    """The workers of a Dask cluster, or None for this machine's."""
    if address is None:
        yield None
        return
    from cwbsim.analysis.cluster import dask_executor

    with dask_executor(address) as found:
        yield found


@contextmanager
def resumable(store: RunStore) -> Iterator[None]:
    """Say what is kept where a command is stopped."""
    try:
        yield
    except BaseException:
        if len(store):
            say(f"{len(store)} finished runs are kept: the same command goes on from there.", quiet=False)
        raise


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


def say_read(inputs: Sequence[Input], scenarios: Sequence[Scenario]) -> None:
    """Say which files were read, and which figures and code the runs rest on, as in the manifest."""
    from cwbsim.analysis.identity import code_version, data_of

    for one in inputs:
        say(f"Read: {one.file} ({one.role}), sha256 {one.sha256[:12]}", quiet=False)
    for places, data in {(one.place, *one.neighbours): data_of(one) for one in scenarios}.items():
        say(f"Figures of {', '.join(places)}: {data[:12]}; code: {code_version()[:12]}", quiet=False)


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
