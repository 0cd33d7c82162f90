"""百度贴吧 (Tieba): its older pages, which the server writes whole: search results, a thread's floors, and the replies under
floors that the page's script asks for. Authors' ids are shown in threads only."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from parsel import Selector

from crawlers.parsers.charset import decode_text
from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.document import open_document, words_of
from crawlers.parsers.payload import (
    Unreadable,
    at,
    judge_items,
    load_json,
    mapping,
    readable,
    sequence,
    unique,
    word,
)
from crawlers.parsers.regions import parse_region
from crawlers.parsers.text import parse_markup
from crawlers.parsers.tieba import Thread, address_of, is_id, place_of, reply_to, time_of
from crawlers.parsers.tieba_walls import find_page_wall, open_envelope, says_gone
from records.mention import Author, Media, Mention, Platform
from records.outcome import Outcome, Page

_THREAD = re.compile(r"/p/(\d{4,25})(?=[/?#]|$)")
_IN_LINK = re.compile(r"[?&](pid|cid)=(\d{1,25})(?=[&#]|$)")
_REPLY = re.compile(r"^回复\s*[:：]\s*")
_FORUM_OF_TITLE = re.compile(r"【([^【】]{1,40})吧】")
_EMOTION = re.compile(r"<img[^>]{0,400}\bclass=\"BDE_(?:Smiley|Emoji)[^>]{0,400}>", re.IGNORECASE)
_NAMED = re.compile(r"\b(?:text|alt)=\"([^\"<>\[\]]{1,20})\"")
_PICTURE = re.compile(r"<img[^>]{0,400}\bclass=\"BDE_(?:Image|Meme)\b", re.IGNORECASE)
_FILM = re.compile(r"<(?:video|embed)\b", re.IGNORECASE)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}")
LONGEST_NOTICE = 1000
"""Characters of a page that is nothing but a notice with the site's frame around it."""


def is_written(html: str) -> bool:
    """Whether the server wrote search results, or floors, or a word of none into the page."""
    return re.search(r"class=\"(?:s_post\b|[^\"]{0,80}\bl_post\b|search_noresult\b|page404\b)", html) is not None


def thread_in(address: str | None) -> str | None:
    """The thread's id in the address of a thread or of a floor."""
    found = _THREAD.search(address or "")
    return found[1] if found else None


def floor_in(address: str | None) -> str | None:
    """The floor's id in the address of a floor, or of a reply under it."""
    return dict(_IN_LINK.findall(address or "")).get("pid")


