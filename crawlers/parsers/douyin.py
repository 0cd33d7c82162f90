"""Douyin: what the page's own script receives (search whole or in chunks, one post), and the page around it.

Every post, picture posts too, is a mention of kind video: one id has one key wherever it was seen. Figures that Douyin's
web answers fill with 0 because they do not tell them (plays; in the mixed search also followers and badges) are unknown.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import parse_count, parse_engagement
from crawlers.parsers.douyin_walls import find_nil, find_page_wall, open_envelope, open_stream
from crawlers.parsers.page_state import snake_keys, without_scripts
from crawlers.parsers.payload import (
    Unreadable,
    at,
    judge_items,
    load_json,
    mapping,
    sequence,
    unique,
    word,
)
from crawlers.parsers.text import tidy
from crawlers.parsers.times import parse_time
from records.mention import Author, Kind, Media, Mention, Platform, Verified, replace
from records.outcome import Outcome, Page

_ID = re.compile(r"[0-9]{6,24}")
_IMAGE_POST = 68
_VIDEO_CARD = 1
_NOTHING_FOUND = ("暂无搜索结果", "没有找到相关结果", "搜索结果为空")
_RENDER_DATA = re.compile(r"<script[^>]{0,200}\bid=[\"']RENDER_DATA[\"'][^>]{0,200}>([^<]*)", re.IGNORECASE)
_HASHTAG = re.compile(r"#([^\s#@]{1,60})")
_MEDIA_WORDS = re.compile(r"电视台|广播|卫视|日报|晚报|晨报|早报|都市报|报社|新闻|通讯社|融媒|媒体|频道|杂志|周刊")
_GOVERNMENT_WORDS = re.compile(
    r"公安|警方|法院|检察院|人民政府|政务|监督管理|监管局|消防|委员会|管理局|卫健委|消费者协会|共青团"
)


def parse_search(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One answer to the page's own search request: the first screen may come in chunks, the video tab tells more."""
    try:
        documents, whole = open_stream(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    lists = [[] if d["data"] is None else d["data"] for d in documents if "data" in d]
    if not lists or not all(isinstance(cards, list) for cards in lists):
        return Page(outcome=Outcome.CHANGED, detail="data is missing from the search answer")
    mentions: list[Mention] = []
    gone: list[str] = []
    skipped = 0
    for aweme in _awemes([card for cards in lists for card in cards]):
        if _is_ad(aweme):
            continue
        mention = _mention(aweme, collected_at, tells_author="/search/item" in url.partition("?")[0])
        if mention is None:
            skipped += 1
        elif _is_hidden(aweme):
            gone.append(mention.id)
        else:
            mentions.append(mention)
    seen = unique(mentions)
    none = find_nil(documents) or (Outcome.SUSPECT, "an empty list, and no word of why")
    outcome, detail = judge_items(seen, skipped, none=none)
    has_more = any(d.get("has_more") in (1, True) for d in documents) or not whole
    if outcome is Outcome.ITEMS and none[0] is Outcome.BLOCKED_LOGIN:
        detail, has_more = "only a part is shown without a login", False
    elif outcome is Outcome.ITEMS and not whole:
        detail = "the chunked answer breaks off: what came before is kept"
    return Page(
        outcome=outcome,
        mentions=seen,
        detail=detail,
        skipped=skipped,
        next="more" if has_more and seen else None,
        gone=tuple(dict.fromkeys(gone)),
    )


def parse_detail(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One post with its author's followers and badge; where it is deleted or hidden, gone with its id where told."""
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    if "aweme_detail" not in root:
        return Page(outcome=Outcome.CHANGED, detail="aweme_detail is missing from the post's answer")
    aweme, filtered = root["aweme_detail"], mapping(root.get("filter_detail"))
    if aweme is None and filtered:
        ident = word(filtered.get("aweme_id"), longest=24)
        detail = "the platform says the post is deleted or hidden"
        return Page(outcome=Outcome.GONE, detail=detail, gone=(ident,) if ident else ())
    if aweme is None:
        return Page(outcome=Outcome.SUSPECT, detail="no post, and no word of why")
    return _detail_page(mapping(aweme), collected_at)


def parse_search_page(
    html: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """The search page itself, for when its script got nothing: a wall by name, its own word that there is nothing, or a
    change."""
    text = decode_text(html, content_type)
    verdict = find_page_wall(text, status, url)
    if verdict is None and at(_render_data(text), "app", "is_spider") is True:
        verdict = Outcome.BLOCKED_BOT, "the page says that this browser is a program"
    if verdict is None and any(words in without_scripts(text) for words in _NOTHING_FOUND):
        verdict = Outcome.EMPTY, "the page says that nothing was found"
    if verdict is None:
        verdict = Outcome.CHANGED, "the page never asked for search results"
    return Page(outcome=verdict[0], detail=verdict[1])


def parse_detail_page(
    html: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """A post's page, where the server wrote the post into it (RENDER_DATA) instead of letting the script ask for it."""
    text = decode_text(html, content_type)
    verdict = find_page_wall(text, status, url)
    if verdict is not None:
        return Page(outcome=verdict[0], detail=verdict[1])
    state = _render_data(text)
    if at(state, "app", "is_spider") is True:
        return Page(outcome=Outcome.BLOCKED_BOT, detail="the page says that this browser is a program")
    found = _find_post(state)
    if found is None:
        return Page(outcome=Outcome.CHANGED, detail="the post's page shows no post")
    return _detail_page(_as_aweme(found), collected_at)


def with_author(mention: Mention, author: Author) -> Mention:
    """The mention with its author's followers and badge, where the search did not tell them."""
    known = mention.author
    followers = known.followers if known.followers is not None else author.followers
    verified = known.verified if known.verified is not Verified.UNKNOWN else author.verified
    return replace(mention, author=Author(id=known.id, name=known.name, followers=followers, verified=verified))


def _detail_page(aweme: dict[str, Any], collected_at: datetime) -> Page:
    mention = _mention(aweme, collected_at, tells_author=True)
    if mention is None:
        return Page(outcome=Outcome.CHANGED, detail="the post's answer lacks what every post has", skipped=1)
    if _is_hidden(aweme):
        return Page(outcome=Outcome.GONE, detail="the platform says the post is deleted or hidden", gone=(mention.id,))
    return Page(outcome=Outcome.ITEMS, mentions=(mention,))


def _awemes(cards: list[Any]) -> Iterator[dict[str, Any]]:
    """The posts of search cards; an empty one for a card that should hold a post and does not. Foreign cards have none."""
    for card in cards:
        if not isinstance(card, dict):
            yield {}
            continue
        held = [
            *([card["aweme_info"]] if mapping(card.get("aweme_info")) else []),
            *sequence(at(card, "aweme_mix_info", "mix_items")),
            *sequence(at(card, "card_info", "attached_info", "aweme_list")),
        ]
        yield from (mapping(a) for a in held)
        if not held and card.get("type", _VIDEO_CARD) == _VIDEO_CARD:
            yield {}


def _is_ad(aweme: dict[str, Any]) -> bool:
    return aweme.get("is_ads") is True or bool(aweme.get("raw_ad_data"))


def _is_hidden(aweme: dict[str, Any]) -> bool:
    told = mapping(aweme.get("status"))
    flags = any(told.get(k) is True for k in ("is_delete", "is_prohibited", "in_reviewing"))
    private = told.get("private_status")
    return flags or (isinstance(private, int) and private != 0)


def _mention(aweme: dict[str, Any], collected_at: datetime, *, tells_author: bool) -> Mention | None:
    ident = word(aweme.get("aweme_id"), longest=24)
    if ident is None or not _ID.fullmatch(ident):
        return None
    words = next((t for k in ("desc", "caption") if (t := tidy(aweme.get(k)))), "")
    if not words and not any(k in aweme for k in ("desc", "caption", "item_title")):
        return None
    published, precision = parse_time(aweme.get("create_time"), collected_at=collected_at)
    is_image = aweme.get("aweme_type") == _IMAGE_POST or bool(sequence(aweme.get("images")))
    figures = mapping(aweme.get("statistics"))
    plays = parse_count(figures.get("play_count"))
    named = [word(at(t, "hashtag_name"), longest=60) for t in sequence(aweme.get("text_extra"))]
    return Mention(
        platform=Platform.DOUYIN,
        kind=Kind.VIDEO,
        id=ident,
        url=f"https://www.douyin.com/{'note' if is_image else 'video'}/{ident}",
        author=_author(mapping(aweme.get("author")), tells=tells_author),
        title=tidy(aweme.get("item_title")) or None,
        text=words,
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(
            reads=plays if plays and plays.value else None,
            likes=figures.get("digg_count"),
            comments=figures.get("comment_count"),
            reposts=figures.get("share_count"),
            saves=figures.get("collect_count"),
        ),
        media=frozenset({Media.IMAGE if is_image else Media.VIDEO}),
        topics=tuple(dict.fromkeys([t for t in named if t] or _HASHTAG.findall(words))),
    )


def _author(user: dict[str, Any], *, tells: bool) -> Author:
    followers = parse_count(user.get("follower_count"))
    return Author(
        id=word(user.get("uid")) or word(user.get("sec_uid")),
        name=word(user.get("nickname")),
        followers=followers.value if followers and (followers.value or tells) else None,
        verified=_verified(user, tells=tells),
    )


def _verified(user: dict[str, Any], *, tells: bool) -> Verified:
    """An organisation's badge by the words beside it; a badge that is not told is no missing badge."""
    organisation = tidy(user.get("enterprise_verify_reason"))
    if _GOVERNMENT_WORDS.search(organisation):
        return Verified.GOVERNMENT
    if _MEDIA_WORDS.search(organisation):
        return Verified.MEDIA
    if organisation:
        return Verified.ENTERPRISE
    if tidy(user.get("custom_verify")):
        return Verified.PERSONAL
    is_told = "custom_verify" in user or "enterprise_verify_reason" in user
    return Verified.NONE if tells and is_told else Verified.UNKNOWN


def _render_data(text: str) -> Any:
    """The page's own state with keys in the spelling of the answers; None where there is none that can be read."""
    found = _RENDER_DATA.search(text)
    if found is None:
        return None
    try:
        return snake_keys(load_json(unquote(found[1])))
    except Unreadable:
        return None


def _find_post(state: Any) -> dict[str, Any] | None:
    """The first object that is a post: the layout around it differs from version to version of the page."""
    waiting = deque([state])
    while waiting:
        node = waiting.popleft()
        if isinstance(node, dict):
            if "aweme_id" in node and ("desc" in node or "create_time" in node):
                return node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return None


def _as_aweme(found: dict[str, Any]) -> dict[str, Any]:
    """A post of the page's state by the names that the answers use."""
    return {
        **found,
        "author": found.get("author_info") or found.get("author"),
        "statistics": found.get("stats") or found.get("statistics"),
    }
