"""Complaint words in spellings that escape filters (退瓢, tui钱, 避⚡, 12三15), written out beforehand: they cost no time in matching."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from scoring.characters import NOT_PINYIN, spellings, syllables
from scoring.text import fold_text, is_chinese

_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_SHOWN = frozenset("钱款死坑雷火血药虫毒")
"""Characters of complaint words that are shown as emoji (退💰)."""
_LATIN_WORDS = frozenset(
    "a e o an ang en er ha he hi ho la lo le lu ma me mo na ne no pa pi po ta te to wa wo ya yo you she men fan pan can ban bang long song "
    "sang tang gun gang pen ran tan die pin bin bing king sun run fen fun pang hang hen ten den ding dong ping pong ben man mi di li bi "
    "ti si xi ji qi ri ci zi shi chi zhi yi wu yu er".split()
)
"""Syllables too short or too English to stand for a character inside a word of two."""


def spelt_pieces(piece: str) -> Iterator[str]:
    """Other spellings of a folded piece of a complaint word: known ones, one character or all in pinyin, digits, emoji."""
    if piece.isdigit() and len(piece) >= 4:
        yield from ("".join(p) for p in product(*((d, _DIGITS[d]) for d in piece)) if "".join(p) != piece)
        return
    if not 2 <= len(piece) <= 8 or not is_chinese(piece):
        return
    for meant, others in spellings().words.items():
        if meant in piece:
            yield from (piece.replace(meant, fold_text(other).text) for other in others)
    known = syllables().first
    sounds = [known.get(char, "") for char in piece]
    if not all(sounds):
        return
    for place, sound in enumerate(sounds):
        if len(piece) > 2 or sound not in _LATIN_WORDS:
            yield piece[:place] + sound + piece[place + 1 :]
    joined = "".join(sounds)
    if len(joined) >= 5 and len(piece) <= 4 and joined not in NOT_PINYIN:
        yield joined
    for place, char in enumerate(piece):
        if char in _SHOWN:
            yield from (piece[:place] + face + piece[place + 1 :] for face in spellings().emoji.get(char, ()))
