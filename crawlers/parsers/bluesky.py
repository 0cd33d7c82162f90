"""Bluesky's app.bsky.feed.searchPosts and actor profiles: payload in, mentions or a named outcome out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crawlers.parsers.counts import parse_count, parse_engagement
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    as_str,
    at,
    is_html,
    judge_items,
    load_json,
    mapping,
    sequence,
    status_verdict,
    unique,
    word,
)
from crawlers.parsers.text import tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Engagement, Media, Mention, Platform, TimePrecision, Verified, replace
from records.outcome import Outcome, Page

_ERRORS: dict[str, Verdict] = {
    "AuthMissing": (Outcome.BLOCKED_LOGIN, "a login is asked for (AuthMissing)"),
    "AuthenticationRequired": (Outcome.BLOCKED_LOGIN, "the handle or app password is refused"),
    "AuthFactorTokenRequired": (Outcome.BLOCKED_LOGIN, "an app password is needed, not the account's password"),
    "AccountTakedown": (Outcome.BLOCKED_LOGIN, "the account has been taken down"),
    "InvalidToken": (Outcome.BLOCKED_LOGIN, "the session is refused (InvalidToken)"),
    "ExpiredToken": (Outcome.BLOCKED_LOGIN, "the session has expired (ExpiredToken)"),
    "RateLimitExceeded": (Outcome.BLOCKED_RATE, "too many requests (RateLimitExceeded)"),
}
_URI = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,200})/app\.bsky\.feed\.post/([A-Za-z0-9._~-]{1,50})")
_HANDLE = re.compile(r"[a-z0-9.-]{3,253}")
_HIDDEN = frozenset({"!hide", "!takedown", "!no-unauthenticated"})
"""Labels by which a moderator or the author asks that the post is not shown around."""

_TRUSTED_DRIFT = timedelta(hours=24)
"""``createdAt`` is set by the client: it is believed when it lies this close to the server's ``indexedAt``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Tokens of a login; never logged, never stored."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)


def parse_search(
    payload: str | bytes,
    *,
    status: int,
    url: str,
    collected_at: datetime,
    content_type: str = "",
    signed_in: bool = False,
) -> Page:
    """One page of posts; ``next`` is the cursor.

    Args:
        signed_in: whether the request carried a session: the 403 page of the public host means "log in" without one,
            and "this client is refused" with one.
    """
    try:
        root = _envelope(payload, status, content_type, signed_in)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    posts = root.get("posts")
    if not isinstance(posts, list):
        return Page(outcome=Outcome.CHANGED, detail="posts is missing from the search answer")
    mentions: list[Mention] = []
    skipped = hidden = 0
    for post in posts:
        if _is_hidden(post):
            hidden += 1
            continue
        mention = _mention(mapping(post), collected_at)
        if mention is None:
            skipped += 1
        else:
            mentions.append(mention)
    seen = unique(mentions)
    found = parse_count(root.get("hitsTotal"))
    empty = Outcome.SUSPECT if not posts and found and found.value else Outcome.EMPTY
    outcome, detail = judge_items(
        seen,
        skipped,
        none=(empty, "no post matches" if empty is Outcome.EMPTY else "no post is shown although hitsTotal is not 0"),
    )
    cursor = word(root.get("cursor"), longest=1000)
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next=cursor if posts else None)


def parse_session(payload: str | bytes, *, status: int, content_type: str = "") -> Session | Page:
    """The answer to createSession or refreshSession: the tokens, or why there are none."""
    try:
        root = _envelope(payload, status, content_type, True)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    access, refresh = word(root.get("accessJwt"), longest=5000), word(root.get("refreshJwt"), longest=5000)
    if not access or not refresh:
        return Page(outcome=Outcome.CHANGED, detail="the login's answer holds no tokens")
    return Session(access=access, refresh=refresh)


def parse_error(payload: str | bytes) -> str | None:
    """The error's name in a refused answer ("ExpiredToken"); None where there is none."""
    try:
        return word(at(load_json(payload), "error"))
    except Unreadable:
        return None


def parse_profiles(payload: str | bytes, *, status: int, content_type: str = "") -> Mapping[str, int]:
    """did → followers from getProfiles; empty where the answer is refused or unreadable (followers stay unknown)."""
    try:
        root = _envelope(payload, status, content_type, True)
    except Unreadable:
        return {}
    followers: dict[str, int] = {}
    for profile in sequence(root.get("profiles")):
        did, count = word(at(profile, "did")), parse_count(at(profile, "followersCount"))
        if did and count:
            followers[did] = count.value
    return followers


def with_followers(mention: Mention, followers: Mapping[str, int]) -> Mention:
    author = mention.author
    if author.id is None or author.id not in followers:
        return mention
    known = Author(id=author.id, name=author.name, followers=followers[author.id], verified=author.verified)
    return replace(mention, author=known)


