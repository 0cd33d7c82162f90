"""The story of the soak: invented brands, what is published about them on eight platforms, and the config that watches it."""

from __future__ import annotations

import json
import random
from typing import Any

from drill.parts import Account
from drill.platforms import DrillServer
from drill.scenario import Comment, Edit, Post, Scenario
from records.mention import Platform

PLATFORMS = (
    Platform.WEIBO,
    Platform.NEWS,
    Platform.RSS,
    Platform.REDDIT,
    Platform.HACKERNEWS,
    Platform.MASTODON,
    Platform.BLUESKY,
    Platform.YOUTUBE,
)
BRANDS = {
    "云杉茶饮": "云杉奶茶",
    "赤松快递": "赤松速运",
    "白鹭航旅": "白鹭旅行",
    "青禾生鲜": "青禾买菜",
    "墨石家电": "墨石电器",
}
"""Invented brands and one alias each."""
WORDS = ("投诉", "退款")
BUDGET = 60
"""Requests an hour that each platform may be asked."""
FAULTS = ("login", "captcha", "rate", "empty", "blank", "redirect", "truncated", "changed", "charset", "drip", "down",
          "endless", "repeat", "counts", "userless")  # fmt: skip
TAILS = (
    "等了{n}天没人管，要求退款",
    "第{n}次出问题了，客服一直不理人",
    "今天又排了{n}分钟的队，体验太差，投诉无门",
    "下单{n}次，有一次还不错",
    "路过看到{n}个人在门口拍照",
    "家里{n}口人都在用，暂时没毛病",
    "收到的东西坏了，拍了{n}张照片为证，要求赔偿",
    "会员费扣了{n}块，从没同意过",
)


def invent(hours: float, per_hour: int, seed: int) -> Scenario:
    """A story of brands on all platforms: bursts, late and backdated posts, edits, deletions, comments. All invented."""
    draw = random.Random(seed)
    posts = []
    names = list(BRANDS)
    for number in range(int(hours * per_hour)):
        platform = PLATFORMS[number % len(PLATFORMS)]
        brand = draw.choice(names)
        at = draw.uniform(0, hours * 3600)
        if number % 10 == 3:  # a burst on one platform within ten minutes
            brand, at = names[number % len(names)], min(at, hours * 1800 + draw.uniform(0, 600))
        name = BRANDS[brand] if draw.random() < 0.2 else brand
        text = f"{name}{draw.choice(TAILS).format(n=draw.randint(2, 99))}，{_mark(number)}"
        changes: dict[str, Any] = {}
        if draw.random() < 0.05:
            changes["surfaces"] = at + draw.uniform(600, 5400)
        elif draw.random() < 0.05:
            changes["edit"] = Edit(at=at + draw.uniform(600, 3600), text=f"{text}，补充一句")
        elif draw.random() < 0.03:
            changes["deleted"] = at + draw.uniform(900, 7200)
        if draw.random() < 0.05:
            changes["comments"] = tuple(
                Comment(
                    at=at + 60 * n, author=Account(name=f"评论者{number}-{n}"), text=f"我也是，{_mark(number)}第{n}楼"
                )
                for n in range(1, draw.randint(2, 6))
            )
        posts.append(
            Post(
                at=at,
                platform=platform,
                author=Account(name=f"网友{draw.randint(1, 400)}号{platform}", followers=draw.randint(0, 9000)),
                title=f"{name}的事{_mark(number)}"
                if platform in (Platform.NEWS, Platform.RSS, Platform.YOUTUBE)
                else None,
                text=text,
                metrics={
                    "likes": draw.randint(0, 500),
                    "comments": draw.randint(0, 60),
                    "reposts": draw.randint(0, 90),
                },
                **changes,
            )
        )
    return Scenario(
        name="soak",
        title={"zh": "耐久", "en": "soak"},
        brand=names[0],
        duration=hours * 3600,
        posts=tuple(sorted(posts, key=lambda p: p.at)),
    )


def _mark(number: int) -> str:
    return "编号" + "".join("零一二三四五六七八九"[int(d)] for d in str(number))


def config_text(server: DrillServer) -> str:
    """A hundred queries: each brand by name and alias on every platform, and with a complaint word on some."""
    brands = []
    for brand, alias in BRANDS.items():
        sources: dict[str, Any] = {}
        for place, platform in enumerate(PLATFORMS):
            queries = [brand, alias] + ([f"{brand} {WORDS[place % 2]}"] if place % 2 == 0 else [])
            source: dict[str, Any] = {
                "base_url": server.urls[platform],
                "limit": 200,
                "options": {"delay": 0, "timeout": 30},
            }
            if platform is Platform.RSS:
                source = {
                    "urls": [f"{server.urls[platform]}/feed.xml"],
                    "queries": queries,
                    "limit": 200,
                    "options": {"delay": 0},
                }
            elif platform is Platform.NEWS:
                source["base_url"] += "/rss/search?q={query}"
                source["queries"] = queries
            elif platform is Platform.MASTODON:
                source["queries"] = queries
                source["tags"] = []
                source["options"]["mode"] = "search"
            else:
                source["queries"] = queries
            sources[str(platform)] = source
        brands.append({"name": brand, "aliases": [alias], "sources": sources})
    document = {
        "brands": brands,
        "polling": {"every": 60, "slowest": 1800, "deep_every": 3600},
        "budgets": {str(p): BUDGET for p in PLATFORMS},
        "chats": {"crisis": {"channel": "console"}, "operators": {"channel": "console"}},
    }
    return json.dumps(document, ensure_ascii=False)


def marks_of(text: str) -> list[str]:
    """The numbers written into every invented post."""
    found = []
    for piece in text.split("编号")[1:]:
        digits = ""
        for char in piece:
            if char not in "零一二三四五六七八九":
                break
            digits += char
        found.append(digits)
    return found
