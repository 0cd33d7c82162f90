"""What the clock does (P6, P7): a table of deadlines is played minute by minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.decision import Decision
from playbooks.escalation import Due, decide_due, plan_after, plan_deadlines
from playbooks.incident import apply, attach_alert, close_incident, confirm_step, finish_step, skip_step, take_step
from playbooks.playbook import Playbook
from playbooks.state import Deadline, IncidentState
from records.event import Event
from scoring.alert import Level
from scoring.assessment import Risk
from tests.playbooks.samples import BOOK, GENTLE, LEAD, LEGAL, PR_A, PR_B, T0, TECH, alert, minutes, opened, shipped


class Table:
    """A stand-in for the database: one deadline per step, kind and holder; a log of what was told at which minute."""

    def __init__(self, book: Playbook = BOOK, *, only: str | None = None, historic: bool = False) -> None:
        self.book = book
        self.state: IncidentState = opened(book, historic=historic)
        self.only = only
        self.standing: dict[tuple[str, str, str], Deadline] = {}
        self.told: list[tuple[float, str, str, str, str]] = []
        self.kinds: list[str] = []
        self.save(plan_deadlines(self.state, book, at=T0))

    def save(self, deadlines: tuple[Deadline, ...]) -> None:
        for deadline in deadlines:
            if self.only in (None, deadline.step):
                self.standing[deadline.step, deadline.kind, deadline.holder] = deadline

    def press(self, decision: Decision) -> None:
        assert decision.refusal is None, decision.refusal
        for event in decision.events:
            self.state = apply(self.state, event)
            self.save(plan_after(self.state, self.book, event))

    def tick(self, minute: float) -> None:
        at = minutes(minute)
        due = sorted((d for d in self.standing.values() if d.due_at <= at), key=lambda d: (d.due_at, d.kind))
        for deadline in due:
            del self.standing[deadline.step, deadline.kind, deadline.holder]
            found = decide_due(self.state, self.book, deadline, at=at)
            for event in found.events:
                self.state = apply(self.state, event)
                self.kinds.append(event.kind)
            self.told += [(minute, n.step, n.kind, n.role, n.holder) for n in found.notices]
            self.save(found.next)

    def run(self, until: int, presses: dict[int, Callable[[IncidentState, datetime], Decision]] | None = None) -> None:
        for minute in range(until + 1):
            if presses and minute in presses:
                self.press(presses[minute](self.state, minutes(minute)))
            self.tick(minute)


def test_a_step_nobody_takes_goes_to_b_then_to_the_lead_and_is_overdue() -> None:
    table = Table(only="assemble")
    table.run(300)
    assert table.told == [
        (5, "assemble", "remind_take", "pr", "A"),
        (8, "assemble", "remind_take", "pr", "A"),
        (10, "assemble", "hand_over", "pr", "B"),
        (15, "assemble", "remind_take", "pr", "B"),
        (18, "assemble", "remind_take", "pr", "B"),
        (20, "assemble", "escalate_take", "lead", "lead"),
        (25, "assemble", "remind_take", "lead", "lead"),
        (28, "assemble", "remind_take", "lead", "lead"),
        (30, "assemble", "overdue", "lead", "lead"),
        (80, "assemble", "remind_done", "lead", "lead"),
        (100, "assemble", "overdue", "lead", "lead"),
    ]
    assert table.kinds == (
        ["reminded"] * 2
        + ["handed_over"]
        + ["reminded"] * 2
        + ["escalated"]
        + ["reminded"] * 2
        + ["overdue", "reminded", "overdue"]
    )
    step = table.state.steps["assemble"]
    assert step.take_overdue and step.done_overdue and step.holder == "lead"
    assert table.standing == {}


def test_taking_in_time_ends_the_reminders_to_take() -> None:
    table = Table(only="assemble")
    table.run(99, {6: lambda s, at: take_step(s, BOOK, "assemble", PR_A, at=at)})
    assert [t[:3] for t in table.told] == [(5, "assemble", "remind_take"), (80, "assemble", "remind_done")]
    table.run(99)
    table.tick(100)
    assert table.told[-1] == (100, "assemble", "overdue", "lead", "lead")
    assert table.kinds[-2:] == ["overdue", "escalated"]
    assert not table.state.steps["assemble"].take_overdue


def test_done_in_time_is_silent() -> None:
    table = Table(only="assemble")
    table.run(300, {1: lambda s, at: finish_step(s, BOOK, "assemble", PR_A, at=at, evidence_text_id="t")})
    assert table.told == [] and table.standing == {}


def test_b_may_take_in_bs_turn() -> None:
    table = Table(only="assemble")
    table.run(70, {12: lambda s, at: take_step(s, BOOK, "assemble", PR_B, at=at)})
    assert [t[2] for t in table.told] == ["remind_take", "remind_take", "hand_over"]


def test_wording_that_waits_for_the_second_person_is_still_overdue() -> None:
    table = Table(only="statement")
    table.press(skip_step(table.state, BOOK, "assemble", TECH, at=T0, reason_text_id="t"))
    table.run(210, {1: lambda s, at: finish_step(s, BOOK, "statement", PR_A, at=at, evidence_text_id="t")})
    assert [t[:3] for t in table.told] == [(160, "statement", "remind_done"), (200, "statement", "overdue")]


def test_a_playbook_without_escalation_ends_at_b() -> None:
    table = Table(GENTLE, only="assemble")
    table.run(300)
    assert [(m, k, h) for m, _, k, _, h in table.told if k != "remind_take"] == [
        (10, "hand_over", "B"),
        (20, "overdue", "B"),
        (80, "remind_done", "B"),
        (100, "overdue", "B"),
    ]
    assert "escalated" not in table.kinds and all(role == "pr" for *_, role, _ in table.told)


def test_a_recurring_step_opens_again_a_day_after_it_was_done_until_closing() -> None:
    table = Table(only="report")
    table.run(1500, {3: lambda s, at: finish_step(s, BOOK, "report", TECH, at=at)})
    assert table.told[0][:3] == (1443, "report", "reopened")
    assert (1448, "report", "remind_take") in [t[:3] for t in table.told]
    assert (1453, "report", "hand_over") in [t[:3] for t in table.told]
    table.press(finish_step(table.state, BOOK, "report", TECH, at=minutes(1501)))
    assert table.standing["report", "recur", "A"].due_at == minutes(1501 + 1440)
    table.press(close_incident(table.state, BOOK, LEAD, at=minutes(1600), reason_text_id="t"))
    before = list(table.told)
    table.tick(1501 + 1440)
    assert table.told == before


def test_a_skipped_round_comes_again_and_is_not_counted() -> None:
    table = Table(only="report")
    table.run(1442, {2: lambda s, at: skip_step(s, BOOK, "report", TECH, at=at, reason_text_id="t")})
    step = table.state.steps["report"]
    assert (step.rounds, step.started_at, step.reason) == (0, minutes(1442), None)


@pytest.mark.parametrize(("done_at", "late"), [(5, False), (11, True), (150, True)])
def test_a_late_round_is_kept_as_late(done_at: int, late: bool) -> None:
    table = Table(only="report")
    table.press(finish_step(table.state, BOOK, "report", TECH, at=minutes(done_at)))
    table.tick(done_at + 1440)
    assert (table.state.steps["report"].rounds, table.state.steps["report"].late_rounds) == (1, int(late))


def test_nobody_is_reminded_of_an_optional_step_before_it_is_taken() -> None:
    table = Table(only="experts")
    table.run(600, {400: lambda s, at: take_step(s, BOOK, "experts", LEGAL, at=at)})
    assert [t[:3] for t in table.told] == [(480, "experts", "remind_done"), (500, "experts", "overdue")]


def test_a_historic_incident_has_no_deadlines() -> None:
    table = Table(historic=True)
    assert table.standing == {}
    due = Deadline(incident=table.state.id, step="assemble", kind="take_by", holder="A", due_at=minutes(10))
    assert decide_due(table.state, BOOK, due, at=minutes(20)) == Due()


def test_after_a_long_stop_the_limits_are_told_once_without_old_reminders() -> None:
    """The process was away from minute 0 to 60: one hand-over, and B has the whole limit again."""
    table = Table(only="assemble")
    table.tick(60)
    assert table.told == [(60, "assemble", "hand_over", "pr", "B")]
    assert table.standing["assemble", "take_by", "B"].due_at == minutes(70)
    table.tick(500)
    assert [t[2] for t in table.told[1:]] == ["escalate_take", "overdue"]


def test_planning_again_after_a_stop_leaves_out_reminders_that_have_passed() -> None:
    kinds = [(d.kind, d.due_at) for d in plan_deadlines(opened(), BOOK, at=minutes(9)) if d.step == "assemble"]
    assert kinds == [("take_by", minutes(10)), ("done_remind", minutes(80)), ("done_by", minutes(100))]
    late = [d.kind for d in plan_deadlines(opened(), BOOK, at=minutes(90)) if d.step == "assemble"]
    assert late == ["take_by", "done_by"]


def test_a_deadline_that_is_not_due_comes_back() -> None:
    (first, *_) = plan_deadlines(opened(), BOOK, at=T0)
    assert decide_due(opened(), BOOK, first, at=first.due_at - timedelta(seconds=1)) == Due(next=(first,))


def test_a_deadline_of_an_earlier_turn_or_round_brings_nothing() -> None:
    table = Table(only="report")
    old = list(table.standing.values())
    table.press(finish_step(table.state, BOOK, "report", TECH, at=minutes(1)))
    table.tick(1441)
    for deadline in old:
        assert decide_due(table.state, BOOK, deadline, at=minutes(1441)).events == ()
    assert decide_due(table.state, BOOK, replace(old[0], step="gone"), at=minutes(1441)) == Due()
    assert decide_due(table.state, BOOK, replace(old[0], incident="FS-9"), at=minutes(1441)) == Due()


def test_a_playbook_that_takes_over_brings_its_own_deadlines() -> None:
    p1, p3 = shipped()["p1_high_risk"], shipped()["p3_low"]
    state = opened(p3, level=Level.YELLOW, risk=Risk.LOW)
    planned: tuple[Deadline, ...] = ()
    for event in attach_alert(state, alert("S12"), p1, at=minutes(30)).events:
        state = apply(state, event)
        planned = plan_after(state, p1 if event.kind == "playbook_changed" else p3, event)
    by = {d.step: d.due_at for d in planned if d.kind == "take_by"}
    assert by["assemble"] == minutes(35) and set(by) == {"assemble", "stopgap", "statement", "repair", "monitor"}


def test_the_group_lead_is_followed_by_the_senior_manager() -> None:
    table = Table(shipped()["p1_high_risk"], only="assemble")
    table.run(15)
    assert [t for t in table.told if t[4] == "lead"] == [
        (10, "assemble", "escalate_take", "senior", "lead"),
        (13, "assemble", "remind_take", "senior", "lead"),
        (14, "assemble", "remind_take", "senior", "lead"),
        (15, "assemble", "overdue", "senior", "lead"),
    ]
    assert (5, "assemble", "hand_over", "lead", "B") in table.told


def test_confirming_starts_the_next_round_of_outward_steps() -> None:
    book = replace(BOOK, steps=tuple(replace(s, recurs=60) if s.key == "statement" else s for s in BOOK.steps))
    table = Table(book, only="statement")
    table.press(skip_step(table.state, book, "assemble", TECH, at=T0, reason_text_id="t"))
    table.press(finish_step(table.state, book, "statement", PR_A, at=minutes(2), evidence_text_id="t"))
    assert ("statement", "recur", "A") not in table.standing
    table.press(confirm_step(table.state, book, "statement", LEAD, at=minutes(7)))
    assert table.standing["statement", "recur", "A"].due_at == minutes(67)


@given(
    st.lists(st.integers(1, 200), max_size=30),
    st.lists(st.tuples(st.integers(0, 29), st.sampled_from([PR_A, TECH])), max_size=4),
)
def test_however_the_ticks_fall_nothing_is_told_twice_and_turns_go_forward(waits: list[int], presses: list) -> None:
    table = Table()
    now, turns = 0, []
    for number, wait in enumerate(waits):
        now += wait
        for at, person in presses:
            if at == number:
                decision = take_step(table.state, BOOK, "assemble", person, at=minutes(now))
                if decision.refusal is None:
                    table.press(decision)
        table.tick(now)
        turns.append(["A", "B", "lead"].index(table.state.steps["assemble"].holder))
    assert turns == sorted(turns)
    passed = [t[1:] for t in table.told if t[2] in ("hand_over", "escalate_take")]
    assert len(passed) == len(set(passed))
    overdue = [t for t in table.told if t[1:3] == ("assemble", "overdue")]
    assert len(overdue) <= 2


@given(st.lists(st.integers(1, 200), min_size=1, max_size=10))
def test_a_tick_with_nothing_due_does_nothing(waits: list[int]) -> None:
    table = Table()
    now = 0
    for wait in waits:
        now += wait
        for _ in range(5):
            table.tick(now)
        before, told = table.state, list(table.told)
        table.tick(now)
        assert (table.state, table.told) == (before, told)


def test_every_clock_event_is_a_line_without_an_actor() -> None:
    table = Table()
    deadline = next(d for d in table.standing.values() if d.kind == "take_by" and d.step == "assemble")
    (event,) = decide_due(table.state, BOOK, deadline, at=minutes(10)).events
    assert event == Event(
        incident=table.state.id, kind="handed_over", at=minutes(10), data={"step": "assemble", "from": "A", "to": "B"}
    )


def test_a_step_that_was_handed_over_missed_its_limit() -> None:
    table = Table(only="assemble")
    table.tick(10)
    assert table.state.steps["assemble"].take_overdue and table.state.steps["assemble"].turn_at == minutes(10)


def test_overdue_is_said_once() -> None:
    table = Table(only="assemble")
    table.press(take_step(table.state, BOOK, "assemble", PR_A, at=minutes(1)))
    deadline = table.standing["assemble", "done_by", "A"]
    table.tick(100)
    assert decide_due(table.state, BOOK, deadline, at=minutes(101)) == Due()
    assert table.state.steps["assemble"].holder == "lead"


def test_the_lead_gets_a_turn_where_the_time_to_finish_is_up_before_anybody_took_it() -> None:
    book = replace(BOOK, steps=tuple(replace(s, take_within=60) if s.key == "assemble" else s for s in BOOK.steps))
    table = Table(book, only="assemble")
    table.run(170)
    limits = [(m, k, h) for m, _, k, _, h in table.told if not k.startswith("remind")]
    assert limits == [(60, "hand_over", "B"), (100, "overdue", "lead"), (160, "overdue", "lead")]
