"""What an experiment leaves behind: its definition, its runs, and what they say, in one folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from cwbsim.analysis.experiment import Experiment
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.sweep import SweepResult, plan, summary_frame
from cwbsim.errors import CannotWriteError
from cwbsim.report.experiment_picture import save_experiment
from cwbsim.report.folder import MANIFEST, manifest, write_json
from cwbsim.report.inputs import experiment_inputs
from cwbsim.scenario import Scenario


def write_experiment(
    experiment: Experiment,
    store: RunStore,
    folder: Path,
    command: Sequence[str],
    file: Path,
    result: SweepResult,
) -> pd.DataFrame:
    """Write ``experiment.toml``, ``points.csv``, ``summary.csv``, a picture and ``manifest.json``.

    Returns
    -------
    pandas.DataFrame
        The summary (`cwbsim.analysis.sweep.summary_frame`).

    Raises
    ------
    CannotWriteError
        The folder cannot be written; the runs are kept.
    """
    summary = summary_frame(experiment, store)
    points = pd.DataFrame([{"point": n, **one} for n, one in enumerate(experiment.points(), start=1)])
    mine = {job.identity.key for group in plan(experiment) for job in group}  # the store may hold other studies
    about = {
        "experiment": experiment.title,
        "question": experiment.question,
        "duration_seconds": round(result.seconds, 2),
        "planned": result.status.planned,
        "runs": result.status.finished,
        "failures": [
            {"key": one.key, "seed": one.seed, "stage": one.stage, "exception": one.exception, "message": one.message}
            for one in store.records(status="FAILED")
            if one.key in mine
        ],
    }
    with experiment_folder(experiment, base_and_policies(experiment), store, folder, command, file, about):
        replace_text(folder / "points.csv", points.to_csv(index=False))
        replace_text(folder / "summary.csv", summary.to_csv(index=False))
        save_experiment(experiment, summary, folder)
    return summary


def base_and_policies(experiment: Experiment) -> dict[str, Scenario]:
    """The scenarios of an experiment by the names of their files."""
    policies = {f"policy_{n}": one for n, one in enumerate(experiment.policies, start=1)}
    return {"base": experiment.base, **policies}


@contextmanager
def experiment_folder(
    experiment: Experiment, scenarios: Mapping[str, Scenario], store: RunStore, folder: Path, command: Sequence[str],
    file: Path, about: Mapping[str, Any],
) -> Iterator[None]:  # fmt: skip
    """Write scenarios and the experiment, then what the block writes, and last the manifest that says all is there.

    Raises
    ------
    CannotWriteError
        The folder cannot be written; the runs are kept.
    """
    try:
        inputs = experiment_inputs(file, list(scenarios.values()))
        folder.mkdir(parents=True, exist_ok=True)
        for name, one in scenarios.items():
            replace_text(folder / f"{name}.toml", one.to_toml())
        replace_text(folder / "experiment.toml", experiment.text)
        yield
        whole = manifest(scenarios, experiment.seeds, command, inputs)
        write_json(folder / MANIFEST, {**whole, "store": os.path.relpath(store.path, folder), **about})
    except OSError as fault:
        raise CannotWriteError(f"cannot be written: {fault.strerror or fault}", str(folder)) from fault


def replace_text(file: Path, text: str) -> None:
    """Write a file whole, or leave the one that is there."""
    partial = file.with_name(f".{file.name}.partial-{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
