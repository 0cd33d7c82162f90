"""Heimao's refusals: the envelope of its answers (JSON or JSONP), and signs on its pages."""

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

_STATUSES = {412: Outcome.BLOCKED_BOT, 418: Outcome.BLOCKED_BOT}
_CALLBACK = re.compile(r"\s*(?:/\*.{0,80}?\*/)?\s*[A-Za-z_$][\w$.]{0,100}\s*\(")
_LOGIN_HOSTS = ("login.sina.com.cn", "passport.weibo.com", "passport.weibo.cn", "passport.sina.com.cn")


def open_envelope(payload: str | bytes, *, status: int, url: str, content_type: str) -> dict[str, Any]:
    """``result`` of an answer; raises Unreadable with the name of the wall that stands in its place."""
    text = decode_text(payload, content_type)
    verdict = status_verdict(status, _STATUSES) or _address_wall(url)
    if verdict is not None:
        raise Unreadable(*verdict)
    if is_html(text, content_type):
        wall = find_page_wall(text, status, url)
        raise Unreadable(*(wall or (Outcome.BLOCKED_LOGIN, "a page where JSON is due: a login is asked for")))
    root = load_json(_without_callback(text))
    result = at(root, "result")
    code = at(result, "status", "code")
    if not isinstance(result, dict) or isinstance(code, bool) or not isinstance(code, int | str):
        raise Unreadable(Outcome.CHANGED, "result.status.code is missing from the answer")
    if str(code)[:12] != "0":
        message = said(at(result, "status", "msg"))
        outcome = Outcome.BLOCKED_LOGIN if "登录" in message else Outcome.BLOCKED_BOT
        raise Unreadable(outcome, f"code {str(code)[:12]}: {message}")
    return result


def find_page_wall(text: str, status: int, url: str) -> Verdict | None:
    """Signs of a wall in the address, the status and the title; never in the words of complaints."""
    if status in (404, 410):
        return None
    verdict = _address_wall(url) or status_verdict(status, _STATUSES)
    if verdict is not None:
        return verdict
    title = html_title(text)
    if "黑猫" in title:  # the site's own pages: the words searched for, or the complaint's title, stand before its name
        return None
    if "验证" in title:
        return Outcome.BLOCKED_CAPTCHA, "the page is a human check"
    if title.startswith(("登录", "新浪登录", "新浪通行证")):
        return Outcome.BLOCKED_LOGIN, "the page is the login"
    return None


def _address_wall(url: str) -> Verdict | None:
    parts = split_address(url)
    if parts is None:
        return None
    if (parts.hostname or "") in _LOGIN_HOSTS or re.match(r"/(?:login|signin|sso)\b", parts.path):
        return Outcome.BLOCKED_LOGIN, "the page was sent on to the login"
    return None


def _without_callback(text: str) -> str:
    """The JSON inside ``callback(…);``."""
    found = _CALLBACK.match(text)
    if found is None:
        return text
    return text[found.end() :].rstrip().removesuffix(";").rstrip().removesuffix(")")
