"""What YouTube's Data API says of the drill's videos: figures as text, titles escaped in searches only. Pure."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from drill.world import OutComment, OutPost
from records.mention import Media


def render_list(
    kind: str, items: Sequence[Any], *, total: int | None = None, token: str | None = None
) -> dict[str, Any]:
    listed: dict[str, Any] = {"kind": f"youtube#{kind}ListResponse", "etag": "drill", "items": list(items)}
    listed["pageInfo"] = {"totalResults": len(items) if total is None else total, "resultsPerPage": len(items)}
    return listed | ({"nextPageToken": token} if token else {})


def render_refusal(status: int, reason: str, domain: str = "youtube.quota") -> dict[str, Any]:
    said = "The request cannot be completed."
    error = {"code": status, "message": said, "errors": [{"message": said, "domain": domain, "reason": reason}]}
    return {"error": error}


def render_found(out: OutPost) -> dict[str, Any]:
    """A search result: the title escaped for HTML, the description cut, no figures."""
    snippet = _snippet(out)
    snippet["title"] = html.escape(snippet["title"])
    if len(snippet["description"]) > 60:
        snippet["description"] = snippet["description"][:60] + " ..."
    return {
        "kind": "youtube#searchResult",
        "id": {"kind": "youtube#video", "videoId": out.id},
        "snippet": snippet | {"publishTime": snippet["publishedAt"]},
    }


def render_channel_found(query: str) -> dict[str, Any]:
    """A channel among the results, as searches show them in spite of type=video."""
    return {
        "kind": "youtube#searchResult",
        "id": {"kind": "youtube#channel", "channelId": "UCdrilldrilldrilldrill00"},
        "snippet": {"publishedAt": "2020-01-01T00:00:00Z", "title": query, "description": "", "channelTitle": query},
    }


def render_video(out: OutPost) -> dict[str, Any]:
    names = {"reads": "viewCount", "likes": "likeCount", "comments": "commentCount"}
    figures = {theirs: str(out.metrics[ours]) for ours, theirs in names.items() if ours in out.metrics}
    statistics = figures | {"favoriteCount": "0"}
    return {"kind": "youtube#video", "id": out.id, "snippet": _snippet(out), "statistics": statistics}


def render_channel(ident: str, followers: int) -> dict[str, Any]:
    """A channel with its subscribers, rounded to three digits as shown; one without any hides them."""
    rounded = int(float(f"{followers:.3g}"))
    statistics: dict[str, Any] = {"viewCount": "1000", "hiddenSubscriberCount": followers == 0, "videoCount": "12"}
    return {
        "kind": "youtube#channel",
        "id": ident,
        "statistics": statistics | ({"subscriberCount": str(rounded)} if followers else {}),
    }


def render_comment_thread(out: OutPost, comment: OutComment) -> dict[str, Any]:
    snippet = {
        "channelId": out.author_id,
        "videoId": out.id,
        "textDisplay": comment.comment.text,
        "textOriginal": comment.comment.text,
        "authorDisplayName": f"@{comment.comment.author.name}",
        "authorChannelId": {"value": comment.author_id},
        "likeCount": comment.comment.likes,
        "publishedAt": _time(comment.published_at),
        "updatedAt": _time(comment.published_at),
    }
    top = {"kind": "youtube#comment", "id": comment.id, "snippet": snippet}
    thread = {"videoId": out.id, "topLevelComment": top, "canReply": True, "totalReplyCount": 0, "isPublic": True}
    return {"kind": "youtube#commentThread", "id": comment.id, "snippet": thread}


def _snippet(out: OutPost) -> dict[str, Any]:
    post = out.post
    return {
        "publishedAt": _time(out.published_at),
        "channelId": out.author_id,
        "title": post.title or post.text.split("\n")[0][:60],
        "description": post.text,
        "channelTitle": post.author.name,
        "liveBroadcastContent": "live" if Media.LIVE in post.media else "none",
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
