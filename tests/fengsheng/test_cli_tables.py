"""incidents, incident, sources, ledger and audit verify: what is going on, and proof that nobody altered the log."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

from fengsheng.incidents import Incidents
from fengsheng.naming import DELIVERIES, EVENTS, MESSAGES
from playbooks.state import EventKind
from tests.fengsheng.builders import BRAND, HURT, LEAD, World, at, mention
from tests.fengsheng.conftest import Shell


@pytest.fixture
def crisis(world: World) -> str:
    """The id of an incident whose first step is taken."""
    world.take([mention("1", HURT)])
    (row,) = world.rows()
    first = next(iter(world.state(row.id).steps))
    assert not world.press(LEAD, row.id, "take", first).refused
    return row.id


def test_incidents_lists_newest_with_level_state_and_voices(shell: Shell, world: World, crisis: str) -> None:
    ran = shell("incidents")
    assert (ran.code, ran.err) == (0, "")
    for shown in (crisis, "红", "处理中", BRAND, "1 (1)", "2026-11-20 12:01"):
        assert shown in ran.out
    (record,) = shell("incidents", "--json").records
    assert (record["id"], record["level"], record["risk"], record["status"]) == (crisis, "red", "high", "open")
    assert (record["mentions"], record["voices"], record["historic"], record["drill"]) == (1, 1, False, False)
    assert shell("incidents", "--status", "closed", "--json").records == []
    assert shell("incidents", "--brand", "别家", "--json").records == []
    assert len(shell("incidents", "--status", "open", "--brand", BRAND, "--json").records) == 1


def test_incident_shows_card_steps_and_log_with_names(shell: Shell, world: World, crisis: str) -> None:
    ran = shell("incident", crisis)
    assert (ran.code, ran.err) == (0, "")
    for shown in (crisis, "林组长", "建立事件", "接手", HURT[:12]):
        assert shown in ran.out
    (record,) = shell("incident", crisis, "--json").records
    assert record["evidence"] == ["weibo:post:1"]
    assert (record["steps"][0]["status"], record["steps"][0]["taken_by"]) == ("taken", "林组长")
    assert record["steps"][0]["taken_at"] == at(5).isoformat()
    taken = next(e for e in record["events"] if e["kind"] == EventKind.STEP_TAKEN)
    assert taken["actor"] == "林组长"
    assert "林组长" not in "".join(str(e) for e in world.store.load_events(crisis)), "the log holds ids only (G3)"


def test_reading_changes_nothing(shell: Shell, world: World, crisis: str) -> None:
    before = world.store.chain_head()
    shell("incident", crisis)
    shell("incidents")
    assert world.store.chain_head() == before


def test_an_unknown_incident_is_said(shell: Shell, world: World) -> None:
    ran = shell("incident", "FS-20200101-01")
    assert (ran.code, ran.out) == (1, "")
    assert 'no incident "FS-20200101-01": fengsheng incidents lists them' in ran.err


def test_ledger_says_what_goes_where(shell: Shell, world: World, crisis: str) -> None:
    records = shell("ledger", "--json").records
    alerts = [r for r in records if r["kind"] == "alert"]
    assert {(r["chat"], r["channel"], r["state"]) for r in alerts} == {
        ("crisis", "telegram", "queued"),
        ("crisis", "web", "queued"),
    }
    assert [r["id"] for r in records] == sorted((r["id"] for r in records), reverse=True), "newest first"
    assert len(shell("ledger", "--limit", "1", "--json").records) == 1
    assert shell("ledger", "--incident", "FS-1", "--json").records == []
    shown = shell("ledger")
    assert shown.code == 0
    assert "crisis · telegram" in shown.out and "待发 (0)" in shown.out


@pytest.mark.parametrize("width", ["80", "120"])
def test_ids_stay_whole_on_narrow_terminals(
    shell: Shell, world: World, crisis: str, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert crisis in shell("incidents").out
    assert crisis in shell("ledger").out
    assert "weibo:post:1" in shell("search", "").out


def test_every_kind_of_event_and_message_has_a_name_in_both_languages() -> None:
    of_mentions = {"mention_gone", "mention_back"}  # they belong to no incident
    assert set(EVENTS) == set(EventKind) | of_mentions
    for table in (EVENTS, MESSAGES, DELIVERIES):
        assert all(zh and en and zh != en for zh, en in table.values())


# -- audit verify ----------------------------------------------------------------------------------------------------


def test_an_intact_log_is_proven_and_its_head_can_be_noted(shell: Shell, world: World, crisis: str) -> None:
    ran = shell("audit", "verify")
    assert (ran.code, ran.err) == (0, "")
    head = re.search(r"head (\d+:[0-9a-f]+)", ran.out)
    assert head
    Incidents(store=world.store, house=world.house).act(
        "note", crisis, None, world.person(LEAD), typed="已通知门店", now=at(9)
    )
    assert shell("audit", "verify", "--head", head[1]).code == 0
    (record,) = shell("audit", "verify", "--json").records
    assert (record["ok"], record["problems"]) == (True, [])
    wrong = head[1][:-1] + ("0" if head[1][-1] != "0" else "1")
    ran = shell("audit", "verify", "--head", wrong)
    assert ran.code == 1
    assert "the log was altered" in ran.err


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "UPDATE events SET data = replace(data, 'red', 'yellow'), at = '2020-01-01T00:00:00+00:00' WHERE seq = 2",
            "2",
        ),
        ("DELETE FROM events WHERE seq = 3", "3"),
        ("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)", "end"),
    ],
)
def test_every_alteration_of_the_log_is_named(
    shell: Shell, world: World, crisis: str, tmp_path: Path, sql: str, said: str
) -> None:
    with sqlite3.connect(tmp_path / "watch.db") as db:
        triggers = dict(
            db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'events'").fetchall()
        )
        for name in triggers:
            db.execute(f"DROP TRIGGER {name}")
        assert db.execute(sql).rowcount == 1
        for text in triggers.values():
            db.execute(text)
    ran = shell("audit", "verify")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("fengsheng: the log was altered:\n")
    assert said in ran.err
    told = shell("audit", "verify", "--json")
    assert told.code == 1
    assert told.records[0]["ok"] is False and told.records[0]["problems"]


def test_a_log_without_its_guards_is_said(shell: Shell, world: World, crisis: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "watch.db") as db:
        db.execute("DROP TRIGGER events_never_change")
    ran = shell("audit", "verify")
    assert ran.code == 1
    assert "events_never_change" in ran.err
