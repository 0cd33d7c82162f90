"""Xiaohongshu's answers in the drill: the search and note pages, and the JSON that their own script asks for. Pure.

Every text is invented; only the nesting and the key names are the platform's. The pages carry no results: as on the
platform, these come only by the script's own requests, which show the page's ticket.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drill.sites.base import page_of
from drill.ticketed import page_state
from drill.world import OutPost, select_matching, short_count
from records.mention import Media, Verified

PAGE_SIZE = 20

_VERIFIED = {
    Verified.NONE: 0,
    Verified.UNKNOWN: 0,
    Verified.PERSONAL: 1,
    Verified.ENTERPRISE: 2,
    Verified.MEDIA: 2,
    Verified.GOVERNMENT: 2,
}
_SEARCH_COUNTS = {
    "likes": "liked_count",
    "saves": "collected_count",
    "comments": "comment_count",
    "reposts": "shared_count",
}
_NOTE_COUNTS = _SEARCH_COUNTS | {"reposts": "share_count"}

LOGIN_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>小红书搜索</title></head><body><div class="search-layout">'
    '<div class="login-container"><div class="title">登录后查看搜索结果</div></div></div><script>window.__INITIAL_STATE__='
    '{"user":{"loggedIn":false},"search":{"feeds":[],"hasMore":true}}</script></body></html>'
)
CAPTCHA_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>安全验证</title></head><body><div id="captcha-div">'
    "为保护账号安全，请完成验证</div></body></html>"
)
GONE_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>小红书 - 你访问的页面不见了</title></head><body>'
    '<div class="not-found">当前笔记暂时无法浏览</div></body></html>'
)


def refusal(code: int, message: str) -> dict[str, Any]:
    """The platform's envelope of a refusal."""
    return {"code": code, "success": False, "msg": message, "data": {}}


LOGIN = refusal(-100, "登录已过期")
CAPTCHA = refusal(300011, "当前账号存在异常，请切换账号后重试")
TOO_OFTEN = refusal(300013, "访问过于频繁，请稍后再试")
LOGIN_FORM = (
    '<!doctype html><html><head><meta charset="utf-8"><title>小红书 - 登录</title></head><body>'
    '<div class="login-container">扫码登录</div></body></html>'
)
NO_TICKET = refusal(300015, "浏览器环境异常，请重试")
GONE = refusal(-510000, "笔记不存在")


def token_of(ident: str) -> str:
    """The short-lived token that a link to a note or user carries."""
    return "AB" + hashlib.sha256(f"xsec {ident}".encode()).hexdigest()[:48] + "="


def written_state(state: Mapping[str, Any]) -> str:
    """The state as the page's script holds it, with what is no JSON."""
    return page_state(state).replace('"@undefined"', "undefined")


def search_state(keyword: str) -> dict[str, Any]:
    return {
        "global": {"pwaAddDesktopPrompt": "@undefined"},
        "user": {"loggedIn": True, "userInfo": {"guest": False}},
        "search": {
            "state": "auto",
            "searchContext": {"keyword": keyword, "page": 1, "pageSize": PAGE_SIZE, "sort": "general", "noteType": 0},
            "searchValue": keyword,
            "feeds": [],
            "hasMore": True,
            "firstEnter": "@undefined",
        },
    }


def note_state(out: OutPost | None = None) -> dict[str, Any]:
    """The state of a note's page; with a note where the server writes the note into the page."""
    written = {out.id: {"comments": {"list": []}, "currentTime": 0, "note": _camel(_note(out))}} if out else {}
    return {
        "user": {"loggedIn": True, "userInfo": {"guest": False}},
        "note": {
            "noteDetailMap": written,
            "serverRequestInfo": {"state": "success", "errorCode": 0, "errMsg": ""},
            "volume": "@undefined",
        },
    }


def is_written(out: OutPost) -> bool:
    """Video notes come written into their page; for the others its script asks."""
    return _type(out) == "video"


def render_search(
    posts: list[OutPost], query: str, page: int, size: int, now: datetime, mode: str | None = None
) -> dict[str, Any]:
    """One page of results, newest first; as on the platform, nothing found has no ``items`` at all."""
    found = select_matching(posts, query)
    size = min(max(size, 1), PAGE_SIZE)
    shown, has_more = page_of(found, page, size, mode)
    data: dict[str, Any] = {"has_more": has_more, "request_dqa_instant": page == 1}
    items: list[dict[str, Any]] = [_search_item(out, now) for out in shown]
    if page == 1 and len(items) > 2:
        items.insert(2, _hot_queries(query))
    if len(items) > 8:
        items.append(items[0])
    if items:
        data["items"] = items
    return {"code": 0, "success": True, "msg": "成功", "data": data}


