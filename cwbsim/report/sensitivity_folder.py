"""What a sensitivity analysis leaves behind: indices, a picture, and what it takes to run it again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cwbsim.analysis.sensitivity import CITATION, Sensitivity
from cwbsim.analysis.store import RunStore
from cwbsim.report.experiment_folder import base_and_policies, experiment_folder, replace_text
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
    about = {"method": found.method, "about_method": CITATION[found.method], "n": found.n, "runs": found.n_runs}
    scenarios = base_and_policies(found.experiment)
    with experiment_folder(found.experiment, scenarios, store, folder, command, file, about):
        replace_text(folder / "sensitivity.csv", found.frame.to_csv(index=False))
        replace_text(folder / "report.txt", found.in_words() + "\n")
        save_sensitivity(found, folder)
