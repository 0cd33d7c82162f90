"""Mastodon's tag timeline and status search: payload in, mentions or a named outcome out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crawlers.parsers.counts import parse_count, parse_engagement
from crawlers.parsers.payload import (
    Unreadable,
    as_str,
    at,
    is_html,
    judge_items,
    load_json,
    mapping,
    said,
    sequence,
    split_address,
    status_verdict,
    unique,
    word,
)
from crawlers.parsers.text import parse_markup, tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Media, Mention, Platform, Verified
from records.outcome import Outcome, Page

_MEDIA = {"image": Media.IMAGE, "video": Media.VIDEO, "gifv": Media.VIDEO, "audio": Media.AUDIO}


def parse_tag(payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "") -> Page:
    """One page of a tag's timeline; ``next`` is the oldest local id (``max_id`` of the page after)."""
    try:
        root = _body(payload, status, content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    if not isinstance(root, list):
        return Page(outcome=Outcome.CHANGED, detail="a list of posts is due, the answer is another kind of JSON")
    return _page(root, collected_at, none=(Outcome.EMPTY, "no post carries this tag"))


def parse_search(
    payload: str | bytes,
    *,
    status: int,
    url: str,
    collected_at: datetime,
    content_type: str = "",
    proven: bool = False,
) -> Page:
    """The posts of a search.

    Args:
        proven: a control query on the same instance and login did find posts. Without that proof an empty list says
            nothing: servers answer so without a login, and without full-text search.
    """
    try:
        root = _body(payload, status, content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    posts = at(root, "statuses")
    if not isinstance(posts, list):
        return Page(outcome=Outcome.CHANGED, detail="statuses is missing from the search answer")
    doubt = Outcome.SUSPECT, "an empty search proves nothing without a login and full-text search on the instance"
    return _page(posts, collected_at, none=(Outcome.EMPTY, "no post matches") if proven else doubt)


def newest_id(payload: str | bytes) -> str | None:
    """The newest local id of a page of posts (``min_id`` of the next poll): ids sort by length, then as text."""
    try:
        root = load_json(payload)
    except Unreadable:
        return None
    ids = [word(at(p, "id")) for p in sequence(root if isinstance(root, list) else at(root, "statuses"))]
    return max((i for i in ids if i), key=lambda i: (len(i), i), default=None)


def _body(payload: str | bytes, status: int, content_type: str) -> Any:
    text = as_str(payload)
    verdict = status_verdict(status)
    if verdict is not None:
        told = "" if is_html(text, content_type) else said(at(_quietly(text), "error"))
        raise Unreadable(verdict[0], f"{verdict[1]}: {told}" if told else verdict[1])
    if is_html(text, content_type):
        raise Unreadable(Outcome.CHANGED, "an HTML page is shown where JSON is due: is this a Mastodon instance?")
    root = load_json(text)
    if isinstance(at(root, "error"), str):
        raise Unreadable(Outcome.CHANGED, f"the instance answers with an error: {said(at(root, 'error'))}")
    return root


def _quietly(text: str) -> Any:
    try:
        return load_json(text)
    except Unreadable:
        return None


def _page(posts: list[Any], collected_at: datetime, *, none: tuple[Outcome, str]) -> Page:
    mentions: list[Mention] = []
    skipped = 0
    for post in posts:
        post = mapping(post)
        post = mapping(post.get("reblog")) or post  # a boost is the original seen once more
        if post.get("visibility") in ("private", "direct") or at(post, "account", "noindex") is True:
            continue
        mention = _mention(post, collected_at)
        if mention is None:
            skipped += 1
        else:
            mentions.append(mention)
    seen = unique(mentions)
    outcome, detail = judge_items(seen, skipped, none=none)
    ids = [i for i in (word(at(p, "id")) for p in posts) if i]
    oldest = min(ids, key=lambda i: (len(i), i)) if ids else None
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next=oldest)


def _mention(post: dict[str, Any], collected_at: datetime) -> Mention | None:
    uri, content = word(post.get("uri"), longest=1000), post.get("content")
    if uri is None or not isinstance(content, str):
        return None
    published, precision = parse_time(post.get("created_at"), collected_at=collected_at)
    tags = [word(at(t, "name")) for t in sequence(post.get("tags"))]
    return Mention(
        platform=Platform.MASTODON,
        id=uri,
        url=_address(post.get("url")) or _address(uri),
        author=_author(mapping(post.get("account"))),
        title=tidy(post.get("spoiler_text")) or None,
        text=parse_markup(content),
        published_at=published,
        time_precision=precision,
        edited_at=parse_time(post.get("edited_at"), collected_at=collected_at)[0],
        collected_at=collected_at,
        metrics=parse_engagement(
            likes=post.get("favourites_count"),
            comments=post.get("replies_count"),
            reposts=_passed_on(post),
        ),
        media=_media(post),
        topics=tuple(dict.fromkeys(t for t in tags if t)),
        parent_id=word(post.get("in_reply_to_id")),
    )


def _address(value: Any) -> str | None:
    """An http(s) address, or None: a hostile server may give any scheme."""
    text = word(value, longest=1000)
    if text is None or not text.lower().startswith(("https://", "http://")) or " " in text:
        return None
    return text if split_address(text) is not None else None


def _author(account: dict[str, Any]) -> Author:
    """``uri`` names the account on every instance. A proven link verifies a person; 0 followers may be "hidden"."""
    followers = parse_count(account.get("followers_count"))
    hidden = followers is not None and followers.value == 0 and account.get("hide_collections") is not False
    proven = any(word(at(f, "verified_at")) for f in sequence(account.get("fields")))
    return Author(
        id=_address(account.get("uri")) or _address(account.get("url")) or word(account.get("acct")),
        name=word(account.get("display_name")) or word(account.get("acct")),
        followers=None if followers is None or hidden else followers.value,
        verified=Verified.PERSONAL if proven else Verified.NONE if account else Verified.UNKNOWN,
    )


def _passed_on(post: dict[str, Any]) -> int | None:
    reblogs, quotes = parse_count(post.get("reblogs_count")), parse_count(post.get("quotes_count"))
    return None if reblogs is None else reblogs.value + (quotes.value if quotes else 0)


def _media(post: dict[str, Any]) -> frozenset[Media]:
    kinds = [word(at(m, "type")) for m in sequence(post.get("media_attachments"))]
    found = {_MEDIA[k] for k in kinds if k in _MEDIA}
    return frozenset(found | ({Media.LINK} if mapping(post.get("card")) else set()))
