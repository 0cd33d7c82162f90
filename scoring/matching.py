"""Finding words of a library in a text: one pass over folded text, linear in the length of the text.

A word may hold "…", which stands for up to 12 characters of the same sentence, and choices in round brackets:
"(手|脚)…(肿|烫伤)" is four words.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

from scoring.alert import Level
from scoring.assessment import Category
from scoring.characters import crosses_words
from scoring.often import made_often
from scoring.pieces import PieceIndex
from scoring.sounds import SoundIndex
from scoring.spelling import spelt_pieces
from scoring.text import SENTENCE_ENDS, Folded, fold_text, printable

SPELT_KINDS = frozenset({"matter", "authority", "call", "demand", "threat", "anger", "insult", "irritation", "refusal"})
"""Kinds of groups whose words people spell otherwise to escape filters."""
_GAP_LIMIT = 12
_SENTENCE_END = re.compile(f"[{re.escape(SENTENCE_ENDS)}]")
_CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
# "怕芋圆噎着": a fear is no claim of fact; "怕不是" and "哪怕" are none.
_FEARED = re.compile(r"(?<![不可哪])(怕(?!不是)|万一|会不会|以防|防止|小心|避免)[^，。！？!?；;、\s]{0,4}$")
_NEGATED = re.compile(
    r"(没有|没|不|未|无|并非|不是|没什么|没啥|不会|从不|从来不|绝不|毫无|\bnot|\bno|\bnever|n't)\s?(再|任何|出现|发生|什么|被|有|是|那么|太|很|怎么|发现)?$"
)
_FEARING = re.compile("[怕万会以防小避]")
_DENIED_AFTER = frozenset("有没不未无非是么啥会tor再何现生被太很")
"""What _FEARED begins and what _NEGATED ends with: most words are denied by nothing, and this is cheaper to see."""
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


@made_often(kw_only=False)
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
    spelt: bool = False
    """Written in a spelling that escapes filters (退瓢)."""


class _Uses(NamedTuple):
    """What one piece of text stands for: whole words, and first parts of words with "…" (numbers of entries)."""

    words: tuple[int, ...]
    firsts: tuple[int, ...]
    next_to: re.Pattern[str] | None
    """One of the characters that the next parts of ``firsts`` begin with; None without ``firsts``."""
    bounded: bool
    """Latin at its edge: matches where the Latin word ends."""
    spelt: bool


@dataclass(frozen=True, slots=True)
class _Choices:
    """The choices of one later part of a word with "…"."""

    pieces: tuple[tuple[str, bool], ...]
    """(text, is Latin and matches whole words only)"""
    initials: re.Pattern[str]
    """One of the characters that they begin with."""
    longest: int


@dataclass(frozen=True, slots=True)
class _Entry:
    group: WordGroup
    word: str
    laters: tuple[_Choices, ...]


_Span = tuple[int, int, int, bool]
"""(start, −end, number of the entry, spelt to escape filters): sorted by place, the longest first"""


class WordLibrary:
    """Groups of words, ready for matching. Immutable after construction; safe to share between threads."""

    def __init__(self, groups: Iterable[WordGroup]) -> None:
        self.groups: Mapping[str, WordGroup] = {g.key: g for g in groups}
        digest = hashlib.sha256(repr([(g.key, g) for g in self.groups.values()]).encode("utf-8", "replace"))
        self.version = digest.hexdigest()[:8]
        self._entries: list[_Entry] = []
        self._whole: dict[str, list[int]] = {}
        self._first: dict[str, list[int]] = {}
        for group in self.groups.values():
            for word in group.words:
                parts = [
                    tuple(dict.fromkeys(fold_text(piece).text for piece in expand_choices(part.strip())))
                    for part in word.split("…")
                ]
                for piece in parts[0]:
                    (self._whole if len(parts) == 1 else self._first).setdefault(piece, []).append(len(self._entries))
                self._entries.append(_Entry(group, word, tuple(_choices(part) for part in parts[1:])))

    @cached_property
    def _index(self) -> PieceIndex[_Uses]:
        """All pieces and their other spellings; made on first use, as libraries that are only joined need none."""
        uses: dict[str, _Uses] = {}
        for piece in (*self._whole, *self._first):
            words, firsts = (self._escaping(of.get(piece, ())) for of in (self._whole, self._first))
            if words or firsts:
                spelt = self._uses(words, firsts, bounded=True, spelt=True)
                for other in spelt_pieces(piece):
                    uses.setdefault(other, spelt)
        for piece in self._whole | self._first:
            words, firsts = (tuple(of.get(piece, ())) for of in (self._whole, self._first))
            uses[piece] = self._uses(words, firsts, bounded=_is_latin(piece), spelt=False)
        return PieceIndex(uses)

    def _uses(self, words: tuple[int, ...], firsts: tuple[int, ...], *, bounded: bool, spelt: bool) -> _Uses:
        pieces = [piece for entry in firsts for piece, _ in self._entries[entry].laters[0].pieces]
        return _Uses(words, firsts, _initials(pieces) if pieces else None, bounded, spelt)

    @cached_property
    def _by_sound(self) -> SoundIndex[tuple[int, ...]]:
        return SoundIndex({piece: found for piece, e in self._whole.items() if (found := self._escaping(e))})

    def _escaping(self, entries: Iterable[int]) -> tuple[int, ...]:
        """Those of the entries whose words people spell otherwise to escape filters: complaints, not praise."""
        return tuple(e for e in entries if self._entries[e].group.kind in SPELT_KINDS)

    def find(self, text: Folded) -> list[Hit]:
        """All hits in order of place; of overlapping words of one group the longest, none inside a harmless phrase."""
        body, known = text.text, self._entries
        spans: list[_Span] = []
        hidden = True
        for start, end, (words, firsts, next_to, bounded, spelt) in self._index.find(body):
            if bounded and (
                not _stands_alone(body, start, end) or (spelt and end - start == 2 and crosses_words(body, start, end))
            ):
                continue
            for entry in words:
                spans.append((start, -end, entry, spelt))
            reach = end + _GAP_LIMIT + 1
            if next_to is not None and next_to.search(body, end, reach):
                for entry in firsts:
                    laters = known[entry].laters
                    if laters[0].initials.search(body, end, reach) and (last := _join_parts(body, end, laters)):
                        spans.append((start, -last, entry, spelt))
        for _, _, entry, _ in spans:
            if known[entry].group.kind in SPELT_KINDS:
                hidden = False
                break
        if hidden:
            # The costly way only where nothing else was found: one who hides a word of complaint mostly hides all of them.
            for start, end, entries in self._by_sound.find(body):
                spans.extend((start, -end, entry, True) for entry in entries)
        return self._hits(text, spans) if spans else []

    def _hits(self, text: Folded, spans: list[_Span]) -> list[Hit]:
        spans.sort()
        body, original, plain, known = text.text, text.original, text.places is None, self._entries
        harmless = [(start, -end) for start, end, e, _ in spans if known[e].group.kind == "harmless"]
        harmless_starts = [s for s, _ in harmless]
        taken: dict[str, int] = {}
        hits = []
        for start, end, number, spelt in spans:
            entry, end = known[number], -end
            group = entry.group
            if group.kind == "harmless" or start < taken.get(group.key, 0):
                continue
            if harmless and _hidden(harmless, harmless_starts, start, end, bool(entry.laters)):
                continue
            taken[group.key] = end
            at = (start, end) if plain else text.span(start, end)
            shown = printable(original[at[0] : at[1]])
            hits.append(Hit(group, entry.word, start, end, at, shown, _is_negated(body, start, end), spelt))
        return hits


def expand_choices(part: str) -> list[str]:
    """ "(客服|店员)说" → 客服说, 店员说; text without choices stands for itself."""
    pieces = [""]
    for place, piece in enumerate(_CHOICE.split(part)):
        choices = piece.split("|") if place % 2 else [piece]
        pieces = [left + choice.strip() for left in pieces for choice in choices]
    return pieces


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Latin letters at the edges of a word match whole words only ("tm" is not in "atm")."""
    if start and _is_letter(text[start]) and _is_letter(text[start - 1]):
        return False
    return not (end < len(text) and _is_letter(text[end - 1]) and _is_letter(text[end]))


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _join_parts(text: str, end: int, laters: tuple[_Choices, ...]) -> int:
    """End of the last of the parts that follow each other after ``end``, 0 where one is missing."""
    for choices in laters:
        end = _join_part(text, end, choices)
        if not end:
            break
    return end


