"""百度贴吧's older pages in the drill, written whole by the server: results, threads, and what stands under floors. Pure."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from drill.tieba_pages import FORUM, floor_pages, floors_on, marked
from drill.world import OutPost
from records.mention import Media

_BEIJING = timezone(timedelta(hours=8))
NOTHING = '<div class="search_noresult">抱歉，没有找到与您搜索的内容相关的结果。</div>'
GONE_PAGE = (
    '<!DOCTYPE html><html><head><meta charset="utf-8"><title>贴吧404</title></head><body><div class="page404">'
    '<p class="main-title">很抱歉，该贴已被删除。</p></div></body></html>'
)


def render_results(shown: Sequence[OutPost], *, number: int, more: bool, query: str) -> str:
    hits = "".join(_hit(out, query) for out in shown) or NOTHING
    following = f'<a href="?pn={number + 1}" class="next">下一页&gt;</a>' if more else ""
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>吧内搜索_百度贴吧</title></head><body>'
        f'<div class="s_post_list">{hits}</div><div class="pager pager-search">{following}</div></body></html>'
    )


def render_thread(out: OutPost, page: int, ticket: str) -> str:
    title = html.escape(out.post.title or out.post.text[:30])
    tail, name = _tail(out.post.region, 1, out.published_at), out.post.author.name
    floors = "" if page > 1 else _floor(f"{out.id}0", 1, out.author_id, name, _first(out), tail)
    for number, (comment, under) in floors_on(out, page):
        words = f"<p>{html.escape(comment.comment.text)}</p>"
        tail = _tail(comment.comment.region, number, comment.published_at)
        name = comment.comment.author.name
        floors += _floor(comment.id, number, comment.author_id, name, words, tail, under=len(under))
    replies = out.metrics.get("comments", len(out.comments))
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><meta name="page-ticket" content="{ticket}">'
        f'<meta name="page-number" content="{page}">'
        f"<title>{title}【{FORUM}吧】_百度贴吧</title></head><body>"
        f'<a class="card_title_fname" href="/f">{FORUM}吧</a><h3 class="core_title_txt">{title}</h3>'
        f'<ul class="l_posts_num"><li class="l_reply_num"><span class="red">{replies}</span>回复贴，共'
        f'<span class="red">{floor_pages(out)}</span>页</li></ul>'
        f'<div id="j_p_postlist">{floors}</div><script src="/fe/page.js"></script><script src="/fe/tieba.js"></script></body></html>'
    )


def render_under_floors(out: OutPost, page: int) -> dict[str, Any]:
    """The replies under the floors of one page; an empty list where there are none, else an object by floor."""
    listed: dict[str, Any] = {}
    for _, (floor, under) in floors_on(out, page):
        if under:
            info = [
                {
                    "thread_id": out.id,
                    "post_id": floor.id,
                    "comment_id": u.id,
                    "username": u.comment.author.name,
                    "user_id": u.author_id,
                    "now_time": int(u.published_at.timestamp()),
                    "content": html.escape(u.comment.text),
                }
                for u in under
            ]
            listed[floor.id] = {"comment_num": len(under), "comment_list_num": len(under), "comment_info": info}
    return {"errno": 0, "errmsg": "success", "data": {"comment_list": listed or [], "user_list": {}}}


def _hit(out: OutPost, query: str) -> str:
    title, text = marked(out.post.title or out.post.text[:30], query), marked(out.post.text, query)
    name = html.escape(out.post.author.name)
    return (
        f'<div class="s_post"><span class="p_title"><a data-tid="{out.id}" data-fid="1001" class="bluelink" '
        f'href="/p/{out.id}?pid={out.id}0&cid=0" target="_blank">{title}</a></span><div class="p_content">{text}</div>'
        f'贴吧：<a class="p_forum" href="/f?kw=drill"><font class="p_violet">{FORUM}</font></a>'
        f'作者：<a href="/i/main?un=drill"><font class="p_violet">{name}</font></a>'
        f'<font class="p_green p_date">{_clock(out.published_at)}</font></div>'
    )


def _first(out: OutPost) -> str:
    picture = '<img class="BDE_Image" src="/a.jpg">' if Media.IMAGE in out.post.media else ""
    return html.escape(out.post.text) + picture


def _floor(ident: str, number: int, author: str, name: str, words: str, tail: str, *, under: int = 0) -> str:
    told = {
        "author": {"user_id": int(author), "user_name": name, "user_nickname": name},
        "content": {"post_id": int(ident), "post_no": number, "comment_num": under},
    }
    return (
        f'<div class="l_post l_post_bright j_l_post clearfix" data-field="{html.escape(json.dumps(told))}">'
        f'<div class="d_author"><a class="p_author_name j_user_card">{html.escape(name)}</a></div>'
        f'<div class="d_post_content j_d_post_content">{words}</div>{tail}</div>'
    )


def _tail(region: str | None, number: int, at: datetime) -> str:
    shown = f"<span>IP属地:{region}</span>" if region else ""
    return (
        f'<div class="post-tail-wrap">{shown}<span class="tail-info">{number}楼</span>'
        f'<span class="tail-info">{_clock(at)}</span></div>'
    )


def _clock(at: datetime) -> str:
    return at.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M")
