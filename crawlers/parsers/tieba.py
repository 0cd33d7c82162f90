"""百度贴吧 (Tieba): what its newer pages' own scripts receive, search results and threads. Its older pages: ``tieba_html``.

A thread's mention has the thread's id. Floors are comments and what stands under a floor are replies, found by a search
or read in the thread alike. Likes are not told reliably and stay unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.payload import (
    Unreadable,
    Verdict,
    at,
    judge_items,
    mapping,
    readable,
    sequence,
    unique,
    word,
)
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import parse_markup, tidy
from crawlers.parsers.tieba_walls import open_envelope
from crawlers.parsers.times import Read, parse_time
from records.mention import Author, Engagement, Kind, Media, Mention, Platform
from records.outcome import Outcome, Page

_ID = re.compile(r"[1-9]\d{3,24}")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?")
_PARTS = {3: Media.IMAGE, 20: Media.IMAGE, 5: Media.VIDEO, 10: Media.AUDIO}
"""Kinds of parts of a floor that are media; 2 is an emotion, all others are words."""
_EMOTION = 2
_MEDIA = {"pic": Media.IMAGE, "flash": Media.VIDEO, "video": Media.VIDEO}


@dataclass(frozen=True, kw_only=True, slots=True)
class Thread:
    """One page of a thread."""

    outcome: Outcome
    detail: str = ""
    mentions: tuple[Mention, ...] = ()
    """The thread's post where this page shows it (the first does), then floors and the replies under them as they stand."""
    skipped: int = 0
    pages: int = 1

    @property
    def post(self) -> Page:
        shown = tuple(m for m in self.mentions if m.kind is Kind.POST)
        return Page(outcome=self.outcome, mentions=shown, detail=self.detail)

    @property
    def replies(self) -> tuple[Mention, ...]:
        return tuple(m for m in self.mentions if m.kind is not Kind.POST)


