"""A report's runs once more: the fingerprint of every figure must come out as it stands under it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cwbsim.analysis.replay import replayed
from cwbsim.analysis.sharing import Simulate
from cwbsim.analysis.store import RunStore
from cwbsim.errors import UserError
from cwbsim.report.folder import MANIFEST
from cwbsim.report.style import fingerprint_of


@dataclass(frozen=True, slots=True)
class ReplayedReport:
    """Figures with the fingerprint they bear and the one they have now; runs that came out otherwise."""

    figures: tuple[tuple[str, str, str], ...]  # key, borne, now
    n_runs: int
    different: tuple[str, ...]

    @property
    def is_same(self) -> bool:
        """Whether every fingerprint is as it stands in the report."""
        return not self.different and all(borne == now for _, borne, now in self.figures)

    def in_words(self) -> str:
        """For a person."""
        lines = [f"{self.n_runs} runs again", *self.different]
        lines += [f"{key}: {now}" + ("" if borne == now else f", but the report has {borne}") for key, borne, now in self.figures]
        end = "every figure rests on the same runs, bit for bit" if self.is_same else "this report is not reproduced"
        return "\n".join([*lines, end])

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        rows = [{"figure": key, "fingerprint": borne, "now": now} for key, borne, now in self.figures]
        return {"same": self.is_same, "runs": self.n_runs, "different": list(self.different), "figures": rows}


def replay_report(store: RunStore, folder: Path, simulate: Simulate | None = None) -> ReplayedReport:
    """Run every run of a report again and work the fingerprints out anew.

    Raises
    ------
    UserError
        The folder holds no report, or the store lacks one of its runs.
    """
    try:
        about = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        basis, captions = about["rests_on"], about["figures"]
    except (OSError, ValueError, KeyError):
        raise UserError("no report here", str(folder), allowed="a folder of cwbsim compare --report") from None
    kept = {(one.scenario, one.seed): one for one in store.records(status="SUCCEEDED")}
    states, different = [], []
    for number, seed, borne in basis["states"]:
        record = kept.get((basis["scenarios"][number], seed))
        if record is None:
            raise UserError(f"the run of scenario {number}, seed {seed}, is not in this store", str(store.path))
        again = replayed(store, record, simulate)
        states.append([number, seed, again.state_hash])
        if again.state_hash != borne:
            other = f"scenario {number}, seed {seed}: the store has another run"
            different.append(other if again.is_same else again.in_words())
    now = {**basis, "states": states}
    figures = [(key, _borne(caption), fingerprint_of(key, now)) for key, caption in captions.items()]
    return ReplayedReport(tuple(figures), len(states), tuple(different))


def _borne(caption: str) -> str:
    """The fingerprint in a figure's caption, "Fingerprint 1a2b3c4d5e6f."."""
    return caption.removeprefix("Fingerprint ").rstrip(".")
