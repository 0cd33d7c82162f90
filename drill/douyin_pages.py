"""Douyin's answers in the drill: search whole and in chunks, one post, comments, and its walls. Pure.

Every text is invented; nesting and key names are the platform's. As on its web pages plays are always 0, and the mixed
search tells neither followers nor badges.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from drill.sites.base import page_of
from drill.threads import Thread, select_threads
from drill.world import OutComment, OutPost, select_matching
from records.mention import Media, Verified

PAGE_SIZE = 10
COMMENTS_SIZE = 20
_BADGES = {
    Verified.PERSONAL: ("custom_verify", "知名美食作者"),
    Verified.ENTERPRISE: ("enterprise_verify_reason", "演练品牌官方账号"),
    Verified.MEDIA: ("enterprise_verify_reason", "演练城市频道官方账号"),
    Verified.GOVERNMENT: ("enterprise_verify_reason", "演练市市场监督管理局官方账号"),
}
_DECLINED = "自残"

CAPTCHA_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>验证码中间页</title></head><body>'
    '<div id="captcha_container"></div></body></html>'
)
LOGIN_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>登录 - 抖音</title></head><body>扫码登录</body></html>'
)
LOGIN: dict[str, Any] = {
    "status_code": 2483,
    "status_msg": "请先登录，再继续搜索吧",
    "data": [],
    "has_more": 0,
    "cursor": 0,
    "not_login_module": {"guide_login_tip_exist": True},
}
CAPTCHA: dict[str, Any] = {
    "status_code": 0,
    "data": [],
    "has_more": 0,
    "cursor": 0,
    "search_nil_info": {"search_nil_type": "verify_check", "search_nil_item": "verify_check", "text_type": 10},
}
SILENT: dict[str, Any] = {
    "status_code": 0,
    "data": [],
    "has_more": 0,
    "cursor": 0,
    "aweme_detail": None,
    "comments": None,
    "total": 3,
}
"""Refused without a word: an empty list as of a search that finds nothing."""
NO_TICKET = "blocked"


def render_search(
    posts: list[OutPost], query: str, offset: int, mode: str | None, now: datetime
) -> list[dict[str, Any]]:
    """One screen of the mixed search: the documents that its answer holds (several on the first screen)."""
    page = offset // PAGE_SIZE + 1
    found, has_more = page_of(select_matching(posts, query), page, PAGE_SIZE, mode)
    if _DECLINED in query:
        nil = {"search_nil_type": "content_limit", "search_nil_item": "hit_self_harm", "text_type": 10}
        return [_envelope([], 0, False, now) | {"search_nil_info": nil}]
    cards = [_card(out, number) for number, out in enumerate(found)]
    if page == 1 and len(cards) > 1:
        cards[1:1] = [_related(query), _article(query), _ad(found[0])]
        cards.append(_mix(found[-1]))
    cursor = offset + len(found)
    if page > 1 or len(cards) < 2:
        return [_envelope(cards, cursor, has_more, now)]
    half = len(cards) // 2
    return [_envelope(cards[:half], cursor, True, now), _envelope(cards[half:], cursor, has_more, now)]


def render_chunks(documents: Sequence[dict[str, Any]]) -> bytes:
    """Documents as the first screen carries them: each behind a line with its length in hex, a zero at the end."""
    parts = [json.dumps(d, ensure_ascii=False).encode() for d in documents]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def render_videos(posts: list[OutPost], query: str, offset: int, mode: str | None, now: datetime) -> dict[str, Any]:
    """One screen of the video tab, which tells followers and badges."""
    matching = [p for p in select_matching(posts, query) if not is_written(p)]
    found, has_more = page_of(matching, offset // PAGE_SIZE + 1, PAGE_SIZE, mode)
    return _envelope([{"aweme_info": _aweme(o, tells=True)} for o in found], offset + len(found), has_more, now)


def render_detail(posts: list[OutPost], ident: str, *, was_deleted: bool) -> dict[str, Any]:
    """One post, or the platform's word that it is gone."""
    out = next((p for p in posts if p.id == ident), None)
    if out is not None:
        return {"aweme_detail": _aweme(out, tells=True), "filter_detail": None, "status_code": 0}
    reason = "status_self_see" if was_deleted else "status_not_found"
    told = {
        "aweme_id": ident,
        "filter_reason": reason,
        "detail_msg": "因作品权限或已被删除，无法观看",
        "notice": "抱歉",
    }
    return {"aweme_detail": None, "filter_detail": told, "status_code": 0}


def is_written(out: OutPost) -> bool:
    """Picture posts come written into their page (RENDER_DATA); for videos its script asks."""
    return Media.IMAGE in out.post.media and Media.VIDEO not in out.post.media


def render_data(out: OutPost | None) -> str:
    """The state in a post's page, percent-encoded as on the platform."""
    app: dict[str, Any] = {"isSpider": False}
    if out is not None:
        aweme = _aweme(out, tells=True)
        author = aweme["author"]
        app["videoDetail"] = {
            "awemeId": aweme["aweme_id"],
            "awemeType": aweme["aweme_type"],
            "desc": aweme["desc"],
            "createTime": aweme["create_time"],
            "stats": {_camel(k): v for k, v in aweme["statistics"].items()},
            "authorInfo": {_camel(k): v for k, v in author.items()},
            "textExtra": [{_camel(k): v for k, v in t.items()} for t in aweme["text_extra"]],
            "images": aweme["images"],
        }
    return quote(json.dumps({"app": app}, ensure_ascii=False), safe="")


