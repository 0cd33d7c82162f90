"""Kuaishou's refusals: result codes in its answers (plain or inside GraphQL), and signs on its pages."""

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
    mapping,
    said,
    sequence,
    status_verdict,
)
from records.outcome import Outcome

_RESULTS: Mapping[int, Verdict] = {
    2: (Outcome.BLOCKED_RATE, "result 2: too frequent"),
    21: (Outcome.BLOCKED_LOGIN, "result 21: a login is asked for"),
    50: (Outcome.BLOCKED_BOT, "result 50: the request is not taken for the page's own"),
    109: (Outcome.BLOCKED_LOGIN, "result 109: a login is asked for"),
    400002: (Outcome.BLOCKED_CAPTCHA, "result 400002: a captcha is asked for"),
}
_LOGIN = re.compile(r'<[a-z]+\b[^<>]*\bclass="[^"<>]*\blogin-(?:popup|modal|dialog)\b')
_CAPTCHA = re.compile(r'<iframe\b[^<>]*\bsrc="(?:https?:)?//captcha\.')


def open_answer(payload: str | bytes, *, status: int, url: str, content_type: str, operation: str) -> dict[str, Any]:
    """What an answer holds; raises Unreadable with the name of the wall that stands in its place.

    Args:
        operation: name under which the older transport (GraphQL) wraps the same content in ``data``.
    """
    text = decode_text(payload, content_type)
    by_status = status_verdict(status)
    root = load_answer(text, content_type, by_status=by_status, by_page=lambda: find_page_wall(text, status, url))
    verdict = _find_refusal(root, operation) or by_status
    if verdict is not None:
        raise Unreadable(*verdict)
    content = at(root, "data", operation) if "data" in mapping(root) else root
    if not isinstance(content, dict):
        raise Unreadable(Outcome.CHANGED, f"{operation} is missing from the answer")
    result = content.get("result", 1 if content is not root else None)
    if result != 1 or isinstance(result, bool):
        message = said(content.get("error_msg"))
        raise Unreadable(Outcome.CHANGED, f"result {str(result)[:12]} is not known: {message}")
    return content


def _find_refusal(root: Any, operation: str) -> Verdict | None:
    if at(root, "captcha") or at(root, "data", "captcha"):
        return _RESULTS[400002]
    for holder in (root, at(root, "data"), at(root, "data", operation)):
        code = at(holder, "result")
        if isinstance(code, int) and not isinstance(code, bool) and code in _RESULTS:
            return _RESULTS[code]
    messages = [said(at(e, "message")).lower() for e in sequence(at(root, "errors"))]
    if any("captcha" in m for m in messages):
        return Outcome.BLOCKED_CAPTCHA, "the answer's error asks for a captcha"
    if messages and not at(root, "data", operation):
        return Outcome.CHANGED, f"the answer is an error: {messages[0]}"
    return None


def find_page_wall(text: str, status: int, url: str) -> Verdict | None:
    """Signs of a wall in the address, the status, the title and the page's own frames; never in what people wrote."""
    path = url.partition("?")[0]
    if re.search(r"^[a-z]+://captcha\.", path):
        return Outcome.BLOCKED_CAPTCHA, "the page was sent on to the captcha"
    if "passport.kuaishou.com" in path or re.search(r"^[a-z]+://[^/]+/login\b", path):
        return Outcome.BLOCKED_LOGIN, "the page was sent on to the login"
    verdict = status_verdict(status)
    if verdict is not None:
        return verdict
    title = html_title(text)
    if title.startswith(("安全验证", "验证码", "请完成验证")) or _CAPTCHA.search(text):
        return Outcome.BLOCKED_CAPTCHA, "the page shows a captcha"
    if _LOGIN.search(text):
        return Outcome.BLOCKED_LOGIN, "the page asks for a login"
    return None
