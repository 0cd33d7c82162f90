"""Douyin's refusals: codes and signs in its answers, and signs on its pages. Most come as HTTP 200 with an empty list."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from crawlers.parsers.charset import decode_text
from crawlers.parsers.page_state import GARBLED, is_garbled
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    html_title,
    is_html,
    load_json,
    mapping,
    said,
    status_verdict,
    word,
)
from records.outcome import Outcome

_STATUSES = {403: Outcome.BLOCKED_RATE, 429: Outcome.BLOCKED_RATE}
_CODES: dict[int, Verdict] = {
    8: (Outcome.BLOCKED_LOGIN, "code 8: the login has expired"),
    2483: (Outcome.BLOCKED_LOGIN, "code 2483: a login is asked for before searching"),
}
_NIL: dict[str, Verdict] = {
    "verify_check": (Outcome.BLOCKED_CAPTCHA, "the empty answer says verify_check: a human check is asked for"),
    "antispam_check": (
        Outcome.BLOCKED_BOT,
        "the empty answer says antispam_check: this browser is taken for a program",
    ),
    "params_check": (Outcome.BLOCKED_BOT, "the empty answer says params_check: this browser is taken for a program"),
    "hit_shark": (Outcome.BLOCKED_BOT, "the empty answer says hit_shark: this browser is taken for a program"),
    "content_limit": (Outcome.EMPTY, "the platform declines these words for its content policy"),
    "hit_self_harm": (Outcome.EMPTY, "the platform declines these words for its content policy"),
}
"""What an empty search says about itself; in this order, a block counts before a policy."""
_LENGTH = re.compile(r"[ \t]*[0-9a-fA-F]{1,8}[ \t]*(?:\r?\n|$)")
_CAPTCHA_BOX = re.compile(r"<div[^>]{0,200}\bid=[\"']captcha_container[\"']")
_BARE = re.compile(r"(?:<[^<>]*>|\s)*(?:blocked)?(?:<[^<>]*>|\s)*")
_SPACE = re.compile(r"\s*")
_DECODER = json.JSONDecoder(parse_constant=lambda _: None)


def open_envelope(payload: str | bytes, *, status: int, url: str, content_type: str) -> dict[str, Any]:
    """The JSON object of an answer; raises Unreadable with the name of the wall that stands in its place."""
    return open_stream(payload, status=status, url=url, content_type=content_type)[0][0]


def open_stream(payload: str | bytes, *, status: int, url: str, content_type: str) -> tuple[list[dict[str, Any]], bool]:
    """The JSON objects of an answer that comes whole or in chunks, and whether all of it could be read.

    Raises:
        Unreadable: a wall or damage stands in its place.
    """
    text = decode_text(payload, content_type).strip()
    if not text and 200 <= status < 300:
        raise Unreadable(Outcome.BLOCKED_BOT, "the answer is empty, which is how programs are turned away")
    if text[:20] == "blocked":
        raise Unreadable(Outcome.BLOCKED_BOT, 'the answer is the word "blocked"')
    if is_garbled(text):
        raise Unreadable(Outcome.CHANGED, GARBLED)
    try:
        documents, whole = _documents(text)
    except Unreadable as error:
        verdict = status_verdict(status, _STATUSES)
        if verdict is None and is_html(text, content_type):
            verdict = find_page_wall(text, status, url) or (Outcome.CHANGED, "HTML where JSON is due")
        raise Unreadable(*(verdict or (error.outcome, error.detail))) from None
    for document in documents:
        verdict = _said_by(document) or status_verdict(status, _STATUSES)
        if verdict is not None:
            raise Unreadable(*verdict)
    return documents, whole


def find_nil(documents: Sequence[dict[str, Any]]) -> Verdict | None:
    """What answers without a result say about why; None where they are silent."""
    told: list[str] = []
    for document in documents:
        info = [mapping(document.get("search_nil_info")), _nil_context(at(document, "log_pb", "stab_extra"))]
        told += [t for i in info for k in ("search_nil_type", "search_nil_item") if (t := word(i.get(k))) is not None]
        if at(document, "not_login_module", "guide_login_tip_exist") is True:
            return Outcome.BLOCKED_LOGIN, "nothing is shown without a login"
    return next((verdict for name, verdict in _NIL.items() if name in told), None)


def find_page_wall(text: str, status: int, url: str) -> Verdict | None:
    """Signs of a wall in the address, the status, the title and the frame; never in the page's words."""
    path = url.partition("?")[0]
    if re.search(r"^[a-z]+://[^/]+/(?:login|passport)\b", path):
        return Outcome.BLOCKED_LOGIN, "the page was sent on to the login"
    verdict = status_verdict(status, _STATUSES)
    if verdict is not None:
        return verdict
    if "验证码" in html_title(text) or _CAPTCHA_BOX.search(text):
        return Outcome.BLOCKED_CAPTCHA, "the page is the captcha"
    if text and len(text) < 2000 and not html_title(text) and _BARE.fullmatch(text):
        return Outcome.BLOCKED_BOT, 'the page is bare or says "blocked", which is how programs are turned away'
    return None


