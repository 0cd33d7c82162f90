"""Text by sound: 谐音, words where other characters of the same sound stand for the right ones.

One private character stands for each syllable, so that text is compared by sound as fast as by character.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Generic, TypeVar

from scoring.characters import everyday_words, syllables
from scoring.pieces import PieceIndex
from scoring.text import is_chinese

T = TypeVar("T")
_FIRST = 0xE000
_FEWEST_SYLLABLES = 3
"""Words of two syllables sound like too many others."""
_LONG_WORD = 4


@cache
def _numbers() -> dict[str, int]:
    known = syllables()
    every = {*known.first.values(), *(s for more in known.more.values() for s in more)}
    return {syllable: _FIRST + number for number, syllable in enumerate(sorted(every))}


class _Sounds(dict[int, int]):
    """Code point → that of its sound's sign. What has no sound stays; it is noted, as a look-up that fails costs ten that do not."""

    def __missing__(self, code: int) -> int:
        self[code] = code
        return code


@cache
def _table() -> _Sounds:
    numbers = _numbers()
    return _Sounds({ord(char): numbers[syllable] for char, syllable in syllables().first.items()})


def is_syllable(letters: str) -> bool:
    return letters in _numbers()


def sounds_of(text: str) -> str:
    """The text with a sign for the usual sound of each Chinese character, of the same length."""
    return text.translate(_table())


def sound_of(reading: tuple[str, ...]) -> str:
    """Signs for a reading, as ``sounds_of`` writes them."""
    return "".join(chr(_numbers()[s]) for s in reading)


class SoundIndex(Generic[T]):
    """Words of three and more syllables, found where others of the same sound stand for some of their characters (谐音)."""

    def __init__(self, words: Mapping[str, T]) -> None:
        sounds: dict[str, tuple[str, T]] = {}
        for word, value in words.items():
            if len(word) >= _FEWEST_SYLLABLES and is_chinese(word) and all(c in syllables().first for c in word):
                sounds.setdefault(sounds_of(word), (word, value))
        self._index = PieceIndex(sounds)

    def find(self, body: str) -> list[tuple[int, int, T]]:
        """(start, end, value) of words in another spelling: at least a third of it as it is, and no everyday words instead."""
        found = []
        for start, end, (word, value) in self._index.find(sounds_of(body)):
            written = body[start:end]
            if written == word or not is_chinese(written):
                continue
            changed = [i for i in range(len(word)) if written[i] != word[i]]
            if len(changed) * 3 <= len(word) * 2 and all(_is_odd(body, start + i, word[i], len(word)) for i in changed):
                found.append((start, end, value))
        return found


def _is_odd(body: str, at: int, meant: str, length: int) -> bool:
    """Does a character stand at a place where nobody would write it but to hide the word?

    It is none of the commonest, makes no everyday word with one beside it, and in a short word has the tone, too (投素, not 装了人).
    """
    known, everyday = syllables(), everyday_words()
    if body[at] in known.commonest or (length < _LONG_WORD and known.tones[body[at]] != known.tones[meant]):
        return False
    return body[at : at + 2] not in everyday and not (at > 0 and body[at - 1 : at + 1] in everyday)
