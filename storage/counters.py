"""Complaint counters per (brand, dimension, value, minute), raw and independent voices (design 2, D1, D2, D5).

Windows are half-open, (since, until], over whole minutes: a window of 60 minutes ending in the minute of a post reads
``since = at - 1 h, until = at`` and holds exactly 60 minutes, the post's own among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from scoring.alert import Count
from storage.connection import Connection, marks
from storage.results import Fact


def _minute(time: datetime) -> int:
    if time.tzinfo is None:
        raise ValueError(f"{time!r} has no time zone: storage takes aware times")
    return int(time.timestamp() // 60)


class Counters(Connection):
    def add_complaints(self, facts: Sequence[Fact]) -> list[str]:
        """Count complaints; each (key, brand) once for ever, whatever its dimensions are when it comes again.

        Returns:
            The keys counted now, in order. The counters do not depend on the order in which facts arrive.
        """
        counted: list[str] = []
        complaints: list[tuple[int, int, int]] = []
        voices: list[tuple[int, int, str]] = []
        with self.transaction():
            numbers = self._series_numbers({(f.brand, *dim) for f in facts for dim in f.dims})
            for fact in facts:
                minute = _minute(fact.minute)
                cursor = self._conn.execute(
                    "INSERT INTO facts (mention, brand, minute, voice) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    (fact.key, fact.brand, minute, fact.voice),
                )
                if not cursor.rowcount:
                    continue
                counted.append(fact.key)
                for dimension, value in set(fact.dims):
                    series = numbers[fact.brand, dimension, value]
                    complaints.append((series, minute, cursor.lastrowid or 0))
                    voices.append((series, minute, fact.voice))
            self._insert("complaints", ("series", "minute", "fact"), complaints)
            self._conn.executemany(
                "INSERT INTO voices (series, minute, voice, raw) VALUES (?, ?, ?, 1) "
                "ON CONFLICT (series, minute, voice) DO UPDATE SET raw = raw + 1",
                voices,
            )
        return counted

    def count(self, brand: str, dimension: str, value: str, since: datetime, until: datetime) -> Count:
        """Raw complaints and exact distinct voices in (since, until]."""
        row = self._row(
            "SELECT coalesce(sum(raw), 0) AS raw, count(DISTINCT voice) AS voices FROM voices "
            "WHERE series = ? AND minute > ? AND minute <= ?",
            (self._series_number(brand, dimension, value), _minute(since), _minute(until)),
        )
        return Count(raw=row["raw"], voices=row["voices"]) if row else Count(raw=0, voices=0)

    def count_upper(self, brand: str, dimension: str, value: str, since: datetime, until: datetime) -> Count:
        """As ``count``, quicker: raw is exact, voices an upper bound (a voice is counted in every minute it speaks)."""
        row = self._row(
            "SELECT coalesce(sum(raw), 0) AS raw, coalesce(sum(voices), 0) AS voices FROM counts "
            "WHERE series = ? AND minute > ? AND minute <= ?",
            (self._series_number(brand, dimension, value), _minute(since), _minute(until)),
        )
        return Count(raw=row["raw"], voices=row["voices"]) if row else Count(raw=0, voices=0)

    def hourly(
        self, brand: str, dimension: str, value: str, since: datetime, until: datetime
    ) -> list[tuple[datetime, int, int]]:
        """(hour, raw, distinct voices in that hour) for the whole clock hours (UTC) that begin in [since, until).

        Hours without a complaint are left out; one row is read per hour, whatever the volume.
        """
        rows = self._rows(
            "SELECT hour, raw, voices FROM hours WHERE series = ? AND hour >= ? AND hour < ? ORDER BY hour",
            (
                self._series_number(brand, dimension, value),
                -(-since.timestamp() // 3600),
                -(-until.timestamp() // 3600),
            ),
        )
        return [(datetime.fromtimestamp(r["hour"] * 3600, UTC), r["raw"], r["voices"]) for r in rows]

    def values(self, brand: str, dimension: str, since: datetime, until: datetime) -> list[tuple[str, Count]]:
        """Every value of a dimension with complaints in (since, until], most raw complaints first; voices exact."""
        rows = self._rows(
            "SELECT s.value, sum(v.raw) AS raw, count(DISTINCT v.voice) AS voices FROM series s "
            "JOIN voices v ON v.series = s.id AND v.minute > ? AND v.minute <= ? "
            "WHERE s.brand = ? AND s.dimension = ? GROUP BY s.id ORDER BY raw DESC, s.value",
            (_minute(since), _minute(until), brand, str(dimension)),
        )
        return [(r["value"], Count(raw=r["raw"], voices=r["voices"])) for r in rows]

    def evidence(
        self, brand: str, dimension: str, value: str, since: datetime, until: datetime, limit: int
    ) -> list[str]:
        """Keys of the complaints counted in (since, until], highest spread first (then newest)."""
        rows = self._rows(
            "SELECT f.mention FROM complaints c JOIN facts f ON f.id = c.fact "
            "LEFT JOIN mentions m ON m.key = f.mention "
            "LEFT JOIN assessments a ON a.mention = m.id AND a.brand = f.brand "
            "WHERE c.series = ? AND c.minute > ? AND c.minute <= ? "
            "ORDER BY coalesce(a.spread, 0) DESC, c.minute DESC, f.mention LIMIT ?",
            (self._series_number(brand, dimension, value), _minute(since), _minute(until), limit),
        )
        return [r["mention"] for r in rows]

    def voices_among(self, keys: Sequence[str], brand: str) -> Count:
        """Of these mentions: how many, and how many independent voices; one that was never counted is its own voice."""
        unique, voices = list(dict.fromkeys(keys)), set()
        known: dict[str, str] = {}
        for start in range(0, len(unique), 500):
            part = unique[start : start + 500]
            rows = self._rows(
                f"SELECT mention, voice FROM facts WHERE brand = ? AND mention IN ({marks(part)})", (brand, *part)
            )
            known.update((r["mention"], r["voice"]) for r in rows)
        voices = {("voice", known[k]) if k in known else ("mention", k) for k in unique}
        return Count(raw=len(unique), voices=len(voices))

    def _series_number(self, brand: str, dimension: str, value: str) -> int:
        row = self._row(
            "SELECT id FROM series WHERE brand = ? AND dimension = ? AND value = ?", (brand, str(dimension), value)
        )
        return row["id"] if row else 0

    def _series_numbers(self, wanted: set[tuple[str, str, str]]) -> dict[tuple[str, str, str], int]:
        self._conn.executemany(
            "INSERT INTO series (brand, dimension, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", sorted(wanted)
        )
        return {series: self._series_number(*series) for series in wanted}
