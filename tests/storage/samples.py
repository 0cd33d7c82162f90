"""Invented records for the storage tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from records.mention import Author, Engagement, Mention, Platform, Verified
from scoring.assessment import Assessment, Category, Reason, Risk
from storage.sqlite import Store, open_store

KEY = bytes(range(32))
T0 = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
BRAND = "星河咖啡"


def at(minutes: float) -> datetime:
    return T0 + timedelta(minutes=minutes)


def fresh(folder: Path, name: str = "watch.db") -> Store:
    return open_store(folder / name, key=KEY)


def mention(id: str = "1", text: str = "星河咖啡的轻享拿铁喝出异物，要求退款", **more: Any) -> Mention:
    fields: dict[str, Any] = {
        "platform": Platform.WEIBO,
        "id": id,
        "text": text,
        "author": Author(id="u777001", name="路人甲乙丙", followers=120, verified=Verified.NONE),
        "published_at": T0,
        "collected_at": at(5),
        "metrics": Engagement(likes=3, comments=1),
        "brand": BRAND,
        "query": f"{BRAND} 投诉",
    }
    return Mention(**(fields | more))


def assessment(id: str = "weibo:post:1", **more: Any) -> Assessment:
    fields: dict[str, Any] = {
        "id": id,
        "brand": BRAND,
        "topicality": 7.1,
        "emotion": 6.0,
        "mood": "negative",
        "reach": 2.0,
        "completeness": 5.5,
        "scope": 2.0,
        "already_spread": 1.0,
        "spread": 4.4,
        "level": Risk.MEDIUM,
        "nature": "reputation",
        "impact": "low",
        "category": Category.PRODUCT_QUALITY,
        "target": "brand",
        "product": "轻享拿铁",
        "problem": "异物",
        "reasons": tuple(
            Reason(rule=f"S{n}", what="complaint act", evidence="要求退款", weight=1.5, at=(14, 18))
            for n in range(1, 7)
        ),
        "rules_version": "default@1",
    }
    return Assessment(**(fields | more))


def judged(item: Mention, **more: Any) -> tuple[Mention, Assessment]:
    return item, assessment(item.key, **more)


def raw_bytes(folder: Path) -> bytes:
    """Everything the database has on disk, the write-ahead log included."""
    return b"".join(
        path.read_bytes() for path in sorted(folder.iterdir()) if ".db" in path.name and path.suffix != ".key"
    )
