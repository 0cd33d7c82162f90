"""Kuaishou (快手): what the pages' own scripts receive or were given by the server: search, video, comments.

The web search does not sort by time and tells no comments, shares or followers. ``collectCount`` is always 0 there, which
means "not told". A region is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as with_values
from datetime import datetime
from typing import Any

from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import Count, parse_count, parse_engagement
from crawlers.parsers.kuaishou_walls import find_page_wall, open_answer
from crawlers.parsers.page_state import find_state
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
from crawlers.parsers.text import tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Kind, Media, Mention, Platform, replace
from records.outcome import Outcome, Page

_ID = re.compile(r"[0-9A-Za-z_-]{5,40}")
_CALLED = re.compile(r"(@[^\s@()（）]{1,60})\([0-9A-Za-z_-]{5,40}\)")
_TOPIC = re.compile(r"#([^\s#@]{1,60})")
_NO_MORE = "no_more"
_DETAIL = "$ROOT_QUERY.visionVideoDetail("


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentPage(Page):
    total: Count | None = None
    """Comments that the video has in all; None where the answer does not say."""


def parse_search(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One answer to the search page's own request, of either transport."""
    try:
        answer = open_answer(payload, status=status, url=url, content_type=content_type, operation="visionSearchPhoto")
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    feeds, cursor = answer.get("feeds"), word(answer.get("pcursor"))
    if feeds is None and cursor == _NO_MORE:
        feeds = []
    if not isinstance(feeds, list):
        return Page(outcome=Outcome.CHANGED, detail="feeds is missing from the search answer")
    # broadcasts, users and advertisements are no videos
    videos = [f for f in feeds if not isinstance(f, dict) or "photo" in f or f.get("type", 1) == 1]
    seen, skipped = readable(_video(at(f, "photo"), at(f, "author"), at(f, "tags"), collected_at) for f in videos)
    if cursor == _NO_MORE:
        none: Verdict = (Outcome.EMPTY, "the platform says there is nothing (more)")
    else:
        none = (Outcome.SUSPECT, "no video, and no word that this is all")
    outcome, detail = judge_items(seen, skipped, none=none)
    following = cursor if cursor != _NO_MORE and seen else None
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next=following)


def parse_search_page(text: str | bytes, *, status: int, url: str, collected_at: datetime) -> Page:
    """The search page, for when its script asked for nothing: a wall by name, or a change."""
    verdict = find_page_wall(decode_text(text), status, url)
    outcome, detail = verdict or (Outcome.CHANGED, "the page never asked for search results (/search/feed)")
    return Page(outcome=outcome, detail=detail)


def parse_video(payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "") -> Page:
    """One video as the page's own script received it (``visionVideoDetail``); GONE where it can no longer be seen."""
    try:
        detail = open_answer(payload, status=status, url=url, content_type=content_type, operation="visionVideoDetail")
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    return _detail(detail, detail.get("photo"), detail.get("author"), detail.get("tags"), collected_at)


def parse_video_page(text: str | bytes, *, status: int, url: str, collected_at: datetime, video: str) -> Page:
    """A video's page with the state that the server wrote into it.

    SUSPECT where it says nothing about the video: links without a share context sometimes show the bare site.

    Args:
        video: id of the video; the page recommends others.
    """
    shown = decode_text(text)
    if status in (404, 410):
        return Page(outcome=Outcome.GONE, detail=f"HTTP {status}: there is no such video")
    state = find_state(shown, "__APOLLO_STATE__")
    client = mapping(at(state, "defaultClient")) or mapping(state)
    entry = next((v for k, v in client.items() if k.startswith(_DETAIL) and f'"{video}"' in k), None)
    photo = client.get(f"VisionVideoDetailPhoto:{video}")
    if isinstance(entry, dict):
        tags = [_entity(client, t) for t in sequence(entry.get("tags"))]
        author = _entity(client, entry.get("author"))
        return _detail(entry, _entity(client, entry.get("photo")) or photo, author, tags, collected_at)
    if isinstance(photo, dict):
        authors = [v for k, v in client.items() if k.startswith("VisionVideoDetailAuthor:") and "." not in k]
        return _detail({"status": 1}, photo, authors[0] if len(authors) == 1 else None, None, collected_at)
    verdict = find_page_wall(shown, status, url)
    outcome, detail = verdict or (Outcome.SUSPECT, "the page holds no video, and no word of why")
    return Page(outcome=outcome, detail=detail)


def parse_comments(
    payload: str | bytes,
    *,
    status: int,
    url: str,
    collected_at: datetime,
    content_type: str = "",
    post: str,
    root: str | None = None,
) -> CommentPage:
    """One answer with comments, or with the replies under one of them.

    Args:
        post: id of the video.
        root: id of the comment that was unfolded; None for the list of comments.
    """
    operation = "visionCommentList" if root is None else "visionSubCommentList"
    try:
        answer = open_answer(payload, status=status, url=url, content_type=content_type, operation=operation)
    except Unreadable as error:
        return CommentPage(outcome=error.outcome, detail=error.detail)
    names = ("rootCommentsV2", "rootComments") if root is None else ("subCommentsV2", "subComments")
    lists = [answer[n] for n in names if isinstance(answer.get(n), list)]
    if not lists:
        return CommentPage(outcome=Outcome.CHANGED, detail=f"{names[0]} is missing from the comments")
    seen, skipped = readable(_comment(i, post, under, collected_at) for i, under in _with_replies(lists, root))
    cursor = next((c for n in ("pcursorV2", "pcursor") if (c := word(answer.get(n))) is not None), _NO_MORE)
    outcome, detail = judge_items(seen, skipped, none=(Outcome.EMPTY, "no comments"))
    totals = (parse_count(answer.get(n)) for n in ("commentCountV2", "commentCount"))
    counted = next((total for total in totals if total is not None), None)
    return CommentPage(
        outcome=outcome,
        mentions=seen,
        detail=detail,
        skipped=skipped,
        next=cursor if seen and cursor != _NO_MORE else None,
        total=counted,
    )


