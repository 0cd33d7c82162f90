"""Weibo's hot-search list and the figures of one topic.

The list's ``num`` is a heat without a unit: it is never taken for reads. What a topic was read stands in its own detail.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from crawlers.parsers.counts import parse_engagement
from crawlers.parsers.payload import Unreadable, at, judge_items, mapping, said, sequence, unique, word
from crawlers.parsers.times import parse_time
from crawlers.parsers.weibo_walls import find_refusal, open_envelope
from records.mention import Engagement, Kind, Mention, Platform
from records.outcome import Outcome, Page


@dataclass(frozen=True, kw_only=True, slots=True)
class TopicFigures:
    outcome: Outcome
    metrics: Engagement = field(default_factory=Engagement)
    """``reads`` of all posts under the topic, ``comments`` = posts that take part in it (讨论)."""
    detail: str = ""


def parse_hot_list(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = "", words: str = ""
) -> Page:
    """The rows of the hot-search list that hold one of ``words`` (separated by |; "" for all), as topics without figures.

    ``empty`` where the list was seen and holds none of them; paid rows and the fixed first one are left out.
    """
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return Page(outcome=error.outcome, detail=error.detail)
    verdict = find_refusal(root)
    rows = at(root, "data", "realtime")
    if verdict is None and not isinstance(rows, list):
        verdict = Outcome.CHANGED, "data.realtime is missing from the hot list"
    if verdict is not None:
        return Page(outcome=verdict[0], detail=verdict[1])
    listed = [mapping(row) for row in sequence(rows) if not _is_paid(mapping(row))]
    read = [_topic(row, collected_at) for row in listed]
    topics = [t for t in read if t is not None]
    outcome, detail = judge_items(topics, len(read) - len(topics), none=(Outcome.SUSPECT, "the hot list has no rows"))
    wanted = [_fold(w) for w in words.split("|") if w.strip()]
    held = unique([t for t in topics if not wanted or any(w in _fold(t.text) for w in wanted)])
    if outcome is Outcome.ITEMS and not held:
        outcome, detail = Outcome.EMPTY, f"none of {len(topics)} rows of the hot list holds the words"
    return Page(outcome=outcome, mentions=held, detail=detail, skipped=len(read) - len(topics))


def parse_topic(
    payload: str | bytes, *, status: int, url: str, collected_at: datetime, content_type: str = ""
) -> TopicFigures:
    """Reads and discussions of one topic."""
    try:
        root = open_envelope(payload, status=status, url=url, content_type=content_type)
    except Unreadable as error:
        return TopicFigures(outcome=error.outcome, detail=error.detail)
    if str(root.get("code")) != "100000":
        verdict = find_refusal(root) if "ok" in root else None
        outcome, detail = verdict or (Outcome.CHANGED, f"code {str(root.get('code'))[:20]}: {said(root.get('msg'))}")
        return TopicFigures(outcome=outcome, detail=detail)
    count = at(root, "data", "baseInfo", "count")
    if not isinstance(count, dict):
        return TopicFigures(outcome=Outcome.CHANGED, detail="data.baseInfo.count is missing from the topic")
    metrics = parse_engagement(reads=count.get("read"), comments=count.get("mention"))
    if metrics.reads is None:
        return TopicFigures(outcome=Outcome.CHANGED, detail="data.baseInfo.count.read is no count")
    return TopicFigures(outcome=Outcome.ITEMS, metrics=metrics)


def _is_paid(row: dict[str, Any]) -> bool:
    return any(row.get(key) in (1, "1", True) for key in ("is_ad", "topic_ad")) or row.get("icon_desc") == "荐"


def _topic(row: dict[str, Any], collected_at: datetime) -> Mention | None:
    name = word(row.get("word"), longest=120)
    name = name.strip("#").strip() if name else None
    if not name:
        return None
    published, precision = parse_time(row.get("onboard_time"), collected_at=collected_at)
    return Mention(
        platform=Platform.WEIBO,
        kind=Kind.TOPIC,
        id=name,
        url=f"https://s.weibo.com/weibo?q={quote(f'#{name}#', safe='')}",
        text=f"#{name}#",
        published_at=published,
        time_precision=precision,
        collected_at=collected_at,
        topics=(name,),
    )


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()
