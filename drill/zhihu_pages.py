"""知乎's answers in the drill: search results, the pages of posts with their state, comments, and refusals. Pure.

Every text is invented; only the nesting and the key names are the platform's. Every post of a story is an answer; its page
can be asked for as an article's or a video's too.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from typing import Any

from drill.world import OutComment, OutPost
from records.mention import Media, Verified

PAGE_SIZE = COMMENTS_SIZE = 20
EXCERPT = 80
"""Characters of an answer that its excerpt shows."""
ENTITIES = {"answer": "answers", "p": "articles", "zvideo": "zvideos"}
"""Part of a page's path → where its state holds the post."""

UNHUMAN_PAGE = (
    '<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>安全验证 - 知乎</title></head><body><div>'
    "系统监测到您的网络环境存在异常，请点击下方验证按钮进行验证</div></body></html>"
)
SIGNIN_PAGE = (
    '<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>知乎 - 有问题，就会有答案</title></head><body>'
    '<div class="SignContainer-content">登录/注册</div></body></html>'
)
GONE_PAGE = (
    '<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>404 - 知乎</title></head><body>'
    '<div class="ErrorPage-subtitle">你似乎来到了没有知识存在的荒原</div></body></html>'
)


def refusal(code: int, message: str, **more: str) -> dict[str, Any]:
    return {"error": {"message": message, "code": code, **more}}


ROBOT = refusal(40362, "您当前请求存在异常，暂时限制本次访问。如有疑问，您可以登录后私信知乎小管家反馈。")
CHECK = refusal(40352, "系统监测到您的网络环境存在异常，为保证您的正常访问，请输入验证码进行验证")
UNKNOWN_USER = refusal(100, "请求头或参数封装错误", name="AuthenticationError")
NO_SUCH = refusal(404, "资源不存在", name="NotFoundError")


def question_of(ident: str) -> str:
    """The id of the question that an answer stands under."""
    return str(int(ident) - 977)


def render_search(shown: Sequence[OutPost], *, offset: int, more: bool, query: str) -> dict[str, Any]:
    """One answer of the search, among them what is no post."""
    entries: list[dict[str, Any]] = [
        {
            "type": "search_result",
            "highlight": {"title": _marked(_title(out), query), "description": _marked(_excerpt(out), query)},
            "object": _answer(out, query),
            "hit_labels": None,
            "index": offset + place,
            "id": f"drill{out.id}",
        }
        for place, out in enumerate(shown)
    ]
    if offset == 0 and entries:
        entries.insert(1, {"type": "relevant_query", "id": "drill-rq", "query_list": [{"query": f"{query} 门店"}]})
        entries.append(
            {"type": "search_result", "object": {"type": "people", "id": "drill", "name": query}, "index": 99}
        )
    if len(entries) > 8:
        entries.append(entries[0])
    following = f"https://api.zhihu.com/search_v3?offset={offset + PAGE_SIZE}&limit={PAGE_SIZE}"
    paging = {"is_end": not more, "next": following if more else ""}
    return {"data": entries, "related_search_result": [], "paging": paging, "search_action_info": {"lc_idx": offset}}


def render_state(out: OutPost, path: str) -> dict[str, Any]:
    """The state that a post's page carries; ``path`` is a key of ``ENTITIES``."""
    answer = _camel(_answer(out, ""))
    answer["ipInfo"] = f"IP 属地{out.post.region}" if out.post.region else ""
    if path == "answer":
        answer["question"]["title"] = answer["question"].pop("name")
    else:
        del answer["question"]
        answer["title"] = _title(out)
        answer["created"], answer["updated"] = answer.pop("createdTime"), answer.pop("updatedTime")
    if path == "zvideo":
        answer["description"] = answer.pop("content")
        answer["author"] = "drill-user"
    entities: dict[str, Any] = {name: {} for name in (*ENTITIES.values(), "questions", "users")}
    entities[ENTITIES[path]] = {out.id: answer}
    entities["users"] = {"drill-user": _camel(_author(out))}
    return {"initialState": {"common": {"ask": {}}, "entities": entities}, "subAppName": "main"}


