from __future__ import annotations

import multiprocessing
import stat
from pathlib import Path

import pytest

from records.errors import Failed
from storage.keys import Seal, key_path, keyed_hash, load_or_make_key


def test_key_is_made_once_with_mode_0600(tmp_path: Path) -> None:
    path = key_path(tmp_path / "folder" / "watch.db")
    key = load_or_make_key(path)
    assert path.name == "watch.db.key"
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_or_make_key(path) == key
    assert [p.name for p in path.parent.iterdir()] == ["watch.db.key"]


def test_key_open_to_others_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "k"
    load_or_make_key(path)
    path.chmod(0o644)
    load_or_make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def _make(path: str, results: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    results.put(load_or_make_key(path))


def test_processes_that_make_it_at_once_get_the_same_key(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    workers = [context.Process(target=_make, args=(str(tmp_path / "k"), results)) for _ in range(6)]
    for worker in workers:
        worker.start()
    keys = {results.get(timeout=20) for _ in workers}
    for worker in workers:
        worker.join()
    assert len(keys) == 1


def test_file_that_is_no_key_is_one_clear_sentence(tmp_path: Path) -> None:
    path = tmp_path / "k"
    path.write_bytes(b"short")
    with pytest.raises(Failed, match="not a key file of Fengsheng: it has 5 bytes, exactly 32"):
        load_or_make_key(path)


def test_missing_key_of_an_existing_database_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "watch.db").write_bytes(b"something")
    with pytest.raises(Failed, match="missing: restore it"):
        load_or_make_key(tmp_path / "watch.db.key")
    assert not (tmp_path / "watch.db.key").exists()


def test_hashes_depend_on_key_context_and_where_parts_end() -> None:
    hashes = {
        keyed_hash(b"a" * 32, "author", "ab", "c"),
        keyed_hash(b"b" * 32, "author", "ab", "c"),
        keyed_hash(b"a" * 32, "person", "ab", "c"),
        keyed_hash(b"a" * 32, "author", "a", "bc"),
    }
    assert len(hashes) == 4


def test_seal_hides_opens_and_notices_changes() -> None:
    seal = Seal(b"a" * 32)
    sealed = seal.close("https://example.org/@name/1")
    assert "name" not in sealed
    assert seal.open(sealed) == "https://example.org/@name/1"
    assert Seal(b"b" * 32).open(sealed) is None
    assert seal.open("AAAA" + sealed[4:]) is None
    assert seal.open("no base64!") is None
