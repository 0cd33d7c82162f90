"""What a detector says: an alert with its level and its reason (rules D and L)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from scoring.assessment import Category, Reason, Risk


class Level(IntEnum):
    """Crisis level (预警级别), rulebook L. NONE is used where an incident runs without one."""

    NONE = 0
    YELLOW = 1
    ORANGE = 2
    RED = 3


class Dimension(StrEnum):
    """What counters count by; ``value`` is "" for ALL."""

    ALL = "all"
    PRODUCT = "product"
    CATEGORY = "category"
    PROBLEM = "problem"
    REGION = "region"
    WORD_GROUP = "word_group"


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """Complaints in a window: raw mentions, and independent voices (独立声音: copies and repeats of one author count once)."""

    raw: int
    voices: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Matter:
    """What an incident is about (D7). None = not narrowed down (a brand-wide alert)."""

    brand: str
    product: str | None = None
    category: Category | None = None
    problem: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    rule: str
    """Rule id: D1, D2, D3, D6, S12, L (yellow single hits)…"""
    matter: Matter
    dimension: Dimension
    value: str
    label: str | None = None
    """``value`` in people's words where it is a key (a word group)."""
    level: Level
    risk: Risk
    since: datetime
    """Start of the window, or time of the mention."""
    at: datetime
    """End of the window: the time of the mention that completed it (published time)."""
    count: Count | None = None
    threshold: float | None = None
    reasons: tuple[Reason, ...] = ()
    mentions: tuple[str, ...] = ()
    """Keys of the mentions that are the evidence, strongest first, at most 10."""
