"""The outbox: what must leave, its ledger, the incident cards, and chats that moved (design 2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from records.chat import OutboxItem, QueuedItem
from storage.connection import Connection
from storage.rows import storable, time_to_text
from storage.rows_chat import outbox_to_row, row_to_queued

MOST_REPEATS = 3
"""A message whose sending was cut short is queued again, and so is its repeat, at most this often in a row."""

_SAID = "error = CASE WHEN repeat THEN substr(error || ';', 1, instr(error || ';', ';')) || ' ' ELSE '' END || ?"
"""The latest error; a repeat keeps its note, which ends at the first semicolon, before it."""


class Outbox(Connection):
    def queue(self, items: Sequence[OutboxItem], *, now: datetime) -> list[int]:
        """Queue messages, in the transaction of the events that cause them; their ids in order.

        A waiting item of the same chat, channel, target and collapse key becomes "collapsed"; the new one takes over its
        place in the queue, and its waiting time if the channel asked to wait. A chat that moved is addressed anew.
        """
        ids = []
        with self.transaction():
            for item in items:
                row = outbox_to_row(item) | {"target": self.current_target(item.channel, item.target)}
                start = max(now, item.not_before or now)
                ids.append(self._queue(row, time_to_text(start), now))
        return ids

    def _queue(
        self, row: dict[str, Any], next_at: str, now: datetime, *, note: str | None = None, repeat: int = 0
    ) -> int:
        turn = None
        for waiting in self._waiting(row) if row["collapse"] is not None else []:
            self._db.table("outbox").update(waiting["id"], {"state": "collapsed", "updated_at": time_to_text(now)})
            turn = min(turn or waiting["turn"], waiting["turn"])
            if waiting["attempts"]:
                next_at = max(next_at, waiting["next_at"])
            note = note or (waiting["error"] if waiting["repeat"] else None)
            repeat = max(repeat, waiting["repeat"])
        life = {"state": "queued", "attempts": 0, "next_at": next_at, "error": note, "repeat": repeat}
        id = (
            self._db.table("outbox")
            .insert(row | life | {"turn": turn, "updated_at": time_to_text(now)}, pk="id")
            .last_pk
        )
        if turn is None:
            self._conn.execute("UPDATE outbox SET turn = id WHERE id = ?", (id,))
        return int(str(id))

    def _waiting(self, row: dict[str, Any]) -> list[Any]:
        return self._rows(
            "SELECT * FROM outbox WHERE state = 'queued' AND chat = ? AND channel = ? AND target = ? AND collapse = ?",
            (row["chat"], row["channel"], row["target"], row["collapse"]),
        )

    def due_items(self, now: datetime, limit: int) -> list[QueuedItem]:
        """Queued items whose time has come, by priority, then by place in the queue."""
        rows = self._rows(
            "SELECT * FROM outbox WHERE state = 'queued' AND next_at <= ? ORDER BY priority, turn, id LIMIT ?",
            (time_to_text(now), limit),
        )
        return [row_to_queued(r) for r in rows]

    def mark_sending(self, id: int, now: datetime) -> bool:
        """Claim a queued item before it is handed to the channel; False: it is not waiting any more, do not send it."""
        return self._move(id, ("queued",), "state = 'sending', attempts = attempts + 1", (), now)

    def mark_sent(self, id: int, external_id: str | None, now: datetime) -> bool:
        """The channel took it. A note that it repeats another message stays in the ledger."""
        sets = "state = 'sent', external_id = ?, sent_at = ?, error = CASE WHEN repeat THEN error END"
        return self._move(id, ("sending", "ambiguous"), sets, (external_id, time_to_text(now)), now)

    def mark_failed(self, id: int, error: str, now: datetime, retry_at: datetime | None) -> bool:
        """The channel refused it: queued again for ``retry_at``, or failed for good (None)."""
        state = ("failed", time_to_text(now)) if retry_at is None else ("queued", time_to_text(retry_at))
        return self._move(
            id, ("queued", "sending", "ambiguous"), f"state = ?, next_at = ?, {_SAID}", (*state, storable(error)), now
        )

    def mark_ambiguous(self, id: int, error: str, now: datetime, repeat_at: datetime | None = None) -> int | None:
        """Nobody knows whether it arrived (a timeout). With ``repeat_at`` a repeat is queued; its id, or None."""
        with self.transaction():
            if not self._move(id, ("sending",), f"state = 'ambiguous', {_SAID}", (storable(error),), now):
                return None
            return None if repeat_at is None else self._repeat(id, repeat_at, now)

    def recover_sending(self, now: datetime) -> list[int]:
        """After a crash: what was being sent becomes ambiguous and is queued once more; the ids of the repeats.

        Call it when the one process that sends starts. A card that a newer waiting one replaces is not repeated.
        """
        repeats = []
        with self.transaction():
            for row in self._rows("SELECT id FROM outbox WHERE state = 'sending' ORDER BY id"):
                error = "the process ended while sending: the message may have arrived"
                repeats.append(self.mark_ambiguous(row["id"], error, now, now))
        return [r for r in repeats if r is not None]

    def _repeat(self, id: int, at: datetime, now: datetime) -> int | None:
        row = self._row("SELECT * FROM outbox WHERE id = ?", (id,))
        if row is None or row["repeat"] >= MOST_REPEATS or (row["collapse"] is not None and self._waiting(dict(row))):
            return None
        kept = {name: row[name] for name in row.keys() if name not in _LIFE}  # noqa: SIM118 - a Row iterates its values
        return self._queue(
            kept, time_to_text(at), now, note=f"repeats #{id}, which may have arrived", repeat=row["repeat"] + 1
        )

    def _move(self, id: int, states: tuple[str, ...], sets: str, values: tuple[Any, ...], now: datetime) -> bool:
        with self.transaction():
            cursor = self._conn.execute(
                f"UPDATE outbox SET {sets}, updated_at = ? WHERE id = ? AND state IN ({','.join('?' * len(states))})",
                (*values, time_to_text(now), id, *states),
            )
            return cursor.rowcount == 1

    def ledger(self, incident: str | None = None, limit: int = 100) -> list[QueuedItem]:
        """What was sent, is waiting, failed or may have arrived; newest first."""
        rows = self._rows(
            "SELECT * FROM outbox WHERE coalesce(incident = :incident, :incident IS NULL) ORDER BY id DESC LIMIT :limit",
            {"incident": incident, "limit": limit},
        )
        return [row_to_queued(r) for r in rows]

    def save_card(self, incident: str, channel: str, target: str, external_id: str) -> None:
        """Which message is an incident's card in a chat."""
        card = {"incident": incident, "channel": channel, "target": self.current_target(channel, target)}
        with self.transaction():
            self._db.table("cards").upsert(card | {"external_id": external_id}, pk=("incident", "channel", "target"))

    def load_card(self, incident: str, channel: str, target: str) -> str | None:
        row = self._row(
            "SELECT external_id FROM cards WHERE incident = ? AND channel = ? AND target = ?",
            (incident, channel, self.current_target(channel, target)),
        )
        return row["external_id"] if row else None

    def forget_card(self, incident: str, channel: str, target: str) -> None:
        """The card's message is gone: the next card is a new message."""
        with self.transaction():
            self._conn.execute(
                "DELETE FROM cards WHERE incident = ? AND channel = ? AND target = ?",
                (incident, channel, self.current_target(channel, target)),
            )

    def rewrite_target(self, channel: str, old: str, new: str) -> None:
        """A chat got a new id (Telegram: group → supergroup): what has not left, and the cards, go there from now on, and
        so does what is still queued for the old id later."""
        with self.transaction():
            self._conn.execute("DELETE FROM moved_targets WHERE channel = ? AND old = ?", (channel, new))
            self._conn.execute("UPDATE moved_targets SET new = ? WHERE channel = ? AND new = ?", (new, channel, old))
            self._db.table("moved_targets").upsert({"channel": channel, "old": old, "new": new}, pk=("channel", "old"))
            self._conn.execute(
                "UPDATE outbox SET target = ? WHERE channel = ? AND target = ? AND state IN ('queued', 'sending')",
                (new, channel, old),
            )
            self._conn.execute(
                "UPDATE OR REPLACE cards SET target = ? WHERE channel = ? AND target = ?", (new, channel, old)
            )

    def current_target(self, channel: str, target: str) -> str:
        """The id a chat has now, whichever of its ids the config still names."""
        row = self._row("SELECT new FROM moved_targets WHERE channel = ? AND old = ?", (channel, target))
        return row["new"] if row else target


_LIFE = frozenset(
    {"id", "state", "attempts", "next_at", "sent_at", "external_id", "error", "turn", "repeat", "updated_at"}
)
