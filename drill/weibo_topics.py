"""Weibo's hot-search list and topic details in the drill, from the topics of the posts that are out. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from drill.world import OutPost

_TOPIC = re.compile(r"#([^#\n]+)#")


def topic_figures(posts: Sequence[OutPost], topic: str) -> tuple[int, int]:
    """Truth about a topic: (how often its posts were read, how many posts and comments take part in it)."""
    under = [p for p in posts if topic in _TOPIC.findall(p.post.full_text)]
    reads = sum(p.metrics.get("reads", 40 * sum(p.metrics.values())) for p in under)
    return reads, len(under) + sum(p.metrics.get("comments", 0) for p in under)


def render_hot_list(posts: Sequence[OutPost], now: datetime) -> dict[str, Any]:
    """The list as the desktop page gets it: a row a topic by heat, one about nothing, a paid one, and the fixed first."""
    names = list(dict.fromkeys(t for p in posts for t in _TOPIC.findall(p.post.full_text)))
    heats = {name: 7 * topic_figures(posts, name)[1] + 1 for name in names}
    began = {name: min(p.published_at for p in posts if name in _TOPIC.findall(p.post.full_text)) for name in names}
    rows = [_row(name, heats[name], began[name]) for name in sorted(names, key=lambda n: -heats[n])]
    rows.append(_row("今天降温了", 1, now))
    for place, row in enumerate(rows):
        row |= {"realpos": place + 1, "rank": place}
    paid = {
        "word": f"{names[0]} 会员日" if names else "会员日",
        "num": 0,
        "is_ad": 1,
        "topic_ad": 1,
        "ad_type": "ad",
        "icon_desc": "荐",
        "topic_flag": 1,
        "id": 0,
    }
    fixed = {"word": "#置顶话题#", "name": "#置顶话题#", "icon_desc": "热", "is_hot": 1, "is_gov": 1, "pos": 1}
    return {"ok": 1, "data": {"realtime": [*rows[:2], paid, *rows[2:]], "hotgov": fixed, "hotgovs": []}}


def _row(name: str, heat: int, at: datetime) -> dict[str, Any]:
    return {
        "word": name,
        "word_scheme": f"#{name}#",
        "note": name,
        "num": heat,
        "raw_hot": heat,
        "label_name": "新",
        "icon_desc": "新",
        "flag": 1,
        "topic_flag": 1,
        "onboard_time": int(at.timestamp()),
        "category": "社会",
        "mid": "",
    }


def render_topic(posts: Sequence[OutPost], asked: str) -> dict[str, Any]:
    """One topic's detail (``ajax_topic/detail``), asked for with its # on both ends."""
    name = asked.strip().strip("#")
    reads, mentions = topic_figures(posts, name)
    count = {"read": reads, "mention": mentions, "ori_uv": mentions, "star": 0, "t_r_num": 0}
    base = {
        "topic": name,
        "topic_ori": f"#{name}#",
        "object": {"category_str": "社会"},
        "count": count,
        "claim_state": 1,
    }
    return {"code": 100000, "msg": "", "data": {"baseInfo": base, "r": {"rank": 1}}}
