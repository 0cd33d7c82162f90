"""What ``fengsheng words`` says of word libraries, in people's language."""

from __future__ import annotations

from collections.abc import Mapping

from fengsheng.naming import level_name
from fengsheng.printing import shorten
from scoring.keywords import WordGroup
from scoring.word_collisions import Finding
from scoring.word_lint import counts_hits, raises_alone

SHOWN_OTHERS, LONGEST_OTHER = 4, 24
HEADS: Mapping[str, tuple[str, str]] = {
    "group": ("词组", "group"),
    "name": ("名称", "name"),
    "kind": ("种类", "kind"),
    "words": ("词数", "words"),
    "threshold": ("预警阈值", "alerts at"),
    "hits": ("命中/天", "hits/day"),
    "share": ("其中投诉", "complaints"),
    "last": ("最近命中", "last hit"),
    "word": ("词", "word"),
    "alerts": ("预警/天", "alerts/day"),
    "turned": ("新增投诉/天", "new complaints/day"),
    "examples": ("例（✗ 非投诉）", "examples (✗ no complaint)"),
    "count": ("投诉", "complaints"),
    "voices": ("声音", "voices"),
    "earlier": ("此前", "earlier"),
    "others": ("非投诉", "no complaints"),
    "beside": ("建议词组", "beside"),
    "theme": ("主题", "theme"),
}
FINDINGS: Mapping[str, tuple[str, str]] = {
    "in_name": (
        "“{word}”（{group}）就在名称{others}里：每条提到它的内容都会命中；删去该词，或把这个名称写进一个 kind: harmless 的词组",
        '"{word}" ({group}) stands in the name {others}: every mention of it would be a hit; drop the word, or put the name into a group of kind harmless',
    ),
    "flood": (
        "“{word}”（{group}）每天会引发 {number:.1f} 次预警，多于 --most {most:g}",
        '"{word}" ({group}) would raise {number:.1f} alerts a day, more than --most {most:g}',
    ),
    "group_flood": (
        "词组 {group} 每天会引发 {number:.1f} 次预警，多于 --most {most:g}",
        "group {group} would raise {number:.1f} alerts a day, more than --most {most:g}",
    ),
    "replaces": (
        "词组 {group} 会整个替换现有的同名词组，其中 {number:.0f} 个词不再生效：{others}；只想加词时请换一个 key",
        "group {group} takes the place of the live one, and {number:.0f} of its words fall away: {others}; to add words only, use another key",
    ),
    "never_alerts": (
        "词组 {group} 的 kind 不计入敏感词，alert 和 single 不起作用；起作用的是 {others}",
        "group {group} is of a kind that is not counted, so alert and single do nothing; these count: {others}",
    ),
    "threshold_of_one": (
        "词组 {group} 的 alert 为 1 条：单条预警要写 single: true",
        "group {group} has an alert of one hit: write single: true for that",
    ),
    "hidden": (
        "“{word}”（{group}）本身就是无害用语{others}，永远不计",
        '"{word}" ({group}) is itself the harmless phrase {others} and never counts',
    ),
    "harmless_inside": (
        "“{word}”（{group}）在无害用语{others}里不计",
        '"{word}" ({group}) does not count inside the harmless {others}',
    ),
    "two_groups": (
        "“{word}”（{group}）同时也在{others}：两组都会命中",
        '"{word}" ({group}) is in {others}, too: both groups are hit',
    ),
    "inside": (
        "“{word}”（{group}）包含在{others}里：长词不会盖过别组的短词，两组都会命中",
        '"{word}" ({group}) stands inside {others}: a longer word wins in its own group only, so both groups are hit',
    ),
    "contains": (
        "“{word}”（{group}）里已有{others}：这些内容现在就会命中",
        '"{word}" ({group}) contains {others}: such mentions are hit as it is',
    ),
    "folds_alike": (
        "“{word}”（{group}）与{others}折叠后（繁简、全半角、大小写、拆字）是同一个词，留一个即可",
        '"{word}" ({group}) and {others} are one word after folding (script, width, case, signs inside): one is enough',
    ),
    "one_character": (
        "“{word}”（{group}）只有一个字，会在别的词里命中",
        '"{word}" ({group}) is a single character and hits inside other words',
    ),
    "never_hit": ("“{word}”（{group}）在历史中从未命中", '"{word}" ({group}) never hit in the history'),
    "few_complaints": (
        "“{word}”（{group}）命中的内容只有 {number:.0%} 是投诉",
        'of the hits of "{word}" ({group}) only {number:.0%} were complaints',
    ),
}
"""Finding → its sentence."""


def head(key: str, lang: str) -> str:
    return HEADS[key][0 if lang == "zh" else 1]


def heads(keys: str, lang: str) -> list[str]:
    return [head(key, lang) for key in keys.split()]


def say_finding(finding: Finding, lang: str, *, most: float) -> str:
    """One sentence."""
    shown = [shorten(other, LONGEST_OTHER) for other in finding.others[:SHOWN_OTHERS]]
    left = len(finding.others) - len(shown)
    if lang == "zh":
        others = "、".join(f"“{o}”" for o in shown) + (f"等 {len(finding.others)} 个" if left else "")
    else:
        others = ", ".join(f'"{o}"' for o in shown) + (f" and {left} more" if left else "")
    return FINDINGS[finding.what][0 if lang == "zh" else 1].format(
        word=shorten(finding.word or "", LONGEST_OTHER),
        group=finding.group,
        others=others,
        number=finding.number or 0.0,
        most=most,
    )


def say_threshold(group: WordGroup, lang: str) -> str:
    """When the group alerts: "3 小时 5 条橙色预警；单条黄色预警"."""
    zh = lang == "zh"
    parts = []
    if counts_hits(group):
        level = level_name(group.alert_level, lang)
        count, hours = group.alert_count, f"{group.alert_hours:g}"
        parts.append(f"{hours} 小时 {count} 条{level}" if zh else f"{count} in {hours} h: {level}")
    if raises_alone(group):
        parts.append("单条黄色预警" if zh else "one: yellow alert")
    return ("；" if zh else "; ").join(parts)
