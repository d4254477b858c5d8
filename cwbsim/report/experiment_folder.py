"""What an experiment leaves behind: its definition, its runs, and what they say, in one folder."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cwbsim.analysis.experiment import Experiment
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.sweep import SweepResult, summary_frame
from cwbsim.errors import CannotWriteError
from cwbsim.report.experiment_picture import save_experiment
from cwbsim.report.folder import MANIFEST, manifest, write_json


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
    scenarios = {"base": experiment.base}
    scenarios |= {f"policy_{n}": one for n, one in enumerate(experiment.policies, start=1)}
    about = manifest(scenarios, experiment.seeds, command, [file])
    about |= {
        "experiment": experiment.title,
        "question": experiment.question,
        "store": os.path.relpath(store.path, folder),
        "duration_seconds": round(result.seconds, 2),
        "planned": result.status.planned,
        "finished": result.status.finished,
        "failures": [
            {
                "key": one.key,
                "seed": one.seed,
                "stage": one.stage,
                "exception": one.exception,
                "message": one.message,
            }
            for one in store.records(status="FAILED")
        ],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, one in scenarios.items():
            replace_text(folder / f"{name}.toml", one.to_toml())
        replace_text(folder / "experiment.toml", experiment.text)
        replace_text(folder / "points.csv", points.to_csv(index=False))
        replace_text(folder / "summary.csv", summary.to_csv(index=False))
        save_experiment(experiment, summary, folder)
        write_json(folder / MANIFEST, about)
    except OSError as fault:
        raise CannotWriteError(f"cannot be written: {fault.strerror or fault}", str(folder)) from fault
    return summary


def replace_text(file: Path, text: str) -> None:
    """Write a file whole, or leave the one that is there."""
    partial = file.with_name(f".{file.name}.partial-{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
