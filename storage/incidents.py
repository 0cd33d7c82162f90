"""Incidents as lists show them, their mentions and playbooks, and the ledger of alerts (D7, P5). The events are the truth."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime

from playbooks.state import IncidentState
from scoring.alert import Count, Level, Matter
from storage.connection import marks
from storage.counters import Counters
from storage.mentions import Mentions
from storage.results import IncidentRow, LastAlert, StoredMention
from storage.rows import incident_to_row, row_to_incident, row_to_matter, step_to_row, time_from_text, time_to_text


class Incidents(Mentions, Counters):
    def next_incident_id(self, day: date, drill: bool) -> str:
        """The next free id, "FS-20261121-01" or "DR-…" for a drill. Ask inside the transaction that opens the incident:
        the id is taken once its first event or its row is written."""
        prefix = f"{'DR' if drill else 'FS'}-{day:%Y%m%d}-"
        rows = self._rows(
            "SELECT id FROM incidents WHERE id >= ? AND id < ? "
            "UNION SELECT DISTINCT incident FROM events WHERE incident >= ? AND incident < ?",
            (prefix, prefix + ":", prefix, prefix + ":"),  # ":" is the character after "9"
        )
        taken = [int(r["id"][len(prefix) :]) for r in rows if re.fullmatch(r"[0-9]+", r["id"][len(prefix) :])]
        return f"{prefix}{max(taken, default=0) + 1:02d}"

    def save_incident(self, state: IncidentState) -> None:
        """Write the projection of a state: one row, and one per step."""
        with self.transaction():
            self._db.table("incidents").upsert(incident_to_row(state), pk="id")
            steps = [step_to_row(state.id, n, step) for n, step in enumerate(state.steps.values(), 1)]
            self._conn.execute(  # another playbook has other steps
                f"DELETE FROM incident_steps WHERE incident = ? AND step NOT IN ({marks(steps)})",
                (state.id, *state.steps),
            )
            self._db.table("incident_steps").upsert_all(steps, pk=("incident", "step"))

    def load_incidents(
        self, status: str | None = None, brand: str | None = None, limit: int | None = None
    ) -> list[IncidentRow]:
        """Incidents, newest first; ``status`` is open or closed, None = both."""
        rows = self._rows(
            "SELECT * FROM incidents WHERE coalesce(status = :status, 1) AND coalesce(brand = :brand, 1) "
            "ORDER BY opened_at DESC, id DESC LIMIT :limit",
            {"status": status, "brand": brand, "limit": -1 if limit is None else limit},
        )
        return [row_to_incident(r) for r in rows]

    def load_incident(self, incident: str) -> IncidentRow | None:
        row = self._row("SELECT * FROM incidents WHERE id = ?", (incident,))
        return row_to_incident(row) if row else None

    def open_matters(self, brand: str, *, historic: bool | None = None) -> list[tuple[str, Matter]]:
        """(id, matter) of the brand's open incidents, oldest first; ``historic`` narrows to history or to live ones."""
        rows = self._rows(
            "SELECT * FROM incidents WHERE status = 'open' AND brand = :brand AND coalesce(historic = :historic, 1) "
            "ORDER BY opened_at, id",
            {"brand": brand, "historic": historic},
        )
        return [(r["id"], row_to_matter(r)) for r in rows]

    def attach_mentions(self, incident: str, keys: Sequence[str]) -> int:
        """Attach mentions to an incident; how many of them were not attached to it before."""
        with self.transaction():
            before = self._conn.total_changes
            self._conn.executemany(
                "INSERT INTO incident_mentions (incident, mention) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [(incident, key) for key in keys],
            )
            return self._conn.total_changes - before

    def incident_keys(self, incident: str) -> list[str]:
        rows = self._rows("SELECT mention FROM incident_mentions WHERE incident = ? ORDER BY mention", (incident,))
        return [r["mention"] for r in rows]

    def count_incident(self, incident: str) -> Count:
        """Mentions attached, and the independent voices among them (D5)."""
        row = self._row(
            "SELECT count(*) AS raw, count(DISTINCT coalesce('v' || f.voice, 'm' || i.mention)) AS voices "
            "FROM incident_mentions i LEFT JOIN facts f ON f.mention = i.mention "
            "AND f.brand = (SELECT brand FROM incidents WHERE id = i.incident) WHERE i.incident = ?",
            (incident,),
        )
        return Count(raw=row["raw"], voices=row["voices"]) if row else Count(raw=0, voices=0)

    def incident_mentions(self, incident: str, limit: int | None = None) -> list[StoredMention]:
        """The mentions of an incident, highest spread for its brand first, then newest."""
        rows = self._rows(
            "SELECT m.id FROM incident_mentions i JOIN mentions m ON m.key = i.mention "
            "LEFT JOIN incidents n ON n.id = i.incident "
            "LEFT JOIN assessments a ON a.mention = m.id AND a.brand = n.brand "
            "WHERE i.incident = ? ORDER BY coalesce(a.spread, 0) DESC, m.happened_at DESC, m.id DESC LIMIT ?",
            (incident, -1 if limit is None else limit),
        )
        return list(self._load_stored([r["id"] for r in rows]))

    def save_playbook(self, name: str, version: str, text: str) -> None:
        """Keep a playbook's text for ever: a running incident keeps the version it began with. The first text stays."""
        with self.transaction():
            self._db.table("playbooks").insert(
                {"name": name, "version": version, "text": text}, pk=("name", "version"), ignore=True
            )

    def load_playbook(self, name: str, version: str) -> str | None:
        row = self._row("SELECT text FROM playbooks WHERE name = ? AND version = ?", (name, version))
        return row["text"] if row else None

    def save_alert(
        self, rule: str, brand: str, dimension: str, value: str, incident: str | None, at: datetime, level: Level
    ) -> None:
        """Note that an alert was raised, so that the same one is not raised again at once."""
        with self.transaction():
            self._db.table("alerts").insert(
                {
                    "rule": rule,
                    "brand": brand,
                    "dimension": str(dimension),
                    "value": value,
                    "incident": incident,
                    "at": time_to_text(at),
                    "level": int(level),
                }
            )

    def last_alert(self, rule: str, brand: str, dimension: str, value: str) -> LastAlert | None:
        """The latest alert of this kind by its own time; None = never."""
        row = self._row(
            "SELECT at, level, incident FROM alerts WHERE rule = ? AND brand = ? AND dimension = ? AND value = ? "
            "ORDER BY at DESC, id DESC LIMIT 1",
            (rule, brand, str(dimension), value),
        )
        return LastAlert(time_from_text(row["at"]), Level(row["level"]), row["incident"]) if row else None