def _said_by(document: dict[str, Any]) -> Verdict | None:
    code = document.get("status_code")
    ticket = document.get("verify_ticket")
    if isinstance(ticket, str) and ticket:
        return Outcome.BLOCKED_CAPTCHA, "the answer carries a ticket for a human check"
    if isinstance(code, bool) or not isinstance(code, int):
        return Outcome.CHANGED, "status_code is missing from the answer"
    if code == 0:
        return None
    shown = said(document.get("status_msg"))
    return _CODES.get(code) or (Outcome.CHANGED, f"code {str(code)[:12]} is not known: {shown}")


def _nil_context(extra: Any) -> dict[str, Any]:
    """``NilInfoContext`` of the log part, an object or JSON in a text."""
    for key in ("", "NilInfoContext"):
        extra = mapping(extra).get(key) if key else extra
        if isinstance(extra, str):
            try:
                extra = load_json(extra)
            except Unreadable:
                return {}
    return mapping(extra)


def _documents(text: str) -> tuple[list[dict[str, Any]], bool]:
    """One JSON object, or the objects of a chunked body whose framing was left in (a length in hex before each part)."""
    if _LENGTH.match(text) is None:
        root = load_json(text)
        if not isinstance(root, dict):
            raise Unreadable(Outcome.CHANGED, "an object is due, the answer is another kind of JSON")
        return [root], True
    joined = _joined(text.encode("utf-8", "replace"))
    found = _objects(joined.decode("utf-8", "replace")) if joined is not None else ([], False)
    if not found[1]:  # the lengths count something else, or the parts do not end where objects do
        found = max(found, _objects(text), key=lambda objects: len(objects[0]))
    if not found[0]:
        raise Unreadable(Outcome.NETWORK, f"the chunked answer breaks off after {len(text)} characters")
    return found


def _joined(raw: bytes) -> bytes | None:
    """The parts of a chunked body put together by their lengths; None where the lengths do not fit."""
    parts: list[bytes] = []
    place = 0
    raw = raw.lstrip()
    while True:
        line, ended, _ = raw[place : place + 20].partition(b"\n")
        try:
            length = int(line.strip(), 16)
        except ValueError:
            return None
        if length == 0:
            return b"".join(parts)
        place += len(line) + 1
        if not ended or length < 0 or place + length > len(raw):
            return None
        parts.append(raw[place : place + length])
        place += length
        for newline in (b"\r\n", b"\n"):
            if raw.startswith(newline, place):
                place += len(newline)
                break
        else:
            return None


def _objects(text: str) -> tuple[list[dict[str, Any]], bool]:
    """The JSON objects one after another in a text, lines of lengths between them left out, and whether that was all."""
    found: list[dict[str, Any]] = []
    place = 0
    while True:
        place = _SPACE.match(text, place).end()  # type: ignore[union-attr]  # it matches nothing as well
        if place >= len(text):
            return found, True
        if text[place] == "{":
            try:
                document, place = _DECODER.raw_decode(text, place)
            except (ValueError, RecursionError):
                return found, False
            found.append(document)
            continue
        length = _LENGTH.match(text, place)
        if length is None:
            return found, False
        place = length.end()
