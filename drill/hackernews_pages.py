"""Algolia's index of Hacker News in the drill: search answers and items. Pure: posts in, JSON values out.

Every text is invented; only the nesting and the key names are the real ones.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from drill.threads import select_threads
from drill.world import OutComment, OutPost, fold

MOST_HITS = 1000
NOT_FOUND: dict[str, Any] = {"status": 404, "error": "Not Found"}
TOO_OFTEN: dict[str, Any] = {"message": "Too many requests", "status": 429}
_STORIES = re.compile(r"story_(\w+)")
_SINCE = re.compile(r"created_at_i>=?(\d{1,12})")

Thing = tuple[OutPost, OutComment | None]
"""A story, or a comment with its story."""


def everything(posts: Sequence[OutPost]) -> list[Thing]:
    """Stories and comments, the newest first."""
    things: list[Thing] = [(out, None) for out in posts]
    things += [(out, comment) for out in posts for comment in out.comments]
    return sorted(things, key=lambda t: (t[1] or t[0]).published_at, reverse=True)


def select_things(things: Sequence[Thing], query: str, tags: str, filters: str) -> list[Thing]:
    """What holds every word and fits the tags; "" finds everything, as the index does."""
    words = fold(query).split()
    stories = set(_STORIES.findall(tags))
    since = max((int(s) for s in _SINCE.findall(filters)), default=0)
    comments = "comment" in tags
    return [
        (out, comment)
        for out, comment in things
        if (comments or comment is None)
        and (not stories or out.id in stories)
        and (comment or out).published_at.timestamp() > since
        and all(w in fold(comment.comment.text if comment else out.post.full_text) for w in words)
    ]


def render_search(
    found: Sequence[Thing], query: str, page: int, size: int, *, total: int, has_more: bool
) -> dict[str, Any]:
    """One page. Keys of the other kind are absent rather than null."""
    pages = max(-(-min(total, MOST_HITS) // size), page + 2 if has_more else 0)
    return {
        "exhaustive": {"nbHits": True, "typo": True},
        "hits": [_hit(out, comment, query) for out, comment in found],
        "hitsPerPage": size,
        "nbHits": total,
        "nbPages": pages,
        "page": page,
        "params": "",
        "processingTimeMS": 3,
        "query": query,
    }


def render_item(posts: Sequence[OutPost], ident: str) -> dict[str, Any] | None:
    """A story with its tree, or one comment; None where the index has no such item."""
    for out in posts:
        if out.id == ident:
            return _story(out)
        for comment in out.comments:
            if comment.id == ident:
                return _child(out, comment, parent=_parent(out, comment))
    return None


def _hit(out: OutPost, comment: OutComment | None, query: str) -> dict[str, Any]:
    shown = comment or out
    name = comment.comment.author.name if comment else out.post.author.name
    hit: dict[str, Any] = {
        "created_at": _iso(shown),
        "created_at_i": int(shown.published_at.timestamp()),
        "author": name,
        "objectID": shown.id,
        "_tags": ["comment" if comment else "story", f"author_{name}", f"story_{out.id}"],
        "updated_at": _iso(shown),
        "story_id": int(out.id),
        "_highlightResult": {"author": {"value": name, "matchLevel": "none", "matchedWords": []}},
    }
    if comment:
        title, _ = _words(out)
        return hit | {
            "comment_text": _markup(comment.comment.text),
            "story_title": title,
            "parent_id": int(_parent(out, comment)),
        }
    title, text = _words(out)
    if text:
        hit["story_text"] = _markup(text)
    else:
        hit["url"] = "https://blog.example/post"
    return hit | {"title": title, "points": out.metrics.get("likes", 1), "num_comments": _comments(out)}


def _story(out: OutPost) -> dict[str, Any]:
    title, text = _words(out)
    item = _item(out, out.id, out.post.author.name) | {
        "type": "story",
        "title": title,
        "url": None if text else "https://blog.example/post",
        "text": _markup(text) if text else None,
        "points": out.metrics.get("likes", 1),
        "parent_id": None,
    }
    threads = reversed(select_threads(out.comments))
    children = [_child(out, t.comment, [_child(out, r, parent=t.comment.id) for r in t.replies]) for t in threads]
    if children:
        children.append(_withdrawn(out))
    return item | {"children": children}


def _child(
    out: OutPost, comment: OutComment, children: Sequence[dict[str, Any]] = (), parent: str | None = None
) -> dict[str, Any]:
    return _item(comment, out.id, comment.comment.author.name) | {
        "type": "comment",
        "title": None,
        "url": None,
        "text": _markup(comment.comment.text),
        "points": None,
        "parent_id": int(parent or out.id),
        "children": list(children),
    }


def _parent(out: OutPost, comment: OutComment) -> str:
    """What a comment answers: the story, or the first comment of its thread."""
    threads = select_threads(out.comments)
    return next((t.comment.id for t in threads if comment in t.replies), out.id)


def _withdrawn(out: OutPost) -> dict[str, Any]:
    """A deleted comment keeps its place in the tree."""
    return _item(out, out.id, None) | {
        "id": 1, "type": "comment", "title": None, "text": None, "points": None, "parent_id": int(out.id), "children": [],
    }  # fmt: skip


def _item(shown: OutPost | OutComment, story: str, author: str | None) -> dict[str, Any]:
    seconds = int(shown.published_at.timestamp())
    return {
        "id": int(shown.id), "created_at": _iso(shown), "created_at_i": seconds, "author": author, "story_id": int(story),
        "options": [],
    }  # fmt: skip


def _words(out: OutPost) -> tuple[str, str]:
    """A story always has a title: where the post has none it is the text, which then is not told twice."""
    return (out.post.title, out.post.text) if out.post.title else (out.post.text, "")


def _comments(out: OutPost) -> int:
    return max(out.metrics.get("comments", 0), len(out.comments))


def _markup(text: str) -> str:
    """HTML as Hacker News writes it: every slash and apostrophe escaped, a bare <p> between paragraphs."""
    return "<p>".join(escape(line).replace("/", "&#x2F;") for line in text.split("\n"))


def _iso(shown: OutPost | OutComment) -> str:
    return shown.published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
