"""The state of an incident (事件): what a fold over its events gives. Types only; ``playbooks.incident`` decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scoring.alert import Level, Matter
from scoring.assessment import Risk


class EventKind(StrEnum):
    OPENED = "opened"
    MENTIONS_ATTACHED = "mentions_attached"
    ALERT_ATTACHED = "alert_attached"
    LEVEL_RAISED = "level_raised"
    LEVEL_OVERRIDDEN = "level_overridden"
    ALERT_SENT = "alert_sent"
    STEP_TAKEN = "step_taken"
    STEP_DONE = "step_done"
    STEP_CONFIRMED = "step_confirmed"
    STEP_SKIPPED = "step_skipped"
    STEP_RETURNED = "step_returned"
    """Outward wording that the second person did not confirm: back to the one who took it."""
    STEP_REOPENED = "step_reopened"
    """The next round of a recurring step."""
    NOTED = "noted"
    PRESS_REFUSED = "press_refused"
    REMINDED = "reminded"
    HANDED_OVER = "handed_over"
    ESCALATED = "escalated"
    OVERDUE = "overdue"
    PLAYBOOK_CHANGED = "playbook_changed"
    CLOSED = "closed"


class StepStatus(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    DONE = "done"
    SKIPPED = "skipped"

    @property
    def settled(self) -> bool:
        return self in (StepStatus.DONE, StepStatus.SKIPPED)


@dataclass(frozen=True, kw_only=True, slots=True)
class StepState:
    key: str
    status: StepStatus = StepStatus.OPEN
    started_at: datetime
    """When its clock began (opening of the incident, or reopening of a recurring step)."""
    holder: str = "A"
    """Whose turn it is: A, B or lead."""
    taken_by: str | None = None
    taken_at: datetime | None = None
    done_by: str | None = None
    done_at: datetime | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    evidence: str | None = None
    """Text id of the evidence."""
    reason: str | None = None
    """Text id of the reason for skipping."""
    take_overdue: bool = False
    done_overdue: bool = False
    rounds: int = 0
    """How often a recurring step was done before."""
    late_rounds: int = 0
    """How many of those rounds were out of time (P7)."""
    turn_at: datetime | None = None
    """When the present holder's turn began; None = with ``started_at``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentState:
    id: str
    matter: Matter
    opened_at: datetime
    level: Level
    risk: Risk
    playbook: str
    playbook_version: str
    steps: Mapping[str, StepState] = field(default_factory=dict)
    """Step key → state, in the playbook's order."""
    rules: tuple[str, ...] = ()
    """Rule ids that fired, first first."""
    raw: int = 0
    """Mentions attached."""
    voices: int = 0
    """Independent voices among them."""
    first_post_at: datetime | None = None
    last_post_at: datetime | None = None
    updated_at: datetime
    alert_sent_at: datetime | None = None
    first_press_at: datetime | None = None
    overridden_by: str | None = None
    override_reason: str | None = None
    computed_level: Level | None = None
    """What the rules said where a person overrode the level: both values are kept."""
    computed_risk: Risk | None = None
    """What the rules said where a person overrode the risk."""
    notes: tuple[str, ...] = ()
    """Text ids."""
    historic: bool = False
    drill: bool = False
    closed_at: datetime | None = None
    closed_by: str | None = None
    close_reason: str | None = None

    @property
    def open(self) -> bool:
        return self.closed_at is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Deadline:
    """Something that becomes due by the clock; lives in a table, never in memory."""

    incident: str
    step: str
    kind: str
    """take_remind, take_by, done_remind, done_by, recur."""
    holder: str
    """A, B or lead: whose turn it concerns."""
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """Something the chat must be told because of the clock; the notifier words it."""

    incident: str
    step: str
    kind: str
    """remind_take, hand_over, escalate_take, remind_done, overdue, reopened."""
    role: str
    holder: str
    due_at: datetime
