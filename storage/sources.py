"""Health of sources, and the polls that are due (W1, W4, W6)."""

from __future__ import annotations

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

    def plan_poll(self, request: PollRequest, due_at: datetime) -> bool:
        """Plan a poll; one of the same source, brand and query stands at a time. A waiting one takes over the new request
        and the earlier time; one that runs is left alone.

        Returns:
            True if a poll was added.
        """
        record, due = request_to_json(request), time_to_text(due_at)
        with self.transaction():
            cursor = self._conn.execute(
                "INSERT INTO polls (source, brand, query, request, due_at, state, claims) "
                "VALUES (?, ?, ?, ?, ?, 'open', 0) ON CONFLICT DO NOTHING",
                (request.source, request.brand, request.query, record, due),
            )
            if cursor.rowcount == 1:
                return True
            self._conn.execute(
                "UPDATE polls SET due_at = min(due_at, ?), request = ? "
                "WHERE source = ? AND brand = ? AND query = ? AND state = 'open'",
                (due, record, request.source, request.brand, request.query),
            )
            return False

    def claim_polls(
        self, now: datetime, limit: int, *, stale_after: float = STALE_SECONDS
    ) -> list[tuple[int, PollRequest]]:
        """Take polls that are due, earliest first, so that no other worker takes them; claims older than ``stale_after``
        seconds are taken over."""
        stale = time_to_text(now - timedelta(seconds=stale_after))
        with self.transaction():
            rows = self._rows(
                "SELECT id, request FROM polls WHERE state <> 'done' AND due_at <= ? "
                "AND (state = 'open' OR claimed_at <= ?) ORDER BY due_at, id LIMIT ?",
                (time_to_text(now), stale, limit),
            )
            self._conn.executemany(
                "UPDATE polls SET state = 'claimed', claimed_at = ?, claims = claims + 1 WHERE id = ?",
                [(time_to_text(now), r["id"]) for r in rows],
            )
        return [(r["id"], request_from_json(r["request"])) for r in rows]

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
        """A poll ended; False: it was finished before (by the worker that took it over)."""
        with self.transaction():
            cursor = self._conn.execute(
                "UPDATE polls SET state = 'done', finished_at = ?, outcome = ?, detail = ?, mentions = ?, requests = ?, "
                "skipped = ? WHERE id = ? AND state <> 'done'",
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
