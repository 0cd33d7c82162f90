"""Second opinions: the queue of mentions to ask about, what was answered, and every request that left the house.

A mention is queued in the transaction that stores it and stays queued until it is answered, dropped or given up; a process that is
killed while it asks leaves the row as asking, and the next start puts it back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from records.opinion import Judged, Opinion, OpinionState, Quote, SecondOpinion, Signs, Wanted
from storage.connection import Connection
from storage.rows import Row, storable, time_from_text, time_or_none, time_to_text, to_json

_EMPTY = (
    "answered_at = NULL, model = NULL, topicality = NULL, emotion = NULL, level = NULL, category = NULL, target = NULL, "
    "quotes = NULL, reason = NULL, signs = NULL, sent_hash = NULL"
)
_FALLS = 20.0
"""How much a failed try takes from the weight, so that others come first."""
EXPIRED = "expired"
"""Fault of what waited too long for room in the budget: the only one that may be queued again with the same words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpinionWish:
    """A mention to ask about."""

    mention: str
    brand: str
    wanted: Wanted
    text_hash: str
    """Hex SHA-256 of its text: another text is asked about anew."""
    weight: float
    """The heaviest is asked about first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpinionTurn:
    """A mention that is being asked about."""

    mention: str
    brand: str
    wanted: Wanted
    text_hash: str
    tries: int
    """This one included."""


class Opinions(Connection):
    # -- the queue -------------------------------------------------------------------------------------------------

    def queue_opinions(self, wishes: Iterable[OpinionWish], now: datetime) -> None:
        """Queue mentions; what was asked about with the same words is left as it is."""
        rows = [
            {
                "mention": w.mention,
                "brand": w.brand,
                "wanted": str(w.wanted),
                "text_hash": w.text_hash,
                "weight": w.weight,
                "now": time_to_text(now),
            }
            for w in wishes
        ]
        if not rows:
            return
        with self.transaction():
            self._conn.executemany(
                "UPDATE second_opinions SET wanted = :wanted, weight = max(weight, :weight) WHERE mention = :mention "
                "AND brand = :brand AND text_hash = :text_hash AND state = 'waiting'",
                rows,
            )
            self._conn.executemany(
                "INSERT INTO second_opinions (mention, brand, wanted, text_hash, weight, state, queued_at, next_at, tries) "
                "VALUES (:mention, :brand, :wanted, :text_hash, :weight, 'waiting', :now, :now, 0) "
                "ON CONFLICT (mention, brand) DO UPDATE SET wanted = excluded.wanted, weight = excluded.weight, "
                "text_hash = excluded.text_hash, state = 'waiting', queued_at = excluded.queued_at, "
                f"next_at = excluded.next_at, tries = 0, fault = '', detail = '', {_EMPTY} "
                "WHERE text_hash <> excluded.text_hash "
                f"OR (state = 'given_up' AND fault = '{EXPIRED}' AND wanted <> excluded.wanted)",
                rows,
            )

    def claim_opinion(self, now: datetime) -> OpinionTurn | None:
        """The heaviest mention that is due, marked as being asked about; None where nothing is due."""
        with self.transaction():
            row = self._row(
                "UPDATE second_opinions SET state = 'asking', tries = tries + 1 WHERE (mention, brand) = (SELECT mention, "
                "brand FROM second_opinions WHERE state = 'waiting' AND next_at <= ? ORDER BY weight DESC LIMIT 1) RETURNING *",
                (time_to_text(now),),
            )
        if row is None:
            return None
        return OpinionTurn(
            mention=row["mention"],
            brand=row["brand"],
            wanted=Wanted(row["wanted"]),
            text_hash=row["text_hash"],
            tries=row["tries"],
        )

    def release_opinions(self, next_at: datetime) -> int:
        """Put back what was being asked about when the process was killed, or failed; how many."""
        with self.transaction():
            return self._conn.execute(
                "UPDATE second_opinions SET state = 'waiting', next_at = ? WHERE state = 'asking'",
                (time_to_text(next_at),),
            ).rowcount

    def expire_opinions(self, before: datetime, now: datetime) -> int:
        """Give up what was queued before a time and has not been answered; how many."""
        with self.transaction():
            return self._conn.execute(
                f"UPDATE second_opinions SET state = 'given_up', fault = '{EXPIRED}', detail = '', answered_at = ? "
                "WHERE state = 'waiting' AND queued_at < ?",
                (time_to_text(now), time_to_text(before)),
            ).rowcount

    def withdraw_opinion(self, turn: OpinionTurn) -> None:
        """Take a mention out of the queue: nobody wants to know any more."""
        with self.transaction():
            self._conn.execute(
                f"DELETE FROM second_opinions {_MINE}",
                (turn.mention, turn.brand, turn.text_hash),
            )

    # -- what came of it -------------------------------------------------------------------------------------------

    def save_opinion(self, turn: OpinionTurn, opinion: Opinion, signs: Signs, sent_hash: str, now: datetime) -> bool:
        """Keep an answer; False where the mention was edited while it was asked about, and is queued anew."""
        quotes = [{"score": q.score, "quote": q.quote, "at": list(q.at) if q.at else None} for q in opinion.quotes]
        with self.transaction():
            cursor = self._conn.execute(
                "UPDATE second_opinions SET state = 'answered', answered_at = ?, fault = '', detail = '', model = ?, "
                "topicality = ?, emotion = ?, level = ?, category = ?, target = ?, quotes = ?, reason = ?, signs = ?, "
                f"sent_hash = ? {_MINE}",
                (
                    time_to_text(now),
                    storable(opinion.model),
                    opinion.topicality,
                    opinion.emotion,
                    opinion.level,
                    opinion.category,
                    opinion.target,
                    to_json(quotes),
                    storable(opinion.reason),
                    to_json({"safety": list(signs.safety), "orders": list(signs.orders)}),
                    sent_hash,
                    turn.mention,
                    turn.brand,
                    turn.text_hash,
                ),
            )
            return cursor.rowcount == 1

    def end_opinion(self, turn: OpinionTurn, state: OpinionState, fault: str, detail: str, now: datetime) -> None:
        """Drop an answer, or give up asking, with the reason."""
        with self.transaction():
            self._conn.execute(
                f"UPDATE second_opinions SET state = ?, fault = ?, detail = ?, answered_at = ?, sent_hash = NULL {_MINE}",
                (str(state), fault, storable(detail), time_to_text(now), turn.mention, turn.brand, turn.text_hash),
            )

    def postpone_opinion(
        self, turn: OpinionTurn, next_at: datetime, fault: str, detail: str, *, charged: bool = True
    ) -> None:
        """Ask again later.

        Args:
            charged: the try counts; False where it was the endpoint's trouble and no mention's.
        """
        with self.transaction():
            self._conn.execute(
                f"UPDATE second_opinions SET state = 'waiting', next_at = ?, fault = ?, detail = ?, tries = tries - ?, "
                f"weight = weight - ? {_MINE}",
                (
                    time_to_text(next_at),
                    fault,
                    storable(detail),
                    0 if charged else 1,
                    _FALLS,
                    turn.mention,
                    turn.brand,
                    turn.text_hash,
                ),
            )

    def same_opinion(self, sent_hash: str) -> Opinion | None:
        """What was answered to the very same request (copies of a post); None where it was never answered."""
        row = self._row(
            "SELECT * FROM second_opinions WHERE sent_hash = ? AND state = 'answered' ORDER BY answered_at LIMIT 1",
            (sent_hash,),
        )
        return _opinion(row) if row else None

    # -- requests --------------------------------------------------------------------------------------------------

    def begin_call(self, turn: OpinionTurn, host: str, model: str, sent_hash: str, now: datetime) -> int:
        """Note a request before it leaves: it counts toward the budget whatever becomes of it. Its number."""
        with self.transaction():
            cursor = self._conn.execute(
                "INSERT INTO opinion_calls (mention, brand, at, host, model, sent_hash) VALUES (?, ?, ?, ?, ?, ?)",
                (turn.mention, turn.brand, time_to_text(now), host, model, sent_hash),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid

    def end_call(self, call: int, outcome: str, now: datetime) -> None:
        with self.transaction():
            self._conn.execute(
                "UPDATE opinion_calls SET outcome = ?, ended_at = ? WHERE id = ?", (outcome, time_to_text(now), call)
            )

    def calls_since(self, since: datetime) -> int:
        """Requests that left after a time."""
        row = self._row("SELECT count(*) AS n FROM opinion_calls WHERE at > ?", (time_to_text(since),))
        return row["n"] if row else 0

    # -- reading ---------------------------------------------------------------------------------------------------

    def load_opinion(self, mention: str, brand: str) -> SecondOpinion | None:
        """What stands of a mention; None where nobody asked."""
        row = self._row("SELECT * FROM second_opinions WHERE mention = ? AND brand = ?", (mention, brand))
        return _second_opinion(row) if row else None

    def count_opinions(self) -> Mapping[OpinionState, int]:
        rows = self._rows("SELECT state, count(*) AS n FROM second_opinions GROUP BY state")
        return {OpinionState(r["state"]): r["n"] for r in rows}

    def incident_opinions(self, incident: str) -> list[Judged]:
        """The answered opinions on an incident's mentions beside their offline levels, the widest spread first."""
        if self._row("SELECT 1 FROM second_opinions LIMIT 1") is None:
            return []
        rows = self._rows(
            "SELECT o.*, a.level AS offline FROM incidents n JOIN incident_mentions i ON i.incident = n.id "
            "JOIN second_opinions o ON o.mention = i.mention AND o.brand = n.brand JOIN mentions m ON m.key = o.mention "
            "JOIN assessments a ON a.mention = m.id AND a.brand = o.brand "
            "WHERE n.id = ? AND o.state = 'answered' ORDER BY a.spread DESC, m.id",
            (incident,),
        )
        return [Judged(_second_opinion(r), r["offline"]) for r in rows]


