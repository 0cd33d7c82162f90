"""Weibo's mobile answers in the drill: search, an account's posts, one post, long text, comments, and its refusals.

Pure: posts in, JSON values out. Every text is invented; only the nesting and the key names are the platform's.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from drill.sites.base import page_of
from drill.weibo_posts import render_bid, render_counts, render_mblog, render_text, render_time, render_user
from drill.world import OutComment, OutPost, select_matching

PAGE_SIZE = 10
COMMENTS_SIZE = 20
_CONTAINER = re.compile(r"^100103type=(?P<type>\d+)&q=(?P<query>.*?)(?:&t=\d+)?$", re.DOTALL)
_ACCOUNT = re.compile(r"^107603(?P<uid>\d{4,})$")
_ANSWER = re.compile(r"^回复@(?P<name>[^:：\s]+)[:：]\s*")

EMPTY: dict[str, Any] = {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}
GONE: dict[str, Any] = {"ok": 0, "error_code": 20101, "msg": "该微博不存在"}
LOGIN: dict[str, Any] = {
    "ok": -100,
    "msg": "",
    "url": "https://passport.weibo.com/sso/signin?entry=wapsso&source=wapssowb&url=https%3A%2F%2Fm.weibo.cn%2F",
}
CAPTCHA: dict[str, Any] = {
    "ok": -100,
    "errno": "",
    "msg": "",
    "url": "https://passport.weibo.com/signin/captcha?entry=wap",
}
TOO_OFTEN_PAGE = "<html><head><title>432</title></head><body></body></html>"


def parse_query(containerid: str) -> str | None:
    """The words searched for, from the decoded ``containerid``; None where it is no search."""
    match = _CONTAINER.match(containerid)
    return match["query"].strip() if match else None


def parse_account(containerid: str) -> str | None:
    """The account whose posts are asked for; None where it is no account's list."""
    match = _ACCOUNT.match(containerid)
    return match["uid"] if match else None


def render_search(
    posts: Sequence[OutPost], query: str, page: int, now: datetime, mode: str | None = None
) -> dict[str, Any]:
    """One page of the mobile search, newest first, ten a page; a positive "nothing here" past the end.

    The first post stands in a group, the result page holds an advertisement and one post twice.
    """
    found = select_matching(list(posts), query)
    shown = page_of(found, page, PAGE_SIZE, mode)[0]
    if page < 1 or not shown:
        return EMPTY
    cards = [_card(out, query, place) for place, out in enumerate(shown)]
    if page == 1:
        cards[0] = _group(cards[0])
        cards.insert(1, _users_card(query))
    if len(shown) >= 5:
        cards.insert(4, _ad_card(query, now))
        cards.append(_card(shown[2], query, len(cards)))
    cards.append({"card_type": 4, "itemid": "", "desc": f"大家都在搜：{query}", "scheme": "https://m.weibo.cn/search"})
    return {
        "ok": 1,
        "data": {
            "cardlistInfo": {
                "v_p": 42,
                "containerid": f"100103type=61&q={query}&t=0",
                "title_top": "微博搜索",
                "total": len(found),
                "show_style": 1,
                "starttime": int(now.timestamp()),
                "can_shared": 0,
                "cardlist_menus": [],
                "page": page + 1,
                "page_size": PAGE_SIZE,
                "cardlist_title": f"{query} - 微博搜索",
            },
            "cards": cards,
            "scheme": "sinaweibo://searchall",
            "showAppTips": 0,
        },
    }


def render_account(posts: Sequence[OutPost], uid: str, since: str, mode: str | None = None) -> dict[str, Any]:
    """One page of an account's posts: the oldest pinned on top of the first page, then the newest first.

    ``since_id`` leads on and is missing at the end.
    """
    own = [p for p in posts if p.author_id == uid]
    number = int(since[-4:]) if since[-4:].isdecimal() else 1
    shown, more = page_of(own, number, PAGE_SIZE, mode)
    if not shown:
        return EMPTY
    cards = [_card(out, "", place) for place, out in enumerate(shown)]
    if number == 1 and len(own) > 1:
        pinned = _card(own[-1], "", 0)
        pinned["mblog"] |= {"mblogtype": 2, "isTop": 1, "title": {"text": "置顶", "base_color": 1}}
        cards.insert(0, pinned)
    info: dict[str, Any] = {"containerid": f"107603{uid}", "v_p": 42, "show_style": 1, "total": len(own)}
    if more:
        info["since_id"] = int(f"{shown[-1].id}{number + 1:04d}")
    cards.append({"card_type": 58, "itemid": "", "desc": "没有更多内容了"})
    return {"ok": 1, "data": {"cardlistInfo": info, "cards": cards, "scheme": "sinaweibo://cardlist", "showAppTips": 0}}


def render_status(posts: Sequence[OutPost], mid: str) -> dict[str, Any]:
    """One post (``/statuses/show``), or the platform's "does not exist"."""
    found = _by_id(posts, mid)
    return GONE if found is None else {"ok": 1, "data": render_mblog(found, "")}


def render_extend(posts: Sequence[OutPost], mid: str) -> dict[str, Any]:
    """The whole text of a long post (``/statuses/extend``); empty data where there is none."""
    found = _by_id(posts, mid)
    if found is None or not found.post.long:
        return {"ok": 1, "data": {}}
    counts = render_counts(found)
    return {"ok": 1, "data": {"ok": 1, "longTextContent": render_text(found.post.full_text), **counts}}


