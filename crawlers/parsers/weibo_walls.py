"""Weibo's refusals: how its answers look when they are a wall and not results."""

from __future__ import annotations

from typing import Any

from parsel import Selector

from crawlers.parsers.charset import decode_text
from crawlers.parsers.document import open_document
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    html_title,
    is_html,
    load_json,
    load_quietly,
    said,
    split_address,
    status_verdict,
)
from crawlers.parsers.weibo_posts import GONE_SIGNS
from records.mention import clean_unicode
from records.outcome import Outcome

LOG_IN = "your session is missing or has expired: log in again with `fengsheng login weibo`"
"""What operators do about a login wall; a part of the details."""

_STATUSES = dict.fromkeys((432, 418, 414, 403), Outcome.BLOCKED_RATE)
"""418 was seen as a ban of two to three hours, 432 as the usual refusal of plain clients."""

_GONE_CODES = (20101, 20112, 20135)
"""The post does not exist; its author's settings hide it; the original was deleted. 20132 ("暂时无法查看") is no proof."""

_LOGIN: Verdict = (Outcome.BLOCKED_LOGIN, f"a login is asked for; {LOG_IN}")
_VISITOR: Verdict = (Outcome.BLOCKED_LOGIN, f"the visitor check (Sina Visitor System) is shown instead; {LOG_IN}")
_CAPTCHA: Verdict = (Outcome.BLOCKED_CAPTCHA, "a captcha page is shown instead of results")
_BOT: Verdict = (Outcome.BLOCKED_BOT, "the bot check page is shown instead of results")


def open_envelope(payload: str | bytes, *, status: int, url: str, content_type: str) -> dict[str, Any]:
    """The JSON object of an answer; raises Unreadable with the name of the wall that stands in its place."""
    text = _opened(payload, status, url)
    if is_html(text, content_type) and not text.lstrip().startswith("{"):
        raise Unreadable(*_shell_verdict(text, "an HTML page is shown where JSON is due"))
    root = load_json(text)
    if not isinstance(root, dict):
        raise Unreadable(Outcome.CHANGED, "a JSON object is due, the answer is another kind of JSON")
    return root


def open_page(payload: str | bytes, *, status: int, url: str, content_type: str) -> Selector:
    """The HTML page of an answer; raises Unreadable with the name of the wall that stands in its place.

    A page that has the list of results is no wall, whatever its posts and its title speak of.
    """
    text = clean_unicode(_opened(payload, status, url).replace("\r", "\n"))
    if not text.strip():
        raise Unreadable(Outcome.NETWORK, "the answer is empty")
    if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "["):
        root = load_json(text)
        verdict = find_refusal(root) if isinstance(root, dict) else None
        raise Unreadable(*(verdict or (Outcome.CHANGED, "JSON is shown where an HTML page is due")))
    page = open_document(text)
    has_list = bool(page.css("#pl_feedlist_index"))
    verdict = None if has_list else _shell_verdict(text, "the page has no list of results (#pl_feedlist_index)")
    if (verdict is None or verdict[0] is Outcome.CHANGED) and _breaks_off(text):
        verdict = Outcome.NETWORK, f"the page breaks off after {len(text)} characters"
    if verdict is not None:
        raise Unreadable(*verdict)
    return page


def _breaks_off(text: str) -> bool:
    """True for a page without its end: its last post may be cut, which nothing in the post would show."""
    lower = text.lower()
    return "<html" in lower[:1000] and "</html" not in lower and "</body" not in lower


def _opened(payload: str | bytes, status: int, url: str) -> str:
    wall = _wall_address(url)
    if wall is not None:
        raise Unreadable(*wall)
    text = decode_text(payload)
    verdict = status_verdict(status, _STATUSES)
    if verdict is not None:
        told = load_quietly(text) if status in (403, 404) else None
        if status == 403 and "请登录" in said(at(told, "msg")):
            verdict = Outcome.BLOCKED_LOGIN, f"HTTP 403: a login is asked for; {LOG_IN}"
        elif status == 404 and isinstance(told, dict):
            verdict = find_refusal(told) or verdict
        raise Unreadable(*verdict)
    return text


def _wall_address(address: Any) -> Verdict | None:
    """What the address itself says, be it the final URL, a redirect's target or the envelope's ``url``."""
    parts = split_address(address)
    if parts is None:
        return None
    where = f"{parts.netloc}{parts.path}".lower()
    if "captcha" in where or "verify" in where:
        return Outcome.BLOCKED_CAPTCHA, "a captcha page is shown"
    if "visitor" in where:
        return _VISITOR
    if parts.netloc.lower().startswith("passport.") or "/signin" in where or "/login" in where:
        return _LOGIN
    return None


def _shell_verdict(text: str, otherwise: str) -> Verdict:
    title = html_title(text)
    if "visitor system" in title.lower():
        return _VISITOR
    if "wbBotDetector" in text:
        return _BOT
    if "登录" in title or "passport.weibo.c" in text:
        return _LOGIN
    if "验证" in title or "captcha" in title.lower():
        return _CAPTCHA
    return Outcome.CHANGED, otherwise


def find_refusal(root: dict[str, Any]) -> Verdict | None:
    """What the envelope itself says in place of results; None where it holds results."""
    ok, message = root.get("ok"), said(root.get("msg"))
    if ok == 1 and not isinstance(ok, bool):
        return None
    wall = _wall_address(root.get("url"))
    if wall is not None:
        return wall
    if ok == -100:
        return Outcome.BLOCKED_LOGIN, f"a login is asked for (ok -100); {LOG_IN}"
    if any(sign in message for sign in ("频繁", "频次", "稍后再试")):
        return Outcome.BLOCKED_RATE, f"ok 0: {message}"
    code = root.get("error_code", root.get("errno"))
    if str(code) in map(str, _GONE_CODES) or "不存在" in message or any(sign in message for sign in GONE_SIGNS):
        return Outcome.GONE, f"the post is deleted or hidden: {message or code}"
    if any(sign in message for sign in ("没有内容", "没有找到", "没有人评论", "抢沙发", "发表你的评论", "暂无评论")):
        return Outcome.EMPTY, message
    if "法律法规" in message:
        return Outcome.EMPTY, "the platform shows nothing for this query for reasons of content policy"
    if "登录" in message:
        return Outcome.BLOCKED_LOGIN, f"a login is asked for: {message}; {LOG_IN}"
    return Outcome.CHANGED, f"ok is {str(ok)[:20]}, with an unknown message: {message}"