def render_comments(posts: list[OutPost], ident: str, cursor: int) -> dict[str, Any]:
    """One page of a post's comments from place ``cursor`` on."""
    out = next((p for p in posts if p.id == ident), None)
    threads = select_threads(out.comments) if out else []
    shown = threads[cursor : cursor + COMMENTS_SIZE]
    return {
        "status_code": 0,
        "comments": [_comment(t.comment, ident, thread=t) for t in shown] or None,
        "cursor": cursor + COMMENTS_SIZE,
        "has_more": int(cursor + COMMENTS_SIZE < len(threads)),
        "total": len(out.comments) if out else 0,
    }


def render_replies(posts: list[OutPost], ident: str, comment: str, cursor: int, count: int) -> dict[str, Any]:
    """Replies to one comment from place ``cursor`` on."""
    out = next((p for p in posts if p.id == ident), None)
    thread = next((t for t in select_threads(out.comments) if t.comment.id == comment), None) if out else None
    replies = thread.replies if thread else ()
    shown = replies[cursor : cursor + count]
    return {
        "status_code": 0,
        "comments": [_comment(r, ident, answers=comment) for r in shown] or None,
        "cursor": cursor + count,
        "has_more": int(cursor + count < len(replies)),
        "total": len(replies),
    }


def _envelope(cards: list[dict[str, Any]], cursor: int, has_more: bool, now: datetime) -> dict[str, Any]:
    log = hashlib.sha256(f"log {cursor} {now}".encode()).hexdigest()[:34].upper()
    return {
        "status_code": 0,
        "data": cards,
        "has_more": int(has_more),
        "cursor": cursor,
        "polling_time": 0,
        "ad_info": {},
        "extra": {"now": int(now.timestamp() * 1000), "logid": log},
        "log_pb": {"impr_id": log},
    }


def _frame(kind: int, name: str, number: int) -> dict[str, Any]:
    return {"type": kind, "card_unique_name": name, "provider_doc_id_str": str(7_500_000_000_000_000_000 + number)}


def _card(out: OutPost, number: int) -> dict[str, Any]:
    return _frame(1, "video", number) | {"card_info": None, "aweme_info": _aweme(out, tells=False)}


def _related(query: str) -> dict[str, Any]:
    return _frame(6, "related_word", 901) | {"related_word_list": [{"related_word": f"{query} 怎么样"}]}


def _article(query: str) -> dict[str, Any]:
    return _frame(77, "toutiao_article", 902) | {"card_info": {"title": f"{query} 的一篇文章"}}


def _ad(like: OutPost) -> dict[str, Any]:
    aweme = _aweme(like, tells=False) | {"aweme_id": "7400000000000000001", "is_ads": True, "raw_ad_data": "{}"}
    return _frame(1, "video", 903) | {"aweme_info": aweme | {"desc": "到店立减（广告）"}}


def _mix(out: OutPost) -> dict[str, Any]:
    return _frame(1, "aweme_mix", 904) | {"aweme_mix_info": {"mix_items": [_aweme(out, tells=False)]}}


def _aweme(out: OutPost, *, tells: bool) -> dict[str, Any]:
    is_images = is_written(out)
    text = out.post.full_text
    topics = re.finditer(r"#([^#\s]+)#?", text)
    figures = {n: out.metrics[n] for n in ("likes", "comments", "reposts", "saves") if n in out.metrics}
    names = {"likes": "digg_count", "comments": "comment_count", "reposts": "share_count", "saves": "collect_count"}
    return {
        "aweme_id": out.id,
        "desc": text,
        "create_time": int(out.published_at.timestamp()),
        "author": _user(out, tells=tells),
        "statistics": {"aweme_id": out.id, "play_count": 0} | {names[n]: v for n, v in figures.items()},
        "text_extra": [
            {"start": t.start(), "end": t.end(), "type": 1, "hashtag_name": t[1], "hashtag_id": "1"} for t in topics
        ],
        "aweme_type": 68 if is_images else 0,
        "is_ads": False,
        "region": "CN",
        "status": {"is_delete": False, "is_prohibited": False, "in_reviewing": False, "private_status": 0},
        "item_title": "",
        "caption": text,
        "images": [{"uri": "drill", "url_list": [], "width": 1440, "height": 1920}] if is_images else None,
        "video": {"duration": 0 if is_images else 23_100},
    }


def _user(out: OutPost, *, tells: bool) -> dict[str, Any]:
    account = out.post.author
    badge = _BADGES.get(account.verified) if tells else None
    return {
        "uid": out.author_id,
        "sec_uid": "MS4wLjABAAAA" + hashlib.sha256(out.author_id.encode()).hexdigest()[:40],
        "nickname": account.name,
        "follower_count": account.followers if tells else 0,
        "custom_verify": "",
        "enterprise_verify_reason": "",
    } | ({badge[0]: badge[1]} if badge else {})


def _comment(comment: OutComment, ident: str, *, thread: Thread | None = None, answers: str = "0") -> dict[str, Any]:
    said = comment.comment
    return {
        "cid": comment.id,
        "text": said.text,
        "aweme_id": ident,
        "create_time": int(comment.published_at.timestamp()),
        "digg_count": said.likes,
        "status": 1,
        "user": {"uid": comment.author_id, "sec_uid": f"MS4w{comment.author_id}", "nickname": said.author.name},
        "reply_id": answers,
        "reply_comment": None,
        "reply_comment_total": len(thread.replies) if thread else 0,
        "reply_to_reply_id": "0",
        "ip_label": said.region or "IP未知",
        "image_list": None,
    }


def _camel(key: str) -> str:
    return re.sub(r"_([a-z])", lambda m: m[1].upper(), key)
