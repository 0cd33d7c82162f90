"""百度贴吧's answers in the drill: results and threads as its newer pages' scripts get them. Pure.

Every text is invented; only the nesting and the key names are the platform's. The older pages, which the server writes
whole, are in ``tieba_old_pages``. A comment that begins with 回复 stands under the floor before it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from drill.world import OutComment, OutPost
from records.mention import Media

PAGE_SIZE = 20
FLOORS = 30
"""Floors on one page of a thread, the first of which holds the thread's own on its first page."""
FORUM = "本地生活"

CHECK_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>百度安全验证</title></head><body>'
    '<div class="timeout">网络不给力，请稍后重试</div></body></html>'
)
Floor = tuple[OutComment, list[OutComment]]
"""A comment, and those under it."""


def refusal(number: int, message: str) -> dict[str, Any]:
    """A refusal in the spelling of every interface at once."""
    return {
        "no": number,
        "error": message,
        "error_code": number,
        "error_msg": message,
        "errno": number,
        "errmsg": message,
        "data": {},
    }


GONE = {"error_code": 4, "error_msg": "贴子可能已被删除"}


def floors_of(out: OutPost) -> list[Floor]:
    """The floors of a thread but its first, the oldest first."""
    floors: list[Floor] = []
    for comment in reversed(out.comments):
        if comment.comment.text.startswith("回复") and floors:
            floors[-1][1].append(comment)
        else:
            floors.append((comment, []))
    return floors


def floor_pages(out: OutPost) -> int:
    return max(1, -(-(len(floors_of(out)) + 1) // FLOORS))


def floors_on(out: OutPost, page: int) -> list[tuple[int, Floor]]:
    """The floors of one page with their numbers, the thread's own (1) left out."""
    numbered = list(enumerate(floors_of(out), start=2))
    return [(n, f) for n, f in numbered if (n - 1) // FLOORS + 1 == page]


def page_with(out: OutPost, ident: str) -> int:
    """The page that holds a floor, or a reply under one; the first where there is none."""
    for number, (floor, under) in enumerate(floors_of(out), start=2):
        if ident == floor.id or any(ident == u.id for u in under):
            return (number - 1) // FLOORS + 1
    return 1


def render_search(shown: Sequence[OutPost], *, number: int, more: bool, query: str) -> dict[str, Any]:
    """One answer of the search: cards of threads, and on the first page one of people."""
    cards: list[dict[str, Any]] = [
        {"cardInfo": "thread", "cardStyle": "thread", "data": _card(o, query)} for o in shown
    ]
    if number == 1 and cards:
        people = [{"id": 9000000001, "user_name": query, "show_nickname": query, "portrait": "tb.1.drill"}]
        cards.insert(0, {"cardInfo": "related_user", "cardStyle": "user", "data": {"list": people}})
    if len(cards) > 8:
        cards.append(cards[1])
    return {
        "no": 0,
        "error": "success",
        "data": {"has_more": int(more), "current_page": number, "card_list": cards},
    }


def render_thread(out: OutPost, page: int) -> dict[str, Any]:
    """One page of a thread."""
    floors = [_floor(number, comment, under) for number, (comment, under) in floors_on(out, page)]
    people = [(c.author_id, c.comment.author.name, c.comment.region) for c in out.comments]
    people.append((out.author_id, out.post.author.name, out.post.region))
    pages = floor_pages(out)
    first = {
        "id": int(out.id) * 10,
        "floor": 1,
        "author_id": int(out.author_id),
        "time": int(out.published_at.timestamp()),
        "content": _parts(out.post.text, out.post.media),
    }
    return {
        "error_code": 0,
        "error_msg": "",
        "thread": {
            "id": int(out.id),
            "title": out.post.title or out.post.text[:30],
            "reply_num": out.metrics.get("comments", len(out.comments)),
            "create_time": int(out.published_at.timestamp()),
        },
        "forum": {"id": 1001, "name": FORUM},
        "page": {"current_page": page, "total_page": pages, "has_more": int(page < pages)},
        "first_floor": first,
        "post_list": [first, *floors] if page == 1 else floors,
        "user_list": [
            {"id": int(i), "name_show": name, "portrait": "tb.1.drill", "ip_address": region or ""}
            for i, name, region in dict.fromkeys(people)
        ],
    }


def marked(text: str, query: str) -> str:
    """Words as results show them, what was searched for highlighted."""
    shown = html.escape(text, quote=False)
    for word in query.split():
        shown = shown.replace(html.escape(word, quote=False), f"<em>{html.escape(word, quote=False)}</em>")
    return shown


def _card(out: OutPost, query: str) -> dict[str, Any]:
    name = out.post.author.name
    return {
        "tid": out.id,
        "pid": f"{out.id}0",
        "title": marked(out.post.title or out.post.text[:30], query),
        "content": marked(re.sub(r"\s+", " ", out.post.text), query),
        "time": int(out.published_at.timestamp()),
        "user": {"id": int(out.author_id), "user_name": name, "show_nickname": name, "portrait": "tb.1.drill"},
        "post_num": out.metrics.get("comments", len(out.comments)),
        "like_num": 0,
        "share_num": 0,
        "forum_id": 1001,
        "forum_name": FORUM,
        "media": [{"type": "pic", "small_pic": "/a.jpg"}] if Media.IMAGE in out.post.media else [],
    }


def _floor(number: int, out: OutComment, under: Sequence[OutComment]) -> dict[str, Any]:
    return {
        "id": int(out.id),
        "floor": number,
        "author_id": int(out.author_id),
        "time": int(out.published_at.timestamp()),
        "content": _parts(out.comment.text, frozenset()),
        "sub_post_number": len(under),
        "sub_post_list": {
            "pid": int(out.id),
            "sub_post_list": [
                {
                    "id": int(u.id),
                    "author_id": int(u.author_id),
                    "time": int(u.published_at.timestamp()),
                    "content": _parts(u.comment.text, frozenset()),
                }
                for u in under
            ],
        },
    }


def _parts(text: str, media: frozenset[Media]) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = [{"type": 0, "text": text}]
    if Media.IMAGE in media:
        parts.append({"type": 3, "src": "/a.jpg"})
    return parts
