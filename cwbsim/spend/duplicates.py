"""Rows that say the same as another: reported, never taken away, for two equal payments may both be real."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

SHARED = 0.5  # of the rows of the smaller file


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Rows beyond the first of each set of equal rows, and pairs of files that hold the same."""

    rows_within: int
    pence_within: int
    rows_across: int
    pence_across: int
    same_files: tuple[tuple[str, str, int], ...]  # file, file, rows in both

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "rows_within_files": self.rows_within,
            "pence_within_files": self.pence_within,
            "rows_across_files": self.rows_across,
            "pence_across_files": self.pence_across,
            "files_that_repeat_each_other": [list(pair) for pair in self.same_files],
        }


def duplicates_in(frame: pd.DataFrame) -> Duplicates:
    """Look for rows with the same date, supplier, amount, number, purpose and words; needs column `row_hash`."""
    within = frame.duplicated(["file", "sheet", "row_hash"])
    first = frame[~frame.duplicated(["file", "row_hash"])]
    across = first.duplicated("row_hash")
    return Duplicates(
        int(within.sum()),
        int(frame.loc[within, "pence"].sum()),
        int(across.sum()),
        int(first.loc[across, "pence"].sum()),
        tuple(_pairs(first)) if across.any() else (),
    )


def _pairs(first: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Pairs of files of which one repeats at least half of the other."""
    shared = first[first.duplicated("row_hash", keep=False)]
    sizes = first.groupby("file", observed=True).size()
    groups = shared.groupby("row_hash")["file"].agg(tuple)
    counts: dict[tuple[str, str], int] = {}
    for files in groups:
        one, other = sorted(map(str, files))[:2]
        counts[one, other] = counts.get((one, other), 0) + 1
    return sorted(
        (one, other, n)
        for (one, other), n in counts.items()
        if n >= SHARED * min(sizes[one], sizes[other]) and n > 5
    )
