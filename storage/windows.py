"""What detection asks of storage: new or changed mentions, minutes of a series, the span of an incident, copies' voices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from records.chat import QueuedItem
from records.mention import Mention, replace
from scoring.alert import Count, Level, Matter
from scoring.assessment import Risk
from storage.incidents import Incidents
from storage.merge import merge_sight
from storage.results import IncidentRow
from storage.rows import mask_ids, row_to_incident, row_to_matter, time_from_text, time_to_text
from storage.rows_chat import row_to_queued

_ANSWERED = (
    "EXISTS (SELECT 1 FROM incident_mentions i JOIN incidents n ON n.id = i.incident WHERE i.mention = f.mention "
    "AND n.brand = f.brand AND n.status = 'closed' AND n.historic = 0)"
)
"""A closed live incident has the complaint."""


class Counted(NamedTuple):
    """One complaint as the counters know it."""

    key: str
    at: datetime
    """The minute it is counted in."""
    matter: Matter
    incidents: tuple[str, ...]
    """The incidents it is attached to."""


class Windows(Incidents):
    def changed_mentions(self, mentions: Sequence[Mention], brand: str) -> list[Mention]:
        """The mentions worth scoring for a brand: not assessed for it yet, or with words or figures that changed.

        Each comes as it will stand once saved (see ``fill_known``); of several sights of one mention the last counts.
        """
        filled = {m.key: m for m in self.fill_known(mentions)}
        assessed = self.known_keys(filled, brand)
        known = self._load_known(list(assessed))
        fresh = []
        for seen in {m.key: m for m in (mask_ids(m, self._key) for m in mentions)}.values():
            entry = known.get(seen.key)
            if entry is not None:
                after = self._pseudonymised(merge_sight(entry.mention, seen).mention)
                if replace(after, collected_at=entry.mention.collected_at) == entry.mention:
                    continue
            fresh.append(filled[seen.key])
        return fresh

    def minutes(
        self, brand: str, dimension: str, value: str, since: datetime, until: datetime
    ) -> list[tuple[datetime, Count]]:
        """The minutes with complaints in (since, until], oldest first; voices are distinct within each minute."""
        rows = self._rows(
            "SELECT minute, raw, voices FROM counts WHERE series = ? AND minute > ? AND minute <= ? ORDER BY minute",
            self._window(brand, dimension, value, since, until),
        )
        return [(datetime.fromtimestamp(r["minute"] * 60, UTC), Count(raw=r["raw"], voices=r["voices"])) for r in rows]

    def count_unanswered(self, brand: str, dimension: str, value: str, since: datetime, until: datetime) -> Count:
        """As ``count``, without the complaints of closed live incidents: those are answered for. Its cost grows with the
        complaints in the window."""
        row = self._row(
            "SELECT count(*) AS raw, count(DISTINCT f.voice) AS voices FROM complaints c JOIN facts f ON f.id = c.fact "
            f"WHERE c.series = ? AND c.minute > ? AND c.minute <= ? AND NOT {_ANSWERED}",
            self._window(brand, dimension, value, since, until),
        )
        return Count(raw=row["raw"], voices=row["voices"]) if row else Count(raw=0, voices=0)

    def counted_complaints(
        self, brand: str, dimension: str, value: str, since: datetime, until: datetime
    ) -> list[Counted]:
        """Every complaint counted in (since, until] that no closed live incident answers for, oldest first."""
        rows = self._rows(
            "SELECT f.mention, c.minute, f.brand, a.product, nullif(a.category, 'none') AS category, a.problem, "
            "(SELECT group_concat(i.incident, ' ') FROM incident_mentions i WHERE i.mention = f.mention) AS incidents "
            "FROM complaints c JOIN facts f ON f.id = c.fact JOIN mentions m ON m.key = f.mention "
            "JOIN assessments a ON a.mention = m.id AND a.brand = f.brand "
            f"WHERE c.series = ? AND c.minute > ? AND c.minute <= ? AND NOT {_ANSWERED} ORDER BY c.minute, f.mention",
            self._window(brand, dimension, value, since, until),
        )
        return [
            Counted(
                key=r["mention"],
                at=datetime.fromtimestamp(r["minute"] * 60, UTC),
                matter=row_to_matter(r),
                incidents=tuple((r["incidents"] or "").split()),
            )
            for r in rows
        ]

    def _window(self, brand: str, dimension: str, value: str, since: datetime, until: datetime) -> tuple[int, int, int]:
        series = self._series_number(brand, dimension, value)
        return series, int(since.timestamp() // 60), int(until.timestamp() // 60)

    def open_incidents(self, brand: str) -> list[IncidentRow]:
        """The brand's open live incidents, the highest level first, then the newest."""
        rows = self._rows(
            "SELECT * FROM incidents WHERE status = 'open' AND brand = ? AND historic = 0 "
            "ORDER BY level DESC, opened_at DESC, id",
            (brand,),
        )
        return [row_to_incident(r) for r in rows]

    def historic_incidents(self, brand: str, since: datetime, until: datetime) -> list[IncidentRow]:
        """The brand's open incidents of history that have a mention in [since, until], the highest level first."""
        rows = self._rows(
            "SELECT * FROM incidents WHERE status = 'open' AND brand = ? AND historic = 1 AND id IN "
            "(SELECT i.incident FROM mentions m JOIN incident_mentions i ON i.mention = m.key "
            "WHERE m.happened_at >= ? AND m.happened_at <= ?) ORDER BY level DESC, opened_at DESC, id",
            (brand, time_to_text(since), time_to_text(until)),
        )
        return [row_to_incident(r) for r in rows]

    def was_said(self, incident: str, rule: str, level: Level, risk: Risk) -> bool:
        """Whether this rule spoke in the incident before, and at no higher level or risk than it has; False where a
        person set the level, which only the events can tell apart."""
        row = self._row(
            "SELECT level, risk, ' ' || rules || ' ' AS rules FROM incidents WHERE id = ? AND NOT EXISTS "
            "(SELECT 1 FROM events WHERE events.incident = incidents.id AND kind = 'level_overridden')",
            (incident,),
        )
        if row is None or f" {rule} " not in row["rules"]:
            return False
        return row["level"] >= level and Risk(row["risk"]).rank >= risk.rank

    def incident_span(self, incident: str) -> tuple[datetime, datetime] | None:
        """Times of the first and the last mention of an incident; None where it has none."""
        row = self._row(
            "SELECT min(m.happened_at) AS first, max(m.happened_at) AS last "
            "FROM incident_mentions i JOIN mentions m ON m.key = i.mention WHERE i.incident = ?",
            (incident,),
        )
        if row is None or row["first"] is None:
            return None
        return time_from_text(row["first"]), time_from_text(row["last"])

    def incident_product(self, incident: str) -> str | None:
        """The product that more than half of the incident's mentions naming any name, at least two; None where none is."""
        rows = self._rows(
            "SELECT a.product, count(*) AS n FROM incident_mentions i JOIN mentions m ON m.key = i.mention "
            "JOIN assessments a ON a.mention = m.id AND a.brand = (SELECT brand FROM incidents WHERE id = i.incident) "
            "WHERE i.incident = ? AND a.product IS NOT NULL GROUP BY a.product ORDER BY n DESC, a.product",
            (incident,),
        )
        if not rows or rows[0]["n"] < 2 or rows[0]["n"] * 2 <= sum(r["n"] for r in rows):
            return None
        return str(rows[0]["product"])

    def delivered(self, channel: str, limit: int) -> list[QueuedItem]:
        """Messages delivered on a channel, newest first, cards left out (they show the present, not what was said)."""
        rows = self._rows(
            "SELECT * FROM outbox WHERE channel = ? AND kind <> 'card' AND state = 'sent' ORDER BY id DESC LIMIT ?",
            (channel, limit),
        )
        return [row_to_queued(r) for r in rows]

    def last_closing(self, brand: str, since: datetime) -> list[tuple[datetime, str]]:
        """(closed at, incident) of the brand's live incidents closed after ``since``, latest first."""
        rows = self._rows(
            "SELECT id, closed_at FROM incidents WHERE brand = ? AND status = 'closed' AND historic = 0 AND closed_at > ? "
            "ORDER BY closed_at DESC",
            (brand, time_to_text(since)),
        )
        return [(time_from_text(r["closed_at"]), r["id"]) for r in rows]

    def claim_voice(self, brand: str, copy: str, voice: str) -> str:
        """The voice that a copied text speaks with (D5): of whoever was stored with these words first.

        Args:
            copy: mark of the words (a hash), the same for all copies.
            voice: hash of the author at hand, taken where the words are new.
        """
        with self.transaction():
            self._conn.execute(
                "INSERT INTO copies (brand, copy, voice) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", (brand, copy, voice)
            )
            row = self._row("SELECT voice FROM copies WHERE brand = ? AND copy = ?", (brand, copy))
        assert row is not None
        return str(row["voice"])
