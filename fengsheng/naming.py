"""The words of tables in people's language: names of scores, facts, levels and states."""

from __future__ import annotations

from collections.abc import Mapping

from scoring.alert import Level
from scoring.wording import (
    CATEGORIES,
    CRISIS_TYPES,
    IMPACTS,
    LEVELS,
    NATURES,
    RISKS,
    SCORES,
    SPLITS,
    TARGETS,
    name_of,
)

FACTS: Mapping[str, tuple[tuple[str, str], Mapping[str, tuple[str, str]]]] = {
    "level": (("风险", "risk"), RISKS),
    "nature": (("性质", "nature"), NATURES),
    "impact": (("影响", "impact"), IMPACTS),
    "category": (("类型", "category"), CATEGORIES),
    "subcategory": (("细类", "subcategory"), {}),
    "split": (("环节", "split"), SPLITS),
    "target": (("指向", "target"), TARGETS),
    "product": (("产品", "product"), {}),
    "problem": (("问题", "problem"), {}),
    "crisis_type": (("危机类型", "crisis type"), CRISIS_TYPES),
}
"""Fact of an assessment → (its name, names of its values)."""
WORDS: Mapping[str, tuple[str, str]] = {
    "open": ("处理中", "open"),
    "closed": ("已结案", "closed"),
    "historic": ("历史", "historic"),
    "incident": ("事件", "incident"),
    "level": ("级别", "level"),
    "status": ("状态", "status"),
    "matter": ("事由", "matter"),
    "brand": ("品牌", "brand"),
    "mentions": ("提及/声音", "mentions (voices)"),
    "sightings": ("看到次数", "sightings"),
    "opened": ("开始", "opened"),
    "updated": ("更新", "updated"),
    "uncertain": ("依据不足", "not enough evidence for"),
    "rules_version": ("规则版本", "rules version"),
    "rule": ("规则", "rule"),
    "what": ("发现", "finding"),
    "evidence": ("依据", "evidence"),
    "weight": ("分值", "points"),
    "at": ("位置", "at"),
    "who_checks": ("核查人", "who checks"),
    "clause": ("条款", "clause"),
    "to_answer": ("核查问题", "question"),
    "time": ("时间", "time"),
    "event": ("记录", "event"),
    "who": ("人员", "who"),
    "data": ("详情", "data"),
    "source": ("来源", "source"),
    "sight": ("状态", "state"),
    "yes": ("✓", "✓"),
    "refused": ("✗ 禁止", "✗ forbidden"),
    "last_good": ("上次看到", "last seen"),
    "today": ("今日/平时", "today/usual"),
    "requests": ("请求/小时", "requests/h"),
    "next_try": ("再试", "next try"),
    "now": ("马上", "now"),
    "never": ("从未", "never"),
    "site": ("站点", "site"),
    "decision": ("robots.txt", "robots.txt"),
    "decided_by": ("谁定的", "decided by"),
    "file": ("文件", "file"),
    "allowed": ("允许", "allowed"),
    "detail": ("说明", "detail"),
    "chat": ("群", "chat"),
    "kind": ("种类", "kind"),
    "state": ("状态", "state"),
    "sent": ("发出", "sent"),
    "error": ("错误", "error"),
    "gone_since": ("已被删除或隐藏，发现于", "deleted or hidden, noticed"),
    "earlier_text": ("改前原文（存证）", "earlier text, kept as evidence"),
    "reads": ("阅读", "reads"),
    "likes": ("点赞", "likes"),
    "comments": ("评论", "comments"),
    "reposts": ("转发", "reposts"),
    "saves": ("收藏", "saves"),
    "channel": ("渠道", "channel"),
    "received_at": ("受理时间", "received"),
    "demand": ("核心诉求", "core demand"),
    "customer": ("客户", "customer"),
    "anonymous": ("匿名", "anonymous"),
    "contact": ("联系方式", "contact"),
    "order_number": ("订单号", "order number"),
    "accounts": ("账号", "accounts"),
    "contacts": ("联系方式", "contacts"),
    "tickets": ("工单", "tickets"),
    "orders": ("订单", "orders"),
    "complaints": ("投诉", "complaints"),
    "since": ("起始", "since"),
    "note": ("备注", "note"),
    "name": ("姓名", "name"),
    "subject": ("主题", "subject"),
    "outcome": ("处理结果", "outcome"),
    "satisfaction": ("满意度", "satisfaction"),
    "attachments": ("附件", "attachments"),
}
EVENTS: Mapping[str, tuple[str, str]] = {
    "opened": ("建立事件", "opened"),
    "mentions_attached": ("并入提及", "mentions attached"),
    "alert_attached": ("触发规则", "rule fired"),
    "level_raised": ("级别上升", "level raised"),
    "level_overridden": ("人工改级", "level set by hand"),
    "alert_sent": ("预警发出", "alert sent"),
    "step_taken": ("接手", "step taken"),
    "step_done": ("完成", "step done"),
    "step_confirmed": ("确认", "step confirmed"),
    "step_skipped": ("跳过", "step skipped"),
    "step_returned": ("退回", "step returned"),
    "step_reopened": ("新一轮", "step reopened"),
    "noted": ("备注", "note"),
    "press_refused": ("操作被拒", "press refused"),
    "reminded": ("提醒", "reminded"),
    "handed_over": ("转交", "handed over"),
    "escalated": ("上报", "escalated"),
    "overdue": ("超时", "overdue"),
    "playbook_changed": ("更换预案", "playbook changed"),
    "closed": ("结案", "closed"),
    "mention_gone": ("帖子消失", "post gone"),
    "mention_back": ("帖子恢复", "post back"),
}
"""Kinds of events in an incident's log."""
MESSAGES: Mapping[str, tuple[str, str]] = {
    "alert": ("预警", "alert"),
    "card": ("卡片", "card"),
    "reminder": ("提醒", "reminder"),
    "answer": ("答复", "answer"),
    "operations": ("运维", "operations"),
    "digest": ("摘要", "digest"),
}
"""Kinds of messages in the ledger."""
DELIVERIES: Mapping[str, tuple[str, str]] = {
    "queued": ("待发", "queued"),
    "sending": ("发送中", "sending"),
    "sent": ("已发", "sent"),
    "ambiguous": ("结果不明", "ambiguous"),
    "failed": ("失败", "failed"),
    "collapsed": ("已合并", "collapsed"),
}
"""What became of a message."""


def word(key: str, lang: str) -> str:
    """A word of a table's head or of a state."""
    return name_of(WORDS, key, lang)


def words(keys: str, lang: str) -> list[str]:
    """Heads of a table, named by their keys with spaces between."""
    return [word(key, lang) for key in keys.split()]


def score_name(name: str, lang: str) -> str:
    return name_of(SCORES, name, lang)


def fact(name: str, value: str, lang: str, own: Mapping[str, tuple[str, str]] | None = None) -> str:
    """ "name: value" of one fact of an assessment; ``own`` names values that users name themselves (subcategories)."""
    (zh, en), values = FACTS[name]
    values = own or values
    return f"{zh if lang == 'zh' else en}: {name_of(values, value, lang)}"


def fact_value(name: str, value: str, lang: str) -> str:
    return name_of(FACTS[name][1], value, lang)


def level_name(level: Level, lang: str) -> str:
    return LEVELS[level][0 if lang == "zh" else 1]
