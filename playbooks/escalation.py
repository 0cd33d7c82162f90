"""What the clock does to an incident (P6, P7): reminders, hand-over to B, then to the lead, overdue, recurring steps.

Deadlines are values that the caller keeps in a table. One that no longer fits the state (taken meanwhile, another turn,
another round, closed) yields nothing, so that late or repeated ticks do no harm. Kinds:

* ``take_remind``: at 50 % and 80 % of the limit to take a step, anew for every holder.
* ``take_by``: the limit passed: A hands over to B, B to the lead, each with the whole limit again; after the lead overdue.
* ``done_remind``: at 80 % of the limit to finish. ``done_by``: overdue, and the step goes to the lead.
* ``recur``: a recurring step opens again.

An incident of old posts (historic) has no deadlines, and nobody is reminded of an optional step before it is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from playbooks.folding import apply
from playbooks.handling import check_version, event
from playbooks.playbook import Playbook, Step
from playbooks.punctuality import settled_in_time
from playbooks.roles import escalation_role
from playbooks.state import Deadline, EventKind, IncidentState, Notice, StepState, StepStatus
from records.event import Event

TAKE_REMINDS = (0.5, 0.8)
"""Shares of the take limit at which the holder is reminded."""
DONE_REMIND = 0.8
"""Share of the done limit at which the holder is reminded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """What a passed deadline brings, to be written in one transaction with finishing it."""

    events: tuple[Event, ...] = ()
    notices: tuple[Notice, ...] = ()
    next: tuple[Deadline, ...] = ()
    """Deadlines to save; they replace standing ones of the same incident, step, kind and holder."""


def plan_deadlines(state: IncidentState, playbook: Playbook, *, at: datetime) -> tuple[Deadline, ...]:
    """All deadlines that should stand for the incident as it is: newly opened, restored, or with a new playbook.

    Reminders whose time has passed at ``at`` are left out; limits that have passed are kept and are due at once.

    Raises:
        ValueError: ``playbook`` is not the version the incident runs on.
    """
    check_version(state, playbook)
    if state.historic or not state.open:
        return ()
    planned: list[Deadline] = []
    for step in playbook.steps:
        planned += _step_deadlines(state, step, at)
    return tuple(planned)


def plan_after(state: IncidentState, playbook: Playbook, event: Event) -> tuple[Deadline, ...]:
    """Deadlines to save after an event; ``state`` is the one that ``event`` led to.

    Raises:
        ValueError: ``playbook`` is not the version the incident runs on.
    """
    if event.kind in (EventKind.OPENED, EventKind.PLAYBOOK_CHANGED):
        return plan_deadlines(state, playbook, at=event.at)
    check_version(state, playbook)
    step = playbook.step(str(event.data.get("step")))
    now = state.steps.get(step.key) if step else None
    if step is None or now is None or state.historic or not state.open:
        return ()
    if event.kind == EventKind.STEP_TAKEN and step.optional:
        return _done_deadlines(state, step, now, event.at)
    if event.kind in (EventKind.STEP_DONE, EventKind.STEP_CONFIRMED, EventKind.STEP_SKIPPED):
        return _recur_deadlines(state, step, now)
    return ()


def decide_due(state: IncidentState, playbook: Playbook, deadline: Deadline, *, at: datetime) -> Due:
    """Decide what a deadline brings at ``at``; one that is not due yet comes back in ``next``.

    Raises:
        ValueError: ``playbook`` is not the version the incident runs on.
    """
    check_version(state, playbook)
    step, now = playbook.step(deadline.step), state.steps.get(deadline.step)
    if step is None or now is None or state.historic or not state.open or deadline.incident != state.id:
        return Due()
    if at < deadline.due_at:
        return Due(next=(deadline,))
    if deadline.kind == "recur":
        return _reopen(state, step, now, at)
    if now.status.settled:
        return Due()
    if deadline.kind in ("take_remind", "take_by"):
        if now.status is not StepStatus.OPEN or now.holder != deadline.holder:
            return Due()
        return _take_due(state, playbook, step, now, deadline.kind, at)
    return _done_due(state, playbook, step, now, deadline.kind, at)


def _turn(now: StepState) -> datetime:
    return now.turn_at or now.started_at


def _later(start: datetime, minutes: float) -> datetime:
    return start + timedelta(minutes=minutes)


def _role(step: Step, holder: str) -> str:
    return escalation_role(step.roles[0]) if holder == "lead" else step.roles[0]


def _take_due(state: IncidentState, playbook: Playbook, step: Step, now: StepState, kind: str, at: datetime) -> Due:
    """Remind or hand over, by the turn's own clock: a deadline of an earlier round or turn comes too early and is dropped."""
    limit = _later(_turn(now), step.take_within)
    if kind == "take_by":
        return _hand_over(state, playbook, step, now, limit, at) if at >= limit else Due()
    if at >= limit or at < _later(_turn(now), step.take_within * TAKE_REMINDS[0]):
        return Due()
    line = event(state, EventKind.REMINDED, None, at, step=step.key, kind=kind, holder=now.holder)
    coming = [d for d in _take_reminds(state, step, now) if d.due_at > at]
    notice = _notice(state, step, "remind_take", now.holder, limit)
    return Due(events=(line,), notices=(notice,), next=tuple(coming[:1]))


