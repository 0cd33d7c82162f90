"""Bilibili's answers in the drill: search, video, comments, and what its server writes into its pages. Pure.

Every text is invented; only the nesting and the key names are the platform's.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Sequence
from typing import Any

from drill.sites.base import page_of
from drill.world import OutComment, OutPost, select_matching
from records.mention import Verified

PAGE_SIZE = 20
_ROLES = {Verified.PERSONAL: 1, Verified.ENTERPRISE: 3, Verified.MEDIA: 5, Verified.GOVERNMENT: 6}
_STAT = {"reads": "view", "likes": "like", "comments": "reply", "reposts": "share", "saves": "favorite"}
_FOUND = {"likes": "like", "comments": "review", "saves": "favorites"}

TOO_OFTEN_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>出错啦! - bilibili.com</title></head><body>'
    '<div class="error-container"><div class="txt-item err-text">由于触发安全风控策略，该次访问请求被拒绝。</div></div></body></html>'
)
CAPTCHA_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>验证码_哔哩哔哩</title>'
    "<script>window._riskdata_ = {'v_voucher': 'voucher_drill'}</script></head><body>"
    '<div id="risk-captcha-app"></div></body></html>'
)
LOGIN_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>哔哩哔哩弹幕视频网</title></head><body>登录</body></html>'
)
GONE_STATE = {
    "aid": -1,
    "bvid": "",
    "error": {"code": 404, "trueCode": 62002, "message": "稿件不可见"},
    "videoData": {},
    "tags": [],
    "upData": {},
}


def answered(data: dict[str, Any]) -> dict[str, Any]:
    return {"code": 0, "message": "OK", "ttl": 1, "data": data}


def refusal(code: int, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "ttl": 1, "data": None}


VOUCHER = answered({"v_voucher": "voucher_drill"})
NO_TICKET = {"code": -352, "message": "-352", "ttl": 1, "data": {"v_voucher": "voucher_drill"}}
UNPROVEN = answered({"seid": "1", "page": 1, "pagesize": PAGE_SIZE, "result": []})
"""An empty list that says nothing about how much was found."""


def number_of(bvid: str) -> int:
    """The older number of a video, which its comments go by."""
    return 116_000_000_000_000 + int(hashlib.sha256(bvid.encode()).hexdigest()[:8], 16)


def find_results(posts: Sequence[OutPost], query: str, number: int, mode: str | None) -> dict[str, Any]:
    """One page of results, newest first, as the API's ``data``; nothing found has no ``result`` at all."""
    found = select_matching(list(posts), query)
    shown, more = page_of(found, number, PAGE_SIZE, mode)
    pages = -(-len(found) // PAGE_SIZE)
    data: dict[str, Any] = {
        "seid": str(8_000_000_000 + len(query)),
        "page": number,
        "pagesize": PAGE_SIZE,
        "numResults": len(found),
        "numPages": max(pages, number + 1) if more else pages,
        "suggest_keyword": "",
        "rqt_type": "search",
        "egg_hit": 0,
        "show_column": 0,
    }
    if shown:
        data["result"] = [_result(out, query) for out in shown]
        if number == 1 and len(shown) > 1:
            data["result"].insert(1, _course())
    return data


def render_view(posts: Sequence[OutPost], bvid: str) -> dict[str, Any]:
    """The whole of one video (``view/detail``), or the platform's word that there is none."""
    out = next((p for p in posts if p.id == bvid), None)
    if out is None:
        return {"code": -404, "message": "啥都木有", "ttl": 1}
    account, title, text = out.post.author, *_title_and_text(out)
    official = {"role": _ROLES.get(account.verified, 0), "title": "", "desc": "", "type": _official_type(out)}
    view = {
        "bvid": out.id,
        "aid": number_of(out.id),
        "videos": 1,
        "tid": 21,
        "tname": "日常",
        "title": title,
        "pubdate": int(out.published_at.timestamp()),
        "ctime": int(out.published_at.timestamp()),
        "desc": text,
        "state": 0,
        "duration": 242,
        "owner": {"mid": int(out.author_id), "name": account.name, "face": ""},
        "stat": {theirs: out.metrics.get(ours, -1) for ours, theirs in _STAT.items()} | {"danmaku": 0, "coin": 0},
    }
    return answered(
        {
            "View": view,
            "Card": {
                "card": {"mid": out.author_id, "name": account.name, "fans": account.followers, "Official": official},
                "follower": account.followers,
            },
            "Tags": [{"tag_id": 1, "tag_name": "日常"}],
            "Related": [],
        }
    )


def render_comments(posts: Sequence[OutPost], aid: str, order: str, offset: str, mode: str | None) -> dict[str, Any]:
    """One page of comments: order "2" is the newest first, anything else the liked ones first.

    The author's own comments are pinned; one that begins with 回复 @name stands under that person's comment.
    """
    out = next((p for p in posts if str(number_of(p.id)) == aid), None)
    if out is None:
        return refusal(-404, "啥都木有")
    replies = [c for c in out.comments if _answered_name(c) is not None]
    pinned = [c for c in out.comments if c.comment.author.name == out.post.author.name and c not in replies][:1]
    roots = [c for c in out.comments if c not in replies and c not in pinned]
    if order != "2":
        roots = sorted(roots, key=lambda c: c.comment.likes, reverse=True)
    number = int(offset) if offset.isdecimal() else 1
    size = PAGE_SIZE
    start = (number - 1) * size
    shown, more = roots[start : start + size], len(roots) > start + size
    if mode == "repeat":
        shown, more = roots[:size], bool(roots)
    elif mode == "endless":
        more = bool(roots)
    top = _thread(pinned[0], replies, out) if pinned and number == 1 else None
    return answered(
        {
            "cursor": {
                "is_begin": number == 1,
                "prev": 0,
                "next": number + 1,
                "is_end": not more,
                "mode": int(order) if order.isdecimal() else 3,
                "all_count": len(out.comments),
                "pagination_reply": {"next_offset": str(number + 1)} if more else {},
            },
            "hots": None,
            "top": {"admin": None, "upper": top, "vote": None},
            "top_replies": [top] if top else None,
            "replies": [_thread(c, replies, out) for c in shown] or None,
            "upper": {"mid": int(out.author_id)},
        }
    )


def written_state(data: dict[str, Any]) -> str:
    """A program that fills the page's store with results, as the server writes it: no JSON for a reader of pages."""
    raw = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    return f"window.__pinia=(function(a){{return {{searchTypeResponse:{{searchTypeResponse:a}}}}}})({raw})"


def _result(out: OutPost, query: str) -> dict[str, Any]:
    title, text = _title_and_text(out)
    seconds = int(out.published_at.timestamp())
    return {
        "type": "video",
        "id": number_of(out.id),
        "aid": number_of(out.id),
        "bvid": out.id,
        "author": out.post.author.name,
        "mid": int(out.author_id),
        "typename": "日常",
        "arcurl": f"http://www.bilibili.com/video/av{number_of(out.id)}",
        "title": _highlighted(title, query),
        "description": text or "-",
        "play": out.metrics.get("reads", "--"),
        "video_review": 0,
        "danmaku": 0,
        "tag": "日常",
        "pubdate": seconds,
        "senddate": seconds + 40,
        "duration": "4:2",
        "hit_columns": ["title"],
    } | {theirs: out.metrics[ours] for ours, theirs in _FOUND.items() if ours in out.metrics}


def _title_and_text(out: OutPost) -> tuple[str, str]:
    """Every video has a title: where the story gives none, it is the first of its words."""
    text = out.post.text
    return (out.post.title, text) if out.post.title else (text[:40], text if len(text) > 40 else "")


def _highlighted(title: str, query: str) -> str:
    shown = html.escape(title, quote=True)
    for word in {html.escape(w) for w in query.split()}:
        shown = shown.replace(word, f'<em class="keyword">{word}</em>')
    return shown


def _course() -> dict[str, Any]:
    return {
        "type": "ketang",
        "id": 900_001,
        "title": "入门课程",
        "author": "课堂",
        "play": 0,
        "pubdate": 0,
        "arcurl": "",
    }


def _official_type(out: OutPost) -> int:
    badge = out.post.author.verified
    return -1 if badge in (Verified.NONE, Verified.UNKNOWN) else 0 if badge is Verified.PERSONAL else 1


def _answered_name(out: OutComment) -> str | None:
    text = out.comment.text
    return text.removeprefix("回复 @").partition(":")[0].strip() if text.startswith("回复 @") else None


def _thread(root: OutComment, replies: Sequence[OutComment], post: OutPost) -> dict[str, Any]:
    under = [r for r in replies if _answered_name(r) == root.comment.author.name]
    shown = [_comment(r, post, root=int(root.id)) | {"replies": None} for r in under[:3]]
    return _comment(root, post, root=0) | {"replies": shown or None, "rcount": len(under)}


def _comment(out: OutComment, post: OutPost, *, root: int) -> dict[str, Any]:
    control = {"time_desc": "刚刚发布"} | ({"location": f"IP属地：{out.comment.region}"} if out.comment.region else {})
    return {
        "rpid": int(out.id),
        "rpid_str": out.id,
        "oid": number_of(post.id),
        "type": 1,
        "mid": int(out.author_id),
        "root": root,
        "root_str": str(root),
        "parent": root,
        "parent_str": str(root),
        "rcount": 0,
        "ctime": int(out.published_at.timestamp()),
        "like": out.comment.likes,
        "member": {"mid": out.author_id, "uname": out.comment.author.name, "official_verify": {"type": -1, "desc": ""}},
        "content": {"message": html.escape(out.comment.text, quote=False), "members": [], "max_line": 6},
        "invisible": False,
        "reply_control": control,
    }
