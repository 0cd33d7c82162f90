"""The named outcomes of a poll (design 3): a block or a changed page is never zero mentions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from records.mention import Mention, Platform


class Outcome(StrEnum):
    ITEMS = "items"
    EMPTY = "empty"
    SUSPECT = "suspect"
    BLOCKED_LOGIN = "blocked:login"
    BLOCKED_CAPTCHA = "blocked:captcha"
    BLOCKED_RATE = "blocked:rate"
    BLOCKED_GEO = "blocked:geo"
    BLOCKED_BOT = "blocked:bot"
    BLOCKED_QUOTA = "blocked:quota"
    CHANGED = "changed"
    GONE = "gone"
    NETWORK = "network"

    @property
    def saw(self) -> bool:
        """True when the source was really seen: mentions came, or the platform positively said there are none."""
        return self in (Outcome.ITEMS, Outcome.EMPTY)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What a parser made of one payload."""

    outcome: Outcome
    mentions: tuple[Mention, ...] = ()
    detail: str = ""
    """For a block or a change: what was seen and what was expected, one sentence without personal data or secrets."""
    skipped: int = 0
    """Items of the payload that could not be read (a missing mandatory field); ads and foreign cards do not count."""
    next: str | None = None
    """Cursor or URL of the next page; None at the end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PollRequest:
    """One poll that is due: which source to ask, for which brand, with which query."""

    platform: Platform
    brand: str
    query: str
    base_url: str | None = None
    """Address that replaces the platform's own (tests, drill, another instance); for RSS the feed's address."""
    limit: int = 50
    """At most this many mentions."""
    options: tuple[tuple[str, str], ...] = ()
    """Further per-source options from config as sorted pairs, e.g. (("instance", "https://…"),). Never secrets."""

    @property
    def source(self) -> str:
        """Identity of the source for health records: platform, plus the address where one platform has several."""
        return str(self.platform) if self.platform is not Platform.RSS else f"rss:{self.base_url}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PollResult:
    """How one poll ended: exactly one outcome, the mentions seen, and what it cost."""

    request: PollRequest
    outcome: Outcome
    mentions: tuple[Mention, ...] = ()
    detail: str = ""
    started_at: datetime
    ended_at: datetime
    requests: int = 0
    """HTTP requests or page loads made."""
    skipped: int = 0
    retry_after: float | None = None
    """Seconds the platform asked to wait (Retry-After), or None."""
