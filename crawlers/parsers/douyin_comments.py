"""Douyin's comments and the replies to them: the page's own ``/comment/list/`` and ``/comment/list/reply/`` requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.douyin_walls import open_envelope
from crawlers.parsers.payload import (
    Unreadable,
    judge_items,
    mapping,
    query_of,
    readable,
    sequence,
    word,
)
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Kind, Media, Mention, Platform
from records.outcome import Outcome, Page

_ID = re.compile(r"[0-9]{6,24}")


def parse_comments(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One page of comments or of the replies to one; the post is the one that the comments or the request name.

    A first page without comments of a post that counts some is suspect, one that counts none is empty.
    """
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    if "comments" not in root or not isinstance(root["comments"], list | None):
        return Page(outcome=Outcome.CHANGED, detail="comments is missing from the comments' answer")
    asked = query_of(url)
    post = asked.get("aweme_id") or asked.get("item_id")
    each = _each(root["comments"] or [], asked.get("comment_id"))
    seen, skipped = readable(_comment(comment, post, above, collected_at) for comment, above in each)
    counted = root.get("total")
    hides = isinstance(counted, int) and counted > 0 and asked.get("cursor", "0") == "0"
    none = (
        (Outcome.SUSPECT, "comments are counted and none is shown")
        if hides
        else (Outcome.EMPTY, "there are no comments, or no more of them")
    )
    outcome, detail = judge_items(seen, skipped, none=none)
    cursor = word(root.get("cursor")) if root.get("has_more") in (1, True) and seen else None
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next=cursor)


def _each(comments: list[Any], above: str | None) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Every comment with the one it answers; replies may lie in the comment they answer."""
    for comment in map(mapping, comments):
        yield comment, above
        for reply in map(mapping, sequence(comment.get("reply_comment"))):
            yield reply, word(comment.get("cid"), longest=24)


def _comment(comment: dict[str, Any], asked: str | None, above: str | None, collected_at: datetime) -> Mention | None:
    ident = word(comment.get("cid"), longest=24)
    post = word(comment.get("aweme_id"), longest=24) or asked
    if ident is None or not _ID.fullmatch(ident) or not isinstance(comment.get("text"), str):
        return None
    if post is None or not _ID.fullmatch(post):
        return None
    told = [word(comment.get(k), longest=24) for k in ("reply_to_reply_id", "reply_id")]
    parent = next((t for t in told if t and t != "0"), None) or above
    user = mapping(comment.get("user"))
    published, precision = parse_time(comment.get("create_time"), collected_at=collected_at)
    return Mention(
        platform=Platform.DOUYIN,
        kind=Kind.REPLY if parent else Kind.COMMENT,
        id=ident,
        url=f"https://www.douyin.com/video/{post}",
        author=Author(id=word(user.get("uid")) or word(user.get("sec_uid")), name=word(user.get("nickname"))),
        text=tidy(comment["text"]),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(likes=comment.get("digg_count"), comments=comment.get("reply_comment_total")),
        region=parse_region(comment.get("ip_label")),
        media=frozenset({Media.IMAGE} if sequence(comment.get("image_list")) else ()),
        parent_id=parent or post,
        root_id=post,
    )
