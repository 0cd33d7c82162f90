"""Weibo's answers in the drill: mobile search, one post, long text, and its refusals. Pure: posts in, JSON values out.

Every text is invented; only the nesting and the key names are the platform's.
"""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from drill.world import OutPost, select_matching, short_count
from records.mention import Media, Verified

PAGE_SIZE = 10
LONG_AFTER = 110
"""Characters of a long text that search shows."""

_VERIFIED = {
    Verified.NONE: -1,
    Verified.UNKNOWN: -1,
    Verified.PERSONAL: 0,
    Verified.GOVERNMENT: 1,
    Verified.ENTERPRISE: 2,
    Verified.MEDIA: 3,
}
_BEIJING = timezone(timedelta(hours=8))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CONTAINER = re.compile(r"^100103type=(?P<type>\d+)&q=(?P<query>.*?)(?:&t=\d+)?$", re.DOTALL)

EMPTY: dict[str, Any] = {"ok": 0, "msg": "这里还没有内容", "data": {"cards": []}}
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


def render_search(posts: list[OutPost], query: str, page: int, now: datetime) -> dict[str, Any]:
    """One page of the mobile search, newest first, ten a page; a positive "nothing here" past the end."""
    found = select_matching(posts, query)
    shown = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    if page < 1 or not shown:
        return EMPTY
    cards = [_card(out, query, place) for place, out in enumerate(shown)]
    if page == 1:
        cards[0] = {
            "card_type": 11,
            "show_type": 1,
            "itemid": "",
            "card_group": [
                {"card_type": 42, "itemid": "", "desc": "实时", "display_arrow": 0, "scheme": ""},
                cards[0],
                {
                    "card_type": 6,
                    "itemid": "",
                    "desc": "查看更多微博",
                    "title": "",
                    "scheme": "https://m.weibo.cn/search",
                },
            ],
        }
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


def render_status(posts: list[OutPost], mid: str) -> dict[str, Any]:
    """One post (``/statuses/show``), or the platform's "does not exist"."""
    found = _by_id(posts, mid)
    if found is None:
        return {"ok": 0, "error_code": 20101, "msg": "该微博不存在"}
    return {"ok": 1, "data": _mblog(found, "")}


def render_extend(posts: list[OutPost], mid: str) -> dict[str, Any]:
    """The whole text of a long post (``/statuses/extend``); empty data where there is none."""
    found = _by_id(posts, mid)
    if found is None or not found.post.long:
        return {"ok": 1, "data": {}}
    counts = _counts(found)
    return {"ok": 1, "data": {"ok": 1, "longTextContent": render_text(found.post.full_text), **counts}}


def render_text(text: str, query: str = "") -> str:
    """A post's text as the mobile page marks it up: topics, mentions, emoji images, line breaks, search words."""
    words = [w for w in query.split() if w]
    parts = re.split(r"(#[^#\n]+#|@[\w\-]+|\[[\u4e00-\u9fffA-Za-z]{1,8}\]|\n)", text)
    return "".join(_mark(part, words) for part in parts)


def _mark(part: str, words: list[str]) -> str:
    safe = html.escape(part)
    if part == "\n":
        return "<br />"
    if re.fullmatch(r"#[^#\n]+#", part):
        target = quote(part)
        return (
            f'<a  href="https://m.weibo.cn/search?containerid=231522type%3D1%26t%3D10%26q%3D{target}" data-hide="">'
            f'<span class="surl-text">{safe}</span></a>'
        )
    if re.fullmatch(r"@[\w\-]+", part):
        return f"<a href='/n/{quote(part[1:])}'>{safe}</a>"
    if re.fullmatch(r"\[[\u4e00-\u9fffA-Za-z]{1,8}\]", part):
        return (
            f'<span class="url-icon"><img alt={safe} src="https://h5.sinaimg.cn/m/emoticon/icon/default/d.png" '
            'style="width:1em; height:1em;" /></span>'
        )
    if not words:
        return safe
    pieces = re.split("(" + "|".join(re.escape(word) for word in words) + ")", part)
    return "".join(
        f'<em class="highlight">{html.escape(piece)}</em>' if piece in words else html.escape(piece) for piece in pieces
    )


