"""Mastodon's stream of server-sent events: lines in, events out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crawlers.parsers.mastodon import parse_status
from crawlers.parsers.payload import judge_items
from records.mention import Mention
from records.outcome import Outcome, Page

LONGEST = 1_000_000
"""Characters of one event's data; a post has some thousands."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    name: str
    """update (a post), status.update (a post after an edit), delete (a bare local id), or something else."""
    data: str


class EventReader:
    """Puts an event together from its lines. Lines that begin with a colon are heartbeats and say nothing."""

    def __init__(self) -> None:
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, line: str) -> Event | None:
        """Take one line without its end; an event where the line is the empty one that ends it."""
        if line == "":
            event = Event(name=self._name or "message", data="\n".join(self._data)) if self._data else None
            is_whole = self._size <= LONGEST
            self._name, self._data, self._size = "", [], 0
            return event if is_whole else None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            self._name = value
        elif field == "data":
            self._size += len(value)
            if self._size <= LONGEST:
                self._data.append(value)
        return None


class Hearing:
    """What one look at a tag's stream brought: lines in; posts, edits and deletions out."""

    def __init__(self) -> None:
        self._reader = EventReader()
        self.statuses: list[tuple[str, datetime]] = []
        """Posts that were written or edited, as they came, each with its time of arrival."""
        self.deleted: list[str] = []
        """Local ids."""

    def take(self, line: str, collected_at: datetime) -> bool:
        """Take one line; never has enough."""
        event = self._reader.feed(line)
        if event is not None and event.name in ("update", "status.update"):
            self.statuses.append((event.data, collected_at))
        elif event is not None and event.name == "delete":
            self.deleted.append(event.data.strip().strip('"'))
        return False

    def page(self, *, url: str) -> Page:
        """The posts, an edited one in its last form; skipped are those that cannot be read."""
        found: dict[str, Mention] = {}
        skipped = 0
        for data, collected_at in self.statuses:
            page = parse_status(data, status=200, url=url, collected_at=collected_at)
            skipped += page.outcome not in (Outcome.ITEMS, Outcome.EMPTY)
            found.update((m.key, m) for m in page.mentions)
        outcome, detail = judge_items(
            list(found.values()), skipped, none=(Outcome.EMPTY, "the stream is alive, nobody wrote under the tag")
        )
        return Page(outcome=outcome, mentions=tuple(found.values()), detail=detail, skipped=skipped)
