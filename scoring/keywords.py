"""Word library (敏感词库, W3): YAML that users edit → groups of words → hits in a text.

A word may hold "…", which stands for up to 12 characters of the same sentence. Matching runs over folded text
(``scoring.text``) with one Aho-Corasick automaton, so its cost grows with the length of the text only.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ahocorasick

from records.errors import Problem
from records.located import line_of, parse_yaml, unknown_keys
from scoring.alert import Level
from scoring.assessment import Category
from scoring.text import SENTENCE_ENDS, Folded, fold_text, printable

KINDS = (
    "matter", "aggravator", "vulnerable", "severity", "authority", "call", "demand", "threat", "irritation", "irony", "anger",
    "insult", "sadness", "regret", "evidence", "victims", "refusal", "persistence", "praise", "resolved", "advert", "question",
    "report", "digest", "denial", "confession", "official_reply", "hearsay", "switch", "third_party", "harmless", "commerce",
    "emoticon_anger", "emoticon_sad", "emoticon_irony", "emoticon_happy",
)  # fmt: skip
NATURES = ("business", "financial", "reputation", "compliance")
SPLITS = ("operational", "attitude", "process")
CRISIS_TYPES = ("service_quality", "communication_failure", "sudden_event", "customer_satisfaction")
LEVELS = {"yellow": Level.YELLOW, "orange": Level.ORANGE, "red": Level.RED}

_GROUP_KEYS = (
    "key", "name", "kind", "words", "gravity", "category", "subcategory", "split", "nature", "crisis_type", "checklist", "alert",
    "single", "grave", "heavy",
)  # fmt: skip
_GAP_LIMIT = 12
_NEGATED = re.compile(
    r"(没有|没|不|未|无|并非|不是|没什么|没啥|不会|从不|从来不|绝不|毫无|\bnot|\bno|\bnever|n't)\s?(再|任何|出现|发生|什么|被|有|是|那么|太|很|怎么|发现)?$"
)
_NOT_NEGATING = re.compile(r"(有没有|是不是|会不会|要不|不得不|能不|差不|动不动|好不|不仅|不光|不但|不只|忍不住|了没|没完没)(有|是)?$")


@dataclass(frozen=True, kw_only=True, slots=True)
class WordGroup:
    """One group of the library; what it means for the scores is in ``kind`` and the fields below."""

    key: str
    name: Mapping[str, str]
    """zh and en; the Chinese name is also the short word of the matter (``Assessment.problem``)."""
    kind: str
    words: tuple[str, ...]
    gravity: float | None = None
    """Topicality (1–10) that one hit stands for; None where the group does not move it by itself."""
    category: Category | None = None
    subcategory: str | None = None
    split: str | None = None
    nature: str | None = None
    crisis_type: str | None = None
    checklist: tuple[str, ...] = ()
    alert_count: int | None = None
    """That many complaints with a word of the group within ``alert_hours`` raise ``alert_level`` (D6); None = never."""
    alert_hours: float = 1.0
    alert_level: Level = Level.ORANGE
    single: bool = False
    """One hit in a complaint is a yellow alert (L)."""
    grave: bool = False
    """Calm but grave dispute (fraud, privacy, discrimination): medium at least (rubric)."""
    heavy: bool = False
    """Threatens heavy loss (bank run, strike): high from topicality 7 (rubric)."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A word of a group found in a text."""

    group: WordGroup
    word: str
    start: int
    """Place in the folded text, for distances; ``at`` is the place in the original."""
    end: int
    at: tuple[int, int]
    text: str
    """The words as they stand in the text."""
    negated: bool


@dataclass(frozen=True, slots=True)
class _Part:
    word: int
    part: int
    length: int
    bounded: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    group: WordGroup
    word: str
    parts: int


