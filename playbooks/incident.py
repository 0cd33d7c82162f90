"""Commands on an incident (事件): open, attach, raise, override, note, close. Pure: state in, events out.

Levels rise by rule and fall only by a person with a reason (L); both values are kept. Events hold ids, numbers and rule
words only (G3). The commands on steps are in ``playbooks.handling`` and are exported here too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from playbooks.decision import Decision, Refusal
from playbooks.folding import apply, fold
from playbooks.handling import (
    check_version,
    closed_refusal,
    confirm_step,
    event,
    finish_step,
    refused,
    return_step,
    skip_step,
    take_step,
    waiting_steps,
)
from playbooks.playbook import Playbook
from playbooks.roles import LEADERS, OVERRIDERS, ROLES
from playbooks.state import EventKind, IncidentState, StepState, StepStatus
from records.event import Event, Person
from scoring.alert import Alert, Count, Level
from scoring.assessment import Risk

__all__ = [
    "Decision",
    "EventKind",
    "IncidentState",
    "Refusal",
    "StepState",
    "StepStatus",
    "apply",
    "attach_alert",
    "attach_mentions",
    "close_incident",
    "confirm_step",
    "finish_step",
    "fold",
    "mark_alert_sent",
    "note",
    "open_incident",
    "override_level",
    "return_step",
    "skip_step",
    "take_step",
    "waiting_steps",
]


def open_incident(
    incident: str, alert: Alert, playbook: Playbook, *, at: datetime, historic: bool = False, drill: bool = False
) -> Decision:
    """Open an incident on an alert.

    Args:
        incident: The new incident's id, e.g. FS-20261121-01.
        alert: What made it; gives matter, level and risk.
        playbook: The one to run; its version stays with the incident.
        at: Now; the clocks of all steps start.
        historic: Made from old posts: no deadlines, no live chat (rules D).
        drill: Part of a drill (P11).
    """
    matter = alert.matter
    data: dict[str, Any] = {
        "brand": matter.brand,
        "product": matter.product,
        "category": str(matter.category) if matter.category else None,
        "problem": matter.problem,
        "playbook": playbook.name,
        "version": playbook.version,
        "steps": [step.key for step in playbook.steps],
        "historic": historic,
        "drill": drill,
        **_alert_data(alert),
    }
    kept = {key: value for key, value in data.items() if value is not None}
    return Decision(events=(Event(incident=incident, kind=EventKind.OPENED.value, at=at, data=kept),))


def attach_alert(state: IncidentState, alert: Alert, playbook: Playbook | None = None, *, at: datetime) -> Decision:
    """Attach an alert to a running incident: raises level and risk where the alert says more, never lowers them.

    Args:
        playbook: The one that serves the alert's risk; it takes over where the risk rises above what the rules said so
            far and it is another playbook. Steps that somebody worked on under the same key stay as they are.

    Returns:
        No events where this rule spoke already and nothing rises; refused ("closed") on a closed incident.
    """
    if not state.open:
        return Decision(refusal=closed_refusal(state))
    said_level = state.level if state.computed_level is None else state.computed_level
    said_risk = state.risk if state.computed_risk is None else state.computed_risk
    riskier = alert.risk.rank > said_risk.rank
    rises = alert.level > said_level or riskier
    if alert.rule in state.rules and not rises:
        return Decision()
    events = [event(state, EventKind.ALERT_ATTACHED, None, at, **_alert_data(alert))]
    if rises:
        raised = {"level": int(alert.level), "risk": str(alert.risk), "rule": alert.rule}
        before = {"from_level": int(state.level), "from_risk": str(state.risk)}
        events.append(event(state, EventKind.LEVEL_RAISED, None, at, **raised, **before))
    if riskier and playbook is not None and playbook.name != state.playbook:
        events.append(_changed_event(state, playbook, at))
    return Decision(events=tuple(events))


def attach_mentions(
    state: IncidentState,
    keys: Sequence[str],
    count: Count,
    last_post_at: datetime | None,
    *,
    at: datetime,
    first_post_at: datetime | None = None,
) -> Decision:
    """Attach mentions (D7).

    Args:
        keys: Keys of the mentions that are new to the incident.
        count: Raw mentions and independent voices of the whole incident, the new ones included.
        last_post_at: Latest published time among the new ones.
        first_post_at: Earliest one; as ``last_post_at`` where not given.

    Returns:
        No events where neither counts nor times move; refused ("closed") on a closed incident.
    """
    if not state.open:
        return Decision(refusal=closed_refusal(state))
    first = first_post_at or last_post_at
    attached = event(
        state,
        EventKind.MENTIONS_ATTACHED,
        None,
        at,
        mentions=list(keys),
        raw=count.raw,
        voices=count.voices,
        first_post_at=first.isoformat() if first else None,
        last_post_at=last_post_at.isoformat() if last_post_at else None,
    )
    return Decision() if apply(state, attached) == state else Decision(events=(attached,))


def mark_alert_sent(state: IncidentState, *, at: datetime) -> Decision:
    """The first alert left for a chat: the clock of the first press starts (P7). Later ones change nothing."""
    if state.alert_sent_at is not None:
        return Decision()
    return Decision(events=(event(state, EventKind.ALERT_SENT, None, at),))


def override_level(
    state: IncidentState,
    person: Person,
    level: Level,
    *,
    at: datetime,
    reason_text_id: str | None = None,
    risk: Risk | None = None,
    playbook: Playbook | None = None,
) -> Decision:
    """Set level and risk by hand, up or down, with a reason: lead, senior or duty. What the rules said is kept (L).

    Args:
        risk: The new risk; None = as it is.
        playbook: The one that takes over (P4: a person confirms the type); None or the same name = the running one stays.
    """
    risk = risk or state.risk
    changes = playbook is not None and playbook.name != state.playbook
    refusal = closed_refusal(state) or _needs(person, OVERRIDERS)
    if refusal is None and level == state.level and risk is state.risk and not changes:
        return Decision()
    if refusal is None and reason_text_id is None:
        refusal = Refusal(code="reason_missing")
    if refusal is not None:
        return refused(state, "override", refusal, person, at)
    data = {"level": int(level), "risk": str(risk), "from_level": int(state.level), "from_risk": str(state.risk)}
    events = [event(state, EventKind.LEVEL_OVERRIDDEN, person, at, **data, reason=reason_text_id)]
    if playbook is not None and changes:
        events.append(_changed_event(state, playbook, at, person))
    return Decision(events=tuple(events))


def note(state: IncidentState, person: Person, text_id: str, *, at: datetime, step_key: str | None = None) -> Decision:
    """Note a text by its id: anybody with a role, also after closing (the customer's feedback comes then, P10)."""
    refusal = _needs(person, ROLES)
    if refusal is not None:
        return refused(state, "note", refusal, person, at)
    if text_id in state.notes:
        return Decision()
    return Decision(events=(event(state, EventKind.NOTED, person, at, text=text_id, step=step_key),))


def close_incident(
    state: IncidentState, playbook: Playbook, person: Person, *, at: datetime, reason_text_id: str | None = None
) -> Decision:
    """Close the incident: lead or senior; with a reason where required steps are still open.

    Raises:
        ValueError: ``playbook`` is not the version the incident runs on.
    """
    check_version(state, playbook)
    if not state.open and state.closed_by == person.id:
        return Decision()
    waiting = waiting_steps(state, playbook)
    refusal = _needs(person, LEADERS) or closed_refusal(state)
    if refusal is None and waiting and reason_text_id is None:
        refusal = Refusal(code="steps_open", steps=waiting)
    if refusal is not None:
        return refused(state, "close", refusal, person, at)
    closed = event(state, EventKind.CLOSED, person, at, reason=reason_text_id, waiting=list(waiting))
    return Decision(events=(closed,))


def _needs(person: Person, roles: Iterable[str]) -> Refusal | None:
    if any(person.holds(role) for role in roles):
        return None
    return Refusal(code="wrong_role", roles=tuple(roles))


def _changed_event(state: IncidentState, playbook: Playbook, at: datetime, person: Person | None = None) -> Event:
    data = {"playbook": playbook.name, "version": playbook.version, "steps": [step.key for step in playbook.steps]}
    before = {"from": state.playbook, "from_version": state.playbook_version}
    return event(state, EventKind.PLAYBOOK_CHANGED, person, at, **data, **before)


def _alert_data(alert: Alert) -> dict[str, Any]:
    return {
        "rule": alert.rule,
        "dimension": str(alert.dimension),
        "value": alert.value,
        "level": int(alert.level),
        "risk": str(alert.risk),
        "since": alert.since.isoformat(),
        "until": alert.at.isoformat(),
        "raw": alert.count.raw if alert.count else None,
        "voices": alert.count.voices if alert.count else None,
        "threshold": alert.threshold,
        "mentions": list(alert.mentions),
    }
