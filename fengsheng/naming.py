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
    SUBCATEGORIES,
    TARGETS,
    name_of,
)

FACTS: Mapping[str, tuple[tuple[str, str], Mapping[str, tuple[str, str]]]] = {
    "level": (("风险", "risk"), RISKS),
    "nature": (("性质", "nature"), NATURES),
    "impact": (("影响", "impact"), IMPACTS),
    "category": (("类型", "category"), CATEGORIES),
    "subcategory": (("细类", "subcategory"), SUBCATEGORIES),
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
    "mentions": ("提及（声音）", "mentions (voices)"),
    "opened": ("开始", "opened"),
    "updated": ("更新", "updated"),
    "uncertain": ("依据不足", "not enough evidence for"),
    "rules_version": ("规则版本", "rules version"),
    "rule": ("规则", "rule"),
    "what": ("发现", "finding"),
    "evidence": ("依据", "evidence"),
    "weight": ("分值", "points"),
    "at": ("位置", "at"),
    "time": ("时间", "time"),
    "text": ("内容", "text"),
    "mention": ("编号", "mention"),
    "scores": ("话题/情绪/影响", "topic/emotion/reach"),
    "event": ("记录", "event"),
    "who": ("人员", "who"),
    "data": ("详情", "data"),
    "source": ("来源", "source"),
    "seen": ("可见", "seen"),
    "yes": ("✓", "✓"),
    "no": ("✗ 看不见", "✗ blind"),
    "outcome": ("结果", "outcome"),
    "last_good": ("上次看到", "last seen"),
    "blind_since": ("失明自", "blind since"),
    "next_try": ("下次", "next try"),
    "detail": ("说明", "detail"),
    "chat": ("群", "chat"),
    "kind": ("种类", "kind"),
    "state": ("状态", "state"),
    "sent": ("发出", "sent"),
    "error": ("错误", "error"),
}


def word(key: str, lang: str) -> str:
    """A word of a table's head or of a state."""
    return name_of(WORDS, key, lang)


def words(keys: str, lang: str) -> list[str]:
    """Heads of a table, named by their keys with spaces between."""
    return [word(key, lang) for key in keys.split()]


def score_name(name: str, lang: str) -> str:
    return name_of(SCORES, name, lang)


def fact(name: str, value: str, lang: str) -> str:
    """ "name: value" of one fact of an assessment."""
    (zh, en), values = FACTS[name]
    return f"{zh if lang == 'zh' else en}: {name_of(values, value, lang)}"


def fact_value(name: str, value: str, lang: str) -> str:
    return name_of(FACTS[name][1], value, lang)


def level_name(level: Level, lang: str) -> str:
    return LEVELS[level][0 if lang == "zh" else 1]
