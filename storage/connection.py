"""One connection to the database: how it is opened, its transactions, its settings, and what all parts of the store share."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlite_utils import Database

from records.errors import Failed
from storage.keys import Seal, keyed_hash
from storage.results import Busy

BUSY_SECONDS = 15.0
"""How long a writer waits for another process's transaction before it gives up (``Busy``)."""

T = TypeVar("T")


def connect(path: Path, *, read_only: bool) -> Database:
    """A sqlite-utils database on a connection in autocommit mode: transactions begin where the store says so.

    WAL lets others read while one writes; ``synchronous=FULL`` makes a commit survive a power cut, not only a kill.
    """
    mode = "ro" if read_only else "rwc"
    if not read_only:
        with contextlib.suppress(
            OSError
        ):  # texts of people lie in it: for its owner's eyes; what stands already is kept
            os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o600))
    conn = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_SECONDS, isolation_level=None
    )
    conn.row_factory = sqlite3.Row
    conn.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    conn.execute("PRAGMA foreign_keys = ON")
    if read_only:
        conn.execute("PRAGMA query_only = ON")
    else:
        _write_ahead(conn)
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA secure_delete = ON")  # what is erased or replaced leaves no trace in free pages
    return Database(conn, execute_plugins=False)


def _write_ahead(conn: sqlite3.Connection) -> None:
    """Switch to WAL. Of processes that make a database at the same moment SQLite refuses all but one at once, without the
    waiting time that every other statement has: so wait here.

    Raises:
        sqlite3.OperationalError: still locked after ``BUSY_SECONDS``.
    """
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            conn.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.02)


class Connection:
    """Base of the store's parts. Belongs to the thread that opened it."""

    def __init__(self, db: Database, *, path: Path, key: bytes, read_only: bool) -> None:
        self._db = db
        self._conn: sqlite3.Connection = db.conn
        self._key = key
        self._seal = Seal(key)
        self._index_ready = True
        self.path = path
        self.read_only = read_only

    def close(self) -> None:
        self._conn.close()

    @contextmanager
    def transaction(self) -> Generator[None, None, None]:
        """Everything inside is written together or not at all; inside another transaction it becomes part of that one.

        An exception undoes what this block wrote and goes on to the caller.

        Raises:
            Busy: another process kept writing for longer than ``BUSY_SECONDS``.
            Failed: the store was opened read-only.
        """
        if self.read_only:
            raise Failed(f"the database {self.path} was opened read-only: nothing can be written through it")
        if self._conn.in_transaction:
            with self._db.atomic():
                yield
            return
        try:
            self._conn.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error) or "busy" in str(error):
                raise Busy(
                    f"the database {self.path} was kept busy by another process for {BUSY_SECONDS:.0f} s"
                ) from None
            raise
        try:
            yield
            self._conn.execute("COMMIT")
        except BaseException:
            if self._conn.in_transaction:
                self._conn.execute("ROLLBACK")
            raise

    def setting(self, name: str) -> str | None:
        """A value that outlives the process, as it was last saved; None = never saved."""
        row = self._conn.execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return None if row is None else row["value"]

    def save_setting(self, name: str, value: str) -> None:
        with self.transaction():
            self._db.table("settings").upsert({"name": name, "value": value}, pk="name")

    def _hash(self, context: str, *parts: str) -> str:
        return keyed_hash(self._key, context, *parts)

    def _rows(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        return self._conn.execute(sql, values).fetchall()

    def _row(self, sql: str, values: Sequence[Any] | dict[str, Any] = ()) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._conn.execute(sql, values).fetchone()
        return row

    def _insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Many rows in one prepared statement: the hot path (docs/decisions/2026-11-21-storage.md)."""
        marks = ",".join("?" * len(columns))
        self._conn.executemany(f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})", rows)


def marks(values: Sequence[Any]) -> str:
    return ",".join("?" * len(values))


def chunks(values: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]