def parse_search_page(
    html: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """A page of results as the server wrote it; EMPTY only where it says so, CHANGED where it shows nothing known."""
    text = decode_text(html, content_type)
    wall = find_page_wall(text, status, url)
    if wall is not None:
        return Page(outcome=wall[0], detail=wall[1])
    document = open_document(text)
    hits = [h for h in document.css("div.s_post") if h.css(".p_title")]
    found, skipped = readable(_hit(h, collected_at) for h in hits)
    none = Outcome.CHANGED, "the page shows no results, and never asked for any (/multsearch)"
    if document.css(".search_noresult"):
        none = Outcome.EMPTY, "the page says that nothing was found"
    outcome, detail = judge_items(found, skipped, none=none)
    more = "more" if document.css(".pager-search a.next") and outcome is Outcome.ITEMS else None
    return Page(outcome=outcome, mentions=found, detail=detail, skipped=skipped, next=more)


def parse_thread_page(
    html: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Thread:
    """A page of a thread as the server wrote it; GONE where it says nothing but that the thread was removed."""
    text = decode_text(html, content_type)
    wall = find_page_wall(text, status, url)
    if wall is not None:
        return Thread(outcome=wall[0], detail=wall[1])
    document = open_document(text)
    floors = document.css("div.l_post")
    thread = thread_in(url)
    if not floors or not thread:
        return _notice(document, status)
    title = words_of(document, ".core_title_txt")
    read = [_floor(f, thread, collected_at) for f in floors]
    made = [(number, mention) for number, mention in read if mention is not None]
    post = next((m for number, m in made if number == "1"), None)
    counts = [word(parse_markup(n.get())) for n in document.css("li.l_reply_num span.red")]
    figures = parse_engagement(comments=counts[0] if counts else None)
    pages = parse_engagement(reads=counts[1] if len(counts) > 1 else None).reads or 1
    if not made:
        return Thread(outcome=Outcome.CHANGED, detail="no floor has what every floor has", skipped=len(floors))
    return Thread(
        outcome=Outcome.ITEMS,
        mentions=unique(
            [
                *([_as_post(post, thread, title, document, figures)] if post else []),
                *(m for number, m in made if number != "1"),
            ]
        ),
        skipped=len(floors) - len(made),
        pages=min(pages, 10_000),
    )


def parse_under_floors(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One answer to a thread page's own ``/p/totalComment`` request: the replies under its floors."""
    try:
        root = open_envelope(
            payload, status=status, url=url, content_type=content_type, number="errno", message="errmsg"
        )
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    listed = at(root, "data", "comment_list")
    if not isinstance(listed, dict | list):
        return Page(outcome=Outcome.CHANGED, detail="data.comment_list is missing from the answer")
    names = mapping(at(root, "data", "user_list"))
    items = [mapping(i) for floor in mapping(listed).values() for i in sequence(at(floor, "comment_info"))]
    found, skipped = readable(_under(i, names, collected_at) for i in items)
    outcome, detail = judge_items(found, skipped, none=(Outcome.EMPTY, "no replies under these floors"))
    return Page(outcome=outcome, mentions=found, detail=detail, skipped=skipped)


def _hit(hit: Selector, collected_at: datetime) -> Mention | None:
    link = hit.css(".p_title a")
    href = link.attrib.get("href", "")
    thread = link.attrib.get("data-tid") or thread_in(href)
    title, text = words_of(hit, ".p_title"), words_of(hit, ".p_content")
    if thread is None or not is_id(thread) or not (title or text):
        return None
    numbers = dict(_IN_LINK.findall(href))
    floor = numbers.get("pid") if _REPLY.match(title) else None
    kind, ident, parent = place_of(thread, floor, numbers.get("cid"))
    published, precision = time_of(words_of(hit, ".p_date"), collected_at)
    names = [words_of(a, "*") for a in hit.css('a[href*="/main?un="]')]
    forum = words_of(hit, "a.p_forum")
    return Mention(
        platform=Platform.TIEBA,
        kind=kind,
        id=ident,
        url=address_of(thread, floor if parent else None),
        author=Author(name=word(names[0]) if names else None),
        title=(_REPLY.sub("", title) if parent else title) or None,
        text=text,
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        media=frozenset({Media.IMAGE} if hit.css(".p_mediaCont, .p_img") else ()),
        topics=(forum,) if forum and len(forum) <= 60 else (),
        root_id=thread if parent else None,
        parent_id=parent,
    )


def _notice(document: Selector, status: int) -> Thread:
    notice = words_of(document, "body")
    if len(notice) <= LONGEST_NOTICE and says_gone(notice):
        return Thread(outcome=Outcome.GONE, detail="the page says that the thread was removed or hidden")
    if status in (404, 410):
        return Thread(outcome=Outcome.GONE, detail=f"HTTP {status}: the thread is gone")
    return Thread(outcome=Outcome.CHANGED, detail="the page shows no floors, and never asked for any (/pb/page_pc)")


def _floor(floor: Selector, thread: str, collected_at: datetime) -> tuple[str, Mention | None]:
    """A floor's number and its mention; the page keeps both facts in the floor's data-field."""
    try:
        told = load_json(floor.attrib.get("data-field", ""))
    except Unreadable:
        return "", None
    number, ident = str(at(told, "content", "post_no")), word(at(told, "content", "post_id"), longest=25)
    body = floor.css(".d_post_content")
    if ident is None or not is_id(ident) or not body:
        return number, None
    markup = body[0].get()
    tail = [parse_markup(t.get()) for t in floor.css(".post-tail-wrap span, span.tail-info")]
    shown = next((t for t in tail if _TIME.fullmatch(t)), None) or word(at(told, "content", "date"))
    published, precision = time_of(shown, collected_at)
    region = next((parse_region(t) for t in tail if t.startswith("IP")), None)
    author = mapping(at(told, "author"))
    name = word(author.get("user_nickname")) or word(author.get("user_name"))
    return number, reply_to(
        ident,
        thread=thread,
        parent=thread,
        author=Author(id=word(author.get("user_id"), longest=40), name=name or word(words_of(floor, ".p_author_name"))),
        text=_words(markup),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        metrics=parse_engagement(comments=at(told, "content", "comment_num")),
        region=region,
        media=_media(markup),
    )


def _as_post(floor: Mention, thread: str, title: str, document: Selector, figures: Any) -> Mention:
    """The first floor is the thread itself."""
    named = _FORUM_OF_TITLE.search(parse_markup(document.css("title").get()))
    forum = words_of(document, ".card_title_fname").removesuffix("吧") or (named[1] if named else "")
    return Mention(
        platform=Platform.TIEBA,
        id=thread,
        url=address_of(thread),
        author=floor.author,
        title=title or None,
        text=floor.text,
        published_at=floor.published_at,
        time_precision=floor.time_precision,
        collected_at=floor.collected_at,
        metrics=figures,
        region=floor.region,
        media=floor.media,
        topics=(forum,) if forum else (),
    )


def _under(item: dict[str, Any], names: dict[str, Any], collected_at: datetime) -> Mention | None:
    thread, floor, ident = (word(item.get(n), longest=25) for n in ("thread_id", "post_id", "comment_id"))
    markup = item.get("content")
    if not (is_id(thread) and is_id(floor) and is_id(ident)) or not isinstance(markup, str):
        return None
    assert thread and floor and ident
    published, precision = time_of(item.get("now_time"), collected_at)
    user = word(item.get("user_id"), longest=40)
    name = word(at(names, user or "", "nickname")) or word(item.get("show_nickname")) or word(item.get("username"))
    return reply_to(
        ident,
        thread=thread,
        parent=floor,
        floor=floor,
        of_floor=True,
        author=Author(id=user, name=name),
        text=_words(markup),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        region=parse_region(item.get("location")),
        media=_media(markup),
    )


def _words(markup: str) -> str:
    """The words of a floor, with emotions by their names where the picture tells one."""

    def named(picture: re.Match[str]) -> str:
        found = _NAMED.search(picture[0])
        return f"[{found[1]}]" if found else ""

    return parse_markup(_EMOTION.sub(named, markup))


def _media(markup: str) -> frozenset[Media]:
    found = {Media.IMAGE: _PICTURE, Media.VIDEO: _FILM}
    return frozenset(kind for kind, pattern in found.items() if pattern.search(markup))
