"""Two shipped lexicons as evidence for the learned models: words of feeling, and fragments of complaints and of what is none.

Unlike the word libraries (``scoring.keywords``), which users edit and which decide by themselves, an entry here only hints: the
models learn how much a hint of each class is worth. Files: ``lexicon/emotions.tsv`` (word, valence -3 … 3, class, strength 0–3) and
``lexicon/matters.tsv`` (phrase, category, gravity: topicality 1–10 that a post with it tends to have).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from scoring.text import fold_text

FEELINGS = ("happy", "angry", "sad", "fear", "surprise", "disgust", "neutral")


@dataclass(frozen=True, slots=True)
class Hint:
    """One entry of a lexicon."""

    word: str
    family: str
    """Class of feeling (``FEELINGS``), or category of the matter."""
    value: float
    """Valence -3 … 3, or gravity 1–10."""
    strength: float
    """0–3 for feelings, 0 for matters."""


Found = tuple[int, int, Hint]
"""Start, end in the folded text, entry."""


class Lexicon:
    """Entries ready for matching; where entries overlap the longest from the left counts. Immutable."""

    def __init__(self, hints: Iterable[Hint]) -> None:
        self.hints = tuple(hints)
        entries = {folded: hint for hint in self.hints if (folded := fold_text(hint.word).text.strip())}
        self._entries = [(hint, _is_latin(folded)) for folded, hint in entries.items()]
        # A compact automaton is built in a hundredth of a second and finds in microseconds; one in Python's own trie took ten times as long.
        self._automaton = AhoCorasick(
            entries, matchkind=MatchKind.LeftmostLongest, implementation=Implementation.ContiguousNFA, store_patterns=False
        )  # fmt: skip

    def find(self, text: str) -> list[Found]:
        """Entries in a folded text, in order of place, none inside another."""
        entries = self._entries
        found: list[Found] = []
        for number, start, end in self._automaton.find_matches_as_indexes(text):
            hint, latin = entries[number]
            if not latin or _stands_alone(text, start, end):
                found.append((start, end, hint))
        return found


def _is_latin(word: str) -> bool:
    return word.isascii() and word[0].isalnum() and word[-1].isalnum()


def _stands_alone(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isascii() and before.isalnum()) and not (after.isascii() and after.isalnum())


def parse_lexicon(text: str, file: str) -> tuple[Hint, ...]:
    """Read a lexicon file.

    Raises:
        ValueError: a line has not the columns of the header or no number where one is needed, with file and line.
    """
    hints = []
    for number, line in enumerate(text.splitlines()[1:], start=2):
        parts = line.split("\t")
        try:
            if len(parts) == 4:
                hints.append(Hint(parts[0], parts[2], float(parts[1]), float(parts[3])))
            else:
                word, family, gravity = parts
                hints.append(Hint(word, family, float(gravity), 0.0))
        except ValueError as error:
            raise ValueError(f"{file}:{number}: 3 or 4 columns with numbers are needed: {line!r}") from error
    return tuple(hints)


@cache
def shipped_lexicon(name: str) -> Lexicon:
    """``emotions`` or ``matters``."""
    text = (files("scoring") / "lexicon" / f"{name}.tsv").read_text(encoding="utf-8")
    return Lexicon(parse_lexicon(text, f"{name}.tsv"))
