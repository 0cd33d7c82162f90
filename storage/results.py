"""What storage takes and gives beside the shared records: counted facts, stored mentions, rows of projections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from records.errors import Failed
from records.mention import Engagement, Mention
from scoring.alert import Level, Matter
from scoring.assessment import Assessment, Risk


class Busy(Failed):
    """Another process held the database's write lock for longer than the waiting time; trying again is right."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """What became of one saved mention."""

    key: str
    brand: str
    state: Literal["new", "updated", "known"]
    """new: never assessed for this brand before; updated: figures, text or assessment changed; known: nothing changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierText:
    """A text that a mention had before it was edited: kept as evidence."""

    title: str | None
    text: str
    sha256: str
    """Hex SHA-256 of ``text`` in UTF-8."""
    seen_at: datetime
    """When this text was collected."""
    replaced_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredMention:
    """A mention with what is known about it here. Ordinary authors have neither id nor name, only ``author_hash`` (G3)."""

    mention: Mention
    author_hash: str | None
    """Keyed hash of the author's account on the platform: the same person, without saying who. None = author not shown."""
    assessments: Mapping[str, Assessment]
    """Brand → assessment."""
    stored_at: datetime
    incidents: tuple[str, ...] = ()
    history: tuple[tuple[datetime, Engagement], ...] = ()
    """Figures over time, oldest first (W4); filled by ``load_mention`` only."""
    earlier_texts: tuple[EarlierText, ...] = ()
    """Oldest first; filled by ``load_mention`` only."""
    gone_at: datetime | None = None
    """When the platform first said that it is deleted or hidden; None while it stands. Its text is in ``earlier_texts``."""

    @property
    def key(self) -> str:
        return self.mention.key


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One complaint to be counted once per brand, however often it comes."""

    key: str
    brand: str
    minute: datetime
    """Aware UTC time the windows run over; seconds are cut off."""
    voice: str
    """Hash that copies and repeats of one author share (D5)."""
    dims: tuple[tuple[str, str], ...]
    """(dimension, value) pairs to count under, ("all", "") among them."""


class Verdict(NamedTuple):
    """What an assessment came to, without its reasons."""

    complaint: bool
    """Counts as a complaint about the brand (``Assessment.complaint``)."""
    level: Risk
    rules_version: str


class JudgedMention(NamedTuple):
    """A stored mention with what it was judged to be: what counting over the whole history needs."""

    mention: Mention
    author_hash: str | None
    verdicts: Mapping[str, Verdict]
    """Brand → verdict."""


class LastAlert(NamedTuple):
    at: datetime
    level: Level
    incident: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class IncidentRow:
    """One incident as lists show it (a projection; the events are the truth)."""

    id: str
    matter: Matter
    level: Level
    risk: Risk
    status: Literal["open", "closed"]
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    historic: bool
    drill: bool
    playbook: str
    playbook_version: str
    raw: int
    voices: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainReport:
    """What verifying the log found (G2)."""

    ok: bool
    count: int
    head_seq: int
    head_hash: str
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class ButtonTarget:
    token: str
    incident: str
    action: str
    step: str | None
    roles: tuple[str, ...] = ()


class Beat(NamedTuple):
    process: str
    pid: int
    at: datetime
