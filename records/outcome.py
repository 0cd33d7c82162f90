"""The named outcomes of a poll (design 3): a block or a changed page is never zero mentions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from records.mention import Kind, Mention, Platform, mention_key


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


class Task(StrEnum):
    """What a poll is for."""

    SEARCH = "search"
    """Posts that match ``query``, the newest first where the platform can."""
    ACCOUNT = "account"
    """Posts of the account whose platform id is ``query`` (the brand's own)."""
    FIGURES = "figures"
    """The present figures and words of the posts in ``targets``, and whether they still stand (W4)."""
    COMMENTS = "comments"
    """Comments under the posts in ``targets`` (W5)."""
    TOPICS = "topics"
    """Rows of the platform's hot list that hold one of the words of ``query`` (separated by |), with their reads."""
    STREAM = "stream"
    """What the platform's stream brings from ``cursor`` to now, for as long as the option ``listen`` says; matched here."""
    CONTROL = "control"
    """A query that always finds something: proves that the eyes work (W6). Its mentions are not kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """A post that is looked at again."""

    kind: Kind
    id: str
    """As it is stored: where the platform's id names an ordinary account, that part is a keyed hash. Spiders that need
    such an id take it from ``url``."""
    url: str | None = None
    platform: Platform

    @property
    def key(self) -> str:
        return mention_key(self.platform, self.kind, self.id)


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
    gone: tuple[str, ...] = ()
    """Platform ids of posts that this payload says are deleted or hidden."""


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
    task: Task = Task.SEARCH
    targets: tuple[Target, ...] = ()
    """Posts that FIGURES and COMMENTS are about."""
    cursor: str | None = None
    """Where the last poll of this query ended (``PollResult.cursor``), for tasks that go on from there."""
    deep: bool = False
    """A deep pass: read on past what is known, for posts that surface late, were backdated, edited or reordered."""

    @property
    def source(self) -> str:
        """Identity of the source for health records: platform, plus the address where one platform has several."""
        return str(self.platform) if self.platform is not Platform.RSS else f"rss:{self.base_url}"


@dataclass(frozen=True, kw_only=True, slots=True)
class RobotsSeen:
    """A site's robots.txt as it was fetched in a poll (G3)."""

    site: str
    """Scheme and host."""
    status: int | None
    """HTTP status; None where no answer came (then everything is allowed)."""
    text: str
    """Cut to ``ROBOTS_TEXT`` characters."""
    allowed: bool
    """Whether the address that the poll asked for is allowed."""


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
    caught_up: bool = True
    """False when the poll ended at a limit (pages, mentions, time) with posts it had not reached: there may be more."""
    gone: tuple[Target, ...] = ()
    """Targets that the platform says are deleted or hidden."""
    cursor: str | None = None
    """Where the next poll of this query goes on; None where the platform has no such thing."""
    control: str = ""
    """"" no control query was made, "passed" it found something (the eyes work), "failed" it found nothing either."""
    payload: bytes = b""
    """For a changed layout: the payload that could not be read, cut to ``PAYLOAD_KEPT`` bytes."""
    robots: tuple[RobotsSeen, ...] = ()
    """The robots.txt files that were fetched for this poll; none where they are remembered, ignored or not asked."""


PAYLOAD_KEPT = 200_000
ROBOTS_TEXT = 20_000
