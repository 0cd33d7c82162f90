"""Apple's feed of customer reviews in the drill. Pure: posts in, the feed out, in both forms.

Every text is invented; only the nesting and the key names are the real ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta, timezone
from html import escape
from typing import Any

from drill.world import EVERYDAY, OutPost

PAGE_SIZE = 50
LAST_PAGE = 10
CONTROL_APP = "414478124"
"""An app that everybody reviews all the time: what people write when nothing happens."""
_CUPERTINO = timezone(timedelta(hours=-7))
_EVERYDAY = frozenset(text for _, text in EVERYDAY)
_STARS = re.compile(r"^\s*(★{1,5})☆{0,4}\s*")


def reviews_of(posts: Sequence[OutPost], app: str) -> list[OutPost]:
    """The story's reviews are those of the brand's app, whatever its id; another app is known to have others."""
    is_control = app == CONTROL_APP
    return [out for out in posts if (out.post.text in _EVERYDAY) is is_control]


def render_json(found: Sequence[OutPost], country: str, app: str, number: int, has_more: bool) -> dict[str, Any]:
    """One page. ``entry`` is a list, the one review itself, or missing; the first page begins with the app."""
    base = f"https://itunes.apple.com/{country}/rss/customerreviews"
    entries: list[dict[str, Any]] = [_review(out, country, app) for out in found]
    if number == 1 and len(entries) > 1:
        entries.insert(0, _app(country, app))
    links = [
        _link("alternate", f"https://apps.apple.com/{country}/app/id{app}"),
        _link("self", f"{base}/page={number}/id={app}/sortBy=mostRecent/json"),
        _link("last", f"{base}/page={LAST_PAGE}/id={app}/sortby=mostrecent/xml"),
    ]
    if has_more:
        links.append(_link("next", f"{base}/page={number + 1}/id={app}/sortby=mostrecent/xml?urlDesc=/customerreviews"))
    feed: dict[str, Any] = {
        "author": {"name": {"label": "iTunes Store"}},
        "title": {"label": "iTunes Store：用户评论"},
        "link": links,
        "id": {"label": f"{base}/page={number}/id={app}/sortBy=mostRecent/json"},
    }
    if entries:
        feed["entry"] = entries[0] if len(entries) == 1 else entries
    return {"feed": feed}


def render_xml(found: Sequence[OutPost], country: str, app: str) -> str:
    entries = "".join(_xml_review(out, country) for out in found)
    return (
        '<?xml version="1.0" encoding="utf-8"?><feed xmlns:im="http://itunes.apple.com/rss" xmlns="http://www.w3.org/2005/Atom">'
        f"<id>https://itunes.apple.com/{country}/rss/customerreviews/id={app}/xml</id><title>iTunes Store：用户评论</title>"
        f"{entries}</feed>"
    )


def rating_of(out: OutPost) -> int:
    """The stars that the review's words begin with, else one for a complaint and five for anything else."""
    shown = _STARS.match(out.post.full_text)
    return len(shown[1]) if shown else 1 if out.post.complaint else 5


def _review(out: OutPost, country: str, app: str) -> dict[str, Any]:
    title, text = _words(out)
    helpful = out.metrics.get("likes", 0)
    return {
        "author": {
            "uri": {"label": f"https://itunes.apple.com/{country}/reviews/id{out.author_id}"},
            "name": {"label": out.post.author.name},
            "label": "",
        },
        "updated": {"label": out.published_at.astimezone(_CUPERTINO).isoformat()},
        "im:rating": {"label": str(rating_of(out))},
        "im:version": {"label": "6.2.0"},
        "id": {"label": out.id},
        "title": {"label": title},
        "content": {"label": text, "attributes": {"type": "text"}},
        "link": _link("related", f"https://itunes.apple.com/{country}/review?id={app}&type=Purple%20Software"),
        "im:voteSum": {"label": str(helpful)},
        "im:contentType": {"attributes": {"term": "Application", "label": "应用"}},
        "im:voteCount": {"label": str(helpful)},
    }


def _xml_review(out: OutPost, country: str) -> str:
    title, text = _words(out)
    helpful = out.metrics.get("likes", 0)
    return (
        f"<entry><updated>{out.published_at.astimezone(_CUPERTINO).isoformat()}</updated><id>{out.id}</id>"
        f'<title>{escape(title)}</title><content type="text">{escape(text)}</content><im:voteSum>{helpful}</im:voteSum>'
        f"<im:rating>{rating_of(out)}</im:rating><im:version>6.2.0</im:version><author><name>{escape(out.post.author.name)}</name>"
        f"<uri>https://itunes.apple.com/{country}/reviews/id{out.author_id}</uri></author>"
        f'<content type="html">{escape(f"<table><tr><td>{escape(title)}</td></tr></table>")}</content></entry>'
    )


def _words(out: OutPost) -> tuple[str, str]:
    """Title and text; stars stand in the rating, not in the words."""
    title, text = out.post.title or "", out.post.text
    return _STARS.sub("", title), text if title else _STARS.sub("", text)


def _app(country: str, app: str) -> dict[str, Any]:
    return {
        "im:name": {"label": "一款应用"},
        "summary": {"label": "一款应用"},
        "title": {"label": "一款应用 - 一家公司"},
        "id": {"label": f"https://apps.apple.com/{country}/app/id{app}", "attributes": {"im:id": app}},
        "im:artist": {"label": "一家公司"},
    }


def _link(rel: str, href: str) -> dict[str, Any]:
    return {"attributes": {"rel": rel, "href": href}}
