"""Feeds of the drill: a forum's RSS, Atom and JSON Feed, RSSHub routes and its error page, Google News. Pure: posts in, text out.

Every text is invented; only the nesting, the key names and the refusals' wording are the real ones.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any

from drill.world import OutPost, select_matching
from records.mention import Media

RSS_TYPE, ATOM_TYPE, JSON_TYPE = "application/rss+xml", "application/atom+xml", "application/feed+json"
GOOGLE_MOST = 100
"""Google News shows no more items, and has no pages."""

NO_ITEMS = (
    '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>云边论坛</title>'
    "<link>https://bbs.example/</link><description>云边论坛 - 最新</description></channel></rss>"
)
NO_NEWS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><rss version="2.0"><channel><generator>NFE/5.0</generator>'
    "<title>Google 新闻</title><link>https://news.google.com/search</link><description>Google 新闻</description></channel></rss>"
)
UNUSUAL_PAGE = (
    '<html><head><meta http-equiv="content-type" content="text/html; charset=utf-8"><title>https://news.google.com/</title>'
    "</head><body>Our systems have detected unusual traffic from your computer network."
    '<form action="/sorry/index" method="post"></form></body></html>'
)
GUARD_PAGE = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><noscript>JavaScript</noscript></body></html>"
LOGIN_PAGE = "<!DOCTYPE html><html><head><title>登录 - 云边论坛</title></head><body><form><input name='user'></form></body></html>"


def rsshub_error(message: str) -> str:
    """RSSHub's page for everything that goes wrong."""
    return (
        "<html><head><title>Welcome to RSSHub!</title></head><body><h1>Looks like something went wrong</h1>"
        f"<p>Error Message:<br/><code>{escape(message)}</code></p><p>Route: <code>/bbs/latest</code></p></body></html>"
    )


def select_any(posts: list[OutPost], query: str) -> list[OutPost]:
    """The posts that hold every word of one alternative of "a b OR c"."""
    found = {out.id for part in query.split(" OR ") for out in select_matching(posts, part)}
    return [out for out in posts if out.id in found]


def render_rss(posts: Sequence[OutPost], now: datetime) -> str:
    items = "".join(
        f"<item><title>{escape(_title(out))}</title><description>{escape(_markup(out))}</description>"
        f'<link>https://bbs.example/t/{out.id}?utm_source=rss</link><guid isPermaLink="false">{escape(out.id)}</guid>'
        f"<pubDate>{_gmt(out.published_at)}</pubDate><author>{escape(out.post.author.name)}</author></item>"
        for out in posts
    )
    return _channel("云边论坛", "https://bbs.example/", now, items)


def render_atom(posts: Sequence[OutPost], now: datetime) -> str:
    entries = "".join(
        f'<entry><id>{escape(out.id)}</id><title>{escape(_title(out))}</title><link href="/t/{out.id}"/>'
        f"<updated>{(out.edited_at or out.published_at).isoformat()}</updated><published>{out.published_at.isoformat()}</published>"
        f"<author><name>{escape(out.post.author.name)}</name></author>"
        f'<content type="html">{escape(_markup(out))}</content></entry>'
        for out in posts
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>云边论坛</title>'
        f"<id>https://bbs.example/</id><updated>{now.isoformat()}</updated>{entries}</feed>"
    )


def render_json_feed(posts: Sequence[OutPost]) -> str:
    items: list[dict[str, Any]] = [
        {
            "id": out.id,
            "url": f"https://bbs.example/t/{out.id}",
            "title": _title(out),
            "content_html": _markup(out),
            "date_published": out.published_at.isoformat(),
            "authors": [{"name": out.post.author.name}],
            "tags": [],
        }
        for out in posts
    ]
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "云边论坛",
        "description": "云边论坛",
        "items": items,
    }
    return json.dumps(feed, ensure_ascii=False)


def render_rsshub_weibo(posts: Sequence[OutPost], query: str, now: datetime) -> str:
    """RSSHub's search of Weibo: guid and link hold the author's and the post's id; no figures."""
    items = ""
    for out in posts:
        link = f"https://weibo.com/{out.author_id}/{_bid(out.id)}"
        text = escape(out.post.full_text).replace("\n", "<br>")
        items += (
            f"<item><title>{escape(out.post.full_text[:60])}</title><description>{escape(text)}</description>"
            f'<link>{link}</link><guid isPermaLink="false">{link}</guid><pubDate>{_gmt(out.published_at)}</pubDate>'
            f"<author>{escape(out.post.author.name)}</author></item>"
        )
    made = "<generator>RSSHub</generator><ttl>5</ttl>"
    return _channel(f"又有人在微博提到{query}了", "http://s.weibo.com/weibo/x", now, made + items)


def render_news(posts: Sequence[OutPost], query: str, now: datetime) -> str:
    """Google News: headline and publisher, a redirect as link, no words of the article."""
    items = ""
    for out in posts[:GOOGLE_MOST]:
        publisher, headline = escape(out.post.author.name), escape(_title(out, longest=200))
        link = f"https://news.google.com/rss/articles/{out.id}?oc=5"
        body = f'<a href="{link}" target="_blank">{headline}</a>&nbsp;&nbsp;<font color="#6f6f6f">{publisher}</font>'
        items += (
            f'<item><title>{headline} - {publisher}</title><link>{link}</link><guid isPermaLink="false">{out.id}</guid>'
            f"<pubDate>{_gmt(out.published_at)}</pubDate><description>{escape(body)}</description>"
            f'<source url="https://paper.example">{publisher}</source></item>'
        )
    made = "<generator>NFE/5.0</generator><language>zh-CN</language>"
    return _channel(f'"{query}" - Google 新闻', "https://news.google.com/search", now, made + items)


def news_words(query: str) -> str:
    """What is searched for: the query without Google's operators of time."""
    return " ".join(w for w in query.split() if not w.startswith(("when:", "after:", "before:")))


def _channel(title: str, link: str, now: datetime, inner: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:atom="http://www.w3.org/2005/Atom" version="2.0"><channel>'
        f"<title>{escape(title)}</title><link>{link}</link><description>{escape(title)}</description>"
        f"<lastBuildDate>{_gmt(now)}</lastBuildDate>{inner}</channel></rss>"
    )


def _title(out: OutPost, longest: int = 60) -> str:
    return out.post.title or out.post.text.partition("\n")[0][:longest]


def _markup(out: OutPost) -> str:
    body = "".join(f"<p>{escape(line)}</p>" for line in out.post.text.split("\n"))
    return body + ('<img src="https://bbs.example/p.jpg">' if Media.IMAGE in out.post.media else "")


def _gmt(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _bid(mid: str) -> str:
    """Weibo's short form of a post's number: groups of seven digits from the right, each in base 62."""
    letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    groups = []
    for end in range(len(mid), 0, -7):
        number, text = int(mid[max(0, end - 7) : end]), ""
        while number:
            number, rest = divmod(number, 62)
            text = letters[rest] + text
        groups.append(text if end <= 7 else text.rjust(4, "0"))
    return "".join(reversed(groups))
