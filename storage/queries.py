"""Queries and how their polls went, polls that wait, and what was spent: what the planning tick reads (W4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from records.mention import Mention
from records.outcome import PollRequest, Task
from records.query import QueryKey, QueryState, query_key
from storage.connection import chunks, marks
from storage.rows import Row, mask_ids, storable, text_or_none, time_from_text, time_or_none, time_to_text
from storage.sources import Sources

_STATE = (
    "source brand task query planned_at polls rate_fast rate_slow cost last_at last_seen_at last_deep_at behind new found "
    "every cursor"
).split()


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenPoll:
    """A poll in the table that is not done."""

    id: int
    request: PollRequest
    waits: bool
    """True: it is due and waits for room in the budget; nobody claims it yet."""
    allowance: int
    """Requests it may still make."""

    @property
    def key(self) -> QueryKey:
        return query_key(self.request)


class Spent(NamedTuple):
    """What one poll cost."""

    source: str
    task: Task
    at: datetime
    """When it ended."""
    requests: int


class Queries(Sources):
    def load_queries(self) -> list[QueryState]:
        return [_row_to_state(r) for r in self._rows("SELECT * FROM queries")]

    def load_query(self, key: QueryKey) -> QueryState | None:
        row = self._row("SELECT * FROM queries WHERE source = ? AND brand = ? AND task = ? AND query = ?", key)
        return _row_to_state(row) if row else None

    def save_queries(self, states: Iterable[QueryState]) -> None:
        """Save states; one stands per source, brand, task and query."""
        sets = ", ".join(f"{name} = excluded.{name}" for name in _STATE[4:])
        with self.transaction():
            self._conn.executemany(
                f"INSERT INTO queries ({', '.join(_STATE)}) VALUES ({marks(_STATE)}) "
                f"ON CONFLICT (source, brand, task, query) DO UPDATE SET {sets}",
                [_state_to_row(s) for s in states],
            )

    def begin_queries(self, states: Iterable[QueryState]) -> None:
        """Save the states of queries that are new; those that stand are left alone."""
        with self.transaction():
            self._conn.executemany(
                f"INSERT INTO queries ({', '.join(_STATE)}) VALUES ({marks(_STATE)}) ON CONFLICT DO NOTHING",
                [_state_to_row(s) for s in states],
            )

    def save_interval(self, key: QueryKey, every: float) -> None:
        """Seconds between two polls of a query as decided last."""
        with self.transaction():
            self._conn.execute(
                "UPDATE queries SET every = ? WHERE source = ? AND brand = ? AND task = ? AND query = ?", (every, *key)
            )

    def open_polls(self) -> list[OpenPoll]:
        """All polls that are not done, those that wait longest first."""
        rows = self._rows("SELECT * FROM polls WHERE state <> 'done' ORDER BY due_at, id")
        return [
            OpenPoll(
                id=r["id"],
                request=self._read_request(r["request"]),
                waits=r["state"] == "waiting",
                # a claim that was given back may have made its requests before
                allowance=(r["allowance"] or 0) * max(1, r["claims"] + (r["state"] == "open")),
            )
            for r in rows
        ]

    def spent_since(self, since: datetime) -> list[Spent]:
        """The polls that ended after ``since``, the earliest first."""
        rows = self._rows(
            "SELECT source, task, finished_at, requests FROM polls WHERE state = 'done' AND finished_at > ? "
            "AND requests > 0 ORDER BY finished_at",
            (time_to_text(since),),
        )
        return [Spent(r["source"], Task(r["task"]), time_from_text(r["finished_at"]), r["requests"]) for r in rows]

    def known_mentions(self, mentions: Sequence[Mention], brand: str) -> frozenset[str]:
        """Keys of those mentions, as the platform shows them, that are stored and were judged for the brand."""
        shown = {mask_ids(m, self._key).key: m.key for m in mentions}
        found: set[str] = set()
        for part in chunks(list(shown)):
            rows = self._rows(
                f"SELECT m.key FROM mentions m WHERE m.key IN ({marks(part)}) "
                "AND EXISTS (SELECT 1 FROM assessments a WHERE a.mention = m.id AND a.brand = ?)",
                (*part, brand),
            )
            found.update(shown[r["key"]] for r in rows)
        return frozenset(found)


def _state_to_row(state: QueryState) -> list[Any]:
    values = {name: getattr(state, name) for name in _STATE}
    values["task"] = str(state.task)
    values["query"] = storable(state.query)
    values["planned_at"] = time_to_text(state.planned_at)
    for name in ("last_at", "last_seen_at", "last_deep_at"):
        values[name] = text_or_none(values[name])
    return list(values.values())


def _row_to_state(row: Row) -> QueryState:
    values = {name: row[name] for name in _STATE}
    values["task"] = Task(values["task"])
    values["planned_at"] = time_from_text(values["planned_at"])
    for name in ("last_at", "last_seen_at", "last_deep_at"):
        values[name] = time_or_none(values[name])
    return QueryState(**values)