def _envelope(payload: str | bytes, status: int, content_type: str, signed_in: bool) -> dict[str, Any]:
    text = as_str(payload)
    if status == 403 and is_html(text, content_type):
        outcome = Outcome.BLOCKED_BOT if signed_in else Outcome.BLOCKED_LOGIN
        raise Unreadable(outcome, "HTTP 403 with an HTML page: this host refuses to search for this client")
    try:
        root = load_json(text)
    except Unreadable as error:
        verdict = status_verdict(status)
        if verdict is None:
            raise error
        raise Unreadable(*verdict) from None
    name = at(root, "error")
    if isinstance(name, str):
        known = _ERRORS.get(name) or status_verdict(status) or (Outcome.CHANGED, "")
        raise Unreadable(known[0], known[1] if name in _ERRORS else f"HTTP {status}, error {tidy(name)[:40]}")
    verdict = status_verdict(status)
    if verdict is not None:
        raise Unreadable(*verdict)
    if not isinstance(root, dict):
        raise Unreadable(Outcome.CHANGED, "a JSON object is due, the answer is another kind of JSON")
    return root


def _is_hidden(post: Any) -> bool:
    labels = sequence(at(post, "labels")) + sequence(at(post, "author", "labels"))
    return any(word(at(label, "val")) in _HIDDEN for label in labels)


def _mention(post: dict[str, Any], collected_at: datetime) -> Mention | None:
    uri, text = post.get("uri"), at(post, "record", "text")
    found = _URI.fullmatch(uri) if isinstance(uri, str) else None
    if found is None or not isinstance(uri, str) or not isinstance(text, str):
        return None
    published, precision = _published(post, collected_at)
    return Mention(
        platform=Platform.BLUESKY,
        id=uri,
        url=_permalink(post, found),
        author=_author(mapping(post.get("author"))),
        text=tidy(text),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=_metrics(post),
        media=_media(post),
        topics=_topics(post),
        parent_id=_reply(post, "parent"),
        root_id=_reply(post, "root"),
    )


def _permalink(post: dict[str, Any], found: re.Match[str]) -> str:
    handle = at(post, "author", "handle")
    good = isinstance(handle, str) and _HANDLE.fullmatch(handle) and handle != "handle.invalid"
    return f"https://bsky.app/profile/{handle if good else found[1]}/post/{found[2]}"


def _author(author: dict[str, Any]) -> Author:
    """A valid verification does not say of what kind the account is: it stays unknown; without one it is none."""
    status = at(author, "verification", "verifiedStatus")
    trusted = at(author, "verification", "trustedVerifierStatus")
    followers = parse_count(author.get("followersCount"))
    return Author(
        id=word(author.get("did")),
        name=word(author.get("displayName")) or word(author.get("handle")),
        followers=followers.value if followers else None,
        verified=Verified.UNKNOWN if "valid" in (status, trusted) or not author else Verified.NONE,
    )


def _published(post: dict[str, Any], collected_at: datetime) -> tuple[datetime | None, TimePrecision]:
    indexed = parse_time(post.get("indexedAt"), collected_at=collected_at)
    created = parse_time(at(post, "record", "createdAt"), collected_at=collected_at)
    if indexed[0] is None or created[0] is None:
        return created if indexed[0] is None else indexed
    believed = abs(created[0] - indexed[0]) <= _TRUSTED_DRIFT and created[0] <= collected_at
    return created if believed else indexed


def _metrics(post: dict[str, Any]) -> Engagement:
    reposts, quotes = parse_count(post.get("repostCount")), parse_count(post.get("quoteCount"))
    passed_on = None if reposts is None else reposts.value + (quotes.value if quotes else 0)
    return parse_engagement(
        likes=post.get("likeCount"),
        comments=post.get("replyCount"),
        reposts=passed_on,
        saves=post.get("bookmarkCount"),
    )


def _media(post: dict[str, Any]) -> frozenset[Media]:
    kinds = [word(at(post, *path, "$type")) or "" for path in (("embed",), ("embed", "media"), ("record", "embed"))]
    signs = {"images": Media.IMAGE, "video": Media.VIDEO, "external": Media.LINK}
    return frozenset(media for sign, media in signs.items() if any(f"embed.{sign}" in kind for kind in kinds))


def _topics(post: dict[str, Any]) -> tuple[str, ...]:
    features = [f for facet in sequence(at(post, "record", "facets")) for f in sequence(at(facet, "features"))]
    tags = [word(at(f, "tag")) for f in features] + [word(t) for t in sequence(at(post, "record", "tags"))]
    return tuple(dict.fromkeys(t for t in tags if t))


def _reply(post: dict[str, Any], which: str) -> str | None:
    uri = at(post, "record", "reply", which, "uri")
    return uri if isinstance(uri, str) and _URI.fullmatch(uri) else None
