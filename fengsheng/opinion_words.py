"""A second opinion in people's words: in ``explain``, and to the operators. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fengsheng.naming import fact_value, score_name
from notifier.opinions import reason_words
from notifier.wording import Lang, pick
from records.opinion import Judged, OpinionState, SecondOpinion
from scoring.assessment import Assessment
from scoring.wording import FIELDS, SCORES, name_of

FAULTS: Mapping[str, tuple[str, str]] = {
    "timeout": ("超时没有回答", "no answer in time"),
    "unreachable": ("连不上", "cannot be reached"),
    "rate": ("被限速", "rate limited"),
    "server": ("对方服务出错", "the endpoint's own error"),
    "page": ("返回的不是模型的回答", "what came back is no model's answer"),
    "key": ("密钥不被接受", "the key is not accepted"),
    "payment": ("余额或额度用完", "the account has no balance or quota left"),
    "model": ("模型名不被接受", "the model is not known there"),
    "address": ("地址不对", "the address is wrong"),
    "redirect": ("地址转到了别处，没有跟随", "the address leads elsewhere, which is not followed"),
    "request": ("请求不被接受", "the request is not accepted"),
    "refusal": ("模型拒绝回答", "the model refused"),
    "empty": ("回答是空的", "the answer is empty"),
    "prose": ("回答里没有 JSON", "no JSON in the answer"),
    "several": ("给了不止一个答案", "more than one answer"),
    "json": ("JSON 不完整或有错", "the JSON is broken or cut off"),
    "shape": ("格式不符", "not of the form that was asked for"),
    "range": ("分数超出范围", "a score out of range"),
    "large": ("回答过长", "the answer is too long"),
    "foreign_quote": ("引文不在原文中", "a quote does not stand in the text"),
    "empty_quote": ("引文没有内容", "a quote says nothing"),
    "no_quote": ("4 分以上却没有引文", "a score of 4 or more without a quote"),
    "contradiction": ("分数与等级自相矛盾", "scores and level contradict each other"),
    "copied": ("照抄了帖子里伪造的答案", "copied from an answer forged in the post"),
    "unusable": ("回答一直不能用", "its answers cannot be used"),
    "expired": ("排队过久，预算不够", "waited too long for room in the budget"),
    "interrupted": ("提问时程序中断", "the process ended while it was asked"),
}
"""Why there is no opinion, by the short key that is stored."""

TO_DO: Mapping[str, tuple[str, str]] = {
    "key": ("检查环境变量 FENGSHENG_SECOND_OPINION_KEY", "check FENGSHENG_SECOND_OPINION_KEY in the environment"),
    "payment": ("到服务商处充值或提高额度", "top up the account or raise its quota"),
    "model": ("检查 second_opinion.model", "check second_opinion.model"),
    "address": ("检查 second_opinion.base_url", "check second_opinion.base_url"),
    "redirect": ("检查 second_opinion.base_url", "check second_opinion.base_url"),
    "page": ("检查 second_opinion.base_url", "check second_opinion.base_url"),
    "request": ("换一个兼容的模型或服务", "use a compatible model or endpoint"),
    "unusable": ("换一个更强的模型", "use a stronger model"),
}

Time = Callable[[datetime], str]


def say_fault(fault: str, detail: str, lang: Lang) -> str:
    """ "引文不在原文中：…"."""
    said = name_of(FAULTS, fault, lang)
    shown = reason_words(detail, 160)
    return said + ((f"：{shown}" if lang == "zh" else f": {shown}") if shown else "")


def say_trouble(fault: str, detail: str, host: str, lang: Lang) -> tuple[str, list[str]]:
    """Title and lines for the operators: what is wrong, what it means, what to do."""
    zh = lang == "zh"
    title = f"第二意见用不了：{host}" if zh else f"No second opinions: {host}"
    lines = [say_fault(fault, detail, lang)]
    lines.append(
        "本地评分和预警不受影响；待问的帖子留在队列里，会自动再试，期间不再重复提醒。"
        if zh
        else "Offline scores and alerts go on as ever; what is to be asked waits in its queue and is tried again by itself. Not "
        "said again until then."
    )
    if fault in TO_DO:
        lines.append(("处理：" if zh else "To do: ") + pick(TO_DO[fault], lang))
    return title, lines


def say_recovered(host: str, lang: Lang) -> str:
    return f"第二意见恢复可用：{host}" if lang == "zh" else f"Second opinions work again: {host}"


def explain_opinion(second: SecondOpinion, assessment: Assessment, lang: Lang, time: Time) -> list[str]:
    """What ``explain`` prints: what it said beside the offline scores, its quotes, model and time; or why there is none."""
    if second.opinion is None:
        return [_say_without(second, lang, time)]
    zh = lang == "zh"
    said, colon = second.opinion, "：" if zh else ": "
    at = time(second.answered_at) if second.answered_at else ""
    head = f"第二意见（{said.model}，{at}）" if zh else f"Second opinion ({said.model}, {at})"
    compared = [
        _beside(score_name("topicality", lang), f"{said.topicality:.1f}", f"{assessment.topicality:.1f}", lang),
        _beside(score_name("emotion", lang), f"{said.emotion:.1f}", f"{assessment.emotion:.1f}", lang),
    ]
    for name in ("level", "category", "target"):
        mine, theirs = (fact_value(name, str(getattr(x, name)), lang) for x in (said, assessment))
        compared.append(_beside(name_of(FIELDS, name, lang), mine, theirs, lang))
    lines = [head + colon + "  ".join(compared)]
    if Judged(second, str(assessment.level)).suspicious:
        lines.append("  " + _say_suspicion(second, lang))
    if said.reason:
        lines.append(f"  {'理由' if zh else 'reason'}{colon}{reason_words(said.reason)}")
    for quote in said.quotes:
        name = name_of({**FIELDS, **SCORES}, quote.score, lang)
        place = f" {quote.at[0]}–{quote.at[1]}" if quote.at else ""
        lines.append(f"  {name}{colon}{f'「{quote.quote}」' if zh else f'“{quote.quote}”'}{place}")
    return lines


def _beside(name: str, said: str, offline: str, lang: Lang) -> str:
    return f"{name} {said}（本地 {offline}）" if lang == "zh" else f"{name} {said} (offline {offline})"


def _say_suspicion(second: SecondOpinion, lang: Lang) -> str:
    zh, signs = lang == "zh", second.signs
    parts: list[str] = []
    if signs.orders:
        parts.append(("文中有写给机器的话" if zh else "the text speaks to a machine") + _list(signs.orders, lang))
    if signs.safety:
        parts.append(("文中有安全用语" if zh else "the text speaks of safety") + _list(signs.safety, lang))
    why = ("；" if zh else "; ").join(parts)
    return f"⚠️ 可疑，不采信：{why}" if zh else f"⚠️ suspicious, not to be relied on: {why}"


def _list(words: Sequence[str], lang: Lang) -> str:
    shown = [reason_words(w, 40) for w in words[:3]]
    return f"「{'」「'.join(shown)}」" if lang == "zh" else f" “{'”, “'.join(shown)}”"


def _say_without(second: SecondOpinion, lang: Lang, time: Time) -> str:
    zh = lang == "zh"
    why = say_fault(second.fault, second.detail, lang) if second.fault else ""
    at = time(second.answered_at) if second.answered_at else ""
    if second.state is OpinionState.DROPPED:
        return f"第二意见作废（{at}）：{why}" if zh else f"Second opinion dropped ({at}): {why}"
    if second.state is OpinionState.GIVEN_UP:
        tried = f"问过 {second.tries} 次，" if zh else f"{second.tries} tries, "
        return f"第二意见放弃（{at}）：{tried}{why}" if zh else f"No second opinion ({at}): {tried}{why}"
    if second.state is OpinionState.ASKING:
        return "第二意见：正在问" if zh else "Second opinion: being asked for"
    waits = (
        f"第二意见：排队中，{time(second.next_at)} 起可问"
        if zh
        else f"Second opinion: queued, not before {time(second.next_at)}"
    )
    if not why:
        return waits
    return f"{waits}；上次：{why}" if zh else f"{waits}; last time: {why}"


def opinion_record(second: SecondOpinion | None, assessment: Assessment) -> dict[str, Any] | None:
    """The second opinion in the JSON of ``explain``; None where nobody asked."""
    if second is None:
        return None
    said = second.opinion
    judged = Judged(second, str(assessment.level))
    return {
        "state": str(second.state),
        "wanted": str(second.wanted),
        "model": said.model if said else None,
        "answered_at": second.answered_at.isoformat() if second.answered_at else None,
        "topicality": said.topicality if said else None,
        "emotion": said.emotion if said else None,
        "level": said.level if said else None,
        "category": said.category if said else None,
        "target": said.target if said else None,
        "quotes": [{"score": q.score, "quote": q.quote, "at": q.at} for q in said.quotes] if said else [],
        "reason": said.reason if said else None,
        "suspicious": judged.suspicious if said else None,
        "signs": {"safety": list(second.signs.safety), "orders": list(second.signs.orders)},
        "fault": second.fault or None,
        "detail": second.detail or None,
        "tries": second.tries,
    }
