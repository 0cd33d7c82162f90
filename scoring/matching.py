"""Finding words of a library in a text: one Aho-Corasick automaton over folded text, linear in the length of the text.

A word may hold "…", which stands for up to 12 characters of the same sentence, and choices in round brackets:
"(手|脚)…(肿|烫伤)" is four words.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ahocorasick

from scoring.alert import Level
from scoring.assessment import Category
from scoring.text import SENTENCE_ENDS, Folded, fold_text, printable

_GAP_LIMIT = 12
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
# "怕芋圆噎着": a fear is no claim of fact; "怕不是" and "哪怕" are none.
_FEARED = re.compile(r"(?<![不可哪])(怕(?!不是)|万一|会不会|以防|防止|小心|避免)[^，。！？!?；;、\s]{0,4}$")
_NEGATED = re.compile(
    r"(没有|没|不|未|无|并非|不是|没什么|没啥|不会|从不|从来不|绝不|毫无|\bnot|\bno|\bnever|n't)\s?(再|任何|出现|发生|什么|被|有|是|那么|太|很|怎么|发现)?$"
)
_NOT_NEGATING = re.compile(
    r"(有没有|是不是|会不会|要不|不得不|能不|差不|动不动|好不|不仅|不光|不但|不只|忍不住|了没|没完没)(有|是)?$"
)


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
                chosen = [expand_choices(part.strip()) for part in word.split("…")]
                self._entries.append(_Entry(group, word, len(chosen)))
                for place, pieces in enumerate(chosen):
                    for piece in dict.fromkeys(fold_text(p).text for p in pieces):
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
            loose = self._entries[word].parts > 1
            if harmless and _hidden(harmless, harmless_starts, start, end, loose):
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


def expand_choices(part: str) -> list[str]:
    """ "(客服|店员)说" → 客服说, 店员说; text without choices stands for itself."""
    pieces = [""]
    for place, piece in enumerate(_CHOICE.split(part)):
        choices = piece.split("|") if place % 2 else [piece]
        pieces = [left + choice.strip() for left in pieces for choice in choices]
    return pieces


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
                if not any(c in SENTENCE_ENDS for c in between) and not _is_negated(text, *nexts[place]):
                    joined.append((start, nexts[place][1]))
        spans = joined
    return spans


def _hidden(ranges: Sequence[tuple[int, int]], starts: Sequence[int], start: int, end: int, loose: bool) -> bool:
    """Does a harmless phrase cover [start, end), or touch it where the word is loose (holds "…")? Phrases are short: few to look at."""
    place = bisect_left(starts, end if loose else start + 1)
    near = ranges[max(0, place - 8) : place]
    return any(start < high if loose else low <= start and end <= high for low, high in near)


def _is_negated(text: str, start: int, end: int) -> bool:
    """Is the word at [start, end) denied ("没有异物")? "有没有" and rhetorical "不是…吗" deny nothing."""
    before = text[max(0, start - 7) : start]
    if _FEARED.search(before) and not text.startswith("了", end):
        return True
    found = _NEGATED.search(before)
    if not found or _NOT_NEGATING.search(before):
        return False
    asks = any(c in "吗?？吧" for c in text[end : end + 10])
    return not (found[0].startswith("不是") and asks)
