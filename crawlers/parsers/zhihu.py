"""知乎 (Zhihu): what the search page's own script receives, and the pages of answers, articles, videos and questions.

Ids are Zhihu's own; a question's is ``question/<id>``, because answers and questions count in one range of numbers and both
are posts.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import parse_count, parse_engagement
from crawlers.parsers.page_state import snake_keys
from crawlers.parsers.payload import (
    Unreadable,
    at,
    judge_items,
    load_json,
    mapping,
    readable,
    sequence,
    split_address,
    word,
)
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import parse_markup
from crawlers.parsers.times import parse_time
from crawlers.parsers.zhihu_walls import find_page_wall, open_envelope
from records.mention import Author, Kind, Media, Mention, Platform, Verified
from records.outcome import Outcome, Page

KINDS = {"answer": Kind.POST, "question": Kind.POST, "article": Kind.ARTICLE, "zvideo": Kind.VIDEO}
CUT = "…"

_ENTRIES = frozenset({"search_result", *KINDS})
_ENTITIES = {"answer": "answers", "article": "articles", "zvideo": "zvideos", "question": "questions"}
_ID = re.compile(r"\d{1,25}")
_STATE = re.compile(r'<script[^>]{0,300}\bid="js-initialData"[^>]{0,300}>')
_PAGES = (
    ("answer", re.compile(r"/answer/(\d{1,25})/?$")),
    ("article", re.compile(r"/p/(\d{1,25})/?$")),
    ("zvideo", re.compile(r"/zvideo/(\d{1,25})/?$")),
    ("question", re.compile(r"/question/(\d{1,25})/?$")),
)
_PICTURE = re.compile(r"<figure\b|<img\b(?![^>]{0,300}class=\"sticker\")", re.IGNORECASE)
_FILM = re.compile(r"class=\"[^\"]{0,200}\bvideo-box\b|<video\b", re.IGNORECASE)


def parse_search(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One answer to the page's own ``/search_v3`` request; hot lists, related words and people are left out.

    No result is positive only with ``paging.is_end``.
    """
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    if not isinstance(root.get("data"), list):
        return Page(outcome=Outcome.CHANGED, detail="data is missing from the search answer")
    entries = [mapping(e) for e in root["data"]]
    objects = [mapping(e.get("object")) for e in entries if word(e.get("type")) in _ENTRIES]
    posts = [o for o in objects if word(o.get("type")) in KINDS]
    found, unread = readable(_mention(o, collected_at) for o in posts)
    skipped = unread + sum(1 for o in objects if not isinstance(o.get("type"), str))
    is_end = at(root, "paging", "is_end")
    none = Outcome.SUSPECT, "no result, and no word that this is the end"
    if is_end is True:
        none = Outcome.EMPTY, "the platform says that there is nothing more"
    elif entries and not any(isinstance(e.get("type"), str) for e in entries):
        none = Outcome.CHANGED, "no entry of the answer says what it is (type)"
    outcome, detail = judge_items(found, skipped, none=none)
    following = word(at(root, "paging", "next"), longest=2000) or "more"
    more = following if is_end is False and outcome is Outcome.ITEMS else None
    return Page(outcome=outcome, mentions=found, detail=detail, skipped=skipped, next=more)


