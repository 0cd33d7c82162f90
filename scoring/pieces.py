"""Many strings looked for in one text at once: by their first characters, in time linear in the text's length.

A trie over Chinese has thousands of edges at its root and is walked slowly; a dictionary of the first two characters is asked once
for each place of the text and names the few strings that can begin there, by their third.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from operator import add
from typing import Generic, TypeVar

T = TypeVar("T")
_LATIN = re.compile(r"[a-z]+")
_Longer = Mapping[str, tuple[tuple[str, int, T], ...]]


class PieceIndex(Generic[T]):
    """Strings with what each stands for. Immutable after construction."""

    def __init__(self, pieces: Mapping[str, T]) -> None:
        exact: dict[str, T] = {}
        longer: dict[str, dict[str, list[tuple[str, int, T]]]] = {}
        self._singles: dict[str, T] = {}
        for piece, value in pieces.items():
            if len(piece) > 2:
                longer.setdefault(piece[:2], {}).setdefault(piece[2], []).append((piece, len(piece), value))
            elif len(piece) == 2:
                exact[piece] = value
            elif piece:
                self._singles[piece] = value
        rest = {pair: {third: tuple(row) for third, row in rows.items()} for pair, rows in longer.items()}
        self._pairs: dict[str, tuple[T | None, _Longer[T]]] = {
            pair: (exact.get(pair), rest.get(pair, {})) for pair in exact | rest
        }

    def find(self, text: str) -> list[tuple[int, int, T]]:
        """Every occurrence of every piece, overlapping ones too: (start, end, value); pieces of one character come last."""
        get = self._pairs.get
        found: list[tuple[int, int, T]] = []
        for start, row in enumerate(map(get, map(add, text, text[1:]))):
            if row:
                value, longer = row
                if value is not None:
                    found.append((start, start + 2, value))
                if longer:
                    for piece, length, value in longer.get(text[start + 2 : start + 3], ()):
                        if length == 3 or text.startswith(piece, start):
                            found.append((start, start + length, value))
        for char in self._singles.keys() & set(text):
            value = self._singles[char]
            start = text.find(char)
            while start >= 0:
                found.append((start, start + 1, value))
                start = text.find(char, start + 1)
        return found


class LatinIndex(Generic[T]):
    """Strings with one run of Latin letters in them (退kuan), looked for at the Latin letters of a text only."""

    def __init__(self, pieces: Mapping[str, T]) -> None:
        self._runs: dict[str, list[tuple[str, int, T]]] = {}
        for piece, value in pieces.items():
            run = _LATIN.search(piece)
            if run is not None:
                self._runs.setdefault(run[0], []).append((piece, run.start(), value))

    def find(self, text: str) -> list[tuple[int, int, T]]:
        """Occurrences in which the run is a whole Latin word of the text: (start, end, value)."""
        found = []
        for run in _LATIN.finditer(text):
            for piece, place, value in self._runs.get(run[0], ()):
                start = run.start() - place
                if start >= 0 and text.startswith(piece, start):
                    found.append((start, start + len(piece), value))
        return found