def with_comment_total(mention: Mention, page: CommentPage) -> Mention:
    """The video with its number of comments, which only the list of comments tells."""
    if page.total is None or page.outcome not in (Outcome.ITEMS, Outcome.EMPTY):
        return mention
    rounded = {"comments"} if page.total.approximate else set()
    approximate = (mention.metrics.approximate - {"comments"}) | rounded
    figures = with_values(mention.metrics, comments=page.total.value, approximate=approximate)
    return replace(mention, metrics=figures)


def _detail(detail: Mapping[str, Any], photo: Any, author: Any, tags: Any, collected_at: datetime) -> Page:
    status = detail.get("status")
    if not mapping(photo).get("id") and isinstance(status, int) and not isinstance(status, bool) and status != 1:
        return Page(outcome=Outcome.GONE, detail=f"status {str(status)[:12]}: the video can no longer be seen")
    mention = _video(photo, author, tags, collected_at)
    if mention is None:
        return Page(outcome=Outcome.CHANGED, detail="the video's answer lacks what every video has", skipped=1)
    outcome, said = judge_items([mention], 0, none=(Outcome.CHANGED, ""))
    return Page(outcome=outcome, mentions=(mention,) if outcome is Outcome.ITEMS else (), detail=said)


def _entity(client: Mapping[str, Any], reference: Any) -> Any:
    """What a reference of the page's store points at; the thing itself where it stands there in full."""
    pointed = word(at(reference, "__ref")) or word(at(reference, "id"))
    return client.get(pointed, reference) if pointed is not None else reference


def _video(photo: Any, author: Any, tags: Any, collected_at: datetime) -> Mention | None:
    ident = word(at(photo, "id"))
    if ident is None or not _ID.fullmatch(ident):
        return None
    published, precision = parse_time(photo.get("timestamp"), collected_at=collected_at)
    text = _words(photo)
    named = [word(at(t, "name"), longest=60) for t in sequence(tags)]
    return Mention(
        platform=Platform.KUAISHOU,
        kind=Kind.VIDEO,
        id=ident,
        url=f"https://www.kuaishou.com/short-video/{ident}",
        author=Author(id=word(at(author, "id")), name=word(at(author, "name"))),
        text=text,
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(
            reads=photo.get("viewCount"),
            likes=_likes(photo),
            comments=photo.get("commentCount"),
            saves=photo.get("collectCount") or None,
        ),
        media=frozenset({Media.VIDEO}),
        topics=tuple(dict.fromkeys(t for t in (*named, *_TOPIC.findall(text)) if t)),
    )


def _words(photo: Mapping[str, Any]) -> str:
    """The longer of the two captions; "..." stands for none, and ids behind the names that are called are cut off."""
    captions = [c for n in ("caption", "originCaption") if isinstance(c := photo.get(n), str)]
    text = tidy(_CALLED.sub(r"\1", max(captions, key=len, default="")[:20_000]))
    return "" if text in ("...", "…") else text


def _likes(photo: Mapping[str, Any]) -> Any:
    """The exact figure where the shown one is a rounding of it (or absent), else the shown one: the two can disagree."""
    shown, exact = parse_count(photo.get("likeCount")), parse_count(photo.get("realLikeCount"))
    if shown is None:
        return photo.get("realLikeCount") if photo.get("likeCount") is None else None
    rounds = exact is not None and not exact.approximate and shown.value <= exact.value < shown.value * 1.2
    return photo.get("realLikeCount") if shown.approximate and rounds else photo.get("likeCount")


def _with_replies(lists: list[list[Any]], root: str | None) -> Iterator[tuple[Any, str | None]]:
    """Each comment with the id of the one it stands under, replies right after theirs."""
    for item in (i for items in lists for i in items):
        yield item, root
        ident = _ident(item)
        for name in ("subCommentsV2", "subComments"):
            yield from ((r, ident) for r in sequence(at(item, name)))


def _ident(item: Any) -> str | None:
    return word(at(item, "comment_id")) or word(at(item, "commentId"))


def _comment(item: Any, post: str, under: str | None, collected_at: datetime) -> Mention | None:
    ident, content = _ident(item), at(item, "content")
    if ident is None or not isinstance(content, str):
        return None
    published, precision = parse_time(item.get("timestamp"), collected_at=collected_at)
    author = word(item.get("author_id")) or word(item.get("authorId"))
    return Mention(
        platform=Platform.KUAISHOU,
        kind=Kind.COMMENT if under is None else Kind.REPLY,
        id=ident,
        url=f"https://www.kuaishou.com/short-video/{post}",
        author=Author(id=author, name=word(item.get("author_name")) or word(item.get("authorName"))),
        text=tidy(_CALLED.sub(r"\1", content[:20_000])),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(likes=item.get("likeCount", item.get("likedCount"))),
        parent_id=post if under is None else under,
        root_id=post,
    )
