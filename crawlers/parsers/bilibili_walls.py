"""Bilibili's refusals: codes in its answers, the bare voucher that stands for a captcha, and signs on its pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crawlers.parsers.charset import decode_text
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

_STATUSES = {412: Outcome.BLOCKED_RATE}

_CODES: Mapping[int, Verdict] = {
    -412: (Outcome.BLOCKED_RATE, "code -412: the request was intercepted as too frequent"),
    -429: (Outcome.BLOCKED_RATE, "code -429: too frequent"),
    -509: (Outcome.BLOCKED_RATE, "code -509: too frequent"),
    -799: (Outcome.BLOCKED_RATE, "code -799: too frequent"),
    -352: (Outcome.BLOCKED_CAPTCHA, "code -352: risk control asks for a check"),
    -101: (Outcome.BLOCKED_LOGIN, "code -101: a login is asked for"),
    -403: (Outcome.BLOCKED_BOT, "code -403: access is denied"),
}
_GONE: Mapping[int, str] = {
    -404: "there is no such video",
    62002: "the video is hidden",
    62004: "the video is under review",
    62012: "only its author may see the video",
}
"""Codes of a video that nobody but perhaps its author can see."""


def open_envelope(
    payload: str | bytes, *, status: int, url: str, content_type: str, own: Mapping[int, Verdict] | None = None
) -> dict[str, Any]:
    """The ``data`` of an answer; raises Unreadable with the name of the wall that stands in its place.

    Args:
        own: what further codes mean in this kind of answer.
    """
    text = decode_text(payload, content_type)
    by_status = status_verdict(status, _STATUSES)
    root = load_answer(text, content_type, by_status=by_status, by_page=lambda: find_page_wall(text, status, url))
    verdict = find_code(at(root, "code"), own) or by_status
    if verdict is not None:
        raise Unreadable(*verdict)
    code = at(root, "code")
    if code != 0 or isinstance(code, bool):
        raise Unreadable(Outcome.CHANGED, f"code {str(code)[:12]} is not known: {said(at(root, 'message'))}")
    data = root.get("data")
    if not isinstance(data, dict):
        raise Unreadable(Outcome.CHANGED, "data is missing from the answer")
    if is_voucher(data):
        raise Unreadable(Outcome.BLOCKED_CAPTCHA, "a voucher for a captcha instead of an answer")
    return data


def is_voucher(data: Mapping[str, Any]) -> bool:
    """Code 0 with nothing but ``v_voucher``: a captcha is due, this is no empty answer."""
    return "v_voucher" in data and not data.keys() & {"result", "View", "replies", "bvid", "numResults"}


def find_code(code: Any, own: Mapping[int, Verdict] | None = None) -> Verdict | None:
    if not isinstance(code, int) or isinstance(code, bool):
        return None
    return (own or {}).get(code) or _CODES.get(code)


GONE_CODES: Mapping[int, Verdict] = {c: (Outcome.GONE, f"code {c}: {what}") for c, what in _GONE.items()}


def find_page_wall(text: str, status: int, url: str) -> Verdict | None:
    """Signs of a wall in the address, the status and the title; never in the page's words, which posts write too."""
    path = url.partition("?")[0]
    if "passport.bilibili.com" in path or re.search(r"^[a-z]+://[^/]+/login\b", path):
        return Outcome.BLOCKED_LOGIN, "the page was sent on to the login"
    verdict = status_verdict(status, _STATUSES)
    if verdict is not None:
        return verdict
    title = html_title(text)
    if title.startswith("验证码") or re.search(r'<div[^<>]*\bid="risk-captcha-app"', text):
        return Outcome.BLOCKED_CAPTCHA, "the page is the captcha"
    if title.startswith("出错啦"):
        # the platform's error page holds no words of people
        if "风控" in text:
            return Outcome.BLOCKED_RATE, "the page says that risk control refuses this request"
        return Outcome.CHANGED, "the page is the platform's error page"
    return None