class WordLibrary:
    """Groups of words, ready for matching. Immutable after construction; safe to share between threads."""

    def __init__(self, groups: Iterable[WordGroup]) -> None:
        self.groups: Mapping[str, WordGroup] = {g.key: g for g in groups}
        digest = hashlib.sha256(repr([(g.key, g) for g in self.groups.values()]).encode("utf-8", "replace"))
        self.version = digest.hexdigest()[:8]
        self._entries: list[_Entry] = []
        parts: dict[str, list[_Part]] = {}
        for group in self.groups.values():
            for word in group.words:
                pieces = [fold_text(p.strip()).text for p in word.split("…")]
                self._entries.append(_Entry(group, word, len(pieces)))
                for place, piece in enumerate(pieces):
                    bounded = piece.isascii() and piece[:1].isalnum() and piece[-1:].isalnum()
                    parts.setdefault(piece, []).append(_Part(len(self._entries) - 1, place, len(piece), bounded))
        self._automaton = ahocorasick.Automaton()
        for piece, uses in parts.items():
            self._automaton.add_word(piece, tuple(uses))
        if parts:
            self._automaton.make_automaton()
        self._empty = not parts

    def find(self, text: Folded) -> list[Hit]:
        """All hits in order of place; of overlapping words of one group the longest, none inside a harmless phrase."""
        if self._empty:
            return []
        spans: list[tuple[int, int, int]] = []
        gapped: dict[int, dict[int, list[tuple[int, int]]]] = {}
        for last, uses in self._automaton.iter(text.text):
            for use in uses:
                start, end = last + 1 - use.length, last + 1
                if use.bounded and not _stands_alone(text.text, start, end):
                    continue
                if self._entries[use.word].parts == 1:
                    spans.append((start, end, use.word))
                else:
                    gapped.setdefault(use.word, {}).setdefault(use.part, []).append((start, end))
        for word, found in gapped.items():
            spans.extend((s, e, word) for s, e in _join_parts(text.text, found, self._entries[word].parts))
        return self._hits(text, spans)

    def _hits(self, text: Folded, spans: list[tuple[int, int, int]]) -> list[Hit]:
        spans.sort(key=lambda s: (s[0], -s[1]))
        harmless = [(s, e) for s, e, w in spans if self._entries[w].group.kind == "harmless"]
        harmless_starts = [s for s, _ in harmless]
        taken: dict[str, int] = {}
        hits = []
        for start, end, word in spans:
            group = self._entries[word].group
            if group.kind == "harmless" or start < taken.get(group.key, 0):
                continue
            if harmless and _inside(harmless, harmless_starts, start, end):
                continue
            taken[group.key] = end
            at = text.span(start, end)
            hits.append(
                Hit(
                    group, self._entries[word].word, start, end, at,
                    printable(text.original[at[0] : at[1]]), _is_negated(text.text, start, end),
                )
            )  # fmt: skip
        return hits


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Latin words match whole words only ("tm" is not in "atm")."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())


def _join_parts(text: str, found: Mapping[int, list[tuple[int, int]]], parts: int) -> list[tuple[int, int]]:
    """Spans where the parts of a word with "…" follow each other within the gap limit and inside one sentence."""
    spans = list(found.get(0, ()))
    for part in range(1, parts):
        nexts = sorted(found.get(part, ()))
        starts = [s for s, _ in nexts]
        joined = []
        for start, end in spans:
            place = bisect_left(starts, end)
            if place < len(nexts) and nexts[place][0] - end <= _GAP_LIMIT:
                between = text[end : nexts[place][0]]
                if not any(c in SENTENCE_ENDS for c in between):
                    joined.append((start, nexts[place][1]))
        spans = joined
    return spans


def _inside(ranges: Sequence[tuple[int, int]], starts: Sequence[int], start: int, end: int) -> bool:
    """Does a harmless phrase that is longer than [start, end) cover it? Phrases are short: few candidates to look at."""
    place = bisect_left(starts, start + 1)
    for low, high in ranges[max(0, place - 8) : place]:
        if low <= start and end <= high:
            return True
    return False


def _is_negated(text: str, start: int, end: int) -> bool:
    """Is the word at [start, end) denied ("没有异物")? "有没有" and rhetorical "不是…吗" deny nothing."""
    before = text[max(0, start - 7) : start]
    found = _NEGATED.search(before)
    if not found or _NOT_NEGATING.search(before):
        return False
    asks = any(c in "吗?？吧" for c in text[end : end + 10])
    return not (found[1] == "不是" and asks)


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
            problems.append(Problem(file=file, line=line_of(node, "key"), what=f'group "{group.key}" stands twice: keys are unique'))
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
    if gravity is not None and (isinstance(gravity, bool) or not isinstance(gravity, int | float) or not 1 <= gravity <= 10):
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
        parts = [fold_text(part).text.strip() for part in str(word).split("…")]
        if not all(parts):
            bad("words", f'word "{word}" of group "{key}" is empty or begins or ends with "…": text is needed on both sides')
            continue
        words[str(word).strip()] = None
    return tuple(words)


def _parse_alert(node: Mapping[str, Any], bad: Any) -> tuple[int | None, float, Level]:
    alert = node.get("alert")
    if alert is None:
        return None, 1.0, Level.ORANGE
    count, hours, level = (alert.get("count"), alert.get("hours", 1), alert.get("level", "orange")) if isinstance(alert, Mapping) else (None,) * 3
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
