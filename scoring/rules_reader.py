"""Typed values out of a rule file, with a problem and its line for everything that is not accepted.

A file may say ``extends: default``: what it does not name is taken from that shipped rule set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from records.errors import Problem
from records.located import line_at, unknown_keys
from scoring.scale import Anchors

Path = tuple[str | int, ...]
_MISSING, _NOTHING = object(), object()
"""Not in the document; not in a list of it, for a list is taken as a whole and never mixed with that of the base."""


class RuleReader:
    """Reads one document, and ``base`` where the document is silent; collects ``problems``."""

    def __init__(self, document: Any, file: str, base: Any = None) -> None:
        self._document, self._base, self._file = document, base, file
        self.problems: list[Problem] = []

    def bad(self, path: Path, what: str) -> None:
        self.problems.append(Problem(file=self._file, line=line_at(self._document, path), what=what))

    def get(self, path: Path) -> Any:
        """The raw value at ``path``; None where neither document has it."""
        node = _at(self._document, path)
        if node is _MISSING:
            node = _at(self._base, path)
        return None if node in (_MISSING, _NOTHING) else node

    def section(self, path: Path, accepted: Sequence[str], *, optional: bool = False) -> tuple[str, ...]:
        """The accepted keys that stand in a mapping; a problem for unknown ones and for a missing mapping."""
        own, base = _at(self._document, path), _at(self._base, path)
        if own is _NOTHING or (own is _MISSING and (optional or isinstance(base, Mapping))):
            own = {}
        if not isinstance(own, Mapping):
            where = dotted(path) or "the file"
            self.bad(path, f"{where} is missing or no mapping: keys {', '.join(accepted)} are needed")
            return ()
        self.problems.extend(unknown_keys(own, accepted, self._file, dotted(path) or "the rule set"))
        there = {*own, *(base if isinstance(base, Mapping) else ())}
        return tuple(key for key in accepted if key in there)

    def number(self, path: Path, low: float, high: float) -> float:
        value = self.get(path)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.bad(path, f"{dotted(path)} is {value!r}: a number from {low:g} to {high:g} is accepted")
            return low
        return float(value)

    def choice(self, path: Path, accepted: Mapping[str, Any]) -> Any:
        value = self.get(path)
        if isinstance(value, Mapping | list) or value not in accepted:
            self.bad(path, f"{dotted(path)} is {value!r}: accepted are {', '.join(accepted)}")
            return next(iter(accepted.values()))
        return accepted[value]

    def table(self, path: Path, accepted: Sequence[str], low: float, high: float) -> dict[str, float]:
        return {key: self.number((*path, key), low, high) for key in self.section(path, accepted)}

    def texts(self, path: Path) -> tuple[str, ...]:
        """A list of words, which may be empty or missing."""
        rows = self.get(path)
        if rows is None:
            return ()
        if isinstance(rows, str) or not isinstance(rows, Sequence) or not all(isinstance(r, str) for r in rows):
            self.bad(path, f"{dotted(path)} is {rows!r}: a list of words is accepted")
            return ()
        return tuple(rows)

    def rows(self, path: Path) -> int:
        """How many entries the list at ``path`` has; a problem where it is none."""
        rows = self.get(path)
        if isinstance(rows, str) or not isinstance(rows, Sequence):
            self.bad(path, f"{dotted(path)} is missing or no list")
            return 0
        return len(rows)

    def anchors(self, path: Path) -> Anchors:
        rows = self.get(path)
        pairs: list[tuple[float, float]] = []
        if isinstance(rows, Sequence) and not isinstance(rows, str):
            for row in rows:
                if isinstance(row, Sequence) and len(row) == 2 and all(_is_number(v) for v in row):
                    pairs.append((float(row[0]), float(row[1])))
        rising = all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(pairs))
        whole = len(pairs) >= 2 and len(pairs) == len(rows)
        if not (whole and rising and pairs[0][0] >= 0 and all(1 <= p[1] <= 10 for p in pairs)):
            what = "a list of at least two [figure, points 1-10] pairs, both rising, is accepted"
            self.bad(path, f"{dotted(path)} is no table: {what}")
            return Anchors(((0.0, 1.0), (1.0, 1.0)))
        return Anchors(pairs)


def dotted(path: Path) -> str:
    return ".".join(str(p) for p in path)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _at(document: Any, path: Path) -> Any:
    node, missing = document, _MISSING
    for part in path:
        if isinstance(node, Sequence) and not isinstance(node, str):
            missing = _NOTHING
        try:
            node = node[part] if not isinstance(node, str) else None
        except (KeyError, IndexError, TypeError):
            return missing
    return missing if node is None and path else node
