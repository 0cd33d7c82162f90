"""People of the crisis group, the texts they type, and signs of life of the processes (G3, P6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from records.event import Person
from storage.events import EventLog
from storage.results import Beat
from storage.rows import storable, time_from_text, time_to_text
from storage.rows_chat import person_to_row, row_to_person


class People(EventLog):
    def person_id(self, name: str) -> str:
        """Id of a person, a keyed hash of the name: the only form in which people enter the log."""
        return f"p_{self._hash('person', name)[:12]}"

    def save_people(self, people: Sequence[Person]) -> None:
        """The group as the config names it now; who left it is kept, so that old events can still be read."""
        with self.transaction():
            self._conn.execute("UPDATE people SET active = 0, roles = '{}', accounts = '{}'")
            self._db.table("people").upsert_all([person_to_row(p) for p in people], pk="id")

    def load_people(self, *, former: bool = False) -> list[Person]:
        """The members now, by name; with ``former`` also those who left (without roles and accounts)."""
        rows = self._rows("SELECT * FROM people WHERE active >= ? ORDER BY name, id", (0 if former else 1,))
        return [row_to_person(r) for r in rows]

    def save_text(self, body: str, *, incident: str | None, at: datetime) -> str:
        """Keep words that a person typed (evidence, a reason, a note) apart from the log, erasable; the id for the log.

        The id carries a keyed hash of the words: ``verify_chain`` tells when they were changed later.
        """
        body = storable(body)
        with self.transaction():
            number = (
                self._db.table("texts")
                .insert({"incident": incident, "at": time_to_text(at), "body": body}, pk="id")
                .last_pk
            )
            code = self._text_code(int(str(number)), body)
            self._db.table("texts").update(int(str(number)), {"code": code})
        return code

    def load_text(self, id: str) -> str | None:
        """The words; None = unknown or erased."""
        row = self._row("SELECT body FROM texts WHERE code = ?", (id,))
        return row["body"] if row else None

    def beat(self, process: str, pid: int, now: datetime) -> None:
        """A process says that it lives."""
        with self.transaction():
            self._db.table("beats").upsert({"process": process, "pid": pid, "at": time_to_text(now)}, pk="process")

    def last_beat(self, process: str) -> Beat | None:
        row = self._row("SELECT * FROM beats WHERE process = ?", (process,))
        return Beat(row["process"], row["pid"], time_from_text(row["at"])) if row else None
