"""A stored run once more: the same code and data must give the same bits."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cwbsim.analysis.identity import environment, run_id
from cwbsim.analysis.sharing import Simulate
from cwbsim.analysis.store import RunStore
from cwbsim.analysis.store_schema import Record
from cwbsim.scenario import Scenario, load_scenario


@dataclass(frozen=True, slots=True)
class Replay:
    """What came of running a run again."""

    record: Record
    state_hash: str
    changed: tuple[str, ...]
    """What is not as it was when the run was stored: code, data, environment."""

    @property
    def is_same(self) -> bool:
        """Whether it gave the same, bit for bit."""
        return self.state_hash == self.record.state_hash

    def in_words(self) -> str:
        """For a person."""
        head = f"run {self.record.key[:12]}, seed {self.record.seed}"
        if self.is_same:
            return f"{head}: the same, bit for bit ({self.state_hash[:12]})"
        said = f"{head}: differs. stored {str(self.record.state_hash)[:12]}, now {self.state_hash[:12]}"
        if not self.changed:
            return f"{said}\nCode, data and environment are as they were: please report this."
        return f"{said}\nSince then changed: {', '.join(self.changed)}."

    def as_dict(self) -> dict[str, Any]:
        """For a program."""
        return {
            "key": self.record.key,
            "seed": self.record.seed,
            "same": self.is_same,
            "stored_state_hash": self.record.state_hash,
            "state_hash": self.state_hash,
            "changed": list(self.changed),
        }


def stored_scenario(store: RunStore, digest: str) -> Scenario:
    """A scenario of a store, by its hash."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.toml"
        file.write_text(store.scenario_toml(digest), encoding="utf-8")
        return load_scenario(file).model_copy(update={"title": store.title(digest)})


def replayed(store: RunStore, record: Record, simulate: Simulate | None = None) -> Replay:
    """Run a stored run again.

    Raises
    ------
    UserError
        Its scenario cannot be read by this version.
    """
    if simulate is None:
        from cwbsim.simulation import simulate as simulated
    else:
        simulated = simulate  # type: ignore[assignment]
    scenario = stored_scenario(store, record.scenario)
    now = run_id(scenario, record.seed, simulate)
    changed = [name for name in ("scenario", "code", "data") if getattr(now, name) != getattr(record, name)]
    if environment() != record.environment:
        changed.append(f"environment ({record.environment}; now {environment()})")
    return Replay(record, simulated(scenario, record.seed).canonical_hash(), tuple(changed))
