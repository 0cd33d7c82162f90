"""The log of events: append-only, one hash chain over all incidents, verifiable (G2, design 2)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from records.event import ChainedEvent, Event
from storage.connection import Connection
from storage.results import ChainReport
from storage.rows import row_to_chained, row_to_event, time_to_text, to_json
from storage.schema import EVENT_TRIGGERS

GENESIS = "0" * 64
"""What the first event names as its predecessor."""

_COLUMNS = ("seq", "incident", "kind", "at", "actor", "data", "previous", "hash")
_MOST_PROBLEMS = 100


class EventLog(Connection):
    def append_events(self, events: Iterable[Event]) -> list[ChainedEvent]:
        """Add events at the end of the chain, in order; ``incident`` None is an event of the whole system."""
        chained: list[ChainedEvent] = []
        rows: list[tuple[Any, ...]] = []
        with self.transaction():
            seq, previous = self.chain_head()
            for event in events:
                seq += 1
                facts = (
                    event.incident,
                    str(event.kind),
                    time_to_text(event.at),
                    event.actor,
                    to_json(dict(event.data)),
                )
                link = self._link(seq, previous, facts)
                rows.append((seq, *facts, previous, link))
                chained.append(ChainedEvent(seq=seq, event=event, previous=previous, hash=link))
                previous = link
            if rows:
                self._insert("events", _COLUMNS, rows)
                self._save_head(seq, previous)
        return chained

    def load_events(self, incident: str | None) -> list[Event]:
        """The events of one incident in order; None: the events of the whole system."""
        return [
            row_to_event(r) for r in self._rows("SELECT * FROM events WHERE incident IS ? ORDER BY seq", (incident,))
        ]

    def iter_chain(self) -> Iterator[ChainedEvent]:
        """Every event in order, read in pieces so that no writer is held up."""
        after = 0
        while rows := self._rows("SELECT * FROM events WHERE seq > ? ORDER BY seq LIMIT 500", (after,)):
            yield from map(row_to_chained, rows)
            after = rows[-1]["seq"]

    def chain_head(self) -> tuple[int, str]:
        """(seq, hash) of the last event; (0, GENESIS) for an empty log. Noted outside, it lets a cut tail be proved."""
        row = self._row("SELECT seq, hash FROM chain_head WHERE id = 1")
        return (row["seq"], row["hash"]) if row else (0, GENESIS)

    def verify_chain(self, head: tuple[int, str] | None = None) -> ChainReport:
        """Recompute the whole chain.

        Found are changed, missing, moved, inserted and added rows, a cut tail, an altered head, missing triggers, and
        texts of evidence or reasons that no longer match the id the log holds (erased ones are no problem).

        Args:
            head: an earlier ``chain_head()`` noted elsewhere (a message, a report): it must still be in the chain.
        """
        problems = self._trigger_problems()
        count, seq, last = 0, 0, GENESIS
        # Text that is no UTF-8 is a finding, not a crash.
        self._conn.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        try:
            # One read transaction: a writer beside us must not look like a tail that came from nowhere.
            self._conn.execute("SAVEPOINT verifying")
            count, seq, last = self._verify_rows(head, problems)
            self._verify_head(seq, last, problems)
            self._verify_texts(problems)
        except sqlite3.DatabaseError as error:
            problems.append(f"the log cannot be read: {error}")
        finally:
            self._conn.execute("RELEASE verifying")
            self._conn.text_factory = str
        if head and head[0] > seq:
            problems.append(f"event {head[0]} of the given head is missing: the log ends at {seq}")
        hidden = len(problems) - _MOST_PROBLEMS
        shown = problems[:_MOST_PROBLEMS] + ([f"and {hidden} more"] if hidden > 0 else [])
        return ChainReport(ok=not problems, count=count, head_seq=seq, head_hash=last, problems=shown)

    def _link(self, seq: int, previous: str, facts: Sequence[Any]) -> str:
        """HMAC-SHA256 over the canonical JSON of (seq, previous, incident, kind, at, actor, data)."""
        return self._hash("event", json.dumps([seq, previous, *facts], separators=(",", ":"), default=repr))

    def _head_seal(self, seq: int, link: str) -> str:
        return self._hash("head", str(seq), link)

    def _save_head(self, seq: int, link: str) -> None:
        self._db.table("chain_head").upsert(
            {"id": 1, "seq": seq, "hash": link, "seal": self._head_seal(seq, link)}, pk="id"
        )

    def _trigger_problems(self) -> list[str]:
        standing = {
            r["name"]: r["sql"] for r in self._rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        }
        return [
            f"the trigger {name} that protects the log is {'changed' if name in standing else 'missing'}"
            for name, sql in EVENT_TRIGGERS.items()
            if standing.get(name) != sql
        ]

    def _verify_rows(self, head: tuple[int, str] | None, problems: list[str]) -> tuple[int, int, str]:
        count, expected, previous = 0, 1, GENESIS
        for row in self._conn.execute(f"SELECT {','.join(_COLUMNS)} FROM events ORDER BY seq"):
            count += 1
            seq = row["seq"]
            if seq > expected:
                gap = f"event {expected} is" if seq == expected + 1 else f"events {expected} to {seq - 1} are"
                problems.append(f"{gap} missing")
            elif seq < expected:
                problems.append(f"event {seq} stands where none was ever written")
            if row["previous"] != previous and seq == expected:
                problems.append(f"event {seq} does not follow the event before it")
            facts = tuple(row[name] for name in _COLUMNS[1:6])
            if row["hash"] != self._link(seq, row["previous"], facts):
                problems.append(f"event {seq} was changed or was not written by Fengsheng")
            if head and head[0] == seq and head[1] != row["hash"]:
                problems.append(f"event {seq} is not the one of the given head")
            expected, previous = max(expected, seq + 1), row["hash"]
        return count, expected - 1, str(previous)

    def _verify_head(self, seq: int, last: str, problems: list[str]) -> None:
        row = self._row("SELECT seq, hash, seal FROM chain_head WHERE id = 1")
        if row is None:
            problems.append("the head of the log is missing")
            return
        if row["seal"] != self._head_seal(row["seq"], row["hash"]):
            problems.append("the head of the log was changed")
        if row["seq"] > seq:
            problems.append(f"the end of the log is cut off: it ends at event {seq}, the head says {row['seq']}")
        elif row["seq"] < seq:
            problems.append(f"events after {row['seq']} were added behind the head of the log")
        elif row["hash"] != last:
            problems.append(f"the head of the log does not match event {seq}")

    def _verify_texts(self, problems: list[str]) -> None:
        for row in self._conn.execute("SELECT id, code, body FROM texts WHERE body IS NOT NULL"):
            if row["code"] != self._text_code(row["id"], row["body"]):
                problems.append(f"text number {row['id']} was changed")

    def _text_code(self, number: int, body: str) -> str:
        """Id of a typed text: its number and a keyed hash of it, so the log's chain covers the words it does not hold."""
        return f"t_{number}_{self._hash('text', str(number), body)[:16]}"
