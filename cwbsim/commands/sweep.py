"""``cwbsim sweep plan|run|status``: experiments of many runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cwbsim.commands import options, studies

if TYPE_CHECKING:
    import pandas as pd

    from cwbsim.analysis.experiment import Experiment

MOST_ROWS = 40
NUMBERS = ("value", "low", "high", "seeds")

file_argument = click.argument("file", type=click.Path(path_type=Path))


@click.group()
def sweep() -> None:
    """Experiments of many runs: plan one, run it (here or on a cluster), see how far it is.

    FILE is a TOML file: a question, a base scenario, what varies over which range, a design, seeds.
    """


@sweep.command(name="plan")
@file_argument
@options.as_json
def plan_sweep(file: Path, as_json: bool) -> None:
    """Check FILE, and say what would be run."""
    from cwbsim.analysis.experiment_file import load_experiment

    experiment = load_experiment(file)
    points = experiment.points()
    about = {
        "title": experiment.title,
        "question": experiment.question,
        "scenarios": [one.title for one in (experiment.base, *experiment.policies)],
        "design": experiment.design,
        "points": len(points),
        "seeds": list(experiment.seeds),
        "runs": experiment.n_runs(),
        "months": experiment.base.months,
        "scale": experiment.base.scale,
    }
    if as_json:
        options.print_json({**about, "values": points})
        return
    click.echo(f"{experiment.title}: {experiment.question}\n")
    click.echo(
        f"{len(points)} points ({experiment.design}) x {len(experiment.seeds)} seeds x "
        f"{1 + len(experiment.policies)} scenarios = {experiment.n_runs()} runs of {experiment.base.months} months "
        f"at scale {experiment.base.scale:g}"
    )
    for one in experiment.varied:
        span = (
            ", ".join(map(str, one.values)) or f"{one.low:g} to {one.high:g} {one.unit}, {one.distribution}"
        )
        click.echo(f"  {one.name}: {span}")
    for title in about["scenarios"][1:]:  # type: ignore[index]
        click.echo(f"  against {experiment.base.title}: {title}")


@sweep.command(name="run")
@click.option("--shard", metavar="I/N", callback=lambda *a: _shard(a[2]), help="Only the I-th of N parts.")
@studies.experiment
def run_sweep(asked: studies.ExperimentRuns, shard: tuple[int, int]) -> None:
    """Do the runs of FILE that are not done yet; the same command goes on from where it was stopped.

    Runs go into results.sqlite of the folder runs/<name of the file> (or --out, or --store), tables beside it.
    """
    from cwbsim.analysis.experiment_file import load_experiment
    from cwbsim.analysis.sweep import sweep as run_experiment
    from cwbsim.report.experiment_folder import write_experiment

    experiment = load_experiment(asked.file)
    folder = asked.folder()
    is_whole = shard == (1, 1)
    options.say(f"{experiment.n_runs()} runs in all ...", quiet=asked.quiet)
    with asked.kept(folder / _results_name(shard)) as (store, how):
        result = run_experiment(experiment, store, shard=shard, **how)
        if is_whole:
            summary = write_experiment(experiment, store, folder, ["cwbsim", *sys.argv[1:]], asked.file, result)
    status = result.status
    about: dict[str, Any] = {
        "planned": status.planned, "finished": status.finished, "failed": status.failed, "store": str(result.store)
    }  # fmt: skip
    if is_whole:
        about["summary"] = summary.to_dict("records")
        text = _summary_text(experiment, summary)
    else:
        text = "When every part is done: cwbsim runs merge PARTS --into results.sqlite"
    asked.show(about, text, folder)
    options.say(
        f"{status.finished} finished, {status.failed} failed: {result.store}  ({result.seconds:.0f} s)", quiet=asked.quiet
    )
    if status.failed:
        options.say(f"why: cwbsim runs list {result.store} --failed", quiet=False)
        sys.exit(1)


@sweep.command(name="status")
@file_argument
@options.out
@options.store
@options.as_json
def sweep_status(file: Path, out: Path | None, store: Path | None, as_json: bool) -> None:
    """How far the experiment of FILE is."""
    from cwbsim.analysis.experiment_file import load_experiment
    from cwbsim.analysis.store import RunStore
    from cwbsim.analysis.sweep import Status, status_of
    from cwbsim.report.folder import RESULTS

    experiment = load_experiment(file)
    path = store or (out or Path("runs") / file.stem) / RESULTS
    if path.exists():
        with RunStore(path, read_only=True) as opened:
            status = status_of(experiment, opened)
    else:
        status = Status(experiment.n_runs(), 0, 0)
    if as_json:
        about = {"planned": status.planned, "finished": status.finished, "failed": status.failed}
        options.print_json({**about, "to_do": status.to_do, "store": str(path)})
    else:
        click.echo(
            f"{status.finished} of {status.planned} finished, {status.failed} failed, {status.to_do} to do"
        )


def _shard(written: str | None) -> tuple[int, int]:
    if written is None:
        return 1, 1
    number, _, of = written.partition("/")
    if not (number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of)):
        raise click.BadParameter(f"{written!r} is not such as 3/16")
    return int(number), int(of)


def _results_name(shard: tuple[int, int]) -> str:
    number, of = shard
    return "results.sqlite" if of == 1 else f"results-{number}-of-{of}.sqlite"


def _summary_text(experiment: Experiment, summary: pd.DataFrame) -> str:
    """The summary for a person: points that have a title by that, and of many rows the first."""
    from cwbsim.report.table import aligned

    titles = {number: str(one["title"]) for number, one in enumerate(experiment.listed, start=1) if "title" in one}
    shown = summary.head(MOST_ROWS)
    if titles and len(titles) == len(experiment.listed):
        shown = shown.drop(columns=list(experiment.names)).assign(point=shown["point"].map(titles))
    head = [str(name).replace("is_difference", "difference") for name in shown.columns]
    rows = [[_cell(value) for value in row] for row in shown.to_numpy()]
    more = len(summary) - len(shown)
    note = f"\n... {more} more rows in summary.csv" if more else ""
    return aligned([head, *rows], left=len(head) - len(NUMBERS)) + note


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:.5g}" if isinstance(value, float) else str(value)