_MINE = "WHERE mention = ? AND brand = ? AND text_hash = ? AND state = 'asking'"


def _second_opinion(row: Row) -> SecondOpinion:
    signs: Mapping[str, Any] = json.loads(row["signs"] or "{}")
    answered = row["state"] == OpinionState.ANSWERED
    return SecondOpinion(
        mention=row["mention"],
        brand=row["brand"],
        wanted=Wanted(row["wanted"]),
        state=OpinionState(row["state"]),
        queued_at=time_from_text(row["queued_at"]),
        next_at=time_from_text(row["next_at"]),
        tries=row["tries"],
        answered_at=time_or_none(row["answered_at"]),
        opinion=_opinion(row) if answered else None,
        signs=Signs(safety=tuple(signs.get("safety", ())), orders=tuple(signs.get("orders", ()))),
        fault=row["fault"] or "",
        detail=row["detail"] or "",
    )


def _opinion(row: Row) -> Opinion:
    return Opinion(
        topicality=row["topicality"],
        emotion=row["emotion"],
        level=row["level"],
        category=row["category"],
        target=row["target"],
        quotes=tuple(
            Quote(score=q["score"], quote=q["quote"], at=(q["at"][0], q["at"][1]) if q["at"] else None)
            for q in json.loads(row["quotes"] or "[]")
        ),
        reason=row["reason"],
        model=row["model"],
    )
