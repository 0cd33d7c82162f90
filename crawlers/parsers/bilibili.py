"""Bilibili (哔哩哔哩): what the pages' own scripts receive or were given by the server: search and video.

Figures are ``play`` (reads), ``review`` (comments), ``favorites`` (saves); a hidden play count is "--" or -1 and becomes
unknown. The search does not tell shares and followers, the video's page does.
"""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any

from crawlers.parsers.bilibili_walls import GONE_CODES, find_code, find_page_wall, is_voucher, open_envelope
from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import parse_count, parse_engagement
from crawlers.parsers.page_state import find_state
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    html_title,
    judge_items,
    load_json,
    mapping,
    readable,
    sequence,
    word,
)
from crawlers.parsers.text import tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Kind, Media, Mention, Platform, Verified
from records.outcome import Outcome, Page

_BVID = re.compile(r"BV[0-9A-Za-z]{8,12}")
_HIGHLIGHT = re.compile(r"</?em\b[^<>]{0,60}>")
_ROLES = {
    1: Verified.PERSONAL,
    2: Verified.PERSONAL,
    3: Verified.ENTERPRISE,
    4: Verified.ENTERPRISE,
    5: Verified.MEDIA,
    6: Verified.GOVERNMENT,
    7: Verified.PERSONAL,
    9: Verified.PERSONAL,
}
_NOTHING = "the platform says there is nothing (more)"
_TYPES = {-1: Verified.NONE, 0: Verified.PERSONAL, 1: Verified.ENTERPRISE}


