"""What Bluesky's API and its stream say of the drill's posts. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from drill.happenings import Happening
from drill.identities import account_id, short_id
from drill.world import OutComment, OutPost
from records.mention import Media, Platform, Verified

COLLECTION = "app.bsky.feed.post"
REACH = timedelta(hours=36)
"""How far back the stream reaches; an older cursor is moved up without a word."""
NO_LOGIN = {"error": "AuthMissing", "message": "Authentication Required"}
TOO_OFTEN = {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
REFUSED = "<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>"


def render_search(posts: Sequence[OutPost], total: int, cursor: str | None) -> dict[str, Any]:
    return {"hitsTotal": total, "posts": [render_post(p) for p in posts]} | ({"cursor": cursor} if cursor else {})


def render_post(out: OutPost) -> dict[str, Any]:
    reposts = out.metrics.get("reposts", 0)
    return {
        "$type": "app.bsky.feed.defs#postView",
        "uri": out.id,
        "cid": f"bafyrei{short_id(out.id)}",
        "author": _author(out.author_id, out.post.author.name, out.post.author.verified),
        "record": _record(out),
        "replyCount": out.metrics.get("comments", 0),
        "repostCount": reposts - reposts // 10,
        "quoteCount": reposts // 10,
        "likeCount": out.metrics.get("likes", 0),
        "bookmarkCount": out.metrics.get("saves", 0),
        "indexedAt": _time(out.published_at),
        "labels": [],
    }


def render_thread(out: OutPost) -> dict[str, Any]:
    replies = [
        {"$type": "app.bsky.feed.defs#threadViewPost", "post": _answer(out, c), "replies": []} for c in out.comments
    ]
    thread = {"$type": "app.bsky.feed.defs#threadViewPost", "post": render_post(out), "replies": replies}
    return {"thread": thread}


def render_profile(ident: str, name: str, followers: int, verified: Verified) -> dict[str, Any]:
    return {**_author(ident, name, verified), "followersCount": followers, "followsCount": 90, "postsCount": 1500}


def render_handle(ident: str) -> str:
    return f"u{ident.rpartition(':')[2][:9]}.bsky.social"


def render_frame(happening: Happening) -> dict[str, Any]:
    out = happening.post
    commit: dict[str, Any] = {
        "rev": f"3l{microseconds(happening.at)}",
        "operation": happening.what,
        "collection": COLLECTION,
        "rkey": short_id(out.id),
    }
    if happening.what != "delete":
        commit |= {"record": _record(out), "cid": f"bafyrei{short_id(out.id)}"}
    return {"did": out.author_id, "time_us": microseconds(happening.at), "kind": "commit", "commit": commit}


def render_other_frame(at: datetime, *, active: bool | None = None) -> dict[str, Any]:
    """A frame about an account that has nothing to do with the story: its name, or whether it is active."""
    did = account_id(Platform.BLUESKY, "somebody else")
    about: dict[str, Any] = {"did": did, "seq": microseconds(at) // 1000, "time": _time(at)}
    if active is None:
        return {
            "did": did,
            "time_us": microseconds(at),
            "kind": "identity",
            "identity": about | {"handle": render_handle(did)},
        }
    return {"did": did, "time_us": microseconds(at), "kind": "account", "account": about | {"active": active}}


def microseconds(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def _answer(out: OutPost, comment: OutComment) -> dict[str, Any]:
    there = {"uri": out.id, "cid": f"bafyrei{short_id(out.id)}"}
    author = comment.comment.author
    return {
        "uri": comment.id,
        "cid": f"bafyrei{short_id(comment.id)}",
        "author": _author(comment.author_id, author.name, author.verified),
        "record": {
            "$type": COLLECTION,
            "createdAt": _time(comment.published_at),
            "langs": ["zh"],
            "text": comment.comment.text,
            "reply": {"root": there, "parent": there},
        },
        "replyCount": 0,
        "repostCount": 0,
        "quoteCount": 0,
        "likeCount": comment.comment.likes,
        "indexedAt": _time(comment.published_at),
        "labels": [],
    }


def _record(out: OutPost) -> dict[str, Any]:
    post = out.post
    record: dict[str, Any] = {
        "$type": COLLECTION,
        "createdAt": _time(out.published_at),
        "langs": ["zh"],
        "text": f"{post.title}\n{post.text}" if post.title else post.text,
    }
    if Media.VIDEO in post.media:
        record["embed"] = {"$type": "app.bsky.embed.video"}
    elif Media.IMAGE in post.media:
        record["embed"] = {"$type": "app.bsky.embed.images", "images": [{"alt": ""}]}
    return record


def _author(ident: str, name: str, verified: Verified) -> dict[str, Any]:
    author: dict[str, Any] = {"did": ident, "handle": render_handle(ident), "displayName": name, "labels": []}
    if verified not in (Verified.NONE, Verified.UNKNOWN):
        author["verification"] = {"verifiedStatus": "valid", "trustedVerifierStatus": "none"}
    return author


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