def render_feed(posts: list[OutPost], note: str, now: datetime) -> dict[str, Any]:
    """The whole of one note (``/feed``), or the platform's "does not exist"."""
    out = next((p for p in posts if p.id == note), None)
    if out is None:
        return GONE
    item = {"id": out.id, "model_type": "note", "note_card": _note(out)}
    current = int(now.timestamp() * 1000)
    return {
        "code": 0,
        "success": True,
        "msg": "成功",
        "data": {"cursor_score": "", "current_time": current, "items": [item]},
    }


def render_user(posts: list[OutPost], user: str) -> dict[str, Any]:
    """One author (``/user/otherinfo``): followers, received likes, badge."""
    out = next((p for p in posts if p.author_id == user), None)
    if out is None:
        return refusal(-1, "用户不存在")
    account = out.post.author
    interactions = (("follows", "关注", 86), ("fans", "粉丝", account.followers), ("interaction", "获赞与收藏", 4100))
    return {
        "code": 0,
        "success": True,
        "msg": "成功",
        "data": {
            "basic_info": {
                "nickname": account.name,
                "red_id": str(900_000_000 + int(user[2:10], 16) % 99_999_999),
                "desc": "",
                "ip_location": out.post.region or "",
            },
            "interactions": [{"type": t, "name": n, "count": str(short_count(c))} for t, n, c in interactions],
            "verify_info": {"red_official_verify_type": _VERIFIED[account.verified]},
            "tags": [],
            "extra_info": {"fstatus": "none", "blockType": "DEFAULT"},
            "result": {"success": True, "code": 0, "message": "success"},
        },
    }


def relative_time(at: datetime, now: datetime) -> str:
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 60:
        return "刚刚"
    return f"{seconds // 60}分钟前" if seconds < 3600 else f"{seconds // 3600}小时前"


def _search_item(out: OutPost, now: datetime) -> dict[str, Any]:
    post = out.post
    card: dict[str, Any] = {
        "type": _type(out),
        "user": _user(out) | {"nick_name": post.author.name},
        "interact_info": {"liked": False, "collected": False} | _counts(out, _SEARCH_COUNTS),
        "cover": {"height": 1440, "width": 1080, "url_default": "", "url_pre": ""},
        "image_list": _images(out),
        "corner_tag_info": [{"type": "publish_time", "text": relative_time(out.published_at, now)}],
        "display_title": post.title or "",
    }
    if _type(out) == "video":
        card["video"] = {"capa": {"duration": 47}}
    return {"id": out.id, "model_type": "note", "note_card": card, "xsec_token": token_of(out.id)}


def _note(out: OutPost) -> dict[str, Any]:
    post, milliseconds = out.post, int(out.published_at.timestamp()) * 1000
    edited = int(out.edited_at.timestamp()) * 1000 if out.edited_at else milliseconds
    return {
        "note_id": out.id,
        "type": _type(out),
        "title": post.title or "",
        "desc": re.sub(r"#([^#\n]+)#", r"#\1[话题]#", post.text),
        "time": milliseconds,
        "last_update_time": edited,
        "ip_location": post.region or "",
        "user": _user(out),
        "interact_info": {"followed": False, "relation": "none", "liked": False, "collected": False}
        | _counts(out, _NOTE_COUNTS),
        "tag_list": [
            {"id": hashlib.sha256(name.encode()).hexdigest()[:24], "name": name, "type": "topic"}
            for name in re.findall(r"#([^#\n]+)#", post.text)
        ],
        "at_user_list": [],
        "image_list": _images(out),
        "share_info": {"un_share": False},
    }


def _camel(node: Any) -> Any:
    """The same JSON with ``liked_count`` spelt ``likedCount``, as a page's state spells it."""
    if isinstance(node, list):
        return [_camel(n) for n in node]
    if isinstance(node, dict):
        return {re.sub(r"_([a-z])", lambda m: m[1].upper(), k): _camel(v) for k, v in node.items()}
    return node


def _user(out: OutPost) -> dict[str, Any]:
    return {
        "user_id": out.author_id,
        "nickname": out.post.author.name,
        "avatar": "",
        "xsec_token": token_of(out.author_id),
    }


def _type(out: OutPost) -> str:
    return "video" if Media.VIDEO in out.post.media else "normal"


def _counts(out: OutPost, names: Mapping[str, str]) -> dict[str, str]:
    return {theirs: str(short_count(out.metrics[ours])) for ours, theirs in names.items() if ours in out.metrics}


def _images(out: OutPost) -> list[dict[str, Any]]:
    if not out.post.media & {Media.IMAGE, Media.LIVE}:
        return []
    return [{"height": 1440, "width": 1080, "live_photo": Media.LIVE in out.post.media, "info_list": []}]


def _hot_queries(query: str) -> dict[str, Any]:
    queries = [{"id": "q1", "name": f"{query} 门店", "search_word": f"{query} 门店", "cover": ""}]
    return {
        "id": "drill-hotquery-0001#1",
        "model_type": "hot_query",
        "hot_query": {"title": "大家都在搜", "source": 1, "word_request_id": "drill", "queries": queries},
        "xsec_token": "",
    }
