"""What a complaint that arrived elsewhere (hotline, e-mail, survey, ticket …) tells beside its words (W2).

The words themselves are a ``Mention`` like any post's. What names a person stands here only and is kept apart, sealed (G3).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """One file that came with a complaint."""

    name: str
    """Its name without any folder."""
    media_type: str = "application/octet-stream"
    size: int | None = None
    """Bytes; None where only the name was told."""
    sha256: str | None = None
    """Hex SHA-256 of the content; None where the content was not handed over."""
    content: bytes | None = None
    """None where it was not handed over, or was larger than ``LARGEST``."""


LARGEST = 10 * 1024 * 1024
"""Bytes of one attachment that are kept; of a larger one name, size and SHA-256 are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Complaint:
    """Everything is None or empty where it was not told."""

    customer: str | None = None
    """Name or account; None = anonymous."""
    contact: str | None = None
    """Phone number, e-mail address or whatever the customer can be reached by."""
    channel: str | None = None
    """hotline, email, survey, ticket, usage_report, or the house's own word."""
    received_at: datetime | None = None
    """Aware UTC: when the house received it."""
    demand: str | None = None
    """The core demand (核心诉求)."""
    order_number: str | None = None
    transcript: str | None = None
    """The full text or transcript where the mention's text is only the customer's own words of it."""
    attachments: tuple[Attachment, ...] = ()

    @property
    def says_anything(self) -> bool:
        return self != Complaint()


_LABEL = re.compile(
    r"(?:联系|手机|移动|电子)?(?:电话|手机|号码|号|邮箱|邮件)+[:：\s]*|(?:mailto|tel|phone|mobile|e-?mail)[:\s]+"
)


def normal_contact(contact: str) -> str:
    """A contact as it is compared, however it was written: the bare digits of a Chinese phone number (without +86, spaces,
    dashes, a leading 0), "+" and the digits of a foreign one, a mail address and anything else in lower case."""
    text = unicodedata.normalize("NFKC", contact).strip().casefold()
    if (label := _LABEL.match(text)) and label.end() < len(text):
        text = text[label.end() :]
    digits = "".join(c for c in text if c in "0123456789")
    if "@" in text or len(digits) < 7 or re.search(r"[a-z]", text):  # a chat name may hold digits, too
        return "".join(text.split())
    foreign = text.startswith("+")
    if digits.startswith("00"):
        foreign, digits = True, digits[2:]
    if digits.startswith("86") and (foreign or len(digits) > 11):
        foreign, digits = False, digits[2:]
    if foreign:
        return f"+{digits}"
    return digits.removeprefix("0") if len(digits) > 9 else digits


def mask_contact(contact: str) -> str:
    """A contact as it may be shown to those who need not call: 138****5678, zh***@example.com."""
    name, at, domain = contact.partition("@")
    if at:
        return f"{name[:2]}***@{domain}"
    return f"{contact[:3]}****{contact[-4:]}" if len(contact) >= 9 else f"{contact[:1]}***"
