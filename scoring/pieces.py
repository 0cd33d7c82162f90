"""Many strings looked for in one text at once, in time linear in the text's length."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

T = TypeVar("T")


class PieceIndex(Generic[T]):
    """Strings with what each stands for. Immutable after construction."""

    def __init__(self, pieces: Mapping[str, T]) -> None:
        known = {piece: value for piece, value in pieces.items() if piece}
        self._values = list(known.values())
        self._automaton = AhoCorasick(
            list(known), matchkind=MatchKind.Standard, store_patterns=False, implementation=Implementation.ContiguousNFA
        )

    def find(self, text: str) -> list[tuple[int, int, T]]:
        """Every occurrence of every piece in a folded text, overlapping ones too: (start, end, value) in order of their ends."""
        values = self._values
        return [
            (start, end, values[number])
            for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True)
        ]
