"""Bytes in the charset they really are in, whatever is declared. Pure; the lowest of the parsers' modules."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{2,40})[\"']", re.IGNORECASE)
_TEXTUAL = re.compile(r"gb|big5|hz|utf-?(?:8|16|32)|iso-?\d|windows-|cp\d|euc|shift|sjis|koi8|latin|us-ascii|ascii")
_BYTE_ORDER = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def decode_text(payload: str | bytes, content_type: str = "") -> str:
    """The text of a payload whose declared charset may be wrong.

    Bytes that are valid UTF-8 are read as UTF-8 whatever is declared (no other charset comes out so by chance); else the
    charset of the XML declaration, that of the content type, and GB18030 are tried in this order. A character cut at the
    end does not count against a charset. What fits none is read as UTF-8 with U+FFFD for every bad byte.
    """
    if isinstance(payload, str):
        return payload
    for charset in _candidates(payload, content_type):
        text = _read_as(payload, charset)
        if text is not None:
            return text.lstrip("\ufeff")
    return payload.decode("utf-8", "replace")


def _candidates(payload: bytes, content_type: str) -> Iterator[str]:
    for mark, charset in _BYTE_ORDER:
        if payload.startswith(mark):
            yield charset
    declared = [m[1].decode("ascii", "replace") for m in [_XML_ENCODING.match(payload[:400])] if m]
    declared += _CHARSET.findall(content_type)
    known = [_whole(name.lower()) for name in declared if _TEXTUAL.match(name.lower())]
    if b"\x1b$" in payload:  # ISO 2022: plain ASCII bytes that would pass for UTF-8
        yield from known
    yield "utf-8"
    if not _is_damaged_utf8(payload):
        yield from known
        yield "gb18030"


def _whole(charset: str) -> str:
    """GB18030 holds all of GB2312 and GBK, which are declared in its place."""
    return "gb18030" if charset.startswith("gb") else charset


def _read_as(payload: bytes, charset: str) -> str | None:
    try:
        text = codecs.getincrementaldecoder(charset)().decode(payload, final=False)
    except (UnicodeError, LookupError):
        return None
    return text if isinstance(text, str) else None


def _is_damaged_utf8(payload: bytes) -> bool:
    """UTF-8 with a few bad bytes: at least ten good characters beyond ASCII for every bad one."""
    shown = payload.decode("utf-8", "replace")
    bad = shown.count("\ufffd")
    return sum(c > "\x7f" for c in shown) - bad > 10 * bad
