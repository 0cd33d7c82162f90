"""E-mail as complaints (W2): .eml files and mbox archives. Hostile like any text: nothing is opened, run or fetched."""

from __future__ import annotations

import hashlib
import mailbox
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from crawlers.parsers.text import parse_markup
from fengsheng.tables import BadLine
from records.complaint import LARGEST, Attachment
from records.mention import clean_unicode

LONGEST = 25 * 1024 * 1024
"""Bytes of one message that are read."""

_QUOTES = (
    re.compile(r"^\s*-{2,}\s*(?:原始邮件|原邮件|转发邮件|Original Message|Forwarded message)\s*-{2,}", re.IGNORECASE),
    re.compile(r"^\s*_{10,}\s*$"),
    re.compile(r"^\s*(?:On\b.{4,200}\bwrote|在.{4,100}写道|.{2,100}于.{4,60}写道)\s*[:：]\s*$"),
    re.compile(r"^\s*(?:发件人|From)\s*[:：].{0,200}$"),
)
"""Lines behind which stands what somebody else wrote before."""

Row = tuple[int, "dict[str, Any] | BadLine"]


def is_mail(path: Path) -> bool:
    return path.suffix.lower() in (".eml", ".mbox")


def load_mail(path: Path) -> Iterator[Row]:
    """(number of the message, record or BadLine) of an .eml file or an mbox archive; numbers count from 1."""
    if path.suffix.lower() == ".eml":
        with path.open("rb") as file:
            yield 1, parse_mail(file.read(LONGEST + 1))
        return
    with path.open("rb") as file:
        if not file.read(5).startswith(b"From "):
            yield 1, BadLine(line=1, why='not an mbox archive: it has to begin with a "From " line')
            return
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.iterkeys(), 1):
            yield number, parse_mail(box.get_bytes(key))
    finally:
        box.close()


def parse_mail(raw: bytes) -> dict[str, Any] | BadLine:
    """One message as the record of an imported complaint: the writer's own words as text, quoted ones in the transcript.

    Args:
        raw: the whole message with its headers.
    """
    if len(raw) > LONGEST:
        return BadLine(line=1, why=f"larger than {LONGEST // 1024 // 1024} MB: a mail up to that size is accepted")
    try:
        message = message_from_bytes(raw, policy=policy.default)
        return _record(message, raw)
    except (ValueError, LookupError, AttributeError, IndexError, KeyError, TypeError, RecursionError) as error:
        # the standard library's parser raises many kinds on damaged headers; none may stop the rest of an archive
        return BadLine(line=1, why=f"not a mail that can be read ({type(error).__name__})")


def _record(message: EmailMessage, raw: bytes) -> dict[str, Any] | BadLine:
    headers = {name.lower() for name in message.keys()}  # noqa: SIM118 - a message is no dict
    if not headers & {"from", "subject", "date", "message-id"}:
        return BadLine(line=1, why="not a mail: none of the headers From, Subject, Date and Message-ID is there")
    name, address = parseaddr(_header(message, "from"))
    body = _body(message)
    own = without_quotes(body)
    attachments = list(_attachments(message))
    subject = _header(message, "subject")
    ident = _header(message, "message-id").strip("<> \t") or hashlib.sha256(raw).hexdigest()[:32]
    return {
        "id": f"mail:{ident}"[:300],
        "kind": "complaint",
        "title": subject or None,
        "text": own or body or subject or ("（仅有附件）" if attachments else ""),
        "published_at": _sent_at(message),
        "customer": name or None,
        "contact": address or None,
        "channel": "email",
        "transcript": body if body != own else None,
        "attachments": attachments,
        "media": [
            kind for kind in ("image", "video", "audio") if any(a.media_type.startswith(kind) for a in attachments)
        ],
    }


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name)
    except (ValueError, LookupError, AttributeError, IndexError, TypeError):
        return ""
    return " ".join(clean_unicode(str(value)).split()) if value is not None else ""


def _sent_at(message: EmailMessage) -> datetime | None:
    try:
        header = message.get("date")
        at = getattr(header, "datetime", None)
    except (ValueError, LookupError, AttributeError, IndexError, TypeError, OverflowError):
        return None
    if not isinstance(at, datetime):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _body(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    text = _decoded(raw, part.get_content_charset())
    if part.get_content_type() == "text/html":
        text = parse_markup(text)
    lines = [line.rstrip() for line in clean_unicode(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _decoded(raw: bytes, told: str | None) -> str:
    """Mail programs tell a wrong charset often enough: the told one, then UTF-8, then GB18030."""
    for charset in (told, "utf-8", "gb18030"):
        try:
            return raw.decode(charset) if charset else raw.decode("utf-8")
        except (UnicodeDecodeError, LookupError):
            continue
    return raw.decode("utf-8", "replace")


def without_quotes(body: str) -> str:
    """The writer's own words: without lines that begin with > and without all that stands behind a mark of quoting."""
    kept: list[str] = []
    for line in body.split("\n"):
        if any(mark.match(line) for mark in _QUOTES) and any(k.strip() for k in kept):
            break
        if not line.lstrip().startswith(">"):
            kept.append(line)
    return "\n".join(kept).strip()


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    for part in message.iter_attachments():
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        name = clean_unicode(part.get_filename() or "").replace("\\", "/").rpartition("/")[2].strip()
        yield Attachment(
            name=name or f"attachment.{part.get_content_subtype()}",
            media_type=part.get_content_type(),
            size=len(payload),
            sha256=hashlib.sha256(payload).hexdigest(),
            content=payload if len(payload) <= LARGEST else None,
        )
