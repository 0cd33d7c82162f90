"""Word library files (敏感词库, W3): YAML that users edit → ``WordLibrary``, or problems with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from records.errors import Problem
from records.located import line_of, parse_yaml, unknown_keys
from scoring.alert import Level
from scoring.assessment import Category
from scoring.matching import Hit, WordGroup, WordLibrary, expand_choices
from scoring.text import fold_text

__all__ = ["KINDS", "Hit", "WordGroup", "WordLibrary", "join_words", "parse_words"]

KINDS = (
    "matter", "aggravator", "vulnerable", "severity", "authority", "call", "demand", "threat", "irritation", "irony", "anger",
    "insult", "sadness", "regret", "evidence", "victims", "refusal", "persistence", "praise", "resolved", "advert", "question",
    "report", "digest", "denial", "confession", "official_reply", "hearsay", "switch", "third_party", "harmless", "commerce",
    "emoticon_anger", "emoticon_sad", "emoticon_irony", "emoticon_happy", "hint",
)  # fmt: skip
NATURES = ("business", "financial", "reputation", "compliance")
SPLITS = ("operational", "attitude", "process")
CRISIS_TYPES = ("service_quality", "communication_failure", "sudden_event", "customer_satisfaction")
LEVELS = {"yellow": Level.YELLOW, "orange": Level.ORANGE, "red": Level.RED}

_GROUP_KEYS = (
    "key", "name", "kind", "words", "gravity", "category", "subcategory", "split", "nature", "crisis_type", "checklist", "alert",
    "single", "grave", "heavy",
)  # fmt: skip


def join_words(libraries: Iterable[WordLibrary]) -> WordLibrary:
    """One library of several files; a group of a later file replaces the group of the same key."""
    groups: dict[str, WordGroup] = {}
    for library in libraries:
        groups.update(library.groups)
    return WordLibrary(groups.values())


def parse_words(text: str, file: str) -> tuple[WordLibrary | None, list[Problem]]:
    """Read one word file.

    Returns:
        (library, problems): the library is None when anything is wrong; every problem names its line.
    """
    document, problems = parse_yaml(text, file)
    if problems:
        return None, problems
    if not isinstance(document, Mapping) or not isinstance(document.get("groups"), Sequence):
        return None, [Problem(file=file, line=1, what='a word file is a mapping with "name" and a list "groups"')]
    problems = unknown_keys(document, ("name", "groups"), file, "the word file")
    groups: dict[str, WordGroup] = {}
    for place, node in enumerate(document["groups"]):
        line = line_of(document["groups"], place)
        if not isinstance(node, Mapping):
            problems.append(Problem(file=file, line=line, what="a group is a mapping with key, name, kind and words"))
            continue
        group, found = _parse_group(node, file, line)
        problems.extend(found)
        if group is not None and group.key in groups:
            problems.append(
                Problem(file=file, line=line_of(node, "key"), what=f'group "{group.key}" stands twice: keys are unique')
            )
        elif group is not None:
            groups[group.key] = group
    return (None, problems) if problems else (WordLibrary(groups.values()), [])


def _parse_group(node: Mapping[str, Any], file: str, line: int | None) -> tuple[WordGroup | None, list[Problem]]:
    problems = unknown_keys(node, _GROUP_KEYS, file, "the group")

    def bad(key: str, what: str) -> None:
        problems.append(Problem(file=file, line=line_of(node, key) if key in node else line, what=what))

    key = str(node.get("key") or "")
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", key):
        bad("key", f'key is "{key}": lower-case letters, digits and _ are accepted, e.g. product_fault')
    name = node.get("name")
    if not isinstance(name, Mapping) or not name.get("zh"):
        bad("name", f'name of group "{key}" is missing: {{zh: …, en: …}} is needed, zh at least')
        name = {"zh": key}
    kind = str(node.get("kind") or "matter")
    if kind not in KINDS:
        bad("kind", f'kind is "{kind}": accepted are {", ".join(KINDS)}')
    words = _parse_words(node, key, bad)
    gravity = node.get("gravity", 5.0 if kind == "matter" else None)
    if gravity is not None and (
        isinstance(gravity, bool) or not isinstance(gravity, int | float) or not 1 <= gravity <= 10
    ):
        bad("gravity", f"gravity is {gravity!r}: a number from 1 to 10 is accepted")
        gravity = None
    category = _one_of(node, "category", tuple(str(c) for c in Category), bad)
    count, hours, level = _parse_alert(node, bad)
    for flag in ("single", "grave", "heavy"):
        if not isinstance(node.get(flag, False), bool):
            bad(flag, f"{flag} is {node[flag]!r}: true or false is accepted")
    checklist = node.get("checklist", ())
    if isinstance(checklist, str) or not isinstance(checklist, Sequence):
        bad("checklist", "checklist is a list of item keys, e.g. [seven_day_return]")
        checklist = ()
    group = WordGroup(
        key=key,
        name={"zh": str(name["zh"]), "en": str(name.get("en") or name["zh"])},
        kind=kind,
        words=words,
        gravity=float(gravity) if gravity is not None else None,
        category=Category(category) if category else (Category.OTHER if kind == "matter" else None),
        subcategory=str(node["subcategory"]) if node.get("subcategory") else None,
        split=_one_of(node, "split", SPLITS, bad) or ("operational" if kind == "matter" else None),
        nature=_one_of(node, "nature", NATURES, bad),
        crisis_type=_one_of(node, "crisis_type", CRISIS_TYPES, bad),
        checklist=tuple(str(c) for c in checklist),
        alert_count=count,
        alert_hours=hours,
        alert_level=level,
        single=node.get("single") is True,
        grave=node.get("grave") is True,
        heavy=node.get("heavy") is True,
    )
    return (None, problems) if problems else (group, [])


def _one_of(node: Mapping[str, Any], key: str, accepted: Sequence[str], bad: Any) -> str | None:
    value = node.get(key)
    if value is None:
        return None
    if str(value) not in accepted:
        bad(key, f'{key} is "{value}": accepted are {", ".join(accepted)}')
        return None
    return str(value)


def _parse_words(node: Mapping[str, Any], key: str, bad: Any) -> tuple[str, ...]:
    raw = node.get("words")
    if isinstance(raw, str) or not isinstance(raw, Sequence) or not raw:
        bad("words", f'words of group "{key}" are missing: a list of at least one word is needed')
        return ()
    words: dict[str, None] = {}
    for word in raw:
        if isinstance(word, Mapping | list) or word is None or isinstance(word, bool):
            bad("words", f'a word of group "{key}" is {word!r}: plain text is accepted (put it in quotes)')
            continue
        pieces = [expand_choices(part.strip()) for part in str(word).split("…")]
        if not all(fold_text(piece).text.strip() for part in pieces for piece in part):
            bad(
                "words",
                f'word "{word}" of group "{key}" has an empty part: text is needed on both sides of "…" and "|"',
            )
            continue
        if sum(len(part) for part in pieces) > 500:
            bad("words", f'word "{str(word)[:20]}" of group "{key}" has more than 500 choices')
            continue
        words[str(word).strip()] = None
    return tuple(words)


def _parse_alert(node: Mapping[str, Any], bad: Any) -> tuple[int | None, float, Level]:
    alert = node.get("alert")
    if alert is None:
        return None, 1.0, Level.ORANGE
    count, hours, level = (
        (alert.get("count"), alert.get("hours", 1), alert.get("level", "orange"))
        if isinstance(alert, Mapping)
        else (None,) * 3
    )
    if isinstance(alert, Mapping) and set(alert) - {"count", "hours", "level"}:
        bad("alert", "alert has an unknown key: accepted are count, hours, level")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        bad("alert", "alert needs count (a whole number of 1 or more) and hours, e.g. {count: 5, hours: 3}")
        return None, 1.0, Level.ORANGE
    if isinstance(hours, bool) or not isinstance(hours, int | float) or not 0 < hours <= 168:
        bad("alert", f"hours of alert is {hours!r}: a number above 0 and up to 168 is accepted")
        hours = 1
    if level not in LEVELS:
        bad("alert", f'level of alert is "{level}": accepted are {", ".join(LEVELS)}')
    return count, float(hours), LEVELS.get(str(level), Level.ORANGE)
