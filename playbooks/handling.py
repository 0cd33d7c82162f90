"""Commands on the steps of an incident: take, finish, confirm, return, skip (P8). Pure: events out, nothing changed.

Every command names the person who pressed; pressing the same twice gives no events, and who comes second is told who
was first and when. ``playbook`` is always the version the incident runs on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from playbooks.decision import Decision, Refusal
from playbooks.playbook import Playbook, Step
from playbooks.roles import CONFIRMERS, LEADERS
from playbooks.state import EventKind, IncidentState, StepState, StepStatus
from records.event import Event, Person


def take_step(state: IncidentState, playbook: Playbook, step_key: str, person: Person, *, at: datetime) -> Decision:
    """Take a step: for holders (A or B) of one of its roles; the first wins.

    Raises:
        ValueError: ``playbook`` is not the version the incident runs on.
    """
    step, now, refusal = _found(state, playbook, step_key)
    if refusal is None and step and now:
        refusal = _role_refusal(step, now, person)
        if refusal is None and now.status is StepStatus.OPEN:
            return Decision(events=(_taken_event(state, step, person, at),))
        if refusal is None and now.status is not StepStatus.SKIPPED and person.id in (now.taken_by, now.done_by):
            return Decision()
        refusal = refusal or _already(now)
    return refused(state, "take", refusal, person, at)


def finish_step(
    state: IncidentState,
    playbook: Playbook,
    step_key: str,
    person: Person,
    *,
    at: datetime,
    evidence_text_id: str | None = None,
) -> Decision:
    """Report a step as done, with the id of the text that is its evidence; one that nobody took is taken with it.

    Outward steps then wait for a second person (P8).

    Raises:
        ValueError: ``playbook`` is not the version the incident runs on.
    """
    step, now, refusal = _found(state, playbook, step_key)
    if refusal is None and step and now:
        if now.status in (StepStatus.DONE, StepStatus.AWAITING_CONFIRMATION) and now.done_by == person.id:
            return Decision()
        refusal = _role_refusal(step, now, person) or _finish_refusal(state, step, now, evidence_text_id)
        if refusal is None:
            taken = (_taken_event(state, step, person, at),) if now.status is StepStatus.OPEN else ()
            done = event(
                state, EventKind.STEP_DONE, person, at, step=step.key, evidence=evidence_text_id, confirm=step.outward
            )
            return Decision(events=(*taken, done))
    return refused(state, "done", refusal, person, at)


def confirm_step(state: IncidentState, playbook: Playbook, step_key: str, person: Person, *, at: datetime) -> Decision:
    """Confirm outward wording: by another person than the one who did the step, holding lead, senior or pr (P8).

    Raises:
        ValueError: ``playbook`` is not the version the incident runs on.
    """
    _, now, refusal = _found(state, playbook, step_key)
    if refusal is None and now:
        if now.status is StepStatus.DONE and now.confirmed_by == person.id:
            return Decision()
        refusal = _second_refusal(now, person)
        if refusal is None:
            return Decision(events=(event(state, EventKind.STEP_CONFIRMED, person, at, step=now.key),))
    return refused(state, "confirm", refusal, person, at)


def return_step(
    state: IncidentState,
    playbook: Playbook,
    step_key: str,
    person: Person,
    *,
    at: datetime,
    reason_text_id: str | None = None,
) -> Decision:
    """Send outward wording back instead of confirming it, with a reason: the step is again with whoever took it.

    Raises:
        ValueError: ``playbook`` is not the version the incident runs on.
    """
    _, now, refusal = _found(state, playbook, step_key)
    if refusal is None and now:
        if now.status is StepStatus.TAKEN and now.reason is not None and now.reason == reason_text_id:
            return Decision()
        refusal = _second_refusal(now, person)
        if refusal is None and reason_text_id is None:
            refusal = Refusal(code="reason_missing", step=now.key)
        if refusal is None:
            back = event(state, EventKind.STEP_RETURNED, person, at, step=now.key, reason=reason_text_id)
            return Decision(events=(back,))
    return refused(state, "return", refusal, person, at)


def skip_step(
    state: IncidentState,
    playbook: Playbook,
    step_key: str,
    person: Person,
    *,
    at: datetime,
    reason_text_id: str | None = None,
) -> Decision:
    """Skip a step with the id of the text that says why; one that somebody holds only by them or a leader.

    Raises:
        ValueError: ``playbook`` is not the version the incident runs on.
    """
    step, now, refusal = _found(state, playbook, step_key)
    if refusal is None and step and now:
        if now.status is StepStatus.SKIPPED and now.done_by == person.id:
            return Decision()
        refusal = _role_refusal(step, now, person)
        if refusal is None and now.status.settled:
            refusal = _already(now)
        held = now.status is not StepStatus.OPEN and person.id not in (now.taken_by, now.done_by)
        if refusal is None and held and not _holds_any(person, LEADERS):
            refusal = _already(now)
        if refusal is None and reason_text_id is None:
            refusal = Refusal(code="reason_missing", step=step.key)
        if refusal is None:
            skipped = event(state, EventKind.STEP_SKIPPED, person, at, step=step.key, reason=reason_text_id)
            return Decision(events=(skipped,))
    return refused(state, "skip", refusal, person, at)


def event(state: IncidentState, kind: EventKind, person: Person | None, at: datetime, /, **data: Any) -> Event:
    """An event of this incident; data that is None is left out."""
    kept = {key: value for key, value in data.items() if value is not None}
    return Event(incident=state.id, kind=kind.value, at=at, actor=person.id if person else None, data=kept)


def refused(state: IncidentState, action: str, refusal: Refusal | None, person: Person, at: datetime) -> Decision:
    """A refusal with its line for the log: who pressed what, why not, and who had been first."""
    assert refusal is not None
    line = event(
        state,
        EventKind.PRESS_REFUSED,
        person,
        at,
        step=refusal.step,
        action=action,
        code=refusal.code,
        first=refusal.person,
    )
    return Decision(events=(line,), refusal=refusal)


def closed_refusal(state: IncidentState) -> Refusal | None:
    """The refusal of everything on a closed incident; None while it is open."""
    return None if state.open else Refusal(code="closed", person=state.closed_by, at=state.closed_at)


def waiting_steps(state: IncidentState, playbook: Playbook) -> tuple[str, ...]:
    """Keys of the required steps that still keep the incident from being closed; a recurring one counts once done."""
    return tuple(
        step.key
        for step in playbook.steps
        if not step.optional and not (now := state.steps[step.key]).status.settled and not now.rounds
    )


def check_version(state: IncidentState, playbook: Playbook) -> None:
    """A running incident keeps its version (P5).

    Raises:
        ValueError: ``playbook`` is another one.
    """
    if playbook.version != state.playbook_version:
        running = f"{state.playbook} {state.playbook_version}"
        raise ValueError(f"{state.id} runs on {running}, not on {playbook.name} {playbook.version}")


def _found(state: IncidentState, playbook: Playbook, key: str) -> tuple[Step | None, StepState | None, Refusal | None]:
    check_version(state, playbook)
    step, now = playbook.step(key), state.steps.get(key)
    if not state.open:
        return step, now, closed_refusal(state)
    if step is None or now is None:
        return step, now, Refusal(code="unknown_step", step=key)
    return step, now, None


def _holds_any(person: Person, roles: Iterable[str]) -> bool:
    return any(person.holds(role) for role in roles)


def _role_refusal(step: Step, now: StepState, person: Person) -> Refusal | None:
    allowed = (*step.roles, *LEADERS) if now.holder == "lead" else step.roles
    if _holds_any(person, allowed):
        return None
    return Refusal(code="wrong_role", step=step.key, roles=tuple(dict.fromkeys(allowed)))


def _already(now: StepState) -> Refusal:
    code, person, at = {
        StepStatus.TAKEN: ("already_taken", now.taken_by, now.taken_at),
        StepStatus.AWAITING_CONFIRMATION: ("already_done", now.done_by, now.done_at),
        StepStatus.DONE: ("already_done", now.done_by, now.done_at),
        StepStatus.SKIPPED: ("already_skipped", now.done_by, now.done_at),
    }[now.status]
    return Refusal(code=code, step=now.key, person=person, at=at)


def _finish_refusal(state: IncidentState, step: Step, now: StepState, evidence: str | None) -> Refusal | None:
    if now.status not in (StepStatus.OPEN, StepStatus.TAKEN):
        return _already(now)
    before = tuple(key for key in step.after if key in state.steps and not _passed(state.steps[key]))
    if before:
        return Refusal(code="too_early", step=step.key, steps=before)
    if step.needs_evidence and evidence is None:
        return Refusal(code="evidence_missing", step=step.key)
    return None


def _passed(now: StepState) -> bool:
    return now.status.settled or now.rounds > 0


def _second_refusal(now: StepState, person: Person) -> Refusal | None:
    if not _holds_any(person, CONFIRMERS):
        return Refusal(code="wrong_role", step=now.key, roles=CONFIRMERS)
    if now.status is StepStatus.AWAITING_CONFIRMATION:
        own = now.done_by == person.id
        return Refusal(code="second_person_needed", step=now.key, person=now.done_by, at=now.done_at) if own else None
    if now.status is StepStatus.DONE and now.confirmed_by:
        return Refusal(code="already_confirmed", step=now.key, person=now.confirmed_by, at=now.confirmed_at)
    settled = now.status.settled
    return Refusal(code="nothing_to_confirm" if settled else "not_done_yet", step=now.key)


def _taken_event(state: IncidentState, step: Step, person: Person, at: datetime) -> Event:
    """An optional step's clock starts when somebody takes it."""
    return event(state, EventKind.STEP_TAKEN, person, at, step=step.key, starts=step.optional or None)
