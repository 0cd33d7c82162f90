"""黑猫投诉 (Heimao): what its pages ask for (search, newest feed; JSON or JSONP), and a complaint's own page.

A mention's text begins with one line of the platform's own labels (object, problem, demands, amount), then the complainant's
words, then what followed with times. The complaint's status stands in ``topics``, first, before the problems.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from parsel import Selector

from crawlers.parsers.charset import decode_text
from crawlers.parsers.document import open_document, words_of
from crawlers.parsers.heimao_walls import find_page_wall, open_envelope
from crawlers.parsers.payload import (
    Unreadable,
    at,
    judge_items,
    mapping,
    readable,
    word,
)
from crawlers.parsers.text import parse_markup, tidy
from crawlers.parsers.times import BEIJING, Read, parse_time
from records.mention import Author, Kind, Media, Mention, Platform
from records.outcome import Outcome, Page

STATUSES = {1: "审核通过", 3: "待分配", 4: "处理中", 6: "已回复", 7: "已完成", 8: "已关闭"}
"""The complaint's status in the answers, in the words of its page."""
CUT = "…"
"""A list shows only a complaint's beginning; the mark says so, lest a later sight of the list is taken for an edit."""

_ID = re.compile(r"\d{5,20}")
_VIEW = re.compile(r"/complaint/view/(\d{5,20})")
_LIST = re.compile(r"[,，、;；|\s]+")
_AMOUNT = re.compile(r"[¥￥]?\s*(\d{1,12})(?:\.(\d{1,2}))?\s*元?")
_LABEL = re.compile(r"^[\[【]?\s*(投诉编号|投诉对象|投诉问题|投诉要求|涉诉金额|投诉进度)\s*[\]】]?\s*[:：]?\s*")
_FILED = ("发起投诉", "提交投诉")
_ANONYMOUS = re.compile(r"匿名|\*{2,}")
_NOTICE = re.compile(r"投诉.{0,8}(?:已|被).{0,6}(?:撤销|撤回|撤诉|删除|隐藏|下架)|投诉(?:单)?不存在")
LONGEST_NOTICE = 300
"""Characters of a page that is nothing but a notice."""


