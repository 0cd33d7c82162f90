"""Weibo's mobile answers (what m.weibo.cn answers its own page): search, an account's posts, one post, long text.

Payload in, mentions or a named outcome out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    judge_items,
    mapping,
    query_of,
    sequence,
    unique,
    word,
)
from crawlers.parsers.text import own_words, parse_markup, parse_topics
from crawlers.parsers.weibo_posts import (
    bid_to_mid,
    hidden_notice,
    is_cut,
    is_dropped,
    mid_to_bid,
    read_post,
)
from crawlers.parsers.weibo_walls import find_refusal, open_envelope
from records.mention import Mention, replace
from records.outcome import Outcome, Page

__all__ = [
    "LongText",
    "SearchPage",
    "bid_to_mid",
    "mid_to_bid",
    "parse_account",
    "parse_longtext",
    "parse_search",
    "parse_status",
    "with_longtext",
]

_DEEPEST = 6
"""Cards nest in groups; real answers go two levels deep."""

_POST_CARD = ("9", 9)
"""The kind of card that holds a post; all other kinds (users, topics, headings) hold none."""


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
    none = Outcome.SUSPECT, "no post among the cards, and no word of none"
    return _parse_cards(payload, status, url, collected_at, content_type, none, _next_page)


def parse_account(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> SearchPage:
    """One page of an account's own posts (container 107603…), the pinned one first; ``next`` is a ``since_id``."""
    none = Outcome.SUSPECT, "no post among the account's cards, and no word of none"
    page = _parse_cards(payload, status, url, collected_at, content_type, none, _next_since)
    if page.outcome is Outcome.EMPTY:
        return SearchPage(outcome=page.outcome, detail=f"the account shows no posts, or is closed: {page.detail}")
    return page


def _parse_cards(
    payload: str | bytes,
    status: int,
    url: str,
    collected_at: datetime,
    content_type: str,
    none: Verdict,
    find_next: Callable[[dict[str, Any], str], str | None],
) -> SearchPage:
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return SearchPage(outcome=error.outcome, detail=error.detail)
    verdict = find_refusal(root)
    cards = at(root, "data", "cards")
    if verdict is None and not isinstance(cards, list):
        verdict = Outcome.CHANGED, "data.cards is missing from the answer"
    if verdict is not None:
        return SearchPage(outcome=verdict[0], detail=verdict[1])
    mentions: list[Mention] = []
    cut: set[str] = set()
    skipped = hollow = 0
    for blog in _blogs(cards):
        if blog is None:
            hollow += 1
            continue
        if is_dropped(blog) or hidden_notice(blog) is not None:
            continue
        mention = read_post(blog, collected_at)
        if mention is None:
            skipped += 1
            continue
        mentions.append(mention)
        if is_cut(blog):
            cut.add(mention.id)
    seen = unique(mentions)
    outcome, detail = judge_items(seen, skipped + hollow, none=none)
    if outcome is Outcome.CHANGED and hollow > len(seen):
        detail = f"{hollow} cards of type 9 hold no post: mblog was expected in each"
    return SearchPage(
        outcome=outcome,
        mentions=seen,
        detail=detail,
        skipped=skipped + hollow,
        cut=frozenset(cut),
        next=find_next(root, url) if seen else None,
    )


def parse_status(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> SearchPage:
    """One post asked for by its id (``statuses/show``).

    ``gone`` only where the platform says that it is deleted or hidden; ``suspect`` for a message that proves neither.
    """
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return SearchPage(outcome=error.outcome, detail=error.detail)
    verdict = find_refusal(root)
    if verdict is not None:
        outcome, detail = verdict
        if outcome in (Outcome.CHANGED, Outcome.EMPTY) and root.get("ok") == 0:
            outcome, detail = Outcome.SUSPECT, f"the post is not shown, and not said to be gone: {detail}"
        return SearchPage(outcome=outcome, detail=detail)
    blog = mapping(root.get("data"))
    notice = hidden_notice(blog) if blog else None
    if notice is None and blog and at(blog, "visible", "type") not in (None, 0, "0"):
        notice = "a restricted audience only"
    if notice is not None:
        ident = word(blog.get("mid")) or word(blog.get("id"))
        return SearchPage(outcome=Outcome.GONE, detail=f"the post is hidden: {notice}", gone=(ident,) if ident else ())
    mention = read_post(blog, collected_at)
    if mention is None:
        return SearchPage(outcome=Outcome.CHANGED, detail="data with mid and text was expected of one post", skipped=1)
    outcome, detail = judge_items((mention,), 0, none=(Outcome.SUSPECT, ""))
    return SearchPage(
        outcome=outcome, mentions=(mention,), detail=detail, cut=frozenset({mention.id} if is_cut(blog) else ())
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


def _blogs(cards: Any, depth: int = 0) -> Iterator[dict[str, Any] | None]:
    """The posts of all cards, groups opened; None for a card that should hold a post and does not."""
    for card in sequence(cards):
        if not isinstance(card, dict):
            continue
        if isinstance(card.get("mblog"), dict):
            yield card["mblog"]
        elif card.get("card_type") in _POST_CARD:
            yield None
        if depth < _DEEPEST:
            yield from _blogs(card.get("card_group"), depth + 1)


def _next_page(root: dict[str, Any], url: str) -> str | None:
    """Number of the next page; the answer's own ``page`` is that number, and missing at the end."""
    info = mapping(at(root, "data", "cardlistInfo"))
    asked = query_of(url).get("page", "1")
    current = int(asked) if asked.isdecimal() and len(asked) < 5 else 1
    if info and info.get("page") is None:
        return None
    return str(current + 1)


def _next_since(root: dict[str, Any], url: str) -> str | None:
    since = word(at(root, "data", "cardlistInfo", "since_id"), longest=40)
    return since if since and since != "0" else None