def _hand_over(
    state: IncidentState, playbook: Playbook, step: Step, now: StepState, limit: datetime, at: datetime
) -> Due:
    """A's turn passes to B, B's to the lead; the lead's (or B's, where the playbook does not escalate) is overdue."""
    if now.holder == "A":
        line = event(state, EventKind.HANDED_OVER, None, at, **{"step": step.key, "from": "A", "to": "B"})
        kind, holder = "hand_over", "B"
    elif now.holder == "B" and playbook.escalates:
        line = _escalated_event(state, step, now, "take", at)
        kind, holder = "escalate_take", "lead"
    else:
        line = event(state, EventKind.OVERDUE, None, at, step=step.key, kind="take_by", holder=now.holder)
        return Due(events=(line,), notices=(_notice(state, step, "overdue", now.holder, limit),))
    after = apply(state, line).steps[step.key]
    notice = _notice(state, step, kind, holder, _later(at, step.take_within))
    return Due(events=(line,), notices=(notice,), next=_take_deadlines(state, step, after, at))


def _done_due(state: IncidentState, playbook: Playbook, step: Step, now: StepState, kind: str, at: datetime) -> Due:
    """Remind before the limit; past it say so once, and the step goes to the lead, who gets a turn where nobody took it."""
    limit = _later(now.started_at, step.done_within)
    early = at < limit if kind == "done_by" else at < _later(now.started_at, step.done_within * DONE_REMIND)
    if early or now.done_overdue:
        return Due()
    if kind == "done_remind":
        if at >= limit:
            return Due()
        line = event(state, EventKind.REMINDED, None, at, step=step.key, kind=kind, holder=now.holder)
        return Due(events=(line,), notices=(_notice(state, step, "remind_done", now.holder, limit),))
    overdue = event(state, EventKind.OVERDUE, None, at, step=step.key, kind=kind, holder=now.holder)
    if not playbook.escalates or now.holder == "lead":
        return Due(events=(overdue,), notices=(_notice(state, step, "overdue", now.holder, limit),))
    escalated = _escalated_event(state, step, now, "done", at)
    after = apply(state, escalated).steps[step.key]
    coming = _take_deadlines(state, step, after, at) if now.status is StepStatus.OPEN else ()
    notice = _notice(state, step, "overdue", "lead", limit)
    return Due(events=(overdue, escalated), notices=(notice,), next=coming)


def _escalated_event(state: IncidentState, step: Step, now: StepState, why: str, at: datetime) -> Event:
    data = {"step": step.key, "from": now.holder, "to": "lead", "role": _role(step, "lead"), "why": why}
    return event(state, EventKind.ESCALATED, None, at, **data)


def _reopen(state: IncidentState, step: Step, now: StepState, at: datetime) -> Due:
    due = _recur_deadlines(state, step, now)
    if not due:
        return Due()
    if at < due[0].due_at:
        return Due(next=due)
    late = now.status is StepStatus.DONE and not settled_in_time(step, now)
    line = event(state, EventKind.STEP_REOPENED, None, at, step=step.key, round=now.rounds + 1, late=late)
    after = apply(state, line)
    notice = _notice(state, step, "reopened", "A", _later(at, step.done_within))
    return Due(events=(line,), notices=(notice,), next=tuple(_step_deadlines(after, step, at)))


def _step_deadlines(state: IncidentState, step: Step, at: datetime) -> tuple[Deadline, ...]:
    now = state.steps[step.key]
    if now.status.settled:
        return _recur_deadlines(state, step, now)
    if now.status is not StepStatus.OPEN:
        return _done_deadlines(state, step, now, at)
    if step.optional:
        return ()
    return _take_deadlines(state, step, now, at) + _done_deadlines(state, step, now, at)


def _take_deadlines(state: IncidentState, step: Step, now: StepState, at: datetime) -> tuple[Deadline, ...]:
    """The next reminder and the limit of the present holder's turn."""
    coming = [d for d in _take_reminds(state, step, now) if d.due_at > at]
    limit = _deadline(state, now, "take_by", _later(_turn(now), step.take_within))
    return (*coming[:1], limit)


def _take_reminds(state: IncidentState, step: Step, now: StepState) -> list[Deadline]:
    return [
        _deadline(state, now, "take_remind", _later(_turn(now), step.take_within * share)) for share in TAKE_REMINDS
    ]


def _done_deadlines(state: IncidentState, step: Step, now: StepState, at: datetime) -> tuple[Deadline, ...]:
    if now.done_overdue:
        return ()
    remind = _deadline(state, now, "done_remind", _later(now.started_at, step.done_within * DONE_REMIND))
    limit = _deadline(state, now, "done_by", _later(now.started_at, step.done_within))
    return (remind, limit) if remind.due_at > at else (limit,)


def _recur_deadlines(state: IncidentState, step: Step, now: StepState) -> tuple[Deadline, ...]:
    settled_at = now.confirmed_at or now.done_at
    if step.recurs is None or not now.status.settled or settled_at is None:
        return ()
    return (_deadline(state, now, "recur", _later(settled_at, step.recurs)),)


def _deadline(state: IncidentState, now: StepState, kind: str, due_at: datetime) -> Deadline:
    """Limits to finish stand under A whoever holds the step, so that there is one of each per step."""
    holder = now.holder if kind.startswith("take") else "A"
    return Deadline(incident=state.id, step=now.key, kind=kind, holder=holder, due_at=due_at)


def _notice(state: IncidentState, step: Step, kind: str, holder: str, due_at: datetime) -> Notice:
    return Notice(incident=state.id, step=step.key, kind=kind, role=_role(step, holder), holder=holder, due_at=due_at)
