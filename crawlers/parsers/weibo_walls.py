"""Weibo's refusals: how its answers look when they are a wall and not results."""

from __future__ import annotations

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
    split_address,
    status_verdict,
)
from records.outcome import Outcome

_STATUSES = dict.fromkeys((432, 418, 414, 403), Outcome.BLOCKED_RATE)
"""418 was seen as a ban of two to three hours, 432 as the usual refusal of plain clients."""


def open_envelope(payload: str | bytes, *, status: int, url: str, content_type: str) -> dict[str, Any]:
    """The JSON object of an answer; raises Unreadable with the name of the wall that stands in its place."""
    wall = _wall_address(url)
    if wall is not None:
        raise Unreadable(*wall)
    text = as_str(payload)
    verdict = status_verdict(status, _STATUSES)
    if verdict is not None:
        if status == 403 and "请登录" in said(at(_quietly(text), "msg")):
            verdict = Outcome.BLOCKED_LOGIN, "HTTP 403: a login is asked for"
        raise Unreadable(*verdict)
    if is_html(text, content_type) and not text.lstrip().startswith("{"):
        raise Unreadable(*_html_verdict(text))
    root = load_json(text)
    if not isinstance(root, dict):
        raise Unreadable(Outcome.CHANGED, "a JSON object is due, the answer is another kind of JSON")
    return root


def _quietly(text: str) -> Any:
    try:
        return load_json(text)
    except Unreadable:
        return None


def _wall_address(address: Any) -> Verdict | None:
    """What the address itself says, be it the final URL, a redirect's target or the envelope's ``url``."""
    parts = split_address(address)
    if parts is None:
        return None
    where = f"{parts.netloc}{parts.path}".lower()
    if "captcha" in where or "verify" in where:
        return Outcome.BLOCKED_CAPTCHA, "a captcha page is shown"
    if "visitor" in where:
        return Outcome.BLOCKED_BOT, "the visitor check is shown instead of results"
    if parts.netloc.lower().startswith("passport.") or "/signin" in where or "/login" in where:
        return Outcome.BLOCKED_LOGIN, "a login is asked for"
    return None


def _html_verdict(text: str) -> Verdict:
    title = html_title(text)
    if "visitor system" in title.lower():
        return Outcome.BLOCKED_BOT, "the visitor check is shown instead of results"
    if "wbBotDetector" in text:
        return Outcome.BLOCKED_BOT, "the bot check page is shown instead of results"
    if "登录" in title or "passport.weibo.c" in text:
        return Outcome.BLOCKED_LOGIN, "the login page is shown instead of results"
    if "验证" in title or "captcha" in title.lower():
        return Outcome.BLOCKED_CAPTCHA, "a captcha page is shown instead of results"
    return Outcome.CHANGED, "an HTML page is shown where JSON is due"


def find_refusal(root: dict[str, Any]) -> Verdict | None:
    """What the envelope itself says in place of results; None where it holds results."""
    ok, message = root.get("ok"), said(root.get("msg"))
    if ok == 1 and not isinstance(ok, bool):
        return None
    address = root.get("url")
    wall = _wall_address(address)
    if wall is not None:
        return wall
    if ok == -100:
        return Outcome.BLOCKED_LOGIN, "a login is asked for (ok -100)"
    if any(sign in message for sign in ("频繁", "频次", "稍后再试")):
        return Outcome.BLOCKED_RATE, f"ok 0: {message}"
    if root.get("error_code") == 20101 or "不存在" in message:
        return Outcome.GONE, "the post does not exist any more"
    if "没有内容" in message or "没有找到" in message:
        return Outcome.EMPTY, message
    if "法律法规" in message:
        return Outcome.EMPTY, "the platform shows nothing for this query for reasons of content policy"
    if "登录" in message:
        return Outcome.BLOCKED_LOGIN, f"a login is asked for: {message}"
    return Outcome.CHANGED, f"ok is {str(ok)[:20]}, with an unknown message: {message}"
