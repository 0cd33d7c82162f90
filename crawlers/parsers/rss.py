"""Any RSS, Atom or JSON feed, with what RSSHub and Google News do their own way: payload in, mentions or an outcome out.

An entry that links to a post on a watched platform becomes a mention of that platform, under that platform's id, so that
the same post found by search is the same mention.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from calendar import timegm
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from crawlers.parsers.charset import decode_text
from crawlers.parsers.feeds import Entry, Feed, link_of, read_feed
from crawlers.parsers.origins import as_google, google_id, is_google, with_origin
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    html_title,
    is_html,
    is_login_page,
    judge_items,
    readable,
    sequence,
    status_verdict,
    word,
)
from crawlers.parsers.text import parse_markup, tidy
from crawlers.parsers.times import EARLIEST, LATEST, parse_time
from records.mention import Author, Kind, Media, Mention, Platform, TimePrecision
from records.outcome import Outcome, Page

_IMAGE = re.compile(r"<img\b[^>]{0,2000}>", re.IGNORECASE)
_EMOJI_IMAGE = re.compile(r"""alt\s*=\s*["']?\[""", re.IGNORECASE)
_REFUSALS = re.compile(r"\b(?:432|418|414|429|403)\b")
_ZONELESS = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T]\d{1,2}:\d{2}(?::\d{2})?")
_HUMAN_CHECKS = ("just a moment", "attention required", "verify you are human", "access denied")
"""Titles of the pages that guards of web sites (Cloudflare and its like) put before a feed."""


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
    """All entries of a feed, the newest first. Of a feed that breaks off, the whole entries come with outcome network.

    Args:
        url: final address of the feed; relative links count from it.
        platform: what a plain entry belongs to: ``rss``, or ``news`` for news searches.
        query: words that all must occur in an entry (in any order, any case); " OR " stands between alternatives; ""
            keeps every entry.
    """
    verdict = _refusal(decode_text(payload, content_type), status, url, content_type, platform)
    if verdict is not None:
        return Page(outcome=verdict[0], detail=verdict[1])
    try:
        feed = read_feed(payload, content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    shared = _shared_ids(feed.entries, url)
    read, skipped = readable(_mention(entry, platform, url, shared, collected_at) for entry in feed.entries)
    seen = _newest_first(read)
    outcome, detail = _judge(feed, seen, skipped)
    kept = select_matching(seen, query)
    if outcome is Outcome.ITEMS and not kept:
        outcome, detail = Outcome.EMPTY, f"none of the {len(seen)} entries holds the words of the query"
    return Page(outcome=outcome, mentions=kept, detail=detail, skipped=skipped)


def select_matching(mentions: Sequence[Mention], query: str) -> tuple[Mention, ...]:
    """The mentions whose title and text together hold every word of one alternative of the query (NFKC, any case)."""
    alternatives = [[_folded(w) for w in part.split()] for part in query.split(" OR ")]
    return tuple(m for m in mentions if _holds(_folded(f"{m.title or ''}\n{m.text}"), alternatives))


def _holds(text: str, alternatives: Iterable[Iterable[str]]) -> bool:
    return any(all(w in text for w in words) for words in alternatives)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _newest_first(mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """Feeds promise no order, and a poll's limit must not cut what is new."""
    return tuple(sorted(mentions, key=lambda m: m.happened_at, reverse=True))


def _refusal(text: str, status: int, url: str, content_type: str, platform: Platform) -> Verdict | None:
    """A page instead of a feed is a refusal, never an empty feed (W6)."""
    host_path = url.partition("?")[0].lower()
    if "consent.google." in host_path:
        return Outcome.BLOCKED_BOT, "the request was sent on to Google's consent page"
    if "/sorry/" in host_path and status != 429:
        return Outcome.BLOCKED_CAPTCHA, "the request was sent on to Google's human check"
    page = is_html(text, content_type) and "<rss" not in text[:2000] and "<feed" not in text[:2000]
    title = html_title(text).lower() if page else ""
    if page and ("rsshub" in title or "Looks like something went wrong" in text):
        return _rsshub_error(text, status)
    if page and "/sorry/" in text and "unusual traffic" in text:
        return Outcome.BLOCKED_RATE, "Google shows its page about unusual traffic"
    if is_login_page(url) and (page or status >= 300):
        return Outcome.BLOCKED_LOGIN, "the request was sent on to a login page"
    if page and any(sign in title for sign in _HUMAN_CHECKS):
        return Outcome.BLOCKED_BOT, "a guard's page stands before the feed"
    verdict = status_verdict(status, {404: Outcome.GONE} if platform is Platform.RSS else {})
    if verdict is not None and verdict[0] is Outcome.GONE:
        return Outcome.GONE, f"HTTP {status}: the feed is no longer there"
    if verdict is not None:
        return verdict
    return (Outcome.CHANGED, "an HTML page is shown where a feed is due") if page else None


def _rsshub_error(text: str, status: int) -> Verdict:
    message = tidy(parse_markup(text))
    if "route is empty" in message:
        return Outcome.SUSPECT, "RSSHub found nothing upstream (it says so for refusals, too)"
    if "currently fetching" in message or "RequestInProgress" in message:
        return Outcome.NETWORK, "RSSHub is still asking the platform behind it"
    if status == 404:
        return Outcome.CHANGED, "RSSHub does not know this route"
    if status in (401, 403):
        return Outcome.BLOCKED_LOGIN, "RSSHub asks for its access key"
    if _REFUSALS.search(message):
        return Outcome.BLOCKED_RATE, "RSSHub was refused by the platform behind it"
    return Outcome.BLOCKED_BOT, "RSSHub shows an error page: the platform behind it did not answer"


def _judge(feed: Feed, seen: Sequence[Mention], skipped: int) -> Verdict:
    if feed.is_cut:
        return Outcome.NETWORK, f"the feed breaks off after {len(feed.entries)} whole entries"
    if feed.generator.startswith("nfe"):
        none = Outcome.EMPTY, "Google News finds nothing"
    else:
        none = Outcome.SUSPECT, "the feed has no entries, which says nothing about the platform behind it"
    verdict = judge_items(seen, skipped, none=none)
    dated = any(name in entry and entry[name] for entry in feed.entries for name in ("published", "updated"))
    if verdict[0] is Outcome.CHANGED and seen and skipped <= len(seen) and not dated:
        return Outcome.ITEMS, ""  # a feed may leave all times out: its entries count as of when they were first seen
    return verdict


def _shared_ids(entries: Sequence[Entry], url: str) -> frozenset[str]:
    """Ids that a broken feed gives to several entries with addresses of their own: no ids at all."""
    links: defaultdict[str, set[str | None]] = defaultdict(set)
    for entry in entries:
        if ident := word(entry.get("id"), longest=2000):
            links[ident].add(link_of(entry.get("link"), url))
    return frozenset(ident for ident, found in links.items() if len(found) > 1)


def _mention(
    entry: Entry, platform: Platform, url: str, shared: frozenset[str], collected_at: datetime
) -> Mention | None:
    link = link_of(entry.get("link"), url)
    title, markup = parse_markup(tidy(entry.get("title"))) or None, _content(entry)
    text = parse_markup(markup)
    if not (title or text or markup):
        return None
    publisher = word(at(entry.get("source"), "title"))
    published, precision = _published(entry, collected_at)
    tags = [word(at(t, "term"), longest=60) for t in sequence(entry.get("tags"))]
    google = publisher is not None and is_google(entry)
    mention = Mention(
        platform=platform,
        kind=Kind.ARTICLE,
        id=_ident(entry, link, shared, google) or _digest(title, text, entry),
        url=link,
        author=Author(name=word(entry.get("author")) or publisher),
        title=title,
        text=text,
        published_at=published,
        time_precision=precision,
        edited_at=_edited(entry, published, collected_at),
        collected_at=collected_at,
        media=_media(entry, markup),
        topics=tuple(dict.fromkeys(t for t in tags if t)),
    )
    return as_google(mention, publisher or "") if google else with_origin(mention, markup)


def _ident(entry: Entry, link: str | None, shared: frozenset[str], google: bool) -> str | None:
    """The guid, unless it names nothing beyond this feed: shared by several entries, or a short number that another feed
    has, too; then the address."""
    ident = word(entry.get("id"), longest=2000)
    if ident is None or ident in shared or re.fullmatch(r"[0-9]{1,11}", ident):
        ident = (google_id(link) if google else None) or link or ident
    return ident


def _digest(title: str | None, text: str, entry: Entry) -> str:
    """An entry with neither guid nor link is known by what it says and when."""
    said = f"{title or ''}\n{text}\n{entry.get('published') or ''}".encode("utf-8", "replace")
    return f"sha256:{hashlib.sha256(said).hexdigest()[:32]}"


def _content(entry: Entry) -> str:
    whole = at((sequence(entry.get("content")) or [None])[0], "value")
    found = whole if isinstance(whole, str) and whole else entry.get("summary")
    return found if isinstance(found, str) else ""


def _published(entry: Entry, collected_at: datetime) -> tuple[datetime | None, TimePrecision]:
    """Atom demands only ``updated``; where nothing else is shown, it is the time of publishing."""
    only_updated = not entry.get("published") and "updated" in entry
    return _time(entry, "updated" if only_updated else "published", collected_at)


def _time(entry: Entry, name: str, collected_at: datetime) -> tuple[datetime | None, TimePrecision]:
    shown, parsed = entry.get(name), entry.get(f"{name}_parsed")
    if parsed is None or (isinstance(shown, str) and _ZONELESS.fullmatch(shown.strip())):
        return parse_time(shown, collected_at=collected_at)  # without a zone: Beijing time, as pages print it
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