def render_comments(posts: Sequence[OutPost], mid: str, after: str, mode: str | None = None) -> dict[str, Any]:
    """One page of the comments under a post (``/comments/hotflow``), the most liked first, answers inside them.

    A comment whose text begins with 回复@NAME: is an answer to the newest comment of NAME. ``max_id`` leads on and is 0
    at the end; a comment without answers has ``comments: false``.
    """
    found = _by_id(posts, mid)
    if found is None:
        return GONE
    roots, answers = _threads(found.comments)
    if not roots:
        return {"ok": 0, "msg": "还没有人评论哦~快来抢沙发！"}
    number = int(after[-3:]) if after[-3:].isdecimal() and after != "0" else 1
    last = -(-len(roots) // COMMENTS_SIZE)
    number = 1 if mode == "repeat" else min(number, last) if mode == "endless" else number
    shown = roots[(number - 1) * COMMENTS_SIZE : number * COMMENTS_SIZE]
    more = number < last or mode in ("repeat", "endless")
    return {
        "ok": 1,
        "data": {
            "data": [_comment(c, answers.get(c.id, [])) for c in shown],
            "total_number": len(found.comments),
            "max_id": 138_314_000_000_000 + number + 1 if more else 0,
            "max": last,
            "max_id_type": 0,
            "status": {"comment_manage_info": {"comment_permission_type": -1}},
        },
    }


def _threads(comments: Sequence[OutComment]) -> tuple[list[OutComment], dict[str, list[OutComment]]]:
    """The comments on the post itself, the most liked first, and the answers by the id of the one they answer."""
    roots = [c for c in comments if not _ANSWER.match(c.comment.text)]
    answers: dict[str, list[OutComment]] = {}
    for comment in reversed(comments):
        if (called := _ANSWER.match(comment.comment.text)) is None:
            continue
        above = next((r for r in roots if r.comment.author.name == called["name"]), None)
        if above is not None:
            answers.setdefault(above.id, []).append(comment)
    return sorted(roots, key=lambda c: c.comment.likes, reverse=True), answers


def _comment(out: OutComment, answers: Sequence[OutComment], root: str | None = None) -> dict[str, Any]:
    comment = out.comment
    shown: dict[str, Any] = {
        "created_at": render_time(out.published_at),
        "id": out.id,
        "rootid": root or out.id,
        "rootidstr": root or out.id,
        "floor_number": 0 if root else 3,
        "text": render_text(comment.text),
        "user": render_user(comment.author, out.author_id),
        "bid": render_bid(out.id),
        "source": f"来自{comment.region}" if comment.region else "来自iPhone客户端",
        "like_count": comment.likes,
        "liked": False,
    }
    if comment.text == "图片评论":
        shown["pic"] = {"pid": f"drill{out.id}", "size": "orj360", "url": "https://wx3.sinaimg.cn/orj360/drill.jpg"}
        shown["text"] += ' <a href="https://weibo.cn/sinaurl"><span class="surl-text">查看图片</span></a>'
    if root:
        return shown | {"reply_id": 0, "reply_count": 0}
    nested = [_comment(a, (), out.id) for a in answers]
    return shown | {"max_id": 0, "total_number": len(nested), "comments": nested or False}


def _group(card: dict[str, Any]) -> dict[str, Any]:
    heading = {"card_type": 42, "itemid": "", "desc": "实时", "display_arrow": 0, "scheme": ""}
    more = {"card_type": 6, "itemid": "", "desc": "查看更多微博", "title": "", "scheme": "https://m.weibo.cn/search"}
    return {"card_type": 11, "show_type": 1, "itemid": "", "card_group": [heading, card, more]}


def _card(out: OutPost, query: str, place: int) -> dict[str, Any]:
    bid = render_bid(out.id)
    return {
        "card_type": 9,
        "itemid": f"seqid:1234567890|type:61|t:|pos:1-0-{place}|q:{query}|srid:|srchv3|||mid:{out.id}",
        "scheme": f"https://m.weibo.cn/status/{bid}?mblogid={bid}&luicode=10000011&lfid=100103type%3D61",
        "mblog": render_mblog(out, query),
        "show_type": 1,
    }


def _ad_card(query: str, now: datetime) -> dict[str, Any]:
    mid = "5199000000000606"
    return {
        "card_type": 9,
        "itemid": f"seqid:1234567890|type:61|mid:{mid}",
        "scheme": "https://m.weibo.cn/status/ad",
        "mblog": {
            "visible": {"type": 0, "list_id": 0},
            "created_at": render_time(now - timedelta(days=2)),
            "id": mid,
            "mid": mid,
            "text": f"{html.escape(query)} 同款设备，开店一站配齐，点击咨询",
            "user": {"id": 9999999999, "screen_name": "茶饮设备直供", "verified": False, "followers_count": 120},
            "reposts_count": 0,
            "comments_count": 0,
            "attitudes_count": 3,
            "isLongText": False,
            "ad_marked": True,
            "isAd": 1,
            "promotion": {"type": "ad", "recommend": "广告", "mark": "drill"},
        },
        "show_type": 1,
    }


def _users_card(query: str) -> dict[str, Any]:
    user = {"card_type": 10, "itemid": "", "user": {"id": 9999999998, "screen_name": f"{query}粉丝团"}}
    return {"card_type": 11, "show_type": 1, "title": "相关用户", "card_group": [user]}


def _by_id(posts: Sequence[OutPost], mid: str) -> OutPost | None:
    return next((p for p in posts if p.id == mid), None)
