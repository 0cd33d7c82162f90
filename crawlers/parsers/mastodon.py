"""Mastodon's tag timeline, search, single posts and the answers under them: payload in, mentions or an outcome out.

A post's id is its address in the whole network (``uri``); every instance has a number of its own for it beside that.
What answers another post is a comment, however it was found: only ``parent_id`` says what it answers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import add_counts, parse_count, parse_engagement
from crawlers.parsers.payload import (
    Unreadable,
    at,
    is_html,
    judge_items,
    load_json,
    load_quietly,
    mapping,
    readable,
    said,
    sequence,
    split_address,
    status_verdict,
    word,
)
from crawlers.parsers.text import parse_markup, tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Kind, Media, Mention, Platform, Verified, replace
from records.outcome import Outcome, Page

_MEDIA = {"image": Media.IMAGE, "video": Media.VIDEO, "gifv": Media.VIDEO, "audio": Media.AUDIO}


def parse_tag(payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "") -> Page:
    """One page of a tag's timeline; ``next`` is the oldest local id (``max_id`` of the page after)."""
    try:
        root = _body(payload, status, content_type, url)
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
        root = _body(payload, status, content_type, url)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    posts = at(root, "statuses")
    if not isinstance(posts, list):
        return Page(outcome=Outcome.CHANGED, detail="statuses is missing from the search answer")
    doubt = Outcome.SUSPECT, "an empty search proves nothing without a login and full-text search on the instance"
    return _page(posts, collected_at, none=(Outcome.EMPTY, "no post matches") if proven else doubt)


