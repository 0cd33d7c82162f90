"""Plain text fit for chat: hostile post text made harmless and cut by length, before any channel renders it."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from records.mention import clean_unicode

MAX_LINK = 2048
"""Characters of a link; longer addresses are dropped (common limit of browsers and chat services)."""

# Marks that turn the reading direction or hide text: embeddings, overrides, isolates, marks, zero-width characters.
_HIDDEN = dict.fromkeys(
    [0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_LINE_ENDS = dict.fromkeys([0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029], "\n")
_MOST_MARKS = 4
"""Combining marks in a row that are kept: Vietnamese and Thai need two, "zalgo" text stacks dozens over other lines."""
_JOINS = {"\u200d", "\ufe0e", "\ufe0f", *(chr(c) for c in range(0x1F3FB, 0x1F400))}


def plain_text(text: str) -> str:
    """Text without control characters, direction overrides, invisible characters and stacked marks; newlines stay."""
    text = clean_unicode(text.replace("\r\n", "\n").translate(_LINE_ENDS)).translate(_HIDDEN)
    text = text.replace("\t", " ").replace("\u3164", " ")
    if any(unicodedata.combining(c) for c in text):
        text = _thin_marks(text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def plain_line(text: str, units: int = 0) -> str:
    """The same on one line (white space runs become one space), cut to ``units`` UTF-16 units where that is not 0."""
    line = " ".join(plain_text(text).split())
    return cut(line, units) if units else line


def utf16_units(text: str) -> int:
    """Length in UTF-16 code units, as Telegram counts: an emoji is 2."""
    return len(text) + sum(1 for c in text if ord(c) > 0xFFFF)


def cut(text: str, units: int) -> str:
    """The beginning of ``text`` in at most ``units`` UTF-16 units, with … where something was left out.

    Never splits an emoji from its modifier nor a letter from its marks.
    """
    if utf16_units(text) <= units:
        return text
    if units <= 0:
        return ""
    room, end = units - 1, 0
    for index, char in enumerate(text):
        room -= 2 if ord(char) > 0xFFFF else 1
        if room < 0:
            break
        end = index + 1
    while end and end < len(text) and (_clings(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    return text[:end].rstrip() + "…"


def safe_link(link: str | None) -> str | None:
    """The address if it is a plain http(s) one without credentials; None for everything else (javascript:, data:, …)."""
    if not link or len(link) > MAX_LINK or any(c.isspace() or unicodedata.category(c)[0] == "C" for c in link):
        return None
    if any(c in link for c in "\"'<>\\`"):
        return None
    try:
        parts = urlsplit(link)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return link


def _clings(char: str) -> bool:
    return char in _JOINS or unicodedata.combining(char) > 0


def _thin_marks(text: str) -> str:
    kept, run = [], 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)
