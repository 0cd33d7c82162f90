"""How the polls of one query have gone so far: what its pace is decided from (W4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from records.outcome import PollRequest, Task

QueryKey = tuple[str, str, str, str]
"""(source, brand, task, query): one query, whatever its options are."""


def query_key(request: PollRequest) -> QueryKey:
    return (request.source, request.brand, str(request.task), request.query)


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryState:
    """One query of one source for one brand, as its polls have shown it."""

    source: str
    """``PollRequest.source``."""
    brand: str
    task: Task
    query: str
    planned_at: datetime
    """When the config first asked for it."""
    polls: int = 0
    """Polls that ended."""
    rate_fast: float = 0.0
    """New mentions a second, as the last quarter of an hour shows them; 0 before the first poll."""
    rate_slow: float = 0.0
    """The same as the last hours show them."""
    cost: float = 1.0
    """Requests a poll makes on average, the latest polls counting most."""
    last_at: datetime | None = None
    """End of the last poll; None = never polled."""
    last_seen_at: datetime | None = None
    """End of the last poll that really saw the source."""
    last_deep_at: datetime | None = None
    """End of the last deep pass (the first poll counts as one)."""
    behind: int = 0
    """Polls in a row that ended before they reached what was known."""
    new: int = 0
    """Mentions the last poll brought that were not stored before."""
    found: int = 0
    """Mentions all its polls brought that were not stored before."""
    every: float | None = None
    """Seconds between two polls as last decided; None = not decided yet."""
    cursor: str | None = None
    """Where its next poll goes on."""

    @property
    def key(self) -> QueryKey:
        return (self.source, self.brand, str(self.task), self.query)