def parse_status(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One post that was asked for by its local id; gone where the instance has no such post (any more)."""
    try:
        root = _body(payload, status, content_type, url, asked_by_id=True)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    if not isinstance(root, dict):
        return Page(outcome=Outcome.CHANGED, detail="a post is due, the answer is another kind of JSON")
    return _page(
        [root], collected_at, none=(Outcome.EMPTY, "the post is not public, or its author asks not to be listed")
    )


def parse_context(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "", root_id: str
) -> Page:
    """The answers under a post, the newest first.

    Args:
        root_id: id of the post that was asked about; the answer itself does not hold it.
    """
    try:
        root = _body(payload, status, content_type, url, asked_by_id=True)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    answers = at(root, "descendants")
    if not isinstance(answers, list):
        return Page(outcome=Outcome.CHANGED, detail="descendants is missing from the answer")
    page = _page(answers, collected_at, none=(Outcome.EMPTY, "nobody has answered the post"))
    read = [replace(m, root_id=root_id, parent_id=_known_uri(m.parent_id) or root_id) for m in page.mentions]
    newest = sorted(read, key=lambda m: m.happened_at, reverse=True)
    return Page(outcome=page.outcome, mentions=tuple(newest), detail=page.detail, skipped=page.skipped)


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    domain: str | None = None
    """Host that the addresses of its own posts carry."""
    streaming: str | None = None
    """Address of its streaming server, as it names it (wss://…)."""


def parse_instance(payload: str | bytes, *, status: int, url: str = "", content_type: str = "") -> Instance:
    """What ``/api/v2/instance`` says; empty where the answer is refused or unreadable (older servers have none)."""
    try:
        root = _body(payload, status, content_type, url)
    except Unreadable:
        return Instance()
    domain, streaming = word(at(root, "domain")), word(at(root, "configuration", "urls", "streaming"), longest=1000)
    return Instance(domain=domain.lower() if domain else None, streaming=streaming)


def newest_id(payload: str | bytes, *, written_by: datetime | None = None) -> str | None:
    """The newest local id of a page of posts (``min_id`` of the next poll): ids sort by length, then as text.

    Args:
        written_by: only posts that were written by then count; None counts all.
    """
    ids: list[str] = []
    for post in _posts(payload):
        ident = word(at(post, "id"))
        written = None if written_by is None else parse_time(at(post, "created_at"), collected_at=written_by)[0]
        if ident and (written_by is None or (written is not None and written <= written_by)):
            ids.append(ident)
    return max(ids, key=id_order, default=None)


def id_order(ident: str) -> tuple[int, str]:
    """Local ids sort by length, then as text."""
    return len(ident), ident


def local_ids(payload: str | bytes) -> Mapping[str, str]:
    """uri → local id of every post in an answer (a list, a search, or one post)."""
    posts = [mapping(at(p, "reblog")) or p for p in _posts(payload)]
    found = [(word(at(p, "uri"), longest=1000), word(at(p, "id"))) for p in posts]
    return {uri: ident for uri, ident in found if uri and ident}


_HOME = re.compile(r"/(?:@[^/@]{1,100}|users/[^/]{1,100}/statuses|@[^/@]{1,100}/statuses)/([0-9]{1,30})/?")


def home_of(address: str | None) -> tuple[str, str] | None:
    """(host, local id there) of a post's address on the instance it was written on; None for other kinds of servers."""
    parts = split_address(address)
    found = _HOME.fullmatch(parts.path) if parts else None
    return (parts.netloc.lower(), found[1]) if parts and found else None


def is_public_host(host: str) -> bool:
    """Whether a host named by a post may be asked: a name in the public network, no address and no port."""
    return re.fullmatch(r"(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}", host) is not None and not host.endswith(
        (".local", ".internal", ".localhost", ".lan", ".home", ".arpa")
    )


def _posts(payload: str | bytes) -> list[Any]:
    root = load_quietly(payload)
    if isinstance(root, list):
        return root
    statuses = at(root, "statuses")
    return statuses if isinstance(statuses, list) else [root]


def _body(payload: str | bytes, status: int, content_type: str, url: str, *, asked_by_id: bool = False) -> Any:
    text = decode_text(payload, content_type)
    verdict = status_verdict(status, url=url)
    if verdict is not None:
        told = "" if is_html(text, content_type) else said(at(load_quietly(text), "error"))
        if asked_by_id and status in (404, 410):  # only Mastodon's own answer says that a post is gone
            raise Unreadable(Outcome.GONE if told else Outcome.CHANGED, "the instance has no such post")
        raise Unreadable(verdict[0], f"{verdict[1]}: {told}" if told else verdict[1])
    if is_html(text, content_type):
        raise Unreadable(Outcome.CHANGED, "an HTML page is shown where JSON is due: is this a Mastodon instance?")
    root = load_json(text)
    if isinstance(at(root, "error"), str):
        raise Unreadable(Outcome.CHANGED, f"the instance answers with an error: {said(at(root, 'error'))}")
    return root


def _page(posts: list[Any], collected_at: datetime, *, none: tuple[Outcome, str]) -> Page:
    originals = [mapping(at(p, "reblog")) or mapping(p) for p in posts]  # a boost is the original seen once more
    uris = {word(p.get("id")): word(p.get("uri"), longest=1000) for p in originals}
    read, skipped = readable(_mention(post, collected_at) for post in originals if not _is_private(post))
    seen = tuple(replace(m, parent_id=uris.get(m.parent_id) or m.parent_id) for m in read)
    outcome, detail = judge_items(seen, skipped, none=none)
    ids = [i for i in (word(at(p, "id")) for p in posts) if i]
    oldest = min(ids, key=lambda i: (len(i), i)) if ids else None
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next=oldest)


def _is_private(post: dict[str, Any]) -> bool:
    """Not for everybody, or its author asks not to be listed."""
    return post.get("visibility") in ("private", "direct") or at(post, "account", "noindex") is True


def _mention(post: dict[str, Any], collected_at: datetime) -> Mention | None:
    uri, content = word(post.get("uri"), longest=1000), post.get("content")
    if uri is None or not isinstance(content, str):
        return None
    published, precision = parse_time(post.get("created_at"), collected_at=collected_at)
    tags = [word(at(t, "name")) for t in sequence(post.get("tags"))]
    parent = word(post.get("in_reply_to_id"))
    return Mention(
        platform=Platform.MASTODON,
        kind=Kind.COMMENT if parent else Kind.POST,
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
            reposts=add_counts(post.get("reblogs_count"), post.get("quotes_count")),
        ),
        media=_media(post),
        topics=tuple(dict.fromkeys(t for t in tags if t)),
        parent_id=parent,
    )


def _known_uri(parent: str | None) -> str | None:
    """What an answer answers, where that is in the same payload; a local id is of no use to anybody else."""
    return parent if _address(parent) else None


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


def _media(post: dict[str, Any]) -> frozenset[Media]:
    kinds = [word(at(m, "type")) for m in sequence(post.get("media_attachments"))]
    found = {_MEDIA[k] for k in kinds if k in _MEDIA}
    return frozenset(found | ({Media.LINK} if mapping(post.get("card")) else set()))
