"""Xiaohongshu: what the page's own script receives (search, note, author), and the page around it where it is a wall.

Never kept: ``xsec_token`` (bound to a session) in a stored address, and the viewer's own state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import parse_count, parse_engagement
from crawlers.parsers.page_state import find_state, snake_keys, without_scripts
from crawlers.parsers.payload import (
    Unreadable,
    at,
    judge_items,
    mapping,
    sequence,
    unique,
    word,
)
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import parse_topics, plain_topics, tidy
from crawlers.parsers.times import EARLIEST, LATEST, parse_time
from crawlers.parsers.xiaohongshu_walls import Doubt, Refused, code_verdict, find_doubt, find_page_wall, open_envelope
from records.mention import COUNT_NAMES, Author, Engagement, Media, Mention, Platform, TimePrecision, Verified, replace
from records.outcome import Outcome, Page

_VERIFIED = {0: Verified.NONE, 1: Verified.PERSONAL, 2: Verified.ENTERPRISE}
_NOTE_ID = re.compile(r"[0-9a-f]{16,32}")
_LOGIN_WORDS = ("登录后查看搜索结果", "登录后查看更多", "扫码登录")


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchPage(Page):
    tokens: Mapping[str, str] = field(default_factory=dict)
    """note id → short-lived token that opens the note's page in this session; never stored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NotePage(Page):
    doubt: Doubt = Doubt.NONE
    """Of a note that is said to be gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    outcome: Outcome
    followers: int | None = None
    verified: Verified = Verified.UNKNOWN
    detail: str = ""


def parse_search(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> SearchPage:
    """One answer to the page's own ``/search/notes`` request."""
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return SearchPage(outcome=error.outcome, detail=error.detail)
    data = root.get("data")
    if not isinstance(data, dict):
        return SearchPage(outcome=Outcome.CHANGED, detail="data is missing from the search answer")
    if "items" not in data:
        if any(at(i, "id") for other in data.values() for i in sequence(other)):
            return SearchPage(outcome=Outcome.CHANGED, detail="data.items is missing, another list stands in its place")
        if data.get("has_more") is False:
            return SearchPage(outcome=Outcome.EMPTY, detail="the platform says there is nothing more")
        return SearchPage(outcome=Outcome.SUSPECT, detail="no items, although has_more is not false")
    if not isinstance(data["items"], list):
        return SearchPage(outcome=Outcome.CHANGED, detail="data.items is no list")
    return _search_page(data["items"], data.get("has_more") is True, collected_at)


