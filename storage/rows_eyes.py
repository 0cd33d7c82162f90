"""Records ↔ rows of what the eyes keep: breakers, outages, hours, robots. Third part of the mapping in ``storage.rows``."""

from __future__ import annotations

import json
from typing import Any

from records.outcome import Outcome
from records.source import Breaker, HourCount, Outage, RobotsRecord
from storage.rows import Row, storable, text_or_none, time_from_text, time_or_none, time_to_text, to_json


def breaker_to_row(breaker: Breaker) -> dict[str, Any]:
    return {
        "source": breaker.source,
        "task": breaker.task,
        "is_open": int(breaker.is_open),
        "outcome": str(breaker.outcome),
        "detail": storable(breaker.detail),
        "brand": breaker.brand,
        "last_good_at": text_or_none(breaker.last_good_at),
        "unseen_since": text_or_none(breaker.unseen_since),
        "doubts": breaker.doubts,
        "tries": breaker.tries,
        "next_try_at": text_or_none(breaker.next_try_at),
        "closed_at": text_or_none(breaker.closed_at),
        "told_at": text_or_none(breaker.told_at),
    }


def row_to_breaker(row: Row) -> Breaker:
    return Breaker(
        source=row["source"],
        task=row["task"],
        is_open=bool(row["is_open"]),
        outcome=Outcome(row["outcome"]),
        detail=row["detail"],
        brand=row["brand"],
        last_good_at=time_or_none(row["last_good_at"]),
        unseen_since=time_or_none(row["unseen_since"]),
        doubts=row["doubts"],
        tries=row["tries"],
        next_try_at=time_or_none(row["next_try_at"]),
        closed_at=time_or_none(row["closed_at"]),
        told_at=time_or_none(row["told_at"]),
    )


def outage_to_row(outage: Outage) -> dict[str, Any]:
    return {
        "source": outage.source,
        "task": outage.task,
        "brands": to_json(list(outage.brands)),
        "began": time_to_text(outage.began),
        "ended": text_or_none(outage.ended),
        "outcome": str(outage.outcome),
        "detail": storable(outage.detail),
        "expected": outage.expected,
    }


def row_to_outage(row: Row) -> Outage:
    return Outage(
        source=row["source"],
        task=row["task"],
        brands=tuple(json.loads(row["brands"])),
        began=time_from_text(row["began"]),
        ended=time_or_none(row["ended"]),
        outcome=Outcome(row["outcome"]),
        detail=row["detail"],
        expected=row["expected"],
        next_try_at=time_or_none(row["next_try_at"]) if row["ended"] is None else None,
    )


def row_to_hour(row: Row) -> HourCount:
    return HourCount(hour=time_from_text(row["hour"]), looks=row["looks"], new=row["new"])


def row_to_robots(row: Row) -> RobotsRecord:
    return RobotsRecord(
        source=row["source"],
        site=row["site"],
        decision=row["decision"],
        decided_by=row["decided_by"],
        status=row["status"],
        text=row["text"],
        sha256=row["sha256"],
        allowed=None if row["allowed"] is None else bool(row["allowed"]),
        at=time_from_text(row["at"]),
        checked_at=time_from_text(row["checked_at"]),
    )
