"""Any RSS, Atom or JSON feed, with what RSSHub and Google News do their own way: payload in, mentions or an outcome out.

An entry that links to a post on a watched platform becomes a mention of that platform, under that platform's id, so that
the same post found by search is the same mention.
"""

from __future__ import annotations

import io
import re
import unicodedata
from calendar import timegm
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import feedparser

from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    as_str,
    at,
    html_title,
    is_html,
    judge_items,
    load_json,
    mapping,
    sequence,
    split_address,
    status_verdict,
    unique,
    word,
)
from crawlers.parsers.text import own_words, parse_markup, parse_topics, tidy
from crawlers.parsers.times import EARLIEST, LATEST, parse_time
from crawlers.parsers.weibo import bid_to_mid
from records.mention import Author, Kind, Media, Mention, Platform, TimePrecision, Verified, replace
from records.outcome import Outcome, Page

_STATUSES = {403: Outcome.BLOCKED_LOGIN}
_WEIBO = re.compile(r"https?://(?:www\.)?weibo\.com/([0-9]{5,20})/([0-9A-Za-z]{5,12})/?")
_BILIBILI = re.compile(r"https?://(?:www\.)?bilibili\.com/video/(BV[0-9A-Za-z]{6,15})/?")
_NOTE = re.compile(r"https?://(?:www\.)?xiaohongshu\.com/(?:explore|discovery/item)/([0-9a-f]{24})/?")
_IMAGE = re.compile(r"<img\b[^>]{0,2000}>", re.IGNORECASE)
_EMOJI_IMAGE = re.compile(r"""alt\s*=\s*["']?\[""", re.IGNORECASE)
_REFUSALS = re.compile(r"\b(?:432|418|414|429|403)\b")

Entry = Mapping[str, Any]