def parse_search(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """One answer to the page's own ``/api/index/s`` (or ``/api/index/feed``) request.

    An empty list is empty only where the platform's own total says 0 or the page lies behind the last; with a total above
    it, it is a refusal.
    """
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    items = at(root, "data", "lists")
    if not isinstance(items, list):
        return Page(outcome=Outcome.CHANGED, detail="result.data.lists is missing from the answer")
    pager = mapping(at(root, "data", "pager"))
    total, pages, current = (_whole(pager.get(n)) for n in ("item_count", "page_amount", "current"))
    if not items:
        return _nothing(total, pages, current)
    found, skipped = readable(_listed(i, collected_at) for i in items)
    outcome, detail = judge_items(found, skipped, none=(Outcome.CHANGED, "no complaint among the items"))
    more = str(current + 1) if current is not None and pages is not None and current < pages else None
    return Page(outcome=outcome, mentions=found, detail=detail, skipped=skipped, next=more)


def parse_complaint(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """A complaint's page: its whole words, its progress, and every entry that followed."""
    text = decode_text(payload, content_type)
    wall = find_page_wall(text, status, url)
    if wall is not None:
        return Page(outcome=wall[0], detail=wall[1])
    if status in (404, 410):
        return Page(outcome=Outcome.GONE, detail=f"HTTP {status}: the complaint is gone")
    document = open_document(text)
    question = document.css("div.ts-d-question")
    if not question:
        notice = words_of(document, "body")
        if len(notice) <= LONGEST_NOTICE and _NOTICE.search(notice):
            return Page(outcome=Outcome.GONE, detail="the page says that the complaint was withdrawn or removed")
        return Page(outcome=Outcome.CHANGED, detail="the page shows no complaint (div.ts-d-question)")
    mention = _shown(question[0], document, url, collected_at)
    if mention is None:
        return Page(outcome=Outcome.CHANGED, detail="the page lacks the complaint's number or words", skipped=1)
    return Page(outcome=Outcome.ITEMS, mentions=(mention,))


def parse_search_page(
    html: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> Page:
    """A page whose script asked for nothing: a wall by name, or a change; never "nothing found"."""
    wall = find_page_wall(decode_text(html, content_type), status, url)
    if wall is not None:
        return Page(outcome=wall[0], detail=wall[1])
    return Page(outcome=Outcome.CHANGED, detail="the page never asked for complaints (/api/index/…)")


def _nothing(total: int | None, pages: int | None, current: int | None) -> Page:
    if total == 0:
        return Page(outcome=Outcome.EMPTY, detail="the platform says that no complaint matches")
    if total is None or current is None or pages is None:
        return Page(outcome=Outcome.SUSPECT, detail="an empty list without the platform's total")
    if current > pages:
        return Page(outcome=Outcome.EMPTY, detail="the page lies behind the last one")
    detail = f"an empty list although the platform counts {total} complaints: requests are refused"
    return Page(outcome=Outcome.BLOCKED_RATE, detail=detail)


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value) if not isinstance(value, int) or abs(value) < 10**12 else ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else None


def _listed(item: Any, collected_at: datetime) -> Mention | None:
    main = mapping(at(item, "main"))
    ident, title = word(main.get("sn")), parse_markup(main.get("title"))
    if ident is None or not _ID.fullmatch(ident) or not (title or main.get("summary")):
        return None
    published, precision = parse_time(main.get("timestamp"), collected_at=collected_at)
    issues, status = _parts(main.get("issue")), _whole(main.get("status"))
    head = _head(parse_markup(main.get("cotitle")), issues, _parts(main.get("appeal")), main.get("cost"))
    words = _plain(parse_markup(main.get("summary")))
    if not words.endswith((CUT, "...")):
        words += CUT
    name = word(at(item, "author", "title"), longest=60)
    named = name is not None and not _ANONYMOUS.search(name)
    return Mention(
        platform=Platform.HEIMAO,
        kind=Kind.COMPLAINT,
        id=ident,
        url=address_of(ident),
        author=Author(id=word(main.get("uid"), longest=40), name=name) if named else Author(),
        title=title or None,
        text="\n\n".join(p for p in (head, words) if p),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        topics=tuple(dict.fromkeys(t for t in (STATUSES.get(status or 0, ""), *issues) if t)),
    )


def address_of(ident: str) -> str:
    return f"https://tousu.sina.com.cn/complaint/view/{ident}/"


def _plain(words: str) -> str:
    """Without empty lines: a list breaks lines where the complaint's page has paragraphs."""
    return re.sub(r"\n{2,}", "\n", words)


def _parts(value: Any) -> list[str]:
    return [p for p in _LIST.split(parse_markup(value)) if p][:20]


def _head(company: str, issues: list[str], demands: list[str], cost: Any) -> str:
    """One line of what the platform asks every complainant; the same from a list and from the complaint's page."""
    shown = (
        ("投诉对象", company),
        ("投诉问题", "、".join(issues)),
        ("投诉要求", "、".join(demands)),
        ("涉诉金额", _amount(cost)),
    )
    return "；".join(f"{label}：{value}" for label, value in shown if value)


def _amount(cost: Any) -> str:
    """ "320元" of "320.00", "¥320" or 320; "" where none, or none that can be read, is told."""
    told = _AMOUNT.fullmatch(word(cost, longest=20) or "")
    if told is None:
        return ""
    cents = (told[2] or "").rstrip("0")
    return f"{int(told[1])}{'.' + cents if cents else ''}元"


def _shown(question: Selector, document: Selector, url: str, collected_at: datetime) -> Mention | None:
    fields = _fields(question)
    entries = document.css(".ts-d-steplist .ts-d-item")
    filed = next((e for e in entries if words_of(e, ".u-status") in _FILED), None)
    ident = fields.get("投诉编号", "")
    if not _ID.fullmatch(ident):
        ident = (_VIEW.search(url) or ("", ""))[1]
    title = words_of(question, "h1")
    if not ident or not (title or filed):
        return None
    issues = _parts(fields.get("投诉问题", ""))
    demands = _parts(fields.get("投诉要求", ""))
    head = _head(fields.get("投诉对象", ""), issues, demands, fields.get("涉诉金额"))
    writer = words_of(question, ".u-name")
    followed = _followed([e for e in entries if e is not filed], writer, collected_at)
    published, precision = _published(filed, question, collected_at)
    named = bool(writer) and not _ANONYMOUS.search(writer) and len(writer) <= 60
    own = _plain(words_of(filed, ".ts-reply") if filed is not None else "") or CUT
    return Mention(
        platform=Platform.HEIMAO,
        kind=Kind.COMPLAINT,
        id=ident,
        url=address_of(ident),
        author=Author(name=writer if named else None),
        title=title or None,
        text="\n\n".join(p for p in (head, own, *followed) if p),
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        media=_media(filed),
        topics=tuple(dict.fromkeys(t for t in (fields.get("投诉进度", ""), *issues) if t)),
    )


def _fields(question: Selector) -> dict[str, str]:
    """What stands behind each label, found by the label's words: the markup around them has changed before."""
    fields: dict[str, str] = {}
    for line in question.css("li"):
        shown = parse_markup(line.get())
        found = _LABEL.match(shown)
        if found:
            fields.setdefault(found[1], tidy(shown[found.end() :]).replace("\n", " ")[:300])
    return fields


def _published(filed: Selector | None, question: Selector, collected_at: datetime) -> Read:
    told = parse_time(words_of(filed, ".u-date"), collected_at=collected_at) if filed is not None else None
    if told is not None and told[0] is not None:
        return told
    shown = words_of(question, ".u-date").removeprefix("于").removesuffix("发布")
    return parse_time(shown.strip(), collected_at=collected_at)


def _followed(entries: list[Selector], writer: str, collected_at: datetime) -> list[str]:
    """What happened after it was filed, the oldest first, each with its time; the complainant's name is left out."""
    found: list[tuple[datetime, str]] = []
    for entry in entries:
        name, status, words = (words_of(entry, q) for q in (".u-name", ".u-status", ".ts-reply"))
        moment = parse_time(words_of(entry, ".u-date"), collected_at=collected_at)[0]
        if not (status or words):
            continue
        when = moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M") if moment else ""
        who = "投诉人" if name == writer or _ANONYMOUS.search(name) else name
        label = " ".join(p for p in (when, who, status) if p)
        found.append((moment or collected_at, f"【{label}】{_plain(words)}"))
    return [text for _, text in sorted(found, key=lambda e: e[0])]


def _media(filed: Selector | None) -> frozenset[Media]:
    if filed is None:
        return frozenset()
    kinds = {Media.IMAGE: ".ts-reply img, .ts-attach img", Media.VIDEO: ".ts-reply video, .ts-attach video"}
    return frozenset(kind for kind, query in kinds.items() if filed.css(query))


def with_details(mention: Mention, page: Page) -> Mention:
    """The complaint as a list showed it, or as its page shows it where that was read (author as in the list)."""
    shown = next((m for m in page.mentions if m.key == mention.key), None)
    if shown is None:
        return mention
    author = shown.author if mention.author == Author() else mention.author
    return replace(shown, author=author)


def matching(page: Page, query: str) -> Page:
    """Of a page of the newest feed, the complaints that hold every word of the query."""
    if page.outcome is not Outcome.ITEMS:
        return page
    words = query.casefold().split()
    found = tuple(m for m in page.mentions if all(w in m.full_text.casefold() for w in words))
    if found:
        return replace(page, mentions=found)
    detail = f"none of the {len(page.mentions)} newest complaints matches"
    return replace(page, outcome=Outcome.EMPTY, mentions=(), detail=detail)
