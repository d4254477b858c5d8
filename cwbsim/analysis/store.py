"""The run store: one SQLite file a project, one committed transaction a run, nothing lost and nothing double.

A run is known by what shapes it (`cwbsim.analysis.identity`): a run done is never done again and never taken
for another. Only one process writes, the one that was started by the user; workers hand their runs to it. The
file is in SQLite's rollback-journal mode with full synchronisation: whatever happens between two runs, or in
the middle of writing one, the next command finds every finished run and no half one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cwbsim.analysis.identity import RunId, environment
from cwbsim.analysis.kept import KeptRun, Layout, unpacked
from cwbsim.analysis.store_file import StoreFile
from cwbsim.analysis.store_schema import COLUMNS, DamagedError, Record, Status, scenario_seal, sealed
from cwbsim.analysis.workers import Failure
from cwbsim.errors import UserError
from cwbsim.scenario import Scenario

DEATHS = 2  # of workers, after which a run is left alone
TOGETHER = 500  # runs to a transaction where stores are merged
NOT_CONTENT = ", ".join(name for name in COLUMNS if name != "content")


class RunStore(StoreFile):
    """A store, open. Use it in a ``with`` statement, or `close` it.

    Parameters
    ----------
    path
        The SQLite file; made if it is not there and `create` is true.
    create
        Whether a missing file is made.
    read_only
        Open it to look; nothing can be written.

    Raises
    ------
    UserError
        It is not there, is not a store, was written by a newer cwbsim, or is damaged.
    CannotWriteError
        It cannot be made there.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, RunStore(Path(folder) / "results.sqlite") as store:
    ...     len(store)
    0
    """

    def __init__(self, path: str | Path, *, create: bool = True, read_only: bool = False) -> None:
        super().__init__(path, create=create, read_only=read_only)
        self._layouts: dict[str, Layout] = {}
        self._known: set[tuple[str, str]] = set()

    # What is there

    def __len__(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM runs").fetchone()[0])

    def record(self, key: str) -> Record | None:
        """What is known of a run, or None."""
        row = self._db.execute(f"SELECT {NOT_CONTENT} FROM runs WHERE key = ?", (key,)).fetchone()
        return None if row is None else Record(*row)

    def find(self, beginning: str) -> Record:
        """The run whose key begins like this.

        Raises
        ------
        UserError
            There is none, or several.
        """
        plain = beginning.strip().lower()
        rows = self._db.execute(
            f"SELECT {NOT_CONTENT} FROM runs WHERE substr(key, 1, ?) = ? LIMIT 2", (len(plain), plain)
        ).fetchall()
        if len(rows) == 1:
            return Record(*rows[0])
        what = "several runs have" if rows else "no run has"
        raise UserError(
            f"{what} a key that begins with {beginning!r}", str(self.path), mend="see `cwbsim runs list`"
        )

    def records(self, *, status: Status | None = None) -> Iterator[Record]:
        """Every run, in the order of scenario and seed, whatever order they came in."""
        where = "WHERE status = ? " if status else ""
        asked = f"SELECT {NOT_CONTENT} FROM runs {where}ORDER BY scenario, seed, key"
        for row in self._db.execute(asked, (status,) if status else ()):
            yield Record(*row)

    def get(self, key: str) -> KeptRun:
        """A run's table.

        Raises
        ------
        UserError
            There is no such finished run, or it was damaged since it was written.
        """
        run = dict(zip(COLUMNS, self._sealed_values(key), strict=True))
        if run["status"] != "SUCCEEDED":
            raise UserError(f"run {key[:12]} failed: {run['exception']}: {run['message']}", str(self.path))
        layout = self.layout(run["layout"])
        return KeptRun(layout, unpacked(run["content"], layout), run["state_hash"], run["seconds"])

    def _sealed_values(self, key: str) -> tuple[Any, ...]:
        """A run's columns, if its seal holds."""
        asked = f"SELECT {', '.join(COLUMNS)}, checksum FROM runs WHERE key = ?"
        row = self._db.execute(asked, (key,)).fetchone()
        if row is None:
            raise UserError(f"there is no run {key}", str(self.path), mend="see `cwbsim runs list`")
        *values, checksum = row
        if not _holds(values, checksum):
            raise DamagedError(f"run {key[:12]} is damaged", str(self.path), mend="see `cwbsim runs verify`")
        return tuple(values)

    def layout(self, digest: str) -> Layout:
        """What the columns of tables mean."""
        if digest not in self._layouts:
            text = self._db.execute("SELECT json FROM layouts WHERE hash = ?", (digest,)).fetchone()
            if text is None or hashlib.sha256(str(text[0]).encode()).hexdigest() != digest:
                raise DamagedError(f"the layout {digest[:12]} is damaged", str(self.path))
            self._layouts[digest] = Layout.from_json(text[0])
        return self._layouts[digest]

    def title(self, scenario: str) -> str:
        """The title of a scenario, by its hash."""
        row = self._db.execute("SELECT title FROM scenarios WHERE hash = ?", (scenario,)).fetchone()
        return "" if row is None else str(row[0])

    def scenario_toml(self, scenario: str) -> str:
        """A scenario as a file, by its hash; its title is left to `title`."""
        row = self._db.execute("SELECT toml, checksum FROM scenarios WHERE hash = ?", (scenario,)).fetchone()
        if row is None or scenario_seal(scenario, row[0]) != row[1]:
            raise DamagedError(f"scenario {scenario[:12]} is damaged", str(self.path))
        return str(row[0])

    def damage(self) -> list[str]:
        """Check every record against its seal; a sentence for each that does not hold."""
        problems = [
            f"the file: {row[0]}" for row in self._db.execute("PRAGMA integrity_check(20)") if row[0] != "ok"
        ]
        layouts = {row[0] for row in self._db.execute("SELECT hash FROM layouts")}
        for digest in sorted(layouts):
            try:
                self.layout(digest)
            except DamagedError:
                problems.append(f"layout {digest[:12]} is damaged")
        for digest, toml, checksum in self._db.execute("SELECT hash, toml, checksum FROM scenarios"):
            if scenario_seal(digest, toml) != checksum:
                problems.append(f"scenario {digest[:12]} is damaged")
        for *values, checksum in self._db.execute(
            f"SELECT {', '.join(COLUMNS)}, checksum FROM runs ORDER BY key"
        ):
            run = dict(zip(COLUMNS, values, strict=True))
            if not _holds(values, checksum) or RunId(*values[1:5]).key != run["key"]:
                problems.append(f"run {str(run['key'])[:12]} (seed {run['seed']}) is damaged")
            elif run["layout"] is not None and run["layout"] not in layouts:
                problems.append(f"run {run['key'][:12]}: its layout is missing")
        return problems

    # What is written

    def know(self, scenario: Scenario, digest: str) -> None:
        """See that a scenario is in the store; of two titles of the same one, the first by alphabet is kept."""
        if (digest, scenario.title) not in self._known:
            with self._transaction(), self._knowing(scenario, digest):
                pass

    @contextmanager
    def _knowing(self, scenario: Scenario, digest: str) -> Iterator[None]:
        """The same inside a transaction; it is remembered when that was without fault."""
        if (digest, scenario.title) in self._known:
            yield
            return
        self._add_scenario(scenario.title, digest, toml_of(scenario))
        yield
        self._known.add((digest, scenario.title))

    def put(self, scenario: Scenario, identity: RunId, kept: KeptRun) -> None:
        """Write a finished run: committed when this returns, absent if it raises.

        Raises
        ------
        UserError
            The run is there already, with other results: it is not a function of what it is known by.
        CannotWriteError
            The disk is full or faulty; what was stored before is as it was.
        """
        values = (
            *_identified(identity), "SUCCEEDED", kept.layout.digest, kept.state_hash, None, None, None, None,
            1, round(kept.seconds, 4), _now(), environment(), kept.packed(),
        )  # fmt: skip
        with self._transaction(), self._knowing(scenario, identity.scenario):
            if kept.layout.digest not in self._layouts:
                self._add_layout(kept.layout.digest, kept.layout.to_json())
            self._add(values)
        self._layouts.setdefault(kept.layout.digest, kept.layout)

    def put_failure(self, scenario: Scenario, identity: RunId, failure: Failure) -> Record:
        """Record that a run failed; a finished one stays as it is.

        A run whose worker died is ABORTED, to be tried once more by itself, and FAILED after `DEATHS` deaths.
        """
        status: Status = "ABORTED" if failure.stage == "worker" and failure.attempts < DEATHS else "FAILED"
        values = (
            *_identified(identity), status, None, None, failure.stage, failure.exception, failure.message,
            failure.traceback, failure.attempts, 0.0, _now(), environment(), None,
        )  # fmt: skip
        with self._transaction(), self._knowing(scenario, identity.scenario):
            self._add(values)
        found = self.record(identity.key)
        assert found is not None
        return found

    def merge(self, other: RunStore, keys: Iterable[str] | None = None) -> tuple[int, list[str]]:
        """Take over what another store has and this one has not.

        Parameters
        ----------
        other
            Another store.
        keys
            Only these runs, where they are there; all by default.

        Returns
        -------
        int, list of str
            How many runs came over; a sentence for each record that was damaged and left behind.

        Raises
        ------
        UserError
            A run that both have, with different results.
        """
        left: list[str] = []
        before = len(self)
        theirs = [row[0] for row in other._db.execute("SELECT key FROM runs ORDER BY key")]
        wanted = theirs if keys is None else sorted(set(keys).intersection(theirs))
        for first in range(0, len(wanted), TOGETHER):
            with self._transaction():
                for key in wanted[first : first + TOGETHER]:
                    try:
                        self._take(other, key)
                    except DamagedError as fault:
                        left.append(
                            f"run {key[:12]} of {other.path} is damaged and left behind: {fault.what}"
                        )
        return len(self) - before, left

    def _take(self, other: RunStore, key: str) -> None:
        """One run of another store, inside a transaction."""
        values = other._sealed_values(key)
        run = dict(zip(COLUMNS, values, strict=True))
        layout = None if run["layout"] is None else other.layout(run["layout"])
        toml = other.scenario_toml(run["scenario"])
        self._add_scenario(other.title(run["scenario"]), run["scenario"], toml)
        if layout is not None:
            self._add_layout(layout.digest, layout.to_json())
        self._add(values)

    def _add_scenario(self, title: str, digest: str, toml: str) -> None:
        self._db.execute(
            "INSERT INTO scenarios VALUES (?, ?, ?, ?) "
            "ON CONFLICT (hash) DO UPDATE SET title = min(title, excluded.title)",
            (digest, title, toml, scenario_seal(digest, toml)),
        )

    def _add_layout(self, digest: str, text: str) -> None:
        self._db.execute("INSERT OR IGNORE INTO layouts VALUES (?, ?)", (digest, text))

    def _add(self, values: tuple[Any, ...]) -> None:
        """Add a run inside a transaction: a finished one replaces a failed one, never the other way round."""
        run = dict(zip(COLUMNS, values, strict=True))
        known = self.record(run["key"])
        if known is not None and known.status == "SUCCEEDED":
            if run["status"] == "SUCCEEDED" and known.state_hash != run["state_hash"]:
                raise UserError(
                    f"run {known.key[:12]} was done before, with other results",
                    str(self.path),
                    mend=f"stored under {known.environment}; now {run['environment']}. Use one store for each",
                )
            return
        marks = ", ".join("?" * (len(COLUMNS) + 1))
        self._db.execute(
            f"INSERT OR REPLACE INTO runs ({', '.join(COLUMNS)}, checksum) VALUES ({marks})",
            (*values, sealed(values)),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All of it, or nothing; what was added is not remembered as there if it is not."""
        try:
            with self.transaction():
                yield
        except BaseException:
            self._known.clear()
            raise


def toml_of(scenario: Scenario) -> str:
    """A scenario as a file, without what does not shape a run: its words, and the seed of its first run."""
    plain = {"title": "run", "question": "", "assumptions": (), "references": (), "seed": 1}
    return scenario.model_copy(update=plain).to_toml()


def _holds(values: Sequence[Any], checksum: object) -> bool:
    """Whether a record is what was sealed; one that cannot even be read is not."""
    try:
        return sealed(values) == checksum
    except (TypeError, ValueError):
        return False


def _identified(identity: RunId) -> tuple[str, str, int, str, str]:
    return identity.key, identity.scenario, identity.seed, identity.code, identity.data


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
