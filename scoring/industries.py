"""Trades and the words that stand beside brands of them (scoring/words/industries.yaml)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from records.errors import Problem
from records.located import line_of, parse_yaml, unknown_keys
from scoring.text import fold_text

ANY = "any"
"""Key of the trade that is every brand's: words of commerce."""
_KEYS = ("key", "names", "words")


@dataclass(frozen=True, kw_only=True, slots=True)
class Industry:
    """A trade: the words by which it shows in a brand's own names, and the words that stand beside brands of it."""

    key: str
    names: tuple[str, ...]
    words: tuple[str, ...]

    def named_in(self, name: str) -> bool:
        """Does a folded name of the brand, its products or accounts say that the brand is of this trade?"""
        return any(
            word in name and word != name and (not word.isascii() or re.search(rf"\b{re.escape(word)}\b", name))
            for word in self.names
        )


Industries = tuple[Industry, ...]


def parse_industries(text: str, file: str) -> tuple[Industries | None, list[Problem]]:
    """Read the file of trades."""
    document, problems = parse_yaml(text, file)
    if problems:
        return None, problems
    rows = document.get("industries") if isinstance(document, Mapping) else None
    if isinstance(rows, str) or not isinstance(rows, Sequence):
        return None, [Problem(file=file, line=1, what='a file of trades is a mapping with a list "industries"')]
    found = []
    for place, row in enumerate(rows):
        line = line_of(rows, place)
        lists = [row.get(k) for k in ("names", "words")] if isinstance(row, Mapping) else [None]
        if (
            not isinstance(row, Mapping)
            or not row.get("key")
            or any(isinstance(v, str) or not isinstance(v, Sequence) for v in lists)
        ):
            problems.append(
                Problem(file=file, line=line, what="a trade is a mapping with key, names (list) and words (list)")
            )
            continue
        problems.extend(unknown_keys(row, _KEYS, file, "the trade"))
        names, words = (_folded(v or ()) for v in lists)
        found.append(Industry(key=str(row["key"]), names=names, words=words))
    return (None, problems) if problems else (tuple(found), [])


def _folded(words: Iterable[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f for f in (fold_text(str(w)).text.strip() for w in words) if f))
