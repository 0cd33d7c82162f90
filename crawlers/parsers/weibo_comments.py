"""Comments under a Weibo post (``comments/hotflow``): the most liked first, their first replies inside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.payload import (
    Unreadable,
    at,
    judge_items,
    mapping,
    readable,
    sequence,
    word,
)
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import own_words, parse_markup, parse_topics
from crawlers.parsers.times import parse_time
from crawlers.parsers.weibo_posts import digits, read_author
from crawlers.parsers.weibo_walls import find_refusal, open_envelope
from records.mention import Kind, Media, Mention, Platform
from records.outcome import Outcome, Page

_ANSWER = re.compile(r"^回复\s?@[^\s:：@]{1,60}\s?[:：]\s*")
"""Put before an answer by the platform; who is answered stands in ``parent_id``."""

_PICTURE = "图片评论"
"""The platform's own word for a comment that is a picture and nothing else."""

_DEVICES = re.compile(r"微博|客户端|手机|网页|版|超话|视频")


def parse_comments(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "", post: str
) -> Page:
    """One page of comments; ``next`` is the query part that asks for the next page.

    Args:
        post: id of the post they stand under.
    """
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    verdict = find_refusal(root)
    listed = at(root, "data", "data")
    if verdict is None and not isinstance(listed, list):
        verdict = Outcome.CHANGED, "data.data is missing from the comments"
    if verdict is not None:
        return Page(outcome=verdict[0], detail=verdict[1])
    seen, skipped = readable(m for item in sequence(listed) for m in _with_replies(mapping(item), post, collected_at))
    told = at(root, "data", "total_number")
    is_none = told == 0 and not isinstance(told, bool)
    none = (Outcome.EMPTY, "no comments") if is_none else (Outcome.SUSPECT, "no comment is shown, and none is not told")
    outcome, detail = judge_items(seen, skipped, none=none)
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next=_next(root) if seen else None)


def _with_replies(item: dict[str, Any], post: str, collected_at: datetime) -> Iterator[Mention | None]:
    comment = _mention(item, post, post, collected_at)
    yield comment
    if comment is None:
        return
    # where a comment has no answers, "comments" is false
    for reply in sequence(item.get("comments")):
        yield _mention(mapping(reply), post, comment.id, collected_at)


def _mention(item: dict[str, Any], post: str, above: str, collected_at: datetime) -> Mention | None:
    ident, markup = digits(item.get("id")), item.get("text")
    if ident is None or not isinstance(markup, str):
        return None
    is_reply = above != post
    text = _ANSWER.sub("", own_words(parse_markup(markup)))
    has_picture = bool(mapping(item.get("pic")))
    if has_picture and text == _PICTURE:
        text = ""
    published, precision = parse_time(item.get("created_at"), collected_at=collected_at)
    answered = digits(item.get("reply_id")) if is_reply else None
    return Mention(
        platform=Platform.WEIBO,
        kind=Kind.REPLY if is_reply else Kind.COMMENT,
        id=ident,
        url=f"https://m.weibo.cn/detail/{post}",
        author=read_author(item.get("user")),
        text=text,
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(
            likes=item.get("like_count"), comments=item.get("reply_count" if is_reply else "total_number")
        ),
        region=_region(item.get("source")),
        media=frozenset({Media.IMAGE}) if has_picture else frozenset(),
        topics=parse_topics(text),
        parent_id=answered or above,
        root_id=post,
    )


def _region(source: Any) -> str | None:
    """The region that a comment's ``source`` names; on old comments the same key names a device."""
    return None if isinstance(source, str) and _DEVICES.search(source) else parse_region(source)


def _next(root: dict[str, Any]) -> str | None:
    after = word(at(root, "data", "max_id"), longest=40)
    kind = word(at(root, "data", "max_id_type"), longest=3)
    if after is None or not after.isdecimal() or int(after) == 0:
        return None
    return urlencode({"max_id": after, "max_id_type": kind if kind and kind.isdecimal() else "0"})
