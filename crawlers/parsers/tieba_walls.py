"""Tieba's refusals: error numbers in its answers, and signs on its pages."""

from __future__ import annotations

import re
from typing import Any

from crawlers.parsers.charset import decode_text
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    html_title,
    is_html,
    load_json,
    said,
    split_address,
    status_verdict,
)
from records.outcome import Outcome

_CHECKS = re.compile(r"verify|vcode|验证")
_LOGINS = re.compile(r"login|登录")
_OFTEN = re.compile(r"频繁|too (?:many|often)|稍后再试")
_GONE = re.compile(r"(?:贴|帖)子?.{0,6}(?:已|被).{0,6}(?:删除|隐藏|屏蔽)|(?:贴|帖)子?不存在|无法显示")
_LOGIN_HOSTS = ("passport.baidu.com",)
_CHECK_HOSTS = ("wappass.baidu.com", "seccaptcha.baidu.com")


def open_envelope(
    payload: str | bytes, *, status: int, url: str, content_type: str, number: str = "no", message: str = "error"
) -> dict[str, Any]:
    """The JSON object of an answer; raises Unreadable with the name of the wall that stands in its place.

    Args:
        number: key of the error number, 0 for none.
        message: key of its words, which say what the number means (numbers differ from one interface to the next).
    """
    text = decode_text(payload, content_type)
    wall = find_page_wall(text if is_html(text, content_type) else "", status, url)
    if wall is not None:
        raise Unreadable(*wall)
    if status in (404, 410):
        raise Unreadable(Outcome.GONE if status == 410 else Outcome.CHANGED, f"HTTP {status}")
    root = load_json(text)
    code = at(root, number)
    if not isinstance(root, dict) or isinstance(code, bool) or not isinstance(code, int | str):
        raise Unreadable(Outcome.CHANGED, f"{number} is missing from the answer")
    if str(code)[:12] != "0":
        raise Unreadable(*_meaning(str(code)[:12], said(root.get(message))))
    return root


def find_page_wall(text: str, status: int, url: str) -> Verdict | None:
    """Signs of a wall in the address, the title and the status; 404 and 410 are none."""
    parts = split_address(url)
    host = (parts.hostname or "") if parts else ""
    if host in _CHECK_HOSTS or (parts is not None and parts.path.startswith("/static/captcha")):
        return Outcome.BLOCKED_CAPTCHA, "the page was sent on to the human check"
    if host in _LOGIN_HOSTS or (parts is not None and parts.path.startswith("/login")):
        return Outcome.BLOCKED_LOGIN, "the page was sent on to the login"
    if html_title(text).startswith("百度安全验证"):
        return Outcome.BLOCKED_CAPTCHA, "the page is the human check"
    if html_title(text) in ("登录百度账号", "登录百度帐号"):
        return Outcome.BLOCKED_LOGIN, "the page is the login"
    return status_verdict(status) if status not in (404, 410) else None


def says_gone(notice: str) -> bool:
    """Whether the words of a page that shows nothing but a notice say that the thread is gone."""
    return _GONE.search(notice) is not None


def _meaning(code: str, message: str) -> Verdict:
    detail = f"error {code}: {message}"
    if _GONE.search(message):
        return Outcome.GONE, detail
    if _CHECKS.search(message):
        return Outcome.BLOCKED_CAPTCHA, detail
    if _LOGINS.search(message):
        return Outcome.BLOCKED_LOGIN, detail
    return (Outcome.BLOCKED_RATE if _OFTEN.search(message) else Outcome.CHANGED), detail
