"""Every source there is: its spider, what it can do, its pace, its budget, and the options it reads. One entry a platform.

Pure and light: the config is checked against it without loading Scrapy or a browser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from records.mention import Platform
from records.outcome import Task


@dataclass(frozen=True, kw_only=True, slots=True)
class Option:
    default: str
    about: str
    lowest: float | None = None
    """Lowest accepted number; None where the option is text."""
    highest: float = 0
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceInfo:
    spider: str
    """``module:Class``, loaded when first polled."""
    tasks: frozenset[Task] = frozenset({Task.SEARCH})
    """What its spider can do besides CONTROL."""
    budget: int
    """Requests (page loads for browser sources) an hour over all brands unless the config says otherwise (W4)."""
    needs_browser: bool = False
    asks: str = "words"
    """What its queries are made of: words (brand and complaint words), tags, feeds (addresses), apps (store ids)."""
    joins: str = ""
    """What stands between alternatives in one query (" OR "); "" where the platform knows no alternatives."""
    longest_query: int = 60
    """Characters a query may have."""
    batch: int = 1
    """Targets that one FIGURES poll takes for one request."""
    options: Mapping[str, Option] = field(default_factory=dict)


def _number(default: float, lowest: float, highest: float, about: str) -> Option:
    return Option(default=f"{default:g}", lowest=lowest, highest=highest, about=about)


def _delay(seconds: float) -> Option:
    return _number(seconds, 0, 3600, "seconds between two requests to the site, also from one poll to the next")


def _pages(count: int, highest: int = 50, about: str = "result pages read at most") -> Option:
    return _number(count, 1, highest, about)


def _control(word: str) -> Option:
    return Option(default=word, about='a query that always finds something, to prove an empty answer; "" for none')


_WAIT = _number(15, 0.1, 120, "seconds to wait for the page's own requests")
_COMMENT_PAGES = _number(2, 1, 20, "pages of comments read under one post")
_REPLIES = _number(2, 0, 20, "times that more replies to comments are unfolded under one post")
_LISTEN = _number(20, 1, 600, "seconds one look at the stream may listen")

COMMON: Mapping[str, Option] = {
    "delay": _delay(2),
    "pages": _pages(5),
    "timeout": _number(180, 1, 3600, "seconds one whole poll may take"),
    "robots": Option(default="obey", choices=("obey", "ignore"), about="robots.txt of plain HTTP sources"),
    "user_agent": Option(default="", about="a User-Agent instead of Fengsheng's own honest one"),
    "proxy": Option(default="", about="one fixed HTTP proxy"),
    "control": _control(""),
}

_POSTS = frozenset({Task.SEARCH, Task.FIGURES, Task.COMMENTS})

CATALOGUE: Mapping[Platform, SourceInfo] = MappingProxyType(
    {
        Platform.WEIBO: SourceInfo(
            spider="crawlers.spiders.weibo:WeiboSpider",
            tasks=_POSTS | {Task.ACCOUNT, Task.TOPICS},
            budget=60,
            options={
                "delay": _delay(15),
                "pages": _pages(2, about="result pages of ten posts"),
                "long_texts": _number(4, 0, 50, "cut posts whose whole text is fetched in one poll"),
                "sort": Option(default="latest", choices=("latest", "all", "hot"), about="order of the search"),
                "way": Option(
                    default="auto", choices=("auto", "mobile", "html"), about="auto: mobile, else HTML search"
                ),
                "comment_pages": _COMMENT_PAGES,
                "control": _control("天气"),
            },
        ),
        Platform.XIAOHONGSHU: SourceInfo(
            spider="crawlers.spiders.xiaohongshu:XiaohongshuSpider",
            tasks=_POSTS,
            budget=30,
            needs_browser=True,
            options={
                "delay": _delay(6),
                "pages": _pages(2, 10, "screens of about twenty notes"),
                "details": _number(5, 0, 50, "notes opened for their text in one poll"),
                "profiles": _number(3, 0, 50, "author pages opened for their followers in one poll"),
                "wait": _WAIT,
                "sort": Option(
                    default="time_descending",
                    choices=("general", "time_descending", "popularity_descending", "comment_descending"),
                    about="order of the search",
                ),
                "comment_pages": _COMMENT_PAGES,
                "replies": _REPLIES,
                "control": _control("天气"),
            },
        ),
        Platform.DOUYIN: SourceInfo(
            spider="crawlers.spiders.douyin:DouyinSpider",
            tasks=_POSTS,
            budget=30,
            needs_browser=True,
            options={
                "delay": _delay(30),
                "pages": _pages(2, 10, "screens of about ten videos"),
                "details": _number(2, 0, 50, "videos opened for their authors' followers in one poll"),
                "sort": Option(default="latest", choices=("latest", "general", "liked"), about="order of the search"),
                "tab": Option(
                    default="general",
                    choices=("general", "video"),
                    about="general finds pictures, too; video tells followers",
                ),
                "wait": _WAIT,
                "comment_pages": _COMMENT_PAGES,
                "replies": _REPLIES,
                "control": _control("天气"),
            },
        ),
        Platform.KUAISHOU: SourceInfo(
            spider="crawlers.spiders.kuaishou:KuaishouSpider",
            tasks=_POSTS,
            budget=30,
            needs_browser=True,
            options={
                "delay": _delay(20),
                "pages": _pages(2, 10, "screens of about twenty videos"),
                "wait": _WAIT,
                "comment_pages": _COMMENT_PAGES,
                "replies": _REPLIES,
                "control": _control("天气"),
            },
        ),
        Platform.HEIMAO: SourceInfo(
            spider="crawlers.spiders.heimao:HeimaoSpider",
            tasks=frozenset({Task.SEARCH, Task.FIGURES}),
            budget=60,
            needs_browser=True,
            options={
                "delay": _delay(10),
                "pages": _pages(2, 10, "result pages of ten complaints"),
                "way": Option(
                    default="auto",
                    choices=("auto", "search", "feed"),
                    about="auto: search, and the public list of newest complaints besides where search asks for a login",
                ),
                "details": _number(0, 0, 50, "complaints opened for their whole text in one poll"),
                "wait": _WAIT,
                "control": _control("退款"),
            },
        ),
        Platform.BILIBILI: SourceInfo(
            spider="crawlers.spiders.bilibili:BilibiliSpider",
            tasks=_POSTS,
            budget=120,
            needs_browser=True,
            options={
                "delay": _delay(5),
                "pages": _pages(2, 10, "result pages of about twenty videos"),
                "sort": Option(
                    default="pubdate",
                    choices=("pubdate", "totalrank", "click", "dm", "stow"),
                    about="order of the search",
                ),
                "wait": _WAIT,
                "comment_pages": _COMMENT_PAGES,
                "control": _control("天气"),
            },
        ),
        Platform.ZHIHU: SourceInfo(
            spider="crawlers.spiders.zhihu:ZhihuSpider",
            tasks=_POSTS,
            budget=30,
            needs_browser=True,
            options={
                "delay": _delay(20),
                "pages": _pages(2, 10, "screens of about twenty results"),
                "wait": _WAIT,
                "sort": Option(
                    default="created_time",
                    choices=("created_time", "upvoted_count", "default"),
                    about="order of the search; only the first reads the newest first",
                ),
                "comment_pages": _COMMENT_PAGES,
                "control": _control("天气"),
            },
        ),
        Platform.TIEBA: SourceInfo(
            spider="crawlers.spiders.tieba:TiebaSpider",
            tasks=_POSTS,
            budget=60,
            needs_browser=True,
            options={
                "delay": _delay(10),
                "pages": _pages(2, 10, "result pages of about twenty posts"),
                "wait": _WAIT,
                "comment_pages": _COMMENT_PAGES,
                "control": _control("天气"),
            },
        ),
        Platform.APPSTORE: SourceInfo(
            spider="crawlers.spiders.appstore:AppstoreSpider",
            budget=60,
            asks="apps",
            options={
                "pages": _pages(2, 10, "pages of fifty reviews"),
                "control": _control("cn/414478124"),
            },
        ),
        Platform.NEWS: SourceInfo(
            spider="crawlers.spiders.rss:RssSpider",
            budget=60,
            joins=" OR ",
            longest_query=200,
            options={"delay": _delay(10), "pages": _pages(1, 1, "one page"), "control": _control("天气")},
        ),
        Platform.RSS: SourceInfo(
            spider="crawlers.spiders.rss:RssSpider",
            budget=240,
            asks="feeds",
            options={"pages": _pages(1, 1, "a feed is one page")},
        ),
        Platform.REDDIT: SourceInfo(
            spider="crawlers.spiders.reddit:RedditSpider",
            tasks=_POSTS,
            budget=600,
            joins=" OR ",
            longest_query=400,
            batch=100,
            options={
                "pages": _pages(2),
                "subreddits": Option(default="", about="only these, separated by commas; default all of Reddit"),
                "comment_pages": _COMMENT_PAGES,
                "control": _control("weather"),
            },
        ),
        Platform.HACKERNEWS: SourceInfo(
            spider="crawlers.spiders.hackernews:HackernewsSpider",
            tasks=_POSTS,
            budget=600,
            batch=50,
            options={
                "pages": _pages(2, 10, "result pages of a hundred; the index gives no more than ten"),
                "days": _number(30, 1, 3650, "days to look back"),
                "control": _control("software"),
            },
        ),
        Platform.MASTODON: SourceInfo(
            spider="crawlers.spiders.mastodon:MastodonSpider",
            tasks=_POSTS | {Task.STREAM},
            budget=600,
            asks="tags",
            options={
                "mode": Option(
                    default="auto", choices=("auto", "tag", "search"), about="auto: search with a token, else tags"
                ),
                "tags": Option(default="", about="tags to follow, separated by commas; default the query's first word"),
                "min_id": Option(default="", about="only posts newer than this local id, read forward without gaps"),
                "listen": _LISTEN,
                "control": _control("mastodon"),
            },
        ),
        Platform.BLUESKY: SourceInfo(
            spider="crawlers.spiders.bluesky:BlueskySpider",
            tasks=_POSTS | {Task.STREAM},
            budget=600,
            batch=25,
            options={
                "since": Option(default="", about="only posts after this ISO time"),
                "lang": Option(default="", about="only posts in this language, e.g. zh"),
                "stream_url": Option(default="", about="address of a Jetstream server instead of the default one"),
                "listen": _LISTEN,
                "control": _control("weather"),
            },
        ),
        Platform.YOUTUBE: SourceInfo(
            spider="crawlers.spiders.youtube:YoutubeSpider",
            tasks=_POSTS,
            budget=12,
            joins="|",
            longest_query=200,
            batch=50,
            options={
                "pages": _pages(1, 5, "result pages of fifty videos; each costs one of about 100 searches a day"),
                "days": _number(30, 1, 365, "how many days back the first look and deep looks reach"),
                "comment_pages": _COMMENT_PAGES,
                "control": _control(""),
            },
        ),
    }
)


def info_of(platform: Platform) -> SourceInfo | None:
    """The entry of a platform; None where it has no spider (imports)."""
    return CATALOGUE.get(platform)
