"""What becomes due by the clock, kept over restarts (P6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from playbooks.state import Deadline
from storage.connection import Connection
from storage.rows import row_to_deadline, time_to_text


class Deadlines(Connection):
    def save_deadlines(self, deadlines: Iterable[Deadline]) -> None:
        """Save deadlines; one stands per incident, step, kind and holder. Another due time replaces it and revives it;
        the same due time again changes nothing, so a finished one stays finished."""
        with self.transaction():
            self._conn.executemany(
                "INSERT INTO deadlines (incident, step, kind, holder, due_at) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (incident, step, kind, holder) DO UPDATE SET due_at = excluded.due_at, done_at = NULL "
                "WHERE due_at <> excluded.due_at",
                [(d.incident, d.step, d.kind, d.holder, time_to_text(d.due_at)) for d in deadlines],
            )

    def due_deadlines(self, now: datetime) -> list[Deadline]:
        """Deadlines that have passed and are not finished, earliest first."""
        rows = self._rows(
            "SELECT * FROM deadlines WHERE done_at IS NULL AND due_at <= ? ORDER BY due_at, incident, step, kind, holder",
            (time_to_text(now),),
        )
        return [row_to_deadline(r) for r in rows]

    def load_deadlines(self, incident: str) -> list[Deadline]:
        """The deadlines of an incident that still stand, earliest first."""
        rows = self._rows("SELECT * FROM deadlines WHERE done_at IS NULL AND incident = ? ORDER BY due_at", (incident,))
        return [row_to_deadline(r) for r in rows]

    def finish_deadline(self, deadline: Deadline, now: datetime) -> bool:
        """Dealt with; False: it was finished, dropped, or replaced by one with another due time."""
        with self.transaction():
            cursor = self._conn.execute(
                "UPDATE deadlines SET done_at = ? WHERE done_at IS NULL AND incident = ? AND step = ? AND kind = ? "
                "AND holder = ? AND due_at = ?",
                (
                    time_to_text(now),
                    deadline.incident,
                    deadline.step,
                    deadline.kind,
                    deadline.holder,
                    time_to_text(deadline.due_at),
                ),
            )
            return cursor.rowcount == 1

    def drop_deadlines(self, incident: str, step: str | None = None, kinds: Collection[str] | None = None) -> int:
        """Remove the standing deadlines of an incident, of one step of it, or of some kinds; how many."""
        where, values = ["incident = ?", "done_at IS NULL"], [incident]
        if step is not None:
            where.append("step = ?")
            values.append(step)
        if kinds is not None:
            where.append(f"kind IN ({','.join('?' * len(kinds))})")
            values.extend(kinds)
        with self.transaction():
            return self._conn.execute(f"DELETE FROM deadlines WHERE {' AND '.join(where)}", values).rowcount
