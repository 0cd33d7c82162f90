"""Apple's feed of customer reviews, JSON and XML: payload in, reviews or a named outcome out.

The rating stands before the title as filled and hollow stars ("★★☆☆☆ 闪退"), which is how people write ratings and what
the scorer reads; the app's version is the review's one topic ("版本 5.3.1").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crawlers.parsers.answers import read_json
from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.feeds import Entry, read_feed
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    is_html,
    judge_items,
    mapping,
    readable,
    sequence,
    split_address,
    status_verdict,
    word,
)
from crawlers.parsers.text import tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Kind, Mention, Platform, Verified
from records.outcome import Outcome, Page

LAST_PAGE = 10
"""The feed has no more pages, whatever its links say."""

_ADDRESS = re.compile(
    r"/(?P<country>[a-z]{2})/rss/customerreviews/(?:page=(?P<page>\d{1,3})/)?id=(?P<app>\d{3,15})", re.I
)
_NEXT = re.compile(r"/page=(\d{1,3})/")
_REVIEWER = re.compile(r"/id(\d{1,20})\b")
_ELSEWHERE = {
    "hk": "香港", "tw": "台湾", "mo": "澳门", "us": "美国", "jp": "日本", "kr": "韩国", "sg": "新加坡", "my": "马来西亚",
    "gb": "英国", "au": "澳大利亚", "ca": "加拿大", "de": "德国", "fr": "法国", "th": "泰国", "vn": "越南", "id": "印度尼西亚",
}  # fmt: skip
"""Regions of storefronts. The storefront cn says nothing about where in China a reviewer is: no region."""


def parse_reviews(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One page of an app's reviews, the newest first; ``next`` is the number of the page after.

    A first page without reviews is suspect: the service answers so for an app without reviews, for a wrong storefront, and
    at random for apps that have thousands.

    Args:
        url: the address that was asked: it names the storefront and the app.
    """
    try:
        reviews, following = _reviews(payload, status, url, content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    asked = _ADDRESS.search(url)
    seen, skipped = readable(_mention(r, asked, collected_at) for r in reviews)
    outcome, detail = judge_items(seen, skipped, none=_none(asked))
    more = following if seen and following is not None and following <= LAST_PAGE else None
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next=str(more) if more else None)


def _none(asked: re.Match[str] | None) -> Verdict:
    if asked is not None and int(asked["page"] or 1) > 1:
        return Outcome.EMPTY, "no more reviews"
    return Outcome.SUSPECT, "the feed of reviews is empty, which the service also answers when it fails"


def _reviews(
    payload: str | bytes, status: int, url: str, content_type: str
) -> tuple[list[Mapping[str, Any]], int | None]:
    """The reviews with plain values under one set of keys, and the number of the next page."""
    text = decode_text(payload, content_type).lstrip()
    if text.startswith("<") and not is_html(text, content_type) and status_verdict(status) is None:
        return _xml_reviews(payload, content_type, url)
    feed = at(read_json(payload, status=status, url=url, content_type=content_type), "feed")
    if not isinstance(feed, dict):
        raise Unreadable(Outcome.CHANGED, "feed is missing from the answer")
    entry = feed.get("entry")
    entries = [entry] if isinstance(entry, dict) else entry
    if entry is not None and not isinstance(entries, list):
        raise Unreadable(Outcome.CHANGED, "feed.entry is neither a review nor a list of reviews")
    links = [at(link, "attributes") for link in sequence(feed.get("link"))]
    following = next((at(a, "href") for a in links if at(a, "rel") == "next"), None)
    return [_plain(e) for e in map(mapping, entries or []) if not _is_app(e)], _page_number(following)


def _is_app(entry: Mapping[str, Any]) -> bool:
    """The first entry of a feed may be the app itself."""
    return "im:name" in entry and "im:rating" not in entry


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    def label(*path: str) -> Any:
        return at(entry, *path, "label")

    return {
        "id": label("id"),
        "title": label("title"),
        "text": label("content"),
        "time": label("updated"),
        "rating": label("im:rating"),
        "version": label("im:version"),
        "helpful": label("im:voteSum"),
        "name": label("author", "name"),
        "reviewer": label("author", "uri"),
    }


def _xml_reviews(payload: str | bytes, content_type: str, url: str) -> tuple[list[Mapping[str, Any]], int | None]:
    feed = read_feed(payload, content_type)
    if feed.is_cut:
        raise Unreadable(Outcome.NETWORK, f"the feed breaks off after {len(feed.entries)} whole reviews")
    asked = _ADDRESS.search(url)
    number = int(asked["page"] or 1) if asked else 1
    following = number + 1 if len(feed.entries) >= 50 else None
    return [_plain_xml(e) for e in feed.entries if "im_name" not in e or "im_rating" in e], following


def _plain_xml(entry: Entry) -> dict[str, Any]:
    contents = sequence(entry.get("content"))
    plain = next((c for c in contents if at(c, "type") == "text/plain"), contents[0] if contents else None)
    return {
        "id": entry.get("id"),
        "title": entry.get("title"),
        "text": at(plain, "value"),
        "time": entry.get("updated"),
        "rating": entry.get("im_rating"),
        "version": entry.get("im_version"),
        "helpful": entry.get("im_votesum"),
        "name": entry.get("author"),
        "reviewer": at(entry.get("author_detail"), "href"),
    }


def _page_number(href: Any) -> int | None:
    parts = split_address(href)
    found = _NEXT.search(parts.path) if parts is not None else None
    return int(found[1]) if found else None


def _mention(review: Mapping[str, Any], asked: re.Match[str] | None, collected_at: datetime) -> Mention | None:
    ident, title, text = word(review["id"]), tidy(review["title"]), tidy(review["text"])
    if ident is None or not (title or text):
        return None
    stars, version = _stars(review["rating"]), word(review["version"], longest=30)
    published, precision = parse_time(review["time"], collected_at=collected_at)
    country = asked["country"].lower() if asked else ""
    reviewer = word(review["reviewer"])
    found = _REVIEWER.search(reviewer) if reviewer else None
    return Mention(
        platform=Platform.APPSTORE,
        kind=Kind.REVIEW,
        id=ident,
        url=f"https://apps.apple.com/{country}/app/id{asked['app']}?see-all=reviews" if asked else None,
        author=Author(id=found[1] if found else None, name=word(review["name"]), verified=Verified.NONE),
        title=f"{stars} {title}".strip() or None,
        text=text,
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(likes=review["helpful"]),
        region=_ELSEWHERE.get(country),
        topics=(f"版本 {version}",) if version else (),
    )


def _stars(rating: Any) -> str:
    """ "★★☆☆☆" for 2; "" where no rating from 1 to 5 is shown."""
    shown = word(rating, longest=3)
    if shown is None or shown not in ("1", "2", "3", "4", "5"):
        return ""
    return "★" * int(shown) + "☆" * (5 - int(shown))
