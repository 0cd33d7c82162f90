"""Health of a source (W6): a source that cannot be seen is said aloud, never read as calm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from records.outcome import Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceHealth:
    """What is known of one source: its last polls, since when it is blind, and when it is tried next."""

    source: str
    """``PollRequest.source``: the platform, or rss:<address>."""
    brand: str
    outcome: Outcome
    """Outcome of the last poll."""
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
