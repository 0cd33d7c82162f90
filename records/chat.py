"""Chat messages, buttons and presses, independent of any channel.

A message is made of plain parts; every channel renders and escapes them itself, so hostile post text can never become
markup, and a message that is too long is cut in its parts, never in rendered text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal


class Style(StrEnum):
    TITLE = "title"
    HEADING = "heading"
    TEXT = "text"
    QUOTE = "quote"
    """Text that strangers wrote: shown as a quotation, may be cut."""
    NOTE = "note"
    """Small print: rules version, what was not visible."""
    STEP = "step"


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    style: Style
    text: str
    link: str | None = None
    """An http(s) address the block points to; anything else is dropped by the channels."""
    shrinkable: bool = False
    """May be cut or dropped when the channel's limit is reached (quotes first)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    label: str
    token: str
    """Short id resolved in the database (at most 40 ASCII characters), made by ``notifier.callbacks``."""
    asks: Literal["", "evidence", "reason"] = ""
    """What the person has to type after pressing: nothing, evidence of what was done, or a reason."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    blocks: tuple[Block, ...]
    buttons: tuple[tuple[Button, ...], ...] = ()
    """Rows of buttons, at most 8 a row and 100 in all."""
    drill: bool = False
    """Part of a drill (演练): every channel marks it."""


class Priority:
    """Order in the outbox, lower first: alerts, escalations and reminders, answers, card edits, digests."""

    ALERT = 0
    ESCALATION = 10
    ANSWER = 20
    CARD = 30
    DIGEST = 40


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboxItem:
    """One message that must leave, written in the same transaction as the events that caused it."""

    chat: str
    """Logical chat of the config: crisis, operators, digest."""
    channel: str
    """telegram, console, web or apprise."""
    target: str
    """The chat's id on that channel as text."""
    kind: str
    """alert, card, reminder, escalation, answer, operations, closed."""
    priority: int
    created_at: datetime
    message: Message | None = None
    """None for a card: it is rendered from the incident's state at the moment of sending."""
    incident: str | None = None
    collapse: str | None = None
    """Items with the same key that are still waiting replace each other (card edits)."""
    silent: bool = False
    """Deliver without sound (quiet hours)."""
    reply_to_incident: bool = False
    """Answer in the thread of the incident's card where the channel can."""
    not_before: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class QueuedItem:
    """An outbox item with its life in the database."""

    id: int
    item: OutboxItem
    state: Literal["queued", "sending", "sent", "ambiguous", "failed", "collapsed"]
    attempts: int = 0
    next_at: datetime
    sent_at: datetime | None = None
    external_id: str | None = None
    """The message's id on the channel."""
    error: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """Somebody pressed a button, or typed a reply to the bot's question, on some channel."""

    channel: str
    account: str
    """The account id on that channel, as text."""
    target: str
    """The chat it came from."""
    token: str
    typed: str | None = None
    """Evidence or reason that was typed, if any."""
    callback_id: str | None = None
    """What the channel needs to answer the press (Telegram's callback query id)."""
    message_id: str | None = None
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxItem:
    """A raw update, saved before it was confirmed to the channel."""

    id: int
    channel: str
    external_id: str
    raw: str
    """The channel's own JSON."""
    received_at: datetime
    handled_at: datetime | None = None
    result: str | None = None
