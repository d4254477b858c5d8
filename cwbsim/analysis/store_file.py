"""Opening the file of a run store, and writing to it whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from cwbsim.analysis.store_schema import APPLICATION_ID, SCHEMA, TABLES
from cwbsim.errors import CannotWriteError, UserError

WAIT_SECONDS = 60.0  # for another command that is writing


class StoreFile:
    """An SQLite file with the tables of a run store, open; see `cwbsim.analysis.store.RunStore`."""

    def __init__(self, path: str | Path, *, create: bool = True, read_only: bool = False) -> None:
        self.path = Path(path)
        is_new = not self.path.exists()
        if is_new and (read_only or not create):
            raise UserError("there is no run store", str(path), mend="name the results.sqlite of a study")
        try:
            if is_new:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=WAIT_SECONDS, isolation_level=None)
        except (OSError, sqlite3.OperationalError) as fault:
            raise CannotWriteError(f"cannot be opened: {fault}", str(path)) from fault
        try:
            self._open(read_only)
        except BaseException:
            self._db.close()
            raise

    def _open(self, read_only: bool) -> None:
        with self._faults_in_plain_words():
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.execute("PRAGMA foreign_keys = ON")
            if read_only:
                self._db.execute("PRAGMA query_only = ON")
            if not self._is_ours():
                self._db.execute("PRAGMA journal_mode = DELETE")
                with self.transaction():
                    if not self._is_ours():  # another command may have been quicker
                        for statement in TABLES.split(";"):
                            self._db.execute(statement)
            found = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise UserError(
                f"the run store is damaged: {found}",
                str(self.path),
                mend="`cwbsim runs merge` copies every undamaged run into a new store",
            )

    def _is_ours(self) -> bool:
        """Whether the tables are there; an empty file is not ours yet, another's is refused."""
        mark = self._db.execute("PRAGMA application_id").fetchone()[0]
        schema = self._db.execute("PRAGMA user_version").fetchone()[0]
        if mark == APPLICATION_ID and schema == SCHEMA:
            return True
        if mark == APPLICATION_ID:
            raise UserError(
                f"the run store has format {schema}",
                str(self.path),
                f"format {SCHEMA}",
                "use the cwbsim it was made with",
            )
        if self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise UserError("is a database, but not a run store of cwbsim", str(self.path))
        return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of it, or nothing."""
        with self._faults_in_plain_words():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _faults_in_plain_words(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as fault:
            raise CannotWriteError(
                f"the run store cannot be written: {fault}",
                str(self.path),
                mend="mend that, then give the same command again: every finished run is kept",
            ) from fault
        except sqlite3.DatabaseError as fault:
            raise UserError(f"is not a run store, or is damaged: {fault}", str(self.path)) from fault
