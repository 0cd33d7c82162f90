"""Health of sources, and the polls that are due (W1, W4, W6)."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta

from records.outcome import PollRequest
from records.source import SourceHealth
from storage.connection import Connection
from storage.rows import storable, time_to_text
from storage.rows_chat import request_from_json, request_to_json, row_to_source, source_to_row

STALE_SECONDS = 600.0
"""A claim this old belongs to a worker that died: the poll is given out again."""

KEPT_DAYS = 30
"""Finished polls are kept this long."""


class Sources(Connection):
    def save_source(self, health: SourceHealth) -> None:
        with self.transaction():
            self._db.table("sources").upsert(source_to_row(health), pk=("source", "brand"))

    def load_sources(self) -> list[SourceHealth]:
        return [row_to_source(r) for r in self._rows("SELECT * FROM sources ORDER BY source, brand")]

    def load_source(self, source: str, brand: str) -> SourceHealth | None:
        row = self._row("SELECT * FROM sources WHERE source = ? AND brand = ?", (source, brand))
        return row_to_source(row) if row else None

    def plan_poll(self, request: PollRequest, due_at: datetime, *, allowance: int | None = None) -> int:
        """Plan a poll; one of the same source, brand, task and query (or targets) stands at a time. A waiting one takes over
        the new request, the earlier time and the allowance; one that runs is left alone.

        Args:
            allowance: requests that it may make; None = no bound but its own options.

        Returns:
            The poll's number if one was added, else 0.
        """
        return self._add_poll(request, due_at, "open", allowance)

    def queue_poll(self, request: PollRequest, now: datetime) -> int:
        """Plan a poll that waits for room in its platform's budget: nobody claims it before ``open_poll``.

        Returns:
            The poll's number if one was added, else 0: one of the same kind stands already.
        """
        return self._add_poll(request, now, "waiting", None)

    def _add_poll(self, request: PollRequest, due_at: datetime, state: str, allowance: int | None) -> int:
        record, due = self._sealed_request(request), time_to_text(due_at)
        names = (request.source, request.brand, str(request.task), _subject(request))
        with self.transaction():
            cursor = self._conn.execute(
                "INSERT INTO polls (source, brand, query, task, subject, request, due_at, state, claims, allowance) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT DO NOTHING",
                (request.source, request.brand, request.query, *names[2:], record, due, state, allowance),
            )
            if cursor.rowcount == 1:
                return int(cursor.lastrowid or 0)
            self._conn.execute(
                "UPDATE polls SET due_at = min(due_at, ?), request = ?, allowance = coalesce(?, allowance) "
                "WHERE source = ? AND brand = ? AND task = ? AND subject = ? AND state IN ('open', 'waiting')",
                (due, record, allowance, *names),
            )
            return 0

    def open_poll(self, id: int, now: datetime, *, allowance: int) -> None:
        """A waiting poll has found room: it is due now and may make so many requests."""
        with self.transaction():
            self._conn.execute(
                "UPDATE polls SET state = 'open', due_at = ?, allowance = ? WHERE id = ? AND state = 'waiting'",
                (time_to_text(now), allowance, id),
            )

    def drop_waiting(self, before: datetime) -> int:
        """Take back polls that have waited for room since before then; how many."""
        if self._row("SELECT 1 FROM polls WHERE state = 'waiting' AND due_at < ?", (time_to_text(before),)) is None:
            return 0
        with self.transaction():
            return self._conn.execute(
                "DELETE FROM polls WHERE state = 'waiting' AND due_at < ?", (time_to_text(before),)
            ).rowcount

    def load_allowance(self, id: int) -> int | None:
        """Requests that a poll may make; None = no bound."""
        row = self._row("SELECT allowance FROM polls WHERE id = ?", (id,))
        return row["allowance"] if row else None

    def claim_polls(
        self,
        now: datetime,
        limit: int,
        *,
        stale_after: float = STALE_SECONDS,
        fits: Callable[[PollRequest], bool] = lambda request: True,
    ) -> list[tuple[int, PollRequest]]:
        """Take polls that are due, earliest first, so that no other worker takes them; claims older than ``stale_after``
        seconds are taken over.

        Args:
            fits: asked of each poll in turn; one that does not fit is left for later.
        """
        stale = time_to_text(now - timedelta(seconds=stale_after))
        due = (
            "FROM polls WHERE state IN ('open', 'claimed') AND due_at <= ? AND (state = 'open' OR claimed_at <= ?) "
            "ORDER BY due_at, id"
        )
        values = (time_to_text(now), stale)
        if self._row(f"SELECT id {due} LIMIT 1", values) is None:
            return []  # looked for several times a second: without taking the write lock
        taken: list[tuple[int, PollRequest]] = []
        with self.transaction():
            for row in self._rows(f"SELECT id, request {due}", values):
                if len(taken) >= limit:
                    break
                request = self._read_request(row["request"])
                if fits(request):
                    taken.append((row["id"], request))
            self._conn.executemany(
                "UPDATE polls SET state = 'claimed', claimed_at = ?, claims = claims + 1 WHERE id = ?",
                [(time_to_text(now), id) for id, _ in taken],
            )
        return taken

    def finish_poll(
        self,
        id: int,
        *,
        outcome: str,
        now: datetime,
        detail: str = "",
        mentions: int = 0,
        requests: int = 0,
        skipped: int = 0,
    ) -> bool:
        """A poll ended; False: it was finished before (by the worker that took it over).

        Claims that were broken off count as having used up their allowance: nobody knows how far they came.
        """
        with self.transaction():
            cursor = self._conn.execute(
                "UPDATE polls SET state = 'done', finished_at = ?, outcome = ?, detail = ?, mentions = ?, "
                "requests = ? + max(claims - 1, 0) * coalesce(allowance, 0), skipped = ? WHERE id = ? AND state <> 'done'",
                (time_to_text(now), str(outcome), storable(detail), mentions, requests, skipped, id),
            )
            old = time_to_text(now - timedelta(days=KEPT_DAYS))
            self._conn.execute(
                "DELETE FROM polls WHERE state = 'done' AND finished_at < ? AND (source, brand, query) = "
                "(SELECT source, brand, query FROM polls WHERE id = ?)",
                (old, id),
            )
            return cursor.rowcount == 1

    def release_polls(self) -> int:
        """Give back every claimed poll, when the one worker starts anew; how many."""
        with self.transaction():
            return self._conn.execute(
                "UPDATE polls SET state = 'open', claimed_at = NULL WHERE state = 'claimed'"
            ).rowcount

    def _sealed_request(self, request: PollRequest) -> str:
        """The request as JSON; addresses of posts may name their writers and are sealed (G3)."""
        targets = tuple(dataclasses.replace(t, url=self._seal.close(t.url) if t.url else None) for t in request.targets)
        return request_to_json(dataclasses.replace(request, targets=targets))

    def _read_request(self, record: str) -> PollRequest:
        request = request_from_json(record)
        targets = tuple(dataclasses.replace(t, url=self._seal.open(t.url) if t.url else None) for t in request.targets)
        return dataclasses.replace(request, targets=targets)


def _subject(request: PollRequest) -> str:
    """What a poll is about: its query, or the posts it looks at."""
    if not request.targets:
        return request.query
    keys = "\n".join(sorted(t.key for t in request.targets))
    return f"{request.query}#{hashlib.sha256(keys.encode('utf-8', 'replace')).hexdigest()[:24]}"
