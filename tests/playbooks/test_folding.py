"""Laws of the fold: read twice equals once, steps do not disturb each other, closed stays closed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.escalation import decide_due
from playbooks.folding import apply
from playbooks.incident import (
    attach_alert,
    close_incident,
    confirm_step,
    finish_step,
    fold,
    note,
    open_incident,
    override_level,
    return_step,
    skip_step,
    take_step,
)
from playbooks.state import Deadline, EventKind, IncidentState, StepStatus
from records.event import Event, Person
from scoring.alert import Level
from scoring.assessment import Risk
from tests.playbooks.samples import BOOK, LEAD, PEOPLE, PR_A, PR_B, T0, TECH, alert, minutes, opened

STEPS = [s.key for s in BOOK.steps]
ACTIONS = ["take", "done", "confirm", "return", "skip", "note", "override", "alert", "close", "tick"]
PRESSES = st.tuples(st.sampled_from(ACTIONS), st.sampled_from(STEPS), st.sampled_from(PEOPLE), st.integers(1, 400))
KINDS = st.sampled_from(["take_remind", "take_by", "done_remind", "done_by", "recur"])


def pressed(state: IncidentState, action: str, step: str, person: Person, minute: int, kind: str) -> tuple[Event, ...]:
    """Events of one random press or tick."""
    at = minutes(minute)
    if action == "tick":
        holder = state.steps[step].holder if kind.startswith("take") else "A"
        due = Deadline(incident=state.id, step=step, kind=kind, holder=holder, due_at=T0)
        return decide_due(state, BOOK, due, at=at).events
    commands = {
        "take": lambda: take_step(state, BOOK, step, person, at=at),
        "done": lambda: finish_step(state, BOOK, step, person, at=at, evidence_text_id=f"t_{minute}"),
        "confirm": lambda: confirm_step(state, BOOK, step, person, at=at),
        "return": lambda: return_step(state, BOOK, step, person, at=at, reason_text_id=f"t_{minute}"),
        "skip": lambda: skip_step(state, BOOK, step, person, at=at, reason_text_id=f"t_{minute}"),
        "note": lambda: note(state, person, f"t_{minute}", at=at),
        "override": lambda: override_level(state, person, Level(minute % 4), at=at, reason_text_id=f"t_{minute}"),
        "alert": lambda: attach_alert(state, alert(f"R{minute % 3}", Level(minute % 4), Risk.HIGH), at=at),
        "close": lambda: close_incident(
            state, BOOK, person, at=at, reason_text_id=f"t_{minute}" if minute % 2 else None
        ),
    }
    return commands[action]().events


def history(presses: list[tuple[str, str, Person, int]], kinds: list[str]) -> list[Event]:
    """A log as it comes about: each press decided on the state of its moment, time going on."""
    log = list(open_incident("FS-20261121-01", alert("L", Level.YELLOW, Risk.LOW), BOOK, at=T0).events)
    now = 0
    for number, (action, step, person, wait) in enumerate(presses):
        now += wait
        log += pressed(fold(log), action, step, person, now, kinds[number % len(kinds)])
    return log


HISTORIES = st.builds(history, st.lists(PRESSES, max_size=25), st.lists(KINDS, min_size=1, max_size=5))


@given(HISTORIES)
def test_every_event_read_twice_equals_once(log: list[Event]) -> None:
    state = fold(log[:1])
    for event in log[1:]:
        state = apply(state, event)
        assert apply(state, event) == state


@given(HISTORIES)
def test_steps_are_always_whole(log: list[Event]) -> None:
    state: IncidentState | None = None
    for event in log:
        state = apply(state, event)
        assert list(state.steps) == STEPS
        for step in state.steps.values():
            taken = step.status in (StepStatus.TAKEN, StepStatus.AWAITING_CONFIRMATION, StepStatus.DONE)
            assert (step.taken_by is not None) >= taken
            assert (step.done_by is not None) == (
                step.status.settled or step.status is StepStatus.AWAITING_CONFIRMATION
            )
            assert step.holder in ("A", "B", "lead") and step.rounds >= step.late_rounds >= 0
            if step.confirmed_by:
                assert step.confirmed_by != step.done_by, "outward wording is confirmed by a second person (P8)"
        assert state.steps["statement"].status is not StepStatus.DONE or state.steps["statement"].confirmed_by


@given(HISTORIES, PRESSES, KINDS)
def test_nothing_but_notes_moves_a_closed_incident(log: list[Event], press: tuple, kind: str) -> None:
    state = fold(log)
    if state.open:
        state = apply(state, Event(incident=state.id, kind=EventKind.CLOSED, at=minutes(20000), actor="p_lead"))
    action, step, person, minute = press
    for event in pressed(state, action, step, person, 30000 + minute, kind):
        after = apply(state, event)
        assert replace(after, notes=state.notes, updated_at=state.updated_at) == state


@given(HISTORIES, PRESSES, KINDS)
def test_the_same_press_twice_gives_nothing_new(log: list[Event], press: tuple, kind: str) -> None:
    """Acknowledging twice equals once: a press that was accepted changes nothing when it comes again."""
    state = fold(log)
    action, step, person, minute = press
    first = pressed(state, action, step, person, 30000 + minute, kind)
    once = fold([*log, *first])
    twice = fold([*log, *first, *pressed(once, action, step, person, 30000 + minute, kind)])
    if action != "tick":  # a tick of the next turn may pass the step on
        assert twice.steps == once.steps
    assert (twice.level, twice.risk, twice.closed_at, twice.notes) == (
        once.level,
        once.risk,
        once.closed_at,
        once.notes,
    )


@given(HISTORIES)
def test_steps_do_not_disturb_each_other(log: list[Event]) -> None:
    """Events of different steps may stand in any order among each other: sorted by step they give the same steps."""
    shared = [e for e in log[1:] if "step" not in e.data and e.kind != EventKind.CLOSED]
    per_step = [[e for e in log[1:] if e.data.get("step") == key] for key in STEPS]
    sorted_by_step = [log[0], *(e for events in per_step for e in events), *shared]
    closed = [e for e in log if e.kind == EventKind.CLOSED]
    assert fold([*sorted_by_step, *closed]).steps == fold(log).steps


def test_a_second_taking_in_the_log_does_not_win() -> None:
    state = opened()
    taken = [
        Event(incident=state.id, kind="step_taken", at=minutes(m), actor=p.id, data={"step": "assemble"})
        for m, p in ((1, PR_A), (2, PR_B))
    ]
    for event in taken:
        state = apply(state, event)
    assert (state.steps["assemble"].taken_by, state.steps["assemble"].taken_at) == ("p_pra", minutes(1))


def test_events_of_the_system_and_of_unknown_steps_change_nothing() -> None:
    state = opened()
    for kind, data in (
        ("export", {}),
        ("reminded", {"step": "assemble"}),
        ("step_taken", {"step": "gone"}),
        ("opened", {}),
    ):
        assert apply(state, Event(incident=state.id, kind=kind, at=minutes(1), actor="p", data=data)) == state


def test_what_is_no_history_is_our_error() -> None:
    with pytest.raises(ValueError, match="without events"):
        fold([])
    with pytest.raises(ValueError, match="first event"):
        fold([Event(incident="FS-1", kind="step_taken", at=T0, data={"step": "x"})])
    with pytest.raises(ValueError, match="applied to"):
        apply(opened(), Event(incident="FS-2", kind="noted", at=T0, data={"text": "t"}))


def test_a_recurring_step_counts_its_rounds() -> None:
    state = opened()
    for round_ in (1, 2):
        for event in finish_step(state, BOOK, "report", TECH, at=minutes(round_)).events:
            state = apply(state, event)
        data = {"step": "report", "round": round_, "late": round_ == 2}
        state = apply(state, Event(incident=state.id, kind="step_reopened", at=minutes(round_ * 1440), data=data))
    step = state.steps["report"]
    assert (step.status, step.rounds, step.late_rounds, step.started_at) == (StepStatus.OPEN, 2, 1, minutes(2880))
    closed = close_incident(state, BOOK, LEAD, at=minutes(2881)).refusal
    assert closed is not None and "report" not in closed.steps


def test_what_comes_late_in_the_log_does_not_undo_what_stands() -> None:
    """A press written after closing, a second sending, an event with an earlier time."""
    state = opened()
    for kind, minute, data in (
        ("alert_sent", 5, {}),
        ("alert_sent", 7, {}),
        ("noted", 6, {"text": "t_1"}),
        ("noted", 2, {"text": "t_2"}),
        ("closed", 9, {}),
    ):
        state = apply(state, Event(incident=state.id, kind=kind, at=minutes(minute), actor="p_lead", data=data))
    assert (state.alert_sent_at, state.updated_at, state.closed_at) == (minutes(5), minutes(9), minutes(9))
    for kind, data in (
        ("step_taken", {"step": "assemble"}),
        ("level_raised", {"level": 3, "risk": "high"}),
        ("closed", {}),
    ):
        late = Event(incident=state.id, kind=kind, at=minutes(10), actor="p_pra", data=data)
        assert apply(state, late) == state


def test_an_earlier_time_does_not_turn_the_clock_back() -> None:
    state = opened()
    for minute in (6, 2):
        data = {"text": f"t_{minute}"}
        state = apply(state, Event(incident=state.id, kind="noted", at=minutes(minute), actor="p_pra", data=data))
    assert state.updated_at == minutes(6)