def _card(out: OutPost, query: str, place: int) -> dict[str, Any]:
    bid = render_bid(out.id)
    return {
        "card_type": 9,
        "itemid": f"seqid:1234567890|type:61|t:|pos:1-0-{place}|q:{query}|srid:|srchv3|||mid:{out.id}",
        "scheme": f"https://m.weibo.cn/status/{bid}?mblogid={bid}&luicode=10000011&lfid=100103type%3D61",
        "mblog": _mblog(out, query),
        "show_type": 1,
    }


def _mblog(out: OutPost, query: str) -> dict[str, Any]:
    post = out.post
    pictures = [f"drill{out.id}"] if post.media & {Media.IMAGE, Media.LIVE} else []
    mblog: dict[str, Any] = {
        "visible": {"type": 0, "list_id": 0},
        "created_at": render_time(out.published_at),
        "id": out.id,
        "mid": out.id,
        "can_edit": False,
        "text": _shown_text(out, query),
        "textLength": len(post.full_text),
        "source": "iPhone客户端",
        "favorited": False,
        "pic_ids": pictures,
        "pic_num": len(pictures),
        "user": _user(out),
        **_counts(out),
        "isLongText": post.long,
        "ad_marked": False,
        "mblogtype": 0,
        "number_display_strategy": {
            "apply_scenario_flag": 3,
            "display_text_min_number": 1_000_000,
            "display_text": "100万+",
        },
        "edit_config": {"edited": False},
        "bid": render_bid(out.id),
    }
    if post.region:
        mblog |= {"region_name": f"发布于 {post.region}", "region_opt": 1}
    if pictures:
        mblog["pics"] = [
            {"pid": pid, "url": f"https://wx1.sinaimg.cn/orj360/{pid}.jpg", "size": "orj360"} for pid in pictures
        ]
    if Media.VIDEO in post.media:
        mblog["page_info"] = _video(out)
    return mblog


def _shown_text(out: OutPost, query: str) -> str:
    text = out.post.full_text
    if not out.post.long:
        return render_text(text, query) + " \u200b"
    return f'{render_text(text[:LONG_AFTER], query)}...<a href="/status/{out.id}">全文</a>'


def _video(out: OutPost) -> dict[str, Any]:
    name = f"{out.post.author.name}的微博视频"
    info: dict[str, Any] = {"type": "video", "object_type": 11, "page_title": name, "content1": name}
    if "reads" in out.metrics:
        info["play_count"] = f"{short_count(out.metrics['reads'])}次播放"
    return info


def _user(out: OutPost) -> dict[str, Any]:
    account = out.post.author
    user = {
        "id": int(out.author_id),
        "screen_name": account.name,
        "profile_url": f"https://m.weibo.cn/u/{out.author_id}?luicode=10000011",
        "statuses_count": 1203,
        "verified": account.verified not in (Verified.NONE, Verified.UNKNOWN),
        "verified_type": _VERIFIED[account.verified],
        "description": "",
        "follow_count": 312,
        "followers_count": short_count(account.followers),
        "followers_count_str": str(short_count(account.followers)),
    }
    if user["verified"]:
        user |= {"verified_type_ext": 0, "verified_reason": f"{account.name}官方微博"}
    return user


def _counts(out: OutPost) -> dict[str, int | str]:
    names = {"reposts": "reposts_count", "comments": "comments_count", "likes": "attitudes_count"}
    counts: dict[str, int | str] = {}
    for ours, theirs in names.items():
        if ours in out.metrics:
            value = out.metrics[ours]
            counts[theirs] = "100万+" if value >= 1_000_000 else short_count(value)
    return counts


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


def _by_id(posts: list[OutPost], mid: str) -> OutPost | None:
    return next((p for p in posts if p.id == mid), None)


def render_time(at: datetime) -> str:
    """``Fri Nov 20 11:32:08 +0800 2026``, the same in every locale."""
    local = at.astimezone(_BEIJING)
    return f"{_DAYS[local.weekday()]} {_MONTHS[local.month - 1]} {local.day:02d} {local:%H:%M:%S} +0800 {local.year}"


def render_bid(mid: str) -> str:
    """The short id in permalinks: groups of seven decimal digits from the right, each in base 62."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    groups = []
    while mid:
        mid, group = mid[:-7], int(mid[-7:])
        code = ""
        while group:
            group, rest = divmod(group, 62)
            code = digits[rest] + code
        groups.append(code.rjust(4, "0") if mid else code)
    return "".join(reversed(groups))