def parse_detail(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> NotePage:
    """One note with its text (the page's own ``/feed`` request); an empty list on a known note means throttling."""
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        code = error.code if isinstance(error, Refused) else None
        return NotePage(outcome=error.outcome, detail=error.detail, doubt=find_doubt(code))
    items = at(root, "data", "items")
    if not isinstance(items, list):
        return NotePage(outcome=Outcome.CHANGED, detail="data.items is missing from the note's answer")
    if not items:
        return NotePage(outcome=Outcome.BLOCKED_RATE, detail="an empty answer for a known note: requests are throttled")
    found = [m for m in (_mention(mapping(i), collected_at) for i in items) if m is not None]
    if not found:
        detail = "the note's answer lacks what every note has"
        return NotePage(outcome=Outcome.CHANGED, detail=detail, skipped=len(items))
    return NotePage(outcome=Outcome.ITEMS, mentions=unique(found))


def parse_author(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Profile:
    """Followers and badge of an author (the page's own ``/user/otherinfo`` request)."""
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Profile(outcome=error.outcome, detail=error.detail)
    shown = at(root, "data", "interactions")
    if not isinstance(shown, list):
        return Profile(outcome=Outcome.CHANGED, detail="data.interactions is missing from the author's answer")
    fans = next((parse_count(at(i, "count")) for i in shown if at(i, "type") == "fans"), None)
    kind = at(root, "data", "verify_info", "red_official_verify_type")
    known = isinstance(kind, int) and not isinstance(kind, bool)
    return Profile(
        outcome=Outcome.ITEMS,
        followers=fans.value if fans else None,
        verified=_VERIFIED.get(kind, Verified.UNKNOWN) if known else Verified.UNKNOWN,
    )


def parse_search_page(
    html: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> SearchPage:
    """The search page itself, for when its script asked for nothing: a wall by name, the state in it, or a change."""
    text = decode_text(html, content_type)
    verdict = find_page_wall(text, status, url)
    if verdict is not None:
        return SearchPage(outcome=verdict[0], detail=verdict[1])
    state = _state(text)
    feeds = at(state, "search", "feeds")
    for wrapped in ("value", "_value", "_raw_value"):  # names once the page's script has wrapped the list
        if isinstance(feeds, dict) and isinstance(feeds.get(wrapped), list):
            feeds = feeds[wrapped]
    if isinstance(feeds, list) and feeds:
        return _search_page(feeds, at(state, "search", "has_more") is True, collected_at)
    if at(state, "user", "logged_in") is False or any(w in without_scripts(text) for w in _LOGIN_WORDS):
        return SearchPage(outcome=Outcome.BLOCKED_LOGIN, detail="the page asks for a login and shows no results")
    return SearchPage(outcome=Outcome.CHANGED, detail="the page never asked for search results (/search/notes)")


def parse_detail_page(
    html: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> NotePage:
    """A note's page, where the server wrote the note into the page instead of letting the script ask for it."""
    text = decode_text(html, content_type)
    verdict = find_page_wall(text, status, url)
    if verdict is not None:
        return NotePage(outcome=verdict[0], detail=verdict[1], doubt=find_doubt(None, url))
    state = _state(text)
    notes = mapping(at(state, "note", "note_detail_map"))
    found = [
        m
        for m in (_mention({"note_card": mapping(at(n, "note"))}, collected_at) for n in notes.values())
        if m is not None
    ]
    if found:
        return NotePage(outcome=Outcome.ITEMS, mentions=tuple(found))
    code = at(state, "note", "server_request_info", "error_code")
    told = code_verdict(code)
    if told is not None:
        return NotePage(outcome=told[0], detail=told[1], doubt=find_doubt(code))
    if at(state, "user", "logged_in") is False or any(w in without_scripts(text) for w in _LOGIN_WORDS):
        return NotePage(outcome=Outcome.BLOCKED_LOGIN, detail="the page asks for a login and shows no note")
    return NotePage(outcome=Outcome.CHANGED, detail="the note's page shows no note")


def with_detail(mention: Mention, detail: Mention) -> Mention:
    """The mention as search showed it, completed by its note: text, exact times, region; of the figures the newer."""
    later, earlier = (detail, mention) if detail.collected_at >= mention.collected_at else (mention, detail)
    shown = {n: (later if getattr(later.metrics, n) is not None else earlier).metrics for n in COUNT_NAMES}
    figures = {n: getattr(m, n) for n, m in shown.items()}
    rounded = {n for n, m in shown.items() if n in m.approximate}
    return replace(
        mention,
        title=detail.title or mention.title,
        text=detail.text or mention.text,
        published_at=detail.published_at or mention.published_at,
        edited_at=detail.edited_at or mention.edited_at,
        metrics=Engagement(**figures, approximate=frozenset(rounded)),
        region=detail.region or mention.region,
        media=mention.media | detail.media,
        topics=tuple(dict.fromkeys(mention.topics + detail.topics)),
    )


def with_author(mention: Mention, profile: Profile) -> Mention:
    """The mention with its author's followers and badge, where they were told."""
    if profile.outcome is not Outcome.ITEMS:
        return mention
    known = mention.author
    author = Author(id=known.id, name=known.name, followers=profile.followers, verified=profile.verified)
    return replace(mention, author=author)


def _search_page(items: list[Any], has_more: bool, collected_at: datetime) -> SearchPage:
    mentions: list[Mention] = []
    tokens: dict[str, str] = {}
    skipped = 0
    for item in items:
        if not isinstance(item, dict):
            skipped += 1
            continue
        if item.get("model_type") != "note":
            continue
        mention = _mention(item, collected_at)
        if mention is None:
            skipped += 1
            continue
        mentions.append(mention)
        token = word(item.get("xsec_token"))
        if token:
            tokens.setdefault(mention.id, token)
    seen = unique(mentions)
    none = Outcome.SUSPECT, "no note among the items, and no word of none"
    outcome, detail = judge_items(seen, skipped, none=none)
    more = "more" if has_more and seen else None
    return SearchPage(outcome=outcome, mentions=seen, detail=detail, skipped=skipped, tokens=tokens, next=more)


def _mention(item: dict[str, Any], collected_at: datetime) -> Mention | None:
    card = item.get("note_card")
    ident = word(item.get("id")) or word(at(card, "note_id"))
    if not isinstance(card, dict) or ident is None or not _NOTE_ID.fullmatch(ident):
        return None
    published, precision = _published(card, ident, collected_at)
    edited = parse_time(card.get("last_update_time"), collected_at=collected_at)[0]
    text = plain_topics(tidy(card.get("desc")))
    figures = mapping(card.get("interact_info"))
    named = [word(at(t, "name"), longest=60) for t in sequence(card.get("tag_list"))]
    user = mapping(card.get("user"))
    return Mention(
        platform=Platform.XIAOHONGSHU,
        id=ident,
        url=f"https://www.xiaohongshu.com/explore/{ident}",
        author=Author(id=word(user.get("user_id")), name=word(user.get("nickname")) or word(user.get("nick_name"))),
        title=tidy(card.get("display_title") or card.get("title")) or None,
        text=text,
        published_at=published,
        time_precision=precision,
        edited_at=edited if edited and published and (edited - published).total_seconds() >= 1 else None,
        collected_at=collected_at,
        metrics=parse_engagement(
            likes=figures.get("liked_count"),
            comments=figures.get("comment_count"),
            reposts=figures.get("shared_count", figures.get("share_count")),
            saves=figures.get("collected_count"),
        ),
        region=parse_region(card.get("ip_location")),
        media=_media(card),
        topics=tuple(dict.fromkeys([*parse_topics(text), *(t for t in named if t)])),
    )


def _published(card: dict[str, Any], ident: str, collected_at: datetime) -> tuple[datetime | None, TimePrecision]:
    """The note's own time, else the one in its id (first 8 hex digits are unix seconds), else the words on its card."""
    told, precision = parse_time(card.get("time"), collected_at=collected_at)
    if told is not None:
        return told, precision
    if len(ident) == 24:
        made = datetime.fromtimestamp(int(ident[:8], 16), UTC)
        if EARLIEST.replace(year=2013) <= made <= collected_at + LATEST:
            return made, TimePrecision.EXACT
    tags = sequence(card.get("corner_tag_info"))
    shown = next((at(t, "text") for t in tags if at(t, "type") == "publish_time"), None)
    return parse_time(shown, collected_at=collected_at)


def _media(card: dict[str, Any]) -> frozenset[Media]:
    kind = card.get("type")
    if kind == "video":
        return frozenset({Media.VIDEO})
    shown = kind == "normal" or sequence(card.get("image_list"))
    live = any(at(i, "live_photo") is True for i in sequence(card.get("image_list")))
    return frozenset({Media.IMAGE, Media.LIVE} if live else {Media.IMAGE} if shown else ())


def _state(text: str) -> Any:
    """The page's own state with keys in the spelling of the answers; None where there is none that can be read."""
    return snake_keys(find_state(text, "__INITIAL_STATE__"))