def parse_search(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One answer to the page's own ``/multsearch`` request; cards of people and forums are left out."""
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    cards = at(root, "data", "card_list")
    has_more = str(at(root, "data", "has_more"))
    if not isinstance(cards, list):
        return Page(outcome=Outcome.CHANGED, detail="data.card_list is missing from the search answer")
    threads = [mapping(at(c, "data")) for c in cards if at(c, "cardInfo") == "thread"]
    found, skipped = readable(_hit(t, collected_at) for t in threads)
    none: Verdict = (Outcome.SUSPECT, "no thread among the cards, and no word of none")
    if has_more in ("0", "False"):
        none = Outcome.EMPTY, "the platform says that there is nothing more"
    if cards and not any(isinstance(at(c, "cardInfo"), str) for c in cards):
        none = Outcome.CHANGED, "no card of the answer says what it is (cardInfo)"
    outcome, detail = judge_items(found, skipped, none=none)
    more = "more" if has_more in ("1", "True") and outcome is Outcome.ITEMS else None
    return Page(outcome=outcome, mentions=found, detail=detail, skipped=skipped, next=more)


def parse_thread(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Thread:
    """One answer to a thread page's own ``/pb/page_pc`` request."""
    try:
        root = open_envelope(
            payload, status=status, url=url, content_type=content_type, number="error_code", message="error_msg"
        )
    except Unreadable as error:
        return Thread(outcome=error.outcome, detail=error.detail)
    thread = mapping(root.get("thread"))
    ident = word(thread.get("id"), longest=25)
    if ident is None or not _ID.fullmatch(ident) or not isinstance(root.get("post_list"), list):
        return Thread(outcome=Outcome.CHANGED, detail="thread.id or post_list is missing from the thread's answer")
    users = {word(at(u, "id")): mapping(u) for u in sequence(root.get("user_list"))}
    first = next((f for f in root["post_list"] if str(at(f, "floor")) == "1"), root.get("first_floor"))
    floors = [mapping(f) for f in root["post_list"] if str(at(f, "floor")) != "1"]
    post = _post(thread, mapping(first), users, at(root, "forum", "name"), collected_at) if mapping(first) else None
    replies: list[Mention] = []
    skipped = 0
    for floor in floors:
        made = _floor(floor, ident, users, collected_at)
        skipped += not made
        replies += made
    pages = parse_engagement(reads=at(root, "page", "total_page")).reads or 1
    if not post and not replies:
        return Thread(outcome=Outcome.CHANGED, detail="the thread's answer lacks what every floor has", skipped=skipped)
    return Thread(
        outcome=Outcome.ITEMS,
        mentions=unique([*([post] if post else []), *replies]),
        skipped=skipped,
        pages=min(pages, 10_000),
    )


def replies_of(thread: Thread, *, following: str | None) -> Page:
    """The floors of a page of a thread as comments; none under a thread that stands is EMPTY.

    Args:
        following: what to read next, None at the end.
    """
    if thread.outcome is not Outcome.ITEMS:
        return Page(outcome=thread.outcome, detail=thread.detail, skipped=thread.skipped)
    none = Outcome.EMPTY, "nobody replied on this page of the thread"
    outcome, detail = judge_items(thread.replies, thread.skipped, none=none)
    more = following if outcome is Outcome.ITEMS else None
    return Page(outcome=outcome, mentions=thread.replies, detail=detail, skipped=thread.skipped, next=more)


def address_of(thread: str, floor: str | None = None) -> str:
    return f"https://tieba.baidu.com/p/{thread}" + (f"?pid={floor}#{floor}" if floor else "")


def time_of(shown: Any, collected_at: datetime) -> Read:
    """A time as Tieba prints it; a clock alone is today's."""
    if isinstance(shown, str) and _CLOCK.fullmatch(shown.strip()):
        shown = f"今天 {shown.strip()}"
    return parse_time(shown, collected_at=collected_at)


def is_id(value: str | None) -> bool:
    return value is not None and _ID.fullmatch(value) is not None


def place_of(thread: str, floor: str | None, under: str | None) -> tuple[Kind, str, str | None]:
    """Kind, id and parent of a hit: the thread itself, a floor in it, or a reply under a floor ("0" is none)."""
    if not is_id(floor):
        return Kind.POST, thread, None
    assert floor is not None
    if under is not None and is_id(under):
        return Kind.REPLY, under, floor
    return Kind.COMMENT, floor, thread


def reply_to(
    ident: str, *, thread: str, parent: str, floor: str | None = None, of_floor: bool = False, **more: Any
) -> Mention:
    """A floor (comment under the thread) or, with ``of_floor``, a reply under one."""
    return Mention(
        platform=Platform.TIEBA,
        kind=Kind.REPLY if of_floor else Kind.COMMENT,
        id=ident,
        url=address_of(thread, floor or ident),
        root_id=thread,
        parent_id=parent,
        **more,
    )


def _hit(item: dict[str, Any], collected_at: datetime) -> Mention | None:
    """A thread, or a reply in one (then its thread stands in ``main_post``)."""
    thread, title = word(item.get("tid"), longest=25), parse_markup(item.get("title"))
    text = parse_markup(item.get("content"))
    if not is_id(thread) or not (title or text):
        return None
    assert thread is not None
    published, precision = time_of(item.get("time"), collected_at)
    user = mapping(item.get("user"))
    forum = word(item.get("forum_name"), longest=60)
    floor, under = word(item.get("pid"), longest=25), word(item.get("cid"), longest=25)
    kind, ident, parent = place_of(thread, floor if mapping(item.get("main_post")) else None, under)
    return Mention(
        platform=Platform.TIEBA,
        kind=kind,
        id=ident,
        url=address_of(thread, floor if parent else None),
        author=Author(id=word(user.get("id")), name=word(user.get("show_nickname")) or word(user.get("user_name"))),
        title=title or None,
        text=text,
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=Engagement() if parent else parse_engagement(comments=item.get("post_num")),
        media=frozenset(_MEDIA[k] for m in sequence(item.get("media")) if (k := str(at(m, "type"))) in _MEDIA),
        topics=(forum,) if forum else (),
        root_id=thread if parent else None,
        parent_id=parent,
    )


def _post(
    thread: dict[str, Any], first: dict[str, Any], users: Mapping[str | None, dict[str, Any]], forum: Any, now: datetime
) -> Mention | None:
    text, media = _content(first.get("content"))
    title = tidy(thread.get("title"))
    if not (title or text):
        return None
    published, precision = time_of(thread.get("create_time") or first.get("time"), now)
    name = word(forum, longest=60)
    ident = word(thread.get("id")) or ""
    return Mention(
        platform=Platform.TIEBA,
        id=ident,
        url=address_of(ident),
        author=_author(first, users),
        title=title or None,
        text=text,
        published_at=published,
        time_precision=precision,
        collected_at=now,
        metrics=parse_engagement(comments=thread.get("reply_num")),
        region=_region(first, users),
        media=media,
        topics=(name,) if name else (),
    )


def _floor(
    item: dict[str, Any], thread: str, users: Mapping[str | None, dict[str, Any]], now: datetime
) -> list[Mention]:
    """A floor and the replies that stand under it; empty where it cannot be read."""
    ident = word(item.get("id"), longest=25)
    if not is_id(ident) or not isinstance(item.get("content"), list):
        return []
    assert ident is not None
    made = [_reply(item, ident, thread, None, users, now)]
    for under in sequence(at(item, "sub_post_list", "sub_post_list")):
        below = word(at(under, "id"), longest=25)
        if below is not None and is_id(below):
            made.append(_reply(mapping(under), below, thread, ident, users, now))
    return made


def _reply(
    item: dict[str, Any],
    ident: str,
    thread: str,
    floor: str | None,
    users: Mapping[str | None, dict[str, Any]],
    now: datetime,
) -> Mention:
    text, media = _content(item.get("content"))
    published, precision = time_of(item.get("time"), now)
    return reply_to(
        ident,
        thread=thread,
        parent=floor or thread,
        floor=floor,
        of_floor=floor is not None,
        author=_author(item, users),
        text=text,
        published_at=published,
        time_precision=precision,
        collected_at=now,
        metrics=parse_engagement(comments=None if floor else item.get("sub_post_number")),
        region=_region(item, users),
        media=media,
    )


def _content(parts: Any) -> tuple[str, frozenset[Media]]:
    """Words and media of a floor, which comes in typed parts."""
    words: list[str] = []
    media: set[Media] = set()
    for part in sequence(parts):
        kind = at(part, "type")
        known = kind if isinstance(kind, int) else int(kind) if isinstance(kind, str) and kind.isdecimal() else -1
        if known in _PARTS:
            media.add(_PARTS[known])
        elif known == _EMOTION:
            name = word(at(part, "c"), longest=20)
            words.append(f"[{name}]" if name else "")
        else:
            told = at(part, "text")
            words.append(told if isinstance(told, str) else "")
    return tidy("".join(words)), frozenset(media)


def _user(item: dict[str, Any], users: Mapping[str | None, dict[str, Any]]) -> dict[str, Any]:
    return users.get(word(item.get("author_id"))) or mapping(item.get("author"))


def _author(item: dict[str, Any], users: Mapping[str | None, dict[str, Any]]) -> Author:
    user = _user(item, users)
    ident = word(item.get("author_id"), longest=40) or word(user.get("id"), longest=40)
    return Author(id=None if ident == "0" else ident, name=word(user.get("name_show")) or word(user.get("name")))


def _region(item: dict[str, Any], users: Mapping[str | None, dict[str, Any]]) -> str | None:
    return parse_region(_user(item, users).get("ip_address"))
