from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from records.errors import Failed
from storage.connection import Connection
from storage.results import Busy
from storage.schema import known_migrations
from storage.sqlite import Store, open_store
from tests.storage.samples import KEY, T0, fresh, judged, mention


def test_migrations_are_named_and_applied_once(tmp_path: Path) -> None:
    fresh(tmp_path).close()
    fresh(tmp_path).close()
    conn = sqlite3.connect(tmp_path / "watch.db")
    names = [row[0] for row in conn.execute("SELECT name FROM _sqlite_migrations ORDER BY id")]
    assert len(names) == len(set(names))
    assert set(names) == known_migrations()


def test_connection_waits_keeps_foreign_keys_and_survives_power_cuts(store: Store) -> None:
    pragma = {name: store._conn.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")}
    assert pragma == {"journal_mode": "wal", "synchronous": 2}
    assert store._conn.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    assert store._conn.execute("PRAGMA busy_timeout").fetchone()[0] >= 5000
    assert store._conn.execute("PRAGMA secure_delete").fetchone()[0] == 1


def test_another_key_is_one_clear_sentence_and_writes_nothing(tmp_path: Path) -> None:
    fresh(tmp_path).close()
    before = (tmp_path / "watch.db").read_bytes()
    for read_only in (False, True):
        with pytest.raises(Failed, match="the key does not fit the database") as error:
            open_store(tmp_path / "watch.db", key=b"x" * 32, read_only=read_only)
        assert "\n" not in str(error.value)
    assert (tmp_path / "watch.db").read_bytes() == before


def test_database_of_a_newer_version_is_one_clear_sentence(tmp_path: Path) -> None:
    fresh(tmp_path).close()
    conn = sqlite3.connect(tmp_path / "watch.db")
    conn.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('fengsheng', '2031-01-01 moon', 'x')"
    )
    conn.commit()
    for read_only in (False, True):
        with pytest.raises(Failed, match=r"newer version of Fengsheng \(it has 2031-01-01 moon\): update"):
            open_store(tmp_path / "watch.db", key=KEY, read_only=read_only)


def test_older_database_is_updated_but_not_through_a_read_only_store(tmp_path: Path) -> None:
    fresh(tmp_path).close()
    conn = sqlite3.connect(tmp_path / "watch.db")
    conn.execute("DELETE FROM _sqlite_migrations WHERE name = '2026-11-21 analyst views'")
    for (view,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'view'").fetchall():
        conn.execute(f"DROP VIEW {view}")
    conn.commit()
    with pytest.raises(Failed, match="older version of Fengsheng and is opened read-only"):
        open_store(tmp_path / "watch.db", key=KEY, read_only=True)
    with fresh(tmp_path) as store:
        assert store._rows("SELECT * FROM incidents_view") == []


@pytest.mark.parametrize("read_only", [False, True])
def test_other_files_are_refused(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "watch.db"
    path.write_bytes(b"this is certainly no database " * 50)
    with pytest.raises(Failed, match="not a readable SQLite database"):
        open_store(path, key=KEY, read_only=read_only)
    path.unlink()
    conn = sqlite3.connect(path)
    conn.execute("CREATE TABLE other (x)")
    conn.commit()
    with pytest.raises(Failed, match=r"database of another program|not a database of Fengsheng"):
        open_store(path, key=KEY, read_only=read_only)


def test_missing_database_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="there is no database at"):
        open_store(tmp_path / "none.db", key=KEY, read_only=True)
    assert not list(tmp_path.iterdir())


def test_read_only_reads_while_another_writes_and_cannot_write(tmp_path: Path) -> None:
    with fresh(tmp_path) as writer, open_store(tmp_path / "watch.db", key=KEY, read_only=True) as reader:
        writer.save_mentions([judged(mention("1"))], now=T0)
        with writer.transaction():
            writer.save_mentions([judged(mention("2"))], now=T0)
            assert [m.mention.id for m in reader.search("退款")] == ["1"]
        assert len(reader.search("退款")) == 2
        with pytest.raises(Failed, match="opened read-only"):
            reader.save_setting("a", "b")
        with pytest.raises(sqlite3.OperationalError):
            reader._conn.execute("DELETE FROM mentions")
        assert reader.verify_chain().ok


def test_transaction_rolls_back_whole_and_nested_parts(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store.save_setting("outer", "1")
        raise RuntimeError
    assert store.setting("outer") is None
    with store.transaction():
        store.save_setting("kept", "1")
        with pytest.raises(RuntimeError), store.transaction():
            store.save_setting("kept", "2")
            store.save_setting("inner", "1")
            raise RuntimeError
    assert (store.setting("kept"), store.setting("inner")) == ("1", None)


def test_writer_that_waits_too_long_says_so(tmp_path: Path) -> None:
    with fresh(tmp_path) as one, fresh(tmp_path) as two:
        two._conn.execute("PRAGMA busy_timeout = 20")
        with one.transaction(), pytest.raises(Busy, match="kept busy by another process"), two.transaction():
            pass
        two.save_setting("after", "fine")


def test_settings_keep_the_last_value(store: Store) -> None:
    assert store.setting("offset") is None
    store.save_setting("offset", "1")
    store.save_setting("offset", "2")
    assert store.setting("offset") == "2"


def test_index_of_another_unicode_version_is_built_anew(tmp_path: Path) -> None:
    with fresh(tmp_path) as store:
        store.save_mentions([judged(mention("1", "退款难")), judged(mention("2", "天气好"))], now=T0)
        store._conn.execute("INSERT INTO mention_index (mention_index) VALUES ('delete-all')")
        store.save_setting("index_version", "0/1.0")
    with open_store(tmp_path / "watch.db", key=KEY, read_only=True) as reader:
        assert [m.mention.id for m in reader.search("退款")] == ["1"]
    with fresh(tmp_path) as store:
        assert [m.mention.id for m in store.search("退款")] == ["1"]
        assert (
            store._row("SELECT count(*) AS n FROM mention_index WHERE mention_index MATCH ?", ('"90006b3e"',))["n"] == 1
        )


def test_store_is_made_of_parts_on_one_connection() -> None:
    assert issubclass(Store, Connection)
