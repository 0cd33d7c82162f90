"""The fold: state of an incident = its events applied one after another.

Applying is forgiving on purpose: an event that no longer fits (a second "taken", a press after closing) changes nothing,
so the first of two people wins whatever stands in the log, and an event read twice equals once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from playbooks.state import EventKind, IncidentState, StepState, StepStatus
from records.event import Event
from scoring.alert import Level, Matter
from scoring.assessment import Category, Risk


def fold(events: Iterable[Event]) -> IncidentState:
    """State after all events of one incident, in the order of the log.

    Raises:
        ValueError: there are no events, or the first is not ``opened``.
    """
    state: IncidentState | None = None
    for event in events:
        state = apply(state, event)
    if state is None:
        raise ValueError("an incident without events has no state")
    return state


def apply(state: IncidentState | None, event: Event) -> IncidentState:
    """State after one more event. Kinds that are no business of incidents, and events that do not fit, change nothing.

    Raises:
        ValueError: ``state`` is None and the event is not ``opened``, or the event belongs to another incident.
    """
    if state is None:
        if event.kind != EventKind.OPENED or event.incident is None:
            raise ValueError(f"the first event of an incident is opened, not {event.kind}")
        return _opened(event)
    if event.incident != state.id:
        raise ValueError(f"event of {event.incident} applied to {state.id}")
    if not state.open and event.kind not in (EventKind.NOTED, EventKind.ALERT_SENT):
        return state
    change = CHANGES.get(event.kind)
    after = change(state, event) if change else state
    if after == state:
        return state
    return replace(after, updated_at=max(state.updated_at, event.at))


def moment(value: Any) -> datetime | None:
    """A time as events carry it (ISO 8601 with offset), None where there is none."""
    return datetime.fromisoformat(value) if value else None


def _opened(event: Event) -> IncidentState:
    data = event.data
    assert event.incident is not None
    return IncidentState(
        id=event.incident,
        matter=Matter(
            brand=data["brand"],
            product=data.get("product"),
            category=Category(data["category"]) if data.get("category") else None,
            problem=data.get("problem"),
        ),
        opened_at=event.at,
        updated_at=event.at,
        level=Level(data["level"]),
        risk=Risk(data["risk"]),
        playbook=data["playbook"],
        playbook_version=data["version"],
        steps={key: StepState(key=key, started_at=event.at) for key in data["steps"]},
        rules=(data["rule"],),
        historic=bool(data.get("historic")),
        drill=bool(data.get("drill")),
    )


def _mentions(state: IncidentState, event: Event) -> IncidentState:
    data = event.data
    firsts = [t for t in (state.first_post_at, moment(data.get("first_post_at"))) if t]
    lasts = [t for t in (state.last_post_at, moment(data.get("last_post_at"))) if t]
    return replace(
        state,
        raw=max(state.raw, data["raw"]),
        voices=max(state.voices, data["voices"]),
        first_post_at=min(firsts, default=None),
        last_post_at=max(lasts, default=None),
    )


def _alert(state: IncidentState, event: Event) -> IncidentState:
    rule = event.data["rule"]
    return state if rule in state.rules else replace(state, rules=(*state.rules, rule))


def _raised(state: IncidentState, event: Event) -> IncidentState:
    """Levels rise by rule: above what the rules said before, never below what stands (L)."""
    level, risk = Level(event.data["level"]), Risk(event.data["risk"])
    said_level = state.level if state.computed_level is None else state.computed_level
    said_risk = state.risk if state.computed_risk is None else state.computed_risk
    if level > said_level:
        kept = None if state.computed_level is None else level
        state = replace(state, level=max(state.level, level), computed_level=kept)
    if risk.rank > said_risk.rank:
        kept_risk = None if state.computed_risk is None else risk
        state = replace(state, risk=max(state.risk, risk, key=lambda r: r.rank), computed_risk=kept_risk)
    return state


def _overridden(state: IncidentState, event: Event) -> IncidentState:
    return replace(
        state,
        level=Level(event.data["level"]),
        risk=Risk(event.data["risk"]),
        computed_level=state.level if state.computed_level is None else state.computed_level,
        computed_risk=state.risk if state.computed_risk is None else state.computed_risk,
        overridden_by=event.actor,
        override_reason=event.data.get("reason"),
    )


def _sent(state: IncidentState, event: Event) -> IncidentState:
    return state if state.alert_sent_at else replace(state, alert_sent_at=event.at)


def _noted(state: IncidentState, event: Event) -> IncidentState:
    text = event.data["text"]
    return state if text in state.notes else replace(state, notes=(*state.notes, text))


def _playbook_changed(state: IncidentState, event: Event) -> IncidentState:
    """Steps of the new playbook; one that somebody already worked on under the same key keeps its state."""
    data = event.data
    if data["version"] == state.playbook_version:
        return state
    steps = {}
    for key in data["steps"]:
        known = state.steps.get(key)
        kept = known if known and known.status is not StepStatus.OPEN else None
        steps[key] = kept or StepState(key=key, started_at=event.at)
    return replace(state, playbook=data["playbook"], playbook_version=data["version"], steps=steps)


def _closed(state: IncidentState, event: Event) -> IncidentState:
    return replace(state, closed_at=event.at, closed_by=event.actor, close_reason=event.data.get("reason"))


def _taken(step: StepState, event: Event) -> StepState:
    if step.status is not StepStatus.OPEN:
        return step
    started = event.at if event.data.get("starts") else step.started_at
    return replace(step, status=StepStatus.TAKEN, taken_by=event.actor, taken_at=event.at, started_at=started)


def _done(step: StepState, event: Event) -> StepState:
    if step.status is not StepStatus.TAKEN:
        return step
    status = StepStatus.AWAITING_CONFIRMATION if event.data.get("confirm") else StepStatus.DONE
    return replace(step, status=status, done_by=event.actor, done_at=event.at, evidence=event.data.get("evidence"))


def _confirmed(step: StepState, event: Event) -> StepState:
    if step.status is not StepStatus.AWAITING_CONFIRMATION:
        return step
    return replace(step, status=StepStatus.DONE, confirmed_by=event.actor, confirmed_at=event.at)


def _returned(step: StepState, event: Event) -> StepState:
    if step.status is not StepStatus.AWAITING_CONFIRMATION:
        return step
    reason = event.data.get("reason")
    return replace(step, status=StepStatus.TAKEN, done_by=None, done_at=None, evidence=None, reason=reason)


def _skipped(step: StepState, event: Event) -> StepState:
    if step.status.settled:
        return step
    reason = event.data.get("reason")
    return replace(step, status=StepStatus.SKIPPED, done_by=event.actor, done_at=event.at, reason=reason)


def _reopened(step: StepState, event: Event) -> StepState:
    if not step.status.settled:
        return step
    done = step.status is StepStatus.DONE
    return StepState(
        key=step.key,
        started_at=event.at,
        rounds=step.rounds + done,
        late_rounds=step.late_rounds + (done and bool(event.data.get("late"))),
    )


def _handed_over(step: StepState, event: Event) -> StepState:
    if step.status is not StepStatus.OPEN or step.holder != event.data["from"]:
        return step
    return replace(step, holder=event.data["to"], turn_at=event.at, take_overdue=True)


def _escalated(step: StepState, event: Event) -> StepState:
    if step.status.settled or step.holder == "lead":
        return step
    overdue = step.take_overdue or event.data.get("why") == "take"
    return replace(step, holder="lead", turn_at=event.at, take_overdue=overdue)


def _overdue(step: StepState, event: Event) -> StepState:
    if step.status.settled:
        return step
    if event.data["kind"] == "done_by":
        return replace(step, done_overdue=True)
    return replace(step, take_overdue=True) if step.status is StepStatus.OPEN else step


def _on_step(change: Callable[[StepState, Event], StepState]) -> Callable[[IncidentState, Event], IncidentState]:
    def applied(state: IncidentState, event: Event) -> IncidentState:
        before = state.steps.get(event.data["step"])
        if before is None:
            return state
        after = change(before, event)
        if after is before:
            return state
        press = event.kind in PRESSES and state.first_press_at is None
        return replace(
            state,
            steps={**state.steps, before.key: after},
            first_press_at=event.at if press else state.first_press_at,
        )

    return applied


PRESSES = (EventKind.STEP_TAKEN, EventKind.STEP_DONE, EventKind.STEP_SKIPPED)
"""What counts as the role's first press (P7)."""

CHANGES: Mapping[str, Callable[[IncidentState, Event], IncidentState]] = {
    EventKind.MENTIONS_ATTACHED: _mentions,
    EventKind.ALERT_ATTACHED: _alert,
    EventKind.LEVEL_RAISED: _raised,
    EventKind.LEVEL_OVERRIDDEN: _overridden,
    EventKind.ALERT_SENT: _sent,
    EventKind.NOTED: _noted,
    EventKind.PLAYBOOK_CHANGED: _playbook_changed,
    EventKind.CLOSED: _closed,
    EventKind.STEP_TAKEN: _on_step(_taken),
    EventKind.STEP_DONE: _on_step(_done),
    EventKind.STEP_CONFIRMED: _on_step(_confirmed),
    EventKind.STEP_RETURNED: _on_step(_returned),
    EventKind.STEP_SKIPPED: _on_step(_skipped),
    EventKind.STEP_REOPENED: _on_step(_reopened),
    EventKind.HANDED_OVER: _on_step(_handed_over),
    EventKind.ESCALATED: _on_step(_escalated),
    EventKind.OVERDUE: _on_step(_overdue),
}
"""Kinds that change the state; reminders and refused presses are lines of the log only."""