def parse_search(
    payload: str | bytes,
    *,
    status: int,
    url: str,
    collected_at: datetime,
    content_type: str = "",
    platform: Platform = Platform.RSS,
    query: str = "",
) -> Page:
    """All entries of a feed.

    Args:
        platform: what a plain entry belongs to: ``rss``, or ``news`` for news searches.
        query: words that all must occur in an entry (in any order, any case); "" keeps every entry.
    """
    raw = payload if isinstance(payload, bytes) else payload.encode("utf-8", "replace")
    text = as_str(payload)
    verdict = _refusal(text, status, url, content_type)
    if verdict is not None:
        return Page(outcome=verdict[0], detail=verdict[1])
    try:
        entries, generator = _entries(raw, text, content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    mentions = [_mention(entry, platform, collected_at) for entry in entries]
    seen = unique([m for m in mentions if m is not None])
    skipped = mentions.count(None)
    outcome, detail = judge_items(seen, skipped, none=_none(generator))
    kept = select_matching(seen, query)
    if outcome is Outcome.ITEMS and not kept:
        outcome, detail = Outcome.EMPTY, f"none of the {len(seen)} entries holds the words of the query"
    return Page(outcome=outcome, mentions=kept, detail=detail, skipped=skipped)


def select_matching(mentions: Sequence[Mention], query: str) -> tuple[Mention, ...]:
    """The mentions whose title and text together hold every word of the query (NFKC, any case)."""
    words = [_folded(w) for w in query.split()]
    return tuple(m for m in mentions if all(w in _folded(f"{m.title or ''}\n{m.text}") for w in words))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _refusal(text: str, status: int, url: str, content_type: str) -> Verdict | None:
    """A page instead of a feed is a refusal, never an empty feed (W6)."""
    host_path = url.partition("?")[0].lower()
    if "consent.google." in host_path or "/sorry/" in host_path:
        return Outcome.BLOCKED_BOT, "the request was sent on to Google's consent or captcha page"
    page = is_html(text, content_type) and "<rss" not in text[:2000] and "<feed" not in text[:2000]
    if page and ("rsshub" in html_title(text).lower() or "Looks like something went wrong" in text):
        return _rsshub_error(text, status)
    if page and "/sorry/" in text and "unusual traffic" in text:
        return Outcome.BLOCKED_RATE, "Google shows its page about unusual traffic"
    verdict = status_verdict(status, _STATUSES)
    if verdict is not None:
        return verdict
    return (Outcome.CHANGED, "an HTML page is shown where a feed is due") if page else None


def _rsshub_error(text: str, status: int) -> Verdict:
    message = tidy(parse_markup(text))
    if "route is empty" in message:
        return Outcome.SUSPECT, "RSSHub found nothing upstream (it says so for refusals, too)"
    if status == 404:
        return Outcome.CHANGED, "RSSHub does not know this route"
    if status in (401, 403):
        return Outcome.BLOCKED_LOGIN, "RSSHub asks for its access key"
    if _REFUSALS.search(message):
        return Outcome.BLOCKED_RATE, "RSSHub was refused by the platform behind it"
    return Outcome.BLOCKED_BOT, "RSSHub shows an error page: the platform behind it did not answer"


def _entries(raw: bytes, text: str, content_type: str) -> tuple[list[Entry], str]:
    """Entries in one shape, and the generator's name in lower case."""
    if not text.strip():
        raise Unreadable(Outcome.NETWORK, "the answer is empty")
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _json_entries(load_json(text))
    try:
        # a file object, never the text: feedparser would open text that looks like an address or a path
        feed = feedparser.parse(io.BytesIO(raw), response_headers={"content-type": content_type or "application/xml"})
    except Exception:  # feedparser's own defects on hostile XML are many and unnamed
        raise Unreadable(Outcome.CHANGED, "the feed cannot be read") from None
    if not feed.get("version"):
        raise Unreadable(Outcome.CHANGED, "RSS, Atom or JSON Feed is due, the answer is something else")
    if feed.get("bozo") and not feed.entries and "</" not in text[-200:]:
        raise Unreadable(Outcome.NETWORK, "the feed breaks off")
    return list(feed.entries), str(at(feed.get("feed"), "generator") or "").lower()


def _json_entries(root: Any) -> tuple[list[Entry], str]:
    items = at(root, "items")
    if not isinstance(items, list) or "jsonfeed.org" not in str(at(root, "version")):
        raise Unreadable(Outcome.CHANGED, "a feed is due, the answer is other JSON")
    entries: list[Entry] = [
        {
            "id": word(i.get("id"), longest=2000),
            "link": i.get("url") or i.get("external_url"),
            "title": i.get("title"),
            "summary": i.get("content_html") or i.get("content_text") or i.get("summary"),
            "author": at((sequence(i.get("authors")) or [i.get("author")])[0], "name"),
            "published": i.get("date_published"),
            "updated": i.get("date_modified"),
            "tags": [{"term": t} for t in sequence(i.get("tags"))],
        }
        for i in map(mapping, items)
    ]
    return entries, "rsshub" if "Powered by RSSHub" in str(at(root, "description")) else ""


def _none(generator: str) -> Verdict:
    if generator.startswith("nfe"):
        return Outcome.EMPTY, "Google News finds nothing"
    return Outcome.SUSPECT, "the feed has no entries, which says nothing about the platform behind it"


def _mention(entry: Entry, platform: Platform, collected_at: datetime) -> Mention | None:
    link = _address(entry.get("link"))
    ident = word(entry.get("id"), longest=2000) or link
    title, markup = tidy(entry.get("title")) or None, _content(entry)
    if ident is None or not (title or markup):
        return None
    publisher = word(at(entry.get("source"), "title"))
    published, precision = _time(entry, "published", collected_at)
    tags = [word(at(t, "term"), longest=60) for t in sequence(entry.get("tags"))]
    mention = Mention(
        platform=platform,
        kind=Kind.ARTICLE,
        id=ident,
        url=link,
        author=Author(name=word(entry.get("author")) or publisher),
        title=parse_markup(title) or None,
        text=parse_markup(markup),
        published_at=published,
        time_precision=precision,
        edited_at=_edited(entry, published, collected_at),
        collected_at=collected_at,
        media=_media(entry, markup),
        topics=tuple(dict.fromkeys(t for t in tags if t)),
    )
    if publisher is not None and _is_google(entry):
        return _google(mention, publisher)
    return _as_weibo(mention, markup) or _as_known_platform(mention)


def _content(entry: Entry) -> str:
    whole = at((sequence(entry.get("content")) or [None])[0], "value")
    found = whole if isinstance(whole, str) and whole else entry.get("summary")
    return found if isinstance(found, str) else ""


def _time(entry: Entry, name: str, collected_at: datetime) -> tuple[datetime | None, TimePrecision]:
    parsed = entry.get(f"{name}_parsed")
    if parsed is None:
        return parse_time(entry.get(name), collected_at=collected_at)
    try:
        moment = datetime.fromtimestamp(timegm(parsed), UTC)
    except (ValueError, OverflowError, TypeError, OSError):
        return None, TimePrecision.UNKNOWN
    good = EARLIEST <= moment <= collected_at + LATEST
    return (moment, TimePrecision.EXACT) if good else (None, TimePrecision.UNKNOWN)


def _edited(entry: Entry, published: datetime | None, collected_at: datetime) -> datetime | None:
    updated = _time(entry, "updated", collected_at)[0] if "updated" in entry else None
    return updated if updated and published and updated > published else None


def _media(entry: Entry, markup: str) -> frozenset[Media]:
    found = {Media.IMAGE for image in _IMAGE.findall(markup) if not _EMOJI_IMAGE.search(image)}
    if "<video" in markup:
        found.add(Media.VIDEO)
    kinds = [word(at(e, "type")) or "" for e in sequence(entry.get("enclosures"))]
    for sign, media in (("image", Media.IMAGE), ("video", Media.VIDEO), ("audio", Media.AUDIO)):
        if any(kind.startswith(sign) for kind in kinds):
            found.add(media)
    return frozenset(found)


def _address(value: Any) -> str | None:
    text = word(value, longest=2000)
    if text is None or not text.lower().startswith(("https://", "http://")):
        return None
    return text if split_address(text) is not None else None


def _is_google(entry: Entry) -> bool:
    parts = split_address(entry.get("link"))
    return parts is not None and parts.hostname == "news.google.com"


def _google(mention: Mention, publisher: str) -> Mention:
    """Google News has "headline - publisher" as title and no body: the exact suffix goes, the publisher is the author."""
    title = (mention.title or "").removesuffix(f" - {publisher}").strip() or None
    author = Author(name=publisher, verified=Verified.MEDIA)
    return replace(mention, platform=Platform.NEWS, title=title, text="", author=author, media=frozenset())


def _as_weibo(mention: Mention, markup: str) -> Mention | None:
    found = _WEIBO.fullmatch((mention.url or "").partition("?")[0])
    mid = bid_to_mid(found[2]) if found else None
    if found is None or mid is None:
        return None
    quoted = _WEIBO.search(markup.partition("<blockquote")[2])
    text = own_words(parse_markup(markup, without=frozenset({"blockquote"}))) or own_words(mention.title or "")
    return replace(
        mention,
        platform=Platform.WEIBO,
        kind=Kind.POST,
        id=mid,
        url=f"https://weibo.com/{found[1]}/{found[2]}",
        author=Author(id=found[1], name=mention.author.name),
        title=None,
        text=text.partition(" - 转发 ")[0],
        topics=tuple(dict.fromkeys(mention.topics + parse_topics(text))),
        parent_id=bid_to_mid(quoted[2]) if quoted else None,
    )


def _as_known_platform(mention: Mention) -> Mention:
    address = (mention.url or "").partition("?")[0]
    if found := _BILIBILI.fullmatch(address):
        return replace(mention, platform=Platform.BILIBILI, kind=Kind.VIDEO, id=found[1], url=address)
    if found := _NOTE.fullmatch(address):
        note = f"https://www.xiaohongshu.com/explore/{found[1]}"
        return replace(mention, platform=Platform.XIAOHONGSHU, kind=Kind.POST, id=found[1], url=note)
    return mention
