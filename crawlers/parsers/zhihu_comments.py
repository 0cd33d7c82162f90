"""Comments under Zhihu's answers, articles, videos and questions, with the replies that stand under them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.payload import Unreadable, at, judge_items, mapping, sequence, unique, word
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import parse_markup
from crawlers.parsers.times import parse_time
from crawlers.parsers.zhihu import author_of, has_picture
from crawlers.parsers.zhihu_walls import open_envelope
from records.mention import Kind, Media, Mention, Platform
from records.outcome import Outcome, Page

_UNDER = re.compile(r"/comment_v5/(answers|articles|zvideos|questions)/(\d{1,25})/")


def parse_comments(
    payload: str | bytes,
    *,
    status: int,
    url: str,
    collected_at: datetime,
    content_type: str = "",
    link: str | None = None,
) -> Page:
    """One answer to the page's own ``/comment_v5/…/root_comment`` request; the post is the one its address names.

    Args:
        link: address of the post, which its comments share.

    Returns:
        Deleted comments are left out. None at all is EMPTY; GONE where the platform says that there is no such thing
        (the post is deleted, or its comments are closed).
    """
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    under = _UNDER.search(url)
    if under is None or not isinstance(root.get("data"), list):
        return Page(outcome=Outcome.CHANGED, detail="data is missing from the comments' answer")
    post = f"question/{under[2]}" if under[1] == "questions" else under[2]
    found: list[Mention] = []
    skipped = 0
    for item in root["data"]:
        for comment, parent in [(item, None), *((c, at(item, "id")) for c in sequence(at(item, "child_comments")))]:
            if at(comment, "is_delete") is True:
                continue
            mention = _comment(mapping(comment), post, word(parent, longest=40), link, collected_at)
            found += [mention] if mention else []
            skipped += mention is None
    is_end = at(root, "paging", "is_end")
    none = (Outcome.EMPTY, "there are no comments") if is_end is True else (Outcome.SUSPECT, "no comment on this page")
    if root["data"] and not skipped and not found:
        none = Outcome.EMPTY, "all comments on this page are deleted"
    outcome, detail = judge_items(found, skipped, none=none)
    more = "more" if is_end is False and outcome is Outcome.ITEMS else None
    return Page(outcome=outcome, mentions=unique(found), detail=detail, skipped=skipped, next=more)


def _comment(
    item: dict[str, Any], post: str, parent: str | None, link: str | None, collected_at: datetime
) -> Mention | None:
    ident, markup = word(item.get("id"), longest=40), item.get("content")
    if ident is None or not isinstance(markup, str):
        return None
    published, precision = parse_time(item.get("created_time"), collected_at=collected_at)
    answered = word(item.get("reply_comment_id"), longest=40)
    if parent is not None and answered not in (None, "0"):
        parent = answered
    tags = [t for t in sequence(item.get("comment_tag")) if at(t, "type") == "ip_info"]
    replies = None if parent else item.get("child_comment_count")
    return Mention(
        platform=Platform.ZHIHU,
        kind=Kind.REPLY if parent else Kind.COMMENT,
        id=ident,
        url=link,
        author=author_of(item.get("author")),
        text=parse_markup(markup),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(likes=item.get("like_count"), comments=replies),
        region=parse_region(at(tags[0], "text")) if tags else None,
        media=frozenset({Media.IMAGE} if has_picture(markup) else ()),
        parent_id=parent or post,
        root_id=post,
    )
