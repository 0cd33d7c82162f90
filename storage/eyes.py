"""What the eyes keep (W6): breakers, outages, how much came by hour, pages that could not be read, robots decisions."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from records.source import Breaker, HourCount, Outage, Payload, RobotsRecord
from storage.connection import Connection
from storage.rows import storable, time_from_text, time_to_text
from storage.rows_eyes import (
    breaker_to_row,
    outage_to_row,
    row_to_breaker,
    row_to_hour,
    row_to_outage,
    row_to_robots,
)

HOURS_KEPT = timedelta(days=28)
PAYLOADS_KEPT = timedelta(days=14)
PAYLOADS_PER_SOURCE = 20
"""Pages are kept for whoever mends the parser; they may hold personal data, so few of them and not for long (G3)."""

_OPEN = "SELECT o.*, b.next_try_at FROM outages o LEFT JOIN breakers b ON b.source = o.source AND b.task = o.task "


class EyesRecords(Connection):
    # -- breakers --------------------------------------------------------------------------------------------------

    def load_breakers(self, source: str | None = None) -> list[Breaker]:
        """All breakers, or those of one source (its search first)."""
        rows = self._rows(
            "SELECT * FROM breakers WHERE source = coalesce(?, source) ORDER BY source, task",
            (source,),
        )
        return [row_to_breaker(r) for r in rows]

    def save_breaker(self, breaker: Breaker) -> None:
        with self.transaction():
            self._db.table("breakers").upsert(breaker_to_row(breaker), pk=("source", "task"))

    def drop_breaker(self, source: str, task: str) -> None:
        with self.transaction():
            self._conn.execute("DELETE FROM breakers WHERE source = ? AND task = ?", (source, task))

    def shut_polls(self, source: str, task: str = "") -> int:
        """Take back polls of a source that nobody makes yet, all of them or those of one task; how many."""
        with self.transaction():
            return self._conn.execute(
                "DELETE FROM polls WHERE source = ? AND state NOT IN ('claimed', 'done') "
                "AND (? = '' OR coalesce(json_extract(request, '$.task'), 'search') = ?)",
                (source, task, task),
            ).rowcount

    def hasten_probe(self, source: str, now: datetime) -> bool:
        """A blind source was set right by hand: its probe is due now. False where it is not blind."""
        with self.transaction():
            found = self._conn.execute(
                "UPDATE breakers SET next_try_at = ? WHERE source = ? AND is_open = 1", (time_to_text(now), source)
            ).rowcount
            if found:
                self._conn.execute(
                    "UPDATE polls SET due_at = min(due_at, ?) WHERE source = ? AND state = 'open'",
                    (time_to_text(now), source),
                )
            return found > 0

    def requests_since(self, source: str, since: datetime) -> int:
        """Requests that polls of a source have made since then."""
        row = self._row(
            "SELECT coalesce(sum(requests), 0) AS made FROM polls WHERE source = ? AND finished_at >= ?",
            (source, time_to_text(since)),
        )
        return int(row["made"]) if row else 0

    # -- outages ---------------------------------------------------------------------------------------------------

    def begin_outage(self, outage: Outage) -> None:
        with self.transaction():
            self._db.table("outages").insert(outage_to_row(outage))

    def change_outage(self, outage: Outage) -> None:
        """The latest kind, detail and brands of an outage that lasts (found by source, task, silence and beginning)."""
        row = outage_to_row(outage)
        with self.transaction():
            self._conn.execute(
                "UPDATE outages SET outcome = :outcome, detail = :detail, brands = :brands, expected = :expected "
                "WHERE source = :source AND task = :task AND began = :began AND ended IS NULL "
                "AND (expected IS NULL) = (:expected IS NULL)",
                row,
            )

    def end_outage(self, outage: Outage, now: datetime) -> None:
        row = outage_to_row(outage) | {"now": time_to_text(now)}
        with self.transaction():
            self._conn.execute(
                "UPDATE outages SET ended = :now WHERE source = :source AND task = :task AND began = :began "
                "AND ended IS NULL AND (expected IS NULL) = (:expected IS NULL) AND brands = :brands",
                row,
            )

    def open_outages(self, source: str | None = None) -> list[Outage]:
        """Outages that last, the oldest first."""
        rows = self._rows(
            _OPEN + "WHERE o.ended IS NULL AND o.source = coalesce(?, o.source) ORDER BY o.began, o.id", (source,)
        )
        return [row_to_outage(r) for r in rows]

    def load_outages(
        self, *, since: datetime, until: datetime, brand: str | None = None, source: str | None = None
    ) -> list[Outage]:
        """Outages that touch a span of time, the oldest first; only those in which a brand was not seen."""
        rows = self._rows(
            _OPEN + "WHERE o.began <= ? AND (o.ended IS NULL OR o.ended > ?) AND o.source = coalesce(?, o.source) "
            "ORDER BY o.began, o.id",
            (time_to_text(until), time_to_text(since), source),
        )
        found = [row_to_outage(r) for r in rows]
        return [o for o in found if brand is None or brand in o.brands]

    # -- hours -----------------------------------------------------------------------------------------------------

    def count_look(self, source: str, brand: str, *, new: int, now: datetime) -> None:
        """A poll saw, and brought so many mentions that were not known; hours older than ``HOURS_KEPT`` go."""
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        with self.transaction():
            first = self._conn.execute(
                "INSERT INTO source_hours (source, brand, hour, looks, new) VALUES (?, ?, ?, 1, ?) "
                "ON CONFLICT (source, brand, hour) DO UPDATE SET looks = looks + 1, new = new + excluded.new "
                "RETURNING looks",
                (source, brand, time_to_text(hour), new),
            ).fetchone()
            if first["looks"] == 1:  # once an hour is often enough
                self._conn.execute("DELETE FROM source_hours WHERE hour < ?", (time_to_text(now - HOURS_KEPT),))

    def load_hours(self, source: str, brand: str) -> list[HourCount]:
        """The hours of a source and brand, the oldest first."""
        rows = self._rows("SELECT * FROM source_hours WHERE source = ? AND brand = ? ORDER BY hour", (source, brand))
        return [row_to_hour(r) for r in rows]

    # -- pages that could not be read ------------------------------------------------------------------------------

    def save_payload(self, source: str, body: bytes, *, detail: str, now: datetime) -> int:
        """Keep a page; a page of the same source and content is kept once. Old and surplus ones go. Its number."""
        packed, digest = zlib.compress(body, 6), hashlib.sha256(body).hexdigest()
        with self.transaction():
            self._conn.execute(
                "INSERT INTO payloads (source, at, detail, sha256, size, body) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (source, sha256) DO UPDATE SET at = excluded.at, detail = excluded.detail",
                (source, time_to_text(now), storable(detail), digest, len(body), packed),
            )
            row = self._row("SELECT id FROM payloads WHERE source = ? AND sha256 = ?", (source, digest))
            self._conn.execute(
                "DELETE FROM payloads WHERE source = ? AND id NOT IN "
                "(SELECT id FROM payloads WHERE source = ? ORDER BY at DESC, id DESC LIMIT ?)",
                (source, source, PAYLOADS_PER_SOURCE),
            )
        self.drop_old_payloads(now)
        assert row is not None
        return int(row["id"])

    def drop_old_payloads(self, now: datetime) -> int:
        """Let go of pages older than ``PAYLOADS_KEPT``; how many."""
        with self.transaction():
            return self._conn.execute(
                "DELETE FROM payloads WHERE at < ?", (time_to_text(now - PAYLOADS_KEPT),)
            ).rowcount

    def load_payloads(self) -> list[Payload]:
        """The pages that are kept, the newest first, without their content."""
        rows = self._rows("SELECT id, source, at, detail, size FROM payloads ORDER BY at DESC, id DESC")
        return [
            Payload(id=r["id"], source=r["source"], at=time_from_text(r["at"]), detail=r["detail"], size=r["size"])
            for r in rows
        ]

    def load_payload(self, id: int) -> tuple[Payload, bytes] | None:
        row = self._row("SELECT * FROM payloads WHERE id = ?", (id,))
        if row is None:
            return None
        kept = Payload(
            id=row["id"], source=row["source"], at=time_from_text(row["at"]), detail=row["detail"], size=row["size"]
        )
        return kept, zlib.decompress(row["body"])

    # -- robots ----------------------------------------------------------------------------------------------------

    def note_robots(self, record: RobotsRecord) -> bool:
        """Record a decision with the file it rests on; what is as before only gets a new ``checked_at``.

        Returns:
            True where something changed.
        """
        text = None if record.text is None else storable(record.text)
        digest = None if text is None else hashlib.sha256(text.encode()).hexdigest()
        allowed = None if record.allowed is None else int(record.allowed)
        now = time_to_text(record.checked_at)
        what = (record.decision, record.decided_by, record.status, digest, allowed)
        with self.transaction():
            last = self._row(
                "SELECT * FROM robots WHERE source = ? AND site = ? ORDER BY id DESC LIMIT 1",
                (record.source, record.site),
            )
            if last is not None and what == tuple(
                last[name] for name in ("decision", "decided_by", "status", "sha256", "allowed")
            ):
                self._conn.execute("UPDATE robots SET checked_at = ? WHERE id = ?", (now, last["id"]))
                return False
            self._conn.execute(
                "INSERT INTO robots (source, site, decision, decided_by, status, sha256, allowed, text, at, checked_at) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (record.source, record.site, *what, text, now, now),
            )
            return True

    def load_robots(self, *, history: bool = False) -> list[RobotsRecord]:
        """The decision that holds for each source and site, or with ``history`` every one, the oldest first."""
        last = "" if history else "WHERE id IN (SELECT max(id) FROM robots GROUP BY source, site) "
        return [row_to_robots(r) for r in self._rows(f"SELECT * FROM robots {last}ORDER BY source, site, id")]

    def end_eyes(self, sources: Iterable[str], now: datetime) -> list[str]:
        """Let go of the breakers and end the outages of sources that are watched no longer; those that had one."""
        kept = set(sources)
        gone = sorted({b.source for b in self.load_breakers()} - kept)
        with self.transaction():
            for source in gone:
                self._conn.execute("DELETE FROM breakers WHERE source = ?", (source,))
                self._conn.execute(
                    "UPDATE outages SET ended = ? WHERE source = ? AND ended IS NULL", (time_to_text(now), source)
                )
                self._conn.execute(
                    "UPDATE sources SET blind_since = NULL, next_try_at = NULL, told_at = NULL WHERE source = ?",
                    (source,),
                )
        return gone
