"""``cwbsim sensitivity``: which of the varied things decide."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cwbsim.commands import options


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--method", type=click.Choice(["sobol", "morris"]), default="sobol", show_default=True)
@click.option("--n", type=click.IntRange(2, 100_000), default=64, show_default=True,
              help="Base samples (sobol, a power of two) or trajectories (morris).")  # fmt: skip
@options.workers
@options.scheduler
@options.out
@options.store
@options.as_json
@options.quiet
def sensitivity(
    file: Path,
    method: str,
    n: int,
    workers: int | None,
    scheduler: str | None,
    out: Path | None,
    store: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Which of the things that FILE varies decide its outcomes, and what its policies change.

    FILE is an experiment as for `cwbsim sweep`; ranges only. The same command goes on from where it was stopped.
    """
    from cwbsim.analysis.experiment_file import load_experiment
    from cwbsim.analysis.sensitivity import sensitivity as analyse
    from cwbsim.analysis.store import RunStore
    from cwbsim.report.folder import RESULTS
    from cwbsim.report.sensitivity_folder import write_sensitivity

    experiment = load_experiment(file)
    folder = out or Path("runs") / f"{file.stem}_{method}"
    with (
        RunStore(store or folder / RESULTS) as opened,
        options.resumable(opened),
        options.executor(scheduler) as executor,
    ):
        found = analyse(
            experiment, opened, method=method, n=n, workers=workers, executor=executor,  # type: ignore[arg-type]
            progress=not quiet,
        )  # fmt: skip
        write_sensitivity(found, opened, folder, ["cwbsim", *sys.argv[1:]], file)
    if as_json:
        options.print_json(
            {"method": method, "runs": found.n_runs, "indices": found.frame.to_dict("records")}
        )
    else:
        click.echo(found.in_words())
    options.say(f"\nResults: {folder}", quiet=quiet)
