"""Whether 95 % intervals over seeds hold the truth 95 times in 100, on the teaching borough.

    uv run python -m experiments.coverage --log experiments/coverage/log.txt

Runs the teaching borough on many seeds, with and without a commitment (resumable: every run goes into a store), takes
the truth from 600 seeds of their own and draws 2,000 intervals of each size from the others.
"""

from __future__ import annotations

import argparse
import platform
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

from cwbsim.analysis.experiment_file import load_experiment
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.sweep import points_of, sweep
from cwbsim.report.table import aligned
from experiments.coverage.measure import BAND, coverage_frame

HERE = Path(__file__).resolve().parent
SIZES = (4, 8, 16, 32)


def main() -> None:
    """Run what is not run yet, and say what was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--intervals", type=int, default=2000, help="of each size")
    asked.add_argument("--seeds", type=int, help="to run; those of experiment.toml if left out")
    asked.add_argument("--truth", type=int, default=600, help="how many of them say what is true")
    asked.add_argument("--workers", type=int, default=1)
    asked.add_argument("--store", type=Path, default=Path("runs/coverage.sqlite"))
    asked.add_argument("--log", type=Path, help="write what was found there, and coverage.csv beside it")
    chosen = asked.parse_args()
    experiment = load_experiment(HERE / "experiment.toml")
    if chosen.seeds:
        experiment = replace(experiment, seeds=experiment.seeds[: chosen.seeds])
    started = time.monotonic()
    with RunStore(chosen.store) as store:
        done = sweep(experiment, store, workers=chosen.workers)
        seconds = time.monotonic() - started
        sizes = tuple(n for n in SIZES if n < len(experiment.seeds) - chosen.truth)
        frame = coverage_frame(points_of(experiment, store), chosen.truth, sizes, chosen.intervals)
    said = "\n".join(
        [
            f"Python {platform.python_version()}, {platform.system()} {platform.machine()}",
            f"{done.status.finished} runs of {experiment.base.months} months of {experiment.base.title!r}, "
            f"{done.status.failed} failed; {seconds:.0f} s for those that were not in the store",
            f"truth: {chosen.truth} seeds; intervals: {chosen.intervals} of each size, from "
            f"{len(experiment.seeds) - chosen.truth} other seeds; expected of a true 95 %: {BAND[0]} to {BAND[1]}",
            "",
            _table(frame),
        ]
    )
    print(said)
    if chosen.log:
        chosen.log.write_text(said + "\n", encoding="utf-8")
        frame.round(4).to_csv(chosen.log.with_name("coverage.csv"), index=False)


def _table(frame: pd.DataFrame) -> str:
    """A row an outcome, a column a size; a star where 95 in 100 can be ruled out."""
    rows = []
    sizes = sorted(set(frame["seeds"]))
    for (is_difference, outcome), part in frame.groupby(["is_difference", "outcome"], sort=True):
        by_size = part.set_index("seeds")
        cells = [
            f"{one.coverage:.3f} ± {one.standard_error:.3f}{'*' if not BAND[0] <= one.coverage <= BAND[1] else ' '}"
            for one in (by_size.loc[n] for n in sizes)
        ]
        first = part.iloc[0]
        rows.append(
            ["difference" if is_difference else "level", str(outcome), *cells, f"{first['skewness']:.1f}",
             f"{100 * first['commonest']:.0f} %"]
        )  # fmt: skip
    head = ["", "outcome", *(f"{n} seeds" for n in sizes), "skewness", "commonest"]
    low = frame[frame["coverage"] < BAND[0]].groupby(["is_difference", "seeds"]).size()
    n_all = frame.groupby(["is_difference", "seeds"]).size()
    ends = [
        f"{'differences' if key[0] else 'levels'} of {key[1]} seeds: {low.get(key, 0)} of {n} outcomes below {BAND[0]}"
        for key, n in n_all.items()
    ]
    note = "*: outside that range. commonest: share of seeds with the most frequent value."
    return "\n".join([aligned([head, *rows], left=2), "", note, *ends])


if __name__ == "__main__":
    main()
