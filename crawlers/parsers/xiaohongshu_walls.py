"""Xiaohongshu's refusals: codes in its answers, and signs on its pages."""

from __future__ import annotations

import re
from typing import Any

from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    as_str,
    at,
    html_title,
    is_html,
    load_json,
    said,
    status_verdict,
)
from records.outcome import Outcome

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


def open_envelope(payload: str | bytes, *, status: int, url: str, content_type: str) -> dict[str, Any]:
    """The JSON object of an answer; raises Unreadable with the name of the wall that stands in its place."""
    text = as_str(payload)
    if status in (461, 471):
        raise Unreadable(Outcome.BLOCKED_CAPTCHA, f"HTTP {status}: a captcha is asked for")
    try:
        root = load_json(text)
    except Unreadable as error:
        verdict = status_verdict(status, _STATUSES)
        if verdict is not None:
            raise Unreadable(*verdict) from None
        if is_html(text, content_type):
            raise Unreadable(
                *(find_page_wall(text, status, url) or (Outcome.CHANGED, "HTML where JSON is due"))
            ) from None
        raise error
    code = at(root, "code")
    known = _CODES.get(code) if isinstance(code, int) else None
    verdict = known or status_verdict(status, _STATUSES)
    if verdict is not None:
        raise Unreadable(*verdict)
    if not isinstance(root, dict) or code != 0 or isinstance(code, bool) or root.get("success") is False:
        raise Unreadable(Outcome.CHANGED, f"code {str(code)[:12]} is not known: {said(at(root, 'msg'))}")
    return root


def find_page_wall(text: str, status: int, url: str) -> Verdict | None:
    """Signs of a wall in the address, the status and the title; never in the page's words, which posts write too."""
    path = url.partition("?")[0]
    if "/website-login/" in path:
        return Outcome.BLOCKED_CAPTCHA, "the page was sent on to the captcha"
    if re.search(r"^[a-z]+://[^/]+/(?:login|signin)\b", path):
        return Outcome.BLOCKED_LOGIN, "the page was sent on to the login"
    if re.search(r"^[a-z]+://[^/]+/404", path):
        return Outcome.GONE, "the page says the note cannot be viewed"
    verdict = status_verdict(status, _STATUSES)
    if verdict is not None:
        return verdict
    title = html_title(text)
    if "安全验证" in title or "security verification" in title.lower():
        return Outcome.BLOCKED_CAPTCHA, "the page is the captcha"
    return None
