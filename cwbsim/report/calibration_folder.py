"""What a calibration leaves behind: the posterior, what it was fitted to, and the scenario at its mean."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cwbsim.analysis.calibrate import Calibration
from cwbsim.analysis.store import RunStore
from cwbsim.report.experiment_folder import experiment_folder, replace_text
from cwbsim.report.table import aligned


def calibration_text(found: Calibration) -> str:
    """What was fitted, how sure it is, and how well the targets are met."""
    parameters = [
        (row["name"], f"{row['prior_low']:.4g} to {row['prior_high']:.4g}", f"{row['mean']:.4g}",
         f"{row['low']:.4g} to {row['high']:.4g}", f"{100 * row['learnt']:.0f} %")
        for row in found.summary().to_dict("records")
    ]  # fmt: skip
    held_out = [] if found.checked.empty else [
        "Held out: nothing was fitted to these, so they may validate. Above 3 they contradict the fit.",
        _targets_text(found.checked, "predicted"),
    ]  # fmt: skip
    return "\n\n".join(
        [
            f"{found.experiment.question}\n{found.n_runs} runs; {100 * found.left:.1f} % of the prior is not ruled out.",
            aligned([("parameter", "prior", "mean", "95 % of the posterior", "learnt"), *parameters], left=1),
            _targets_text(found.met, "fitted"),
            "These targets were fitted to: they say nothing about how far the model may be trusted.",
            *held_out,
        ]
    )


def _targets_text(rows: pd.DataFrame, what: str) -> str:
    cells = [
        (row["target"], f"{row['measured']:.4g} ± {row['sd']:.2g}", f"{row['mean']:.4g}",
         f"{row['low']:.4g} to {row['high']:.4g}", f"{row['implausibility']:.1f}")
        for row in rows.to_dict("records")
    ]  # fmt: skip
    return aligned([("target", "measured", what, "95 %", "implausibility"), *cells], left=1)


def write_calibration(
    found: Calibration, store: RunStore, folder: Path, command: Sequence[str], file: Path
) -> None:
    """Write ``posterior.csv``, ``parameters.csv``, ``targets.csv``, ``fitted.toml``, ``report.txt``, the manifest.

    Raises
    ------
    CannotWriteError
        The folder cannot be written; the runs are kept.
    """
    about = {
        "runs": found.n_runs,
        "fitted_to": [
            {"target": one.name, "outcome": one.outcome, "source": one.source} for one in found.targets
        ],
        "held_out": found.checked[["target", "outcome", "source", "implausibility"]].to_dict("records"),
        "use": "targets that were fitted to are never counted as validation",
    }
    with experiment_folder(found.experiment, {"fitted": found.fitted()}, store, folder, command, file, about):
        replace_text(folder / "posterior.csv", found.posterior.to_csv(index=False))
        replace_text(folder / "parameters.csv", found.summary().to_csv(index=False))
        replace_text(folder / "targets.csv", found.met.to_csv(index=False))
        replace_text(folder / "held_out.csv", found.checked.to_csv(index=False))
        replace_text(folder / "report.txt", calibration_text(found) + "\n")
