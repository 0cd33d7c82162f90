"""The store on SQLite: every part over one connection, and how it is opened.

One store belongs to one thread; every process and thread opens its own. Writers wait for each other, readers never wait.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType

from sqlite_utils import Database

from records.errors import Failed
from storage.connection import connect
from storage.customer_matches import CustomerMatches
from storage.deadlines import Deadlines
from storage.eyes import EyesRecords
from storage.grams import INDEX_VERSION
from storage.inbox import Inbox
from storage.keys import KEY_BYTES, fingerprint
from storage.opinions import Opinions
from storage.outbox import Outbox
from storage.people import People
from storage.queries import Queries
from storage.results import Busy
from storage.schema import known_migrations, migrations
from storage.search import Search
from storage.watched import WatchedPosts
from storage.windows import Windows


class Store(
    Search, Windows, WatchedPosts, Outbox, Inbox, Deadlines, Queries, EyesRecords, People, CustomerMatches, Opinions
):
    """Everything Fengsheng keeps. Open it with ``open_store``; use it as a context manager or ``close`` it."""

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        """Bring tables, key and index up to date, or tell why this database cannot be used."""
        applied = {m.name for m in migrations.applied(self._db)}
        newer = sorted(applied - known_migrations())
        if newer:
            raise Failed(
                f"the database {self.path} was written by a newer version of Fengsheng (it has {', '.join(newer)}): "
                "update Fengsheng to use it"
            )
        if self.read_only:
            if not applied:
                raise Failed(f"{self.path} is not a database of Fengsheng yet: run fengsheng once to make it")
            if applied != known_migrations():
                raise Failed(
                    f"the database {self.path} was written by an older version of Fengsheng and is opened read-only: "
                    "start fengsheng run once to bring it up to date"
                )
            self._check_key()
            self._index_ready = self.setting("index_version") == INDEX_VERSION
            return
        if not applied and self._db.table_names():
            raise Failed(f"{self.path} is a database of another program: choose another path")
        if applied:
            self._check_key()  # before anything is written with a key that does not fit
        with self.transaction():
            migrations.apply(self._db)
            if self.setting("key_fingerprint") is None:
                self._db.table("settings").insert({"name": "key_fingerprint", "value": fingerprint(self._key)})
                self._save_head(*self.chain_head())
            self._check_key()
            if self.setting("index_version") != INDEX_VERSION:
                self._rebuild_index()
                self.save_setting("index_version", INDEX_VERSION)

    def _check_key(self) -> None:
        if self.setting("key_fingerprint") != fingerprint(self._key):
            raise Failed(
                f"the key does not fit the database {self.path}: give the key file that was made with it "
                f"({self.path}.key unless FENGSHENG_KEY_FILE names another)"
            )


def open_store(path: str | Path, *, key: bytes, read_only: bool = False) -> Store:
    """Open the database, making or updating its tables unless ``read_only``.

    Args:
        path: the database file; its folder is made if needed.
        key: the 32 bytes of ``load_or_make_key``.
        read_only: never writes, also while another process does; the database must be up to date.

    Raises:
        Failed: one sentence: no file to read, no database, of another program, of a newer version, or another key.
        Busy: another process kept writing for too long.
    """
    path = Path(path)
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key has {KEY_BYTES} bytes")
    if read_only and not path.is_file():
        raise Failed(f"there is no database at {path}: run fengsheng once to make it, or name another with --database")
    db: Database | None = None
    try:
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        db = connect(path, read_only=read_only)
        store = Store(db, path=path, key=key, read_only=read_only)
        store._prepare()
        return store
    except BaseException as error:
        if db is not None:
            db.conn.close()
        if isinstance(error, sqlite3.DatabaseError | OSError):
            raise _told(path, error) from error
        raise


def _told(path: Path, error: Exception) -> Failed:
    what = str(error)
    if "locked" in what or "busy" in what:
        return Busy(f"the database {path} is kept busy by another process")
    if "not a database" in what or "malformed" in what:
        return Failed(f"{path} is not a readable SQLite database ({what}): restore a backup or choose another path")
    return Failed(f"the database {path} cannot be opened: {what}")
