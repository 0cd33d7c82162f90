"""Weibo's desktop search page in the drill, and the pages that stand in its place when Weibo refuses. Pure: posts in, HTML out.

It shows neither followers nor regions; a long text stands there whole, hidden behind its beginning.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import quote

from drill.sites.base import page_of
from drill.weibo_posts import BEIJING, GONE_ORIGINAL, LONG_AFTER, render_bid
from drill.world import OutPost, select_matching, short_count
from records.mention import Media, Verified

PAGE_SIZE = 10
_BADGES = {
    Verified.PERSONAL: "vyellow",
    Verified.ENTERPRISE: "vblue",
    Verified.MEDIA: "vblue",
    Verified.GOVERNMENT: "vblue",
}

VISITOR_SHELL = (
    '<!DOCTYPE html>\n<html><head><meta http-equiv="Content-type" content="text/html; charset=utf-8"/>'
    "<title>Sina Visitor System</title></head>"
    '<body><span id="message"></span><script type="text/javascript">var wload = "drill";</script></body></html>'
)
BOT_SHELL = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>微博</title></head>'
    '<body><div id="app"></div><script>window.wbBotDetector = {drill: true};</script></body></html>'
)
CAPTCHA_PAGE = '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>安全验证</title></head><body></body></html>'


def render_search_page(posts: Sequence[OutPost], query: str, page: int, now: datetime, mode: str | None = None) -> str:
    """One page of results, newest first, ten a page; the page's own "nothing found" where there are none."""
    found = select_matching(list(posts), query)
    shown, more = page_of(found, page, PAGE_SIZE, mode)
    if not shown:
        words = html.escape(query)
        return _page(
            '<div class="card-wrap"><div class="card card-no-result s-pt20b40">'
            f'<p class="s-tc1">抱歉，未找到“{words}”相关结果。</p></div></div>'
        )
    users = '<div class="card-wrap"><div class="card card-user-b"><a class="name">相关用户</a></div></div>'
    cards = users + "".join(_card(out, query, now) for out in shown)
    if more:
        cards += f'<div class="m-page"><a class="next" href="/weibo?q={quote(query)}&page={page + 1}">下一页</a></div>'
    return _page(cards)


def empty_page() -> str:
    """A search page with its list and nothing in it: no word of none, so it proves nothing."""
    return _page("")


def _page(content: str) -> str:
    return (
        '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>微博搜索</title></head>'
        f'<body><div class="m-main" id="pl_feedlist_index"><div>{content}</div></div></body></html>'
    )


def _card(out: OutPost, query: str, now: datetime) -> str:
    name, author = html.escape(out.post.author.name), f"//weibo.com/{out.author_id}?refer_flag=1001030103_"
    badge = _BADGES.get(out.post.author.verified)
    icon = f'<svg><use xlink:href="#woo_svg_{badge}"></use></svg>' if badge else ""
    return (
        f'<div class="card-wrap" mid="{out.id}" action-type="feed_list_item"><div class="card"><div class="card-feed">'
        f'<div class="avator"><a href="{author}"><span class="woo-avatar-icon">{icon}</span></a></div>'
        '<div class="content" node-type="like">'
        '<div class="info"><div class="menu s-fr"><a href="javascript:void(0);"><i class="wbicon">c</i></a></div>'
        f'<div><a href="{author}" class="name" nick-name="{name}">{name}</a></div></div>'
        f'<div class="from"><a href="//weibo.com/{out.author_id}/{render_bid(out.id)}?refer_flag=1001030103_">\n'
        f"  {_time(out.published_at, now)}\n </a>&nbsp;来自 <a>iPhone客户端</a></div>"
        f"{_paragraphs(out, query, name)}{_media(out)}{_original(out)}</div></div>{_buttons(out)}</div></div>"
    )


