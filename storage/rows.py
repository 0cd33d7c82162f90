"""Records ↔ rows: the only mapping, with its second half (chat, sources, people) in ``storage.rows_chat``. Pure."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from playbooks.state import Deadline, IncidentState, StepState
from records.event import ChainedEvent, Event
from records.mention import (
    COUNT_NAMES,
    Author,
    Engagement,
    Kind,
    Media,
    Mention,
    Platform,
    TimePrecision,
    Verified,
    replace,
)
from scoring.alert import Level, Matter
from scoring.assessment import Assessment, Category, Risk, assessment_from_json, assessment_to_json
from storage.keys import Seal, keyed_hash
from storage.results import IncidentRow

Row = Mapping[str, Any] | sqlite3.Row


def time_to_text(time: datetime) -> str:
    """Aware time → fixed-width UTC text, which sorts as the times do.

    Raises:
        ValueError: the time has no zone (a bug of the caller).
    """
    if time.tzinfo is None:
        raise ValueError(f"{time!r} has no time zone: storage takes aware times")
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def time_from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def text_or_none(time: datetime | None) -> str | None:
    return None if time is None else time_to_text(time)


def time_or_none(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def storable(text: str) -> str:
    """The text without lone surrogates, which no database carries."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def to_json(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, no NaN; what the chain is computed over."""
    return storable(_ENCODER.encode(value))


# -- mentions ---------------------------------------------------------------------------------------------------------

ORDINARY = frozenset({Verified.NONE, Verified.UNKNOWN})
"""Kinds of accounts whose id and name are never stored (G3)."""

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._%-]+")

NAMING = frozenset({Platform.BLUESKY, Platform.MASTODON, Platform.TWITTER})
"""Platforms whose permalinks carry the writer's handle."""


_HANDLE = re.compile(r"(?<=/users/)[^/~]+(?=/)|(?<=/@)[^/~]+(?=/)")


def mask_id(id: str, key: bytes) -> str:
    """Ids of posts that contain the writer's account (Bluesky's DID, the handle in Mastodon's URIs): it becomes a keyed
    hash, everywhere the same, so links hold."""
    id = _DID.sub(lambda did: "did~" + keyed_hash(key, "author", "bluesky", did[0])[:24], id)
    return _HANDLE.sub(lambda handle: "~" + keyed_hash(key, "author", "mastodon", handle[0])[:24], id)


MASKED = frozenset({Platform.BLUESKY, Platform.MASTODON})
"""Platforms whose post ids contain the writer's account."""


def mask_ids(mention: Mention, key: bytes) -> Mention:
    """The mention with ``mask_id`` on its own id and the ids it points to."""
    if mention.platform not in MASKED:
        return mention
    parent, root = mention.parent_id, mention.root_id
    return replace(
        mention,
        id=mask_id(mention.id, key),
        parent_id=parent and mask_id(parent, key),
        root_id=root and mask_id(root, key),
    )


def names_author(mention: Mention) -> bool:
    """Does the address of an ordinary author's mention tell who wrote it? Then it is stored sealed."""
    url, author = mention.url, mention.author
    if url is None or author.verified not in ORDINARY:
        return False
    if mention.platform in NAMING or "%" in url:
        return True
    return any(part and part.casefold() in url.casefold() for part in (author.id, author.name))


def mention_to_row(mention: Mention, author_hash: str | None, seal: Seal | None) -> dict[str, Any]:
    """The columns of ``mentions`` but ``id`` and ``stored_at``; an ordinary author leaves no id and name.

    Args:
        seal: given where the address must not be readable in the database (``names_author``).
    """
    author, metrics = mention.author, mention.metrics
    ordinary = author.verified in ORDINARY
    url = None if mention.url is None else storable(mention.url)
    return {
        "key": mention.key,
        "platform": str(mention.platform),
        "kind": str(mention.kind),
        "platform_id": mention.id,
        "url": url if seal is None else None,
        "url_sealed": seal.close(url) if seal and url else None,
        "author_hash": author_hash,
        "author_id": None if ordinary or author.id is None else storable(author.id),
        "author_name": None if ordinary or author.name is None else storable(author.name),
        "followers": author.followers,
        "verified": str(author.verified),
        "title": None if mention.title is None else storable(mention.title),
        "text": storable(mention.text),
        "published_at": text_or_none(mention.published_at),
        "time_precision": str(mention.time_precision),
        "edited_at": text_or_none(mention.edited_at),
        "collected_at": time_to_text(mention.collected_at),
        "happened_at": time_to_text(mention.happened_at),
        "reads": metrics.reads,
        "likes": metrics.likes,
        "comments": metrics.comments,
        "reposts": metrics.reposts,
        "saves": metrics.saves,
        "approximate": _words(metrics.approximate),
        "region": mention.region,
        "media": _words(mention.media),
        "topics": to_json(mention.topics) if mention.topics else None,
        "parent_id": mention.parent_id,
        "root_id": mention.root_id,
        "brand": mention.brand,
        "query": mention.query,
    }


def _words(values: frozenset[Any]) -> str | None:
    return " ".join(sorted(map(str, values))) if values else None


