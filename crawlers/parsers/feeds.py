"""RSS, Atom and JSON Feed documents: bytes in, entries of one shape out, whatever charset they claim to be in."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin

import feedparser

from crawlers.parsers.charset import decode_text
from crawlers.parsers.payload import Unreadable, at, load_json, mapping, sequence, split_address, word
from records.outcome import Outcome

_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>", re.IGNORECASE)
_FIRST_TAG = re.compile(r"<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)\b", re.IGNORECASE)
_LAST_TAG = re.compile(r"</(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)\s*>|<(?:rss|feed)\b[^<>]{0,2000}/>", re.IGNORECASE)
_TRACKING = re.compile(r"utm_\w+|spm|fbclid|gclid")

Entry = Mapping[str, Any]
"""Keys as feedparser names them: id, link, title, summary, content, author, published, updated, tags, source, enclosures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    entries: tuple[Entry, ...]
    generator: str = ""
    """Name of what made it, in lower case."""
    is_cut: bool = False
    """The document breaks off: its last entry may be half an entry and is left out of ``entries``."""


def read_feed(payload: str | bytes, content_type: str = "") -> Feed:
    """The entries of a feed.

    Raises:
        Unreadable: network for an empty answer or a cut JSON feed, changed for anything that is no feed.
    """
    text = decode_text(payload, content_type)
    if not text.strip():
        raise Unreadable(Outcome.NETWORK, "the answer is empty")
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _json_feed(load_json(text))
    plain = _DECLARATION.sub("", text, count=1).strip()
    try:
        # a file object, never the text: feedparser would open text that looks like an address or a path
        feed = feedparser.parse(
            io.BytesIO(plain.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
        )
    except Exception:  # feedparser's own defects on hostile XML are many and unnamed
        raise Unreadable(Outcome.CHANGED, "the feed cannot be read") from None
    ends = _LAST_TAG.search(plain[-20_000:]) is not None
    begins = _FIRST_TAG.search(plain[:4000]) is not None
    if not begins or not feed.get("version"):
        if not ends and (begins or not plain):
            raise Unreadable(Outcome.NETWORK, "the feed breaks off in its first lines")
        raise Unreadable(Outcome.CHANGED, "RSS, Atom or JSON Feed is due, the answer is something else")
    entries = tuple(e for e in feed.entries if isinstance(e, Mapping))
    is_cut = bool(feed.get("bozo")) and not ends
    generator = str(at(feed.get("feed"), "generator") or "").lower()
    return Feed(entries=entries[:-1] if is_cut else entries, generator=generator, is_cut=is_cut)


def _json_feed(root: Any) -> Feed:
    items = at(root, "items")
    if not isinstance(items, list) or "jsonfeed.org" not in str(at(root, "version")):
        raise Unreadable(Outcome.CHANGED, "a feed is due, the answer is other JSON")
    entries = tuple(
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
    )
    return Feed(entries=entries, generator="rsshub" if "Powered by RSSHub" in str(at(root, "description")) else "")


def link_of(value: Any, base: str = "") -> str | None:
    """An entry's address: relative ones count from the feed's own; without the parameters that only count visitors.

    None for anything but http and https: a feed may give any scheme.
    """
    text = word(value, longest=2000)
    if text is None:
        return None
    try:
        whole = urljoin(base, text) if base else text
    except ValueError:
        return None
    parts = split_address(whole)
    if parts is None or " " in whole:
        return None
    if not _TRACKING.search(parts.query):
        return whole
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.fullmatch(k)]
    return parts._replace(query=urlencode(kept)).geturl()
