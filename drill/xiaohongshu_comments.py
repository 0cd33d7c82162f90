"""Xiaohongshu's answers about comments in the drill. Every text is invented; nesting and key names are the platform's."""

from __future__ import annotations

from typing import Any

from drill.threads import Thread, select_threads
from drill.world import OutComment, OutPost, short_count

PAGE_SIZE = 10
SHOWN_REPLIES = 1
"""Replies that lie in the comment they answer; the others come when the reader unfolds them."""


def render_comments(posts: list[OutPost], note: str, cursor: str) -> dict[str, Any] | None:
    """One page of a note's comments (``/comment/page``) behind ``cursor``; None for a note that is not there."""
    out = next((p for p in posts if p.id == note), None)
    if out is None:
        return None
    threads = select_threads(out.comments)
    start = next((n + 1 for n, t in enumerate(threads) if t.comment.id == cursor), 0)
    shown = threads[start : start + PAGE_SIZE]
    return _page([_thread(t, out) for t in shown], has_more=start + PAGE_SIZE < len(threads))


def render_replies(posts: list[OutPost], note: str, root: str, cursor: str, number: int) -> dict[str, Any] | None:
    """More replies to one comment (``/comment/sub/page``) behind ``cursor``; None for a comment that is not there."""
    out = next((p for p in posts if p.id == note), None)
    thread = next((t for t in select_threads(out.comments) if t.comment.id == root), None) if out else None
    if out is None or thread is None:
        return None
    start = next((n + 1 for n, r in enumerate(thread.replies) if r.id == cursor), 0)
    shown = thread.replies[start : start + number]
    return _page([_reply(r, thread, out) for r in shown], has_more=start + number < len(thread.replies))


def _page(comments: list[dict[str, Any]], *, has_more: bool) -> dict[str, Any]:
    cursor = comments[-1]["id"] if comments else ""
    data = {"comments": comments, "cursor": cursor, "has_more": has_more, "time": 0, "xsec_token": ""}
    return {"code": 0, "success": True, "msg": "成功", "data": data}


def _thread(thread: Thread, out: OutPost) -> dict[str, Any]:
    shown = thread.replies[:SHOWN_REPLIES]
    return _comment(thread.comment, out) | {
        "sub_comment_count": str(len(thread.replies)),
        "sub_comment_cursor": shown[-1].id if shown else "",
        "sub_comment_has_more": len(thread.replies) > len(shown),
        "sub_comments": [_reply(r, thread, out) for r in shown],
    }


def _reply(reply: OutComment, thread: Thread, out: OutPost) -> dict[str, Any]:
    target = {"id": thread.comment.id, "user_info": _user(thread.comment)}
    return _comment(reply, out) | {"target_comment": target}


def _comment(comment: OutComment, out: OutPost) -> dict[str, Any]:
    said = comment.comment
    return {
        "id": comment.id,
        "note_id": out.id,
        "content": said.text,
        "create_time": int(comment.published_at.timestamp()) * 1000,
        "ip_location": said.region or "",
        "liked": False,
        "like_count": str(short_count(said.likes)),
        "status": 0,
        "show_tags": ["is_author"] if comment.author_id == out.author_id else [],
        "at_users": [],
        "user_info": _user(comment),
    }


def _user(comment: OutComment) -> dict[str, Any]:
    return {
        "user_id": comment.author_id,
        "nickname": comment.comment.author.name,
        "image": "",
        "xsec_token": "",
        "ai_agent": False,
    }
