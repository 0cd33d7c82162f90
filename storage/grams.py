"""Text for full-text search: folding, overlapping pairs of characters, and queries (R6). Pure.

Every pair of neighbouring characters of a text is a word of the index, so any piece of any text is found, two-character
Chinese words included. Characters are written as hex numbers: neither a text nor a query can carry search syntax.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from dataclasses import dataclass

INDEX_VERSION = f"1/{unicodedata.unidata_version}"
"""Changes with the folding or with Unicode's tables: an index of another version is built anew."""

_MOST_GRAMS = 40
"""Pairs of one query word that are asked of the index; candidates are checked against the whole word anyway."""


class _Folds(dict[int, str]):
    """Code point → its folded form. One character at a time, so that a piece of a text folds to a piece of its fold."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        if char.isspace():
            folded = " "
        else:
            folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
            folded = "".join(folded.split())
        self[point] = folded
        return folded


class _Codes(dict[str, str]):
    """Character → its letters in the index; no code is the beginning of another."""

    def __missing__(self, char: str) -> str:
        point = ord(char)
        code = f"{point:04x}" if point < 0x10000 else f"g{point:06x}"
        self[char] = code
        return code


_PLAIN = re.compile("[\t\n -~\u3000-\u3029\u4e00-\u9fff\uff01-\uff5e\u2014\u2018-\u201d\u2026]*")
"""Texts of these characters alone have one form: nothing in them composes and nothing is invisible."""

_FOLDS = _Folds()
_CODES = _Codes()


def fold(text: str) -> str:
    """Compatibility forms (full-width and the like) unified, case folded, runs of whitespace made one space."""
    folded = text.translate(_FOLDS)
    return " ".join(folded.split()) if " " in folded else folded


def forms(text: str) -> tuple[str, ...]:
    """The folded text, and a second form where whole-text normalisation differs from it (é written as e and an accent,
    invisible characters put between others to hide a word)."""
    first = fold(text)
    if _PLAIN.fullmatch(text):
        return (first,)
    visible = "".join(c for c in text if unicodedata.category(c) != "Cf") if not text.isprintable() else text
    second = fold(unicodedata.normalize("NFKC", visible))
    return (first,) if second == first or not second else (first, second)


def document(title: str | None, text: str) -> str:
    """What is searched of a mention: title and text, kept apart by a character that folds to itself."""
    return f"{title}\0{text}" if title else text


def index_words(text: str) -> str:
    """The words under which a text stands in the index, separated by spaces; each once."""
    words: set[str] = set()
    for form in forms(text):
        codes = [_CODES[c] for c in form]
        words.update(map(operator.add, codes, [*codes[1:], ""]))
    return " ".join(words)


@dataclass(frozen=True, kw_only=True, slots=True)
class Query:
    """A parsed query: every term must occur; a term occurs if one of its forms does."""

    terms: tuple[tuple[str, ...], ...]

    @property
    def match(self) -> str:
        """The question to the index; its answers hold every text that is meant, and maybe others."""
        return " AND ".join("(" + " OR ".join(_match_form(f) for f in term) + ")" for term in self.terms)

    def occurs_in(self, text: str) -> bool:
        found = forms(text)
        return all(any(f in form for f in term for form in found) for term in self.terms)


def _match_form(form: str) -> str:
    codes = [_CODES[c] for c in form]
    if len(codes) == 1:
        return f'"{codes[0]}" *'
    pairs = list(dict.fromkeys(map(operator.add, codes[:-1], codes[1:])))[:_MOST_GRAMS]
    return "(" + " AND ".join(f'"{pair}"' for pair in pairs) + ")"


_QUOTES = {'"': '"', "“": "”", "「": "」"}


def parse_query(query: str) -> Query:
    """Words separated by whitespace must all occur; "a phrase in quotes" (also “…” and 「…」) is kept together.

    Anything may be typed: a quote that is never closed is an ordinary character.
    """
    pieces: list[str] = []
    rest = query.strip()
    while rest:
        close = rest.find(_QUOTES[rest[0]], 1) if rest[0] in _QUOTES else -1
        if close > 1 and rest[1:close].strip():
            piece, rest = rest[1:close].strip(), rest[close + 1 :]
        else:
            piece = rest.split(maxsplit=1)[0]
            rest = rest[len(piece) :]
        pieces.append(piece)
        rest = rest.lstrip()
    terms = (tuple(f for f in forms(p) if f) for p in pieces)
    return Query(terms=tuple(t for t in dict.fromkeys(terms) if t))
