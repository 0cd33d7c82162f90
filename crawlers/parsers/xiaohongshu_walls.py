"""Xiaohongshu's refusals: codes in its answers, and signs on its pages."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any

from crawlers.parsers.charset import decode_text
from crawlers.parsers.page_state import GARBLED, is_garbled
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    html_title,
    load_answer,
    said,
    status_verdict,
)
from records.outcome import Outcome

_MISSING = re.compile(r"^[a-z]+://[^/]+/404")
_STATUSES = {
    403: Outcome.BLOCKED_BOT,
    406: Outcome.BLOCKED_BOT,
    461: Outcome.BLOCKED_CAPTCHA,
    471: Outcome.BLOCKED_CAPTCHA,
}


_CODES: dict[int, Verdict] = {
    300011: (Outcome.BLOCKED_CAPTCHA, "code 300011: the account is held for a check"),
    300012: (Outcome.BLOCKED_BOT, "code 300012: this network address is refused"),
    300013: (Outcome.BLOCKED_RATE, "code 300013: too frequent"),
    300015: (Outcome.BLOCKED_BOT, "code 300015: the browser environment is refused"),
    -100: (Outcome.BLOCKED_LOGIN, "code -100: the login has expired"),
    -101: (Outcome.BLOCKED_LOGIN, "code -101: a login is asked for"),
    -104: (Outcome.BLOCKED_LOGIN, "code -104: this account may not look"),
    -510000: (Outcome.GONE, "code -510000: the note does not exist"),
    -510001: (Outcome.GONE, "code -510001: the note is hidden"),
}


class Doubt(StrEnum):
    """Why what says that a note is gone may not mean it."""

    NONE = ""
    AGAIN = "again"
    """The same is said to browsers that are not believed: it is certain once it is still said after a while."""
    LINK = "link"
    """The link's token may have run out: nothing is known."""


class Refused(Unreadable):
    """An answer that carries a code for what stands in the way."""

    def __init__(self, verdict: Verdict, code: Any) -> None:
        super().__init__(*verdict)
        self.code = code


def open_envelope(payload: str | bytes, *, status: int, url: str, content_type: str) -> dict[str, Any]:
    """The JSON object of an answer; raises Unreadable with the name of the wall that stands in its place."""
    text = decode_text(payload, content_type)
    if status in (461, 471):
        raise Unreadable(Outcome.BLOCKED_CAPTCHA, f"HTTP {status}: a captcha is asked for")
    if is_garbled(text):
        raise Unreadable(Outcome.CHANGED, GARBLED)
    by_status = status_verdict(status, _STATUSES)
    root = load_answer(text, content_type, by_status=by_status, by_page=lambda: find_page_wall(text, status, url))
    code = at(root, "code")
    verdict = code_verdict(code) or by_status
    if verdict is not None:
        raise Refused(verdict, code)
    if not isinstance(root, dict) or code != 0 or isinstance(code, bool) or root.get("success") is False:
        raise Unreadable(Outcome.CHANGED, f"code {str(code)[:12]} is not known: {said(at(root, 'msg'))}")
    return root


def code_verdict(code: Any) -> Verdict | None:
    """What a code of an answer or of a page's state says; None for 0 and for codes that are not known."""
    return _CODES.get(code) if isinstance(code, int) and not isinstance(code, bool) else None


def find_doubt(code: Any, url: str = "") -> Doubt:
    """How far a note is to be believed gone: by the code that was told, or by the address of the page that is shown."""
    path, _, asked = url.partition("?")
    if _MISSING.search(path):
        return Doubt.AGAIN if "errorCode=-510000" in asked.split("&") else Doubt.LINK
    return Doubt.AGAIN if code == -510001 else Doubt.NONE


def find_page_wall(text: str, status: int, url: str) -> Verdict | None:
    """Signs of a wall in the address, the status and the title; never in the page's words, which posts write too."""
    path = url.partition("?")[0]
    if "/website-login/" in path:
        return Outcome.BLOCKED_CAPTCHA, "the page was sent on to the captcha"
    if re.search(r"^[a-z]+://[^/]+/(?:login|signin)\b", path):
        return Outcome.BLOCKED_LOGIN, "the page was sent on to the login"
    if _MISSING.search(path):
        return Outcome.GONE, "the page says the note cannot be viewed"
    verdict = status_verdict(status, _STATUSES)
    if verdict is not None:
        return verdict
    title = html_title(text)
    if "安全验证" in title or "security verification" in title.lower():
        return Outcome.BLOCKED_CAPTCHA, "the page is the captcha"
    return None
