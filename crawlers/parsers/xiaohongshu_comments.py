"""Xiaohongshu's comments and the replies to them: the page's own ``/comment/page`` and ``/comment/sub/page`` requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.payload import (
    Unreadable,
    at,
    judge_items,
    mapping,
    query_of,
    readable,
    sequence,
    word,
)
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import plain_topics, tidy
from crawlers.parsers.times import parse_time
from crawlers.parsers.xiaohongshu_walls import open_envelope
from records.mention import Author, Kind, Media, Mention, Platform
from records.outcome import Outcome, Page

_ID = re.compile(r"[0-9a-f]{16,32}")


def parse_comments(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One page of comments with the replies that lie in them, or of the replies to one comment."""
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    comments = at(root, "data", "comments")
    if not isinstance(comments, list):
        return Page(outcome=Outcome.CHANGED, detail="data.comments is missing from the comments' answer")
    asked = query_of(url)
    each = _each(comments, asked.get("root_comment_id"))
    seen, skipped = readable(_comment(comment, asked.get("note_id"), above, collected_at) for comment, above in each)
    none = Outcome.EMPTY, "there are no comments, or no more of them"
    if at(root, "data", "has_more") is True:
        none = Outcome.SUSPECT, "no comments, although there are said to be more"
    outcome, detail = judge_items(seen, skipped, none=none)
    cursor = word(at(root, "data", "cursor")) if at(root, "data", "has_more") is True and seen else None
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next=cursor)


def _each(comments: list[Any], above: str | None) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Every comment with the one it answers: replies name it, else it is the comment that they lie in."""
    for comment in map(mapping, comments):
        yield comment, _answered(comment) or above
        for reply in map(mapping, sequence(comment.get("sub_comments"))):
            yield reply, _answered(reply) or word(comment.get("id"))


def _answered(comment: dict[str, Any]) -> str | None:
    return word(at(comment, "target_comment", "id"))


def _comment(comment: dict[str, Any], asked: str | None, above: str | None, collected_at: datetime) -> Mention | None:
    ident = word(comment.get("id"))
    note = word(comment.get("note_id")) or asked
    if ident is None or not _ID.fullmatch(ident) or not isinstance(comment.get("content"), str):
        return None
    if note is None or not _ID.fullmatch(note):
        return None
    user = mapping(comment.get("user_info"))
    published, precision = parse_time(comment.get("create_time"), collected_at=collected_at)
    return Mention(
        platform=Platform.XIAOHONGSHU,
        kind=Kind.REPLY if above else Kind.COMMENT,
        id=ident,
        url=f"https://www.xiaohongshu.com/explore/{note}",
        author=Author(id=word(user.get("user_id")), name=word(user.get("nickname"))),
        text=plain_topics(tidy(comment["content"])),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(likes=comment.get("like_count"), comments=comment.get("sub_comment_count")),
        region=parse_region(comment.get("ip_location")),
        media=frozenset({Media.IMAGE} if sequence(comment.get("pictures")) else ()),
        parent_id=above or note,
        root_id=note,
    )