def row_to_mention(row: Row, seal: Seal) -> Mention:
    url = row["url"]
    if url is None and row["url_sealed"] is not None:
        url = seal.open(row["url_sealed"])
    return Mention(
        platform=Platform(row["platform"]),
        kind=Kind(row["kind"]),
        id=row["platform_id"],
        url=url,
        author=Author(
            id=row["author_id"],
            name=row["author_name"],
            followers=row["followers"],
            verified=Verified(row["verified"]),
        ),
        title=row["title"],
        text=row["text"],
        published_at=time_or_none(row["published_at"]),
        time_precision=TimePrecision(row["time_precision"]),
        edited_at=time_or_none(row["edited_at"]),
        collected_at=time_from_text(row["collected_at"]),
        metrics=row_to_engagement(row),
        region=row["region"],
        media=frozenset(Media(m) for m in (row["media"] or "").split()),
        topics=tuple(json.loads(row["topics"])) if row["topics"] else (),
        parent_id=row["parent_id"],
        root_id=row["root_id"],
        brand=row["brand"],
        query=row["query"],
    )


def engagement_to_row(mention: int, at: datetime, metrics: Engagement) -> tuple[Any, ...]:
    figures = (getattr(metrics, name) for name in COUNT_NAMES)
    return (mention, time_to_text(at), *figures, _words(metrics.approximate))


def row_to_engagement(row: Row) -> Engagement:
    figures = {name: row[name] for name in COUNT_NAMES}
    return Engagement(**figures, approximate=frozenset((row["approximate"] or "").split()))


def assessment_to_row(assessment: Assessment) -> dict[str, Any]:
    """The columns of ``assessments`` but ``id``, ``mention`` and ``assessed_at``; ``record`` holds the whole."""
    return {
        "brand": assessment.brand,
        "level": str(assessment.level),
        "category": str(assessment.category),
        "subcategory": assessment.subcategory,
        "product": assessment.product,
        "problem": assessment.problem,
        "mood": assessment.mood,
        "complaint": int(assessment.complaint),
        "topicality": assessment.topicality,
        "emotion": assessment.emotion,
        "spread": assessment.spread,
        "rules_version": assessment.rules_version,
        "record": to_json(assessment_to_json(assessment)),
    }


def row_to_assessment(row: Row) -> Assessment:
    return assessment_from_json(json.loads(row["record"]))


# -- events and incidents ---------------------------------------------------------------------------------------------


def row_to_event(row: Row) -> Event:
    return Event(
        incident=row["incident"],
        kind=row["kind"],
        at=time_from_text(row["at"]),
        actor=row["actor"],
        data=json.loads(row["data"]),
    )


def row_to_chained(row: Row) -> ChainedEvent:
    return ChainedEvent(seq=row["seq"], event=row_to_event(row), previous=row["previous"], hash=row["hash"])


def incident_to_row(state: IncidentState) -> dict[str, Any]:
    matter = state.matter
    return {
        "id": state.id,
        "brand": matter.brand,
        "product": matter.product,
        "category": None if matter.category is None else str(matter.category),
        "problem": matter.problem,
        "level": int(state.level),
        "risk": str(state.risk),
        "status": "open" if state.open else "closed",
        "opened_at": time_to_text(state.opened_at),
        "updated_at": time_to_text(state.updated_at),
        "closed_at": text_or_none(state.closed_at),
        "historic": int(state.historic),
        "drill": int(state.drill),
        "playbook": state.playbook,
        "playbook_version": state.playbook_version,
        "raw": state.raw,
        "voices": state.voices,
        "first_post_at": text_or_none(state.first_post_at),
        "last_post_at": text_or_none(state.last_post_at),
        "alert_sent_at": text_or_none(state.alert_sent_at),
        "first_press_at": text_or_none(state.first_press_at),
        "rules": " ".join(state.rules),
    }


def step_to_row(incident: str, position: int, step: StepState) -> dict[str, Any]:
    return {
        "incident": incident,
        "step": step.key,
        "position": position,
        "status": str(step.status),
        "started_at": time_to_text(step.started_at),
        "holder": step.holder,
        "taken_by": step.taken_by,
        "taken_at": text_or_none(step.taken_at),
        "done_by": step.done_by,
        "done_at": text_or_none(step.done_at),
        "confirmed_by": step.confirmed_by,
        "confirmed_at": text_or_none(step.confirmed_at),
        "take_overdue": int(step.take_overdue),
        "done_overdue": int(step.done_overdue),
        "rounds": step.rounds,
    }


def row_to_matter(row: Row) -> Matter:
    category = None if row["category"] is None else Category(row["category"])
    return Matter(brand=row["brand"], product=row["product"], category=category, problem=row["problem"])


def row_to_incident(row: Row) -> IncidentRow:
    return IncidentRow(
        id=row["id"],
        matter=row_to_matter(row),
        level=Level(row["level"]),
        risk=Risk(row["risk"]),
        status=row["status"],
        opened_at=time_from_text(row["opened_at"]),
        updated_at=time_from_text(row["updated_at"]),
        closed_at=time_or_none(row["closed_at"]),
        historic=bool(row["historic"]),
        drill=bool(row["drill"]),
        playbook=row["playbook"],
        playbook_version=row["playbook_version"],
        raw=row["raw"],
        voices=row["voices"],
    )


def row_to_deadline(row: Row) -> Deadline:
    return Deadline(
        incident=row["incident"],
        step=row["step"],
        kind=row["kind"],
        holder=row["holder"],
        due_at=time_from_text(row["due_at"]),
    )
