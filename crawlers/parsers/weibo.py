"""Weibo's mobile search and long text (what m.weibo.cn answers its own page): payload in, mentions or a named outcome out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from crawlers.parsers.counts import parse_count, parse_engagement
from crawlers.parsers.payload import (
    Unreadable,
    at,
    judge_items,
    mapping,
    sequence,
    split_address,
    unique,
    word,
)
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import own_words, parse_markup, parse_topics
from crawlers.parsers.times import parse_time
from crawlers.parsers.weibo_walls import find_refusal, open_envelope
from records.mention import Author, Media, Mention, Platform, Verified, replace
from records.outcome import Outcome, Page

_VERIFIED = {
    -1: Verified.NONE,
    0: Verified.PERSONAL,
    1: Verified.GOVERNMENT,
    2: Verified.ENTERPRISE,
    3: Verified.MEDIA,
    4: Verified.ENTERPRISE,  # campus, website, application, group: organisations
    5: Verified.ENTERPRISE,
    6: Verified.ENTERPRISE,
    7: Verified.ENTERPRISE,
    10: Verified.PERSONAL,
    200: Verified.PERSONAL,  # talents (达人)
    220: Verified.PERSONAL,
}
_DEEPEST = 6
"""Cards nest in groups; real answers go two levels deep."""

_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchPage(Page):
    cut: frozenset[str] = frozenset()
    """Ids of posts whose text is cut ("全文"): their long text has to be fetched."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LongText:
    outcome: Outcome
    """items: the text is here; empty: the post is not long; else a block, gone or a change."""
    text: str = ""
    topics: tuple[str, ...] = ()
    detail: str = ""


