"""Messages to the operators: a source that cannot be seen (W6), one that is back, and anything else about the machine."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo

from notifier.advice import say_to_do
from notifier.plain import plain_line
from notifier.view import SHANGHAI, clock_words, span_clock
from notifier.wording import OUTCOMES, Lang, brands_words, eye_name, pick, span_words
from records.chat import Block, Message, Style
from records.outcome import Outcome
from records.source import Outage

_GAPS = 5
"""Spans of not seeing that a message lists."""


def render_operations(title: str, lines: Sequence[str], *, drill: bool = False) -> Message:
    """A plain operational message: a title and short lines."""
    blocks = [Block(style=Style.TITLE, text="🛠 " + plain_line(title, 120))]
    blocks += [Block(style=Style.TEXT, text=plain_line(line, 300)) for line in lines if line.strip()]
    return Message(blocks=tuple(blocks), drill=drill)


def render_source_blind(
    outage: Outage,
    *,
    now: datetime,
    zone: tzinfo = SHANGHAI,
    lang: Lang = "zh",
    drill: bool = False,
    payload: int | None = None,
) -> Message:
    """Said once per outage: which source, since when, why, what it means, what to do; silence is not calm.

    Args:
        payload: number of the page that was kept as a sample, where one was.
    """
    zh = lang == "zh"
    since = clock_words(outage.began, now, zone)
    lines = [_meaning(outage, since, lang), ("处理：" if zh else "To do: ") + say_to_do(outage, lang, payload=payload)]
    if outage.is_silence:
        lines.append(
            "来了新提及就自动解除，期间不再重复提醒。"
            if zh
            else "It ends with the next new mention; not said again until then."
        )
    elif outage.next_try_at is not None:
        again = clock_words(outage.next_try_at, now, zone)
        lines.append(
            f"{again} 自动再试；恢复时会说一次，期间不再重复提醒。"
            if zh
            else f"It is tried again at {again}; said once when it is back, and not repeated until then."
        )
    if outage.detail and not outage.is_silence:
        lines.append(("详情：" if zh else "Detail: ") + plain_line(outage.detail, 200))
    return render_operations(_blind_title(outage, lang), lines, drill=drill)


def _blind_title(outage: Outage, lang: Lang) -> str:
    zh = lang == "zh"
    name, what = eye_name(outage.source, outage.task, lang), pick(OUTCOMES[outage.outcome], lang)
    brands = brands_words(outage.brands, lang)
    who = (f"{name}（{brands}）" if zh else f"{name} ({brands})") if brands else name
    if outage.is_silence:
        return f"安静得可疑：{who}" if zh else f"Suspiciously silent: {who}"
    if outage.is_planned:
        return f"计划内暂停：{who}——{what}" if zh else f"Planned pause: {who}: {what}"
    if outage.outcome is Outcome.NETWORK and outage.detail.startswith("no browser"):
        what = "没有可用的浏览器" if zh else "no browser"
    return f"看不见：{who}——{what}" if zh else f"Cannot see {who}: {what}"


def _meaning(outage: Outage, since: str, lang: Lang) -> str:
    zh = lang == "zh"
    if outage.is_silence:
        usual = f"{outage.expected or 0:.0f}"
        return (
            f"{since} 起没有新提及，平时这段时间约有 {usual} 条。抓取没有报错，但按看不见对待：计入的提及可能偏少。"
            if zh
            else f"Nothing new since {since}, where about {usual} posts usually come. Polls do not fail, but it counts as not "
            "seen: mentions may be undercounted."
        )
    if outage.is_planned:
        return (
            f"{since} 起暂停查看，这段时间计入的提及可能偏少。"
            if zh
            else f"Paused since {since}; mentions of this time may be undercounted."
        )
    return (
        f"{since} 起看不见：计入的提及可能偏少，没有声音不等于没有投诉。"
        if zh
        else f"Blind since {since}: mentions may be undercounted; no posts does not mean no complaints."
    )


def render_source_back(
    outages: Sequence[Outage], *, now: datetime, zone: tzinfo = SHANGHAI, lang: Lang = "zh", drill: bool = False
) -> Message:
    """A source is seen again; says how long it was not and which hours are unseen, because posts may be missing.

    Args:
        outages: what is over now, the oldest first; at least one.
    """
    zh = lang == "zh"
    first = outages[0]
    name = eye_name(first.source, first.task, lang)
    brands = brands_words(sorted({b for o in outages for b in o.brands}), lang)
    who = (f"{name}（{brands}）" if zh else f"{name} ({brands})") if brands else name
    title = f"恢复可见：{who}" if zh else f"Seen again: {who}"
    lines = [_gap(outage, now, zone, lang) for outage in outages[:_GAPS]]
    if len(outages) > _GAPS:
        lines.append(f"……另有 {len(outages) - _GAPS} 段" if zh else f"… and {len(outages) - _GAPS} more")
    lines.append(
        "现在继续查看，漏掉的帖子会尽量补上，仍可能不全：看这段时间的统计请按偏少估计。"
        if zh
        else "It is watched again and what was missed is fetched where the platform still shows it; read figures of that "
        "time as undercounted."
    )
    return render_operations(title, lines, drill=drill)


def _gap(outage: Outage, now: datetime, zone: tzinfo, lang: Lang) -> str:
    zh = lang == "zh"
    ended = outage.ended or now
    span = span_clock(outage.began, ended, now, zone)
    length = span_words((ended - outage.began).total_seconds() / 60, lang)
    what = ("没有新提及" if zh else "nothing new") if outage.is_silence else pick(OUTCOMES[outage.outcome], lang)
    return f"没看到的时段：{span}，共 {length}（{what}）。" if zh else f"Not seen: {span}, {length} ({what})."


def render_delivery_failed(
    kind: str, chat: str, channel: str, error: str, *, lang: Lang = "zh", drill: bool = False
) -> Message:
    """A message could not be delivered: said on another channel."""
    title = f"消息没有送达：{chat}（{channel}）" if lang == "zh" else f"Not delivered: {chat} ({channel})"
    return render_operations(title, [f"{kind}：{error}" if lang == "zh" else f"{kind}: {error}"], drill=drill)