def _join_part(text: str, end: int, choices: _Choices) -> int:
    """End of the nearest of the choices after ``end``, within the gap limit and inside one sentence; 0 = none, or it is denied."""
    window = text[end : end + _GAP_LIMIT + choices.longest]
    place, length = _GAP_LIMIT + 1, 0
    for piece, bounded in choices.pieces:
        at = window.find(piece)
        if at < 0:
            continue
        while bounded and at >= 0 and not _stands_alone(text, end + at, end + at + len(piece)):
            at = window.find(piece, at + 1)
        if 0 <= at < place or (at == place and len(piece) < length):
            place, length = at, len(piece)
    if not length or _SENTENCE_END.search(window, 0, place):
        return 0
    return 0 if _is_negated(text, end + place, end + place + length) else end + place + length


def _choices(pieces: tuple[str, ...]) -> _Choices:
    return _Choices(tuple((p, _is_latin(p)) for p in pieces), _initials(pieces), max(len(p) for p in pieces))


def _initials(pieces: Iterable[str]) -> re.Pattern[str]:
    return _one_of(frozenset(piece[0] for piece in pieces if piece))


@cache
def _one_of(chars: frozenset[str]) -> re.Pattern[str]:
    """A pattern of one of these characters: seen in a tenth of the time that a set takes, which makes each character a string."""
    return re.compile(f"[{re.escape(''.join(sorted(chars)))}]" if chars else "(?!)")


def _is_latin(piece: str) -> bool:
    return piece.isascii() and piece[:1].isalnum() and piece[-1:].isalnum()


def _hidden(ranges: Sequence[tuple[int, int]], starts: Sequence[int], start: int, end: int, loose: bool) -> bool:
    """Does a harmless phrase cover [start, end), or touch it where the word is loose (holds "…")? Phrases are short: few to look at."""
    place = bisect_left(starts, end if loose else start + 1)
    near = ranges[max(0, place - 8) : place]
    return any(start < high if loose else low <= start and end <= high for low, high in near)


def _is_negated(text: str, start: int, end: int) -> bool:
    """Is the word at [start, end) denied ("没有异物")? "有没有" and rhetorical "不是…吗" deny nothing."""
    first = max(0, start - 7)
    before = text[first:start]
    if _FEARING.search(text, first, start) and _FEARED.search(before) and not text.startswith("了", end):
        return True
    last = before[-1:]
    if last not in _DENIED_AFTER and not last.isspace():
        return False
    found = _NEGATED.search(before)
    if not found or _NOT_NEGATING.search(before):
        return False
    asks = any(c in "吗?？吧" for c in text[end : end + 10])
    return not (found[0].startswith("不是") and asks)
