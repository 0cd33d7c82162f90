"""Handling from a shell (P8): the same rules as chat, with who and when in the log."""

from __future__ import annotations

import pytest

from fengsheng.wiring import system_clock
from playbooks.state import EventKind
from tests.fengsheng.builders import HURT, World, mention
from tests.fengsheng.conftest import Shell


@pytest.fixture
def crisis(world: World) -> str:
    world.take([mention("1", HURT)])
    (row,) = world.rows()
    return row.id


def test_the_whole_playbook_can_be_worked_from_a_shell(shell: Shell, world: World, crisis: str) -> None:
    playbook = world.incidents.playbook(world.state(crisis))
    holder = {role: p.name for p in world.store.load_people() for role, place in p.roles.items() if place == "A"}
    before = system_clock()
    for number, step in enumerate(playbook.steps, 1):
        who = holder.get(step.roles[0]) or next(holder[r] for r in step.roles if r in holder)
        if step.optional:
            assert shell("skip", crisis, number, "--as", who, "--reason", "不需要").code == 0
            continue
        assert shell("take", crisis, step.key, "--as", who).code == 0
        assert shell("done", crisis, number, "--as", who, "-e", f"证据{number}").code == 0
        if step.outward:
            again = shell("confirm", crisis, number, "--as", who)
            assert again.code == 1, "the second person must be another one"
            assert shell("confirm", crisis, number, "--as", "高总监").code == 0
    assert shell("note", crisis, "门店已复查", "--as", "林组长").code == 0
    ran = shell("close", crisis, "--as", "林组长", "--reason", "已处理")
    assert (ran.code, ran.err) == (0, "")
    assert not world.state(crisis).open
    events = world.store.load_events(crisis)
    people = {p.id for p in world.store.load_people()}
    acted = [e for e in events if e.actor]
    assert {e.actor for e in acted} <= people
    assert all(before <= e.at <= system_clock() for e in acted)
    (record,) = shell("incident", crisis, "--json").records
    assert record["status"] == "closed"
    assert record["steps"][0]["evidence"] == "证据1"
    assert world.store.verify_chain().ok


def test_whoever_is_outside_the_role_is_refused_with_one_and_logged(shell: Shell, world: World, crisis: str) -> None:
    ran = shell("take", crisis, 3, "--as", "郑工程")
    assert (ran.code, ran.out) == (1, "")
    assert "公关" in ran.err
    event = world.last_event(crisis)
    tech = next(p for p in world.store.load_people() if p.name == "郑工程")
    assert (event.kind, event.actor) == (EventKind.PRESS_REFUSED, tech.id)


def test_the_second_taker_is_told_who_was_first(shell: Shell, world: World, crisis: str) -> None:
    assert shell("take", crisis, 1, "--as", "林组长").code == 0
    again = shell("take", crisis, 1, "--as", "林组长")
    assert again.code == 0, "one's own press again changes nothing"
    second = shell("take", crisis, 1, "--as", "周副组")
    assert second.code == 1
    assert "林组长" in second.err


def test_words_that_are_needed_are_asked_for(shell: Shell, world: World, crisis: str) -> None:
    shell("take", crisis, 1, "--as", "林组长")
    for arguments in (("done", crisis, 1), ("skip", crisis, 2), ("close", crisis)):
        who = "陈客服" if arguments[0] == "skip" else "林组长"
        ran = shell(*arguments, "--as", who)
        assert (ran.code, ran.out) == (1, ""), arguments
    assert world.state(crisis).open


def test_override_keeps_both_levels(shell: Shell, world: World, crisis: str) -> None:
    ran = shell("override", crisis, "orange", "--reason", "证据不足", "--as", "林组长")
    assert ran.code == 0, ran.err
    (record,) = shell("incident", crisis, "--json").records
    assert record["level"] == "orange"
    event = next(e for e in record["events"] if e["kind"] == EventKind.LEVEL_OVERRIDDEN)
    assert event["actor"] == "林组长"


def test_who_acts_must_be_known(shell: Shell, world: World, crisis: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = shell("take", crisis, 1)
    assert nobody.code == 2
    assert "--as: who acts? --as NAME or FENGSHENG_PERSON; known are 林组长, 周副组" in nobody.err
    stranger = shell("take", crisis, 1, "--as", "路人")
    assert stranger.code == 2
    assert '--as: "路人" is not in the crisis group: known are 林组长' in stranger.err
    monkeypatch.setenv("FENGSHENG_PERSON", "林组长")
    assert shell("take", crisis, 1).code == 0


def test_what_does_not_exist_is_named(shell: Shell, world: World, crisis: str) -> None:
    no_step = shell("take", crisis, "tea_break", "--as", "林组长")
    assert no_step.code == 1
    assert 'no step "tea_break" in this incident\'s playbook: 1 ' in no_step.err
    no_incident = shell("close", "FS-1", "--as", "林组长")
    assert no_incident.code == 1
    assert 'no incident "FS-1": fengsheng incidents lists them' in no_incident.err
