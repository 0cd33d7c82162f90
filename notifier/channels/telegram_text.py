"""A message as Telegram HTML: plain parts cut first, then escaped, so markup is never broken and never foreign."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from notifier.fitting import fit_message, join_plain
from notifier.plain import plain_line, utf16_units
from records.chat import Block, Message, Style

TEXT_UNITS = 4096
"""UTF-16 units of a text message after entity parsing (Bot API, sendMessage)."""
SHORT_UNITS = 1000
"""What a message is cut to when Telegram calls it too long all the same."""
ANSWER_CHARS = 200
"""Characters of the pop-up that answers a press (Bot API, answerCallbackQuery)."""
ROW_BUTTONS = 8
MOST_BUTTONS = 100
CALLBACK_BYTES = 64
_LABEL_UNITS = 60

_JOINER = "\u2060"


@dataclass(frozen=True, kw_only=True, slots=True)
class TelegramText:
    html: str
    plain: str
    """The same without markup: sent once when Telegram cannot parse the markup."""


def render_telegram(
    message: Message, *, mentions: Mapping[str, str] | None = None, limit: int = TEXT_UNITS
) -> TelegramText:
    """The message in Telegram's HTML and as plain text, at most ``limit`` UTF-16 units after parsing.

    Args:
        mentions: person's name → Telegram user id: "@name" in the product's own words rings that person.
    """
    blocks = fit_message(message, limit, _size)
    blocks = tuple(_tamed(b) for b in blocks)
    return TelegramText(html=_join(blocks, mentions or {}), plain=join_plain(blocks))


def keyboard_rows(message: Message) -> list[list[tuple[str, str]]]:
    """(label, callback data) of the buttons that Telegram takes: at most 8 a row, 100 in all, 64 bytes of data each."""
    rows: list[list[tuple[str, str]]] = []
    left = MOST_BUTTONS
    for row in message.buttons:
        fitting = [
            (plain_line(b.label, _LABEL_UNITS) or "…", b.token) for b in row if len(b.token.encode()) <= CALLBACK_BYTES
        ]
        for start in range(0, len(fitting), ROW_BUTTONS):
            part = fitting[start : start + ROW_BUTTONS][:left]
            left -= len(part)
            if part:
                rows.append(part)
    return rows


def escape(text: str) -> str:
    return html.escape(text, quote=False)


def _size(blocks: Sequence[Block]) -> int:
    return utf16_units(join_plain([_tamed(b) for b in blocks]))


def _tamed(block: Block) -> Block:
    """A stranger's "@name" must not ring a member of the group."""
    if block.style is not Style.QUOTE or "@" not in block.text:
        return block
    return Block(
        style=block.style, text=block.text.replace("@", "@" + _JOINER), link=block.link, shrinkable=block.shrinkable
    )


def _join(blocks: Sequence[Block], mentions: Mapping[str, str]) -> str:
    lines: list[str] = []
    for block in blocks:
        if block.style is Style.HEADING and lines:
            lines.append("")
        lines.append(_markup(block, mentions))
    return "\n".join(lines)


def _markup(block: Block, mentions: Mapping[str, str]) -> str:
    text = escape(block.text)
    if block.style is not Style.QUOTE and "@" in text:
        text = _ring(text, mentions)
    if block.link:
        text = f'<a href="{html.escape(block.link)}">{text}</a>'
    if block.style in (Style.TITLE, Style.HEADING):
        return f"<b>{text}</b>"
    if block.style is Style.QUOTE:
        return f"<blockquote>{text}</blockquote>"
    return text


def _ring(text: str, mentions: Mapping[str, str]) -> str:
    if not mentions:
        return text
    known = {escape(name): user for name, user in mentions.items() if re.fullmatch(r"[1-9]\d{0,19}", user)}
    names = sorted(known, key=len, reverse=True)
    if not names:
        return text
    pattern = "@(" + "|".join(re.escape(n) for n in names) + ")"
    return re.sub(pattern, lambda m: f'<a href="tg://user?id={known[m[1]]}">{m[1]}</a>', text)