def _paragraphs(out: OutPost, query: str, name: str) -> str:
    text = out.post.full_text
    place = (
        f'<a href="https://weibo.com/p/100101drill"><i class="wbicon">2</i>{html.escape(out.post.region)}·广场</a>'
        if out.post.region
        else ""
    )
    opening = f'<p class="txt" node-type="feed_list_content" nick-name="{name}">\n '
    if not out.post.long:
        return f"{opening}{_marked(text, query)} {place}</p>"
    unfold = '<a action-type="fl_unfold">展开<i class="wbicon">c</i></a>'
    fold = '<a action-type="fl_fold">收起<i class="wbicon">d</i></a>'
    return (
        f"{opening}{_marked(text[:LONG_AFTER], query)}...{unfold}</p>"
        f'<p class="txt" node-type="feed_list_content_full" style="display: none">{_marked(text, query)}{fold}</p>'
    )


def _marked(text: str, query: str) -> str:
    """Text as the desktop page marks it up; the words searched for are coloured inside topics and outside."""
    words = [html.escape(w) for w in query.split() if w]
    parts = []
    for part in re.split(r"(#[^#\n]+#|@[\w\-]+|\[[\u4e00-\u9fffA-Za-z]{1,8}\]|\n)", text):
        shown = html.escape(part)
        if re.fullmatch(r"\[[\u4e00-\u9fffA-Za-z]{1,8}\]", part):
            parts.append(f'<img src="https://face.t.sinajs.cn/d.png" title="{shown}" alt="{shown}" class="face">')
            continue
        for word in words:
            shown = shown.replace(word, f'<em class="s-color-red">{word}</em>')
        if part.startswith("#") and len(part) > 2:
            shown = f'<a href="https://s.weibo.com/weibo?q={quote(part)}">{shown}</a>'
        elif part.startswith("@") and len(part) > 1:
            shown = f'<a href="//weibo.com/n/{quote(part[1:])}">{shown}</a>'
        parts.append("<br/>" if part == "\n" else shown)
    return "".join(parts)


def _media(out: OutPost) -> str:
    shown = ""
    if out.post.media & {Media.IMAGE, Media.LIVE}:
        shown += '<div class="media media-piclist"><ul class="m3"><li><img src="https://wx2.sinaimg.cn/d.jpg"></li></ul></div>'
    if Media.VIDEO in out.post.media:
        shown += '<div class="media"><video-player src="https://video.weibo.com/d"></video-player></div>'
    return shown


def _original(out: OutPost) -> str:
    if "//@" not in out.post.text:
        return ""
    return (
        '<div class="card-comment" node-type="feed_list_forward"><div class="con"><div node-type="feed_list_forwardContent">'
        '<p class="txt" node-type="feed_list_content">抱歉，此微博已被作者删除。</p></div><div class="func">'
        f'<ul class="act s-fr"><li><a action-type="feed_list_like" action-data="mid={GONE_ORIGINAL}">赞</a></li></ul>'
        "</div></div></div>"
    )


def _buttons(out: OutPost) -> str:
    data = f'action-data="mid={out.id}&uid={out.author_id}"'
    return (
        '<div class="card-act"><ul>'
        f'<li><a action-type="feed_list_forward" {data}><i class="toolbar_icon"></i> {_figure(out, "reposts", "转发")}</a></li>'
        f'<li><a action-type="feed_list_comment" {data}><i class="toolbar_icon"></i> {_figure(out, "comments", "评论")}</a></li>'
        f'<li><a action-type="feed_list_like" {data}><button><span class="woo-like-count">'
        f"{_figure(out, 'likes', '赞')}</span></button></a></li></ul></div>"
    )


def _figure(out: OutPost, name: str, label: str) -> str:
    """A button's words: its label stands for zero; nothing where the figure is not shown."""
    if name not in out.metrics:
        return ""
    return str(short_count(out.metrics[name])) if out.metrics[name] else label


def _time(at: datetime, now: datetime) -> str:
    """As the page prints it: minutes ago, today, this year, earlier."""
    local, today = at.astimezone(BEIJING), now.astimezone(BEIJING)
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 60:
        return f"{max(1, minutes)}分钟前"
    if local.date() == today.date():
        return f"今天{local:%H:%M}"
    return f"{local:%m月%d日 %H:%M}" if local.year == today.year else f"{local:%Y年%m月%d日 %H:%M}"
