"""``cwbsim sensitivity``: which of the varied things decide."""

from __future__ import annotations

import sys
from typing import Any

import click

from cwbsim.commands import studies


@click.command()
@click.option("--method", type=click.Choice(["sobol", "morris"]), default="sobol", show_default=True)
@click.option("--n", type=click.IntRange(2, 100_000), default=64, show_default=True,
              help="Base samples (sobol, a power of two) or trajectories (morris).")  # fmt: skip
@studies.experiment
def sensitivity(asked: studies.ExperimentRuns, method: Any, n: int) -> None:
    """Which of the things that FILE varies decide its outcomes, and what its policies change.

    FILE is an experiment as for `cwbsim sweep`; ranges only. The same command goes on from where it was stopped.
    """
    from cwbsim.analysis.experiment_file import load_experiment
    from cwbsim.analysis.sensitivity import sensitivity as analyse
    from cwbsim.report.folder import RESULTS
    from cwbsim.report.sensitivity_folder import write_sensitivity

    experiment = load_experiment(asked.file)
    folder = asked.folder(f"_{method}")
    with asked.kept(folder / RESULTS) as (store, how):
        found = analyse(experiment, store, method=method, n=n, **how)
        write_sensitivity(found, store, folder, ["cwbsim", *sys.argv[1:]], asked.file)
    content = {"method": method, "runs": found.n_runs, "indices": found.frame.to_dict("records")}
    asked.show(content, found.in_words(), folder)
