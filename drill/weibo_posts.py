"""Weibo's posts in the drill as its mobile pages' JSON holds them (``mblog``), and their spellings of texts, times and ids.

Every text is invented; only the nesting and the key names are the platform's.
"""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from drill.scenario import Account
from drill.world import OutPost, short_count
from records.mention import Media, Verified

LONG_AFTER = 110
"""Characters of a long text that search shows."""
GONE_ORIGINAL = "5100000000000007"
"""Id of the original of every repost: its author deleted it."""
_VERIFIED = {
    Verified.NONE: -1,
    Verified.UNKNOWN: -1,
    Verified.PERSONAL: 0,
    Verified.GOVERNMENT: 1,
    Verified.ENTERPRISE: 2,
    Verified.MEDIA: 3,
}
BEIJING = timezone(timedelta(hours=8))
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


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


def render_mblog(out: OutPost, query: str) -> dict[str, Any]:
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
        "user": render_user(post.author, out.author_id),
        **render_counts(out),
        "isLongText": post.long,
        "ad_marked": False,
        "mblogtype": 0,
        "number_display_strategy": {
            "apply_scenario_flag": 3,
            "display_text_min_number": 1_000_000,
            "display_text": "100万+",
        },
        "edit_config": {"edited": out.edited_at is not None},
        "bid": render_bid(out.id),
    }
    if out.edited_at is not None:
        mblog |= {"edit_count": 1, "edit_at": render_time(out.edited_at)}
    if post.region:
        mblog |= {"region_name": f"发布于 {post.region}", "region_opt": 1}
    if pictures:
        mblog["pics"] = _pictures(out, pictures)
    if Media.VIDEO in post.media:
        mblog["page_info"] = _video(out)
    if "//@" in post.text:
        mblog |= {"retweeted_status": _gone_original(), "raw_text": post.text, "repost_type": 1}
    return mblog


def _pictures(out: OutPost, ids: list[str]) -> list[dict[str, Any]] | dict[str, dict[str, Any]]:
    """A list, or (as the platform does now and then) an object with the places as keys."""
    kind = {"type": "livephoto", "videoSrc": "https://video.weibo.com/media/drill.mov"}
    listed = [
        {"pid": pid, "url": f"https://wx1.sinaimg.cn/orj360/{pid}.jpg", "size": "orj360"}
        | (kind if Media.LIVE in out.post.media else {})
        for pid in ids
    ]
    return listed if int(out.id) % 2 else {str(place): picture for place, picture in enumerate(listed)}


def _gone_original() -> dict[str, Any]:
    """A reposted post that its author deleted: nobody's words stand in its text."""
    return {
        "visible": {"type": 0, "list_id": 0},
        "created_at": "Mon Jan 05 08:00:00 +0800 2026",
        "id": GONE_ORIGINAL,
        "mid": GONE_ORIGINAL,
        "text": "抱歉，此微博已被作者删除。查看帮助",
        "user": None,
        "bid": render_bid(GONE_ORIGINAL),
        "source": "",
    }


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


def render_user(account: Account, ident: str) -> dict[str, Any]:
    user = {
        "id": int(ident),
        "screen_name": account.name,
        "profile_url": f"https://m.weibo.cn/u/{ident}?luicode=10000011",
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


def render_counts(out: OutPost) -> dict[str, int | str]:
    names = {"reposts": "reposts_count", "comments": "comments_count", "likes": "attitudes_count"}
    counts: dict[str, int | str] = {}
    for ours, theirs in names.items():
        if ours in out.metrics:
            value = out.metrics[ours]
            counts[theirs] = "100万+" if value >= 1_000_000 else short_count(value)
    return counts


def render_time(at: datetime) -> str:
    """``Fri Nov 20 11:32:08 +0800 2026``, the same in every locale."""
    local = at.astimezone(BEIJING)
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
