"""Reddit's answers in the drill: listings, comments, the public search feed, refusals. Pure: posts in, values out.

Every text is invented; only the nesting, the key names and the refusals' wording are the real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from drill.threads import Thread, select_threads
from drill.world import OutComment, OutPost
from records.mention import Media

UNAUTHORIZED: dict[str, Any] = {"message": "Unauthorized", "error": 401}
NOT_FOUND: dict[str, Any] = {"message": "Not Found", "error": 404}
TOO_OFTEN: dict[str, Any] = {"message": "Too Many Requests", "error": 429}
BLOCKED_PAGE = (
    "<!doctype html><html><head><title>Blocked</title></head><body><h1>whoa there, pardner!</h1>"
    "<p>Your request has been blocked due to a network policy.</p></body></html>"
)


def listing(children: Sequence[dict[str, Any]], after: str | None = None) -> dict[str, Any]:
    data: dict[str, Any] = {
        "after": after,
        "before": None,
        "dist": len(children),
        "facets": {},
        "modhash": "",
        "children": list(children),
    }
    return {"kind": "Listing", "data": data}


def render_post(out: OutPost, *, raw: bool) -> dict[str, Any]:
    """A post; without ``raw`` the API escapes & < > inside its texts."""
    title, text = _words(out)
    return _post(out.id, title if raw else escape(title, quote=False), text if raw else escape(text, quote=False)) | {
        "author": out.post.author.name,
        "author_fullname": f"t2_{out.author_id}",
        "score": out.metrics.get("likes", 1),
        "ups": out.metrics.get("likes", 1),
        "num_comments": max(out.metrics.get("comments", 0), len(out.comments)),
        "num_crossposts": out.metrics.get("reposts", 0),
        "created_utc": out.published_at.timestamp(),
        "edited": out.edited_at.timestamp() if out.edited_at else False,
        "is_video": Media.VIDEO in out.post.media,
        "is_self": not out.post.media,
        "domain": "i.redd.it" if Media.IMAGE in out.post.media else "self.expats",
    }


def render_withdrawn(ident: str, created: float) -> dict[str, Any]:
    """A post that its author deleted: the shell stays."""
    return _post(ident, "[deleted by user]", "[deleted]") | {
        "author": "[deleted]", "score": 1, "num_comments": 0, "created_utc": created, "removed_by_category": "deleted",
    }  # fmt: skip


def render_comment(
    out: OutPost, comment: OutComment, *, raw: bool, parent: str | None = None, replies: Sequence[OutComment] = ()
) -> dict[str, Any]:
    """A comment with its replies ("" where it has none, as the API says it)."""
    text = comment.comment.text
    below = [thing("t1", render_comment(out, reply, raw=raw, parent=comment.id)) for reply in replies]
    return {
        "id": comment.id[3:],
        "name": comment.id,
        "parent_id": parent or out.id,
        "link_id": out.id,
        "author": comment.comment.author.name,
        "author_fullname": f"t2_{comment.author_id}",
        "body": text if raw else escape(text, quote=False),
        "score": comment.comment.likes,
        "created_utc": comment.published_at.timestamp(),
        "edited": False,
        "permalink": f"{_permalink(out.id)}{comment.id[3:]}/",
        "replies": listing(below) if below else "",
        "depth": 1 if parent else 0,
    }


def render_comments(out: OutPost, limit: int, *, raw: bool) -> list[dict[str, Any]]:
    """The post and its newest comments; the ids of the others stand in a last child."""
    threads = select_threads(out.comments)
    children = [_thread(out, t, raw=raw) for t in threads[:limit]]
    if rest := [t.comment.id[3:] for t in threads[limit:]]:
        more = {
            "count": len(rest),
            "name": f"t1_{rest[0]}",
            "id": rest[0],
            "parent_id": out.id,
            "depth": 0,
            "children": rest,
        }
        children.append(thing("more", more))
    return [listing([thing("t3", render_post(out, raw=raw))]), listing(children)]


def render_more(out: OutPost, asked: Sequence[str], *, raw: bool) -> dict[str, Any]:
    things = [_thread(out, t, raw=raw) for t in select_threads(out.comments) if t.comment.id[3:] in asked]
    return {"json": {"errors": [], "data": {"things": things}}}


def _thread(out: OutPost, thread: Thread, *, raw: bool) -> dict[str, Any]:
    return thing("t1", render_comment(out, thread.comment, raw=raw, replies=thread.replies))


def render_feed(posts: Sequence[OutPost], query: str, now: datetime) -> str:
    """The public search as Atom: the words escaped once as HTML and once more as XML, no figures."""
    entries = ""
    for out in posts:
        title, text = _words(out)
        name, body = (
            escape(out.post.author.name),
            "".join(f"<p>{escape(line)}</p>" for line in text.split("\n") if line),
        )
        content = (
            f'<!-- SC_OFF --><div class="md">{body}</div><!-- SC_ON --> &#32; submitted by &#32; '
            f'<a href="https://www.reddit.com/user/{name}"> /u/{name} </a>'
        )
        moment = out.published_at.astimezone(UTC).isoformat()
        entries += (
            f'<entry><author><name>/u/{name}</name></author><category term="expats" label="r/expats"/>'
            f'<content type="html">{escape(content)}</content><id>{out.id}</id>'
            f'<link href="https://www.reddit.com{_permalink(out.id)}"/><updated>{moment}</updated>'
            f"<published>{moment}</published><title>{escape(title)}</title></entry>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<updated>{now.astimezone(UTC).isoformat()}</updated><id>/search.rss</id>"
        f"<title>reddit.com: search results - {escape(query)}</title>{entries}</feed>"
    )


def thing(kind: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "data": data}


def _post(ident: str, title: str, text: str) -> dict[str, Any]:
    return {
        "approved_at_utc": None,
        "subreddit": "expats",
        "selftext": text,
        "title": title,
        "name": ident,
        "id": ident[3:],
        "link_flair_text": None,
        "removed_by_category": None,
        "promoted": False,
        "permalink": _permalink(ident),
        "url": f"https://www.reddit.com{_permalink(ident)}",
        "subreddit_subscribers": 8200,
        "edited": False,
        "media": None,
    }


def _words(out: OutPost) -> tuple[str, str]:
    """A post always has a title: where the story's has none it is the first line."""
    if out.post.title:
        return out.post.title, out.post.text
    first, _, rest = out.post.text.partition("\n")
    return first[:300], first[300:] + rest


def _permalink(ident: str) -> str:
    return f"/r/expats/comments/{ident[3:]}/a_post/"
