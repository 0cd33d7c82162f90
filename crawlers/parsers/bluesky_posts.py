"""One post of Bluesky, as the API and the stream show it: object in, mention out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crawlers.parsers.counts import add_counts, parse_count, parse_engagement
from crawlers.parsers.payload import at, mapping, sequence, word
from crawlers.parsers.text import tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Engagement, Kind, Media, Mention, Platform, TimePrecision, Verified

POST_KINDS = (Kind.POST, Kind.COMMENT, Kind.REPLY)
"""What a post can be: it stands alone, answers the first post of a thread, or answers an answer."""
URI = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,200})/app\.bsky\.feed\.post/([A-Za-z0-9._~-]{1,50})")

_PERMALINK = re.compile(r"https://bsky\.app/profile/([A-Za-z0-9._:%-]{3,260})/post/([A-Za-z0-9._~-]{1,50})/?")
_HIDDEN = frozenset({"!hide", "!takedown", "!no-unauthenticated"})
"""Labels by which a moderator or the author asks that the post is not shown around."""
_TRUSTED_DRIFT = timedelta(hours=24)
"""``createdAt`` is set by the client: it is believed when it lies this close to the server's ``indexedAt``."""


def is_hidden(post: Any) -> bool:
    labels = [
        *sequence(at(post, "labels")),
        *sequence(at(post, "author", "labels")),
        *sequence(at(post, "record", "labels", "values")),
    ]
    return any(word(at(label, "val")) in _HIDDEN for label in labels)


def read_post(post: Mapping[str, Any], collected_at: datetime) -> Mention | None:
    """A post view (``uri``, ``author``, ``record``, ``indexedAt``, counts); None where it lacks what every post has."""
    uri, text = post.get("uri"), at(post, "record", "text")
    if not isinstance(uri, str) or not URI.fullmatch(uri) or not isinstance(text, str):
        return None
    published, precision = _published(post, collected_at)
    parent, root = _reply(post, "parent"), _reply(post, "root")
    return Mention(
        platform=Platform.BLUESKY,
        kind=Kind.POST if parent is None else Kind.COMMENT if parent == root else Kind.REPLY,
        id=uri,
        url=_permalink(uri),
        author=_author(mapping(post.get("author"))),
        text=tidy(text),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=_metrics(post),
        media=_media(post),
        topics=_topics(post),
        parent_id=parent,
        root_id=root,
    )


def bare_mention(uri: str, kind: Kind, collected_at: datetime) -> Mention:
    """A post of which nothing but the id is known."""
    return Mention(platform=Platform.BLUESKY, kind=kind, id=uri, url=_permalink(uri), collected_at=collected_at)


def parse_address(address: str | None) -> tuple[str, str] | None:
    """(did or handle, record key) of a post's id or permalink; None for anything else."""
    found = (URI.fullmatch(address) or _PERMALINK.fullmatch(address)) if address else None
    return (found[1], found[2]) if found else None


def _permalink(uri: str) -> str | None:
    """With the account's lasting id: handles change, and the stream does not show them."""
    found = URI.fullmatch(uri)
    return f"https://bsky.app/profile/{found[1]}/post/{found[2]}" if found else None


def _author(author: Mapping[str, Any]) -> Author:
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


def _published(post: Mapping[str, Any], collected_at: datetime) -> tuple[datetime | None, TimePrecision]:
    indexed = parse_time(post.get("indexedAt"), collected_at=collected_at)
    created = parse_time(at(post, "record", "createdAt"), collected_at=collected_at)
    if indexed[0] is None or created[0] is None:
        return created if indexed[0] is None else indexed
    believed = abs(created[0] - indexed[0]) <= _TRUSTED_DRIFT and created[0] <= collected_at
    return created if believed else indexed


def _metrics(post: Mapping[str, Any]) -> Engagement:
    return parse_engagement(
        likes=post.get("likeCount"),
        comments=post.get("replyCount"),
        reposts=add_counts(post.get("repostCount"), post.get("quoteCount")),
        saves=post.get("bookmarkCount"),
    )


def _media(post: Mapping[str, Any]) -> frozenset[Media]:
    kinds = [word(at(post, *path, "$type")) or "" for path in (("embed",), ("embed", "media"), ("record", "embed"))]
    signs = {"images": Media.IMAGE, "video": Media.VIDEO, "external": Media.LINK}
    return frozenset(media for sign, media in signs.items() if any(f"embed.{sign}" in kind for kind in kinds))


def _topics(post: Mapping[str, Any]) -> tuple[str, ...]:
    features = [f for facet in sequence(at(post, "record", "facets")) for f in sequence(at(facet, "features"))]
    tags = [word(at(f, "tag")) for f in features] + [word(t) for t in sequence(at(post, "record", "tags"))]
    return tuple(dict.fromkeys(t for t in tags if t))


def _reply(post: Mapping[str, Any], which: str) -> str | None:
    uri = at(post, "record", "reply", which, "uri")
    return uri if isinstance(uri, str) and URI.fullmatch(uri) else None