def parse_search(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> SearchPage:
    """One page of search results.

    Args:
        payload: the body as it came; damage gives a named outcome, never an exception.
        status: HTTP status; for a redirect, ``url`` is where it points.
        url: address the answer came from.
        collected_at: aware time the answer arrived.
    """
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return SearchPage(outcome=error.outcome, detail=error.detail)
    verdict = find_refusal(root)
    cards = at(root, "data", "cards")
    if verdict is None and not isinstance(cards, list):
        verdict = Outcome.CHANGED, "data.cards is missing from the search answer"
    if verdict is not None:
        return SearchPage(outcome=verdict[0], detail=verdict[1])
    mentions: list[Mention] = []
    cut: set[str] = set()
    skipped = 0
    for blog in _blogs(cards):
        if _is_dropped(blog):
            continue
        mention = _mention(blog, collected_at)
        if mention is None:
            skipped += 1
            continue
        mentions.append(mention)
        if _is_cut(blog):
            cut.add(mention.id)
    seen = unique(mentions)
    outcome, detail = judge_items(seen, skipped, none=(Outcome.SUSPECT, "no post among the cards, and no word of none"))
    return SearchPage(
        outcome=outcome,
        mentions=seen,
        detail=detail,
        skipped=skipped,
        cut=frozenset(cut),
        next=_next_page(root, url) if seen else None,
    )


def parse_longtext(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> LongText:
    """The whole text of a post that search shows cut; ``empty`` where the post is not long after all."""
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return LongText(outcome=error.outcome, detail=error.detail)
    verdict = find_refusal(root)
    if verdict is not None:
        return LongText(outcome=verdict[0], detail=verdict[1])
    markup = at(root, "data", "longTextContent")
    if markup is None and isinstance(root.get("data"), dict):
        return LongText(outcome=Outcome.EMPTY)
    if not isinstance(markup, str):
        return LongText(outcome=Outcome.CHANGED, detail="data.longTextContent is missing from the long text answer")
    text = own_words(parse_markup(markup))
    return LongText(outcome=Outcome.ITEMS, text=text, topics=parse_topics(text))


def with_longtext(mention: Mention, long: LongText) -> Mention:
    """The mention with its whole text; unchanged where none was told."""
    if long.outcome is not Outcome.ITEMS or not long.text:
        return mention
    return replace(mention, text=long.text, topics=tuple(dict.fromkeys(mention.topics + long.topics)))


def mid_to_bid(mid: str) -> str:
    """The short id in permalinks: groups of 7 decimal digits from the right, each in base 62, padded to 4."""
    groups = [mid[max(0, end - 7) : end] for end in range(len(mid), 0, -7)]
    return "".join(reversed([_base62(int(g)).rjust(4, "0") for g in groups])).lstrip("0")


def bid_to_mid(bid: str) -> str | None:
    """The decimal id behind a permalink's short id; None where it is not one."""
    if not re.fullmatch(r"[0-9a-zA-Z]{5,12}", bid):
        return None
    groups = [bid[max(0, end - 4) : end] for end in range(len(bid), 0, -4)]
    numbers = [sum(_BASE62.index(c) * 62**i for i, c in enumerate(reversed(g))) for g in groups]
    if any(n >= 10**7 for n in numbers):
        return None
    return "".join(reversed([str(n).rjust(7, "0") for n in numbers])).lstrip("0")


def _base62(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits or "0"


def _blogs(cards: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    for card in sequence(cards):
        if not isinstance(card, dict):
            continue
        if isinstance(card.get("mblog"), dict):
            yield card["mblog"]
        if depth < _DEEPEST:
            yield from _blogs(card.get("card_group"), depth + 1)


def _is_dropped(blog: dict[str, Any]) -> bool:
    """Advertisements, and posts that only a restricted audience may see (G3: no private content)."""
    is_ad = blog.get("ad_marked") is True or blog.get("isAd") in (1, "1") or bool(mapping(blog.get("promotion")))
    return is_ad or at(blog, "visible", "type") not in (None, 0, "0")


def _is_cut(blog: dict[str, Any]) -> bool:
    pictures = blog.get("pic_num")
    return blog.get("isLongText") is True or (isinstance(pictures, int) and pictures > 9)


def _mention(blog: dict[str, Any], collected_at: datetime) -> Mention | None:
    mid = _digits(blog.get("mid")) or _digits(blog.get("id"))
    markup = next((blog[k] for k in ("text", "raw_text", "text_raw") if isinstance(blog.get(k), str)), None)
    if mid is None or markup is None:
        return None
    text = own_words(parse_markup(markup))
    published, precision = parse_time(blog.get("created_at"), collected_at=collected_at)
    page = mapping(blog.get("page_info"))
    reads = page.get("play_count") if page.get("type") == "video" else None
    named = [word(at(t, "topic_title"), longest=60) for t in sequence(blog.get("topic_struct"))]
    return Mention(
        platform=Platform.WEIBO,
        id=mid,
        url=_permalink(blog, mid),
        author=_author(blog.get("user")),
        text=text,
        published_at=published,
        time_precision=precision,
        edited_at=_edited(blog, collected_at),
        collected_at=collected_at,
        metrics=parse_engagement(
            reads=blog.get("reads_count") if reads is None else reads,
            likes=blog.get("attitudes_count"),
            comments=blog.get("comments_count"),
            reposts=blog.get("reposts_count"),
        ),
        region=parse_region(blog.get("region_name")),
        media=_media(blog, page),
        topics=tuple(dict.fromkeys([*parse_topics(text), *(t for t in named if t)])),
        parent_id=_digits(at(blog, "retweeted_status", "mid")) or _digits(at(blog, "retweeted_status", "id")),
    )


def _digits(value: Any) -> str | None:
    text = word(value, longest=25)
    return text if text and re.fullmatch(r"[0-9]{4,25}", text) else None


def _author(user: Any) -> Author:
    user = mapping(user)
    followers = parse_count(user.get("followers_count")) or parse_count(user.get("followers_count_str"))
    return Author(
        id=_digits(user.get("id")),
        name=word(user.get("screen_name")),
        followers=followers.value if followers else None,
        verified=_verified(user),
    )


def _verified(user: dict[str, Any]) -> Verified:
    code = user.get("verified_type")
    if user.get("verified") is False:
        return Verified.NONE
    if isinstance(code, int) and not isinstance(code, bool):
        return _VERIFIED.get(code, Verified.UNKNOWN)
    return Verified.UNKNOWN


def _permalink(blog: dict[str, Any], mid: str) -> str:
    uid = _digits(at(blog, "user", "id"))
    if uid is None:
        return f"https://m.weibo.cn/detail/{mid}"
    bid = blog.get("bid")
    known = isinstance(bid, str) and re.fullmatch(r"[0-9A-Za-z]{5,12}", bid)
    return f"https://weibo.com/{uid}/{bid if known else mid_to_bid(mid)}"


def _edited(blog: dict[str, Any], collected_at: datetime) -> datetime | None:
    count = blog.get("edit_count")
    if not (isinstance(count, int) and count > 0) and at(blog, "edit_config", "edited") is not True:
        return None
    return parse_time(blog.get("edit_at"), collected_at=collected_at)[0]


def _media(blog: dict[str, Any], page: dict[str, Any]) -> frozenset[Media]:
    pictures = blog.get("pics")
    found: set[Media] = set()
    for picture in pictures.values() if isinstance(pictures, dict) else sequence(pictures):
        kind = at(picture, "type")
        found.add(
            {"video": Media.VIDEO, "livephoto": Media.LIVE}.get(kind if isinstance(kind, str) else "", Media.IMAGE)
        )
    if not found and sequence(blog.get("pic_ids")):
        found.add(Media.IMAGE)
    kind = page.get("type")
    if isinstance(kind, str) and kind in ("video", "article", "live"):
        found.add({"video": Media.VIDEO, "live": Media.VIDEO, "article": Media.LINK}[kind])
    return frozenset(found)


def _next_page(root: dict[str, Any], url: str) -> str | None:
    """Number of the next page; the answer's own ``page`` is that number, and missing at the end."""
    info = mapping(at(root, "data", "cardlistInfo"))
    parts = split_address(url)
    asked = parse_qs(parts.query).get("page", ["1"])[0] if parts else "1"
    current = int(asked) if asked.isdecimal() and len(asked) < 5 else 1
    if info and info.get("page") is None:
        return None
    return str(current + 1)
