from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from playbooks.state import EventKind
from records.event import Event, Person
from storage.events import GENESIS
from storage.sqlite import Store, open_store
from tests.storage.samples import KEY, T0, at, fresh

INCIDENT = "FS-20261120-01"


def events(count: int = 6) -> list[Event]:
    made = [
        Event(
            incident=INCIDENT if n % 3 else None,
            kind=EventKind.STEP_TAKEN if n % 3 else "export",
            at=at(n),
            actor="p_1f3a" if n % 2 else None,
            data={"step": "assemble", "n": n, "keys": ["weibo:post:1"], "level": 3},
        )
        for n in range(count)
    ]
    return made


def filled(folder: Path, count: int = 6) -> Path:
    with fresh(folder) as store:
        store.append_events(events(count))
        store.save_text("已通知门店", incident=INCIDENT, at=T0)
        assert store.verify_chain().ok
    return folder / "watch.db"


def test_events_come_back_in_order_system_events_too(store: Store) -> None:
    chained = store.append_events(events()[:3]) + store.append_events(events()[3:])
    assert [c.seq for c in chained] == [1, 2, 3, 4, 5, 6]
    assert [c.previous for c in chained] == [GENESIS, *[c.hash for c in chained[:-1]]]
    assert store.load_events(INCIDENT) == [e for e in events() if e.incident]
    assert store.load_events(None) == [e for e in events() if e.incident is None]
    assert list(store.iter_chain()) == chained
    assert store.chain_head() == (6, chained[-1].hash)
    report = store.verify_chain(head=(3, chained[2].hash))
    assert (report.ok, report.count, report.head_seq, report.head_hash) == (True, 6, 6, chained[-1].hash)
    assert store.append_events([]) == []


def test_nothing_appended_when_the_transaction_fails(store: Store) -> None:
    with pytest.raises(RuntimeError), store.transaction():
        store.append_events(events())
        raise RuntimeError
    assert store.verify_chain().count == 0
    assert store.append_events(events())[0].seq == 1
    assert store.verify_chain().ok


def test_a_long_log_is_read_in_pieces(store: Store) -> None:
    store.append_events(events(1203))
    assert [c.seq for c in store.iter_chain()] == list(range(1, 1204))
    assert store.verify_chain().ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'p_other' WHERE seq = 2",
        "UPDATE events SET seq = 99 WHERE seq = 2",
        "DELETE FROM events WHERE seq = 6",
        "DELETE FROM events",
        "INSERT INTO events SELECT 3, incident, kind, at, actor, data, previous, hash FROM events WHERE seq = 2",
        "INSERT OR REPLACE INTO events SELECT 3, incident, kind, at, actor, data, previous, hash FROM events WHERE seq = 2",
        "INSERT INTO events SELECT 9, incident, kind, at, actor, data, previous, hash FROM events WHERE seq = 2",
    ],
)
def test_triggers_keep_the_log_append_only_for_every_program(tmp_path: Path, statement: str) -> None:
    conn = sqlite3.connect(filled(tmp_path))
    with pytest.raises(sqlite3.IntegrityError, match="the log of events is append-only"):
        conn.execute(statement)


DROP = "DROP TRIGGER events_never_change; DROP TRIGGER events_never_vanish; DROP TRIGGER events_only_at_end;"
COLUMNS = "incident, kind, at, actor, data, previous, hash"

