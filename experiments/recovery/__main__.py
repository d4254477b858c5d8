"""Whether a calibration finds again what simulated figures were made with: three parameters, five targets at once.

    uv run python -m experiments.recovery --log experiments/recovery/log.txt

Draws parameters from their ranges, lets the model make the figures with seeds of their own (levels, and a before and after),
fits to those figures, and says where the truth lies in the posterior. Resumable: every run goes into a store.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import qmc

from cwbsim.analysis.calibrate import calibrate
from cwbsim.analysis.experiment import Experiment
from cwbsim.analysis.experiment_file import load_experiment
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.sweep import points_of, sweep
from cwbsim.analysis.targets import Target
from cwbsim.report.table import aligned

HERE = Path(__file__).resolve().parent
MEASURED_SEEDS = range(1001, 1009)  # none of those that the fit has
POLICY = "A fifth for social value"
MEASURED = (  # outcome, policy
    ("gross_value_added", ""),
    ("unemployment_rate", ""),
    ("vacancies", ""),
    ("social_value_delivered", ""),
    ("social_value_delivered", POLICY),
)


def main() -> None:
    """Recover each truth in turn."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--truths", type=int, default=3, help="how often parameters are drawn")
    asked.add_argument("--points", type=int, default=18, help="of each wave")
    asked.add_argument("--waves", type=int, default=2)
    asked.add_argument("--workers", type=int)
    asked.add_argument("--store", type=Path, default=Path("runs/recovery.sqlite"))
    asked.add_argument("--log", type=Path, help="write what was found there")
    chosen = asked.parse_args()
    experiment = load_experiment(HERE / "experiment.toml")
    started = time.monotonic()
    rows, inside, n_runs = [], 0, 0
    with RunStore(chosen.store) as store:
        for number, truth in enumerate(_truths(experiment, chosen.truths), start=1):
            targets = _made(experiment, truth, store, chosen.workers)
            found = calibrate(
                experiment, targets, store, points=chosen.points, waves=chosen.waves, workers=chosen.workers
            )
            n_runs += found.n_runs
            for row in found.summary().to_dict("records"):
                true = truth[row["name"]]
                is_inside = row["low"] <= true <= row["high"]
                inside += is_inside
                rows.append(
                    [str(number), row["name"], f"{row['prior_low']:.4g} to {row['prior_high']:.4g}", f"{true:.4g}",
                     f"{row['mean']:.4g}", f"{row['low']:.4g} to {row['high']:.4g}", f"{100 * row['learnt']:.0f} %",
                     "yes" if is_inside else "no"]
                )  # fmt: skip
    head = ["truth", "parameter", "range", "made with", "posterior mean", "95 % of the posterior", "learnt", "holds it"]
    said = "\n".join(
        [
            f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
            f"{n_runs} runs (some for several truths) of {experiment.base.months} months at scale {experiment.base.scale:g}, "
            f"{len(MEASURED)} targets; {time.monotonic() - started:.0f} s",
            "",
            aligned([head, *rows], left=2),
            "",
            f"{inside} of {len(rows)} ranges hold what the figures were made with",
        ]
    )
    print(said)
    if chosen.log:
        chosen.log.write_text(said + "\n", encoding="utf-8")


def _truths(experiment: Experiment, n: int) -> list[dict[str, Any]]:
    """Values of each parameter, spread over the middle nine tenths of its range."""
    shares = 0.05 + 0.9 * qmc.LatinHypercube(len(experiment.varied), rng=7).random(n)
    return [
        {one.name: one.at(float(share)) for one, share in zip(experiment.varied, row, strict=True)} for row in shares
    ]


def _made(
    experiment: Experiment, truth: Mapping[str, Any], store: RunStore, workers: int | None
) -> tuple[Target, ...]:
    """What the model measures at the truth, with the doubt that so many seeds leave."""
    names = tuple(dict.fromkeys(outcome for outcome, _ in MEASURED))
    there = replace(
        experiment, design="list", listed=(truth,), seeds=tuple(MEASURED_SEEDS), outcomes=names
    )
    sweep(there, store, workers=workers)
    values = {(key[0], key[1]): table[0] for key, table in points_of(there, store).items()}
    found = []
    for outcome, policy in MEASURED:
        seen = values[policy or experiment.base.title, outcome]
        seen = seen[np.isfinite(seen)]
        doubt = float(seen.std(ddof=1) / np.sqrt(seen.size))
        found.append(
            Target(f"{outcome} {policy}".strip(), outcome, float(seen.mean()), doubt, "made by the model", policy=policy)
        )
    return tuple(found)


if __name__ == "__main__":
    main()
