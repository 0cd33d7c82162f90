"""Opening, alerts, mentions, levels and notes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.decision import Decision
from playbooks.incident import (
    attach_alert,
    attach_mentions,
    close_incident,
    mark_alert_sent,
    note,
    open_incident,
    override_level,
    take_step,
)
from playbooks.state import EventKind, StepStatus
from records.event import Person
from scoring.alert import Count, Level
from scoring.assessment import Category, Risk
from tests.playbooks.samples import (
    BOOK,
    DUTY,
    GUEST,
    LEAD,
    PR_A,
    SENIOR,
    T0,
    TECH,
    after,
    alert,
    minutes,
    opened,
    playbook,
    shipped,
)

P1, P3 = shipped()["p1_high_risk"], shipped()["p3_low"]
RANK = {"none": 0, "low": 1, "medium": 2, "high": 3}


def test_opening_fixes_matter_level_playbook_and_all_steps() -> None:
    state = opened()
    assert state.id == "FS-20261121-01" and state.opened_at == state.updated_at == T0
    assert (state.matter.brand, state.matter.product, state.matter.problem) == ("星河咖啡", "星河轻享拿铁", "异物")
    assert state.matter.category is Category.SAFETY
    assert (state.level, state.risk, state.rules) == (Level.RED, Risk.HIGH, ("D2",))
    assert (state.playbook, state.playbook_version) == ("small", BOOK.version)
    assert list(state.steps) == ["assemble", "statement", "report", "experts"]
    assert all(s.status is StepStatus.OPEN and s.holder == "A" and s.started_at == T0 for s in state.steps.values())
    assert state.open and state.drill and not state.historic


def test_the_log_says_what_the_alert_rested_on() -> None:
    (event,) = open_incident("FS-1", alert(), BOOK, at=T0).events
    assert event.data["voices"] == 11 and event.data["raw"] == 14 and event.data["threshold"] == 10.0
    assert event.data["mentions"] == ["weibo:1", "weibo:2"] and event.actor is None


@pytest.mark.parametrize(
    ("level", "risk", "level_after", "risk_after", "kinds"),
    [
        (Level.YELLOW, Risk.LOW, Level.ORANGE, Risk.MEDIUM, ["alert_attached"]),
        (Level.ORANGE, Risk.MEDIUM, Level.ORANGE, Risk.MEDIUM, ["alert_attached"]),
        (Level.RED, Risk.LOW, Level.RED, Risk.MEDIUM, ["alert_attached", "level_raised"]),
        (Level.YELLOW, Risk.HIGH, Level.ORANGE, Risk.HIGH, ["alert_attached", "level_raised"]),
        (Level.RED, Risk.HIGH, Level.RED, Risk.HIGH, ["alert_attached", "level_raised"]),
    ],
)
def test_an_alert_raises_and_never_lowers(
    level: Level, risk: Risk, level_after: Level, risk_after: Risk, kinds: list[str]
) -> None:
    state = opened(level=Level.ORANGE, risk=Risk.MEDIUM, rule="D1")
    decision = attach_alert(state, alert("S12", level, risk), at=minutes(5))
    state = after(state, decision.events)
    assert [e.kind for e in decision.events] == kinds
    assert (state.level, state.risk, state.rules) == (level_after, risk_after, ("D1", "S12"))
    assert attach_alert(state, alert("S12", level, risk), at=minutes(6)) == Decision()


def test_a_rule_that_spoke_already_is_only_heard_again_when_it_says_more() -> None:
    state = opened(level=Level.YELLOW, risk=Risk.LOW, rule="D6")
    assert attach_alert(state, alert("D6", Level.YELLOW, Risk.LOW), at=minutes(1)) == Decision()
    assert attach_alert(state, alert("D6", Level.RED, Risk.LOW), at=minutes(1)).events


def test_a_raised_risk_brings_its_playbook_and_a_worked_on_step_stays() -> None:
    state = opened(P3, level=Level.YELLOW, risk=Risk.LOW, rule="L")
    decision = attach_alert(state, alert(), P1, at=minutes(30))
    assert [e.kind for e in decision.events] == ["alert_attached", "level_raised", "playbook_changed"]
    state = after(state, decision.events)
    assert (state.playbook, state.playbook_version) == ("p1_high_risk", P1.version)
    assert list(state.steps) == [s.key for s in P1.steps]
    assert all(s.started_at == minutes(30) for s in state.steps.values())
    mixed = playbook(BOOK.text.replace("name: small", "name: other").replace("key: report", "key: daily"))
    worked = opened(level=Level.YELLOW, risk=Risk.LOW)
    worked = after(worked, take_step(worked, BOOK, "assemble", PR_A, at=minutes(1)).events)
    worked = after(worked, attach_alert(worked, alert("S12"), mixed, at=minutes(9)).events)
    assert worked.steps["assemble"].taken_by == "p_pra" and worked.steps["assemble"].started_at == T0
    assert worked.steps["daily"].started_at == minutes(9) and "report" not in worked.steps


@pytest.mark.parametrize(("name", "risk"), [("small", Risk.HIGH), ("other", Risk.LOW)])
def test_a_running_incident_keeps_its_playbook_and_version(name: str, risk: Risk) -> None:
    """A newer version of the same playbook, or no higher risk, changes nothing (P5)."""
    state = opened(level=Level.YELLOW, risk=Risk.LOW)
    newer = playbook(BOOK.text.replace("name: small", f"name: {name}") + "# edited\n")
    state = after(state, attach_alert(state, alert("S12", Level.RED, risk), newer, at=minutes(1)).events)
    assert (state.playbook, state.playbook_version, state.level) == ("small", BOOK.version, Level.RED)


def test_mentions_count_up_and_widen_the_time() -> None:
    state = opened()
    two = attach_mentions(
        state, ["weibo:3"], Count(raw=15, voices=12), minutes(4), at=minutes(5), first_post_at=minutes(3)
    )
    state = after(state, two.events)
    assert (state.raw, state.voices, state.first_post_at, state.last_post_at) == (15, 12, minutes(3), minutes(4))
    assert state.updated_at == minutes(5)
    assert attach_mentions(state, ["weibo:3"], Count(raw=15, voices=12), minutes(4), at=minutes(9)) == Decision()
    late = attach_mentions(state, ["weibo:4"], Count(raw=16, voices=12), minutes(-60), at=minutes(10))
    state = after(state, late.events)
    assert (state.raw, state.first_post_at, state.last_post_at) == (16, minutes(-60), minutes(4))
    unknown = attach_mentions(state, ["weibo:5"], Count(raw=17, voices=12), None, at=minutes(11))
    assert after(state, unknown.events).last_post_at == minutes(4)


def test_nothing_attaches_to_a_closed_incident() -> None:
    state = opened()
    state = after(state, close_incident(state, BOOK, LEAD, at=minutes(1), reason_text_id="t").events)
    for decision in (
        attach_alert(state, alert("S12"), at=minutes(2)),
        attach_mentions(state, ["weibo:9"], Count(raw=99, voices=99), minutes(2), at=minutes(2)),
    ):
        assert decision.events == () and decision.refusal is not None and decision.refusal.code == "closed"


def test_the_first_sending_counts() -> None:
    state = opened()
    state = after(state, mark_alert_sent(state, at=minutes(1)).events)
    assert state.alert_sent_at == minutes(1)
    assert mark_alert_sent(state, at=minutes(2)) == Decision()


class TestOverride:
    """Levels fall only by a person, with a reason, and both values are kept (L)."""

    def test_down_keeps_both_values(self) -> None:
        state = opened()
        decision = override_level(state, DUTY, Level.YELLOW, at=minutes(3), reason_text_id="t_1", risk=Risk.LOW)
        state = after(state, decision.events)
        assert (state.level, state.risk) == (Level.YELLOW, Risk.LOW)
        assert (state.computed_level, state.computed_risk) == (Level.RED, Risk.HIGH)
        assert (state.overridden_by, state.override_reason) == ("p_duty", "t_1")
        assert override_level(state, DUTY, Level.YELLOW, at=minutes(4), reason_text_id="t_2") == Decision()
        again = after(state, override_level(state, SENIOR, Level.ORANGE, at=minutes(5), reason_text_id="t_3").events)
        assert (again.level, again.computed_level, again.overridden_by) == (Level.ORANGE, Level.RED, "p_senior")

    def test_what_the_person_knew_does_not_raise_it_again_but_more_does(self) -> None:
        state = opened(level=Level.ORANGE, risk=Risk.MEDIUM, rule="D1")
        state = after(state, override_level(state, LEAD, Level.YELLOW, at=minutes(1), reason_text_id="t").events)
        state = after(state, attach_alert(state, alert("D3", Level.ORANGE, Risk.MEDIUM), at=minutes(2)).events)
        assert state.level is Level.YELLOW
        state = after(state, attach_alert(state, alert("D2", Level.RED, Risk.HIGH), at=minutes(3)).events)
        assert (state.level, state.computed_level, state.risk) == (Level.RED, Level.RED, Risk.HIGH)

    def test_raised_by_hand_stays_when_a_rule_says_less(self) -> None:
        state = opened(level=Level.YELLOW, risk=Risk.LOW, rule="L")
        state = after(state, override_level(state, LEAD, Level.RED, at=minutes(1), reason_text_id="t").events)
        state = after(state, attach_alert(state, alert("D1", Level.ORANGE, Risk.LOW), at=minutes(2)).events)
        assert (state.level, state.computed_level) == (Level.RED, Level.ORANGE)

    def test_a_person_may_bring_another_playbook(self) -> None:
        state = opened(P3, level=Level.YELLOW, risk=Risk.LOW)
        decision = override_level(
            state, LEAD, Level.RED, at=minutes(7), reason_text_id="t", risk=Risk.HIGH, playbook=P1
        )
        assert decision.events[-1].actor == "p_lead"
        assert after(state, decision.events).playbook == "p1_high_risk"

    @pytest.mark.parametrize(
        ("person", "reason", "code"),
        [(PR_A, "t", "wrong_role"), (GUEST, "t", "wrong_role"), (LEAD, None, "reason_missing")],
    )
    def test_refused(self, person: Person, reason: str | None, code: str) -> None:
        state = opened()
        decision = override_level(state, person, Level.YELLOW, at=minutes(1), reason_text_id=reason)
        assert decision.refusal is not None and decision.refusal.code == code
        assert after(state, decision.events) == state


def test_notes_are_kept_once_and_also_after_closing() -> None:
    state = opened()
    state = after(state, note(state, TECH, "t_1", at=minutes(1), step_key="assemble").events)
    assert note(state, TECH, "t_1", at=minutes(2)) == Decision()
    state = after(state, close_incident(state, BOOK, LEAD, at=minutes(3), reason_text_id="t").events)
    state = after(state, note(state, PR_A, "t_2", at=minutes(4)).events)
    assert state.notes == ("t_1", "t_2")
    refusal = note(state, GUEST, "t_3", at=minutes(5)).refusal
    assert refusal is not None and refusal.code == "wrong_role"


ALERTS = st.builds(
    alert,
    rule=st.sampled_from(["D1", "D2", "D3", "S12", "L"]),
    level=st.sampled_from(list(Level)),
    risk=st.sampled_from(list(Risk)),
)


@given(st.lists(ALERTS, max_size=6), st.data())
def test_the_order_of_alerts_does_not_change_where_the_level_ends(alerts: list, data: st.DataObject) -> None:
    def ended(items: list) -> tuple:
        state = opened(level=Level.NONE, risk=Risk.NONE, rule="W2")
        for number, one in enumerate(items, 1):
            before = state
            state = after(state, attach_alert(state, one, at=minutes(number)).events)
            assert state.level >= before.level and state.risk.rank >= before.risk.rank
        return state.level, state.risk

    assert ended(alerts) == ended(data.draw(st.permutations(alerts)))
    assert ended(alerts)[0] == max((a.level for a in alerts), default=Level.NONE)


@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(-500, 500)), min_size=1, max_size=6),
    st.data(),
)
def test_the_order_of_arrival_does_not_change_the_counts(batches: list, data: st.DataObject) -> None:
    def ended(items: list) -> tuple:
        state = opened()
        for raw, voices, at in items:
            state = after(
                state, attach_mentions(state, ["k"], Count(raw=raw, voices=voices), minutes(at), at=T0).events
            )
        return state.raw, state.voices, state.first_post_at, state.last_post_at

    assert ended(batches) == ended(data.draw(st.permutations(batches)))


def test_kinds_are_what_the_log_stores() -> None:
    assert all(kind.value == kind.name.lower() for kind in EventKind)
    assert timedelta(0) == opened().updated_at - T0