def render_body(out: OutPost) -> str:
    """What people see of a post."""
    total = len(out.comments)
    label = f"{total} 条评论" if total else "添加评论"
    return (
        f'<h1 class="QuestionHeader-title">{html.escape(_title(out))}</h1><div class="RichText">{_content(out)}</div>'
        f'<button type="button" class="Button ContentItem-action" data-id="{out.id}">{label}</button>'
    )


def render_comments(shown: Sequence[OutComment], *, total: int, offset: int) -> dict[str, Any]:
    is_end = offset + len(shown) >= total
    return {
        "counts": {"total_counts": total},
        "paging": {"is_end": is_end, "is_start": offset == 0, "next": "", "totals": total},
        "data": [_comment(c) for c in shown],
    }


def _comment(out: OutComment) -> dict[str, Any]:
    comment = out.comment
    tags = [{"type": "ip_info", "text": f"IP 属地{comment.region}"}] if comment.region else []
    return {
        "id": out.id,
        "type": "comment",
        "resource_type": "answer",
        "content": f"<p>{html.escape(comment.text)}</p>",
        "created_time": int(out.published_at.timestamp()),
        "is_delete": False,
        "like_count": comment.likes,
        "child_comment_count": 0,
        "reply_comment_id": "0",
        "comment_tag": tags,
        "author": _person(out.author_id, comment.author.name, Verified.NONE, comment.author.followers),
        "child_comments": [],
    }


def _answer(out: OutPost, query: str) -> dict[str, Any]:
    question = question_of(out.id)
    published = int(out.published_at.timestamp())
    return {
        "id": out.id,
        "type": "answer",
        "url": f"https://api.zhihu.com/answers/{out.id}",
        "excerpt": _marked(_excerpt(out), query),
        "content": _content(out),
        "question": {
            "id": question,
            "name": _marked(_title(out), query),
            "type": "question",
            "url": f"https://api.zhihu.com/questions/{question}",
        },
        "author": _author(out),
        **_counts(out),
        "created_time": published,
        "updated_time": int(out.edited_at.timestamp()) if out.edited_at else published,
        "thumbnail_info": {"count": int(Media.IMAGE in out.post.media), "thumbnails": []},
        "is_anonymous": False,
    }


def _counts(out: OutPost) -> dict[str, int]:
    names = {"likes": "voteup_count", "comments": "comment_count", "saves": "favorites_count"}
    return {theirs: out.metrics[ours] for ours, theirs in names.items() if ours in out.metrics}


def _author(out: OutPost) -> dict[str, Any]:
    account = out.post.author
    return _person(out.author_id, account.name, account.verified, account.followers)


def _person(ident: str, name: str, verified: Verified, followers: int) -> dict[str, Any]:
    badges = [{"type": "identity", "description": "已认证"}] if verified is Verified.PERSONAL else []
    is_person = verified in (Verified.NONE, Verified.UNKNOWN, Verified.PERSONAL)
    return {
        "id": ident,
        "url_token": f"drill-{ident[:8]}",
        "name": name,
        "headline": "",
        "user_type": "people" if is_person else "organization",
        "url": f"https://api.zhihu.com/people/{ident}",
        "type": "people",
        "follower_count": followers,
        "badge": [],
        "badge_v2": {"title": "", "merged_badges": badges, "detail_badges": badges},
    }


def _title(out: OutPost) -> str:
    return out.post.title or f"如何看待「{out.post.text[:16]}」？"


def _excerpt(out: OutPost) -> str:
    return out.post.text[:EXCERPT]


def _content(out: OutPost) -> str:
    paragraphs = "".join(f"<p>{html.escape(line)}</p>" for line in out.post.text.splitlines() or [""])
    return paragraphs + ("<figure><img src='/a.jpg'></figure>" if Media.IMAGE in out.post.media else "")


def _marked(text: str, query: str) -> str:
    shown = html.escape(text, quote=False)
    for word in query.split():
        shown = shown.replace(html.escape(word, quote=False), f"<em>{html.escape(word, quote=False)}</em>")
    return shown


def _camel(node: Any) -> Any:
    """Keys as pages' states spell them."""
    if isinstance(node, list):
        return [_camel(n) for n in node]
    if isinstance(node, dict):
        return {re.sub(r"_([a-z0-9])", lambda m: m[1].upper(), k): _camel(v) for k, v in node.items()}
    return node
