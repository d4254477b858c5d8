"""What a sensitivity analysis leaves behind: indices, a picture, and what it takes to run it again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from cwbsim.analysis.sensitivity import CITATION, Sensitivity
from cwbsim.analysis.store import RunStore
from cwbsim.errors import CannotWriteError
from cwbsim.report.experiment_folder import replace_text
from cwbsim.report.folder import MANIFEST, manifest, write_json
from cwbsim.report.sensitivity_picture import save_sensitivity


def write_sensitivity(
    found: Sensitivity, store: RunStore, folder: Path, command: Sequence[str], file: Path
) -> None:
    """Write ``sensitivity.csv``, its picture, ``report.txt``, the experiment and the manifest.

    Raises
    ------
    CannotWriteError
        The folder cannot be written; the runs are kept.
    """
    experiment = found.experiment
    scenarios = {"base": experiment.base}
    scenarios |= {f"policy_{n}": one for n, one in enumerate(experiment.policies, start=1)}
    about = manifest(scenarios, experiment.seeds, command, [file])
    about |= {"method": found.method, "about_method": CITATION[found.method], "n": found.n, "runs": found.n_runs,
              "store": os.path.relpath(store.path, folder)}  # fmt: skip
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, one in scenarios.items():
            replace_text(folder / f"{name}.toml", one.to_toml())
        replace_text(folder / "experiment.toml", experiment.text)
        replace_text(folder / "sensitivity.csv", found.frame.to_csv(index=False))
        replace_text(folder / "report.txt", found.in_words() + "\n")
        save_sensitivity(found, folder)
        write_json(folder / MANIFEST, about)
    except OSError as fault:
        raise CannotWriteError(f"cannot be written: {fault.strerror or fault}", str(folder)) from fault
