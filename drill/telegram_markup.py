"""What Telegram checks before it accepts a message: HTML, length, buttons. Pure.

The figures are the Bot API's documented limits: 4096 characters after parsing, counted in UTF-16 units; callback data of
1–64 bytes; 8 buttons a row and 100 in all.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

TEXT_LIMIT = 4096
ROW_LIMIT = 8
KEYBOARD_LIMIT = 100

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[^<>]*)?)>")
_HREF = re.compile(r"""href\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_ENTITY = re.compile(r"&(?:(lt|gt|amp|quot)|#(\d+)|#x([0-9a-fA-F]+));")


class Rejected(Exception):
    """The platform refuses the call; the description is what it answers after "Bad Request: "."""

    def __init__(self, description: str) -> None:
        self.description = description
        super().__init__(description)


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """Plain text and entities of Telegram's HTML.

    Raises:
        Rejected: an unknown, unclosed or badly nested tag, or a bare "<".
    """
    text = ""
    entities: list[dict[str, Any]] = []
    open_tags: list[tuple[str, int, str]] = []
    at = 0
    while at < len(source):
        if source[at] != "<":
            end = source.find("<", at)
            end = len(source) if end < 0 else end
            text += _ENTITY.sub(lambda m: html.unescape(m[0]), source[at:end])
            at = end
            continue
        tag = _TAG.match(source, at)
        if tag is None:
            raise Rejected(f"can't parse entities: Unexpected end of tag at byte offset {_offset(source, at)}")
        closing, name, attributes = tag[1], tag[2].lower(), tag[3]
        if name not in _KINDS:
            raise Rejected(
                f'can\'t parse entities: Unsupported start tag "{name}" at byte offset {_offset(source, at)}'
            )
        if not closing:
            open_tags.append((name, utf16_length(text), attributes))
        else:
            entities.extend(_close(open_tags, name, text, _offset(source, at)))
        at = tag.end()
    if open_tags:
        raise Rejected(f"can't parse entities: Can't find end tag corresponding to start tag \"{open_tags[-1][0]}\"")
    return text, entities


def _offset(source: str, at: int) -> int:
    return len(source[:at].encode())


def _close(open_tags: list[tuple[str, int, str]], name: str, text: str, offset: int) -> list[dict[str, Any]]:
    if not open_tags or open_tags[-1][0] != name:
        wanted = f', expected "&lt;/{open_tags[-1][0]}&gt;"' if open_tags else ""
        raise Rejected(f"can't parse entities: Unmatched end tag at byte offset {offset}{wanted}")
    _, start, attributes = open_tags.pop()
    length = utf16_length(text) - start
    if not length:
        return []
    entity: dict[str, Any] = {"type": _KINDS[name], "offset": start, "length": length}
    if name == "a":
        href = _HREF.search(attributes)
        url = html.unescape(href[1] or href[2] or "") if href else ""
        person = re.fullmatch(r"tg://user\?id=(\d+)", url)
        if person:
            return [
                entity | {"type": "text_mention", "user": {"id": int(person[1]), "is_bot": False, "first_name": ""}}
            ]
        entity["url"] = url
    return [entity]


def check_text(text: Any, parse_mode: str) -> tuple[str, list[dict[str, Any]]]:
    """The text as it will be shown, with its entities.

    Raises:
        Rejected: empty, too long after parsing, or not parseable.
    """
    if not isinstance(text, str):
        raise Rejected("message text is empty")
    if parse_mode.upper() == "HTML":
        shown, entities = parse_html(text)
    elif parse_mode:
        raise Rejected("unsupported parse_mode")
    else:
        shown, entities = text, []
    if not shown.strip():
        raise Rejected("message text is empty")
    if utf16_length(shown) > TEXT_LIMIT:
        raise Rejected("message is too long")
    return shown, entities


def check_keyboard(markup: Any) -> list[list[dict[str, Any]]]:
    """The rows of an inline keyboard; empty where the markup is something else or absent.

    Raises:
        Rejected: malformed, too many buttons, or a button that does nothing.
    """
    if markup is None:
        return []
    if not isinstance(markup, Mapping):
        raise Rejected("object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return []
    if not isinstance(rows, Sequence) or any(not isinstance(row, Sequence) or isinstance(row, str) for row in rows):
        raise Rejected("can't parse inline keyboard: Array of Array of InlineKeyboardButton expected")
    if sum(len(row) for row in rows) > KEYBOARD_LIMIT or any(len(row) > ROW_LIMIT for row in rows):
        raise Rejected("reply markup is too long")
    return [[_check_button(button) for button in row] for row in rows if row]


def _check_button(button: Any) -> dict[str, Any]:
    if not isinstance(button, Mapping) or not str(button.get("text") or "").strip():
        raise Rejected("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard")
    data, url = button.get("callback_data"), button.get("url")
    if data is None and not url:
        raise Rejected("can't parse inline keyboard button: text buttons are unallowed in the inline keyboard")
    if data is not None and not 1 <= len(str(data).encode()) <= 64:
        raise Rejected("BUTTON_DATA_INVALID")
    return dict(button)
