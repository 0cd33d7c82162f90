"""What stands beside the words of an imported complaint: read from a row, an e-mail or a JSON object (W2)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from records.complaint import LARGEST, Attachment, Complaint, normal_contact
from records.errors import BadRecord
from records.mention import clean_unicode

FIELDS = ("customer", "contact", "channel", "received_at", "demand", "order_number", "transcript", "attachments")
"""Columns that a complaint may have beside those of a mention."""
LONGEST: Mapping[str, int] = {
    "customer": 200,
    "contact": 200,
    "channel": 60,
    "demand": 4000,
    "order_number": 100,
    "transcript": 200_000,
}
"""Characters at most."""
MOST_ATTACHMENTS = 50
ANONYMOUS = frozenset({"匿名", "匿名用户", "anonymous", "-", "无", "n/a"})
CHANNELS: Mapping[str, str] = {
    "热线": "hotline",
    "电话": "hotline",
    "客服热线": "hotline",
    "邮件": "email",
    "邮箱": "email",
    "问卷": "survey",
    "调查": "survey",
    "工单": "ticket",
    "使用报告": "usage_report",
    "门店": "store",
    "在线客服": "chat",
}


def take_complaint(record: dict[str, Any]) -> Complaint | None:
    """Take the complaint's own columns out of a record and leave a record that a mention is made of.

    A complaint's words are its text, else its transcript, else its demand; its time is when it was published, else
    received; its author is the customer, known by the contact where one is told.

    Args:
        record: as ``parse_columns`` gives it; it is changed.

    Returns:
        None where the record has none of these columns.

    Raises:
        BadRecord: one sentence naming the column, the value's kind and what is accepted.
    """
    told = {name: record.pop(name) for name in FIELDS if name in record}
    if not any(value not in (None, "", []) for value in told.values()):
        return None
    complaint = Complaint(
        customer=_customer(told),
        contact=_text(told, "contact"),
        channel=_channel(told),
        received_at=_time(told),
        demand=_text(told, "demand"),
        order_number=_text(told, "order_number"),
        transcript=_text(told, "transcript"),
        attachments=_attachments(told.get("attachments")),
    )
    record.setdefault("kind", "complaint")
    if not record.get("text"):
        record["text"] = complaint.transcript or complaint.demand
    if not record.get("published_at") and complaint.received_at is not None:
        record["published_at"] = complaint.received_at
    author = record.setdefault("author", {})
    if isinstance(author, dict) and not author.get("id") and (complaint.contact or complaint.customer):
        known_by = normal_contact(complaint.contact) if complaint.contact else complaint.customer
        author["id"], author["name"] = known_by, author.get("name") or complaint.customer or known_by
    return complaint


def _text(told: Mapping[str, Any], name: str) -> str | None:
    value = told.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadRecord(f"{name} is {type(value).__name__}: text is accepted")
    if isinstance(value, float):
        if not value.is_integer() or abs(value) >= 1e15:
            raise BadRecord(f"{name} is {value}, a number rounded by a spreadsheet: format that column as text")
        value = int(value)
    text = clean_unicode(str(value)).strip()
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d{2,}", text) and name in ("contact", "order_number"):
        raise BadRecord(f"{name} is {text}, a number rounded by a spreadsheet: format that column as text")
    if len(text) > LONGEST[name]:
        raise BadRecord(f"{name} has {len(text)} characters: at most {LONGEST[name]} are accepted")
    return text or None


def _customer(told: Mapping[str, Any]) -> str | None:
    name = _text(told, "customer")
    return None if name is None or name.casefold() in ANONYMOUS else name


def _channel(told: Mapping[str, Any]) -> str | None:
    channel = _text(told, "channel")
    return CHANNELS.get(channel, channel) if channel else None


def _time(told: Mapping[str, Any]) -> datetime | None:
    value: Any = told.get("received_at")
    if value in (None, ""):
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise BadRecord(
                f'received_at is "{value[:60]}": ISO 8601 such as 2026-11-20T12:00:00+08:00 is accepted'
            ) from None
    if not isinstance(value, datetime):
        raise BadRecord(
            f"received_at is {type(value).__name__}: ISO 8601 such as 2026-11-20T12:00:00+08:00 is accepted"
        )
    if value.tzinfo is None:
        raise BadRecord(f"received_at is {value.isoformat()}, without an offset: 2026-11-20T12:00:00+08:00 is accepted")
    return value.astimezone(UTC)


def _attachments(value: Any) -> tuple[Attachment, ...]:
    if value in (None, "", []):
        return ()
    if isinstance(value, str):
        value = [part.strip() for part in re.split(r"[,，;；|\n]+", value) if part.strip()]
    if not isinstance(value, list):
        raise BadRecord(f"attachments is {type(value).__name__}: a list of names or objects is accepted")
    if len(value) > MOST_ATTACHMENTS:
        raise BadRecord(f"attachments has {len(value)} entries: at most {MOST_ATTACHMENTS} are accepted")
    return tuple(_attachment(item, place) for place, item in enumerate(value, 1))


def _attachment(item: Any, place: int) -> Attachment:
    where = f"attachments[{place}]"
    if isinstance(item, Attachment):
        return item
    if isinstance(item, str):
        return Attachment(name=_file_name(item, where))
    if not isinstance(item, Mapping) or set(item) - {"name", "media_type", "content_base64"}:
        raise BadRecord(f"{where}: a name, or an object with name, media_type and content_base64 is accepted")
    name, kind = _file_name(item.get("name"), where), item.get("media_type")
    if kind is not None and not (isinstance(kind, str) and re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,80}", kind)):
        raise BadRecord(f"{where}.media_type is not accepted: a type such as image/png is")
    content = item.get("content_base64")
    if content is None:
        return Attachment(name=name, media_type=kind or "application/octet-stream")
    try:
        raw = base64.b64decode(content, validate=True) if isinstance(content, str) else None
    except (binascii.Error, ValueError):
        raw = None
    if raw is None:
        raise BadRecord(f"{where}.content_base64 is no base64: the file's content in base64 is accepted")
    if len(raw) > LARGEST:
        raise BadRecord(f"{where} has {len(raw)} bytes: at most {LARGEST} are accepted")
    return Attachment(
        name=name,
        media_type=kind or "application/octet-stream",
        size=len(raw),
        sha256=hashlib.sha256(raw).hexdigest(),
        content=raw,
    )


def _file_name(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise BadRecord(f"{where} has no name: a file name is needed")
    return clean_unicode(value).replace("\\", "/").rpartition("/")[2].strip()[:200] or "attachment"
