"""Bilibili's comments: pinned ones, the listed ones, and the replies shown under them."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawlers.parsers.bilibili import author_of, verified_of
from crawlers.parsers.bilibili_walls import open_envelope
from crawlers.parsers.counts import parse_count, parse_engagement
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    judge_items,
    mapping,
    readable,
    sequence,
    word,
)
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import tidy
from crawlers.parsers.times import parse_time
from records.mention import Kind, Media, Mention, Platform
from records.outcome import Outcome, Page

_CLOSED: dict[int, Verdict] = {
    code: (Outcome.EMPTY, f"code {code}: comments are closed under this video") for code in (12002, 12061)
}


def parse_comments(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "", post: str
) -> Page:
    """One page of comments (``/reply/wbi/main``) with pinned ones and the replies shown under them.

    Args:
        post: id of the video (BV…); the answer itself knows it by another number only.
    """
    try:
        data = open_envelope(payload, status=status, url=url, content_type=content_type, own=_CLOSED)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    if not isinstance(data.get("replies"), list) and ("replies" not in data or data["replies"] is not None):
        return Page(outcome=Outcome.CHANGED, detail="data.replies is missing from the comments")
    seen, skipped = readable(_comment(item, post, collected_at) for item in _all_comments(data))
    cursor = mapping(data.get("cursor"))
    counted = parse_count(cursor.get("all_count"))
    hidden = counted is not None and counted.value > 0 and cursor.get("is_begin") is True
    none: Verdict = (
        (Outcome.SUSPECT, "comments are counted, none is shown") if hidden else (Outcome.EMPTY, "no comments")
    )
    outcome, detail = judge_items(seen, skipped, none=none)
    more = seen and cursor.get("is_end") is False
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next="more" if more else None)


def _all_comments(data: dict[str, Any]) -> Iterator[Any]:
    """Pinned comments, the listed ones, and the replies shown under each; the answer repeats some."""
    top = mapping(data.get("top"))
    pinned = [top[name] for name in ("upper", "admin", "vote") if isinstance(top.get(name), dict)]
    lists = (pinned, *(sequence(data.get(name)) for name in ("top_replies", "hots", "replies")))
    for item in (i for items in lists for i in items):
        if at(item, "invisible") is True:
            continue
        yield item
        yield from (r for r in sequence(at(item, "replies")) if at(r, "invisible") is not True)


def _comment(item: Any, post: str, collected_at: datetime) -> Mention | None:
    ident = word(at(item, "rpid_str")) or word(at(item, "rpid"))
    message = at(item, "content", "message")
    if ident is None or not isinstance(message, str):
        return None
    published, precision = parse_time(item.get("ctime"), collected_at=collected_at)
    parent = word(item.get("parent_str")) or word(item.get("parent"))
    is_reply = parent not in (None, "0")
    member = mapping(item.get("member"))
    pictures = sequence(at(item, "content", "pictures"))
    return Mention(
        platform=Platform.BILIBILI,
        kind=Kind.REPLY if is_reply else Kind.COMMENT,
        id=ident,
        url=f"https://www.bilibili.com/video/{post}#reply{ident}",
        author=author_of(
            member.get("mid") or item.get("mid"),
            member.get("uname"),
            verified=verified_of(member.get("official_verify")),
        ),
        text=tidy(html.unescape(message)),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(likes=item.get("like"), comments=item.get("rcount")),
        region=parse_region(at(item, "reply_control", "location")),
        media=frozenset({Media.IMAGE}) if pictures else frozenset(),
        parent_id=parent if is_reply else post,
        root_id=post,
    )
