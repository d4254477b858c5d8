"""Does the baseline stand still? (truth V3)

Runs the baseline over several seeds and fits a straight line to each series from month 13 on. The baseline is
called stationary when the mean slope over seeds is equivalent to nil: its 95 % interval lies within 0.1 % of
the series' mean a year.

    uv run python -m experiments.stationarity --seeds 16 --out experiments/stationarity
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from scipy import stats

from cwbsim import load_scenario
from cwbsim.simulation import build_world, run_month
from cwbsim.world import World

FIRST_MONTH = 13
BOUND = 0.001  # of the mean, a year


def _staff(world: World) -> np.ndarray:
    e, n = world.employers, world.on_site_row(1)
    return np.asarray(e.n_residents[:n] + e.n_from_wider[:n] + e.n_from_outside[:n])


def _sizes(world: World) -> np.ndarray:
    return np.asarray(world.firms.output_last[world.firms.is_open])


#: What is watched: name -> function of the world at the end of a month.
SERIES: dict[str, Callable[[World], float]] = {
    "output": lambda w: float(w.firms.output_last.sum()),
    "jobs": lambda w: float(_staff(w).sum()),
    "residents in work": lambda w: float((w.residents.status == 0).sum()),
    "vacancies": lambda w: float(w.employers.vacancies.sum()),
    "contract spend placed in the borough": lambda w: float(w.needs.budget[w.needs.place == 0].sum()),
    "household ties in the borough": lambda w: float((w.households.supplier >= 0).sum()),
    "household spending": lambda w: float(w.households.consumption.sum()),
    "firm cash": lambda w: float(w.firms.cash.sum()),
    "anchor cash": lambda w: float(w.anchors.cash.sum()),
    "household savings": lambda w: float(w.households.savings.sum() + w.households.income.sum()),
    "firms open": lambda w: float(w.firms.is_open.sum()),
    "firm output, median": lambda w: float(np.quantile(_sizes(w), 0.5)),
    "firm output, 90th percentile": lambda w: float(np.quantile(_sizes(w), 0.9)),
    "firm output, 99th percentile": lambda w: float(np.quantile(_sizes(w), 0.99)),
    "firms registered to bid": lambda w: float((w.firms.registered > 0).sum()),
    "bidders a tender": lambda w: float(w.market.mean_bidders.mean()),
    "price of contracts": lambda w: float((w.needs.price * w.needs.budget).sum() / w.needs.budget.sum()),
    "wage index": lambda w: float(w.market.wage_index),
    "pay of residents": lambda w: float(w.residents.pay[w.residents.status == 0].mean()),
}


def one_run(job: tuple[str, int, int, float]) -> np.ndarray:
    """Return the series of one run, (months + 1, n)."""
    path, seed, months, scale = job
    scenario = load_scenario(path).model_copy(update={"scale": scale})
    world = build_world(scenario, seed)
    rows = [[watch(world) for watch in SERIES.values()]]
    for _ in range(months):
        run_month(world)
        rows.append([watch(world) for watch in SERIES.values()])
    return np.array(rows)


def slopes(series: np.ndarray, first: int = FIRST_MONTH) -> np.ndarray:
    """Return the slope of each series over its mean, a year; (n,)."""
    t = np.arange(first, series.shape[0]) / 12.0
    part = series[first:]
    centred = t - t.mean()
    return np.asarray((centred[:, None] * part).sum(axis=0) / (centred**2).sum() / part.mean(axis=0))


def table(runs: np.ndarray) -> list[dict[str, float | str]]:
    """Return one row a series: mean slope, its interval, the seed-to-seed deviation, and the verdict."""
    found = np.array([slopes(run) for run in runs])
    n = found.shape[0]
    half = stats.t.ppf(0.975, n - 1) * found.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(found.shape[1], np.nan)
    rows: list[dict[str, float | str]] = []
    for i, name in enumerate(SERIES):
        mean = found[:, i].mean()
        low, high = mean - half[i], mean + half[i]
        first = runs[:, FIRST_MONTH : FIRST_MONTH + 12, i].mean() / max(runs[:, 0, i].mean(), 1e-9) - 1.0
        rows.append({
            "series": name, "slope_percent_a_year": round(100 * mean, 4), "low": round(100 * low, 4),
            "high": round(100 * high, 4), "seed_deviation": round(100 * found[:, i].std(ddof=1), 4) if n > 1 else 0.0,
            "second_year_over_start_percent": round(100 * first, 3),
            "verdict": _verdict(float(low), float(high)),
        })  # fmt: skip
    return rows


def _verdict(low: float, high: float) -> str:
    """Return what an interval of slopes shows: equivalent to nil, beyond the bound, or neither."""
    if max(abs(low), abs(high)) < BOUND:
        return "stationary"
    return "drifts" if low > BOUND or high < -BOUND else "not shown"


def main() -> None:
    """Run, print the table, and write it with the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scenario", default="wigan/baseline")
    parser.add_argument("--seeds", type=int, default=16)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--months", type=int, default=120)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    jobs = [(args.scenario, args.first_seed + i, args.months, args.scale) for i in range(args.seeds)]
    with ProcessPoolExecutor(args.workers, mp_context=get_context("spawn")) as pool:
        runs = np.array(list(pool.map(one_run, jobs)))
    rows = table(runs)
    for row in rows:
        print(f"{row['series']:38s} {row['slope_percent_a_year']:+8.3f} [{row['low']:+.3f}, {row['high']:+.3f}] % a year"
              f"  sd {row['seed_deviation']:.3f}  second year {row['second_year_over_start_percent']:+.2f} %  {row['verdict']}")
    if args.out:
        args.out.mkdir(parents=True, exist_ok=True)
        with (args.out / "slopes.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        np.savez_compressed(args.out / "series.npz", runs=runs)
        about = {k: str(v) for k, v in vars(args).items() if k != "out"}
        (args.out / "about.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
