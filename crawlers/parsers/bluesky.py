"""Bluesky's search, posts, threads, profiles and logins: payload in, mentions or a named outcome out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crawlers.parsers.bluesky_posts import is_hidden, read_post
from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import parse_count
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    is_html,
    judge_items,
    load_answer,
    load_quietly,
    mapping,
    readable,
    sequence,
    status_verdict,
    word,
)
from crawlers.parsers.text import tidy
from records.mention import Author, Mention, replace
from records.outcome import Outcome, Page

_ERRORS: dict[str, Verdict] = {
    "AuthMissing": (Outcome.BLOCKED_LOGIN, "a login is asked for (AuthMissing)"),
    "AuthenticationRequired": (Outcome.BLOCKED_LOGIN, "the handle or app password is refused"),
    "AuthFactorTokenRequired": (Outcome.BLOCKED_LOGIN, "an app password is needed, not the account's password"),
    "AccountTakedown": (Outcome.BLOCKED_LOGIN, "the account has been taken down"),
    "InvalidToken": (Outcome.BLOCKED_LOGIN, "the session is refused (InvalidToken)"),
    "ExpiredToken": (Outcome.BLOCKED_LOGIN, "the session has expired (ExpiredToken)"),
    "RateLimitExceeded": (Outcome.BLOCKED_RATE, "too many requests (RateLimitExceeded)"),
    "NotFound": (Outcome.GONE, "the post is not found"),
}


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
        root = _envelope(payload, status, content_type, signed_in, url)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    posts = root.get("posts")
    if not isinstance(posts, list):
        return Page(outcome=Outcome.CHANGED, detail="posts is missing from the search answer")
    mentions, skipped, _ = _read_all(posts, collected_at)
    found = parse_count(root.get("hitsTotal"))
    empty = Outcome.SUSPECT if not posts and found and found.value else Outcome.EMPTY
    outcome, detail = judge_items(
        mentions,
        skipped,
        none=(empty, "no post matches" if empty is Outcome.EMPTY else "no post is shown although hitsTotal is not 0"),
    )
    cursor = word(root.get("cursor"), longest=1000)
    return Page(outcome=outcome, mentions=mentions, detail=detail, skipped=skipped, next=cursor if posts else None)


def parse_posts(
    payload: str | bytes,
    *,
    status: int,
    url: str,
    collected_at: datetime,
    content_type: str = "",
    signed_in: bool = False,
) -> Page:
    """The posts of getPosts; ``gone`` holds those whose labels ask not to show them. Deleted posts are simply absent."""
    try:
        root = _envelope(payload, status, content_type, signed_in, url)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    posts = root.get("posts")
    if not isinstance(posts, list):
        return Page(outcome=Outcome.CHANGED, detail="posts is missing from the answer")
    mentions, skipped, hidden = _read_all(posts, collected_at)
    outcome, detail = judge_items(mentions, skipped, none=(Outcome.EMPTY, "none of the posts is shown"))
    return Page(outcome=outcome, mentions=mentions, detail=detail, skipped=skipped, gone=hidden)


def parse_thread(
    payload: str | bytes,
    *,
    status: int,
    url: str,
    collected_at: datetime,
    content_type: str = "",
    signed_in: bool = False,
) -> Page:
    """The answers under a post, of any depth, the newest first; gone where the post itself is not found."""
    try:
        root = _envelope(payload, status, content_type, signed_in, url)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    thread = root.get("thread")
    if at(thread, "notFound") is True:
        return Page(outcome=Outcome.GONE, detail="the post is not found")
    if at(thread, "blocked") is True:
        return Page(outcome=Outcome.SUSPECT, detail="the post's author has blocked the account that looks")
    if not isinstance(at(thread, "post"), dict):
        return Page(outcome=Outcome.CHANGED, detail="thread.post is missing from the answer")
    mentions, skipped, _ = _read_all(_answers(thread), collected_at)
    newest = sorted(mentions, key=lambda m: m.happened_at, reverse=True)
    outcome, detail = judge_items(newest, skipped, none=(Outcome.EMPTY, "nobody has answered the post"))
    return Page(outcome=outcome, mentions=tuple(newest), detail=detail, skipped=skipped)


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
    return word(at(load_quietly(payload), "error"))


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


def parse_handles(payload: str | bytes, *, status: int, content_type: str = "") -> Mapping[str, str]:
    """handle → did from getProfiles; empty where the answer is refused or unreadable."""
    try:
        root = _envelope(payload, status, content_type, True)
    except Unreadable:
        return {}
    found = [(word(at(p, "handle")), word(at(p, "did"))) for p in sequence(root.get("profiles"))]
    return {handle: did for handle, did in found if handle and did}


def with_followers(mention: Mention, followers: Mapping[str, int]) -> Mention:
    author = mention.author
    if author.id is None or author.id not in followers:
        return mention
    known = Author(id=author.id, name=author.name, followers=followers[author.id], verified=author.verified)
    return replace(mention, author=known)


def _envelope(payload: str | bytes, status: int, content_type: str, signed_in: bool, url: str = "") -> dict[str, Any]:
    text = decode_text(payload, content_type)
    if status == 403 and is_html(text, content_type):
        outcome = Outcome.BLOCKED_BOT if signed_in else Outcome.BLOCKED_LOGIN
        raise Unreadable(outcome, "HTTP 403 with an HTML page: this host refuses to search for this client")
    verdict = status_verdict(status, url=url)
    root = load_answer(text, content_type, by_status=verdict)
    name = at(root, "error")
    if isinstance(name, str):
        known = _ERRORS.get(name) or verdict or (Outcome.CHANGED, "")
        raise Unreadable(known[0], known[1] if name in _ERRORS else f"HTTP {status}, error {tidy(name)[:40]}")
    if verdict is not None:
        raise Unreadable(*verdict)
    if not isinstance(root, dict):
        raise Unreadable(Outcome.CHANGED, "a JSON object is due, the answer is another kind of JSON")
    return root


def _read_all(posts: Sequence[Any], collected_at: datetime) -> tuple[tuple[Mention, ...], int, tuple[str, ...]]:
    """(mentions, posts that cannot be read, ids of those whose labels ask not to show them)."""
    hidden = tuple(uri for p in posts if is_hidden(p) and (uri := word(at(p, "uri"))))
    return *readable(read_post(mapping(p), collected_at) for p in posts if not is_hidden(p)), hidden


def _answers(thread: Any) -> list[Any]:
    """Post views under a post; without recursion, a hostile thread may be deep."""
    found: list[Any] = []
    left = list(sequence(at(thread, "replies")))
    while left:
        node = left.pop()
        if isinstance(at(node, "post"), dict):
            found.append(node["post"])
        left += sequence(at(node, "replies"))
    return found
