"""The database's file: texts of people lie in it, so it is for its owner's eyes."""

from __future__ import annotations

import stat
from pathlib import Path

from storage.keys import key_path, load_or_make_key
from storage.sqlite import open_store


def test_a_new_database_is_readable_by_its_owner_only_and_an_existing_one_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    key = load_or_make_key(key_path(path))
    with open_store(path, key=key):
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes
    path.chmod(0o640)
    with open_store(path, key=key):
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
