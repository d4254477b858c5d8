"""Draw what experiments.stationarity found: ``uv run python -m experiments.stationarity_picture FOLDER``.

Every series over its mean of month 13 on, one line a seed and their mean: a borough at rest is a level band.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib
import numpy as np

from experiments.stationarity import FIRST_MONTH, SERIES

matplotlib.use("Agg")
COLUMNS = 4


def draw(runs: np.ndarray, target: Path) -> None:
    """Draw small multiples, one a series.

    Parameters
    ----------
    runs : ndarray of float, shape (seeds, months + 1, series)
    target : Path
        Picture to write; its suffix says which kind.
    """
    from matplotlib import pyplot as plt

    n = len(SERIES)
    figure, axes = plt.subplots(-(-n // COLUMNS), COLUMNS, figsize=(13, 2.1 * -(-n // COLUMNS)), sharex=True)
    years = np.arange(runs.shape[1]) / 12
    for axis in axes.flat[n:]:
        axis.set_visible(False)
    for axis in axes.flat[n - COLUMNS : n]:  # the lowest of each column that is seen
        axis.tick_params(labelbottom=True)
    for i, (axis, name) in enumerate(zip(axes.flat, SERIES, strict=False)):
        level = runs[:, FIRST_MONTH:, i].mean(axis=1, keepdims=True)
        percent = 100 * (runs[:, :, i] / np.where(level == 0, 1, level) - 1)
        axis.plot(years, percent.T, color="0.75", linewidth=0.6)
        axis.plot(years, percent.mean(axis=0), color="#0072b2", linewidth=1.6)
        axis.axhline(0, color="black", linewidth=0.6)
        axis.axvspan(0, FIRST_MONTH / 12, color="0.94")
        axis.set_title(name, fontsize=9, loc="left")
        axis.tick_params(labelsize=7)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    figure.suptitle(
        f"Does the baseline stand still? Per cent from the mean after the first year, {runs.shape[0]} seeds (grey), mean (blue)",
        fontsize=11, x=0.01, ha="left",
    )  # fmt: skip
    figure.supxlabel("year", fontsize=9)
    figure.tight_layout()
    figure.savefig(target, dpi=110)
    plt.close(figure)


def main() -> None:
    """Read series.npz of the folder and write stationarity.png beside it."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("folder", type=Path, nargs="?", default=Path(__file__).with_name("stationarity"))
    folder: Path = arguments.parse_args().folder
    with np.load(folder / "series.npz") as kept:
        draw(kept["runs"], folder / "stationarity.png")
    print(folder / "stationarity.png")


if __name__ == "__main__":
    main()
