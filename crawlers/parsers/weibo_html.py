"""Weibo's search page for desktop browsers (s.weibo.com): a second way to look where the mobile one is walled.

The page shows neither followers nor regions: these stay unknown.
"""

from __future__ import annotations

import re
from datetime import datetime

from parsel import Selector

from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.payload import (
    Unreadable,
    judge_items,
    readable,
    said,
    word,
)
from crawlers.parsers.text import own_words, parse_markup, parse_topics, tidy
from crawlers.parsers.times import parse_time
from crawlers.parsers.weibo import SearchPage
from crawlers.parsers.weibo_posts import bid_to_mid, digits, mid_to_bid
from crawlers.parsers.weibo_walls import open_page
from records.mention import Author, Media, Mention, Platform, Verified
from records.outcome import Outcome

_PERSONS = ("woo_svg_vyellow", "woo_svg_vorange", "woo_svg_vgold")
"""Badges of persons; the blue one stands for companies, media and offices alike."""

_POST = re.compile(r"weibo\.com/(?P<uid>[0-9]{4,25})/(?P<bid>[0-9A-Za-z]{5,12})(?:[?#]|$)")
_USER = re.compile(r"weibo\.com/(?:u/)?(?P<uid>[0-9]{4,25})(?:[/?#]|$)")
_MID = re.compile(r"(?:^|&)mid=(?P<mid>[0-9]{4,25})(?:&|$)")
_PAGE = re.compile(r"[?&]page=(?P<page>[0-9]{1,4})(?:&|$)")
_BUZZ = re.compile(r"\s*转赞人数超过.*", re.DOTALL)
_LABEL = re.compile(r"^(?:转发|评论|赞)\s*(?=[0-9])")
_ICONS = ("2", "O", "L")
"""What the icon font shows as a place, a link and a video: such a link is the platform's addition, not the writer's."""

_ORIGINAL = '*[@node-type="feed_list_forward" or @node-type="feed_list_forwardContent"]'
"""The reposted original inside a card (XPath)."""


def parse_search_page(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> SearchPage:
    """One page of the desktop search; ``next`` is the number of the next page.

    ``empty`` only where the page says so (``card-no-result``); what it recommends instead is left out.
    """
    try:
        page = open_page(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return SearchPage(outcome=error.outcome, detail=error.detail)
    nothing = page.css("div.card-no-result")
    if nothing:
        return SearchPage(outcome=Outcome.EMPTY, detail=said(tidy(parse_markup(nothing[0].get()))) or "no result")
    cards = page.css('div.card-wrap[action-type="feed_list_item"]')
    read = [_mention(card, collected_at) for card in cards]
    seen, skipped = readable(read)
    none = Outcome.SUSPECT, "no post on the search page, and no word of none"
    if not cards and page.css('p[node-type="feed_list_content"]'):
        none = (
            Outcome.CHANGED,
            "posts stand outside the cards: div.card-wrap with action-type feed_list_item is expected",
        )
    outcome, detail = judge_items(seen, skipped, none=none)
    return SearchPage(
        outcome=outcome,
        mentions=seen,
        detail=detail,
        skipped=skipped,
        cut=frozenset(m.id for card, m in zip(cards, read, strict=True) if m is not None and _is_cut(card)),
        next=_next_page(page) if seen else None,
    )


def _mention(card: Selector, collected_at: datetime) -> Mention | None:
    mid = digits(_attribute(card, "mid"))
    body = _own(card, "feed_list_content_full") or _own(card, "feed_list_content")
    if mid is None or body is None:
        return None
    text = own_words(_text(body))
    stamp = next(iter(_outside(card, "div.from > a")), None)
    shown = _BUZZ.sub("", tidy(parse_markup(stamp.get()))) if stamp is not None else None
    published, precision = parse_time(shown, collected_at=collected_at)
    found = _POST.search(_attribute(stamp, "href")) if stamp is not None else None
    author = _author(card, found["uid"] if found else None)
    return Mention(
        platform=Platform.WEIBO,
        id=mid,
        url=f"https://weibo.com/{author.id}/{found['bid'] if found else mid_to_bid(mid)}"
        if author.id
        else f"https://m.weibo.cn/detail/{mid}",
        author=author,
        text=text,
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(
            likes=_count(card, '.card-act [action-type="feed_list_like"] .woo-like-count'),
            comments=_count(card, '.card-act [action-type="feed_list_comment"]'),
            reposts=_count(card, '.card-act [action-type="feed_list_forward"]'),
        ),
        media=_media(card),
        topics=parse_topics(text),
        parent_id=_parent(card),
    )


def _attribute(node: Selector, name: str) -> str:
    """One attribute; the others are left alone, damaged names among them cannot be read."""
    return node.xpath(f"@{name}").get() or ""


def _outside(card: Selector, selector: str) -> list[Selector]:
    """What matches in the post itself, not in the original it reposts."""
    return [found for found in card.css(selector) if not found.xpath(f"ancestor::{_ORIGINAL}")]


def _own(card: Selector, kind: str) -> Selector | None:
    return next(iter(_outside(card, f'p[node-type="{kind}"]')), None)


def _text(body: Selector) -> str:
    """The writer's words: without the links that the platform shows with an icon (place, link, video)."""
    markup = body.get()
    for link in body.css("a"):
        if any(tidy(icon) in _ICONS for icon in link.css("i.wbicon::text").getall()):
            markup = markup.replace(link.get(), "", 1)
    return parse_markup(markup)


def _author(card: Selector, uid: str | None) -> Author:
    names = _outside(card, "div.info a[nick-name]")
    found = _USER.search(_attribute(names[0], "href")) if names else None
    return Author(
        id=uid or (found["uid"] if found else None),
        name=word(_attribute(names[0], "nick-name")) if names else None,
        verified=_verified(card),
    )


def _verified(card: Selector) -> Verified:
    icon = card.css(".woo-avatar-icon")
    if not icon:
        return Verified.UNKNOWN
    shown = icon[0].get()
    if any(badge in shown for badge in _PERSONS):
        return Verified.PERSONAL
    return Verified.UNKNOWN if "woo_svg_v" in shown else Verified.NONE


def _count(card: Selector, selector: str) -> str | None:
    """The words of one button: a figure, or the label that stands for zero; None where there is no such button."""
    buttons = _outside(card, selector)
    if not buttons:
        return None
    return _LABEL.sub("", tidy("".join(buttons[0].css("*::text").getall())))


def _media(card: Selector) -> frozenset[Media]:
    found: set[Media] = set()
    if _outside(card, ".media-piclist li img"):
        found.add(Media.IMAGE)
    if _outside(card, "video-player, video"):
        found.add(Media.VIDEO)
    return frozenset(found)


def _parent(card: Selector) -> str | None:
    """Id of the reposted original; None where the post is none, or its original is gone."""
    for like in card.xpath(f'.//{_ORIGINAL}//*[@action-type="feed_list_like"]'):
        if found := _MID.search(_attribute(like, "action-data")):
            return found["mid"]
    for link in card.xpath(f'.//{_ORIGINAL}//p[contains(@class, "from")]//a'):
        if found := _POST.search(_attribute(link, "href")):
            return bid_to_mid(found["bid"])
    return None


def _is_cut(card: Selector) -> bool:
    return _own(card, "feed_list_content_full") is None and bool(_outside(card, '[action-type="fl_unfold"]'))


def _next_page(page: Selector) -> str | None:
    for link in page.css("a.next"):
        if found := _PAGE.search(_attribute(link, "href")):
            return found["page"]
    return None
