"""What an invented Mastodon instance answers: posts, pages of a tag, the answers under a post, events of a stream. Pure."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from drill.happenings import Happening
from drill.identities import MASTODON_HOME, short_id
from drill.world import OutComment, OutPost
from records.mention import Media, Verified

NO_LOGIN = {"error": "This method requires an authenticated user"}
NO_TOKEN = {"error": "The access token is invalid"}
NO_RECORD = {"error": "Record not found"}
TOO_OFTEN = {"error": "Too many requests"}
_TAG = re.compile(r"#([^#\s]{1,40})#?")
_KINDS = {Media.IMAGE: "image", Media.LIVE: "image", Media.VIDEO: "video", Media.AUDIO: "audio"}


def render_page(
    posts: Sequence[OutPost], *, limit: int, max_id: str, min_id: str, mode: str | None
) -> tuple[list[OutPost], bool]:
    """The posts of one page, the newest first, and whether the page is full. ``posts`` is the newest first.

    ``max_id`` goes back from there; ``min_id`` takes the oldest that are newer, so that nobody passes over any.
    """
    if mode == "repeat":
        return list(posts[:limit]), True
    found = [p for p in posts if (not max_id or _order(p) < int(max_id)) and (not min_id or _order(p) > int(min_id))]
    if mode == "endless" and not found:
        return list(posts[-limit:]), True
    shown = found[-limit:] if min_id else found[:limit]
    return shown, len(found) > len(shown)


def render_link(address: str, shown: Sequence[OutPost]) -> str:
    """The Link header of a page."""
    older, newer = short_id(shown[-1].id), short_id(shown[0].id)
    return f'<{address}?max_id={older}>; rel="next", <{address}?min_id={newer}>; rel="prev"'


def render_status(out: OutPost, tag: str = "") -> dict[str, Any]:
    post = out.post
    tags = list(dict.fromkeys([*([tag] if tag else []), *_TAG.findall(post.text)]))
    reposts = out.metrics.get("reposts", 0)
    return {
        **_common(short_id(out.id), out.id, out.author_id, out.published_at, _content(post.text, tags)),
        "in_reply_to_id": None,
        "spoiler_text": post.title or "",
        "edited_at": _time(out.edited_at) if out.edited_at else None,
        "replies_count": out.metrics.get("comments", 0),
        "reblogs_count": reposts - reposts // 10,
        "quotes_count": reposts // 10,
        "favourites_count": out.metrics.get("likes", 0),
        "account": _account(out.author_id, post.author.name, post.author.followers, post.author.verified),
        "media_attachments": [
            {"id": str(n), "type": _KINDS[kind], "url": f"https://files.{MASTODON_HOME}/{n}", "description": None}
            for n, kind in enumerate(sorted(post.media & _KINDS.keys()), 1)
        ],
        "tags": [{"name": name.lower(), "url": f"https://{MASTODON_HOME}/tags/{name}"} for name in tags],
    }


def render_answer(out: OutPost, comment: OutComment) -> dict[str, Any]:
    """A comment: on Mastodon a post that answers another."""
    author = comment.comment.author
    content = _content(comment.comment.text, [])
    return {
        **_common(short_id(comment.id), comment.id, comment.author_id, comment.published_at, content),
        "in_reply_to_id": short_id(out.id),
        "spoiler_text": "",
        "edited_at": None,
        "replies_count": 0,
        "reblogs_count": 0,
        "quotes_count": 0,
        "favourites_count": comment.comment.likes,
        "account": _account(comment.author_id, author.name, author.followers, author.verified),
        "media_attachments": [],
        "tags": [],
    }


def render_context(out: OutPost) -> dict[str, Any]:
    """What was answered to a post, the oldest first."""
    return {"ancestors": [], "descendants": [render_answer(out, c) for c in reversed(out.comments)]}


def render_event(happening: Happening, tag: str) -> str:
    if happening.what == "delete":
        return f"event: delete\ndata: {short_id(happening.post.id)}\n\n"
    name = "update" if happening.what == "create" else "status.update"
    return f"event: {name}\ndata: {json.dumps(render_status(happening.post, tag), ensure_ascii=False)}\n\n"


def render_instance(streaming: str) -> dict[str, Any]:
    return {
        "domain": MASTODON_HOME,
        "title": "云杉社区",
        "version": "4.4.1",
        "configuration": {"urls": {"streaming": streaming, "status": None}},
    }


def _order(out: OutPost) -> int:
    return int(short_id(out.id))


def _common(ident: str, uri: str, account: str, at: datetime, content: str) -> dict[str, Any]:
    return {
        "id": ident,
        "created_at": _time(at),
        "in_reply_to_account_id": None,
        "sensitive": False,
        "visibility": "public",
        "language": "zh",
        "uri": uri,
        "url": f"https://{MASTODON_HOME}/@{account}/{ident}",
        "content": content,
        "reblog": None,
        "mentions": [],
        "emojis": [],
        "card": None,
        "poll": None,
    }


def _account(ident: str, name: str, followers: int, verified: Verified) -> dict[str, Any]:
    proven = [] if verified is Verified.NONE else [{"name": "Web", "value": "…", "verified_at": "2025-01-01T00:00:00Z"}]
    return {
        "id": str(int(ident[1:], 16)),
        "username": ident,
        "acct": ident,
        "display_name": name,
        "bot": False,
        "url": f"https://{MASTODON_HOME}/@{ident}",
        "uri": f"https://{MASTODON_HOME}/users/{ident}",
        "followers_count": followers,
        "hide_collections": False,
        "noindex": False,
        "fields": proven,
    }


def _content(text: str, tags: Sequence[str]) -> str:
    lines = "<br>".join(html.escape(line, quote=False) for line in text.split("\n"))
    for tag in tags:
        link = f'<a href="https://{MASTODON_HOME}/tags/{html.escape(tag)}" class="mention hashtag" rel="tag">#<span>{html.escape(tag)}</span></a>'
        lines = re.sub(rf"#{re.escape(html.escape(tag, quote=False))}#?", link.replace("\\", r"\\"), lines)
    return f"<p>{lines}</p>"


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