def parse_search_page(
    html: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """The search page, where its script asked for nothing: a wall by name, or a change; never "nothing found"."""
    text = decode_text(html, content_type)
    wall = find_page_wall(text, status, url)
    if wall is not None:
        return Page(outcome=wall[0], detail=wall[1])
    return Page(outcome=Outcome.CHANGED, detail="the page never asked for search results (/search_v3)")


def parse_content(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """The page of the answer, article, video or question that its address names, as the server wrote it."""
    text = decode_text(payload, content_type)
    wall = find_page_wall(text, status, url)
    if wall is not None:
        return Page(outcome=wall[0], detail=wall[1])
    if status in (404, 410):
        return Page(outcome=Outcome.GONE, detail=f"HTTP {status}: it was deleted")
    kind, ident = _asked(url)
    entities = _entities(text)
    if kind is None or entities is None:
        return Page(outcome=Outcome.CHANGED, detail="the page has no state that can be read (js-initialData)")
    entity = at(entities, _ENTITIES[kind], ident)
    if not isinstance(entity, dict):
        return Page(outcome=Outcome.CHANGED, detail=f"the page's state holds no such {kind}")
    if at(entity, "suggest_edit", "status") is True:
        return Page(outcome=Outcome.GONE, detail="the platform hides it until its author changes it")
    if isinstance(entity.get("author"), str):
        entity = {**entity, "author": at(entities, "users", entity["author"])}
    mention = _mention({"id": ident, **entity, "type": kind}, collected_at)
    if mention is None:
        return Page(outcome=Outcome.CHANGED, detail=f"the {kind} lacks what every one has (id, words)", skipped=1)
    return Page(outcome=Outcome.ITEMS, mentions=(mention,))


def author_of(node: Any) -> Author:
    """An author object; anonymous and deleted ones stay unknown, and 0 followers are "not told" here."""
    told = mapping(node)
    ident = word(told.get("id"), longest=80)
    if ident in (None, "0") or told.get("is_anonymous") is True:
        return Author()
    followers = parse_count(told.get("follower_count"))
    return Author(
        id=ident,
        name=word(parse_markup(told.get("name")), longest=100),
        followers=followers.value if followers and followers.value else None,
        verified=_verified(told),
    )


def has_picture(markup: str) -> bool:
    """Whether markup shows a picture; drawn emotions (stickers) are none."""
    return _PICTURE.search(markup) is not None


def _asked(url: str) -> tuple[str | None, str]:
    parts = split_address(url)
    for kind, pattern in _PAGES:
        found = pattern.search(parts.path) if parts else None
        if found:
            return kind, found[1]
    return None, ""


def _entities(text: str) -> dict[str, Any] | None:
    """The posts and people of the page's own state, keys spelt as in the answers."""
    found = _STATE.search(text)
    if found is None:
        return None
    try:
        state = load_json(text[found.end() :].partition("</script>")[0])
    except Unreadable:
        return None
    entities = at(state, "initialState", "entities")
    names = (*_ENTITIES.values(), "users")
    if not isinstance(entities, dict):
        return None
    return {n: {i: snake_keys(e) for i, e in mapping(entities.get(n)).items()} for n in names}


def _mention(item: dict[str, Any], collected_at: datetime) -> Mention | None:
    kind, ident = item["type"], word(item.get("id"), longest=25)
    question = mapping(item.get("question"))
    asked = word(question.get("id"), longest=25)
    title = parse_markup(item.get("title") or item.get("name") or question.get("name") or question.get("title"))
    text = _words(item)
    if ident is None or not _ID.fullmatch(ident) or not (title or text):
        return None
    created = next((v for v in map(item.get, ("created_time", "created", "created_at", "published_at")) if v), None)
    updated = next((v for v in map(item.get, ("updated_time", "updated", "updated_at")) if v), None)
    published, precision = parse_time(created, collected_at=collected_at)
    edited = parse_time(updated, collected_at=collected_at)[0]
    return Mention(
        platform=Platform.ZHIHU,
        kind=KINDS[kind],
        id=f"question/{ident}" if kind == "question" else ident,
        url=_address(kind, ident, asked),
        author=Author() if item.get("is_anonymous") is True else author_of(item.get("author")),
        title=title or None,
        text=text,
        published_at=published,
        time_precision=precision,
        edited_at=edited if edited and published and (edited - published).total_seconds() >= 1 else None,
        collected_at=collected_at,
        metrics=parse_engagement(
            reads=item.get("play_count", item.get("visit_count")),
            likes=item.get("voteup_count"),
            comments=item.get("answer_count") if kind == "question" else item.get("comment_count"),
            saves=item.get("favorites_count", item.get("favlists_count")),
        ),
        region=parse_region(item.get("ip_info")),
        media=_media(item, kind),
        topics=_topics(item, question),
    )


def _words(item: dict[str, Any]) -> str:
    """The whole words where they are given, else the excerpt with a mark that more stands on the page."""
    whole = item.get("content") or item.get("detail") or item.get("description")
    text = parse_markup(whole)
    if text or isinstance(whole, list):
        return text
    excerpt = parse_markup(item.get("excerpt"))
    return excerpt if not excerpt or excerpt.endswith((CUT, "...")) else excerpt + CUT


def _address(kind: str, ident: str, question: str | None) -> str:
    if kind == "article":
        return f"https://zhuanlan.zhihu.com/p/{ident}"
    if kind == "answer":
        asked = f"question/{question}/" if question and _ID.fullmatch(question) else ""
        return f"https://www.zhihu.com/{asked}answer/{ident}"
    return f"https://www.zhihu.com/{kind}/{ident}"


def _verified(told: dict[str, Any]) -> Verified:
    """Organisations by their kind of account; of persons only a confirmed identity counts, no expert's badge."""
    if told.get("user_type") == "organization":
        return Verified.ENTERPRISE
    badges = sequence(at(told, "badge_v2", "merged_badges")) + sequence(at(told, "badge_v2", "detail_badges"))
    if any(at(b, "type") == "identity" for b in badges):
        return Verified.PERSONAL
    return Verified.NONE if isinstance(told.get("badge_v2"), dict) else Verified.UNKNOWN


def _media(item: dict[str, Any], kind: str) -> frozenset[Media]:
    markup = item.get("content") if isinstance(item.get("content"), str) else item.get("detail")
    shown = markup if isinstance(markup, str) else ""
    pictures = parse_count(at(item, "thumbnail_info", "count"))
    found = set()
    if has_picture(shown) or (pictures and pictures.value):
        found.add(Media.IMAGE)
    if kind == "zvideo" or _FILM.search(shown):
        found.add(Media.VIDEO)
    return frozenset(found)


def _topics(item: dict[str, Any], question: dict[str, Any]) -> tuple[str, ...]:
    listed = sequence(item.get("topics")) or sequence(question.get("topics"))
    return tuple(dict.fromkeys(t for t in (word(at(n, "name"), longest=60) for n in listed) if t))
