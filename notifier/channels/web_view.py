"""Rows of the ledger and cards as what the page's templates show: cleaned text, tones, buttons. Pure."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from itertools import groupby

from notifier.fitting import fit_message
from notifier.plain import plain_line
from notifier.view import clock_words
from records.chat import Block, Message, QueuedItem, Style

LIMIT = 20_000
_NUMBERED_STEP = re.compile(r"(\d{1,3})\.\s")
_NUMBERED_LABEL = re.compile(r"\D{1,20}\s(\d{1,3})(?:\s|$)")
_TONES = {"🔴": "red", "🟠": "orange", "🟡": "yellow", "⚫": "closed", "🛠": "machine"}
_STEP_TONES = {"⬜": "open", "🔵": "taken", "🟣": "waiting", "✅": "done", "➖": "skipped", "⏰": "late"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownButton:
    label: str
    token: str
    asks: str
    main: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownBlock:
    style: str
    text: str
    link: str | None = None
    mark: str = ""
    tone: str = ""
    more: str = ""
    """Further lines of a step."""
    buttons: tuple[ShownButton, ...] = ()
    """A step's own buttons."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownSection:
    heading: str
    blocks: tuple[ShownBlock, ...]
    kind: str
    """steps, evidence or plain: how the section is laid out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownMessage:
    ident: str
    tone: str
    title: str
    lead: tuple[ShownBlock, ...]
    """What stands before the first heading."""
    sections: tuple[ShownSection, ...]
    foot: str
    buttons: tuple[tuple[ShownButton, ...], ...]
    drill: bool
    kind: str = ""
    when: str = ""
    target: str = ""
    folded: bool = False
    """Only the beginning is shown until somebody opens it."""


def show_message(message: Message, ident: str, *, kind: str = "", when: str = "", target: str = "") -> ShownMessage:
    """One message for the page."""
    blocks = list(fit_message(message, LIMIT))
    if message.drill:
        blocks = blocks[1:]
    title = blocks.pop(0).text if blocks and blocks[0].style is Style.TITLE else ""
    tone = next((t for mark, t in _TONES.items() if title.startswith(mark)), "plain")
    title = without_mark(title)
    foot = blocks.pop().text if len(blocks) > 1 and blocks[-1].style is Style.NOTE and not blocks[-1].link else ""
    rows = _show_buttons(message)
    lead: tuple[ShownBlock, ...] = ()
    sections = []
    heading = ""
    for is_heading, run in groupby(blocks, key=lambda b: b.style is Style.HEADING):
        if is_heading:
            heading = list(run)[-1].text
            continue
        shown, rows = _give_buttons(tuple(_show_block(b) for b in run), rows)
        if heading:
            sections.append(ShownSection(heading=heading, blocks=shown, kind=_section_kind(shown)))
            heading = ""
        else:
            lead = shown
    return ShownMessage(
        ident=ident,
        tone=tone,
        title=title,
        lead=lead,
        sections=tuple(sections),
        foot=foot,
        buttons=rows,
        drill=message.drill,
        kind=kind,
        when=when,
        target=target,
    )


def show_history(
    rows: Sequence[QueuedItem], *, now: datetime, zone: tzinfo, target: str | None, carded: Collection[str] = ()
) -> list[ShownMessage]:
    """Delivered messages of the web channel but cards, oldest first: the newest stands at the bottom as in a chat.

    Alerts of incidents whose card is shown (``carded``) are folded and lose their buttons: the card has the right ones.
    """
    rows = [r for r in rows if _of_chat(r, target) and r.item.kind != "card"]
    rows.sort(key=lambda r: (r.sent_at or r.next_at, r.id))
    shown = []
    for row in rows:
        item, message = row.item, row.item.message
        if message is None:
            continue
        folded = item.kind == "alert" and item.incident in carded
        if folded:
            message = replace(message, buttons=())
        when = clock_words(row.sent_at or row.next_at, now, zone)
        one = show_message(message, f"m{row.id}", kind=item.kind, when=when, target=item.target)
        shown.append(replace(one, folded=folded))
    return shown


def select_card_incidents(rows: Sequence[QueuedItem], target: str | None, most: int = 20) -> list[tuple[str, str]]:
    """(incident, target) of every card that was delivered to the web channel, newest incident first."""
    found = {
        (r.item.incident, r.item.target): None
        for r in rows
        if r.item.kind == "card" and r.item.incident and _of_chat(r, target)
    }
    return sorted(found, reverse=True)[:most]


def etag_of(parts: object) -> str:
    """Short hash of what a page shows, for "nothing changed"."""
    return hashlib.sha256(json.dumps(parts, default=repr, sort_keys=True).encode()).hexdigest()[:20]


def _of_chat(row: QueuedItem, target: str | None) -> bool:
    return row.item.channel == "web" and row.state == "sent" and (target is None or row.item.target == target)


def _show_block(block: Block) -> ShownBlock:
    if block.style is not Style.STEP:
        return ShownBlock(style=str(block.style), text=without_mark(block.text, block.style), link=block.link)
    first, _, more = block.text.partition("\n")
    mark = first[:1]
    if mark not in _STEP_TONES:
        return ShownBlock(style="step", text=first, more=more, link=block.link)
    return ShownBlock(
        style="step", text=first[1:].strip(), mark=mark, tone=_STEP_TONES[mark], more=more, link=block.link
    )


def without_mark(text: str, style: Style = Style.TITLE) -> str:
    """The text without the pictogram it begins with: the page has colours, and not every machine has an emoji font."""
    if style is Style.QUOTE:
        return text
    shown = text.lstrip("\ufe0f").lstrip()
    while shown and unicodedata.category(shown[0]) in ("So", "Mn"):
        shown = shown[1:].lstrip("\ufe0f").lstrip()
    return shown or text


def _give_buttons(
    blocks: tuple[ShownBlock, ...], rows: tuple[tuple[ShownButton, ...], ...]
) -> tuple[tuple[ShownBlock, ...], tuple[tuple[ShownButton, ...], ...]]:
    """Put a row of buttons ("接手 2 …") beside the step of that number ("2. …"); the other rows stay together."""
    left = list(rows)
    given = []
    for block in blocks:
        number = _NUMBERED_STEP.match(block.text) if block.style == "step" else None
        row = next((r for r in left if number and _number_of(r[0].label) == number[1]), ())
        if row:
            left.remove(row)
        given.append(replace(block, buttons=row))
    return tuple(given), tuple(left)


def _number_of(label: str) -> str | None:
    found = _NUMBERED_LABEL.match(label)
    return found[1] if found else None


def _section_kind(blocks: Sequence[ShownBlock]) -> str:
    if all(b.style == "step" for b in blocks):
        return "steps"
    return "evidence" if any(b.style == "quote" for b in blocks) else "plain"


def _show_buttons(message: Message) -> tuple[tuple[ShownButton, ...], ...]:
    return tuple(
        tuple(
            ShownButton(
                label=without_mark(plain_line(b.label, 60)),
                token=b.token,
                asks=b.asks,
                main=index == 0 and _number_of(b.label) is not None,
            )
            for index, b in enumerate(row)
        )
        for row in message.buttons
        if row
    )
