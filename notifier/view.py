"""What messages are rendered from: an incident with everything a reader may see of it, gathered by the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from notifier.wording import Lang
from playbooks.playbook import Playbook, Step
from playbooks.roles import escalation_role
from playbooks.state import IncidentState, StepState
from records.customer import CustomerHistory, CustomerKind
from records.event import Person
from records.mention import Mention
from records.opinion import Judged
from records.source import Outage
from scoring.alert import Alert, Level
from scoring.assessment import Assessment, Category, Reason, Risk

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceView:
    """One mention as evidence: the stranger's words and the figures shown beside them."""

    key: str
    platform: str
    text: str
    url: str | None = None
    published_at: datetime | None = None
    author: str | None = None
    """Display name, only of verified accounts; ordinary authors stay unnamed (G3)."""
    followers: int | None = None
    verified: str = "unknown"
    region: str | None = None
    reads: int | None = None
    likes: int | None = None
    comments: int | None = None
    reposts: int | None = None
    topicality: float
    """S1, 1–10."""
    emotion: float
    """S2, 1–10."""
    reach: float
    """S3, 1–10."""
    spread: float
    """S6, 1–10."""
    level: Risk
    category: Category = Category.OTHER
    reasons: tuple[Reason, ...] = ()


def evidence_view(mention: Mention, assessment: Assessment) -> EvidenceView:
    """A stored mention and its assessment as evidence; the author's name only where the account is verified."""
    named = str(mention.author.verified) not in ("none", "unknown")
    return EvidenceView(
        key=mention.key,
        platform=str(mention.platform),
        text=mention.full_text,
        url=mention.url,
        published_at=mention.published_at,
        author=mention.author.name if named else None,
        followers=mention.author.followers,
        verified=str(mention.author.verified),
        region=mention.region,
        reads=mention.metrics.reads,
        likes=mention.metrics.likes,
        comments=mention.metrics.comments,
        reposts=mention.metrics.reposts,
        topicality=assessment.topicality,
        emotion=assessment.emotion,
        reach=assessment.reach,
        spread=assessment.spread,
        level=assessment.level,
        category=assessment.category,
        reasons=assessment.reasons,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Earlier:
    """How the incident stood when the chat was last told: what the card compares with."""

    at: datetime
    raw: int
    voices: int
    level: Level


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentView:
    state: IncidentState
    playbook: Playbook
    now: datetime
    """Aware UTC."""
    alerts: tuple[Alert, ...] = ()
    """The alerts of the incident, the one that counts first."""
    evidence: tuple[EvidenceView, ...] = ()
    """Mentions of the incident, strongest spread first."""
    people: tuple[Person, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    """Text id → what a person typed (evidence, reasons, notes); a missing one was erased (G3)."""
    customers: tuple[CustomerHistory, ...] = ()
    """Customers of the register recognised in the incident's mentions, the weightiest first (W7)."""
    customer_counts: Mapping[CustomerKind, int] = field(default_factory=dict)
    """How many customers of each kind the incident touches (S4)."""
    opinions: tuple[Judged, ...] = ()
    """Second opinions on the incident's mentions, the widest spread first; they change no level."""
    not_visible: tuple[Outage, ...] = ()
    """When sources of the brand could not be seen while the incident lived, and since when they cannot now (W6)."""
    earlier: Earlier | None = None
    zone: tzinfo = SHANGHAI
    """The zone people read times in."""
    lang: Lang = "zh"
    chain_head: str | None = None
    """Hash of the newest event of the log (G2)."""
    tokens: Mapping[tuple[str, str | None], str] = field(default_factory=dict)
    """(action, step) → token that the caller issued for ``callbacks.plan_buttons``; buttons without one are left out."""

    def clock(self, at: datetime) -> str:
        """Time of day in the readers' zone; with the date where it is not today."""
        return clock_words(at, self.now, self.zone)

    def steps(self) -> list[tuple[int, Step, StepState]]:
        """The playbook's steps with their number (from 1) and state, in order; steps without a state are left out."""
        states = self.state.steps
        return [(n, step, states[step.key]) for n, step in enumerate(self.playbook.steps, 1) if step.key in states]

    def person(self, person_id: str | None) -> str:
        """The person's name, or the id where the person is not (or no longer) known."""
        return next((p.name for p in self.people if p.id == person_id), person_id or "?")

    def holder(self, role: str, holder: str) -> str | None:
        """Name of the person whose turn it is for a role: its A or B, or ("lead") whom the role's steps go to."""
        if holder == "lead":
            role, holder = escalation_role(role), "A"
        held = [p.name for p in self.people if p.roles.get(role) == holder]
        return "、".join(held) if held else None


def clock_words(at: datetime, now: datetime, zone: tzinfo) -> str:
    there, here = at.astimezone(zone), now.astimezone(zone)
    return there.strftime("%H:%M") if there.date() == here.date() else there.strftime("%m-%d %H:%M")


def span_clock(began: datetime, ended: datetime, now: datetime, zone: tzinfo) -> str:
    """A span of time, the day said once: 14:02–15:10, 11-20 22:43–23:53."""
    same_day = began.astimezone(zone).date() == ended.astimezone(zone).date()
    end = ended.astimezone(zone).strftime("%H:%M") if same_day else clock_words(ended, now, zone)
    return f"{clock_words(began, now, zone)}–{end}"


def take_by(step: Step, state: StepState) -> datetime:
    """Until when the present holder must have taken the step (each holder's turn has the whole limit, P6)."""
    return (state.turn_at or state.started_at) + timedelta(minutes=step.take_within)


def done_by(step: Step, state: StepState) -> datetime:
    return state.started_at + timedelta(minutes=step.done_within)
