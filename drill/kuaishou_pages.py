"""Kuaishou's answers in the drill: search, video, comments, and what its server writes into its pages. Pure.

Every text is invented; only the nesting and the key names are the platform's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from drill.sites.base import page_of
from drill.world import OutComment, OutPost, select_matching, short_count

PAGE_SIZE = 20
HOST = {"host-name": "drill-host"}

LOGIN_PAGE = '<!doctype html><html><head><meta charset="utf-8"><title>快手</title></head><body>登录</body></html>'
LOGIN_POPUP_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>快手</title></head><body>'
    '<div id="app"><div class="login-popup show"><h2>登录后即可观看</h2></div></div></body></html>'
)
CAPTCHA_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>快手</title></head><body>'
    '<iframe src="//captcha.invalid/iframe/index.html" title="验证"></iframe></body></html>'
)


def refusal(result: int, message: str) -> dict[str, Any]:
    return {"result": result, "error_msg": message, **HOST}


NO_TICKET = refusal(50, "签名验证失败")
CAPTCHA = {"data": {"result": 400002, "captcha": {"url": "https://captcha.invalid/iframe/index.html"}}}
UNPROVEN = {"result": 1, "pcursor": "", "feeds": [], **HOST}
"""An empty list that does not say that it is the end."""


def render_search(posts: Sequence[OutPost], query: str, cursor: str, mode: str | None) -> dict[str, Any]:
    """One screen of results; the platform offers no order by time, but the drill's are the newest first."""
    number = int(cursor) + 1 if cursor.isdecimal() else 1
    shown, more = page_of(select_matching(list(posts), query), number, PAGE_SIZE, mode)
    feeds: list[dict[str, Any]] = [_feed(out) for out in shown]
    if number == 1 and len(feeds) > 1:
        feeds.insert(1, {"type": 3, "live": {"id": "drill-live", "caption": "直播中"}})
    if len(feeds) > 8:
        feeds.append(feeds[0])
    return {
        "result": 1,
        "llsid": "1900000000000000001",
        "webPageArea": "searchxxnull",
        "searchSessionId": "drill",
        "pcursor": str(number) if more else "no_more",
        "feeds": feeds,
        **HOST,
    }


def render_video(posts: Sequence[OutPost], video: str) -> dict[str, Any]:
    """The older transport's answer for one video; one that nobody can see has a status and no photo."""
    out = next((p for p in posts if p.id == video), None)
    if out is None:
        return {
            "data": {"visionVideoDetail": {"status": 207, "type": None, "author": None, "photo": None, "tags": None}}
        }
    return {"data": {"visionVideoDetail": {"status": 1} | _feed(out)}}


def render_comments(posts: Sequence[OutPost], video: str, cursor: str, mode: str | None) -> dict[str, Any]:
    """One screen of comments; replies (they begin with 回复 @name) are only counted here."""
    out = next((p for p in posts if p.id == video), None)
    if out is None:
        return {"result": 1, "commentCountV2": 0, "pcursorV2": "no_more", "rootCommentsV2": [], **HOST}
    roots = [c for c in out.comments if _answered_name(c) is None]
    number = int(cursor) + 1 if cursor.isdecimal() else 1
    shown, more = roots[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], len(roots) > number * PAGE_SIZE
    if mode == "repeat":
        shown, more = roots[:PAGE_SIZE], bool(roots)
    elif mode == "endless":
        more = bool(roots)
    return {
        "result": 1,
        "commentCountV2": len(out.comments),
        "pcursorV2": str(number) if more else "no_more",
        "rootCommentsV2": [_comment(c) | {"hasSubComments": bool(replies_under(out, c))} for c in shown],
        **HOST,
    }


def render_replies(posts: Sequence[OutPost], video: str, root: str) -> dict[str, Any]:
    out = next((p for p in posts if p.id == video), None)
    above = next((c for c in out.comments if c.id == root), None) if out else None
    found = replies_under(out, above) if out and above else []
    return {"result": 1, "pcursorV2": "no_more", "subCommentsV2": [_comment(c) for c in found], **HOST}


def replies_under(post: OutPost, root: OutComment) -> list[OutComment]:
    return [c for c in post.comments if _answered_name(c) == root.comment.author.name]


def written_state(video: str, status: int) -> str:
    """The store that the server writes into a video's page, here of one that nobody can see."""
    key = f'$ROOT_QUERY.visionVideoDetail({{"page":"detail","photoId":"{video}"}})'
    entry: dict[str, Any] = {"status": status, "type": None, "author": None, "photo": None, "tags": []}
    state = {"defaultClient": {key: entry}}
    raw = json.dumps(state, ensure_ascii=False).replace("<", "\\u003c")
    return f"window.__APOLLO_STATE__={raw};(function(){{}}());"


def _feed(out: OutPost) -> dict[str, Any]:
    caption = f"{out.post.title} {out.post.text}" if out.post.title else out.post.text
    photo: dict[str, Any] = {
        "id": out.id,
        "caption": caption,
        "originCaption": caption,
        "timestamp": int(out.published_at.timestamp()) * 1000,
        "viewCount": short_count(out.metrics["reads"]) if "reads" in out.metrics else None,
        "commentCount": None,
        "collectCount": 0,
        "duration": 21_000,
        "width": 720,
        "height": 1280,
        "liked": False,
    }
    if "likes" in out.metrics:
        photo |= {"likeCount": short_count(out.metrics["likes"]), "realLikeCount": out.metrics["likes"]}
    return {
        "type": 1,
        "author": {"id": out.author_id, "name": out.post.author.name, "headerUrl": "", "following": False},
        "photo": photo,
        "tags": [{"type": 1, "name": name} for name in re.findall(r"#([^\s#]+)", caption)],
        "comment": {"us_c": 0},
        "canAddComment": 1,
    }


def _answered_name(out: OutComment) -> str | None:
    text = out.comment.text
    return text.removeprefix("回复 @").partition(":")[0].strip() if text.startswith("回复 @") else None


def _comment(out: OutComment) -> dict[str, Any]:
    return {
        "comment_id": int(out.id),
        "author_id": out.author_id,
        "author_name": out.comment.author.name,
        "content": out.comment.text,
        "timestamp": int(out.published_at.timestamp()) * 1000,
        "likeCount": str(short_count(out.comment.likes)),
        "liked": False,
        "commentCount": 0,
        "hasSubComments": False,
        "headurl": "",
    }
