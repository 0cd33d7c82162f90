"""Why an alert was raised, in one plain sentence with its figures and its rule (rulebook D, L, S)."""

from __future__ import annotations

import re

from notifier.plain import plain_line
from notifier.wording import CATEGORIES, CUSTOMER_KINDS, RISKS, Lang, name_of, pick, span_words
from scoring.alert import Alert, Dimension, Matter
from scoring.wording import SCORES

_EVIDENCE_UNITS = 60


def say_matter(matter: Matter, lang: Lang) -> str:
    """What the incident is about: product and problem, else the category, else the whole brand."""
    parts = [p for p in (matter.product, matter.problem) if p]
    if not parts and matter.category is not None:
        parts = [name_of(CATEGORIES, str(matter.category), lang)]
    words = " · ".join(plain_line(p, 24) for p in parts)
    return words or ("整个品牌" if lang == "zh" else "whole brand")


def say_alert(alert: Alert, lang: Lang) -> str:
    """One sentence: what was counted or found, the threshold, the rule.

    Example: "1 小时内 14 个独立声音投诉，阈值 10（规则 D2）".
    """
    rule = f"（规则 {alert.rule}）" if lang == "zh" else f" (rule {alert.rule})"
    return _said(alert, lang) + rule


def _said(alert: Alert, lang: Lang) -> str:
    zh = lang == "zh"
    head = alert.rule.split(":", 1)[0].split(".", 1)[0]
    if head == "S12" or (alert.count is None and head not in ("D6", "S3", "S11", "L")):
        risk = pick(RISKS[alert.risk], lang)
        return _with_evidence(f"出现{risk}风险提及" if zh else f"a mention of {risk} risk", alert, lang)
    if head == "D6" and (kind := next((r.evidence for r in alert.reasons if r.what == "known customer"), "")):
        who = name_of(CUSTOMER_KINDS, kind, lang)
        return f"{who}投诉，优先处理" if zh else f"complaint of a {who}: comes first"
    if alert.count is None:
        found = {
            "S11": ("同一人就同一问题第三次投诉", "third complaint of the same person about the same problem"),
            "S3": ("有影响力的账号或重要客户发声", "a person of influence or a key customer speaks"),
            "D6": ("触发重点监测条件", "a watched condition was met"),
            "L": ("单条敏感提及", "a single sensitive mention"),
        }[head]
        return _with_evidence(pick(found, lang), alert, lang)
    return _counted(alert, head, lang)


def _counted(alert: Alert, head: str, lang: Lang) -> str:
    assert alert.count is not None
    zh = lang == "zh"
    span = span_words((alert.at - alert.since).total_seconds() / 60, lang)
    voices, about = alert.count.voices, _about(alert, lang)
    limit = f"{alert.threshold:g}" if alert.threshold is not None else ""
    if head == "D3":
        if zh:
            said = f"{about}投诉量突增：{span}内 {voices} 个独立声音"
            return said + (f"，高于自身同时段基线的警戒值 {limit}" if limit else "")
        said = f"complaints {about}surge: {voices} independent voices within {span}"
        return said + (f", above {limit}, the warning value of their own baseline" if limit else "")
    if zh:
        return f"{span}内 {voices} 个独立声音投诉{about}" + (f"，阈值 {limit}" if limit else "")
    return f"{voices} independent voices complained {about}within {span}" + (f", threshold {limit}" if limit else "")


def _about(alert: Alert, lang: Lang) -> str:
    value = plain_line(alert.label or alert.value, 24)
    if alert.dimension is Dimension.ALL or not value:
        return ""
    if alert.dimension is Dimension.CATEGORY:
        value = name_of(CATEGORIES, value, lang)
    if alert.dimension is Dimension.REGION:
        return f"，集中在{value}" if lang == "zh" else f"in {value} "
    return f"「{value}」" if lang == "zh" else f"about “{value}” "


def _with_evidence(said: str, alert: Alert, lang: Lang) -> str:
    evidence = next((r.evidence for r in alert.reasons if r.evidence.strip()), "")
    for name, names in SCORES.items():
        evidence = re.sub(rf"\b{name}\b", pick(names, lang), evidence)
    shown = plain_line(evidence, _EVIDENCE_UNITS)
    if not shown:
        return said
    return f"{said}：{shown}" if lang == "zh" else f"{said}: {shown}"
