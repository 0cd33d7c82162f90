"""Records ↔ rows, second half: chat messages, presses, sources, polls and people. Pure."""

from __future__ import annotations

import json
from typing import Any

from records.chat import Block, Button, InboxItem, Message, OutboxItem, QueuedItem, Style
from records.event import Person
from records.mention import Kind, Platform
from records.outcome import Outcome, PollRequest, Target, Task
from records.source import SourceHealth
from storage.results import ButtonTarget
from storage.rows import Row, storable, text_or_none, time_from_text, time_or_none, time_to_text, to_json

# -- chat -------------------------------------------------------------------------------------------------------------


def message_to_json(message: Message) -> str:
    return to_json(
        {
            "blocks": [
                {"style": str(b.style), "text": b.text, "link": b.link, "shrinkable": b.shrinkable}
                for b in message.blocks
            ],
            "buttons": [[{"label": b.label, "token": b.token, "asks": b.asks} for b in row] for row in message.buttons],
            "drill": message.drill,
        }
    )


def message_from_json(text: str) -> Message:
    record = json.loads(text)
    return Message(
        blocks=tuple(Block(**(b | {"style": Style(b["style"])})) for b in record["blocks"]),
        buttons=tuple(tuple(Button(**b) for b in row) for row in record["buttons"]),
        drill=record["drill"],
    )


def outbox_to_row(item: OutboxItem) -> dict[str, Any]:
    """The columns of ``outbox`` that stand from the beginning; its life's columns are the store's."""
    return {
        "chat": item.chat,
        "channel": item.channel,
        "target": item.target,
        "kind": item.kind,
        "priority": item.priority,
        "created_at": time_to_text(item.created_at),
        "message": None if item.message is None else message_to_json(item.message),
        "incident": item.incident,
        "collapse": item.collapse,
        "silent": int(item.silent),
        "reply_to_incident": int(item.reply_to_incident),
        "not_before": text_or_none(item.not_before),
    }


def row_to_queued(row: Row) -> QueuedItem:
    item = OutboxItem(
        chat=row["chat"],
        channel=row["channel"],
        target=row["target"],
        kind=row["kind"],
        priority=row["priority"],
        created_at=time_from_text(row["created_at"]),
        message=None if row["message"] is None else message_from_json(row["message"]),
        incident=row["incident"],
        collapse=row["collapse"],
        silent=bool(row["silent"]),
        reply_to_incident=bool(row["reply_to_incident"]),
        not_before=time_or_none(row["not_before"]),
    )
    return QueuedItem(
        id=row["id"],
        item=item,
        state=row["state"],
        attempts=row["attempts"],
        next_at=time_from_text(row["next_at"]),
        sent_at=time_or_none(row["sent_at"]),
        external_id=row["external_id"],
        error=row["error"],
    )


def row_to_inbox(row: Row) -> InboxItem:
    return InboxItem(
        id=row["id"],
        channel=row["channel"],
        external_id=row["external_id"],
        raw=row["raw"],
        received_at=time_from_text(row["received_at"]),
        handled_at=time_or_none(row["handled_at"]),
        result=row["result"],
    )


def row_to_button(row: Row) -> ButtonTarget:
    return ButtonTarget(
        token=row["token"],
        incident=row["incident"],
        action=row["action"],
        step=row["step"],
        roles=tuple(json.loads(row["roles"])),
    )


# -- sources and people -----------------------------------------------------------------------------------------------


def source_to_row(health: SourceHealth) -> dict[str, Any]:
    return {
        "source": health.source,
        "brand": health.brand,
        "outcome": str(health.outcome),
        "detail": storable(health.detail),
        "last_try_at": time_to_text(health.last_try_at),
        "last_good_at": text_or_none(health.last_good_at),
        "blind_since": text_or_none(health.blind_since),
        "streak": health.streak,
        "next_try_at": text_or_none(health.next_try_at),
        "told_at": text_or_none(health.told_at),
        "mentions_total": health.mentions_total,
        "last_new_at": text_or_none(health.last_new_at),
        "control": health.control,
        "control_at": text_or_none(health.control_at),
    }


def row_to_source(row: Row) -> SourceHealth:
    return SourceHealth(
        source=row["source"],
        brand=row["brand"],
        outcome=Outcome(row["outcome"]),
        detail=row["detail"],
        last_try_at=time_from_text(row["last_try_at"]),
        last_good_at=time_or_none(row["last_good_at"]),
        blind_since=time_or_none(row["blind_since"]),
        streak=row["streak"],
        next_try_at=time_or_none(row["next_try_at"]),
        told_at=time_or_none(row["told_at"]),
        mentions_total=row["mentions_total"],
        last_new_at=time_or_none(row["last_new_at"]),
        control=row["control"] or "",
        control_at=time_or_none(row["control_at"]),
    )


def request_to_json(request: PollRequest) -> str:
    return to_json(
        {
            "platform": str(request.platform),
            "brand": request.brand,
            "query": request.query,
            "base_url": request.base_url,
            "limit": request.limit,
            "options": request.options,
            "task": str(request.task),
            "targets": [[str(t.platform), str(t.kind), t.id, t.url] for t in request.targets],
            "cursor": request.cursor,
            "deep": request.deep,
        }
    )


def request_from_json(text: str) -> PollRequest:
    record = json.loads(text)
    options = tuple((name, value) for name, value in record.pop("options"))
    targets = tuple(
        Target(platform=Platform(platform), kind=Kind(kind), id=ident, url=url)
        for platform, kind, ident, url in record.pop("targets", ())
    )
    task = Task(record.pop("task", Task.SEARCH))
    platform = Platform(record.pop("platform"))
    return PollRequest(**record, platform=platform, options=options, task=task, targets=targets)


def person_to_row(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": storable(person.name),
        "roles": to_json(dict(person.roles)),
        "accounts": to_json(dict(person.accounts)),
        "active": 1,
    }


def row_to_person(row: Row) -> Person:
    return Person(id=row["id"], name=row["name"], roles=json.loads(row["roles"]), accounts=json.loads(row["accounts"]))
