"""The inbox: raw updates saved before they are confirmed to the channel; and what buttons mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from records.chat import InboxItem
from storage.connection import Connection
from storage.results import ButtonTarget
from storage.rows import storable, time_to_text, to_json
from storage.rows_chat import row_to_button, row_to_inbox


class Inbox(Connection):
    def save_inbox(self, channel: str, external_id: str, raw: str, received_at: datetime) -> bool:
        """Keep a raw update; False: this one was saved before."""
        with self.transaction():
            cursor = self._conn.execute(
                "INSERT INTO inbox (channel, external_id, raw, received_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (channel, external_id, storable(raw), time_to_text(received_at)),
            )
            return cursor.rowcount == 1

    def unhandled_inbox(self, channel: str | None = None) -> list[InboxItem]:
        """Updates nobody has handled yet, in the order they came."""
        rows = self._rows(
            "SELECT * FROM inbox WHERE handled_at IS NULL AND coalesce(channel = ?, 1) ORDER BY id", (channel,)
        )
        return [row_to_inbox(r) for r in rows]

    def mark_handled(self, id: int, result: str, now: datetime) -> None:
        """Handled, with what came of it; do this in the transaction of the events it caused. The first result stays."""
        with self.transaction():
            self._conn.execute(
                "UPDATE inbox SET handled_at = ?, result = ? WHERE id = ? AND handled_at IS NULL",
                (time_to_text(now), storable(result), id),
            )

    def save_button(
        self, token: str, *, incident: str, action: str, step: str | None = None, roles: Iterable[str] = ()
    ) -> bool:
        """Note what a button's token means; False: the token is taken, and keeps its meaning."""
        with self.transaction():
            cursor = self._conn.execute(
                "INSERT INTO buttons (token, incident, action, step, roles) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (token, incident, action, step, to_json(list(roles))),
            )
            return cursor.rowcount == 1

    def load_button(self, token: str) -> ButtonTarget | None:
        row = self._row("SELECT * FROM buttons WHERE token = ?", (token,))
        return row_to_button(row) if row else None

    def find_button(self, incident: str, action: str, step: str | None = None) -> str | None:
        """The token already issued for this action, so that a card drawn again keeps its buttons."""
        row = self._row(
            "SELECT token FROM buttons WHERE incident = ? AND action = ? AND step IS ? ORDER BY rowid LIMIT 1",
            (incident, action, step),
        )
        return row["token"] if row else None