def parse_search(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One answer to the search page's own ``/search/type`` request."""
    try:
        data = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    return _search(data, collected_at)


def parse_search_state(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """The results that the server wrote into the search page itself: the answer without its envelope."""
    try:
        data = load_json(payload)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    if not isinstance(data, dict):
        return Page(outcome=Outcome.CHANGED, detail="the page's results are no object")
    if is_voucher(data):
        return Page(outcome=Outcome.BLOCKED_CAPTCHA, detail="a voucher for a captcha instead of results")
    return _search(data, collected_at)


def parse_search_page(text: str | bytes, *, status: int, url: str, collected_at: datetime) -> Page:
    """The search page, for when it shows no results and its script asked for none: a wall by name, or a change."""
    verdict = find_page_wall(decode_text(text), status, url)
    outcome, detail = verdict or (Outcome.CHANGED, "the page never asked for search results (/search/type)")
    return Page(outcome=outcome, detail=detail)


def parse_video(payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "") -> Page:
    """One video (``/view`` or ``/view/detail``); outcome GONE where the platform says that it is deleted or hidden."""
    try:
        data = open_envelope(payload, status=status, url=url, content_type=content_type, own=GONE_CODES)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    card = mapping(data.get("Card"))
    follower = card.get("follower")
    return _video_page(
        data.get("View", data),
        collected_at,
        tags=data.get("Tags"),
        followers=follower if follower is not None else at(card, "card", "fans"),
        badge=at(card, "card", "Official") or at(card, "card", "official_verify"),
    )


def parse_video_page(text: str | bytes, *, status: int, url: str, collected_at: datetime) -> Page:
    """A video's page with the state that the server wrote into it.

    SUSPECT where it holds neither a video nor an error: then its script asks for the video.
    """
    shown = decode_text(text)
    if status in (404, 410):
        return Page(outcome=Outcome.GONE, detail=f"HTTP {status}: there is no such video")
    verdict = find_page_wall(shown, status, url)
    if verdict is not None:
        return Page(outcome=verdict[0], detail=verdict[1])
    state = find_state(shown, "__INITIAL_STATE__")
    error = mapping(at(state, "error"))
    for code in (error.get("trueCode"), error.get("code")):
        told = find_code(code, {**GONE_CODES, 404: (Outcome.GONE, "the page says that there is no such video")})
        if told is not None:
            return Page(outcome=told[0], detail=told[1])
    if isinstance(at(state, "videoData"), dict) and at(state, "videoData", "bvid"):
        return _video_page(
            at(state, "videoData"),
            collected_at,
            tags=at(state, "tags"),
            followers=at(state, "upData", "fans"),
            badge=at(state, "upData", "Official") or at(state, "upData", "official_verify"),
        )
    if html_title(shown).startswith("视频去哪了"):
        return Page(outcome=Outcome.GONE, detail="the page says that the video is gone")
    return Page(outcome=Outcome.SUSPECT, detail="the page holds no video, and no word of why")


def _search(data: dict[str, Any], collected_at: datetime) -> Page:
    results, found = data.get("result"), parse_count(data.get("numResults"))
    number, pages = parse_count(data.get("page")), parse_count(data.get("numPages"))
    is_past = number is not None and pages is not None and number.value > pages.value
    is_none = is_past or (found is not None and found.value == 0)
    if not isinstance(results, list):
        if results is None and is_none:
            return Page(outcome=Outcome.EMPTY, detail=_NOTHING)
        return Page(outcome=Outcome.CHANGED, detail="data.result is missing from the search answer")
    # courses, users and advertisements are no videos
    videos = [i for i in results if not isinstance(i, dict) or i.get("type", "video") == "video"]
    seen, skipped = readable(_found(mapping(i), collected_at) for i in videos)
    nothing: Verdict = (Outcome.SUSPECT, "no video among the results, and no word of none")
    if is_none:
        nothing = (Outcome.EMPTY, _NOTHING)
    outcome, detail = judge_items(seen, skipped, none=nothing)
    more = number is not None and pages is not None and number.value < pages.value
    following = str(number.value + 1) if more and number is not None else None
    return Page(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, next=following)


def _found(item: dict[str, Any], collected_at: datetime) -> Mention | None:
    """A video as the search shows it."""
    ident = word(item.get("bvid"))
    if ident is None or not _BVID.fullmatch(ident) or not isinstance(item.get("title"), str):
        return None
    published, precision = parse_time(item.get("pubdate"), collected_at=collected_at)
    tags = item.get("tag")
    return Mention(
        platform=Platform.BILIBILI,
        kind=Kind.VIDEO,
        id=ident,
        url=f"https://www.bilibili.com/video/{ident}",
        author=author_of(item.get("mid"), item.get("author")),
        title=_plain(item["title"]) or None,
        text=_description(item.get("description")),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(
            reads=item.get("play"),
            likes=item.get("like"),
            comments=item.get("review"),
            saves=item.get("favorites"),
        ),
        media=frozenset({Media.VIDEO}),
        topics=_topics(tags.split(",") if isinstance(tags, str) else ()),
    )


def _video_page(view: Any, collected_at: datetime, *, tags: Any, followers: Any, badge: Any) -> Page:
    ident = word(at(view, "bvid"))
    if ident is None or not _BVID.fullmatch(ident) or not isinstance(at(view, "title"), str):
        return Page(outcome=Outcome.CHANGED, detail="the video's answer lacks what every video has", skipped=1)
    published, precision = parse_time(view.get("pubdate"), collected_at=collected_at)
    figures, fans = mapping(view.get("stat")), parse_count(followers)
    mention = Mention(
        platform=Platform.BILIBILI,
        kind=Kind.VIDEO,
        id=ident,
        url=f"https://www.bilibili.com/video/{ident}",
        author=author_of(
            at(view, "owner", "mid"),
            at(view, "owner", "name"),
            followers=fans.value if fans else None,
            verified=verified_of(badge),
        ),
        title=tidy(view["title"]) or None,
        text=_description(view.get("desc")),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(
            reads=figures.get("view"),
            likes=figures.get("like"),
            comments=figures.get("reply"),
            reposts=figures.get("share"),
            saves=figures.get("favorite"),
        ),
        media=frozenset({Media.VIDEO}),
        topics=_topics(at(t, "tag_name") for t in sequence(tags)),
    )
    outcome, detail = judge_items([mention], 0, none=(Outcome.CHANGED, ""))
    return Page(outcome=outcome, mentions=(mention,) if outcome is Outcome.ITEMS else (), detail=detail)


def author_of(ident: Any, name: Any, *, followers: int | None = None, verified: Verified = Verified.UNKNOWN) -> Author:
    known = word(ident)
    return Author(id=None if known == "0" else known, name=word(name), followers=followers, verified=verified)


def verified_of(badge: Any) -> Verified:
    """The finer role where it is told, else the plain type (none, person, organisation)."""
    role, kind = at(badge, "role"), at(badge, "type")
    if isinstance(role, int) and not isinstance(role, bool) and role in _ROLES:
        return _ROLES[role]
    known = isinstance(kind, int) and not isinstance(kind, bool)
    return _TYPES.get(kind, Verified.UNKNOWN) if known else Verified.UNKNOWN


def _plain(marked: str) -> str:
    """Words of the search's markup, which is nothing but highlighting and entities."""
    return tidy(html.unescape(_HIGHLIGHT.sub("", marked)))


def _description(shown: Any) -> str:
    """ "-" stands for none."""
    text = _plain(shown) if isinstance(shown, str) else ""
    return "" if text == "-" else text


def _topics(names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t for n in names if (t := word(n, longest=60))))
