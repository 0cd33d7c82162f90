"""Reminders, hand-over to B, then to the lead, overdue: each at its time, once, over restarts and crashes (P6, P7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from playbooks.state import StepStatus
from records.chat import Priority
from tests.fengsheng.builders import (
    HURT,
    LEAD,
    Crash,
    World,
    at,
    chats,
    crashing,
    make_house,
    make_world,
    mention,
    open_world,
    texts_of,
    whole_database,
)

HOUR, DAY = 60, 24 * 60


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with open_world(tmp_path) as made:
        yield made
        assert made.store.verify_chain().ok, "whatever happened, the log is whole (G2)"


# -- the clock (P6) ----------------------------------------------------------------------------------------------------

CLOCK = [  # assemble: five minutes to take, sixty to finish
    (2.5, "reminded", "A"),
    (4, "reminded", "A"),
    (5, "handed_over", None),
    (7.5, "reminded", "B"),
    (9, "reminded", "B"),
    (10, "escalated", None),
    (12.5, "reminded", "lead"),
    (14, "reminded", "lead"),
    (15, "overdue", "lead"),
    (48, "reminded", "lead"),
    (60, "overdue", "lead"),
]


def clock_lines(world: World, incident: str, step: str = "assemble") -> list[tuple[str, str | None]]:
    kinds = ("reminded", "handed_over", "escalated", "overdue")
    return [
        (e.kind, e.data.get("holder"))
        for e in world.store.load_events(incident)
        if e.kind in kinds and e.data["step"] == step
    ]


def test_reminders_hand_over_lead_overdue_each_at_its_time_and_once(world: World) -> None:
    world.take([mention(1, HURT)], minutes=0)
    incident = world.only().id
    seen: list[tuple[str, str | None]] = []
    for minute, kind, holder in CLOCK:
        world.incidents.tick(now=at(minute) - timedelta(seconds=1))
        assert clock_lines(world, incident) == seen, f"nothing before minute {minute}"
        world.incidents.tick(now=at(minute))
        seen.append((kind, holder))
        assert clock_lines(world, incident) == seen
        world.incidents.tick(now=at(minute))
        assert clock_lines(world, incident) == seen, "each once"
    world.incidents.tick(now=at(30 * DAY))
    assert clock_lines(world, incident) == seen


def test_every_reminder_names_who_has_to_act(world: World) -> None:
    world.take([mention(1, HURT)], minutes=0)
    world.incidents.tick(now=at(2.5))
    assert "林组长" in texts_of(world.sent("reminder"))
    world.incidents.tick(now=at(5))
    last = world.sent("reminder")[-1]
    assert "周副组" in texts_of([last]) and last.item.priority == Priority.ESCALATION and last.item.reply_to_incident
    assert chats(world.sent("reminder")) == {"crisis"}


@pytest.mark.parametrize("restart_at", [1, 3, 6, 11, 50])
def test_a_restart_goes_on_exactly_where_it_was(tmp_path: Path, restart_at: float) -> None:
    logs = []
    for restarts in (False, True):
        folder = tmp_path / str(restarts)
        house = make_house(folder)
        with house.open_store() as store:
            world = make_world(house, store)
            world.take([mention(1, HURT)], minutes=0)
            incident = world.only().id
            for half_minute in range(2 * restart_at):
                world.incidents.tick(now=at(half_minute / 2))
        with house.open_store() as store:
            after = make_world(house, store)
            for half_minute in range(2 * restart_at, 150):
                after.incidents.tick(now=at(half_minute / 2))
            events = [(e.kind, e.at, dict(e.data)) for e in store.load_events(incident)]
            logs.append((events, [(q.item.kind, q.item.created_at) for q in store.ledger(limit=1000)]))
            assert store.verify_chain().ok
    assert logs[0] == logs[1]


def test_after_a_long_sleep_the_turn_passes_once_and_each_holder_has_the_whole_limit(world: World) -> None:
    world.take([mention(1, HURT)], minutes=0)
    incident = world.only().id
    world.incidents.tick(now=at(30))
    assert clock_lines(world, incident) == [("handed_over", None)]
    assert world.state(incident).steps["assemble"].holder == "B"
    world.incidents.tick(now=at(34.9))
    assert clock_lines(world, incident)[-1][0] == "reminded"
    world.incidents.tick(now=at(35))
    assert clock_lines(world, incident)[-1][0] == "escalated"


def test_a_step_taken_in_time_is_reminded_of_its_end_only(world: World) -> None:
    world.take([mention(1, HURT)], minutes=0)
    incident = world.only().id
    assert not world.press(LEAD, incident, "take", "assemble", minutes=2).refused
    for minute in (2.5, 5, 10, 47.9):
        world.incidents.tick(now=at(minute))
    assert clock_lines(world, incident) == []
    world.incidents.tick(now=at(48))
    assert not world.press(LEAD, incident, "done", "assemble", minutes=50, typed="已召集").refused
    world.incidents.tick(now=at(61))
    assert clock_lines(world, incident) == [("reminded", "A")]


def test_a_daily_step_opens_again(world: World) -> None:
    world.take([mention(1, HURT)], minutes=0)
    incident = world.only().id
    tech = next(p for p in world.store.load_people() if p.name == "郑工程")
    assert not world.incidents.act("done", incident, "repair", tech, typed="已回滚", now=at(20)).refused
    world.incidents.tick(now=at(20 + DAY - 1))
    assert world.state(incident).steps["repair"].status is StepStatus.DONE
    world.incidents.tick(now=at(20 + DAY))
    again = world.state(incident).steps["repair"]
    assert (again.status, again.rounds) == (StepStatus.OPEN, 1)


def test_two_processes_ticking_at_once_say_it_once(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    with house.open_store() as one, house.open_store() as two:
        first, second = make_world(house, one), make_world(house, two)
        first.take([mention(1, HURT)], minutes=0)
        seen = two.due_deadlines(at(2.5))
        two.due_deadlines = lambda now: seen  # type: ignore[method-assign]  # it had looked before the other acted
        first.incidents.tick(now=at(2.5))
        second.incidents.tick(now=at(2.5))
        assert clock_lines(first, first.only().id) == [("reminded", "A")]


@pytest.mark.parametrize("method", ["finish_deadline", "append_events", "save_incident", "save_deadlines", "queue"])
def test_a_crash_in_a_tick_leaves_it_due(world: World, method: str) -> None:
    world.take([mention(1, HURT)], minutes=0)
    before = whole_database(world.store)
    with pytest.raises(Crash), crashing(world.store, method):
        world.incidents.tick(now=at(2.5))
    assert whole_database(world.store) == before
    world.incidents.tick(now=at(2.6))
    assert clock_lines(world, world.only().id) == [("reminded", "A")]


def test_the_first_sent_alert_starts_the_clock_of_the_first_press(world: World) -> None:
    world.take([mention(1, HURT)])
    incident = world.only().id
    world.incidents.note_alert_sent(incident, at(2))
    world.incidents.note_alert_sent(incident, at(3))
    assert world.state(incident).alert_sent_at == at(2)
    assert world.kinds(incident).count("alert_sent") == 1
    world.press(LEAD, incident, "take", "assemble", minutes=4)
    assert world.state(incident).first_press_at == at(4)
    world.incidents.note_alert_sent("FS-20200101-01", at(3))  # of an incident that is gone: nothing
