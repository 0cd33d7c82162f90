"""Zhihu's refusals: codes in its answers, and signs on its pages. Its messages are no sign: one names the login in a
refusal that has nothing to do with it."""

from __future__ import annotations

import re
from typing import Any

from crawlers.parsers.charset import decode_text
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    html_title,
    load_answer,
    said,
    split_address,
    status_verdict,
)
from records.outcome import Outcome

_CODES: dict[str, Verdict] = {
    "40362": (Outcome.BLOCKED_BOT, "code 40362: the request is taken for a robot's"),
    "10003": (Outcome.BLOCKED_BOT, "code 10003: the request is refused as malformed"),
    "40350": (Outcome.BLOCKED_CAPTCHA, "code 40350: a human check is asked for"),
    "40352": (Outcome.BLOCKED_CAPTCHA, "code 40352: a human check is asked for"),
    "100": (Outcome.BLOCKED_LOGIN, "code 100: a login is asked for"),
    "101": (Outcome.BLOCKED_LOGIN, "code 101: a login is asked for"),
    "404": (Outcome.GONE, "code 404: it does not exist"),
    "4041": (Outcome.GONE, "code 4041: it does not exist"),
}
_NAMES: dict[str, Verdict] = {
    "AuthenticationError": (Outcome.BLOCKED_LOGIN, "AuthenticationError: a login is asked for"),
    "NotFoundError": (Outcome.GONE, "NotFoundError: it does not exist"),
    "NotFoundException": (Outcome.GONE, "NotFoundException: it does not exist"),
}


def open_envelope(payload: str | bytes, *, status: int, url: str, content_type: str) -> dict[str, Any]:
    """The JSON object of an answer; raises Unreadable with the name of the wall that stands in its place."""
    text = decode_text(payload, content_type)
    own = {404: Outcome.GONE}
    by_page = find_page_wall(text, status, url)
    root = load_answer(text, content_type, by_status=by_page or status_verdict(status, own))
    error_told = at(root, "error")
    if isinstance(error_told, dict):
        code, name = str(error_told.get("code"))[:12], str(error_told.get("name"))[:40]
        known = _CODES.get(code) or _NAMES.get(name) or status_verdict(status, own)
        raise Unreadable(*(known or (Outcome.CHANGED, f"code {code} is not known: {said(error_told.get('message'))}")))
    verdict = status_verdict(status, own)
    if verdict is not None:
        raise Unreadable(*verdict)
    if not isinstance(root, dict):
        raise Unreadable(Outcome.CHANGED, "the answer is no object")
    return root


def find_page_wall(text: str, status: int, url: str) -> Verdict | None:
    """Signs of a wall in the address, the title and the status; 404 and 410 are none."""
    parts = split_address(url)
    path = parts.path if parts else ""
    if path.startswith("/account/unhuman"):
        return Outcome.BLOCKED_CAPTCHA, "the page was sent on to the human check"
    if re.match(r"/(?:signin|signup|login)\b", path):
        return Outcome.BLOCKED_LOGIN, "the page was sent on to the login"
    if html_title(text).startswith("安全验证"):
        return Outcome.BLOCKED_CAPTCHA, "the page is the human check"
    return status_verdict(status) if status not in (404, 410) else None