TAMPERING = {
    "kind edited": ("UPDATE events SET kind = 'noted' WHERE seq = 3", "event 3 was changed"),
    "actor edited": ("UPDATE events SET actor = 'p_other' WHERE seq = 2", "event 2 was changed"),
    "actor added": ("UPDATE events SET actor = '' WHERE seq = 1", "event 1 was changed"),
    "incident moved": ("UPDATE events SET incident = 'FS-20261120-02' WHERE seq = 5", "event 5 was changed"),
    "time edited": ("UPDATE events SET at = replace(at, '12:0', '11:0') WHERE seq = 4", "event 4 was changed"),
    "data edited": (
        "UPDATE events SET data = replace(data, 'assemble', 'answer') WHERE seq = 4",
        "event 4 was changed",
    ),
    "data reformatted": ("UPDATE events SET data = data || ' ' WHERE seq = 4", "event 4 was changed"),
    "data no UTF-8": ("UPDATE events SET data = CAST(x'ff7b7d' AS TEXT) WHERE seq = 4", "event 4 was changed"),
    "hash edited": ("UPDATE events SET hash = upper(hash) WHERE seq = 4", "event 4 was changed"),
    "previous edited": ("UPDATE events SET previous = '0' WHERE seq = 4", "event 4 does not follow"),
    "deleted in the middle": ("DELETE FROM events WHERE seq = 3", "event 3 is missing"),
    "several deleted": ("DELETE FROM events WHERE seq IN (2, 3, 4)", "events 2 to 4 are missing"),
    "first deleted": ("DELETE FROM events WHERE seq = 1", "event 1 is missing"),
    "deleted and closed up": (
        "DELETE FROM events WHERE seq = 3; UPDATE events SET seq = 3 WHERE seq = 4;"
        "UPDATE events SET seq = 4 WHERE seq = 5; UPDATE events SET seq = 5 WHERE seq = 6",
        "event 3 was changed",
    ),
    "tail cut": ("DELETE FROM events WHERE seq > 4", "the end of the log is cut off: it ends at event 4"),
    "tail cut, head moved": (
        "DELETE FROM events WHERE seq > 4; UPDATE chain_head SET seq = 4, hash = (SELECT hash FROM events WHERE seq = 4)",
        "the head of the log was changed",
    ),
    "all deleted": ("DELETE FROM events", "cut off: it ends at event 0"),
    "all deleted, head too": ("DELETE FROM events; DELETE FROM chain_head", "the head of the log is missing"),
    "swapped": (
        "UPDATE events SET seq = 99 WHERE seq = 2; UPDATE events SET seq = 2 WHERE seq = 3;"
        "UPDATE events SET seq = 3 WHERE seq = 99",
        "event 2 was changed",
    ),
    "contents swapped": (
        "UPDATE events SET data = (SELECT data FROM events o WHERE o.seq = 7 - events.seq) WHERE seq IN (3, 4)",
        "event 3 was changed",
    ),
    "inserted in the middle": (
        "UPDATE events SET seq = 7 WHERE seq = 6; UPDATE events SET seq = 6 WHERE seq = 5;"
        f"INSERT INTO events SELECT 5, {COLUMNS} FROM events WHERE seq = 4",
        "event 5 was changed",
    ),
    "inserted before the first": (
        f"INSERT INTO events SELECT 0, {COLUMNS} FROM events WHERE seq = 1",
        "event 0 stands",
    ),
    "added at the end": (
        f"INSERT INTO events SELECT 7, {COLUMNS} FROM events WHERE seq = 6",
        "events after 6 were added",
    ),
    "added at the end with head": (
        f"INSERT INTO events SELECT 7, {COLUMNS} FROM events WHERE seq = 6; UPDATE chain_head SET seq = 7",
        "event 7 was changed",
    ),
    "forged without the key": (
        "INSERT INTO events SELECT 7, incident, kind, at, actor, data, hash, previous FROM events WHERE seq = 6",
        "event 7 was changed",
    ),
    "evidence edited": ("UPDATE texts SET body = '未通知门店'", "text number 1 was changed"),
    "table dropped": ("DROP TABLE events", "the log cannot be read"),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_every_kind_of_tampering_is_found(tmp_path: Path, name: str) -> None:
    statement, finding = TAMPERING[name]
    conn = sqlite3.connect(filled(tmp_path))
    triggers = [
        row[0] for row in conn.execute("SELECT sql FROM sqlite_master WHERE name LIKE 'events_%' AND type = 'trigger'")
    ]
    conn.executescript(DROP + statement)
    if name != "table dropped":
        for trigger in triggers:  # a careful forger puts them back
            conn.execute(trigger)
    conn.close()
    for read_only in (True, False):
        with open_store(tmp_path / "watch.db", key=KEY, read_only=read_only) as store:
            report = store.verify_chain()
            assert not report.ok
            assert any(finding in problem for problem in report.problems), report.problems
            assert store._conn.execute("SELECT 'text'").fetchone()[0] == "text"


def test_dropped_or_weakened_triggers_are_found(tmp_path: Path) -> None:
    conn = sqlite3.connect(filled(tmp_path))
    conn.executescript("DROP TRIGGER events_never_vanish; DROP TRIGGER events_never_change;")
    conn.execute("CREATE TRIGGER events_never_change BEFORE UPDATE ON events BEGIN SELECT 1; END")
    conn.close()
    with fresh(tmp_path) as store:
        problems = store.verify_chain().problems
    assert any("events_never_vanish that protects the log is missing" in p for p in problems)
    assert any("events_never_change that protects the log is changed" in p for p in problems)


def test_a_log_rolled_back_as_a_whole_is_found_by_a_head_noted_outside(tmp_path: Path) -> None:
    path = filled(tmp_path, 3)
    with fresh(tmp_path) as store:
        store._conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old = path.read_bytes()
        store.append_events(events(2))
        noted = store.chain_head()
    path.write_bytes(old)
    with fresh(tmp_path) as store:
        assert store.verify_chain().ok
        assert store.verify_chain(head=noted).problems == ["event 5 of the given head is missing: the log ends at 3"]
        store.append_events(events(6)[2:])
        assert "event 5 is not the one of the given head" in store.verify_chain(head=noted).problems


def test_many_problems_are_counted_not_all_listed(tmp_path: Path) -> None:
    conn = sqlite3.connect(filled(tmp_path, 300))
    conn.executescript("DROP TRIGGER events_never_change; UPDATE events SET actor = 'p_x'")
    conn.close()
    with fresh(tmp_path) as store:
        problems = store.verify_chain().problems
    assert len(problems) == 101
    assert problems[-1] == "and 201 more"


def test_erased_texts_are_no_tampering(tmp_path: Path) -> None:
    filled(tmp_path)
    with fresh(tmp_path) as store:
        code = store.save_text("张三的电话", incident=INCIDENT, at=T0)
        store.append_events([Event(incident=INCIDENT, kind="noted", at=T0, data={"text": code})])
        store._conn.execute("UPDATE texts SET body = NULL, erased_at = '2026-12-01' WHERE code = ?", (code,))
        assert store.load_text(code) is None
        assert store.verify_chain().ok


def test_the_log_holds_no_names_or_typed_words(store: Store) -> None:
    person = Person(id=store.person_id("林晓"), name="林晓", roles={"pr": "A"}, accounts={"telegram": "100199"})
    store.save_people([person])
    with store.transaction():
        code = store.save_text("已电话致歉并全额退款", incident=INCIDENT, at=T0)
        store.append_events(
            [Event(incident=INCIDENT, kind="step_done", at=T0, actor=person.id, data={"evidence": code})]
        )
    log = repr([tuple(r) for r in store._rows("SELECT * FROM events")])
    for private in ("林晓", "100199", "致歉", "退款"):
        assert private not in log
    assert code in log
    assert store.load_text(code) == "已电话致歉并全额退款"
