"""Hacker News as Algolia's index of it shows it: search answers and one item with its tree; mentions or an outcome out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from crawlers.parsers.answers import read_json
from crawlers.parsers.counts import parse_engagement
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
from crawlers.parsers.text import parse_markup
from crawlers.parsers.times import parse_time
from records.mention import Author, Kind, Media, Mention, Platform, Verified
from records.outcome import Outcome, Page

MOST_HITS = 1000
"""The index gives no more hits of one query, whatever the page."""


def parse_search(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One page of stories and comments; ``next`` is the number of the page after (pages count from 0).

    Where the query has more hits than the index gives, ``next`` of the last page is a page that it does not have.
    """
    try:
        root = read_json(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    hits = at(root, "hits")
    if not isinstance(hits, list):
        return Page(outcome=Outcome.CHANGED, detail="hits is missing from the search answer")
    seen, skipped = readable(_hit(mapping(hit), collected_at) for hit in hits)
    page, pages, total = (_whole(at(root, name)) for name in ("page", "nbPages", "nbHits"))
    outcome, detail = judge_items(seen, skipped, none=_none(page, total))
    more = seen and page is not None and (page + 1 < (pages or 0) or (total or 0) > MOST_HITS)
    following = str(page + 1) if more and page is not None else None
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next=following)


def parse_item(payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "") -> Page:
    """One story or comment as it stands now; gone where the index no longer has it or it lost author and words."""
    root = _item(payload, status, url, content_type)
    if isinstance(root, Page):
        return root
    if _is_deleted(root):
        return Page(outcome=Outcome.GONE, detail="the item is deleted", gone=_ids(root))
    story = word(root.get("story_id")) or word(root.get("id"))
    mention = _from_item(root, story, collected_at)
    if mention is None:
        return Page(outcome=Outcome.CHANGED, detail="the item lacks what every item has (id, text)", skipped=1)
    return Page(outcome=Outcome.ITEMS, mentions=(mention,))


def parse_comments(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """All comments under an item, the newest first; deleted ones have lost their words and are left out."""
    root = _item(payload, status, url, content_type)
    if isinstance(root, Page):
        return root
    if not isinstance(root.get("children"), list):
        return Page(outcome=Outcome.CHANGED, detail="children is missing from the item")
    story = word(root.get("story_id")) or word(root.get("id"))
    seen, skipped = readable(_from_item(i, story, collected_at) for i in _below(root) if not _is_deleted(i))
    outcome, detail = judge_items(seen, skipped, none=(Outcome.EMPTY, "no comments yet"))
    newest = tuple(sorted(seen, key=lambda m: m.happened_at, reverse=True))
    return Page(outcome=outcome, mentions=newest, detail=detail, skipped=skipped)


def _none(page: int | None, total: int | None) -> Verdict:
    if total == 0 or (page is not None and page > 0):
        return Outcome.EMPTY, "nothing matches" if total == 0 else "no more results"
    return Outcome.SUSPECT, f"the answer has no hits though it counts {'some' if total is None else total}"


def _item(payload: str | bytes, status: int, url: str, content_type: str) -> dict[str, Any] | Page:
    try:
        root = read_json(payload, status=status, url=url, content_type=content_type, own={404: Outcome.GONE})
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    if not isinstance(root, dict) or word(root.get("id")) is None:
        return Page(outcome=Outcome.CHANGED, detail="an item is due, the answer is other JSON")
    return root


def _is_deleted(item: dict[str, Any]) -> bool:
    """Deleted items keep their place in the tree without author, title and words."""
    return "author" in item and not (item["author"] or item.get("title") or item.get("text"))


def _ids(item: dict[str, Any]) -> tuple[str, ...]:
    ident = word(item.get("id"))
    return (ident,) if ident else ()


def _below(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Everything under an item, at any depth (threads nest deeper than Python may call itself)."""
    waiting = [item]
    while waiting:
        for child in map(mapping, sequence(waiting.pop().get("children"))):
            yield child
            waiting.append(child)


def _hit(hit: dict[str, Any], collected_at: datetime) -> Mention | None:
    is_comment = "comment" in sequence(hit.get("_tags")) or isinstance(hit.get("comment_text"), str)
    ident = word(hit.get("objectID"))
    return _mention(
        ident=ident,
        story=word(hit.get("story_id")) or (None if is_comment else ident),
        parent=word(hit.get("parent_id")),
        title=None if is_comment else word(hit.get("title"), longest=2000),
        markup=hit.get("comment_text") if is_comment else hit.get("story_text"),
        shown=hit,
        comments=hit.get("num_comments"),
        collected_at=collected_at,
    )


def _from_item(item: dict[str, Any], story: str | None, collected_at: datetime) -> Mention | None:
    is_comment = item.get("type") == "comment" or (item.get("parent_id") is not None and not item.get("title"))
    is_counted = not is_comment and isinstance(item.get("children"), list)
    counted = sum(1 for i in _below(item) if not _is_deleted(i)) if is_counted else None
    return _mention(
        ident=word(item.get("id")),
        story=story,
        parent=word(item.get("parent_id")),
        title=None if is_comment else word(item.get("title"), longest=2000),
        markup=item.get("text"),
        shown=item,
        comments=counted,
        collected_at=collected_at,
    )


def _mention(
    *,
    ident: str | None,
    story: str | None,
    parent: str | None,
    title: str | None,
    markup: Any,
    shown: dict[str, Any],
    comments: Any,
    collected_at: datetime,
) -> Mention | None:
    """A story is a post; a comment on it a comment, on another comment a reply. Names are ids here; nobody is verified."""
    text = parse_markup(markup)
    if ident is None or not (title or text):
        return None
    name = word(shown.get("author"))
    published, precision = parse_time(shown.get("created_at_i") or shown.get("created_at"), collected_at=collected_at)
    kind = Kind.POST if parent is None else Kind.COMMENT if parent == story else Kind.REPLY
    return Mention(
        platform=Platform.HACKERNEWS,
        kind=kind,
        id=ident,
        url=f"https://news.ycombinator.com/item?id={ident}",
        author=Author(id=name, name=name, verified=Verified.NONE),
        title=title,
        text=text,
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(likes=shown.get("points"), comments=comments),
        media=frozenset({Media.LINK}) if kind is Kind.POST and shown.get("url") else frozenset(),
        parent_id=parent,
        root_id=story if parent is not None else None,
    )


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None
