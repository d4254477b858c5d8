"""``cwbsim calibrate``: fitting parameters to measured figures."""

from __future__ import annotations

import sys

import click

from cwbsim.commands import studies


@click.command()
@click.option(
    "--points", type=click.IntRange(4, 100_000), help="Points of each wave; 10 a parameter if left out."
)
@click.option("--waves", type=click.IntRange(1, 20), default=2, show_default=True, help="Waves of runs.")
@studies.experiment
def calibrate(asked: studies.ExperimentRuns, points: int | None, waves: int) -> None:
    """Fit what FILE varies to its targets: a posterior, not a point.

    FILE is an experiment as for `cwbsim sweep`, with [targets.<name>] tables (outcome, value, sd, source). The
    targets used are recorded, and are no validation any more; those with `held_out = true` are not fitted to, and
    the fitted model is held to them.
    """
    from cwbsim.analysis.calibrate import calibrate as fit
    from cwbsim.analysis.experiment_file import load_experiment
    from cwbsim.analysis.targets import load_targets
    from cwbsim.report.calibration_folder import calibration_text, write_calibration
    from cwbsim.report.folder import RESULTS

    experiment = load_experiment(asked.file)
    targets = load_targets(asked.file, experiment)
    folder = asked.folder("_calibration")
    with asked.kept(folder / RESULTS) as (store, how):
        found = fit(experiment, targets, store, points=points or 0, waves=waves, **how)
        write_calibration(found, store, folder, ["cwbsim", *sys.argv[1:]], asked.file)
    content = {
        "runs": found.n_runs,
        "left": found.left,
        "parameters": found.summary().to_dict("records"),
        "targets": found.met.to_dict("records"),
        "held_out": found.checked.to_dict("records"),
    }
    asked.show(content, calibration_text(found), folder)
