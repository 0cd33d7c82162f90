"""Reddit's API and its public search feed: payload in, posts and comments or a named outcome out.

Posts and comments are known by their full names ("t3_1abc", "t1_xyz"), as they name each other.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.feeds import link_of, read_feed
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    is_html,
    judge_items,
    mapping,
    readable,
    sequence,
    status_verdict,
    unique,
    word,
)
from crawlers.parsers.reddit_walls import read_answer
from crawlers.parsers.text import parse_markup, tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Kind, Media, Mention, Platform, Verified
from records.outcome import Outcome, Page

SITE = "https://www.reddit.com"
_WITHDRAWN = frozenset({"[removed]", "[deleted]"})
"""Words that stand where a post's or comment's own words were."""
_FULL_NAME = re.compile(r"t[13]_[0-9a-z]{1,15}")
_SUBMITTED = re.compile(r"\s*submitted by\s+/u/\S+(?:\s+to\s+r/\S+)?(?:\s*\[link\])?(?:\s*\[comments\])?\s*$")
_PICTURES = frozenset({"i.redd.it", "i.imgur.com"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Comments(Page):
    more: tuple[str, ...] = ()
    """Ids of comments that exist and are not in the answer, in the platform's order."""


def parse_listing(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """Posts (or comments) of a search or of ``/api/info``; ``next`` is the full name that the page after begins behind.

    ``gone`` names what moderators, Reddit or the authors took away; it is no mention.
    """
    try:
        root = read_answer(payload, status, url, content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    children = at(root, "data", "children")
    if not isinstance(children, list):
        return Page(outcome=Outcome.CHANGED, detail="data.children is missing from the listing")
    page = _page(_things(children), collected_at, none=(Outcome.EMPTY, "nothing matches"))
    return replace(page, next=word(at(root, "data", "after"), longest=40))


def parse_comments(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Comments:
    """The comments under a post, the newest first; GONE where the post is no longer there or was taken away."""
    try:
        root = read_answer(payload, status, url, content_type, own={404: Outcome.GONE})
    except Unreadable as error:
        return Comments(outcome=error.outcome, detail=error.detail)
    parts = sequence(root)
    children = [at(part, "data", "children") for part in parts]
    if len(children) != 2 or not all(isinstance(c, list) for c in children):
        return Comments(outcome=Outcome.CHANGED, detail="a post's listing and its comments' listing are due")
    posts = [data for _, data in _things(children[0])]
    if posts and _is_withdrawn(posts[0]):
        return Comments(outcome=Outcome.GONE, detail="the post was taken away")
    return _comments(children[1], collected_at)


def parse_more(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Comments:
    """Further comments of a post (``/api/morechildren``)."""
    try:
        root = read_answer(payload, status, url, content_type)
    except Unreadable as error:
        return Comments(outcome=error.outcome, detail=error.detail)
    things = at(root, "json", "data", "things")
    if not isinstance(things, list):
        return Comments(outcome=Outcome.CHANGED, detail="json.data.things is missing from the further comments")
    return _comments(things, collected_at)


def parse_feed(payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "") -> Page:
    """The public search feed (Atom): words, authors and times; no figures."""
    text = decode_text(payload, content_type)
    try:
        if status_verdict(status) is not None or (is_html(text, content_type) and "<feed" not in text[:2000]):
            read_answer(payload, status, url, content_type)
        feed = read_feed(payload, content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    entries = [e for e in feed.entries if (word(e.get("id")) or "").startswith("t3_")]
    seen, skipped = readable(_entry(e, collected_at) for e in entries)
    outcome, detail = judge_items(seen, skipped, none=(Outcome.EMPTY, "nothing matches"))
    if feed.is_cut:
        outcome, detail = Outcome.NETWORK, f"the feed breaks off after {len(feed.entries)} whole entries"
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped)


def full_name(ident: str) -> str:
    """ "t3_1abc" of "1abc" or of itself: stored ids may come without the kind."""
    return ident if _FULL_NAME.fullmatch(ident) else f"t3_{ident}"


def _things(children: Iterable[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """(kind, data) of the children of a listing."""
    for child in map(mapping, children):
        if isinstance(kind := child.get("kind"), str):
            yield kind, mapping(child.get("data"))


def _is_withdrawn(data: dict[str, Any]) -> bool:
    own = data.get("selftext", data.get("body"))
    return data.get("removed_by_category") is not None or (isinstance(own, str) and own.strip() in _WITHDRAWN)


def _page(things: Iterable[tuple[str, dict[str, Any]]], collected_at: datetime, *, none: Verdict) -> Page:
    mentions: list[Mention] = []
    gone: list[str] = []
    skipped = 0
    for kind, data in things:
        if kind not in ("t1", "t3") or data.get("promoted") is True:
            continue
        if _is_withdrawn(data):
            gone += [ident for ident in [_ident(kind, data)] if ident]
            continue
        mention = _comment(data, collected_at) if kind == "t1" else _post(data, collected_at)
        if mention is None:
            skipped += 1
        else:
            mentions.append(mention)
    seen = unique(mentions)
    outcome, detail = judge_items(seen, skipped, none=none)
    if outcome is none[0] and gone and not seen:
        detail = "everything that is listed was taken away"
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, gone=tuple(gone))


def _comments(children: list[Any], collected_at: datetime) -> Comments:
    below = list(_below(children))
    page = _page(below, collected_at, none=(Outcome.EMPTY, "no comments yet"))
    more = [i for kind, data in below if kind == "more" for i in sequence(data.get("children"))]
    return Comments(
        outcome=page.outcome,
        detail=page.detail,
        mentions=tuple(sorted(page.mentions, key=lambda m: m.happened_at, reverse=True)),
        skipped=page.skipped,
        gone=page.gone,
        more=tuple(dict.fromkeys(i for i in more if isinstance(i, str) and re.fullmatch(r"[0-9a-z]{1,15}", i))),
    )


def _below(children: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Comments at any depth; ``replies`` is "" or a listing (threads nest deeper than Python may call itself)."""
    waiting = [children]
    while waiting:
        for kind, data in _things(waiting.pop()):
            yield kind, data
            waiting.append(sequence(at(data.get("replies"), "data", "children")))


def _ident(kind: str, data: dict[str, Any]) -> str | None:
    name, bare = word(data.get("name"), longest=20), word(data.get("id"), longest=20)
    ident = name if name is not None else f"{kind}_{bare}" if bare is not None else None
    return ident if ident is not None and _FULL_NAME.fullmatch(ident) else None


def _author(data: dict[str, Any]) -> Author:
    """Nobody where the account is deleted: the words may still stand."""
    name = word(data.get("author"))
    if name is None or name == "[deleted]":
        return Author(verified=Verified.NONE)
    return Author(id=word(data.get("author_fullname")) or name, name=name, verified=Verified.NONE)


def _words(value: Any) -> str:
    """Markdown as it was written; the API escapes & < > unless it is asked not to, and does not always listen."""
    return tidy(html.unescape(value)) if isinstance(value, str) else ""


def _post(data: dict[str, Any], collected_at: datetime) -> Mention | None:
    ident, title = _ident("t3", data), _words(data.get("title"))
    if ident is None or not title:
        return None
    published, precision = parse_time(data.get("created_utc"), collected_at=collected_at)
    topics = [word(data.get("subreddit")), word(data.get("link_flair_text"), longest=60)]
    return Mention(
        platform=Platform.REDDIT,
        id=ident,
        url=_permalink(data) or f"{SITE}/comments/{ident[3:]}/",
        author=_author(data),
        title=title,
        text=_words(data.get("selftext")),
        published_at=published,
        time_precision=precision,
        edited_at=parse_time(data.get("edited") or None, collected_at=collected_at)[0],
        collected_at=collected_at,
        metrics=parse_engagement(
            likes=data.get("score", data.get("ups")),
            comments=data.get("num_comments"),
            reposts=data.get("num_crossposts"),
        ),
        media=_media(data),
        topics=tuple(dict.fromkeys(t for t in topics if t)),
        parent_id=word(data.get("crosspost_parent"), longest=20),
    )


def _comment(data: dict[str, Any], collected_at: datetime) -> Mention | None:
    ident, text = _ident("t1", data), _words(data.get("body"))
    if ident is None or not text:
        return None
    published, precision = parse_time(data.get("created_utc"), collected_at=collected_at)
    parent, root = word(data.get("parent_id"), longest=20), word(data.get("link_id"), longest=20)
    return Mention(
        platform=Platform.REDDIT,
        kind=Kind.REPLY if parent is not None and parent.startswith("t1_") else Kind.COMMENT,
        id=ident,
        url=_permalink(data),
        author=_author(data),
        text=text,
        published_at=published,
        time_precision=precision,
        edited_at=parse_time(data.get("edited") or None, collected_at=collected_at)[0],
        collected_at=collected_at,
        metrics=parse_engagement(likes=data.get("score")),
        parent_id=parent,
        root_id=root,
    )


def _permalink(data: dict[str, Any]) -> str | None:
    path = word(data.get("permalink"), longest=1000)
    return f"{SITE}{path}" if path is not None and re.fullmatch(r"/[\w/%.~-]+", path) else None


def _media(data: dict[str, Any]) -> frozenset[Media]:
    if data.get("is_video") is True or data.get("post_hint") in ("hosted:video", "rich:video"):
        return frozenset({Media.VIDEO})
    if data.get("is_gallery") is True or data.get("post_hint") == "image" or word(data.get("domain")) in _PICTURES:
        return frozenset({Media.IMAGE})
    return frozenset({Media.LINK}) if data.get("is_self") is False else frozenset()


def _entry(entry: Any, collected_at: datetime) -> Mention | None:
    ident, title = word(entry.get("id"), longest=20), _words(entry.get("title"))
    if ident is None or not _FULL_NAME.fullmatch(ident) or not title:
        return None
    shown = entry.get("published") or (entry.get("updated") if "updated" in entry else None)
    published, precision = parse_time(shown, collected_at=collected_at)
    name = (word(entry.get("author")) or "").removeprefix("/u/")
    tags = [word(at(t, "term"), longest=60) for t in sequence(entry.get("tags"))]
    content = at((sequence(entry.get("content")) or [None])[0], "value") or entry.get("summary")
    return Mention(
        platform=Platform.REDDIT,
        id=ident,
        url=link_of(entry.get("link")),
        author=Author(name=name or None, verified=Verified.NONE),
        title=title,
        text=_SUBMITTED.sub("", parse_markup(content)),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        topics=tuple(dict.fromkeys(t for t in tags if t)),
    )
