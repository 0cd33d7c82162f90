"""黑猫投诉's answers in the drill: lists of complaints, a complaint's page, and its refusals. Pure.

Every text is invented; only the nesting and the key names are the platform's.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from drill.world import OutComment, OutPost
from records.mention import Media, Verified

PAGE_SIZE = 10
SUMMARY = 60
"""Characters of a complaint that a list shows."""
IN_PROGRESS, REPLIED = 4, 6
_STATUS_WORDS = {IN_PROGRESS: "处理中", REPLIED: "已回复"}
_BEIJING = timezone(timedelta(hours=8))
_COMPANY = re.compile(r"([A-Za-z0-9\u4e00-\u9fff]{2,8}) ")

LOGIN_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>登录 - 新浪</title></head><body><div class="login">'
    "请登录后继续</div></body></html>"
)
CHECK_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>安全验证</title></head><body><div class="verify">'
    "请完成验证后继续</div></body></html>"
)
WITHDRAWN_PAGE = (
    '<!doctype html><html><head><meta charset="utf-8"><title>黑猫投诉</title></head><body><div class="ts-notice">'
    "该投诉已被撤销</div></body></html>"
)


def envelope(data: Any, now: datetime, *, code: int = 0, message: str = "") -> dict[str, Any]:
    shown = now.astimezone(_BEIJING).strftime("%a %b %d %H:%M:%S +0800 %Y")
    return {"result": {"status": {"code": code, "msg": message}, "timestamp": shown, "data": data}}


def refusal(code: int, message: str, now: datetime) -> dict[str, Any]:
    return envelope(None, now, code=code, message=message)


def render_list(
    shown: Sequence[OutPost], *, total: int, number: int, more: bool, now: datetime, query: str = ""
) -> dict[str, Any]:
    """One page of a list; nothing found has a total of 0."""
    pages = max(-(-total // PAGE_SIZE), number + 1 if more else 0)
    pager = {
        "item_count": total,
        "page_amount": pages,
        "page_size": PAGE_SIZE,
        "current": number,
        "next": number + 1,
    }
    return envelope({"lists": [_item(out, query) for out in shown], "pager": pager}, now)


def refused_list(now: datetime) -> dict[str, Any]:
    """What the platform answers to those it throttles: an empty list under a total that is not 0."""
    pager = {"item_count": 34, "page_amount": 4, "page_size": PAGE_SIZE, "current": 1, "next": 2}
    return envelope({"lists": [], "pager": pager}, now)


def as_jsonp(answer: Any, callback: str) -> str:
    return f"{callback}({json.dumps(answer, ensure_ascii=False)});"


def render_complaint(out: OutPost) -> str:
    """The page of one complaint with everything that followed, the newest entry first."""
    title = html.escape(_title(out))
    filed = f"<p>{html.escape(out.post.text)}</p>" + ("<img src='/a.jpg'>" if Media.IMAGE in out.post.media else "")
    entries = [_entry(_company(out) or c.comment.author.name, _status_of(c), c.published_at, c) for c in out.comments]
    entries.append(_step("匿名", "发起投诉", out.published_at, filed))
    fields = {
        "投诉编号": out.id,
        "投诉对象": f'<a href="//tousu.sina.com.cn/company/view/?couid=9000000099">{html.escape(_company(out))}</a>',
        "投诉问题": "服务问题",
        "投诉要求": "退款,道歉",
        "涉诉金额": "¥28.00",
        "投诉进度": f"<b>{_STATUS_WORDS[_status(out)]}</b>",
    }
    lines = "".join(f"<li><label>{label}</label>{value}</li>" for label, value in fields.items())
    filed_at = out.published_at.astimezone(_BEIJING).strftime("%Y年%m月%d日 %H:%M")
    return (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}_黑猫投诉</title></head><body>'
        f'<div class="ts-d-question"><div class="ts-q-user clearfix"><span class="u-name">匿名</span>'
        f'<span class="u-date">于{filed_at} 发布</span></div><h1 class="article">{title}</h1>'
        f'<ul class="ts-q-list">{lines}</ul></div><div class="ts-d-steplist-w"><ul class="ts-d-steplist">'
        f"{''.join(entries)}</ul></div></body></html>"
    )


def _item(out: OutPost, query: str) -> dict[str, Any]:
    words = out.post.text
    summary = words if len(words) <= SUMMARY else words[:SUMMARY] + "……"
    return {
        "main": {
            "sn": out.id,
            "title": _marked(_title(out), query),
            "cotitle": _marked(_company(out), query),
            "summary": _marked(summary, query),
            "appeal": "退款,道歉",
            "issue": "服务问题",
            "cost": "28",
            "status": _status(out),
            "timestamp": str(int(out.published_at.timestamp())),
            "uid": out.author_id,
            "couid": "9000000099",
            "url": f"//tousu.sina.com.cn/complaint/view/{out.id}/",
        },
        "author": {"title": "匿名", "gender": "", "avatar": "", "wb_profile": "https://weibo.com/u/0"},
    }


def _marked(text: str, query: str) -> str:
    shown = html.escape(text, quote=False)
    for word in query.split():
        shown = shown.replace(html.escape(word, quote=False), f"<em>{html.escape(word, quote=False)}</em>")
    return shown


def _title(out: OutPost) -> str:
    return out.post.title or out.post.text[:20]


def _company(out: OutPost) -> str:
    found = _COMPANY.match(out.post.text)
    return found[1] if found else ""


def _status(out: OutPost) -> int:
    return REPLIED if any(c.comment.author.verified is Verified.ENTERPRISE for c in out.comments) else IN_PROGRESS


def _status_of(comment: OutComment) -> str:
    return "商家回复" if comment.comment.author.verified is Verified.ENTERPRISE else "补充投诉"


def _entry(company: str, status: str, at: datetime, comment: OutComment) -> str:
    name = company if status == "商家回复" else "匿名"
    return _step(name, status, at, f"<p>{html.escape(comment.comment.text)}</p>")


def _step(name: str, status: str, at: datetime, body: str) -> str:
    when = at.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    return (
        f'<li class="ts-d-item"><div class="ts-d-user"><span class="u-name">{html.escape(name)}</span>'
        f'<span class="u-status">{status}</span><span class="u-date">{when}</span></div>'
        f'<div class="ts-reply">{body}</div></li>'
    )
