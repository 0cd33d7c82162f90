"""What is known of Chinese characters and everyday words: shipped tables, as constant as code, read on first use.

``words/everyday.txt`` and ``words/syllables.txt`` are derived (``benchmarks/derived_words.py`` says from what), ``words/everyday_more.txt``
and ``words/spellings.txt`` were written for this product.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import product

_READINGS_KEPT = 8
NOT_PINYIN = frozenset(
    "guide lande mande tulip change panda manga tango bingo lingo dingo mango gang wangle tangle mingle pinging banana china nanny lulu mimi coco "
    "taiwan xizang beijing hehe haha wawa baba mama didi meme nana tata yoyo bobo lili".split()
)
"""Latin words that are read as such even where they could be pinyin."""


def _lines(name: str) -> Iterator[str]:
    for line in (files("scoring") / "words" / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield line.strip()


@cache
def everyday_words() -> Mapping[str, int]:
    """Chinese words that stand in ordinary text, simplified (橙子, 路口, 起火) → how common: 0, 1, 2. No names of people."""
    words = {word: 0 for line in _lines("everyday_more.txt") for word in line.split()}
    for line in _lines("everyday.txt"):
        first, *rest = line.split(" ")
        for more in rest:
            grade = more[-1] if more[-1] in "12" else ""
            words[first + more.removesuffix(grade)] = int(grade or 0)
    return words


def crosses_words(text: str, start: int, end: int) -> bool:
    """Does an everyday word of two characters begin before or end behind [start, end)?"""
    everyday = everyday_words()
    return (start > 0 and text[start - 1 : start + 1] in everyday) or text[end - 1 : end + 1] in everyday


@dataclass(frozen=True, slots=True)
class Syllables:
    """Pinyin without tones; ü is v."""

    first: Mapping[str, str]
    """character → its usual reading"""
    more: Mapping[str, tuple[str, ...]]
    """character → readings that it has in other words"""
    tones: Mapping[str, str]
    """character → tone of its usual reading, 1–5"""
    commonest: frozenset[str]
    """The 600 commonest characters."""

    def readings(self, word: str) -> list[tuple[str, ...]]:
        """Ways to read a word, the usual one first, at most eight; [] where a character has no known reading."""
        if not all(c in self.first for c in word):
            return []
        return list(product(*((self.first[c], *self.more.get(c, ())) for c in word)))[:_READINGS_KEPT]


@cache
def syllables() -> Syllables:
    first: dict[str, str] = {}
    tones: dict[str, str] = {}
    more: dict[str, list[str]] = defaultdict(list)
    commonest = ""
    for line in _lines("syllables.txt"):
        syllable, chars = line.split(" ")
        if syllable == "=":
            commonest = chars
            continue
        bare = syllable.strip("+12345")
        for char in chars:
            if not syllable.startswith("+"):
                first[char], tones[char] = bare, syllable[-1]
            elif bare != first[char] and bare not in more[char]:
                more[char].append(bare)
    return Syllables(first, {char: tuple(readings) for char, readings in more.items()}, tones, frozenset(commonest))


@dataclass(frozen=True, slots=True)
class Spellings:
    """How characters and words are spelt to escape filters."""

    variants: Mapping[str, str]
    """rare form → common character"""
    whole: Mapping[str, str]
    """two halves → the character they make (氵工 → 江)"""
    halves: Mapping[str, tuple[str, ...]]
    """character → its halves"""
    emoji: Mapping[str, tuple[str, ...]]
    """character or word → emoji that stand for it"""
    shapes: Mapping[str, frozenset[str]]
    """character → characters that look like it"""
    words: Mapping[str, tuple[str, ...]]
    """complaint word → its spellings"""


@cache
def spellings() -> Spellings:
    sections: dict[str, list[str]] = defaultdict(list)
    section = ""
    for line in _lines("spellings.txt"):
        if line.startswith("["):
            section = line.strip("[]")
        else:
            sections[section].append(line)
    whole, halves = _components(sections["components"])
    shapes: dict[str, set[str]] = defaultdict(set)
    for pair in " ".join(sections["shapes"]).split():
        shapes[pair[0]].add(pair[1])
        shapes[pair[1]].add(pair[0])
    emoji: dict[str, tuple[str, ...]] = {}
    for entry in " ".join(sections["emoji"]).split():
        word = "".join(c for c in entry if "\u4e00" <= c <= "\u9fff")
        emoji[word] = (*emoji.get(word, ()), *(c for c in entry[len(word) :] if c != "\ufe0f"))
    return Spellings(
        variants={pair[0]: pair[1] for pair in " ".join(sections["variants"]).split() if len(pair) == 2},
        whole=whole,
        halves=halves,
        emoji=emoji,
        shapes={char: frozenset(others) for char, others in shapes.items()},
        words={word: tuple(rest) for word, *rest in (line.split() for line in sections["words"])},
    )


def _components(lines: list[str]) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    whole: dict[str, str] = {}
    halves: dict[str, list[str]] = defaultdict(list)
    for line in lines:
        half, *entries = line.split()
        for entry in entries:
            other, char = entry[0], entry[1:]
            pair = other + half[1:] if half.startswith("-") else half + other
            whole.setdefault(pair, char)
            halves[char].append(pair)
    return whole, {char: tuple(pairs) for char, pairs in halves.items()}
