"""Health of a source (W6): a source that cannot be seen is said aloud, never read as calm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from records.outcome import Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceHealth:
    """What is known of one source for one brand: its last polls, since when it is blind, and when it is tried next."""

    source: str
    """``PollRequest.source``: the platform, or rss:<address>."""
    brand: str
    outcome: Outcome
    """Outcome of the last poll, or of the probe that ended an outage of the whole source."""
    detail: str = ""
    last_try_at: datetime
    last_good_at: datetime | None = None
    """Last time the source was really seen (items or a positive "nothing")."""
    blind_since: datetime | None = None
    """Since when it has not been seen; None while it is seen."""
    streak: int = 0
    """Polls in a row with the same kind of ending (seen or not seen)."""
    next_try_at: datetime | None = None
    told_at: datetime | None = None
    """When the operators were told of the present outage; None = not told (or well)."""
    mentions_total: int = 0
    last_new_at: datetime | None = None
    """When a mention came last that was not known."""
    control: str = ""
    """Result of the last control query: "passed", "failed", or "" where none was made."""
    control_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Breaker:
    """What stands between the schedule and one eye: closed while it sees, open while it rests and is probed.

    An eye is a source's search over all brands, or one of its further tasks (comments under a post may ask for a login
    that the search does not need).
    """

    source: str
    task: str = ""
    """"" for the search, else the task: "comments", "figures", …"""
    is_open: bool = False
    outcome: Outcome = Outcome.EMPTY
    """How the last look that counted ended."""
    detail: str = ""
    brand: str = ""
    """Brand of that look."""
    last_good_at: datetime | None = None
    unseen_since: datetime | None = None
    """While open: the last good look before, or when the trouble was first met."""
    doubts: int = 0
    """While closed: unproven or failed looks in a row."""
    tries: int = 0
    """Failures in a row of the same kind; what the wait grows with. Kept over a short recovery."""
    next_try_at: datetime | None = None
    closed_at: datetime | None = None
    """When it last became well."""
    told_at: datetime | None = None
    """When the operators were told that it cannot be seen (or is suspiciously silent); None = they were not, or were told
    since that it is well."""

    @property
    def eye(self) -> str:
        return f"{self.source}/{self.task}" if self.task else self.source


@dataclass(frozen=True, kw_only=True, slots=True)
class Outage:
    """A time in which an eye did not see."""

    source: str
    task: str = ""
    brands: tuple[str, ...] = ()
    """Brands that were not seen: all that watch the source, or the one that fell silent."""
    began: datetime
    """Aware UTC; the last good look before it."""
    ended: datetime | None = None
    """None while it lasts."""
    outcome: Outcome
    """Its latest kind."""
    detail: str = ""
    expected: float | None = None
    """Mentions that usually come in the time that was silent; None where the source refused or failed."""
    next_try_at: datetime | None = None

    @property
    def is_silence(self) -> bool:
        """True where polls succeed and yet nothing comes."""
        return self.expected is not None

    @property
    def is_planned(self) -> bool:
        """True for a pause that was to be expected: the platform's own quota for the day is used up."""
        return self.outcome is Outcome.BLOCKED_QUOTA


@dataclass(frozen=True, kw_only=True, slots=True)
class HourCount:
    """How one hour of a source and brand went."""

    hour: datetime
    """Aware UTC; the full hour it begins with."""
    looks: int
    """Polls that saw."""
    new: int
    """Mentions that were not known before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Payload:
    """A page that could not be read, kept so that its parser can be mended. May hold personal data."""

    id: int
    source: str
    at: datetime
    detail: str
    """What was expected and what was there."""
    size: int
    """Bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RobotsRecord:
    """What was decided about a source's robots.txt, by whom, and what the file said (G3)."""

    source: str
    site: str
    """Scheme and host; "" where nothing is fetched."""
    decision: str
    """"obeyed", "ignored", or "not asked" where pages are opened in a browser as a person would."""
    decided_by: str
    """"default" or "config"."""
    status: int | None = None
    """HTTP status of the file; None where it was not fetched or no answer came."""
    text: str | None = None
    sha256: str | None = None
    allowed: bool | None = None
    """Whether it allows what was asked for."""
    at: datetime
    """When this was first so."""
    checked_at: datetime
    """When it was last found so."""
