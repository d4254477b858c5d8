"""The tables of a run store, and how its records are sealed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from cwbsim.analysis.workers import Failure
from cwbsim.errors import UserError

Status = Literal["SUCCEEDED", "FAILED", "ABORTED"]

SCHEMA = 1
#: "cwbs": written into the file's header, so that a store is not taken for another program's database.
APPLICATION_ID = 0x63776273

#: Of a run, in the order in which they are sealed. A FAILED one has no table, a SUCCEEDED one no exception.
COLUMNS = (
    "key", "scenario", "seed", "code", "data", "status", "layout", "state_hash", "stage", "exception",
    "message", "traceback", "attempts", "seconds", "finished", "environment", "content",
)  # fmt: skip
SEALED_LAST = "content"

TABLES = f"""
CREATE TABLE scenarios (hash TEXT PRIMARY KEY, title TEXT NOT NULL, toml TEXT NOT NULL, checksum TEXT NOT NULL);
CREATE TABLE layouts (hash TEXT PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE runs (
  key TEXT PRIMARY KEY,
  scenario TEXT NOT NULL REFERENCES scenarios (hash),
  seed INTEGER NOT NULL,
  code TEXT NOT NULL,
  data TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('SUCCEEDED', 'FAILED', 'ABORTED')),
  layout TEXT REFERENCES layouts (hash),
  state_hash TEXT,
  stage TEXT,
  exception TEXT,
  message TEXT,
  traceback TEXT,
  attempts INTEGER NOT NULL,
  seconds REAL NOT NULL,
  finished TEXT NOT NULL,
  environment TEXT NOT NULL,
  content BLOB,
  checksum TEXT NOT NULL
);
CREATE INDEX runs_by_scenario ON runs (scenario, seed);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {SCHEMA};
"""


def sealed(values: Sequence[Any]) -> str:
    """SHA-256 of a run's columns (as in COLUMNS): any bit that changes, or a record under another key, shows."""
    *said, content = values
    digest = hashlib.sha256(json.dumps(said, ensure_ascii=False).encode())
    digest.update(b"" if content is None else content)
    return digest.hexdigest()


def scenario_seal(digest: str, toml: str) -> str:
    """The same for a scenario."""
    return hashlib.sha256(f"{digest}\0{toml}".encode()).hexdigest()


class DamagedError(UserError):
    """A record that is not what was written."""


@dataclass(frozen=True, slots=True)
class Record:
    """A run as it stands in the store; its table is read on demand (`RunStore.get`)."""

    key: str
    scenario: str
    seed: int
    code: str
    data: str
    status: Status
    layout: str | None
    state_hash: str | None
    stage: str | None
    exception: str | None
    message: str | None
    traceback: str | None
    attempts: int
    seconds: float
    finished: str
    environment: str

    @property
    def failure(self) -> Failure | None:
        """Why it failed, if it did."""
        if self.status == "SUCCEEDED":
            return None
        said = (self.exception or "", self.message or "", self.traceback or "")
        error = UserError(said[1]) if said[0] == UserError.__name__ else None
        return Failure(*said, stage=self.stage or "", attempts=self.attempts, error=error)
