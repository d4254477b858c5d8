"""``cwbsim calibrate``: fitting parameters to measured figures."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from cwbsim.commands import options


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--points", type=click.IntRange(4, 100_000), help="Points of each wave; 10 a parameter if left out."
)
@click.option("--waves", type=click.IntRange(1, 20), default=2, show_default=True, help="Waves of runs.")
@options.workers
@options.scheduler
@options.out
@options.store
@options.as_json
@options.quiet
def calibrate(
    file: Path,
    points: int | None,
    waves: int,
    workers: int | None,
    scheduler: str | None,
    out: Path | None,
    store: Path | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fit what FILE varies to its targets: a posterior, not a point.

    FILE is an experiment as for `cwbsim sweep`, with [targets.<name>] tables (outcome, value, sd, source).
    The targets used are recorded; they are no validation any more.
    """
    from cwbsim.analysis.calibrate import calibrate as fit
    from cwbsim.analysis.experiment_file import load_experiment
    from cwbsim.analysis.store import RunStore
    from cwbsim.analysis.targets import load_targets
    from cwbsim.report.calibration_folder import calibration_text, write_calibration
    from cwbsim.report.folder import RESULTS

    experiment = load_experiment(file)
    targets = load_targets(file, experiment)
    folder = out or Path("runs") / f"{file.stem}_calibration"
    with (
        RunStore(store or folder / RESULTS) as opened,
        options.resumable(opened),
        options.executor(scheduler) as executor,
    ):
        found = fit(
            experiment, targets, opened, points=points or 0, waves=waves, workers=workers, executor=executor,
            progress=not quiet,
        )  # fmt: skip
        write_calibration(found, opened, folder, ["cwbsim", *sys.argv[1:]], file)
    if as_json:
        parameters, met = found.summary().to_dict("records"), found.met.to_dict("records")
        options.print_json(
            {"runs": found.n_runs, "left": found.left, "parameters": parameters, "targets": met}
        )
    else:
        click.echo(calibration_text(found))
    options.say(f"\nResults: {folder}", quiet=quiet)
