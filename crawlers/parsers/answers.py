"""What the parsers of plain HTTP APIs share: bytes in the charset they really are in, and JSON or the reason for none."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

from crawlers.parsers.payload import (
    Unreadable,
    at,
    html_title,
    is_html,
    load_json,
    said,
    split_address,
    status_verdict,
)
from records.outcome import Outcome

_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"^\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]{2,40})[\"']", re.IGNORECASE)
_TEXTUAL = re.compile(r"gb|big5|hz|utf-?(?:8|16|32)|iso-?\d|windows-|cp\d|euc|shift|sjis|koi8|latin|us-ascii|ascii")
_LOGIN_PATH = re.compile(r"/(?:login|log-in|signin|sign-in|sign_in|passport)(?:/|\.|$)")
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


def is_login_page(url: str) -> bool:
    """True for the address of a login page: where a request ends, or is sent on to, says more than the status."""
    parts = split_address(url)
    return parts is not None and _LOGIN_PATH.search(parts.path.lower()) is not None


def read_json(
    payload: str | bytes,
    *,
    status: int,
    url: str,
    content_type: str = "",
    own: dict[int, Outcome] | None = None,
) -> Any:
    """The JSON of an answer.

    Args:
        own: what statuses mean to this platform.

    Raises:
        Unreadable: with the outcome: what the status says, login for an address that sends on to a login page, network
            for an empty or cut answer, changed for HTML or anything else where JSON is due.
    """
    text = decode_text(payload, content_type).strip()
    if not 200 <= status < 300 and is_login_page(url):
        raise Unreadable(Outcome.BLOCKED_LOGIN, "the request is sent on to a login page")
    verdict = status_verdict(status, own)
    page = is_html(text, content_type) and not text.startswith(("{", "["))
    if verdict is not None:
        told = html_title(text)[:60] if page else _message(text)
        raise Unreadable(verdict[0], f"{verdict[1]}: {told}" if told else verdict[1])
    if page:
        raise Unreadable(Outcome.CHANGED, "an HTML page is shown where JSON is due")
    if text.startswith(("{", "[")) and not text.endswith(("}", "]")):
        raise Unreadable(Outcome.NETWORK, f"the JSON answer breaks off after {len(text)} characters")
    return load_json(text)


def _message(text: str) -> str:
    """What an API says about its refusal."""
    try:
        root = load_json(text)
    except Unreadable:
        return ""
    return said(at(root, "message")) or said(at(root, "error"))
